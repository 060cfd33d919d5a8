"""What is put into the outbox: posts to lists, mails to people."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text

from bot.address import Address
from bot.model import Outgoing
from bot.store.convert import listed, to_micros
from bot.store.database import Database

__all__: Final = ("Enqueueing",)

_NOTE_POST: Final = text(
    "INSERT INTO posts (fingerprint, list_name, message_id, sha256, author, posted_at)"
    " VALUES (:fingerprint, :list_name, :message_id, :sha256, :author, :now)"
    " ON CONFLICT (fingerprint, list_name) DO NOTHING"
)
_NEW_SEND: Final = text(
    "INSERT INTO sends (kind, priority, list_name, subject, sha256, size, message_id,"
    " sender, fingerprint, created_at, recipients, ready, deferred, in_flight,"
    " accepted, refused, cancelled, paused, stopped, failure)"
    " VALUES (:kind, :priority, :list_name, :subject, :sha256, :size, :message_id,"
    " :sender, :fingerprint, :now, 0, 0, 0, 0, 0, 0, 0, FALSE, '', '') RETURNING id"
)
_NEW_DELIVERY: Final = text(
    "INSERT INTO deliveries (send_id, seq, address, person_id, state, attempts, reply)"
    " VALUES (:send_id, :seq, :address,"
    " (SELECT person_id FROM addresses WHERE key = :key), 'ready', 0, '')"
)
# One statement for a whole list; the window function numbers in shuffled order.
_NEW_DELIVERIES: Final = listed(
    "INSERT INTO deliveries (send_id, seq, address, person_id, state, attempts, reply)"
    " SELECT :send_id, row_number() OVER (ORDER BY a.shuffle, a.key), a.address,"
    " a.person_id, 'ready', 0, ''"
    " FROM addresses a WHERE a.is_primary AND a.person_id IN"
    " (SELECT person_id FROM memberships"
    "  WHERE list_name IN :names AND state = 'active')"
    " AND a.person_id NOT IN"
    " (SELECT d.person_id FROM sends s JOIN deliveries d ON d.send_id = s.id"
    "  WHERE s.fingerprint = :fingerprint AND s.fingerprint <> ''"
    "  AND d.person_id IS NOT NULL AND d.state <> 'cancelled')",
    "names",
)
_FILL: Final = text(
    "UPDATE sends SET recipients = :count, ready = :count WHERE id = :send_id"
)


class Enqueueing(Database):
    """The part of the store that fills the outbox."""

    def note_post(
        self,
        list_name: str,
        fingerprint: str,
        message_id: str,
        sha256: str,
        author: Address,
        now: datetime,
    ) -> bool:
        """Remember that a list had a post; False when it had it already."""
        return bool(
            self._change(
                _NOTE_POST,
                list_name=list_name,
                fingerprint=fingerprint,
                message_id=message_id,
                sha256=sha256,
                author=str(author),
                now=to_micros(now),
            )
        )

    def enqueue(
        self, mail: Outgoing, recipients: Iterable[Address], now: datetime
    ) -> int:
        """Put a mail into the outbox; give the id of the send."""
        with self.transaction():
            send_id = self._new_send(mail, "", now)
            rows: list[dict[str, object]] = [
                {"send_id": send_id, "seq": seq, "address": str(one), "key": one.key}
                for seq, one in enumerate(dict.fromkeys(recipients), 1)
            ]
            self._change_each(_NEW_DELIVERY, rows)
            self._change(_FILL, send_id=send_id, count=len(rows))
        return send_id

    def enqueue_to_lists(
        self, mail: Outgoing, list_names: Sequence[str], fingerprint: str, now: datetime
    ) -> int:
        """Put a post into the outbox for the active members of lists, each once.

        People who already have a delivery of a post with this fingerprint are
        left out, unless it was cancelled.
        """
        with self.transaction():
            send_id = self._new_send(mail, fingerprint, now)
            count = self._change(
                _NEW_DELIVERIES,
                send_id=send_id,
                names=list(list_names),
                fingerprint=fingerprint,
            )
            self._change(_FILL, send_id=send_id, count=count)
            if not self.is_sqlite:
                # Without fresh statistics PostgreSQL reads the table for each batch.
                self._change(text("ANALYZE deliveries"))
        return send_id

    def _new_send(self, mail: Outgoing, fingerprint: str, now: datetime) -> int:
        return self._number(
            _NEW_SEND,
            kind=mail.kind,
            priority=int(mail.priority),
            list_name=mail.list_name,
            subject=mail.subject,
            sha256=mail.sha256,
            size=mail.size,
            message_id=mail.message_id,
            sender=str(mail.sender or ""),
            fingerprint=fingerprint,
            now=to_micros(now),
        )
