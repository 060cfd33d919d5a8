"""The mail that came back: for whom it was, and which of ours it is.

Read from the header of the copy alone; To and From are the list's. Nothing raises.
"""

import re
from collections.abc import Iterable, Iterator
from email.message import Message as Part
from email.parser import HeaderParser

from bot.address import Address
from bot.bounces.parts import clean, own_parts, returned_parts, returned_text, tree
from bot.bounces.report import address_of
from bot.model import Message

__all__ = ("returned_ids", "returned_names", "returned_to")

_NAMES_MAX = 10
_IDS_MAX = 5
_TEXT_MAX = 131_072
_BLOCK_MAX = 16_384
_FIELD_MAX = 2000
# Surest first: what a server writes as it delivers, then as it passes a mail on.
_FIELDS = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-delivered-to",
    "x-forwarded-to",
    "x-forwarded-for",
    "resent-to",
    "apparently-to",
)
_FOR = re.compile(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s@]{1,500}@[^<>\s]{1,400}>")
# The header of a mail that is quoted in a text: fields in a row, some of them a mail's.
_BLOCK = re.compile(
    r"(?:^[>| \t]*[A-Za-z][\w-]*[ \t]?:.*\n(?:[>|]*[ \t]+\S.*\n)*){3,}", re.MULTILINE
)
_MAILS_FIELD = re.compile(
    r"^(?:message-id|received|date|return-path|mime-version)[ \t]?:",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED = re.compile(r"^[>| \t]+(?=[A-Za-z][\w-]*[ \t]?:)", re.MULTILINE)


def returned_names(message: Message) -> tuple[Address, ...]:
    """Give for whom the copy was that came back, the surest first."""
    try:
        found = [one for header in _headers(message) for one in _names(header)]
    except Exception:  # noqa: BLE001 - the standard library on damaged MIME
        return ()
    return tuple(dict.fromkeys(found))[:_NAMES_MAX]


def returned_ids(message: Message) -> tuple[str, ...]:
    """Give Message-IDs of the mail that came back, the surest first.

    Many reports name it in their own References, too.
    """
    try:
        found = [one for header in _headers(message) for one in _ids(header)]
    except Exception:  # noqa: BLE001 - the standard library on damaged MIME
        found = []
    known = (*found, *message.in_reply_to, *reversed(message.references))
    return tuple(dict.fromkeys(known))[:_IDS_MAX]


def returned_to(message: Message) -> tuple[Address, ...]:
    """Give the one address in To of the copy, where it names just one."""
    for header in _headers(message):
        value = clean(header.get("to", ""))
        address = address_of(value) if value.count("@") == 1 else None
        sender = address_of(clean(header.get("from", "")))
        return (address,) if address and address != sender else ()
    return ()


def _headers(message: Message) -> Iterator[Part]:
    """Give the headers of attached mails, then those that texts quote."""
    yield from returned_parts(message.raw)
    for part in own_parts(tree(message.raw)):
        if part.get_content_maintype() in ("text", "multipart"):
            for block in _BLOCK.finditer(returned_text(part)[:_TEXT_MAX] + "\n"):
                text = _QUOTED.sub("", block[0][:_BLOCK_MAX])
                if _MAILS_FIELD.search(text):
                    yield HeaderParser().parsestr(text)


def _names(header: Part) -> Iterator[Address]:
    values = [value for name in _FIELDS for value in header.get_all(name, [])]
    passed = header.get_all("received", [])
    values += [
        one for value in passed for one in _FOR.findall(clean(value)[:_FIELD_MAX])
    ]
    yield from _addresses(values)


def _addresses(values: Iterable[object]) -> Iterator[Address]:
    for value in values:
        for piece in re.split(r"[,\s]+", clean(value)[:_FIELD_MAX]):
            address = address_of(piece)
            if address:
                yield address


def _ids(header: Part) -> Iterator[str]:
    for value in header.get_all("message-id", []):
        yield from _ID.findall(clean(value))[:1]
