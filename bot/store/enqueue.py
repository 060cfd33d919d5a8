"""What is put into the outbox: posts to lists, mails to people."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Text, bindparam, text

from bot.address import Address
from bot.model import Outgoing, Reach, Reception
from bot.store.convert import to_micros, to_micros_or_none
from bot.store.database import Database
from bot.store.reaching import reaching

__all__: Final = ("GOT_IT", "LEFT_OUT", "Enqueueing")

# Whom a stopped send left out. A delivery that failed without a reply did so with
# its send; whoever was refused alone has the server's words.
LEFT_OUT: Final = "(d.state = 'cancelled' OR (d.state = 'failed' AND d.reply = ''))"
# The people who have a post, or may have it, or can't have it: of its fingerprint.
GOT_IT: Final = (
    "SELECT d.person_id FROM sends s JOIN deliveries d ON d.send_id = s.id"  # noqa: S608 - constants
    " WHERE s.fingerprint = :fingerprint AND s.fingerprint <> ''"
    f" AND d.person_id IS NOT NULL AND NOT {LEFT_OUT}"
)

_NOTE_POST: Final = text(
    "INSERT INTO posts"
    " (fingerprint, list_name, message_id, sha256, author, posted_at, partial)"
    " VALUES (:fingerprint, :list_name, :message_id, :sha256, :author, :now, :partial)"
    " ON CONFLICT (fingerprint, list_name) DO NOTHING"
)
_NEW_SEND: Final = text(
    "INSERT INTO sends (kind, priority, list_name, subject, sha256, size, message_id,"
    " sender, fingerprint, created_at, recipients, ready, deferred, in_flight,"
    " accepted, refused, cancelled, paused, stopped, failure, leave_at)"
    " VALUES (:kind, :priority, :list_name, :subject, :sha256, :size, :message_id,"
    " :sender, :fingerprint, :now, 0, 0, 0, 0, 0, 0, 0, FALSE, '', '', :leave_at)"
    " RETURNING id"
)
_NEW_DELIVERY: Final = text(
    "INSERT INTO deliveries (send_id, seq, address, person_id, state, attempts, reply)"
    " VALUES (:send_id, :seq, :address,"
    " (SELECT person_id FROM addresses WHERE key = :key), 'ready', 0, '')"
)
# One statement for a whole list; the window function numbers in shuffled order.
_NEW_DELIVERIES: Final = (
    "INSERT INTO deliveries (send_id, seq, address, person_id, state, attempts, reply)"  # noqa: S608 - constants
    " SELECT :send_id, row_number() OVER (ORDER BY a.shuffle, a.key), a.address,"
    " a.person_id, 'ready', 0, ''"
    f" FROM addresses a WHERE a.is_primary AND a.person_id NOT IN ({GOT_IT})"
    " AND a.person_id IN (SELECT m.person_id FROM memberships m"
    "  WHERE m.state = 'active' AND m.reception IN :receptions AND"
)
_POSTS_BETWEEN: Final = text(
    "SELECT sha256 FROM posts WHERE list_name = :list_name AND NOT partial"
    " AND posted_at > :since AND posted_at <= :until"
    " AND coalesce((SELECT s.stopped FROM sends s WHERE s.kind = 'post'"
    "  AND s.list_name = posts.list_name AND s.fingerprint = posts.fingerprint"
    "  ORDER BY s.id DESC LIMIT 1), '') <> 'cancelled' ORDER BY posted_at"
)
_WANT_DIGEST: Final = (
    "SELECT count(DISTINCT m.person_id) FROM memberships m"
    " WHERE m.state = 'active' AND m.reception = 'digest' AND"
)
_FILL: Final = text(
    "UPDATE sends SET recipients = :count, ready = :count WHERE id = :send_id"
)


class Enqueueing(Database):
    """The part of the store that fills the outbox."""

    def note_post(  # noqa: PLR0913 - the columns of one row
        self,
        list_name: str,
        fingerprint: str,
        message_id: str,
        sha256: str,
        author: Address,
        now: datetime,
        *,
        partial: bool = False,
    ) -> bool:
        """Remember that a list had a post; False when it had it already.

        `partial`: only some groups of the list got it.
        """
        return bool(
            self._change(
                _NOTE_POST,
                list_name=list_name,
                fingerprint=fingerprint,
                message_id=message_id,
                sha256=sha256,
                author=str(author),
                now=to_micros(now),
                partial=partial,
            )
        )

    def posts_between(
        self, list_name: str, since: datetime, until: datetime
    ) -> tuple[str, ...]:
        """Name the posts of a list in the spool, oldest first, for its digest.

        Those that only some groups got are left out: they went out at once; and
        those whose send was stopped.
        """
        rows = self._rows(
            _POSTS_BETWEEN,
            list_name=list_name,
            since=to_micros(since),
            until=to_micros(until),
        )
        return tuple(row.sha256 for row in rows)

    def wants_digest(self, reach: Sequence[Reach]) -> int:
        """Count those who take digests."""
        statement, values = reaching(_WANT_DIGEST, reach)
        return self._number(statement, **values)

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
        self,
        mail: Outgoing,
        reach: Sequence[Reach],
        fingerprint: str,
        now: datetime,
        receptions: Sequence[Reception] = (Reception.EACH,),
    ) -> int:
        """Put a post into the outbox for the active members of lists, each once.

        People who already have a delivery of a post with this fingerprint are
        left out, unless it was cancelled, or failed with its whole send.
        `receptions`: those who want it so.
        """
        statement, values = reaching(_NEW_DELIVERIES, reach, ")")
        statement = statement.bindparams(
            bindparam("receptions", expanding=True, type_=Text)
        )
        with self.transaction():
            send_id = self._new_send(mail, fingerprint, now)
            count = self._change(
                statement,
                **values,
                send_id=send_id,
                fingerprint=fingerprint,
                receptions=[one.value for one in receptions],
            )
            self._filled(send_id, count)
        return send_id

    def _filled(self, send_id: int, count: int) -> None:
        """Count the recipients of a new send."""
        self._change(_FILL, send_id=send_id, count=count)
        if not self.is_sqlite:
            # Without fresh statistics PostgreSQL reads the table for each batch.
            self._change(text("ANALYZE deliveries"))

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
            leave_at=to_micros_or_none(mail.leave_at),
        )
