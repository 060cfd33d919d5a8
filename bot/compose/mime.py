"""MIME structure as positions in the bytes of a message (RFC 2046 §5.1).

Nothing is decoded and nothing copied: a part is where it begins and ends, so
that it can be taken out or followed by another without touching its neighbours.
Line ends are CRLF here; `posts` sees to that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from bot.compose.headers import content_fields, split_fields, split_header

__all__ = ("Part", "boundary_of", "children", "closing", "is_sealed", "part_at")

# Deeper than this is an attack or an accident; what lies below counts as one part.
_DEPTH_MAX: Final = 20
_PARTS_MAX: Final = 1_000
_BOUNDARY_MAX: Final = 200

# Signed or encrypted, or a report whose parts have a fixed order: hands off.
_SEALED: Final = frozenset(
    {
        "application/pgp-encrypted",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "multipart/encrypted",
        "multipart/report",
        "multipart/signed",
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: its header starts at `start`, its body at `body`."""

    start: int
    body: int
    end: int
    content: Message
    depth: int = 0
    parent: str = ""  # content type of the multipart around it


def part_at(raw: bytes, start: int, end: int, depth: int = 0, parent: str = "") -> Part:
    """Read the header of the part between two positions."""
    header, body = split_header(raw[start : min(end, start + _HEADER_MAX)])
    content = content_fields(split_fields(header))
    return Part(start, start + body, end, content, depth, parent)


# A part's header is not longer than this; keeps `part_at` from copying its body.
_HEADER_MAX: Final = 65_536


def is_sealed(content: Message) -> bool:
    """Say whether nothing inside may change: signed, encrypted, or a report."""
    return content.get_content_type() in _SEALED


def boundary_of(content: Message) -> bytes:
    """Give the boundary of a multipart; empty where it has none that can be used."""
    if content.get_content_maintype() != "multipart":
        return b""
    try:
        boundary = (content.get_boundary() or "").encode("ascii")
    except (UnicodeError, ValueError, LookupError):
        return b""
    return boundary if len(boundary) <= _BOUNDARY_MAX else b""


def _delimiters(boundary: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$", re.MULTILINE)


def closing(raw: bytes, start: int, boundary: bytes) -> tuple[int, int] | None:
    """Find where the closing delimiter of a multipart begins, and the first one.

    The first number is -1 when it was never closed. None: no delimiter at all.
    """
    first = -1
    for found in _delimiters(boundary).finditer(raw, start):
        if first < 0:
            first = found.start()
        if found[1]:
            return found.start(), first
    return None if first < 0 else (-1, first)


def children(raw: bytes, part: Part) -> Iterator[Part]:
    """List the parts of a multipart; nothing for any other, or a sealed one."""
    boundary = boundary_of(part.content)
    if not boundary or is_sealed(part.content) or part.depth >= _DEPTH_MAX:
        return
    parent = part.content.get_content_type()
    begin = -1
    found = _delimiters(boundary).finditer(raw, part.body, part.end)
    for _, delimiter in zip(range(_PARTS_MAX), found, strict=False):
        if begin >= 0:
            # The line end before a delimiter belongs to the delimiter.
            end = max(begin, delimiter.start() - 2)
            yield part_at(raw, begin, end, part.depth + 1, parent)
        if delimiter[1]:
            return
        begin = min(delimiter.end() + 1, part.end)
    if 0 <= begin < part.end:
        yield part_at(raw, begin, part.end, part.depth + 1, parent)
