"""How many cells the rectangle around all cells of a sheet has, before it is read.

Whoever writes a sheet to do harm writes it so that this is read wrongly: what no
program writes (comments, a second declaration, a reference in another form) makes
a sheet endless here.
"""

import re
from typing import Final

__all__: Final = ("ENDLESS", "ods_cells", "xlsx_cells")

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
