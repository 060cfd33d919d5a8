"""What may follow a command: lists, tokens, and the small words around them."""

from collections.abc import Sequence
from typing import Final

from bot.commands.registry import Registry, Request
from bot.errors import CommandError
from bot.folding import fold, vocabulary
from bot.model import Settings

__all__: Final = (
    "ALL",
    "after_fillers",
    "name_of_list",
    "takes_command",
    "takes_list",
    "takes_list_and_name",
    "takes_list_or_all",
    "takes_token",
)

# « s'abonner à la liste discuter », "unsubscribe me from discuter".
_FILLERS: Final = vocabulary("a à la le les de du des the to from list liste me moi")
ALL: Final = frozenset({"*", "tout", "toutes", "tous", "all"})
_NAME_WORDS_MAX = 6


def after_fillers(arguments: Sequence[str]) -> tuple[str, ...]:
    """Drop « à la liste » before a list's name."""
    rest = list(arguments)
    while len(rest) > 1 and fold(rest[0]) in _FILLERS:
        del rest[0]
    return tuple(rest)


def _is_list(registry: Registry, settings: Settings, name: str) -> bool:
    return registry.find_list(settings, name) is not None


def takes_command(registry: Registry, _: Settings, arguments: Sequence[str]) -> bool:
    """Fit the words of another command, or nothing."""
    found = registry.find(arguments)
    return not arguments or (found is not None and found.size == len(arguments))


def takes_list(registry: Registry, settings: Settings, words: Sequence[str]) -> bool:
    """Fit the name of a list."""
    rest = after_fillers(words)
    return len(rest) == 1 and _is_list(registry, settings, rest[0])


def takes_list_and_name(
    registry: Registry, settings: Settings, words: Sequence[str]
) -> bool:
    """Fit the name of a list and of a person, or nothing."""
    rest = after_fillers(words)
    if not rest:
        return True
    short = len(rest) <= 1 + _NAME_WORDS_MAX
    return short and _is_list(registry, settings, rest[0])


def takes_list_or_all(
    registry: Registry, settings: Settings, words: Sequence[str]
) -> bool:
    """Fit the name of a list, `*`, or nothing."""
    rest = after_fillers(words)
    if len(rest) > 1:
        return False
    return not rest or rest[0] in ALL or _is_list(registry, settings, rest[0])


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


def name_of_list(request: Request) -> str:
    """Give the list's name as typed; the only list need not be named.

    Raises:
        CommandError: nobody can know which list is meant.
    """
    rest = after_fillers(request.arguments)
    if rest:
        return rest[0]
    if len(request.settings.lists) == 1:
        return next(iter(request.settings.lists))
    raise CommandError("list-missing")
