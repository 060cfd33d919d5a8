"""Model providers: what each counts, when it forgets, and what it says.

They are written without a look at ours: a provider knows nothing of windows that the
bot keeps. `room` says how many more recipients may come now, `opens_at` when there
is room again.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from bot.model import SmtpReply, Usage
from bot.sending.replies import parse_reply

__all__ = (
    "Bucket",
    "Fixed",
    "Meter",
    "Provider",
    "Sliding",
    "day_in",
    "hour_of",
    "least_seconds",
)

_HOUR = timedelta(hours=1)
_NO_LIMIT = 10**9
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Meter(Protocol):
    """One quota."""

    def room(self, at: datetime) -> int:
        """Count what still fits."""

    def take(self, at: datetime, count: int) -> None:
        """Count what has come."""

    def opens_at(self, at: datetime) -> datetime:
        """Say when there is room for one more, if there is none."""


def hour_of(at: datetime) -> datetime:
    """Give the start of the hour of the clock."""
    return at.replace(minute=0, second=0, microsecond=0)


def day_in(zone: tzinfo) -> Callable[[datetime], datetime]:
    """Give what finds the last midnight of a time zone."""

    def start(at: datetime) -> datetime:
        local = at.astimezone(zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.astimezone(UTC)

    return start


@dataclass
class Fixed:
    """A counter that starts anew with each hour or day of some clock."""

    quota: int
    start_of: Callable[[datetime], datetime]
    span: timedelta
    window: datetime = _LONG_AGO
    count: int = 0

    def room(self, at: datetime) -> int:
        """Count what still fits."""
        return self.quota - (self.count if self.start_of(at) == self.window else 0)

    def take(self, at: datetime, count: int) -> None:
        """Count what has come."""
        if self.start_of(at) != self.window:
            self.window, self.count = self.start_of(at), 0
        self.count += count

    def opens_at(self, at: datetime) -> datetime:
        """Give the start of the next window."""
        return self.start_of(self.start_of(at) + self.span + self.span / 4)


@dataclass
class Sliding:
    """What came during the last hour or day, to the second."""

    quota: int
    span: timedelta
    entries: deque[tuple[datetime, int]] = field(default_factory=deque)
    count: int = 0

    def room(self, at: datetime) -> int:
        """Count what still fits."""
        while self.entries and self.entries[0][0] <= at - self.span:
            self.count -= self.entries.popleft()[1]
        return self.quota - self.count

    def take(self, at: datetime, count: int) -> None:
        """Count what has come."""
        self.entries.append((at, count))
        self.count += count

    def opens_at(self, at: datetime) -> datetime:
        """Say when the oldest leaves."""
        return self.entries[0][0] + self.span if self.entries else at


@dataclass
class Bucket:
    """A leaky bucket: it holds `size` and loses `per_hour` an hour, steadily."""

    size: int
    per_hour: int
    level: float = 0.0
    at: datetime = _LONG_AGO

    def _level(self, at: datetime) -> float:
        return max(0.0, self.level - self.per_hour * ((at - self.at) / _HOUR))

    def room(self, at: datetime) -> int:
        """Count what still fits."""
        return int(self.size - self._level(at) + 1e-6)

    def take(self, at: datetime, count: int) -> None:
        """Pour in what has come."""
        self.level, self.at = self._level(at) + count, at

    def opens_at(self, at: datetime) -> datetime:
        """Say when one more fits."""
        over = max(self._level(at) + 1 - self.size, 0.0)
        return at + _HOUR * (over / self.per_hour) + timedelta(milliseconds=1)


@dataclass
class Provider:
    """A submission server with its meters.

    `stage` is where it looks: rcpt (recipient by recipient) or data (the message as
    a whole). `words` are its reply when a meter is full, in the order of the meters.
    """

    name: str
    meters: Sequence[Meter]
    words: Sequence[str]
    stage: str = "rcpt"
    in_messages: bool = False
    per_message: int = 100
    too_many: str = "452 4.5.3 Error: too many recipients"
    refusals: int = 0

    def full_meter(self, at: datetime, recipients: int = 1) -> int | None:
        """Find the first meter that has no room."""
        wanted = 1 if self.in_messages else recipients
        for number, meter in enumerate(self.meters):
            if meter.room(at) < wanted:
                return number
        return None

    def room(self, at: datetime) -> int:
        """Count the recipients that the meters let through now."""
        rooms = [meter.room(at) for meter in self.meters]
        if self.in_messages:
            return self.per_message if min(rooms, default=1) > 0 else 0
        return min([_NO_LIMIT, *rooms])

    def opens_at(self, at: datetime) -> datetime:
        """Say when it takes mail again."""
        full = [meter for meter in self.meters if meter.room(at) < 1]
        return max(meter.opens_at(at) for meter in full)

    def take(self, at: datetime, recipients: int) -> None:
        """Count a message that was accepted."""
        for meter in self.meters:
            meter.take(at, 1 if self.in_messages else recipients)

    def rcpt(self, at: datetime, recipients: int) -> list[SmtpReply]:
        """Answer the recipients of one message."""
        fits = min(recipients, self.per_message)
        room = fits if self.stage == "data" else min(fits, self.room(at))
        replies = [parse_reply("250 2.1.5 Ok")] * max(room, 0)
        if room < fits:
            self.refusals += 1
            words = self.words[self.full_meter(at, room + 1) or 0]
            return replies + [parse_reply(words)] * (recipients - room)
        return replies + [parse_reply(self.too_many)] * (recipients - fits)

    def data(self, at: datetime, recipients: int) -> SmtpReply:
        """Answer the end of the message."""
        full = self.full_meter(at, recipients)
        if full is not None:
            self.refusals += 1
            return parse_reply(self.words[full])
        self.take(at, recipients)
        return parse_reply("250 2.0.0 Ok: queued")


def least_seconds(
    provider: Provider, recipients: int, start: datetime, by_hand: Sequence[Usage] = ()
) -> float:
    """Give the time that somebody needs who knows everything and sends at once.

    Transactions take no time here: it can't be done faster. What people send by hand
    takes its part.
    """
    at, others = start, list(by_hand)
    while recipients > 0:
        while others and others[0].at <= at:
            usage = others.pop(0)
            provider.take(usage.at, usage.recipients)
        room = min(provider.room(at), recipients, provider.per_message)
        if room <= 0:
            at = min([provider.opens_at(at), *(one.at for one in others[:1])])
            continue
        provider.take(at, room)
        recipients -= room
    return (at - start).total_seconds()
