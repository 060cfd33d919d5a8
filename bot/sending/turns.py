"""Whose turn it is: priorities, fairness, quiet hours; the limits are in `caps`.

Pure: the ledger comes in as a `History`, the time as `now`. Rules for editors:

1. The first send that is due, by priority and then by who has had least while both
   waited, decides; when it must wait, all wait: a smaller one would take its place.
2. Interactive mail may use the whole of a quota, posts and digests what `reserve`
   leaves. Both look at everything that was sent, whoever sent it.
3. A `WaitUntil` lies in the future, and what waits until then gets on. A quota too
   small for one recipient lets one pass at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from bot.model import Limits, Priority, SendState
from bot.sending.caps import Grow, WaitUntil, caps_of, held_back
from bot.sending.quiet import quiet_until
from bot.sending.shares import Shares
from bot.sending.windows import NEVER, History

__all__: Final = (
    "Grow",
    "Idle",
    "Queued",
    "Rules",
    "SendNow",
    "Step",
    "WaitUntil",
    "as_queued",
    "choose",
    "next_step",
)

# A batch cut by a quota has at least this share of a full one (one fifth):
# a trickle of single recipients would use up the quota of messages.
_SMALLEST_SHARE = 5


@dataclass(frozen=True, slots=True)
class SendNow:
    """Offer up to `count` recipients of a send, now."""

    send_id: int
    count: int


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing waits for us."""


Step = SendNow | WaitUntil | Idle | Grow


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
    served: int = 0

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
    shares: Shares | None = None,
) -> Step:
    """Say what the sender does next.

    `history` forgets what is too old to count. Paused sends and those without a
    waiting recipient are left out. Until `blocked_until` the whole account waits:
    the provider said so. `shares` say who has had least.
    """
    rules = Rules(limits, timezone, rider, blocked_until)
    return choose(as_queued(queue, shares), history, now, rules)


def as_queued(queue: Iterable[SendState], shares: Shares | None = None) -> list[Queued]:
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
            shares.of(send.id) if shares else 0,
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
        if not isinstance(step, WaitUntil):
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


def _turn(send: Queued) -> tuple[int, int, datetime, int]:
    return send.priority, send.served, send.served_at, send.id


def _serve(
    send: Queued, history: History, now: datetime, rules: Rules
) -> SendNow | WaitUntil | Grow:
    """Cut the next batch of a send, or say when one fits."""
    limits, rider = rules.limits, rules.rider
    pause_end = _pause_end(history, limits)
    if now < pause_end:
        return WaitUntil(pause_end, "pause")
    history.forget_before(now)
    caps = caps_of(send.priority, limits, history, now, rider)
    quotas = [cap.quota - rider for cap in caps if not cap.in_messages]
    wanted = max(1, limits.recipients_per_message - rider)
    wanted = min([wanted, send.available(now), *quotas])
    smallest = (
        1 if send.priority is Priority.INTERACTIVE else -(-wanted // _SMALLEST_SHARE)
    )
    room = min([wanted, *(cap.room(rider) for cap in caps)])
    if room >= smallest:
        return SendNow(send.id, room)
    return held_back(caps, smallest + rider, limits, history, now)


def _pause_end(history: History, limits: Limits) -> datetime:
    if limits.pause_between_messages <= 0 or history.last_at == NEVER:
        return NEVER
    return history.last_at + timedelta(seconds=limits.pause_between_messages)
