"""The commands: their words, their help, the function that carries each out.

A handler is a function of a `Request` that gives an `Outcome`; `@command` makes it
a `Command`. Modules of handlers are named after who may use them and end with a
`COMMANDS` tuple; `decide` joins these. Handlers import this module and no other
handler; help is generated from what is registered, so it can't be outdated.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
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
    TextFile,
)
from bot.rosters import Sheet

__all__: Final = (
    "Arguments",
    "Block",
    "Command",
    "Found",
    "Outcome",
    "Registry",
    "Request",
    "Who",
    "command",
    "list_facts",
)

Arguments = Callable[["Registry", Settings, Sequence[str]], bool]
"""Whether words after the command's own can only be its arguments.

Asked where a mail might as well be a post: « Aide pour le pique-nique ».
"""


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """One command of one mail, with all that a handler may know.

    `arguments` are the words after the command's own, as they were typed; `block`
    the lines below it that belong to it. `sha256` names the mail in the spool.
    `sheet` is what an attached address book says, None where none is attached,
    `unreadable` why it can't be read. `in_doubt`: an owner said « ok » to what had
    seemed a slip; `meant` names what was shown then. `at_console`: the admin typed
    it on the machine itself.
    """

    arguments: tuple[str, ...]
    sender: Address
    sender_name: str
    proof: Proof
    roster: Roster
    settings: Settings
    registry: "Registry"
    language: str
    now: datetime = _EPOCH
    block: tuple[str, ...] = ()
    sha256: str = ""
    sheet: Sheet | None = None
    unreadable: str = ""
    in_doubt: bool = False
    meant: frozenset[str] = frozenset()
    at_console: bool = False

    @property
    def origin(self) -> str:
        """Say who did it, as it is kept with a membership."""
        return "the command line" if self.at_console else str(self.sender)

    @property
    def proved(self) -> bool:
        """Whether From: is known to be genuine."""
        return self.proof is Proof.PASS

    @property
    def identities(self) -> frozenset[Address]:
        """The sender's addresses: the one used, and the one that gets mail."""
        person = self.roster.person
        return frozenset({self.sender} | ({person.address} if person else set()))

    @property
    def is_admin(self) -> bool:
        """Whether the sender may do everything."""
        return self.at_console or not self.identities.isdisjoint(self.settings.admins)

    def owns(self, lst: MailingList) -> bool:
        """Whether the sender is an owner of a list, or an admin."""
        return self.is_admin or not self.identities.isdisjoint(lst.owners)

    @property
    def owned(self) -> tuple[MailingList, ...]:
        """The lists that the sender owns."""
        return tuple(lst for lst in self.settings.lists.values() if self.owns(lst))

    def moderates(self, lst: MailingList) -> bool:
        """Whether the sender decides about a list's posts."""
        return self.owns(lst) or not self.identities.isdisjoint(lst.moderators)

    @property
    def moderated(self) -> tuple[MailingList, ...]:
        """The lists whose posts the sender decides about."""
        return tuple(one for one in self.settings.lists.values() if self.moderates(one))

    @property
    def joined(self) -> tuple[MailingList, ...]:
        """The lists that the sender is on."""
        on = self.roster.memberships
        return tuple(lst for lst in self.settings.lists.values() if lst.name in on)

    def list_named(self, name: str) -> MailingList:
        """Find a list by what somebody typed.

        Raises:
            CommandError: there is none.
        """
        lst = self.registry.find_list(self.settings, name)
        if lst is None:
            raise self.no_such_list(name)
        return lst

    def no_such_list(self, name: str) -> CommandError:
        """Say that there is no such list, and which there are."""
        known = {
            lst.name
            for lst in self.settings.lists.values()
            if lst.visible or lst in self.joined or self.owns(lst)
        }
        return CommandError("no-such-list", name=name, known=", ".join(sorted(known)))

    def list_missing(self, lists: Iterable[MailingList] = ()) -> CommandError:
        """Say that a list must be named, and which may be meant."""
        names = sorted(one.name for one in lists if one.visible or self.owns(one))
        return CommandError("list-missing", known=", ".join(names))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: a sentence or text for the reply, and actions.

    `answered`: the actions write to the sender themselves, so that a mail with
    nothing else in it needs no second reply. `doubtful`: something looks like a
    slip, and is done if the sender says « ok » to it.
    """

    text_id: str
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    actions: tuple[Action, ...] = ()
    answered: bool = False
    alters: bool = False  # as a command's own `alters`
    doubtful: bool = False
    meant: tuple[str, ...] = ()  # what « ok » is said to, and nothing that came later
    files: tuple[TextFile, ...] = ()


Handler = Callable[[Request], Outcome]


class Who(StrEnum):
    """Whom a command is for."""

    ANYONE = "anyone"
    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"


class Block(StrEnum):
    """What lines below a command may belong to it."""

    NONE = ""
    ADDRESSES = "addresses"  # those that have an @
    TEXT = "text"  # all, where the command is the subject


@dataclass(frozen=True, slots=True)
class Command:
    """A command; its `name` is its first English word, or the one of both.

    `alters`: it changes other people's data or a list, so the sender has to be
    proved. `wants` names what has to be loaded for it (see `wants`). `free`: its
    arguments are free text, so they can't be told from a post's subject. `alone`:
    which others it can have where nothing else was written. `vague` are those of its
    words that are no command without arguments that fit: « ok ». `plain` ones are
    never anything else, where a moderator writes them.
    """

    handler: Handler
    words: Mapping[str, tuple[str, ...]]  # by language; "" are those of both
    usage: Mapping[str, str]
    about: Mapping[str, str]
    takes: Arguments
    who: Who = Who.ANYONE
    alters: bool = False
    wants: frozenset[str] = frozenset()
    block: Block = Block.NONE
    free: bool = False
    alone: Arguments | None = None
    vague: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name for programs and logs."""
        return (self.words["en"] + self.words[""])[0]


def _none(_registry: "Registry", _settings: Settings, arguments: Sequence[str]) -> bool:
    return not arguments


def command(  # noqa: PLR0913 - all that there is to say about a command
    *,
    en: tuple[str, ...] = (),
    fr: tuple[str, ...] = (),
    about: Mapping[str, str],
    both: tuple[str, ...] = (),
    usage: Mapping[str, str] = NOTHING,
    takes: Arguments = _none,
    who: Who = Who.ANYONE,
    alters: bool = False,
    wants: tuple[str, ...] = (),
    block: Block = Block.NONE,
    free: bool = False,
    alone: Arguments | None = None,
    vague: tuple[str, ...] = (),
    plain: tuple[str, ...] = (),
) -> Callable[[Handler], Command]:
    """Make a handler a command.

    Args:
        en: its English words, the name first.
        fr: its French words.
        about: one sentence of help by language.
        both: words that are as much French as English.
        usage: its arguments by language; empty means none.
        takes: which arguments it can have.
        who: whom it is for; help shows it to them alone.
        alters: it changes other people's data or a list.
        wants: what has to be loaded for it.
        block: what lines below it may belong to it.
        free: its arguments are free text.
        alone: which others it can have where nothing else was written.
        vague: which words are no command without arguments that fit.
        plain: which are never a post's, where a moderator writes.
    """

    def register(handler: Handler) -> Command:
        words = {"en": en, "fr": fr, "": both}
        return Command(
            handler,
            words,
            usage,
            about,
            takes,
            who,
            alters,
            frozenset(wants),
            block,
            free,
            alone,
            frozenset(map(fold, vague)),
            frozenset(map(fold, plain)),
        )

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
    def _spelled(self) -> dict[str, dict[str, str]]:
        """By language, each word as help shows it, by how it compares."""
        found: dict[str, dict[str, str]] = {}
        for one in self.commands:
            for language, words in one.words.items():
                known = found.setdefault(language, {})
                known.update({fold(word): word for word in words})
        return found

    def find(self, words: Sequence[str]) -> Found | None:
        """Find the command that a line starts with, the longest first."""
        folded = [fold(word).strip(" :,;") for word in words[: self._longest]]
        for size in range(len(folded), 0, -1):
            found = self._by_words.get(tuple(folded[:size]))
            if found:
                return Found(*found, size)
        return None

    def suggestion(self, word: str, language: str = "") -> str:
        """Give the command's word that somebody meant, or the empty string.

        A word of another language than the one that is spoken must be nearer.
        """
        folded = fold(word)
        most = next((slips for size, slips in _SLIPS if len(folded) >= size), 0)
        spoken: list[tuple[int, str]] = []
        others: list[tuple[int, str]] = []
        for spelled_in, words in self._spelled.items():
            mine = not language or spelled_in in {"", language}
            for other, shown in words.items():
                far = distance(folded, other, most)
                (spoken if mine else others).append((far, shown))
        for known, slips in ((spoken, most), (others, min(most - 1, 1))):
            far, best = min(known, default=(most + 1, ""))
            if far <= slips and slips > 0:
                return best
        return ""

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
        "title": lst.display_name,
        "kind": lst.kind.value,
        "may_post": may_post,
        "calls": not identities.isdisjoint(lst.callers),
        "member": lst.name in roster.memberships,
    }
