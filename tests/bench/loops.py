"""What the product is compared with: loops without ledger, limits or witness.

    python loops.py smtplib|socket PORT MEMBERS POST

`smtplib` is the loop anybody would write, on one connection. `socket` is the least
that physics asks for: all commands of a batch in one write, replies only counted.
It prints seconds, CPU seconds and the peak memory of its process.
"""

import json
import resource
import smtplib
import socket
import sys
import time
from pathlib import Path

BATCH = 50
SENDER = "list@example.org"


def by_smtplib(port: int, people: list[str], post: bytes) -> None:
    """Send in batches with `sendmail`."""
    with smtplib.SMTP("127.0.0.1", port) as link:
        for first in range(0, len(people), BATCH):
            link.sendmail(SENDER, people[first : first + BATCH], post)


def by_socket(port: int, people: list[str], post: bytes) -> None:
    """Send in batches with two writes each, and look for nothing but the ends."""
    link = socket.create_connection(("127.0.0.1", port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    replies = link.makefile("rb")
    replies.readline()
    link.sendall(b"EHLO [127.0.0.1]\r\n")
    while replies.readline()[3:4] == b"-":
        pass
    for first in range(0, len(people), BATCH):
        batch = people[first : first + BATCH]
        commands = [f"MAIL FROM:<{SENDER}>", *(f"RCPT TO:<{one}>" for one in batch)]
        link.sendall(("\r\n".join([*commands, "DATA"]) + "\r\n").encode())
        for _ in range(len(commands) + 1):
            assert replies.readline()[:1] in b"23"
        link.sendall(post + b".\r\n")
        assert replies.readline()[:1] == b"2"
    link.close()


def main() -> None:
    """Run one loop and say what it took."""
    name, port, members = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    post = Path(sys.argv[4]).read_bytes()
    people = [f"member{number}@example.org" for number in range(members)]
    loop = {"smtplib": by_smtplib, "socket": by_socket}[name]
    started, cpu = time.perf_counter(), time.process_time()
    loop(port, people, post)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": peak}))


if __name__ == "__main__":
    main()
