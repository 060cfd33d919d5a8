"""bounces.json: one record an address, for people to read, never the judge.

The only module that knows TinyDB. Its own storage writes over the old file; ours
writes a new one beside it and renames, so a crash leaves the old file or the new
one. Everything is in memory between two `flush`es, one a poll.
"""

import json
import os
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tinydb import Storage, TinyDB
from tinydb.table import Document, Table

from bot.errors import StoreError
from bot.model import BounceEvent

__all__: Final = ("BounceFile",)

_EVENTS_KEPT: Final = 5
_TABLE: Final = "bounces"
_UNFINISHED: Final = ".bounces-"
_KINDS: Final = ("hard", "soft", "delay")

# What TinyDB hands to a storage: its tables, each with its records by name.
_Tables = dict[str, dict[str, Any]]


class _AtomicStorage(Storage):
    """The whole file at once, kept in memory, written by `flush` only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tables: _Tables | None = None
        self._changed = False

    def load(self) -> None:
        """Read the file.

        Raises:
            ValueError: it is no JSON, or not what we wrote.
            OSError: it can't be read.
        """
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        if not _is_ours(found):
            raise ValueError("not the tables of a bounce log")
        self._tables = found

    def read(self) -> _Tables | None:
        """Give the tables; None when there are none yet."""
        return self._tables

    def write(self, data: _Tables) -> None:
        """Keep the tables for the next `flush`."""
        self._tables, self._changed = data, True

    def flush(self) -> None:
        """Replace the file, durably, if anything changed."""
        if not self._changed:
            return
        text = json.dumps(self._tables, ensure_ascii=False, indent=1)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=_UNFINISHED)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._make_name_durable()
        self._changed = False

    def _make_name_durable(self) -> None:
        handle = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class _ByAddress(Table):
    """Records named by an address instead of a number."""

    document_id_class: Any = str  # TinyDB's types know numbers only


class _Log(TinyDB):
    table_class = _ByAddress


class BounceFile:
    """The log of bounces in a file; safe to use from two threads.

    A file that can't be read is never written over: it is set aside, `set_aside`
    names it, and a new one begins.

    Args:
        path: of bounces.json; its folder must exist.
        opened_at: names the file that is set aside.

    Raises:
        StoreError: the file can't be read or set aside.
    """

    def __init__(self, path: Path, opened_at: datetime | None = None) -> None:
        self._path = path
        self._mutex = threading.Lock()
        self.set_aside: Path | None = None
        try:
            for leftover in path.parent.glob(f"{_UNFINISHED}*"):
                leftover.unlink(missing_ok=True)
            self._storage = self._load(opened_at)
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}; check its owner") from error
        self._records = _Log(storage=lambda: self._storage).table(_TABLE)
        self._waiting: list[tuple[str, BounceEvent, datetime]] = []

    def _load(self, opened_at: datetime | None) -> _AtomicStorage:
        storage = _AtomicStorage(self._path)
        try:
            storage.load()
        except ValueError:  # UnicodeDecodeError and JSONDecodeError are such
            self.set_aside = _free_name(self._path, opened_at or datetime.now(UTC))
            self._path.rename(self.set_aside)
        return storage

    def record(self, report: str, events: Sequence[BounceEvent], at: datetime) -> None:
        """Note events under their report, so that writing twice changes nothing."""
        with self._mutex:
            self._waiting += [(report, event, at) for event in events]

    def flush(self) -> Path | None:
        """Write the file, once a poll; give the path of one that was set aside.

        Raises:
            StoreError: it can't be written; the old file stands.
        """
        with self._mutex:
            self._note_waiting()
            try:
                self._storage.flush()
            except OSError as error:
                raise StoreError(
                    f"{self._path} can't be written: {error.strerror};"
                    " check the room on the disk and the owner of the folder"
                ) from error
            lost, self.set_aside = self.set_aside, None
            return lost

    def _note_waiting(self) -> None:
        """Put the events of this poll into their records, all in one go.

        TinyDB copies its table for each change; for a whole list that bounces this
        is the difference between a second and minutes.
        """
        if not self._waiting:
            return
        names: Any = list({event.address.key for _, event, _ in self._waiting})
        known = self._records.get(doc_ids=names, cond=None)
        records: dict[Any, dict[str, Any]] = {one.doc_id: dict(one) for one in known}
        for report, event, at in self._waiting:
            name = event.address.key
            records[name] = _noted(records.get(name) or _empty(at), report, event, at)
        self._records.remove(doc_ids=[one.doc_id for one in known])
        self._records.insert_multiple(
            Document(record, doc_id=name) for name, record in records.items()
        )
        self._waiting.clear()

    def about(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Give the records of some addresses, by the key of each."""
        with self._mutex:
            self._note_waiting()
            names: Any = list(keys)
            found = self._records.get(doc_ids=names, cond=None)
            return {str(one.doc_id): dict(one) for one in found}

    def forget(self, keys: Sequence[str]) -> None:
        """Remove the records of some addresses; written by the next `flush`."""
        with self._mutex:
            self._note_waiting()
            known: Any = [key for key in keys if self._records.contains(doc_id=key)]  # type: ignore[arg-type] # names, not numbers
            if known:
                self._records.remove(doc_ids=known)

    def keys(self) -> tuple[str, ...]:
        """Give the keys of all addresses that ever bounced."""
        with self._mutex:
            return tuple(str(one.doc_id) for one in self._records)

    def addresses(self) -> int:
        """Count the addresses that ever bounced."""
        with self._mutex:
            return len(self._records)


def _noted(
    record: dict[str, Any], report: str, event: BounceEvent, at: datetime
) -> dict[str, Any]:
    """Give the record with an event more, or as it is when it knows the event."""
    about = f"{report}\0{event.address.key}\0{event.kind}"
    entry = sha256(about.encode()).hexdigest()[:16]
    if entry in record["events"]:
        return record
    events = {**record["events"], entry: _entry(event, at)}
    return {
        **record,
        "address": str(event.address),
        "last_at": max(record["last_at"], _iso(at)),
        "status": event.status,
        "reason": event.reason,
        event.kind: record.get(event.kind, 0) + 1,
        "events": dict(list(events.items())[-_EVENTS_KEPT:]),
    }


def _is_ours(found: object) -> bool:
    if not isinstance(found, dict):
        return False
    records = found.get(_TABLE, {})
    return isinstance(records, dict) and all(map(_is_record, records.values()))


def _is_record(found: object) -> bool:
    """Say whether a record, maybe edited by hand, still has what we rely on."""
    return (
        isinstance(found, dict)
        and isinstance(found.get("events"), dict)
        and isinstance(found.get("last_at"), str)
        and all(isinstance(found.get(kind, 0), int) for kind in _KINDS)
    )


def _empty(at: datetime) -> dict[str, Any]:
    return {
        "address": "",
        "first_at": _iso(at),
        "last_at": _iso(at),
        **dict.fromkeys(_KINDS, 0),
        "status": "",
        "reason": "",
        "events": {},
    }


def _entry(event: BounceEvent, at: datetime) -> dict[str, str]:
    return {
        "at": _iso(at),
        "kind": event.kind,
        "status": event.status,
        "reason": event.reason,
        "diagnostic": event.diagnostic,
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _free_name(path: Path, at: datetime) -> Path:
    """Name the file that is set aside; an older one is not written over."""
    name = f"{path.name}.broken-{at:%Y%m%dT%H%M%S}"
    found, number = path.with_name(name), 1
    while found.exists():
        number += 1
        found = path.with_name(f"{name}-{number}")
    return found
