"""`colporteur lists`: the lists, their settings and figures, and changing them."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.acting import open_console
from bot.cli.context import Context
from bot.cli.show import AsJson, json_out, table
from bot.cli.wiring import settings_of
from bot.errors import ConfigError
from bot.model import MailingList
from bot.store import SqlStore

__all__ = ("list_named", "lists")


_CHANGES = ("set", "welcome", "footer", "promote", "demote")


def lists(
    context: typer.Context,
    action: Annotated[
        str, typer.Argument(help=f"list, show, stats, {', '.join(_CHANGES)}")
    ] = "list",
    name: Annotated[str, typer.Argument(help="of a list")] = "",
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY VALUE | FILE | ADDRESS ROLE]", help="what it needs"
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the lists, or one's settings or figures; change what its owners may."""
    start: Context = context.obj
    if action in _CHANGES:
        _change(start, action, name, values or [])
        return
    config = start.config()
    store = start.store(config, read_only=True)
    try:
        known = settings_of(config, store).lists
        if action == "show":
            _show_list(list_named(known, name), store, as_json=as_json)
        elif action == "stats":
            _show_figures(list_named(known, name), store, as_json=as_json)
        elif action == "list":
            _show_lists(tuple(known.values()), store, as_json=as_json)
        else:
            raise ConfigError(
                f"lists {action}: expected nothing, show, stats, {', '.join(_CHANGES)}"
            )
    finally:
        store.close()


def _change(start: Context, action: str, name: str, values: Sequence[str]) -> None:
    console = open_console(start)
    try:
        one = list_named(settings_of(console.config, console.store).lists, name)
        if action in {"welcome", "footer"}:
            if len(values) != 1:
                raise ConfigError(
                    f"lists {action} {name}: expected a FILE (- for stdin)"
                )
            console.act(action, [one.name], block=_text_of(values[0]).splitlines())
        else:
            console.act(action, [one.name, *values])
    finally:
        console.close()


def _text_of(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _show_figures(one: MailingList, store: SqlStore, *, as_json: bool) -> None:
    figures = asdict(store.figures(one.name, datetime.now(UTC)))
    rows = [{"figure": key, "number": number} for key, number in figures.items()]
    if as_json:
        json_out(figures)
    else:
        table(("figure", "number"), rows)


def list_named(known: Mapping[str, MailingList], name: str) -> MailingList:
    """Give a list by its name.

    Raises:
        ConfigError: there is none, with the names that there are.
    """
    if name not in known:
        names = ", ".join(sorted(known))
        raise ConfigError(f"there is no list {name!r}; there are: {names}")
    return known[name]


def _show_lists(
    all_lists: Sequence[MailingList], store: SqlStore, *, as_json: bool
) -> None:
    counts = store.counts()
    rows = [
        {
            "name": one.name,
            "kind": one.kind.value,
            "title": one.title,
            "members": counts.get(one.name, {}).get("members", 0),
            "visible": one.visible,
        }
        for one in all_lists
    ]
    if as_json:
        json_out(rows)
    else:
        table(("name", "kind", "title", "members", "visible"), rows)


def _show_list(one: MailingList, store: SqlStore, *, as_json: bool) -> None:
    changes = {
        change.key: {"by": change.by, "at": change.at}
        for change in store.list_settings()
        if change.list_name == one.name
    } | {
        change.role: {"by": change.by, "at": change.at}
        for change in store.roles()
        if change.list_name == one.name
    }
    rows = [
        {"key": key, "value": _shown(getattr(one, key)), **changes.get(key, {})}
        for key in MailingList.__dataclass_fields__
    ]
    for who, mark, by in store.marked(one.name):
        rows.append({"key": mark.value, "value": str(who), "by": by})
    if as_json:
        json_out(rows)
    else:
        table(("key", "value", "by", "at"), rows)


def _shown(value: object) -> object:
    if isinstance(value, frozenset | tuple):
        return sorted(str(one) for one in value)
    return value if isinstance(value, bool | int) else str(value or "")
