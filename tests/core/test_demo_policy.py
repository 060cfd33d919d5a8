"""The embedded provider's limits, and the reports that it sends."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message

import pytest

from bot.demo import report
from bot.demo.policy import Policy

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)


def test_recipients_are_limited_per_message() -> None:
    """The bot must meet the limit that most providers have."""
    policy = Policy(recipients_per_message=2)

    assert policy.answer_rcpt("a@x.test", 1, now=0) == "250 2.1.5 Ok"
    assert policy.answer_rcpt("a@x.test", 2, now=0).startswith("452 4.5.3 ")


def test_quota_slides_with_the_hour() -> None:
    """What was sent an hour ago no longer counts."""
    policy = Policy(recipients_per_hour=2, hour_seconds=60)
    policy.answer_rcpt("a@x.test", 0, now=0)
    policy.answer_rcpt("b@x.test", 1, now=30)

    full = policy.answer_rcpt("c@x.test", 0, now=59)
    later = policy.answer_rcpt("c@x.test", 0, now=60)
    full_again = policy.answer_rcpt("d@x.test", 0, now=61)

    assert full.startswith("450 4.7.1 ")
    assert "quota" in full
    assert later.startswith("250 ")
    assert full_again.startswith("450 ")


def test_tables_know_addresses_and_domains() -> None:
    """A refused recipient takes nothing from the quota."""
    policy = Policy(
        recipients_per_hour=1,
        refusals={"dead@x.test": "550 5.1.1 no", "gone.test": "550 5.1.2 no"},
        bounces={"x.test": "550 5.2.1 off"},
    )

    assert policy.answer_rcpt("Dead@x.test", 0, now=0) == "550 5.1.1 no"
    assert policy.answer_rcpt("who@gone.test", 0, now=0) == "550 5.1.2 no"
    assert policy.answer_rcpt("who@x.test", 0, now=0).startswith("250 ")
    assert policy.bounce("who@X.test") == "550 5.2.1 off"
    assert policy.bounce("who@gone.test") == ""


@pytest.mark.parametrize(
    ("reply", "status"),
    [("550 5.1.1 no such user", "5.1.1"), ("552 mailbox full", "5.0.0")],
)
def test_report_follows_rfc_3464(reply: str, status: str) -> None:
    """Whoever reads bounces must be able to read ours."""
    mail = b"Subject: hi\r\nMessage-ID: <1@x.test>\r\n\r\nbody\r\n"

    raw = report.failure("dead@x.test", "bot@x.test", reply, mail, NOW)

    parsed = message_from_bytes(raw)
    delivery = parsed.get_payload(1)
    assert parsed.get_content_type() == "multipart/report"
    assert isinstance(delivery, Message)
    fields = delivery.get_payload(1)
    assert isinstance(fields, Message)
    assert fields["Final-Recipient"] == "rfc822; dead@x.test"
    assert fields["Action"] == "failed"
    assert fields["Status"] == status
    assert fields["Diagnostic-Code"] == f"smtp; {reply}"
    assert b"Message-ID: <1@x.test>" in raw
    assert b"body" not in raw
