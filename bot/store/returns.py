"""What the provider took and sent back: its recipients wait again.

`sent` is final for the batch, which stays in the ledger and counts; its deliveries
go to another batch, a few times at most. A delivery belongs to the batch that it was
last sent in, so that a report that comes twice finds nobody the second time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, Row, TextClause, text

from bot.address import Address
from bot.errors import StoreConflictError
from bot.model import BatchState, TakenBack
from bot.store.convert import (
    listed,
    to_address,
    to_micros_or_none,
    to_time,
)
from bot.store.ledger import Ledger

__all__: Final = ("RETURNS_MAX", "Returns")

# So long a post, or a letter of our own, stays in the spool after its last batch (see
# `needed_spool`).
_POSTS_WITHIN: Final = timedelta(days=3)
_LETTERS_WITHIN: Final = timedelta(hours=5)

_BATCH: Final = text(
    "SELECT b.state, b.send_id, b.sending_at, s.kind, s.list_name, s.subject, s.sender,"
    " s.stopped, s.finished_at FROM batches b JOIN sends s ON s.id = b.send_id"
    " WHERE b.id = :batch_id"
)
# So often is one person sent to again; then the provider is believed. It is the
# patience of `sending.batches.retry_at`; a test compares the two.
RETURNS_MAX: Final = 6
# People who are gone meanwhile are not written to any more.
_SERVED: Final = text(
    "SELECT d.seq, d.address, d.attempts FROM deliveries d WHERE d.send_id = :send_id"
    " AND d.batch_id = :batch_id AND d.state = 'sent' AND d.address <> ''"
    " AND (d.person_id IS NULL OR EXISTS"
    "  (SELECT 1 FROM people p WHERE p.id = d.person_id))"
)
_MOVE: Final = listed(
    "UPDATE deliveries SET state = :state, due_at = :due_at, attempts = attempts + 1"
    " WHERE send_id = :send_id AND seq IN :seqs AND state = 'sent'",
    "seqs",
    Integer,
)
_GIVE_UP: Final = listed(
    "UPDATE deliveries SET state = 'failed', due_at = NULL, reply = :words,"
    " attempts = attempts + 1"
    " WHERE send_id = :send_id AND seq IN :seqs AND state = 'sent'",
    "seqs",
    Integer,
)
# It finishes once more, so that whoever sent it is told.
_COUNT_GIVEN_UP: Final = text(
    "UPDATE sends SET accepted = accepted - :count, refused = refused + :count,"
    " finished_at = NULL WHERE id = :send_id"
)
_COUNT: Final[dict[str, TextClause]] = {
    "deferred": text(
        "UPDATE sends SET accepted = accepted - :count, deferred = deferred + :count,"
        " finished_at = NULL WHERE id = :send_id"
    ),
    "cancelled": text(
        "UPDATE sends SET accepted = accepted - :count, cancelled = cancelled + :count"
        " WHERE id = :send_id"
    ),
    "failed": text(
        "UPDATE sends SET accepted = accepted - :count, refused = refused + :count"
        " WHERE id = :send_id"
    ),
}


class Returns(Ledger):
    """The part of the store that takes back what came back."""

    def take_back(
        self,
        batch_id: int,
        addresses: Sequence[Address],
        due_at: datetime,
        now: datetime,
        words: str = "",
    ) -> TakenBack | None:
        """Let recipients of a batch wait until `due_at` who were counted as served.

        Those of a send that was stopped are not sent to again. Who came back once
        too often is refused, with the report's words. None: we have no such batch,
        or no longer.

        Raises:
            StoreConflictError: the batch is just being sent; ask again later.
        """
        with self.transaction():
            row = self._row(_BATCH, batch_id=batch_id)
            if row is None or to_time(row.sending_at) < now - _within(row.kind):
                return None
            self._prove(batch_id, row.state, now)
            seqs = self._concerned(batch_id, row, addresses, words)
            moved = self._move(row, seqs, due_at)
        reopened = bool(moved and row.finished_at and not row.stopped)
        return TakenBack(
            moved=moved,
            sent_at=to_time(row.sending_at),
            kind=row.kind,
            list_name=row.list_name,
            subject=row.subject,
            sender=to_address(row.sender) if row.sender else None,
            reopened=reopened,
        )

    def _prove(self, batch_id: int, state: str, now: datetime) -> None:
        """A report that names the batch shows that it was accepted."""
        match state:
            case BatchState.SENDING:
                raise StoreConflictError("a report came before the server's reply")
            case BatchState.DOUBTFUL:
                self.settle_batch(batch_id, BatchState.SENT, now, "settled by a report")
            case _:
                self.mark_witness(batch_id)

    def _concerned(
        self, batch_id: int, row: Row[Any], addresses: Sequence[Address], words: str
    ) -> list[int]:
        """Say which deliveries may wait again; the others are given up."""
        keys = {one.key for one in addresses}
        served = self._rows(_SERVED, send_id=row.send_id, batch_id=batch_id)
        named = [one for one in served if to_address(one.address).key in keys]
        hopeless = [
            one.seq for one in named if one.attempts >= RETURNS_MAX and not row.stopped
        ]
        if hopeless:
            count = self._change(
                _GIVE_UP, send_id=row.send_id, seqs=hopeless, words=words
            )
            self._change(_COUNT_GIVEN_UP, send_id=row.send_id, count=count)
        return [one.seq for one in named if one.seq not in set(hopeless)]

    def _move(self, row: Row[Any], seqs: Sequence[int], due_at: datetime) -> int:
        if not seqs:
            return 0
        state = row.stopped or "deferred"
        count = self._change(
            _MOVE,
            send_id=row.send_id,
            seqs=seqs,
            state=state,
            due_at=to_micros_or_none(None if row.stopped else due_at),
        )
        self._change(_COUNT[state], send_id=row.send_id, count=count)
        return count


def _within(kind: str) -> timedelta:
    return _POSTS_WITHIN if kind in {"post", "digest"} else _LETTERS_WITHIN
