"""Moments as people write them: demain 8h, jeudi 18h30, tomorrow 8am, dans 2 heures.

A text is a moment as a whole or not at all. A weekday is the next one, today
included while the hour is still to come; « prochain » leaves today out. An hour
without a day is today's, or tomorrow's where it is over. A day without an hour
means the morning. Nothing that somebody writes makes this raise.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from bot.folding import fold
from bot.moments.coming import NAMES, Asked, count_of, read_coming, without_leads

__all__: Final = ("Moment", "looks_timed", "read_moment")

# What stands for an hour; midnight is the end of the day that is named.
_PARTS: Final = {
    "matin": 8,
    "matinee": 8,
    "morning": 8,
    "midi": 12,
    "noon": 12,
    "midday": 12,
    "apres-midi": 14,
    "afternoon": 14,
    "soir": 18,
    "soiree": 18,
    "evening": 18,
    "minuit": 24,
    "midnight": 24,
}
_HALF_DAYS: Final = (
    "matin|matinee|morning|apres-midi|afternoon|soir|soiree|evening|nuit|night"
)
_MORNING: Final = frozenset({"matin", "matinee", "morning"})
_CLOCK: Final = (
    r"(?P<hour>\d{1,2})\s?(?:"
    r"(?:heures?|hrs?|h)(?:\s?(?P<min>\d{2})(?:\s?(?:min|mn))?"
    r"|\s?(?P<more>et demie?|et quart))?"
    r"|:(?P<minute>\d{2})(?::\d{2})?(?:\s?(?P<half>[ap])\.?m\.?)?"
    r"|(?P<meridian>[ap])\.?m\.?"
    r"|o'clock"
    r")(?:\s(?:du|de l'|le|dans l'|in the|at)\s?(?P<of>" + _HALF_DAYS + r"))?"
    r"(?:\s(?:precises?|pile|sharp))?"
)
_PART: Final = (
    r"(?:(?:dans |in )?(?:en |la |le |l'|the |this |ce |cet |cette )?)?"
    r"(?P<part>" + "|".join(_PARTS) + r")"
)
_LINK: Final = r"\s*(?:\b(?:a|at|vers|around|des|from|pour|for)\b|@|-)?\s*"
_DAY_CLOCK: Final = re.compile(rf"(?P<day>.*?){_LINK}(?<![\d:/.-]){_CLOCK}")
_CLOCK_DAY: Final = re.compile(rf"{_CLOCK}(?:\s(?:on|le|the))?\s(?P<day>.+)")
_DAY_PART: Final = re.compile(rf"(?P<day>.*?){_LINK}\b{_PART}")
_ISO: Final = re.compile(
    r"(\d{4}-\d{1,2}-\d{1,2})[t\s]\s*(\d{1,2}:\d{2})(?::\d{2})?(?:\.\d+)?"
)
_THIS: Final = re.compile(rf"^(?:ce|cet|cette|this) (?=(?:{_HALF_DAYS})\b)")
_NOW: Final = frozenset(
    {"maintenant", "now", "tout de suite", "immediatement", "immediately", "right now"}
)
_IN_HOURS: Final = re.compile(
    r"(?:dans|in)\s(?P<count>\d{1,3}|[a-z]+)\s?(?P<unit>minutes?|mins?|mn|heures?|hours?"
    r"|hrs?|h)(?:\s?(?P<rest>\d{2})|\s(?P<half>et demie?))?"
)
_HALF_AN_HOUR: Final = frozenset(
    {"dans une demi-heure", "dans une demi heure", "in half an hour"}
)
# Longer texts are prose.
_TEXT_MAX: Final = 80
_MORNING_AT: Final = 8
_NOON: Final = 12
_LAST_HOUR: Final = 24
_MINUTES: Final = 60
_LOOKS: Final = re.compile(
    rf"\d|\b(?:{NAMES}|demain|tomorrow|aujourd'hui|today|tonight|soir|matin|midi|noon"
    r"|morning|evening|minuit|midnight|prochaine?|next|heures?|janvier|fevrier|mars"
    r"|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)\b"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, in UTC; `exact` where both a day and an hour were said."""

    at: datetime
    exact: bool


def looks_timed(text: str) -> bool:
    """Whether a text may be meant as a moment, understood or not."""
    return bool(_LOOKS.search(fold(text[:_TEXT_MAX])))


def read_moment(text: str, now: datetime, zone: tzinfo) -> Moment | None:
    """Read a moment; None where the text is none.

    Args:
        text: the whole of what may be one.
        now: when it was written.
        zone: where its author is.
    """
    if len(text) > _TEXT_MAX:
        return None
    plain = re.sub(r"\s+", " ", fold(text).replace(",", " ")).strip()
    plain = plain.replace("apres midi", "apres-midi").replace(
        "tonight", "today evening"
    )
    asked = Asked(now, zone)
    try:
        return _read(plain, asked)
    except (OverflowError, ValueError):
        return None


def _read(text: str, asked: Asked) -> Moment | None:
    if text in _NOW:
        return Moment(asked.now, exact=False)
    later = _later(text)
    if later is not None:
        return Moment(asked.now + later, exact=False)
    text = _THIS.sub("aujourd'hui ", text)
    if match := _ISO.fullmatch(text):
        text = f"{match[1]} {match[2]}"
    bare = without_leads(text)
    readers = (_with_clock, _with_part, _day_alone)
    return next((one for one in (read(bare, asked) for read in readers) if one), None)


def _later(text: str) -> timedelta | None:
    """Read « dans 2 heures », « dans 1h30 », "in half an hour"."""
    if text in _HALF_AN_HOUR:
        return timedelta(minutes=30)
    match = _IN_HOURS.fullmatch(text)
    count = count_of(match["count"]) if match else 0
    if match is None or not count:
        return None
    unit = timedelta(minutes=1) if match["unit"][0] == "m" else timedelta(hours=1)
    if match["unit"][0] == "m" and (match["rest"] or match["half"]):
        return None
    half = unit / 2 if match["half"] else timedelta(minutes=int(match["rest"] or 0))
    return count * unit + half


def _with_clock(text: str, asked: Asked) -> Moment | None:
    """Read « jeudi à 18h30 », « 8h demain matin », « 18:00 »."""
    for pattern in (_DAY_CLOCK, _CLOCK_DAY):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        half, day = _half_of(match["day"].strip())
        minutes = _minutes(match, match["of"] or half)
        if minutes is None:
            continue
        if not day:
            return _soon(minutes, asked, said=bool(half))
        found = read_coming(day, asked, minutes)
        if found is not None:
            return Moment(asked.at(found, minutes), exact=True)
    return None


_HALF_BEFORE: Final = re.compile(
    r"(?:(?P<day>.*?)\s)?(?:ce |cet |cette |this |in the |le |l')?"
    rf"(?P<half>{_HALF_DAYS})(?:\s(?:a|at))?"
)


def _half_of(day: str) -> tuple[str, str]:
    """Take « matin » off « lundi matin »; « ce soir » is today's."""
    match = _HALF_BEFORE.fullmatch(day)
    if match is None:
        return "", day
    return match["half"], match["day"] or "aujourd'hui"


def _minutes(match: re.Match[str], half: str) -> int | None:
    """Count the minutes since midnight; None where there is no such time of day."""
    hour = int(match["hour"])
    more = {"et quart": 15, "et demi": 30, "et demie": 30}.get(match["more"] or "", 0)
    minute = int(match["min"] or match["minute"] or more)
    meridian = match["half"] or match["meridian"]
    if meridian:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if meridian == "p" else 0)
    if half in _MORNING and hour > _NOON:
        return None
    if half and half not in _MORNING and hour < _NOON:
        hour += _NOON
    if hour >= _LAST_HOUR or minute >= _MINUTES:
        return None
    return hour * _MINUTES + minute


def _soon(minutes: int, asked: Asked, *, said: bool) -> Moment:
    """Give the next such time of day; today's where the day was said."""
    at = asked.at(asked.today, minutes)
    if at <= asked.now and not said:
        at = asked.at(asked.today + timedelta(days=1), minutes)
    return Moment(at, exact=said)


def _with_part(text: str, asked: Asked) -> Moment | None:
    """Read « lundi matin », « ce soir », « demain midi », "this evening"."""
    match = _DAY_PART.fullmatch(text)
    if match is None:
        return None
    minutes = _PARTS[match["part"]] * _MINUTES
    day = match["day"].strip()
    if not day:
        return _soon(minutes, asked, said=False)
    found = read_coming(day, asked, minutes)
    return Moment(asked.at(found, minutes), exact=False) if found else None


def _day_alone(text: str, asked: Asked) -> Moment | None:
    """Read « demain », « lundi », « le 24/12 »: in the morning."""
    minutes = _MORNING_AT * _MINUTES
    found = read_coming(text, asked, minutes)
    if found is None or found == asked.today:
        return None
    return Moment(asked.at(found, minutes), exact=False)
