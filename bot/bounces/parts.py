"""Where in a report what stands: its own parts, its fields, the mail it returns.

A mail is asked several questions in a row, and parsing takes longer than they do: the
tree of the last mail is kept. Nobody changes it. Only a bounded part of a big mail
is read, and of damaged ones the parser of the standard library may raise anything.
"""

import quopri
import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator
from email import message_from_bytes, message_from_string
from email.header import Header, decode_header
from email.message import Message as Part
from functools import lru_cache

__all__ = (
    "all_blocks",
    "blocks_of_words",
    "clean",
    "own_parts",
    "returned_parts",
    "returned_text",
    "status_blocks",
    "tree",
)

# They would reach terminals and mails, and PostgreSQL keeps no NUL.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# A report with an 8 MB original behind it tells what it has to tell before that.
READ_MAX = 1_000_000
_PARTS_MAX = 200
_RETURNED_MAX = 65_536
_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "message/global", "message/partial")
_RETURNED_HEADERS = ("text/rfc822-headers", "message/rfc822-headers")
_GLOBAL_HEADERS = "message/global-headers"
_RETURNED_LINE = re.compile(
    r"^Content-Type:\s*(?:message/(?:rfc822|global)|text/rfc822-headers)",
    re.IGNORECASE | re.MULTILINE,
)
_BLANKS = re.compile(r"\n[ \t]*\n+")
# Some servers forget the blank line between two recipients, or before the first.
_NEXT_BLOCK = re.compile(
    r"^(?=(?:original|final)-recipient[ \t]*:)", re.IGNORECASE | re.MULTILINE
)


@lru_cache(maxsize=1)
def tree(raw: bytes) -> Part:
    """Parse the beginning of a mail; the answer is shared, so only read it."""
    return message_from_bytes(raw[:READ_MAX])


def own_parts(root: Part) -> Iterator[Part]:
    """Give the leaves, without descending into a mail that is carried along."""
    waiting = [root]
    for _ in range(_PARTS_MAX):
        if not waiting:
            return
        part = waiting.pop(0)
        inside = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting += [inner for inner in inside if isinstance(inner, Part)]
        else:
            yield part


def status_blocks(raw: bytes) -> tuple[Part, ...]:
    """Give the per-recipient fields of a report, its first block left out.

    Only the report's own parts are looked at: a mail that the report, or a
    person, attaches is somebody else's.
    """
    root = tree(raw)
    for part in own_parts(root):
        if part.get_content_type() in _STATUS:
            return _of_recipients(all_blocks(part))
    return _blocks_without_parts(root)


def blocks_of_words(text: str) -> tuple[Part, ...]:
    """Give the per-recipient fields that stand in a plain text."""
    return _of_recipients(_blocks_of_text(text))


def _of_recipients(blocks: list[Part]) -> tuple[Part, ...]:
    """Keep the blocks that tell about somebody, each with one recipient."""
    found: list[Part] = []
    for block in blocks:
        if len(block.get_all("final-recipient", [])) > 1 or (
            _tells_recipient(block) and "reporting-mta" in block
        ):
            found += _parted(block)
        elif _tells_recipient(block):
            found.append(block)
    return tuple(found)


def _parted(block: Part) -> Iterator[Part]:
    """Part fields at each recipient; a pair of names belongs to one."""
    pieces: list[str] = []
    for piece in _NEXT_BLOCK.split(block.as_string()):
        before = pieces[-1].strip() if pieces else ""
        alone = "-recipient" in before.lower() and "\n" not in before
        if alone and piece[:8].lower() != before[:8].lower():
            pieces[-1] += piece
        else:
            pieces.append(piece)
    parted = (message_from_string(piece + "\n\n") for piece in pieces)
    return (one for one in parted if _tells_recipient(one))


def _blocks_without_parts(root: Part) -> tuple[Part, ...]:
    """Read a report whose boundary is wrong or missing, up to the mail it returns."""
    text = root.get_payload()
    if root.get_content_maintype() != "multipart" or not isinstance(text, str):
        return ()
    own = _RETURNED_LINE.split(text, maxsplit=1)[0]
    return _of_recipients(_blocks_of_text(own))


def all_blocks(part: Part) -> list[Part]:
    """Split a status part into its field blocks, encoded ones included."""
    inside = part.get_payload()
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding in ("base64", "quoted-printable"):
        return _blocks_of_text(_decoded(part, encoding))
    if isinstance(inside, list):
        inner = [one for one in inside if isinstance(one, Part)]
        # The parser knows message/delivery-status; the others are one mail to it.
        text = part.get_content_type() != _STATUS[0] and inner
        return _blocks_of_text(inner[0].as_string()) if text else inner
    return _blocks_of_text(str(inside))


def _decoded(part: Part, encoding: str) -> str:
    inside = part.get_payload()
    pieces = inside if isinstance(inside, list) else [inside]
    data = "\n\n".join(
        piece.as_string() if isinstance(piece, Part) else str(piece) for piece in pieces
    ).encode("utf-8", "surrogateescape")
    if encoding == "quoted-printable":
        return quopri.decodestring(data).decode("utf-8", "replace")
    try:
        return a2b_base64(data).decode("utf-8", "replace")
    except Base64Error:
        return ""


def _blocks_of_text(text: str) -> list[Part]:
    unified = text.replace("\r\n", "\n")
    return [message_from_string(block + "\n\n") for block in _BLANKS.split(unified)]


def _tells_recipient(block: Part) -> bool:
    return "final-recipient" in block or "original-recipient" in block


def returned_parts(raw: bytes) -> Iterator[Part]:
    """Give the header of each mail that is attached, whole or as headers only."""
    for part in own_parts(tree(raw)):
        kind = part.get_content_type()
        inside = part.get_payload()
        if kind in _RETURNED and isinstance(inside, list):
            yield from (inner for inner in inside[:1] if isinstance(inner, Part))
        elif kind in (*_RETURNED_HEADERS, _GLOBAL_HEADERS, *_RETURNED):
            yield message_from_string(returned_text(part)[:_RETURNED_MAX].lstrip())


def returned_text(part: Part) -> str:
    """Decode a part, whatever it says that it is."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        payload = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return payload.decode("utf-8", "replace").replace("\r\n", "\n")


def clean(value: object) -> str:
    """Put a field on one line, bytes that are no ASCII repaired, without controls."""
    if isinstance(value, Header):  # what the parser makes of bare 8-bit letters
        pieces = (piece for piece, _ in decode_header(value))
        data = b"".join(
            one if isinstance(one, bytes) else one.encode() for one in pieces
        )
    else:
        data = str(value).encode("utf-8", "surrogateescape")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return " ".join(_CONTROLS.sub(" ", text).split())
