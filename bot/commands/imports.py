"""`import`: many people at once, from an attached address book or from lines.

Nothing happens before the owner has seen what would, and said « ok ». The plan is
made anew then, from the same mail: the roster may have changed in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.actions import EnrolMany, PreviewImport
from bot.commands.arguments import own_list, takes_list
from bot.commands.registry import Block, Outcome, Request, Who, command
from bot.domains import suggestion
from bot.errors import CommandError, ParseError
from bot.model import (
    MailingList,
    Person,
    Profile,
    Settings,
    Standing,
    TextFile,
    group_key,
)
from bot.rosters import Entry, Sheet, read_lines, table

__all__: Final = ("COMMANDS", "Plan", "plan", "plan_of")

_SHOWN_MAX: Final = 20
_REFUSED_SHOWN_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. `refused` are sentences with their facts."""

    added: tuple[Entry, ...] = ()
    changed: tuple[tuple[Entry, tuple[Mapping[str, str], ...]], ...] = ()
    unchanged: int = 0
    refused: tuple[Mapping[str, str], ...] = ()

    @property
    def does_something(self) -> bool:
        """Whether there is anything to say « ok » to."""
        return bool(self.added or self.changed)

    def facts(self, lst: MailingList) -> dict[str, object]:
        """Give what the texts about an import need."""
        return {
            "list_title": lst.display_name,
            "added": len(self.added),
            "first": tuple(
                f"{one.name} <{one.address}>" if one.name else str(one.address)
                for one in self.added[:_SHOWN_MAX]
            ),
            "changed": len(self.changed),
            "changes": tuple(
                {"address": str(entry.address), "changes": changes}
                for entry, changes in self.changed[:_SHOWN_MAX]
            ),
            "unchanged": self.unchanged,
            "refused": self.refused[:_REFUSED_SHOWN_MAX],
            "refused_number": len(self.refused),
        }

    def action(self, lst: MailingList, origin: str) -> EnrolMany:
        """Give what carries it out."""
        entries = (*self.added, *(entry for entry, _ in self.changed))
        return EnrolMany(tuple(map(_profile, entries)), lst.name, origin)


def _profile(entry: Entry) -> Profile:
    return Profile(entry.address, entry.name, entry.phone, entry.groups, entry.language)


def plan(
    sheet: Sheet,
    standings: Mapping[str, Standing],
    lst: MailingList,
    settings: Settings,
) -> Plan:
    """Say what an address book would change.

    Args:
        sheet: what it says.
        standings: of all its addresses, by key.
        lst: the list.
        settings: ours; our own addresses are nobody's.
    """
    added: list[Entry] = []
    changed: list[tuple[Entry, tuple[Mapping[str, str], ...]]] = []
    refused: list[Mapping[str, str]] = [
        {"id": one.reason, "line": str(one.line), "text": one.text}
        for one in sheet.refused
    ]
    unchanged = 0
    for entry in sheet.entries:
        standing = standings.get(entry.address.key, Standing(entry.address))
        why = _refusal(entry, standing, lst, settings)
        if why:
            refused.append({"line": str(entry.line), "text": str(entry.address)} | why)
        elif lst.name not in standing.memberships:
            added.append(entry)
        elif standing.person and (changes := _changes(entry, standing.person)):
            changed.append((entry, changes))
        else:
            unchanged += 1
    refused.sort(key=lambda one: int(one["line"]))
    return Plan(tuple(added), tuple(changed), unchanged, tuple(refused))


def _refusal(
    entry: Entry, standing: Standing, lst: MailingList, settings: Settings
) -> dict[str, str]:
    """Say why somebody is not put on a list; nothing where they may be."""
    facts = {"address": str(entry.address), "list_title": lst.display_name}
    if settings.is_own(entry.address):
        return {"id": "own-address", **facts}
    if standing.forgotten:
        return {"id": "was-forgotten", **facts}
    if lst.name in standing.memberships:
        return {}
    if lst.name in standing.left:
        return {"id": "left-before", **facts}
    likely = suggestion(entry.address)
    if likely is not None:
        return {"id": "typo", **facts, "suggestion": str(likely)}
    return {}


def _changes(entry: Entry, person: Person) -> tuple[Mapping[str, str], ...]:
    """List what the address book says otherwise; what it leaves out stays."""
    found = [
        {"key": key, "old": getattr(person, key), "new": getattr(entry, key)}
        for key in ("name", "phone", "language")
        if getattr(entry, key) and getattr(entry, key) != getattr(person, key)
    ]
    if entry.groups and set(map(group_key, entry.groups)) != person.group_keys:
        groups = {"old": ", ".join(person.groups), "new": ", ".join(entry.groups)}
        found.append({"key": "groups", **groups})
    return tuple(found)


def plan_of(request: Request) -> tuple[MailingList, Plan]:
    """Make the plan of an `import` command.

    Raises:
        CommandError: no list of theirs, no address book, or one that can't be read.
    """
    lst, _ = own_list(request)
    if request.unreadable:
        raise CommandError("import-unreadable", words=request.unreadable)
    try:
        sheet = request.sheet or read_lines(request.block)
    except ParseError as error:
        raise CommandError("import-unreadable", words=str(error)) from error
    if not sheet.entries and not sheet.refused:
        raise CommandError("import-empty", name=lst.name)
    made = plan(sheet, request.roster.standings, lst, request.settings)
    return lst, made


@command(
    en=("import",),
    fr=("importer",),
    usage={
        "en": "LIST + a file (CSV, Excel, vCard, LDIF) or lines",
        "fr": "LISTE + un fichier (CSV, Excel, vCard, LDIF) ou des lignes",
    },
    about={
        "en": "Put many people on a list: you see first what would change.",
        "fr": "Mettre beaucoup de monde dans une liste : vous voyez d'abord l'effet.",
    },
    takes=takes_list,
    who=Who.OWNER,
    wants=("sheet",),
    block=Block.ADDRESSES,
)
def import_people(request: Request) -> Outcome:
    """Show what an import would change; it needs an « ok », so no other proof.

    Raises:
        CommandError: no list of theirs, no address book, or one that can't be read.
    """
    lst, made = plan_of(request)
    facts = made.facts(lst)
    files = _complete(made.refused)
    if not made.does_something:
        return Outcome("import-nothing", facts, files=files)
    preview = PreviewImport(
        request.sender, request.sha256, lst.name, facts, request.language, files
    )
    return Outcome("confirmation-sent", {"address": request.sender}, (preview,), True)  # noqa: FBT003 - answered


def _complete(refused: Sequence[Mapping[str, str]]) -> tuple[TextFile, ...]:
    """Attach what a mail has no room for."""
    if len(refused) <= _REFUSED_SHOWN_MAX:
        return ()
    rows = ((one["line"], one["id"], one["text"]) for one in refused)
    text = table(("line", "reason", "text"), rows)
    return (TextFile("refused.csv", text, "text/csv"),)


COMMANDS: Final = (import_people,)
