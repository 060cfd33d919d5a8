"""`colporteur explain`: what the bot would do with a mail, and by which rule."""

import dataclasses
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import config as configuration
from bot import identity
from bot import message as mail
from bot.actions import Action, Decision
from bot.cli.context import Context
from bot.cli.show import json_out, say
from bot.cli.wiring import settings_of
from bot.commands.answers import read as read_answer
from bot.commands.farewells import names_of
from bot.config import Config
from bot.cycle import understand
from bot.errors import ConfigError, ParseError
from bot.model import BounceEvent, Hit, Kind, Message, Settings, TokenState
from bot.sending.returned import ReplyTable
from bot.spool import FileSpool
from bot.store import SqlStore

__all__ = ("explain",)


def explain(
    context: typer.Context,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…|-", help="raw mails, or a directory")
    ],
    *,
    as_kind: Annotated[
        str, typer.Option("--as", help="answer: as if it answered a moderation request")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a mail.")
    ] = False,
) -> None:
    """Say what would be done with each mail; nothing is touched."""
    if as_kind not in {"", "answer"}:
        raise ConfigError(f"--as {as_kind}: expected answer")
    start: Context = context.obj
    config = start.config()
    with _books(start, config) as (settings, books):
        for name, raw in _mails(files):
            told = _explained(raw, settings, books, as_answer=as_kind == "answer")
            _tell({"file": name, **told}, as_json=as_json)


@contextmanager
def _books(
    start: Context, config: Config
) -> Iterator[tuple[Settings, tuple[SqlStore, FileSpool] | None]]:
    """Open the store for reading; there may be none yet."""
    if (
        not config.store.database.startswith("postgresql")
        and not (config.store.directory / "colporteur.db").exists()
    ):
        yield configuration.settings(config, bytes(32)), None
        return
    store = start.store(config, read_only=True)
    spool = config.store.directory / "spool"
    try:
        yield settings_of(config, store), (store, FileSpool(spool))
    finally:
        store.close()


def _mails(files: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for name in files:
        if name == "-":
            yield name, sys.stdin.buffer.read()
            continue
        path = Path(name)
        inside = sorted(one for one in path.rglob("*") if one.is_file())
        for one in inside if path.is_dir() else [path]:
            try:
                yield str(one), one.read_bytes()
            except OSError as error:
                raise ConfigError(f"{one}: {error.strerror}") from error


def _explained(
    raw: bytes,
    settings: Settings,
    books: tuple[SqlStore, FileSpool] | None,
    *,
    as_answer: bool,
) -> dict[str, object]:
    now = datetime.now(UTC)
    try:
        message = mail.read(raw, now)
    except ParseError as error:
        return _told(None, Decision(Kind.BROKEN, "unreadable"), settings, str(error))
    if as_answer:
        return _told(message, _as_answer(message), settings)
    replies = ReplyTable(configuration.reply_rules())
    decision = understand(message, settings, books, now, replies=replies)
    return _told(message, decision, settings)


def _as_answer(message: Message) -> Decision:
    author = message.author
    names = names_of(author.name, str(author.address)) if author else ()
    said = read_answer(message.typed, message.subject, names)
    facts = {**said._asdict(), "token": TokenState.NONE.value}
    return Decision(Kind.ANSWER, f"answer-{said.verdict}", answer=facts)


def _told(
    message: Message | None, decision: Decision, settings: Settings, error: str = ""
) -> dict[str, object]:
    answer = decision.answer
    return {
        "class": decision.kind.value,
        "list": decision.list_name or None,
        "sender": _sender(message, settings),
        "commands": [dict(one) for one in decision.commands],
        "answer": {
            "verdict": answer.get("verdict") or None,
            "reason": answer.get("reason") or None,
            "detail": answer.get("detail") or None,
            "token": answer.get("token") or TokenState.NONE.value,
        },
        "bounces": [
            {
                "address": str(event.address),
                "kind": event.kind,
                "status": event.status or None,
                "reason": event.reason,
                "diagnostic": event.diagnostic,
            }
            for event in decision.bounces
        ],
        "rule": decision.rule,
        "actions": [_action(one) for one in decision.actions],
        **({"error": error} if error else {}),
    }


def _sender(message: Message | None, settings: Settings) -> dict[str, object]:
    author = message.author if message else None
    proof = identity.proof(message, settings.trusted_authserv) if message else None
    return {
        "address": str(author.address) if author else None,
        "name": author.name if author else None,
        "authenticated": proof.value if proof else "none",
    }


def _action(action: Action) -> dict[str, object]:
    fields = {
        one.name: _plain(getattr(action, one.name))
        for one in dataclasses.fields(action)
    }
    return {"do": type(action).__name__, **fields}


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case tuple() | list() | frozenset():
            return [_plain(one) for one in value]
        case Hit() | BounceEvent():
            names = [one.name for one in dataclasses.fields(value)]
            return {name: _plain(getattr(value, name)) for name in names}
        case _:
            return str(value)


def _tell(told: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        json_out(told)
        return
    say(f"{told['file']}: {told['class']} (rule {told['rule']})")
    if "error" in told:
        say(f"  error: {told['error']}")
    for key in ("list", "sender", "commands", "answer", "bounces"):
        say(f"  {key}: {told[key]}")
    actions = told["actions"]
    for action in actions if isinstance(actions, list) else []:
        say(f"  would {action}")
