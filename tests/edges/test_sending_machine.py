"""Exactly once: the whole sender under crashes, lost replies and jumping clocks.

The real store, the real round of sending and a server of this page that may lose a
reply, or see the program die, at any step. A death here is an exception that no
code may handle: from then on the store refuses every call, as after a kill -9.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import text

from bot import config as configuration
from bot.address import Address
from bot.cli.wiring import build
from bot.cycle import send_once
from bot.cycle.doubts import note_failed_poll, note_poll
from bot.errors import SubmissionError
from bot.identity import own_mark
from bot.model import BatchState, Content, Offer, Outgoing, Priority, SmtpReply
from bot.store import SqlStore, open_store
from tests.stores import put_empty_store
from tests.stories.committee import MovedClock
from tests.stories.scenes import BOT, write_config

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OK = SmtpReply(250, "2.0.0", "2.0.0 Ok")
RAW = b"Subject: Bonjour\r\nMessage-ID: <1@example.org>\r\n\r\nSalut.\r\n"
FAULTS = ("", "", "lost-before", "lost-after", "die-before", "die-after", "421", "451")
FAULTY = st.lists(st.sampled_from(FAULTS), max_size=4)


class Killed(BaseException):
    """The process is no more."""


class Mortal:
    """The store, until the program dies at its Nth call."""

    def __init__(self, inner: SqlStore, calls: int | None) -> None:
        self.inner, self.left, self.dead = inner, calls, False

    def die(self) -> None:
        """Refuse everything from now on."""
        self.dead = True
        raise Killed

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        method: Callable[..., Any] = getattr(self.inner, name)

        def step(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - any call
            if self.dead:
                raise Killed
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    self.die()
            return method(*arguments, **more)

        return step


class Server:
    """Takes mail, unless a fault is due; remembers who got what."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.got: Counter[tuple[bytes, str]] = Counter()
        self.copies: list[list[int]] = []  # (batch, polls until it is seen)
        self.accepted: dict[int, int] = {}  # batch: polls until it is in Sent
        self.faults: list[str] = []
        self.delay = 0
        self.die: Callable[[], None] = lambda: None
        self._recipients: Sequence[Address] = ()
        self._content = Content()

    def open(self) -> None:
        """Be there."""

    def close(self) -> None:
        """Be gone."""

    def abandon(self) -> None:
        """Forget the transaction."""

    def offer(
        self, _: Address, recipients: Sequence[Address], content: Content
    ) -> Offer:
        """Take everybody."""
        self._recipients, self._content = recipients, content
        return Offer(OK, tuple(OK for _ in recipients))

    def deliver(self, mark: bytes) -> SmtpReply:
        """Take the message, or whatever the fault says."""
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "die-before":
            self.die()
        if fault == "lost-before":
            raise SubmissionError("the line broke", in_doubt=True)
        if fault in {"421", "451"}:
            return SmtpReply(int(fault), "4.3.0", "4.3.0 Not now")
        self._take(mark)
        if fault == "die-after":
            self.die()
        if fault == "lost-after":
            raise SubmissionError("the line broke", in_doubt=True)
        return OK

    def _take(self, mark: bytes) -> None:
        found = own_mark(mark.decode().partition(": ")[2].strip(), self.secret)
        assert found is not None
        batch = found[1]
        self.accepted[batch] = self.delay
        for address in map(str, self._recipients):
            if address == BOT:
                self.copies.append([batch, self.delay])
            else:
                self.got[self._content.raw, address] += 1


class SendingMachine(RuleBasedStateMachine):
    """Posts to people, and whatever may happen meanwhile; the witness rides along."""

    witness = "self"

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        place = Path(self.folder.name)
        self.config = configuration.load(write_config(place, 1, 1))
        put_empty_store(self.config.store.directory)
        self.clock = MovedClock(START)
        self.posts: dict[int, bytes] = {}
        self.store = self.open()
        self.parts = build(self.config, self.store, {}, self.clock).parts
        self.server = Server(self.parts.settings.secret)
        self.parts.submission, self.parts.witness = self.server, self.witness
        self.parts.jitter = lambda: 0.5
        self.parts.limits = lambda: configuration.limits(
            self.config, self.store.learnt()
        )
        self.start(None)

    def open(self) -> SqlStore:
        """Open the store as the next process does."""
        return open_store(self.config.store.database, self.config.store.directory)

    def start(self, calls: int | None) -> None:
        """Start the program; it dies after so many calls of the store."""
        mortal = Mortal(self.store, None)
        self.server.die = mortal.die
        self.parts.store = self.parts.apply.store = mortal
        self.store.interrupted_batches(self.clock.now())
        mortal.left = calls

    def restart(self, calls: int | None = None) -> None:
        """End, and start anew."""
        self.store.close()
        self.store = self.open()
        self.start(calls)

    @rule(people=st.integers(1, 8))
    def post(self, people: int) -> None:
        """Put a post into the outbox."""
        raw = RAW.replace(b"<1@", b"<%d@" % (len(self.posts) + 1))
        mail = Outgoing(self.parts.spool.add(raw), len(raw), "post", Priority.POST, "S")
        crowd = [Address(f"p{number}", "example.org") for number in range(people)]
        send_id = self.store.enqueue(mail, crowd, self.clock.now())
        self.posts[send_id] = raw

    @rule(faults=FAULTY, calls=st.one_of(st.none(), st.integers(0, 60)))
    def send(self, faults: list[str], calls: int | None) -> None:
        """Do a round, and perhaps die in it."""
        self.server.faults = list(faults)
        if calls is not None:
            self.restart(calls)
        with suppress(Killed):
            send_once(self.parts)
        self.server.faults = []
        self.restart()

    @rule(delay=st.integers(0, 2))
    def slow_mailbox(self, delay: int) -> None:
        """Let copies of ours come back later."""
        self.server.delay = delay

    @rule(works=st.booleans(), twice=st.booleans())
    def poll(self, *, works: bool, twice: bool) -> None:
        """Look at the mailbox, if it can be reached; a copy may come doubled."""
        self.clock.sleep(60)
        if not works:
            note_failed_poll(self.parts)
            return
        for batch in self.seen():
            for _ in range(1 + twice):
                self.store.mark_witness(batch)
        note_poll(self.parts)

    def seen(self) -> list[int]:
        """Give the batches whose witness is there; time goes on for the others."""
        if self.witness == "sent":
            doubtful = {one.id for one in self.store.doubtful()}
            found = [b for b in doubtful if self.server.accepted.get(b) == 0]
            self.server.accepted = {
                batch: max(0, left - 1) for batch, left in self.server.accepted.items()
            }
            return found
        found = [batch for batch, left in self.server.copies if left == 0]
        self.server.copies = [[b, left - 1] for b, left in self.server.copies if left]
        return found

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        """Let time pass, unwatched."""
        self.clock.sleep(60 * minutes)

    @rule(hours=st.integers(-50, 50))
    def set_clock(self, hours: int) -> None:
        """Somebody sets the clock of the machine, or it sets itself."""
        self.clock.sleep(3600 * hours)

    @rule(chance=st.integers(0, 2))
    def cancel(self, chance: int) -> None:
        """Think better of it."""
        unfinished = self.store.sends(unfinished=True)
        if chance == 0 and unfinished:
            self.store.cancel_send(unfinished[0].id, self.clock.now())

    @invariant()
    def nobody_was_written_to_twice(self) -> None:
        """The promise, at every moment."""
        assert all(count == 1 for count in self.server.got.values()), self.server.got

    def teardown(self) -> None:
        """Let all faults end: everybody is served, but those who were given up."""
        for _ in range(150):
            self.poll(works=True, twice=False)
            send_once(self.parts)
            self.clock.sleep(7200)
            if not self.store.sends(unfinished=True):
                break
        self.nobody_was_written_to_twice()
        assert self.store.doubtful() == ()
        for send in self.store.sends(unfinished=False):
            assert send.finished_at is not None, send
            if send.id not in self.posts:
                continue
            told = send.accepted + send.refused + send.cancelled
            got = sum(raw == self.posts[send.id] for raw, _ in self.server.got)
            assert (told, got) == (send.recipients, send.accepted), send
            # Only a mail that was refused for three days may be given up.
            assert send.refused == 0 or self.was_patient(send.id)
        self.store.close()
        self.folder.cleanup()

    def was_patient(self, send_id: int) -> bool:
        """Whether a send was tried for long before it was given up."""
        with self.store.transaction():
            rows = self.store.connection.execute(
                text(
                    "SELECT count(*) FROM batches WHERE send_id = :send_id"
                    " AND state IN ('deferred', 'failed')"
                ),
                {"send_id": send_id},
            )
            return int(rows.scalar_one()) >= 6


class SentFolderMachine(SendingMachine):
    """The same where the provider files what it takes."""

    witness = "sent"


_SETTINGS = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "7")),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOwnCopy = SendingMachine.TestCase
TestOwnCopy.settings = _SETTINGS
TestSentFolder = SentFolderMachine.TestCase
TestSentFolder.settings = _SETTINGS


def test_the_machine_would_notice() -> None:
    """A sender that offers an unsettled batch again makes the machine fail."""
    machine = SendingMachine()
    machine.post(3)
    machine.server.faults = ["lost-after"]
    send_once(machine.parts)
    (batch,) = machine.store.doubtful()
    machine.store.settle_batch(batch.id, BatchState.READY, machine.clock.now())
    machine.clock.sleep(3600)
    send_once(machine.parts)

    assert set(machine.server.got.values()) == {2}
    machine.store.close()
    machine.folder.cleanup()
