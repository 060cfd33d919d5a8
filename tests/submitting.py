"""What the tests of submission share: people, a message, how to send it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.address import Address, parse
from bot.model import SmtpReply
from bot.sending.transparency import stuff
from bot.smtp import SmtpSettings, SmtpSubmission
from tests.scripted_smtp import ScriptedSmtp

SENDER = parse("bot@list.test")
MESSAGE = b"Message-ID: <one@list.test>\r\nSubject: Bonjour\r\n\r\nSalut.\r\n"
ACCOUNT = ("bot@list.test", "botpw")
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
    """Offer and deliver one message."""
    submission.offer(SENDER, recipients, len(raw))
    return submission.deliver([stuff(raw)])
