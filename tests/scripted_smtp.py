"""An SMTP server that obeys a script, counts what it accepts, and is fast.

For faults that a real server won't produce on demand, and for benchmarks. It runs
in a thread (`with ScriptedSmtp(Script(...)) as server`) or as a process of its own:

    python tests/scripted_smtp.py --port 0 --state FILE [--recipient-limit 50 ...]

which prints its port. Each accepted message is a line of FILE, written before the
client hears of it: the Message-ID, a tab, the recipients with commas between;
`read_counts(FILE)` adds them up. A burst of commands is answered in one write.
"""

import argparse
import asyncio
import base64
import ssl
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

Hook = Callable[[str, tuple[str, ...], bytes], None]


@dataclass(frozen=True)
class Script:
    """How the server behaves; 0 and empty mean: never, none, no limit.

    `replies` overrides the reply to a verb: GREETING, EHLO, AUTH, MAIL, DATA, BDAT,
    RSET, NOOP, or END for the end of a message. `refusals` has the reply for an
    address. `cut` closes the connection at a moment, `cut_times` times: "rcpt",
    "data", "body", "before-reply" or "after-reply" (both at the final dot).
    """

    pipelining: bool = True
    chunking: bool = False
    eight_bit: bool = True
    utf8: bool = False
    size_limit: int = 0  # bytes
    auth: tuple[str, ...] = ()  # PLAIN, LOGIN, XOAUTH2
    passwords: Mapping[str, str] = field(default_factory=dict)  # empty: any will do
    recipient_limit: int = 0  # a message
    quota: int = 0  # recipients taken in all, before quota_reply
    quota_reply: str = "450 4.7.1 Error: too many recipients from 127.0.0.1"
    error_limit: int = 0  # refusals a session, before 421
    close_at_command: int = 0  # the command of a session that gets 421; from 1
    replies: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    cut: str = ""
    cut_times: int = 1
    delay: float = 0.0  # seconds before the final reply
    latency: float = 0.0  # seconds before any reply: how far away the server is
    keep: bool = True  # messages and commands, for tests to look at
    on_message: Hook | None = None
    tls: ssl.SSLContext | None = None  # implicit TLS


@dataclass
class Taken:
    """What the server saw and accepted."""

    state: BinaryIO | None = None
    deliveries: Counter[tuple[str, str]] = field(default_factory=Counter)
    messages: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    recipients: int = 0
    cuts: int = 0
    lost_replies: int = 0  # of messages that were taken

    def accept(
        self, script: Script, sender: str, recipients: list[str], data: bytes
    ) -> None:
        """Count a message, durably where there is a state file."""
        message_id = message_id_of(data)
        if self.state is not None:
            line = f"{message_id}\t{','.join(recipients)}\n"
            self.state.write(line.encode())
            self.state.flush()
        else:
            self.deliveries.update((message_id, each) for each in recipients)
        if script.keep:
            self.messages.append((sender, tuple(recipients), data))
        if script.on_message:
            script.on_message(sender, tuple(recipients), data)


def message_id_of(data: bytes) -> str:
    """Give the Message-ID, or the empty string."""
    header, _, _ = data[:65536].partition(b"\r\n\r\n")
    _, found, rest = (b"\r\n" + header).lower().partition(b"\r\nmessage-id:")
    if not found:
        return ""
    return rest.partition(b"\r\n")[0].strip().decode("ascii", "replace")


def read_counts(path: Path) -> Counter[tuple[str, str]]:
    """Add up a state file: deliveries by (Message-ID, recipient)."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in path.read_text().splitlines():
        message_id, _, recipients = line.partition("\t")
        counts.update((message_id, each) for each in recipients.split(","))
    return counts


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, script: Script, taken: Taken) -> None:
        self.script = script
        self.taken = taken
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.answers: list[str] = []
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.in_data = False
        self.chunk: tuple[int, bool] | None = None  # its size, whether it is the last
        self.chunks = b""
        self.scanned = 0
        self.asked: list[str] = []  # what AUTH still has to hear
        self.heard: list[str] = []
        self.errors = 0
        self.commands = 0
        self.verbs = {
            "EHLO": self.ehlo,
            "HELO": self.ehlo,
            "AUTH": self.auth,
            "MAIL": self.mail,
            "RCPT": self.rcpt,
            "DATA": self.data,
            "BDAT": self.bdat,
            "RSET": self.rset,
            "NOOP": lambda _: self.say("NOOP", "250 2.0.0 Ok"),
            "QUIT": self.quit,
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.taken.connections += 1
        self.say("GREETING", "220 scripted.test ESMTP")
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Work on everything that is complete; answer in one write."""
        self.buffer += data
        while not self.is_closing():
            if not self.take():
                break
        self.flush()

    def take(self) -> bool:
        """Go on with what is expected; False when more has to come."""
        if self.in_data:
            return self.take_message()
        return self.take_chunk() if self.chunk else self.take_lines()

    def take_lines(self) -> bool:
        """Obey the complete lines; True when DATA or BDAT began."""
        end = self.buffer.rfind(b"\r\n")
        if end < 0:
            return False
        lines = bytes(self.buffer[:end]).split(b"\r\n")
        for number, line in enumerate(lines):
            self.obey(line.decode("ascii", "replace"))
            if self.is_closing():
                return False
            if self.in_data or self.chunk:
                rest = b"\r\n".join(lines[number + 1 :])
                rest += b"\r\n" if number + 1 < len(lines) else b""
                self.buffer[: end + 2] = rest
                self.scanned = 0
                return True
        del self.buffer[: end + 2]
        return False

    def obey(self, line: str) -> None:
        """Answer one command."""
        if self.asked:
            self.heard.append(base64.b64decode(line).decode())
            self.ask_on()
            return
        self.commands += 1
        if self.script.keep:
            self.taken.commands.append(line)
        if self.commands == self.script.close_at_command:
            self.hang_up("421 4.3.2 Closing for now")
            return
        verb = self.verbs.get(line[:4].upper())
        if verb is None:
            self.answers.append("502 5.5.1 Unknown command")
        else:
            verb(line)

    def say(self, verb: str, usual: str) -> bool:
        """Answer as the script says; whether the answer is positive."""
        reply = self.script.replies.get(verb, usual)
        if reply.startswith("421"):
            self.hang_up(reply)
        else:
            self.answers.append(reply)
        return reply[0] in "23"

    def hang_up(self, reply: str) -> None:
        """Say a last word and close."""
        self.answers.append(reply)
        self.close()

    def is_closing(self) -> bool:
        """Whether this connection is over."""
        return self.transport is None or self.transport.is_closing()

    def close(self) -> None:
        """Send what there is to say, and close."""
        self.flush()
        if self.transport is not None:
            self.after_latency(self.transport.close)

    def cut(self, moment: str) -> bool:
        """Close without a word, if the script says so now."""
        if self.script.cut != moment or self.taken.cuts >= self.script.cut_times:
            return False
        self.taken.cuts += 1
        self.taken.lost_replies += moment == "after-reply"
        self.close()
        return True

    def flush(self) -> None:
        """Send the answers gathered."""
        if self.answers and self.transport and not self.transport.is_closing():
            answers = ("\r\n".join(self.answers) + "\r\n").encode()
            self.after_latency(self.transport.write, answers)
        self.answers.clear()

    def after_latency(self, act: Callable[..., None], *arguments: bytes) -> None:
        """Act when word of it would arrive."""
        if self.script.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(self.script.latency, act, *arguments)
        else:
            act(*arguments)

    def ehlo(self, _: str) -> None:
        """Announce."""
        script = self.script
        keywords = ["scripted.test", "ENHANCEDSTATUSCODES"]
        keywords += ["PIPELINING"] if script.pipelining else []
        keywords += ["CHUNKING"] if script.chunking else []
        keywords += ["8BITMIME"] if script.eight_bit else []
        keywords += ["SMTPUTF8"] if script.utf8 else []
        keywords += [f"SIZE {script.size_limit}" if script.size_limit else "SIZE"]
        keywords += ["AUTH " + " ".join(script.auth)] if script.auth else []
        lines = [f"250-{word}" for word in keywords[:-1]] + [f"250 {keywords[-1]}"]
        self.say("EHLO", "\r\n".join(lines))

    def auth(self, line: str) -> None:
        """Begin a login."""
        _, mechanism, *initial = line.split()
        self.asked = {"LOGIN": ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"]}.get(
            mechanism.upper(), [""]
        )
        self.heard = [base64.b64decode(word).decode() for word in initial]
        del self.asked[: len(initial)]
        if "AUTH" in self.script.replies:
            self.asked = []
            self.say("AUTH", "")
        elif self.asked:
            self.answers.append(f"334 {self.asked[0]}")
        else:
            self.judge_login()

    def ask_on(self) -> None:
        """Put the next question of a login, or judge."""
        self.asked.pop(0)
        if self.asked:
            self.answers.append(f"334 {self.asked[0]}")
        else:
            self.judge_login()

    def judge_login(self) -> None:
        """Compare with the passwords."""
        said = self.heard[0].split("\0")[1:] if len(self.heard) == 1 else self.heard
        known = self.script.passwords
        if not known or (len(said) == 2 and known.get(said[0]) == said[1]):
            self.answers.append("235 2.7.0 Authentication successful")
        else:
            self.answers.append("535 5.7.8 Error: authentication failed")

    def mail(self, line: str) -> None:
        """Begin a transaction."""
        if self.sender is not None:
            self.answers.append("503 5.5.1 Error: nested MAIL command")
            return
        _, _, size = line.upper().partition(" SIZE=")
        if 0 < self.script.size_limit < int(size.split()[0] if size else 0):
            self.answers.append("552 5.3.4 Message size exceeds fixed limit")
            return
        if self.say("MAIL", "250 2.1.0 Ok"):
            self.sender = line.partition("<")[2].partition(">")[0]

    def rcpt(self, line: str) -> None:
        """Take or refuse a recipient."""
        if self.cut("rcpt"):
            return
        address = line.partition("<")[2].partition(">")[0]
        reply = self.judge_recipient(address)
        self.answers.append(reply)
        if reply[0] == "2":
            self.recipients.append(address)
            return
        self.errors += 1
        limit = self.script.error_limit
        if reply.startswith("421"):
            self.close()
        elif limit and self.errors > limit:
            self.answers.pop()
            self.hang_up("421 4.7.0 Error: too many errors")

    def judge_recipient(self, address: str) -> str:
        """Give the reply to one RCPT."""
        script = self.script
        if self.sender is None:
            return "503 5.5.1 Error: need MAIL command"
        if address in script.refusals:
            return script.refusals[address]
        if script.recipient_limit and len(self.recipients) >= script.recipient_limit:
            return "452 4.5.3 Error: too many recipients"
        if script.quota and self.taken.recipients >= script.quota:
            return script.quota_reply
        self.taken.recipients += 1
        return "250 2.1.5 Ok"

    def data(self, _: str) -> None:
        """Ask for the message."""
        if self.cut("data"):
            return
        if not self.recipients:
            self.answers.append("554 5.5.1 Error: no valid recipients")
        else:
            self.in_data = self.say("DATA", "354 End data with <CR><LF>.<CR><LF>")

    def bdat(self, line: str) -> None:
        """Expect a chunk (RFC 3030), or say that there is no such command."""
        if not self.script.chunking or "BDAT" in self.script.replies:
            self.answers.append(self.script.replies.get("BDAT", "502 5.5.1 No"))
            return
        _, size, *last = line.split()
        self.chunk = int(size), bool(last)

    def take_chunk(self) -> bool:
        """Take a whole chunk; True when it is there."""
        assert self.chunk is not None
        size, last = self.chunk
        if self.cut("body") or len(self.buffer) < size:
            return False
        self.chunks += bytes(self.buffer[:size])
        del self.buffer[:size]
        self.chunk = None
        if not self.recipients:
            self.answers.append("554 5.5.1 Error: no valid recipients")
        elif last:
            message, self.chunks = self.chunks, b""
            self.end(message)
        else:
            self.answers.append("250 2.0.0 Ok: chunk")
        return True

    def take_message(self) -> bool:
        """Look for the end of the message; True when it is there."""
        if len(self.buffer) and self.cut("body"):
            return False
        if self.buffer.startswith(b".\r\n"):
            end, size = 0, 3
        else:
            end = self.buffer.find(b"\r\n.\r\n", max(0, self.scanned - 4))
            if end < 0:
                self.scanned = len(self.buffer)
                return False
            end, size = end + 2, 3
        message = bytes(self.buffer[:end])
        del self.buffer[: end + size]
        self.in_data = False
        if message.startswith(b"."):
            message = message[1:]
        self.end(message.replace(b"\r\n.", b"\r\n"))
        return True

    def end(self, message: bytes) -> None:
        """Judge a whole message."""
        sender, recipients = self.sender or "", self.recipients
        self.sender, self.recipients = None, []
        if self.cut("before-reply"):
            return
        reply = self.script.replies.get("END", "250 2.0.0 Ok: queued as 4TAKEN")
        if reply[0] == "2":
            self.taken.accept(self.script, sender, recipients, message)
        if self.cut("after-reply"):
            return
        if self.script.delay:
            loop = asyncio.get_running_loop()
            loop.call_later(self.script.delay, self.say_late, reply)
        else:
            self.say("END", reply)

    def say_late(self, reply: str) -> None:
        """Give the final reply after the delay."""
        self.say("END", reply)
        self.flush()

    def rset(self, _: str) -> None:
        """Forget the transaction."""
        self.sender, self.recipients, self.chunks = None, [], b""
        self.say("RSET", "250 2.0.0 Ok")

    def quit(self, _: str) -> None:
        """Say good-bye."""
        self.hang_up("221 2.0.0 Bye")


class ScriptedSmtp:
    """The server in a thread of its own; `taken` is what tests look at."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.taken = Taken()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._sessions: list[Session] = []

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def hang_up_all(self) -> None:
        """Close every connection, as an idle time-out does."""
        done = asyncio.run_coroutine_threadsafe(self._hang_up_all(), self._loop)
        done.result(10)

    async def _start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            self._session, "127.0.0.1", 0, ssl=self.script.tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        await self._hang_up_all()
        if self._server is not None:
            self._server.close()
        await asyncio.sleep(0)

    async def _hang_up_all(self) -> None:
        for session in self._sessions:
            if session.transport is not None:  # else TLS never came about
                session.transport.abort()
        self._sessions.clear()
        await asyncio.sleep(0)

    def _session(self) -> Session:
        session = Session(self.script, self.taken)
        self._sessions.append(session)
        return session


async def serve(script: Script, taken: Taken, port: int) -> None:
    """Serve until the process is ended; print the port."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Session(script, taken), "127.0.0.1", port
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    """Run as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--chunking", action="store_true")
    parser.add_argument("--auth", default="", help="mechanisms, with commas")
    parser.add_argument("--recipient-limit", type=int, default=0)
    parser.add_argument("--quota", type=int, default=0)
    parser.add_argument("--size-limit", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--cut", default="")
    parser.add_argument("--cut-times", type=int, default=1)
    parser.add_argument(
        "--refuse", action="append", default=[], metavar="ADDRESS=REPLY"
    )
    asked = parser.parse_args()
    script = Script(
        pipelining=not asked.no_pipelining,
        chunking=asked.chunking,
        auth=tuple(asked.auth.upper().split(",")) if asked.auth else (),
        recipient_limit=asked.recipient_limit,
        quota=asked.quota,
        size_limit=asked.size_limit,
        delay=asked.delay,
        latency=asked.latency,
        cut=asked.cut,
        cut_times=asked.cut_times,
        refusals=dict(pair.split("=", 1) for pair in asked.refuse),
        keep=False,
    )
    with asked.state.open("ab") as state:
        asyncio.run(serve(script, Taken(state), asked.port))


if __name__ == "__main__":
    main()
