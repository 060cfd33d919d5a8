"""Days as people write them: 2026-12-24, 24/12/2026, 24/12, 24 décembre, 15 jours.

A day without a year is the next one that isn't over. Nothing that somebody writes
makes this raise.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from bot.folding import fold

__all__: Final = ("read_day",)

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january",
            "fevrier fev feb february",
            "mars mar march",
            "avril avr apr april",
            "mai may",
            "juin jun june",
            "juillet juil jul july",
            "aout aou aug august",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "decembre dec december",
        ),
        1,
    )
    for name in names.split()
}
_DAYS: Final = {
    "jour": 1,
    "jours": 1,
    "day": 1,
    "days": 1,
    "semaine": 7,
    "semaines": 7,
    "week": 7,
    "weeks": 7,
}
# « jusqu'au », "until the", « pendant ».
_LEADS: Final = re.compile(
    r"^(?:(?:jusqu'(?:au|a|en)|jusque|au|a|le|du|until|till|to|the|pendant|pour|for"
    r"|durant|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\s+)+"
)
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?")
_WORDS: Final = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)?\s+([a-z]+)\.?(?:\s+(\d{4}))?")
_ENGLISH: Final = re.compile(
    r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(\d{4}))?"
)
_SPAN: Final = re.compile(r"(\d{1,3})\s+([a-z]+)")
_SPAN_MAX: Final = 1100
_CENTURY: Final = 2000
_SHORT_YEAR: Final = 100


def read_day(words: Sequence[str], today: date) -> date | None:
    """Read a day; None where the words are none.

    Args:
        words: « jusqu'au 24 décembre » and the like, whole.
        today: where the people are.
    """
    text = _LEADS.sub("", f"{fold(' '.join(words))} ").strip()
    if match := _ISO.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMBERS.fullmatch(text):
        return _dated(match[3], int(match[2]), int(match[1]), today)
    if (match := _SPAN.fullmatch(text)) and match[2] in _DAYS:
        days = int(match[1]) * _DAYS[match[2]]
        return today + timedelta(days=days) if days <= _SPAN_MAX else None
    if (match := _WORDS.fullmatch(text)) and match[2] in _MONTHS:
        return _dated(match[3], _MONTHS[match[2]], int(match[1]), today)
    if (match := _ENGLISH.fullmatch(text)) and match[1] in _MONTHS:
        return _dated(match[3], _MONTHS[match[1]], int(match[2]), today)
    return None


def _dated(year: str | None, month: int, day: int, today: date) -> date | None:
    if year:
        number = int(year)
        return _day(number + (_CENTURY if number < _SHORT_YEAR else 0), month, day)
    found = _day(today.year, month, day)
    if found is not None and found < today:
        return _day(today.year + 1, month, day)
    return found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
