"""Commands about how things are done: a member's reception, an owner's list.

`set` is both: which one is told by what follows the list. Owners' keys and values
are those of config.toml, and their French names.
"""

from collections.abc import Sequence
from typing import Final

from bot.actions import ChangeSetting, SetReception
from bot.commands.arguments import (
    after_fillers,
    any_list,
    own_list,
    split_all,
    split_list,
    takes_list,
)
from bot.commands.keys import KEYS, key_of
from bot.commands.registry import Block, Outcome, Registry, Request, Who, command
from bot.errors import CommandError
from bot.folding import fold
from bot.model import MailingList, Mark, Reception, Settings

__all__: Final = ("COMMANDS",)

_RECEPTIONS: Final = {
    word: reception
    for reception, words in {
        Reception.EACH: "each|chaque|each message|chaque message|tous les messages",
        Reception.DIGEST: "digest|resume|digests|resumes|un resume",
        Reception.NONE: "none|nothing|aucun|aucune|aucun message|rien",
    }.items()
    for word in words.split("|")
}


def _takes_setting(
    registry: Registry, settings: Settings, words: Sequence[str]
) -> bool:
    """Fit a list, and a way of reception or a key with its value."""
    every, meant = split_all(words)
    if every and _reception(meant) is not None:
        return True
    lst, rest = split_list(registry, settings, words)
    if lst is None:
        return False
    return _reception(rest) is not None or (len(rest) > 1 and bool(key_of(rest[0])))


def _reception(words: Sequence[str]) -> Reception | None:
    """Read a way of reception: « = résumé », "to none"."""
    rest = after_fillers([word for word in words if word.strip("=:")])
    return _RECEPTIONS.get(fold(" ".join(rest)).lstrip("=: "))


@command(
    en=("set",),
    fr=("régler",),
    usage={"en": "LIST each | digest | none", "fr": "LISTE chaque | résumé | aucun"},
    about={
        "en": "Get each post, a digest, or nothing.",
        "fr": "Recevoir chaque message, un résumé, ou rien.",
    },
    takes=_takes_setting,
    who=Who.MEMBER,
)
def set_reception(request: Request) -> Outcome:
    """Change how the sender gets posts; or, for an owner, a setting of the list.

    Raises:
        CommandError: no list, or nothing that can be set.
    """
    every, words = split_all(request.arguments)
    if every and (how := _reception(words)):
        return _receive_all(request, how)
    named, rest = split_list(request.registry, request.settings, request.arguments)
    reception = _reception(rest)
    if reception is not None:
        return _receive(request, named or _only_joined(request), reception)
    lst, rest = (named, rest) if named else _owned_or_any(request)
    if not request.owns(lst):
        raise CommandError("bad-reception", text=" ".join(rest))
    return _set(request, lst, rest)


def _only_joined(request: Request) -> MailingList:
    if len(request.joined) != 1:
        raise request.list_missing(request.joined)
    return request.joined[0]


def _own(request: Request) -> tuple[MailingList, tuple[str, ...]]:
    """Give the owner's list; a setting is no slip in the name of one."""
    named, rest = split_list(request.registry, request.settings, request.arguments)
    if named is None and len(request.owned) > 1 and rest and key_of(rest[0]):
        raise request.list_missing(request.owned)
    return own_list(request)


def _owned_or_any(request: Request) -> tuple[MailingList, tuple[str, ...]]:
    """Give the list that isn't named: an owner's only one has settings."""
    return _own(request) if request.owned else any_list(request)


def _receive_all(request: Request, reception: Reception) -> Outcome:
    """Change it for all lists of the sender; one without digests stays as it is."""
    if not request.joined:
        raise CommandError("no-member", address=str(request.sender))
    digest = reception is Reception.DIGEST
    lists = [one for one in request.joined if not (digest and one.digest == "off")]
    titles = ", ".join(one.display_name for one in lists or request.joined)
    if not lists:
        raise CommandError("no-digest", list_title=titles)
    outcomes = [_receive(request, one, reception) for one in lists]
    actions = tuple(action for one in outcomes for action in one.actions)
    facts = {"list_title": titles, "list": "*", "often": lists[0].digest}
    return Outcome(f"set-{reception.value}", facts, actions)


def _receive(request: Request, lst: MailingList, reception: Reception) -> Outcome:
    person, title = request.roster.person, lst.display_name
    if person is None or lst.name not in request.roster.memberships:
        raise CommandError("not-on-list", address=str(request.sender), list_title=title)
    if reception is Reception.DIGEST and lst.digest == "off":
        raise CommandError("no-digest", list_title=title)
    facts = {"list_title": title, "list": lst.name, "often": lst.digest}
    change = SetReception(person.id, lst.name, reception)
    return Outcome(f"set-{reception.value}", facts, (change,))


def _named(request: Request, key: str) -> str:
    return KEYS[key].french if request.language == "fr" else key


def _set(request: Request, lst: MailingList, words: Sequence[str]) -> Outcome:
    """Change the setting that words begin with.

    Raises:
        CommandError: there is none, or no value that it can have.
    """
    key = key_of(words[0]) if words else ""
    if not key:
        known = ", ".join(_named(request, one) for one in KEYS)
        raise CommandError(
            "no-such-setting", key=words[0] if words else "", known=known
        )
    text = " ".join(words[1:]).lstrip("=: ")
    if not text:
        verb = "régler" if request.language == "fr" else "set"
        usage = f"{verb} {lst.name} {_named(request, key)} …"
        raise CommandError("needs-argument", usage=usage)
    return _change(request, lst, key, text)


def _is_anothers(request: Request, lst: MailingList, prefix: str) -> bool:
    """Whether a prefix is what another list is called by: posts would go astray."""
    plain = fold(prefix).strip("[] ")
    return bool(plain) and any(
        plain in {fold(one.name), fold(one.subject_prefix).strip("[] ")}
        for one in request.settings.lists.values()
        if one.name != lst.name
    )


def _change(request: Request, lst: MailingList, key: str, text: str) -> Outcome:
    """Change a setting of a list.

    Raises:
        CommandError: the value is none that the setting can have.
    """
    try:
        value = KEYS[key].read(text)
    except ValueError as error:
        raise CommandError(
            "bad-value",
            key=_named(request, key),
            text=text,
            choices=KEYS[key].choices(request.language),
        ) from error
    if key == "subject_prefix" and _is_anothers(request, lst, value):
        raise CommandError("prefix-taken", text=value)
    facts = {
        "list_title": lst.display_name,
        "key": _named(request, key),
        "value": KEYS[key].shown(value, request.language),
    }
    change = ChangeSetting(lst.name, key, value, request.sender)
    return Outcome("setting-changed", facts, (change,), alters=True)


# --------------------------------------------------------------- looking, two texts


@command(
    en=("settings",),
    fr=("réglages",),
    usage={"en": "LIST [key value]", "fr": "LISTE [réglage valeur]"},
    about={
        "en": "Show a list's settings, or change one.",
        "fr": "Voir les réglages d'une liste, ou en changer un.",
    },
    takes=lambda registry, settings, words: (
        takes_list(registry, settings, words)
        or _takes_setting(registry, settings, words)
    ),
    who=Who.OWNER,
    wants=("changes",),
)
def show_settings(request: Request) -> Outcome:
    """Show what owners may change, who did, and how.

    Raises:
        CommandError: no list of theirs, or nothing that can be set.
    """
    lst, rest = _own(request)
    if rest:
        return _set(request, lst, rest)
    changes = {
        one.key: one for one in request.roster.changes if one.list_name == lst.name
    }
    rows = tuple(
        {
            "key": key,
            "french": one.french,
            "value": one.shown(str(getattr(lst, key)), request.language),
            "choices": one.choices(request.language),
            "by": changes[key].by if key in changes else "",
            "at": changes[key].at if key in changes else None,
        }
        for key, one in KEYS.items()
    )
    facts = {"name": lst.name, "list_title": lst.display_name, "rows": rows}
    return Outcome("settings", facts | _roles_shown(lst) | _marks_shown(request, lst))


def _marks_shown(request: Request, lst: MailingList) -> dict[str, object]:
    """Name those whose posts moderators want always, or never."""
    marked = request.roster.marked.get(lst.name, ())
    return {
        mark.value: tuple(str(who) for who, found in marked if found is mark)
        for mark in Mark
    }


def _roles_shown(lst: MailingList) -> dict[str, object]:
    return {
        role: tuple(sorted(map(str, getattr(lst, role))))
        for role in ("owners", "moderators", "senders", "callers")
    }


def _text_command(request: Request, key: str) -> Outcome:
    lst, rest = own_list(request)
    text = "\n".join(request.block).strip() or " ".join(rest)
    if text:
        return _change(request, lst, key, text)
    facts = {"name": lst.name, "list_title": lst.display_name}
    return Outcome(f"{key}-shown", facts | {"words": getattr(lst, key)})


@command(
    en=("welcome",),
    fr=("bienvenue",),
    usage={"en": "LIST + text below", "fr": "LISTE + texte dessous"},
    about={
        "en": "The welcome to newcomers: show it, or replace it (in the subject).",
        "fr": "Le mot de bienvenue : le voir, ou le remplacer (commande en objet).",
    },
    takes=takes_list,
    who=Who.OWNER,
    block=Block.TEXT,
)
def welcome(request: Request) -> Outcome:
    """Show or replace what newcomers are told.

    Raises:
        CommandError: no list of theirs, or too long a text.
    """
    return _text_command(request, "welcome")


@command(
    en=("footer",),
    fr=("pied",),
    usage={"en": "LIST + text below", "fr": "LISTE + texte dessous"},
    about={
        "en": "What stands under each post: show it, or replace it.",
        "fr": "Ce qui figure sous chaque message : le voir, ou le remplacer.",
    },
    takes=takes_list,
    who=Who.OWNER,
    block=Block.TEXT,
)
def footer(request: Request) -> Outcome:
    """Show or replace what stands under posts.

    Raises:
        CommandError: no list of theirs, or too long a text.
    """
    return _text_command(request, "footer")


COMMANDS: Final = (set_reception, show_settings, welcome, footer)
