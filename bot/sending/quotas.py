"""What an hourly or daily quota reply teaches: the number in it, or what had left."""

import re
from dataclasses import replace
from typing import Literal

from bot.model import Limits, Usage
from bot.sending.growth import LARGEST
from bot.sending.lesson import (
    COUNTED,
    REFUSED,
    SAID,
    Lesson,
    Refusal,
    between,
    figure,
)
from bot.sending.meanings import Meaning
from bot.sending.memory import Memory

__all__ = ("from_quota_reply", "is_daily")

# No provider allows less in an hour.
_LEAST = 10

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


def from_quota_reply(
    memory: Memory, limits: Limits, refusal: Refusal
) -> tuple[Memory, tuple[Lesson, ...]]:
    """Learn the quota of the hour or of the day."""
    daily = is_daily(limits, refusal)
    counted, span = (refusal.day, "day") if daily else (refusal.hour, "hour")
    counted = _with_taken(counted, refusal.taken)
    lessons: list[Lesson] = []
    if daily and refusal.reading.meaning is not Meaning.QUOTA_DAY:
        lessons += [Lesson(key, value) for key, value in memory.undo.items()]
    taught = _said(limits, refusal, counted, span) or _counted(
        limits, refusal, counted, span
    )
    undo = {}
    if not daily and not _HOUR_WORDS.search(refusal.words):
        undo = {one.key: _guess(limits, one.key) for one in taught if one.value}
    return replace(memory, undo=undo), (*lessons, *taught)


def _with_taken(counted: Usage, taken: int) -> Usage:
    if not taken:
        return counted
    return Usage(counted.at, counted.recipients + taken, counted.messages + 1)


def _guess(limits: Limits, key: str) -> int:
    return figure(limits, key) if key in limits.guesses else 0


def is_daily(limits: Limits, refusal: Refusal) -> bool:
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
    if number is None or not _is_plausible(number, counted):
        return ()
    key = f"{_unit(refusal, counted, number)}_per_{span}"
    known = figure(limits, key)
    if known and known <= number and key not in limits.guesses:
        return ()
    forget = Lesson(key + REFUSED, 0)
    return Lesson(key, min(number, LARGEST), refusal.words, SAID), forget


def _is_plausible(number: int, counted: Usage) -> bool:
    """Whether a number in the words can be the quota that was just used up.

    One far below what has left is about something else, and would hold a committee
    up until somebody notices.
    """
    least = min(counted.messages, counted.recipients)
    return number >= _LEAST and number * 2 >= least


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
    known = figure(limits, key)
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
    known = figure(limits, key)
    if not counted:
        return ()
    if known and key not in limits.guesses:
        passed = counted if counted < known else known * 9 // 10
        lower = max(passed, known // 2, 1)
        return (Lesson(key, lower, words, COUNTED),) if lower < known else ()
    least = known // 4
    if counted < least:
        return (Lesson(key, least, words, COUNTED), Lesson(key + REFUSED, 0))
    return between(key, min(counted, LARGEST), min(counted, LARGEST) + beyond, words)
