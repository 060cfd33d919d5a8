"""The text of the file: a line a record, and a checksum that tells an edit by hand.

Records stay encoded, each as its line: a record is decoded when somebody asks for it,
and encoded when it changes. With 30,000 of them that is the difference between
milliseconds and a second for each poll, and of a hundred megabytes.
"""

import json
from collections.abc import Iterator, MutableMapping
from hashlib import sha256
from itertools import islice
from typing import Any, BinaryIO, Final

from bot.bounce_log.records import Record, are_records

__all__: Final = ("BROKEN", "TABLE", "Asides", "Lines", "read", "written")

TABLE: Final = "bounces"
BROKEN: Final = "bounces.json.broken-"  # begins the names of files set aside
_CHECKSUM: Final = "checksum"
_ASIDES: Final = "set_aside"

_HEAD: Final = f'{{"{TABLE}": {{\n'.encode()
_END: Final = b"},\n"  # of the records
_BETWEEN: Final = b",\n"
_AT_ONCE: Final = 1000  # lines
_SUMS: Final = 1 << 128

# Files set aside that nobody was told of, by name: TinyDB's shape of a table.
Asides = dict[str, dict[str, str]]


class Lines(MutableMapping[str, Record]):
    """Records by address key; what is given out is a copy.

    The checksum is the sum of the hashes of all lines: a change costs no more than
    its own line, whatever the size of the file.
    """

    def __init__(self) -> None:
        self._lines: dict[str, bytes] = {}
        self._sum = 0
        self.changed = False

    @property
    def checksum(self) -> str:
        """Tell these records from any other ones."""
        return f"{self._sum:032x}"

    def __getitem__(self, name: str) -> Record:
        found: dict[str, Record] = json.loads(b"{" + self._lines[name] + b"}")
        return found[name]

    def __setitem__(self, name: str, record: Record) -> None:
        line = _encoded(name, record)
        if line != self._lines.get(name):
            self.take(name, line)
            self.changed = True

    def take(self, name: str, line: bytes) -> None:
        """Keep a record by its line, as it was read."""
        self._sum = (self._sum + _hash(line) - self._hash_of(name)) % _SUMS
        self._lines[name] = line

    def __delitem__(self, name: str) -> None:
        self._sum = (self._sum - self._hash_of(name)) % _SUMS
        del self._lines[name]
        self.changed = True

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def encoded(self) -> Iterator[bytes]:
        """Give the lines, a thousand at a time: never the whole file at once."""
        lines, before = iter(self._lines.values()), b""
        while some := _BETWEEN.join(islice(lines, _AT_ONCE)):
            yield before + some
            before = _BETWEEN

    def _hash_of(self, name: str) -> int:
        line = self._lines.get(name)
        return 0 if line is None else _hash(line)


def _encoded(name: str, record: Record) -> bytes:
    both = f" {json.dumps(name, ensure_ascii=False)}: "
    both += json.dumps(record, ensure_ascii=False)
    # Servers say things that are no UTF-8; as \udcXX they stay what they were.
    return both.encode("utf-8", "backslashreplace")


def _hash(line: bytes) -> int:
    return int.from_bytes(sha256(line).digest()[:16])


def written(lines: Lines, asides: Asides) -> Iterator[bytes]:
    """Give the text of a file."""
    yield _HEAD
    yield from lines.encoded()
    yield b"\n" + _END + _tail(lines, asides)


def _tail(lines: Lines, asides: Asides) -> bytes:
    tables: dict[str, object] = {_CHECKSUM: _sums(lines)}
    if asides:
        tables[_ASIDES] = asides
    return f"{json.dumps(tables, ensure_ascii=False)[1:]}\n".encode()


def read(file: BinaryIO) -> tuple[Lines, Asides]:
    """Read a file: records, and files set aside that nobody was told of.

    Raises:
        ValueError: it is damaged, or somebody edited it: no JSON, another shape, or
            other records than its checksum says. A file without a checksum is taken
            as it is; those of the first version had none.
    """
    found = _as_written(file)
    if found is None:
        file.seek(0)
        found = _as_json(file.read())
    return found


def _as_written(file: BinaryIO) -> tuple[Lines, Asides] | None:
    """Read a file of ours without decoding its records; None: it is none."""
    if file.readline() != _HEAD:
        return None
    lines, size = Lines(), len(_HEAD)
    try:
        for line in file:
            size += len(line)
            if line == _END:
                break
            one = line.removesuffix(b"\n").removesuffix(b",")
            lines.take(json.loads(one.partition(b'": {')[0] + b'"'), one)
        tail = file.read()
        asides = _asides(json.loads(b"{" + tail))
    except (ValueError, RecursionError):
        return None
    whole = sum(map(len, written(lines, asides))) == size + len(tail)
    return (lines, asides) if whole and tail == _tail(lines, asides) else None


def _as_json(content: bytes) -> tuple[Lines, Asides]:
    """Read a file that another version or another program wrote."""
    try:
        found = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(found, dict) or found.keys() - {TABLE, _CHECKSUM, _ASIDES}:
        raise ValueError("not the tables of a bounce log")
    records = found.get(TABLE, {})
    if not are_records(records):
        raise ValueError("not the records of a bounce log")
    lines = Lines()
    for name, record in records.items():
        lines.take(name, _encoded(name, record))
    if _CHECKSUM in found and found[_CHECKSUM] != _sums(lines):
        raise ValueError("other records than the checksum says")
    return lines, _asides(found)


def _asides(tables: dict[str, Any]) -> Asides:
    found = tables.get(_ASIDES, {})
    if not isinstance(found, dict) or not all(
        name.startswith(BROKEN) and "/" not in name for name in found
    ):
        raise ValueError("not the names of files set aside")
    return found


def _sums(lines: Lines) -> dict[str, Any]:
    return {TABLE: {"records": lines.checksum}}
