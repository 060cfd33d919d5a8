"""The log of bounces: readable, atomic, and never written over."""

import fcntl
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.address import Address
from bot.bounce_log import BounceFile
from bot.errors import StoreError
from bot.model import BounceEvent

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAR = NOW + timedelta(days=300)
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
        pytest.param(b'{"bounces": {"a@b.c": {"hard": "two"}}}', id="another-record"),
        pytest.param(b'{"bounces": {}, "mine": {}}', id="another-table"),
        pytest.param(b'{"bounces": {}, "set_aside": {"../x": {}}}', id="another-path"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"", id="empty"),
    ],
)
def test_damaged_file_is_set_aside(tmp_path: Path, broken: bytes) -> None:
    """Somebody's edit may be worth repairing; the name is for an alert."""
    path = tmp_path / "bounces.json"
    path.write_bytes(broken)

    log = BounceFile(path, lambda: NOW)
    log.record("report-1", [_event()], NOW)
    aside = log.flush()

    assert aside == tmp_path / "bounces.json.broken-20260301T120000"
    assert aside.read_bytes() == broken
    assert set(_records(path)) == {"anne@example.org"}


def _filled(path: Path, people: int = 3) -> BounceFile:
    log = BounceFile(path, lambda: NOW)
    for number in range(people):
        who = Address(f"p{number}", "example.org")
        log.record("report-1", [_event(address=who)], NOW)
    log.flush()
    return log


def _swapped(content: bytes) -> bytes:
    first, one, two, *rest = content.splitlines(keepends=True)
    return b"".join((first, two, one, *rest))


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda text: text.replace(b"550", b"551", 1), id="words"),
        pytest.param(lambda text: text.replace(b'"hard": 1', b'"hard": 2'), id="count"),
        pytest.param(lambda text: text.replace(b"},\n", b"}\n", 1), id="no-comma"),
        pytest.param(lambda text: text.replace(b"p1@", b"p7@"), id="address"),
        pytest.param(lambda text: text[: len(text) // 2], id="cut"),
        pytest.param(lambda text: text[:-9], id="end-cut"),
        pytest.param(
            lambda text: b"".join([*text.splitlines(keepends=True)[:2], b"}}"]),
            id="no-checksum-but-no-json",
        ),
    ],
)
def test_edit_by_hand_is_set_aside(
    tmp_path: Path, edit: Callable[[bytes], bytes]
) -> None:
    """At the start, and also while the program runs."""
    path = tmp_path / "bounces.json"
    log = _filled(path)
    edited = edit(path.read_bytes())
    path.write_bytes(edited)

    starting = BounceFile(path, lambda: NOW)
    log.record("report-2", [_event()], NOW)
    running = log.flush()
    log.flush()

    assert running == tmp_path / "bounces.json.broken-20260301T120000"
    assert running.read_bytes() == edited
    assert set(_records(path)) == {"anne@example.org"}
    assert starting.flush() is None  # it reads what the other one began


@pytest.mark.parametrize(
    "rewrite",
    [
        pytest.param(lambda text: json.dumps(json.loads(text)).encode(), id="ascii"),
        pytest.param(
            lambda text: json.dumps(json.loads(text), indent=4).encode(), id="indented"
        ),
        pytest.param(_swapped, id="another-order"),
    ],
)
def test_another_layout_of_the_same_is_no_edit(
    tmp_path: Path, rewrite: Callable[[bytes], bytes]
) -> None:
    """An editor that formats JSON when it saves does no harm."""
    path = tmp_path / "bounces.json"
    before = _filled(path)
    path.write_bytes(rewrite(path.read_bytes()))

    log = BounceFile(path)

    assert log.flush() is None
    assert log.about(log.keys()) == before.about(before.keys())


def test_file_without_checksum_is_taken_as_it_is(tmp_path: Path) -> None:
    """The first version wrote none; who takes it out wants their edit to be read."""
    path = tmp_path / "bounces.json"
    _filled(path)
    edited = {"bounces": _records(path)}
    edited["bounces"]["p1@example.org"]["note"] = "phoned her"
    path.write_text(json.dumps(edited, indent=1))

    log = BounceFile(path)
    log.record("report-2", [_event(address=Address("p1", "example.org"))], NOW)

    assert log.flush() is None
    record = _records(path)["p1@example.org"]
    assert (record["note"], record["hard"]) == ("phoned her", 2)


def test_files_set_aside_are_not_written_over(tmp_path: Path) -> None:
    """Not even when three break within a second."""
    path = tmp_path / "bounces.json"
    found = []
    for content in ("{1", "{2", "{3"):
        path.unlink(missing_ok=True)
        path.write_text(content)
        found.append(BounceFile(path, lambda: NOW).flush())

    assert [one.read_text() for one in found if one] == ["{1", "{2", "{3"]


def test_file_that_cannot_have_two_names_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems have no links, and some files belong to somebody else."""
    path = tmp_path / "bounces.json"
    path.write_text("{1")
    monkeypatch.setattr(Path, "hardlink_to", _refused)

    aside = BounceFile(path).flush()

    assert aside is not None
    assert aside.read_text() == "{1"
    assert _records(path) == {}


def _refused(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_file_set_aside_is_named_until_somebody_was_told(tmp_path: Path) -> None:
    """A crash before the alert is in the books must not swallow it."""
    path = tmp_path / "bounces.json"
    path.write_text("{1")
    killed = BounceFile(path, lambda: NOW)
    crashed_before_writing = BounceFile(path, lambda: NOW + timedelta(days=1))

    named = [
        killed.flush(),  # and then it dies
        crashed_before_writing.flush(),
        crashed_before_writing.flush(),
        BounceFile(path).flush(),
    ]

    broken = tmp_path / "bounces.json.broken-20260301T120000"
    assert named == [broken, broken, None, None]
    assert list(tmp_path.glob("*.broken-*")) == [broken]


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


def test_events_out_of_their_order_tell_the_same(tmp_path: Path) -> None:
    """The newest event says what is wrong, whenever it is recorded."""
    path = tmp_path / "bounces.json"
    log = BounceFile(path)
    full = BounceEvent(ANNE, "soft", "4.2.2", "mailbox-full", "full")

    log.record("report-2", [_event()], NOW + timedelta(days=1))
    log.record("report-1", [full], NOW)

    record = log.about([ANNE.key])[ANNE.key]
    assert (record["first_at"][:10], record["last_at"][:10]) == (
        "2026-03-01",
        "2026-03-02",
    )
    assert (record["hard"], record["soft"]) == (1, 1)
    assert (record["status"], record["reason"]) == ("5.1.1", "unknown-user")
    assert [one["kind"] for one in record["events"].values()] == ["soft", "hard"]


def test_events_let_go_are_not_counted_again(tmp_path: Path) -> None:
    """All events are recorded again when a new file begins."""
    log = BounceFile(tmp_path / "bounces.json")
    for _ in range(2):
        for day in range(9):
            log.record(f"report-{day}", [_event()], NOW + timedelta(days=day))

    assert log.about([ANNE.key])[ANNE.key]["hard"] == 9


def test_old_records_are_forgotten(tmp_path: Path) -> None:
    """By their last event: the address that still bounces keeps its history."""
    path = tmp_path / "bounces.json"
    log = _filled(path)
    log.record("report-9", [_event(address=Address("p1", "example.org"))], FAR)

    forgotten = log.forget_before(NOW + timedelta(seconds=1))
    log.flush()

    assert forgotten == 2
    assert list(_records(path)) == ["p1@example.org"]


def test_what_a_server_says_is_kept_whatever_it_is(tmp_path: Path) -> None:
    """Also bytes that are no text, and lines."""
    path = tmp_path / "bounces.json"
    words = 'a\udcff "\n\u2028\x00é'
    odd = Address('"a\\": {"', "example.org")
    log = BounceFile(path)
    log.record("report-1", [BounceEvent(odd, "hard", "", "other", words)], NOW)
    log.flush()

    again = BounceFile(path)

    (event,) = again.about([odd.key])[odd.key]["events"].values()
    assert again.flush() is None
    assert event["diagnostic"] == words


def test_both_processes_are_heard(tmp_path: Path) -> None:
    """The service and the console each have a copy of the file in memory."""
    path = tmp_path / "bounces.json"
    service = _filled(path)
    console = BounceFile(path)

    service.record("report-2", [_event()], NOW)
    console.forget(["p0@example.org", "p1@example.org"])
    console.flush()
    service.record("report-3", [_event(address=Address("p1", "example.org"))], NOW)
    service.flush()
    console.record("report-4", [_event("soft")], NOW)
    console.flush()

    records = _records(path)
    assert set(records) == {"p1@example.org", "p2@example.org", "anne@example.org"}
    assert records["p1@example.org"]["hard"] == 1
    assert (
        records["anne@example.org"]["hard"],
        records["anne@example.org"]["soft"],
    ) == (
        1,
        1,
    )


def test_flush_without_news_reads_what_others_wrote(tmp_path: Path) -> None:
    """Somebody erased from the console must not live on in the service."""
    path = tmp_path / "bounces.json"
    service, console = _filled(path), BounceFile(path)
    console.forget(["p0@example.org"])
    console.flush()

    service.flush()

    assert service.addresses() == 2


def test_file_that_was_removed_begins_anew(tmp_path: Path) -> None:
    """Who removes it wants it to be gone."""
    path = tmp_path / "bounces.json"
    log = _filled(path)
    path.unlink()

    log.flush()
    gone = not path.exists()
    log.record("report-2", [_event()], NOW)
    log.flush()

    assert gone
    assert set(_records(path)) == {"anne@example.org"}


def test_lock_that_is_never_let_go_is_told(tmp_path: Path) -> None:
    """A process that was stopped while writing must not stop the others for ever."""
    path = tmp_path / "bounces.json"
    log = BounceFile(path, patience_seconds=0.02)
    log.record("report-1", [_event()], NOW)
    with (tmp_path / "bounces.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="another process holds"):
            log.flush()

    log.flush()

    assert set(_records(path)) == {"anne@example.org"}


def test_file_being_written_by_another_is_not_swept(tmp_path: Path) -> None:
    """What looks left over may be half written by somebody who is alive."""
    half = tmp_path / ".bounces-half"
    half.write_text("{")
    with (tmp_path / "bounces.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="another process holds"):
            BounceFile(tmp_path / "bounces.json", patience_seconds=0)
        kept = half.exists()

    BounceFile(tmp_path / "bounces.json")

    assert kept
    assert not half.exists()


_WRITER = """
import os, random, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from bot.address import Address
from bot.bounce_log import BounceFile
from bot.model import BounceEvent

path, task = Path(sys.argv[1]), sys.argv[2]
now = datetime(2026, 3, 1, tzinfo=UTC)

def write(name, rounds):
    log = BounceFile(path)
    for number in range(rounds):
        who = Address(f"{name}{number}", "example.org")
        log.record("r", [BounceEvent(who, "hard", "", "x", "y" * 2000)], now)
        log.flush()

def born(name, rounds):
    child = os.fork()
    if not child:
        write(name, rounds)
        os._exit(0)
    return child

if task == "kill":
    moment = random.Random(6)
    for life in range(30):
        child = born(f"life{life}-", 10_000)
        time.sleep(moment.uniform(0.002, 0.05))  # the moment of the crash
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert not list(path.parent.glob("*.broken-*"))
else:
    for child in [born("a", 60), born("b", 60)]:
        assert os.waitpid(child, 0)[1] == 0
"""


def _run(path: Path, task: str) -> None:
    subprocess.run([sys.executable, "-c", _WRITER, str(path), task], check=True)


def test_kill_leaves_a_readable_file(tmp_path: Path) -> None:
    """The old one or the new one, and no rubbish after the next start."""
    path = tmp_path / "bounces.json"

    _run(path, "kill")

    log = BounceFile(path)
    assert log.flush() is None
    assert {one.name for one in tmp_path.iterdir()} == {"bounces.json", "bounces.lock"}
    keys = log.keys()
    for life in {key.partition("-")[0] for key in keys}:
        mine = [key for key in keys if key.startswith(f"{life}-")]
        assert mine == [f"{life}-{number}@example.org" for number in range(len(mine))]


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """Whoever comes second reads what the first one wrote."""
    path = tmp_path / "bounces.json"

    _run(path, "write")

    assert set(_records(path)) == {
        f"{name}{number}@example.org" for name in "ab" for number in range(60)
    }


_KEYS = st.sampled_from(("a", "b", "c"))
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), _KEYS, st.integers(0, 6)),
        st.tuples(st.just("forget"), _KEYS, st.just(0)),
        st.tuples(st.just("forget_before"), st.just(""), st.integers(0, 6)),
        st.tuples(
            st.sampled_from(("flush", "reopen", "crash", "edit")),
            st.just(""),
            st.just(0),
        ),
    ),
    max_size=25,
)
# By address: the days on which it bounced; a report a day.
_Model = dict[str, frozenset[int]]


def _stepped(model: _Model, step: tuple[str, str, int]) -> _Model:
    """Do one step to the model."""
    what, key, day = step
    rest = {one: days for one, days in model.items() if one != key}
    if what == "record":
        return rest | {key: model.get(key, frozenset()) | {day}}
    if what == "forget":
        return rest
    return {one: days for one, days in model.items() if max(days) >= day}


def _do(log: BounceFile, step: tuple[str, str, int]) -> None:
    what, key, day = step
    at = NOW + timedelta(days=day)
    who = Address(key or "a", "example.org")
    if what == "record":
        log.record(f"report-{day}", [_event(address=who)], at)
    elif what == "forget":
        log.forget([who.key])
    else:
        log.forget_before(at)


def _days(log: BounceFile) -> _Model:
    """Read the model off a log; a record keeps its last five days only."""
    return {
        key.partition("@")[0]: frozenset(
            (datetime.fromisoformat(one["at"]) - NOW).days
            for one in record["events"].values()
        )
        for key, record in log.about(log.keys()).items()
    }


@settings(max_examples=60, deadline=None)
@given(_STEPS, st.lists(st.booleans(), min_size=25, max_size=25))
def test_any_history_gives_what_it_should(
    steps: list[tuple[str, str, int]], whose: list[bool]
) -> None:
    """Two processes record, forget, write, end, die; somebody edits the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bounces.json"
        logs = [BounceFile(path), BounceFile(path)]
        pending: list[list[tuple[str, str, int]]] = [[], []]
        stored: _Model = {}
        for step, one in zip(steps, map(int, whose), strict=False):
            if step[0] == "edit":
                path.write_text("edited")
                stored = {}
            elif step[0] == "crash":
                (Path(folder) / ".bounces-half").write_text("{")
                logs[one], pending[one] = BounceFile(path), []
            elif step[0] in {"flush", "reopen"}:
                logs[one].flush()
                stored = reduce(_stepped, pending[one], stored)
                pending[one] = []
                if step[0] == "reopen":
                    logs[one] = BounceFile(path)
            else:
                _do(logs[one], step)
                pending[one].append(step)
        for one in (0, 1):
            logs[one].flush()
            stored = reduce(_stepped, pending[one], stored)

        assert _days(BounceFile(path)) == {
            key: frozenset(sorted(days)[-5:]) for key, days in stored.items()
        }
