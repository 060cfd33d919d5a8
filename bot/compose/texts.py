"""Every sentence that the bot writes, by id, in French and English.

A *text* is a whole mail: `templates/<language>/<text_id>.txt`, a line
`Subject: …`, an empty line, the body; one line of the file is one paragraph and
is wrapped here. A *sentence* is one line of `templates/<language>/sentences.toml`. A
*page* is HTML, `<page_id>.html`; whatever fact stands in it is escaped. An admin
replaces them one by one in `<store>/templates/<language>/`.

`texts_table` names the variables of each. Jinja2 runs in its sandbox, since
admins edit templates, and a variable that is missing is an error, not a gap.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from textwrap import wrap
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import BaseLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from bot.compose.headers import one_line
from bot.compose.texts_table import PAGES, SENTENCES, TEXTS
from bot.compose.words import Words
from bot.errors import ConfigError

__all__ = ("LANGUAGES", "PAGES", "SENTENCES", "TEXTS", "Texts", "texts")

LANGUAGES: Final = ("fr", "en")
_WIDTH: Final = 72
_SUBJECT: Final = "Subject:"
_SENTENCES: Final = "sentences.toml"
_PAGE: Final = ".html"
# The first line of a text; a text inside another greets nobody again.
_GREETING = re.compile(r"\A[^\n]{1,20},\n\n")


@cache
def _built_in(language: str) -> Traversable:
    return files("bot.compose").joinpath("templates", language)


def texts(directory: Path | None, zone: ZoneInfo | None = None) -> "Texts":
    """Load all texts; those found in `directory` win over the built-in ones.

    Times are told in `zone` (UTC without one).

    Raises:
        ConfigError: a file in `directory` is no text, or has no known id.
    """
    zone = zone or ZoneInfo("UTC")
    found: dict[str, dict[str, str]] = {}
    said: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for language in LANGUAGES:
        own = directory / language if directory is not None else None
        if own is None or not own.is_dir():
            continue
        try:
            found[language], said[language] = _sources(own), _sentences(own)
        except (OSError, ValueError) as error:
            problems.append(f"{own}: can't be read as UTF-8 texts: {error}")
    # Only these can be wrong: to parse all of the others takes a third of a second.
    problems += Texts(found, said, zone).problems()
    if problems:
        raise ConfigError(*problems)
    if not any(found.values()) and not any(said.values()):
        return _built_in_texts(zone)
    return Texts(
        {one: _sources(_built_in(one)) | found.get(one, {}) for one in LANGUAGES},
        {one: _sentences(_built_in(one)) | said.get(one, {}) for one in LANGUAGES},
        zone,
    )


@cache
def _built_in_texts(zone: ZoneInfo) -> "Texts":
    """Load the built-in texts; a test looks for problems in them."""
    found = {language: _sources(_built_in(language)) for language in LANGUAGES}
    said = {language: _sentences(_built_in(language)) for language in LANGUAGES}
    return Texts(found, said, zone)


def _sources(folder: Traversable) -> dict[str, str]:
    """Give the texts by id, and the pages by the names of their files."""
    return {
        entry.name.removesuffix(".txt"): entry.read_text("utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith((".txt", _PAGE))
    }


def _sentences(folder: Traversable) -> dict[str, str]:
    file = folder.joinpath(_SENTENCES)
    if not file.is_file():
        return {}
    return {
        key: str(text) for key, text in tomllib.loads(file.read_text("utf-8")).items()
    }


class Texts:
    """The texts of all languages, compiled at first use."""

    def __init__(
        self,
        sources: Mapping[str, Mapping[str, str]],
        sentences: Mapping[str, Mapping[str, str]],
        zone: ZoneInfo,
    ) -> None:
        self._sources = sources
        self._sentences = sentences
        self._made: dict[tuple[str, str], Template] = {}
        self._environments = {
            language: self._environment(language, zone) for language in sources
        }

    def _environment(self, language: str, zone: ZoneInfo) -> SandboxedEnvironment:
        made = SandboxedEnvironment(
            loader=_NoFiles(),
            undefined=StrictUndefined,
            autoescape=False,  # plain text, never HTML
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        made.filters.update(Words(language, zone).filters())
        made.filters["sentence"] = lambda value: self._said(value, language)
        made.filters["names_rule"] = _names_rule
        made.filters["result"] = lambda value: self._result(value, language)
        return made

    def render(
        self, text_id: str, language: str, facts: Mapping[str, object]
    ) -> tuple[str, str]:
        """Give the subject and the body of a text, wrapped, lines ending in LF.

        A language that isn't there is answered in French.

        Raises:
            KeyError: no such text.
            jinja2.UndefinedError: a fact is missing.
        """
        language = language if language in self._sources else LANGUAGES[0]
        source = self._sources[language][text_id]
        head, _, body = source.partition("\n")
        subject = self._fill(language, head.removeprefix(_SUBJECT), facts)
        return one_line(subject), _wrapped(self._fill(language, body, facts))

    def page(self, page_id: str, language: str, facts: Mapping[str, object]) -> str:
        """Give a page of HTML; facts can't be markup, whoever wrote them.

        Raises:
            KeyError: no such page.
            jinja2.UndefinedError: a fact is missing.
        """
        language = language if language in self._sources else LANGUAGES[0]
        source = self._sources[language][f"{page_id}{_PAGE}"]
        made = self._made.get((language, source))
        if made is None:
            escaping = self._environments[language].overlay(autoescape=True)
            made = self._made[language, source] = escaping.from_string(source)
        return made.render(dict(facts))

    def sentence(
        self, sentence_id: str, language: str, facts: Mapping[str, object] | None = None
    ) -> str:
        """Give one sentence.

        Raises:
            KeyError: no such sentence.
            jinja2.UndefinedError: a fact is missing.
        """
        language = language if language in self._sentences else LANGUAGES[0]
        source = self._sentences[language][sentence_id]
        return one_line(self._fill(language, source, facts or {}))

    def problems(self) -> list[str]:
        """Say what is wrong with the texts; nothing where all is well."""
        found = []
        for language, sources in self._sources.items():
            for text_id, source in sources.items():
                is_page = text_id.endswith(_PAGE)
                where = f"templates/{language}/{text_id}{'' if is_page else '.txt'}"
                if text_id.removesuffix(_PAGE) not in (PAGES if is_page else TEXTS):
                    found.append(f"{where}: no text has this name; remove the file")
                elif not is_page and not source.startswith(_SUBJECT):
                    found.append(f"{where}: expected « {_SUBJECT} … » as first line")
                found += self._syntax(language, where, source)
            for name, source in self._sentences.get(language, {}).items():
                where = f"templates/{language}/{_SENTENCES} {name}"
                if name not in SENTENCES:
                    found.append(f"{where}: no sentence has this name; remove it")
                found += self._syntax(language, where, source)
        return found

    def _syntax(self, language: str, where: str, source: str) -> list[str]:
        try:
            self._environments[language].parse(source)
        except TemplateError as error:
            return [f"{where}: {error}"]
        return []

    def _fill(self, language: str, source: str, facts: Mapping[str, object]) -> str:
        made = self._made.get((language, source))
        if made is None:
            made = self._environments[language].from_string(source)
            self._made[language, source] = made
        return made.render(dict(facts))

    def _said(self, value: object, language: str) -> str:
        """Say a sentence given by its id, or by a mapping with `id` and facts."""
        if isinstance(value, Mapping):
            return self.sentence(str(value["id"]), language, value)
        return self.sentence(str(value), language)

    def _result(self, value: Mapping[str, object], language: str) -> str:
        """Say what came of a command: `text`, or a sentence or text by `text_id`."""
        if "text_id" not in value:
            return str(value["text"]).strip()
        facts = value.get("facts", {})
        given = facts if isinstance(facts, Mapping) else {}
        return self.said(str(value["text_id"]), language, given)

    def said(self, text_id: str, language: str, facts: Mapping[str, object]) -> str:
        """Give a sentence, or the body of a text without its greeting.

        Raises:
            KeyError: neither has this id.
            jinja2.UndefinedError: a fact is missing.
        """
        if text_id in self._sentences[language]:
            return self.sentence(text_id, language, facts)
        return _GREETING.sub("", self.render(text_id, language, facts)[1]).strip()


class _NoFiles(BaseLoader):
    """Templates include nothing."""


def _names_rule(reasons: object, rule: str) -> bool:
    """Say whether a sentence is among reasons or warnings."""
    if not isinstance(reasons, (tuple, list)):
        return False
    ids = (one["id"] if isinstance(one, Mapping) else one for one in reasons)
    return rule in ids


def _wrapped(text: str) -> str:
    """Wrap long lines, those that follow with the indent of the first."""
    lines: list[str] = []
    for line in text.strip("\n").splitlines():
        lines += _folded(line.rstrip(" \t"))
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(kept) + "\n"


def _folded(line: str) -> list[str]:
    if len(line) <= _WIDTH:
        return [line]
    content = line.lstrip(" ")
    indent = " " * (len(line) - len(content))
    after = indent + {"| ": "| ", "- ": "  "}.get(content[:2], "")
    # Addresses and mailto: links must stay whole to be clickable.
    return wrap(
        line,
        _WIDTH,
        subsequent_indent=after,
        break_long_words=False,
        break_on_hyphens=False,
    )
