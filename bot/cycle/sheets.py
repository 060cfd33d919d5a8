"""Once a week: sheets of people to telephone, and what owners are told of them."""

from datetime import datetime, time
from typing import Final

from bot.bounces.sheets import sheets
from bot.cycle.due_times import is_due, last_time
from bot.cycle.parts import Parts

__all__: Final = ("weekly_calls",)

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Owners are told who is suspended where there are no sheets, too.
_ELSE: Final = "mon 09:00"


def weekly_calls(parts: Parts, now: datetime) -> None:
    """Share out who is to be called, and tell owners, once when it is due.

    One transaction: what a crash undoes is done again as a whole.
    """
    every = parts.settings.bounces.sheet_every
    day, _, hour = (every or _ELSE).partition(" ")
    last = last_time(time.fromisoformat(hour), parts, now, _DAYS.index(day))
    with parts.store.transaction():
        since = parts.store.noted("sheets_at")
        if not is_due(parts, "sheets_at", last):
            return
        if every:
            _send_sheets(parts, now)
        parts.apply.tell_of_calls(datetime.fromisoformat(since), now)


def _send_sheets(parts: Parts, now: datetime) -> None:
    settings, bouncing = parts.settings, parts.store.bouncing()
    shared = sheets(bouncing, settings.lists, settings.admins)
    for sheet in shared:
        for one, list_name in sheet.waiting:
            parts.store.assign_call(one.person_id, list_name, sheet.caller, now)
    parts.store.keep_calls(
        [one.person_id for sheet in shared for one, _ in sheet.waiting]
    )
    for sheet in shared:
        parts.apply.send_sheet(sheet.caller, sheet.people, sheet.more, now)
