"""What moderators decided, whom they can't be reached at, and taking it back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text

from bot.address import Address
from bot.errors import StoreConflictError
from bot.model import Absence, Mark
from bot.store.convert import listed, to_address, to_micros
from bot.store.database import Database

__all__: Final = ("ModerationBook",)

_MARK: Final = text(
    "INSERT INTO marks (list_name, key, address, mark, changed_by, changed_at)"
    " VALUES (:list_name, :key, :address, :mark, :by, :now)"
    " ON CONFLICT (list_name, key) DO UPDATE SET mark = excluded.mark,"
    " changed_by = excluded.changed_by, changed_at = excluded.changed_at"
)
_UNMARK: Final = text("DELETE FROM marks WHERE list_name = :list_name AND key = :key")
_MARKS_OF: Final = listed(
    "SELECT list_name, mark FROM marks WHERE key IN :keys ORDER BY mark DESC", "keys"
)
_MARKED: Final = text(
    "SELECT address, mark, changed_by FROM marks WHERE list_name = :list_name"
    " ORDER BY mark, key"
)
_MOVE_MARKS: Final = listed(
    "INSERT INTO marks (list_name, key, address, mark, changed_by, changed_at)"
    " SELECT list_name, :new_key, :new, mark, changed_by, changed_at FROM marks"
    " WHERE key = :old_key AND list_name IN :names ON CONFLICT (list_name, key)"
    " DO UPDATE SET mark = CASE WHEN excluded.mark = 'banned' THEN 'banned'"
    " ELSE marks.mark END",
    "names",
)
_FORGET_MARKS: Final = listed(
    "DELETE FROM marks WHERE key = :key AND list_name IN :names", "names"
)
_ABSENT: Final = text(
    "INSERT INTO absences (key, why, until) VALUES (:key, :why, :until)"
    " ON CONFLICT (key) DO UPDATE SET why = excluded.why, until = excluded.until"
)
_PRESENT: Final = text("DELETE FROM absences WHERE key = :key")
_ABSENCES: Final = text("SELECT key, why FROM absences WHERE until > :now")
_POSTED: Final = listed(
    "SELECT list_name, count(*) AS number FROM posts WHERE lower(author) IN :keys"
    " GROUP BY list_name",
    "keys",
)
_TOLD: Final = text(
    "SELECT count(*) FROM requests WHERE kind = 'held' AND address_key = :key"
    " AND created_at > :since"
)
_NOTHING_LEFT: Final = text(
    "SELECT id FROM sends WHERE list_name = :list_name AND fingerprint = :fingerprint"
    " AND kind = 'post' AND accepted = 0 AND in_flight = 0 AND stopped = ''"
    " AND NOT EXISTS (SELECT 1 FROM sends d WHERE d.kind = 'digest'"
    "  AND d.list_name = sends.list_name AND d.created_at >="
    "  coalesce(sends.leave_at, sends.created_at))"
    " ORDER BY id DESC LIMIT 1"
)
_DIGESTED: Final = text(
    "SELECT count(*) FROM sends WHERE kind = 'digest' AND list_name = :list_name"
    " AND created_at >= :since"
)
_CANCEL_ALL: Final = text(
    "UPDATE deliveries SET state = 'cancelled', due_at = NULL"
    " WHERE send_id = :send_id AND state IN ('ready', 'deferred')"
)
_COUNT_CANCELLED: Final = text(
    "UPDATE sends SET cancelled = cancelled + ready + deferred, ready = 0,"
    " deferred = 0, stopped = 'cancelled' WHERE id = :send_id"
)
_UNPOST: Final = text(
    "DELETE FROM posts WHERE list_name = :list_name AND fingerprint = :fingerprint"
)
_REOPEN: Final = text(
    "UPDATE requests SET state = 'open', verdict = '', settled_by = '',"
    " settled_at = NULL, expires_at = CASE WHEN expires_at < :until THEN :until"
    " ELSE expires_at END WHERE ref = :ref AND state = 'settled'"
)


class ModerationBook(Database):
    """The part of the store that moderation needs beside the requests."""

    def mark(
        self, list_name: str, address: Address, mark: Mark, by: str, now: datetime
    ) -> None:
        """Keep what is to be done with all posts of an address to a list."""
        self._change(
            _MARK,
            list_name=list_name,
            key=address.key,
            address=str(address),
            mark=mark.value,
            by=by,
            now=to_micros(now),
        )

    def unmark(self, list_name: str, address: Address) -> bool:
        """Judge an address's posts as anybody's again; False when they were."""
        return bool(self._change(_UNMARK, list_name=list_name, key=address.key))

    def marks_of(self, addresses: Sequence[Address]) -> dict[str, Mark]:
        """Give the marks of somebody, by list; a ban of any address wins."""
        keys = [one.key for one in addresses]
        rows = self._rows(_MARKS_OF, keys=keys)  # trusted before banned
        return {row.list_name: Mark(row.mark) for row in rows}

    def marked(self, list_name: str) -> tuple[tuple[Address, Mark, str], ...]:
        """List the addresses that moderators marked, and who did it."""
        return tuple(
            (to_address(row.address), Mark(row.mark), row.changed_by)
            for row in self._rows(_MARKED, list_name=list_name)
        )

    def move_marks(self, old: Address, new: Address, list_names: Sequence[str]) -> None:
        """Let what was decided about an address hold for another one."""
        names = list(list_names)
        with self.transaction():
            self._change(
                _MOVE_MARKS, old_key=old.key, new_key=new.key, new=str(new), names=names
            )
            self._change(_FORGET_MARKS, key=old.key, names=names)

    def note_absence(self, address: Address, why: Absence, until: datetime) -> None:
        """Keep that somebody can't be expected to answer."""
        self._change(_ABSENT, key=address.key, why=why.value, until=to_micros(until))

    def end_absence(self, address: Address) -> None:
        """Note that somebody wrote."""
        self._change(_PRESENT, key=address.key)

    def absences(self, now: datetime) -> dict[str, Absence]:
        """Say who can't be expected to answer, by address key."""
        rows = self._rows(_ABSENCES, now=to_micros(now))
        return {row.key: Absence(row.why) for row in rows}

    def posted_by(self, addresses: Sequence[Address]) -> dict[str, int]:
        """Count the posts of somebody that went out, by list."""
        keys = [one.key for one in addresses]
        return {row.list_name: row.number for row in self._rows(_POSTED, keys=keys)}

    def told_of_hold(self, author: Address, since: datetime) -> bool:
        """Whether somebody was told since a time that a post of theirs waits."""
        return bool(self._number(_TOLD, key=author.key, since=to_micros(since)))

    def unpost(self, list_name: str, fingerprint: str) -> None:
        """Take a post back of which nothing has left: as if it never was there.

        Raises:
            StoreConflictError: some of it has left, or nothing of it is there.
        """
        with self.transaction():
            row = self._row(_NOTHING_LEFT, list_name=list_name, fingerprint=fingerprint)
            if row is None:
                raise StoreConflictError("some of the post has left already")
            self._change(_CANCEL_ALL, send_id=row.id)
            self._change(_COUNT_CANCELLED, send_id=row.id)
            self._change(_UNPOST, list_name=list_name, fingerprint=fingerprint)

    def digested(self, list_name: str, since: datetime) -> bool:
        """Whether a digest of a list was made, and so has the posts before it."""
        found = self._number(_DIGESTED, list_name=list_name, since=to_micros(since))
        return bool(found)

    def reopen_requests(self, ref: str, until: datetime) -> bool:
        """Ask again what was settled, until a time at least; False: nothing was."""
        return bool(self._change(_REOPEN, ref=ref, until=to_micros(until)))
