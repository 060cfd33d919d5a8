"""`colporteur check`: would a `run` work?"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot import config as configuration
from bot.cli.context import Context
from bot.cli.show import complain, json_out, say
from bot.cli.wiring import mailbox_of, submission_of
from bot.config import Config
from bot.errors import BotError, MailboxError, SubmissionError

__all__ = ("check",)


def check(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the configuration and both servers; exit 0 only if a run would work."""
    start: Context = context.obj
    config = start.config()
    password = configuration.read_password(config, start.environ)
    report: dict[str, object] = {"config": str(config.path), "lists": len(config.lists)}
    failures: list[BotError] = []
    for name, look in (("imap", _look_imap), ("smtp", _look_smtp)):
        try:
            report[name] = {"ok": True, **look(config, password)}
        except (MailboxError, SubmissionError) as error:
            report[name] = {"ok": False, "error": str(error)}
            failures.append(error)
    report["limits"] = _limits(config)
    report["clock"] = datetime.now(UTC).isoformat(timespec="seconds")
    if as_json:
        json_out(report)
    else:
        _print(report)
    if failures:
        for other in failures[1:]:
            complain(other)
        raise failures[0]


_Look = Callable[[Config, str], dict[str, object]]


def _look_imap(config: Config, password: str) -> dict[str, object]:
    mailbox = mailbox_of(config, password)
    try:
        mailbox.open()
        facts = asdict(mailbox.describe())
        return {"server": f"{config.imap.host}:{config.imap.port}", **facts}
    finally:
        mailbox.close()


def _look_smtp(config: Config, password: str) -> dict[str, object]:
    submission = submission_of(config, password)
    try:
        submission.open()
        features = submission.features()
        return {
            "server": f"{config.smtp.host}:{config.smtp.port}",
            "features": sorted(features.keywords),
            "size_limit": features.size_limit or None,
        }
    finally:
        submission.close()


def _limits(config: Config) -> dict[str, object]:
    limits = configuration.limits(config, {})
    keys = (
        "recipients_per_message",
        "recipients_per_hour",
        "recipients_per_day",
        "messages_per_hour",
        "messages_per_day",
    )
    return {key: getattr(limits, key) or None for key in keys}


def _print(report: dict[str, object]) -> None:
    for name, value in report.items():
        if not isinstance(value, dict):
            say(f"{name}: {value}")
            continue
        say(f"{name}:")
        for key, one in value.items():
            told = (
                " ".join(str(x) for x in one) if isinstance(one, list | tuple) else one
            )
            say(f"  {key}: {'none known' if told is None else told}")
