"""How things are shown: tables on a terminal, plain lines otherwise, JSON if asked."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ("AsJson", "cell", "complain", "json_out", "say", "table")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def json_out(value: object) -> None:
    """Print one JSON value on one line."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def say(text: str) -> None:
    """Print one line."""
    typer.echo(text)


def complain(error: Exception) -> None:
    """Print what went wrong, one problem a line, to standard error."""
    for line in str(error).splitlines() or [type(error).__name__]:
        typer.echo(f"colporteur: {line}", err=True)


def table(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, object]],
    timezone: tzinfo | None = None,
) -> None:
    """Print rows: a table on a terminal, tab-separated lines otherwise.

    Times are told in `timezone`, or else in that of the machine.
    """
    if not sys.stdout.isatty():
        for row in rows:
            typer.echo("\t".join(cell(row.get(column), timezone) for column in columns))
        return
    grid = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        # As text: a subject such as `[discuss] Hello` looks like markup.
        grid.add_row(*(Text(cell(row.get(column), timezone)) for column in columns))
    Console().print(grid)


def cell(value: object, timezone: tzinfo | None = None) -> str:
    """Write a value on one line, as it is safe to show on a terminal."""
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(timezone).strftime("%Y-%m-%d %H:%M")
        case bool():
            return "yes" if value else "no"
        case list() | tuple() | set() | frozenset():
            return " ".join(sorted(str(one) for one in value))
        case _:
            # A name or a subject comes from outside: no escape sequences.
            text = str(value).replace("\u00a0", " ")
            return "".join(c if c.isprintable() else "?" for c in text)
