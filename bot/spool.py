"""Messages as files, each named by the SHA-256 of its bytes.

A file is complete or not there: it is written under another name, made durable,
then renamed. Nothing is ever changed, so equal messages share a file.
"""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from bot.errors import StoreError

__all__: Final = ("FileSpool",)

_NAME: Final = re.compile(r"[0-9a-f]{64}")
_UNFINISHED: Final = ".new-"
# Above that, reading everything only to compare it would take too long.
_VERIFIED_MAX: Final = 50 * 1024 * 1024


class FileSpool:
    """A folder of messages; only one process may write to it.

    Raises:
        StoreError: the folder can't be made or read.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with _explained(directory):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for leftover in directory.glob(f"{_UNFINISHED}*"):
                leftover.unlink(missing_ok=True)

    def add(self, raw: bytes) -> str:
        """Keep a message, durable when this returns; give its name.

        Raises:
            StoreError: it can't be written; nothing is left behind.
        """
        return self.add_parts((raw,))

    def add_parts(self, parts: Iterable[bytes]) -> str:
        """Keep a message made of parts, without having it in memory at once.

        Raises:
            StoreError: it can't be written; nothing is left behind.
        """
        digest = sha256()
        with _explained(self._directory):
            handle, name = tempfile.mkstemp(dir=self._directory, prefix=_UNFINISHED)
            unfinished = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    for part in parts:
                        digest.update(part)
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(self._directory / digest.hexdigest())
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
            self._make_names_durable()
        return digest.hexdigest()

    def _make_names_durable(self) -> None:
        handle = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def read(self, sha256: str) -> bytes:
        """Give a message back.

        Raises:
            StoreError: it is not there, or was damaged on the disk.
        """
        path = self._path(sha256)
        with _explained(path):
            raw = path.read_bytes()
        if len(raw) <= _VERIFIED_MAX and _digest(raw) != sha256:
            raise StoreError(
                f"{path} is damaged: its content doesn't match its name;"
                " check the disk, and restore the file from a backup"
            )
        return raw

    def sweep(self, needed: frozenset[str], older_than: datetime) -> int:
        """Remove what no row needs; give the number of files removed.

        Raises:
            StoreError: the folder can't be read or written.
        """
        removed = 0
        with _explained(self._directory):
            for entry in os.scandir(self._directory):
                if not _NAME.fullmatch(entry.name) or entry.name in needed:
                    continue
                if entry.stat().st_mtime < older_than.timestamp():
                    Path(entry.path).unlink(missing_ok=True)
                    removed += 1
        return removed

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StoreError(f"{name!r} is no name of a message in the spool")
        return self._directory / name


def _digest(raw: bytes) -> str:
    return sha256(raw).hexdigest()


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror or error}; check the disk and the owner of"
            " the folder"
        ) from error
