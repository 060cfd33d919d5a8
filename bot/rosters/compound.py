"""The file system inside an old Office file ([MS-CFB]), as far as we need it."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.errors import ParseError

__all__: Final = ("workbook_stream",)

_HEADER = 512
# Sector numbers from here on mean the end of a chain, or none.
_NO_SECTOR: Final = 0xFFFF_FFFA
_WORKBOOKS: Final = frozenset({"workbook", "book"})
_ENTRY = 128


def workbook_stream(raw: bytes) -> bytes:
    """Give the stream in which Excel up to 2003 keeps its sheets.

    Raises:
        ParseError: the file holds none, because it is something else, or damaged.
    """
    if len(raw) < _HEADER or raw[30] not in {9, 12}:
        raise ParseError("the workbook is damaged; save it again as .xlsx")
    sectors = _Sectors(raw)
    entries = list(_entries(sectors.chain(_number(raw, 48))))
    names = {name for name, _, _ in entries}
    for name, start, size in entries:
        if name in _WORKBOOKS:
            if size >= _number(raw, 56):
                return sectors.chain(start)[:size]
            return _small(sectors, entries[0][1], start)[:size]
    if "encryptedpackage" in names:
        raise ParseError("the workbook is protected by a password; save it without one")
    raise ParseError(
        "the file is no workbook; put the people into a table and save it as"
        " .xlsx or .csv"
    )


class _Sectors:
    """The sectors of a file, and the table that chains them."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.size = 1 << raw[30]
        self._next = self._table()

    def chain(self, start: int) -> bytes:
        """Give the bytes of a chain of sectors."""
        return b"".join(self.sector(number) for number in _chain(start, self._next))

    def sector(self, number: int) -> bytes:
        """Give one sector; empty where the file is too short."""
        at = (number + 1) * self.size
        return self.raw[at : at + self.size]

    def _table(self) -> Sequence[int]:
        """Read the table, whose own sectors the header and its chain list."""
        where = list(_numbers(self.raw[76:_HEADER]))
        more, left = _number(self.raw, 68), len(self.raw) // self.size
        while more < _NO_SECTOR and left > 0:
            *listed, more = _numbers(self.sector(more)) or [_NO_SECTOR]
            where += listed
            left -= 1
        used = [number for number in where if number < _NO_SECTOR]
        used = used[: len(self.raw) // self.size]
        return _numbers(b"".join(map(self.sector, used)))


def _small(sectors: _Sectors, root: int, start: int) -> bytes:
    """Give a short stream, kept in pieces of 64 bytes inside the root's stream."""
    pieces = sectors.chain(root)
    following = _numbers(sectors.chain(_number(sectors.raw, 60)))
    return b"".join(
        pieces[number * 64 : number * 64 + 64] for number in _chain(start, following)
    )


def _chain(start: int, following: Sequence[int]) -> Iterator[int]:
    """Follow a chain; a circle ends after as many steps as there are sectors."""
    for _ in following:
        if start >= len(following):
            return
        yield start
        start = following[start]


def _entries(directory: bytes) -> Iterator[tuple[str, int, int]]:
    """Give name, first sector and size of what is in the directory."""
    for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        entry = directory[at : at + _ENTRY]
        name = entry[: max(0, min(entry[64], 64) - 2)].decode("utf-16-le", "replace")
        yield name.casefold(), _number(entry, 116), _number(entry, 120)


def _number(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 4], "little")


def _numbers(raw: bytes) -> list[int]:
    return [_number(raw, at) for at in range(0, len(raw) - 3, 4)]
