"""`colporteur bounces`: whose mail comes back, and starting anew with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import typer

from bot.actions import Revive
from bot.address import Address, parse
from bot.bounces import next_probe
from bot.cli.acting import Console, open_console
from bot.cli.context import Context
from bot.cli.listing import list_named
from bot.cli.show import AsJson, json_out, say, table
from bot.cli.wiring import settings_of
from bot.compose.texts import Texts, texts
from bot.config import Config
from bot.errors import BotError, ConfigError, ParseError
from bot.model import BounceRules, Bouncing
from bot.store import SqlStore

__all__ = ("bounces",)

_COLUMNS: Final = (
    *("address", "name", "lists", "state", "since", "posts"),
    *("reason", "status", "words"),
)
_BY: Final = "the command line"


def bounces(
    context: typer.Context,
    action: Annotated[
        str, typer.Argument(metavar="[list|clear|LIST]", help="list (to show them)")
    ] = "list",
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LIST | ADDRESS…]", help="list: of which list; clear: whom"
        ),
    ] = None,
    *,
    everybody: Annotated[
        str, typer.Option("--all", metavar="LIST", help="clear: all of a list.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show whose mail comes back, why, and who is suspended; or start anew with them.

    Clear sets the count to 0; who was suspended gets mail again.
    """
    start: Context = context.obj
    given = words or []
    if action == "clear":
        _clear(start, given, everybody)
        return
    names = given if action == "list" else [action, *given]
    if len(names) > 1 or everybody:
        raise ConfigError("bounces list: expected one LIST, or none for all of them")
    config = start.config()
    store = start.store(config, read_only=True)
    try:
        _list(config, store, *names, as_json=as_json)
    finally:
        store.close()


# ----------------------------------------------------------------------- looking


def _list(
    config: Config, store: SqlStore, list_name: str = "", *, as_json: bool
) -> None:
    settings = settings_of(config, store)
    if list_name:
        list_named(settings.lists, list_name)
    found = [one for one in store.bouncing() if not list_name or list_name in one.lists]
    if as_json:
        said = texts(config.store.directory / "templates", settings.timezone)
        json_out([_whole(one, settings.bounces, said) for one in found])
        return
    if found:
        said = texts(config.store.directory / "templates", settings.timezone)
        table(_COLUMNS, [_row(one, said) for one in found], settings.timezone)


def _row(one: Bouncing, said: Texts) -> dict[str, object]:
    return {
        "address": str(one.address),
        "name": one.name,
        "lists": list(one.lists),
        "state": one.state.value or "bouncing",
        "since": _since(one),
        "posts": one.posts,
        "reason": said.said(f"because-{one.reason}", "en", {}) if one.reason else "",
        "status": one.status,
        "words": one.words,
    }


def _since(one: Bouncing) -> datetime | None:
    """Say when the first of the posts came back that count."""
    return one.first_at or one.since


def _whole(one: Bouncing, rules: BounceRules, said: Texts) -> dict[str, object]:
    """Give programs the class of the reason as `reason`, as `explain` does."""
    row = _row(one, said)
    return row | {
        "reason": one.reason,
        "reason_in_words": row["reason"],
        "suspended_at": one.since if one.is_suspended else None,
        "last_at": one.last_at,
        "dead": one.dead,
        "full": one.full,
        "phone": one.phone,
        "probes": one.probes,
        "next_probe": next_probe(one, rules),
        "caller": str(one.caller) if one.caller else None,
        "calls": one.tries,
    }


# ---------------------------------------------------------------------- clearing


def _clear(start: Context, words: Sequence[str], list_name: str) -> None:
    if bool(words) == bool(list_name):
        raise ConfigError("bounces clear: expected ADDRESS…, or --all LIST")
    addresses = [_address(word) for word in words]
    console = open_console(start)
    try:
        if list_name:
            known = settings_of(console.config, console.store).lists
            list_named(known, list_name)
            people = _of_list(console, list_name)
        else:
            people = _of_addresses(console, addresses)
        console.carry_out([Revive(one.address, _BY) for one in people])
    finally:
        console.close()
    _tell(people)


def _address(word: str) -> Address:
    try:
        return parse(word)
    except ParseError as error:
        raise ConfigError(f"bounces clear: {word!r} is no address: {error}") from error


def _of_list(console: Console, list_name: str) -> tuple[Bouncing, ...]:
    return tuple(one for one in console.store.bouncing() if list_name in one.lists)


def _of_addresses(
    console: Console, addresses: Sequence[Address]
) -> tuple[Bouncing, ...]:
    """Give what counts against people, before anything is done to any of them."""
    found = console.store.find_people(addresses)
    unknown = [str(one) for one in addresses if one.key not in found]
    if unknown:
        raise BotError(
            f"nobody here has the address {', '.join(unknown)}; nothing was changed;"
            " to see whose mail comes back: colporteur bounces"
        )
    return console.store.bouncing([one.id for one in found.values()])


def _tell(people: Sequence[Bouncing]) -> None:
    for one in people:
        again = "; gets mail again" if one.is_suspended else ""
        posts = f"{one.posts} post{'' if one.posts == 1 else 's'} that came back"
        told = f"{posts} forgotten" if one.posts else "nothing counted"
        say(f"{one.address}: {told}{again}")
    if not people:
        say("nothing counted")
