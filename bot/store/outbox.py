"""The sends: what is to go out, to whom, and how far it is.

`sends` counts its deliveries by state; whoever moves deliveries moves the counters
in the same transaction, so that a look at the outbox costs nothing.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, text

from bot.model import Delivery, Priority, SendState
from bot.store.convert import (
    to_address,
    to_micros,
    to_time,
    to_time_or_none,
)
from bot.store.housekeeping import EVERYTHING_PAUSED, Housekeeping

__all__: Final = ("COLUMNS", "Outbox", "send_from")

_SHOWN_FOR: Final = timedelta(days=30)

# A send as `send_from` reads it.
COLUMNS: Final = (
    "SELECT s.id, s.kind, s.priority, s.list_name, s.subject, s.sha256, s.size,"
    " s.created_at, s.recipients, s.ready, s.deferred, s.in_flight, s.accepted,"
    " s.refused, s.cancelled, s.sender, s.paused, s.last_batch_at, s.started_at,"
    " s.finished_at, s.stopped, s.leave_at, s.message_id, CASE WHEN s.deferred > 0 THEN"
    " (SELECT min(d.due_at) FROM deliveries d"
    "  WHERE d.send_id = s.id AND d.state = 'deferred') END AS next_due_at"
    " FROM sends s"
)
_UNFINISHED: Final = text(
    COLUMNS + " WHERE s.finished_at IS NULL ORDER BY s.priority, s.id"
)
_RECENT: Final = text(
    COLUMNS  # noqa: S608 - a constant
    + " WHERE s.finished_at IS NULL OR s.created_at >="
    " (SELECT max(created_at) FROM sends) - :age ORDER BY s.id"
)
_OF_POST: Final = text(
    COLUMNS + " WHERE s.list_name = :list_name AND s.fingerprint = :fingerprint"
    " AND s.kind = 'post' ORDER BY s.id DESC LIMIT 1"
)
_COMPLETE: Final = text(
    COLUMNS + " WHERE s.finished_at IS NULL"
    " AND s.ready = 0 AND s.deferred = 0 AND s.in_flight = 0 ORDER BY s.id"
)
_FINISH: Final = text(
    "UPDATE sends SET finished_at = :now WHERE finished_at IS NULL"
    " AND ready = 0 AND deferred = 0 AND in_flight = 0"
)
_MAY_GO: Final = text(
    "SELECT deferred FROM sends WHERE id = :send_id AND NOT paused"  # noqa: S608 - a constant
    " AND finished_at IS NULL AND NOT EXISTS"
    f" (SELECT 1 FROM notes WHERE key = '{EVERYTHING_PAUSED}' AND value <> '')"
)
_DUE: Final = text(
    "SELECT send_id, seq, address, attempts FROM deliveries WHERE send_id = :send_id"
    " AND state = 'deferred' AND due_at <= :now ORDER BY due_at, seq LIMIT :count"
)
_READY: Final = text(
    "SELECT send_id, seq, address, attempts FROM deliveries"
    " WHERE send_id = :send_id AND state = 'ready' ORDER BY seq LIMIT :count"
)
_BRAKES: Final = text(
    "SELECT key, value FROM notes"  # noqa: S608 - constants
    f" WHERE key IN ('{EVERYTHING_PAUSED}', 'blocked_until')"
)
_PAUSE: Final = text("UPDATE sends SET paused = :paused WHERE id = :send_id")
_CANCEL: Final = text(
    "UPDATE deliveries SET state = 'cancelled', due_at = NULL"
    " WHERE send_id = :send_id AND state IN ('ready', 'deferred')"
)
_COUNT_CANCELLED: Final = text(
    "UPDATE sends SET cancelled = cancelled + ready + deferred, ready = 0,"
    " deferred = 0, stopped = 'cancelled'"
    " WHERE id = :send_id AND finished_at IS NULL"
)
_FAIL: Final = text(
    # The words of an earlier delay are not those of a refusal.
    "UPDATE deliveries SET state = 'failed', due_at = NULL, reply = ''"
    " WHERE send_id = :send_id AND state IN ('ready', 'deferred')"
)
_COUNT_FAILED: Final = text(
    "UPDATE sends SET refused = refused + ready + deferred, ready = 0, deferred = 0,"
    " stopped = 'failed', failure = :why WHERE id = :send_id AND finished_at IS NULL"
)


class Outbox(Housekeeping):
    """The part of the store that knows the sends."""

    def sends(self, *, unfinished: bool) -> tuple[SendState, ...]:
        """List the sends; unfinished ones, or all of the last 30 days.

        The days end with the newest send.
        """
        if unfinished:
            return tuple(map(send_from, self._rows(_UNFINISHED)))
        age = _SHOWN_FOR // timedelta(microseconds=1)
        return tuple(map(send_from, self._rows(_RECENT, age=age)))

    def send_of(self, list_name: str, fingerprint: str) -> SendState | None:
        """Give the newest send of a post to a list."""
        row = self._row(_OF_POST, list_name=list_name, fingerprint=fingerprint)
        return send_from(row) if row else None

    def take(self, send_id: int, count: int, now: datetime) -> tuple[Delivery, ...]:
        """Give the next recipients that are ready, or deferred and due.

        Due ones go first: a greylist that opened closes again.
        """
        with self.transaction():
            send = self._row(_MAY_GO, send_id=send_id)
            if send is None or count <= 0:
                return ()
            rows: list[Row[Any]] = []
            if send.deferred:
                due = {"send_id": send_id, "now": to_micros(now), "count": count}
                rows += self._rows(_DUE, **due)
            if len(rows) < count:
                rows += self._rows(_READY, send_id=send_id, count=count - len(rows))
        return tuple(
            Delivery(row.send_id, row.seq, to_address(row.address), row.attempts)
            for row in rows
        )

    def pause_sends(self, send_id: int | None, *, paused: bool) -> None:
        """Pause or resume one send, or (None) everything."""
        if send_id is None:
            self.note(EVERYTHING_PAUSED, "yes" if paused else "")
        else:
            self._change(_PAUSE, send_id=send_id, paused=paused)

    def everything_paused(self) -> bool:
        """Whether `queue pause` without a reference holds."""
        return bool(self.noted(EVERYTHING_PAUSED))

    def brakes(self) -> tuple[bool, datetime | None]:
        """Give whether everything is paused, and until when the account waits."""
        notes = {row.key: row.value for row in self._rows(_BRAKES)}
        until = notes.get("blocked_until")
        return bool(notes.get(EVERYTHING_PAUSED)), datetime.fromisoformat(
            until
        ) if until else None

    def cancel_send(self, send_id: int, now: datetime) -> int:
        """Cancel what has not left; give the number of recipients.

        What is in flight and returns is cancelled then. The send itself is
        finished by `finish_sends`, which tells its sender.
        """
        del now
        with self.transaction():
            count = self._change(_CANCEL, send_id=send_id)
            self._change(_COUNT_CANCELLED, send_id=send_id)
        return count

    def fail_send(self, send_id: int, why: str, now: datetime) -> None:
        """Give up what is left of a send; what is in flight and returns, too."""
        del now
        with self.transaction():
            self._change(_FAIL, send_id=send_id)
            self._change(_COUNT_FAILED, send_id=send_id, why=why)

    def finish_sends(self, now: datetime) -> tuple[SendState, ...]:
        """Mark sends with nothing left as finished; give those just finished."""
        with self.transaction():
            rows = self._rows(_COMPLETE)
            if rows:
                self._change(_FINISH, now=to_micros(now))
        return tuple(send_from(row, finished_at=now) for row in rows)


# The letters of references: none that look alike. A digit last, so that none is a
# word: « pause enfant » is no command.
_DIGITS: Final = "23456789"
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz" + _DIGITS
_REF_LENGTH: Final = 6
_REFS: Final = len(_LETTERS) ** (_REF_LENGTH - 1) * len(_DIGITS)
# Any odd number without the factor 31 makes each id another reference.
_SCATTER: Final = 387_420_489


def _ref_of(send_id: int) -> str:
    """Give the short name of a send, for people: unique for 229 million sends."""
    last = len(_LETTERS) - len(_DIGITS)
    rest, digit = divmod(send_id * _SCATTER % _REFS, len(_DIGITS))
    letters = [_LETTERS[last + digit]]
    for _ in range(_REF_LENGTH - 1):
        rest, digit = divmod(rest, len(_LETTERS))
        letters.append(_LETTERS[digit])
    return "".join(reversed(letters))


def send_from(row: Row[Any], finished_at: datetime | None = None) -> SendState:
    """Read a row of `COLUMNS`; `finished_at` where it was finished just now."""
    return SendState(
        id=row.id,
        ref=_ref_of(row.id),
        kind=row.kind,
        priority=Priority(row.priority),
        list_name=row.list_name,
        subject=row.subject,
        sha256=row.sha256,
        size=row.size,
        created_at=to_time(row.created_at),
        recipients=row.recipients,
        ready=row.ready,
        deferred=row.deferred,
        in_flight=row.in_flight,
        accepted=row.accepted,
        refused=row.refused,
        cancelled=row.cancelled,
        sender=to_address(row.sender) if row.sender else None,
        paused=bool(row.paused),
        next_due_at=to_time_or_none(row.next_due_at),
        last_batch_at=to_time_or_none(row.last_batch_at),
        started_at=to_time_or_none(row.started_at),
        finished_at=finished_at or to_time_or_none(row.finished_at),
        stopped=row.stopped,
        leave_at=to_time_or_none(row.leave_at),
        message_id=row.message_id,
    )
