"""What one cell says: an address, a name, a phone number, groups, a language.

Everything here takes and gives plain text on one line; nothing raises.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from bot.address import Address, parse
from bot.errors import ParseError
from bot.folding import fold

__all__: Final = (
    "Found",
    "address_in",
    "groups_in",
    "is_phone",
    "language_in",
    "name_in",
    "one_line",
    "phone_in",
)

NAME_MAX: Final = 120
_PHONE_MAX = 40
_GROUPS_MAX = 30
# Far longer than an address with its name; keeps the patterns below cheap.
_CELL_MAX = 1000
# An address can't be longer (RFC 5321 §4.5.3.1.3); flanker needn't see more.
_SPEC_MAX = 320
# A cell that holds more addresses than that is prose.
_TRIES = 5
# A phone number without its area has eight digits in some countries.
_PHONE_DIGITS = 8

_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_BLANKS = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_SPEC = re.compile(r"""[^\s<>()\[\],;:"«»“”@]+@[^\s<>()\[\],;:"«»“”]+""")
_AROUND_SPEC = "'\u2018\u2019.*`"
_AROUND_NAME = " \t<>«»“”\"',;:.*•-\u2013\u2014"
# Where an address stood.
_HOLLOW = re.compile(r"<\s*>|\(\s*\)")
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
# Our export and Excel put ' before what would be a formula; some put ="…".
_DEFUSED = re.compile(r"(^|[;,]\s*)'(?=[=+\-@])")
_AS_TEXT = re.compile(r'^="(.*)"$')
_PHONE = re.compile(r"[+(]?[\d(][\d\s().+/\-]*")
_DATE = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}")
_BETWEEN_GROUPS = re.compile(r"\s*(?:[,;|\n]|:::)\s*")
_LANGUAGES: Final = {
    **dict.fromkeys(("fr", "fra", "fre", "francais", "francaise", "french"), "fr"),
    **dict.fromkeys(("en", "eng", "anglais", "anglaise", "english"), "en"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a cell with an @ holds; no address where none can be written to."""

    address: Address | None
    name: str = ""


def one_line(cell: str) -> str:
    """Make one line of it, without what nobody sees, and without our defusing."""
    if cell.isprintable() and "  " not in cell:  # the most, and quickly seen
        line = cell.strip()
    else:
        line = _BLANKS.sub(" ", _UNSEEN.sub("", cell)).strip()
    if line.startswith("="):
        line = _AS_TEXT.sub(r"\1", line)
    return _DEFUSED.sub(r"\1", line) if "'" in line else line


def address_in(cell: str) -> Found:
    """Read `a@x`, `Name <a@x>`, `mailto:a@x`, `a@x (Name)`, junk around tolerated.

    The first address that can be written to counts.
    """
    text = one_line(cell[:_CELL_MAX])
    if ":" in text:
        text = _MAILTO.sub("", text)
    for match in islice(_SPEC.finditer(text), _TRIES):
        spec = match.group().strip(_AROUND_SPEC)
        try:
            address = parse(spec) if len(spec) <= _SPEC_MAX else None
        except ParseError:
            continue
        if address:
            if len(spec) == len(text):
                return Found(address)
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            return Found(address, name_in(rest))
    return Found(None)


def name_in(cell: str) -> str:
    """Read a name: quotes and brackets around it go, and so does a mail address."""
    line = one_line(cell[:_CELL_MAX])
    if "<" in line or "(" in line:
        line = _HOLLOW.sub("", line)
    if "@" in line:
        return ""
    line = line.strip(_AROUND_NAME)
    if "  " in line:
        line = " ".join(line.split())
    if line.startswith("(") and line.endswith(")"):
        line = line[1:-1].strip(_AROUND_NAME)
    return line[:NAME_MAX].rstrip() if any(map(str.isalpha, line)) else ""


def is_phone(cell: str) -> bool:
    """Whether a cell without a heading looks like a phone number, and no date."""
    line = one_line(cell[:_PHONE_MAX])
    digits = sum(map(str.isdigit, line))
    return (
        digits >= _PHONE_DIGITS
        and _PHONE.fullmatch(line) is not None
        and not _DATE.fullmatch(line)
    )


def phone_in(cell: str) -> str:
    """Read a phone number as it is written; nothing where there is no digit."""
    line = one_line(cell[:_CELL_MAX].partition(":::")[0])
    if line[:4].lower() == "tel:":
        line = line[4:].partition(";")[0]
    return line[:_PHONE_MAX].strip() if any(map(str.isdigit, line)) else ""


@lru_cache(maxsize=1000)  # a whole table has few different ones
def groups_in(cell: str) -> tuple[str, ...]:
    """Split a cell into groups; Google's own ones, marked by *, are left out."""
    if not cell:
        return ()
    found: dict[str, str] = {}
    for part in _BETWEEN_GROUPS.split(cell[:_CELL_MAX]):
        group = one_line(part)[:NAME_MAX].strip()
        if group and not group.startswith("*"):
            found.setdefault(fold(group), group)
    return tuple(found.values())[:_GROUPS_MAX]


@lru_cache(maxsize=1000)
def language_in(cell: str) -> str:
    """Read fr, fr-FR, français, French, en_GB, anglais …; empty for all others."""
    words = re.split(r"[^a-z]+", fold(cell[:NAME_MAX]), maxsplit=1)
    return _LANGUAGES.get(words[0], "")
