"""Commands about who has a role on a list."""

from collections.abc import Sequence
from typing import Final

from bot.actions import ChangeRole
from bot.commands.arguments import address_of, own_list, takes_list
from bot.commands.registry import Outcome, Registry, Request, Who, command
from bot.domains import suggestion
from bot.errors import CommandError
from bot.folding import fold
from bot.model import Settings

__all__: Final = ("COMMANDS",)

_ROLES: Final = {
    fold(word): role
    for role, words in {
        "owners": "owner propriétaire responsable animateur animatrice",
        "moderators": "moderator modérateur modératrice",
        "senders": "sender expéditeur expéditrice",
        "callers": "caller appelant appelante",
    }.items()
    for word in words.split()
}
_ROLE_USAGE: Final = {
    "en": "LIST ADDRESS owner | moderator | sender | caller",
    "fr": "LISTE ADRESSE propriétaire | modérateur | expéditeur | appelant",
}


def _takes_role(registry: Registry, settings: Settings, words: Sequence[str]) -> bool:
    rest = [word for word in words if "@" not in word and fold(word) not in _ROLES]
    named = any("@" in word for word in words)
    return (
        named and len(rest) <= 1 and (not rest or takes_list(registry, settings, rest))
    )


@command(
    en=("promote",),
    fr=("nommer",),
    usage=_ROLE_USAGE,
    about={"en": "Give somebody a role.", "fr": "Confier un rôle à quelqu'un."},
    takes=_takes_role,
    who=Who.OWNER,
    alters=True,
)
def promote(request: Request) -> Outcome:
    """Give somebody a role on a list.

    Raises:
        CommandError: no list of theirs, no address, or no role.
    """
    return _role(request, granted=True)


@command(
    en=("demote",),
    fr=("démettre",),
    usage=_ROLE_USAGE,
    about={"en": "Take a role away.", "fr": "Retirer un rôle à quelqu'un."},
    takes=_takes_role,
    who=Who.OWNER,
    alters=True,
)
def demote(request: Request) -> Outcome:
    """Take a role on a list away from somebody.

    Raises:
        CommandError: no list of theirs, no address, no role, or the last owner.
    """
    return _role(request, granted=False)


def _role(request: Request, *, granted: bool) -> Outcome:
    lst, rest = own_list(request)
    addresses = [word for word in rest if "@" in word]
    roles = [_ROLES[fold(word)] for word in rest if fold(word) in _ROLES]
    if not addresses:
        raise CommandError("address-missing")
    if len(roles) != 1:
        raise CommandError("bad-role")
    address = address_of(request, addresses[0])
    facts = {"address": str(address), "role": roles[0], "name": lst.name}
    facts["list_title"] = lst.display_name
    having = getattr(lst, roles[0])
    if granted is (address in having):
        raise CommandError("role-as-it-was", **facts)
    likely = suggestion(address) if granted and not request.in_doubt else None
    if likely is not None:
        raise CommandError("also-typo", address=str(address), suggestion=str(likely))
    if not granted and roles[0] == "owners" and len(having) == 1:
        raise CommandError("last-owner", **facts)
    change = ChangeRole(lst.name, roles[0], address, granted, request.sender)
    return Outcome("promoted" if granted else "demoted", facts, (change,))


COMMANDS: Final = (promote, demote)
