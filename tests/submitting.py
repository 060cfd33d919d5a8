"""What the tests of submission share: people, a message, how to send it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.address import Address, parse
from bot.model import SmtpReply, content_of
from bot.smtp import SmtpSettings, SmtpSubmission
from tests.scripted_smtp import ScriptedSmtp

SENDER = parse("bot@list.test")
MESSAGE = b"Message-ID: <one@list.test>\r\nSubject: Bonjour\r\n\r\nSalut.\r\n"
MARK = b"X-Colporteur: post; id=1; sig=x\r\n"
ACCOUNT = ("bot@list.test", "botpw")
CONTENT = content_of(MESSAGE)
WRONG = "no such word"

Serve = Callable[..., ScriptedSmtp]
Connect = Callable[..., SmtpSubmission]


def people(count: int) -> list[Address]:
    """Give the first members of the test domain."""
    return [Address(f"member{number}", "member.test") for number in range(1, count + 1)]


def settings_for(server: ScriptedSmtp, **changes: object) -> SmtpSettings:
    """Point at a scripted server."""
    plain = SmtpSettings("127.0.0.1", server.port, "none", timeout=10)
    return replace(plain, **changes)  # type: ignore[arg-type]  # any field, by name


def send(
    submission: SmtpSubmission, recipients: Sequence[Address], raw: bytes = MESSAGE
) -> SmtpReply:
    """Offer and deliver one message, behind the mark."""
    submission.offer(SENDER, recipients, content_of(raw))
    return submission.deliver(MARK)
