"""Single recipients that the server refused, for good or for now."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
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

    def refusals(self, send_id: int) -> tuple[tuple[Address, str], ...]:
        """Who was refused in a send, and the server's words.

        People whom a refused *message* did not reach are not among them.
        """
        rows = self._rows(_REFUSALS, send_id=send_id)
        return tuple((to_address(row.address), row.reply) for row in rows)
