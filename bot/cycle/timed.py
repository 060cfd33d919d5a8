"""What is due by the clock: requests that expire, the spool's spring cleaning."""

from datetime import timedelta

from bot import logs
from bot.cycle.parts import Parts

__all__ = ("due_once",)

# A mail is written to the spool before the row that needs it is committed.
_SWEEP_AGE = timedelta(hours=6)


def due_once(parts: Parts) -> None:
    """Do what is due; safe to repeat, right after days of downtime too.

    Raises:
        StoreError: the database or the spool can't be used.
    """
    now = parts.clock.now()
    for request in parts.store.expire_requests(now):
        logs.log(
            "request.expired",
            ref=request.ref,
            kind=request.kind.value,
            list=request.list_name,
        )
    parts.spool.sweep(parts.store.needed_spool(), now - _SWEEP_AGE)
