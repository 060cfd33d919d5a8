"""What the provider's answers teach about its limits: pure, lessons from facts.

Rules for editors:

1. A figure is `said` (in the provider's words), `counted` (what had left when it
   refused) or `grown` (nothing was refused); only what has grown grows on.
2. A reply without a number teaches what our ledger counts, which is too low where
   others use the account as well: one reply lowers a limit by half at most.
3. Nothing grows above a figure that was refused, but for a `counted` one after a
   month without a refusal: it may have been counted too low.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.model import Learnt, Limits
from bot.sending.growth import CLEAN_BATCHES, FIELDS, LARGEST, MESSAGE, larger_message
from bot.sending.lesson import COUNTED, Lesson, Refusal
from bot.sending.meanings import Meaning
from bot.sending.memory import Memory
from bot.sending.paces import faster, from_rate_reply, is_clean
from bot.sending.quotas import from_quota_reply, is_daily
from bot.sending.reopening import reopens_at

__all__ = (
    "QUOTAS",
    "TOOK",
    "after_a_month",
    "measured",
    "on_accepted",
    "on_refusal",
)

# What teaches something here.
QUOTAS: Final = frozenset({Meaning.QUOTA_HOUR, Meaning.QUOTA_DAY, Meaning.RATE})
# How long one transaction takes.
TOOK: Final = "milliseconds_per_batch"
# Fewer say little of how long one takes.
_BATCHES_MEASURED: Final = 5
_HOUR: Final = timedelta(hours=1)
_MONTH: Final = timedelta(days=30)
# How long everything waits, by the replies without a success between them.
_HOLDS: Final = (_HOUR, timedelta(hours=3), timedelta(days=1))


def on_accepted(
    memory: Memory, limits: Limits, recipients: int, in_hour: int, now: datetime
) -> tuple[Memory, tuple[Lesson, ...]]:
    """Take note of a batch that the provider took, our own address counted.

    `in_hour` is what left in the last hour.
    """
    memory = replace(
        memory,
        strikes=0,
        undo={},
        accepted=memory.accepted + recipients if memory.full_at else 0,
    )
    lessons = []
    size = limits.recipients_per_message
    if MESSAGE in limits.guesses and recipients >= size:
        memory = replace(memory, clean=memory.clean + 1)
        if memory.clean >= CLEAN_BATCHES:
            memory = replace(memory, clean=0)
            larger = larger_message(size)
            lessons += [Lesson(MESSAGE, larger)] if larger > size else []
    if is_clean(memory, limits, in_hour, now):
        memory = replace(memory, paced_at=now, kept=limits.pace)
        lessons += faster(limits)
    return memory, tuple(lessons)


def after_a_month(
    learnt: Iterable[Learnt], memory: Memory, now: datetime
) -> tuple[Lesson, ...]:
    """Try a tenth more of what was counted, a month after the last refusal."""
    if memory.refused_at is not None and now - memory.refused_at < _MONTH:
        return ()
    return tuple(
        Lesson(one.key, int(one.value) * 11 // 10 + 1, one.words, COUNTED)
        for one in learnt
        if one.how == COUNTED
        and one.key in FIELDS
        and one.key != MESSAGE
        and one.value.isdecimal()
        and int(one.value) < LARGEST
        and now - one.at >= _MONTH
    )


# A shorter difference matters to nobody.
_NO_NEWS: Final = timedelta(milliseconds=2)


def measured(
    seconds_per_batch: float, batches: int, took: timedelta
) -> tuple[Lesson, ...]:
    """Remember how long a batch takes, when that is news; plans count with it."""
    if batches < _BATCHES_MEASURED:
        return ()
    now = took / batches
    known = timedelta(seconds=seconds_per_batch)
    if abs(now - known) <= max(known / 20, _NO_NEWS):
        return ()
    milliseconds = max(1, now // timedelta(milliseconds=1))
    return (Lesson(TOOK, milliseconds, "", COUNTED),)


def on_refusal(
    memory: Memory, limits: Limits, refusal: Refusal
) -> tuple[Memory, tuple[Lesson, ...], datetime]:
    """Learn from a quota or rate reply, and say until when everything waits."""
    until = _holds_until(memory, refusal)
    if _is_about_pace(memory, limits, refusal):
        memory, lessons = from_rate_reply(memory, limits, refusal)
    else:
        memory, lessons = from_quota_reply(memory, limits, refusal)
        memory = replace(memory, refused_at=refusal.at)
    return replace(memory, strikes=memory.strikes + 1), lessons, until


def _is_about_pace(memory: Memory, limits: Limits, refusal: Refusal) -> bool:
    """Whether a reply is about a rate; the same again after hours of silence is not."""
    if refusal.reading.meaning is not Meaning.RATE:
        return False
    return not (memory.strikes and is_daily(limits, refusal))


def _holds_until(memory: Memory, refusal: Refusal) -> datetime:
    reading = refusal.reading
    said = reopens_at(reading.until, refusal.words, refusal.at)
    if said is not None:
        return said
    hold = _HOLDS[min(memory.strikes, len(_HOLDS) - 1)]
    if reading.meaning is Meaning.RATE and not memory.strikes:
        hold = timedelta(seconds=reading.wait_seconds) or hold
    return refusal.at + hold
