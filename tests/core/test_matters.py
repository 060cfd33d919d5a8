"""What people were asked: each question, each answer, once."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.actions import (
    AskConfirmation,
    AskModerators,
    Decision,
    Distribute,
    Enrol,
    Forget,
    Reply,
    Settle,
    Unenrol,
)
from bot.address import Address
from bot.model import (
    BounceState,
    Bouncing,
    Priority,
    Proof,
    RequestKind,
    Roster,
    SendState,
    Settings,
    Standing,
    TokenState,
)
from tests.committee import (
    ANNE,
    BOX,
    CLAIRE,
    EVE,
    NEWS,
    NOW,
    PAUL,
    SETTINGS,
    SHA,
    TALK,
    TOKEN,
    among,
    answered,
    asked,
    decided,
    kinds,
    mail,
    member,
    roster,
)

OTHER = Address("anne.martin", "example.net")
ON = member(ANNE, "discuter", name="Anne Martin")
BOTH_ADDRESSES = {"person": str(ANNE), "other": str(OTHER)}
POST = mail("Troc", "Qui a des graines ?", OTHER, sha256="b" * 64)
LINK = {**BOTH_ADDRESSES, "sha256": POST.sha256, "subject": "Troc"}
LINE = "ajouter discuter eve@example.net"
POSTED = {"sha256": SHA, "subject": "Troc", "author": str(EVE)}
WHO = {"address": str(EVE), "name": "Eve Roux", "asked": "À décider"}

WAITING = asked(RequestKind.MODERATION, PAUL, "discuter", **POSTED)

# Each kind: whom was asked, about which list, what its answer needs.
QUESTIONS: Mapping[RequestKind, tuple[Address, str, Mapping[str, str]]] = {
    RequestKind.PREVIEW: (CLAIRE, "informer", {**POSTED, "author": str(CLAIRE)}),
    RequestKind.MODERATION: (PAUL, "discuter", POSTED),
    RequestKind.SUBSCRIBE: (EVE, "discuter", {"name": "Eve Roux"}),
    RequestKind.UNSUBSCRIBE: (ANNE, "discuter", {}),
    RequestKind.INVITE: (EVE, "discuter", {"name": "Eve", "origin": "invited by C"}),
    RequestKind.ALSO: (OTHER, "", BOTH_ADDRESSES),
    RequestKind.LINK: (ANNE, "discuter", LINK),
    RequestKind.FORGET: (ANNE, "", {}),
    RequestKind.COMMANDS: (CLAIRE, "", {"sha256": SHA, "lines": LINE}),
    RequestKind.IMPORT: (CLAIRE, "discuter", {"sha256": SHA}),
    RequestKind.ADMISSION: (PAUL, "discuter", WHO),
    RequestKind.DEPARTURE: (PAUL, "discuter", WHO),
    RequestKind.HELD: (EVE, "discuter", POSTED),
    RequestKind.PENDING: (PAUL, "", {"refs": WAITING.ref}),
    RequestKind.SEND: (CLAIRE, "informer", {"send": "3"}),
    RequestKind.CORRECTION: (CLAIRE, "informer", {"send": "3", "sha256": SHA}),
    RequestKind.REST: (CLAIRE, "informer", {"send": "3"}),
    RequestKind.PROBE: (ANNE, "discuter", {"asked": "Recevez-vous nos messages ?"}),
    RequestKind.SUSPEND: (CLAIRE, "discuter", {"asked": "22 adresses à suspendre ?"}),
}


def test_every_question_is_tried_here() -> None:
    """A sheet isn't answered by yes or no, but line by line."""
    assert set(QUESTIONS) == set(RequestKind) - {RequestKind.SHEET}


SENT = SendState(
    *(3, "k7fm22", "post", Priority.POST, "informer", "Troc", SHA, 900, NOW),
    *(9, 0, 0, 0, 9, 0, 0),
    finished_at=NOW,
)
ORIGINALS = {
    RequestKind.LINK: POST,
    RequestKind.COMMANDS: mail("commandes", LINE, CLAIRE),
    RequestKind.IMPORT: mail("importer discuter", str(EVE), CLAIRE),
}


def known(kind: RequestKind) -> Roster:
    """Give what the store says about a question and who answers it."""
    who = ON if QUESTIONS[kind][0] == ANNE else None
    waiting = (WAITING,) if kind is RequestKind.PENDING else ()
    return roster(who, ON, original=ORIGINALS.get(kind), pending=waiting, released=SENT)


def answer(
    kind: RequestKind,
    typed: str,
    state: str = "open",
    settings: Settings = SETTINGS,
    proof: Proof = Proof.NONE,
) -> Decision:
    """Answer a question of a kind with its token."""
    address, name, facts = QUESTIONS[kind]
    request = asked(kind, address, name, **facts)
    if state == "settled":
        request = replace(
            request, verdict="ok", settled_by=str(address), settled_at=NOW
        )
    request = replace(request, state=state)
    return answered(typed, request, known(kind), settings, proof=proof)


YES: Mapping[RequestKind, list[str]] = {
    RequestKind.PREVIEW: ["Settle", "Distribute", "Reply preview-confirmed"],
    RequestKind.MODERATION: ["Settle", "Distribute", "Reply post-approved"],
    RequestKind.SUBSCRIBE: ["Settle", "Enrol"],
    RequestKind.UNSUBSCRIBE: ["Settle", "Unenrol"],
    RequestKind.INVITE: ["Settle", "Enrol"],
    RequestKind.ALSO: ["Settle", "LinkAddress", *2 * ["Reply also-linked"]],
    RequestKind.LINK: ["Settle", "AskConfirmation", "Distribute", "Reply also-pending"],
    RequestKind.FORGET: ["Settle", "Forget"],
    RequestKind.COMMANDS: ["Settle", "Reply command-results", "Enrol"],
    RequestKind.IMPORT: ["Settle", "EnrolMany", "Reply import-done"],
    RequestKind.ADMISSION: ["Settle", "Enrol"],
    RequestKind.DEPARTURE: ["Settle", "Unenrol"],
    RequestKind.HELD: [],  # « ok » to the notice that a post waits
    RequestKind.PENDING: ["Settle", "Distribute", "Reply post-approved"],
    RequestKind.SEND: [],  # « ok, merci » to a receipt
    RequestKind.CORRECTION: ["Settle", "SendCorrection"],
    RequestKind.REST: ["Settle", "SendRest"],
    RequestKind.PROBE: ["Settle", "Revive", "Reply probe-thanks"],
    RequestKind.SUSPEND: ["Settle", "SettleSuspensions"],
}
NO: Mapping[RequestKind, list[str]] = {
    RequestKind.PROBE: ["Revive", "Reply probe-no"],
    RequestKind.PREVIEW: ["Settle", "Reply preview-dropped"],
    RequestKind.MODERATION: ["Settle", "Reply post-refused"],
    RequestKind.ADMISSION: ["Settle", "Reply admission-refused"],
    RequestKind.DEPARTURE: ["Settle", "Reply departure-refused"],
    RequestKind.HELD: ["Settle", "Reply post-withdrawn"],
    RequestKind.PENDING: ["Settle", "Reply post-refused"],
    RequestKind.SEND: ["Reply send-unclear"],
    RequestKind.CORRECTION: ["Settle", "Reply preview-dropped"],
    RequestKind.REST: ["Settle", "Reply preview-dropped"],
    RequestKind.SUSPEND: ["Settle", "SettleSuspensions"],
}
UNCLEAR: Mapping[RequestKind, list[str]] = {
    RequestKind.PROBE: ["Settle", "Revive", "Reply probe-thanks"],
    RequestKind.PREVIEW: ["Reply preview-unclear"],
    RequestKind.MODERATION: ["Reply moderation-unclear"],
    RequestKind.ADMISSION: ["Reply moderation-unclear"],
    RequestKind.DEPARTURE: ["Reply moderation-unclear"],
    RequestKind.HELD: ["Discuss", "Reply word-passed-on"],
    RequestKind.PENDING: ["Reply pending-unclear"],
    RequestKind.SEND: ["Reply send-unclear"],
    RequestKind.CORRECTION: ["Reply preview-unclear"],
    RequestKind.REST: ["Reply preview-unclear"],
}
SETTLED: Mapping[RequestKind, str] = {
    RequestKind.PREVIEW: "preview-already-settled",
    RequestKind.SEND: "preview-already-settled",
    RequestKind.CORRECTION: "preview-already-settled",
    RequestKind.REST: "preview-already-settled",
    RequestKind.MODERATION: "moderation-already-settled",
    RequestKind.ADMISSION: "moderation-already-settled",
    RequestKind.DEPARTURE: "moderation-already-settled",
    RequestKind.HELD: "moderation-already-settled",
    RequestKind.SUBSCRIBE: "token-expired",  # who is no member has left again
    RequestKind.UNSUBSCRIBE: "token-expired",  # who is a member has come back
}


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize("typed", ["oui", "OK.", "yes", "D'accord, merci !"])
def test_yes_does_what_was_asked(kind: RequestKind, typed: str) -> None:
    """Every question has its answer."""
    assert kinds(answer(kind, typed)) == YES[kind]


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize("typed", ["non", "Non merci"])
def test_no_settles_and_changes_nothing(kind: RequestKind, typed: str) -> None:
    """Nobody is asked again."""
    decision = answer(kind, typed)

    assert kinds(decision) == NO.get(kind, ["Settle"])


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize("typed", ["oui mais demain", "C'est quoi ?", "ok pas ok"])
def test_what_is_unclear_is_asked_again(kind: RequestKind, typed: str) -> None:
    """Never a wrong yes."""
    decision = answer(kind, typed)

    assert kinds(decision) == UNCLEAR.get(kind, ["Reply question-unclear"])


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize("typed", ["oui", "non", "hm"])
def test_a_second_answer_changes_nothing(kind: RequestKind, typed: str) -> None:
    """The first one counts, and the person is told so."""
    decision = answer(kind, typed, "settled")

    assert kinds(decision) == [f"Reply {SETTLED.get(kind, 'question-answered')}"]


JUDGED = {RequestKind.MODERATION, RequestKind.ADMISSION, RequestKind.DEPARTURE}


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize("state", ["expired", "withdrawn"])
def test_too_late_is_told(kind: RequestKind, state: str) -> None:
    """Nothing happens behind anybody's back."""
    late = "token-expired"
    if state == "expired" and SETTLED.get(kind) and kind in JUDGED:
        late = SETTLED[kind]
    assert kinds(answer(kind, "oui", state)) == [f"Reply {late}"]


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_list_that_is_gone_is_too_late(kind: RequestKind) -> None:
    """The configuration may have changed; questions without a list go on."""
    decision = answer(kind, "oui", settings=replace(SETTINGS, lists={}))

    if QUESTIONS[kind][1]:
        assert kinds(decision) == ["Reply token-expired"]


def test_a_wrong_person_settles_nothing() -> None:
    """A token that was sent to somebody else is none."""
    to = Address(f"comite+{TOKEN}", "example.org")
    message = replace(mail("Re: ok", "oui", EVE), delivered_to=(to,))

    decision = decided(message, Roster(token=TokenState.INVALID))

    assert kinds(decision) == ["CountWrongToken", "Reply token-invalid"]


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_short_reference_needs_a_proof(kind: RequestKind) -> None:
    """Anybody can read it in a subject."""
    address, name, facts = QUESTIONS[kind]
    request = asked(kind, address, name, **facts)
    where = replace(known(kind), request=request)

    unproved = decided(mail("Re: x [réf. k7fm2q]", "oui", address), where)
    proved = decided(mail("Re: x [réf. k7fm2q]", "oui", address, Proof.PASS), where)

    assert kinds(unproved) == ["Reply token-invalid"]
    assert kinds(proved) == YES[kind]


OWN = {
    RequestKind.SUBSCRIBE,
    RequestKind.UNSUBSCRIBE,
    RequestKind.INVITE,
    RequestKind.HELD,
    RequestKind.PROBE,
}


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_forged_answer_is_refused_where_it_could_harm(kind: RequestKind) -> None:
    """Forwarded mail fails DMARC too: coming and going has the token's proof."""
    decision = answer(kind, "oui", proof=Proof.FAIL)

    if kind in OWN:
        assert kinds(decision) == YES[kind]
    else:
        assert not {"Settle", "Distribute", "Forget"} & set(kinds(decision))
        assert decision.rule == "forged"


# ----------------------------------------------------------- moderated coming, going


@pytest.mark.parametrize(
    ("kind", "setting", "wish"),
    [
        (RequestKind.SUBSCRIBE, {"subscription": "moderated"}, "admission"),
        (RequestKind.UNSUBSCRIBE, {"unsubscription": "moderated"}, "departure"),
    ],
)
def test_what_is_moderated_goes_on_to_the_moderators(
    kind: RequestKind, setting: Mapping[str, str], wish: str
) -> None:
    """First the address, then the people."""
    settings = among(replace(TALK, **setting))  # type: ignore[arg-type] # its fields

    decision = answer(kind, "oui", settings=settings)

    assert kinds(decision) == ["Settle", "AskModerators", "Reply asked-moderators"]
    ask = decision.actions[1]
    assert isinstance(ask, AskModerators)
    assert (ask.wish, ask.list_name) == (wish, "discuter")


def test_a_list_that_was_closed_meanwhile_stays_closed() -> None:
    """Who is in charge is told."""
    settings = among(replace(TALK, subscription="closed"))

    decision = answer(RequestKind.SUBSCRIBE, "oui", settings=settings)

    assert kinds(decision) == ["Settle", "Reply subscription-closed"]


def test_moderators_let_somebody_in() -> None:
    """Under their name, with the mail that did it."""
    decision = answer(RequestKind.ADMISSION, "approuver")

    origin = f"admitted by {PAUL}, <1@example.org>"
    assert decision.actions == (
        Settle(7, "approve", PAUL),
        Enrol(EVE, "Eve Roux", "discuter", origin),
    )


@pytest.mark.parametrize(
    ("kind", "text_id"),
    [
        (RequestKind.ADMISSION, "admission-refused"),
        (RequestKind.DEPARTURE, "departure-refused"),
    ],
)
@pytest.mark.parametrize(
    ("typed", "reason"), [("rejeter la liste dort", "la liste dort"), ("non", "")]
)
def test_a_refusal_gives_its_reason(
    kind: RequestKind, text_id: str, typed: str, reason: str
) -> None:
    """To the person concerned."""
    settle, reply = answer(kind, typed).actions

    assert settle == Settle(7, "reject", PAUL)
    assert isinstance(reply, Reply)
    assert (reply.to, reply.text_id, reply.answers) == (EVE, text_id, False)
    assert reply.facts["reason"] == reason


@pytest.mark.parametrize("typed", ["supprimer", "poubelle"])
def test_an_admission_may_be_dropped_silently(typed: str) -> None:
    """Robots learn nothing."""
    assert kinds(answer(RequestKind.ADMISSION, typed)) == ["Settle"]


# --------------------------------------------------------------- one's own addresses


def test_est_ce_vous_links_and_releases_the_post() -> None:
    """It is a member's after all."""
    decision = answer(RequestKind.LINK, "oui")

    assert ON.person is not None
    assert decision.actions[1:3] == (
        AskConfirmation(
            OTHER,
            "also",
            "",
            ON.person.name,
            {"person": str(ANNE), "other": str(OTHER), "titles": ""},
        ),
        Distribute("discuter", POST.sha256, ANNE, releases=True),
    )


@pytest.mark.parametrize(
    "lst",
    [
        replace(TALK, moderation="all"),
        replace(TALK, moderation="new-members"),
        replace(TALK, max_size=10),
    ],
)
def test_a_post_that_is_held_for_another_reason_stays_held(lst: object) -> None:
    """Only one of the reasons is gone."""
    settings = replace(SETTINGS, lists={**SETTINGS.lists, "discuter": lst})  # type: ignore[dict-item] # a list

    decision = answer(RequestKind.LINK, "oui", settings=settings)

    assert kinds(decision) == ["Settle", "AskConfirmation", "Reply also-pending"]


def test_a_post_that_was_forged_stays_held() -> None:
    """Who says « oui » did not write it."""
    forged = mail("Troc", "Qui ?", OTHER, Proof.FAIL, sha256=POST.sha256)
    request = asked(RequestKind.LINK, ANNE, "discuter", **LINK)

    decision = answered("oui", request, roster(ON, ON, original=forged))

    assert kinds(decision) == ["Settle", "AskConfirmation", "Reply also-pending"]


@pytest.mark.parametrize("original", [None, mail("autre", "chose", EVE)])
def test_a_post_that_is_gone_is_not_released(original: object) -> None:
    """Nor another in its place."""
    request = asked(RequestKind.LINK, ANNE, "discuter", **LINK)

    decision = answered("oui", request, roster(ON, ON, original=original))

    assert kinds(decision) == ["Settle", "AskConfirmation", "Reply also-pending"]


def test_whoever_is_in_charge_links_nothing_by_a_yes() -> None:
    """A stranger of her name would have her rights; « aussi » is for that."""
    owner = member(CLAIRE, "discuter", id=2, name="Claire Roux")
    facts = {**LINK, "person": str(CLAIRE)}
    request = asked(RequestKind.LINK, CLAIRE, "discuter", **facts)

    decision = answered("oui", request, roster(owner, owner, original=POST))

    assert kinds(decision) == ["Settle", "Reply token-expired"]


def test_somebody_who_is_gone_links_nothing() -> None:
    """And learns that it is too late."""
    for kind, of in ((RequestKind.LINK, ANNE), (RequestKind.ALSO, OTHER)):
        request = asked(kind, of, "", **BOTH_ADDRESSES)

        assert kinds(answered("oui", request)) == ["Settle", "Reply token-expired"]


def test_forgetting_speaks_the_persons_language() -> None:
    """It is the last mail, and nobody knows the language afterwards."""
    english = member(ANNE, "discuter", language="en")

    decision = answered("yes", asked(RequestKind.FORGET, ANNE), roster(english))

    assert decision.actions[1] == Forget(ANNE, "en")


def test_an_invitation_keeps_who_invited() -> None:
    """People ask where one has their address from."""
    done = answer(RequestKind.INVITE, "oui").actions[1]

    assert isinstance(done, Enrol)
    assert done.origin == "invited by C, accepted <1@example.org>"


def test_leaving_is_for_the_address_that_was_asked() -> None:
    """Whichever address of theirs says « oui »."""
    request = asked(RequestKind.UNSUBSCRIBE, ANNE, "discuter")

    decision = answered("oui", request, roster(ON), by=OTHER)

    assert decision.actions[1] == Unenrol(ANNE, "discuter")


# -------------------------------------------------------------------- commands


def test_only_what_waited_is_done() -> None:
    """The rest of the mail was done before."""
    text = f"stats discuter\n{LINE}\nretirer discuter anne@example.org"
    request = asked(RequestKind.COMMANDS, CLAIRE, sha256=SHA, lines=LINE)
    where = roster(None, ON, original=mail("commandes", text, CLAIRE))

    decision = answered("ok", request, where)

    assert kinds(decision) == ["Settle", "Reply command-results", "Enrol"]


def test_rights_are_those_at_the_time_of_the_answer() -> None:
    """Who is no owner any more does nothing."""
    settings = among(replace(TALK, owners=frozenset({BOX})))

    decision = answer(RequestKind.COMMANDS, "ok", settings=settings)

    assert kinds(decision) == ["Settle", "Reply command-results"]


def test_a_mail_that_is_gone_asks_for_it_again() -> None:
    """Nobody knows what was meant."""
    request = asked(RequestKind.COMMANDS, CLAIRE, sha256=SHA, lines=LINE)

    assert kinds(answered("ok", request)) == ["Settle", "Reply token-expired"]


# ---------------------------------------------------------------------- probes

DOUBLE = replace(
    member(ANNE, "discuter", "informer", name="Anne Martin"), person=ON.person
)
PROBED = asked(RequestKind.PROBE, ANNE, "discuter", asked="Recevez-vous ?")


def bouncing(on: Standing) -> Roster:
    """Give a person whose mail came back."""
    one = Bouncing(1, ANNE, lists=tuple(on.memberships), state=BounceState.SUSPENDED)
    return roster(on, on, bouncing=(one,))


@pytest.mark.parametrize("state", ["open", "settled"])
@pytest.mark.parametrize(
    "typed",
    [
        "désabonner",
        "Désabonnez-moi",
        "stop",
        "STOP !",
        "désinscription",
        "unsubscribe",
        "je ne veux plus rien recevoir",
        "Non, je ne veux plus recevoir vos messages.",
    ],
)
def test_a_probe_may_be_answered_by_leaving(typed: str, state: str) -> None:
    """The token proves who it is: no question, and no posts again in between."""
    decision = answered(typed, replace(PROBED, state=state), bouncing(DOUBLE))

    left = [Unenrol(ANNE, "discuter"), Unenrol(ANNE, "informer")]
    assert [one for one in decision.actions if isinstance(one, Unenrol)] == left
    assert "Revive" not in kinds(decision)


def test_leaving_by_a_probe_keeps_to_what_it_names_and_to_the_moderators() -> None:
    """As the command does it."""
    settings = among(replace(TALK, unsubscription="moderated"), NEWS)

    one = answered("désabonner informer", PROBED, bouncing(DOUBLE))
    both = answered("désabonner", PROBED, bouncing(DOUBLE), settings)

    assert kinds(one) == ["Settle", "Unenrol"]
    assert kinds(both) == [
        "Settle",
        "AskModerators",
        "Reply asked-moderators",
        "Unenrol",
    ]


@pytest.mark.parametrize(
    "typed", ["Ce n'est pas moi, vous vous trompez", "désabonner bob@example.net"]
)
def test_any_other_words_show_that_mail_arrives(typed: str) -> None:
    """Nobody is asked for yes or no, who was never asked anything of the kind."""
    decision = answered(typed, PROBED, bouncing(DOUBLE))

    assert "Reply probe-thanks" in kinds(decision)
    assert {"Revive"} < set(kinds(decision))


def test_who_leaves_twice_learns_that_once_was_enough() -> None:
    """There is nothing left to leave."""
    assert kinds(answered("stop", PROBED, roster(None))) == [
        "Settle",
        "Reply not-a-member",
    ]
