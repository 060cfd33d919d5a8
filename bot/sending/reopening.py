"""When a server says that it opens again: a time, or a delay, in its words.

Only what is plain is read, and only a time within the next two days is believed.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = ("reopens_at",)

_LONGEST: Final = timedelta(days=2)

_UNTIL = re.compile(
    r"\b(?:till|until|not before|after|jusqu'?[àa]u?|bis|hasta|fino a(?:lle)?)\b"
    r"\s*:?\s*(?P<time>.{5,60})",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?"
    r"(?: ?(?:Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?"
)
_MAIL_DATE = re.compile(
    r"\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)?(?: (?:[+-]\d{4}|GMT|UTC))?"
)
_ASCTIME = re.compile(
    r"(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d)"
    r"(?: (?:UTC|GMT))? (?P<year>\d{4})"
)
_EPOCH = re.compile(r"\b(\d{10})(\d{3})?\b")
_DELAY = re.compile(
    r"\b(?:try|retry|again|wait|r[ée]essay\w*|attend\w*|patient\w*|erneut|warten"
    r"|riprova\w*|attendere|intent\w*|espere?)\b[^.;]{0,30}?"
    r"\b(?P<number>\d{1,5}) ?(?P<unit>std|stunde|s|m|h|or[ae]\b)\w*",
    re.IGNORECASE,
)
_SECONDS: Final = {"s": 1, "m": 60}
_HOUR: Final = 3600


def reopens_at(until: str, words: str, now: datetime) -> datetime | None:
    """Read when the server takes mail again.

    Args:
        until: what the table of replies found to be the time, or nothing.
        words: the whole reply.
        now: what a delay counts from.
    """
    found = _time(until) if until else None
    if found is None:
        said = _UNTIL.search(words)
        found = _time(said["time"]) if said else None
    if found is None:
        found = _after_delay(words, now)
    if found is None or not now < found <= now + _LONGEST:
        return None
    return found


def _time(text: str) -> datetime | None:
    for read in (_iso, _mail_date, _asctime, _epoch):
        try:
            found = read(text)
        except (ValueError, OverflowError, OSError):
            continue
        if found is not None:
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _iso(text: str) -> datetime | None:
    found = _ISO.search(text)
    if found is None:
        return None
    plain = re.sub(r" ?(?:Z|UTC|GMT)$", "+00:00", found[0])
    return datetime.fromisoformat(re.sub(r" (?=[+-]\d\d:?\d\d$)", "", plain))


def _mail_date(text: str) -> datetime | None:
    found = _MAIL_DATE.search(text)
    return parsedate_to_datetime(found[0]) if found else None


def _asctime(text: str) -> datetime | None:
    found = _ASCTIME.search(text)
    if found is None:
        return None
    return parsedate_to_datetime(
        "{day} {month} {year} {time}".format(**found.groupdict())
    )


def _epoch(text: str) -> datetime | None:
    found = _EPOCH.search(text)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def _after_delay(words: str, now: datetime) -> datetime | None:
    found = _DELAY.search(words)
    if found is None:
        return None
    seconds = int(found["number"]) * _SECONDS.get(found["unit"].lower(), _HOUR)
    return now + timedelta(seconds=seconds)
