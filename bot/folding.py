"""Words as people type them, made comparable; and how far apart two words are."""

import re
import unicodedata
from typing import Final

__all__: Final = ("distance", "fold", "tidy", "vocabulary", "without_reply_prefix")

_APOSTROPHES: Final = str.maketrans(
    dict.fromkeys("\u2019\u2018\u02bc\xb4`\u02b9\u2032\uff07", "'")
)
# Invisible: zero width, byte order marks, soft hyphens, direction marks.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_REPLY = re.compile(
    r"^(?:(?:re|r[ée]f?p?|tr|fwd?|fw|aw|sv|antw|wg)(?:\[\d{1,3}\])?\s*:\s*)+",
    re.IGNORECASE,
)
_AROUND = ' \t«»“”„"'
_END = ".…!" + _AROUND


def tidy(text: str) -> str:
    """Make one line of it: plain blanks and apostrophes, no quotes around, no stop."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    line = _CONTROLS.sub(" ", plain.translate(_APOSTROPHES))
    return line.lstrip(_AROUND).rstrip(_END)


def fold(text: str) -> str:
    """Make words comparable: no case, no accents, and tidy."""
    bare = unicodedata.normalize("NFKD", tidy(text).casefold())
    letters = "".join(one for one in bare if not unicodedata.combining(one))
    return tidy(letters).replace("œ", "oe")


def vocabulary(words: str) -> frozenset[str]:
    """Make a set of folded words, written with blanks between them."""
    return frozenset(words.split())


def without_reply_prefix(subject: str) -> str:
    """Take `Re:`, `RE :`, `Tr:` and their like off, however many."""
    line = tidy(subject)
    while (shorter := tidy(_REPLY.sub("", line))) != line:
        line = shorter
    return line


def distance(one: str, other: str, most: int) -> int:
    """Count the letters to change, add, drop or swap; `most + 1` when it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return min(row[-1], most + 1)
