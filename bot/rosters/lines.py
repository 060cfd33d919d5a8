"""People on lines of text, as they are typed or pasted into a mail.

One on a line, or several: `Anne <a@example.org>; Bob <b@example.org>`, which is
what mail programs copy out of an address field.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.rosters.cells import one_line
from bot.rosters.people import Gathering, Sheet
from bot.rosters.tables import is_empty, person_of, text_of

__all__: Final = ("read_lines",)

_BULLET = re.compile(r"(?:[-\u2013\u2014•·*‣]|\d{1,3}[.)])\s+")
# What lies in quotes or angle brackets is one piece.
_PIECES: Final = {
    separators: re.compile(rf'(?:"[^"]*"|<[^<>]*>|[^{separators}])+')
    for separators in (";", "\t", ",", ";\t,")
}


def read_lines(lines: Iterable[str], first: int = 1) -> Sheet:
    """Read `a@x`, `a@x Anne Martin`, `Anne Martin <a@x>`, `a@x;Anne Martin;member`.

    Args:
        lines: without their ends, or with them.
        first: the number of the first line.
    """
    gathering = Gathering()
    for number, line in enumerate(lines, first):
        if not is_empty((line,)):
            _take(number, line, gathering)
    return gathering.sheet("lines")


def _take(number: int, line: str, gathering: Gathering) -> None:
    bare = line.strip()
    for cells in _records(_BULLET.sub("", bare, count=1) if bare else ""):
        entry, reason = person_of(number, cells)
        if entry is None:
            gathering.refuse(number, text_of(cells), reason)
        elif not gathering.add(entry):
            gathering.refuse(number, text_of(cells), "twice")


def _records(text: str) -> list[list[str]]:
    """Split a line into people, each with the pieces that belong to them."""
    for separator in ";\t,":
        pieces = _split(text, separator) if separator in text else []
        if sum("@" in piece for piece in pieces) > 1:
            return [
                record
                for bunch in _bunches(pieces)
                for record in (_records(bunch[0]) if len(bunch) == 1 else [bunch])
            ]
    words = text.split()
    if len(words) > 1 and all("@" in word for word in words):
        return _of_words(text, words)
    return [_split(text, ";\t,") or [text]]


def _of_words(text: str, words: Sequence[str]) -> list[list[str]]:
    """Split addresses with blanks between; Outlook writes `a@x <mailto:a@x>`."""
    if "mailto:" in text.lower():
        return [[text]]
    return [[word] for word in words]


def _split(text: str, separators: str) -> list[str]:
    pieces = _PIECES[separators].findall(text)
    return [piece.strip() for piece in pieces if piece.strip()]


def _bunches(pieces: Iterable[str]) -> list[list[str]]:
    """Put each text without an address to the address that it belongs to.

    A bare address is followed by its name; one with a name in the same piece may
    have its last name before: `Martin, Anne <a@example.org>`.
    """
    found: list[list[str]] = []
    waiting: list[str] = []
    for piece in pieces:
        if "@" in piece:
            found.append([*waiting, piece])
            waiting = []
        elif found and len(found[-1]) == 1 and " " not in one_line(found[-1][0]):
            found[-1].append(piece)
        else:
            waiting.append(piece)
    if waiting:
        found[-1] += waiting
    return found
