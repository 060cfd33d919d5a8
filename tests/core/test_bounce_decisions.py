"""What a report, and a mail of somebody whose mail came back, lead to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import message
from bot.actions import (
    NoteAbsence,
    RecordBounce,
    Reply,
    Revive,
    SettleSuspensions,
    Unenrol,
)
from bot.address import Address, NamedAddress
from bot.model import (
    BounceState,
    Bouncing,
    Message,
    Person,
    Proof,
    RequestKind,
    Returned,
    Roster,
    held_by,
)
from tests.committee import (
    ANNE,
    CLAIRE,
    EVE,
    NOW,
    PAUL,
    answered,
    asked,
    decided,
    kinds,
    mail,
    member,
    roster,
)

ELSEWHERE = Address("anne.m", "free.example")
POST = Returned(3, "post", "discuter", NOW - timedelta(hours=1), (ANNE, PAUL))
AWAY = Bouncing(1, ANNE, state=BounceState.SUSPENDED, since=NOW, dead=2)
REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@relay.example (Mail Delivery System)
To: comite@example.org
Subject: Undelivered Mail Returned to Sender
Authentication-Results: mx.example.org; {proof}
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Original-Recipient: rfc822; {original}
Final-Recipient: rfc822; {final}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b--
"""


def report(
    final: Address, original: Address | None = None, proof: str = "none"
) -> Message:
    """Let a server report that an address is dead."""
    text = REPORT.format(final=final, original=original or final, proof=proof)
    return message.read(text.encode(), NOW)


def test_a_report_is_kept_with_the_mail_that_it_is_about() -> None:
    """What it counts as is decided where both are known."""
    decision = decided(report(ANNE), Roster(returned=POST))

    (record,) = decision.actions
    assert isinstance(record, RecordBounce)
    assert record.mail == POST
    assert [event.address for event in record.events] == [ANNE]
    assert decision.folder == "Bounces"


def test_a_redirected_address_is_found_in_the_batch() -> None:
    """The server names the last address, we know the first."""
    one = Returned(3, "post", "discuter", NOW, (ANNE,))

    (record,) = decided(report(ELSEWHERE), Roster(returned=one)).actions

    assert isinstance(record, RecordBounce)
    assert [event.address for event in record.events] == [ANNE]


def test_a_forged_report_is_filed_and_nothing_else() -> None:
    """DMARC says that the domain it comes from did not write it."""
    decision = decided(report(ANNE, proof="dmarc=fail"), Roster(returned=POST))

    assert (decision.actions, decision.rule) == ((), "forged-report")
    assert decision.folder == "Bounces"


def test_a_moderator_who_bounces_is_told_of_through_a_redirection() -> None:
    """It is the subscribed address that moderates."""
    one = Returned(3, "moderation", "discuter", NOW, (PAUL,))

    decision = decided(report(ELSEWHERE), Roster(returned=one))

    assert any(
        isinstance(act, NoteAbsence) and act.address == PAUL for act in decision.actions
    )


@pytest.mark.parametrize("subject", ["aide", "Une idée pour samedi", "[discuter] Troc"])
def test_whoever_writes_gets_mail_again(subject: str) -> None:
    """The address writes, so it is in use."""
    known = roster(member(ANNE, "discuter"), bouncing=(AWAY,))

    assert Revive(ANNE) in decided(mail(subject, "Bonjour", ANNE), known).actions


def test_whose_mail_does_not_come_back_is_not_revived() -> None:
    """Nothing is written for each mail that comes."""
    known = roster(member(ANNE, "discuter"))

    assert Revive(ANNE) not in decided(mail("aide", "", ANNE), known).actions


def test_a_forged_mail_revives_nobody() -> None:
    """DMARC says that somebody else wrote it."""
    known = roster(member(ANNE, "discuter"), bouncing=(AWAY,))

    decision = decided(mail("aide", "", ANNE, Proof.FAIL), known)

    assert Revive(ANNE) not in decision.actions


def test_an_absence_revives_nobody() -> None:
    """A machine answers for an address that nobody may read."""
    away = mail(
        "Absence",
        "Je suis absente.",
        ANNE,
        fields={"auto-submitted": ("auto-replied",)},
        author=NamedAddress("", ANNE),
    )
    known = roster(member(ANNE, "discuter"), bouncing=(AWAY,))

    assert not any(isinstance(act, Revive) for act in decided(away, known).actions)


def test_an_answer_to_a_probe_is_thanked() -> None:
    """« ok » says that the address works."""
    request = asked(RequestKind.PROBE, ANNE, "discuter")
    known = roster(member(ANNE, "discuter"))

    decision = answered("ok", request, known)

    assert kinds(decision) == ["Settle", "Revive", "Reply probe-thanks"]


def test_only_an_owner_of_today_decides_about_suspensions() -> None:
    """Whoever was one when it was asked may have gone."""
    assert kinds(answered("ok", asked(RequestKind.SUSPEND, PAUL, "discuter"))) == [
        "Reply no-moderator-now"
    ]
    request = asked(RequestKind.SUSPEND, CLAIRE, "discuter", people="21,23")

    _, settled = answered("ok", request).actions

    assert settled == SettleSuspensions(
        "discuter", suspend=True, by=CLAIRE, people=(21, 23)
    )


HELD = Bouncing(21, ANNE, lists=("discuter", "informer"), state=BounceState.ASKED)


@pytest.mark.parametrize(
    ("one", "is_held"),
    [
        pytest.param(HELD, True, id="asked-about"),
        pytest.param(replace(HELD, person_id=22), False, id="came-later"),
        pytest.param(replace(HELD, lists=("informer",)), False, id="left-the-list"),
        pytest.param(
            replace(HELD, state=BounceState.BOUNCING), False, id="let-go-meanwhile"
        ),
    ],
)
def test_a_question_holds_those_whom_it_named(one: Bouncing, *, is_held: bool) -> None:
    """As long as they wait for its answer."""
    question = asked(RequestKind.SUSPEND, CLAIRE, "discuter", people="21,23")

    assert (one.person_id in held_by([question], [one])) is is_held


ARF = """\
Return-Path: <>
From: fbl@provider.example
To: comite@example.org
Subject: FW: Troc
Authentication-Results: mx.example.org; {proof}
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is an abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Provider/1
Version: 1
{fields}

--b
Content-Type: message/rfc822

From: comite@example.org
Subject: Troc

Bonjour
--b--
"""


def complaint(fields: str = "", kind: str = "abuse", proof: str = "none") -> Message:
    """Let a provider tell that somebody complains."""
    text = ARF.format(fields=fields, kind=kind, proof=proof)
    return message.read(text.encode(), NOW)


NAMED = f"Original-Rcpt-To: <{ANNE}>"
COMPLAINED = roster(None, member(ANNE, "discuter"), returned=POST)


def test_whoever_complains_is_let_go_politely() -> None:
    """One goodbye that says why, and how to come back."""
    decision = decided(complaint(NAMED), COMPLAINED)

    assert kinds(decision) == ["Unenrol", "Reply complaint-goodbye", "CopyToOwners"]
    leave, told, _ = decision.actions
    assert isinstance(leave, Unenrol)
    assert (leave.address, leave.list_name, leave.quiet) == (ANNE, "discuter", True)
    assert isinstance(told, Reply)
    assert told.to == ANNE


def test_nobody_in_charge_is_let_go_by_a_complaint() -> None:
    """People decide about them."""
    boss = replace(POST, recipients=(CLAIRE,))
    known = roster(None, member(CLAIRE, "discuter"), returned=boss)

    decision = decided(complaint(f"Original-Rcpt-To: <{CLAIRE}>"), known)

    assert kinds(decision) == ["CopyToOwners"]


def test_a_member_complains_of_nobody_else() -> None:
    """Whoever got the batch knows its mark; providers are no members."""
    evil = replace(complaint(NAMED), author=NamedAddress("", EVE))
    known = replace(COMPLAINED, person=Person(9, EVE))

    assert kinds(decided(evil, known)) == ["CopyToOwners"]


def test_a_hidden_complainer_is_the_only_one_of_the_batch() -> None:
    """Most providers blot out the address."""
    alone = replace(COMPLAINED, returned=replace(POST, recipients=(ANNE,)))

    assert "Unenrol" in kinds(decided(complaint(), alone))
    assert kinds(decided(complaint(), COMPLAINED)) == ["CopyToOwners"]


@pytest.mark.parametrize(
    ("mail_", "known"),
    [
        pytest.param(
            complaint(NAMED), replace(COMPLAINED, returned=None), id="no-mark"
        ),
        pytest.param(complaint(NAMED, proof="dmarc=fail"), COMPLAINED, id="forged"),
        pytest.param(complaint(NAMED, kind="not-spam"), COMPLAINED, id="taken-back"),
        pytest.param(
            complaint(f"Original-Rcpt-To: <{CLAIRE}>"), COMPLAINED, id="not-in-batch"
        ),
        pytest.param(
            complaint(NAMED),
            replace(COMPLAINED, returned=replace(POST, kind="confirm")),
            id="no-post",
        ),
    ],
)
def test_a_complaint_that_proves_nothing_is_read_by_people(
    mail_: Message, known: Roster
) -> None:
    """Else anybody could unsubscribe others."""
    assert "Unenrol" not in kinds(decided(mail_, known))
