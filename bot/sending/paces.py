"""The pace of a leaky bucket: measured between two rate replies, then looked for.

Of a bucket that is full at both replies, what passed between them is exactly what it
lets through. Where it may have run empty it is the least; the pace at which it was
filled again is too much; the truth is looked for between the two.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.model import Limits
from bot.sending.growth import LARGEST, PACE, nearer
from bot.sending.lesson import Lesson, Refusal, between
from bot.sending.memory import Memory

__all__ = ("faster", "from_rate_reply", "is_clean")

_HOUR: Final = timedelta(hours=1)
# The time between two tries of a faster pace is doubled so often.
_PROBES_LONGER: Final = 5
# So many refusals at first may be about what left before.
_PROBES_UNSURE: Final = 2
# Between two rate replies so far apart the bucket has been empty.
_PACE_SPAN: Final = timedelta(days=1)


def is_clean(memory: Memory, limits: Limits, in_hour: int, now: datetime) -> bool:
    """Whether a pace that is a guess has been kept for long enough.

    That is an hour at first, and longer with each refusal: a large bucket hides
    for hours that it is filling up, and every refusal is a nuisance.
    """
    long_enough = _HOUR * 2 ** min(memory.probes, _PROBES_LONGER)
    return (
        PACE in limits.guesses
        and memory.paced_at is not None
        and now - memory.paced_at >= long_enough
        and in_hour * 5 >= limits.pace * 4
    )


def faster(limits: Limits) -> list[Lesson]:
    """Try a faster pace than the one that was kept."""
    refused = limits.guesses[PACE]
    if not refused:
        return [Lesson(PACE, min(-(-limits.pace * 3 // 2), LARGEST))]
    return list(between(PACE, nearer(limits.pace, refused), refused, ""))


def from_rate_reply(
    memory: Memory, limits: Limits, refusal: Refusal
) -> tuple[Memory, tuple[Lesson, ...]]:
    """Measure what a leaky bucket lets through: from full to full it is exact."""
    since, accepted = memory.full_at, memory.accepted + refusal.taken
    # What is told to be accepted later fills the bucket already.
    memory = replace(
        memory, full_at=refusal.at, accepted=-refusal.taken, paced_at=refusal.at
    )
    if since is None or accepted <= 0 or refusal.at - since > _PACE_SPAN:
        return memory, ()
    if refusal.at <= since:  # the clock was set back: nothing can be measured
        return memory, ()
    hours = (refusal.at - since) / _HOUR
    measured = max(1, min(round(accepted / hours), LARGEST))
    if not limits.pace:
        return memory, (Lesson(PACE, measured, refusal.words),)
    kept = memory.kept if memory.kept < limits.pace else 0
    memory = replace(memory, kept=kept, probes=memory.probes + 1)
    in_hour = refusal.hour.recipients + refusal.taken
    if memory.probes <= _PROBES_UNSURE and in_hour * 10 > limits.pace * 11:
        return memory, ()  # what left before posts were spread is still counted
    # While posts were spread already, it was too fast; the bucket may have been
    # empty for a time, so that what was measured is the least that it lets through.
    least = min(max(measured, kept), limits.pace * 19 // 20)
    return memory, between(PACE, max(least, 1), limits.pace, refusal.words)
