"""What several keys must agree on; each check gives its complaints.

A check gets what could be read. A section with a fault of its own is None there,
so that one slip is told once.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Final

from bot.address import Address, split_subaddress
from bot.config.fields import did_you_mean
from bot.config.models import (
    ImapSection,
    ListSection,
    MailboxSection,
    SmtpSection,
    StoreSection,
)
from bot.config.secrets import SOURCES

__all__ = (
    "address_problems",
    "default_list_problems",
    "list_name_problem",
    "list_problems",
    "mailbox_problems",
    "server_problems",
    "store_problems",
)

# `discuter-join@…` must mean one thing only (the sub-addresses of a list).
_SUFFIXES: Final = ("join", "leave", "owner", "request")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_NAME_MAX: Final = 40
# A sub-address of this form is the token of an answer.
_TOKEN = re.compile(r"[a-z2-7]{26}")


def mailbox_problems(where: str, mailbox: MailboxSection) -> Iterator[str]:
    """One source of the password, and sub-addresses that can be told apart."""
    named = [key for key in SOURCES if getattr(mailbox, key) is not None]
    if len(named) > 1:
        yield f"{where} {', '.join(named)}: expected one of them; leave out the others"
    detail = split_subaddress(mailbox.address, mailbox.subaddressing)[1]
    if detail:
        yield (
            f'{where} subaddressing: "{mailbox.subaddressing}" stands in the address'
            f' {mailbox.address} itself, expected ""'
        )


def server_problems(where: str, server: ImapSection | SmtpSection) -> Iterator[str]:
    """A password travels in the clear on this machine only."""
    if server.security == "none" and not _is_loopback(server.host):
        yield (
            f'{where} security: "none" would show the password to the network between'
            f' here and {server.host}, expected "tls" or "starttls"'
        )


def store_problems(where: str, store: StoreSection) -> Iterator[str]:
    """A database that the program has a driver for."""
    scheme, colon, _ = store.database.partition("://")
    if not store.database or scheme in ("sqlite", "postgresql+psycopg"):
        return
    hint = "; write postgresql+psycopg://" if scheme.startswith("postgres") else ""
    told = f'"{scheme}://…"' if colon else "the value"
    yield (
        f"{where} database: {told} is no database URL that is known, expected"
        f' "", "sqlite:///…" or "postgresql+psycopg://…"{hint}'
    )


def list_name_problem(name: str) -> str:
    """Say what is wrong with the name of a list; empty where nothing is."""
    if not _NAME.fullmatch(name) or len(name) > _NAME_MAX:
        return (
            "is no name for a list, expected small letters a-z, digits and hyphens,"
            f" {_NAME_MAX} at most; a title may have accents"
        )
    if name.rpartition("-")[2] in _SUFFIXES:
        return (
            f'ends with "{name.rpartition("-")[2]}", which sub-addresses use'
            f" ({', '.join(_SUFFIXES)}), expected another name"
        )
    if _TOKEN.fullmatch(name):
        return "looks like the token of an answer, expected another name"
    return ""


def list_problems(
    where: str,
    section: ListSection,
    names: frozenset[str],
    admins: tuple[Address, ...],
    faulty: frozenset[str],
) -> Iterator[str]:
    """A kind, somebody who may post or decide, and lists that exist.

    `faulty` keys were complained about already, and are missing here.
    """
    if section.kind is None and "kind" not in faulty:
        yield f'{where} kind: missing, expected "announcement" or "discussion"'
    for name in section.include or ():
        if name not in names:
            hint = did_you_mean(name, names)
            yield f'{where} include: "{name}" is no list, expected one of them{hint}'
    if faulty & {"owners", "senders", "moderators"}:
        return
    if section.kind == "announcement" and not (section.senders or section.owners):
        yield f"{where} senders: missing, expected who may write to the list"
    deciders = section.moderators or section.owners or admins
    if section.kind == "discussion" and not deciders:
        yield f"{where} owners: missing, expected who decides on posts that are held"


def address_problems(
    file: str, sections: Mapping[str, ListSection], mailbox: MailboxSection | None
) -> Iterator[str]:
    """An alias belongs to one list, and none includes itself."""
    taken: dict[Address, str] = {}
    if mailbox is not None:
        taken[mailbox.address] = "the mailbox; leave it out and set default_list"
    for name, section in sections.items():
        if section.address is None:
            continue
        where = f"{file} [lists.{name}] address"
        if section.address in taken:
            other = taken[section.address]
            yield f'{where}: "{section.address}" is already the address of {other}'
        taken.setdefault(section.address, f"[lists.{name}]")
    includes = {name: section.include or () for name, section in sections.items()}
    for circle in _circles(includes):
        way = " → ".join((*circle, circle[0]))
        yield f"{file} [lists.{circle[0]}] include: goes round in a circle: {way}"


def default_list_problems(
    file: str, given: Mapping[str, str], names: frozenset[str]
) -> Iterator[str]:
    """One answer to where plain mail goes; `given` is by section."""
    for section, name in given.items():
        if name and name not in names:
            hint = did_you_mean(name, names) or '; "" = ask the author'
            yield (
                f'{file} [{section}] default_list: "{name}" is no list,'
                f" expected the name of one{hint}"
            )
    if len(set(given.values())) > 1:
        yield (
            f"{file} [mailbox] default_list: [defaults] says otherwise,"
            " expected it in one of the two"
        )


def _is_loopback(host: str) -> bool:
    if host.lower() in ("localhost", "localhost.localdomain"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _circles(includes: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Give each circle once, from its first name in the order of the alphabet."""
    for start in sorted(includes):
        way = _way_back(start, includes)
        if way and start == min(way):
            yield way


def _way_back(start: str, includes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Find a shortest way from a list to itself; empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:  # grows while it is walked
        for name in includes.get(way[-1], ()):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()
