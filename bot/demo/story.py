"""A committee's week in a minute, played on the real bot.

The provider is embedded, the bot is the real one, started as a process of its own.
Every step is checked against what the mailboxes hold; the first thing that is not
as it should be ends the demo with an error.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bot.demo.cast import (
    ALICE,
    BOX,
    CLAIRE,
    CONFIG,
    DISCUSSANTS,
    NEWCOMER,
    PASSWORD,
    READERS,
    UNKNOWN,
)
from bot.demo.policy import Policy
from bot.demo.provider import Provider
from bot.errors import BotError

__all__ = ("play",)

_PATIENCE_SECONDS = 90.0
_RECIPIENTS_MAX = 50


def play(folder: Path | None) -> None:
    """Play the story in `folder`, or a new temporary one that stays.

    Raises:
        BotError: a step did not do what it should.
    """
    place = folder or Path(tempfile.mkdtemp(prefix="colporteur-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    users = {str(BOX), *map(str, READERS), *map(str, DISCUSSANTS), NEWCOMER}
    provider = Provider(
        dict.fromkeys(sorted(users), PASSWORD),
        Policy(
            recipients_per_message=_RECIPIENTS_MAX,
            recipients_per_hour=1000,
            refusals=dict.fromkeys(UNKNOWN, "550 5.1.1 No such user here"),
        ),
    )
    provider.start()
    try:
        stage = _Stage(provider, place, Console(highlight=False))
        _set_up(stage)
        with _bot(stage):
            for act in (_newcomer, _discussion, _announcement):
                act(stage)
        _nobody_twice(stage)
    finally:
        provider.stop()
    stage.tell("", f"All as it should be. Everything is in {place} to look at.")


@dataclass(slots=True)
class _Stage:
    provider: Provider
    place: Path
    console: Console
    shown: int = 0

    def tell(self, *lines: str) -> None:
        """Explain."""
        for line in lines:
            self.console.print(line, markup=False)

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

    def last(self, address: str, kind: str) -> EmailMessage | None:
        """Give the newest mail of one of the bot's kinds."""
        fitting = [
            mail
            for mail in self.mails(address)
            if str(mail["X-Colporteur"] or "").startswith(f"{kind};")
        ]
        return fitting[-1] if fitting else None

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
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        self.tell(f"   │ De : {mail['From']}", f"   │ À : {mail['To']}")
        self.tell(f"   │ Objet : {mail['Subject']}", "   │")
        self.tell(*(f"   │ {line}" for line in str(text).rstrip().splitlines()))

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


def _mail(author: str, to: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = author
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain="example.org")
    mail.set_content(text)
    return mail


def _colporteur(stage: _Stage, *arguments: str) -> list[str]:
    config = str(stage.place / "config.toml")
    return [sys.executable, "-m", "bot", "--config", config, *arguments]


def _set_up(stage: _Stage) -> None:
    stage.headline("A committee: 343 readers, 77 discussants, one mailbox")
    password = stage.place / "password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD + "\n")
    config = CONFIG.format(
        imap=stage.provider.imap_port,
        smtp=stage.provider.smtp_port,
        place=stage.place,
    )
    (stage.place / "config.toml").write_text(config)
    for name, people in (("informer", READERS), ("discuter", DISCUSSANTS)):
        rows = "".join(f"{one},\n" for one in people)
        path = stage.place / f"{name}.csv"
        path.write_text("email,name\n" + rows)
        done = subprocess.run(  # noqa: S603 - our own program
            _colporteur(stage, "members", name, "import", str(path)),
            check=False,
            capture_output=True,
            text=True,
        )
        stage.tell(f"   $ colporteur members {name} import {name}.csv")
        stage.check(done.stdout.strip() or done.stderr, ok=done.returncode == 0)


@contextmanager
def _bot(stage: _Stage) -> Iterator[None]:
    with (stage.place / "bot.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            _colporteur(stage, "-v", "run"), stderr=log, stdout=log
        )
        try:
            yield
            process.terminate()
            stage.check("the bot stops cleanly", ok=process.wait(30) == 0)
        finally:
            process.kill()
            process.wait()


def _newcomer(stage: _Stage) -> None:
    stage.headline("Somebody subscribes, by mail")
    stage.tell(f"   {NEWCOMER} writes: « abonner discuter »")
    stage.write(NEWCOMER, "abonner discuter", "")
    question = stage.expect(NEWCOMER, "confirm")
    stage.tell("   She replies: « oui »")
    stage.answer(NEWCOMER, question, "oui\n")
    stage.expect(NEWCOMER, "welcome")


def _discussion(stage: _Stage) -> None:
    stage.headline("A member writes to the discussion list")
    stage.write(
        ALICE,
        "Covoiturage pour samedi",
        "Bonjour à toutes et tous,\n\nJ'ai trois places au départ d'Arles, à 9 h."
        "\nQui en veut ?\n\nAlice\n",
        to=f"{BOX.local_part}+discuter@{BOX.domain}",
    )
    people = [*map(str, DISCUSSANTS), NEWCOMER]
    stage.wait_for(
        f"all {len(people)} members have it, once each",
        lambda: all(_posts(stage, one)["Covoiturage"] == 1 for one in people),
    )
    mail = stage.last(NEWCOMER, "post")
    if mail is not None:
        stage.show(mail)


def _posts(stage: _Stage, address: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for raw in stage.provider.mails(address):
        for word in ("Covoiturage", "Réunion"):
            encoded = word.replace("é", "=C3=A9")
            header = raw.split(b"\r\n\r\n", 1)[0].decode("latin-1")
            if "X-Colporteur: post;" in header and (
                word in header or encoded in header
            ):
                found[word] += 1
    return found


def _announcement(stage: _Stage) -> None:
    stage.headline("An announcement to 343 readers; the provider allows 50 a message")
    stage.write(
        CLAIRE,
        "Réunion publique du 12 décembre",
        "Bonjour,\n\nNotre réunion publique aura lieu samedi 12 décembre à 18 h,"
        " salle Jean-Moulin.\n\nVenez nombreux !\n\nClaire\n",
        to=f"{BOX.local_part}+informer@{BOX.domain}",
    )
    preview = stage.expect(CLAIRE, "preview")
    stage.tell("   Claire replies: « ok »")
    stage.answer(CLAIRE, preview, "ok\n")
    known = [str(one) for one in READERS if str(one) not in UNKNOWN]
    with Progress(console=stage.console, transient=True) as bars:
        task = bars.add_task("   sending", total=len(known))

        def all_served() -> bool:
            served = sum(_posts(stage, one)["Réunion"] for one in known)
            bars.update(task, completed=served)
            return served >= len(known)

        stage.wait_for(f"{len(known)} readers have it", all_served)
    stage.expect(CLAIRE, "receipt")
    largest = max(len(one.recipients) for one in stage.provider.transactions)
    stage.check(
        f"{largest} recipients in the largest message", ok=largest <= _RECIPIENTS_MAX
    )


def _nobody_twice(stage: _Stage) -> None:
    stage.headline("What the mailboxes hold")
    people = {*map(str, READERS), *map(str, DISCUSSANTS), NEWCOMER} - set(UNKNOWN)
    counts = [_posts(stage, one) for one in sorted(people)]
    stage.check(
        "nobody has anything twice",
        ok=all(count == 1 for found in counts for count in found.values()),
    )
    hidden = {str(one).encode() for one in READERS} - {ALICE.encode(), CLAIRE.encode()}
    leaks = [
        one
        for one in map(str, READERS[2:52])
        for raw in stage.provider.mails(one)
        if any(other in raw for other in hidden - {one.encode()})
    ]
    stage.check("nobody sees another reader's address", ok=not leaks)
