"""How posts begin: the lines of each that a digest shows.

Lines are cut and wrapped here, so that what a stranger wrote is never more than
what was reckoned with, and never begins a line of ours.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
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
# `Message.typed` cuts lines here: it is made for finding answers and commands.
_TYPED_LINE_MAX: Final = 500
_READ_MAX: Final = 8_192
_TAB: Final = 4


def excerpts(posts: Sequence[Message]) -> list[tuple[str, ...]]:
    """Give the lines to show of each post; the more posts there are, the fewer."""
    whole = [tuple(islice(_lines(post), _LINES_SHOWN[0] + 1)) for post in posts]
    found: list[tuple[str, ...]] = []
    for most in _LINES_SHOWN:
        found = [_cut(lines, most) for lines in whole]
        if sum(len(line.encode()) for lines in found for line in lines) <= _ALL_MAX:
            break
    return found


def _lines(post: Message) -> Iterator[str]:
    """List the lines of what an author typed, wrapped as they are read."""
    source = _source(post)
    for line in source[:_READ_MAX].splitlines():
        for piece in _wrapped(line):
            whole = len(piece) <= _LINE_MAX
            yield piece if whole else piece[: _LINE_MAX - 1] + "…"
    if len(source) > _READ_MAX:
        yield "…"


def _source(post: Message) -> str:
    """Give what the author typed, with the ends of the paragraphs that it cuts."""
    typed = post.typed.strip()
    if not typed:
        return post.text.strip()
    lines = post.text.replace("\u00a0", " ").split("\n")
    ends = {
        line[:_TYPED_LINE_MAX].rstrip(): line
        for line in lines
        if len(line) > _TYPED_LINE_MAX
    }
    return "\n".join(ends.get(line, line) for line in typed.split("\n"))


def _cut(lines: tuple[str, ...], most: int) -> tuple[str, ...]:
    return (*lines[:most], "…") if len(lines) > most else lines


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
