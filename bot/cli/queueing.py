"""`colporteur queue`: what is on its way, the brakes, and who got what was stopped."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import Context
from bot.cli.show import AsJson, json_out, say, table
from bot.cli.wiring import SystemClock, settings_of
from bot.config import Config
from bot.errors import ConfigError
from bot.model import SendState
from bot.rosters import table as csv_table
from bot.store import SqlStore

__all__ = ("queue",)

_COLUMNS = (
    *("ref", "list", "kind", "subject", "recipients", "accepted", "remaining"),
    *("paused", "leave_at"),
)
_ACTIONS = ("list", "pause", "resume", "cancel", "resend")


def queue(
    context: typer.Context,
    action: Annotated[
        str, typer.Argument(help="list, pause, resume, cancel or resend")
    ] = "list",
    ref: Annotated[
        str,
        typer.Argument(
            help="the send's REF (see: colporteur queue); pause and resume without"
            " it: everything"
        ),
    ] = "",
    *,
    served: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="cancel: write who has it, as CSV."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the sends; pause, resume or cancel them before their next batch.

    resend: send a post that was cancelled or refused to those who haven't got it.
    """
    if action not in _ACTIONS:
        expected = "list, pause, resume, cancel or resend"
        raise ConfigError(f"queue {action}: expected {expected}")
    start: Context = context.obj
    config = start.config()
    store = start.store(config, read_only=action == "list", beside=action != "list")
    try:
        if action == "list":
            _list(store, config, as_json=as_json)
            return
        if served is not None:
            _written(served, "", "a")  # before anything is done
        told = _done(store, config, action, ref)
        if served is not None:
            _write_served(store, ref, served)
        if as_json:
            json_out(told)
        else:
            say(str(told["told"]))
    finally:
        store.close()


def _list(store: SqlStore, config: Config, *, as_json: bool) -> None:
    rows = [_row(send) for send in store.sends(unfinished=True)]
    if as_json:
        json_out(rows)
    else:
        table(_COLUMNS, rows, config.mailbox.timezone)


def _row(send: SendState) -> dict[str, object]:
    return {
        "ref": send.ref,
        "list": send.list_name,
        "kind": send.kind,
        "subject": send.subject,
        "recipients": send.recipients,
        "accepted": send.accepted,
        "refused": send.refused,
        "remaining": send.waiting + send.in_flight,
        "paused": send.paused,
        "leave_at": send.leave_at,
        "created_at": send.created_at,
    }


def _done(
    store: SqlStore, config: Config, action: str, ref: str
) -> Mapping[str, object]:
    """Do it; give what is told about it."""
    if not ref and action in {"cancel", "resend"}:
        raise ConfigError(f"queue {action}: expected the REF of a send")
    if action == "resend":
        return _resend(store, config, ref)
    if action == "cancel":
        return _cancel(store, ref)
    return _brake(store, ref, paused=action == "pause")


def _brake(store: SqlStore, ref: str, *, paused: bool) -> Mapping[str, object]:
    with store.transaction():
        send = _unfinished(store, ref) if ref else None
        store.pause_sends(send.id if send else None, paused=paused)
        if not paused and send is None:
            store.note("blocked_until", "")
        told = _braked(store, send, paused=paused)
    return {"ref": ref.lower() or None, "paused": paused, "told": told}


def _braked(store: SqlStore, send: SendState | None, *, paused: bool) -> str:
    """Say what a brake did; what was paused by itself stays so without its REF."""
    if send is not None:
        does = "paused" if paused else "goes on"
        return f"{send.ref}: {does}; {send.accepted} of {send.recipients} have it"
    if paused:
        return "everything: paused"
    still = [one.ref for one in store.sends(unfinished=True) if one.paused]
    if not still:
        return "sending goes on"
    return (
        f"sending goes on; still paused by themselves: {', '.join(still)}"
        f" (colporteur queue resume {still[0]})"
    )


def _cancel(store: SqlStore, ref: str) -> Mapping[str, object]:
    with store.transaction():
        send = _unfinished(store, ref)
        count = store.cancel_send(send.id, SystemClock().now())
        send = store.send(send.id) or send
        served = store.served(send.id)
    told = f"{send.ref}: cancelled for {count} recipient(s); {send.accepted} have it"
    if send.in_flight:
        told += f", {send.in_flight} are just being written to"
    return {
        "ref": send.ref,
        "recipients": send.recipients,
        "cancelled": count,
        "accepted": send.accepted,
        "in_flight": send.in_flight,
        "served": [{"email": str(who), "name": name} for who, name in served],
        "told": told,
    }


def _resend(store: SqlStore, config: Config, ref: str) -> Mapping[str, object]:
    now, settings = SystemClock().now(), settings_of(config, store)
    with store.transaction():
        send = next(
            (one for one in store.stopped_posts(now) if one.ref == ref.lower()), None
        )
        if send is None or send.list_name not in settings.lists:
            raise ConfigError(
                f"no post {ref!r} was cancelled or refused in 30 days;"
                " see: colporteur queue"
            )
        reach = settings.reached_by(send.list_name)
        new = store.send(store.send_rest(send.id, reach, now))
    if new is None:
        raise ConfigError(f"{send.ref}: nobody is left who has not got it")
    told = f"{new.ref}: goes to {new.recipients} who had not got {send.ref}"
    return {"ref": new.ref, "recipients": new.recipients, "told": told}


def _written(path: Path, text: str, mode: str) -> None:
    """Write a file.

    Raises:
        ConfigError: it can't be written.
    """
    try:
        with path.open(mode, encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"--served {path}: {error.strerror}") from error


def _write_served(store: SqlStore, ref: str, path: Path) -> None:
    send = next(
        (one for one in store.sends(unfinished=False) if one.ref == ref.lower()), None
    )
    if send is None:
        raise ConfigError("--served: expected the REF of a send")
    rows = ((str(who), name) for who, name in store.served(send.id))
    _written(path, csv_table(("email", "name"), rows), "w")


def _unfinished(store: SqlStore, ref: str) -> SendState:
    """Find what has not ended.

    Raises:
        ConfigError: there is no such send, or it is over.
    """
    for send in store.sends(unfinished=False):
        if send.ref != ref.lower():
            continue
        if send.finished_at is None:
            return send
        end = send.stopped or "finished"
        raise ConfigError(f"{send.ref} is {end}: {send.accepted} have it")
    raise ConfigError(f"there is no send {ref!r}; see: colporteur queue")
