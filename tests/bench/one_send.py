"""One send of the product, measured from inside its own process.

Usage: one_send.py prepare|send FOLDER PORT MEMBERS; the post is FOLDER/post.eml.
`prepare` enrols, in a process of its own as an admin would; `send` prints JSON: the
seconds of the sending itself, and the peak memory of its process.
"""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot import config as configuration
from bot.actions import Decision, Distribute
from bot.address import Address
from bot.cli.wiring import SystemClock, build
from bot.cycle import Parts, send_once
from bot.model import Kind, Profile
from bot.store import open_store

CONFIG = """\
[mailbox]
address = "list@example.org"
name = "Bench"
admins = ["admin@example.org"]
password_env = "BENCH_PASSWORD"
[imap]
host = "127.0.0.1"
port = 1
security = "none"
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
witness = "sent"
[limits]
recipients_per_message = 50
recipients_per_hour = 10000000
recipients_per_day = 10000000
messages_per_hour = 10000000
messages_per_day = 10000000
[store]
directory = "{folder}/store"
[lists.all]
kind = "discussion"
title = "All"
owners = ["admin@example.org"]
"""


def main() -> None:
    """Enrol, or distribute, send, and say what it took."""
    step, folder, port, members = sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]
    path = folder / "config.toml"
    path.write_text(CONFIG.format(port=port, folder=folder))
    config = configuration.load(path)
    store = open_store(config.store.database, config.store.directory)
    if step == "prepare":
        numbers = range(int(members))
        people = (Profile(Address(f"member{n}", "example.org")) for n in numbers)
        store.enrol_many(people, "all", "bench", datetime.now(UTC))
    else:
        instance = build(config, store, {"BENCH_PASSWORD": "x"}, SystemClock())
        send(instance.parts, folder / "post.eml", int(members))


def send(parts: Parts, post: Path, members: int) -> None:
    """Send the post to everybody, and print the measures."""
    sha256 = parts.spool.add(post.read_bytes())
    decision = Decision(Kind.POST, "bench", (Distribute("all", sha256),))
    started, cpu = time.perf_counter(), time.process_time()
    with parts.store.transaction():
        parts.apply(decision, None, datetime.now(UTC))
    summary = send_once(parts)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    assert summary.accepted == members, summary
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": peak}))


if __name__ == "__main__":
    main()
