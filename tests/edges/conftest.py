"""A store for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import SqlStore
from tests.stores import new_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A new store, closed at the end."""
    opened = new_store(tmp_path)
    yield opened
    opened.close()
