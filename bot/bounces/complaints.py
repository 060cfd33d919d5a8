"""Complaints: somebody told their provider that a mail of ours is unwanted.

Abuse reports (RFC 5965), and the older form in which Microsoft sends the mail itself.
"""

import re
from collections.abc import Iterator
from email.message import Message as Part

from bot.address import Address
from bot.bounces.parts import clean, own_parts, returned_parts, returned_text, tree
from bot.bounces.report import address_of
from bot.bounces.returned import returned_names
from bot.model import Complaint, Message

__all__ = ("complaint", "is_feedback_report")

_ADDRESSES_MAX = 5
_RCPT = ("original-rcpt-to", "removal-recipient")
# Hotmail's name for whoever complained, in the mail that it returns.
_HOTMAIL = ("x-hmxmroriginalrecipient",)
_JMRP = re.compile(
    r"(?:staff|jmrp\w*)@(?:hotmail|outlook|microsoft)\.|^jmrp", re.IGNORECASE
)
_NO_COMPLAINT = {"not-spam"}


def is_feedback_report(message: Message) -> bool:
    """Whether it is an abuse report, also one that takes a complaint back."""
    try:
        return _fields(message) is not None or _is_jmrp(message)
    except Exception:  # noqa: BLE001 - the standard library on damaged MIME
        return False


def complaint(message: Message) -> Complaint | None:
    """Read who complains, and of what; None where nobody does.

    Many providers hide the address: then it has none.
    """
    try:
        return _read(message)
    except Exception:  # noqa: BLE001 - the standard library on damaged MIME
        return None


def _read(message: Message) -> Complaint | None:
    fields = _fields(message)
    if fields is None and not _is_jmrp(message):
        return None
    stated = clean(fields.get("feedback-type", "")) if fields is not None else ""
    kind = stated.lower() or "abuse"
    if kind in _NO_COMPLAINT:
        return None
    ours = {who.address for who in (*message.to, *message.cc)}
    found = [one for one in _people(message, fields) if one not in ours]
    return Complaint(tuple(dict.fromkeys(found))[:_ADDRESSES_MAX], kind)


def _people(message: Message, fields: Part | None) -> Iterator[Address]:
    """Give the people whom the surest source names."""
    sources = [_named(fields, _RCPT)] if fields is not None else []
    sources += [_named(one, _HOTMAIL) for one in returned_parts(message.raw)]
    sources.append(list(returned_names(message)[:1]))
    yield from next((found for found in sources if found), [])


def _named(fields: Part, names: tuple[str, ...]) -> list[Address]:
    values = (clean(value) for name in names for value in fields.get_all(name, []))
    return [one for one in map(address_of, values) if one]


def _fields(message: Message) -> Part | None:
    """Give the fields of the report (RFC 5965 §3), empty where they are missing."""
    if message.content_type != "multipart/report":
        return None
    for part in own_parts(tree(message.raw)):
        if part.get_content_type() == "message/feedback-report":
            inside = part.get_payload()
            if isinstance(inside, list) and inside and isinstance(inside[0], Part):
                return inside[0]
            return _fields_of_text(returned_text(part))
    return Part() if message.report_type == "feedback-report" else None


def _fields_of_text(text: str) -> Part:
    found = Part()
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[\w-]+", name):
            found[name] = value.strip()
    return found


def _is_jmrp(message: Message) -> bool:
    """Whether Microsoft returns the mail that was called junk, without a report."""
    author = str(message.author.address) if message.author else ""
    if not _JMRP.search(author):
        return False
    kinds = {message.content_type, *(one.content_type for one in message.attachments)}
    return "message/rfc822" in kinds
