"""`colporteur status`: lists, outbox, quotas used, expected ends, last errors."""

import json
from datetime import UTC, datetime, timedelta

import typer

from bot import config as configuration
from bot.cli.context import Context
from bot.cli.show import AsJson, json_out, say, table
from bot.cli.wiring import settings_of, witness_of
from bot.config import Config
from bot.model import Limits, SendState
from bot.sending.limits import History, Plan, plan
from bot.store import SqlStore

__all__ = ("status",)


_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show lists, outbox, quotas, expected ends; works beside a running service."""
    start: Context = context.obj
    config = start.config()
    store = start.store(config, read_only=True)
    try:
        report = _report(config, store, datetime.now(UTC))
    finally:
        store.close()
    if as_json:
        json_out(report)
    else:
        _print_status(report)


def _report(config: Config, store: SqlStore, now: datetime) -> dict[str, object]:
    counts = store.counts()
    lists = [
        {
            "name": one.name,
            "kind": one.kind.value,
            **{
                key: counts.get(one.name, {}).get(key, 0)
                for key in ("members", "active", "suspended", "held")
            },
        }
        for one in settings_of(config, store).lists.values()
    ]
    states = ("ready", "sending", "doubtful", "deferred", "sent", "failed")
    return {
        "lists": lists,
        "held": sum(int(one["held"]) for one in lists),
        "outbox": {key: counts.get("outbox", {}).get(key, 0) for key in states},
        "sends": _sends(config, store, now),
        "limits": _limits(config, store, now),
        "bounces": {
            "addresses": _bouncing(config),
            "suspended": sum(int(one["suspended"]) for one in lists),
        },
        "last_poll": store.noted("last_poll") or None,
        "paused": store.everything_paused(),
        "errors": _errors(store, now),
    }


def _bouncing(config: Config) -> int:
    """Count the addresses in the log; a file that can't be read counts nothing."""
    try:
        text = (config.store.directory / "bounces.json").read_text("utf-8")
        return len(json.loads(text).get("bounces", {}))
    except (OSError, ValueError, AttributeError):
        return 0


def _errors(store: SqlStore, now: datetime) -> list[str]:
    errors = []
    if store.everything_paused():
        errors.append("everything is paused; to go on: colporteur queue resume")
    blocked = store.noted("blocked_until")
    if blocked and datetime.fromisoformat(blocked) > now:
        errors.append(f"nothing leaves until {blocked}: {store.noted('blocked_why')}")
    return errors


def _sends(config: Config, store: SqlStore, now: datetime) -> list[dict[str, object]]:
    queue = store.sends(unfinished=True)
    limits = configuration.limits_in_force(config, store.learnt_details())
    expected = plan(
        queue,
        limits,
        History(store.usage(now - _DAY)),
        now,
        config.mailbox.timezone,
        rider=1 if witness_of(config, store.learnt()) == "self" else 0,
    )
    return [
        {
            "ref": send.ref,
            "list": send.list_name,
            "kind": send.kind,
            "subject": send.subject,
            "recipients": send.recipients,
            "accepted": send.accepted,
            "refused": send.refused,
            "remaining": _remaining(send),
            "paused": send.paused,
            "eta": _eta(expected, send),
        }
        for send in queue
    ]


def _eta(expected: Plan, send: SendState) -> datetime | None:
    planned = expected.sends.get(send.id)
    return planned.end if planned else None


def _remaining(send: SendState) -> int:
    return send.ready + send.deferred + send.in_flight


def _limits(config: Config, store: SqlStore, now: datetime) -> dict[str, object]:
    learnt = store.learnt()
    in_force: Limits = configuration.limits_in_force(config, store.learnt_details())
    usage = store.usage(now - _DAY)
    hour = [one for one in usage if one.at > now - _HOUR]
    used = {
        "recipients_per_hour": sum(one.recipients for one in hour),
        "recipients_per_day": sum(one.recipients for one in usage),
        "messages_per_hour": sum(one.messages for one in hour),
        "messages_per_day": sum(one.messages for one in usage),
    }
    keys = ("recipients_per_message", *used)
    return {
        key: {
            "configured": getattr(config.limits, key),
            "learnt": int(learnt[key]) if key in learnt else None,
            "in_force": getattr(in_force, key) or None,
            "used": used.get(key),
        }
        for key in keys
    }


def _print_status(report: dict[str, object]) -> None:
    sections = (
        ("lists", ("name", "kind", "members", "active", "suspended", "held")),
        (
            "sends",
            ("ref", "list", "subject", "accepted", "refused", "remaining", "eta"),
        ),
    )
    for name, columns in sections:
        rows = report[name]
        if isinstance(rows, list) and rows:
            table(columns, rows)
            say("")
    for name in ("outbox", "limits"):
        values = report[name]
        if isinstance(values, dict):
            _print_values(name, values)
    say(f"last poll: {report['last_poll'] or 'never'}")
    errors = report["errors"]
    for error in errors if isinstance(errors, list) else []:
        say(f"! {error}")


def _print_values(name: str, values: dict[str, object]) -> None:
    for key, value in values.items():
        if isinstance(value, dict):
            told = " ".join(f"{k}={v}" for k, v in value.items() if v is not None)
            say(f"{name} {key}: {told}")
        else:
            say(f"{name} {key}: {value}")
