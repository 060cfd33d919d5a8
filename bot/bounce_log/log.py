"""The log itself: what happened since the last flush, put on top of the file."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from bot.bounce_log.lines import TABLE
from bot.bounce_log.records import in_iso, with_event
from bot.bounce_log.storage import ByAddress, FileStorage
from bot.errors import StoreError
from bot.model import BounceEvent

__all__: Final = ("BounceFile",)


def _now() -> datetime:
    return datetime.now(UTC)


class BounceFile:
    """The log of bounces in a file; safe to use from two threads and two processes.

    Another process may have written the file since we read it: `flush` reads it then,
    does again what was done here since the last flush, and writes. So the changes of
    both are in the file.

    A file that is damaged, or edited by hand, is never written over: it is set aside,
    `flush` names it, and a new one begins.

    Args:
        path: of bounces.json; its folder must exist.
        now: gives the time, which names a file that is set aside.
        patience_seconds: how long to wait for another process.
            Who holds the lock reads and writes one file: longer than this it is
            stuck.

    Raises:
        StoreError: the file can't be read or set aside.
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime] = _now,
        *,
        patience_seconds: float = 10,
    ) -> None:
        self._path, self._now = path, now
        self._mutex = threading.Lock()
        self._storage = FileStorage(path, patience_seconds)
        self._table = ByAddress(self._storage, TABLE)
        self._pending: list[Callable[[], object]] = []
        self._told: str | None = None
        with self._explained("read"), self._storage.locked():
            self._storage.sweep()
            self._storage.load(now())

    @contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"{self._path} can't be {done}: {error.strerror};"
                " check the room on the disk and the owner of the folder"
            ) from error

    def record(self, report: str, events: Sequence[BounceEvent], at: datetime) -> None:
        """Note events under their report, so that writing twice changes nothing."""
        with self._mutex:
            for event in events:
                self._do(partial(self._record, report, event, at))

    def forget(self, keys: Sequence[str]) -> None:
        """Remove the records of some addresses; written by the next `flush`."""
        with self._mutex:
            self._do(partial(self._forget, keys))

    def forget_before(self, at: datetime) -> int:
        """Remove the records without an event since a time; give their number.

        Every record is looked at: for once a day.
        """
        with self._mutex:
            return self._do(partial(self._forget_before, in_iso(at)))

    def _do(self, change: Callable[[], int]) -> int:
        """Make a change, and keep it for a file that another process has written."""
        self._pending.append(change)
        return change()

    def _record(self, report: str, event: BounceEvent, at: datetime) -> int:
        name: Any = event.address.key
        record = with_event(self._table.get(doc_id=name), report, event, at)
        if record is not None:
            self._table.put(name, record)
        return int(record is not None)

    def _forget(self, keys: Sequence[str]) -> int:
        names: Any = keys
        return len(self._table.remove(doc_ids=names))

    def _forget_before(self, when: str) -> int:
        lines = self._storage.lines
        return self._forget([name for name in lines if lines[name]["last_at"] < when])

    def about(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Give the records of some addresses, by the key of each."""
        with self._mutex:
            lines = self._storage.lines
            return {key: lines[key] for key in keys if key in lines}

    def keys(self) -> tuple[str, ...]:
        """Give the keys of all addresses that ever bounced."""
        with self._mutex:
            return tuple(self._storage.lines)

    def addresses(self) -> int:
        """Count the addresses that ever bounced."""
        with self._mutex:
            return len(self._storage.lines)

    def flush(self) -> Path | None:
        """Write the file if anything changed, once a poll.

        Returns:
            A file that was set aside. It is named once by each process, until the
            process that named it flushes again: who is killed before the admins were
            told names it again. None where nothing is to be told.

        Raises:
            StoreError: it can't be written; the old file stands, and the next flush
                tries again.
        """
        with self._mutex, self._explained("written"):
            if self._is_written():
                self._pending.clear()
                return None
            with self._storage.locked():
                return self._flush()

    def _is_written(self) -> bool:
        """Whether the file has all that we know, and nothing that we don't."""
        return not (
            self._storage.changed or self._storage.asides or self._storage.is_another()
        )

    def _flush(self) -> Path | None:
        storage = self._storage
        if storage.is_another():
            storage.load(self._now())
            for change in self._pending:
                change()
        if self._told and storage.asides.pop(self._told, None):
            storage.asides_changed = True
        if storage.changed:
            storage.save()
        self._pending.clear()
        self._told = next(iter(storage.asides), None)
        return self._path.with_name(self._told) if self._told else None
