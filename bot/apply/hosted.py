"""What to do instead of sending for days: a request for a hosted list.

The request is a mail of its own, without a token, so that it can be forwarded as
it stands. The addresses come along only where its reader may export them.
"""

from datetime import timedelta
from typing import Final

from bot.actions import Preview
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.model import (
    MailingList,
    Member,
    MemberState,
    Reach,
    Reception,
    TextFile,
    group_key,
)
from bot.rosters import table

__all__: Final = ("hosted_list", "may_export")

_HEADER: Final = ("email", "name")


def hosted_list(
    desk: Desk, one: MailingList, action: Preview, lasts: timedelta, errand: Errand
) -> None:
    """Send somebody a request for a hosted list, ready to be forwarded."""
    reach = desk.settings.reached_by(one.name, action.groups)
    people = _addressees(desk, reach)
    allowed = may_export(desk, one, action)
    person = desk.store.find_person(action.sender)
    facts: dict[str, object] = {
        "name": one.name,
        "who": person.name if person else "",
        "address": str(action.sender),
        "association": desk.settings.name,
        "kind": one.kind.value,
        "description": one.description,
        "owners": tuple(map(str, desk.owners_of(one.name))),
        "number": len(people),
        "lasts": lasts,
        "csv": allowed,
    }
    rows = ((str(member.address), member.name) for member in people)
    file = TextFile(f"{one.name}.csv", table(_HEADER, rows), "text/csv")
    letter = Letter(
        action.sender,
        "hosted-list",
        facts,
        list_name=one.name,
        kind="notice",
        files=(file,) if allowed else (),
        answers=errand.message,
    )
    desk.send_letter(letter, errand.now)


def may_export(desk: Desk, one: MailingList, action: Preview) -> bool:
    """Whether the author may have the addresses of all lists that are reached."""
    return desk.settings.sees_members({action.sender}, one.name)


def _addressees(desk: Desk, reach: tuple[Reach, ...]) -> list[Member]:
    """List those who get the posts, each once, by address."""
    found: dict[int, Member] = {}
    for one in reach:
        for member in desk.store.members(one.list_name):
            if _gets(member, one):
                found.setdefault(member.person_id, member)
    return sorted(found.values(), key=lambda member: member.address.key)


def _gets(member: Member, reach: Reach) -> bool:
    if member.state is not MemberState.ACTIVE or member.reception is Reception.NONE:
        return False
    carried = frozenset(map(group_key, member.groups))
    return all(not carried.isdisjoint(some) for some in reach.among)
