"""The batches: what was handed to the server, and what became of it.

A batch is on disk as `sending` before the first byte of the message leaves. Every
UPDATE names the states that it may start from; where it finds another the whole
transaction is undone, so that `sent` is final whatever the caller believes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, TextClause, text

from bot.errors import StoreConflictError, StoreError
from bot.model import Batch, BatchState, Delivery
from bot.store.convert import (
    listed,
    to_micros,
    to_micros_or_none,
    to_time,
    to_time_or_none,
)
from bot.store.doubles import Doubles
from bot.store.housekeeping import EVERYTHING_PAUSED

__all__: Final = ("Ledger",)

_SELF: Final = "self"  # the witness that rides along as one more recipient

_NEW_BATCH: Final = text(
    "INSERT INTO batches (send_id, state, recipients, witness, witnessed, reply,"
    " sending_at) VALUES (:send_id, 'sending', :recipients, :witness, FALSE, '', :now)"
    " RETURNING id"
)
_START_READY: Final = listed(
    "UPDATE deliveries SET state = 'sending', batch_id = :batch_id"
    " WHERE send_id = :send_id AND seq IN :seqs AND state = 'ready'",
    "seqs",
    Integer,
)
_START_DEFERRED: Final = listed(
    # Why it was delayed is no reason for what comes of it now.
    "UPDATE deliveries SET state = 'sending', batch_id = :batch_id, due_at = NULL,"
    " reply = '' WHERE send_id = :send_id AND seq IN :seqs AND state = 'deferred'",
    "seqs",
    Integer,
)
# Most batches are a row of neighbours; a list of 50 numbers costs more to read.
_START_RANGE: Final = text(
    "UPDATE deliveries SET state = 'sending', batch_id = :batch_id"
    " WHERE send_id = :send_id AND state = 'ready' AND seq BETWEEN :first AND :last"
)
# Whoever pauses a send, or everything, is obeyed up to this moment.
_COUNT_STARTED: Final = text(
    "UPDATE sends SET ready = ready - :ready, deferred = deferred - :deferred,"  # noqa: S608 - a constant
    " in_flight = in_flight + :ready + :deferred, last_batch_at = :now,"
    " started_at = coalesce(started_at, :now) WHERE id = :send_id AND NOT paused"
    f" AND NOT EXISTS (SELECT 1 FROM notes WHERE key = '{EVERYTHING_PAUSED}'"
    "  AND value <> '')"
)
_WATCHED: Final = "watched"
_BATCH: Final = text("SELECT state, send_id FROM batches WHERE id = :batch_id")
_STOPPED: Final = text("SELECT stopped FROM sends WHERE id = :send_id")
_SETTLE: Final[dict[str, TextClause]] = {
    state: text(
        "UPDATE batches SET state = :state, settled_at = :now, reply = :reply,"  # noqa: S608 - constants
        f" watched = coalesce(:watched, watched)"
        f" WHERE id = :batch_id AND state IN ({origins})"
        " RETURNING send_id"
    )
    # As in the table of transitions of `sending.batches`; a test compares the two.
    for state, origins in (
        ("sent", "'sending', 'doubtful'"),
        ("ready", "'sending', 'doubtful'"),
        ("deferred", "'sending'"),
        ("failed", "'sending'"),
        ("doubtful", "'sending'"),
    )
}
_LAND: Final = text(
    "UPDATE deliveries SET state = :state, due_at = :due_at,"
    " attempts = attempts + :attempt"
    " WHERE batch_id = :batch_id AND state IN ('sending', 'doubtful')"
)
# People who are known no more: their address goes once the batch's fate is known.
_GONE: Final = (
    " WHERE batch_id = :batch_id AND state IN ('sending', 'doubtful')"
    " AND person_id IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM people p WHERE p.id = deliveries.person_id)"
)
_LAND_GONE: Final = text(
    "UPDATE deliveries SET state = :state, address = '', reply = ''" + _GONE  # noqa: S608 - a constant
)
# What was meant for members is not sent to them again; a letter still is.
_CANCEL_GONE: Final = text(
    "UPDATE deliveries SET state = 'cancelled', address = '', reply = ''"  # noqa: S608 - a constant
    + _GONE
    + " AND EXISTS (SELECT 1 FROM sends s WHERE s.id = deliveries.send_id"
    "  AND s.kind IN ('post', 'digest'))"
)
_COUNT_LANDED: Final[dict[str, TextClause]] = {
    state: text(
        f"UPDATE sends SET in_flight = in_flight - :count,"  # noqa: S608 - constants
        f" {counter} = {counter} + :count WHERE id = :send_id"
    )
    for state, counter in (
        ("sent", "accepted"),
        ("failed", "refused"),
        ("ready", "ready"),
        ("deferred", "deferred"),
        ("cancelled", "cancelled"),
    )
}
_INTERRUPT: Final = text(
    "UPDATE deliveries SET state = 'doubtful' WHERE state = 'sending' AND batch_id IN"
    " (SELECT id FROM batches WHERE state = 'sending')"
)
_INTERRUPT_BATCHES: Final = text(
    "UPDATE batches SET state = 'doubtful', settled_at = :now, watched = :watched"
    " WHERE state = 'sending'"
)
_DOUBTFUL: Final = text(
    "SELECT id, send_id, state, recipients, sending_at, witness, settled_at, witnessed,"
    " watched FROM batches WHERE state = 'doubtful' ORDER BY id"
)
_WITNESS: Final = text("UPDATE batches SET witnessed = TRUE WHERE id = :batch_id")
_RESCUE: Final[dict[str, TextClause]] = {
    state: text(
        "UPDATE deliveries SET state = 'sent', due_at = NULL WHERE send_id = :send_id"  # noqa: S608 - constants
        f" AND batch_id = :batch_id AND state = '{state}'"
        + (" AND reply = ''" if state == "failed" else "")
    )
    for state in ("ready", "deferred", "cancelled", "failed")
}
_COUNT_RESCUED: Final = text(
    "UPDATE sends SET ready = ready - :ready, deferred = deferred - :deferred,"
    " cancelled = cancelled - :cancelled, refused = refused - :failed,"
    " accepted = accepted + :ready + :deferred + :cancelled + :failed"
    " WHERE id = :send_id"
)
_PROVED: Final = text("UPDATE batches SET state = 'sent' WHERE id = :batch_id")

_S = BatchState
_WAITING: Final = frozenset({_S.READY, _S.DEFERRED})


class Ledger(Doubles):
    """The part of the store that knows the batches."""

    def start_batch(
        self, deliveries: Sequence[Delivery], now: datetime, witness: str
    ) -> int:
        """Open a batch as `sending`, on disk when this returns; give its id.

        Raises:
            StoreConflictError: one of the recipients does not wait any more, or the
                send was paused.
        """
        send_id, seqs = _one_send(deliveries)
        with self.transaction():
            batch_id = self._number(
                _NEW_BATCH,
                send_id=send_id,
                recipients=len(seqs) + (witness == _SELF),
                witness=witness,
                now=to_micros(now),
            )
            ready, deferred = self._start(batch_id, send_id, seqs)
            if ready + deferred != len(seqs):
                raise StoreConflictError("recipients of a batch wait no more")
            started = self._change(
                _COUNT_STARTED,
                send_id=send_id,
                ready=ready,
                deferred=deferred,
                now=to_micros(now),
            )
            if not started:
                raise StoreConflictError("the send of a batch was paused")
        return batch_id

    def _start(self, batch_id: int, send_id: int, seqs: list[int]) -> tuple[int, int]:
        """Move deliveries to `sending`; count those that were ready, and deferred."""
        rows: dict[str, object] = {"batch_id": batch_id, "send_id": send_id}
        first, last = min(seqs), max(seqs)
        if last - first + 1 == len(set(seqs)) == len(seqs):
            ready = self._change(_START_RANGE, **rows, first=first, last=last)
        else:
            ready = self._change(_START_READY, **rows, seqs=seqs)
        if ready == len(seqs):
            return ready, 0
        return ready, self._change(_START_DEFERRED, **rows, seqs=seqs)

    def settle_batch(
        self,
        batch_id: int,
        state: BatchState,
        now: datetime,
        reply: str = "",
        due_at: datetime | None = None,
        *,
        doubted: bool = False,
    ) -> None:
        """Move a batch, and its deliveries, to another state.

        A batch `ready` was not transmitted: its recipients wait again, unless their
        send was cancelled or given up meanwhile. `deferred` counts an attempt.
        `doubted`: the server may have taken it, so it counts in the quotas.

        Raises:
            StoreError: a batch in its state can't become that.
        """
        with self.transaction():
            doubted = doubted or state is _S.DOUBTFUL
            send_id = self._settle(batch_id, state, now, reply, doubted=doubted)
            landing = state.value
            if state in _WAITING:
                row = self._row(_STOPPED, send_id=send_id)
                landing = (row.stopped if row else "") or landing
            self._land(batch_id, send_id, landing, due_at)

    def _settle(
        self,
        batch_id: int,
        state: BatchState,
        now: datetime,
        reply: str,
        *,
        doubted: bool,
    ) -> int:
        statement = _SETTLE.get(state.value)
        row = statement is not None and self._row(
            statement,
            batch_id=batch_id,
            state=state.value,
            now=to_micros(now),
            reply=reply,
            # A doubt lasts until the mailbox was watched for long enough.
            watched=self.watched() if doubted else None,
        )
        if not row:
            found = self._row(_BATCH, batch_id=batch_id)
            was = found.state if found else "unknown"
            raise StoreError(
                f"batch {batch_id} is {was} and can't become {state.value};"
                " please report this"
            )
        return int(row.send_id)

    def _land(
        self, batch_id: int, send_id: int, state: str, due_at: datetime | None
    ) -> None:
        if state == "deferred" and due_at is None:
            raise StoreError(f"batch {batch_id} is deferred, but until when?")
        if state != _S.DOUBTFUL:
            self._land_gone(batch_id, send_id, state)
        count = self._change(
            _LAND,
            batch_id=batch_id,
            state=state,
            due_at=to_micros_or_none(due_at) if state == "deferred" else None,
            attempt=1 if state == "deferred" else 0,
        )
        if state in _COUNT_LANDED:
            self._change(_COUNT_LANDED[state], send_id=send_id, count=count)

    def _land_gone(self, batch_id: int, send_id: int, state: str) -> None:
        if state in _WAITING:
            state = "cancelled"
            count = self._change(_CANCEL_GONE, batch_id=batch_id)
        else:
            count = self._change(_LAND_GONE, batch_id=batch_id, state=state)
        if count:
            self._change(_COUNT_LANDED[state], send_id=send_id, count=count)

    def interrupted_batches(self, now: datetime) -> int:
        """At start: what was `sending` becomes `doubtful`; give how many."""
        with self.transaction():
            self._change(_INTERRUPT)
            return self._change(
                _INTERRUPT_BATCHES, now=to_micros(now), watched=self.watched()
            )

    def watched(self) -> int:
        """Give for how many seconds the mailbox was watched, in all."""
        return int(self.noted(_WATCHED) or 0)

    def note_watched(self, seconds: int) -> None:
        """Add the seconds that a successful poll vouches for."""
        with self.transaction():
            self.note(_WATCHED, str(self.watched() + seconds))

    def doubtful(self) -> tuple[Batch, ...]:
        """List the batches whose fate is unknown."""
        return tuple(
            Batch(
                row.id,
                row.send_id,
                BatchState(row.state),
                row.recipients,
                to_time(row.sending_at),
                row.witness,
                to_time_or_none(row.settled_at),
                bool(row.witnessed),
                row.watched or 0,
            )
            for row in self._rows(_DOUBTFUL)
        )

    def mark_witness(self, batch_id: int) -> None:
        """Note that our own copy of a batch was seen.

        One that comes after all hope was given up still proves that the batch was
        accepted: those of its recipients who wait again are not written to twice,
        nor by another send of the same post.
        """
        with self.transaction():
            self._change(_WITNESS, batch_id=batch_id)
            row = self._row(_BATCH, batch_id=batch_id)
            if row is None or row.state != "ready":
                return
            values = {"batch_id": batch_id, "send_id": row.send_id}
            moved = {
                state: self._change(statement, **values)
                for state, statement in _RESCUE.items()
            }
            self._change(_COUNT_RESCUED, send_id=row.send_id, **moved)
            self._change(_PROVED, batch_id=batch_id)
            self.drop_doubles(batch_id, row.send_id)


def _one_send(deliveries: Sequence[Delivery]) -> tuple[int, list[int]]:
    send_ids = {one.send_id for one in deliveries}
    if len(send_ids) != 1:
        raise StoreError(f"a batch belongs to one send, not to {len(send_ids)}")
    return send_ids.pop(), [one.seq for one in deliveries]
