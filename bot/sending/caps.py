"""What may leave now: a cap for each quota, in recipients or in messages.

Rules for editors:

1. `held_back` names a moment in the future, and what waits until then gets on: either
   it fits, or a guess has grown by then.
2. Only guesses grow, and only when nothing else holds the send back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.model import Limits, Priority
from bot.sending.growth import CLEAN_PAUSE, PACE, grown
from bot.sending.windows import HOUR, History, Window

__all__ = ("Cap", "Grow", "WaitUntil", "caps_of", "held_back")


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing may leave before `at`; `why` names the limit."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Grow:
    """Guesses were used up without a refusal: these figures are to be tried now."""

    figures: Mapping[str, int]


# Larger than any list.
_UNLIMITED: Final = 10**9


@dataclass(frozen=True, slots=True)
class Cap:
    """What one priority may take from one window."""

    key: str
    window: Window
    quota: int
    in_messages: bool = False

    def room(self, rider: int) -> int:
        """Count the recipients that still fit, in one message."""
        if self.in_messages:
            return _UNLIMITED if self.window.messages < self.quota else 0
        return self.quota - self.window.recipients - rider

    def over(self, recipients: int) -> int:
        """Count what a message to so many would be too much."""
        if self.in_messages:
            return self.window.messages + 1 - self.quota
        return self.window.recipients + recipients - self.quota

    def fits_at(self, recipients: int) -> datetime:
        """Say when a message to so many fits."""
        over = self.over(recipients)
        return self.window.fits_at(*((0, over) if self.in_messages else (over, 0)))

    @property
    def is_half_used(self) -> bool:
        """Whether it would soon hold something back."""
        window = self.window
        used = window.messages if self.in_messages else window.recipients
        return 2 * used >= self.quota


# A guess grows while less than a quarter of it leaves in a quarter of an hour.
_LITTLE: Final = 4
# The shares of `reserve` are floats: 0.9 * 10 must be 9.
_ROUNDING: Final = 1e-9


def caps_of(
    priority: Priority, limits: Limits, history: History, now: datetime, rider: int
) -> list[Cap]:
    """List what holds for a priority; `rider` is 1 when our own address rides along."""
    interactive = priority is Priority.INTERACTIVE
    share = 1.0 if interactive else 1.0 - limits.reserve
    of_hour, of_day = history.hour, history.day
    quotas = (
        ("recipients_per_hour", of_hour, limits.recipients_per_hour, False),
        ("recipients_per_day", of_day, limits.recipients_per_day, False),
        ("messages_per_hour", of_hour, limits.messages_per_hour, True),
        ("messages_per_day", of_day, limits.messages_per_day, True),
    )
    caps = [
        Cap(
            key,
            window,
            max(int(quota * share + _ROUNDING), 1 if in_messages else 1 + rider),
            in_messages,
        )
        for key, window, quota, in_messages in quotas
        if quota
    ]
    if limits.pace and not interactive:
        caps.append(_pace(limits, history, now, rider))
    return caps


def _pace(limits: Limits, history: History, now: datetime, rider: int) -> Cap:
    """Spread evenly: one full message in the time that it takes at this pace."""
    quota = max(1 + rider, min(limits.recipients_per_message, limits.pace))
    # The history goes back a day; a pace so slow that this matters is none.
    span = min(HOUR * quota / limits.pace, timedelta(days=1))
    return Cap(PACE, history.lately(span, now), quota)


def held_back(
    caps: list[Cap], least: int, limits: Limits, history: History, now: datetime
) -> WaitUntil | Grow:
    """Say when a message to `least` recipients fits, or which guesses may grow."""
    figures = _larger(caps, limits)
    waits = []
    for cap in caps:
        if cap.over(least) > 0:
            at = cap.fits_at(least)
            if cap.key in figures:
                at = min(at, _calm_at(cap, least, history))
            waits.append(WaitUntil(at, cap.key))
    last = max(waits, key=lambda one: one.at)
    return last if last.at > now else Grow(figures)


def _calm_at(cap: Cap, least: int, history: History) -> datetime:
    """Say when a used-up guess may grow: after a while in which little has left.

    What trickles out as old usages leave the window is little.
    """
    little = 1 if cap.in_messages else cap.quota // _LITTLE
    return history.busy_at(max(least, little)) + CLEAN_PAUSE


def _larger(caps: list[Cap], limits: Limits) -> dict[str, int]:
    """Give the figures that guesses may grow to; what is soon used up grows along."""
    figures = {
        cap.key: grown(getattr(limits, cap.key), limits.guesses[cap.key])
        for cap in caps
        if cap.key in limits.guesses and cap.key != PACE and cap.is_half_used
    }
    return {
        key: value for key, value in figures.items() if value > getattr(limits, key)
    }
