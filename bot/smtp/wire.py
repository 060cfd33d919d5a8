"""What the transactions put on the wire: commands, and a message in pieces."""

import re
import smtplib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.address import Address
from bot.model import SmtpReply

__all__ = ("gathered", "is_writable", "mail_command", "with_unwritable")

# One write: small parts of a message travel together, and a big one in pieces,
# since the time-out of a socket counts for a whole write, however slow the line.
_WRITE_SIZE: Final = 65536

# As in bot.address: what may stand between < and > without quoting games.
_WIRE_SAFE = re.compile(r"[!-;=?-~]+")
_UNWRITABLE: Final = SmtpReply(
    553, "5.1.3", "5.1.3 This address can't be written in an SMTP command (not sent)"
)


def is_writable(address: Address) -> bool:
    """Whether an address can stand in a command without any quoting."""
    return _WIRE_SAFE.fullmatch(str(address)) is not None


def mail_command(
    link: smtplib.SMTP, envelope_sender: Address, size: int, *, eight_bit: bool
) -> str:
    """Word MAIL with what the server knows (RFC 1870, RFC 6152)."""
    command = f"MAIL FROM:<{envelope_sender}>"
    if size > 0 and link.has_extn("size"):
        command += f" SIZE={size}"
    if eight_bit and link.has_extn("8bitmime"):
        command += " BODY=8BITMIME"
    return command


def with_unwritable(
    recipients: Sequence[Address], answers: Sequence[SmtpReply]
) -> Iterator[SmtpReply]:
    """Put the refusals of our own among the server's replies, in order."""
    waiting = iter(answers)
    for address in recipients:
        reply = next(waiting, None) if is_writable(address) else _UNWRITABLE
        if reply is None:
            return
        yield reply


def gathered(parts: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """Join small parts to writes of a useful size, and cut big ones, uncopied."""
    held: list[bytes] = []
    length = 0
    for part in parts:
        if held and length + len(part) > _WRITE_SIZE:
            yield b"".join(held)
            held, length = [], 0
        if len(part) > _WRITE_SIZE:
            view = memoryview(part)
            for start in range(0, len(part), _WRITE_SIZE):
                yield view[start : start + _WRITE_SIZE]
        elif part:
            held.append(part)
            length += len(part)
    if held:
        yield b"".join(held)
