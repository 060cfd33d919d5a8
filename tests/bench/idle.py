"""What the service costs when nothing happens; printed as lines of the table."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.demo.provider import Provider
from bot.store import open_store
from tests.stories.scenes import BOT, OWNER, ROOT, write_config

SECONDS = 20


def cpu_seconds(pid: int) -> float:
    """Give the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Give a process's resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def last_poll(store: Path) -> str:
    """Read when the service last polled."""
    if not (store / "colporteur.db").exists():
        return ""
    books = open_store("", store, read_only=True)
    try:
        return books.noted("last_poll")
    finally:
        books.close()


def main() -> None:
    """Start the service, let it idle, and say what it took."""
    with (
        tempfile.TemporaryDirectory(prefix="colporteur-idle-") as name,
        Provider({BOT: "botpw", OWNER: "pw"}) as provider,
    ):
        folder = Path(name)
        config = write_config(
            folder, provider.imap_port, provider.smtp_port, imap="poll_interval = 1"
        )
        command = [sys.executable, "-m", "bot", "--config", str(config)]
        subprocess.run([*command, "run", "--once"], check=True, cwd=ROOT)
        before = last_poll(folder / "store")
        started = time.perf_counter()
        service = subprocess.Popen(
            [*command, "run"], cwd=ROOT, stderr=subprocess.DEVNULL
        )
        while last_poll(folder / "store") == before:
            time.sleep(0.01)
        print(f"start to first poll: {time.perf_counter() - started:.2f} s")
        time.sleep(3)
        used = cpu_seconds(service.pid)
        time.sleep(SECONDS)
        each = (cpu_seconds(service.pid) - used) / SECONDS * 1000
        print(f"a second with one empty poll, CPU: {each:.1f} ms")
        print(f"idle service, resident: {resident_mb(service.pid):.0f} MB")
        service.terminate()
        service.wait()


if __name__ == "__main__":
    main()
