"""The kinds of value that a key may have.

Each kind says what is right as an `Expected`: the words that follow "expected" in
a complaint. A validator's ValueError goes on after the value: `is no address, …`.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, Strict

from bot import address as addresses
from bot.address import Address
from bot.errors import ParseError

__all__ = (
    "AddressValue",
    "Addresses",
    "Count",
    "Days",
    "Expected",
    "Flag",
    "FolderName",
    "HostName",
    "Line",
    "PathValue",
    "Port",
    "QuietHours",
    "Seconds",
    "Share",
    "SheetEvery",
    "Size",
    "Text",
    "WrongTypeError",
    "ZoneValue",
    "did_you_mean",
)

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_TIME = re.compile(r"(\d{1,2}):(\d\d)")


@dataclass(frozen=True, slots=True)
class Expected:
    """What would be right, for people: "a number from 1 to 65535"."""

    words: str


class WrongTypeError(ValueError):
    """A value of another type than the key has."""


def did_you_mean(word: str, known: Iterable[str], shown: str = '"{}"') -> str:
    """Give `; did you mean "…"?`, or nothing when no known word is near."""
    by_lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {shown.format(by_lower[near[0]])}?" if near else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise WrongTypeError
    return value


def _line(value: object) -> str:
    text = _text(value)
    if _CONTROLS.search(text):
        raise ValueError("has a line break or control character, expected one line")
    return text


def _address(value: object) -> Address:
    try:
        return addresses.parse(_text(value))
    except ParseError as error:
        reason = str(error).removeprefix(repr(value)).strip()
        if "expected" not in reason:
            reason += ", expected name@domain"
        raise ValueError(reason) from error


def _host(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[\w.:-]+", text):
        raise ValueError('is no host name, expected one as in "mail.example.org"')
    return text


def _folder(value: object) -> str:
    text = _line(value)
    if not text.strip() or re.search(r'[*%"\\]', text):
        raise ValueError('is no folder name, expected one without * % " \\')
    return text


def _zone(value: object) -> ZoneInfo:
    text = _text(value)
    known = available_timezones()
    if text not in known:
        hint = did_you_mean(text, known)
        raise ValueError(f'is no time zone, expected one as in "Europe/Paris"{hint}')
    return ZoneInfo(text)


def _path(value: object) -> Path:
    text = _line(value)
    if not text:
        raise ValueError("is empty, expected the path of a file or folder")
    return Path(text)


def _time(text: str) -> str:
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError
    return f"{time(int(found[1]), int(found[2])):%H:%M}"


def _quiet_hours(value: object) -> str:
    text = _text(value)
    if not text.strip():
        return ""
    start, _, end = text.partition("-")
    try:
        span = _time(start), _time(end)
    except ValueError:
        raise ValueError(
            'is no span of hours, expected one as in "22:00-07:00", or "" for none'
        ) from None
    if span[0] == span[1]:
        raise ValueError('ends when it begins, expected two times, or "" for none')
    return "-".join(span)


def _sheet_every(value: object) -> str:
    text = _text(value).lower()
    if not text.strip():
        return ""
    day, _, hour = text.strip().partition(" ")
    try:
        at = _time(hour)
    except ValueError:
        at = ""
    if not at or day not in _DAYS:
        raise ValueError(
            "is no day and time, expected one as in "
            f'"mon 09:00" ({", ".join(_DAYS)}), or "" for none'
        )
    return f"{day} {at}"


_HTEXT: Final = 'text in quotes, as in "…"'

Text = Annotated[str, Strict(), Expected(_HTEXT)]
Line = Annotated[str, BeforeValidator(_line), Expected(_HTEXT)]
Flag = Annotated[bool, Strict(), Expected("true or false")]
AddressValue = Annotated[
    Address, BeforeValidator(_address), Expected('an address, as in "name@example.org"')
]
Addresses = Annotated[
    tuple[AddressValue, ...],
    Expected('a list of addresses, as in ["name@example.org"]'),
]
HostName = Annotated[str, BeforeValidator(_host), Expected(_HTEXT)]
FolderName = Annotated[str, BeforeValidator(_folder), Expected(_HTEXT)]
ZoneValue = Annotated[
    ZoneInfo, BeforeValidator(_zone), Expected('a time zone, as in "Europe/Paris"')
]
PathValue = Annotated[
    Path, BeforeValidator(_path), Expected('a path in quotes, as in "/var/lib/x"')
]
Port = Annotated[
    int, Strict(), Field(ge=1, le=65535), Expected("a number from 1 to 65535")
]
Size = Annotated[
    int, Strict(), Field(ge=1000), Expected("a number of bytes, 1000 or more")
]
Count = Annotated[int, Strict(), Field(ge=1), Expected("a whole number, 1 or more")]
Days = Annotated[
    int, Strict(), Field(ge=1, le=365), Expected("a number of days from 1 to 365")
]
Seconds = Annotated[
    float, Strict(), Field(gt=0, le=86400), Expected("seconds, more than 0, to 86400")
]
Share = Annotated[
    float, Strict(), Field(ge=0, lt=1), Expected("a share from 0 to less than 1")
]
QuietHours = Annotated[
    str, BeforeValidator(_quiet_hours), Expected('text as in "22:00-07:00", or ""')
]
SheetEvery = Annotated[
    str, BeforeValidator(_sheet_every), Expected('text as in "mon 09:00", or ""')
]
