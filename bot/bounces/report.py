"""RFC 3464 reports: one event for each recipient they tell about."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message as Part

from bot.address import Address, parse
from bot.bounces.parts import all_blocks, clean, own_parts, tree
from bot.bounces.reasons import find_status, judge
from bot.errors import ParseError
from bot.model import BounceEvent

__all__ = (
    "Said",
    "address_of",
    "event_for",
    "events_of",
    "lines_about",
    "reporting_host",
    "said_by",
    "tells_failure",
)

_DIAGNOSTIC_MAX = 500
_WORDS_MAX = 2000
_ALSO_MAX = 5
# xtext (RFC 3461 §4); only what an address needs, since `+20` may be its own.
_XTEXT = re.compile(r"\+(2B|3D|40)", re.IGNORECASE)
# RFC 6533 §3
_UNITEXT = re.compile(r"\\x\{([0-9A-F]{2,5})\}", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>;:,\"'()\[\]]+@[^\s<>;:,\"'()\[\]]+")
_DELIVERED = {"delivered", "relayed", "expanded", "deliverable"}
# How Postfix and Exim quote another server; qmail and others name no host.
_HOST = re.compile(r"\bhost ([\w.-]+) ?\[", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\bsaid:|remote (?:mail )?(?:host|server|system)|does not like recipient",
    re.IGNORECASE,
)
# A line with nothing but an address begins the next entry of Exim's list; old
# Sendmails write `550 name... reason`.
_ENTRY = re.compile(r"\s*<?[^\s<>]+@[^\s<>]+>?:?\s*")
_REPLY_LINE = re.compile(r"\d{3} \S+(?: \(\w+\))?\.\.\. .*")
_REMOTE_LINES = 6
# Whom we wrote to comes first, then whom it was passed on to.
_NAMES = (
    "original-recipient",
    "x-original-recipient",
    "final-recipient",
    "x-actual-recipient",
)
_PASSED_ON = re.compile(
    r"(?:expanded|generated|redirected|forwarded|weitergeleitet|aliased|transmis)"
    r"(?: from| to| an| a| à| by)?:?\s*<?([^\s<>()\"]+@[^\s<>()\"]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a report tells beside its fields."""

    text: str  # its words for people
    ours: frozenset[Address] = field(default_factory=frozenset)  # who gets it


def tells_failure(blocks: tuple[Part, ...]) -> bool:
    """Whether anything in a report was not delivered, or is late."""
    return any(_action(block) not in _DELIVERED for block in blocks)


def _action(block: Part) -> str:
    return re.split(r"[\s(;]", clean(block.get("action", "")).lower())[0]


def events_of(blocks: tuple[Part, ...], said: Said) -> tuple[BounceEvent, ...]:
    """Make the events of a report; what was delivered makes none.

    Args:
        blocks: per-recipient fields.
        said: asked where the fields say nothing.
    """
    found = (_event_of(block, said) for block in blocks)
    return tuple({event.address: event for event in found if event}.values())


def _event_of(block: Part, said: Said) -> BounceEvent | None:
    names = _names_in(block)
    action = _action(block)
    if not names or action in _DELIVERED:
        return None
    status = find_status(clean(block.get("status", "")))
    diagnostic = _diagnostic(block) or _about(names, said.text)
    if not action and not status and not diagnostic:
        return None
    remote = _host_in(block, "remote-mta") or said_by(diagnostic)
    delayed = action == "delayed"
    return event_for(names, diagnostic, said, status, remote=remote, delayed=delayed)


def _about(names: tuple[Address, ...], text: str) -> str:
    return next((found for one in names if (found := lines_about(one, text))), "")


def event_for(
    names: tuple[Address, ...],
    diagnostic: str,
    said: Said,
    status: str = "",
    *,
    remote: str = "",
    delayed: bool = False,
) -> BounceEvent:
    """Judge what a server said about somebody.

    Args:
        names: all names of the person in the report, the one that we know first.
        diagnostic: the server's words.
        said: the rest of the report.
        status: enhanced status code, or nothing.
        remote: whose words they are, where another server said them.
        delayed: it will be tried again.
    """
    telling = status if status[1:] not in ("", ".0.0") else ""
    code = telling or find_status(diagnostic) or status
    about = _about(names, said.text)
    diagnosed, described, text = (
        _marked(one[:_WORDS_MAX], names, said.ours)
        for one in (diagnostic, about, said.text)
    )
    reason, kind = judge(code, (diagnosed, described), text)
    also = (*names[1:], *_passed_on(f"{diagnostic} {about}", names))
    return BounceEvent(
        names[0],
        "delay" if delayed else kind,
        code,
        reason,
        diagnostic[:_DIAGNOSTIC_MAX],
        remote,
        tuple(dict.fromkeys(also))[:_ALSO_MAX],
    )


def _marked(words: str, names: Iterable[Address], ours: Iterable[Address]) -> str:
    """Put a mark for each address: what is said of the sender isn't of the person.

    Addresses may hold any word, `spam@…` and `unknown@…` among them.
    """
    marks = {one.key: " (sender) " for one in ours}
    marks |= {one.key: " (recipient) " for one in names}

    def mark(found: re.Match[str]) -> str:
        return marks.get(found[0].strip(".").lower(), " (address) ")

    return _ADDRESS.sub(mark, words)


def _passed_on(words: str, names: tuple[Address, ...]) -> Iterator[Address]:
    for candidate in _PASSED_ON.findall(words[: 2 * _WORDS_MAX]):
        address = address_of(candidate)
        if address and address not in names:
            yield address


def said_by(words: str) -> str:
    """Name the other server whose words a report quotes; empty: it speaks itself."""
    found = _HOST.search(words)
    if found:
        return found[1].lower()
    return "unknown.invalid" if _ELSEWHERE.search(words) else ""


def reporting_host(raw: bytes) -> str:
    """Name the host that wrote a report (RFC 3464 §2.2.2), or nothing."""
    for part in own_parts(tree(raw)):
        if part.get_content_type() == "message/delivery-status":
            hosts = (_host_in(block, "reporting-mta") for block in all_blocks(part))
            return next((host for host in hosts if host), "")
    return ""


def _host_in(block: Part, name: str) -> str:
    """Read a field such as `dns; mx.example.org`."""
    value = clean(block.get(name, ""))
    return (value.partition(";")[2] or value).strip().partition(" ")[0].lower()


def _names_in(block: Part) -> tuple[Address, ...]:
    """Give the recipient's names, the one that we wrote to first."""
    values = (clean(value) for name in _NAMES for value in block.get_all(name, []))
    found = (address_of(value) for value in values)
    return tuple(dict.fromkeys(address for address in found if address))


def address_of(text: str) -> Address | None:
    """Find an address in the value of a recipient field."""
    value = (text.partition(";")[2] or text)[:_WORDS_MAX]
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
        if _REPLY_LINE.fullmatch(line) and _REPLY_LINE.fullmatch(found[0]):
            break
        found.append(line)
    return found
