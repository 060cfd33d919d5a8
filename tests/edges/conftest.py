"""A store for each test, made once and copied: making one takes a fifth of a second."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import SqlStore, open_store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store that nobody has used."""
    folder = tmp_path_factory.mktemp("empty")
    open_store("", folder).close()
    return folder / "colporteur.db"


@pytest.fixture
def store(tmp_path: Path, empty_store: Path) -> Iterator[SqlStore]:
    """A new store, closed at the end."""
    shutil.copy(empty_store, tmp_path)
    opened = open_store("", tmp_path)
    yield opened
    opened.close()
