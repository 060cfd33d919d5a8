"""`colporteur limits`: what may leave, says who, and how much of it is used."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from bot import config as configuration
from bot.cli.context import Context
from bot.cli.show import AsJson, json_out, say, table
from bot.config import Config
from bot.cycle.lessons import MEMORY_NOTE
from bot.errors import ConfigError
from bot.model import Learnt, Limits, Usage
from bot.sending.growth import PACE
from bot.sending.lesson import REFUSED
from bot.store import SqlStore

__all__ = ("KEYS", "limits", "limits_report", "source_in_words")

KEYS: Final = (
    "recipients_per_message",
    "recipients_per_hour",
    "recipients_per_day",
    "messages_per_hour",
    "messages_per_day",
)
_COLUMNS: Final = ("limit", "in_force", "used", "from", "learnt_at", "words")
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def limits(
    context: typer.Context,
    action: Annotated[
        str, typer.Argument(help="list (to show them) or forget")
    ] = "list",
    key: Annotated[
        str, typer.Argument(help="which limit to forget, e.g. recipients_per_hour")
    ] = "",
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="forget: all that was learnt of limits.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the limits in force and where they come from; forget what was learnt."""
    start: Context = context.obj
    if action not in {"list", "forget"}:
        raise ConfigError(f"limits {action}: expected list or forget")
    if action == "forget" and bool(key) == everything:
        raise ConfigError("limits forget: expected the KEY of a limit, or --all")
    config = start.config()
    store = start.store(config, read_only=action == "list", beside=action != "list")
    try:
        if action == "forget":
            _forget(store, key)
        else:
            _list(config, store, as_json=as_json)
    finally:
        store.close()


def limits_report(
    config: Config, store: SqlStore, now: datetime
) -> dict[str, dict[str, object]]:
    """Tell of each limit: figures, where they come from, what is used now."""
    details = {one.key: one for one in store.learnt_details()}
    learnt = {key: one.value for key, one in details.items()}
    in_force = configuration.limits_in_force(config, tuple(details.values()))
    used = _used(store.usage(now - _DAY), now)
    sources = configuration.limit_sources(config, learnt)
    report = {
        key: {
            "configured": getattr(config.limits, key),
            "learnt": int(learnt[key]) if key in learnt else None,
            "in_force": getattr(in_force, key) or None,
            "used": used.get(key),
            "source": _source(config, key, sources[key]),
            **_learning(details.get(key)),
        }
        for key in KEYS
    }
    return report | _pace(details.get(PACE), in_force)


def _pace(learnt: Learnt | None, in_force: Limits) -> dict[str, dict[str, object]]:
    """Tell of the pace, which nobody configures, where one was learnt."""
    if learnt is None:
        return {}
    pace: dict[str, object] = {
        "configured": None,
        "learnt": int(learnt.value),
        "in_force": int(in_force.pace) or None,
        "used": None,
        "source": "learnt",
    }
    return {PACE: pace | _learning(learnt)}


def source_in_words(facts: Mapping[str, object]) -> str:
    """Say where a limit comes from: « learnt (said) », « provider »."""
    how = facts["how"] if facts["source"] == "learnt" else None
    return f"{facts['source']} ({how})" if how else str(facts["source"])


def _source(config: Config, key: str, source: str) -> str:
    """Tell the file's own figures from those that its provider fills in."""
    known = configuration.provider(config.mailbox.provider)
    filled = known.limits.get(key) if known else None
    if source == "configured" and filled == getattr(config.limits, key):
        return "provider"
    return source


def _learning(one: Learnt | None) -> dict[str, object]:
    return {
        "how": one.how if one else None,
        "learnt_at": one.at if one else None,
        "words": one.words if one else None,
    }


def _used(usage: tuple[Usage, ...], now: datetime) -> dict[str, int]:
    hour = [one for one in usage if one.at > now - _HOUR]
    return {
        "recipients_per_hour": sum(one.recipients for one in hour),
        "recipients_per_day": sum(one.recipients for one in usage),
        "messages_per_hour": sum(one.messages for one in hour),
        "messages_per_day": sum(one.messages for one in usage),
    }


def _list(config: Config, store: SqlStore, *, as_json: bool) -> None:
    report = limits_report(config, store, datetime.now(UTC))
    if as_json:
        json_out(report)
        return
    rows = [
        {"limit": key, "from": source_in_words(facts), **facts}
        for key, facts in report.items()
    ]
    table(_COLUMNS, rows, config.mailbox.timezone)


def _forget(store: SqlStore, key: str) -> None:
    with store.transaction():
        known = store.learnt()
        names = (*KEYS, PACE)
        if key and key not in names:
            raise ConfigError(
                f"limits forget {key}: there is no such limit; there are"
                f" {', '.join(names)}"
            )
        forgotten = [one for one in ([key] if key else names) if one in known]
        for one in [key] if key else names:
            store.unlearn(one)
            store.unlearn(one + REFUSED)
        if forgotten:  # with what was remembered of refusals, growth begins anew
            store.note(MEMORY_NOTE, "")
    for one in forgotten:
        say(f"{one}: {known[one]} is forgotten")
    if not forgotten:
        say(f"nothing was learnt{f' of {key}' if key else ''}")
