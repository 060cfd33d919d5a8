"""The file: read, replaced as a whole, shared by processes, set aside when damaged.

TinyDB's own storage writes over the old file; ours writes a new one beside it and
renames, so a crash leaves the old file or the new one.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tinydb import Storage
from tinydb.table import Table

from bot.bounce_log.lines import BROKEN, TABLE, Asides, Lines, read, written
from bot.bounce_log.records import Record, in_iso
from bot.errors import StoreError

__all__: Final = ("ByAddress", "FileStorage")

_UNFINISHED: Final = ".bounces-"
_LOCK: Final = "bounces.lock"
_LOOK_EVERY_SECONDS: Final = 0.01

# Tells one file from another: a new one has another inode, an edit another time.
_Stamp = tuple[int, int, int]


class ByAddress(Table):
    """Records named by an address instead of a number."""

    document_id_class: Any = str  # TinyDB's types know numbers only

    def put(self, name: str, record: Record) -> None:
        """Make or replace a record."""
        self._update_table(lambda table: table.update({name: record}))

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        """Change the records in place.

        TinyDB would copy the table before and after each change: for a whole list
        that bounces, the difference between a second and minutes.
        """
        tables: Any = self._storage.read()
        updater(tables[self.name])
        self.clear_cache()


class FileStorage(Storage):
    """The file in memory; what touches the disk wants the lock to be held.

    Args:
        path: of bounces.json.
        patience_seconds: how long to wait for another process.
    """

    def __init__(self, path: Path, patience_seconds: float) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._stamp: _Stamp | None = None
        self.lines = Lines()
        self.asides: Asides = {}
        self.asides_changed = False

    @property
    def changed(self) -> bool:
        """Whether there is something to write."""
        return self.lines.changed or self.asides_changed

    def read(self) -> dict[str, Any]:
        """Give TinyDB its table, which decodes a record when it is asked for."""
        return {TABLE: self.lines}

    def write(self, data: Any) -> None:  # noqa: ANN401 - TinyDB's own signature
        """Do nothing: `ByAddress` changes the records themselves; `save` writes."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out.

        The lock is a file of its own, since the log is replaced at each write; it is
        never removed, since somebody may be waiting for it.
        """
        handle = os.open(
            self._path.with_name(_LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            self._wait_for(handle)
            yield
        finally:
            os.close(handle)

    def _wait_for(self, handle: int) -> None:
        until = time.monotonic() + self._patience_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise StoreError(
                        f"another process holds {self._path} and does not let go;"
                        f" to see which: fuser -v {self._path.with_name(_LOCK)}"
                    ) from None
                time.sleep(_LOOK_EVERY_SECONDS)
            else:
                return

    def sweep(self) -> None:
        """Remove what a crash left; who holds the lock knows that nobody is writing."""
        for leftover in self._path.parent.glob(f"{_UNFINISHED}*"):
            leftover.unlink(missing_ok=True)

    def is_another(self) -> bool:
        """Whether the file on disk is not the one that was read or written last."""
        try:
            found = _stamp(self._path.stat())
        except FileNotFoundError:
            return self._stamp is not None
        return found != self._stamp

    def load(self, now: datetime) -> None:
        """Read the file; a damaged one is set aside, and the log is empty."""
        try:
            with self._path.open("rb") as file:
                stamp: _Stamp | None = _stamp(os.fstat(file.fileno()))
                try:
                    self.lines, self.asides = read(file)
                    self.asides_changed = False
                except ValueError:  # UnicodeDecodeError and JSONDecodeError are such
                    self._begin_anew(now)
        except FileNotFoundError:
            stamp, self.lines = None, Lines()
        self._stamp = stamp

    def _begin_anew(self, now: datetime) -> None:
        """Keep the damaged file under another name, and note that nobody knows it.

        The note goes into the new file, which replaces the damaged one: a crash
        before that finds the damaged one in its place, a crash after it finds the
        note.
        """
        name = self._set_aside(now).name
        self.lines = Lines()
        self.asides[name] = {"at": in_iso(now)}
        self.asides_changed = True

    def _set_aside(self, now: datetime) -> Path:
        """Give the damaged file a second name, which no other file has."""
        base = f"{BROKEN}{now.astimezone(UTC):%Y%m%dT%H%M%S}"
        for other in self._path.parent.glob(f"{BROKEN}*"):
            if other.samefile(self._path):
                return other  # we were killed before the new one was written
        found, number = self._path.with_name(base), 1
        while found.exists():
            number += 1
            found = self._path.with_name(f"{base}-{number}")
        try:
            found.hardlink_to(self._path)
        except OSError:  # some file systems have none, and some files aren't ours
            self._path.rename(found)
        return found

    def save(self) -> None:
        """Replace the file, durably."""
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=_UNFINISHED)
        try:
            with os.fdopen(handle, "wb", buffering=0) as file:
                for some in written(self.lines, self.asides):
                    _write_all(file.fileno(), some)
                os.fsync(file.fileno())
                Path(name).replace(self._path)
                self._stamp = _stamp(os.fstat(file.fileno()))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._make_name_durable()
        self.lines.changed = self.asides_changed = False

    def _make_name_durable(self) -> None:
        handle = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write_all(handle: int, content: bytes) -> None:
    """Write all of it: a disk that fills up takes a part before it refuses.

    Linux begins to bring to the disk what it is told that nobody will read, so that
    fsync finds less to do: a fifth of the time of a large file.
    """
    start = os.lseek(handle, 0, os.SEEK_CUR)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.posix_fadvise(handle, start, len(content), os.POSIX_FADV_DONTNEED)


def _stamp(found: os.stat_result) -> _Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size
