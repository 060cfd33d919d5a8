"""How fast, how much memory: the product against bare loops, in one run.

`make bench` prints the table. Nothing here is asserted: a busy machine must not
fail a test, and a ratio in the same run says more than seconds. The loops and the
product take turns, each in a fresh process; a row gives the medians. What the
product does counts from the decision to distribute: rendering, filling the outbox,
the ledger on disk. Enrolling the members does not.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ROUNDS = 5

Measured = dict[str, float]


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    members: int
    size: int  # bytes
    latency: float = 0.0  # seconds
    loops: tuple[str, ...] = ("smtplib", "socket")
    rounds: int = ROUNDS

    @property
    def name(self) -> str:
        """Say what is sent."""
        away = f", {self.latency * 1000:.0f} ms away" if self.latency else ""
        return f"{self.members:,} x {self.size:,} bytes{away}"


CASES = (
    Case(27_557, 5_000),
    Case(1_000, 5_000, latency=0.02),
    Case(2_000, 10_000_000),
    Case(10_000, 5_000, loops=()),
    Case(100_000, 5_000, loops=()),
)


@contextmanager
def counting_server(folder: Path, latency: float) -> Iterator[int]:
    """Run the counting SMTP server as a process of its own; give its port."""
    options = ["--port", "0", "--state", str(folder / "accepted"), "--auth", "PLAIN"]
    process = subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "tests/scripted_smtp.py"),
            *options,
            "--latency",
            str(latency),
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


def run(script: str, *arguments: str) -> str:
    """Run a script of this folder; give what it printed last."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return (done.stdout.splitlines() or ["{}"])[-1]


def product(port: int, members: int, post: bytes) -> Measured:
    """Send with the product, on a store with so many members."""
    with tempfile.TemporaryDirectory(prefix="colporteur-bench-") as folder:
        (Path(folder) / "post.eml").write_bytes(post)
        arguments = (folder, str(port), str(members))
        run("one_send.py", "prepare", *arguments)
        measured: Measured = json.loads(run("one_send.py", "send", *arguments))
    return measured


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


def compare(case: Case) -> dict[str, Measured]:
    """Let the loops and the product take turns; give the medians."""
    post = a_post(case.size)
    found: dict[str, list[Measured]] = {name: [] for name in (*case.loops, "product")}
    with (
        tempfile.TemporaryDirectory(prefix="colporteur-bench-") as folder,
        counting_server(Path(folder), case.latency) as port,
    ):
        path = Path(folder) / "post.eml"
        path.write_bytes(post)
        for _ in range(case.rounds):
            for name in case.loops:
                arguments = (name, str(port), str(case.members), str(path))
                found[name].append(json.loads(run("loops.py", *arguments)))
            found["product"].append(product(port, case.members, post))
    return {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for name, runs in found.items()
    }


def show(case: Case, found: dict[str, Measured]) -> None:
    """Print the rows of a case; ratios are to the smtplib loop."""
    base = found.get("smtplib", {}).get("seconds")
    for name, measured in found.items():
        ratio = f"{measured['seconds'] / base:8.3f}" if base else f"{'':8}"
        print(
            f"{case.name:34} {name:8} {measured['seconds']:8.2f} s {ratio}"
            f" {measured['cpu']:8.2f} s {measured['peak_mb']:7.0f} MB",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    print(f"batches of 50; median of {ROUNDS}; ratio to the smtplib loop of the run")
    print(f"{'send':34} {'by':8} {'wall':>10} {'ratio':>8} {'CPU':>10} {'peak':>10}")
    ours: dict[int, float] = {}
    for case in CASES:
        found = compare(case)
        show(case, found)
        ours[case.members] = found["product"]["seconds"]
    print(
        f"100,000 to 10,000 recipients: {ours[100_000] / ours[10_000]:.1f} x the time"
    )
    subprocess.run([sys.executable, str(HERE / "idle.py")], check=True, cwd=ROOT)
    subprocess.run([sys.executable, str(HERE / "log.py")], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
