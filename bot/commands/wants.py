"""What has to be loaded before the commands of a mail can be carried out.

The core never asks: whoever reads a mail looks here, loads, and hands it over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.address import Address, parse
from bot.commands.grammar import CommandLine, CommandText
from bot.commands.registry import Registry, Who
from bot.errors import ParseError
from bot.model import Settings
from bot.rosters import read_lines

__all__: Final = ("Wants", "wanted")

# Of lines in a mail; an attached address book may have more.
_ADDRESSES_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Wants:
    """Addresses to look up, and the lists of which something is asked for."""

    addresses: tuple[Address, ...] = ()
    members: frozenset[str] = frozenset()
    figures: frozenset[str] = frozenset()
    bounces: frozenset[str] = frozenset()
    # changes | sends | stopped | dossier | sheet | pending
    others: frozenset[str] = frozenset()


def wanted(
    commands: CommandText | None,
    registry: Registry,
    settings: Settings,
    identities: Iterable[Address],
) -> Wants:
    """Say what the commands of a mail need.

    Args:
        commands: what the grammar found.
        registry: the commands that there are.
        settings: ours.
        identities: of the sender; only what they may see is loaded.
    """
    if commands is None:
        return Wants()
    who = frozenset(identities)
    owned = _owned(settings, who)
    judges = bool(owned) or any(
        not who.isdisjoint(lst.moderators) for lst in settings.lists.values()
    )
    needs = {
        line: _needs(line, registry, owned, judges=judges) for line in commands.lines
    }
    names = {one for some in needs.values() for one in some}
    lists = frozenset(
        name
        for line in commands.lines
        for name in _lists_named(line, registry, settings) or owned
        if name in owned
    )
    addresses = (
        one
        for line in commands.lines
        if needs[line] & {"standings", "sheet"}
        for one in _addresses(line)
    )
    return Wants(
        tuple(dict.fromkeys(addresses))[:_ADDRESSES_MAX],
        lists if "members" in names else frozenset(),
        lists if "figures" in names else frozenset(),
        lists if "bounces" in names else frozenset(),
        frozenset(names),
    )


def _needs(
    line: CommandLine, registry: Registry, owned: frozenset[str], *, judges: bool
) -> frozenset[str]:
    """Give what one command needs; nothing where its sender may not use it.

    Whoever isn't an owner must not make us read an address book.
    """
    found = registry.find([line.name]) if line.name else None
    if found is None or (found.command.who is Who.OWNER and not owned):
        return frozenset()
    if found.command.who is Who.MODERATOR and not judges:
        return frozenset()
    return found.command.wants


def _owned(settings: Settings, identities: frozenset[Address]) -> frozenset[str]:
    everything = not identities.isdisjoint(settings.admins)
    return frozenset(
        lst.name
        for lst in settings.lists.values()
        if everything or not identities.isdisjoint(lst.owners)
    )


def _lists_named(
    line: CommandLine, registry: Registry, settings: Settings
) -> frozenset[str]:
    found = (registry.find_list(settings, word) for word in line.arguments)
    return frozenset(lst.name for lst in found if lst is not None)


def _addresses(line: CommandLine) -> list[Address]:
    """Give the addresses of a command's line, and of those below it."""
    found = _spelt(line.block)
    for word in line.arguments:
        try:
            found.append(parse(word.strip("<>()[],;:")))
        except ParseError:
            continue
    return found + _spelt([" ".join(line.arguments)])


def _spelt(lines: Iterable[str]) -> list[Address]:
    try:
        return [entry.address for entry in read_lines(lines).entries]
    except ParseError:  # more than there can be; the command tells
        return []
