"""Whom to remind of what waits for moderators: a function of the stored times."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.address import Address
from bot.decide.absences import who_decides
from bot.model import Absence, MailingList, Request, one_each

__all__: Final = ("reminders",)

_REMINDED_AFTER: Final = (timedelta(days=1), timedelta(days=3), timedelta(days=6))
# Whatever stood in a mail so short before its time came needs no other mail.
_NEAR: Final = timedelta(hours=18)


def reminders(
    requests: Sequence[Request],
    lists: Mapping[str, MailingList],
    admins: Sequence[Address],
    absences: Mapping[str, Absence],
    now: datetime,
) -> tuple[tuple[Address, tuple[Request, ...]], ...]:
    """Name the moderators to remind, each with all that waits for them.

    One mail for everything: somebody gets it when one matter is due, on days 1, 3
    and 6 after it came. Those who are away, or bounce, are left out while there is
    anybody else: another moderator, else an owner.
    """
    last = _last_reminded(requests)
    waiting = [
        one
        for one in one_each(requests)
        if one.list_name in lists and one.expires_at > now
    ]
    theirs: dict[Address, list[Request]] = {}
    for one in waiting:
        for who in _present(lists[one.list_name], admins, absences):
            theirs.setdefault(who, []).append(one)
    return tuple(
        (who, tuple(matters))
        for who, matters in sorted(theirs.items())
        if any(_is_due(one, last.get((one.ref, who.key)), now) for one in matters)
    )


def _last_reminded(requests: Sequence[Request]) -> dict[tuple[str, str], datetime]:
    found: dict[tuple[str, str], datetime] = {}
    for one in requests:
        if one.reminded_at is not None:
            key = (one.ref, one.address.key)
            found[key] = max(one.reminded_at, found.get(key, one.reminded_at))
    return found


def _present(
    lst: MailingList, admins: Sequence[Address], absences: Mapping[str, Absence]
) -> frozenset[Address]:
    deciding = who_decides(lst, admins)
    for those in (deciding, lst.owners, frozenset(admins)):
        present = frozenset(one for one in those if one.key not in absences)
        if present:
            return present
    return deciding


def _is_due(matter: Request, last: datetime | None, now: datetime) -> bool:
    passed = [
        matter.created_at + after
        for after in _REMINDED_AFTER
        if matter.created_at + after <= now
    ]
    return bool(passed) and (last is None or last < passed[-1] - _NEAR)
