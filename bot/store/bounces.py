"""What came back: events, the mails that they are about, and what is in the log.

An event is kept once, whatever the number of times that its report is read: its
report, address and kind are unique. bounces.json is written from here, so that a
crash between the two only repeats a line of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, Row, text

from bot.address import Address
from bot.model import BounceEvent, Person, Returned
from bot.store.convert import listed, to_address, to_micros, to_time
from bot.store.database import Database

__all__: Final = ("BounceBook",)

_KEPT: Final = timedelta(days=400)
# A report that doesn't say what it is about is taken for one about the last post.
_RECENT: Final = timedelta(days=10)
_WORDS_MAX: Final = 500

_NOTE: Final = text(
    "INSERT INTO bounce_events (report, key, address, person_id, send_id, sent_at, at,"
    " kind, reason, status, words, tells, logged) VALUES (:report, :key, :address,"
    " :person_id, :send_id, :sent_at, :now, :kind, :reason, :status, :words, :tells,"
    " FALSE) ON CONFLICT (report, key, kind) DO NOTHING"
)
_SEND_COLUMNS: Final = "SELECT s.id, s.kind, s.list_name, s.created_at FROM sends s"
_OF_BATCH: Final = text(
    _SEND_COLUMNS + " JOIN batches b ON b.send_id = s.id WHERE b.id = :batch_id"
)
_OF_IDS: Final = listed(
    _SEND_COLUMNS + " WHERE s.message_id IN :ids AND s.message_id <> ''"
    " AND s.kind IN ('post', 'digest') ORDER BY s.id DESC LIMIT 1",
    "ids",
)
_IN_BATCH: Final = text(
    "SELECT address FROM deliveries WHERE send_id = :send_id AND batch_id = :batch_id"
    " AND address <> '' ORDER BY seq"
)
_WAS_SENT: Final = text(
    "SELECT 1 FROM deliveries WHERE send_id = :send_id AND person_id = :person_id"
    " AND lower(address) = :key AND state NOT IN ('ready', 'cancelled') LIMIT 1"
)
_LAST_POST: Final = text(
    f"{_SEND_COLUMNS} WHERE s.kind IN ('post', 'digest') AND s.created_at > :since"  # noqa: S608 - constants
    " AND s.created_at <= :now AND EXISTS (SELECT 1 FROM deliveries d"
    "  WHERE d.send_id = s.id AND d.person_id = :person_id AND lower(d.address) = :key"
    "  AND d.state NOT IN ('ready', 'cancelled', 'deferred'))"
    " ORDER BY s.created_at DESC LIMIT 1"
)
_UNLOGGED: Final = text(
    "SELECT id, report, address, kind, reason, status, words, at FROM bounce_events"
    " WHERE NOT logged ORDER BY id LIMIT :count"
)
_LOGGED: Final = listed(
    "UPDATE bounce_events SET logged = TRUE WHERE id IN :ids", "ids", Integer
)
_RELOG: Final = text("UPDATE bounce_events SET logged = FALSE WHERE logged")
_FORGET_ADDRESS: Final = text("DELETE FROM bounce_events WHERE key = :key")
_FORGET: Final = text("DELETE FROM bounce_events WHERE at <= :before")
_REFUSED_BY_RULE: Final = text(
    "SELECT DISTINCT address, words FROM bounce_events WHERE send_id = :send_id"
    " AND reason = 'policy' AND kind <> 'delay' ORDER BY address"
)
_SENDS_REFUSED: Final = text(
    "SELECT DISTINCT send_id FROM bounce_events WHERE at > :since"
    " AND reason = 'policy' AND kind <> 'delay' AND send_id IS NOT NULL"
    " ORDER BY send_id"
)
_RECIPIENTS: Final = text(
    "SELECT address FROM deliveries WHERE send_id = :send_id AND address <> ''"
)


class BounceBook(Database):
    """The part of the store that knows what came back."""

    def note_bounces(
        self,
        report: str,
        events: Iterable[tuple[BounceEvent, int | None, Returned | None, str]],
        now: datetime,
    ) -> int:
        """Keep events once each; give how many are new.

        Args:
            report: what tells one report from another.
            events: each with the person's id, the mail of ours that it is about, and
                what it counts as; None: nobody of ours, nothing known.
            now: when the report was read.
        """
        with self.transaction():
            return sum(
                self._change(
                    _NOTE,
                    report=report,
                    key=event.address.key,
                    address=str(event.address),
                    person_id=person_id,
                    send_id=mail.send_id if mail and mail.proved else None,
                    sent_at=to_micros(mail.queued_at if mail else now),
                    now=to_micros(now),
                    kind=event.kind,
                    reason=event.reason,
                    status=event.status,
                    words=event.diagnostic.replace("\0", " ")[:_WORDS_MAX],
                    tells=tells,
                )
                for event, person_id, mail, tells in events
            )

    # -- which mail a report is about

    def returned_by_batch(self, batch_id: int) -> Returned | None:
        """Give the mail of a batch, and to whom that batch went."""
        row = self._row(_OF_BATCH, batch_id=batch_id)
        if row is None:
            return None
        served = self._rows(_IN_BATCH, send_id=row.id, batch_id=batch_id)
        return _returned(row, tuple(to_address(one.address) for one in served))

    def returned_by_ids(self, message_ids: Sequence[str]) -> Returned | None:
        """Give the last post of some Message-IDs."""
        row = self._row(_OF_IDS, ids=list(message_ids)) if message_ids else None
        return _returned(row) if row is not None else None

    def last_post_to(self, person: Person, now: datetime) -> Returned | None:
        """Give the last post that somebody's address was sent, of the last days."""
        row = self._row(
            _LAST_POST,
            person_id=person.id,
            key=person.address.key,
            since=to_micros(now - _RECENT),
            now=to_micros(now),
        )
        return replace(_returned(row), proved=False) if row is not None else None

    def was_sent(self, send_id: int, person: Person) -> bool:
        """Whether a mail went to the address that somebody has now, or was tried."""
        values = {"person_id": person.id, "key": person.address.key}
        return bool(self._rows(_WAS_SENT, send_id=send_id, **values))

    # -- a refusal that is about us

    def refused_by_rule(self, send_id: int) -> tuple[tuple[Address, str], ...]:
        """Give who was refused a mail by some rule of a server's, and its words."""
        rows = self._rows(_REFUSED_BY_RULE, send_id=send_id)
        return tuple((to_address(row.address), row.words) for row in rows)

    def sends_refused_since(self, since: datetime) -> tuple[int, ...]:
        """Name the mails of which such a refusal was read after a time."""
        rows = self._rows(_SENDS_REFUSED, since=to_micros(since))
        return tuple(row.send_id for row in rows)

    def domains_of(self, send_id: int) -> dict[str, int]:
        """Count the recipients of a mail by domain."""
        rows = self._rows(_RECIPIENTS, send_id=send_id)
        return Counter(row.address.rpartition("@")[2].lower() for row in rows)

    # -- the log

    def unlogged_bounces(
        self, count: int
    ) -> tuple[tuple[int, str, BounceEvent, datetime], ...]:
        """Give the oldest events that the log lacks: id, report, event and time."""
        return tuple(
            (row.id, row.report, _event(row), to_time(row.at))
            for row in self._rows(_UNLOGGED, count=count)
        )

    def mark_logged(self, ids: Sequence[int]) -> None:
        """Note that events are in the log, durably."""
        if ids:
            self._change(_LOGGED, ids=list(ids))

    def log_again(self) -> None:
        """Let every event be logged again: the log is a new file."""
        self._change(_RELOG)

    def forget_bounces_of(self, address: Address) -> None:
        """Forget what came back from an address that is nobody's any more."""
        self._change(_FORGET_ADDRESS, key=address.key)

    def forget_bounces(self, now: datetime) -> int:
        """Forget events that are too old to matter; give how many."""
        return self._change(_FORGET, before=to_micros(now - _KEPT))


def _returned(row: Row[Any], recipients: tuple[Address, ...] = ()) -> Returned:
    return Returned(
        row.id, row.kind, row.list_name, to_time(row.created_at), recipients
    )


def _event(row: Row[Any]) -> BounceEvent:
    return BounceEvent(
        to_address(row.address), row.kind, row.status, row.reason, row.words
    )
