"""Brings the schema up to date, after a backup.

The usual start compares two words and loads nothing: alembic is imported only
when there is something to migrate.
"""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text

from bot.errors import StoreError
from bot.store.database import Database, explained

__all__: Final = ("VERSIONS", "bring_up_to_date", "version_of")

# Every version there was, oldest first: the files in migrations/versions.
VERSIONS: Final = ("0001", "0002", "0003", "0004", "0005")
_MIGRATIONS: Final = Path(__file__).with_name("migrations")


def bring_up_to_date(
    database: Database,
    directory: Path,
    *,
    versions: tuple[str, ...] = VERSIONS,
    migrations: Path = _MIGRATIONS,
) -> tuple[str, str] | None:
    """Migrate if needed; give the old version and the new one, or None.

    An old SQLite file is copied to backup-VERSION.db in `directory` first; backups
    of PostgreSQL are its administrator's. All steps are one transaction.

    Raises:
        StoreError: the database is newer than this program, or can't be migrated.
    """
    found, newest = version_of(database), versions[-1]
    if found == newest:
        return None
    if found and found not in versions:
        raise StoreError(
            f"the database has version {found}, and this Colporteur knows {newest} at"
            " most; install the newer Colporteur again, or restore a backup"
        )
    if database.read_only:
        raise StoreError(
            f"the database has version {found or 'none'}, needed is {newest};"
            " start the service once, it migrates the database"
        )
    if found and database.is_sqlite:
        _back_up(database, directory / f"backup-{found}.db")
    _migrate(database, migrations)
    return found, newest


def version_of(database: Database) -> str:
    """Say which version the database has; empty: it has no tables yet."""
    with database.transaction():
        connection = database.connection
        if not inspect(connection).has_table("alembic_version"):
            return ""
        found = connection.execute(text("SELECT version_num FROM alembic_version"))
        return str(found.scalar() or "")


def _back_up(database: Database, path: Path) -> None:
    """Copy the database while it is open; a backup is complete or not there."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        unfinished.touch(mode=0o600)
        copy = sqlite3.connect(unfinished)
        try:
            with database.transaction():  # nobody may write meanwhile …
                source = sqlite3.connect(str(database.url.database))  # … but us
                try:
                    source.backup(copy)
                finally:
                    source.close()
        finally:
            copy.close()
        unfinished.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"no backup could be written to {path}: {error};"
            " nothing was migrated, make room and start again"
        ) from error


def _migrate(database: Database, migrations: Path) -> None:
    from alembic import command  # noqa: PLC0415 - 15 MB that no usual start needs
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.util import CommandError  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    try:
        with explained(), database.transaction():
            config.attributes["connection"] = database.connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"the database can't be migrated: {error}") from error
