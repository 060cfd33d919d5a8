"""The header of a mail: where it ends, its fields, what encoded words say.

Read from the bytes, not with a library: each of those loses or changes something
in a damaged header (a second From, raw accents, a line without a colon).
"""

import binascii
import codecs
import quopri
import re
from dataclasses import dataclass

from bot.errors import ParseError

__all__ = ("Header", "decode_bytes", "decode_words", "one_line", "read_header")

# Providers accept 100 to 256 kB of header; more is an attack or no mail at all.
HEADER_MAX = 262_144

_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
_ENCODED_WORD = re.compile(
    r"=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=", re.IGNORECASE
)
# Codecs that are no charset of a mail; some are slow or change what they read.
_NO_CHARSETS = {"idna", "mbcs", "oem", "punycode", "undefined"}
_WESTERN = {"cp1252", "iso8859-1", "iso8859-15", "ascii"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Header:
    """The fields in order, names in lower case, and the offset of the body."""

    fields: tuple[tuple[str, str], ...]
    end: int
    damaged: bool  # some lines are no fields

    def by_name(self) -> dict[str, tuple[str, ...]]:
        """Give all values of each field, top to bottom."""
        found: dict[str, list[str]] = {}
        for name, value in self.fields:
            found.setdefault(name, []).append(value)
        return {name: tuple(values) for name, values in found.items()}


def read_header(raw: bytes, *, header_only: bool = False) -> Header:
    """Read the header block.

    Raises:
        ParseError: it has no end, no field, or more than 256 kB.
    """
    blank = _BLANK_LINE.search(raw, 0, HEADER_MAX)
    if blank is None and len(raw) > HEADER_MAX:
        raise ParseError(f"the header has no end within {HEADER_MAX} bytes")
    end = blank.end() if blank else len(raw)
    fields, junk = _split(raw[: blank.start() if blank else end])
    if not fields:
        raise ParseError("there is no header field, so this is no mail")
    if blank is None and junk and not header_only:
        raise ParseError("the header has no end: no blank line follows it")
    return Header(tuple(fields), end, damaged=bool(junk))


def _split(block: bytes) -> tuple[list[tuple[str, str]], int]:
    """Unfold the fields of a block; count the lines that are none."""
    found: list[tuple[bytes, list[bytes]]] = []
    junk = 0
    for number, line in enumerate(block.replace(b"\r\n", b"\n").split(b"\n")):
        if line[:1] in (b" ", b"\t"):
            if found:
                found[-1][1].append(line)
            continue
        match = _FIELD.fullmatch(line)
        if match:
            found.append((match[1], [match[2]]))
        elif line and (number or not line.startswith((b"From ", b">From "))):
            junk += 1  # not the line that mbox puts first
    return [
        (name.decode("ascii").lower(), _field_text(b"".join(value)))
        for name, value in found
    ], junk


def _field_text(value: bytes) -> str:
    return _CONTROLS.sub(" ", decode_bytes(value, "")).strip()


def decode_bytes(data: bytes, charset: str) -> str:
    """Decode text by its declared charset, or by what it looks like.

    An undeclared, unknown or wrong charset means: byte order mark, UTF-8, and
    last cp1252, which every western mail without a charset turned out to be.
    Never fails.
    """
    codec = _codec_name(charset)
    if not codec or codec in _WESTERN or data.startswith(codecs.BOM_UTF8):
        return _guess(data)
    try:
        return data.decode(codec)
    except (ValueError, LookupError):
        return _guess(data)


def _codec_name(charset: str) -> str:
    """Give the canonical name of a usable charset, or nothing."""
    try:
        name = codecs.lookup(charset.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return ""
    return "" if name in _NO_CHARSETS or "escape" in name else name


def _guess(data: bytes) -> str:
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(codec, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def decode_words(value: str) -> str:
    """Decode the encoded words of a field to one line (RFC 2047).

    Adjacent words in one charset are joined before they are decoded: many
    programs cut them in the middle of a letter.
    """
    out: list[str] = []
    pending, charset, position = b"", "", 0
    for word in _ENCODED_WORD.finditer(value):
        gap = value[position : word.start()]
        if gap.strip() or not position or word[1].lower() != charset:
            out += [decode_bytes(pending, charset), gap if _counts(gap, out) else ""]
            pending = b""
        charset = word[1].lower()
        pending += _word_bytes(word[2], word[3])
        position = word.end()
    out += [decode_bytes(pending, charset), value[position:]]
    return one_line("".join(out))


def _counts(gap: str, before: list[str]) -> bool:
    """Whether the text before an encoded word is shown: blanks between two aren't."""
    return bool(gap.strip()) or not before


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return quopri.decodestring(data, header=True)
    try:
        return binascii.a2b_base64(data.rstrip(b"=") + b"===")
    except binascii.Error:
        return data


def one_line(text: str) -> str:
    """Put text on one line, without control characters and double blanks."""
    return " ".join(_CONTROLS.sub(" ", text).split())
