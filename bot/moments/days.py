"""Days as people write them: 2026-12-24, 24/12/2026, 24 décembre, 15 jours, demain.

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
_MONTH: Final = frozenset({"mois", "month", "months"})
_NUMBERS_IN_WORDS: Final = {
    word: number
    for number, words in enumerate(
        ("un une a an one", "deux two", "trois three", "quatre four", "cinq five"), 1
    )
    for word in words.split()
}
_NEAR: Final = {"aujourd'hui": 0, "today": 0, "demain": 1, "tomorrow": 1}
# « jusqu'au », "until the", « pendant ».
_LEADS: Final = re.compile(
    r"^(?:(?:jusqu'(?:au|a|en)|jusque|au|a(?= \d)|le|du|until|till|to|the|pendant|pour"
    r"|for|durant|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)[\s,]+)+"
)
_TRAILS: Final = re.compile(r"[\s,]+\(?(?:inclus|compris|included|inclusive)\)?$")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?")
_WORDS: Final = re.compile(
    r"(\d{1,2})(?:er|st|nd|rd|th)?\s+(?:of\s+)?([a-z]+)\.?(?:\s+(\d{4}))?"
)
_ENGLISH: Final = re.compile(
    r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(\d{4}))?"
)
_SPAN: Final = re.compile(r"(\d{1,3}|[a-z]+)\s+([a-z]+)")
_SPAN_MAX: Final = 1100
_CENTURY: Final = 2000
_SHORT_YEAR: Final = 100
# 29 February comes back within eight years.
_YEARS_MAX: Final = 8


def read_day(words: Sequence[str], today: date) -> date | None:
    """Read a day; None where the words are none.

    Args:
        words: « jusqu'au 24 décembre » and the like, whole.
        today: where the people are.
    """
    text = _LEADS.sub("", f"{fold(' '.join(words))} ").strip()
    text = _TRAILS.sub("", text)
    if text in _NEAR:
        return _later(today, _NEAR[text])
    if match := _ISO.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMBERS.fullmatch(text):
        return _dated(match[4], int(match[3]), int(match[1]), today)
    if (match := _SPAN.fullmatch(text)) and (span := _span(match[1], match[2], today)):
        return span
    return _in_words(text, today)


def _in_words(text: str, today: date) -> date | None:
    """Read « 24 décembre 2026 » or "December 24"."""
    if (match := _WORDS.fullmatch(text)) and match[2] in _MONTHS:
        return _dated(match[3], _MONTHS[match[2]], int(match[1]), today)
    if (match := _ENGLISH.fullmatch(text)) and match[1] in _MONTHS:
        return _dated(match[3], _MONTHS[match[1]], int(match[2]), today)
    return None


def _span(number: str, unit: str, today: date) -> date | None:
    """Read « 15 jours », « deux semaines », "a month"; None where it is none."""
    count = int(number) if number.isdigit() else _NUMBERS_IN_WORDS.get(number, 0)
    if not count:
        return None
    if unit in _MONTH:
        return _months_later(today, count)
    days = count * _DAYS.get(unit, 0)
    return _later(today, days) if 0 < days <= _SPAN_MAX else None


def _months_later(today: date, count: int) -> date | None:
    """Give the same day of a later month, or that month's last."""
    if count * 30 > _SPAN_MAX:
        return None
    years, month = divmod(today.month - 1 + count, 12)
    days = (today.day - less for less in range(4))
    found = (_day(today.year + years, month + 1, day) for day in days)
    return next((one for one in found if one is not None), None)


def _later(today: date, days: int) -> date | None:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None


def _dated(year: str | None, month: int, day: int, today: date) -> date | None:
    if year:
        number = int(year)
        return _day(number + (_CENTURY if number < _SHORT_YEAR else 0), month, day)
    years = range(today.year, today.year + _YEARS_MAX + 1)
    found = (_day(one, month, day) for one in years)
    return next((one for one in found if one is not None and one >= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
