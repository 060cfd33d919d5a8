"""Workbooks: read where they are honest, refused where they would kill the process."""

import base64
import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ParseError
from bot.rosters import read
from bot.rosters.rectangles import ENDLESS, ods_cells, xlsx_cells

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def packed(parts: dict[str, str]) -> bytes:
    """Make a zip file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return made.getvalue()


def xlsx(*sheets: str) -> bytes:
    """Make a small workbook by hand."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATIONS}/worksheet"'
        f' Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r0"'
        f' Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{related}'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f"<sheets>{listed}</sheets></workbook>",
    }
    for n, cells in zip(numbers, sheets, strict=True):
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>'
        )
    return packed(parts)


def cell(where: str, text: str) -> str:
    """Make a cell of text."""
    return f'<c r="{where}" t="inlineStr"><is><t>{text}</t></is></c>'


TABLE = (
    f'<row r="3">{cell("B3", "Nom")}{cell("C3", "E-mail")}{cell("D3", "Tel")}</row>'
    f'<row r="5">{cell("B5", "Anne Martin")}{cell("C5", "anne@example.org")}'
    '<c r="D5"><v>33612345678</v></c></row>'
    f'<row r="6">{cell("B6", "Bob")}</row>'
)


def test_the_first_sheet_with_an_address_is_read() -> None:
    """Instructions often come first. Rows count as Excel shows them."""
    sheet = read(xlsx(f'<row r="1">{cell("A1", "Lisez-moi")}</row>', TABLE))

    (anne,) = sheet.entries
    assert (anne.line, str(anne.address), anne.name) == (
        5,
        "anne@example.org",
        "Anne Martin",
    )
    assert anne.phone == "33612345678"
    assert [(one.line, one.reason) for one in sheet.refused] == [(6, "no-address")]
    assert sheet.form == "xlsx"


def test_a_workbook_without_people_tells_its_rows() -> None:
    """Nothing is dropped without a word."""
    sheet = read(xlsx(f'<row r="1">{cell("A1", "Lisez-moi")}</row>'))

    assert [(one.line, one.text) for one in sheet.refused] == [(1, "Lisez-moi")]


def test_a_workbook_of_excel_97_is_refused_with_advice() -> None:
    """Its reader could be made to end the whole process with one byte."""
    with pytest.raises(ParseError, match="save it as"):
        read(base64.b64decode("0M8R4KGxGuE=") + bytes(2000))


def test_a_workbook_of_libreoffice() -> None:
    """It writes the empty rest of the sheet as cells repeated a million times."""
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:'
        'office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
        '<office:spreadsheet><table:table table:name="S"><table:table-row>'
        '<table:table-cell office:value-type="string"><text:p>anne@example.org</text:p>'
        '</table:table-cell><table:table-cell table:number-columns-repeated="16383"/>'
        '</table:table-row><table:table-row table:number-rows-repeated="1048575">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"

    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    parts = {"mimetype": mimetype, "content.xml": content}

    sheet = read(packed({**parts, "META-INF/manifest.xml": manifest}))

    assert [str(e.address) for e in sheet.entries] == ["anne@example.org"]


FAR = f'<row r="1">{cell("A1", "a@x.fr")}</row><row>{cell("XFD1048576", "x")}</row>'
HIDDEN = f'<!-- <c a=" --><row r="1">{cell("A1", "a@x.fr")}</row>'


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf \r\n", "empty", id="blank"),
        pytest.param(b"%PDF-1.7 a@x.fr", "PDF", id="pdf"),
        pytest.param(b"\x89PNG\r\n", "image", id="png"),
        pytest.param(b"{\\rtf1", "RTF", id="rtf"),
        pytest.param(b"<html><td>a@x.fr", "web page", id="html-called-xls"),
        pytest.param(b"a@x.fr\x00\x01", "no text", id="binary"),
        pytest.param(packed({"word/document.xml": "<a/>"}), "no workbook", id="docx"),
        pytest.param(packed({"xl/workbook.bin": ""}), "xlsb", id="xlsb"),
        pytest.param(xlsx(TABLE)[:900], "unpacked", id="cut"),
        pytest.param(packed({"xl/workbook.xml": "<"}), "read", id="damaged"),
        pytest.param(packed({"content.xml": "\x01"}), "protected", id="ods-protected"),
        pytest.param(xlsx(), "no sheet", id="no-sheet"),
        pytest.param(xlsx(FAR), "too large", id="cell-far-away"),
        pytest.param(xlsx(HIDDEN), "too large", id="comment"),
        pytest.param(packed({"xl/workbook.xml": "x" * 210_000_000}), "MB", id="bomb"),
    ],
)
def test_what_is_no_roster_says_what_to_do(raw: bytes, says: str) -> None:
    """The message goes back to whoever sent the file."""
    with pytest.raises(ParseError, match=says):
        read(raw)


@settings(deadline=None)
@given(st.integers(0, len(TABLE)), st.text(alphabet='<>/"rc19 A', max_size=5))
def test_damaged_sheets_give_a_sheet_or_a_parse_error(at: int, new: str) -> None:
    """Whatever calamine says to a damaged sheet is told in our words."""
    damaged = TABLE[:at] + new + TABLE[at + 1 :]

    with suppress(ParseError):
        read(xlsx(damaged))


@pytest.mark.parametrize(
    ("xml", "cells"),
    [
        (b'<row r="2"><c r="C2"><v>1</v></c><c r="Z2" s="1"/></row>', 6),
        (b"<row><c><v>1</v></c><c><v>1</v></c></row><row><c><v>1</v></c></row>", 4),
        (b"<x:row r='9'><x:c r='AA9'><x:v/></x:c></x:row>", 243),
        (b'<row r="1"><c s=">" r="B1"><v/></c></row>', 2),
        (b'<row r="1"><c r="&#65;1"><v/></c></row>', ENDLESS),
        (b'<?xml?><?xml?><row r="1"/>', ENDLESS),
    ],
)
def test_sheets_are_measured(xml: bytes, cells: int) -> None:
    """The rectangle is what calamine will hold; empty cells are none."""
    assert xlsx_cells(xml) == cells


@pytest.mark.parametrize(
    ("xml", "cells"),
    [
        (
            (
                b'<table:table><table:table-row table:number-rows-repeated="3">'
                b'<table:table-cell table:number-columns-repeated="5">x'
                b"</table:table-cell></table:table-row></table:table>"
            ),
            15,
        ),
        (b'<table:table-row table:number-rows-repeated="&#57;"/>', ENDLESS),
    ],
)
def test_sheets_of_libreoffice_are_measured(xml: bytes, cells: int) -> None:
    """Repeated cells are held one by one."""
    assert ods_cells(xml) == cells


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        pytest.param(
            {
                "xl/workbook.xml": "<x/>",
                "xl/worksheets/sheet1.xml": "<sheetData>" + "<x>" * 5_000_001,
            },
            "too large",
            id="millions-of-tags",
        ),
        pytest.param(
            {"content.xml": "<a>" + "<x>" * 5_000_001},
            "too large",
            id="millions-of-tags-of-libreoffice",
        ),
        pytest.param(
            {"xl/workbook.xml": "<x/>", "xl/media/a.png": " " * (41 * 2**20)},
            "40 MB",
            id="unpacked",
        ),
    ],
)
def test_a_workbook_that_unpacks_without_end_is_refused(
    parts: dict[str, str], says: str
) -> None:
    """A few kilobytes of a stranger's took the service minutes and its memory."""
    raw = packed(parts)

    assert len(raw) < 200_000
    with pytest.raises(ParseError, match=says):
        read(raw)
