"""Taking « envoyer : demain 8h » out of a post before it leaves.

The line goes from the first text and from its HTML twin, the brackets from the
subject; all else stays byte for byte, but for text in base64, which is written
anew. What is signed or encrypted isn't touched. A line that can't be taken out of
every part stays in all of them, and `stays` says so beforehand.
"""

import binascii
import re
from base64 import b64decode, encodebytes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from html import unescape
from itertools import chain, islice
from typing import Final

from bot.compose.headers import (
    CRLF,
    encoded,
    field,
    field_name,
    split_fields,
    split_header,
)
from bot.compose.mime import Part, children, is_sealed, part_at
from bot.compose.subjects import decoded_subject
from bot.folding import fold
from bot.moments.wishes import without_tag

__all__: Final = ("stays", "without_wish")

# The line is the first one; styles of mail programs may stand before it.
_BEGINNING: Final = 262_144
# What comes before it; unclosed comments would take for ever.
_CHUNKS_MAX: Final = 500
_READABLE: Final = frozenset({"text/plain", "text/html"})
_IDENTITY: Final = frozenset({"7bit", "8bit", "binary", ""})
_INLINE_PGP = re.compile(rb"^-----BEGIN PGP", re.MULTILINE)
_LONE_LF = re.compile(rb"(?<!\r)\n")
_TWINS: Final = frozenset({"multipart/alternative", "multipart/related"})
_LINE = re.compile(rb"[^\n]*(?:\n|\Z)")
_CHUNK = re.compile(
    rb"<!--.{0,100000}?-->"
    rb"|<(?P<hidden>head|style|script|title)\b.{0,100000}?</(?P=hidden)\s*>"
    rb"|<(?P<tag>/?[a-z][a-z0-9]*)\b[^>]*>|<[^>]*>|(?P<text>[^<]+)",
    re.IGNORECASE | re.DOTALL,
)
# A line ends with these; other tags only dress its text.
_BREAKS: Final = frozenset(
    {"br", "div", "p", "table", "tr", "td", "li", "ul", "ol", "h1", "h2", "h3", "h4"}
    | {"blockquote", "hr", "body", "html", "section", "article", "pre", "center"}
)
_BREAK_AFTER = re.compile(rb"\s*<br\s*/?>", re.IGNORECASE)
_QUOTED_PRINTABLE = re.compile(
    rb"=\r?\n|=([0-9A-Fa-f]{2})|(?<![ \t])[ \t]+(?=\r?\n)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Bytes of a message from `start` to `end`, and what comes in their place."""

    start: int
    end: int
    instead: bytes = b""


def stays(raw: bytes, line: str) -> bool:
    """Whether a line can't be taken out of a post: it is signed, say."""
    return bool(line) and _cuts(_with_crlf(raw), line) is None


def without_wish(raw: bytes, line: str, tag: str) -> bytes:
    """Give a mail without the line, and without the brackets in its subject.

    Args:
        raw: the mail, as it came.
        line: the first line of its text; empty: none.
        tag: the brackets, with what they hold; empty: none.
    """
    if not line and not tag:
        return raw
    raw = _with_crlf(raw)
    cuts = list(_cuts(raw, line) or ()) if line else []
    if tag:
        cuts += _in_subject(raw, tag)
    pieces, at = [], 0
    for cut in sorted(cuts, key=lambda one: one.start):
        pieces += [raw[at : cut.start], cut.instead]
        at = cut.end
    return b"".join((*pieces, raw[at:]))


def _with_crlf(raw: bytes) -> bytes:
    """Write bare line feeds as CRLF, as `posts.render` does."""
    if raw.count(b"\n") == raw.count(CRLF):
        return raw
    return _LONE_LF.sub(CRLF, raw)


def _in_subject(raw: bytes, tag: str) -> Iterator[_Cut]:
    header, _ = split_header(raw)
    for one in split_fields(header):
        if field_name(one) == "subject":
            start = 0 if header.startswith(one) else header.index(b"\n" + one) + 1
            text = without_tag(decoded_subject(one), tag)
            new = field("Subject", encoded(text, len("Subject: ")))
            yield _Cut(start, start + len(one), new)
            return


def _cuts(raw: bytes, line: str) -> tuple[_Cut, ...] | None:
    """Find the line in the first text and its HTML twin; None where one keeps it."""
    found = [_cut(raw, part, line) for part in _first_texts(raw)]
    if not found or () in found:
        return None
    return tuple(chain.from_iterable(found))


def _first_texts(raw: bytes) -> list[Part]:
    """List the first text of each kind; none of a signed or encrypted mail."""
    root = part_at(raw, 0, len(raw))
    found: dict[str, Part] = {}
    waiting = [root]
    while waiting:
        part = waiting.pop(0)
        if is_sealed(part.content):
            return []
        inside = list(children(raw, part))
        if inside:
            waiting = [*inside, *waiting]
            continue
        kind = part.content.get_content_type()
        attached = part.content.get("Content-Disposition", "").strip().lower()
        if kind not in _READABLE or attached.startswith("attachment"):
            continue
        if not found or part.parent in _TWINS:
            found.setdefault(kind, part)
    return list(found.values())


def _cut(raw: bytes, part: Part, line: str) -> tuple[_Cut, ...]:
    """Find the line at the start of a part; nothing where it can't be cut out."""
    body = raw[part.body : part.end]
    if _INLINE_PGP.search(body):
        return ()
    encoding = str(part.content.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "base64":
        return _cut_base64(body, part, line)
    text = body[:_BEGINNING]
    places: Sequence[int] = range(len(text) + 1)
    if encoding == "quoted-printable":
        text, places = _unquoted(text)
    elif encoding not in _IDENTITY:
        return ()
    return tuple(
        _Cut(part.body + places[start], part.body + places[end])
        for start, end in _spans(text, part.content, line)
    )


def _cut_base64(body: bytes, part: Part, line: str) -> tuple[_Cut, ...]:
    try:
        text = b64decode(body)
    except (binascii.Error, ValueError):
        return ()
    spans = _spans(text, part.content, line)
    if not spans:
        return ()
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    rest = encodebytes(text).replace(b"\n", CRLF)
    return (_Cut(part.body, part.end, rest.removesuffix(CRLF)),)


def _unquoted(body: bytes) -> tuple[bytes, Sequence[int]]:
    """Decode quoted-printable; give also where each byte stands, and the end."""
    text, at = bytearray(), 0
    places: list[int] = []
    for code in chain(_QUOTED_PRINTABLE.finditer(body), (None,)):
        until = code.start() if code else len(body)
        text += body[at:until]
        places += range(at, until)
        if code is not None and code[1]:
            text += bytes.fromhex(code[1].decode("ascii"))
            places.append(until)
        at = code.end() if code else until
    return bytes(text), [*places, len(body)]


_Spans = list[tuple[int, int]]


def _spans(text: bytes, content: Message, line: str) -> _Spans:
    """Find where a line stands in a decoded text; nothing where it doesn't."""
    try:
        charset = content.get_content_charset("utf-8")
        if "abc".encode(charset) != b"abc":
            return []
    except (LookupError, ValueError):
        return []
    read = _in_html if content.get_content_type() == "text/html" else _in_plain
    return read(text, charset, line)


def _in_plain(text: bytes, charset: str, line: str) -> _Spans:
    """Find the first line that isn't empty, and the empty one below it."""
    for found in _LINE.finditer(text):
        shown = found[0].decode(charset, "replace")
        if not shown.strip():
            continue
        if fold(shown) != fold(line):
            return []
        below = _LINE.match(text, found.end())
        empty = below is not None and not below[0].strip()
        return [(found.start(), below.end() if below and empty else found.end())]
    return []


def _chunks(text: bytes) -> Iterator[re.Match[bytes]]:
    """Cut HTML into tags and what stands between them, up to what is neither."""
    found = _CHUNK.match(text)
    while found is not None:
        yield found
        found = _CHUNK.match(text, found.end())


def _in_html(text: bytes, charset: str, line: str) -> _Spans:
    """Find the first line that is shown, and the break below it.

    Tags stay, so that all of them are closed.
    """
    spans: _Spans = []
    said = ""
    for chunk in islice(_chunks(text), _CHUNKS_MAX):
        tag = (chunk["tag"] or b"").decode("ascii").lstrip("/").lower()
        if tag in _BREAKS and said:
            break
        shown = unescape((chunk["text"] or b"").decode(charset, "replace"))
        if shown.strip() or said:
            said += shown
            spans += [chunk.span()] if shown else []
    if not said or fold(said) != fold(line):
        return []
    below = _BREAK_AFTER.match(text, spans[-1][1])
    return [*spans[:-1], (spans[-1][0], below.end())] if below else spans
