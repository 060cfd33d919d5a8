"""A world of minutes: the bot's own deciding and learning against a model provider.

Nothing is sent. The clock jumps to whatever the bot waits for, so that weeks pass in
seconds. What the sender would do between `next_step` and the replies is done here;
windows, turns, growth, readings and lessons are the real ones.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import config as configuration
from bot.address import Address
from bot.config.models import Config
from bot.cycle.lessons import Lessons
from bot.cycle.outcome import Outcome, read_data_reply, read_offer
from bot.model import Delivery, Limits, Offer, Priority, SendState, Usage
from bot.sending.limits import Expected, History, Idle, WaitUntil, plan
from bot.sending.replies import parse_reply
from bot.store import SqlStore
from tests.sim.providers import Provider

__all__ = ("START", "Clock", "World", "interactive", "post")

START = datetime(2026, 11, 24, 9, 7, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
_DAY = timedelta(days=1)
_OK = parse_reply("250 2.1.0 Ok")
_PEOPLE = tuple(
    Delivery(1, number, Address(f"m{number}", "example.org")) for number in range(200)
)
# A round ends when it has to wait longer; the next one reads its memory anew.
_ROUND = timedelta(minutes=1)


def post(send_id: int, recipients: int, at: datetime = START) -> SendState:
    """Give a post to so many."""
    return SendState(
        id=send_id,
        ref=f"s{send_id}",
        kind="post",
        priority=Priority.POST,
        list_name="informer",
        subject="Lettre",
        sha256="0" * 64,
        size=1000,
        created_at=at,
        recipients=recipients,
        ready=recipients,
        deferred=0,
        in_flight=0,
        accepted=0,
        refused=0,
        cancelled=0,
    )


def interactive(send_id: int, at: datetime) -> SendState:
    """Give a reply to somebody who wrote at that time."""
    one = post(send_id, 1, at)
    return replace(one, kind="reply", priority=Priority.INTERACTIVE)


class Clock:
    """A clock that jumps."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        """Give the time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += timedelta(seconds=seconds)


@dataclass
class World:
    """One account at one provider.

    `arrivals` are the sends by the time they are written, in order; `by_hand` what
    people send from the account themselves: the ledger learns of it where the Sent
    folder is `watched`.
    """

    provider: Provider
    config: Config
    store: SqlStore
    arrivals: list[SendState]
    by_hand: list[Usage] = field(default_factory=list)
    watched: bool = True
    took: timedelta = timedelta(seconds=1)
    clock: Clock = field(default_factory=Clock)
    history: History = field(default_factory=History)
    queue: list[SendState] = field(default_factory=list)
    blocked_until: datetime | None = None
    refused: list[tuple[datetime, str]] = field(default_factory=list)
    served: list[tuple[datetime, int, int]] = field(default_factory=list)
    waited: list[timedelta] = field(default_factory=list)
    batches: int = 0
    _lessons: Lessons | None = None

    def limits(self) -> Limits:
        """Give the limits in force."""
        return configuration.limits_in_force(self.config, self.store.learnt_details())

    def warm_up(self, recipients: int = 300) -> None:
        """Send something days before, so that it is known how long a batch takes."""
        arrivals, self.arrivals = self.arrivals, []
        by_hand, self.by_hand = self.by_hand, []
        self.clock.time = START - 4 * _DAY
        self.arrivals.append(post(99, recipients, self.clock.time))
        self.run()
        self.clock.time = START
        self._lessons, self.arrivals, self.by_hand = None, arrivals, by_hand
        self.served, self.batches = [], 0

    def expected(self) -> Expected:
        """Say what a preview of the first send would tell now."""
        queue = [one for one in self.arrivals if one.created_at <= self.clock.time]
        planned = plan(queue, self.limits(), self.history, self.clock.time, PARIS)
        return planned.sends[queue[0].id]

    def run(self, days: int = 400) -> datetime:
        """Send everything; give the end."""
        until = self.clock.time + timedelta(days=days)
        while self.clock.time < until:
            self._arrive()
            step = self.lessons.next_step(self.queue, 0, self.blocked_until)
            if isinstance(step, Idle):
                if not self.arrivals:
                    break
                self.clock.time = self.arrivals[0].created_at
            elif isinstance(step, WaitUntil):
                self._wait(step)
            else:
                self._send(step.send_id, step.count)
        self.lessons.save()
        return self.served[-1][0]

    @property
    def lessons(self) -> Lessons:
        """Give what this round knows."""
        if self._lessons is None:
            self._lessons = Lessons(
                self.store, self.limits, self.clock, PARIS, self.history
            )
        return self._lessons

    def _arrive(self) -> None:
        now = self.clock.time
        while self.by_hand and self.by_hand[0].at <= now:
            usage = self.by_hand.pop(0)
            self.provider.take(usage.at, usage.recipients)
            if self.watched:
                self.history.add(usage)
        while self.arrivals and self.arrivals[0].created_at <= now:
            self.queue.append(self.arrivals.pop(0))

    def _wait(self, step: WaitUntil) -> None:
        assert step.at > self.clock.time, step
        events = [one.created_at for one in self.arrivals[:1]]
        events += [one.at for one in self.by_hand[:1]]
        until = min([step.at, *events])
        if self._lessons is not None and until - self.clock.time > _ROUND:
            self._lessons.save()
            self._lessons = None
        self.clock.time = until

    def _send(self, send_id: int, count: int) -> None:
        send = next(one for one in self.queue if one.id == send_id)
        people = _PEOPLE[:count]
        replies = self.provider.rcpt(self.clock.time, count)
        outcome = read_offer(
            Offer(_OK, tuple(replies)), people, 0, configuration.reply_rules(), ""
        )
        self._heed(outcome)
        if not outcome.accepted:
            self.clock.time += self.took
            return
        taken = len(outcome.accepted)
        self.history.add(Usage(self.clock.time, taken))
        reply = self.provider.data(self.clock.time, taken)
        self.clock.time += self.took
        self.history.settled(self.clock.time)
        if reply.is_positive:
            self.lessons.note_accepted(send, taken, 0)
            self._accepted(send, taken)
        else:
            rules = configuration.reply_rules()
            self.history.take_back()
            self._heed(read_data_reply(reply, outcome.accepted, rules, "", rider=0))

    def _heed(self, outcome: Outcome) -> None:
        now = self.clock.time
        if outcome.learn:
            self.lessons.learn(*outcome.learn, outcome.words, now)
        if outcome.block_seconds:
            self.refused.append((now, outcome.words))
            self.blocked_until = self.lessons.note_refusal(outcome, now)

    def _accepted(self, send: SendState, count: int) -> None:
        now = self.clock.time
        self.batches += 1
        self.served.append((now, send.id, count))
        if send.priority is Priority.INTERACTIVE:
            self.waited.append(now - send.created_at)
        position = self.queue.index(send)
        left = replace(send, ready=send.ready - count, last_batch_at=now)
        self.queue[position : position + 1] = [left] if left.ready else []
