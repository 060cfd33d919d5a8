"""How fast, how much memory: the product against a bare smtplib loop, in one run.

`make bench` prints the table. Nothing here is asserted: a busy machine must not
fail a test, and a ratio in the same run says more than seconds.
"""

import json
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BATCH = 50
ROUNDS = 3


@contextmanager
def counting_server(folder: Path) -> Iterator[int]:
    """Run the counting SMTP server as a process of its own; give its port."""
    process = subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "tests/scripted_smtp.py"),
            "--port",
            "0",
            "--state",
            str(folder / "accepted"),
            "--auth",
            "PLAIN",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def bare_loop(port: int, members: int, post: bytes) -> float:
    """Send the same batches over one connection with smtplib, without any state."""
    people = [f"member{number}@example.org" for number in range(members)]
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as link:
        for first in range(0, members, BATCH):
            link.sendmail("list@example.org", people[first : first + BATCH], post)
    return time.perf_counter() - started


def product(port: int, members: int, post: bytes) -> dict[str, float]:
    """Send with the product in a fresh process; give seconds, CPU and memory."""
    with tempfile.TemporaryDirectory(prefix="colporteur-bench-") as folder:
        path = Path(folder) / "post.eml"
        path.write_bytes(post)
        arguments = (folder, str(port), str(members))
        one_send("prepare", *arguments)
        printed = one_send("send", *arguments)
    measured: dict[str, float] = json.loads(printed.splitlines()[-1])
    return measured


def one_send(*arguments: str) -> str:
    """Run a step of `one_send.py`; give what it printed."""
    done = subprocess.run(
        [sys.executable, str(HERE / "one_send.py"), *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return done.stdout


def a_post(size: int) -> bytes:
    """Make a post of about so many bytes."""
    head = (
        b"From: Alice <alice@example.org>\r\nTo: list@example.org\r\n"
        b"Subject: A post\r\nMessage-ID: <bench@example.org>\r\n"
        b"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    line = b"Bonjour, voici une ligne comme il y en a tant dans les lettres.\r\n"
    return head + line * (max(size - len(head), 0) // len(line))


def compare(members: int, size: int) -> dict[str, float]:
    """Alternate the bare loop and the product; give the medians."""
    post = a_post(size)
    bare, ours, peak = [], [], 0.0
    with (
        tempfile.TemporaryDirectory(prefix="colporteur-bench-") as folder,
        counting_server(Path(folder)) as port,
    ):
        for _ in range(ROUNDS):
            bare.append(bare_loop(port, members, post))
            measured = product(port, members, post)
            ours.append(measured["seconds"])
            peak = max(peak, measured["peak_mb"])
    seconds = statistics.median(ours)
    loop = statistics.median(bare)
    return {"bare": loop, "ours": seconds, "ratio": seconds / loop, "peak": peak}


def main() -> None:
    """Print the table."""
    print(f"{'send':42} {'smtplib':>9} {'ours':>9} {'ratio':>7} {'peak':>9}")
    for members, size in ((27_557, 5_000), (2_000, 10_000_000), (100_000, 5_000)):
        found = compare(members, size)
        name = f"{size:,} bytes to {members:,} in batches of {BATCH}"
        print(
            f"{name:42} {found['bare']:8.2f}s {found['ours']:8.2f}s"
            f" {found['ratio']:6.2f}x {found['peak']:6.0f} MB"
        )
    subprocess.run([sys.executable, str(HERE / "idle.py")], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
