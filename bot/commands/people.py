"""Commands of owners about the people of their lists: add, invite, remove, correct.

They change other people's data, so they wait until From: is proved (`alters`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.actions import Action, AskConfirmation, ChangeAddress, Enrol, Unenrol
from bot.address import Address
from bot.commands.arguments import (
    address_of,
    after_fillers,
    own_list,
    people_named,
    split_all,
    takes_list,
    takes_list_and_address,
)
from bot.commands.registry import Block, Outcome, Registry, Request, Who, command
from bot.domains import suggestion
from bot.errors import CommandError
from bot.folding import fold
from bot.model import MailingList, Settings, Standing
from bot.rosters import Entry

__all__: Final = ("COMMANDS", "DOUBTS")

_AT_ONCE_MAX: Final = 100
_ADDRESSES: Final = {
    "en": "LIST ADDRESS [name], one a line",
    "fr": "LISTE ADRESSE [prénom nom], une par ligne",
}
# What looks like a slip, and is done if the sender says so.
DOUBTS: Final = frozenset({"typo", "also-typo", "left-before"})
# « corriger ANCIENNE en NOUVELLE ».
_BETWEEN: Final = frozenset({"en", "par", "to", "by", "into", "->", "=>", "→", ">"})
_One = Callable[[Entry], tuple[str, dict[str, str], Action]]


def _judged(request: Request, entry: Entry, lst: MailingList) -> Standing:
    """Say where somebody stands that an owner wants on a list.

    Raises:
        CommandError: they must not, or should not, be put there.
    """
    address = entry.address
    standing = request.roster.standing(address)
    facts = {"address": str(address), "list_title": lst.display_name}
    if request.settings.is_own(address):
        raise CommandError("own-address", address=str(address))
    if lst.name in standing.memberships:
        raise CommandError("already-on-list", **facts)
    if standing.forgotten:
        raise CommandError("was-forgotten", address=str(address))
    likely = suggestion(address)
    if likely is not None and not request.in_doubt:
        facts |= {"suggestion": str(likely), "list": lst.name}
        raise CommandError("typo", **facts)
    return standing


@command(
    en=("add",),
    fr=("ajouter",),
    usage=_ADDRESSES,
    about={
        "en": "Put people on a list.",
        "fr": "Mettre des personnes dans une liste.",
    },
    takes=takes_list_and_address,
    who=Who.OWNER,
    alters=True,
    wants=("standings",),
    block=Block.ADDRESSES,
)
def add(request: Request) -> Outcome:
    """Make members of those named; each gets a welcome.

    Raises:
        CommandError: no list of theirs, or nobody named.
    """
    lst, rest = own_list(request)

    def one(entry: Entry) -> tuple[str, dict[str, str], Action]:
        standing = _judged(request, entry, lst)
        if lst.name in standing.left and not request.in_doubt:
            raise CommandError(
                "left-before", address=str(entry.address), list_title=lst.display_name
            )
        owner = str(request.sender)
        enrolled = Enrol(
            entry.address, entry.name, lst.name, f"added by {request.origin}", by=owner
        )
        return "added", {"list_title": lst.display_name}, enrolled

    return _each(request, rest, one)


@command(
    en=("invite",),
    fr=("inviter",),
    usage=_ADDRESSES,
    about={
        "en": "Ask people whether they would join.",
        "fr": "Proposer à des personnes de rejoindre une liste.",
    },
    takes=takes_list_and_address,
    who=Who.OWNER,
    alters=True,
    wants=("standings",),
    block=Block.ADDRESSES,
)
def invite(request: Request) -> Outcome:
    """Ask those named whether they want to be members.

    Raises:
        CommandError: no list of theirs, or nobody named.
    """
    lst, rest = own_list(request)

    def one(entry: Entry) -> tuple[str, dict[str, str], Action]:
        _judged(request, entry, lst)
        owner = request.sender_name or str(request.sender)
        asked = AskConfirmation(
            entry.address,
            "invite",
            lst.name,
            entry.name,
            {"by": owner, "origin": f"invited by {request.origin}"},
        )
        return "invited", {"list_title": lst.display_name}, asked

    return _each(request, rest, one)


@command(
    en=("remove",),
    fr=("retirer",),
    usage=_ADDRESSES,
    about={
        "en": "Take people off a list.",
        "fr": "Retirer des personnes d'une liste.",
    },
    takes=takes_list_and_address,
    who=Who.OWNER,
    alters=True,
    wants=("standings",),
    block=Block.ADDRESSES,
)
def remove(request: Request) -> Outcome:
    """End the memberships of those named; each is told.

    Raises:
        CommandError: no list of theirs, or nobody named.
    """
    lst, rest = own_list(request)

    def one(entry: Entry) -> tuple[str, dict[str, str], Action]:
        standing = request.roster.standing(entry.address)
        if lst.name not in standing.memberships:
            raise CommandError(
                "not-on-list", address=str(entry.address), list_title=lst.display_name
            )
        ended = Unenrol(entry.address, lst.name, by=str(request.sender))
        return "removed", {"list_title": lst.display_name}, ended

    return _each(request, rest, one)


def _each(request: Request, rest: Sequence[str], one: _One) -> Outcome:
    """Do something for each person named; tell each result."""
    sheet = people_named(request, rest)
    if len(sheet.entries) > _AT_ONCE_MAX:
        raise CommandError("too-many-people", number=str(_AT_ONCE_MAX))
    results: list[dict[str, object]] = []
    actions: list[Action] = []
    for entry in sheet.entries:
        try:
            text_id, facts, action = one(entry)
        except CommandError as error:
            results.append({"id": error.text_id, "ok": False, **error.facts})
            continue
        results.append({"id": text_id, "ok": True, **facts, "address": entry.address})
        actions.append(action)
    results += [
        {"id": "bad-address", "ok": False, "text": one.text}
        for one in sheet.refused
        if one.reason != "twice"  # the first time has its result
    ]
    if not actions and len(results) == 1:
        only = dict(results[0])
        text_id = str(only.pop("id"))
        del only["ok"]
        raise CommandError(text_id, **{key: str(one) for key, one in only.items()})
    doubtful = any(one["id"] in DOUBTS for one in results)
    told = {"people": tuple(results)}
    return Outcome("people-results", told, tuple(actions), doubtful=doubtful)


# ---------------------------------------------------------------- changing address


def _takes_two_addresses(
    registry: Registry, settings: Settings, words: Sequence[str]
) -> bool:
    rest = after_fillers(words)
    addresses = [word for word in rest if "@" in word]
    _, others = split_all(_without_addresses(rest))
    return len(addresses) == 2 and (  # noqa: PLR2004 - the old and the new
        not others or takes_list(registry, settings, others)
    )


@command(
    en=("change",),
    fr=("corriger",),
    usage={"en": "LIST | *, OLD NEW", "fr": "LISTE | * ANCIENNE NOUVELLE"},
    about={
        "en": "Correct somebody's address.",
        "fr": "Corriger l'adresse de quelqu'un.",
    },
    takes=_takes_two_addresses,
    who=Who.OWNER,
    alters=True,
    wants=("standings",),
)
def change(request: Request) -> Outcome:
    """Let somebody get their mail at another address, on the sender's lists only.

    Raises:
        CommandError: no list of theirs, nobody known, or an address that is none.
    """
    old, new = _two_addresses(request)
    standing = request.roster.standing(old)
    everything, words = split_all(_without_addresses(request.arguments))
    if words and not everything:
        lists: Sequence[MailingList] = (own_list(replace(request, arguments=words))[0],)
    elif request.owned:
        lists = request.owned
    else:
        raise CommandError("not-allowed")
    names = tuple(one.name for one in lists if one.name in standing.memberships)
    if standing.person is None or not names:
        title = ", ".join(one.display_name for one in lists)
        raise CommandError("not-on-list", address=str(old), list_title=title)
    if request.settings.is_own(new):
        raise CommandError("own-address", address=str(new))
    if request.roster.standing(new).forgotten:
        raise CommandError("was-forgotten", address=str(new))
    likely = suggestion(new)
    if likely is not None and not request.in_doubt:
        raise CommandError("also-typo", address=str(new), suggestion=str(likely))
    action = ChangeAddress(standing.person, new, names, str(request.sender))
    facts = {"old": str(old), "new": str(new)}
    return Outcome("address-changed-done", facts, (action,))


def _without_addresses(words: Sequence[str]) -> list[str]:
    return [one for one in words if "@" not in one and fold(one) not in _BETWEEN]


def _two_addresses(request: Request) -> tuple[Address, Address]:
    words = [word for word in request.arguments if "@" in word]
    if len(words) != 2:  # noqa: PLR2004 - the old and the new
        raise CommandError("two-addresses")
    old, new = (address_of(request, word) for word in words)
    if str(old) == str(new):
        raise CommandError("bad-address", text=words[1])
    return old, new


COMMANDS: Final = (add, invite, remove, change)
