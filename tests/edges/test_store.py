"""The store as a whole: opening, locking, transactions, small facts, the inbox."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.address import Address
from bot.errors import CommandError, StoreError, StoreLockedError
from bot.model import SettingChange
from bot.store import SqlStore, open_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNE = Address("Anne", "example.org")
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A new store, closed at the end."""
    opened = open_store("", tmp_path / "store")
    yield opened
    opened.close()


# --------------------------------------------------------------------- opening


def test_open_store_makes_a_private_folder_and_file(tmp_path: Path) -> None:
    """Addresses of members are nobody else's business."""
    folder = tmp_path / "deep" / "store"

    open_store("", folder).close()

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "colporteur.db").stat().st_mode & 0o777 == 0o600


def test_second_open_is_refused_and_says_what_to_do(
    store: SqlStore, tmp_path: Path
) -> None:
    """Two instances would send everything twice."""
    store.note("alive", "yes")

    with pytest.raises(StoreLockedError, match=f"process {os.getpid()}.*stop it"):
        open_store("", tmp_path / "store")

    assert store.noted("alive") == "yes"


def test_close_lets_the_next_one_in(store: SqlStore, tmp_path: Path) -> None:
    """A restart finds what was kept; closing twice does no harm."""
    store.note("alive", "yes")
    store.close()
    store.close()

    again = open_store("", tmp_path / "store")

    assert again.noted("alive") == "yes"
    assert again.migrated is None
    again.close()


def test_read_only_works_beside_a_running_instance(
    store: SqlStore, tmp_path: Path
) -> None:
    """`status` looks while the service writes, and can't write itself."""
    store.note("alive", "yes")

    reader = open_store("", tmp_path / "store", read_only=True)

    assert reader.noted("alive") == "yes"
    with pytest.raises(StoreError, match=r"read-?only"):
        reader.note("alive", "no")
    reader.close()
    store.note("alive", "still")
    assert store.noted("alive") == "still"


def test_read_only_needs_a_database(tmp_path: Path) -> None:
    """A command that only looks must not make one by accident."""
    with pytest.raises(StoreError, match="start the service first"):
        open_store("", tmp_path, read_only=True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["no url", "mysql://localhost/x", "sqlite:////nowhere/at/all.db"]
)
def test_wrong_url_is_explained(tmp_path: Path, url: str) -> None:
    """Whatever the library raises, callers see one kind of error; no lock stays."""
    with pytest.raises(StoreError):
        open_store(url, tmp_path)

    open_store("", tmp_path).close()


def test_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    """The administrator reads which folder it is."""
    (tmp_path / "store").write_text("")

    with pytest.raises(StoreError, match="check"):
        open_store("", tmp_path / "store")


def test_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    """A damaged file is an error of ours, not a traceback of the driver's."""
    (tmp_path / "colporteur.db").write_bytes(b"not a database" * 100)

    with pytest.raises(StoreError, match="not a database"):
        open_store("", tmp_path)


def test_sqlite_is_told_to_be_durable(store: SqlStore) -> None:
    """WAL and FULL: what was committed survives a power cut."""
    with store.transaction():
        ask = store.connection.exec_driver_sql
        answers = [
            ask(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert answers == ["wal", 2, 1]


# ----------------------------------------------------------------- transactions


def test_transaction_is_undone_by_any_exception(store: SqlStore) -> None:
    """Half an action must never stay; the exception itself goes through."""
    with pytest.raises(CommandError), store.transaction():  # noqa: PT012 - one transaction
        store.note("one", "1")
        raise CommandError("refused")

    assert store.noted("one") == ""


def test_nested_transactions_join(store: SqlStore) -> None:
    """`apply` and the methods that it calls commit together."""
    with pytest.raises(CommandError), store.transaction():  # noqa: PT012 - one transaction
        with store.transaction():
            store.note("one", "1")
        raise CommandError("refused")

    assert store.noted("one") == ""


def test_failure_inside_can_not_be_swallowed(store: SqlStore) -> None:
    """A step that failed may have done half its work: nothing is kept."""
    with pytest.raises(StoreError, match="undone"), store.transaction():  # noqa: PT012 - as above
        store.note("one", "1")
        with pytest.raises(StoreError):
            store.start_attempt(999)

    assert store.noted("one") == ""
    store.note("two", "2")
    assert store.noted("two") == "2"


# ------------------------------------------------------------------ small facts


def test_secret_is_made_once(store: SqlStore, tmp_path: Path) -> None:
    """Mails that are under way must still be known after a restart."""
    secret = store.secret()
    store.close()

    again = open_store("", tmp_path / "store")

    assert again.secret() == secret
    assert len(secret) == 32
    again.close()


def test_alert_is_given_once_a_day(store: SqlStore) -> None:
    """A fault that lasts must not fill the admins' mailboxes."""
    day = timedelta(days=1)

    due = [
        store.alert_due("quota", NOW + hours * HOUR, day)
        for hours in (0, 1, 23, 24, 25)
    ]

    assert due == [True, False, False, True, False]
    assert store.alert_due("other", NOW, day)


def test_settings_of_owners_are_kept_with_who_and_when(store: SqlStore) -> None:
    """Somebody will ask who changed it."""
    store.set_list_setting("readers", "title", "Old", "x@example.org", NOW - HOUR)
    store.set_list_setting("readers", "title", "New", str(ANNE), NOW)

    assert store.list_settings() == (
        SettingChange("readers", "title", "New", str(ANNE), NOW),
    )


# ---------------------------------------------------------------------- intake


def _arrive(store: SqlStore, uid: int, sha256: str, validity: int = 7) -> bool:
    return store.record_arrival(validity, uid, sha256, 100, NOW, header_only=False)


def test_mail_goes_through_its_states(store: SqlStore) -> None:
    """Each state says what is left to do after a crash."""
    assert _arrive(store, 1, "a" * 64)

    (booked,) = store.pending_intake()
    attempts = [store.start_attempt(booked.id), store.start_attempt(booked.id)]
    store.decide_intake(booked.id, "post", "ok", "Held", "<m@x>")
    (decided,) = store.unfiled_intake(7)
    store.mark_filed(booked.id)

    assert attempts == [1, 2]
    assert (booked.state, booked.uid, booked.received_at) == ("spooled", 1, NOW)
    assert (decided.state, decided.folder, decided.attempts) == ("decided", "Held", 2)
    assert store.pending_intake() == store.unfiled_intake(7) == ()
    assert store.seen_uids(7) == {1}


def test_an_attempt_that_ended_well_does_not_count(store: SqlStore) -> None:
    """Only what ended the process may put a mail aside."""
    assert _arrive(store, 1, "a" * 64)
    (booked,) = store.pending_intake()

    attempts = []
    for _ in range(3):
        attempts.append(store.start_attempt(booked.id))
        store.take_back_attempt(booked.id)

    store.take_back_attempt(booked.id)
    assert [*attempts, store.start_attempt(booked.id)] == [1, 1, 1, 1]


def test_same_bytes_are_booked_as_a_double(store: SqlStore) -> None:
    """A mailbox that numbers anew must not make us answer everything again."""
    _arrive(store, 1, "a" * 64)

    new = _arrive(store, 1, "a" * 64, validity=8)

    assert not new
    assert [one.uid_validity for one in store.pending_intake()] == [7]
    assert [one.folder for one in store.unfiled_intake(8)] == ["Done"]


def test_same_uid_is_booked_once(store: SqlStore) -> None:
    """An interrupted poll may show a mail twice."""
    _arrive(store, 1, "a" * 64)

    assert not _arrive(store, 1, "c" * 64)
    assert len(store.pending_intake()) == 1


def test_mail_is_decided_once(store: SqlStore) -> None:
    """A second decision would act a second time."""
    _arrive(store, 1, "a" * 64)
    (booked,) = store.pending_intake()
    store.decide_intake(booked.id, "post", "ok", "Done", "")

    with pytest.raises(StoreError, match="decided before"):
        store.decide_intake(booked.id, "post", "ok", "Done", "")
