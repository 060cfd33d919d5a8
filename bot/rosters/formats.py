"""Which kind of file it is: by what is in it, and only then by its name.

People rename files, and mail programs call everything application/octet-stream.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from bot.errors import ParseError
from bot.rosters.cards import looks_like_cards, read_cards
from bot.rosters.charsets import decoded
from bot.rosters.ldif import looks_like_ldif, read_ldif
from bot.rosters.lines import read_lines
from bot.rosters.people import Gathering, Sheet
from bot.rosters.rows import delimiter_of, lines_of, rows_of
from bot.rosters.tables import headings_in, read_rows
from bot.rosters.workbooks import OLE, ZIP, read_workbook

__all__: Final = ("read",)

_BYTES_MAX = 50 * 2**20
_NO_ROSTERS: Final = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "an image or a recording"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file"),
    (b"Rar!", "a compressed file"),
)
_MARKUP: Final = ("<!doctype", "<html", "<?xml", "<table", "<meta", "<head")
_WANTED = "save the table as .xlsx or .csv and send that"
# A text has no control characters but tabs and line ends.
_CONTROLS: Final = frozenset(map(chr, range(32))) - set("\t\n\r\f\v\x1a\x1b\x1c\x1d")
_LOOKED_AT = 4000
# Lines looked at to see whether several people stand on one.
_SAMPLE = 200


def read(raw: bytes, name: str = "", content_type: str = "") -> Sheet:
    """Read a file of people, whatever it is.

    Args:
        raw: the file.
        name: its file name; used where the content says nothing.
        content_type: as declared, with or without parameters; used likewise.

    Raises:
        ParseError: nothing can be made of it; the message says what to do.
    """
    if len(raw) > _BYTES_MAX:
        raise ParseError(f"the file has more than {_BYTES_MAX // 2**20} MB; split it")
    if raw.startswith((ZIP, OLE)):
        return read_workbook(raw)
    for magic, what in _NO_ROSTERS:
        if raw.startswith(magic):
            raise ParseError(f"the file is {what}; {_WANTED}")
    text = _text(raw)
    kind = _declared(name, content_type)
    if kind == "vcard" or looks_like_cards(text):
        return read_cards(text)
    if kind == "ldif" or looks_like_ldif(text):
        return read_ldif(text)
    return _read_text(lines_of(text))


def _text(raw: bytes) -> str:
    text = decoded(raw)
    start = text[:_LOOKED_AT]
    if not text.strip("\ufeff\x00 \t\r\n"):
        raise ParseError("the file is empty; did it save?")
    if "\x00" in text or not _CONTROLS.isdisjoint(start):
        raise ParseError(f"the file is no text and no workbook; {_WANTED}")
    if start.lstrip().lower().startswith(_MARKUP):
        raise ParseError(f"the file is a web page or XML; {_WANTED}")
    return text


def _declared(name: str, content_type: str) -> str:
    """Say what name and type promise, where they are about address books."""
    kind = content_type.partition(";")[0].strip().lower()
    extension = name.lower().rpartition(".")[2].strip()
    if extension in {"vcf", "vcard"} or kind in {"text/vcard", "text/x-vcard"}:
        return "vcard"
    if extension in {"ldif", "ldi"} or kind in {"text/ldif", "text/x-ldif"}:
        return "ldif"
    return ""


def _read_text(lines: Sequence[str]) -> Sheet:
    delimiter = delimiter_of(lines)
    if _are_people_on_lines(lines, delimiter):
        return read_lines(lines)
    gathering = Gathering()
    read_rows(rows_of(lines, delimiter or ";"), gathering)
    return gathering.sheet("csv")


def _are_people_on_lines(lines: Sequence[str], delimiter: str) -> bool:
    """Whether it is no table: one column, or several people on one line."""
    sample = [line for line in islice(lines, _SAMPLE) if line.strip()]
    rows = [cells for _, cells in rows_of(sample, delimiter or ";")]
    if any(headings_in(cells) for cells in rows[:10]):
        return False
    return not delimiter or any(map(_is_crowded, rows))


def _is_crowded(cells: Sequence[str]) -> bool:
    """Whether a row is all addresses, or has several `Name <address>`."""
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) > 1 and all("@" in cell for cell in filled):
        return True
    return sum("@" in cell and "<" in cell for cell in filled) > 1
