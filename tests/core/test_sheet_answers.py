"""Answers to sheets, as decisions: each line alone, and nobody off the sheet."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.actions import ChangeAddress, Decision, NoteCall, Reply, Revive, Unenrol
from bot.address import Address
from bot.model import (
    Bouncing,
    Mark,
    Proof,
    RequestKind,
    Roster,
    Settings,
    Standing,
)
from tests.committee import (
    ADMIN,
    ANNE,
    BOX,
    CLAIRE,
    EVE,
    NEWS,
    NOW,
    PAUL,
    TALK,
    among,
    answered,
    asked,
    kinds,
    member,
    roster,
)

LEA, JO, NEW = (Address(one, "example.net") for one in ("lea", "jo", "neuve"))
CALLED = replace(TALK, callers=frozenset({PAUL}))
SETTINGS = among(CALLED)
SHEET = asked(RequestKind.SHEET, PAUL, people="21,22,23")
STANDINGS = (
    member(LEA, "discuter", "informer", id=21, name="Léa Roy"),
    member(JO, "discuter", id=22),
)
PEOPLE = {
    21: Bouncing(21, LEA, "Léa Roy", lists=("discuter", "informer"), dead=2),
    22: Bouncing(22, JO, lists=("discuter",), dead=1),
}


def known(*more: object, called: dict[int, Bouncing] | None = None) -> Roster:
    """Give what the store knows: two people on the sheet, a third one left."""
    found = roster(None, *STANDINGS, *more)  # type: ignore[arg-type] # standings
    return replace(found, called=PEOPLE if called is None else called)


def answer(
    typed: str, where: Roster | None = None, settings: Settings = SETTINGS
) -> Decision:
    """Let the caller answer."""
    return answered(typed, SHEET, where or known(), settings)


def told(decision: Decision) -> list[str]:
    """Give what came of each line, by the sentence."""
    reply = decision.actions[-1]
    assert isinstance(reply, Reply)
    assert reply.text_id == "sheet-answer"
    lines = reply.facts["lines"]
    assert isinstance(lines, tuple)
    return [line["result"]["id"] for line in lines]


def left(decision: Decision) -> list[int]:
    """Give who is left, by number."""
    reply = decision.actions[-1]
    assert isinstance(reply, Reply)
    those = reply.facts["left"]
    assert isinstance(those, tuple)
    return [one["number"] for one in those]


def test_a_correction_changes_all_lists_and_revives() -> None:
    """As the owners' command does it; the person is told at the new address."""
    decision = answer("1 neuve@example.net")

    person = STANDINGS[0].person
    assert person is not None
    lists = ("discuter", "informer")
    assert decision.actions[:-1] == (
        NoteCall(21, NEW, "Léa Roy", "corrected", lists, PAUL),
        ChangeAddress(person, NEW, lists, str(PAUL)),
        Revive(NEW, str(PAUL)),
    )
    assert (told(decision), left(decision)) == (["sheet-corrected"], [2])
    assert decision.rule == "sheet-answered"


@pytest.mark.parametrize("typed", ["2 retirer", "2 neuve@example.net"])
def test_an_old_sheet_changes_nobody_whose_mail_arrives(typed: str) -> None:
    """They wrote since, or another caller was faster; « sûr » insists."""
    well = known(called={**PEOPLE, 22: replace(PEOPLE[22], dead=0)})

    asked_first, insisted = answer(typed, well), answer(f"{typed} sûr", well)

    assert told(asked_first) == ["sheet-well"]
    assert len(asked_first.actions) == 1
    assert told(insisted)[0] in {"sheet-removed", "sheet-corrected"}


def test_a_removal_ends_what_the_caller_calls_for() -> None:
    """Silently: a goodbye would come back. Other lists have their own callers."""
    decision = answer("1 retirer")

    assert decision.actions[:-1] == (
        NoteCall(21, LEA, "Léa Roy", "taken-off", ("discuter",), PAUL),
        Unenrol(LEA, "discuter", by=str(PAUL), quiet=True),
    )


def test_who_is_kept_starts_anew_and_who_is_not_reached_comes_back() -> None:
    """Neither tells the person anything."""
    decision = answer("1 garder\n2 injoignable")

    assert decision.actions[:-1] == (
        NoteCall(21, LEA, "Léa Roy", "kept", ("discuter", "informer"), PAUL),
        Revive(LEA, str(PAUL)),
        NoteCall(22, JO, "", "unreached", ("discuter",), PAUL),
    )
    assert left(decision) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1 neuve@gmial.com", "sheet-typo"),
        ("1 anne@example.org", "sheet-taken"),
        ("1 comite@example.org", "own-address"),
        ("1 Comite+discuter@example.org", "own-address"),
        ("1 comite+informer-leave@example.org sûr", "own-address"),
        ("1 eve@example.net", "was-forgotten"),
        ("1 quelque chose", "sheet-what"),
        ("1 neuve@", "sheet-what"),
        ("retirer eve@example.net", "sheet-not-on-it"),
        ("3 retirer", "sheet-settled"),
        ("4 retirer", "sheet-no-such-line"),
    ],
)
def test_what_is_in_doubt_is_asked(typed: str, sentence: str) -> None:
    """It changes nothing; the other lines of the mail are done."""
    gone = replace(member(EVE), person=None, forgotten=True)
    where = known(member(ANNE, "jardin", id=9), gone)

    decision = answer(f"{typed}\n2 pas joint", where)

    assert kinds(decision) == ["NoteCall", "Reply sheet-answer"]
    assert told(decision) == [sentence, "sheet-unreached"]
    assert left(decision) == [1]


@pytest.mark.parametrize(
    ("new", "sentence"),
    [("neuve@gmial.com", "sheet-corrected"), ("anne@example.org", "sheet-one-now")],
)
def test_what_was_asked_about_may_be_meant(new: str, sentence: str) -> None:
    """A caller has just heard it on the telephone."""
    where = known(member(ANNE, "jardin", id=9))

    assert told(answer(f"1 {new} sûr", where)) == [sentence]


def test_one_mail_says_one_thing_of_somebody() -> None:
    """The same once more is no news; two things are none."""
    twice = answer("1 garder\n1 garder")
    contrary = answer("1 retirer\n1 garder\n2 garder")

    assert told(twice) == ["sheet-kept"]
    assert kinds(twice) == ["NoteCall", "Revive", "Reply sheet-answer"]
    assert told(contrary) == ["sheet-said-above", "sheet-said-above", "sheet-kept"]
    assert kinds(contrary) == ["NoteCall", "Revive", "Reply sheet-answer"]


def test_who_is_no_caller_any_more_reads_of_nobody() -> None:
    """Names and addresses are for those who call."""
    decision = answer("2 garder", settings=among(TALK))

    assert (told(decision), left(decision)) == (["sheet-not-yours"], [])


def test_what_is_settled_needs_nothing_more() -> None:
    """They wrote themselves meanwhile; a better address is welcome all the same."""
    fine = {**PEOPLE, 21: replace(PEOPLE[21], dead=0)}

    assert told(answer("1 garder", known(called=fine))) == ["sheet-settled"]
    assert told(answer("1 neuve@example.net sûr", known(called=fine))) == [
        "sheet-corrected"
    ]
    assert left(answer("2 garder", known(called=fine))) == []


def test_who_was_tried_since_is_not_left() -> None:
    """A sheet is answered in several mails."""
    tried = {**PEOPLE, 22: replace(PEOPLE[22], tried_at=NOW + timedelta(hours=1))}

    assert left(answer("1 retirer", known(called=tried))) == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (among(TALK), "sheet-not-yours"),
        (among(replace(TALK, owners=frozenset({PAUL}))), "sheet-removed"),
        (among(TALK, replace(NEWS, callers=frozenset({PAUL}))), "sheet-removed"),
        (among(TALK, admins=(ADMIN, PAUL)), "sheet-removed"),
    ],
)
def test_rights_are_those_of_today(settings: Settings, sentence: str) -> None:
    """A sheet from last week gives none."""
    assert told(answer("1 retirer", settings=settings)) == [sentence]


def test_thanks_are_no_answer_and_an_empty_mail_is_unclear() -> None:
    """Nobody wants a machine's thanks for thanks."""
    assert answer("Merci !\nPaul").actions == ()
    assert told(answer("")) == []


def test_a_forged_answer_does_nothing() -> None:
    """A token in the wrong hands, under a name that isn't theirs."""
    decision = answered("1 retirer", SHEET, known(), SETTINGS, proof=Proof.FAIL)

    assert "Unenrol" not in kinds(decision)
    assert decision.rule == "forged"


def test_nobody_else_is_named() -> None:
    """Owners of other lists, the box: not on the sheet, not touched."""
    decision = answer(f"retirer {CLAIRE}\nretirer {BOX}\ngarder {ANNE}")

    assert kinds(decision) == ["Reply sheet-answer"]
    assert set(told(decision)) == {"sheet-not-on-it"}


def test_a_list_has_addresses_of_its_own() -> None:
    """Posts to one would come back as mails; others of the domain are people's."""
    posting = Address("amis", "lists.example")
    settings = among(replace(CALLED, address=posting))

    assert told(answer("1 amis@lists.example sûr", settings=settings)) == [
        "own-address"
    ]
    assert [
        settings.is_own(Address(one, "example.org"))
        for one in ("comite", "comite+x", "comite+", "comitebis", "x+comite+y")
    ] == [True, True, True, False, False]


OTHERS = (Address("claire.roux", "example.net"),)


@pytest.mark.parametrize(
    ("new", "known_as"),
    [
        (CLAIRE, member(CLAIRE, "discuter", id=77)),
        (CLAIRE, None),  # an owner needs to be on no list
        (ADMIN, None),
        (OTHERS[0], member(CLAIRE, "jardin", id=77, others=OTHERS)),
    ],
)
@pytest.mark.parametrize("more", ["", " sûr"])
def test_nobody_in_charge_is_taken_over(
    new: Address, known_as: Standing | None, more: str
) -> None:
    """Whoever has the address would get what the person got; owners may do it."""
    more_known = [] if known_as is None else [replace(known_as, address=new)]

    decision = answer(f"1 {new}{more}", known(*more_known))

    assert told(decision) == ["sheet-not-theirs"]
    assert kinds(decision) == ["Reply sheet-answer"]


def test_whoever_is_banned_gets_nothing_under_another_name() -> None:
    """On any of the person's lists."""
    banned = replace(known(), marked={"informer": ((NEW, Mark.BANNED),)})
    trusted = replace(known(), marked={"informer": ((NEW, Mark.TRUSTED),)})

    assert told(answer(f"1 {NEW} sûr", banned)) == ["sheet-not-theirs"]
    assert told(answer(f"1 {NEW}", trusted)) == ["sheet-corrected"]


def test_owners_hear_of_what_they_did_not_ask_for() -> None:
    """Each list's event, also of those that the caller doesn't call for."""
    noted = answer(f"1 {NEW}").actions[0]

    assert isinstance(noted, NoteCall)
    assert noted.list_names == ("discuter", "informer")
