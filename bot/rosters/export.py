"""The roster as a table that spreadsheets open, and that `read` takes back."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.model import Member
from bot.rosters.cells import one_line

__all__: Final = ("table", "to_csv")

_HEADER: Final = ("email", "name", "phone", "groups", "language", "state")
_FORMULA: Final = ("=", "+", "-", "@")
# French spreadsheets begin a cell at each semicolon, whatever the file says.
_FORMULA_INSIDE: Final = re.compile(r"([;,\t]\s*)(?=[=+\-@])")


def to_csv(members: Iterable[Member]) -> str:
    """Write members as CSV (RFC 4180): a header, then one row each."""
    rows = (
        (
            str(member.address),
            member.name,
            member.phone,
            _groups_of(member),
            member.language,
            member.state.value,
        )
        for member in members
    )
    return table(_HEADER, rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write rows as CSV; no cell is a formula, whoever wrote what stands in it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        writer.writerow(tuple(_harmless(one_line(cell)) for cell in row))
    return text.getvalue()


def _groups_of(member: Member) -> str:
    groups: tuple[str, ...] = getattr(member, "groups", ())
    return ", ".join(groups)


def _harmless(cell: str) -> str:
    """Keep spreadsheets from taking a cell for a formula."""
    cell = _FORMULA_INSIDE.sub(r"\1'", cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
