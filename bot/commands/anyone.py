"""Commands that anyone may use, and that change nothing."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from bot.commands.arguments import (
    name_of_list,
    takes_command,
    takes_list,
    takes_token,
)
from bot.commands.registry import Command, Outcome, Request, command
from bot.commands.registry import list_facts as facts_of
from bot.errors import CommandError
from bot.model import MailingList, Settings

__all__: Final = ("COMMANDS", "help_facts")

# ------------------------------------------------------------------------- help


def help_facts(request: Request, commands: Sequence[Command]) -> dict[str, object]:
    """Give what the text `help` needs."""
    settings = request.settings
    return {
        "mailbox": str(settings.mailbox),
        "lists": _known_lists(request),
        "subaddressing": settings.subaddressing,
        "commands": tuple(_shown(one, request) for one in commands),
    }


def _shown(one: Command, request: Request) -> dict[str, object]:
    language = request.language if request.language in one.about else "fr"
    words = one.words[language] + one.words[""]
    usage = one.usage.get(language, "")
    link = f"mailto:{request.settings.mailbox}?subject={quote(words[0])}"
    return {
        "words": words,
        "usage": usage,
        "about": one.about[language],
        "mailto": "" if usage.isupper() else link,
    }


def _known_lists(request: Request) -> tuple[dict[str, object], ...]:
    """Give the visible lists, and those that the person is on anyway."""
    roster = request.roster
    return tuple(
        facts_of(lst, request.settings, roster, request.sender)
        for lst in request.settings.lists.values()
        if lst.visible or lst.name in roster.memberships
    )


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
    """Show all commands, or the one that was named."""
    found = request.registry.find(request.arguments)
    commands = (found.command,) if found else request.registry.commands
    return Outcome("help", help_facts(request, commands))


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
    lst = request.list_named(name_of_list(request))
    facts = {
        "name": lst.name,
        "title": lst.title or lst.name,
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
    """Show the sender's own subscriptions."""
    lists = tuple(
        facts_of(lst, request.settings, request.roster, request.sender)
        for lst in request.settings.lists.values()
        if lst.name in request.roster.memberships
    )
    return Outcome("subscriptions", {"lists": lists})


COMMANDS: Final = (
    show_help,
    show_lists,
    show_list,
    confirm,
    show_subscriptions,
)
