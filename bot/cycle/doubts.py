"""Batches whose fate is unknown: what polls prove about them, and what follows."""

from datetime import datetime, timedelta

from bot import logs
from bot.cycle.parts import Parts
from bot.sending.batches import settle_doubtful, watched_since

__all__ = ("note_failed_poll", "note_poll", "settle_doubts")

_LAST = "last_poll"
# Empty after a poll that failed: the time until the next one was not watched.
_WATCHING = "watching_since"


def note_poll(parts: Parts) -> None:
    """Note that a poll saw all there is in the mailbox."""
    now = parts.clock.now()
    with parts.store.transaction():
        before = parts.store.noted(_WATCHING)
        last = datetime.fromisoformat(before) if before else None
        seconds = int(watched_since(last, now).total_seconds())
        if seconds:
            parts.store.note_watched(seconds)
        if seconds or last is None or now < last:  # else seconds would get lost
            parts.store.note(_WATCHING, now.isoformat())
        parts.store.note(_LAST, now.isoformat())


def note_failed_poll(parts: Parts) -> None:
    """Note that a copy may lie in the mailbox unseen."""
    parts.store.note(_WATCHING, "")


def settle_doubts(parts: Parts, now: datetime) -> None:
    """Settle the batches whose fate is known by now.

    In one transaction, since another thread marks the witnesses that it sees.
    """
    with parts.store.transaction():
        doubtful = parts.store.doubtful()
        watched = timedelta(seconds=parts.store.watched() if doubtful else 0)
        for batch in doubtful:
            state = settle_doubtful(batch, watched)
            if state is not None:
                parts.store.settle_batch(batch.id, state, now, "settled by the witness")
                logs.log(
                    "batch.settled",
                    batch=batch.id,
                    state=state.value,
                    witness=batch.witness,
                )
