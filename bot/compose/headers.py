"""Header fields as bytes: taking them apart, and writing new ones.

Fields are cut out and put in, never parsed and generated again, so what is kept
stays byte for byte. What we write ourselves has CRLF line ends, is ASCII, and is
made by `field` alone, which lets no line end through.
"""

import re
from collections.abc import Iterable, Iterator
from email.charset import QP, Charset
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final
from urllib.parse import quote

from bot.address import Address

__all__ = (
    "CRLF",
    "address_value",
    "content_fields",
    "decoded",
    "encoded",
    "field",
    "field_name",
    "field_value",
    "id_fields",
    "mailto",
    "one_line",
    "split_fields",
    "split_header",
)

CRLF: Final = b"\r\n"
# RFC 5322 §2.1.1 asks for 78 at most; encoded words need some of it.
_LINE_LENGTH: Final = 76
# A display name longer than this is no name, and would end in endless lines.
_PHRASE_MAX: Final = 120
# The standard library reads parameters in quadratic time.
_CONTENT_MAX: Final = 8_192
_HEADER_END = re.compile(rb"\r?\n(\r?\n)")
_LINES = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]+")
# Marks that turn or hide text: a name made of them would pass for another.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_MESSAGE_IDS = re.compile(r"<[!-;=?-~]+>")
# RFC 5322 §2.1.1 allows lines of 998 bytes, and threads grow long.
_REFERENCES_MAX: Final = 12
_BETWEEN_WORDS = re.compile(r"[ \t]{2,}")
_UTF8: Final = Charset("utf-8")
_UTF8.header_encoding = QP


def split_header(raw: bytes) -> tuple[bytes, int]:
    """Give the header block, its last line end included, and where the body starts."""
    if raw.startswith((b"\r\n", b"\n")):
        return b"", raw.index(b"\n") + 1
    end = _HEADER_END.search(raw)
    return (raw[: end.start(1)], end.end(1)) if end else (raw, len(raw))


def split_fields(header: bytes) -> list[bytes]:
    """Cut a header block into its fields, each with its folded lines and line end.

    Lines that belong to no field (an mbox `From ` line, say) are left out.
    """
    found: list[list[bytes]] = []
    foreign = False
    for line in _LINES.findall(header):
        if line[:1] in b" \t":
            if found and not foreign:
                found[-1].append(line)
            continue
        foreign = _NAME.match(line) is None
        if not foreign:
            found.append([line])
    return [_terminated(b"".join(lines)) for lines in found]


def _terminated(one: bytes) -> bytes:
    return one if one.endswith(b"\n") else one + CRLF


def field_name(one: bytes) -> str:
    """Give the name of a field in lower case."""
    return one.split(b":", 1)[0].strip().lower().decode("ascii", "replace")


def field_value(one: bytes) -> bytes:
    """Give what stands after the colon, line ends included."""
    return one.split(b":", 1)[1]


def content_fields(fields: Iterable[bytes]) -> Message:
    """Read the `Content-*` fields of a part, as lenient as mail clients do."""
    wanted = [
        one
        for one in fields
        if len(one) <= _CONTENT_MAX and field_name(one).startswith("content-")
    ]
    return BytesHeaderParser().parsebytes(b"".join(wanted))


def one_line(text: str) -> str:
    """Make text fit for a header: one line without anything invisible."""
    text = _SURROGATES.sub("\ufffd", text)
    text = _INVISIBLE.sub("", _CONTROLS.sub(" ", text))
    return _BETWEEN_WORDS.sub(" ", text).strip(" \t")


def decoded(text: str) -> str:
    """Read encoded words (RFC 2047); what can't be read stays as it stands."""
    if "=?" not in text:
        return one_line(text)
    try:
        return one_line(str(make_header(decode_header(text))))
    except (MessageError, LookupError, ValueError):
        return one_line(text)


def field(name: str, value: str) -> bytes:
    """Write a field; `value` is ASCII, folded perhaps by `encoded` or `addresses`."""
    folded = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]|\n(?![ \t])", "", value)
    folded = folded.replace("\n", "\r\n")
    return f"{name}: {folded}\r\n".encode("ascii", "replace")


def id_fields(name: str, values: Iterable[str]) -> Iterator[bytes]:
    """Write a field of message ids, each once; none where there are no ids.

    Of a long row stay the first and the last ones: mail clients thread by those.
    """
    found = [one for value in values for one in _MESSAGE_IDS.findall(value)]
    known = list(dict.fromkeys(found))
    if len(known) > _REFERENCES_MAX:
        known = [known[0], *known[1 - _REFERENCES_MAX :]]
    if known:
        yield field(name, "\n ".join(known))


def encoded(text: str, indent: int = 12) -> str:
    r"""Write unstructured text as ASCII, folded with `\n `, `indent` columns in."""
    text = one_line(text)
    if text.isascii() and "=?" not in text:
        return Header(
            text, "us-ascii", maxlinelen=_LINE_LENGTH, header_name="x" * indent
        ).encode()
    return Header(
        text, _UTF8, maxlinelen=_LINE_LENGTH, header_name="x" * indent
    ).encode()


def address_value(name: str, spec: str) -> str:
    """Write a display name and what stands in angle brackets (RFC 5322 §3.4)."""
    name = one_line(name)[:_PHRASE_MAX].strip()
    if not name:
        return f"<{spec}>"
    if name.isascii() and "=?" not in name:
        phrase = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    else:
        phrase = encoded(name)
    last = phrase.rpartition("\n")[2]
    fits = len(last) + len(spec) + 16 <= _LINE_LENGTH
    return f"{phrase}{' ' if fits else chr(10) + ' '}<{spec}>"


def mailto(address: Address, subject: str = "") -> str:
    """Write a `mailto:` address (RFC 6068)."""
    local_part = quote(address.local_part, safe="+._-~!$*")
    asked = f"?subject={quote(subject, safe='')}" if subject else ""
    return f"mailto:{local_part}@{address.domain}{asked}"
