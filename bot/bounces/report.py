"""RFC 3464 reports: one event for each recipient they tell about."""

import quopri
import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator
from email import message_from_bytes, message_from_string
from email.message import Message as Part

from bot.address import Address, parse
from bot.bounces.reasons import find_status, kind_of, reason_of
from bot.errors import ParseError
from bot.model import BounceEvent

__all__ = (
    "READ_MAX",
    "address_of",
    "clean",
    "event_for",
    "events_of",
    "lines_about",
    "reporting_host",
    "said_by",
    "status_blocks",
    "tells_failure",
)

# A report with an 8 MB original behind it tells what it has to tell before that.
READ_MAX = 1_000_000
_PARTS_MAX = 200
_DIAGNOSTIC_MAX = 500
_WORDS_MAX = 2000
# xtext (RFC 3461 §4); only what an address needs, since `+20` may be its own.
_XTEXT = re.compile(r"\+(2B|3D|40)", re.IGNORECASE)
_UNITEXT = re.compile(r"\\x\{([0-9A-F]{2,5})\}", re.IGNORECASE)  # RFC 6533 §3
_ADDRESS = re.compile(r"[^\s<>;:,\"'()\[\]]+@[^\s<>;:,\"'()\[\]]+")
_DELIVERED = {"delivered", "relayed", "expanded", "deliverable"}
_RETURNED = re.compile(
    r"^Content-Type:\s*(?:message/rfc822|text/rfc822-headers)",
    re.IGNORECASE | re.MULTILINE,
)
# How Postfix and Exim quote another server; qmail and others name no host.
_HOST = re.compile(r"\bhost ([\w.-]+) ?\[", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\bsaid:|remote (?:mail )?(?:host|server|system)|does not like recipient",
    re.IGNORECASE,
)
# A line with nothing but an address begins the next entry of Exim's list.
_ENTRY = re.compile(r"\s*<?[^\s<>]+@[^\s<>]+>?:?\s*")
_BLANKS = re.compile(r"\n[ \t]*\n+")
_REMOTE_LINES = 6


def status_blocks(raw: bytes) -> tuple[Part, ...]:
    """Give the per-recipient fields of a report, its first block left out.

    Only the report's own parts are looked at: a mail that the report, or a
    person, attaches is somebody else's.
    """
    root = message_from_bytes(raw[:READ_MAX])
    for part in _own_parts(root):
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            return tuple(block for block in _blocks(part) if _tells_recipient(block))
    return _blocks_without_parts(root)


def _blocks_without_parts(root: Part) -> tuple[Part, ...]:
    """Read a report whose boundary is wrong or missing, up to the mail it returns."""
    text = root.get_payload()
    if root.get_content_maintype() != "multipart" or not isinstance(text, str):
        return ()
    own = _RETURNED.split(text, maxsplit=1)[0]
    return tuple(block for block in _blocks_of_text(own) if _tells_recipient(block))


def _own_parts(root: Part) -> Iterator[Part]:
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


def _blocks(part: Part) -> list[Part]:
    """Split a status part into its field blocks, encoded ones included."""
    inside = part.get_payload()
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding in ("base64", "quoted-printable"):
        return _blocks_of_text(_decoded(part, encoding))
    if isinstance(inside, list):
        return [inner for inner in inside if isinstance(inner, Part)]
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


def tells_failure(blocks: tuple[Part, ...]) -> bool:
    """Whether anything in a report was not delivered, or is late."""
    return any(_action(block) not in _DELIVERED for block in blocks)


def _action(block: Part) -> str:
    return clean(block.get("action", "")).lower().split(" ")[0]


def events_of(blocks: tuple[Part, ...], text: str) -> tuple[BounceEvent, ...]:
    """Make the events of a report; what was delivered makes none.

    Args:
        blocks: per-recipient fields.
        text: the report's words for people, asked where the fields say nothing.
    """
    found = []
    for block in blocks:
        address = _block_address(block)
        action = _action(block)
        if address is None or action in _DELIVERED:
            continue
        status = find_status(clean(block.get("status", "")))
        diagnostic = _diagnostic(block) or lines_about(address, text)
        if not action and not status and not diagnostic:
            continue
        remote = _host_in(block, "remote-mta") or said_by(diagnostic)
        delayed = action == "delayed"
        found.append(event_for(address, status, diagnostic, text, delayed, remote))
    return tuple({event.address: event for event in found}.values())


def event_for(
    address: Address,
    status: str,
    diagnostic: str,
    text: str,
    delayed: bool,  # noqa: FBT001 - one more fact about the recipient
    remote: str = "",
) -> BounceEvent:
    """Judge what a server said about an address; `remote`: another one's host."""
    telling = status if status[1:] not in ("", ".0.0") else ""
    code = telling or find_status(diagnostic) or status
    told = (
        diagnostic[:_WORDS_MAX],
        lines_about(address, text)[:_WORDS_MAX],
        text[:_WORDS_MAX],
    )
    reasons = (reason_of(code, words) for words in told)
    reason = next((one for one in reasons if one != "other"), "other")
    kind = kind_of(reason, code, delayed=delayed)
    words = diagnostic[:_DIAGNOSTIC_MAX]
    return BounceEvent(address, kind, code, reason, words, remote)


def said_by(words: str) -> str:
    """Name the other server whose words a report quotes; empty: it speaks itself."""
    found = _HOST.search(words)
    if found:
        return found[1].lower()
    return "unknown.invalid" if _ELSEWHERE.search(words) else ""


def reporting_host(raw: bytes) -> str:
    """Name the host that wrote a report (RFC 3464 §2.2.2), or nothing."""
    for part in _own_parts(message_from_bytes(raw[:READ_MAX])):
        if part.get_content_type() == "message/delivery-status":
            hosts = (_host_in(block, "reporting-mta") for block in _blocks(part))
            return next((host for host in hosts if host), "")
    return ""


def _host_in(block: Part, field: str) -> str:
    """Read a field such as `dns; mx.example.org`."""
    value = clean(block.get(field, ""))
    return (value.partition(";")[2] or value).strip().partition(" ")[0].lower()


def _block_address(block: Part) -> Address | None:
    """Prefer the recipient that we wrote to over the one it was forwarded to."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        address = address_of(clean(block.get(name, "")))
        if address:
            return address
    return None


def address_of(text: str) -> Address | None:
    """Find an address in the value of a recipient field."""
    value = text.partition(";")[2] or text
    value = _XTEXT.sub(lambda code: chr(int(code[1], 16)), value)
    value = _UNITEXT.sub(lambda code: chr(int(code[1], 16)), value)
    for candidate in _ADDRESS.findall(value):
        try:
            return parse(candidate.strip(".").removeprefix("mailto:"))
        except ParseError:
            continue
    return None


def _diagnostic(block: Part) -> str:
    value = clean(block.get("diagnostic-code", ""))
    return re.sub(r"^\s*[\w-]+\s*;\s*", "", value) if ";" in value[:20] else value


def lines_about(address: Address, text: str) -> str:
    """Give the lines from the one that names an address on, up to the next blank."""
    lines = text.splitlines()
    wanted = str(address).lower()
    for index, line in enumerate(lines):
        if wanted in line.lower():
            return clean(" ".join(_paragraph(lines, index)))
    return ""


def _paragraph(lines: list[str], index: int) -> list[str]:
    """Collect a line, and what follows it: servers put the reason below."""
    found = [lines[index]]
    for line in lines[index + 1 : index + 1 + _REMOTE_LINES]:
        if len(found) > 1 and (not line.strip() or _ENTRY.fullmatch(line)):
            break
        found.append(line)
    return found


def clean(value: object) -> str:
    """Put a field on one line, bytes that are no ASCII repaired."""
    data = str(value).encode("utf-8", "surrogateescape")
    return " ".join(data.decode("utf-8", "replace").split())
