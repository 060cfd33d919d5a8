"""Bounces: which mail came back, for whom it was, who complains, who else is named."""

from datetime import UTC, datetime

import pytest

from bot.bounces import (
    complaint,
    is_bounce,
    is_feedback_report,
    read_report,
    returned_ids,
    returned_names,
)
from bot.message import read
from bot.model import Message

NOW = datetime(2025, 5, 13, 8, 0, tzinfo=UTC)
COPY = """\
Delivered-To: anne.perso@free.example
Received: from a by b for <anne@asso.example>; Tue, 13 May 2025 08:00:00 +0200
X-Forwarded-For: anne@asso.example anne.perso@free.example
Message-ID: <post-7@asso.example>
From: comite@asso.example
To: comite@asso.example
Subject: Ordre du jour
Date: Tue, 13 May 2025 08:00:00 +0200
"""
REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@relay.example
To: comite@asso.example
Subject: Undelivered Mail Returned to Sender
References: <older@asso.example> <post-7@asso.example>
"""


def mail(raw: str) -> Message:
    """Read a mail."""
    return read(raw.encode(), NOW)


def returning(kind: str, copy: str = COPY, encoding: str = "8bit") -> Message:
    """Make a report that returns a copy in a part of this type."""
    return mail(
        f"{REPORT}Content-Type: multipart/report; report-type=delivery-status;"
        " boundary=b\n\n--b\nContent-Type: text/plain\n\nSorry.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
        "Final-Recipient: rfc822; anne.perso@free.example\nAction: failed\n"
        f"Status: 5.1.1\n\n--b\nContent-Type: {kind}\n"
        f"Content-Transfer-Encoding: {encoding}\n\n{copy}\n--b--\n"
    )


def names(message: Message) -> list[str]:
    """Give for whom the copy was, as text."""
    return [str(one) for one in returned_names(message)]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(returning("message/rfc822", COPY + "\nBonjour"), id="whole"),
        pytest.param(returning("text/rfc822-headers"), id="headers"),
        pytest.param(
            returning(
                "text/rfc822-headers", COPY.replace("=", "=3D"), "quoted-printable"
            ),
            id="encoded",
        ),
        pytest.param(
            mail(f"{REPORT}\nSorry.\n\n--- Below is a copy:\n\n{COPY}\nBonjour"),
            id="below-the-words",
        ),
        pytest.param(
            mail(f"{REPORT}\nSorry.\n\n> " + COPY.replace("\n", "\n> ")), id="quoted"
        ),
    ],
)
def test_the_copy_tells_for_whom_it_was_and_which_mail_it_is(message: Message) -> None:
    """People whose mail is passed on bounce under a name that no list has."""
    assert names(message) == ["anne.perso@free.example", "anne@asso.example"]
    assert returned_ids(message) == ("<post-7@asso.example>", "<older@asso.example>")


def test_without_a_copy_the_references_name_the_mail() -> None:
    """The newest first; To and From of anything tell nothing of a person."""
    message = mail(f"{REPORT}\nSorry.\n")

    assert names(message) == []
    assert returned_ids(message) == ("<post-7@asso.example>", "<older@asso.example>")


def test_only_some_names_and_ids_are_given() -> None:
    """A hostile copy may have thousands."""
    fields = "".join(f"Delivered-To: p{n}@free.example\n" for n in range(50))

    message = returning("text/rfc822-headers", fields + COPY)

    assert len(names(message)) == 10


@pytest.mark.parametrize(
    ("fields", "address", "also"),
    [
        pytest.param(
            "Original-Recipient: rfc822; anne@asso.example\n"
            "Final-Recipient: rfc822; a.m@free.example",
            "anne@asso.example",
            ["a.m@free.example"],
            id="original-recipient",
        ),
        pytest.param(
            "Final-Recipient: rfc822; anne@asso.example\n"
            "X-Actual-Recipient: rfc822; a.m@free.example",
            "anne@asso.example",
            ["a.m@free.example"],
            id="actual-recipient",
        ),
        pytest.param(
            "Final-Recipient: rfc822; a.m@free.example\n"
            "Diagnostic-Code: smtp; 550 unknown (expanded from <anne@asso.example>)",
            "a.m@free.example",
            ["anne@asso.example"],
            id="in-the-words",
        ),
    ],
)
def test_every_name_of_a_person_is_given(
    fields: str, address: str, also: list[str]
) -> None:
    """One of them is on the list."""
    message = mail(
        f"{REPORT}Content-Type: multipart/report; report-type=delivery-status;"
        " boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; x\n\n{fields}\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )

    (event,) = read_report(message)

    assert str(event.address) == address
    assert [str(one) for one in event.also] == also


def test_recipients_without_blank_lines_between_them() -> None:
    """Some servers forget them; one block may even hold everybody."""
    message = mail(
        f"{REPORT}Content-Type: multipart/report; report-type=delivery-status;"
        " boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; x\n"
        "Original-Recipient: rfc822; a@free.example\n"
        "Final-Recipient: rfc822; b@free.example\nAction: failed\nStatus: 5.1.1\n"
        "Final-Recipient: rfc822; c@free.example\nAction: failed\nStatus: 5.2.2\n"
        "\n--b--\n"
    )

    found = read_report(message)

    assert [(str(one.address), one.kind) for one in found] == [
        ("a@free.example", "hard"),
        ("c@free.example", "soft"),
    ]


def abuse(kind: str, fields: str, copy: str = COPY) -> Message:
    """Make an abuse report (RFC 5965)."""
    return mail(
        "From: fbl@orange.example\nTo: comite@asso.example\nSubject: FW: abuse\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nAn abuse report.\n"
        "--b\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nVersion: 1\n{fields}\n"
        f"--b\nContent-Type: message/rfc822\n\n{copy}\n--b--\n"
    )


HIDDEN = "From: comite@asso.example\nTo: comite@asso.example\n"


@pytest.mark.parametrize(
    ("message", "people"),
    [
        pytest.param(
            abuse("abuse", "Original-Rcpt-To: <zoe@orange.example>\n"),
            ["zoe@orange.example"],
            id="original-rcpt-to",
        ),
        pytest.param(
            abuse("opt-out", "Removal-Recipient: zoe@orange.example\n"),
            ["zoe@orange.example"],
            id="removal-recipient",
        ),
        pytest.param(
            abuse(
                "fraud", "", "X-HmXmrOriginalRecipient: zoe@hotmail.example\n" + COPY
            ),
            ["zoe@hotmail.example"],
            id="in-the-copy",
        ),
        pytest.param(
            abuse("abuse", ""), ["anne.perso@free.example"], id="delivered-to"
        ),
        pytest.param(abuse("abuse", "", HIDDEN), [], id="hidden"),
    ],
)
def test_complaints_tell_who_complains(message: Message, people: list[str]) -> None:
    """They are unsubscribed; somebody hidden can't be."""
    found = complaint(message)

    assert found is not None
    assert [str(one) for one in found.addresses] == people
    assert found.feedback_type in ("abuse", "fraud", "opt-out")
    assert is_feedback_report(message)
    assert not is_bounce(message)


def test_not_spam_is_no_complaint() -> None:
    """Somebody took the mail out of the junk: a report, and nobody complains."""
    message = abuse("not-spam", "Original-Rcpt-To: zoe@orange.example\n")

    assert complaint(message) is None
    assert is_feedback_report(message)
    assert not is_bounce(message)


@pytest.mark.parametrize(
    ("sender", "complains"),
    [
        pytest.param("staff@hotmail.com", True, id="microsoft"),
        pytest.param("anne@hotmail.com", False, id="a-person-who-forwards"),
    ],
)
def test_microsoft_returns_the_mail_itself(sender: str, *, complains: bool) -> None:
    """Its older reports have no fields, only the mail that was called junk."""
    message = mail(
        f"From: {sender}\nTo: comite@asso.example\nSubject: complaint\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: message/rfc822\n\n"
        f"X-HmXmrOriginalRecipient: zoe@hotmail.com\n{COPY}\n--b--\n"
    )

    found = complaint(message)

    assert is_feedback_report(message) is complains
    assert bool(found) is complains
    if found:
        assert [str(one) for one in found.addresses] == ["zoe@hotmail.com"]
