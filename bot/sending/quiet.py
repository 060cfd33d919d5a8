"""Quiet hours: local time at which only interactive mail leaves."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

__all__ = ("quiet_until",)

# Quiet hours that end in the hour that summer time repeats: look again so soon.
_LOOK_AGAIN: Final = timedelta(minutes=1)


def quiet_until(now: datetime, quiet_hours: str, timezone: tzinfo) -> datetime | None:
    """Give the end of the quiet hours that `now` lies in, or None.

    `quiet_hours` is local time, `22:00-07:00`; empty, or from a time to the same
    time, means none.
    """
    span = _quiet_span(quiet_hours)
    if span is None:
        return None
    start, end = span
    local = now.astimezone(timezone)
    at = local.time()
    inside = start <= at < end if start < end else at >= start or at < end
    if not inside:
        return None
    day = local.date() if at < end else local.date() + timedelta(days=1)
    until = datetime.combine(day, end, timezone).replace(fold=local.fold)
    return max(until.astimezone(UTC), now + _LOOK_AGAIN)


@lru_cache(maxsize=8)
def _quiet_span(text: str) -> tuple[time, time] | None:
    """Read `22:00-07:00`; `config` has told about anything else."""
    start, _, end = text.partition("-")
    try:
        span = time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    except ValueError:
        return None
    return span if span[0] != span[1] else None
