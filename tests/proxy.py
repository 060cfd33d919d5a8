"""A man in the middle for plain-text IMAP and SMTP, under a test's orders.

It hides capabilities from the client and cuts the connection at a chosen step.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final, Self

_READ_BYTES: Final = 65_536
_PATIENCE_SECONDS: Final = 10.0
_LISTS_CAPABILITIES: Final = re.compile(rb"(\*|\w+) (OK \[)?CAPABILITY ")


class Proxy:
    """Listen on a free port and pass everything on to a server.

    A *command* is a line of the client's; the lines of a message after SMTP's DATA
    count as one, when the final dot comes.

    Args:
        host: of the server.
        port: of the server.
        hide: words to leave out of CAPABILITY and EHLO, such as MOVE.
        cut_after: close both connections after so many commands; counted over
            all connections, once.
        deliver_last: pass the last command on before cutting, so that the server
            acts but the client never hears.
    """

    def __init__(
        self,
        host: str,
        port: int,
        hide: Collection[str] = (),
        cut_after: int | None = None,
        *,
        deliver_last: bool = False,
    ) -> None:
        self._server = (host, port)
        words = b"|".join(re.escape(word.encode()) for word in hide)
        self._in_list = re.compile(rb" (?:%s)(?=[] \r])" % words, re.IGNORECASE)
        self._as_line = re.compile(rb"(250[- ])(?:%s)\b[^\r]*" % words, re.IGNORECASE)
        self._hides = bool(hide)
        self.cut_after, self.deliver_last = cut_after, deliver_last
        self.pause_seconds = 0.0  # in the middle of each line of the server's
        self.commands: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._conversations: list[_Conversation] = []
        self._threads = [_start(self._accept)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def count(self) -> int:
        """How many commands the clients sent so far."""
        return len(self.commands)

    def cut(self) -> None:
        """Close all connections now; new ones are welcome."""
        with self._lock:
            conversations, self._conversations = self._conversations, []
        for conversation in conversations:
            conversation.end()

    def stop(self) -> None:
        """Close everything."""
        # A blocked accept() wakes only for a shutdown.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)

    def strip(self, line: bytes) -> bytes:
        """Leave the hidden words out of a line that lists capabilities."""
        if self._hides and _LISTS_CAPABILITIES.match(line):
            return self._in_list.sub(b"", line)
        if self._hides and line.startswith(b"250"):
            return self._as_line.sub(rb"\1X-HIDDEN", line)
        return line

    def passes(self, command: bytes) -> bool:
        """Count a command; False when the connection is to be cut."""
        with self._lock:
            self.commands.append(command)
            return len(self.commands) != self.cut_after

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                conversation = _Conversation(self, client, server)
                with self._lock:
                    self._conversations.append(conversation)
                    self._threads += conversation.start()


class _Conversation:
    """One client's connection and the one to the server."""

    def __init__(
        self, proxy: Proxy, client: socket.socket, server: socket.socket
    ) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in_data = False
        self._last_tag: bytes | None = None
        self._pumps = 2
        self._lock = threading.Lock()

    def start(self) -> list[threading.Thread]:
        """Start to pass on in both directions."""
        return [
            _start(self._pump, self._client, self._from_client),
            _start(self._pump, self._server, self._from_server),
        ]

    def end(self) -> None:
        """Cut both connections; the pumps notice and close them."""
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _pump(self, source: socket.socket, take: Callable[[bytes], bool]) -> None:
        rest, goes_on = b"", True
        with suppress(OSError):
            while goes_on and (piece := source.recv(_READ_BYTES)):
                *lines, rest = (rest + piece).split(b"\n")
                goes_on = all(take(line + b"\n") for line in lines)
        self.end()
        with self._lock:
            self._pumps -= 1
            if not self._pumps:
                self._client.close()
                self._server.close()

    def _from_client(self, line: bytes) -> bool:
        if self._in_data and line != b".\r\n":
            self._server.sendall(line)
            return True
        self._in_data = False
        if self._proxy.passes(line):
            self._server.sendall(line)
            return True
        if self._proxy.deliver_last:
            self._last_tag = line.split()[0] + b" "
            self._server.sendall(line)
        return self._proxy.deliver_last

    def _from_server(self, line: bytes) -> bool:
        if self._last_tag:
            # The server is done with the command; the client won't hear of it.
            return not (line.startswith(self._last_tag) or line[:3].isdigit())
        self._in_data = self._in_data or line.startswith(b"354")
        line = self._proxy.strip(line)
        if self._proxy.pause_seconds:
            self._client.sendall(line[: len(line) // 2])
            time.sleep(self._proxy.pause_seconds)
            line = line[len(line) // 2 :]
        self._client.sendall(line)
        return True


def _start(work: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread
