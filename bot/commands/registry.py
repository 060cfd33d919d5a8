"""The commands: their words, their help, the function that carries each out.

A handler is a function of a `Request` that gives an `Outcome`; `@command` makes it
a `Command`. Modules of handlers are named after who may use them and end with a
`COMMANDS` tuple; `decide` joins these. Handlers import this module and no other
handler; help is generated from what is registered, so it can't be outdated.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from bot.actions import Action
from bot.address import Address
from bot.errors import CommandError
from bot.folding import distance, fold
from bot.model import (
    NOTHING,
    ListKind,
    MailingList,
    Proof,
    Roster,
    Settings,
)

__all__: Final = (
    "Arguments",
    "Command",
    "Found",
    "Outcome",
    "Registry",
    "Request",
    "command",
    "list_facts",
)

Arguments = Callable[["Registry", Settings, Sequence[str]], bool]
"""Whether words after the command's own can only be its arguments.

Asked where a mail might as well be a post: « Aide pour le pique-nique ».
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One command of one mail, with all that a handler may know.

    `arguments` are the words after the command's own, as they were typed.
    """

    arguments: tuple[str, ...]
    sender: Address
    sender_name: str
    proof: Proof
    roster: Roster
    settings: Settings
    registry: "Registry"
    language: str

    @property
    def proved(self) -> bool:
        """Whether From: is known to be genuine."""
        return self.proof is Proof.PASS

    def list_named(self, name: str) -> MailingList:
        """Find a list by what somebody typed.

        Raises:
            CommandError: there is none.
        """
        lst = self.registry.find_list(self.settings, name)
        if lst is None:
            raise CommandError("no-such-list", name=name)
        return lst


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: a sentence or text for the reply, and actions.

    `answered`: the actions write to the sender themselves, so that a mail with
    nothing else in it needs no second reply.
    """

    text_id: str
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    actions: tuple[Action, ...] = ()
    answered: bool = False


Handler = Callable[[Request], Outcome]


@dataclass(frozen=True, slots=True)
class Command:
    """A command; its `name` is its first English word."""

    handler: Handler
    words: Mapping[str, tuple[str, ...]]  # by language; "" are those of both
    usage: Mapping[str, str]
    about: Mapping[str, str]
    takes: Arguments

    @property
    def name(self) -> str:
        """The name for programs and logs."""
        return self.words["en"][0]


def _none(_registry: "Registry", _settings: Settings, arguments: Sequence[str]) -> bool:
    return not arguments


def command(
    *,
    en: tuple[str, ...],
    fr: tuple[str, ...],
    about: Mapping[str, str],
    both: tuple[str, ...] = (),
    usage: Mapping[str, str] = NOTHING,
    takes: Arguments = _none,
) -> Callable[[Handler], Command]:
    """Make a handler a command.

    Args:
        en: its English words, the name first.
        fr: its French words.
        about: one sentence of help by language.
        both: words that are as much French as English.
        usage: its arguments by language; empty means none.
        takes: which arguments it can have.
    """

    def register(handler: Handler) -> Command:
        words = {"en": en, "fr": fr, "": both}
        return Command(handler, words, usage, about, takes)

    return register


@dataclass(frozen=True, slots=True)
class Found:
    """A command found at the start of a line; `size` words are its own."""

    command: Command
    language: str
    size: int


# « vouliez-vous dire … ? »: so many letters may be wrong in a word so long.
_SLIPS: Final = ((6, 2), (4, 1))


class Registry:
    """All commands, by the words that call them."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self.commands = tuple(commands)
        self._by_words = {
            tuple(fold(word).split()): (one, language)
            for one in self.commands
            for language, words in one.words.items()
            for word in words
        }
        self._longest = max(map(len, self._by_words), default=0)

    @cached_property
    def _spelled(self) -> dict[str, str]:
        """Each word as help shows it, by how it compares."""
        return {
            fold(word): word
            for one in self.commands
            for words in one.words.values()
            for word in words
        }

    def find(self, words: Sequence[str]) -> Found | None:
        """Find the command that a line starts with, the longest first."""
        folded = [fold(word).strip(" :,;") for word in words[: self._longest]]
        for size in range(len(folded), 0, -1):
            found = self._by_words.get(tuple(folded[:size]))
            if found:
                return Found(*found, size)
        return None

    def suggestion(self, word: str) -> str:
        """Give the command's word that somebody meant, or the empty string."""
        folded = fold(word)
        most = next((slips for size, slips in _SLIPS if len(folded) >= size), 0)
        if not most:
            return ""
        far, best = min(
            (distance(folded, other, most), other) for other in self._spelled
        )
        return self._spelled[best] if far <= most else ""

    @staticmethod
    def find_list(settings: Settings, name: str) -> MailingList | None:
        """Find a list by its name or its address, however it was typed."""
        wanted = fold(name.strip("<>[](),;:"))
        for lst in settings.lists.values():
            if wanted == fold(lst.name) or (
                lst.address is not None and wanted == fold(str(lst.address))
            ):
                return lst
        return None


def list_facts(
    lst: MailingList, settings: Settings, roster: Roster, sender: Address | None
) -> dict[str, object]:
    """Give what templates know of a list."""
    identities = {sender, roster.person.address if roster.person else sender}
    writes = lst.owners | lst.senders | lst.moderators
    may_post = not identities.isdisjoint(writes | set(settings.admins))
    if lst.kind is ListKind.DISCUSSION:
        may_post = may_post or lst.name in roster.memberships
    return {
        "name": lst.name,
        "title": lst.title or lst.name,
        "kind": lst.kind.value,
        "may_post": may_post,
        "member": lst.name in roster.memberships,
    }
