"""The stage of the demo: it shows what happens, and checks that it does."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path

from rich.console import Console

from bot.demo.cast import BOX
from bot.demo.provider import Provider
from bot.errors import BotError

__all__ = ("Stage", "text_of")

_PATIENCE_SECONDS = 90.0


@dataclass(slots=True)
class Stage:
    """Where the story is played: a provider, a folder, and somewhere to print."""

    provider: Provider
    place: Path
    console: Console
    shown: int = 0
    bot: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        """Word a command for the bot's own program."""
        config = str(self.place / "config.toml")
        return [sys.executable, "-m", "bot", "--config", config, *arguments]

    def colporteur(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the bot's own program as an admin does at the command line."""
        return subprocess.run(  # noqa: S603 - our own program
            self.command(*arguments), check=False, capture_output=True, text=True
        )

    def reload(self) -> None:
        """Let the bot read its configuration anew."""
        if self.bot is not None:
            self.bot.send_signal(signal.SIGHUP)

    def tell(self, *lines: str) -> None:
        """Explain."""
        for line in lines:
            self.console.print(line, markup=False, soft_wrap=True)

    def headline(self, text: str) -> None:
        """Begin a step."""
        self.console.print(f"\n── {text} ", style="bold", markup=False)

    def check(self, what: str, *, ok: bool) -> None:
        """Note what was proved, or end the demo."""
        if not ok:
            raise BotError(f"demo: {what}: no. The folder {self.place} has the log")
        self.console.print(f"   ✓ {what}", style="green", markup=False)

    def wait_for(self, what: str, seen: Callable[[], bool]) -> None:
        """Wait until something is in the mailboxes."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not seen() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.check(what, ok=seen())

    def mails(self, address: str) -> list[EmailMessage]:
        """Give what is in somebody's inbox."""
        parser = BytesParser(policy=default)
        return [parser.parsebytes(raw) for raw in self.provider.mails(address)]

    def of_kind(self, address: str, kind: str) -> list[EmailMessage]:
        """Give somebody's mails of one of the bot's kinds, oldest first."""
        return [
            mail
            for mail in self.mails(address)
            if str(mail["X-Colporteur"] or "").startswith(f"{kind};")
        ]

    def last(self, address: str, kind: str) -> EmailMessage | None:
        """Give the newest mail of one of the bot's kinds."""
        return next(reversed(self.of_kind(address, kind)), None)

    def expect(self, address: str, kind: str) -> EmailMessage:
        """Wait for a mail and show it."""
        self.wait_for(
            f"{address} gets: {kind}", lambda: self.last(address, kind) is not None
        )
        mail = self.last(address, kind)
        if mail is None:
            raise BotError(f"demo: the {kind} for {address} is gone")
        self.show(mail)
        return mail

    def show(self, mail: EmailMessage) -> None:
        """Print a mail as a person sees it, and keep it in the folder."""
        self.shown += 1
        (self.place / f"{self.shown:02}.eml").write_bytes(mail.as_bytes())
        self.tell(f"   │ De : {mail['From']}", f"   │ À : {mail['To']}")
        self.tell(f"   │ Objet : {mail['Subject']}", "   │")
        self.tell(*(f"   │ {line}" for line in text_of(mail).rstrip().splitlines()))

    def write(self, author: str, subject: str, text: str, to: str = "") -> None:
        """Deliver a person's mail to the committee's mailbox."""
        mail = _mail(author, to or str(BOX), subject, text)
        self.provider.deliver(to or str(BOX), mail.as_bytes(), author)

    def answer(self, author: str, question: EmailMessage, text: str) -> None:
        """Reply as a mail client does."""
        _, to = parseaddr(str(question["Reply-To"] or question["From"]))
        mail = _mail(author, to, f"Re: {question['Subject']}", text)
        mail["In-Reply-To"] = question["Message-ID"]
        mail["References"] = question["Message-ID"]
        self.provider.deliver(to, mail.as_bytes(), author)


def text_of(mail: EmailMessage) -> str:
    """Give what a person reads."""
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""


def _mail(author: str, to: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = author
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain="example.org")
    mail.set_content(text)
    return mail
