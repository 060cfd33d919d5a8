"""What becomes of people: they join, leave, move, are one and the same, are erased.

Who comes and goes is noted as an event, for the owners' daily summary.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot import logs
from bot.actions import (
    ChangeAddress,
    Enrol,
    EnrolMany,
    Forget,
    LinkAddress,
    Unenrol,
)
from bot.address import Address
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.compose.posts import list_address
from bot.model import RosterEvent

__all__: Final = (
    "change_address",
    "enrol",
    "enrol_many",
    "forget",
    "link_address",
    "tell_owners",
    "unenrol",
)


def _note(
    desk: Desk, list_name: str, address: Address, what: str, how: str, now: datetime
) -> None:
    person = desk.store.find_person(address)
    name = person.name if person else ""
    desk.store.note_event(RosterEvent(list_name, address, name, what, how, now))


def enrol(desk: Desk, action: Enrol, errand: Errand) -> None:
    """Make somebody a member and welcome them; a member is told that they are one."""
    new = desk.store.enrol(
        action.address, action.name, action.list_name, action.origin, errand.now
    )
    if not new and not action.quiet:
        _tell(desk, _notice(action, "already-member"), errand)
    if not new:
        return
    logs.log("member.enrolled", list=action.list_name, address=str(action.address))
    what = "added" if action.by else "joined"
    _note(desk, action.list_name, action.address, what, action.by, errand.now)
    if not action.quiet:
        _welcome(desk, action, errand)


def _welcome(desk: Desk, action: Enrol, errand: Errand) -> None:
    settings = desk.settings
    one = settings.lists[action.list_name]
    to = list_address(one, settings.mailbox, settings.subaddressing)
    facts = {
        "address": str(to),  # the one to write to
        "words": one.welcome,
        "kind": one.kind.value,
        "description": one.description,
        "reply_to": one.reply_to,
        "max_size": one.max_size,
        "by": action.by,
    }
    letter = Letter(action.address, "welcome", facts, one.name, kind="welcome")
    _tell(desk, letter, errand)


def enrol_many(desk: Desk, action: EnrolMany, errand: Errand) -> None:
    """Make members of many; they were told before they were put into a file."""
    added, known = desk.store.enrol_many(
        action.profiles, action.list_name, action.origin, errand.now
    )
    logs.log("members.imported", list=action.list_name, added=added, known=known)


def unenrol(desk: Desk, action: Unenrol, errand: Errand) -> None:
    """End a membership and say goodbye."""
    what = "removed" if action.by else "left"
    person = desk.store.find_person(action.address)
    lists = desk.settings.lists
    reaches = {name: desk.settings.reached_by(name) for name in lists}
    left = desk.store.unenrol(action.address, action.list_name, reaches)
    if not left:
        _tell(desk, _notice(action, "not-a-member"), errand)
        return
    logs.log("member.left", list=action.list_name, address=str(action.address))
    # Under the address that an import would name, whichever they left from.
    address = person.address if person else action.address
    name = person.name if person else ""
    desk.store.note_event(
        RosterEvent(action.list_name, address, name, what, action.by, errand.now)
    )
    if not action.quiet:
        # Nobody knows the language any more of somebody who left their last list.
        language = person.language if person else ""
        letter = replace(_notice(action, "goodbye"), facts={"by": action.by})
        _tell(desk, replace(letter, language=language), errand)


def _notice(action: Enrol | Unenrol, text_id: str) -> Letter:
    return Letter(action.address, text_id, list_name=action.list_name, kind="notice")


def _tell(desk: Desk, letter: Letter, errand: Errand) -> None:
    """Write to somebody; it is the answer, if they wrote the mail themselves."""
    author = errand.message.author if errand.message else None
    answers = errand.message if author and author.address == letter.to else None
    facts = {"address": str(letter.to), **letter.facts}
    desk.send_letter(replace(letter, facts=facts, answers=answers), errand.now)


def link_address(desk: Desk, action: LinkAddress, errand: Errand) -> None:
    """Make an address another one of somebody's."""
    desk.store.link_address(action.person, action.address)
    logs.log("address.linked", address=str(action.address))
    del errand


def change_address(desk: Desk, action: ChangeAddress, errand: Errand) -> None:
    """Move somebody's memberships to another address, and tell them there."""
    old = action.person.address
    desk.store.change_address(action.person, action.new, action.list_names, errand.now)
    desk.store.move_marks(old, action.new, action.list_names)
    moved = desk.store.find_person(action.new)
    if moved is not None:
        desk.store.revive(moved.id, errand.now)
    if desk.store.find_person(old) is None:
        desk.store.forget_bounces_of(old)
    desk.bounce_log.forget([action.new.key, old.key])
    logs.log("address.changed", address=str(action.new))
    titles = tuple(desk.settings.lists[name].display_name for name in action.list_names)
    facts = {"old": str(old), "new": str(action.new), "by": action.by, "titles": titles}
    desk.send_letter(
        Letter(action.new, "address-changed", facts, kind="notice"), errand.now
    )


def forget(desk: Desk, action: Forget, errand: Errand) -> None:
    """Erase somebody everywhere but for a hash, and tell them."""
    person = desk.store.find_person(action.address)
    memberships = desk.store.standings([action.address], errand.now)
    for name in memberships[action.address.key].memberships:
        _note(desk, name, action.address, "forgot", "", errand.now)
    erased = desk.store.erase(action.address, errand.now)
    desk.bounce_log.forget([one.key for one in erased])
    logs.log("person.forgotten", addresses=len(erased))
    language = action.language or (person.language if person else "")
    desk.send_letter(
        Letter(action.address, "forgotten", {}, language=language, kind="notice"),
        errand.now,
    )


# ------------------------------------------------------------------ daily summaries


def tell_owners(desk: Desk, now: datetime) -> None:
    """Tell each owner in one mail who came and who left since the last one."""
    events = desk.store.untold_events()
    if not events:
        return
    by_owner: dict[Address, list[RosterEvent]] = {}
    for _, event in events:
        if event.list_name not in desk.settings.lists:
            continue
        for owner in desk.owners_of(event.list_name):
            if event.how != str(owner):  # their own doing
                by_owner.setdefault(owner, []).append(event)
    for owner, theirs in by_owner.items():
        facts = {"lists": _by_list(desk, theirs)}
        desk.send_letter(Letter(owner, "daily-summary", facts, kind="notice"), now)
    desk.store.mark_told(events[-1][0], now)


def _by_list(desk: Desk, events: list[RosterEvent]) -> tuple[dict[str, object], ...]:
    names = dict.fromkeys(event.list_name for event in events)
    return tuple(
        {
            "title": desk.settings.lists[name].display_name,
            "joined": _people(events, name, ("joined", "added")),
            "left": _people(events, name, ("left", "removed", "forgot")),
        }
        for name in names
    )


def _people(
    events: list[RosterEvent], list_name: str, whats: tuple[str, ...]
) -> tuple[dict[str, str], ...]:
    return tuple(
        {
            "name": event.name,
            # Who asked to be erased isn't named, even here.
            "address": "" if event.what == "forgot" else str(event.address),
            "what": event.what,
            "by": event.how,
        }
        for event in events
        if event.list_name == list_name and event.what in whats
    )
