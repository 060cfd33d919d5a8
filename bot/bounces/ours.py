"""Reports about ourselves: which mail of ours came back, and who refused it.

A provider may take a mail and send it back afterwards, since a limit on the account
was reached. Such a report tells nothing about the people that it names.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Part
from typing import Final

from bot.address import Address
from bot.bounces.report import READ_MAX, clean, reporting_host
from bot.model import BounceEvent, Message

__all__ = ("returned_marks", "said_by_provider")

_FIELD: Final = "X-Colporteur"
_MARK: Final = re.compile(
    rf"^{_FIELD}:[ \t]*((?:[^\r\n]|\r?\n[ \t]+)+)", re.IGNORECASE | re.MULTILINE
)
_MARKS_MAX: Final = 10
# Under these and a country an organisation's name is one label further on.
_OPEN: Final = re.compile(r"(?:ac|asso|co|com|edu|gouv|gov|net|org)\.[a-z]{2}")


def returned_marks(message: Message) -> tuple[str, ...]:
    """Give the `X-Colporteur` of the mail that a report returns, unchecked."""
    try:
        found = dict.fromkeys(_marks(message_from_bytes(message.raw[:READ_MAX])))
    except Exception:  # noqa: BLE001 - the standard library on damaged MIME
        return ()
    return tuple(found)[:_MARKS_MAX]


def _marks(root: Part) -> Iterator[str]:
    for part in root.walk():
        if part is not root:
            yield from map(clean, part.get_all(_FIELD, []))
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                text = payload.decode("utf-8", "replace")
                yield from map(clean, _MARK.findall(text))


def said_by_provider(event: BounceEvent, message: Message, mailbox: Address) -> bool:
    """Whether our own provider refused, not the one of the recipient."""
    if not event.remote:
        return True
    host = _organisation(event.remote)
    ours = (reporting_host(message.raw), mailbox.domain)
    return host in {_organisation(one) for one in ours if one}


def _organisation(host: str) -> str:
    labels = host.lower().strip(".").split(".")
    size = 3 if _OPEN.fullmatch(".".join(labels[-2:])) else 2
    return ".".join(labels[-size:])
