"""`colporteur queue`: what is on its way, and the brakes."""

from typing import Annotated

import typer

from bot.cli.context import Context
from bot.cli.show import AsJson, json_out, say, table
from bot.cli.wiring import SystemClock
from bot.errors import ConfigError
from bot.model import SendState
from bot.store import SqlStore

__all__ = ("queue",)

_COLUMNS = ("ref", "list", "kind", "subject", "recipients", "accepted", "remaining")


def queue(
    context: typer.Context,
    action: Annotated[
        str, typer.Argument(help="list, pause, resume or cancel")
    ] = "list",
    ref: Annotated[str, typer.Argument(help="of one send; else everything")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show the sends; pause, resume or cancel one of them, or pause everything."""
    if action not in {"list", "pause", "resume", "cancel"}:
        raise ConfigError(f"queue {action}: expected list, pause, resume or cancel")
    start: Context = context.obj
    config = start.config()
    store = start.store(config, read_only=action == "list", beside=action != "list")
    try:
        if action == "list":
            _list(store, as_json=as_json)
        else:
            _brake(store, action, ref)
    finally:
        store.close()


def _list(store: SqlStore, *, as_json: bool) -> None:
    rows = [_row(send) for send in store.sends(unfinished=True)]
    if as_json:
        json_out(rows)
    else:
        table(_COLUMNS, rows)


def _row(send: SendState) -> dict[str, object]:
    return {
        "ref": send.ref,
        "list": send.list_name,
        "kind": send.kind,
        "subject": send.subject,
        "recipients": send.recipients,
        "accepted": send.accepted,
        "refused": send.refused,
        "remaining": send.ready + send.deferred + send.in_flight,
        "paused": send.paused,
        "created_at": send.created_at,
    }


def _brake(store: SqlStore, action: str, ref: str) -> None:
    send = _found(store, ref)
    if action == "cancel":
        if send is None:
            raise ConfigError("queue cancel: expected the REF of a send")
        count = store.cancel_send(send.id, SystemClock().now())
        say(f"{send.ref}: cancelled for {count} recipient(s); {send.accepted} have it")
        return
    with store.transaction():
        store.pause_sends(send.id if send else None, paused=action == "pause")
        if action == "resume" and send is None:
            store.note("blocked_until", "")
    say(f"{ref or 'everything'}: {'paused' if action == 'pause' else 'goes on'}")


def _found(store: SqlStore, ref: str) -> SendState | None:
    if not ref:
        return None
    for send in store.sends(unfinished=True):
        if send.ref == ref.lower():
            return send
    raise ConfigError(f"there is no unfinished send {ref!r}; see: colporteur queue")
