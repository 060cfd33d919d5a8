"""`colporteur members`: a list's people, one by one or from an address book."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.acting import Console, open_console
from bot.cli.context import Context
from bot.cli.listing import list_named
from bot.cli.show import AsJson, json_out, say, table
from bot.cli.wiring import SystemClock, settings_of
from bot.commands.imports import Plan, plan
from bot.errors import BotError, ConfigError, ParseError
from bot.model import MailingList
from bot.rosters import read as read_roster
from bot.rosters import to_csv
from bot.store import SqlStore

__all__ = ("members",)

_ACTIONS = ("list", "add", "remove", "invite", "change", "import", "export")


def members(  # noqa: PLR0913 - the options of one command
    context: typer.Context,
    list_name: Annotated[str, typer.Argument(metavar="LIST")],
    action: Annotated[str, typer.Argument(help=", ".join(_ACTIONS))] = "list",
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ADDRESS [NAME] | OLD NEW | FILE]", help="what it needs"
        ),
    ] = None,
    *,
    tell: Annotated[
        bool, typer.Option("--tell", help="add, remove: write to the people, too.")
    ] = False,
    insist: Annotated[
        bool, typer.Option("--yes", help="What looks like a slip is meant.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a list's members; add, remove, invite, correct, import or export them.

    Import reads CSV, Excel, vCard and LDIF; the plainest CSV has the header email,name.
    """
    start: Context = context.obj
    given = values or []
    if action not in _ACTIONS:
        raise ConfigError(
            f"members {list_name} {action}: expected one of {', '.join(_ACTIONS)}"
        )
    if action in {"list", "export"}:
        _look(start, list_name, given, action, as_json=as_json)
        return
    console = open_console(start, tell=tell)
    try:
        lists = settings_of(console.config, console.store).lists
        one = list_named(lists, list_name)
        if action == "import":
            _import(console, one, given)
        else:
            _expect_address(list_name, action, given)
            _act(console, one, action, given, insist=insist)
    finally:
        console.close()


def _expect_address(list_name: str, action: str, values: Sequence[str]) -> None:
    if not values:
        usage = {"change": "OLD NEW", "remove": "ADDRESS …"}.get(
            action, "ADDRESS [NAME]"
        )
        raise ConfigError(f"members {list_name} {action}: expected {usage}")


def _act(
    console: Console,
    one: MailingList,
    action: str,
    values: Sequence[str],
    *,
    insist: bool,
) -> None:
    if action == "change":
        console.act("change", [one.name, *values], insist=insist)
        return
    several = sum("@" in value for value in values) > 1
    block = list(values) if several else [" ".join(values)]
    outcome = console.act(action, [one.name], block=block, insist=insist)
    people = outcome.facts.get("people", ())
    missing = [
        person
        for person in (people if isinstance(people, tuple) else ())
        if person["id"] == "not-on-list"
    ]
    if missing:
        raise BotError(f"{len(missing)} of {len(values)} not found on {one.name}")


# ----------------------------------------------------------------------- looking


def _look(
    start: Context, list_name: str, values: Sequence[str], action: str, *, as_json: bool
) -> None:
    config = start.config()
    store = start.store(config, read_only=True)
    try:
        one = list_named(settings_of(config, store).lists, list_name)
        if action == "list":
            _list_members(store, one, as_json=as_json)
        else:
            _export(store, one, values)
    finally:
        store.close()


def _list_members(store: SqlStore, one: MailingList, *, as_json: bool) -> None:
    rows = [
        {
            "address": str(member.address),
            "name": member.name,
            "state": member.state.value,
            "joined_at": member.joined_at,
            "origin": member.origin,
            "phone": member.phone,
            "groups": list(member.groups),
            "language": member.language,
            "reception": member.reception.value,
            "paused_until": member.paused_until,
        }
        for member in store.members(one.name)
    ]
    if as_json:
        json_out(rows)
    else:
        table(("address", "name", "state", "joined_at"), rows)


def _export(store: SqlStore, one: MailingList, values: Sequence[str]) -> None:
    text = to_csv(store.members(one.name))
    if values:
        try:
            Path(values[0]).write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise BotError(f"{values[0]}: {error.strerror}") from error
        say(f"wrote {values[0]}")
    else:
        sys.stdout.write(text)


# ------------------------------------------------------------------------ import


def _import(console: Console, one: MailingList, values: Sequence[str]) -> None:
    if len(values) != 1:
        raise ConfigError(f"members {one.name} import: expected one FILE (- for stdin)")
    raw = sys.stdin.buffer.read() if values[0] == "-" else _bytes_of(Path(values[0]))
    try:
        sheet = read_roster(raw, values[0])
    except ParseError as error:
        raise ConfigError(f"{values[0]}: {error}") from error
    addresses = [entry.address for entry in sheet.entries]
    standings = console.store.standings(addresses, SystemClock().now())
    made = plan(sheet, standings, one, settings_of(console.config, console.store))
    if made.does_something:
        console.carry_out([made.action(one, f"import {values[0]}")])
    refused = _tell(console, made)
    already = made.unchanged + len(made.changed)
    changed = f", {len(made.changed)} of them changed" if made.changed else ""
    say(
        f"{len(made.added)} added, {already} were members already{changed},"
        f" {refused} refused"
    )
    if refused:
        raise BotError(f"{refused} line(s) of {values[0]} were refused; see above")


def _tell(console: Console, made: Plan) -> int:
    """Say why lines were left out; count those that should be looked at."""
    for one in made.refused:
        say(f"line {one['line']}: {console.sentence(one['id'], one)}")
    return sum(one["id"] != "twice" for one in made.refused)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
