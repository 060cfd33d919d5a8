"""Commands for coming and going, which anyone may use.

Nothing here changes the roster for a From: that isn't proved: a confirmation goes
to the address concerned.
"""

from collections.abc import Sequence
from typing import Final

from bot.actions import Action, AskConfirmation, CopyToOwners, Enrol, Unenrol
from bot.commands.arguments import (
    ALL,
    after_fillers,
    name_of_list,
    takes_list_and_name,
    takes_list_or_all,
)
from bot.commands.registry import Outcome, Request, command
from bot.errors import CommandError
from bot.model import MailingList

__all__: Final = ("COMMANDS",)


@command(
    en=("subscribe", "join"),
    fr=("abonner", "inscrire", "s'abonner", "s'inscrire"),
    usage={"en": "LIST [full name]", "fr": "LISTE [prénom nom]"},
    about={"en": "Join a list.", "fr": "Rejoindre une liste."},
    takes=takes_list_and_name,
)
def subscribe(request: Request) -> Outcome:
    """Enrol the sender by `subscription`, once the wish is proved.

    Raises:
        CommandError: no such list, or the sender is on it already.
    """
    lst = request.list_named(name_of_list(request))
    title = lst.title or lst.name
    name = " ".join(after_fillers(request.arguments)[1:]) or request.sender_name
    if lst.name in request.roster.memberships:
        who = str(request.roster.memberships[lst.name].address)
        raise CommandError("already-on-list", address=who, list_title=title)
    if lst.subscription in {"closed", "moderated"}:
        text_id = "closed-list" if lst.subscription == "closed" else "passed-to-owners"
        return Outcome(
            text_id, {"list_title": title}, (_tell_owners(request, lst, name),)
        )
    facts = {"address": str(request.sender)}
    wish: Action = AskConfirmation(request.sender, "subscribe", lst.name, name)
    if lst.subscription == "open" and request.proved:
        wish = Enrol(request.sender, name, lst.name, "command")
    return Outcome("confirmation-sent", facts, (wish,), answered=True)


def _tell_owners(request: Request, lst: MailingList, name: str) -> CopyToOwners:
    return CopyToOwners(
        lst.name,
        "subscription-to-owners",
        {
            "address": str(request.sender),
            "name": name,
            "list_title": lst.title or lst.name,
            "mailtos": {"add": ""},
        },
    )


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
)
def unsubscribe(request: Request) -> Outcome:
    """End the sender's memberships, once the wish is proved.

    Without a list all are meant: who writes « stop » wants no more mail, and each
    list still asks.

    Raises:
        CommandError: no such list, or the sender is on none of those named.
    """
    rest = after_fillers(request.arguments)
    memberships = request.roster.memberships
    if rest and rest[0] not in ALL:
        lst = request.list_named(rest[0])
        names = [lst.name] if lst.name in memberships else []
        title = lst.title or lst.name
    else:
        names = [name for name in memberships if name in request.settings.lists]
        title = request.settings.name
    if not names:
        who = str(request.sender)
        raise CommandError("not-on-list", address=who, list_title=title)
    return _leave(request, [request.settings.lists[name] for name in names])


def _leave(request: Request, lists: Sequence[MailingList]) -> Outcome:
    actions = tuple(_leaving(request, lst) for lst in lists)
    if all(isinstance(action, CopyToOwners) for action in actions):
        return Outcome("passed-to-owners", {"list_title": lists[0].title}, actions)
    facts = {"address": str(request.sender)}
    return Outcome("confirmation-sent", facts, actions, answered=True)


def _leaving(request: Request, lst: MailingList) -> Action:
    who = request.roster.memberships[lst.name].address
    if lst.unsubscription == "moderated":
        facts = {"author": str(request.sender), "subject": "", "when": ""}
        return CopyToOwners(lst.name, "unclear-copy", facts)
    if lst.unsubscription == "open" and request.proved:
        return Unenrol(who, lst.name)
    return AskConfirmation(who, "unsubscribe", lst.name)


COMMANDS: Final = (subscribe, unsubscribe)
