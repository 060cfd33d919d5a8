"""Moderators who are away or bounce: what is noted, and who is told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.actions import Alert, EndAbsence, NoteAbsence, Reply
from bot.address import Address
from bot.decide.absences import bounced
from bot.model import Absence, BounceEvent, Kind, Proof, Roster
from tests.committee import (
    ANNE,
    CLAIRE,
    NOW,
    PARIS,
    PAUL,
    SETTINGS,
    TALK,
    ZOE,
    among,
    decided,
    mail,
)

BOTH = among(replace(TALK, moderators=frozenset({PAUL, ZOE})))
AUTOMATIC = {"auto-submitted": ("auto-replied",)}
ASKED = ("<x.moderation@example.org>",)


def absence(text: str, subject: str = "Absence", by: Address = PAUL) -> list[object]:
    """Give what an automatic reply makes us note."""
    message = replace(mail(subject, text, by), fields=AUTOMATIC, in_reply_to=ASKED)
    decision = decided(message)
    assert decision.kind is Kind.AUTOMATIC
    return list(decision.actions)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("Je suis absent jusqu'au 2 décembre.", date(2026, 12, 2)),
        ("Absente jusqu'au lundi 30/11/2026 inclus", date(2026, 11, 30)),
        ("De retour le 4 décembre 2026, je vous répondrai.", date(2026, 12, 4)),
        ("I am out of office until December 3.", date(2026, 12, 3)),
        ("Je suis en congé.", date(2026, 12, 1)),  # a week
        ("Retour le 5 mars 2031", date(2026, 12, 1)),  # nobody is away so long
        ("Absent jusqu'au 3 novembre 2026", date(2026, 12, 1)),  # an old text
    ],
)
def test_an_automatic_reply_says_until_when(text: str, until: date) -> None:
    """Its day where it names one that makes sense, else a week."""
    (note,) = absence(text)

    assert isinstance(note, NoteAbsence)
    assert (note.address, note.why) == (PAUL, Absence.AWAY)
    assert note.until.astimezone(PARIS).date() == until


def test_the_absence_of_members_is_nobodys_business() -> None:
    """Only moderators are waited for; a reply to a reply never decides."""
    assert absence("Je suis absent jusqu'au 2 décembre.", by=ANNE) == []
    assert [type(one).__name__ for one in absence("ok")] == ["NoteAbsence"]


def test_an_absence_that_answers_nothing_of_ours_may_be_invented() -> None:
    """And one that bounces is not away."""
    message = replace(mail("Absence", "…", PAUL), fields=AUTOMATIC)
    bounces = Roster(absences={PAUL.key: Absence.BOUNCES})

    assert decided(message).actions == ()
    assert decided(replace(message, in_reply_to=ASKED), bounces).actions == ()


def test_whoever_writes_is_back() -> None:
    """Whatever they write."""
    absent = Roster(absences={PAUL.key: Absence.AWAY})

    bounces = Roster(absences={PAUL.key: Absence.BOUNCES})
    proved = mail("aide", "", PAUL, Proof.PASS)
    assert EndAbsence(PAUL) in decided(mail("aide", by=PAUL), absent).actions
    assert EndAbsence(PAUL) not in decided(mail("aide", by=PAUL), bounces).actions
    assert EndAbsence(PAUL) in decided(proved, bounces).actions
    assert EndAbsence(ANNE) not in decided(mail("aide", by=ANNE), absent).actions


def event(address: Address, kind: str = "hard") -> BounceEvent:
    """Say that a mail came back."""
    return BounceEvent(address, kind, "5.1.1", "unknown-user", "550 no such user")


def test_owners_learn_that_a_moderator_gets_no_mail() -> None:
    """Once, and the admins only when there is no other."""
    first = bounced([event(PAUL)], BOTH, {}, NOW)
    known = {PAUL.key: Absence.BOUNCES}
    second = bounced([event(PAUL)], BOTH, known, NOW)
    last = bounced([event(ZOE)], BOTH, known, NOW)

    assert first[0] == NoteAbsence(PAUL, Absence.BOUNCES, NOW + timedelta(days=30))
    assert [one.to for one in first if isinstance(one, Reply)] == [CLAIRE]
    assert second == ()
    assert not [one for one in first if isinstance(one, Alert)]
    assert [one.text_id for one in last if isinstance(one, Alert)][-1:] == [
        "alert-no-moderator"
    ]


def test_being_away_does_not_hide_that_the_address_died() -> None:
    """The one is over some day, the other is not."""
    found = bounced([event(PAUL)], SETTINGS, {PAUL.key: Absence.AWAY}, NOW)

    assert isinstance(found[0], NoteAbsence)


@pytest.mark.parametrize(
    "one", [event(PAUL, "delay"), event(ANNE)], ids=["delay", "member"]
)
def test_other_reports_are_none_of_this(one: BounceEvent) -> None:
    """A delay is no failure, and members are counted elsewhere."""
    assert bounced([one], SETTINGS, {}, NOW) == ()
