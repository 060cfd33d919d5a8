"""Commands that anyone may use, and that change nothing but what is one's own."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from bot.actions import AskConfirmation
from bot.commands.arguments import (
    any_list,
    takes_anything,
    takes_command,
    takes_list,
    takes_token,
)
from bot.commands.registry import Command, Outcome, Request, Who, command
from bot.commands.registry import list_facts as facts_of
from bot.errors import CommandError
from bot.model import MailingList, Settings, TextFile

__all__: Final = ("COMMANDS", "help_facts")

# ------------------------------------------------------------------------- help


def help_facts(request: Request, commands: Sequence[Command]) -> dict[str, object]:
    """Give what the text `help` needs: what this person may do."""
    settings = request.settings
    return {
        "mailbox": str(settings.mailbox),
        "lists": _known_lists(request),
        "subaddressing": settings.subaddressing,
        "commands": tuple(_shown(one, request) for one in commands),
        "privacy": _link(request, "vie privée", "privacy"),
    }


def usable(request: Request) -> tuple[Command, ...]:
    """Give the commands that are for the sender."""
    allowed = {Who.ANYONE}
    if request.roster.memberships:
        allowed.add(Who.MEMBER)
    if request.moderated:
        allowed.add(Who.MODERATOR)
    if request.owned:
        allowed.add(Who.OWNER)
    return tuple(one for one in request.registry.commands if one.who in allowed)


def _link(request: Request, french: str, english: str) -> str:
    word = french if request.language == "fr" else english
    return f"mailto:{request.settings.mailbox}?subject={quote(word)}"


def _shown(one: Command, request: Request) -> dict[str, object]:
    language = request.language if request.language in one.about else "fr"
    words = one.words[language] + one.words[""]
    usage = one.usage.get(language, "")
    link = f"mailto:{request.settings.mailbox}?subject={quote(words[0])}"
    return {
        "words": words,
        "usage": usage,
        "about": one.about[language],
        "who": one.who.value,
        "mailto": "" if usage and not usage.startswith("[") else link,
    }


def _known_lists(request: Request) -> tuple[dict[str, object], ...]:
    """Give the visible lists, and those that concern the person anyway."""
    roster = request.roster
    return tuple(
        facts_of(lst, request.settings, roster, request.sender) | _links(request, lst)
        for lst in request.settings.lists.values()
        if lst.visible or lst.name in roster.memberships or request.owns(lst)
    )


def _links(request: Request, lst: MailingList) -> dict[str, object]:
    """Give the link that joins or leaves with one tap."""
    if lst.name in request.roster.memberships:
        words = (f"désabonner {lst.name}", f"unsubscribe {lst.name}")
    else:
        words = (f"abonner {lst.name}", f"subscribe {lst.name}")
    return {"mailto": _link(request, *words), "owner": request.owns(lst)}


@command(
    en=("help",),
    fr=("aide",),
    usage={"en": "[command]", "fr": "[commande]"},
    about={
        "en": "What you may do here.",
        "fr": "Ce que vous pouvez faire ici.",
    },
    takes=takes_command,
)
def show_help(request: Request) -> Outcome:
    """Show the sender's commands, or the one that was named."""
    found = request.registry.find(request.arguments)
    if found:
        shown = _shown(found.command, request)
        return Outcome("help-command", {**shown, "spellings": shown["words"]})
    return Outcome("help", help_facts(request, usable(request)))


@command(
    en=("lists",),
    fr=("listes",),
    about={"en": "The lists that there are.", "fr": "Les listes qui existent."},
)
def show_lists(request: Request) -> Outcome:
    """Show the visible lists."""
    facts = {"lists": _known_lists(request), "mailbox": str(request.settings.mailbox)}
    return Outcome("lists", facts)


@command(
    en=("info",),
    fr=("infos",),
    usage={"en": "LIST", "fr": "LISTE"},
    about={"en": "What a list is about.", "fr": "Ce qu'est une liste."},
    takes=takes_list,
)
def show_list(request: Request) -> Outcome:
    """Describe a list."""
    lst, _ = any_list(request)
    facts = {
        "name": lst.name,
        "title": lst.display_name,
        "kind": lst.kind.value,
        "description": lst.description,
        "owners": tuple(str(owner) for owner in sorted(lst.owners)),
        "subscription": lst.subscription,
        "members": request.roster.recipients.get(lst.name, 0),
        "address": _address_of(lst, request.settings),
    }
    return Outcome("list-info", facts)


def _address_of(lst: MailingList, settings: Settings) -> str:
    box = settings.mailbox
    if lst.address is not None:
        return str(lst.address)
    if settings.subaddressing:
        return f"{box.local_part}{settings.subaddressing}{lst.name}@{box.domain}"
    return str(box)


# --------------------------------------------------------------------- the rest


@command(
    en=("confirm",),
    fr=("confirmer",),
    usage={"en": "TOKEN", "fr": "CODE"},
    about={
        "en": "Confirm what we asked you (a reply « ok » does the same).",
        "fr": "Confirmer ce que nous vous avons demandé (répondre « ok » suffit).",
    },
    takes=takes_token,
)
def confirm(request: Request) -> Outcome:
    """Answer what can't be confirmed; a good token never comes here.

    Raises:
        CommandError: always: a mail with a token in its subject is an answer.
    """
    del request
    raise CommandError("nothing-to-confirm")


@command(
    en=("which",),
    fr=("abonnements",),
    about={"en": "The lists that you are on.", "fr": "Vos abonnements."},
)
def show_subscriptions(request: Request) -> Outcome:
    """Show the sender's own subscriptions, with what is set for each."""
    on = request.roster.memberships
    lists = tuple(
        facts_of(lst, request.settings, request.roster, request.sender)
        | _links(request, lst)
        | {
            "state": on[lst.name].state.value,
            "reception": on[lst.name].reception.value,
            "until": on[lst.name].paused_until,
            "address": str(on[lst.name].address),
        }
        for lst in request.joined
    )
    others = request.roster.person.others if request.roster.person else ()
    return Outcome("subscriptions", {"lists": lists, "others": tuple(map(str, others))})


@command(
    en=("mydata", "my data"),
    fr=("mes données",),
    about={
        "en": "Everything that is stored about you.",
        "fr": "Tout ce que nous avons sur vous.",
    },
    wants=("dossier",),
)
def show_data(request: Request) -> Outcome:
    """Attach everything that is stored about the sender."""
    text = json.dumps(
        request.roster.dossier, ensure_ascii=False, indent=2, default=_plain
    )
    file = TextFile("mydata.json", text + "\n", "application/json")
    facts = {
        "address": str(request.sender),
        "forget": _link(request, "oublier", "forget"),
    }
    return Outcome("mydata", facts, files=(file,))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@command(
    en=("forget", "erase my data", "delete my data"),
    fr=("oublier", "effacer mes données", "supprimer mes données"),
    about={
        "en": "Erase everything about you, for good.",
        "fr": "Effacer tout ce qui vous concerne, définitivement.",
    },
)
def forget(request: Request) -> Outcome:
    """Ask the person whether they want to be erased."""
    person = request.roster.person
    address = person.address if person else request.sender
    asked = AskConfirmation(address, "forget", "")
    facts = {"address": str(address)}
    return Outcome("confirmation-sent", facts, (asked,), answered=True)


@command(
    en=("privacy",),
    fr=("vie privée",),
    about={
        "en": "What we keep, why, and for how long.",
        "fr": "Ce que nous gardons, pourquoi, et combien de temps.",
    },
    takes=takes_anything,
)
def privacy(request: Request) -> Outcome:
    """Show the privacy note."""
    settings = request.settings
    return Outcome(
        "privacy",
        {
            "name": settings.name,
            "mailbox": str(settings.mailbox),
            "mydata": _link(request, "mes données", "mydata"),
            "forget": _link(request, "oublier", "forget"),
        },
    )


@command(
    both=("echo",),
    usage={"en": "[text]", "fr": "[texte]"},
    about={
        "en": "Send back what you wrote, to try it out.",
        "fr": "Renvoyer ce que vous écrivez, pour essayer.",
    },
    takes=takes_anything,
    free=True,
)
def echo(request: Request) -> Outcome:
    """Give back what was written."""
    return Outcome("echoed", {"text": " ".join(request.arguments)})


@command(
    en=("end",),
    fr=("fin",),
    about={
        "en": "End the commands: what follows is not read.",
        "fr": "Finir les commandes : la suite n'est pas lue.",
    },
    takes=takes_anything,
)
def end(request: Request) -> Outcome:
    """Say that there is nothing to end; `grammar` stops at this word.

    Raises:
        CommandError: always.
    """
    del request
    raise CommandError("nothing-to-end")


COMMANDS: Final = (
    show_help,
    show_lists,
    show_list,
    confirm,
    show_subscriptions,
    show_data,
    forget,
    privacy,
    echo,
    end,
)
