"""systemd: the words of the service, and its units."""

import re
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

import pytest

from bot import systemd

UNITS = sorted((Path(__file__).parents[2] / "systemd").glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")
MOST_EXPOSED = 2.0

by_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)


@pytest.fixture(params=["file", "abstract"])
def listener(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, socket.socket]]:
    """Listen as systemd does: NOTIFY_SOCKET's value, and the socket."""
    shown = f"@colporteur-{uuid.uuid4()}"
    if request.param == "file":
        shown = str(tmp_path / "n")
    elif sys.platform != "linux":
        pytest.skip("abstract sockets are Linux's")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(shown.replace("@", "\0", 1))
        channel.settimeout(5)
        yield shown, channel


def test_notify_reaches_the_manager(listener: tuple[str, socket.socket]) -> None:
    """Type=notify waits for READY=1 before the service counts as started."""
    shown, channel = listener

    told = systemd.notify({"NOTIFY_SOCKET": shown}, "READY=1", "STATUS=a\nb")

    assert told
    assert channel.recv(100) == b"READY=1\nSTATUS=a b"


@pytest.mark.parametrize(
    "path", ["", "relative", "/nobody/listens/here", "@nobody-listens-here"]
)
def test_notify_without_a_manager_does_nothing(path: str) -> None:
    """`colporteur run` in a terminal has nobody to tell."""
    assert not systemd.notify({"NOTIFY_SOCKET": path}, "READY=1")
    assert not systemd.notify({}, "READY=1")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        pytest.param({}, 0.0, id="no-watchdog"),
        pytest.param({"WATCHDOG_USEC": "60000000"}, 30.0, id="half-the-time"),
        pytest.param({"WATCHDOG_USEC": "60", "WATCHDOG_PID": "8"}, 0.0, id="other"),
        pytest.param({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "7"}, 1.0, id="us"),
        pytest.param({"WATCHDOG_USEC": "soon"}, 0.0, id="nonsense"),
    ],
)
def test_watchdog_time_is_read(environ: dict[str, str], seconds: float) -> None:
    """Twice as often as asked, so that one late beat kills nothing."""
    assert systemd.watchdog_seconds(environ, pid=7) == seconds


class UnitParser(RawConfigParser):
    """The ini dialect of systemd.unit(5); of a repeated key the last one stays."""

    def optionxform(self, optionstr: str) -> str:
        """Keep the case of keys."""
        return optionstr


def read(unit: Path) -> RawConfigParser:
    """Read a unit file."""
    parser = UnitParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.read_string(unit.read_text(encoding="utf-8"))
    return parser


@pytest.fixture
def analyze() -> str:
    """Find systemd-analyze."""
    if ANALYZE is None:
        pytest.skip("systemd-analyze is not installed")
    return ANALYZE


def test_both_units_are_there() -> None:
    """One for a committee alone on its machine, one for several."""
    assert [unit.name for unit in UNITS] == [
        "colporteur.service",
        "colporteur@.service",
    ]


@by_unit
def test_unit_keeps_the_contract_of_the_service(unit: Path) -> None:
    """What `colporteur run` promises is what the unit relies on."""
    service = read(unit)["Service"]

    assert service["Type"] == "notify"
    assert "run" in service["ExecStart"].split()
    assert service["ExecReload"].endswith("kill -HUP $MAINPID")
    assert service["LoadCredential"].startswith("mailbox-password:/etc/colporteur/")
    # A configuration that is refused stays refused, however often it is tried.
    assert service["RestartPreventExitStatus"] == "2"


@by_unit
def test_unit_starts_the_command_line_of_the_documentation(unit: Path) -> None:
    """/opt/colporteur is where the README puts the program."""
    command = read(unit)["Service"]["ExecStart"].split()

    assert command[0] == "/opt/colporteur/bin/colporteur"
    assert command[command.index("--config") + 1].startswith("/etc/colporteur/")


@by_unit
def test_unit_exposes_little(unit: Path, analyze: str) -> None:
    """The service reads strangers' mail: it gets nothing that it can do without."""
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    found = re.search(r"Overall exposure level .*?: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= MOST_EXPOSED


@by_unit
def test_unit_has_no_line_that_systemd_ignores(
    unit: Path, analyze: str, tmp_path: Path
) -> None:
    """A misspelt directive is only a line in the journal, and no protection."""
    copy = tmp_path / unit.name.replace("@", "@arles")
    program = shutil.which("true") or "/bin/true"
    text = unit.read_text(encoding="utf-8")
    copy.write_text(text.replace("/opt/colporteur/bin/colporteur", program))

    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    complaints = [line for line in done.stderr.splitlines() if copy.name in line]
    assert complaints == []
