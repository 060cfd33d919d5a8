"""When something was due last, and whether it was done since."""

from datetime import datetime, time, timedelta
from typing import Final

from bot.cycle.parts import Parts

__all__: Final = ("SUNDAY", "is_due", "last_time")

SUNDAY: Final = 6
_DAY: Final = timedelta(days=1)


def last_time(
    at: time, parts: Parts, now: datetime, weekday: int | None = None
) -> datetime:
    """Give the last time that a local time of day came.

    Args:
        at: the time of day.
        parts: with the time zone.
        now: the time.
        weekday: from 0, Monday; None: any.
    """
    local = now.astimezone(parts.settings.timezone)
    last = datetime.combine(local.date(), at, parts.settings.timezone)
    if last > local:
        last -= _DAY
    while weekday is not None and last.weekday() != weekday:
        last -= _DAY
    return last


def is_due(parts: Parts, key: str, last: datetime) -> bool:
    """Whether something wasn't done since it was due; note that it is, now.

    The first time there is nothing to look back on.
    """
    before = parts.store.noted(key)
    parts.store.note(key, last.isoformat())
    return bool(before) and datetime.fromisoformat(before) < last
