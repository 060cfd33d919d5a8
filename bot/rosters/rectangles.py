"""How many cells the rectangle around all cells of a sheet has, before it is read.

Whoever writes a sheet to do harm writes it so that this is read wrongly: what no
program writes (comments, a second declaration, a reference in another form) makes
a sheet endless here.
"""

import re
from typing import Final

from bot.errors import ParseError
from bot.rosters.compound import workbook_stream

__all__: Final = ("ENDLESS", "ods_cells", "xls_cells", "xlsx_cells")

ENDLESS: Final = 10**18

_ATTRIBUTES = rb"""((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>"""
_XLSX_TAG = re.compile(rb"<(?:\w+:)?(row|c)\b" + _ATTRIBUTES)
_XLSX_OPENS = re.compile(rb"<(?:\w+:)?(?:row|c)\b")
_REFERENCE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Z]{0,3})(\d{0,7})["']""")
_ANY_REFERENCE = re.compile(rb"(?:^|\s)r\s*=")
_ODS_TAG = re.compile(
    rb"<(table:table-row|table:(?:covered-)?table-cell|table:table)\b" + _ATTRIBUTES
)
_ODS_OPENS = re.compile(
    rb"<(?:table:table-row|table:(?:covered-)?table-cell|table:table)\b(?!-)"
)
_REPEATED = re.compile(rb"""number-(?:rows|columns)-repeated\s*=\s*["'](\d{1,7})["']""")


def _is_odd(xml: bytes) -> bool:
    """Whether there is something in it that could hide a cell."""
    return b"<!" in xml or b"\x00" in xml or xml.count(b"<?") > 1


def xlsx_cells(xml: bytes) -> int:
    """Measure a sheet of an .xlsx workbook (ECMA-376 part 1 §18.3.1.4)."""
    if _is_odd(xml):
        return ENDLESS
    rows = columns = row = column = tags = 0
    for tag in _XLSX_TAG.finditer(xml):
        tags += 1
        name, attributes = tag.groups()
        reference = _REFERENCE.search(attributes)
        if reference is None and _ANY_REFERENCE.search(attributes):
            return ENDLESS
        letters, number = reference.groups() if reference else (b"", b"")
        if name == b"row":
            row, column = int(number) if number else row + 1, 0
            continue
        row = int(number) if number else row
        column = _column(letters) if letters else column + 1
        if not attributes.rstrip().endswith(b"/"):
            rows, columns = max(rows, row), max(columns, column)
    return rows * columns if tags == len(_XLSX_OPENS.findall(xml)) else ENDLESS


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def ods_cells(xml: bytes) -> int:
    """Measure the sheets of an .ods workbook (OpenDocument part 3 §19.675)."""
    if _is_odd(xml):
        return ENDLESS
    size = rows = columns = row = column = tags = 0
    for tag in _ODS_TAG.finditer(xml):
        name, attributes = tag.groups()
        tags += 1
        repeated = _REPEATED.search(attributes)
        if (repeated is None) != (b"repeated" not in attributes):
            return ENDLESS
        times = int(repeated[1]) if repeated else 1
        if name.endswith(b":table"):
            size, rows, columns, row = max(size, rows * columns), 0, 0, 0
        elif name.endswith(b"-row"):
            row, column = row + times, 0
        else:
            column += times
            if not attributes.rstrip().endswith(b"/"):
                rows, columns = max(rows, row), max(columns, column)
    if tags != len(_ODS_OPENS.findall(xml)):
        return ENDLESS
    return max(size, rows * columns)


# ------------------------------------------------------------------------- .xls

# BIFF records that put something into a cell: row and column are their first words.
_BIFF_CELLS: Final = frozenset(
    {0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x00BD, 0x00D6, 0x00FD}
    | {0x0203, 0x0204, 0x0205, 0x0206, 0x027E, 0x0406}
)
_BIFF_BOF: Final = 0x0809
_BIFF_FILEPASS: Final = 0x002F
_BIFF_DIMENSIONS: Final = 0x0200
_BIFF_STRINGS: Final = 0x00FC


def xls_cells(raw: bytes) -> int:
    """Measure the sheets of an .xls workbook ([MS-XLS], in [MS-CFB]).

    Raises:
        ParseError: it holds no workbook, or one that is protected.
    """
    stream = workbook_stream(raw)
    at = size = rows = columns = 0
    while at + 4 <= len(stream):
        kind = int.from_bytes(stream[at : at + 2], "little")
        length = int.from_bytes(stream[at + 2 : at + 4], "little")
        if kind == _BIFF_FILEPASS:
            raise ParseError("the workbook is protected; save it without a password")
        if kind & 0xFF == _BIFF_BOF & 0xFF:
            size, rows, columns = max(size, rows * columns), 0, 0
        elif kind in _BIFF_CELLS and length >= 4:  # noqa: PLR2004 - two words
            rows = max(rows, 1 + int.from_bytes(stream[at + 4 : at + 6], "little"))
            column = int.from_bytes(stream[at + 6 : at + 8], "little")
            columns = max(columns, 1 + column, _last_column(kind, stream, at, length))
        size = max(size, _promised(kind, stream[at + 4 : at + 4 + length], len(stream)))
        at += 4 + length
    return max(size, rows * columns)


def _promised(kind: int, record: bytes, most: int) -> int:
    """Give what calamine makes room for because a record says so (DIMENSIONS, SST)."""
    if kind == _BIFF_STRINGS:
        return ENDLESS if int.from_bytes(record[4:8], "little") > most else 0
    if kind != _BIFF_DIMENSIONS:
        return 0
    wide = 4 if len(record) >= 14 else 2  # noqa: PLR2004 - BIFF8; two bytes before
    ends = [
        int.from_bytes(record[:wide], "little"),
        int.from_bytes(record[wide : 2 * wide], "little"),
        int.from_bytes(record[2 * wide : 2 * wide + 2], "little"),
        int.from_bytes(record[2 * wide + 2 : 2 * wide + 4], "little"),
    ]
    if len(record) < 2 * wide + 4 or ends[1] < ends[0] or ends[3] < ends[2]:
        return ENDLESS
    return (ends[1] - ends[0]) * (ends[3] - ends[2])


def _last_column(kind: int, stream: bytes, at: int, length: int) -> int:
    """Give how far a record with many cells reaches (MULRK)."""
    if kind != 0x00BD:  # noqa: PLR2004 - MULRK
        return 0
    return 1 + int.from_bytes(stream[at + 2 + length : at + 4 + length], "little")
