"""Whose turn it is: sliding windows, priorities, fairness, quiet hours.

Pure: the ledger comes in as a `History`, the time as `now`. Rules for editors:

1. The first send that is due, by priority and then by who was served longest ago,
   decides; when it must wait, all wait, since a smaller one would take its place.
2. Interactive mail may use the whole of a quota, posts and digests what `reserve`
   leaves. Both look at everything that was sent, whoever sent it.
3. A `WaitUntil` lies in the future, and what waits until then gets on. A quota too
   small for one recipient lets one pass at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from bot.model import Limits, Priority, SendState
from bot.sending.windows import NEVER, History, Window

__all__: Final = (
    "Idle",
    "Queued",
    "Rules",
    "SendNow",
    "Step",
    "WaitUntil",
    "as_queued",
    "choose",
    "next_step",
    "quiet_until",
)

# A batch cut by a quota has at least this share of a full one (one fifth):
# a trickle of single recipients would use up the quota of messages.
_SMALLEST_SHARE = 5
# Quiet hours that end in the hour that summer time repeats: look again so soon.
_LOOK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SendNow:
    """Offer up to `count` recipients of a send, now."""

    send_id: int
    count: int


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing may leave before `at`; `why` names the limit."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing waits for us."""


Step = SendNow | WaitUntil | Idle


@dataclass(slots=True)
class Queued:
    """The part of a send that the choice looks at; `plan` counts it down."""

    id: int
    priority: Priority
    ready: int
    deferred: int
    due_at: datetime
    served_at: datetime
    leave_at: datetime = NEVER

    def available(self, now: datetime) -> int:
        """Count the recipients that may be offered."""
        if now < self.leave_at:
            return 0
        return self.ready + (self.deferred if self.due_at <= now else 0)

    def waits_for(self, now: datetime) -> WaitUntil:
        """Say what a send waits for that has nobody to offer."""
        if now < self.leave_at:
            return WaitUntil(self.leave_at, "leave_at")
        return WaitUntil(self.due_at, "deferred")


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds during one round; `rider` is 1 when our own address rides along."""

    limits: Limits
    timezone: tzinfo
    rider: int = 0
    blocked_until: datetime | None = None


def next_step(  # noqa: PLR0913 - the whole state of the sender, as data
    queue: Iterable[SendState],
    limits: Limits,
    history: History,
    now: datetime,
    timezone: tzinfo,
    *,
    rider: int = 0,
    blocked_until: datetime | None = None,
) -> Step:
    """Say what the sender does next.

    `history` forgets what is too old to count. Paused sends and those without a
    waiting recipient are left out. Until `blocked_until` the whole account waits:
    the provider said so.
    """
    rules = Rules(limits, timezone, rider, blocked_until)
    return choose(as_queued(queue), history, now, rules)


def as_queued(queue: Iterable[SendState]) -> list[Queued]:
    """Take what waits from the outbox."""
    return [
        Queued(
            send.id,
            send.priority,
            send.ready,
            send.deferred,
            send.next_due_at or NEVER,
            send.last_batch_at or NEVER,
            send.leave_at or NEVER,
        )
        for send in queue
        if not send.paused and send.ready + send.deferred > 0
    ]


def choose(
    queue: Sequence[Queued], history: History, now: datetime, rules: Rules
) -> Step:
    """Choose among what waits; `next_step` for one round, `plan` for all."""
    if not queue:
        return Idle()
    if rules.blocked_until is not None and now < rules.blocked_until:
        return WaitUntil(rules.blocked_until, "blocked")
    quiet_end = quiet_until(now, rules.limits.quiet_hours, rules.timezone)
    first, waits = _first_due(queue, now, quiet_end)
    if first is not None:
        step = _serve(first, history, now, rules)
        if isinstance(step, SendNow):
            return step
        waits.append(step)
    return min(waits, key=lambda wait: wait.at)


def _first_due(
    queue: Sequence[Queued], now: datetime, quiet_end: datetime | None
) -> tuple[Queued | None, list[WaitUntil]]:
    """Find whose turn it is, and what the others wait for."""
    first: Queued | None = None
    waits: list[WaitUntil] = []
    for send in queue:
        if quiet_end is not None and send.priority is not Priority.INTERACTIVE:
            waits.append(WaitUntil(quiet_end, "quiet_hours"))
        elif send.available(now) == 0:
            waits.append(send.waits_for(now))
        elif first is None or _turn(send) < _turn(first):
            first = send
    return first, waits


def _turn(send: Queued) -> tuple[int, datetime, int]:
    return send.priority, send.served_at, send.id


def _serve(
    send: Queued, history: History, now: datetime, rules: Rules
) -> SendNow | WaitUntil:
    """Cut the next batch of a send, or say when one fits."""
    limits, rider = rules.limits, rules.rider
    pause_end = _pause_end(history, limits)
    if now < pause_end:
        return WaitUntil(pause_end, "pause")
    history.forget_before(now)
    caps = _caps(send.priority, limits, history, rider)
    wanted = max(1, limits.recipients_per_message - rider)
    wanted = min(
        [wanted, send.available(now), *(cap.recipients - rider for cap in caps)]
    )
    smallest = (
        1 if send.priority is Priority.INTERACTIVE else -(-wanted // _SMALLEST_SHARE)
    )
    room = min([wanted, *(cap.room(rider) for cap in caps)])
    if room >= smallest:
        return SendNow(send.id, room)
    return max((cap.wait(smallest + rider) for cap in caps), key=lambda wait: wait.at)


def _pause_end(history: History, limits: Limits) -> datetime:
    if limits.pause_between_messages <= 0 or history.last_at == NEVER:
        return NEVER
    return history.last_at + timedelta(seconds=limits.pause_between_messages)


# No quota at all: larger than any list.
_UNLIMITED: Final = 10**9


@dataclass(frozen=True, slots=True)
class _Cap:
    """What one priority may take from one window."""

    window: Window
    name: str
    recipients: int
    messages: int

    def room(self, rider: int) -> int:
        """Count the recipients that still fit, in one message."""
        if self.window.messages + 1 > self.messages:
            return 0
        return self.recipients - self.window.recipients - rider

    def wait(self, recipients: int) -> WaitUntil:
        """Say when one message with so many recipients fits."""
        over = self.window.recipients + recipients - self.recipients
        over_messages = self.window.messages + 1 - self.messages
        what = "messages" if over_messages > 0 else "recipients"
        return WaitUntil(
            self.window.fits_at(over, over_messages), f"{what}_per_{self.name}"
        )


def _caps(
    priority: Priority, limits: Limits, history: History, rider: int
) -> tuple[_Cap, ...]:
    share = 1.0 if priority is Priority.INTERACTIVE else 1.0 - limits.reserve

    def of(quota: int, least: int) -> int:
        return max(int(quota * share + 1e-9), least) if quota else _UNLIMITED

    hour, day = limits.recipients_per_hour, limits.recipients_per_day
    return (
        _Cap(
            history.hour, "hour", of(hour, 1 + rider), of(limits.messages_per_hour, 1)
        ),
        _Cap(history.day, "day", of(day, 1 + rider), of(limits.messages_per_day, 1)),
    )


# ----------------------------------------------------------------- quiet hours


def quiet_until(now: datetime, quiet_hours: str, timezone: tzinfo) -> datetime | None:
    """Give the end of the quiet hours that `now` lies in, or None.

    `quiet_hours` is local time, `22:00-07:00`; empty, or from a time to the same
    time, means none.
    """
    span = _quiet_span(quiet_hours)
    if span is None:
        return None
    start, end = span
    local = now.astimezone(timezone)
    at = local.time()
    inside = start <= at < end if start < end else at >= start or at < end
    if not inside:
        return None
    day = local.date() if at < end else local.date() + timedelta(days=1)
    until = datetime.combine(day, end, timezone).replace(fold=local.fold)
    return max(until.astimezone(UTC), now + _LOOK_AGAIN)


@lru_cache(maxsize=8)
def _quiet_span(text: str) -> tuple[time, time] | None:
    """Read `22:00-07:00`; `config` has told about anything else."""
    start, _, end = text.partition("-")
    try:
        span = time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    except ValueError:
        return None
    return span if span[0] != span[1] else None
