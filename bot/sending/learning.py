"""What the provider's answers teach about its limits: pure, lessons from facts.

Rules for editors:

1. A figure is `said` (in the provider's words), `counted` (what had left when it
   refused) or `grown` (nothing was refused); only what has grown grows on.
2. A reply without a number teaches what our ledger counts, which is too low where
   others use the account as well: one reply lowers a limit by half at most.
3. Nothing grows above a figure that was refused, but for a `counted` one after a
   month without a refusal: it may have been counted too low.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.model import Learnt, Limits, Usage
from bot.sending.growth import (
    CLEAN_BATCHES,
    FIELDS,
    LARGEST,
    MESSAGE,
    PACE,
    is_exact,
    larger_message,
    nearer,
)
from bot.sending.meanings import Meaning, Reading
from bot.sending.memory import Memory
from bot.sending.reopening import reopens_at

__all__ = (
    "COUNTED",
    "GROWN",
    "QUOTAS",
    "REFUSED",
    "SAID",
    "TOOK",
    "Lesson",
    "Refusal",
    "after_a_month",
    "measured",
    "on_accepted",
    "on_refusal",
)

SAID: Final = "said"
COUNTED: Final = "counted"
GROWN: Final = "grown"
# The key of the figure that was refused: that of the limit, and this.
REFUSED: Final = "_refused"
# How long one transaction takes.
TOOK: Final = "milliseconds_per_batch"
# What teaches something here.
QUOTAS: Final = frozenset({Meaning.QUOTA_HOUR, Meaning.QUOTA_DAY, Meaning.RATE})

# Fewer say little of how long one takes.
_BATCHES_MEASURED: Final = 5
_HOUR: Final = timedelta(hours=1)
_MONTH: Final = timedelta(days=30)
# How long everything waits, by the replies without a success between them.
_HOLDS: Final = (_HOUR, timedelta(hours=3), timedelta(days=1))
# The time between two tries of a faster pace is doubled so often.
_PROBES_LONGER: Final = 5
# So many refusals at first may be about what left before.
_PROBES_UNSURE: Final = 2
# Between two rate replies so far apart the bucket has been empty.
_PACE_SPAN: Final = timedelta(days=1)

_HOUR_WORDS = re.compile(
    r"hour|\bheure|\bhoraire|stunde|st[üu]ndlich|\bhoras?\b|\bor[ae]\b|orari",
    re.IGNORECASE,
)
_MESSAGE_WORDS = re.compile(
    r"\b(?:messages?|e?-?mails?|mensajes?|correos?|messaggi\w*|nachrichten|courriels?)\b",
    re.IGNORECASE,
)
_RECIPIENT_WORDS = re.compile(r"recipient|destinat|empf[äa]nger|rcpt", re.IGNORECASE)

Unit = Literal["recipients", "messages"]


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


# ------------------------------------------------------------------- accepted


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
    if _pace_is_clean(memory, limits, in_hour, now):
        memory = replace(memory, paced_at=now, kept=limits.pace)
        lessons += _faster(limits)
    return memory, tuple(lessons)


def _pace_is_clean(memory: Memory, limits: Limits, in_hour: int, now: datetime) -> bool:
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


def _faster(limits: Limits) -> list[Lesson]:
    refused = limits.guesses[PACE]
    if not refused:
        return [Lesson(PACE, min(-(-limits.pace * 3 // 2), LARGEST))]
    return list(_between(PACE, nearer(limits.pace, refused), refused, ""))


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


def measured(
    seconds_per_batch: float, batches: int, took: timedelta
) -> tuple[Lesson, ...]:
    """Remember how long a batch takes, when that is news; plans count with it."""
    if batches < _BATCHES_MEASURED:
        return ()
    now = took / batches
    known = timedelta(seconds=seconds_per_batch)
    if abs(now - known) * 20 <= known:
        return ()
    milliseconds = max(1, now // timedelta(milliseconds=1))
    return (Lesson(TOOK, milliseconds, "", COUNTED),)


# -------------------------------------------------------------------- refused


def on_refusal(
    memory: Memory, limits: Limits, refusal: Refusal
) -> tuple[Memory, tuple[Lesson, ...], datetime]:
    """Learn from a quota or rate reply, and say until when everything waits."""
    until = _holds_until(memory, refusal)
    if _is_about_pace(memory, limits, refusal):
        memory, lessons = _pace(memory, limits, refusal)
    else:
        memory, lessons = _quota(memory, limits, refusal)
        memory = replace(memory, refused_at=refusal.at)
    return replace(memory, strikes=memory.strikes + 1), lessons, until


def _is_about_pace(memory: Memory, limits: Limits, refusal: Refusal) -> bool:
    """Whether a reply is about a rate; the same again after hours of silence is not."""
    if refusal.reading.meaning is not Meaning.RATE:
        return False
    return not (memory.strikes and _is_daily(limits, refusal))


def _holds_until(memory: Memory, refusal: Refusal) -> datetime:
    reading = refusal.reading
    said = reopens_at(reading.until, refusal.words, refusal.at)
    if said is not None:
        return said
    hold = _HOLDS[min(memory.strikes, len(_HOLDS) - 1)]
    if reading.meaning is Meaning.RATE and not memory.strikes:
        hold = timedelta(seconds=reading.wait_seconds) or hold
    return refusal.at + hold


def _quota(
    memory: Memory, limits: Limits, refusal: Refusal
) -> tuple[Memory, tuple[Lesson, ...]]:
    is_daily = _is_daily(limits, refusal)
    counted, span = (refusal.day, "day") if is_daily else (refusal.hour, "hour")
    counted = _with_taken(counted, refusal.taken)
    lessons: list[Lesson] = []
    if is_daily and refusal.reading.meaning is not Meaning.QUOTA_DAY:
        lessons += [Lesson(key, value) for key, value in memory.undo.items()]
    taught = _said(limits, refusal, counted, span) or _counted(
        limits, refusal, counted, span
    )
    undo = {}
    if not is_daily and not _HOUR_WORDS.search(refusal.words):
        undo = {one.key: _guess(limits, one.key) for one in taught if one.value}
    return replace(memory, undo=undo), (*lessons, *taught)


def _with_taken(counted: Usage, taken: int) -> Usage:
    if not taken:
        return counted
    return Usage(counted.at, counted.recipients + taken, counted.messages + 1)


def _guess(limits: Limits, key: str) -> int:
    return _figure(limits, key) if key in limits.guesses else 0


def _figure(limits: Limits, key: str) -> int:
    return int(getattr(limits, FIELDS[key])) if key in FIELDS else 0


def _is_daily(limits: Limits, refusal: Refusal) -> bool:
    """Whether the quota is that of the day, whatever the table thinks.

    A reply that names no hour, while little left in this hour and much in the last
    day, can't be about the hour.
    """
    if refusal.reading.meaning is Meaning.QUOTA_DAY:
        return True
    if _HOUR_WORDS.search(refusal.words):
        return False
    hour, day = refusal.hour.recipients, refusal.day.recipients
    return 2 * hour < max(limits.recipients_per_hour, 2) and day > 2 * hour


def _said(
    limits: Limits, refusal: Refusal, counted: Usage, span: str
) -> tuple[Lesson, ...]:
    """Take the number in the words, unless it is known and was refused below."""
    number = refusal.reading.limit
    if number is None:
        return ()
    key = f"{_unit(refusal, counted, number)}_per_{span}"
    known = _figure(limits, key)
    if known and known <= number and key not in limits.guesses:
        return ()
    forget = Lesson(key + REFUSED, 0)
    return Lesson(key, min(number, LARGEST), refusal.words, SAID), forget


def _unit(refusal: Refusal, counted: Usage, number: int) -> Unit:
    """Say what a number in the words counts; words alone don't tell.

    "A limit of 200 messages" is one of recipients at most providers: it is one of
    messages where more recipients than that have passed already.
    """
    used = refusal.reading.used
    if used is not None:
        nearer_messages = abs(used - counted.messages) < abs(used - counted.recipients)
        return "messages" if nearer_messages else "recipients"
    if _RECIPIENT_WORDS.search(refusal.words):
        return "recipients"
    if 10 * counted.messages >= 9 * number and 10 * counted.recipients > 11 * number:
        return "messages"
    return "recipients" if counted.recipients <= 2 * number else "messages"


def _counted(
    limits: Limits, refusal: Refusal, counted: Usage, span: str
) -> tuple[Lesson, ...]:
    """Take what the ledger counts."""
    key, words = f"recipients_per_{span}", refusal.words
    if key in limits.guesses and _MESSAGE_WORDS.search(words):
        taught = _in_messages(limits, refusal, counted, span)
        if taught:
            return taught
    return _lowered(limits, key, counted.recipients, refusal.beyond, words)


def _in_messages(
    limits: Limits, refusal: Refusal, counted: Usage, span: str
) -> tuple[Lesson, ...]:
    """Take the words at their word: it is messages that are counted.

    Recipients stay a guess then. When fewer messages are refused later, it was
    recipients after all.
    """
    key, words = f"messages_per_{span}", refusal.words
    known = _figure(limits, key)
    if _RECIPIENT_WORDS.search(words) or not 0 < counted.messages < counted.recipients:
        return ()
    if limits.guesses[f"recipients_per_{span}"]:  # so it was recipients before
        return ()
    if known and counted.messages < known:
        forget = Lesson(key, 0)
        recipients = f"recipients_per_{span}"
        number = counted.recipients
        return (
            forget,
            *_lowered(limits, recipients, number, refusal.beyond, words),
        )
    return (
        Lesson(key, counted.messages, words, COUNTED),
        Lesson(f"recipients_per_{span}", counted.recipients, words),
    )


def _lowered(
    limits: Limits, key: str, counted: int, beyond: int, words: str
) -> tuple[Lesson, ...]:
    known = _figure(limits, key)
    if not counted:
        return ()
    if known and key not in limits.guesses:
        passed = counted if counted < known else known * 9 // 10
        lower = max(passed, known // 2, 1)
        return (Lesson(key, lower, words, COUNTED),) if lower < known else ()
    least = known // 4
    if counted < least:
        return (Lesson(key, least, words, COUNTED), Lesson(key + REFUSED, 0))
    return _between(key, min(counted, LARGEST), min(counted, LARGEST) + beyond, words)


def _between(key: str, value: int, refused: int, words: str) -> tuple[Lesson, Lesson]:
    """Remember a figure that passed and a larger one that did not."""
    if is_exact(value, refused):
        return Lesson(key, value, words, COUNTED), Lesson(key + REFUSED, 0)
    return Lesson(key, value, words), Lesson(key + REFUSED, refused, words, COUNTED)


# ----------------------------------------------------------------------- pace


def _pace(
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
    hours = (refusal.at - since) / _HOUR
    measured = max(1, min(round(accepted / hours), LARGEST)) if hours else LARGEST
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
    return memory, _between(PACE, max(least, 1), limits.pace, refusal.words)
