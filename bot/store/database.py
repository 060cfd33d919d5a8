"""The connection: opened once, written by one process, one thread at a time."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Connection,
    CursorResult,
    Row,
    TextClause,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.errors import StoreError, StoreLockedError

__all__: Final = (
    "Database",
    "Lock",
    "expect",
    "explained",
    "prepare_directory",
    "url_of",
)

_T = TypeVar("_T")

# Seconds to wait while another process (`status`) holds the file.
_BUSY_SECONDS: Final = 20
# Any number will do, as long as every Colporteur takes the same one.
_ADVISORY_LOCK: Final = 7_065_721

_LOCKED: Final = (
    "another instance{who} works on {where}; stop it first (systemctl stop"
    " colporteur), or use `colporteur status`, which only reads"
)


@contextmanager
def explained() -> Iterator[None]:
    """Turn what SQLAlchemy and its drivers raise into StoreError."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _explanation(error) from error


def _explanation(error: SQLAlchemyError) -> StoreError:
    cause = getattr(error, "orig", None) or error
    return StoreError(f"the database can't be used: {cause}")


def prepare_directory(directory: Path) -> None:
    """Make the folder of the store, for our eyes only.

    Raises:
        StoreError: it can't be made.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {directory} can't be made: {error.strerror};"
            " check [store] directory and its owner"
        ) from error


def url_of(url: str, directory: Path) -> URL:
    """Read `[store] database`; empty means SQLite in the folder of the store.

    Raises:
        StoreError: it is no address of a database.
    """
    try:
        found = make_url(url or f"sqlite:///{directory / 'colporteur.db'}")
        backend = found.get_backend_name()
    except SQLAlchemyError as error:
        raise StoreError(f"[store] database can't be read: {error}") from error
    if backend not in {"sqlite", "postgresql"}:
        raise StoreError(
            f"[store] database names {backend}; expected postgresql+psycopg://…,"
            " or nothing for SQLite"
        )
    return found


def expect(changed: int, expected: int, complaint: str) -> None:
    """Undo the transaction around it unless it changed what it was meant to.

    Raises:
        StoreError: it did not.
    """
    if changed != expected:
        raise StoreError(f"{complaint}; please report this")


class Lock:
    """The lock on the folder; the system releases it when the process ends."""

    def __init__(self, directory: Path) -> None:
        path = directory / "lock"
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"{path} can't be opened: {error.strerror}; check its owner"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._file, 20).decode("ascii", "replace").strip()
            os.close(self._file)
            who = f" (process {holder})" if holder else ""
            raise StoreLockedError(_LOCKED.format(who=who, where=directory)) from error
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode("ascii"))

    def release(self) -> None:
        """Let another instance in."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Database:
    """What the parts of the store have in common: transactions and statements.

    A statement outside of `transaction` is a transaction of its own. The RLock
    makes the threads take turns, whole transactions at a time.
    """

    def __init__(
        self, url: URL, *, read_only: bool = False, guest: bool = False
    ) -> None:
        self.url = url
        self.read_only = read_only
        self._mutex = threading.RLock()
        self._doomed = False
        with explained():
            self._engine = create_engine(
                url, poolclass=NullPool, **_arguments(url, read_only=read_only)
            )
            if self.is_sqlite:
                _teach_sqlite(self._engine, read_only=read_only)
            self._connection = self._engine.connect()
        if not self.is_sqlite and not read_only and not guest:
            self._take_advisory_lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of ours."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def connection(self) -> Connection:
        """The only connection; to be used inside `transaction`."""
        return self._connection

    def _take_advisory_lock(self) -> None:
        taken = self._row(
            # One for each schema: two instances may share a server and a database.
            text(
                "SELECT pg_try_advisory_lock(:number, hashtext(current_schema()))"
                " AS taken"
            ),
            number=_ADVISORY_LOCK,
        )
        if taken is None or not taken.taken:
            where = self.url.render_as_string(hide_password=True)
            self.disconnect()
            raise StoreLockedError(_LOCKED.format(who="", where=where))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the calls inside one transaction; it commits at the end.

        A call inside joins. When one of them raises StoreError nothing is kept,
        even where the exception was caught.
        """
        with self._mutex:
            joins = self._connection.in_transaction()
            with self._joined() if joins else self._own():
                yield

    @contextmanager
    def _own(self) -> Iterator[None]:
        self._doomed = False
        with explained(), self._connection.begin():
            yield
            if self._doomed:
                raise StoreError("a step of this transaction failed: all is undone")

    @contextmanager
    def _joined(self) -> Iterator[None]:
        try:
            with explained():
                yield
        except StoreError:
            self._doomed = True
            raise

    def _execute(
        self,
        statement: TextClause,
        values: Mapping[str, object],
        take: Callable[[CursorResult[Any]], _T],
    ) -> _T:
        """Execute a statement, in the transaction around it or in one of its own.

        Sending makes ten of them a batch: inside a transaction this is `_joined`
        without its cost.
        """
        with self._mutex:
            if not self._connection.in_transaction():
                with self._own():
                    return take(self._connection.execute(statement, values))
            try:
                return take(self._connection.execute(statement, values))
            except SQLAlchemyError as error:
                self._doomed = True
                raise _explanation(error) from error

    def _rows(self, statement: TextClause, **values: object) -> Sequence[Row[Any]]:
        return self._execute(statement, values, lambda found: found.all())

    def _dicts(self, statement: TextClause, **values: object) -> list[dict[str, Any]]:
        """Execute a statement; give its rows by column."""
        return self._execute(
            statement, values, lambda found: [dict(row) for row in found.mappings()]
        )

    def _row(self, statement: TextClause, **values: object) -> Row[Any] | None:
        return self._execute(statement, values, lambda found: found.first())

    def _change(self, statement: TextClause, **values: object) -> int:
        """Execute a statement; give the number of rows that it changed."""
        return self._execute(statement, values, lambda found: found.rowcount)

    def _number(self, statement: TextClause, **values: object) -> int:
        """Execute a statement that returns one number."""
        return self._execute(statement, values, lambda found: int(found.scalar_one()))

    def _change_each(
        self, statement: TextClause, rows: Sequence[dict[str, object]]
    ) -> None:
        """Execute a statement once for each row."""
        if rows:
            with self.transaction():
                self._connection.execute(statement, rows)

    def disconnect(self) -> None:
        """Close the connection; twice does no harm."""
        with self._mutex:
            self._connection.close()
            self._engine.dispose()


def _arguments(url: URL, *, read_only: bool) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        # Transactions are ours (see `_teach_sqlite`), and two threads take turns.
        return {
            "connect_args": {
                "check_same_thread": False,
                "isolation_level": None,
                "timeout": _BUSY_SECONDS,
            }
        }
    return {"execution_options": {"postgresql_readonly": read_only}}


def _teach_sqlite(engine: Any, *, read_only: bool) -> None:  # noqa: ANN401 - Engine, untyped by event.listen
    """Set what SQLite wants to be told on every connection."""

    def on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's
        if read_only:
            connection.execute("PRAGMA query_only = ON")
            return
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Whoever asks to be erased is gone from the pages of the file, too.
        connection.execute("PRAGMA secure_delete = ON")

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
