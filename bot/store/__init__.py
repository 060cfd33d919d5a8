"""The database: people, memberships, requests, outbox, ledger.

Each part holds its statements and the methods that use them; `SqlStore` is all of
them on one connection. No SQL stands anywhere else in the program.
"""

from pathlib import Path
from typing import Final

from bot.errors import StoreError, StoreLockedError
from bot.store.changes import ChangeBook
from bot.store.database import Lock, prepare_directory, url_of
from bot.store.erasing import PrivacyBook
from bot.store.figures import FigureBook
from bot.store.intake import IntakeBook
from bot.store.quotas import QuotaBook
from bot.store.refusals import Refusals
from bot.store.remainders import RemainderBook
from bot.store.returns import Returns
from bot.store.suspending import SuspensionBook
from bot.store.upgrade import VERSIONS, bring_up_to_date, version_of

__all__: Final = ("SqlStore", "open_store")


class SqlStore(
    IntakeBook,
    PrivacyBook,
    FigureBook,
    RemainderBook,
    Returns,
    QuotaBook,
    Refusals,
    SuspensionBook,
    ChangeBook,
):
    """The store on SQLite or PostgreSQL; made by `open_store`.

    `migrated` tells (old version, new version) where opening it migrated.
    """

    migrated: tuple[str, str] | None = None
    _lock: Lock | None = None

    def close(self) -> None:
        """Release the database and its lock; twice does no harm."""
        self.disconnect()
        if self._lock is not None:
            self._lock.release()


def open_store(
    url: str, directory: Path, *, read_only: bool = False, beside: bool = False
) -> SqlStore:
    """Open the store, and make or migrate it where needed.

    Args:
        url: of the database; empty: SQLite in `directory`.
        directory: made with mode 0700 where it is missing.
        read_only: only look: no lock, so another instance may run meanwhile.
        beside: for a short change, also while another instance runs; its
            transactions and ours take turns.

    Raises:
        StoreLockedError: another instance works on it.
        StoreError: it can't be used; for reading: it isn't there yet.
    """
    if read_only:
        return _open_to_read(url, directory)
    prepare_directory(directory)
    try:
        lock = Lock(directory)
    except StoreLockedError:
        if not beside:
            raise
        return _open_beside(url, directory)
    store: SqlStore | None = None
    try:
        where = url_of(url, directory)
        _make_private(where.database if where.get_backend_name() == "sqlite" else None)
        store = SqlStore(where)
        store._lock = lock  # noqa: SLF001 - the constructor, in two steps
        store.migrated = bring_up_to_date(store, directory)
    except StoreError:
        if store is not None:
            store.close()
        lock.release()
        raise
    return store


def _open_beside(url: str, directory: Path) -> SqlStore:
    """Join a running instance, which has migrated the database."""
    store = SqlStore(url_of(url, directory), guest=True)
    if version_of(store) != VERSIONS[-1]:
        store.close()
        raise StoreError(
            "the running instance is another version; restart it first"
            " (systemctl restart colporteur)"
        )
    return store


def _open_to_read(url: str, directory: Path) -> SqlStore:
    where = url_of(url, directory)
    path = where.database if where.get_backend_name() == "sqlite" else None
    if path and not Path(path).exists():
        raise StoreError(f"there is no database {path} yet; start the service first")
    store = SqlStore(where, read_only=True)
    try:
        bring_up_to_date(store, directory)
    except StoreError:
        store.close()
        raise
    return store


def _make_private(path: str | None) -> None:
    """Make the file before SQLite does, so that nobody else may read it."""
    if not path:
        return
    try:
        Path(path).touch(mode=0o600)
    except OSError as error:
        raise StoreError(
            f"the database {path} can't be written: {error.strerror}; check its owner"
        ) from error
