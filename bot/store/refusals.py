"""Single recipients that the server refused, for good or for now."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Integer, TextClause, text

from bot.address import Address
from bot.model import Delivery, SmtpReply
from bot.store.convert import listed, to_address, to_micros
from bot.store.database import Database

__all__: Final = ("Refusals",)

_REFUSE: Final[dict[str, TextClause]] = {
    state: listed(
        "UPDATE deliveries SET state = 'failed', reply = :reply, due_at = NULL"  # noqa: S608 - constants
        f" WHERE send_id = :send_id AND seq IN :seqs AND state = '{state}'",
        "seqs",
        Integer,
    )
    for state in ("ready", "deferred")
}
_COUNT_REFUSED: Final = text(
    "UPDATE sends SET ready = ready - :ready, deferred = deferred - :deferred,"
    " refused = refused + :ready + :deferred WHERE id = :send_id"
)
_DEFER: Final[dict[str, TextClause]] = {
    state: listed(
        "UPDATE deliveries SET state = 'deferred', due_at = :due_at, reply = :reply,"  # noqa: S608 - constants
        " attempts = attempts + 1"
        f" WHERE send_id = :send_id AND seq IN :seqs AND state = '{state}'",
        "seqs",
        Integer,
    )
    for state in ("deferred", "ready")
}
_COUNT_DEFERRED: Final = text(
    "UPDATE sends SET ready = ready - :ready, deferred = deferred + :ready"
    " WHERE id = :send_id"
)
# A domain that has had enough gets some recipients a minute; which ones is chance.
_SLOT: Final = timedelta(minutes=1)
_SPARED: Final = "the domain puts people off: some of them a minute"
_AT_DOMAIN: Final = (
    " WHERE send_id = :send_id AND state = :state AND reply = :was"
    " AND attempts = 0 AND address LIKE :pattern ESCAPE '!'"
)
_COUNT_AT_DOMAIN: Final = text("SELECT count(*) FROM deliveries" + _AT_DOMAIN)  # noqa: S608 - a constant
_DEFER_DOMAIN: Final = text(
    "UPDATE deliveries SET state = 'deferred', reply = :spared,"  # noqa: S608 - a constant
    " due_at = :first + (seq % :slots) * :slot" + _AT_DOMAIN
)
_HASTEN_DOMAIN: Final = text("UPDATE deliveries SET due_at = :now" + _AT_DOMAIN)  # noqa: S608 - a constant
_REFUSALS: Final = text(
    "SELECT address, reply FROM deliveries"
    " WHERE send_id = :send_id AND state = 'failed' AND reply <> '' ORDER BY address"
)


class Refusals(Database):
    """The part of the store that knows who was refused.

    Who does not wait any more, because the send was cancelled meanwhile, stays so.
    """

    def refuse(
        self, deliveries: Sequence[Delivery], replies: Sequence[SmtpReply]
    ) -> None:
        """Note recipients refused for good; cancelled ones stay cancelled."""
        groups: dict[tuple[int, str], list[int]] = defaultdict(list)
        for one, reply in zip(deliveries, replies, strict=True):
            groups[one.send_id, str(reply)].append(one.seq)
        with self.transaction():
            for (send_id, words), seqs in groups.items():
                values = {"send_id": send_id, "seqs": seqs, "reply": words}
                moved = {
                    state: self._change(statement, **values)
                    for state, statement in _REFUSE.items()
                }
                self._change(_COUNT_REFUSED, send_id=send_id, **moved)

    def defer(self, deliveries: Sequence[Delivery], due_at: datetime, why: str) -> None:
        """Try recipients again later; counts an attempt."""
        groups: dict[int, list[int]] = defaultdict(list)
        for one in deliveries:
            groups[one.send_id].append(one.seq)
        with self.transaction():
            for send_id, seqs in groups.items():
                values = {"send_id": send_id, "seqs": seqs, "reply": why}
                moved = {
                    state: self._change(statement, due_at=to_micros(due_at), **values)
                    for state, statement in _DEFER.items()
                }
                self._change(_COUNT_DEFERRED, send_id=send_id, ready=moved["ready"])

    def defer_domain(
        self, send_id: int, domain: str, first_at: datetime, size: int
    ) -> int:
        """Put off those of a send at a domain, some a minute; give how many.

        For a domain that answers 4yz: about `size` a minute from `first_at` on,
        while the others go on. It counts no attempt of theirs.
        """
        values: dict[str, object] = {
            "send_id": send_id,
            "state": "ready",
            "was": "",
            "pattern": _at(domain),
        }
        with self.transaction():
            count = self._number(_COUNT_AT_DOMAIN, **values)
            if count:
                self._change(
                    _DEFER_DOMAIN,
                    **values,
                    spared=_SPARED,
                    first=to_micros(first_at),
                    slot=_SLOT // timedelta(microseconds=1),
                    slots=-(-count // size),
                )
                self._change(_COUNT_DEFERRED, send_id=send_id, ready=count)
        return count

    def hasten_domain(self, send_id: int, domain: str, now: datetime) -> int:
        """Let those go on that `defer_domain` put off; give how many."""
        return self._change(
            _HASTEN_DOMAIN,
            send_id=send_id,
            state="deferred",
            was=_SPARED,
            pattern=_at(domain),
            now=to_micros(now),
        )

    def refusals(self, send_id: int) -> tuple[tuple[Address, str], ...]:
        """Who was refused in a send, and the server's words.

        People whom a refused *message* did not reach are not among them.
        """
        rows = self._rows(_REFUSALS, send_id=send_id)
        return tuple((to_address(row.address), row.reply) for row in rows)


def _at(domain: str) -> str:
    """Word a pattern for the addresses at a domain; `!` makes `_` plain."""
    return "%@" + domain.replace("!", "!!").replace("_", "!_").replace("%", "!%")
