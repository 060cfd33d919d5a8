"""A committee in one process: the real parts, a clock that the test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from bot import config as configuration
from bot.address import parse
from bot.cli.wiring import Instance, build
from bot.cycle import due_once, poll_once, send_once
from bot.store import SqlStore, open_store
from tests.stores import put_empty_store
from tests.stories.scenes import (
    BOT,
    a_mail,
    an_answer,
    answers_to,
    of_kind,
    write_config,
)

# A Friday, 10:00 in Paris.
START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


class Place(Protocol):
    """What the providers of the tests offer."""

    def deliver(self, address: str, raw: bytes, envelope_sender: str = "") -> None:
        """Deliver from outside."""

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Look into a mailbox."""


class NoPlace:
    """A provider that nobody can reach: these tests need none."""

    def deliver(self, address: str, raw: bytes, envelope_sender: str = "") -> None:
        """Deliver nothing."""

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Find nothing."""
        del address, folder
        return []


class MovedClock:
    """A clock that stands still until it is moved; sleeping moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Give the moved time."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Move on instead of sleeping."""
        self.at += timedelta(seconds=seconds)


class Committee:
    """One bot on a provider, worked by hand, and what people do with it."""

    def __init__(self, place: Place, config: Path, at: datetime = START) -> None:
        self.place = place
        self.clock = MovedClock(at)
        found = configuration.load(config)
        put_empty_store(found.store.directory)
        self.store: SqlStore = open_store(found.store.database, found.store.directory)
        self.instance: Instance = build(found, self.store, {}, self.clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.instance.close()
        self.store.close()

    def cycle(self, later: timedelta = timedelta(seconds=1)) -> None:
        """Move the clock, then do one whole round."""
        self.clock.at += later
        parts = self.instance.parts
        poll_once(parts)
        due_once(parts)
        send_once(parts)

    def enrol(self, list_name: str, *people: str, name: str = "") -> None:
        """Make members, without a word."""
        for one in people:
            self.store.enrol(parse(one), name, list_name, "test", self.clock.now())

    def write(
        self,
        author: str,
        subject: str,
        text: str = "",
        to: str = BOT,
        attach: tuple[str, bytes] | None = None,
    ) -> EmailMessage:
        """Let somebody write to the committee, and the bot do its round."""
        mail = a_mail(author, to, subject, text)
        if attach:
            name, content = attach
            mail.add_attachment(
                content, maintype="application", subtype="octet-stream", filename=name
            )
        self.place.deliver(to, mail.as_bytes(), author)
        self.cycle()
        return mail

    def answer(self, author: str, question: EmailMessage, text: str) -> None:
        """Let somebody reply as a mail client does, and the bot do its round."""
        mail = an_answer(author, question, text)
        self.place.deliver(answers_to(question), mail.as_bytes(), author)
        self.cycle()

    def mails(self, address: str, kind: str) -> list[EmailMessage]:
        """Give what somebody got of one of the bot's kinds, oldest first."""
        return of_kind(self.place.mails(address), kind)

    def last(self, address: str, kind: str) -> EmailMessage:
        """Give the newest mail of a kind."""
        return self.mails(address, kind)[-1]

    def members(self, list_name: str) -> set[str]:
        """Give who is on a list."""
        return {str(one.address) for one in self.store.members(list_name)}


@contextmanager
def committee(
    place: Place, folder: Path, imap: int, smtp: int, **more: str
) -> Iterator[Committee]:
    """Found a committee on a provider; `more` are lines of its configuration."""
    with Committee(place, write_config(folder, imap, smtp, **more)) as made:
        yield made


def text_of(mail: EmailMessage) -> str:
    """Give what a person reads."""
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
