"""How posts begin: the lines of each that a digest shows.

Lines are cut and wrapped here, so that what a stranger wrote is never more than
what was reckoned with, and never begins a line of ours.
"""

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from bot.model import Message

__all__ = ("CONTROLS", "excerpts", "shortened")

CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# UTF-8 bytes of all excerpts together.
_ALL_MAX: Final = 100_000
# Lines shown of each post: the first number with which all excerpts fit.
_LINES_SHOWN: Final = (60, 30, 15, 5, 1)
# With a bar before it, as wide as the other texts.
_WIDTH: Final = 70
# Addresses of web pages stay whole up to this.
_LINE_MAX: Final = 500
_READ_MAX: Final = 8_192
_TAB: Final = 4


def excerpts(posts: Sequence[Message]) -> list[tuple[str, ...]]:
    """Give the lines to show of each post; the more posts there are, the fewer."""
    found: list[tuple[str, ...]] = []
    for most in _LINES_SHOWN:
        found = [_excerpt(post, most) for post in posts]
        if sum(len(line.encode()) for lines in found for line in lines) <= _ALL_MAX:
            break
    return found


def _excerpt(post: Message, most: int) -> tuple[str, ...]:
    """Show the first lines of what an author typed, wrapped as they are read."""
    source = post.typed.strip() or post.text.strip()
    lines = [
        piece[:_LINE_MAX]
        for line in source[:_READ_MAX].splitlines()
        for piece in _wrapped(line)
    ]
    cut = len(lines) > most or len(source) > _READ_MAX
    return (*lines[:most], "…") if cut else tuple(lines)


def _wrapped(line: str) -> list[str]:
    clean = CONTROLS.sub("", line.expandtabs(_TAB))
    return wrap(clean, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]


def shortened(text: str, size_max: int) -> str:
    """Cut what is longer than so many bytes of UTF-8, at the end of a line."""
    whole = text.encode("utf-8", "replace")
    if len(whole) <= size_max:
        return text
    start = whole[:size_max].decode("utf-8", "ignore")
    return start.rpartition("\n")[0] + "\n…\n"
