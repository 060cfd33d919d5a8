"""Reads in a report what our own provider says of our account."""

from collections.abc import Sequence

from bot.bounces import may_be_providers, returned_marks, said_by_provider
from bot.identity import own_mark, proof
from bot.model import BounceEvent, Message, ReturnedBatch, Settings
from bot.sending.returned import ReplyTable, of_the_account, returned_batch

__all__ = ("of_our_account",)


def of_our_account(
    settings: Settings,
    table: ReplyTable,
    message: Message,
    events: Sequence[BounceEvent],
) -> ReturnedBatch | None:
    """Find the events that are about a limit on our account, and our batch.

    The batch is named by the mark in the mail that the report returns; anything but
    a genuine mark names none. Every recipient has that mark, and so a report that
    can't be our provider's names none either.
    """
    read = ((event, of_the_account(event, table)) for event in events)
    pairs = [
        (event, reading)
        for event, reading in read
        if reading is not None and said_by_provider(event, message, settings.mailbox)
    ]
    if not pairs:
        return None
    return returned_batch(pairs, _batch_id(settings, message))


def _batch_id(settings: Settings, message: Message) -> int | None:
    authserv = settings.trusted_authserv
    homes = (settings.mailbox.domain, authserv)
    if not may_be_providers(message, proof(message, authserv), homes):
        return None
    marks = (own_mark(one, settings.secret) for one in returned_marks(message))
    return next((mark[1] for mark in marks if mark), None)
