"""Bounces: the promises one by one; `test_bounces_labelled.py` has the whole."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from bot.address import Address
from bot.bounces import is_bounce, read_report
from bot.message import read
from bot.model import BounceEvent, Message

NOW = datetime(2025, 5, 13, 8, 0, tzinfo=UTC)


def mail(raw: str) -> Message:
    """Read a mail written with plain line ends."""
    return read(raw.encode(), NOW)


REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@relay.example (Mail Delivery System)
To: comite@asso.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

{blocks}
--b
Content-Type: message/rfc822

From: comite@asso.example
Subject: Ordre du jour

Bonjour
--b--
"""


def report(*blocks: str) -> Message:
    """Make an RFC 3464 report with these per-recipient blocks."""
    return mail(REPORT.format(blocks="\n\n".join(blocks) + "\n"))


def test_report_gives_every_recipient_and_every_fact() -> None:
    """One report may tell about several people."""
    found = read_report(
        report(
            "Final-Recipient: rfc822; luc@free.example\nAction: failed\n"
            "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown",
            "Final-Recipient: rfc822; zoe@sfr.example\nAction: failed\n"
            "Status: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 Over quota",
            "Final-Recipient: rfc822; ann@club.example\nAction: delivered\n"
            "Status: 2.0.0",
        )
    )

    assert found == (
        BounceEvent(
            Address("luc", "free.example"),
            "hard",
            "5.1.1",
            "unknown-user",
            "550 5.1.1 User unknown",
        ),
        BounceEvent(
            Address("zoe", "sfr.example"),
            "soft",
            "5.2.2",
            "mailbox-full",
            "552 5.2.2 Over quota",
        ),
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            "Original-Recipient: rfc822; old@asso.example\n"
            "Final-Recipient: rfc822; new@other.example",
            "old@asso.example",
            id="original-recipient-first",
        ),
        pytest.param(
            "Original-Recipient: rfc822; jean+2Bliste@asso.example",
            "jean+liste@asso.example",
            id="xtext",
        ),
        pytest.param(
            "Final-Recipient: utf-8; jean\\x{2E}paul@asso.example",
            "jean.paul@asso.example",
            id="utf-8-address-type",
        ),
        pytest.param(
            "Final-Recipient: rfc822;<paul@asso.example>",
            "paul@asso.example",
            id="angle-brackets",
        ),
    ],
)
def test_report_address_is_the_one_that_we_wrote_to(fields: str, expected: str) -> None:
    """Members are found by the address that is on the list."""
    found = read_report(report(f"{fields}\nAction: failed\nStatus: 5.1.1"))

    assert [str(event.address) for event in found] == [expected]


@pytest.mark.parametrize(
    ("status", "words", "reason", "kind"),
    [
        ("5.1.1", "550 5.1.1 User unknown", "unknown-user", "hard"),
        (
            "5.0.0",
            "550 Adresse d'au moins un destinataire invalide",
            "unknown-user",
            "hard",
        ),
        ("5.1.2", "Host not found", "unknown-host", "hard"),
        ("5.2.2", "Mailbox full", "mailbox-full", "soft"),
        ("4.2.2", "la boîte de réception est pleine", "mailbox-full", "soft"),
        ("5.7.1", "message refusé : spam", "policy", "soft"),
        ("5.3.4", "Message too large", "too-big", "soft"),
        ("5.2.1", "The account is disabled", "inactive", "soft"),
        ("4.4.1", "Connection timed out", "temporary", "soft"),
        ("5.0.0", "something else", "other", "soft"),
    ],
)
def test_report_reason(status: str, words: str, reason: str, kind: str) -> None:
    """Reasons are what callers read; hard alone suspends quickly."""
    found = read_report(
        report(
            "Final-Recipient: rfc822; luc@free.example\nAction: failed\n"
            f"Status: {status}\nDiagnostic-Code: smtp; {words}"
        )
    )

    assert [(event.reason, event.kind) for event in found] == [(reason, kind)]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        pytest.param(
            "5.1.1", "550 Verification failed for <comite@asso.example>", id="of-us"
        ),
        pytest.param(
            "5.0.0", "550 Le domaine de l'expéditeur n'existe pas", id="our-domain"
        ),
        pytest.param("4.1.1", "450 4.1.1 User unknown", id="for-the-time-being"),
        pytest.param("5.0.0", "450 User unknown", id="says-so-in-the-reply-only"),
        pytest.param("4.4.3", "Host not found, try again", id="name-server-silent"),
        pytest.param("5.7.1", "554 Blocked: spam; user unknown", id="refusal-first"),
        pytest.param("5.2.1", "550 This user account is disabled", id="closed"),
    ],
)
def test_in_doubt_nobody_is_dead(status: str, words: str) -> None:
    """Struck off wrongly is the worst that a report can do to somebody."""
    found = read_report(
        report(
            "Final-Recipient: rfc822; luc@free.example\nAction: failed\n"
            f"Status: {status}\nDiagnostic-Code: smtp; {words}"
        )
    )

    assert [event.kind for event in found] == ["soft"]


@pytest.mark.parametrize(
    ("sender", "returns_to", "bounce"),
    [
        pytest.param("Postmaster <postmaster@mairie.example>", "", True, id="machine"),
        pytest.param(
            "Paul <postmaster@mairie.example>",
            "postmaster@mairie.example",
            False,
            id="postmaster-who-writes",
        ),
        pytest.param(
            "Ben <bounce.ben@free.example>",
            "bounce.ben@free.example",
            False,
            id="called-bounce",
        ),
    ],
)
def test_people_may_be_called_like_machines(
    sender: str, returns_to: str, *, bounce: bool
) -> None:
    """A postmaster who explains a failure wants to be read."""
    message = mail(
        f"Return-Path: <{returns_to}>\nFrom: {sender}\nTo: comite@asso.example\n"
        "Subject: Delivery problem\n\nYour message to luc@mairie.example could not be"
        " delivered yesterday, it is mended now.\n"
    )

    assert is_bounce(message) is bounce


def test_delay_is_no_failure() -> None:
    """The mail may still arrive."""
    found = read_report(
        report(
            "Final-Recipient: rfc822; luc@free.example\nAction: delayed\nStatus: 4.4.1"
        )
    )

    assert [event.kind for event in found] == ["delay"]


def test_success_is_no_bounce() -> None:
    """Some servers report success in the same format."""
    message = report(
        "Final-Recipient: rfc822; luc@free.example\nAction: delivered\nStatus: 2.0.0"
    )

    assert not read_report(message)
    assert not is_bounce(message)


def test_bounce_without_recipient_is_a_bounce_all_the_same() -> None:
    """It must not become a post because it names nobody."""
    message = mail(
        "Return-Path: <>\nFrom: MAILER-DAEMON@relay.example\n"
        "To: comite@asso.example\nSubject: Undelivered Mail\n\nSorry."
    )

    assert is_bounce(message)
    assert not read_report(message)


def test_bounce_in_words_alone_is_read() -> None:
    """Half of the small providers never heard of RFC 3464."""
    message = mail(
        "Return-Path: <>\nFrom: MAILER-DAEMON@relay.example\n"
        "To: comite@asso.example\nSubject: failure notice\n\n"
        "Hi. This is the qmail-send program at relay.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "\n<luc@free.example>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 550 5.1.1 unknown user\n\n"
        "--- Below this line is a copy of the message.\n\n"
        "From: comite@asso.example\nSubject: contact zoe@sfr.example\n"
    )

    found = read_report(message)

    assert [(str(e.address), e.kind) for e in found] == [("luc@free.example", "hard")]


def person_with(inner: Message) -> Message:
    """Let a person attach a bounce to a post."""
    post = EmailMessage()
    post["From"] = "Anne <anne@asso.example>"
    post["To"] = "comite@asso.example"
    post["Subject"] = "Undelivered Mail Returned to Sender : que faire ?"
    post["Return-Path"] = "<anne@asso.example>"
    post.set_content("Voici ce que j'ai reçu.\n\n> 550 5.1.1 User unknown\n")
    post.add_attachment(inner.raw, "application", "octet-stream", filename="a.eml")
    return read(post.as_bytes(), NOW)


def test_post_about_a_bounce_is_none() -> None:
    """People forward what they don't understand; their posts are not lost."""
    failed = report(
        "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1"
    )
    forwarded = failed.raw.replace(b"multipart/report;", b"multipart/mixed;", 1)
    forwarded = forwarded.replace(b"Return-Path: <>", b"Return-Path: <a@asso.example>")
    forwarded = forwarded.replace(b"MAILER-DAEMON@relay", b"anne@asso")

    for message in (person_with(failed), read(forwarded, NOW)):
        assert not is_bounce(message)
        assert not read_report(message)


def test_absence_with_a_null_sender_is_no_bounce() -> None:
    """An automatic reply must never count against its author."""
    message = mail(
        "Return-Path: <>\nFrom: luc@free.example\nTo: comite@asso.example\n"
        "Auto-Submitted: auto-replied\n"
        "Subject: Réponse automatique : Undelivered mail\n\nJe suis absent."
    )

    assert not is_bounce(message)


def test_words_have_no_controls() -> None:
    """They go to terminals, into mails, and into databases that keep no NUL."""
    (found,) = read_report(
        report(
            "Final-Recipient: rfc822; luc@free.example\nAction: failed\n"
            "Status: 5.1.1\nDiagnostic-Code: smtp; 550 a\0b \x1b[2J c"
        )
    )

    assert found.diagnostic == "550 a b [2J c"
