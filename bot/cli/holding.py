"""`colporteur held`: what waits for moderators, and deciding about it."""

import sys
from typing import Annotated

import typer

from bot import message as mail
from bot.cli.acting import open_console
from bot.cli.context import Context
from bot.cli.show import AsJson, json_out, say, table
from bot.cli.wiring import SystemClock, settings_of
from bot.config import Config
from bot.errors import BotError, ConfigError
from bot.identity import refs_typed
from bot.model import Attachment, Message, Request, RequestKind, shown_pending
from bot.spool import FileSpool
from bot.store import SqlStore

__all__ = ("held",)

_COLUMNS = ("ref", "kind", "list", "subject", "author", "since", "until", "reasons")
_VERDICTS = ("approve", "reject", "discard", "trust", "ban", "spam")


def held(
    context: typer.Context,
    action: Annotated[
        str,
        typer.Argument(help="list, show, approve, reject, discard, trust, ban or spam"),
    ] = "list",
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="REF…", help="references; after reject, a reason"),
    ] = None,
    *,
    as_json: AsJson = False,
    insist: Annotated[
        bool, typer.Option("--yes", help="with '*' for REF: really all that waits.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="show: the mail as it came, byte for byte.")
    ] = False,
) -> None:
    """Show what waits for moderators; show one of them, or decide."""
    start: Context = context.obj
    given = words or []
    if action in _VERDICTS:
        _decide(start, action, given, insist=insist)
        return
    if action not in {"list", "show"}:
        expected = ", ".join(("list", "show", *_VERDICTS))
        if refs_typed(action):
            expected = f"held show {action}, or held approve {action}"
        raise ConfigError(f"held {action}: expected {expected}")
    config = start.config()
    store = start.store(config, read_only=True)
    try:
        if action == "list":
            _list(config, store, as_json=as_json)
        else:
            _show(config, store, given, raw=raw, as_json=as_json)
    finally:
        store.close()


def _decide(start: Context, verdict: str, words: list[str], *, insist: bool) -> None:
    """Carry out the moderators' command, as a reply or a mail would."""
    if not words:
        raise ConfigError(f"held {verdict}: expected a REF; see: colporteur held")
    console = open_console(start, tell=True)
    try:
        outcome = console.act(verdict, words, insist=insist)
    finally:
        console.close()
    if outcome.doubtful:
        raise BotError("nothing was done yet; with --yes it is done to all of these")


def _list(config: Config, store: SqlStore, *, as_json: bool) -> None:
    rows = [_row(config, store, one) for one in store.matters()]
    if as_json:
        json_out(rows)
    else:
        table(_COLUMNS, rows, config.mailbox.timezone)


def _row(config: Config, store: SqlStore, matter: Request) -> dict[str, object]:
    lists = settings_of(config, store).lists
    one = lists.get(matter.list_name)
    shown = shown_pending(matter, one.display_name if one else matter.list_name)
    return {
        "ref": matter.ref,
        "kind": matter.kind.value,
        "list": matter.list_name,
        "subject": shown["subject"],
        "author": shown["address"],
        "name": shown["name"],
        "since": matter.created_at,
        "until": matter.expires_at,
        "reasons": shown["reasons"],
    }


def _show(
    config: Config, store: SqlStore, words: list[str], *, raw: bool, as_json: bool
) -> None:
    matter = _found(store, words)
    row = _row(config, store, matter)
    if matter.kind is not RequestKind.MODERATION:
        _tell(row, None, as_json=as_json)
        return
    spool = FileSpool(config.store.directory / "spool")
    content = spool.read(matter.facts["sha256"])
    if raw:
        sys.stdout.buffer.write(content)
        return
    _tell(row, mail.read(content, SystemClock().now()), as_json=as_json)


def _found(store: SqlStore, words: list[str]) -> Request:
    if len(words) != 1:
        raise ConfigError("held show: expected one REF; see: colporteur held")
    for matter in store.matters():
        if matter.ref == words[0].lower():
            return matter
    raise ConfigError(f"nothing waits under {words[0]!r}; see: colporteur held")


def _tell(row: dict[str, object], post: Message | None, *, as_json: bool) -> None:
    """Show a matter, and the post that it is about as a reader sees it."""
    if post is not None:
        row |= {
            "from": str(post.author or ""),
            "to": ", ".join(map(str, (*post.to, *post.cc))),
            "date": post.sent_at,
            "size": post.size,
            "attachments": [_attached(one) for one in post.attachments],
        }
    if as_json:
        json_out(row | ({"text": post.text} if post else {}))
        return
    table(("key", "value"), [{"key": k, "value": v} for k, v in row.items() if v])
    if post is not None:
        say("")
        for line in post.text.splitlines():
            # A stranger's text must not drive the terminal.
            say("".join(c if c.isprintable() or c == "\t" else "?" for c in line))


def _attached(one: Attachment) -> str:
    return f"{one.name or 'no name'} ({one.content_type}, {one.size} bytes)"
