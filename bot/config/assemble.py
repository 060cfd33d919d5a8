"""From the content of config.toml to a Config, with the provider's preset filled in."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from bot.config import checks
from bot.config.fields import did_you_mean
from bot.config.lists import mailing_list, merged
from bot.config.models import (
    BouncesSection,
    Config,
    DefaultsSection,
    ImapSection,
    LimitsSection,
    ListSection,
    MailboxSection,
    Section,
    SmtpSection,
    StoreSection,
)
from bot.config.presets import missing_host, preset, with_preset
from bot.config.problems import kind_of, section_problems
from bot.errors import ConfigError

__all__ = ("assemble",)

_SECTIONS: Final[Mapping[str, type[Section]]] = {
    "mailbox": MailboxSection,
    "imap": ImapSection,
    "smtp": SmtpSection,
    "limits": LimitsSection,
    "store": StoreSection,
    "bounces": BouncesSection,
    "defaults": DefaultsSection,
}


def _homes() -> Mapping[str, str]:
    """Say which sections have a key."""
    named = {f"[{name}]": model for name, model in _SECTIONS.items()}
    named["[lists.NAME]"] = named.pop("[defaults]")
    homes: dict[str, list[str]] = {}
    for section, model in named.items():
        for key in model.model_fields:
            homes.setdefault(key, []).append(section)
    homes["default_list"] = ["[defaults]"]
    return {key: " or ".join(sections) for key, sections in homes.items()}


_HOMES: Final = _homes()

SectionT = TypeVar("SectionT", bound=Section)


def assemble(path: Path, content: Mapping[str, Any]) -> Config:
    """Check everything and put it together.

    Raises:
        ConfigError: with all that is wrong.
    """
    return _Assembly(path, content).config()


class _Assembly:
    """One pass over the file; `problems` grows on the way."""

    def __init__(self, path: Path, content: Mapping[str, Any]) -> None:
        self.path = path
        self.content = content
        self.problems: list[str] = []
        self.faulty: dict[str, frozenset[str]] = {}  # keys complained about

    def config(self) -> Config:
        """Read the sections, compare them, and give the result."""
        self._check_section_names()
        mailbox = self._section("mailbox", MailboxSection)
        imap = self._section("imap", ImapSection)
        smtp = self._section("smtp", SmtpSection)
        limits = self._section("limits", LimitsSection)
        store = self._section("store", StoreSection)
        bounces = self._section("bounces", BouncesSection)
        defaults = self._section("defaults", DefaultsSection) or DefaultsSection()
        sections = self._lists(defaults)
        self._compare(mailbox, (("imap", imap), ("smtp", smtp)), store)
        self._compare_lists(sections, mailbox)
        default_list = self._default_list(mailbox, defaults)
        if self.problems:
            raise ConfigError(*dict.fromkeys(self.problems))
        # Without a problem every section is there: what is missing is one.
        assert mailbox and imap and smtp and limits and store and bounces  # noqa: S101, PT018 - for mypy
        return Config(
            path=self.path,
            mailbox=self._finished(mailbox),
            imap=imap,
            smtp=smtp,
            limits=limits,
            store=_settled(store, self.path.parent),
            bounces=bounces,
            lists={
                name: mailing_list(name, section, mailbox.language)
                for name, section in sections.items()
            },
            default_list=default_list,
        )

    # ------------------------------------------------------------------ reading

    def _where(self, section: str) -> str:
        return f"{self.path.name} [{section}]"

    def _check_section_names(self) -> None:
        known = (*_SECTIONS, "lists")
        for name, value in self.content.items():
            if name in known:
                continue
            if isinstance(value, dict):
                hint = did_you_mean(name, known, "[{}]")
                hint = hint or f"; the sections are {', '.join(known)}"
                self.problems.append(f"{self._where(name)}: unknown section{hint}")
                continue
            hint = f"; it belongs in {_HOMES[name]}" if name in _HOMES else ""
            self.problems.append(
                f"{self.path.name} {name}: stands before the first section{hint}"
            )

    def _table(self, name: str, value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.problems.append(
            f"{self._where(name)}: is {kind_of(value)}, expected a section [{name}]"
        )
        return {}

    def _section(self, name: str, model: type[SectionT]) -> SectionT | None:
        given = self._table(name, self.content.get(name, {}))
        filled = with_preset(name, given, self._table_of_mailbox())
        if name in ("imap", "smtp") and "host" not in filled:
            told = missing_host(name, self._table_of_mailbox())
            self.problems.append(f"{self._where(name)} host: {told}")
            filled = {**filled, "host": "unknown.invalid"}
        return self._checked(name, model, filled)

    def _table_of_mailbox(self) -> Mapping[str, Any]:
        table = self.content.get("mailbox")
        return table if isinstance(table, dict) else {}

    def _checked(
        self, name: str, model: type[SectionT], given: Mapping[str, Any]
    ) -> SectionT | None:
        """Check a section; what is right in it takes part in the comparisons."""
        try:
            return model.model_validate(given)
        except ValidationError as error:
            where = self._where(name)
            self.problems += section_problems(where, model, error, _HOMES)
            bad = frozenset(str(one["loc"][0]) for one in error.errors())
            self.faulty[name] = bad
        try:
            return model.model_validate(
                {key: value for key, value in given.items() if key not in bad}
            )
        except ValidationError:
            return None

    def _lists(self, defaults: DefaultsSection) -> dict[str, ListSection]:
        tables = self._table("lists", self.content.get("lists", {}))
        if not tables:
            self.problems.append(
                f"{self.path.name} [lists.NAME]: missing, expected one list at least"
            )
        found = {}
        for name, value in tables.items():
            told = checks.list_name_problem(name)
            if told:
                self.problems.append(f'{self._where("lists." + name)}: "{name}" {told}')
            table = self._table(f"lists.{name}", value)
            section = self._checked(f"lists.{name}", ListSection, table)
            found[name] = merged(section or ListSection(), defaults)
        return found

    # ---------------------------------------------------------------- comparing

    def _compare(
        self,
        mailbox: MailboxSection | None,
        servers: Iterable[tuple[str, ImapSection | SmtpSection | None]],
        store: StoreSection | None,
    ) -> None:
        if mailbox is not None:
            where = self._where("mailbox")
            self.problems += checks.mailbox_problems(where, mailbox)
        for name, server in servers:
            if server is not None and server.host != "unknown.invalid":
                self.problems += checks.server_problems(self._where(name), server)
        if store is not None:
            self.problems += checks.store_problems(self._where("store"), store)
        told = preset(self._table_of_mailbox())[1]
        if told:
            self.problems.append(f"{self._where('mailbox')} provider: {told}")

    def _compare_lists(
        self, sections: Mapping[str, ListSection], mailbox: MailboxSection | None
    ) -> None:
        names = frozenset(sections)
        admins = mailbox.admins if mailbox else ()
        for name, section in sections.items():
            where = self._where(f"lists.{name}")
            faulty = self.faulty.get(f"lists.{name}", frozenset())
            faulty |= self.faulty.get("defaults", frozenset())
            self.problems += checks.list_problems(where, section, names, admins, faulty)
        self.problems += checks.address_problems(self.path.name, sections, mailbox)

    def _default_list(
        self, mailbox: MailboxSection | None, defaults: DefaultsSection
    ) -> str:
        given = {}
        if mailbox and "default_list" in mailbox.model_fields_set:
            given["mailbox"] = mailbox.default_list
        if defaults.default_list is not None:
            given["defaults"] = defaults.default_list
        lists = self.content.get("lists")
        names = frozenset(lists if isinstance(lists, dict) else ())
        file = self.path.name
        self.problems += checks.default_list_problems(file, given, names)
        return next(iter(given.values()), "")

    # ---------------------------------------------------------------- finishing

    def _finished(self, mailbox: MailboxSection) -> MailboxSection:
        """Fill in what follows from the address, and where relative paths start."""
        table = self._table_of_mailbox()
        known = preset(table)[0]
        local = mailbox.address.local_part
        by_local_part = known is not None and known.login == "localpart"
        username = local if by_local_part else str(mailbox.address)
        file = mailbox.password_file
        return mailbox.model_copy(
            update={
                "name": mailbox.name or local,
                "username": mailbox.username or username,
                "password_file": file and self.path.parent / file.expanduser(),
            }
        )


def _settled(store: StoreSection, folder: Path) -> StoreSection:
    directory = folder / store.directory.expanduser()
    database = store.database or f"sqlite:///{directory / 'colporteur.db'}"
    return store.model_copy(update={"directory": directory, "database": database})
