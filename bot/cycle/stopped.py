"""Posts that did not reach everybody: may they go on, and is this one of them."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot import message as mail
from bot.errors import ParseError, StoreError
from bot.model import Message, SendState, Settings
from bot.ports import Spool, Store

__all__: Final = ("repeated", "stopped")


def repeated(
    message: Message, settings: Settings, books: tuple[Store, Spool], now: datetime
) -> dict[str, SendState]:
    """Find the stopped sends of this very post, which its author sends once more.

    A mail client gives it another Message-ID and Date: subject, text and attachments
    are what makes it the same.
    """
    store, spool = books
    author = message.author
    if author is None or message.truncated:
        return {}
    found: dict[str, SendState] = {}
    for send in store.stopped_posts(now, message.subject):
        if send.list_name not in settings.lists:
            continue
        sha256 = store.original_of(send.id, author.address)
        if sha256 and _is_same(message, sha256, spool, now):
            found.setdefault(send.list_name, send)
    return {
        name: send
        for name, send in found.items()
        if store.unserved(send.id, settings.reached_by(name)) or send.in_flight
    }


def _is_same(message: Message, sha256: str, spool: Spool, now: datetime) -> bool:
    try:
        other = mail.read(spool.read(sha256), now)
    except (ParseError, StoreError):
        return False
    mine, theirs = (
        (one.text.split(), [(a.name, a.size) for a in one.attachments])
        for one in (message, other)
    )
    return mine == theirs


def stopped(settings: Settings, store: Store, now: datetime) -> tuple[SendState, ...]:
    """Give the stopped posts, and how many would get each of them now."""
    return tuple(
        replace(
            one, unserved=store.unserved(one.id, settings.reached_by(one.list_name))
        )
        for one in store.stopped_posts(now)
        if one.list_name in settings.lists
    )
