"""The footer of a post: added without touching a byte of what is there.

Where the whole mail is one plain text in a charset that can hold the footer, the
footer follows the text. Else it is a part of its own at the end, and the mail
becomes multipart/mixed if it isn't that already. What is signed or encrypted
stays as it is and gets no footer.
"""

import re
from base64 import b64decode, encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from hashlib import sha256
from quopri import encodestring
from typing import Final

from bot.compose.headers import CRLF, content_fields, field_name
from bot.compose.mime import boundary_of, closing, is_sealed

__all__ = ("Body", "quoted_printable", "with_footer")

_INLINE_PGP = re.compile(rb"^-----BEGIN PGP (?:SIGNED )?MESSAGE-----", re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]*={0,2}")
_BASE64_QUANTUM: Final = 4
# Mail clients leave out of an answer what follows this line.
_SEPARATOR: Final = "-- \n"


@dataclass(frozen=True, slots=True)
class Body:
    """The `Content-*` fields of a mail and the pieces of its body.

    `untouched`: the fields are those that the mail came with.
    """

    fields: tuple[bytes, ...]
    pieces: tuple[bytes | memoryview, ...]
    untouched: bool = True


def with_footer(raw: bytes, start: int, fields: Sequence[bytes], footer: str) -> Body:
    """Add a footer to the body that begins at `start`; an empty one adds nothing."""
    kept = tuple(one for one in fields if field_name(one).startswith("content-"))
    body = memoryview(raw)[start:]
    plain = Body(kept, (body,))
    content = content_fields(kept)
    text = _CONTROLS.sub("", footer.replace("\r\n", "\n")).strip("\n")
    if not text.strip() or is_sealed(content) or _has_inline_pgp(raw, start, content):
        return plain
    text = f"{_SEPARATOR}{text}\n".replace("\n", "\r\n")
    if content.get_content_maintype() == "multipart":
        boundary = boundary_of(content)
        marks = closing(raw, start, boundary) if boundary else None
        if marks is None:
            return plain  # broken; clients show what they make of it
        if content.get_content_type() == "multipart/mixed":
            return Body(kept, _last_part(body, boundary, marks[0] - start, text))
        return _wrapped(raw, start, kept, text)
    appended = _appended(raw, start, content, text)
    return Body(kept, appended) if appended else _wrapped(raw, start, kept, text)


def _has_inline_pgp(raw: bytes, start: int, content: Message) -> bool:
    if _INLINE_PGP.search(raw, start):
        return True
    if _encoding(content) != "base64" or content.get_content_maintype() != "text":
        return False
    try:
        return bool(_INLINE_PGP.search(b64decode(raw[start:])))
    except ValueError:
        return False


def _encoding(content: Message) -> str:
    return str(content.get("Content-Transfer-Encoding", "7bit")).strip().lower()


def _part(text: str) -> bytes:
    """Make the footer's own part, without the line end before the next delimiter."""
    return (
        b'Content-Type: text/plain; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n"
        b"Content-Disposition: inline\r\n\r\n"
        + quoted_printable(text).removesuffix(CRLF)
    )


def quoted_printable(text: str) -> bytes:
    """Encode text (RFC 2045 §6.7) as UTF-8 with CRLF lines."""
    encoded = encodestring(text.replace("\r\n", "\n").encode("utf-8", "replace"))
    return encoded.replace(b"\n", CRLF)


def _last_part(
    body: memoryview, boundary: bytes, close: int, text: str
) -> tuple[bytes | memoryview, ...]:
    """Put a part before the closing delimiter, or at the end where it is missing."""
    delimiter = b"--" + boundary
    part = delimiter + CRLF + _part(text) + CRLF
    if close >= 0:
        return body[:close], part, body[close:]
    return body, _line_end(body), part, delimiter + b"--" + CRLF


def _line_end(body: memoryview) -> bytes:
    return b"" if len(body) == 0 or bytes(body[-2:]) == CRLF else CRLF


def _wrapped(raw: bytes, start: int, kept: tuple[bytes, ...], text: str) -> Body:
    """Make the mail the first part of a multipart/mixed; the footer is the second."""
    body = memoryview(raw)[start:]
    boundary = _new_boundary(raw, start)
    delimiter = b"--" + boundary
    fields = [b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n']
    if _encoding(content_fields(kept)) == "binary":
        fields.append(b"Content-Transfer-Encoding: binary\r\n")
    elif not raw.isascii():
        fields.append(b"Content-Transfer-Encoding: 8bit\r\n")
    before = delimiter + CRLF + b"".join(kept) + CRLF
    after = CRLF + delimiter + CRLF + _part(text) + CRLF + delimiter + b"--" + CRLF
    return Body(tuple(fields), (before, body, after), untouched=False)


def _new_boundary(raw: bytes, start: int) -> bytes:
    """Make a boundary that the mail doesn't hold; the same for the same mail.

    `=_` is in no quoted-printable or base64 text.
    """
    seed = raw[: start + 4096]
    while True:
        boundary = b"=_" + sha256(seed).hexdigest()[:40].encode("ascii")
        if boundary not in raw:
            return boundary
        seed = boundary


def _appended(
    raw: bytes, start: int, content: Message, text: str
) -> tuple[bytes | memoryview, ...] | None:
    """Let the footer follow a plain text; None where the text can't hold it."""
    body = memoryview(raw)[start:]
    if not _holds(content, text):
        return None
    encoding = _encoding(content)
    text = "\r\n" + text
    if encoding == "quoted-printable":
        return body, _line_end(body), quoted_printable(text)
    if encoding == "base64":
        return _base64_appended(body, "\r\n" + text)
    if encoding not in {"7bit", "8bit"} or not (raw.isascii() or encoding == "8bit"):
        return None
    if encoding == "7bit" and not text.isascii():
        return None
    return body, _line_end(body), text.encode("utf-8")


def _holds(content: Message, text: str) -> bool:
    if content.get_content_type() != "text/plain":
        return False
    if content.get("Content-Disposition", "inline").strip().lower()[:6] != "inline":
        return False
    charset = _charset(content)
    return charset == "utf-8" or (charset == "us-ascii" and text.isascii())


def _charset(content: Message) -> str:
    try:
        found = content.get_content_charset("us-ascii")
    except (LookupError, ValueError):
        return ""
    return {"utf8": "utf-8", "ascii": "us-ascii"}.get(found, found)


def _base64_appended(
    body: memoryview, text: str
) -> tuple[bytes | memoryview, ...] | None:
    """Go on encoding where the text's last group ends; None where it is damaged."""
    stripped = bytes(body).rstrip()
    if not _BASE64.fullmatch(stripped):
        return None
    last = stripped[-_BASE64_QUANTUM:]
    length = len(stripped.translate(None, b" \t\r\n\v\f"))
    if length % _BASE64_QUANTUM or (last and last.split() != [last]):
        return None
    rest = encodebytes(b64decode(last) + text.encode("utf-8")).replace(b"\n", CRLF)
    head = body[: len(stripped) - len(last)]
    return head, _line_end(head), rest
