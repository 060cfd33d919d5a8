"""Reading mail: bytes → `Message`.

The only module that knows mail-parser. Nothing that somebody sends may stop the
bot, so a mail is a `Message` with defects whenever it has a header at all.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message as Part
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TypeVar

import mailparser

from bot.address import Address, NamedAddress, parse_field
from bot.errors import ParseError
from bot.message.body import (
    Body,
    content_type,
    parameter,
    read_body,
    read_files,
)
from bot.message.header import Header, decode_words, one_line, read_header
from bot.model import Message

__all__ = ("files_of", "read")

Answer = TypeVar("Answer")

# It warns about every image.
logging.getLogger("mailparser").setLevel(logging.CRITICAL)

# Parts are copied several times while they are decoded. Of a bigger mail only the
# beginning is read: it has the text, and the rest is not needed to decide.
_WHOLE_MAX = 5_000_000
_BEGINNING = 524_288
_IDS_MAX = 100
# mail-parser's time grows with the square of unfinished encoded words.
_ENCODED_WORDS_MAX = 500

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
_DELIVERY_FIELDS = (
    "delivered-to",
    "x-delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
)


def read(
    raw: bytes,
    received_at: datetime,
    size: int | None = None,
    *,
    header_only: bool = False,
) -> Message:
    """Read a mail.

    Args:
        raw: the mail, or its header alone; kept by reference.
        received_at: when the provider got it.
        size: of the whole mail; None means the size of `raw`.
        header_only: `raw` stops after the header.

    Raises:
        ParseError: it has no readable header.
    """
    header = read_header(raw, header_only=header_only)
    fields = header.by_name()
    partial = header_only or len(raw) > _WHOLE_MAX
    root, defects = _parse(raw, header, header_only=header_only)
    body, unreadable = _read_parts(root, header_only=header_only)
    return Message(
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw) if size is None else size,
        received_at=received_at,
        fields=MappingProxyType(fields),
        author=_author(fields),
        envelope_sender=_envelope_sender(fields),
        null_sender=fields.get("return-path", ("",))[0] == "<>",
        to=_addresses(fields, "to"),
        cc=_addresses(fields, "cc"),
        delivered_to=_delivered_to(fields),
        subject=decode_words(fields.get("subject", ("",))[0]),
        message_id=_message_id(fields),
        in_reply_to=_ids(fields, "in-reply-to"),
        references=_ids(fields, "references"),
        sent_at=_sent_at(fields),
        content_type=_safely(lambda: content_type(root), "text/plain"),
        report_type=_safely(lambda: parameter(root, "report-type").lower(), ""),
        text=body.text,
        typed=body.typed,
        typed_all=body.typed_all,
        html_only=body.html_only,
        attachments=body.attachments,
        fingerprint=_fingerprint(raw, header, fields),
        defects=defects + unreadable,
        truncated=partial,
        raw=raw,
    )


def files_of(message: Message) -> tuple[tuple[str, str, bytes], ...]:
    """Give name, content type and bytes of each attachment; none of a damaged mail."""
    nothing: tuple[tuple[str, str, bytes], ...] = ()
    return _safely(lambda: tuple(read_files(message_from_bytes(message.raw))), nothing)


# -------------------------------------------------------------------- the parts


def _parse(
    raw: bytes, header: Header, *, header_only: bool
) -> tuple[Part, tuple[str, ...]]:
    """Build the tree of parts; give what mail-parser found wrong, too."""
    found = ("damaged header",) if header.damaged else ()
    seen = _seen_bytes(raw, header, header_only=header_only)
    try:
        if seen.count(b"=?") > _ENCODED_WORDS_MAX:
            raise ParseError("too many encoded words")  # noqa: TRY301 - as if refused
        parser = mailparser.parse_from_bytes(seen)
        root = parser.message
        defects = tuple(sorted(str(name) for name in parser.defects_categories))
    except Exception as error:  # noqa: BLE001 - it raises what it likes on damaged mail
        try:
            root, defects = message_from_bytes(seen), (type(error).__name__,)
        except Exception as second:  # noqa: BLE001 - thousands of nested parts
            root = message_from_bytes(raw[: header.end].replace(b"multipart", b"text"))
            defects = (type(second).__name__,)
    return root, found + defects


def _seen_bytes(raw: bytes, header: Header, *, header_only: bool) -> bytes:
    """Cut what the parser gets.

    A line that is no field ends the header for the parser, which would then read
    the fields below as text: such lines are left out.
    """
    end = header.end if header_only else len(raw)
    if len(raw) > _WHOLE_MAX:
        end = min(end, header.end + _BEGINNING)
    if not header.damaged:
        return raw if end == len(raw) else raw[:end]
    lines = (f"{name}: {value}\n" for name, value in header.fields)
    block = "".join(lines).encode("utf-8", "replace")
    return block + b"\n" + raw[header.end : end]


def _read_parts(root: Part, *, header_only: bool) -> tuple[Body, tuple[str, ...]]:
    if header_only:
        return Body(), ()
    nothing: Body | None = None
    body = _safely(lambda: read_body(root), nothing)
    return (body, ()) if body else (Body(), ("unreadable body",))


def _safely(ask: Callable[[], Answer], otherwise: Answer) -> Answer:
    """Ask the standard library about damaged MIME, which may raise anything."""
    try:
        return ask()
    except Exception:  # noqa: BLE001 - LookupError, RecursionError, AttributeError …
        return otherwise


# ------------------------------------------------------------------- the fields

_Fields = Mapping[str, tuple[str, ...]]


def _parsed(values: Sequence[str]) -> tuple[NamedAddress, ...]:
    """Read addresses; thousands of nested comments exhaust the reader."""
    nobody: tuple[NamedAddress, ...] = ()
    return _safely(lambda: parse_field(list(values)), nobody)


def _addresses(fields: _Fields, name: str) -> tuple[NamedAddress, ...]:
    """Read addresses from the raw field, and only then decode the names.

    The other way round, an encoded comma makes two addresses of one.
    """
    found = _parsed(fields.get(name, ()))
    return tuple(NamedAddress(decode_words(who.name), who.address) for who in found)


def _author(fields: _Fields) -> NamedAddress | None:
    """Give the author, unless From: is missing, repeated or names several."""
    if len(fields.get("from", ())) != 1:
        return None
    found = _addresses(fields, "from")
    return found[0] if len(found) == 1 else None


def _envelope_sender(fields: _Fields) -> Address | None:
    found = _parsed(fields.get("return-path", ())[:1])
    return found[0].address if found else None


def _delivered_to(fields: _Fields) -> tuple[Address, ...]:
    found = (_parsed(fields.get(name, ())) for name in _DELIVERY_FIELDS)
    return tuple(dict.fromkeys(who.address for some in found for who in some))


def _ids(fields: _Fields, name: str) -> tuple[str, ...]:
    found = _MESSAGE_ID.findall(" ".join(fields.get(name, ())))
    return tuple(found[-_IDS_MAX:])


def _message_id(fields: _Fields) -> str:
    value = fields.get("message-id", ("",))[0]
    found = _MESSAGE_ID.search(value)
    if found:
        return found[0]
    bare = one_line(value).strip("<>")
    return f"<{bare}>" if bare and " " not in bare else ""


def _sent_at(fields: _Fields) -> datetime | None:
    """Read Date: in UTC; None where it is missing, damaged or has no zone."""
    value = fields.get("date", ("",))[0]
    try:
        found = parsedate_to_datetime(value)
        if found.tzinfo is None:  # RFC 5322: -0000 is UTC, from nobody knows where
            return found.replace(tzinfo=UTC) if "-0000" in value else None
        return found.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _fingerprint(raw: bytes, header: Header, fields: _Fields) -> str:
    """Hash what is the same in two copies that took different ways.

    Line ends and empty lines at the end change on the way; `Received` and its
    kind, too.
    """
    digest = hashlib.sha256()
    for name in ("message-id", "date", "from"):
        value = " ".join(" ".join(fields.get(name, ())).split())
        digest.update(f"{name}: {value}\n".encode("utf-8", "replace"))
    end = len(raw)
    while end > header.end and raw[end - 1] in b"\r\n":
        end -= 1
    view = memoryview(raw)
    for start in range(header.end, end, _BEGINNING):
        piece = view[start : min(start + _BEGINNING, end)]
        digest.update(bytes(piece).replace(b"\r", b""))
    return digest.hexdigest()
