"""Commands for coming and going, which anyone may use.

Nothing here changes the roster for a From: that isn't proved: a confirmation goes
to the address concerned.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from bot.actions import (
    Action,
    AskConfirmation,
    AskModerators,
    CopyToOwners,
    Enrol,
    Unenrol,
)
from bot.address import Address
from bot.commands.arguments import (
    address_of,
    after_fillers,
    any_list,
    split_all,
    takes_list_and_name,
    takes_list_or_all,
)
from bot.commands.registry import Outcome, Request, command
from bot.errors import CommandError
from bot.model import MailingList, Mark, Member

__all__: Final = ("COMMANDS",)

# A first name alone is everybody's.
_NAME_WORDS_MIN: Final = 2


@command(
    en=("subscribe", "join"),
    fr=("abonner", "inscrire", "s'abonner", "s'inscrire"),
    usage={"en": "LIST [full name]", "fr": "LISTE [prénom nom]"},
    about={"en": "Join a list.", "fr": "Rejoindre une liste."},
    takes=takes_list_and_name,
    wants=("standings",),
)
def subscribe(request: Request) -> Outcome:
    """Enrol the sender by `subscription`, once the wish is proved.

    With an address it is that one which is asked, whoever wrote.

    Raises:
        CommandError: no such list, or the sender is on it already.
    """
    lst, rest = any_list(request)
    who, words = _whose(request, rest)
    title = lst.display_name
    ours = who == request.sender
    name = " ".join(words) or (request.sender_name if ours else "")
    if ours and lst.name in request.roster.memberships:
        member = request.roster.memberships[lst.name]
        raise CommandError(
            "already-on-list", address=str(member.address), list_title=title
        )
    if ours and request.roster.marks.get(lst.name) is Mark.BANNED:
        return Outcome("closed-list", {"list_title": title})
    if lst.subscription == "closed":
        return Outcome(
            "closed-list", {"list_title": title}, (_tell_owners(request, lst, name),)
        )
    facts = {"address": str(who)}
    proved = ours and request.proved
    wish: Action = AskConfirmation(who, "subscribe", lst.name, name)
    if lst.subscription == "open" and proved:
        wish = Enrol(who, name, lst.name, "command")
    if lst.subscription == "moderated" and proved:
        wish = AskModerators(who, "admission", lst.name, name)
        return Outcome("passed-to-moderators", {"list_title": title}, (wish,))
    return Outcome("confirmation-sent", facts, (wish,), answered=ours)


def _whose(request: Request, words: Sequence[str]) -> tuple[Address, tuple[str, ...]]:
    """Give the address concerned and the other words; the sender's by default."""
    found = [word for word in words if "@" in word]
    if not found:
        return request.sender, tuple(words)
    address = address_of(request, found[0])
    return address, tuple(word for word in words if word not in found)


def _tell_owners(request: Request, lst: MailingList, name: str) -> CopyToOwners:
    return CopyToOwners(
        lst.name,
        "subscription-to-owners",
        {
            "address": str(request.sender),
            "name": name,
            "list_title": lst.display_name,
            "mailtos": {"add": _adding(request, lst, name)},
        },
    )


def _adding(request: Request, lst: MailingList, name: str) -> str:
    """Make the link with which an owner adds the sender."""
    word = "ajouter" if lst.language == "fr" else "add"
    asked = quote(f"{word} {lst.name} {request.sender} {name}".strip())
    return f"mailto:{request.settings.mailbox}?subject={asked}"


@command(
    en=("unsubscribe", "leave", "signoff"),
    fr=(
        "désabonner",
        "désinscrire",
        "quitter",
        "se désabonner",
        "se désinscrire",
        "me désabonner",
        "désabonnement",
        "désinscription",
    ),
    both=("stop",),
    usage={"en": "LIST | *", "fr": "LISTE | *"},
    about={
        "en": "Leave a list (* for all).",
        "fr": "Quitter une liste (* : toutes).",
    },
    takes=takes_list_or_all,
    wants=("standings",),
)
def unsubscribe(request: Request) -> Outcome:
    """End the sender's memberships, once the wish is proved.

    Without a list all are meant: who writes « stop » wants no more mail, and each
    list still asks. With an address it is that one which is asked.

    Raises:
        CommandError: no such list, or the sender is on none of those named.
    """
    rest = after_fillers(request.arguments)
    who, words = _whose(request, rest)
    memberships = (
        request.roster.memberships
        if who == request.sender
        else request.roster.standing(who).memberships
    )
    everything, words = split_all(words)
    if words and not everything:
        lst, _ = any_list(request)
        members = [memberships[lst.name]] if lst.name in memberships else []
        title = lst.display_name
    else:
        known = request.settings.lists
        members = [one for one in memberships.values() if one.list_name in known]
        title = ""  # any
    if who != request.sender:
        # Whoever asks learns nothing about others: the answer is always the same.
        actions = tuple(_ask(member) for member in members)
        return Outcome("asked-if-member", {"address": str(who)}, actions)
    if not members:
        return _under_another_name(request, title)
    return _leave(request, members)


def _under_another_name(request: Request, title: str) -> Outcome:
    """Ask the known address of somebody of this full name whether they wrote.

    Not those in charge: who has their name would only need a careless « oui ».
    """
    who, facts = request.roster.namesakes, {"address": str(request.sender)}
    full = len(request.sender_name.split()) >= _NAME_WORDS_MIN
    alone = len(who) == 1 and request.roster.person is None
    if not (full and alone) or request.settings.is_in_charge(who[0]):
        if not title:
            raise CommandError("no-member", **facts)
        raise CommandError("not-on-list", **facts, list_title=title)
    told = {"other": str(request.sender), "person": str(who[0].address)}
    asked = AskConfirmation(who[0].address, "link", "", facts=told)
    if not title:
        return Outcome("no-member", facts, (asked,))
    return Outcome("not-on-list", {**facts, "list_title": title}, (asked,))


def _ask(member: Member) -> AskConfirmation:
    return AskConfirmation(member.address, "unsubscribe", member.list_name)


def _leave(request: Request, members: Sequence[Member]) -> Outcome:
    actions = tuple(_leaving(request, member) for member in members)
    if all(isinstance(action, AskModerators) for action in actions):
        lst = request.settings.lists[members[0].list_name]
        return Outcome(
            "passed-to-moderators", {"list_title": lst.display_name}, actions
        )
    facts = {"address": str(members[0].address)}
    return Outcome("confirmation-sent", facts, actions, answered=True)


def _leaving(request: Request, member: Member) -> Action:
    lst = request.settings.lists[member.list_name]
    if lst.unsubscription == "moderated" and request.proved:
        return AskModerators(member.address, "departure", lst.name, member.name)
    if lst.unsubscription == "open" and request.proved:
        return Unenrol(member.address, lst.name)
    return _ask(member)


COMMANDS: Final = (subscribe, unsubscribe)
