"""What was taken from the quotas lately: two sliding windows over the ledger.

An entry counts from its moment until exactly one span later. Everything is exact
arithmetic on datetimes, so that whoever waits until `fits_at` finds that it fits.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.model import Usage

__all__: Final = ("DAY", "HOUR", "NEVER", "History", "Window")

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# A moment before every mail.
NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Window:
    """The usages of one span, with their sums."""

    __slots__ = ("entries", "messages", "recipients", "span")

    def __init__(self, span: timedelta, entries: Iterable[Usage]) -> None:
        self.span = span
        self.entries = deque(entries)
        self.recipients = sum(entry.recipients for entry in self.entries)
        self.messages = sum(entry.messages for entry in self.entries)

    def add(self, usage: Usage) -> None:
        """Count a usage that is not older than the last one."""
        self.entries.append(usage)
        self.recipients += usage.recipients
        self.messages += usage.messages

    def settled(self, at: datetime) -> None:
        """Count the newest usage from later on."""
        if self.entries and self.entries[-1].at < at:
            self.entries[-1] = replace(self.entries[-1], at=at)

    def take_back(self) -> None:
        """Forget the newest usage."""
        if self.entries:
            gone = self.entries.pop()
            self.recipients -= gone.recipients
            self.messages -= gone.messages

    def forget_before(self, now: datetime) -> None:
        """Drop what a window ending now doesn't hold any more."""
        limit = now - self.span
        while self.entries and self.entries[0].at <= limit:
            gone = self.entries.popleft()
            self.recipients -= gone.recipients
            self.messages -= gone.messages

    def fits_at(self, too_many_recipients: int, too_many_messages: int) -> datetime:
        """Give the moment by which so much has left the window."""
        at = NEVER
        for entry in self.entries:
            if too_many_recipients <= 0 and too_many_messages <= 0:
                break
            too_many_recipients -= entry.recipients
            too_many_messages -= entry.messages
            at = entry.at + self.span
        return at


class History:
    """The usages of the last 24 hours, counted by the hour and by the day."""

    __slots__ = ("day", "hour", "last_at")

    def __init__(self, usages: Iterable[Usage] = ()) -> None:
        entries = sorted(usages, key=lambda usage: usage.at)
        self.last_at = entries[-1].at if entries else NEVER
        self.hour = Window(HOUR, entries)
        self.day = Window(DAY, entries)

    def add(self, usage: Usage) -> None:
        """Count one more transaction; it may be older than others."""
        if usage.at < self.last_at:
            self._insert(usage)
            return
        self.last_at = usage.at
        self.hour.add(usage)
        self.day.add(usage)

    def settled(self, at: datetime) -> None:
        """Date the newest transaction anew: its reply came at `at`.

        A provider may have counted it as late as that.
        """
        self.hour.settled(at)
        self.day.settled(at)
        self.last_at = max(self.last_at, at)

    def take_back(self) -> None:
        """Forget the newest transaction: the provider refused it."""
        self.hour.take_back()
        self.day.take_back()

    def lately(self, span: timedelta, now: datetime) -> Window:
        """Give the window of another span, of a day at most; cheap when it is short."""
        entries: deque[Usage] = deque()
        for entry in reversed(self.day.entries):
            if entry.at <= now - span:
                break
            entries.appendleft(entry)
        return Window(span, entries)

    def busy_at(self, recipients: int) -> datetime:
        """Say since when fewer than so many recipients have been served."""
        for entry in reversed(self.day.entries):
            recipients -= entry.recipients
            if recipients <= 0:
                return entry.at
        return NEVER

    def _insert(self, usage: Usage) -> None:
        self.hour = _with(self.hour, usage)
        self.day = _with(self.day, usage)

    def forget_before(self, now: datetime) -> None:
        """Drop what is older than a day."""
        self.hour.forget_before(now)
        self.day.forget_before(now)

    def copy(self) -> "History":
        """Give one for a virtual run."""
        other = History()
        other.last_at = self.last_at
        other.hour = Window(HOUR, self.hour.entries)
        other.day = Window(DAY, self.day.entries)
        return other


def _with(window: Window, usage: Usage) -> Window:
    entries = sorted((*window.entries, usage), key=lambda one: one.at)
    return Window(window.span, entries)
