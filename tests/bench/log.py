"""What a poll with bounces costs when bounces.json is large; printed as lines.

The comparison writes the same bytes: open, write, fsync, replace. The two take turns.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.address import Address
from bot.bounce_log import BounceFile
from bot.model import BounceEvent

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVENTS = 3  # of each record
ROUNDS = 15


def event(number: int) -> BounceEvent:
    """Make what a server says of somebody."""
    who = Address(f"member{number}", "example.org")
    words = (
        f"550 5.1.1 <{who}>: Recipient address rejected: User unknown in virtual"
        " mailbox table"
    )
    return BounceEvent(who, "hard", "5.1.1", "unknown-user", words)


def fill(path: Path, records: int) -> None:
    """Write a log."""
    log = BounceFile(path)
    for day in range(EVENTS):
        at = NOW + timedelta(days=day)
        for number in range(records):
            log.record(f"report-{day}", [event(number)], at)
    log.flush()


def plain(path: Path, content: bytes) -> float:
    """Write the bytes as directly as a durable replacement can; give the seconds."""
    started = time.perf_counter()
    beside = path.with_name("plain.tmp")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path.with_name("plain"))
    return time.perf_counter() - started


def poll(log: BounceFile, number: int) -> float:
    """Record a few bounces and write; give the seconds."""
    at = NOW + timedelta(days=EVENTS, minutes=number)
    started = time.perf_counter()
    for one in range(5):
        log.record(f"new-{number}", [event(5 * number + one)], at)
    log.flush()
    return time.perf_counter() - started


def resident_mb() -> float:
    """Give our resident memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def apart(task: Callable[[], None]) -> None:
    """Do something in a process of its own, whose memory counts for nobody else."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        task()
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)


def measure(records: int) -> None:
    """Print the line of a log of some records."""
    with tempfile.TemporaryDirectory(prefix="colporteur-log-") as folder:
        path = Path(folder) / "bounces.json"
        apart(lambda: fill(path, records))
        before, started = resident_mb(), time.perf_counter()
        log = BounceFile(path)
        opened, memory = time.perf_counter() - started, resident_mb() - before
        polls, plains = [], []
        for number in range(ROUNDS):
            polls.append(poll(log, number))
            plains.append(plain(path, path.read_bytes()))
        started = time.perf_counter()
        log.flush()
        empty = time.perf_counter() - started
        ours, theirs = statistics.median(polls), statistics.median(plains)
        size = path.stat().st_size / 1e6
        print(
            f"{records:,} records of {EVENTS} events, {size:.1f} MB: a poll"
            f" {ours * 1000:.1f} ms, the bytes alone {theirs * 1000:.1f} ms, ratio"
            f" {ours / theirs:.2f}; without news {empty * 1000:.2f} ms; opened in"
            f" {opened * 1000:.0f} ms; {memory:.0f} MB of memory"
        )


def main() -> None:
    """Measure a usual log, 30,000 entries, and 30,000 addresses."""
    for records in (1_000, 10_000, 30_000):
        apart(partial(measure, records))


if __name__ == "__main__":
    main()
