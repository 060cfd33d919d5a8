"""Small facts: notes, alerts, settings; and what `status` counts."""

import json
import re
import secrets
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from bot.address import Address
from bot.store.convert import to_micros
from bot.store.database import Database

__all__: Final = ("EVERYTHING_PAUSED", "Housekeeping")

# The key of the note that `queue pause` without a reference leaves.
EVERYTHING_PAUSED: Final = "everything_paused"

_SECRET: Final = "secret"  # noqa: S105 - the name of the note, not its value
_SECRET_BYTES: Final = 32
_REPLIES_KEPT: Final = timedelta(days=1)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")

_NOTE: Final = text(
    "INSERT INTO notes (key, value) VALUES (:key, :value)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
# One statement, so that no change is lost beside another instance.
_COUNT_CHANGE: Final = text(
    "INSERT INTO notes (key, value) VALUES (:key, '1') ON CONFLICT (key) DO UPDATE"
    " SET value = CAST(CAST(notes.value AS BIGINT) + 1 AS TEXT)"
)
_CHANGES: Final = "changes"
_NOTED: Final = text("SELECT value FROM notes WHERE key = :key")
_FORGET_REPLIES: Final = text("DELETE FROM replies WHERE at <= :before")
_NOTE_REPLY: Final = text("INSERT INTO replies (address_key, at) VALUES (:key, :now)")
_ALERT: Final = text(
    "INSERT INTO alerts (key, given_at) VALUES (:key, :now)"
    " ON CONFLICT (key) DO UPDATE SET given_at = excluded.given_at"
    " WHERE alerts.given_at <= :before"
)
_NEEDED: Final = text(
    "SELECT sha256 FROM intake WHERE state IN ('spooled', 'decided')"
    " UNION SELECT sha256 FROM sends WHERE finished_at IS NULL"
    " OR (accepted > 0 AND finished_at >"
    "  CASE WHEN kind IN ('post', 'digest') THEN :posts_since ELSE :letters_since END)"
)
# What was accepted may come back, and is sent again then (see `Returns`).
_POSTS_KEPT: Final = timedelta(days=3)
_LETTERS_KEPT: Final = timedelta(hours=5)
_NEEDED_BY_DIGESTS: Final = text(
    "SELECT sha256 FROM posts WHERE EXISTS"
    " (SELECT 1 FROM memberships WHERE reception = 'digest')"
    " AND posted_at > coalesce((SELECT max(posted_at) FROM posts"
    "  WHERE posted_at <= :now), :now) - :age"
)
# What was stopped may be sent to the others yet: as it left, and as it came.
_NEEDED_BY_STOPPED: Final = text(
    "SELECT s.sha256, p.sha256 AS original FROM sends s LEFT JOIN posts p"
    " ON p.fingerprint = s.fingerprint AND p.list_name = s.list_name"
    " WHERE s.fingerprint > '' AND (s.stopped <> '' OR s.refused > 0)"
    " AND s.created_at > :since"
)
_STOPPED_KEPT: Final = timedelta(days=30)
_DIGEST_KEPT: Final = timedelta(days=8)
# An answer can be taken back for a while: the post must still be there then.
_NEEDED_BY_REQUESTS: Final = text(
    "SELECT facts FROM requests WHERE state = 'open' OR settled_at > :since"
)
_SETTLED_KEPT: Final = timedelta(hours=1)
_COUNT_MEMBERS: Final = text(
    "SELECT list_name, state, count(*) AS members FROM memberships"
    " GROUP BY list_name, state"
)
_COUNT_HELD: Final = text(
    "SELECT list_name, count(DISTINCT ref) AS held FROM requests"
    " WHERE state = 'open' AND kind = 'moderation' GROUP BY list_name"
)
_COUNT_OUTBOX: Final = text(
    "SELECT coalesce(sum(ready), 0) AS ready, coalesce(sum(deferred), 0) AS deferred,"
    " coalesce(sum(in_flight), 0) AS in_flight, coalesce(sum(accepted), 0) AS sent,"
    " coalesce(sum(refused), 0) AS failed, coalesce(sum(cancelled), 0) AS cancelled"
    " FROM sends"
)
_COUNT_SENDING: Final = text(
    "SELECT count(*) FROM deliveries WHERE state IN ('sending', 'doubtful')"
    " AND batch_id IN"
    " (SELECT id FROM batches WHERE state = 'sending')"
)


class Housekeeping(Database):
    """The part of the store that keeps small facts."""

    def note(self, key: str, value: str) -> None:
        """Keep a small fact: last_poll, blocked_until, and the like."""
        self._change(_NOTE, key=key, value=value)

    def noted(self, key: str) -> str:
        """Give a small fact, or the empty string."""
        row = self._row(_NOTED, key=key)
        return str(row.value) if row else ""

    def count_change(self) -> None:
        """Count a change of settings or roles, for `changes_stamp`."""
        self._change(_COUNT_CHANGE, key=_CHANGES)

    def changes_stamp(self) -> tuple[int, ...]:
        """Give numbers that are others after any change of settings or roles."""
        return (int(self.noted(_CHANGES) or 0),)

    def secret(self) -> bytes:
        """Give the key that signs our mails, made at first use."""
        with self.transaction():
            if not self.noted(_SECRET):
                self.note(_SECRET, secrets.token_hex(_SECRET_BYTES))
            return bytes.fromhex(self.noted(_SECRET))

    def note_reply(self, address: Address, now: datetime) -> None:
        """Count an automatic reply to an address."""
        with self.transaction():
            self._change(_FORGET_REPLIES, before=to_micros(now - _REPLIES_KEPT))
            self._change(_NOTE_REPLY, key=address.key, now=to_micros(now))

    def alert_due(self, key: str, now: datetime, every: timedelta) -> bool:
        """Say whether an alert is due, and remember that it is given now."""
        before = to_micros(now - every)
        return bool(self._change(_ALERT, key=key, now=to_micros(now), before=before))

    def needed_spool(self, now: datetime) -> frozenset[str]:
        """Name the spooled messages that some row still needs.

        Posts stay until the next digest had its time, a weekly one at most.
        """
        with self.transaction():
            times = {
                "posts_since": to_micros(now - _POSTS_KEPT),
                "letters_since": to_micros(now - _LETTERS_KEPT),
            }
            needed = {row.sha256 for row in self._rows(_NEEDED, **times)}
            kept = int(_DIGEST_KEPT / timedelta(microseconds=1))
            # A post that waits for its time is in the future, and no measure of it.
            recent = {"age": kept, "now": to_micros(now)}
            needed |= {row.sha256 for row in self._rows(_NEEDED_BY_DIGESTS, **recent)}
            since = to_micros(now - _SETTLED_KEPT)
            stopped = to_micros(now - _STOPPED_KEPT)
            for row in self._rows(_NEEDED_BY_STOPPED, since=stopped):
                needed |= {row.sha256, row.original or row.sha256}
            for row in self._rows(_NEEDED_BY_REQUESTS, since=since):
                facts = json.loads(row.facts).values()
                needed.update(one for one in facts if _SHA256.fullmatch(str(one)))
        return frozenset(needed)

    def counts(self) -> dict[str, dict[str, int]]:
        """Count for `status`: by list, members/active/suspended/held; and outbox.

        The key `outbox` is no list: recipients of all sends, by state.
        """
        counts: dict[str, dict[str, int]] = defaultdict(
            lambda: dict.fromkeys(
                ("members", "active", "suspended", "paused", "held"), 0
            )
        )
        with self.transaction():
            for row in self._rows(_COUNT_MEMBERS):
                counts[row.list_name]["members"] += row.members
                counts[row.list_name][row.state] = row.members
            for row in self._rows(_COUNT_HELD):
                counts[row.list_name]["held"] = row.held
            counts["outbox"] = self._count_outbox()
        return dict(counts)

    def _count_outbox(self) -> dict[str, int]:
        row = self._row(_COUNT_OUTBOX)
        found = {key: int(value) for key, value in row._mapping.items()} if row else {}  # noqa: SLF001 - SQLAlchemy's public name
        sending = self._number(_COUNT_SENDING)
        doubtful = found.pop("in_flight", 0) - sending
        return found | {"sending": sending, "doubtful": doubtful}
