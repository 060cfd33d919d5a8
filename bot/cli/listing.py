"""`colporteur lists`: the lists, and all settings of one."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from bot.cli.context import Context
from bot.cli.show import AsJson, json_out, table
from bot.cli.wiring import settings_of
from bot.errors import ConfigError
from bot.model import MailingList
from bot.store import SqlStore

__all__ = ("list_named", "lists")


def lists(
    context: typer.Context,
    action: Annotated[str, typer.Argument(help="show, or nothing")] = "list",
    name: Annotated[str, typer.Argument(help="of a list, for show")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show the lists, or all settings of one (lists show NAME)."""
    start: Context = context.obj
    config = start.config()
    store = start.store(config, read_only=True)
    try:
        known = settings_of(config, store).lists
        if action == "show":
            _show_list(list_named(known, name), store, as_json=as_json)
        elif action == "list":
            _show_lists(tuple(known.values()), store, as_json=as_json)
        else:
            raise ConfigError(f"lists {action}: expected nothing, or show NAME")
    finally:
        store.close()


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
        key: {"by": by, "at": at}
        for list_name, key, _value, by, at in store.list_settings()
        if list_name == one.name
    }
    rows = [
        {"key": key, "value": _shown(getattr(one, key)), **changes.get(key, {})}
        for key in MailingList.__dataclass_fields__
    ]
    if as_json:
        json_out(rows)
    else:
        table(("key", "value", "by", "at"), rows)


def _shown(value: object) -> object:
    if isinstance(value, frozenset | tuple):
        return sorted(str(one) for one in value)
    return value if isinstance(value, bool | int) else str(value or "")
