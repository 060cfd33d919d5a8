"""How what is only a guess grows: carefully, and never above what was refused.

A limit that nobody has told starts low. Once it has been used up, and nothing but a
few mails has left for a while, and no refusal came, it is doubled. Where a figure
has been refused, it goes half the way, until the rest isn't worth a refusal.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot.model import Limits

__all__ = (
    "CLEAN_BATCHES",
    "CLEAN_PAUSE",
    "FIELDS",
    "LARGEST",
    "MESSAGE",
    "PACE",
    "grown",
    "is_exact",
    "larger_message",
    "nearer",
    "with_figures",
)

MESSAGE: Final = "recipients_per_message"
PACE: Final = "pace_per_hour"
# What is learnt, and the field of `Limits` that it fills.
FIELDS: Final[Mapping[str, str]] = {
    MESSAGE: MESSAGE,
    "recipients_per_hour": "recipients_per_hour",
    "recipients_per_day": "recipients_per_day",
    "messages_per_hour": "messages_per_hour",
    "messages_per_day": "messages_per_day",
    PACE: "pace",
}
# A used-up guess is tried further after so long. Shorter pauses gain little even
# where nothing is limited; longer ones cost a tenth of a day at large providers.
CLEAN_PAUSE: Final = timedelta(minutes=15)
# Recipients a message grow by half after so many full batches, up to so many:
# a server must take a hundred (RFC 5321 §4.5.3.1.8), and few take more.
CLEAN_BATCHES: Final = 10
_MESSAGE_MOST: Final = 100
# Larger figures are as good as no limit.
LARGEST: Final = 1_000_000
# What lies between the figure that passed and the one that was refused is looked
# into until it is less than this share: each look costs a refusal and an hour.
_WORTH_KNOWING: Final = 0.03


def grown(value: int, refused: int) -> int:
    """Give the next figure to try; `refused` is 0 where nothing was refused.

    It is `value` itself where there is no more to try.
    """
    if refused:
        return value if is_exact(value, refused) else nearer(value, refused)
    return max(value, min(2 * value, LARGEST))


def nearer(value: int, refused: int) -> int:
    """Go half the way to a figure that was refused."""
    return max(value, min((value + refused) // 2, refused - 1))


def is_exact(value: int, refused: int) -> bool:
    """Whether the rest up to the figure that was refused isn't worth a refusal."""
    return refused - value <= max(1, value * _WORTH_KNOWING)


def larger_message(value: int) -> int:
    """Give the recipients a message after enough full batches."""
    return max(value, min(value * 3 // 2, _MESSAGE_MOST))


def with_figures(limits: Limits, figures: Mapping[str, int]) -> Limits:
    """Give limits with some figures replaced, by the keys they are learnt under."""
    fields: dict[str, Any] = {FIELDS[key]: value for key, value in figures.items()}
    return replace(limits, **fields)
