"""People who turn out to have a post that another send was to bring them."""

from typing import Final

from sqlalchemy import text

from bot.store.housekeeping import Housekeeping

__all__: Final = ("Doubles",)

_OTHERS: Final = (
    "SELECT o.id FROM sends s JOIN sends o ON o.fingerprint = s.fingerprint"
    " AND o.id <> s.id AND o.finished_at IS NULL"
    " WHERE s.id = :send_id AND s.fingerprint <> ''"
)
_DROP: Final = text(
    "UPDATE deliveries SET state = 'cancelled', due_at = NULL"  # noqa: S608 - constants
    f" WHERE state IN ('ready', 'deferred') AND send_id IN ({_OTHERS})"
    " AND person_id IN (SELECT served.person_id FROM deliveries served"
    "  WHERE served.send_id = :send_id AND served.batch_id = :batch_id"
    "  AND served.state = 'sent' AND served.person_id IS NOT NULL)"
)
_NUMBER: Final = (
    "(SELECT count(*) FROM deliveries d WHERE d.send_id = sends.id AND d.state = '{}')"
)
_COUNT_AGAIN: Final = text(
    "UPDATE sends SET "  # noqa: S608 - constants
    + ", ".join(
        f"{state} = {_NUMBER.format(state)}"
        for state in ("ready", "deferred", "cancelled")
    )
    + f" WHERE id IN ({_OTHERS})"
)


class Doubles(Housekeeping):
    """The part of the store that keeps two sends of a post from meeting."""

    def drop_doubles(self, batch_id: int, send_id: int) -> None:
        """Let no other send write to the recipients of a batch that was accepted."""
        values = {"send_id": send_id, "batch_id": batch_id}
        if self._change(_DROP, **values):
            self._change(_COUNT_AGAIN, send_id=send_id)
