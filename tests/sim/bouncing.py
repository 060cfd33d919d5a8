"""A year of lists whose addresses die, fill up and come back, in seconds.

The store, the sending, the records and the judging are the real ones, with a clock
that jumps from event to event. The provider is a model: it takes mail, refuses some
people at RCPT, and reports about others minutes to days later, some twice and in any
order.
"""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.actions import ChangeAddress, Decision, RecordBounce, Revive
from bot.address import Address, parse
from bot.bounces import matched
from bot.bounces.reasons import find_status, kind_of, reason_of
from bot.cycle import send_once
from bot.cycle.bounced import judge_bounces
from bot.identity import own_mark
from bot.model import (
    BounceEvent,
    Content,
    Kind,
    Offer,
    Outgoing,
    Priority,
    Profile,
    Reach,
    SmtpReply,
)
from bot.sending.replies import parse_reply
from tests.sim.fates import Fate
from tests.stories.committee import START, Committee, NoPlace
from tests.stories.scenes import OWNER, write_config

__all__ = ("DAY", "Life", "Wave", "Year")

DAY = timedelta(days=1)
_OK = parse_reply("250 2.1.5 Ok")
_LETTER = b"From: owner@list.test\r\nSubject: Lettre\r\n\r\nBonjour.\r\n"


@dataclass
class Life:
    """One person, and what they went through; days from the start."""

    fate: Fate
    list_name: str
    address: Address
    posts: list[float] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    suspended: list[float] = field(default_factory=list)
    revived: list[float] = field(default_factory=list)

    @property
    def is_suspended(self) -> bool:
        """Whether they get no mail now."""
        return len(self.suspended) > len(self.revived)

    def posts_until_suspended(self) -> int:
        """Count the posts that met the fate until nothing was sent any more."""
        begin, end = self.fate.since, self.suspended[0]
        return sum(begin <= day <= end for day in self.posts)


class _Server:
    """The submission server of the model provider."""

    def __init__(self, year: "Year") -> None:
        self.year = year
        self.taken: list[Address] = []

    def open(self) -> None:
        """Be there."""

    def offer(
        self, envelope_sender: Address, recipients: Sequence[Address], content: Content
    ) -> Offer:
        """Refuse some of the provider's own people."""
        del envelope_sender
        is_post = content.raw == _LETTER
        replies = [self.year.rcpt(one, is_post=is_post) for one in recipients]
        pairs = zip(recipients, replies, strict=True)
        self.taken = [one for one, reply in pairs if reply.is_positive]
        return Offer(_OK, tuple(replies))

    def deliver(self, mark: bytes) -> SmtpReply:
        """Take the message."""
        for one in self.taken:
            self.year.taken(one, mark.decode().partition(": ")[2].strip())
        self.taken = []
        return _OK

    def abandon(self) -> None:
        """Forget the recipients."""
        self.taken = []

    def close(self) -> None:
        """Be there next time."""


@dataclass(frozen=True)
class Wave:
    """For some days servers say the same to many, wrongly."""

    words: str
    first: float
    last: float
    concerned: Callable[[Address], bool]


class Year:
    """Lists, their people, and a calendar of what happens."""

    def __init__(
        self,
        folder: Path,
        lists: Sequence[str],
        waves: Sequence[Wave] = (),
        seed: int = 1,
    ) -> None:
        self.committee = Committee(NoPlace(), _config(folder, lists))
        self.parts = self.committee.instance.parts
        self.parts.submission = _Server(self)
        self.store = self.committee.store
        self.letter = self.parts.spool.add(_LETTER)
        self.waves = waves
        self.lives: dict[Address, Life] = {}
        self.told: list[tuple[float, str]] = []  # what owners and admins got
        self.reports = 0
        self._calendar: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self._chance = random.Random(seed)  # noqa: S311 - no secret

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.store.close()

    @property
    def day(self) -> float:
        """Give the days since the start."""
        return (self.committee.clock.at - START) / DAY

    def at(self, day: float, what: Callable[[], None]) -> None:
        """Enter something into the calendar."""
        when = START + day * DAY
        heapq.heappush(self._calendar, (when, next(self._order), what))

    # -- before the year begins

    def enrol(self, list_name: str, people: int, fates: Sequence[Fate]) -> None:
        """Make members: one of each fate, the first one's as many as are left."""
        chosen = [*fates, *[fates[0]] * (people - len(fates))]
        lives = [
            Life(fate, list_name, Address(f"p{n}", f"{list_name}{n % 7}.example"))
            for n, fate in enumerate(chosen)
        ]
        self.lives |= {one.address: one for one in lives}
        profiles = [Profile(one.address) for one in lives]
        self.store.enrol_many(profiles, list_name, "import", START)
        for life in lives:
            self._plan(life)

    def _plan(self, life: Life) -> None:
        if life.fate.writes_after:
            self.at(life.fate.writes_after, lambda: self._write(life))
        if life.fate.moves_at:
            self.at(life.fate.moves_at, lambda: self._move(life))

    def plan_posts(self, list_name: str, days: Sequence[float]) -> None:
        """Let a list write on some days."""
        for day in days:
            self.at(day, lambda: self._post(list_name))

    def plan_judging(self, first: float, last: float, every: float) -> None:
        """Let the bot judge from a day to another, every so many days."""
        for number in range(int((last - first) / every)):
            self.at(first + number * every, self._judge)

    def run(self, days: float = 365.0) -> None:
        """Let the year pass."""
        until = START + days * DAY
        with self.store.transaction():  # a year is too long for a commit each
            while self._calendar and self._calendar[0][0] < until:
                self.committee.clock.at, _, what = heapq.heappop(self._calendar)
                what()

    def fates_of(self, list_name: str, *names: str) -> tuple[Life, ...]:
        """Give the people of a list that have some fates."""
        return tuple(
            one
            for one in self.lives.values()
            if one.list_name == list_name and one.fate.name in names
        )

    # -- what the bot does

    def _post(self, list_name: str) -> None:
        mail = Outgoing(
            self.letter,
            len(_LETTER),
            "post",
            Priority.POST,
            "Lettre",
            list_name,
        )
        now = self.committee.clock.at
        reach = (Reach(list_name),)
        self.store.enqueue_to_lists(mail, reach, f"{list_name} {now}", now)
        self._send()

    def _send(self) -> None:
        summary = send_once(self.parts)
        if summary.next_at:
            self.at((summary.next_at - START) / DAY, self._send)

    def _judge(self) -> None:
        judge_bounces(self.parts, self.committee.clock.at)
        self._look()
        if self.store.sends(unfinished=True):
            self._send()

    def _look(self) -> None:
        """Note who was suspended, and who gets mail again."""
        now = {one.address for one in self.store.bouncing() if one.is_suspended}
        for address, life in self.lives.items():
            if address in now and not life.is_suspended:
                life.suspended.append(self.day)
            elif address not in now and life.is_suspended:
                life.revived.append(self.day)

    # -- what people do

    def _write(self, life: Life) -> None:
        """Write to a list: the address is there."""
        revive = Revive(life.address)
        self._apply(Decision(Kind.POST, "is-there", (revive,)))
        self._look()

    def _move(self, life: Life) -> None:
        person = self.store.find_person(life.address)
        assert person is not None
        new = Address(life.address.local_part, f"{life.list_name}.new.example")
        del self.lives[life.address]
        self.lives[new], life.address = life, new
        change = ChangeAddress(person, new, (life.list_name,), "an owner")
        self._apply(Decision(Kind.COMMANDS, "change", (change,)))
        self._look()

    def _apply(self, decision: Decision) -> None:
        with self.store.transaction():
            self.parts.apply(decision, None, self.committee.clock.at)

    # -- what servers do

    def says(self, life: Life) -> str:
        """Give the words with which a server refuses somebody's mail today."""
        for wave in self.waves:
            if wave.first <= self.day < wave.last and wave.concerned(life.address):
                return wave.words
        has_moved = life.fate.moves_at and self.day >= life.fate.moves_at
        return "" if has_moved else life.fate.says(self.day)

    def rcpt(self, recipient: Address, *, is_post: bool) -> SmtpReply:
        """Answer RCPT."""
        life = self.lives.get(recipient)
        words = self.says(life) if life and life.fate.at_rcpt else ""
        if life and words:
            (life.posts if is_post else life.probes).append(self.day)
        return parse_reply(words) if words else _OK

    def taken(self, recipient: Address, mark: str) -> None:
        """Take a mail for somebody; report later if it can't be delivered."""
        found = own_mark(mark, self.parts.settings.secret)
        assert found is not None
        kind, batch_id = found
        life = self.lives.get(recipient)
        if life is None:
            self.told.append((self.day, kind))
            return
        {"post": life.posts, "confirm": life.probes}.get(kind, []).append(self.day)
        words = self.says(life)
        if words:
            self._report_later(life, words, batch_id)
        elif kind == "confirm" and life.fate.answers:
            self.at(self.day + 0.7, lambda: self._write(life))

    def _report_later(self, life: Life, words: str, batch_id: int) -> None:
        """Report minutes to most of a day later; some reports are read twice."""
        late = life.fate.late / DAY
        name = f"r{next(self._order)}"
        for again in range(1 + (self._chance.random() < 0.2)):
            after = late + self._chance.choice((0.002, 0.1, 0.8)) + again * 0.3
            self.at(
                self.day + after,
                lambda: self._report(life, words, batch_id, name),
            )

    def _report(self, life: Life, words: str, batch_id: int, name: str) -> None:
        """Read a report, as `cycle.reading` and `decide.machines` do."""
        self.reports += 1
        status = find_status(words)
        reason = reason_of(status, words)
        kind = kind_of(reason, status, delayed=False)
        event = BounceEvent(life.address, kind, status, reason, words)
        if life.fate.names:
            last = parse(life.fate.names)
            event = replace(event, address=last, also=(life.address,))
        mail = self.store.returned_by_batch(batch_id)
        record = RecordBounce(name, matched([event], (), mail, ()), mail)
        self._apply(Decision(Kind.BOUNCE, "report", (record,)))


def _config(folder: Path, lists: Sequence[str]) -> Path:
    """Write a configuration whose limits are known and large."""
    sections = (
        f'[lists.{name}]\nkind = "announcement"\nowners = ["{OWNER}"]\n'
        for name in lists
    )
    return write_config(
        folder,
        1,
        1,
        smtp='witness = "off"',
        limits="recipients_per_hour = 100000",
        lists="".join(sections),
    )
