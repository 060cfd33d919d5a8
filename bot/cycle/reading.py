"""From the spool to a decision; also what `explain` shows."""

from dataclasses import replace
from datetime import datetime

from bot import identity
from bot import message as mail
from bot.actions import Decision
from bot.decide import understand as decide_about
from bot.errors import ParseError
from bot.model import Message, Roster, Settings
from bot.ports import Intake, Spool, Store

__all__ = ("is_witness", "read_mail", "roster_for", "understand")


def read_mail(spool: Spool, intake: Intake) -> Message:
    """Read a booked mail.

    Raises:
        ParseError: it can't be read.
        StoreError: its file is gone or damaged.
    """
    return mail.read(
        spool.read(intake.sha256),
        intake.received_at,
        size=intake.size,
        header_only=intake.header_only,
    )


def is_witness(header: bytes, settings: Settings) -> bool:
    """Whether a header is that of a post that we sent ourselves.

    Only posts ride along; whatever else has our mark is read whole.
    """
    if b"x-colporteur" not in header.lower():
        return False
    try:
        facts = mail.read(header, _EPOCH, header_only=True)
    except ParseError:
        return False
    author = facts.author
    mark = identity.own_mark(facts.first("x-colporteur"), settings.secret)
    return (
        mark is not None and author is not None and (author.address == settings.mailbox)
    )


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def roster_for(
    message: Message, settings: Settings, store: Store, now: datetime
) -> Roster:
    """Load the part of the store that a mail concerns."""
    roster = store.roster_for(
        message.author.address if message.author else None,
        identity.tokens_in(message, settings.mailbox, settings.subaddressing),
        identity.refs_in(message),
        message.fingerprint,
        (*message.in_reply_to, *message.references),
        now,
    )
    recipients = {
        name: store.count_recipients(settings.reached_by(name))
        for name in settings.lists
    }
    return replace(roster, recipients=recipients)


def understand(
    message: Message, settings: Settings, store: Store | None, now: datetime
) -> Decision:
    """Decide about one mail; without a store, as if nobody were known."""
    roster = roster_for(message, settings, store, now) if store else Roster()
    return decide_about(message, settings, roster, now)
