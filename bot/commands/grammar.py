"""Which mails are commands, and which commands they hold.

Rules for editors: a mail that may be meant for people is never taken for commands,
so a subject counts only as a whole, and only with arguments that fit. Nothing that
somebody writes makes this raise.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Final

from bot.commands.arguments import after_fillers, split_all
from bot.commands.farewells import is_farewell
from bot.commands.registry import Block, Command, Found, Registry
from bot.commands.wishes import natural
from bot.folding import fold, tidy, vocabulary, without_reply_prefix
from bot.model import Message, Settings

__all__: Final = ("CommandLine", "CommandText", "read", "read_alone")

# A mail with more is a mistake or an attack.
_COMMANDS_MAX = 25
# Whoever writes so many lines of something else writes to people.
_OTHER_LINES_MAX = 5
# What lies further down is prose.
_TYPED_MAX = 20_000
# Longer lines are prose.
_LINE_MAX = 500
# People named below a command; more come as an import, and most of those as a file.
_PEOPLE_LINES_MAX = 500
_IMPORTED_LINES_MAX = 20_000
# A sentence that a mail program folded.
_SENTENCE_LINES_MAX = 3
# Arguments that a word may have without fitting, where nothing else was written.
_STRAY_WORDS_MAX = 2
_VALUED: Final = frozenset({"set", "settings"})
_CONTEXTS: Final = frozenset({"command", "commands", "commande", "commandes"})
_NO_SUBJECT: Final = frozenset(
    {"", "(sans objet)", "sans objet", "(aucun objet)", "(no subject)", "no subject"}
)
_FUNCTIONS: Final = {"join": "subscribe", "leave": "unsubscribe"}
# What stands around an address.
_AROUND: Final = re.compile(r"""[\s<>()\[\],;:"'|]+""")
_STOPS: Final = frozenset({"fin", "end"})
# Courtesy is neither a command nor a mistake.
_COURTESY: Final = vocabulary(
    "bonjour bonsoir salut coucou merci cordialement amicalement bien hello hi hey"
    " dear thanks thank regards best sincerely cher chere svp stp please"
)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """One line: the command's English name and arguments, or what is wrong.

    `name` is empty where no command was understood; `suggestion` is what may have
    been meant. `error` is the id of a text or sentence.
    """

    text: str
    name: str
    arguments: tuple[str, ...] = ()
    error: str = ""
    suggestion: str = ""
    language: str = ""
    block: tuple[str, ...] = ()  # lines below that belong to it


@dataclass(frozen=True, slots=True)
class CommandText:
    """The commands of one mail; `language` is that of their words, if any.

    `doubted`: the command stands behind « Re: » over a text, so it may be somebody
    else's, and the text may say the contrary.
    """

    lines: tuple[CommandLine, ...]
    language: str = ""
    doubted: bool = False


def read(
    message: Message,
    settings: Settings,
    registry: Registry,
    asked: tuple[str, str] | None = None,
) -> CommandText | None:
    """Read the commands of a mail; None when it isn't one.

    Args:
        message: the mail.
        settings: ours.
        registry: the commands that there are.
        asked: list and function of the sub-address, for mail to `list-join` …
    """
    if asked and asked[1] in _FUNCTIONS:
        name = _FUNCTIONS[asked[1]]
        return _text([CommandLine(f"{name} {asked[0]}", name, (asked[0],))])
    reader = _Reader(settings, registry, message)
    subject = without_reply_prefix(message.subject)
    line = reader.strictly(subject) or reader.in_words(subject)
    line = line or reader.misspelt(subject)
    if line:
        line = reader.with_body(line)
        answered = subject != tidy(message.subject)
        doubted = answered and not line.block and not _is_bare(message.typed)
        return replace(_text([line]), doubted=doubted)
    if fold(subject) in _CONTEXTS or (asked and asked[1] == "request"):
        found = reader.body(message.typed)
        return _text(found or [reader.unknown(_first_line(message.typed) or subject)])
    if fold(subject) in _NO_SUBJECT:
        return _from_bare_body(reader, message)
    line = None
    if not (message.attachments or message.truncated) and _is_bare(message.typed):
        line = reader.loosely(subject)
    return _text([line]) if line else _from_lone_line(reader, message)


def read_alone(
    message: Message, settings: Settings, registry: Registry
) -> CommandText | None:
    """Read a reply to people of which all that was typed is one command.

    It was meant for us: nobody tells a list « désabonner discuter ». « Pause » may
    be what somebody answers to « On continue ? ».
    """
    reader = _Reader(settings, registry, message)
    first = _first_line(message.typed)
    if reader.strictly(first) or reader.opens_block(first):
        found = reader.body(message.typed)
        used = {first, *found[0].block} if found else set()
        rest = [one for one in _lines(message.typed) if one not in used]
        if len(found) == 1 and is_farewell(rest) and not message.truncated:
            return _text(found) if reader.is_surely_ours(found[0]) else None
    text = _from_lone_line(reader, message)
    return text if text and reader.is_surely_ours(text.lines[0]) else None


def _is_bare(typed: str) -> bool:
    """Whether nothing was written but thanks and a name."""
    return is_farewell(list(_lines(typed)))


def _from_lone_line(reader: "_Reader", message: Message) -> CommandText | None:
    """Read « je voudrais m'abonner à discuter » under whatever subject.

    Nothing else may be written but thanks and a name; the sentence may be folded.
    """
    lines = list(islice(_lines(message.typed), _SENTENCE_LINES_MAX + 3))
    if message.attachments or message.truncated:
        return None
    for height in range(1, min(len(lines), _SENTENCE_LINES_MAX) + 1):
        line = reader.in_words(" ".join(lines[:height]))
        if line and line.arguments and is_farewell(lines[height:]):
            return _text([line])
    return None


def _from_bare_body(reader: "_Reader", message: Message) -> CommandText | None:
    """Read a body without a subject: its first line says whether it is commands."""
    first = _first_line(message.typed)
    opens = reader.strictly(first) or reader.opens_block(first)
    if opens or reader.misspelt(first):
        return _text(reader.body(message.typed))
    lone = len(list(islice(_lines(message.typed), 2))) == 1 and not message.attachments
    line = (reader.in_words(first) or reader.loosely(first)) if lone else None
    return _text([line]) if line else None


def _text(lines: list[CommandLine]) -> CommandText:
    languages = {line.language for line in lines} - {""}
    return CommandText(tuple(lines), languages.pop() if len(languages) == 1 else "")


def _lines(typed: str) -> Iterator[str]:
    """Give the lines that may be commands, up to a signature or quotation."""
    for raw in typed[:_TYPED_MAX].splitlines():
        line = raw.strip()
        if line.startswith((">", "|", "--", "__")):
            return
        if tidy(line) and not _is_courtesy(line):
            yield line


def _is_courtesy(line: str) -> bool:
    first, *rest = fold(line).split() or [""]
    return first.rstrip(",") in _COURTESY and len(rest) <= _STRAY_WORDS_MAX


def _first_line(typed: str) -> str:
    return next(_lines(typed), "")


class _Reader:
    """Reads lines with the words and lists that there are."""

    def __init__(
        self, settings: Settings, registry: Registry, message: Message
    ) -> None:
        self.settings = settings
        self.registry = registry
        self.message = message

    def strictly(self, text: str) -> CommandLine | None:
        """Read a line that is a command as a whole, arguments included."""
        words = _words(text)
        found = self.registry.find(words)
        if found is None or found.command.name == "end":
            return None
        arguments = _arguments(words, found)
        if not found.command.takes(self.registry, self.settings, arguments):
            return None
        return self._line(text, found, arguments)

    def misspelt(self, text: str) -> CommandLine | None:
        """Read « rejeter k7fm2 », by a moderator: the members must not read that."""
        words = _words(text)
        found = self.registry.find(words)
        if found is None or fold(words[0].strip(":,;")) not in found.command.plain:
            return None
        return (
            self._line(text, found, _arguments(words, found)) if self._judges else None
        )

    @cached_property
    def _judges(self) -> bool:
        """Whether the author says to be a moderator or owner of some list."""
        author = self.message.author
        lists = self.settings.lists.values()
        return author is not None and any(
            author.address in lst.moderators | lst.owners for lst in lists
        )

    def loosely(self, text: str) -> CommandLine | None:
        """Read a line that is all that was written: a slip is forgiven."""
        words = _words(text)
        found = self._found(words)
        if found is not None:
            arguments = _arguments(words, found)
            few = len(arguments) <= _STRAY_WORDS_MAX
            if few or found.command.free or self._fits(found.command, arguments):
                return self._line(text, found, arguments)
            return None
        if self.registry.find(words) is not None:
            return None  # « ok », said of something else
        if 0 < len(words) <= _STRAY_WORDS_MAX and self._meant(words[0]):
            return self.unknown(text)
        return None

    def _found(self, words: list[str]) -> Found | None:
        """Find the command of a line; « ok » is none without what it is about."""
        found = self.registry.find(words)
        if found is None or fold(words[0]) not in found.command.vague:
            return found
        arguments = _arguments(words, found)
        fits = found.command.takes(self.registry, self.settings, arguments)
        return found if fits else None

    def _meant(self, word: str) -> str:
        return self.registry.suggestion(word, self.settings.language)

    def _fits(self, command: Command, arguments: tuple[str, ...]) -> bool:
        """Whether arguments fit a command where nothing else was written.

        What begins with the name of a list is no prose.
        """
        if command.takes(self.registry, self.settings, arguments):
            return True
        first = after_fillers(arguments)[:1]
        if split_all(first)[0] or any(
            self.registry.find_list(self.settings, name) for name in first
        ):
            return True
        alone = command.alone
        return alone is not None and alone(self.registry, self.settings, arguments)

    def in_words(self, text: str) -> CommandLine | None:
        """Read a line that says in words what a command would.

        « je voudrais m'abonner à discuter », and also « discuter abonner ».
        """
        said = natural(text[:_LINE_MAX])
        if said is None:
            return None
        name, arguments, language = said
        found = self.registry.find([name])
        if found is None:
            return None
        if not found.command.takes(self.registry, self.settings, arguments):
            return None
        return CommandLine(tidy(text), name, tuple(arguments), language=language)

    def opens_block(self, text: str) -> bool:
        """Whether a line is a command whose addresses stand below it."""
        found = self.registry.find(_words(text))
        if found is None or found.command.block is not Block.ADDRESSES:
            return False
        return len(_arguments(_words(text), found)) <= 1

    def is_surely_ours(self, line: CommandLine) -> bool:
        """Whether a command names a list or a person, or is a way out."""
        named = [
            word
            for word in (*line.arguments, *line.block)
            if "@" in word or self.registry.find_list(self.settings, word)
        ]
        return bool(named) or line.name == "unsubscribe"

    def with_body(self, line: CommandLine) -> CommandLine:
        """Give a subject's command the lines of the body that belong to it."""
        found = self.registry.find([line.name])
        block = found.command.block if found else Block.NONE
        if block is Block.TEXT:
            return replace(line, block=tuple(self.message.typed.splitlines()))
        if block is Block.ADDRESSES:
            people = self._people_below(0, many=line.name == "import")
            return replace(line, block=people)
        return line

    def _people_below(self, start: int, *, many: bool) -> tuple[str, ...]:
        """Give the lines with addresses from a line on.

        They may be hundreds, more than is looked at for commands. The first line
        without an address ends them, but for `many`, where it is told as refused.
        The author's own address after a gap is a signature; `many` may lie below.
        """
        found: list[str] = []
        between: list[str] = []
        most = _IMPORTED_LINES_MAX if many else _PEOPLE_LINES_MAX
        for line in self._whole_lines[start : start + most]:
            if _ends(line) or self.strictly(line) is not None:
                break
            polite = self._is_polite(line)
            if polite or (found and between and self._is_own(line)):
                if found and (polite or not many):
                    break
                continue
            if "@" not in line:
                between.append(line)
                if tidy(line) and not many:
                    break
                continue
            found.extend(one for one in between if tidy(one))
            found.append(line)
            between = []
        return tuple(found)

    def _is_polite(self, line: str) -> bool:
        """Whether a line greets or thanks; « Best, George <g@…> » is somebody."""
        return _is_courtesy(line) and ("@" not in line or self._is_own(line))

    def _is_own(self, line: str) -> bool:
        author = self.message.author
        if author is None:
            return False
        words = (word.strip(".*") for word in _AROUND.split(line.lower()))
        return author.address.key in words

    @cached_property
    def _whole_lines(self) -> list[str]:
        typed = self.message.typed_all or self.message.typed
        return [line.strip() for line in typed.splitlines()]

    def body(self, typed: str) -> list[CommandLine]:
        """Read all lines of a mail that is known to hold commands."""
        good: list[CommandLine] = []
        others: list[CommandLine] = []
        told = 0
        people: tuple[str, ...] = ()  # lines that belong to the last command
        for text in _lines(typed):
            if text in people:
                continue
            words = _words(text)
            found = self._found(words)
            if fold(text) in _STOPS or len(others) >= _OTHER_LINES_MAX:
                break
            if told >= _COMMANDS_MAX:
                good.append(CommandLine(tidy(text), "", error="too-many-commands"))
                break
            line = self._line(text, found, _arguments(words, found)) if found else None
            line = line or self.in_words(text)
            if line is None:
                others.append(self.unknown(text))
                if others[-1].suggestion:
                    good.append(others[-1])
                continue
            told += 1
            people = self._people_of(text, found)
            good.append(replace(line, block=people))
        return good or others[:1]

    def _people_of(self, text: str, found: Found | None) -> tuple[str, ...]:
        """Give the people that stand below a command of the body."""
        if found is None or found.command.block is not Block.ADDRESSES:
            return ()
        if text not in self._whole_lines:
            return ()
        below = self._whole_lines.index(text) + 1
        return self._people_below(below, many=found.command.name == "import")

    def unknown(self, text: str) -> CommandLine:
        """Make a line that isn't understood, with what may have been meant."""
        words = _words(text)
        suggestion = self._meant(words[0]) if words else ""
        return CommandLine(
            tidy(text)[:_LINE_MAX], "", (), "unknown-command", suggestion
        )

    @staticmethod
    def _line(text: str, found: Found, arguments: tuple[str, ...]) -> CommandLine:
        name = found.command.name
        return CommandLine(tidy(text), name, arguments, language=found.language)


def _ends(line: str) -> bool:
    """Whether the commands end with a line: a signature, a quotation, « fin »."""
    return line.startswith((">", "|", "--", "__")) or fold(line[:_LINE_MAX]) in _STOPS


def _words(text: str) -> list[str]:
    """Split a line; arguments keep their case and accents."""
    return tidy(text[:_LINE_MAX]).split()


def _arguments(words: list[str], found: Found) -> tuple[str, ...]:
    """Take what follows the command; « abonner : discuter : » is fine, too."""
    rest = words[found.size :]
    while rest and not rest[0].strip(":,;-"):
        rest = rest[1:]
    # A lone hyphen is a value of settings: none.
    last = ":,;" if found.command.name in _VALUED else ":,;-"
    while rest and not rest[-1].strip(last):
        rest = rest[:-1]
    return tuple(rest)
