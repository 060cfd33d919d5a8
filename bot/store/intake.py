"""What came in: each mail of the inbox once, until it is filed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text

from bot.ports import Intake
from bot.store.convert import to_micros, to_time
from bot.store.database import Database, expect

__all__: Final = ("IntakeBook",)

_SEEN: Final = text("SELECT uid FROM intake WHERE uid_validity = :uid_validity")
_BOOKED: Final = text("SELECT 1 FROM intake WHERE sha256 = :sha256 LIMIT 1")
_BOOK: Final = text(
    "INSERT INTO intake (uid_validity, uid, sha256, size, received_at, state,"
    " attempts, header_only, kind, rule, folder, message_id)"
    " VALUES (:uid_validity, :uid, :sha256, :size, :received_at, :state,"
    " 0, :header_only, '', :rule, :folder, '')"
    " ON CONFLICT (uid_validity, uid) DO NOTHING"
)
_COLUMNS: Final = (
    "id, uid_validity, uid, sha256, size, received_at, state, attempts, folder,"
    " header_only"
)
_PENDING: Final = text(
    f"SELECT {_COLUMNS} FROM intake WHERE state = 'spooled' ORDER BY id"  # noqa: S608 - a constant
)
_UNFILED: Final = text(
    f"SELECT {_COLUMNS} FROM intake"  # noqa: S608 - a constant
    " WHERE state = 'decided' AND uid_validity = :uid_validity ORDER BY id"
)
_COUNT_ATTEMPT: Final = text(
    "UPDATE intake SET attempts = attempts + 1 WHERE id = :id RETURNING attempts"
)
_TAKE_BACK_ATTEMPT: Final = text(
    "UPDATE intake SET attempts = attempts - 1 WHERE id = :id AND attempts > 0"
)
_DECIDE: Final = text(
    "UPDATE intake SET state = 'decided', kind = :kind, rule = :rule,"
    " folder = :folder, message_id = :message_id"
    " WHERE id = :id AND state = 'spooled'"
)
_FILED: Final = text(
    "UPDATE intake SET state = 'filed' WHERE id = :id AND state = 'decided'"
)


class IntakeBook(Database):
    """The part of the store that knows the inbox."""

    def seen_uids(self, uid_validity: int) -> frozenset[int]:
        """Which uids of the inbox are in the books."""
        rows = self._rows(_SEEN, uid_validity=uid_validity)
        return frozenset(row.uid for row in rows)

    def record_arrival(
        self,
        uid_validity: int,
        uid: int,
        sha256: str,
        size: int,
        received_at: datetime,
        *,
        header_only: bool,
    ) -> bool:
        """Book a mail. False when the same bytes were booked before.

        A double is booked as decided, for the folder Done.
        """
        with self.transaction():
            double = self._row(_BOOKED, sha256=sha256) is not None
            booked = self._change(
                _BOOK,
                uid_validity=uid_validity,
                uid=uid,
                sha256=sha256,
                size=size,
                received_at=to_micros(received_at),
                state="decided" if double else "spooled",
                header_only=header_only,
                rule="double" if double else "",
                folder="Done" if double else "",
            )
        return bool(booked) and not double

    def pending_intake(self) -> tuple[Intake, ...]:
        """Mails that wait for their decision, oldest first."""
        return _intakes(self._rows(_PENDING))

    def start_attempt(self, intake_id: int) -> int:
        """Count an attempt, at once on disk; give its number, from 1."""
        return self._number(_COUNT_ATTEMPT, id=intake_id)

    def take_back_attempt(self, intake_id: int) -> None:
        """Count the last attempt no more: it ended well, and comes again."""
        self._change(_TAKE_BACK_ATTEMPT, id=intake_id)

    def decide_intake(
        self, intake_id: int, kind: str, rule: str, folder: str, message_id: str
    ) -> None:
        """Note the decision and where the mail is to be filed."""
        with self.transaction():
            changed = self._change(
                _DECIDE,
                id=intake_id,
                kind=kind,
                rule=rule,
                folder=folder,
                message_id=message_id,
            )
            expect(changed, 1, f"mail {intake_id} was decided before")

    def unfiled_intake(self, uid_validity: int) -> tuple[Intake, ...]:
        """Mails decided but not known to be filed."""
        return _intakes(self._rows(_UNFILED, uid_validity=uid_validity))

    def mark_filed(self, intake_id: int) -> None:
        """Note that a mail was filed."""
        self._change(_FILED, id=intake_id)


def _intakes(rows: Sequence[Row[Any]]) -> tuple[Intake, ...]:
    return tuple(
        Intake(
            row.id,
            row.uid_validity,
            row.uid,
            row.sha256,
            row.size,
            to_time(row.received_at),
            row.state,
            row.attempts,
            row.folder,
            bool(row.header_only),
        )
        for row in rows
    )
