"""The store: what owners changed, and how the service notices it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.address import Address
from bot.model import RoleChange, SettingChange
from bot.store import SqlStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNE = Address("Anne", "example.org")
BERT = Address("bert", "example.net")
OWNER = "owner@example.org"


def _set(store: SqlStore, value: str, now: datetime = NOW, key: str = "title") -> None:
    store.set_list_setting("readers", key, value, OWNER, now)


def _grant(store: SqlStore, who: Address, *, granted: bool = True) -> None:
    store.set_role("readers", "owners", who, granted=granted, by=OWNER, now=NOW)


def test_settings_are_given_by_list_and_key(store: SqlStore) -> None:
    """The newest value holds, with who set it and when."""
    _set(store, "Old", NOW - HOUR)
    _set(store, "strip", key="attachments")
    store.set_list_setting("board", "title", "", OWNER, NOW)
    _set(store, "New")

    assert store.list_settings() == (
        SettingChange("board", "title", "", OWNER, NOW),
        SettingChange("readers", "attachments", "strip", OWNER, NOW),
        SettingChange("readers", "title", "New", OWNER, NOW),
    )


def test_role_is_given_and_taken_away(store: SqlStore) -> None:
    """Taken away is kept, too: it overrules the file."""
    _grant(store, ANNE)
    _grant(store, BERT)
    _grant(store, Address("ANNE", "example.org"), granted=False)

    assert store.roles() == (
        RoleChange("readers", "owners", ANNE, granted=False, by=OWNER, at=NOW),
        RoleChange("readers", "owners", BERT, granted=True, by=OWNER, at=NOW),
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda store: _set(store, "other"), id="same-microsecond"),
        pytest.param(lambda store: _set(store, "old", NOW - HOUR), id="clock-put-back"),
        pytest.param(lambda store: _set(store, "x", key="footer"), id="new-setting"),
        pytest.param(lambda store: _grant(store, BERT), id="new-role"),
        pytest.param(lambda store: _grant(store, ANNE, granted=False), id="taken"),
        pytest.param(lambda store: store.erase(ANNE, NOW), id="erased"),
    ],
)
def test_stamp_is_another_after_any_change(
    store: SqlStore, change: Callable[[SqlStore], object]
) -> None:
    """A setting that the service does not take up is one that was not changed."""
    _set(store, "title")
    _grant(store, ANNE)
    before = store.changes_stamp()

    change(store)

    assert store.changes_stamp() != before


def test_stamps_never_come_back(store: SqlStore) -> None:
    """Back and forth is two changes."""
    stamps = [store.changes_stamp()]
    for value in ("a", "b", "a"):
        _set(store, value)
        stamps.append(store.changes_stamp())

    assert len(set(stamps)) == 4


def test_stamp_stays_while_nothing_changes(store: SqlStore) -> None:
    """Loading the settings before each mail would be slow."""
    _set(store, "title")
    before = store.changes_stamp()

    store.enrol(ANNE, "Anne", "readers", "", NOW)
    store.erase(ANNE, NOW)
    store.note("last_poll", "now")

    assert store.changes_stamp() == before


def test_undone_change_leaves_the_stamp(store: SqlStore) -> None:
    """The stamp and the change are one transaction."""
    before = store.changes_stamp()

    with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012 - one transaction
        _set(store, "title")
        _ = 1 // 0

    assert store.changes_stamp() == before
    assert store.list_settings() == ()
