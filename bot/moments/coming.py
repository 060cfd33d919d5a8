"""Days to come, as people name them: lundi, demain, jeudi prochain, dans 3 jours."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from bot.moments.days import read_day

__all__: Final = ("NAMES", "Asked", "count_of", "read_coming", "without_leads")

_LAST_HOUR: Final = 24
_MINUTES: Final = 60
_WEEK: Final = 7
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "lundi monday mon",
            "mardi tuesday tue",
            "mercredi wednesday wed",
            "jeudi thursday thu",
            "vendredi friday fri",
            "samedi saturday sat",
            "dimanche sunday sun",
        )
    )
    for name in names.split()
}
NAMES: Final = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
_LEADS: Final = re.compile(
    r"^(?:(?:le|la|les|a|au|pour|pour le|des|on|at|for|the|from|by|d'ici|ce|cet|this"
    r"|c'est|vers)\s+|@\s*)+"
)
_NEAR: Final = {
    "aujourd'hui": 0,
    "today": 0,
    "demain": 1,
    "tomorrow": 1,
    "apres-demain": 2,
    "apres demain": 2,
    "after tomorrow": 2,
    "day after tomorrow": 2,
    "the day after tomorrow": 2,
}
_COMING: Final = r"prochaine?|suivante?|qui vient|next"
_WEEKDAY: Final = re.compile(
    rf"(?P<next>next |prochain )?(?P<name>{NAMES})\.?(?P<after> (?:{_COMING}))?"
    r"(?P<week> en huit)?"
)
_DATED: Final = re.compile(rf"(?P<name>{NAMES})\.?\s+(?:le |the )?(?P<date>.*\d.*)")
_COUNTS: Final = {
    name: number
    for number, names in enumerate(
        ("un une a an one", "deux two", "trois three", "quatre four", "cinq five"), 1
    )
    for name in names.split()
} | {"six": 6, "sept": 7, "seven": 7, "huit": 8, "eight": 8, "dix": 10, "ten": 10}
_IN_DAYS: Final = re.compile(
    r"(?:dans|in)\s(?P<count>\d{1,3}|[a-z]+)\s?(?P<unit>jours?|days?|j|semaines?|weeks?)"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks at `now`, in a time zone."""

    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        """Give the day where they are."""
        return self.now.astimezone(self.zone).date()

    def at(self, day: date, minutes: int) -> datetime:
        """Give a local time of a day, in UTC; in the gap of spring an hour later."""
        days, rest = divmod(minutes, _LAST_HOUR * _MINUTES)
        local = datetime.combine(
            day + timedelta(days=days), time(*divmod(rest, _MINUTES)), self.zone
        )
        return local.astimezone(UTC)


def count_of(word: str) -> int:
    """Read a number in digits or words; 0 where it is none."""
    return int(word) if word.isdigit() else _COUNTS.get(word, 0)


def without_leads(text: str) -> str:
    """Take « le », « pour », "on" off the start of a folded text."""
    return _LEADS.sub("", f"{text} ").strip()


def read_coming(text: str, asked: Asked, minutes: int) -> date | None:
    """Read a folded text that names a day, as a whole; None where it names none.

    `minutes` since midnight say whether today's hour is still to come.
    """
    bare = without_leads(text)
    readers: tuple[Callable[[str, Asked, int], date | None], ...]
    readers = (_near, _weekday, _in_days, _dated)
    found = (read(bare, asked, minutes) for read in readers)
    return next((one for one in found if one is not None), None)


def _near(text: str, asked: Asked, _minutes: int) -> date | None:
    days = _NEAR.get(text)
    return None if days is None else asked.today + timedelta(days=days)


def _weekday(text: str, asked: Asked, minutes: int) -> date | None:
    match = _WEEKDAY.fullmatch(text)
    if match is None:
        return None
    days = (_WEEKDAYS[match["name"]] - asked.today.weekday()) % _WEEK
    later = bool(match["next"] or match["after"] or match["week"])
    over = asked.at(asked.today, minutes) <= asked.now
    if days == 0 and (later or over):
        days = _WEEK
    if match["week"] and days < _WEEK:
        days += _WEEK
    return asked.today + timedelta(days=days)


def _in_days(text: str, asked: Asked, _minutes: int) -> date | None:
    match = _IN_DAYS.fullmatch(text)
    count = count_of(match["count"]) if match else 0
    if match is None or not count:
        return None
    weeks = match["unit"].startswith(("semaine", "week"))
    return asked.today + timedelta(days=count * (_WEEK if weeks else 1))


def _dated(text: str, asked: Asked, _minutes: int) -> date | None:
    """Read a date; a weekday beside it has to be the right one."""
    match = _DATED.fullmatch(text)
    day = match["date"] if match else text
    if not re.search(r"\d", day) or _SPAN.search(day):
        return None
    found = read_day(day.split(), asked.today)
    if found and match and found.weekday() != _WEEKDAYS[match["name"]]:
        return None
    return found


# `read_day` takes « 15 jours » for a span.
_SPAN: Final = re.compile(r"\b(?:jours?|days?|semaines?|weeks?|mois|months?)\b")
