"""Numbers, dates and plurals as people write them, in French and English.

These are the filters of the templates. A value that is text already is shown as
it stands, so that facts may come from anywhere. French puts a no-break space
before : ; ! ? and in numbers; `U+00A0` since some mail clients lack the narrow one.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ("Words",)

_NBSP: Final = "\u00a0"
_KILO: Final = 1_024
_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_EXCERPT_LINES: Final = 40
_LINE_MAX: Final = 500

_DAYS: Final = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": (
        *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
        *("Saturday", "Sunday"),
    ),
}
_MONTHS: Final = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
        *("août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
}
_UNITS: Final = {"fr": ("Ko", "Mo", "Go"), "en": ("KB", "MB", "GB")}
_SPANS: Final = {
    "fr": (("jour", "jours"), ("heure", "heures"), ("minute", "minutes")),
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes")),
}


def _read(value: object) -> object:
    """Read a moment that comes as ISO 8601 text; give anything else back."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


class Words:
    """The filters of one language and time zone."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self._french = language == "fr"
        self._language = language
        self._zone = zone

    def number(self, value: object) -> str:
        """Write 27557 as « 27 557 » or 27,557."""
        if isinstance(value, str) and not re.fullmatch(r"\d+", value):
            return value
        grouped = f"{int(str(value)):,}"
        return grouped.replace(",", _NBSP) if self._french else grouped

    def count(self, value: object, one: str, many: str) -> str:
        """Write a number with its noun; in French 0 is singular."""
        return f"{self.number(value)}{_NBSP}{self.plural(value, one, many)}"

    def plural(self, value: object, one: str, many: str) -> str:
        """Choose between two forms; `value` is a number or a collection."""
        number = len(value) if isinstance(value, (tuple, list)) else int(str(value))
        return one if number == 1 or (self._french and number == 0) else many

    def when(self, value: object) -> str:
        """Write a moment: « mardi 24 novembre 2026 à 14 h 05 »."""
        value = _read(value)
        if not isinstance(value, datetime):
            return self.day(value)
        at = " à " if self._french else " at "
        return f"{self.day(value)}{at}{self.clock(value)}"

    def day(self, value: object) -> str:
        """Write a day: « mardi 24 novembre 2026 »."""
        value = self._day(value)
        if not isinstance(value, date):
            return str(value)
        weekday = _DAYS[self._language][value.weekday()]
        return f"{weekday} {self.day_month(value)} {value.year}"

    def day_month(self, value: object) -> str:
        """Write a day of this year: « 24 novembre »."""
        value = self._day(value)
        if not isinstance(value, date):
            return str(value)
        month = _MONTHS[self._language][value.month - 1]
        number = "1er" if self._french and value.day == 1 else str(value.day)
        return f"{number}{_NBSP}{month}"

    def _day(self, value: object) -> object:
        value = _read(value)
        return self._local(value).date() if isinstance(value, datetime) else value

    def clock(self, value: object) -> str:
        """Write a time of day: « 14 h 05 »."""
        value = _read(value)
        if not isinstance(value, datetime):
            return str(value)
        local = self._local(value)
        if self._french:
            return f"{local.hour}{_NBSP}h{_NBSP}{local.minute:02}"
        return f"{local.hour}:{local.minute:02}"

    def _local(self, value: datetime) -> datetime:
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(self._zone)

    def size(self, value: object) -> str:
        """Write bytes: « 1,2 Mo »."""
        if isinstance(value, str) and not re.fullmatch(r"\d+", value):
            return value
        amount = int(str(value)) / _KILO
        for unit in _UNITS[self._language]:
            if amount < _KILO or unit in {"Go", "GB"}:
                break
            amount /= _KILO
        text = f"{amount:.1f}".removesuffix(".0") if amount < 10 else f"{amount:.0f}"  # noqa: PLR2004 - two digits say enough
        text = text.replace(".", ",") if self._french else text
        return f"{text}{_NBSP}{unit}"

    def duration(self, value: object) -> str:
        """Write a span of seconds in its two largest units, a minute at least."""
        if isinstance(value, str):
            return value
        seconds = value.total_seconds() if isinstance(value, timedelta) else value
        left = max(int(float(str(seconds))), _MINUTE)
        found = []
        for length, (one, many) in zip(
            (_DAY, _HOUR, _MINUTE), _SPANS[self._language], strict=True
        ):
            number, left = divmod(left, length)
            if number:
                found.append(self.count(number, one, many))
        return (" et " if self._french else " and ").join(found[:2])

    def names(self, values: object, last_by: str = "") -> str:
        """Join names: « Anne, Paul et Zoé »; `last_by` replaces the last « et »."""
        if not isinstance(values, (tuple, list)):
            return str(values)
        *firsts, last = [str(value) for value in values] or [""]
        both = f" {last_by or ('et' if self._french else 'and')} "
        return both.join([", ".join(firsts), last]) if firsts else last

    def quoted(self, text: object) -> str:
        """Put somebody's words apart, at most 40 lines of them."""
        lines = str(text).strip("\r\n").splitlines()
        shown = [f"| {line[:_LINE_MAX]}".rstrip() for line in lines[:_EXCERPT_LINES]]
        return "\n".join([*shown, *(["| …"] if len(lines) > _EXCERPT_LINES else [])])

    def filters(self) -> Mapping[str, object]:
        """Name the filters as templates do."""
        shared = ("clock", "count", "day", "day_month", "duration", "names")
        more = ("number", "plural", "quoted", "size", "when")
        return {name: getattr(self, name) for name in (*shared, *more)}
