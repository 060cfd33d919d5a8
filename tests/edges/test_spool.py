"""The spool: files that are complete or not there."""

import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.spool import FileSpool

RAW = b"Subject: caf\xe9\r\n\r\nHello\r\n"


def test_add_names_by_content_and_read_gives_it_back(tmp_path: Path) -> None:
    """Byte for byte; the name is the same for the same mail."""
    spool = FileSpool(tmp_path / "spool")

    names = [spool.add(RAW), spool.add(RAW), spool.add_parts((RAW[:9], RAW[9:]))]

    assert set(names) == {sha256(RAW).hexdigest()}
    assert spool.read(names[0]) == RAW
    assert len(list((tmp_path / "spool").iterdir())) == 1


def test_messages_are_private(tmp_path: Path) -> None:
    """Other accounts of the machine have no business in people's mail."""
    spool = FileSpool(tmp_path / "spool")

    path = tmp_path / "spool" / spool.add(RAW)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_damaged_message_is_not_given_out(tmp_path: Path) -> None:
    """Half a mail sent to everybody can't be taken back."""
    spool = FileSpool(tmp_path)
    name = spool.add(RAW)
    (tmp_path / name).write_bytes(RAW[:-1])

    with pytest.raises(StoreError, match="damaged"):
        spool.read(name)


@pytest.mark.parametrize("name", ["0" * 64, "../secret", ""])
def test_missing_message_is_explained(tmp_path: Path, name: str) -> None:
    """A name from outside must not lead out of the folder either."""
    (tmp_path / "secret").write_text("x")
    (tmp_path / "spool").mkdir()

    with pytest.raises(StoreError):
        FileSpool(tmp_path / "spool").read(name)


def test_sweep_removes_what_is_old_and_needed_by_none(tmp_path: Path) -> None:
    """A file is written before the row that needs it: young ones stay."""
    spool = FileSpool(tmp_path)
    old, needed, young = (spool.add(one) for one in (b"old", b"needed", b"young"))
    for name in (old, needed):
        os.utime(tmp_path / name, (1_000, 1_000))
    (tmp_path / "README").write_text("not ours")
    os.utime(tmp_path / "README", (1_000, 1_000))

    removed = spool.sweep(frozenset({needed}), datetime(2001, 1, 1, tzinfo=UTC))

    assert removed == 1
    assert {path.name for path in tmp_path.iterdir()} == {needed, young, "README"}


def test_adding_again_makes_a_message_young(tmp_path: Path) -> None:
    """Or the sweep would take it before its new row is committed."""
    spool = FileSpool(tmp_path)
    name = spool.add(RAW)
    os.utime(tmp_path / name, (1_000, 1_000))

    spool.add(RAW)

    assert spool.sweep(frozenset(), datetime(2001, 1, 1, tzinfo=UTC)) == 0


def test_leftovers_of_a_crash_go_at_start(tmp_path: Path) -> None:
    """Their mail is still in the inbox."""
    (tmp_path / ".new-abc").write_bytes(b"half")

    FileSpool(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_failure_while_writing_leaves_nothing(tmp_path: Path) -> None:
    """A full disk must not get fuller."""

    def parts() -> tuple[bytes, ...]:
        raise OSError(28, "No space left on device")

    spool = FileSpool(tmp_path)

    with pytest.raises(StoreError, match="No space left"):
        spool.add_parts(part for _ in range(1) for part in parts())

    assert list(tmp_path.iterdir()) == []


def test_folder_that_can_not_be_made_is_explained(tmp_path: Path) -> None:
    """The administrator reads which folder it is."""
    (tmp_path / "spool").write_text("")

    with pytest.raises(StoreError, match="spool"):
        FileSpool(tmp_path / "spool")
