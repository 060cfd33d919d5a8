"""The embedded provider takes mail as a real one does."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.demo.policy import Policy
from bot.demo.provider import Provider, Transaction

MAIL = b"From: bot@demo.test\r\nSubject: caf\xe9\r\n\r\n.dot\r\n"
USERS = {"bot@demo.test": "pw", "anne@demo.test": "pw"}


@contextmanager
def submission(provider: Provider, password: str = "pw") -> Iterator[smtplib.SMTP]:  # noqa: S107 - a toy's
    """Log in as the bot."""
    with smtplib.SMTP("127.0.0.1", provider.smtp_port) as smtp:
        smtp.login("bot@demo.test", password)
        yield smtp


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start with a small limit and a few dead addresses."""
    policy = Policy(
        recipients_per_message=2,
        refusals={"refused@demo.test": "550 5.7.1 no"},
        bounces={"dead.test": "550 5.1.2 no such domain"},
    )
    with Provider(USERS, policy, authserv="mx.demo.test", files_sent=True) as running:
        yield running


def test_mail_to_users_arrives_with_its_trace(provider: Provider) -> None:
    """The bot reads Return-Path, Delivered-To and Authentication-Results."""
    with submission(provider) as smtp:
        smtp.sendmail("bot@demo.test", ["Anne+token@demo.test", "who@far.test"], MAIL)

    (mail,) = provider.mails("anne@demo.test")
    assert mail == (
        b"Return-Path: <bot@demo.test>\r\n"
        b"Delivered-To: Anne+token@demo.test\r\n"
        b"Authentication-Results: mx.demo.test; dmarc=pass"
        b" header.from=demo.test\r\n" + MAIL
    )
    assert provider.delivered == {"anne+token@demo.test": 1, "who@far.test": 1}
    assert provider.transactions == [
        Transaction(
            "bot@demo.test",
            "bot@demo.test",
            ("Anne+token@demo.test", "who@far.test"),
            len(MAIL),
        )
    ]
    assert provider.mails("bot@demo.test", "Sent") == [MAIL]


def test_refusals_and_limit_are_told_at_once(provider: Provider) -> None:
    """The others of the transaction get their mail."""
    recipients = ["refused@demo.test", "a@far.test", "b@far.test", "c@far.test"]

    with submission(provider) as smtp:
        refused = smtp.sendmail("bot@demo.test", recipients, MAIL)

    assert refused == {
        "refused@demo.test": (550, b"5.7.1 no"),
        "c@far.test": (452, b"4.5.3 Error: too many recipients"),
    }
    assert provider.delivered == {"a@far.test": 1, "b@far.test": 1}


def test_bounces_come_back_to_the_envelope_sender(provider: Provider) -> None:
    """With its sub-address, which names the send."""
    with submission(provider) as smtp:
        smtp.sendmail("bot+b7@demo.test", ["who@dead.test"], MAIL)

    (bounce,) = provider.mails("bot@demo.test")
    assert bounce.startswith(b"Return-Path: <>\r\nDelivered-To: bot+b7@demo.test\r\n")
    assert b"Status: 5.1.2" in bounce


def test_login_is_needed(provider: Provider) -> None:
    """As at every submission port."""
    with smtplib.SMTP("127.0.0.1", provider.smtp_port) as smtp:
        smtp.ehlo()
        code, _ = smtp.mail("bot@demo.test")

    assert code == 530
    with pytest.raises(smtplib.SMTPAuthenticationError), submission(provider, "no"):
        pass


def test_deliver_needs_a_mailbox_and_marks_the_verdict(provider: Provider) -> None:
    """A story forges a mail, and the provider notices."""
    provider.deliver("bot@demo.test", MAIL, "eve@evil.test", dmarc="fail")

    (mail,) = provider.mails("bot@demo.test")
    assert b"mx.demo.test; dmarc=fail header.from=demo.test" in mail
    with pytest.raises(LookupError, match="no mailbox"):
        provider.deliver("who@demo.test", MAIL)


def test_hundreds_of_users_start_at_once_and_stop_clean() -> None:
    """The demonstration has a committee of 420 people."""
    users = {f"reader{number}@demo.test": "pw" for number in range(420)}

    with Provider(users) as running:
        running.deliver("reader419@demo.test", MAIL)
        count = len(running.mails("reader419@demo.test"))

    assert count == 1
    for port in (running.imap_port, running.smtp_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
