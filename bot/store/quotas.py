"""The provider's quotas: what was learnt of them, and what was taken from them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from bot.model import HandSent, Learnt, Usage
from bot.store.convert import to_micros, to_time
from bot.store.database import Database

__all__: Final = ("QuotaBook",)

_LEARN: Final = text(
    "INSERT INTO learnt (key, value, words, learnt_at, how)"
    " VALUES (:key, :value, :words, :now, :how)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, words = excluded.words,"
    " learnt_at = excluded.learnt_at, how = excluded.how"
)
_LEARNT: Final = text(
    "SELECT key, value, words, learnt_at, how FROM learnt ORDER BY key"
)
_UNLEARN: Final = text("DELETE FROM learnt WHERE key = :key")
# A batch counts from the moment of the last word about it: the provider may have
# counted it as late as that. What was in doubt may have been counted, too, whatever
# became of it here.
_USAGE: Final = text(
    "SELECT coalesce(settled_at, sending_at) AS at, recipients FROM batches"
    " WHERE sending_at >= :earlier AND coalesce(settled_at, sending_at) >= :since"
    " AND (state IN ('sending', 'sent', 'doubtful', 'failed') OR watched IS NOT NULL)"
    " UNION ALL SELECT sent_at AS at, recipients FROM hand_sent WHERE sent_at >= :since"
    " ORDER BY 1"
)
_NOTE_HAND_SENT: Final = text(
    "INSERT INTO hand_sent (uid_validity, uid, sent_at, recipients)"
    " VALUES (:uid_validity, :uid, :at, :recipients)"
    " ON CONFLICT (uid_validity, uid) DO NOTHING"
)
_FORGET_HAND_SENT: Final = text(
    "DELETE FROM hand_sent WHERE sent_at < :before OR uid_validity <> :uid_validity"
)
# What a clock that was ahead has written would hold everything up for as long.
_HEAL: Final = (
    text("UPDATE batches SET sending_at = :now WHERE sending_at > :now"),
    text(
        "UPDATE batches SET settled_at = :now"
        " WHERE settled_at > :now AND sending_at >= :since"
    ),
    text("UPDATE hand_sent SET sent_at = :now WHERE sent_at > :now"),
    text(
        "UPDATE deliveries SET due_at = :now WHERE state = 'deferred'"
        " AND due_at > :latest AND send_id IN"
        " (SELECT id FROM sends WHERE finished_at IS NULL AND deferred > 0)"
    ),
)
# No delivery is put off for longer than a day and a tenth, nor over a quota.
_LONGEST_WAIT: Final = timedelta(days=2)
# A settled batch is looked at so long: it counts for a day.
_COUNTED_FOR: Final = timedelta(days=2)
# A batch is settled so long after it began, at most.
_SETTLED_LATE: Final = timedelta(hours=6)
_HAND_SENT_KEPT: Final = timedelta(days=3)


class QuotaBook(Database):
    """The part of the store that knows the quotas."""

    def learn(
        self, key: str, value: str, words: str, now: datetime, how: str = "said"
    ) -> None:
        """Remember a limit, the provider's words, and how it was found out."""
        self._change(
            _LEARN, key=key, value=value, words=words, now=to_micros(now), how=how
        )

    def learnt(self) -> dict[str, str]:
        """Give what was learnt."""
        return {row.key: row.value for row in self._rows(_LEARNT)}

    def learnt_details(self) -> tuple[Learnt, ...]:
        """Give what was learnt, when, how, and from which words."""
        return tuple(
            Learnt(row.key, row.value, row.words, to_time(row.learnt_at), row.how)
            for row in self._rows(_LEARNT)
        )

    def unlearn(self, key: str) -> bool:
        """Forget one thing; whether it was known."""
        return bool(self._change(_UNLEARN, key=key))

    def usage(self, since: datetime) -> tuple[Usage, ...]:
        """What was taken from the quotas, by us or by hand, oldest first."""
        return tuple(
            Usage(to_time(row.at), row.recipients)
            for row in self._rows(
                _USAGE, since=to_micros(since), earlier=to_micros(since - _SETTLED_LATE)
            )
        )

    def note_hand_sent(
        self, uid_validity: int, mails: Sequence[HandSent], now: datetime
    ) -> None:
        """Count mails that people sent by hand, each once.

        Another `uid_validity` than before means that the folder numbers its mails
        anew: what was counted under the old numbers goes, and is counted again.
        """
        rows: list[dict[str, object]] = [
            {
                "uid_validity": uid_validity,
                "uid": one.uid,
                "at": to_micros(min(one.at, now)),
                "recipients": one.recipients,
            }
            for one in mails
        ]
        with self.transaction():
            self._change(
                _FORGET_HAND_SENT,
                before=to_micros(now - _HAND_SENT_KEPT),
                uid_validity=uid_validity,
            )
            self._change_each(_NOTE_HAND_SENT, rows)

    def heal_clock(self, now: datetime) -> int:
        """Bring back to `now` what the ledger has of the future; give how many.

        A machine may start with a clock that is years ahead, and be set right.
        """
        values = {
            "now": to_micros(now),
            "since": to_micros(now - _COUNTED_FOR),
            "latest": to_micros(now + _LONGEST_WAIT),
        }
        with self.transaction():
            return sum(self._change(statement, **values) for statement in _HEAL)
