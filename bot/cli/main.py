"""The commands and their exit status.

0 done · 1 failed · 2 configuration or usage · 3 a server can't be reached or
refuses the login · 4 another instance holds the store.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.cli import (
    bouncing,
    checking,
    explaining,
    holding,
    limits,
    listing,
    people,
    queueing,
    service,
    staging,
    status,
)
from bot.cli.context import Context
from bot.cli.show import complain
from bot.errors import (
    BotError,
    ConfigError,
    MailboxError,
    StoreLockedError,
    SubmissionError,
)

__all__ = ("app", "main")

_FAILED = 1
_USAGE = 2
_SERVER = 3
_LOCKED = 4
_INTERRUPTED = 130

app = typer.Typer(
    name="colporteur",
    help="Mailing lists from one ordinary mailbox: IMAP in, SMTP out, no mail server.",
    epilog=(
        "Examples: colporteur check · colporteur run · colporteur status --json ·"
        " colporteur members discuter import people.csv ·"
        " colporteur held approve k7fm2q"
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            help="The configuration file; else $COLPORTEUR_CONFIG, ./config.toml,"
            " /etc/colporteur/config.toml."
        ),
    ] = None,
    *,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Tell everything in the log.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Say which.")] = False,
) -> None:
    """Read what goes before the command."""
    if version:
        typer.echo(f"colporteur {__version__}")
        raise typer.Exit
    context.obj = Context(config, os.environ, Path.cwd(), verbose)


app.command("check")(checking.check)
app.command("run")(service.run)
app.command("status")(status.status)
app.command("lists")(listing.lists)
app.command("members")(people.members)
app.command("held")(holding.held)
app.command("queue")(queueing.queue)
app.command("bounces")(bouncing.bounces)
app.command("limits")(limits.limits)
app.command("explain")(explaining.explain)
app.command("demo")(staging.demo)


def hoisted(arguments: Sequence[str]) -> list[str]:
    """Put the global options first, wherever they were written."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest.extend([word, *words])
        elif word == "--config":
            front.extend([word, next(words, "")])
        elif word.startswith("--config=") or word in {"-v", "--verbose"}:
            front.append(word)
        else:
            rest.append(word)
    return [*front, *rest]


def main() -> None:
    """Run a command; end the process with its status."""
    sys.exit(_status(sys.argv[1:]))


def _status(arguments: Sequence[str]) -> int:
    try:
        result = app(args=hoisted(arguments), standalone_mode=False)
    except typer.Abort:
        return _INTERRUPTED
    except typer.TyperException as error:
        typer.echo(f"colporteur: {error.format_message()}; see --help", err=True)
        return _USAGE
    except BotError as error:
        complain(error)
        return _status_of(error)
    return result if isinstance(result, int) else 0


def _status_of(error: BotError) -> int:
    match error:
        case ConfigError():
            return _USAGE
        case MailboxError() | SubmissionError():
            return _SERVER
        case StoreLockedError():
            return _LOCKED
        case _:
            return _FAILED
