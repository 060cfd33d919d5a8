"""`colporteur status`: lists, outbox, quotas used, expected ends, last errors."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import typer
from rich.console import Console

from bot import config as configuration
from bot.cli.context import Context
from bot.cli.limits import limits_report, source_in_words
from bot.cli.progress import eta_of, moment, progress_line, show_progress, waits_of
from bot.cli.show import AsJson, cell, json_out, say, table
from bot.cli.wiring import settings_of, witness_of
from bot.config import Config
from bot.model import SendState
from bot.sending.limits import History, plan
from bot.store import SqlStore

__all__ = ("status",)

_DAY = timedelta(days=1)


def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show lists, outbox, quotas, expected ends; works beside a running service."""
    start: Context = context.obj
    config = start.config()
    store = start.store(config, read_only=True)
    try:
        now = datetime.now(UTC)
        report = _report(config, store, now)
    finally:
        store.close()
    if as_json:
        json_out(report)
    else:
        _print_status(report, now, config.mailbox.timezone)


def _report(config: Config, store: SqlStore, now: datetime) -> dict[str, Any]:
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
    addresses, suspended = store.count_bouncing()
    states = ("ready", "sending", "doubtful", "deferred", "sent", "failed")
    return {
        "lists": lists,
        "held": sum(int(one["held"]) for one in lists),
        "outbox": {key: counts.get("outbox", {}).get(key, 0) for key in states},
        "sends": _sends(config, store, now),
        "limits": limits_report(config, store, now),
        "bounces": {
            "addresses": addresses,
            "suspended": suspended,
        },
        "last_poll": store.noted("last_poll") or None,
        "paused": store.everything_paused(),
        "errors": _errors(store, now, config.mailbox.timezone),
    }


def _errors(store: SqlStore, now: datetime, timezone: tzinfo) -> list[str]:
    errors = []
    if store.everything_paused():
        errors.append("everything is paused; to go on: colporteur queue resume")
    blocked = _blocked_until(store)
    if blocked and blocked > now:
        until = moment(blocked, now, timezone)
        errors.append(f"nothing leaves until {until}: {store.noted('blocked_why')}")
    return errors


def _blocked_until(store: SqlStore) -> datetime | None:
    noted = store.noted("blocked_until")
    return datetime.fromisoformat(noted) if noted else None


def _sends(config: Config, store: SqlStore, now: datetime) -> list[dict[str, object]]:
    learnt = store.learnt()
    queue, paused = store.sends(unfinished=True), store.everything_paused()
    limits = configuration.limits_in_force(config, store.learnt_details())
    facts = (limits, History(store.usage(now - _DAY)))
    where = (now, config.mailbox.timezone)
    rider = 1 if witness_of(config, learnt) == "self" else 0
    blocked = _blocked_until(store)
    planned = plan(queue, *facts, *where, rider=rider, blocked_until=blocked).sends
    return [
        _row(
            send,
            eta_of(planned, send),
            waits_of(
                send,
                *facts,
                *where,
                rider=rider,
                blocked_until=blocked,
                paused=paused,
            ),
        )
        for send in queue
    ]


def _row(
    send: SendState,
    eta: datetime | None,
    waits: tuple[str | None, datetime | None],
) -> dict[str, object]:
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
        "eta": eta,
        "waits_for": waits[0],
        "waits_until": waits[1],
        "leave_at": send.leave_at,
    }


def _print_status(report: dict[str, Any], now: datetime, timezone: tzinfo) -> None:
    if report["lists"]:
        table(
            ("name", "kind", "members", "active", "suspended", "held"), report["lists"]
        )
        say("")
    _print_sends(report["sends"], now, timezone)
    for key, count in report["outbox"].items():
        say(f"outbox {key}: {count}")
    for key, facts in report["limits"].items():
        say(f"limit {key}: {_limit_in_words(facts, timezone)}")
    bounces = report["bounces"]
    say(f"bouncing addresses: {bounces['addresses']}")
    say(f"suspended: {bounces['suspended']}")
    polled = report["last_poll"]
    when = moment(datetime.fromisoformat(polled), now, timezone) if polled else "never"
    say(f"last poll: {when}")
    for error in report["errors"]:
        say(f"! {error}")


def _print_sends(
    sends: list[dict[str, object]], now: datetime, timezone: tzinfo
) -> None:
    """Show each send to many; letters are counted."""
    large = [one for one in sends if one["kind"] in {"post", "digest"}]
    lines = [progress_line(one, now, timezone) for one in large]
    show_progress(large, lines, Console())
    letters = len(sends) - len(large)
    if letters:
        say(f"{letters} letter{'s' if letters > 1 else ''} of our own")
    if sends:
        say("")


def _limit_in_words(facts: dict[str, object], timezone: tzinfo) -> str:
    """Write « 20, 12 used; learnt (said) 2026-11-28: 450 slow down »."""
    figure = facts["in_force"] if facts["in_force"] is not None else "no limit"
    used = f", {facts['used']} used" if facts["used"] is not None else ""
    told = f"{figure}{used}"
    if facts["source"] != "none":
        told += f"; {source_in_words(facts)}"
    at = facts["learnt_at"]
    if facts["source"] == "learnt" and isinstance(at, datetime):
        told += f" {at.astimezone(timezone):%Y-%m-%d}: {cell(facts['words'])}"
    return told
