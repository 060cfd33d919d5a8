"""What is learnt at a time, and from what: a figure, and a reply with its ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.model import Limits, Usage
from bot.sending.growth import FIELDS, is_exact
from bot.sending.meanings import Reading

__all__ = (
    "COUNTED",
    "GROWN",
    "REFUSED",
    "SAID",
    "Lesson",
    "Refusal",
    "between",
    "figure",
)

SAID: Final = "said"
COUNTED: Final = "counted"
GROWN: Final = "grown"
# The key of the figure that was refused: that of the limit, and this.
REFUSED: Final = "_refused"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A figure to remember under a key; 0 means to forget it."""

    key: str
    value: int
    words: str = ""
    how: str = GROWN


@dataclass(frozen=True, slots=True)
class Refusal:
    """A quota or rate reply, and what the ledger counted when it came.

    `taken` are the recipients that were accepted just before, and aren't in the ledger
    yet. `beyond` are those of a message that was refused as a whole, after DATA; 0 when
    the very next recipient was too many.
    """

    reading: Reading
    words: str
    taken: int
    hour: Usage
    day: Usage
    beyond: int = 0

    @property
    def at(self) -> datetime:
        """When the reply came."""
        return self.hour.at


def figure(limits: Limits, key: str) -> int:
    """Give the limit in force; 0 where there is none."""
    return int(getattr(limits, FIELDS[key])) if key in FIELDS else 0


def between(key: str, value: int, refused: int, words: str) -> tuple[Lesson, Lesson]:
    """Remember a figure that passed and a larger one that did not."""
    if is_exact(value, refused):
        return Lesson(key, value, words, COUNTED), Lesson(key + REFUSED, 0)
    return Lesson(key, value, words), Lesson(key + REFUSED, refused, words, COUNTED)
