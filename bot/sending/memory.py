"""What learning has to remember from one batch to the next, as a line of JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from bot.sending.shares import Shares

__all__ = ("Memory", "read_memory", "written")

_NUMBERS: Final = ("clean", "strikes", "kept", "probes", "level")
_TIMES: Final = ("refused_at", "full_at", "paced_at")
_COUNTS: Final = ("undo", "served")
# Larger numbers are nobody's.
_MOST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Memory:
    """What happened since; a new instance remembers nothing.

    Losing some of it in a crash costs a few batches of growth, never a mail.
    """

    clean: int = 0  # full batches since the recipients a message grew
    strikes: int = 0  # quota replies without an accepted batch between them
    refused_at: datetime | None = None  # the last quota reply
    full_at: datetime | None = None  # the last rate reply
    accepted: int = 0  # recipients since then; below 0 what is told twice
    kept: int = 0  # the highest pace at which nothing was refused for a while
    probes: int = 0  # how often a pace was refused
    paced_at: datetime | None = None  # when the pace was last changed
    # What the limits were before the last reply, which may have been misread.
    undo: Mapping[str, int] = field(default_factory=dict)
    level: int = 0  # see `Shares`
    served: Mapping[str, int] = field(default_factory=dict)

    def healed(self, now: datetime) -> "Memory":
        """Forget moments that are still to come: the clock was ahead when they were."""
        times = (self.refused_at, self.full_at, self.paced_at)
        past = [at if at is not None and at <= now else None for at in times]
        return replace(self, refused_at=past[0], full_at=past[1], paced_at=past[2])

    def shares(self) -> Shares:
        """Give who has had how much."""
        return Shares(self.level, {int(key): n for key, n in self.served.items()})


def written(memory: Memory) -> str:
    """Write a memory as JSON."""
    content: dict[str, object] = {key: getattr(memory, key) for key in _NUMBERS}
    content["accepted"] = memory.accepted
    content |= {key: dict(getattr(memory, key)) for key in _COUNTS}
    for key in _TIMES:
        at = getattr(memory, key)
        content[key] = at.isoformat() if at else None
    return json.dumps(content, sort_keys=True)


def read_memory(text: str) -> Memory:
    """Read a memory; anything that isn't one is an empty one."""
    try:
        return _read(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Memory()


def _read(content: Mapping[str, Any]) -> Memory:
    fields: dict[str, Any] = {key: _count(content[key]) for key in _NUMBERS}
    fields["accepted"] = _number(content["accepted"])
    for key in _COUNTS:
        fields[key] = {str(name): _count(n) for name, n in content[key].items()}
    for key in _TIMES:
        at = content[key]
        fields[key] = _aware(at) if at is not None else None
    memory = Memory(**fields)
    memory.shares()
    return memory


def _number(value: object) -> int:
    if type(value) is not int or abs(value) > _MOST:
        raise ValueError("not a number of ours")
    return value


def _count(value: object) -> int:
    number = _number(value)
    if number < 0:
        raise ValueError("not a count")
    return number


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at
