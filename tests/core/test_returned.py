"""Reports about a limit on our own account, told from those about people."""

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from bot import config
from bot import message as mail
from bot.actions import Alert, PutOff, RecordBounce
from bot.address import Address
from bot.bounces import read_report
from bot.cycle.reading import understand
from bot.cycle.returned import of_our_account
from bot.identity import sign
from bot.model import Message, ReturnedBatch, Settings
from bot.sending.returned import ReplyTable
from tests.committee import SETTINGS

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
TABLE = ReplyTable(config.reply_rules())
CPANEL = (
    "Domain example.org has exceeded the max emails per hour (200/200 (100%)) allowed."
    "  Message discarded."
)
FAILURES = (
    "Domain example.org has exceeded the max defers and failures per hour"
    " (5/5 (100%)) allowed. Message will be reattempted later"
)
MICROSOFT = (
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for"
    " message recipients"
)
BLOCKED = "550 5.1.8 Access denied, bad outbound sender"
# A genuine mark of batch 7, as it stands in the mail that comes back.
MARK = f"X-Colporteur: {sign('post', 7, SETTINGS.secret)}"


def exim(*failed: tuple[str, str], mark: str = MARK) -> bytes:
    """Write a report as Exim did before it knew RFC 3464, and as many hosts keep it."""
    entries = "".join(f"  {who}\n    {words}\n" for who, words in failed)
    return f"""\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@host.provider.test>
To: comite@example.org
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: {", ".join(who for who, _ in failed)}
Auto-Submitted: auto-replied

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

{entries}
------ This is a copy of the message, including all the headers. ------

Return-path: <comite@example.org>
{mark}
From: comite@example.org
Subject: Bonjour

Venez.
""".encode()


def standard(
    words: str,
    *,
    action: str = "failed",
    status: str = "5.0.0",
    remote: str = "",
    mark: str = MARK,
) -> bytes:
    """Write a report by RFC 3464 on one recipient."""
    said = f"Remote-MTA: dns; {remote}\n" if remote else ""
    return f"""\
From: MAILER-DAEMON@host.provider.test
To: comite@example.org
Subject: Undelivered mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

Your mail could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; host.provider.test

Final-Recipient: rfc822; anne@member.test
Action: {action}
Status: {status}
{said}Diagnostic-Code: smtp; {words}

--x
Content-Type: text/rfc822-headers

{mark}
From: comite@example.org
Subject: Bonjour

--x--
""".encode()


def returned(raw: bytes, settings: Settings = SETTINGS) -> ReturnedBatch | None:
    """Read a report as a poll does."""
    message = mail.read(raw, NOW)
    return of_our_account(settings, TABLE, message, read_report(message))


@pytest.mark.parametrize(
    ("raw", "quota", "limit", "stops"),
    [
        pytest.param(
            exim(("anne@member.test", CPANEL)),
            ("recipients_per_hour", 3600),
            200,
            False,
            id="cpanel",
        ),
        pytest.param(
            standard(CPANEL), ("recipients_per_hour", 3600), 200, False, id="standard"
        ),
        pytest.param(
            standard(MICROSOFT), ("recipients_per_day", 86400), None, False, id="m365"
        ),
        pytest.param(
            standard(MICROSOFT, remote="mx7.provider.test"),
            ("recipients_per_day", 86400),
            None,
            False,
            id="another-host-of-the-provider",
        ),
        pytest.param(
            standard("450 Mail send limit exceeded."),
            ("recipients_per_hour", 3600),
            None,
            False,
            id="ionos",
        ),
        pytest.param(
            standard("550 sorry, too many emails (#5.7.1)"),
            ("recipients_per_hour", 3600),
            None,
            False,
            id="ovh",
        ),
        pytest.param(
            standard("550 LPR-RCPT01"),
            ("recipients_per_hour", 3600),
            None,
            False,
            id="lws",
        ),
        pytest.param(
            standard(
                "554 5.7.0 The limit on the number of allowed outgoing messages was"
                " exceeded. Try again later."
            ),
            ("recipients_per_hour", 3600),
            None,
            False,
            id="plesk",
        ),
        pytest.param(standard(BLOCKED), ("", 21600), None, True, id="blocked"),
    ],
)
def test_a_limit_of_the_account_is_read_from_a_report(
    raw: bytes, quota: tuple[str, int], limit: int | None, *, stops: bool
) -> None:
    """Providers that accept first say afterwards what they mean, in their words."""
    found = returned(raw)

    assert found is not None
    assert [str(one.address) for one in found.events] == ["anne@member.test"]
    assert (found.quota, found.wait_seconds) == quota
    assert (found.limit, found.stops, found.batch_id) == (limit, stops, 7)
    assert not found.retries


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(standard("552 5.2.2 Quota exceeded"), id="full-by-quota"),
        pytest.param(
            exim(("anne@member.test", "mailbox is full: over quota")), id="full"
        ),
        pytest.param(
            standard("550 Your message was rejected: Quota exceeded"), id="unclear"
        ),
        pytest.param(standard("550 5.1.1 User unknown"), id="unknown-user"),
        pytest.param(
            standard("550 5.4.5 Daily sending quota exceeded", remote="mx.member.test"),
            id="the-recipients-provider",
        ),
        pytest.param(
            exim(
                (
                    "anne@member.test",
                    (
                        "SMTP error from remote mail server after end of data:\n"
                        "    host mx.member.test [192.0.2.1]: 421 4.7.0 rate limit,"
                        " try again later"
                    ),
                )
            ),
            id="the-recipients-provider-in-exims-words",
        ),
        pytest.param(standard(BLOCKED, remote="mx.member.test"), id="blocked-there"),
    ],
)
def test_what_a_recipients_server_says_is_about_the_recipient(raw: bytes) -> None:
    """A full mailbox has a quota, too; another provider's limits aren't ours."""
    assert returned(raw) is None


def test_a_report_on_several_people_parts_them_by_what_is_said_of_each() -> None:
    """Exim lists them one below the other; only one is over our limit."""
    raw = exim(
        ("anne@member.test", CPANEL),
        ("paul@member.test", "550 5.1.1 No such user here"),
        ("zoe@member.test", CPANEL),
    )

    found = returned(raw)
    decision = understand(mail.read(raw, NOW), SETTINGS, None, NOW, replies=TABLE)

    assert found is not None
    assert [one.address.local_part for one in found.events] == ["anne", "zoe"]
    record, put_off = decision.actions
    assert isinstance(record, RecordBounce)
    assert [one.address.local_part for one in record.events] == ["paul"]
    assert isinstance(put_off, PutOff)
    assert [one.local_part for one in put_off.addresses] == ["anne", "zoe"]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(standard(FAILURES, action="delayed", status="4.0.0"), id="report"),
        pytest.param(
            exim(("anne@member.test", FAILURES)).replace(
                b"This is a permanent error.", b""
            ),
            id="words",
        ),
    ],
)
def test_who_the_provider_tries_again_is_not_sent_to_again(raw: bytes) -> None:
    """« Message will be reattempted later »: it is the provider's turn; we wait."""
    decision = understand(mail.read(raw, NOW), SETTINGS, None, NOW, replies=TABLE)

    (put_off,) = decision.actions
    assert isinstance(put_off, PutOff)
    assert put_off.addresses == ()
    assert put_off.wait_seconds == 3600


@pytest.mark.parametrize(
    "mark",
    [
        pytest.param("X-Other: 1", id="none"),
        pytest.param(f"X-Colporteur: post; id=7; sig={'0' * 32}", id="forged"),
        pytest.param(f"X-Colporteur: {sign('post', 7, b'other')}", id="another-bots"),
        pytest.param(MARK.replace("id=7", "id=8"), id="of-another-batch"),
    ],
)
def test_a_report_without_a_genuine_mark_only_tells_the_admins(mark: str) -> None:
    """Anybody can write a report; nothing is repeated or held up by one."""
    raw = exim(("anne@member.test", CPANEL), mark=mark)

    decision = understand(mail.read(raw, NOW), SETTINGS, None, NOW, replies=TABLE)

    (alert,) = decision.actions
    assert isinstance(alert, Alert)
    assert alert.text_id == "alert-quota-unproved"
    assert alert.key
    assert "200/200" in str(alert.facts["words"])
    assert decision.folder == "Bounces"


PASSED = "Authentication-Results: mx.example.org; dmarc=pass"
FAILED = "Authentication-Results: mx.example.org; dmarc=fail"
DAEMON = "From: MAILER-DAEMON@host.provider.test"


@pytest.mark.parametrize(
    ("fields", "proved"),
    [
        pytest.param(f"{DAEMON}\n", True, id="says-nothing-else"),
        pytest.param(f"Return-Path: <>\n{DAEMON}\n", True, id="null-sender"),
        pytest.param(
            f"Return-Path: <MAILER-DAEMON@a.test>\n{DAEMON}\n", True, id="daemon"
        ),
        pytest.param("From: postmaster@example.org\n", True, id="postmaster"),
        pytest.param("From: Mail Delivery System <>\n", True, id="no-author"),
        pytest.param(
            f"{PASSED}\nFrom: MAILER-DAEMON@host.example.org\n", True, id="proved"
        ),
        pytest.param(f"{FAILED}\n{DAEMON}\n", False, id="forged"),
        pytest.param("From: anne@member.test\n", False, id="a-person"),
        pytest.param(
            f"Return-Path: <anne@member.test>\n{DAEMON}\n", False, id="sent-by-a-person"
        ),
        pytest.param(f"{PASSED}\n{DAEMON}\n", False, id="another-provider"),
    ],
)
def test_a_members_report_proves_nothing(fields: str, *, proved: bool) -> None:
    """Every recipient has the mark; where in doubt a report is the provider's."""
    raw = standard(CPANEL).replace(f"{DAEMON}\n".encode(), fields.encode(), 1)

    found = returned(raw)

    assert found is not None
    assert found.batch_id == (7 if proved else None)


def test_googles_reports_come_from_another_domain() -> None:
    """They are signed by googlemail.com and checked by mx.google.com."""
    checked = "Authentication-Results: mx.google.com; dmarc=pass"
    sender = "From: mailer-daemon@googlemail.com"
    raw = standard(CPANEL).replace(DAEMON.encode(), f"{checked}\n{sender}".encode(), 1)

    found = returned(raw, replace(SETTINGS, trusted_authserv="mx.google.com"))

    assert found is not None
    assert found.batch_id == 7


def test_the_mark_is_found_wherever_a_report_returns_the_mail() -> None:
    """Attached, as headers only, below the words, folded, encoded."""
    attached = EmailMessage()
    attached["X-Colporteur"] = MARK.partition(": ")[2]
    attached.set_content("Venez.")
    report = EmailMessage()
    report["From"] = "MAILER-DAEMON@host.provider.test"
    report["To"] = "comite@example.org"
    report["Subject"] = "Mail delivery failed"
    report["X-Failed-Recipients"] = "anne@member.test"
    report.set_content(f"anne@member.test\n  {CPANEL}\n")
    report.add_attachment(attached)
    folded = standard(CPANEL, mark=MARK.replace("; ", ";\n "))
    encoded = standard(CPANEL, mark=MARK.replace("=", "=3D")).replace(
        b"text/rfc822-headers",
        b"text/rfc822-headers\nContent-Transfer-Encoding: quoted-printable",
    )

    for raw in (report.as_bytes(), folded, encoded):
        found = returned(raw)
        assert found is not None
        assert found.batch_id == 7


def test_a_mark_of_the_report_itself_proves_nothing() -> None:
    """It must be that of the mail that comes back: a copy of ours is a witness."""
    raw = MARK.encode() + b"\n" + exim(("anne@member.test", CPANEL), mark="X-No: mark")

    found = returned(raw)

    assert found is not None
    assert found.batch_id is None


def test_without_a_table_every_report_is_about_people() -> None:
    """`explain` and the core know no rules of their own."""
    message: Message = mail.read(standard(CPANEL), NOW)

    decision = understand(message, SETTINGS, None, NOW)

    (record,) = decision.actions
    assert isinstance(record, RecordBounce)
    assert record.events[0].address == Address("anne", "member.test")
