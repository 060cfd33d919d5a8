"""The commands of owners: by whom, on which list, and never under a forged From:."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.actions import (
    Action,
    AskConfirmation,
    AskToProceed,
    BrakeSend,
    CancelSend,
    ChangeAddress,
    ChangeRole,
    ChangeSetting,
    Decision,
    Enrol,
    PreviewImport,
    Reply,
    SendRest,
    Unenrol,
)
from bot.address import Address, NamedAddress
from bot.model import (
    BounceState,
    Bouncing,
    Figures,
    Member,
    Proof,
    RequestKind,
    Roster,
    SendState,
    Settings,
    Standing,
)
from bot.model.sends import Priority
from tests.committee import (
    ADMIN,
    ANNE,
    BOX,
    CLAIRE,
    EVE,
    GARDEN,
    NOW,
    PAUL,
    SETTINGS,
    SHA,
    TALK,
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
    shown,
)

NEW = Address("neuf", "example.net")
ON = member(ANNE, "discuter", name="Anne Martin")
ROWS = tuple(
    Member(n, Address(f"m{n}", "example.org"), f"Membre {n}", "discuter")
    for n in range(120)
)


def send(id: int, name: str = "discuter", kind: str = "post") -> SendState:  # noqa: A002 - its name
    """Give a send that isn't finished."""
    return SendState(
        id=id,
        ref=f"k7fm2{'_bcdef'[id]}",
        kind=kind,
        priority=Priority.POST,
        list_name=name,
        subject=f"Sujet {id}",
        sha256=SHA,
        size=900,
        created_at=NOW,
        recipients=77,
        ready=27,
        deferred=0,
        in_flight=0,
        accepted=50,
        refused=0,
        cancelled=0,
    )


KNOWN = roster(
    None,
    ON,
    members={"discuter": ROWS, "jardin": ()},
    figures={"discuter": Figures(members=120)},
    sends=(send(1), send(2, "jardin"), send(3, kind="reply")),
)


def say(
    line: str,
    by: Address = CLAIRE,
    proof: Proof = Proof.PASS,
    known: Roster = KNOWN,
    settings: Settings = SETTINGS,
) -> Decision:
    """Give commands in the body of a mail."""
    return decided(mail("commandes", line, by, proof), known, settings)


def done(decision: Decision) -> tuple[Action, ...]:
    """Give what is done besides the reply."""
    return decision.actions[1:]


# ---------------------------------------------------------------- who may do what

LOOKING = (
    ("membres discuter", "members"),
    ("who discuter", "members"),
    ("exporter discuter", "exported"),
    ("export discuter", "exported"),
    ("statistiques discuter", "stats"),
    ("stats discuter", "stats"),
    ("retours discuter", "bounces"),
    ("bounces discuter", "bounces"),
    ("réglages discuter", "settings"),
    ("settings discuter", "settings"),
    ("bienvenue discuter", "welcome-shown"),
    ("welcome discuter", "welcome-shown"),
    ("pied discuter", "footer-shown"),
    ("footer discuter", "footer-shown"),
)
CHANGING = (
    "ajouter discuter neuf@example.net",
    "add discuter neuf@example.net",
    "inviter discuter neuf@example.net",
    "invite discuter neuf@example.net",
    "retirer discuter anne@example.org",
    "remove discuter anne@example.org",
    "corriger discuter anne@example.org neuf@example.net",
    "change * anne@example.org neuf@example.net",
    "nommer discuter anne@example.org modérateur",
    "promote discuter anne@example.org sender",
    "démettre discuter paul@example.org modératrice",
    "demote discuter paul@example.org moderator",
    "régler discuter modération tous",
    "set discuter moderation all",
    "réglages discuter titre Échanges",
    "settings discuter title Échanges",
    "bienvenue discuter Bonjour",
    "footer discuter À bientôt",
    "annuler k7fm2b",
    "cancel k7fm2b",
)


@pytest.mark.parametrize(("line", "text_id"), LOOKING)
@pytest.mark.parametrize("by", [CLAIRE, ADMIN])
@pytest.mark.parametrize("proof", [Proof.PASS, Proof.NONE])
def test_owners_and_admins_look_at_once(
    line: str, text_id: str, by: Address, proof: Proof
) -> None:
    """The answer goes to the owner's own address, whoever wrote."""
    decision = say(line, by, proof)

    assert kinds(decision) == ["Reply command-results"]
    assert results(decision) == [text_id]
    assert isinstance(decision.actions[0], Reply)
    assert decision.actions[0].to == by


@pytest.mark.parametrize("line", CHANGING)
@pytest.mark.parametrize("by", [CLAIRE, ADMIN])
def test_owners_and_admins_change_at_once_when_proved(line: str, by: Address) -> None:
    """DMARC says that it is them."""
    decision = say(line, by)

    assert kinds(decision)[0] == "Reply command-results"
    assert len(done(decision)) == 1


@pytest.mark.parametrize("line", CHANGING)
@pytest.mark.parametrize("by", [CLAIRE, ADMIN])
def test_nothing_is_changed_for_a_from_that_is_not_proved(
    line: str, by: Address
) -> None:
    """It is asked about, and done after « ok »."""
    decision = say(line, by, Proof.NONE)

    assert kinds(decision) == ["AskToProceed"]
    assert results(decision) == ["waits-for-ok"]
    wait = decision.actions[0]
    assert isinstance(wait, AskToProceed)
    assert (wait.address, wait.sha256, wait.lines) == (by, SHA, (line,))

    request = asked(RequestKind.COMMANDS, by, sha256=SHA, lines=line)
    known = replace(KNOWN, original=mail("commandes", line, by))
    answer = answered("ok", request, known)

    assert kinds(answer)[:2] == ["Settle", "Reply command-results"]
    assert len(answer.actions) == 3


@pytest.mark.parametrize("line", [*(one for one, _ in LOOKING), *CHANGING])
def test_a_forged_owner_is_refused(line: str) -> None:
    """And the admins are told."""
    decision = say(line, proof=Proof.FAIL)

    assert kinds(decision) == ["Reply forged", "Alert"]
    assert decision.folder == "Refused"


STRANGERS = (
    pytest.param(EVE, None, id="stranger"),
    pytest.param(ANNE, ON, id="member"),
    pytest.param(PAUL, member(PAUL, "discuter"), id="moderator"),
    pytest.param(ZOE, None, id="owner-of-another-list"),
)


@pytest.mark.parametrize("line", [*(one for one, _ in LOOKING), *CHANGING])
@pytest.mark.parametrize(("by", "standing"), STRANGERS)
def test_nobody_else_looks_or_changes(
    line: str, by: Address, standing: Standing | None
) -> None:
    """Not even a proved one; and nothing of the list is shown."""
    known = KNOWN
    if standing is not None:
        on = standing.memberships
        known = replace(KNOWN, person=standing.person, memberships=on)

    decision = say(line, by, Proof.PASS, known)

    assert kinds(decision) == ["Reply command-results"]
    told = results(decision)[0]
    assert told in {"not-allowed", "not-owner", "not-on-list", "no-such-send"} | (
        {"cancel-by-reply"} if by == PAUL else set()
    ) | ({"bad-reception"} if "discuter mod" in line else set())
    reply = decision.actions[0]
    assert isinstance(reply, Reply)
    assert not reply.files


def test_who_gets_nothing_is_named_first_with_the_day_of_the_next_probe() -> None:
    """They need a call most; a probe that is late leaves now."""
    suspended = BounceState.SUSPENDED
    at = NOW - timedelta(days=1)
    found = (
        Bouncing(1, ANNE, dead=1, reason="mailbox-full", first_at=at),
        Bouncing(2, EVE, state=suspended, since=at, dead=2, reason="unknown-user"),
        Bouncing(3, PAUL, state=suspended, since=NOW - timedelta(days=9), dead=2),
    )

    decision = say("retours discuter", known=_bouncing(*found))

    (reply,) = decision.actions
    assert isinstance(reply, Reply)
    told = _told(reply)["people"]
    assert isinstance(told, tuple)
    assert [(one["who"], one["reason"], one["probe"]) for one in told] == [
        (str(EVE), "because-unknown-user", at + timedelta(days=3)),
        (str(PAUL), "because-other", NOW),
        (str(ANNE), "because-mailbox-full", None),
    ]
    assert not reply.files


def test_more_than_people_read_are_in_a_table() -> None:
    """With the telephone numbers; no cell is a formula."""
    found = [
        Bouncing(n, Address(f"p{n}", "example.org"), name="=1+1", phone="06 11")
        for n in range(103)
    ]

    decision = say("retours discuter", known=_bouncing(*found))

    (reply,) = decision.actions
    assert isinstance(reply, Reply)
    facts, (file,) = _told(reply), reply.files
    assert (facts["more"], facts["number"]) == (3, 103)
    assert file.name == "discuter-bounces.csv"
    assert len(file.text.splitlines()) == 104
    assert "'=1+1,06 11,bouncing" in file.text


def _bouncing(*found: Bouncing) -> Roster:
    return replace(KNOWN, bouncing_on={"discuter": found})


def _told(reply: Reply) -> dict[str, object]:
    """Give the facts of what a reply says about its only command."""
    lines = reply.facts["results"]
    assert isinstance(lines, tuple)
    facts = lines[0]["facts"]
    assert isinstance(facts, dict)
    return facts


def test_an_alias_that_was_linked_has_the_owners_rights() -> None:
    """It was confirmed from there."""
    known = replace(KNOWN, person=member(CLAIRE).person)

    assert results(say("membres discuter", EVE, Proof.NONE, known)) == ["members"]


@pytest.mark.parametrize(
    ("line", "text_id"),
    [
        ("membres", "members"),
        ("exporter", "exported"),
        ("stats", "stats"),
        ("retours", "bounces"),
        ("réglages", "settings"),
        ("bienvenue", "welcome-shown"),
        ("pied", "footer-shown"),
        ("ajouter neuf@example.net", "people-results"),
        ("ajouter neuf@example.net Paul Dupont", "people-results"),
        ("ajouter Paul Dupont <neuf@example.net>", "people-results"),
        ("inviter neuf@example.net", "people-results"),
        ("nommer paul@example.org modérateur", "promoted"),
        ("réglages modération tous", "setting-changed"),
        ("régler modération tous", "setting-changed"),
        ("set moderation all", "setting-changed"),
    ],
)
def test_ones_only_list_need_not_be_named(line: str, text_id: str) -> None:
    """Most owners have one list."""
    assert results(say(line, ZOE)) == [text_id]


@pytest.mark.parametrize(
    "line",
    [
        "membres",
        "stats",
        "réglages",
        "bienvenue",
        "ajouter neuf@example.net",
        "nommer paul@example.org modérateur",
        "régler modération tous",
        "réglages modération tous",
    ],
)
def test_with_several_lists_one_has_to_be_named(line: str) -> None:
    """Never guessed."""
    decision = say(line)

    assert results(decision) == ["list-missing"]
    assert done(decision) == ()


# -------------------------------------------------------------------- looking


def test_a_roster_is_shown_in_part_and_attached_whole() -> None:
    """A hundred lines are read, the rest is for a spreadsheet."""
    reply = say("membres discuter").actions[0]

    assert isinstance(reply, Reply)
    assert [one.name for one in reply.files] == ["discuter.csv"]
    assert reply.files[0].text.count("@") == 120
    line = reply.facts["results"][0]  # type: ignore[index] # a tuple
    assert (len(line["facts"]["roster"]), line["facts"]["more"]) == (100, 20)


def test_an_empty_list_has_a_roster_too() -> None:
    """Of nobody."""
    assert results(say("membres jardin", ZOE)) == ["members"]


def test_the_queue_shows_ones_own_posts_alone() -> None:
    """No letters to single people, no other lists."""
    french, english = shown(say("envois"))

    assert "Sujet 1" in french
    assert "Sujet 2" not in french + english
    assert "Sujet 3" not in french + english


@pytest.mark.parametrize("line", ["envois", "queue"])
def test_an_empty_queue_is_told(line: str) -> None:
    """Rather than an empty mail."""
    assert results(say(line, known=Roster())) == ["queue"]


@pytest.mark.parametrize("by", [EVE, ANNE])
def test_the_queue_is_for_owners(by: Address) -> None:
    """It shows subjects."""
    assert results(say("envois", by)) == ["not-allowed"]


@pytest.mark.parametrize(
    "line", ["annuler", "cancel k7fm2b", "annuler K7FM2B.", "annuler [réf. k7fm2b]"]
)
def test_a_send_is_stopped(line: str) -> None:
    """The only one need not be named."""
    assert done(say(line)) == (CancelSend(1),)


@pytest.mark.parametrize(
    ("line", "sends", "told"),
    [
        ("annuler", (), "nothing-to-cancel"),
        ("annuler", (send(1), send(4)), "which-send"),
        ("annuler k7fm2c", (send(2, "jardin"),), "no-such-send"),
        ("annuler zzzzz9", (send(1),), "no-such-send"),
    ],
)
def test_a_send_that_cannot_be_stopped(
    line: str, sends: tuple[SendState, ...], told: str
) -> None:
    """Never guessed; and not that of another list."""
    decision = say(line, known=Roster(sends=sends))

    assert (results(decision), done(decision)) == ([told], ())


SURE = replace(send(1), ref="k7fm22")


@pytest.mark.parametrize(
    ("line", "paused"), [("pause k7fm22", True), ("reprendre K7FM22", False)]
)
def test_a_send_waits_and_goes_on(line: str, paused: bool) -> None:  # noqa: FBT001 - a parameter
    """The word is the member's, too; a reference makes it the owner's."""
    decision = say(line, known=Roster(sends=(SURE,)))

    assert done(decision) == (BrakeSend(1, paused=paused),)


def test_steering_a_send_needs_a_proof() -> None:
    """From: is easily forged."""
    (asked,) = say(
        "pause k7fm22", proof=Proof.NONE, known=Roster(sends=(SURE,))
    ).actions

    assert isinstance(asked, AskToProceed)


def test_a_list_that_is_called_like_a_send_is_not_guessed() -> None:
    """The owner is told; nothing waits."""
    same = replace(SETTINGS.lists["discuter"], name="k7fm22")
    lists = {**SETTINGS.lists, "k7fm22": same}
    known = Roster(sends=(SURE,))
    decision = say("pause k7fm22", known=known, settings=replace(SETTINGS, lists=lists))

    assert (results(decision), done(decision)) == (["list-or-send"], ())


@pytest.mark.parametrize(
    ("line", "stopped", "told"),
    [
        ("pause k7fm23", (), "no-such-send"),
        ("renvoyer k7fm23", (), "no-such-send"),
        ("renvoyer k7fm22", (SURE,), "rest-nobody"),
        ("resend k7fm22", (replace(SURE, unserved=27),), "send-continued"),
    ],
)
def test_what_was_stopped_is_sent_to_the_others(
    line: str, stopped: tuple[SendState, ...], told: str
) -> None:
    """To those who haven't got it, where there is anybody."""
    decision = say(line, known=Roster(sends=(SURE,), stopped=stopped))
    sent = told == "send-continued"

    assert results(decision) == [told]
    assert done(decision) == ((SendRest(1, "discuter"),) if sent else ())


# ------------------------------------------------------------ adding and removing


def test_a_newcomer_is_added_with_a_name() -> None:
    """And with who did it."""
    decision = say("ajouter discuter neuf@example.net Paul Dupont")

    by = str(CLAIRE)
    assert done(decision) == (
        Enrol(NEW, "Paul Dupont", "discuter", f"added by {by}", by=by),
    )


BLOCK = "neuf@example.net\nPaul Dupont <paul.d@example.net>\n\nlea@example.net Léa Roy"
ADDED = ["neuf@example.net", "paul.d@example.net", "lea@example.net"]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("ajouter discuter", BLOCK),
        ("Re: Ajouter : discuter.", f"Bonjour,\n\n{BLOCK}\n\nMerci !\nClaire"),
        ("add discuter", f"{BLOCK}\n-- \nClaire <c@example.net>"),
        ("commandes", f"ajouter discuter\n{BLOCK}"),
        ("", f"ajouter discuter\n{BLOCK}\nfin\nautre@example.net"),
        ("", f"Bonjour,\najouter discuter :\n{BLOCK}\n\nMerci\nClaire"),
        ("commandes", f"ajouter discuter\n{BLOCK}\nlistes"),
        ("ajouter discuter", "\n".join(f"- {one}" for one in BLOCK.split("\n") if one)),
    ],
)
def test_several_people_one_a_line(subject: str, text: str) -> None:
    """Under the subject, or under the command."""
    decision = decided(mail(subject, text, CLAIRE, Proof.PASS), KNOWN)

    enrolled = [one for one in done(decision) if isinstance(one, Enrol)]
    assert [str(one.address) for one in enrolled] == ADDED
    assert [one.name for one in enrolled] == ["", "Paul Dupont", "Léa Roy"]


def test_each_person_has_a_result() -> None:
    """What is wrong with one is no matter for the others."""
    gone, hidden = Address("parti", "example.net"), Address("oubli", "example.net")
    known = roster(
        None,
        ON,
        Standing(gone, left=frozenset({"discuter"})),
        Standing(hidden, forgotten=True),
    )
    text = (
        "neuf@example.net\nanne@example.org\nparti@example.net\noubli@example.net\n"
        "lea@gmial.com\nzut@\nneuf@example.net"
    )
    message = mail("ajouter discuter", text, CLAIRE, Proof.PASS)

    decision = decided(message, known)

    assert people(decision) == [
        ("added", True),
        ("already-on-list", False),
        ("left-before", False),
        ("was-forgotten", False),
        ("typo", False),
        ("bad-address", False),
    ]
    assert kinds(decision) == ["AskToProceed", "Enrol"]
    wait = decision.actions[0]
    assert isinstance(wait, AskToProceed)
    assert wait.in_doubt
    assert "lea@gmail.com" in shown(decision)[0]

    facts = {"sha256": SHA, "lines": "ajouter discuter", "in_doubt": "yes"}
    later = roster(
        None,
        ON,
        member(NEW, "discuter", id=2),
        *(known.standings[one.key] for one in (gone, hidden)),
        original=message,
    )
    answer = answered("ok", asked(RequestKind.COMMANDS, CLAIRE, **facts), later)

    enrolled = [str(one.address) for one in answer.actions if isinstance(one, Enrol)]
    assert enrolled == ["parti@example.net", "lea@gmial.com"]
    assert kinds(answer)[:2] == ["Settle", "Reply command-results"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ajouter discuter", "address-missing"),
        ("ajouter discuter Paul Dupont", "address-missing"),
        ("ajouter discuter zut@", "bad-address"),
        (f"ajouter discuter {BOX}", "own-address"),
        ("ajouter discuter comite+informer@example.org", "own-address"),
        ("ajouter discuter anne@example.org", "already-on-list"),
        ("inviter discuter anne@example.org", "already-on-list"),
        ("retirer discuter neuf@example.net", "not-on-list"),
        ("retirer discuter", "address-missing"),
        ("ajouter potager neuf@example.net", "no-such-list"),
        ("retirer potager anne@example.org", "no-such-list"),
    ],
)
def test_a_single_mistake_is_told_plainly(line: str, told: str) -> None:
    """Without a list of one."""
    decision = say(line)

    assert (results(decision), done(decision)) == ([told], ())


def test_who_was_forgotten_comes_back_by_nobody_else() -> None:
    """Not even in doubt, not even by invitation."""
    known = roster(None, Standing(NEW, forgotten=True))
    for verb in ("ajouter", "inviter"):
        line = f"{verb} discuter neuf@example.net"
        facts = {"sha256": SHA, "lines": line, "in_doubt": "yes"}
        request = asked(RequestKind.COMMANDS, CLAIRE, **facts)
        original = mail("commandes", line, CLAIRE)

        first = say(line, known=known)
        second = answered("ok", request, replace(known, original=original))

        assert results(first) == results(second) == ["was-forgotten"]
        assert kinds(second) == ["Settle", "Reply command-results"]


def test_an_invitation_asks_the_person() -> None:
    """In the owner's name; also somebody who left."""
    known = roster(None, Standing(NEW, left=frozenset({"discuter"})))
    author = NamedAddress("Claire Roux", CLAIRE)
    line = "inviter discuter neuf@example.net Paul"
    message = mail("commandes", line, CLAIRE, Proof.PASS, author=author)

    decision = decided(message, known)

    facts = {"by": "Claire Roux", "origin": f"invited by {CLAIRE}"}
    assert done(decision) == (
        AskConfirmation(NEW, "invite", "discuter", "Paul", facts),
    )


def test_too_many_at_once_go_by_import() -> None:
    """A mail for each of a thousand would eat the day's quota."""
    text = "\n".join(f"p{n}@example.net" for n in range(101))

    decision = decided(mail("ajouter discuter", text, CLAIRE, Proof.PASS), KNOWN)

    assert results(decision) == ["too-many-people"]


def test_a_removal_names_who_did_it() -> None:
    """The person is told."""
    assert done(say("retirer discuter anne@example.org")) == (
        Unenrol(ANNE, "discuter", by=str(CLAIRE)),
    )


# -------------------------------------------------------------------- correcting


@pytest.mark.parametrize(
    ("line", "lists"),
    [
        ("corriger discuter anne@example.org neuf@example.net", ("discuter",)),
        ("corriger anne@example.org neuf@example.net", ("discuter", "informer")),
        ("corriger *, anne@example.org neuf@example.net", ("discuter", "informer")),
        ("corriger Toutes anne@example.org neuf@example.net", ("discuter", "informer")),
        ("change * <anne@example.org>, <neuf@example.net>", ("discuter", "informer")),
        ("corriger anne@example.org en neuf@example.net", ("discuter", "informer")),
        ("change anne@example.org to neuf@example.net", ("discuter", "informer")),
    ],
)
def test_an_address_is_corrected_on_ones_own_lists(
    line: str, lists: tuple[str, ...]
) -> None:
    """Never on lists of others."""
    known = roster(None, member(ANNE, "discuter", "informer", "jardin"))
    person = known.standings[ANNE.key].person
    assert person is not None

    decision = say(line, known=known)

    assert done(decision) == (ChangeAddress(person, NEW, lists, str(CLAIRE)),)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("corriger discuter anne@example.org", "two-addresses"),
        ("corriger", "two-addresses"),
        ("corriger * a@example.org b@example.org c@example.org", "two-addresses"),
        ("corriger * anne@example.org zut@", "bad-address"),
        (f"corriger * anne@example.org {BOX}", "own-address"),
        ("corriger * anne@example.org comite+discuter@example.org", "own-address"),
        ("corriger * anne@example.org anne@example.org", "bad-address"),
        ("corriger * neuf@example.net autre@example.net", "not-on-list"),
        ("corriger informer anne@example.org neuf@example.net", "not-on-list"),
        ("corriger potager anne@example.org neuf@example.net", "no-such-list"),
        ("corriger * anne@example.org neuf@gmial.com", "also-typo"),
    ],
)
def test_a_correction_that_cannot_be_meant(line: str, told: str) -> None:
    """Each with its reason."""
    decision = say(line)

    assert (results(decision), done(decision)) == ([told], ())


def test_a_correction_of_the_case_alone_is_one() -> None:
    """Some servers care."""
    assert len(done(say("corriger * anne@example.org Anne@example.org"))) == 1


# ------------------------------------------------------------------------- roles


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("propriétaire", "owners"),
        ("Responsable", "owners"),
        ("owner", "owners"),
        ("modératrice", "moderators"),
        ("moderator", "moderators"),
        ("comme modérateur", "moderators"),
        ("as moderator", "moderators"),
        ("expéditeur", "senders"),
        ("sender", "senders"),
        ("appelante", "callers"),
        ("caller.", "callers"),
    ],
)
def test_roles_have_french_and_english_names(words: str, role: str) -> None:
    """Of women and men."""
    change = ChangeRole("discuter", role, ANNE, granted=True, by=CLAIRE)

    for line in (f"nommer discuter {ANNE} {words}", f"promote {ANNE} {words} discuter"):
        assert done(say(line)) == (change,)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nommer discuter modérateur", "address-missing"),
        ("nommer discuter anne@example.org", "bad-role"),
        ("nommer discuter anne@example.org chef", "bad-role"),
        ("nommer discuter zut@ modérateur", "bad-address"),
        (f"nommer discuter {BOX} modérateur", "own-address"),
        ("nommer discuter anne@gmial.com modérateur", "also-typo"),
        ("nommer discuter paul@example.org modérateur", "role-as-it-was"),
        ("démettre discuter anne@example.org modérateur", "role-as-it-was"),
        ("démettre discuter claire@example.org propriétaire", "last-owner"),
        ("démettre discuter claire@example.org owner", "last-owner"),
    ],
)
def test_a_role_that_cannot_be_given(line: str, told: str) -> None:
    """A list without owner would have nobody to ask."""
    decision = say(line)

    assert (results(decision), done(decision)) == ([told], ())


def test_one_of_two_owners_may_go() -> None:
    """Also by their own hand."""
    settings = among(replace(TALK, owners=frozenset({CLAIRE, ANNE})))

    decision = say(f"démettre discuter {CLAIRE} propriétaire", settings=settings)

    change = ChangeRole("discuter", "owners", CLAIRE, granted=False, by=CLAIRE)
    assert done(decision) == (change,)


def test_two_owners_cannot_both_go_in_one_mail() -> None:
    """Each line is right on its own."""
    settings = among(replace(TALK, owners=frozenset({CLAIRE, ANNE})))
    lines = "\n".join(f"démettre discuter {one} propriétaire" for one in (ANNE, CLAIRE))

    decision = say(lines, settings=settings)

    assert results(decision) == ["demoted", "last-owner"]
    assert len(done(decision)) == 1


# ---------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [
        ("titre Les échanges", "title", "Les échanges"),
        ("title = Talk", "title", "Talk"),
        ("préfixe [parler]", "subject_prefix", "[parler]"),
        ("préfixe aucun", "subject_prefix", ""),
        ("préfixe -", "subject_prefix", ""),
        ("titre -", "title", ""),
        ("subject_prefix none", "subject_prefix", ""),
        ("modération tous", "moderation", "all"),
        ("moderation: new-members", "moderation", "new-members"),
        ("modération aucune", "moderation", "none"),
        ("non-membres refuser", "non_members", "reject"),
        ("non_members discard", "non_members", "discard"),
        ("réponse les deux", "reply_to", "both"),
        ("reply_to author", "reply_to", "author"),
        ("inscription fermée", "subscription", "closed"),
        ("subscription MODERATED", "subscription", "moderated"),
        ("taille 3 Mo", "max_size", "3145728"),
        ("max_size 2097152", "max_size", "2097152"),
        ("taille 1,5 Mo", "max_size", "1572864"),
        ("description Pour parler", "description", "Pour parler"),
    ],
)
def test_values_in_french_and_english(words: str, key: str, value: str) -> None:
    """By `régler` as well as by `réglages`."""
    change = ChangeSetting("discuter", key, value, CLAIRE)

    for line in (f"régler discuter {words}", f"settings discuter {words}"):
        assert done(say(line)) == (change,)


@pytest.mark.parametrize(
    "prefix",
    ["informer", "[informer]", "[ INFORMER ]", "[Lettre]", "lettre", "[jardin]"],
)
def test_a_prefix_that_stands_for_another_list_is_refused(prefix: str) -> None:
    """Its posts would go astray, to people who were not meant to read them."""
    settings = among(replace(SETTINGS.lists["informer"], subject_prefix="[Lettre]"))

    decision = say(f"régler discuter préfixe {prefix}", settings=settings)

    assert results(decision) == ["prefix-taken"]
    assert done(decision) == ()


@pytest.mark.parametrize("prefix", ["[discuter]", "[parler]"])
def test_a_list_keeps_its_own_name_as_prefix(prefix: str) -> None:
    """And what it has already may be set again."""
    settings = among(replace(TALK, subject_prefix="[parler]"))

    decision = say(f"régler discuter préfixe {prefix}", settings=settings)

    change = ChangeSetting("discuter", "subject_prefix", prefix, CLAIRE)
    assert done(decision) == (change,)


@pytest.mark.parametrize(
    ("words", "told", "french", "english"),
    [
        ("modération parfois", "bad-value", "tous, nouveaux, non-membres", "all, new"),
        ("réponse tous", "bad-value", "liste, auteur, les deux", "list, author, both"),
        ("taille 3 octets", "bad-value", "taille", "max_size"),
        ("taille 999 Mo", "bad-value", "10 Ko", "10 KB"),
        ("couleur rouge", "no-such-setting", "modération", "moderation"),
        ("titre", "needs-argument", "titre", "title"),
        ("bienvenue", "needs-argument", "bienvenue", "welcome"),
    ],
)
def test_a_wrong_value_is_told_with_the_choices(
    words: str, told: str, french: str, english: str
) -> None:
    """In the words that the person uses."""
    for verb, wanted in (("réglages", french), ("settings", english)):
        decision = say(f"{verb} discuter {words}")

        assert (results(decision), done(decision)) == ([told], ())
        said = shown(decision)[verb == "settings"]
        assert wanted in " ".join(said.replace("\u00a0", " ").split())


def test_settings_show_who_changed_them() -> None:
    """And what they can be."""
    french, english = shown(say("réglages discuter"))

    assert "modération" in french
    assert "claire@example.org" in english


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        ("bienvenue discuter", "welcome"),
        ("Welcome discuter", "welcome"),
        ("pied discuter", "footer"),
        ("Re: footer discuter", "footer"),
    ],
)
def test_a_text_below_the_subject_is_kept_with_its_lines(
    subject: str, key: str
) -> None:
    """The signature is not part of it."""
    text = "Bonjour et bienvenue !\n\nOn se voit le mardi.\n"
    message = mail(subject, text.strip(), CLAIRE, Proof.PASS)

    decision = decided(message, KNOWN)

    assert done(decision) == (ChangeSetting("discuter", key, text.strip(), CLAIRE),)


def test_too_long_a_text_is_refused() -> None:
    """Four thousand letters are more than anybody reads."""
    message = mail("pied discuter", "x" * 4001, CLAIRE, Proof.PASS)

    assert results(decided(message, KNOWN)) == ["bad-value"]


# ------------------------------------------------------------------------ import


@pytest.mark.parametrize("proof", [Proof.PASS, Proof.NONE])
def test_an_import_shows_first_what_it_would_do(proof: Proof) -> None:
    """Its « ok » proves who asks."""
    message = mail("importer discuter", BLOCK, CLAIRE, proof)

    decision = decided(message, KNOWN)

    assert kinds(decision) == ["PreviewImport"]
    preview = decision.actions[0]
    assert isinstance(preview, PreviewImport)
    assert (preview.address, preview.list_name) == (CLAIRE, "discuter")
    assert preview.facts["added"] == 3


@pytest.mark.parametrize("by", [EVE, ZOE])
def test_an_import_is_for_owners(by: Address) -> None:
    """Nobody else learns who is on the list already."""
    decision = decided(mail("importer discuter", BLOCK, by, Proof.PASS), KNOWN)

    assert kinds(decision) == ["Reply command-results"]
    assert results(decision)[0] in {"not-allowed", "not-owner"}


def test_the_answer_waits_for_what_waits_alone() -> None:
    """What needs no proof is answered in the same mail."""
    decision = say(
        "stats discuter\najouter discuter neuf@example.net", proof=Proof.NONE
    )

    assert results(decision) == ["stats", "waits-for-ok"]
    wait = decision.actions[0]
    assert isinstance(wait, AskToProceed)
    assert wait.lines == ("ajouter discuter neuf@example.net",)


def test_a_list_of_ones_own_is_not_shown_to_other_owners() -> None:
    """Each list has its own."""
    decision = say("membres jardin", settings=among(replace(GARDEN, visible=False)))

    assert results(decision) == ["not-owner"]


# ------------------------------------------------------ an order that is an answer

REMOVE = "retirer discuter anne@example.org"
NO = "Non, surtout pas ! Elle est toujours des nôtres."


def test_an_order_behind_re_over_a_text_waits_for_ok() -> None:
    """It may be another owner's, and the text says the contrary."""
    answer = mail(f"Re: {REMOVE}", NO, CLAIRE, Proof.PASS)

    decision = decided(answer, KNOWN)

    assert kinds(decision) == ["AskToProceed"]
    assert results(decision) == ["waits-for-ok"]


def test_an_order_behind_re_is_done_after_ok() -> None:
    """She meant it; it isn't asked about for ever."""
    request = asked(RequestKind.COMMANDS, CLAIRE, sha256=SHA, lines=REMOVE)
    original = mail(f"Re: {REMOVE}", NO, CLAIRE, Proof.PASS)

    decision = answered("ok", request, replace(KNOWN, original=original))

    assert kinds(decision) == ["Settle", "Reply command-results", "Unenrol"]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        pytest.param("Re: aide", NO, id="changes-nothing"),
        pytest.param(f"Re: {REMOVE}", "Merci,\nClaire", id="thanks-alone"),
        pytest.param(REMOVE, NO, id="no-answer"),
    ],
)
def test_other_commands_of_a_proved_owner_wait_for_nothing(
    subject: str, text: str
) -> None:
    """A question too many is one too many."""
    decision = decided(mail(subject, text, CLAIRE, Proof.PASS), KNOWN)

    assert "AskToProceed" not in kinds(decision)
    assert kinds(decision)[0].startswith("Reply ")


def test_what_waits_is_shown_whole_where_ok_is_asked_for() -> None:
    """Nobody confirms what they can't read; a long list is cut."""
    typed = "\n".join(f"p{number}@example.net P {number}" for number in range(12))
    decision = decided(mail("ajouter discuter", typed, CLAIRE), KNOWN)

    french, english = (" ".join(text.split()) for text in shown(decision))
    assert french.startswith("À confirmer : ajouter discuter")
    assert "> ajouter discuter > p0@example.net P 0 > p1@example.net" in french
    assert "> p9@example.net P 9 > …" in french
    assert "Cette question vaut 7 jours." in french
    assert english.startswith("Please confirm: ajouter discuter")
