"""What a preview warns the sender of, before an announcement leaves."""

import re
from collections.abc import Callable
from typing import Final

from bot.model import Message

__all__ = ("warnings",)

# Mailboxes that are nearly full, and slow lines, refuse more than this (bytes).
_BIG: Final = 5_000_000
# Links are looked for at the beginning: 10 MB of pictures hold none.
_SEARCHED: Final = 524_288

_ATTACHMENT_WORDS = re.compile(
    r"\b(?:pi[èe]ces?[ -]jointes?|fichiers? joints?|documents? joints?|ci-?joint\w*"
    r"|en pj|attached|attachments?|enclosed)\b",
    re.IGNORECASE,
)
# Also in quoted-printable, where = is written =3D.
_LOCAL_HREF = re.compile(
    rb"\b(?:href|src)\s*=(?:3D)?\s*[\"']?(?:file:|[a-z]:[\\/])", re.IGNORECASE
)
_LOCAL_TEXT = re.compile(r"\bfile://|(?<![\w/])[A-Z]:\\\w")


def warnings(message: Message) -> tuple[str, ...]:
    """Name what the sender should look at, as ids of sentences; often nothing."""
    return tuple(name for name, applies in _CHECKS if applies(message))


def _no_text(message: Message) -> bool:
    return message.html_only or not message.text.strip()


def _big_attachments(message: Message) -> bool:
    attached = sum(one.size for one in message.attachments)
    return attached > _BIG or (message.truncated and message.size > _BIG)


def _local_links(message: Message) -> bool:
    beginning = message.raw[:_SEARCHED]
    return bool(_LOCAL_HREF.search(beginning) or _LOCAL_TEXT.search(message.text))


def _empty_subject(message: Message) -> bool:
    return not message.subject.strip()


def _missing_attachment(message: Message) -> bool:
    if message.attachments or message.truncated:
        return False
    typed = f"{message.subject}\n{message.typed}"
    return _ATTACHMENT_WORDS.search(typed) is not None


_CHECKS: Final[tuple[tuple[str, Callable[[Message], bool]], ...]] = (
    ("no-text", _no_text),
    ("big-attachments", _big_attachments),
    ("local-links", _local_links),
    ("empty-subject", _empty_subject),
    ("missing-attachment", _missing_attachment),
)
