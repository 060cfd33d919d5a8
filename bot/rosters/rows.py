"""Text of a spreadsheet → rows, each with the line where it begins.

The standard reader does the cells, one row at a time, because a quote that is
never closed would swallow all the rows behind it: such a line is read as it stands.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from bot.rosters.columns import columns_of

__all__: Final = ("COLUMNS_MAX", "Row", "delimiter_of", "lines_of", "rows_of")

Row = tuple[int, Sequence[str]]

# Columns behind these hold no people.
COLUMNS_MAX: Final = 300
DELIMITERS: Final = ";\t,"
# Lines looked at before the delimiter is chosen.
_SAMPLE = 40
# A cell with more lines than that is a quote somebody forgot to close.
_CELL_LINES_MAX = 100
# Excel's own hint, on a line before all others: sep=;
_HINT: Final = "sep="


def lines_of(text: str) -> list[str]:
    """Split at the line ends of Windows, Unix and old Macs, at nothing else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def delimiter_of(lines: Sequence[str]) -> str:
    """Find the delimiter; empty where the lines have but one column."""
    hint = lines[0].strip().lower() if lines else ""
    if hint.startswith(_HINT) and hint[len(_HINT) :] in DELIMITERS:
        return hint[len(_HINT) :] or "\t"
    sample = list(islice((line for line in lines if line.strip()), _SAMPLE))
    best = max(DELIMITERS, key=lambda one: _fitness(one, sample))
    return best if _fitness(best, sample) > (0, 0, 0) else ""


def _fitness(delimiter: str, sample: Sequence[str]) -> tuple[int, int, int]:
    """Say how well it splits: known headings, lines with the same count, lines."""
    counts = [_outside_quotes(line).count(delimiter) for line in sample]
    split = [count for count in counts if count]
    if not split:
        return 0, 0, 0
    headings = 0
    for line in sample[:3]:
        found = columns_of(line.replace('"', "").split(delimiter, COLUMNS_MAX))
        if found and found.addresses and "@" not in line:
            known = (found.first, found.last, found.full, found.phones, found.groups)
            headings = max(headings, 1 + sum(map(bool, known)))
    return headings, max(map(split.count, set(split))), len(split)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def rows_of(lines: Sequence[str], delimiter: str) -> Iterator[Row]:
    """Give each row with its number; a quoted cell may run over several lines."""
    at = 0
    if lines and lines[0].strip().lower().startswith(_HINT) and "@" not in lines[0]:
        at = 1
    while at < len(lines):
        line = lines[at]
        if '"' not in line:
            yield at + 1, line.split(delimiter, COLUMNS_MAX)[:COLUMNS_MAX]
            at += 1
            continue
        row, used = _quoted(lines, at, delimiter)
        yield at + 1, row[:COLUMNS_MAX]
        at += used


def _quoted(lines: Sequence[str], at: int, delimiter: str) -> tuple[list[str], int]:
    """Read the row that begins at a line; give also how many lines it takes."""
    source = (f"{line}\n" for line in lines[at : at + _CELL_LINES_MAX])
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    try:
        row = next(reader)
    except (csv.Error, StopIteration):
        return _as_it_stands(lines[at], delimiter), 1
    if reader.line_num > 1 and _swallows(row, delimiter):
        return _as_it_stands(lines[at], delimiter), 1
    return row, reader.line_num


def _swallows(row: Sequence[str], delimiter: str) -> bool:
    """Whether a cell holds what looks like further rows of the same table."""
    return any(
        "@" in line and len(line.split(delimiter)) == len(row)
        for cell in row
        for line in cell.split("\n")[1:]
    )


def _as_it_stands(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(delimiter)]
