"""The log of bounces: readable, atomic, and never written over."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.address import Address
from bot.bounce_log import BounceFile
from bot.errors import StoreError
from bot.model import BounceEvent

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNE = Address("Anne", "example.org")


def _event(kind: str = "hard", address: Address = ANNE) -> BounceEvent:
    return BounceEvent(address, kind, "5.1.1", "unknown-user", "550 no such é")


def _records(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))["bounces"]
    assert isinstance(found, dict)
    return found


def test_record_counts_by_address(tmp_path: Path) -> None:
    """One record an address, with what people want to know about it."""
    path = tmp_path / "bounces.json"
    log = BounceFile(path)

    log.record("report-1", [_event()], NOW)
    log.record("report-2", [_event("soft")], NOW + timedelta(days=1))
    log.flush()

    record = _records(path)["anne@example.org"]
    assert (record["address"], record["hard"], record["soft"]) == (str(ANNE), 1, 1)
    assert record["first_at"] == "2026-03-01T12:00:00+00:00"
    assert record["last_at"] == "2026-03-02T12:00:00+00:00"
    assert (record["status"], record["reason"]) == ("5.1.1", "unknown-user")
    assert [one["diagnostic"] for one in record["events"].values()] == [
        "550 no such é",
        "550 no such é",
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert "é" in path.read_text(encoding="utf-8")


def test_recording_twice_changes_nothing(tmp_path: Path) -> None:
    """After a crash a report is read again."""
    path = tmp_path / "bounces.json"
    first = BounceFile(path)
    first.record("report-1", [_event(), _event()], NOW)
    first.flush()
    before = path.read_bytes()

    again = BounceFile(path)
    again.record("report-1", [_event()], NOW + timedelta(days=1))
    again.flush()

    assert path.read_bytes() == before


def test_last_five_events_are_kept(tmp_path: Path) -> None:
    """The file must not grow with every post to a dead address."""
    path = tmp_path / "bounces.json"
    log = BounceFile(path)

    for day in range(9):
        log.record(f"report-{day}", [_event()], NOW + timedelta(days=day))
    log.flush()

    record = _records(path)["anne@example.org"]
    assert record["hard"] == 9
    assert [one["at"][:10] for one in record["events"].values()] == [
        f"2026-03-0{day}" for day in range(5, 10)
    ]


def test_nothing_is_written_before_flush_nor_without_news(tmp_path: Path) -> None:
    """One write a poll, and none for a poll without bounces."""
    path = tmp_path / "bounces.json"
    log = BounceFile(path)
    log.flush()
    log.record("report-1", [_event()], NOW)

    before = path.exists()
    log.flush()

    assert not before
    assert log.addresses() == 1


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b'{"bounces": {"a@b.c": {', id="cut"),
        pytest.param(b"\xff\xfe\x00", id="no-text"),
        pytest.param(b"[1, 2]", id="another-shape"),
        pytest.param(b'{"bounces": {"a@b.c": {"hard": "two"}}}', id="edited"),
        pytest.param(b"", id="empty"),
    ],
)
def test_unreadable_file_is_set_aside(tmp_path: Path, broken: bytes) -> None:
    """Somebody's edit may be worth repairing; the flag is for an alert."""
    path = tmp_path / "bounces.json"
    path.write_bytes(broken)

    log = BounceFile(path, NOW)
    log.record("report-1", [_event()], NOW)
    log.flush()

    assert log.set_aside == tmp_path / "bounces.json.broken-20260301T120000"
    assert log.set_aside.read_bytes() == broken
    assert set(_records(path)) == {"anne@example.org"}


def test_files_set_aside_are_not_written_over(tmp_path: Path) -> None:
    """Not even when two break within a second."""
    path = tmp_path / "bounces.json"
    found = []
    for content in ("{1", "{2", "{3"):
        path.write_text(content)
        found.append(BounceFile(path, NOW).set_aside)

    assert [one.read_text() for one in found if one] == ["{1", "{2", "{3"]


def test_edit_that_can_be_read_stays(tmp_path: Path) -> None:
    """People may correct the file by hand while the program is stopped."""
    path = tmp_path / "bounces.json"
    log = BounceFile(path)
    log.record("report-1", [_event()], NOW)
    log.flush()
    edited = json.loads(path.read_text())
    edited["bounces"]["anne@example.org"]["note"] = "phoned her"
    path.write_text(json.dumps(edited))

    again = BounceFile(path)
    again.record("report-2", [_event()], NOW)
    again.flush()

    assert again.set_aside is None
    assert _records(path)["anne@example.org"]["note"] == "phoned her"


def test_failure_to_write_is_explained_and_tried_again(tmp_path: Path) -> None:
    """The news stay in memory until the disk has room."""
    folder = tmp_path / "store"
    folder.mkdir()
    log = BounceFile(folder / "bounces.json")
    log.record("report-1", [_event()], NOW)
    folder.rename(tmp_path / "away")

    with pytest.raises(StoreError, match="can't be written"):
        log.flush()

    (tmp_path / "away").rename(folder)
    log.flush()
    assert set(_records(folder / "bounces.json")) == {"anne@example.org"}


def test_whole_list_may_bounce(tmp_path: Path) -> None:
    """A provider that shuts us out makes thousands of bounces at once."""
    log = BounceFile(tmp_path / "bounces.json")
    for number in range(5000):
        who = Address(f"p{number}", "example.org")
        log.record(f"report-{number}", [_event(address=who)], NOW)

    began = time.monotonic()
    log.flush()

    assert log.addresses() == 5000
    assert time.monotonic() - began < 10  # copying the table each time takes longer


_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from bot.address import Address
from bot.bounce_log import BounceFile
from bot.model import BounceEvent

log = BounceFile(Path(sys.argv[1]))
now = datetime(2026, 3, 1, tzinfo=UTC)
print("open", flush=True)
number = 0
while True:
    for number in range(number, number + 50):
        who = Address(f"p{number}", "example.org")
        log.record("r", [BounceEvent(who, "hard", "", "x", "y" * 200)], now)
    log.flush()
"""


def test_kill_leaves_a_readable_file(tmp_path: Path) -> None:
    """The old one or the new one, and no rubbish after the next start."""
    path = tmp_path / "bounces.json"

    for moment in (0.01, 0.03, 0.06):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(moment)  # the moment of the crash, not a wait for something
            child.send_signal(signal.SIGKILL)

    log = BounceFile(path)
    assert log.set_aside is None
    assert {one.name for one in tmp_path.iterdir()} <= {"bounces.json"}
