"""The provider's Sent folder: our own mails in it, and those that people wrote.

Read only, headers only: nothing here sets a flag.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any, Final

from imapclient import IMAPClient

from bot.address import parse_field
from bot.model import HandSent
from bot.ports import SentLook

__all__ = ("batch_of", "batches", "by_hand", "recipients_of", "selected")

# 8,000 uids make a line that Dovecot refuses.
_UIDS_AT_ONCE: Final = 500
_OURS: Final = "X-COLPORTEUR"
_ADDRESSEES: Final = ("to", "cc", "bcc")
_WITNESS: Final = re.compile(r"post; id=(\d{1,18});")
# What `parse_field` can't read still went to somebody.
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"]+@[^\s<>,;:\"]+")

Judge = Callable[[str], int | None]


def batch_of(value: str) -> int | None:
    """Read the batch's id from an `X-Colporteur`, without checking who signed it."""
    found = _WITNESS.match(value.strip())
    return int(found[1]) if found else None


@contextmanager
def selected(client: IMAPClient, sent: str, back: str) -> Iterator[int]:
    """Look into the Sent folder, then go back; give its UIDVALIDITY."""
    try:
        answer = client.select_folder(sent, readonly=True)
        yield int(answer.get(b"UIDVALIDITY", 0))
    finally:
        client.select_folder(back)


def batches(
    client: IMAPClient, wanted: frozenset[int], since: datetime, judge: Judge
) -> frozenset[int]:
    """Say which batches have a copy in the selected folder."""
    found: set[int] = set()
    for some in _chunks(sorted(_since(client, since), reverse=True)):
        for _, header, _ in _headers(client, some, (_OURS,)):
            batch = judge(_mark(header))
            if batch is not None:
                found.add(batch)
        if wanted <= found:
            break
    return wanted & found


def by_hand(
    client: IMAPClient, validity: int, since: datetime, seen: int, judge: Judge
) -> SentLook:
    """Find the mails of the selected folder that are not ours.

    Mail clients and providers may both keep a copy of the same mail: it counts once.
    """
    fields = (_OURS, "MESSAGE-ID", *map(str.upper, _ADDRESSEES))
    uids = [uid for uid in sorted(_since(client, since)) if uid > seen]
    found: dict[str, HandSent] = {}
    for some in _chunks(uids):
        for uid, header, at in _headers(client, some, fields):
            if at >= since and judge(_mark(header)) is None:
                name = str(header.get("message-id", "")).strip() or f"uid {uid}"
                found.setdefault(name, HandSent(uid, at, recipients_of(header)))
    return SentLook(validity, max(uids, default=seen), tuple(found.values()))


def recipients_of(header: Message) -> int:
    """Count whom a mail went to: To, Cc and Bcc, each address once, at least one."""
    values = [str(one) for name in _ADDRESSEES for one in header.get_all(name, [])]
    parsed = {one.address.key for one in parse_field(values)}
    seen = {one.lower() for value in values for one in _ADDRESS.findall(value)}
    return max(len(parsed) or len(seen), 1)


def _since(client: IMAPClient, since: datetime) -> list[int]:
    # SINCE knows no hours, and the server's days may begin earlier.
    found: list[int] = client.search(["SINCE", since.date() - timedelta(days=1)])
    return found


def _headers(
    client: IMAPClient, uids: Sequence[int], fields: tuple[str, ...]
) -> Iterator[tuple[int, Message, datetime]]:
    peek = f"BODY.PEEK[HEADER.FIELDS ({' '.join(fields)})]"
    answers: dict[int, dict[bytes, Any]] = client.fetch(uids, ["INTERNALDATE", peek])
    for uid, answer in sorted(answers.items()):
        at = answer.get(b"INTERNALDATE")
        if isinstance(at, datetime):
            yield uid, message_from_bytes(_header(answer)), at.astimezone(UTC)


def _header(answer: dict[bytes, Any]) -> bytes:
    """Take the header out of an answer: servers name the fields in their own order."""
    found = (raw for name, raw in answer.items() if name.startswith(b"BODY["))
    return next(found, b"") or b""


def _mark(header: Message) -> str:
    return " ".join(str(header.get(_OURS, "")).split())


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), _UIDS_AT_ONCE):
        yield uids[start : start + _UIDS_AT_ONCE]
