"""Rows of a table → people, with headings or without.

Rule for editors: every row that isn't empty ends in the gathering, as an entry or
refused. Only the row of the headings is used up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.rosters.cells import (
    NAME_MAX,
    Found,
    address_in,
    groups_in,
    is_phone,
    language_in,
    name_in,
    one_line,
    phone_in,
)
from bot.rosters.columns import Columns, columns_of
from bot.rosters.people import Entry, Gathering
from bot.rosters.rows import Row

__all__: Final = ("headings_in", "is_empty", "person_of", "read_rows", "text_of")

# Titles and explanations that may stand above the headings.
_ROWS_ABOVE = 10
# Cells before the address that make up a name, each of them one word.
_NAME_CELLS_MAX = 3


def read_rows(rows: Iterable[Row], gathering: Gathering) -> None:
    """Read a table; its first row with headings says which column is what."""
    above: list[Row] = []
    columns: Columns | None = None
    source = iter(rows)
    for row in source:
        if is_empty(row[1]):
            continue
        columns = headings_in(row[1])
        if columns and columns.addresses:
            break
        above.append(row)
        if len(above) >= _ROWS_ABOVE or any("@" in cell for cell in row[1]):
            columns = None
            break
    if not (columns and columns.addresses) and above:
        columns = headings_in(above[0][1])
        above = above[1:] if columns else above
    for number, cells in _chained(above, source):
        if not is_empty(cells):
            _take(number, cells, columns, gathering)


def _chained(above: Iterable[Row], source: Iterable[Row]) -> Iterable[Row]:
    yield from above
    yield from source


def headings_in(cells: Sequence[str]) -> Columns | None:
    """Read a row as headings; none where it has an address, or no known word."""
    if any("@" in cell.strip(" @") for cell in cells):
        return None
    return columns_of(cells)


def is_empty(cells: Sequence[str]) -> bool:
    """Whether a row has neither letter, digit nor @: blank, or a ruler."""
    return not any(one.isalnum() or one == "@" for cell in cells for one in cell)


def text_of(cells: Iterable[str]) -> str:
    """Show a row on one line."""
    return "; ".join(line for cell in cells if (line := one_line(cell[:200])))


def _take(
    line: int, cells: Sequence[str], columns: Columns | None, gathering: Gathering
) -> None:
    if columns is None:
        entry, reason = person_of(line, cells)
    else:
        entry, reason = _person_by(columns, line, cells)
    if entry is None:
        gathering.refuse(line, text_of(cells), reason)
    elif not gathering.add(entry):
        gathering.refuse(line, text_of(cells), "twice")


def _person_by(
    columns: Columns, line: int, cells: Sequence[str]
) -> tuple[Entry | None, str]:
    where = columns.addresses or range(len(cells))
    _, found, reason = _address_among(cells, where)
    if found is None or found.address is None:
        return None, reason
    numbers = (phone_in(_cell(cells, i)) for i in columns.phone_order(cells))
    entry = Entry(
        line,
        found.address,
        _name_by(columns, cells) or found.name,
        next(filter(None, numbers), ""),
        groups_in("\n".join(_cell(cells, i) for i in columns.groups)),
        next((language_in(_cell(cells, i)) for i in columns.language), ""),
    )
    return entry, ""


def _address_among(
    cells: Sequence[str], where: Iterable[int]
) -> tuple[int, Found | None, str]:
    """Find the first cell with an address; else say what is wrong."""
    reason = "no-address"
    for index in where:
        cell = _cell(cells, index)
        if "@" in cell:
            found = address_in(cell)
            if found.address:
                return index, found, ""
            reason = "bad-address"
    return -1, None, reason


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _first_name(cells: Sequence[str], where: Iterable[int]) -> str:
    return next(filter(None, (name_in(_cell(cells, i)) for i in where)), "")


def _name_by(columns: Columns, cells: Sequence[str]) -> str:
    first = _first_name(cells, columns.first)
    last = _first_name(cells, columns.last)
    if first and last:
        return name_in(f"{first} {last}")
    return _first_name(cells, columns.full) or first or last


def person_of(line: int, cells: Sequence[str]) -> tuple[Entry | None, str]:
    """Read a row without headings: an address, a name, a phone, then groups.

    Gives the person, or else the reason why there is none.
    """
    spot, found, reason = _address_among(cells, range(len(cells)))
    if found is None or found.address is None:
        return None, reason
    before, after = _texts(cells[:spot]), _texts(cells[spot + 1 :])
    others = [cell for i, cell in enumerate(cells) if i != spot]
    phone = next((phone_in(cell) for cell in others if is_phone(cell)), "")
    entry = Entry(line, found.address, found.name, phone)
    return _with_texts(entry, before, after), ""


def _texts(cells: Iterable[str]) -> list[str]:
    return [cell for cell in cells if name_in(cell)]


def _with_texts(entry: Entry, before: list[str], after: list[str]) -> Entry:
    """Tell name and groups apart, which only their order says."""
    name = entry.name
    if name and before and " " not in name:
        name = f"{name_in(before[-1])}, {name}"  # Martin, Anne <a@example.org>
    elif before and not name:
        name = _name_before(before)
    elif after and not name:
        name, after = name_in(after[0]), after[1:]
        if after and " " not in name and _is_last_name(name_in(after[0])):
            name, after = f"{name} {name_in(after[0])}", after[1:]
    language = next((one for cell in after if (one := language_in(cell))), "")
    groups = groups_in("\n".join(one for one in after if not language_in(one)))
    return replace(entry, name=name[:NAME_MAX], groups=groups, language=language)


def _name_before(texts: Sequence[str]) -> str:
    names = [name_in(text) for text in texts]
    if any(" " in name for name in names) or len(names) > _NAME_CELLS_MAX:
        return names[0]
    return " ".join(names)


def _is_last_name(word: str) -> bool:
    """Whether a cell behind a single first name goes on with it: `Anne;Martin`."""
    return " " not in word and word[:1].isupper()
