"""End every process of a session, however many children it made."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_STOP_SECONDS: Final = 10.0


def _session_members(leader: int) -> list[int]:
    """List the processes of a session, from the sixth field of their stat."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(path.parent.name))
    return found


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def end_session(leader: subprocess.Popen[bytes]) -> None:
    """End a process that leads a session, and all that belong to it."""
    _signal([leader.pid], signal.SIGTERM)
    end = time.monotonic() + _STOP_SECONDS
    while (left := _session_members(leader.pid)) and time.monotonic() < end:
        leader.poll()
        time.sleep(0.02)
    _signal(left, signal.SIGKILL)
    leader.wait()
