"""Who has a post and who hasn't: sending it to the others, correcting what left.

A person is served once for a fingerprint, whatever the number of sends: the
remainder of a stopped send is whoever has no delivery of it that left, is on its
way, waits, or was refused for good.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from bot.address import Address
from bot.model import Outgoing, Reach, SendState
from bot.store.convert import to_address, to_micros
from bot.store.enqueue import GOT_IT, LEFT_OUT, Enqueueing
from bot.store.outbox import COLUMNS, Outbox, send_from
from bot.store.reaching import reaching

__all__: Final = ("RemainderBook",)

_KEPT: Final = timedelta(days=30)

_BY_ID: Final = text(COLUMNS + " WHERE s.id = :send_id")
_FINGERPRINT: Final = text("SELECT fingerprint FROM sends WHERE id = :send_id")
# Cancelled, given up, or with batches that the server refused till the end.
_INCOMPLETE: Final = (
    "({0}.stopped <> '' OR ({0}.finished_at IS NOT NULL AND {0}.refused > 0"
    " AND EXISTS (SELECT 1 FROM deliveries lost WHERE lost.send_id = {0}.id"
    " AND lost.state = 'failed' AND lost.reply = '')))"
)
_STOPPED: Final = text(
    COLUMNS + " WHERE s.fingerprint > '' AND s.kind = 'post'"  # noqa: S608 - constants
    f" AND {_INCOMPLETE.format('s')}"
    " AND s.created_at > :since AND (s.subject = :subject OR :any_subject)"
    " AND NOT EXISTS (SELECT 1 FROM sends later"
    " WHERE later.fingerprint = s.fingerprint AND later.list_name = s.list_name"
    f" AND later.id > s.id AND {_INCOMPLETE.format('later')})"
    # What was taken back waits for moderators again, and is no post of the list's.
    " AND EXISTS (SELECT 1 FROM posts p WHERE p.fingerprint = s.fingerprint"
    " AND p.list_name = s.list_name) ORDER BY s.id DESC"
)
_ORIGINAL: Final = text(
    "SELECT p.sha256 FROM posts p JOIN sends s ON s.fingerprint = p.fingerprint"
    " AND s.list_name = p.list_name WHERE s.id = :send_id"
    " AND lower(p.author) = :author"
)
# All sends of the same post to the same list: one that was stopped, and its rests.
_SAME_POST: Final = (
    " FROM sends one JOIN sends s ON s.fingerprint = one.fingerprint"
    " AND s.list_name = one.list_name AND s.kind = 'post'"
    " JOIN deliveries d ON d.send_id = s.id"
    " WHERE one.id = :send_id AND one.fingerprint <> ''"
)
_HAS_IT: Final = _SAME_POST + " AND d.state = 'sent'"
_SERVED: Final = text(
    "SELECT DISTINCT d.address, coalesce(p.name, '') AS name"
    + _HAS_IT.replace(" WHERE", " LEFT JOIN people p ON p.id = d.person_id WHERE", 1)
    + " AND d.address <> '' ORDER BY d.address"
)
_HAD_BEFORE: Final = text("SELECT count(*)" + _HAS_IT + " AND s.id < :send_id")
_AMONG: Final = (
    " FROM addresses a WHERE a.is_primary"  # noqa: S608 - constants
    f" AND a.person_id NOT IN ({GOT_IT}) AND a.person_id IN ({{people}})"
    " AND a.person_id IN (SELECT m.person_id FROM memberships m"
    "  WHERE m.state = 'active' AND m.reception <> 'none' AND"
)
_REST: Final = _AMONG.format(people=f"SELECT d.person_id{_SAME_POST} AND {LEFT_OUT}")
_THOSE_SERVED: Final = _AMONG.format(people="SELECT d.person_id" + _HAS_IT)
_COUNT: Final = "SELECT count(*)"
_FILL_WITH: Final = (
    "INSERT INTO deliveries (send_id, seq, address, person_id, state, attempts, reply)"
    " SELECT :new_id, row_number() OVER (ORDER BY a.shuffle, a.key), a.address,"
    " a.person_id, 'ready', 0, ''"
)
_SEND_AGAIN: Final = text(
    "INSERT INTO sends (kind, priority, list_name, subject, sha256, size, message_id,"
    " sender, fingerprint, created_at, recipients, ready, deferred, in_flight,"
    " accepted, refused, cancelled, paused, stopped, failure, leave_at)"
    " SELECT kind, priority, list_name, subject, sha256, size, message_id, sender,"
    " fingerprint, :now, 0, 0, 0, 0, 0, 0, 0, FALSE, '', '', NULL"
    " FROM sends WHERE id = :send_id RETURNING id"
)


class RemainderBook(Enqueueing, Outbox):
    """The part of the store that knows who of a post's recipients has it."""

    def send(self, send_id: int) -> SendState | None:
        """Give a send, as it is now."""
        row = self._row(_BY_ID, send_id=send_id)
        return send_from(row) if row else None

    def stopped_posts(
        self, now: datetime, subject: str | None = None
    ) -> tuple[SendState, ...]:
        """List what was cancelled or given up in 30 days, newest first.

        Of a post that was stopped twice only the last send. `subject`: only those.
        """
        rows = self._rows(
            _STOPPED,
            since=to_micros(now - _KEPT),
            subject=subject or "",
            any_subject=subject is None,
        )
        return tuple(map(send_from, rows))

    def original_of(self, send_id: int, author: Address) -> str:
        """Name the post in the spool as it came; empty: somebody else's."""
        row = self._row(_ORIGINAL, send_id=send_id, author=author.key)
        return str(row.sha256) if row else ""

    def served(self, send_id: int) -> tuple[tuple[Address, str], ...]:
        """Give who has the post of a send, with their names, by address."""
        rows = self._rows(_SERVED, send_id=send_id)
        return tuple((to_address(row.address), row.name) for row in rows)

    def had_before(self, send_id: int) -> int:
        """Count who had a post by an earlier send of it."""
        return self._number(_HAD_BEFORE, send_id=send_id)

    def unserved(self, send_id: int, reach: Sequence[Reach]) -> int:
        """Count whom a stopped send left out and who would get it now."""
        statement, values = reaching(_COUNT + _REST, reach, ")")
        fingerprint = self._fingerprint(send_id)
        values |= {"send_id": send_id, "fingerprint": fingerprint}
        return self._number(statement, **values)

    def send_rest(self, send_id: int, reach: Sequence[Reach], now: datetime) -> int:
        """Send a stopped post to whom it left out; give the new send's id, or 0.

        Whoever has it, or may have it, is left out; whoever is no active member of
        the lists any more, too. 0: there is nobody.
        """
        statement, values = reaching(_FILL_WITH + _REST, reach, ")")
        with self.transaction():
            if not self.unserved(send_id, reach):
                return 0
            new_id = self._number(_SEND_AGAIN, send_id=send_id, now=to_micros(now))
            values |= {"send_id": send_id, "new_id": new_id}
            values["fingerprint"] = self._fingerprint(send_id)
            self._filled(new_id, self._change(statement, **values))
        return new_id

    def count_served(
        self, send_id: int, reach: Sequence[Reach], fingerprint: str = ""
    ) -> int:
        """Count who has a post and is a member yet: whom a correction reaches."""
        statement, values = reaching(_COUNT + _THOSE_SERVED, reach, ")")
        return self._number(
            statement, **values, send_id=send_id, fingerprint=fingerprint
        )

    def enqueue_to_served(
        self,
        mail: Outgoing,
        send_id: int,
        reach: Sequence[Reach],
        fingerprint: str,
        now: datetime,
    ) -> int:
        """Send a correction to those who have a post; give the id of its send."""
        statement, values = reaching(_FILL_WITH + _THOSE_SERVED, reach, ")")
        with self.transaction():
            new_id = self._new_send(mail, fingerprint, now)
            values |= {"send_id": send_id, "new_id": new_id}
            values["fingerprint"] = fingerprint
            self._filled(new_id, self._change(statement, **values))
        return new_id

    def _fingerprint(self, send_id: int) -> str:
        row = self._row(_FINGERPRINT, send_id=send_id)
        return str(row.fingerprint) if row else ""
