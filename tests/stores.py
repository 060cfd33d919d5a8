"""New stores for tests: copies of one that was migrated once.

A migration takes twenty times as long as to open what it made.
"""

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from bot.store import SqlStore, open_store

__all__ = ("new_store", "put_empty_store")

_FOLDER: Final = tempfile.TemporaryDirectory()


@cache
def _template() -> Path:
    folder = Path(_FOLDER.name) / "store"
    open_store("", folder).close()
    return folder / "colporteur.db"


def put_empty_store(folder: Path) -> None:
    """Put an empty database into a folder that has none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "colporteur.db").exists():
        shutil.copy2(_template(), folder / "colporteur.db")


def new_store(folder: Path) -> SqlStore:
    """Open an empty store in a folder."""
    put_empty_store(folder)
    return open_store("", folder)
