"""What may follow a command: lists, tokens, addresses, and the small words around."""

import re
from collections.abc import Sequence
from typing import Final

from bot.address import Address, parse
from bot.commands.registry import Registry, Request
from bot.errors import CommandError, ParseError
from bot.folding import fold, vocabulary
from bot.model import MailingList, Settings
from bot.rosters import Sheet, read_lines

__all__: Final = (
    "address_of",
    "after_fillers",
    "any_list",
    "own_list",
    "people_named",
    "split_all",
    "split_list",
    "takes_anything",
    "takes_command",
    "takes_list",
    "takes_list_and_address",
    "takes_list_and_name",
    "takes_list_or_all",
    "takes_send",
    "takes_sure_send",
    "takes_token",
)

# « s'abonner à la liste discuter », "unsubscribe me from discuter".
_FILLERS: Final = vocabulary(
    "a à la le les de du des the to from on list liste lists listes me moi sur pour for"
    " dans in"
)
_ALL: Final = frozenset({"*", "tout", "toutes", "tous", "all"})
_NAME_WORDS_MAX = 6
_ADDRESS: Final = re.compile(r"\S+@\S+")


def after_fillers(arguments: Sequence[str]) -> tuple[str, ...]:
    """Drop « à la liste » before a list's name."""
    rest = list(arguments)
    while len(rest) > 1 and fold(rest[0]) in _FILLERS:
        del rest[0]
    return tuple(rest)


def split_all(words: Sequence[str]) -> tuple[bool, tuple[str, ...]]:
    """Say whether words begin or end with `*`, and give the others."""
    rest = list(after_fillers(words))
    if rest and _is_all(rest[0]):
        del rest[0]
        while rest and fold(rest[0]) in _FILLERS:
            del rest[0]
        return True, tuple(rest)
    if rest and _is_all(rest[-1]):
        return True, _without_last_fillers(rest[:-1])
    return False, tuple(rest)


def _is_all(word: str) -> bool:
    return fold(word).strip(" ,;:") in _ALL


def _without_last_fillers(words: Sequence[str]) -> tuple[str, ...]:
    kept = list(words)
    while kept and fold(kept[-1]) in _FILLERS:
        del kept[-1]
    return tuple(kept)


def address_of(request: Request, word: str) -> Address:
    """Read an address of somebody, with what people put around it.

    Raises:
        CommandError: it is none, or ours.
    """
    try:
        address = parse(word.strip("<>()[],;: "))
    except ParseError as error:
        raise CommandError("bad-address", text=word) from error
    if address == request.settings.mailbox:
        raise CommandError("own-address", address=word)
    return address


def split_list(
    registry: Registry, settings: Settings, words: Sequence[str]
) -> tuple[MailingList | None, tuple[str, ...]]:
    """Find the list that words name, first or last; give it and the rest."""
    rest = after_fillers(words)
    if not rest:
        return None, ()
    if first := registry.find_list(settings, rest[0]):
        return first, rest[1:]
    if last := registry.find_list(settings, rest[-1]):
        return last, _without_last_fillers(rest[:-1])
    return None, rest


def takes_anything(_r: Registry, _s: Settings, arguments: Sequence[str]) -> bool:
    """Fit nothing for certain: only where nothing else was written."""
    del arguments
    return False


def takes_command(registry: Registry, _: Settings, arguments: Sequence[str]) -> bool:
    """Fit the words of another command, or nothing."""
    found = registry.find(arguments)
    return not arguments or (found is not None and found.size == len(arguments))


def takes_list(registry: Registry, settings: Settings, words: Sequence[str]) -> bool:
    """Fit the name of a list."""
    lst, rest = split_list(registry, settings, words)
    return lst is not None and not rest


def takes_list_and_name(
    registry: Registry, settings: Settings, words: Sequence[str]
) -> bool:
    """Fit the name of a list and of a person, or nothing."""
    if not after_fillers(words):
        return True
    lst, rest = split_list(registry, settings, words)
    return lst is not None and len(rest) <= _NAME_WORDS_MAX


def takes_list_or_all(
    registry: Registry, settings: Settings, words: Sequence[str]
) -> bool:
    """Fit the name of a list, `*`, perhaps an address, or nothing."""
    everything, rest = split_all(words)
    if everything or not rest:
        return not rest
    lst, more = split_list(registry, settings, words)
    return lst is not None and all(_ADDRESS.fullmatch(word) for word in more)


def takes_list_and_address(
    registry: Registry, settings: Settings, words: Sequence[str]
) -> bool:
    """Fit a list, or an address, or both and a name."""
    lst, rest = split_list(registry, settings, words)
    addressed = any(_ADDRESS.fullmatch(word) for word in rest)
    short = len(rest) <= 2 + _NAME_WORDS_MAX
    return short and (addressed or (lst is not None and not rest))


# Of sends: six letters and digits, none that look alike.
_SEND: Final = re.compile(r"[a-hjkmnp-z2-9]{6}")


def takes_send(_registry: Registry, _: Settings, arguments: Sequence[str]) -> bool:
    """Fit the reference of a send."""
    return len(arguments) == 1 and bool(_SEND.fullmatch(arguments[0].lower()))


def takes_sure_send(_registry: Registry, _: Settings, words: Sequence[str]) -> bool:
    """Fit the reference of a send that can be no word: it ends in a digit."""
    return len(words) == 1 and bool(_SURE_SEND.fullmatch(words[0].lower()))


_SURE_SEND: Final = re.compile(r"[a-hjkmnp-z2-9]{5}[2-9]")


# A token has 26 letters or digits, a short reference 6.
_TOKEN_LENGTH = 26
_REFERENCE_LENGTH = 6


def takes_token(_registry: Registry, _: Settings, arguments: Sequence[str]) -> bool:
    """Fit a token or a reference: letters and digits."""
    if len(arguments) != 1:
        return False
    word = arguments[0]
    if not (word.isascii() and word.isalnum()):
        return False
    return len(word) == _TOKEN_LENGTH or (
        len(word) >= _REFERENCE_LENGTH and not word.isalpha()
    )


# ------------------------------------------------------------ which list is meant


def any_list(request: Request) -> tuple[MailingList, tuple[str, ...]]:
    """Give the list that is named, first or last, and the words that are left.

    The only list need not be named.

    Raises:
        CommandError: nobody can know which list is meant.
    """
    return _named(request, tuple(request.settings.lists.values()))


def own_list(request: Request) -> tuple[MailingList, tuple[str, ...]]:
    """Give the sender's list that is named, and the words that are left.

    The only list of theirs need not be named.

    Raises:
        CommandError: nobody can know which is meant, or it isn't theirs.
    """
    if not request.owned:
        raise CommandError("not-allowed")
    lst, rest = _named(request, request.owned)
    if not request.owns(lst):
        raise CommandError("not-owner", list_title=lst.display_name)
    return lst, rest


def _named(
    request: Request, lists: Sequence[MailingList]
) -> tuple[MailingList, tuple[str, ...]]:
    lst, rest = split_list(request.registry, request.settings, request.arguments)
    if lst is not None:
        return lst, rest
    only = lists[0] if len(lists) == 1 else None
    # Two words that name no list are somebody's name; one is a slip.
    if only and (len(rest) != 1 or _ADDRESS.fullmatch(rest[0])):
        return only, rest
    if rest and not _ADDRESS.fullmatch(rest[0]):
        raise request.no_such_list(rest[0])
    raise request.list_missing(lists)


def people_named(request: Request, words: Sequence[str]) -> Sheet:
    """Read the people that follow a command, on its line and on those below.

    Raises:
        CommandError: there is none.
    """
    lines = [line for line in (" ".join(words), *request.block) if line]
    try:
        sheet = read_lines(lines)
    except ParseError as error:
        raise CommandError("import-unreadable", words=str(error)) from error
    if not sheet.entries and all(one.reason == "no-address" for one in sheet.refused):
        raise CommandError("address-missing")
    return sheet
