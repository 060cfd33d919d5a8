"""Bytes out, replies in: the connection under the transactions.

Replies are read by our own hand, since reading them is most of what sending costs:
a batch of 50 has 53 replies, nearly all of them the same line.
"""

import smtplib
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import BinaryIO, Final

from bot.errors import SubmissionError
from bot.model import SmtpReply
from bot.smtp.connection import SmtpSettings, as_reply, dial, told_as_ours
from bot.smtp.wire import gathered

__all__ = ("Line",)

_CLOSING: Final = 421  # the server hangs up after it (RFC 5321 §3.8)

# Servers drop idle connections after a minute or more; a NOOP costs a round trip.
_IDLE_SECONDS: Final = 20.0
_QUIT_TIMEOUT: Final = 5.0  # seconds

# As in smtplib: longer lines are an attack or no SMTP at all.
_LINE_MAX: Final = 8192
# Together the lines of a reply may be so long.
_REPLY_LINES_MAX: Final = 200
_CODE_LENGTH: Final = 3


class Line:
    """One connection at a time; whatever breaks it drops it."""

    def __init__(self, settings: SmtpSettings, monotonic: Callable[[], float]) -> None:
        self.settings = settings
        self._monotonic = monotonic
        self._link: smtplib.SMTP | None = None
        self._used_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._link is not None

    @property
    def link(self) -> smtplib.SMTP:
        """The connection; SubmissionError without one."""
        if self._link is None:
            raise SubmissionError(
                f"no connection to {self.settings.host}; it has to be opened first"
            )
        return self._link

    def offers(self, keyword: str) -> bool:
        """Whether EHLO announced an extension."""
        return self.link.has_extn(keyword)

    def open(self) -> bool:
        """Connect and log in where needed; True for a new connection."""
        if self._link and self._monotonic() - self._used_at > _IDLE_SECONDS:
            self._probe()
        if self._link is not None:
            return False
        self._link = dial(self.settings)
        self._used_at = self._monotonic()
        return True

    def write(self, chunk: bytes | memoryview) -> None:
        """Write all of it."""
        link = self.link
        try:
            with told_as_ours(self.settings):
                link.send(chunk)
        except SubmissionError:
            self.drop()
            raise

    def write_ahead(self, parts: Iterable[bytes]) -> bytes:
        """Write a message but its end; give the end.

        Nothing that could end the message is written here, so the server can't
        have accepted it when this fails.
        """
        held: bytes | memoryview = b""
        for chunk in gathered(parts):
            if held:
                self.write(held)
            held = chunk
        return bytes(held)

    def read(self) -> SmtpReply:
        """Read one reply; 421 is the last one."""
        replies: list[SmtpReply] = []
        self.read_into(replies, 1)
        return replies[0]

    def read_into(self, replies: list[SmtpReply], count: int) -> None:
        """Read so many replies, one after the other; fewer after a 421."""
        try:
            with told_as_ours(self.settings):
                self._read_into(replies, count)
        except SubmissionError:
            self.drop()
            raise
        self._used_at = self._monotonic()

    def _read_into(self, replies: list[SmtpReply], count: int) -> None:
        link = self.link
        for _ in range(count):
            reply = _read_reply(link)
            if not 200 <= reply.reply_code <= 599:  # noqa: PLR2004 - RFC 5321 §4.2.1
                words = f"{self.settings.host} does not speak SMTP"
                raise SubmissionError(words)
            replies.append(reply)
            if reply.reply_code == _CLOSING:
                self.drop()
                return

    def read_final(self) -> SmtpReply:
        """Read the reply to a whole message, which may take long."""
        sock = self.link.sock
        if sock is not None:
            sock.settimeout(self.settings.final_timeout)
        reply = self.read()
        if sock is not None and self.is_open:
            sock.settimeout(self.settings.timeout)
        return reply

    def say(self, command: bytes) -> SmtpReply:
        """Say one command; give the reply."""
        self.write(command + b"\r\n")
        return self.read()

    def quit(self) -> None:
        """Say QUIT and close; never raises."""
        link = self._link
        if link is None:
            return
        with suppress(OSError):  # smtplib's own errors are OSErrors too
            if link.sock is not None:
                link.sock.settimeout(_QUIT_TIMEOUT)
                link.quit()
        self.drop()

    def drop(self) -> None:
        """Close without a word; never raises."""
        link, self._link = self._link, None
        if link is not None:
            with suppress(OSError):
                link.close()

    def _probe(self) -> None:
        with suppress(SubmissionError):
            if not self.say(b"NOOP").is_positive:
                self.drop()


def _read_reply(link: smtplib.SMTP) -> SmtpReply:
    """Read one reply, with all its lines (RFC 5321 §4.2.1).

    Raises:
        OSError: the server closed, or does not speak SMTP.
    """
    file = _file_of(link)
    line = _read_line(file)
    if line[_CODE_LENGTH : _CODE_LENGTH + 1] != b"-":
        return _of_line(line)
    lines = [line]
    while line[_CODE_LENGTH : _CODE_LENGTH + 1] == b"-":
        if len(lines) >= _REPLY_LINES_MAX:
            raise smtplib.SMTPServerDisconnected("a reply without an end")
        line = _read_line(file)
        lines.append(line)
    words = b"\n".join(each[_CODE_LENGTH + 1 :].strip() for each in lines)
    return as_reply(_code(lines[-1]), words)


@lru_cache(maxsize=256)
def _of_line(line: bytes) -> SmtpReply:
    return as_reply(_code(line), line[_CODE_LENGTH + 1 :].strip())


def _code(line: bytes) -> int:
    """Give the code; a number that none has where there is none."""
    digits = line[:_CODE_LENGTH]
    return int(digits) if digits.isdigit() else -1


def _file_of(link: smtplib.SMTP) -> BinaryIO:
    # smtplib makes it at the first reply, and anew after STARTTLS.
    if link.file is None:
        if link.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        link.file = link.sock.makefile("rb")
    return link.file


def _read_line(file: BinaryIO) -> bytes:
    line = file.readline(_LINE_MAX + 1)
    if not line:
        raise smtplib.SMTPServerDisconnected("the server closed the connection")
    if len(line) > _LINE_MAX:
        raise smtplib.SMTPServerDisconnected("a line without an end")
    return line
