"""`colporteur members`: a list's people, one by one or as a CSV file."""

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.address import Address, NamedAddress, parse, parse_field
from bot.cli.context import Context
from bot.cli.listing import list_named
from bot.cli.show import AsJson, json_out, say, table
from bot.cli.wiring import settings_of
from bot.errors import BotError, ConfigError, ParseError
from bot.model import MailingList
from bot.store import SqlStore

__all__ = ("members",)


def members(
    context: typer.Context,
    list_name: Annotated[str, typer.Argument(metavar="LIST")],
    action: Annotated[
        str, typer.Argument(help="list, add, remove, import or export")
    ] = "list",
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ADDRESS [NAME] | FILE]", help="what it needs"),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show, add, remove, import (CSV: email,name) or export a list's members."""
    start: Context = context.obj
    config = start.config()
    reading = action in {"list", "export"}
    store = start.store(config, read_only=reading, beside=not reading)
    try:
        one = list_named(settings_of(config, store).lists, list_name)
        match action:
            case "list":
                _list_members(store, one, as_json=as_json)
            case "export":
                _export(store, one, values or [])
            case "add":
                _add(store, one, values or [])
            case "remove":
                _remove(store, one, values or [])
            case "import":
                _import(store, one, values or [])
            case _:
                raise ConfigError(
                    f"members {list_name} {action}: expected list, add, remove,"
                    " import or export"
                )
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
        }
        for member in store.members(one.name)
    ]
    if as_json:
        json_out(rows)
    else:
        table(("address", "name", "state", "joined_at"), rows)


def _export(store: SqlStore, one: MailingList, values: Sequence[str]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("email", "name", "state"))
    for member in store.members(one.name):
        name = _harmless(member.name)
        writer.writerow((str(member.address), name, member.state.value))
    if values:
        try:
            Path(values[0]).write_text(text.getvalue(), encoding="utf-8", newline="")
        except OSError as error:
            raise BotError(f"{values[0]}: {error.strerror}") from error
        say(f"wrote {values[0]}")
    else:
        sys.stdout.write(text.getvalue())


def _harmless(cell: str) -> str:
    """Keep spreadsheets from taking a name for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _add(store: SqlStore, one: MailingList, values: Sequence[str]) -> None:
    if not values:
        raise ConfigError(f"members {one.name} add: expected ADDRESS [NAME]")
    address = _address(values[0])
    name = " ".join(values[1:])
    added = store.enrol(address, name, one.name, "command line", datetime.now(UTC))
    say(f"{address}: {'added' if added else 'was a member already'}")


def _remove(store: SqlStore, one: MailingList, values: Sequence[str]) -> None:
    if not values:
        raise ConfigError(f"members {one.name} remove: expected ADDRESS …")
    missing = [text for text in values if not store.unenrol(_address(text), one.name)]
    for text in values:
        say(f"{text}: {'was no member' if text in missing else 'removed'}")
    if missing:
        raise BotError(f"{len(missing)} of {len(values)} not found on {one.name}")


def _address(text: str) -> Address:
    try:
        return parse(text)
    except ParseError as error:
        raise ConfigError(str(error)) from error


def _import(store: SqlStore, one: MailingList, values: Sequence[str]) -> None:
    if len(values) != 1:
        raise ConfigError(f"members {one.name} import: expected one FILE (- for stdin)")
    raw = sys.stdin.buffer.read() if values[0] == "-" else _bytes_of(Path(values[0]))
    refused: list[str] = []
    rows = list(_people(_decoded(raw), refused))
    added, already = store.enrol_many(
        ((one.address, one.name) for one in rows),
        one.name,
        f"import {values[0]}",
        datetime.now(UTC),
    )
    for line in refused:
        say(line)
    say(f"{added} added, {already} were members already, {len(refused)} refused")
    if refused:
        raise BotError(f"{len(refused)} line(s) of {values[0]} were refused; see above")


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _decoded(raw: bytes) -> str:
    """Spreadsheets write UTF-8 with or without a mark, UTF-16, or cp1252."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


# What spreadsheets call the columns, without accents and case.
_NAME_COLUMNS = frozenset({"name", "nom", "full name", "nom complet", "display name"})
_FIRST_NAME_COLUMNS = frozenset({"first name", "firstname", "prenom", "prénom"})


def _people(text: str, refused: list[str]) -> Iterator[NamedAddress]:
    """Read rows: the address stands wherever there is an @.

    The name is in the columns that the header calls so; without a header it is the
    first cell beside the address.
    """
    first = text.split("\n", 1)[0]
    delimiter = max(";\t,", key=first.count)
    unified = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    header: list[str] = []
    for number, row in enumerate(csv.reader(unified, delimiter=delimiter), 1):
        cells = [cell.strip() for cell in row]
        where = next((i for i, cell in enumerate(cells) if "@" in cell), None)
        if where is None and number == 1:
            header = [cell.casefold() for cell in cells]
            continue
        if where is None:
            if any(cells):
                refused.append(f"line {number}: no address in {' '.join(cells)[:60]!r}")
            continue
        found = parse_field([cells[where]])
        if len(found) != 1:
            refused.append(f"line {number}: {cells[where][:60]!r} is not an address")
            continue
        name = found[0].name or _name(cells, header, where)
        yield NamedAddress(name, found[0].address)


def _name(cells: list[str], header: list[str], where: int) -> str:
    if not header:
        return next((one for i, one in enumerate(cells) if one and i != where), "")
    named = dict(zip(header, cells, strict=False))
    parts = [
        next((named[key] for key in named if key in columns), "")
        for columns in (_FIRST_NAME_COLUMNS, _NAME_COLUMNS)
    ]
    return " ".join(part for part in parts if part)
