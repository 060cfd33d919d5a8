"""Workbooks of Excel and LibreOffice → rows.

calamine holds a sheet as one rectangle and ends the whole process when that is
too large to hold. So a workbook is unpacked, measured and packed anew first: what
calamine reads is what was measured.
"""

import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from bot.errors import ParseError
from bot.rosters.people import ROWS_MAX, Gathering, Sheet
from bot.rosters.rectangles import ods_cells, xlsx_cells
from bot.rosters.rows import COLUMNS_MAX, Row
from bot.rosters.tables import read_rows

__all__: Final = ("OLE", "ZIP", "read_workbook")

ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# What a workbook may take when unpacked; one of 100,000 people takes 30 MB.
_UNPACKED_MAX = 40 * 2**20
# A million cells have four of them each.
_TAGS_MAX = 5_000_000
_PARTS_MAX = 2000
# Cells of the rectangle around all that is in a sheet; calamine takes 32 bytes each.
_CELLS_MAX = 4_000_000
_SHEETS_MAX = 50


def read_workbook(raw: bytes) -> Sheet:
    """Read the first sheet that has an address; else tell what the first one has.

    Raises:
        ParseError: no workbook, a damaged or a protected one, or one too large.
    """
    if not raw.startswith(ZIP):
        raise ParseError(
            "the workbook is in the old format (.xls), or protected; save it as .xlsx"
        )
    safe = _repacked(raw)
    first: Sheet | None = None
    for rows in _sheets(safe):
        gathering = Gathering()
        read_rows(rows, gathering)
        sheet = gathering.sheet("xlsx")
        if sheet.entries:
            return sheet
        first = first if first and first.refused else sheet
    if first is None:
        raise ParseError("the workbook has no sheet with cells")
    return first


def _sheets(raw: bytes) -> Iterator[list[Row]]:
    """Give the rows of each sheet."""
    from python_calamine import (  # noqa: PLC0415 - 5 MB that an idle service needn't hold
        CalamineWorkbook,
        PasswordError,
    )

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        for name in book.sheet_names[:_SHEETS_MAX]:
            yield _rows(book.get_sheet_by_name(name))
    except PasswordError as error:
        raise ParseError(
            "the workbook is protected by a password; save it without one"
        ) from error
    except (KeyboardInterrupt, SystemExit, GeneratorExit, ParseError):
        raise
    except BaseException as error:  # a panic in Rust is no Exception
        raise ParseError(
            "the workbook can't be read: it is damaged, or none; save it again as .xlsx"
        ) from error


def _rows(sheet: Any) -> list[Row]:  # noqa: ANN401 - chart sheets differ
    if sheet.start is None:
        return []
    above = sheet.start[0]
    rows = islice(sheet.iter_rows(), above + ROWS_MAX + 1)
    return [
        (number, [_text(cell) for cell in cells[:COLUMNS_MAX]])
        for number, cells in enumerate(rows, 1)
        if number > above
    ]


def _text(cell: object) -> str:
    """Write a cell as people see it: phone numbers come as 33612345678.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell if isinstance(cell, str) else str(cell)


def _repacked(raw: bytes) -> bytes:
    """Unpack and measure a zip file, and give it anew without its riddles."""
    packed = io.BytesIO()
    try:
        with (
            zipfile.ZipFile(io.BytesIO(raw)) as book,
            zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as anew,
        ):
            _check_parts(book)
            for part in book.infolist():
                if (
                    part.filename.endswith((".xml", ".rels"))
                    or "/" not in part.filename
                ):
                    content = book.read(part)
                    _check_cells(part.filename, content)
                    anew.writestr(zipfile.ZipInfo(part.filename), content)
    except ParseError:
        raise
    except Exception as error:
        raise ParseError(
            "the workbook can't be unpacked: it is damaged or protected; save it again"
        ) from error
    return packed.getvalue()


def _check_parts(book: zipfile.ZipFile) -> None:
    parts = book.infolist()
    names = {part.filename for part in parts}
    if len(parts) > _PARTS_MAX or len(names) < len(parts):
        raise ParseError("the zip file is no workbook")
    if "xl/workbook.bin" in names:
        raise ParseError("an .xlsb workbook can't be read; save it as .xlsx")
    if not {"xl/workbook.xml", "content.xml"} & names:
        raise ParseError(
            "the file is no workbook; put the people into a table and save it as"
            " .xlsx or .csv"
        )
    if sum(part.file_size for part in parts) > _UNPACKED_MAX:
        raise ParseError(
            f"the workbook has more than {_UNPACKED_MAX // 2**20} MB when unpacked;"
            " keep the table alone and save it as .csv"
        )


def _check_cells(name: str, content: bytes) -> None:
    cells = 0
    if content.count(b"<") > _TAGS_MAX:  # before anything looks at them one by one
        _check_size(_CELLS_MAX + 1)
    if name == "content.xml" and not content.startswith((b"<", b"\xef\xbb\xbf<")):
        raise ParseError("the workbook is protected or damaged; save it anew, open")
    if name == "content.xml":
        cells = ods_cells(content)
    elif b"sheetData" in content:
        cells = xlsx_cells(content)
    _check_size(cells)


def _check_size(cells: int) -> None:
    if cells > _CELLS_MAX:
        raise ParseError(
            "a sheet of the workbook is too large, or has a cell far from the others;"
            " keep the table alone and save it as .csv"
        )
