"""What moderators decide, whichever way they say it: the pure part."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.actions import (
    AskConfirmation,
    AskToProceed,
    CancelSend,
    Decision,
    Discuss,
    Distribute,
    Enrol,
    Preview,
    Reply,
    SetMark,
    Settle,
    ShowPending,
    TakeBack,
)
from bot.address import Address, NamedAddress
from bot.model import (
    Attachment,
    Kind,
    Mark,
    Priority,
    Proof,
    Request,
    RequestKind,
    Roster,
    SendState,
    Standing,
    TokenState,
)
from tests.committee import (
    ANNE,
    CLAIRE,
    EVE,
    NEWS,
    NOW,
    PAUL,
    SETTINGS,
    SHA,
    TALK,
    TOKEN,
    ZOE,
    among,
    answered,
    asked,
    decided,
    kinds,
    mail,
    member,
    people,
    results,
    roster,
)

POSTED = {
    "sha256": SHA,
    "subject": "Troc",
    "author": str(EVE),
    "name": "Eve Roux",
    "told": "yes",
    "fingerprint": "f",
}
HELD = replace(asked(RequestKind.MODERATION, PAUL, "discuter", **POSTED), ref="k7fm22")
OTHER = replace(HELD, id=8, ref="b4xx92", facts={**POSTED, "subject": "Vélo"})
GARDENS = replace(HELD, id=9, ref="c5yy83", list_name="jardin")
BOTH = among(replace(TALK, moderators=frozenset({PAUL, ZOE})))
ALL = among(replace(TALK, moderation="all"))


def order(
    subject: str,
    by: Address = PAUL,
    proof: Proof = Proof.PASS,
    typed: str = "",
    waiting: tuple[Request, ...] = (HELD, OTHER, GARDENS),
    **more: Any,  # noqa: ANN401 - of the roster
) -> Decision:
    """Let somebody give a command."""
    known = roster(None, pending=waiting, **more)
    return decided(mail(subject, typed, by, proof), known)


def done(decision: Decision) -> list[tuple[str, bool]]:
    """Say what came of each reference."""
    return people(decision) or [(one, False) for one in results(decision)]


# ------------------------------------------------------------------------ commands


def test_several_references_are_decided_in_one_mail() -> None:
    """On one line, or each on its own."""
    one = order("approuver k7fm22, b4xx92")
    two = order("", typed="approuver k7fm22\nrejeter b4xx92 hors sujet")

    assert [act.request_id for act in one.actions if isinstance(act, Settle)] == [7, 8]
    assert [act.verdict for act in two.actions if isinstance(act, Settle)] == [
        "approve",
        "reject",
    ]
    assert done(one) == [("judged-approve", True)] * 2
    reply = next(
        act
        for act in two.actions
        if isinstance(act, Reply) and act.text_id == "post-refused"
    )
    assert reply.facts["reason"] == "hors sujet"


@pytest.mark.parametrize(
    ("subject", "by", "told"),
    [
        ("approuver c5yy83", PAUL, "no-such-pending"),  # another's list
        ("approuver zzzzz9", PAUL, "no-such-pending"),
        ("approuver k7fm22", ANNE, "moderators-only"),
        ("en attente", ANNE, "moderators-only"),
        ("en attente jardin", PAUL, "not-moderator"),
        ("débannir jardin eve@example.net", PAUL, "not-moderator"),
        ("rejeter", PAUL, "reference-missing"),
        ("rejeter k7fm2 hors sujet", PAUL, "reference-missing"),
        ("approuver k7fm22 demain", PAUL, "words-left"),
    ],
)
def test_nobody_decides_about_what_is_not_theirs(
    subject: str, by: Address, told: str
) -> None:
    """A reference of another list is as unknown as none."""
    decision = order(subject, by)

    assert [one for one, _ in done(decision)] == [told]
    assert not {"Settle", "Distribute", "SetMark"} & set(kinds(decision))


def test_what_waits_is_shown_to_whom_it_concerns() -> None:
    """Of one's own lists, and of no other."""
    (shown,) = order("en attente").actions
    (owners,) = order("en attente", CLAIRE).actions
    nothing = order("en attente", waiting=(GARDENS,))

    assert isinstance(shown, ShowPending)
    assert isinstance(owners, ShowPending)
    assert [one.ref for one in shown.matters] == ["k7fm22", "b4xx92"]
    assert owners.matters == shown.matters
    assert results(nothing) == ["pending"]


def test_what_contradicts_itself_decides_nothing() -> None:
    """Two words about one post, a word that isn't known, a line that takes it back."""
    twice = order("", typed="approuver k7fm22\napprouver k7fm22")

    assert [act.verdict for act in twice.actions if isinstance(act, Settle)] == [
        "approve"
    ]
    for second in ("rejeter k7fm22", "rejetter k7fm22", "attends", "annuler", "bannir"):
        decision = order("", typed=f"approuver k7fm22\n{second}")

        assert "words-left" in results(decision)
        assert not any(isinstance(act, Settle) for act in decision.actions)


def test_whoever_is_late_learns_who_decided() -> None:
    """By command as by reply."""
    settled = replace(
        HELD,
        state="settled",
        verdict="reject",
        settled_by=str(ZOE),
        settled_at=NOW,
    )
    decision = order("approuver k7fm22", waiting=(settled,))

    assert results(decision) == ["decided-before"]
    assert kinds(decision) == ["Reply command-results"]


def test_an_unproved_order_waits_for_a_word() -> None:
    """From: is easily forged."""
    decision = order("approuver k7fm22", proof=Proof.NONE)

    (ask,) = decision.actions
    assert isinstance(ask, AskToProceed)
    assert ask.lines == ("approuver k7fm22",)
    assert kinds(order("approuver k7fm22", proof=Proof.FAIL)) == [
        "Reply forged",
        "Alert",
    ]


def test_everything_waits_for_a_second_word() -> None:
    """Even where it is proved: whoever says « tout » should see what that is."""
    decision = order("approuver *")

    (ask,) = decision.actions
    assert isinstance(ask, AskToProceed)
    assert ask.meant == ("k7fm22", "b4xx92")
    assert results(order("approuver *", waiting=())) == ["nothing-pending"]


@pytest.mark.parametrize("word", ["ok", "Oui", "non", "no", "Yes !", "spam", "refuser"])
def test_a_word_without_a_reference_is_no_command(word: str) -> None:
    """People say it about other things."""
    decision = decided(mail(word, "", PAUL), settings=replace(SETTINGS))

    assert decision.kind is not Kind.COMMANDS
    assert decided(mail("[discuter] x", word, ANNE)).kind is Kind.POST


# ------------------------------------------------------------------------- verdicts


def test_to_enrol_is_not_to_bring_back_who_left() -> None:
    """They are asked; members and the unknown are not."""
    gone = Standing(EVE, left=frozenset({"discuter"}))
    erased = Standing(EVE, forgotten=True)
    there = member(EVE, "discuter", id=5)
    found = [
        answered("ok et inscrire", HELD, roster(None, one)).actions
        for one in (Standing(EVE), gone, erased, there)
    ]

    assert isinstance(found[0][2], Enrol)
    assert found[0][2].by == str(PAUL)
    for actions in found[1:3]:
        assert isinstance(actions[2], AskConfirmation)
        assert actions[2].wish == "invite"
    assert not any(isinstance(one, Enrol | AskConfirmation) for one in found[3])


def test_spam_shuts_out_strangers_only() -> None:
    """It is written in members' names, too."""
    stranger = answered("spam", HELD, roster(None, Standing(EVE)))
    known = answered("spam", HELD, roster(None, member(EVE, "jardin", id=5)))

    assert stranger.actions == (
        Settle(7, "spam", PAUL),
        SetMark("discuter", EVE, Mark.BANNED, PAUL),
    )
    assert known.actions == (Settle(7, "spam", PAUL),)


def test_a_reply_that_names_another_post_approves_nothing() -> None:
    """Not even with a word that the commands don't know."""
    decision = answered("ok b4xx92 merci", HELD)

    assert kinds(decision) == ["Reply moderation-unclear"]
    assert "Distribute" in kinds(answered("ok k7fm22 merci", HELD))


def test_an_author_who_moderates_is_not_written_to_about_it() -> None:
    """They know."""
    own = replace(HELD, facts={**POSTED, "author": str(PAUL)})

    assert kinds(answered("approuver", own)) == ["Settle", "Distribute"]


# ------------------------------------------------------------------------- talking


@pytest.mark.parametrize(
    "typed", ["ok", "oui, d'accord", "J'approuve.", "non", "Je ne sais pas."]
)
def test_what_is_said_in_a_talk_is_passed_on(typed: str) -> None:
    """Only a word of decision decides there."""
    talk = replace(HELD, facts={**POSTED, "talk": "yes"})

    found = answered(typed, talk, settings=BOTH).actions
    assert found[0] == Discuss(talk, PAUL, typed)
    # Whoever may have meant to decide is told that nothing is decided.
    assert bool(found[1:]) is (typed != "Je ne sais pas.")
    assert kinds(answered("approuver", talk, settings=BOTH))[:2] == [
        "Settle",
        "Distribute",
    ]
    assert kinds(answered("Merci !", talk, settings=BOTH)) == []


def test_nobody_to_talk_to_is_told() -> None:
    """And a word without a text is asked again."""
    alone = answered("en discuter : hm ?", HELD)
    empty = answered("en discuter", HELD, settings=BOTH)

    assert kinds(alone) == ["Reply discuss-alone"]
    assert kinds(empty) == ["Reply moderation-unclear"]


def test_whoever_moderates_no_more_decides_no_more() -> None:
    """A token outlives the role."""
    settings = among(replace(TALK, moderators=frozenset({ZOE})))

    assert kinds(answered("approuver", HELD, settings=settings)) == [
        "Reply no-moderator-now"
    ]
    assert kinds(answered("bannir", HELD, settings=settings)) == [
        "Reply no-moderator-now"
    ]
    waiting = Roster(pending=(replace(HELD, address=ZOE),))
    only = asked(RequestKind.PENDING, PAUL, "", refs="k7fm22")
    assert kinds(answered("ok", only, waiting, settings)) == ["Reply no-moderator-now"]


def test_a_reminder_of_what_was_decided_since_decides_nothing() -> None:
    """The store would refuse it for ever."""
    decided_ = replace(HELD, state="settled", verdict="reject", settled_by=str(ZOE))
    only = asked(RequestKind.PENDING, PAUL, "", refs="k7fm22")

    for typed in ("d'accord k7fm22", "ok"):
        found = answered(typed, only, Roster(pending=(decided_,)))
        assert kinds(found) == ["Reply pending-unclear"]


def test_what_stands_beside_an_order_may_take_it_back() -> None:
    """« approuver REF, mais seulement … » approves nothing, by whatever way."""
    prose = "Mais seulement quand Zoé aura vérifié la date."
    by_mail = order("approuver k7fm22", typed=prose)
    by_reply = answered(f"approuver k7fm22\n\n{prose}", HELD, Roster(pending=(HELD,)))
    polite = order("approuver k7fm22", typed="Merci !\n\nPaul")

    assert results(by_mail) == ["words-left"]
    assert kinds(by_mail) == ["Reply command-results"]
    assert kinds(by_reply) == ["Reply moderation-unclear"]
    assert "Distribute" in kinds(polite)


def test_what_is_said_to_somebody_else_decides_nothing() -> None:
    """With the program in copy; an express word is for it."""
    ours = NamedAddress("", Address(f"comite+{TOKEN}", "example.org"))
    others = (ours, NamedAddress("Eve", EVE))

    assert kinds(answered("D'accord, merci !", HELD, to=others)) == [
        "Reply moderation-unclear"
    ]
    assert "Distribute" in kinds(answered("approuver", HELD, to=others))


def test_a_corrected_version_is_not_what_waits() -> None:
    """« ok » with a document attached is asked again; a logo is no document."""
    files = (Attachment("version_corrigee.odt", "application/x", 9),)
    logo = (Attachment("logo.png", "image/png", 9),)

    assert kinds(answered("ok", HELD, attachments=files)) == [
        "Reply moderation-unclear"
    ]
    assert "Distribute" in kinds(answered("ok", HELD, attachments=logo))


def test_authors_do_not_learn_who_dropped_their_post() -> None:
    """What is dropped without a word stays so."""
    told = replace(HELD, kind=RequestKind.HELD, address=EVE)
    silent = replace(told, state="settled", verdict="spam", settled_by=str(PAUL))
    refused = replace(silent, verdict="reject", settled_at=NOW)

    assert answered("annuler", silent).actions == ()
    (reply,) = answered("annuler", refused).actions
    assert isinstance(reply, Reply)
    assert reply.facts["by"] == ""


def test_a_departure_is_never_left_without_an_answer() -> None:
    """« supprimer » would keep somebody in silence."""
    leaving = asked(RequestKind.DEPARTURE, PAUL, "discuter", address=str(EVE))

    assert kinds(answered("supprimer", leaving)) == [
        "Settle",
        "Reply departure-refused",
    ]


# -------------------------------------------------------------------- taking back


def send(
    ready: int = 0, in_flight: int = 0, accepted: int = 0, stopped: str = ""
) -> SendState:
    """Give the send of the post."""
    post, numbers = Priority.POST, (9, ready, 0, in_flight, accepted, 0, 0)
    return SendState(
        3,
        "abcdef",
        "post",
        post,
        "discuter",
        "Troc",
        SHA,
        900,
        NOW,
        *numbers,
        stopped=stopped,
    )


def settled(verdict: str, minutes: int = 1, by: Address = PAUL) -> Request:
    """Give the request as it was decided."""
    return replace(
        HELD,
        state="settled",
        verdict=verdict,
        settled_by=str(by),
        settled_at=NOW - timedelta(minutes=minutes),
    )


@pytest.mark.parametrize(
    ("request_", "released", "expected"),
    [
        pytest.param(
            settled("approve"),
            send(ready=9),
            ["TakeBack", "Reply taken-back", "Reply post-held-again"],
            id="in-time",
        ),
        pytest.param(
            settled("approve", by=ZOE),
            send(ready=9),
            ["TakeBack", *["Reply taken-back"] * 2, "Reply post-held-again"],
            id="another-moderator",
        ),
        pytest.param(
            settled("trust"),
            send(ready=9),
            ["TakeBack", "SetMark", "Reply taken-back", "Reply post-held-again"],
            id="trust",
        ),
        pytest.param(
            settled("approve", 11),
            send(ready=9),
            ["CancelSend", "Reply send-stopped"],
            id="late",
        ),
        pytest.param(
            settled("approve"),
            send(ready=4, in_flight=5),
            ["CancelSend", "Reply send-stopped"],
            id="some-left",
        ),
        pytest.param(
            settled("approve"),
            send(accepted=9),
            ["Reply too-late-to-stop"],
            id="all-left",
        ),
        pytest.param(
            settled("approve"),
            send(stopped="cancelled"),
            ["Reply moderation-already-settled"],
            id="stopped-before",
        ),
        pytest.param(
            settled("approve"),
            send(stopped="failed"),
            ["Reply moderation-already-settled"],
            id="refused-by-the-provider",
        ),
        pytest.param(
            settled("discard"), None, ["TakeBack", "Reply taken-back"], id="discard"
        ),
        pytest.param(
            settled("ban"), None, ["TakeBack", "SetMark", "Reply taken-back"], id="ban"
        ),
        pytest.param(
            settled("discard", by=ZOE),
            None,
            ["Reply moderation-already-settled"],
            id="anothers-discard",
        ),
        pytest.param(
            settled("reject"),
            None,
            ["Reply moderation-already-settled"],
            id="the-author-knows",
        ),
    ],
)
def test_an_answer_is_taken_back_if_nothing_has_left(
    request_: Request, released: SendState | None, expected: list[str]
) -> None:
    """Within ten minutes; later what has not left is stopped."""
    decision = answered("annuler", request_, Roster(released=released))

    assert kinds(decision) == expected
    for act in decision.actions:
        if isinstance(act, TakeBack):
            assert act.by == PAUL
        if isinstance(act, CancelSend):
            assert act.send_id == 3


def test_what_a_digest_has_is_not_asked_again() -> None:
    """Approved once more, it would reach whoever takes digests twice."""
    known = Roster(released=send(ready=9), digested=True)

    decision = answered("annuler", settled("approve"), known)

    assert kinds(decision) == ["CancelSend", "Reply send-stopped"]


# ------------------------------------------------------------------------ own posts


def own(proof: Proof, by: Address = PAUL, **more: Any) -> Decision:  # noqa: ANN401 - fields
    """Let somebody in charge write to a list where all is moderated."""
    known = roster(member(by, "discuter"))
    return decided(mail("[discuter] Réunion", "Jeudi.", by, proof, **more), known, ALL)


def test_a_moderators_own_post_is_published_or_confirmed_by_its_author() -> None:
    """At once where it is proved; nobody else is asked."""
    proved, unproved, forged = (
        own(proof) for proof in (Proof.PASS, Proof.NONE, Proof.FAIL)
    )

    assert kinds(proved) == ["Distribute"]
    assert unproved.actions == (Preview("discuter", SHA, PAUL),)
    assert kinds(forged) == ["Hold"]


def test_what_looks_wrong_is_shown_to_whoever_is_in_charge() -> None:
    """They would only ask themselves; the reasons stand in the preview."""
    files = (Attachment("tract.docm", "application/msword", 99),)

    (asked_,) = own(Proof.PASS, attachments=files).actions

    assert isinstance(asked_, Preview)
    assert asked_.warnings == ("program-attached",)


def test_who_is_trusted_confirms_what_nothing_proves() -> None:
    """« approuver toujours » must not open the list to whoever uses the name."""
    known = replace(roster(member(ANNE, "discuter")), marks={"discuter": Mark.TRUSTED})
    found = [
        kinds(decided(mail("[discuter] x", "y", ANNE, proof), known, ALL))
        for proof in (Proof.PASS, Proof.NONE, Proof.FAIL)
    ]

    assert found == [["Distribute"], ["Preview"], ["Hold"]]


def test_banned_people_are_not_answered_and_cannot_join() -> None:
    """Not even a notice."""
    known = Roster(marks={"discuter": Mark.BANNED})
    joining = asked(RequestKind.SUBSCRIBE, EVE, "discuter")

    assert decided(mail("[discuter] x", "y", EVE), known).actions == ()
    assert kinds(answered("oui", joining, known)) == [
        "Settle",
        "Reply subscription-closed",
    ]
    assert not {"AskConfirmation", "Enrol"} & set(
        kinds(decided(mail("abonner discuter", "", EVE, Proof.PASS), known))
    )


def test_announcements_are_as_they_were() -> None:
    """Only senders write, and each is shown a preview."""
    decision = decided(mail("[informer] x", "y", CLAIRE, Proof.PASS))

    assert kinds(decision) == ["Preview"]
    assert NEWS.moderation == "none"


# -------------------------------------------------------------------- the reminder

REMINDED = asked(RequestKind.PENDING, PAUL, "", refs="k7fm22,b4xx92")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("approuver", ["Reply pending-unclear"]),  # which one?
        ("approuver k7fm22", ["Reply command-results", "Settle", "Distribute"]),
        ("ok k7fm22", ["Reply command-results", "Settle", "Distribute"]),
        ("approuver c5yy83", ["Reply command-results"]),  # another's
        ("je regarde ce soir", ["Reply pending-unclear"]),
    ],
)
def test_a_reminder_of_several_needs_a_reference(
    typed: str, expected: list[str]
) -> None:
    """One word for two posts is nobody's decision."""
    waiting = Roster(pending=(HELD, OTHER, GARDENS))

    assert kinds(answered(typed, REMINDED, waiting))[: len(expected)] == expected


def test_a_reference_without_the_token_needs_a_proof() -> None:
    """Whoever reads over a shoulder knows the reference."""
    waiting = Roster(pending=(HELD,), token=TokenState.NONE)
    decision = decided(mail("approuver k7fm22", "", PAUL), waiting)

    assert not any(isinstance(one, Distribute) for one in decision.actions)
