"""What the transactions put on the wire: commands, and a message in pieces."""

import base64
import email
import smtplib
from collections.abc import Iterable, Iterator, Sequence
from email.generator import BytesGenerator
from email.policy import compat32
from functools import lru_cache
from io import BytesIO
from typing import Final

from bot.address import Address
from bot.model import Content, SmtpReply

__all__ = (
    "as_seven_bit",
    "gathered",
    "is_writable",
    "mail_command",
    "rcpt_command",
    "with_unwritable",
)

# One write: small parts of a message travel together, and a big one in pieces,
# since the time-out of a socket counts for a whole write, however slow the line.
_WRITE_SIZE: Final = 65536

# As in bot.address: what may stand between < and > without quoting games.
_WIRE_SAFE: Final = frozenset(map(chr, range(0x21, 0x7F))) - {"<", ">"}
_UNWRITABLE: Final = SmtpReply(
    553, "5.1.3", "5.1.3 This address can't be written in an SMTP command (not sent)"
)


@lru_cache(maxsize=1024)
def is_writable(address: Address) -> bool:
    """Whether an address can stand in a command without any quoting."""
    return _WIRE_SAFE.issuperset(str(address))


def mail_command(
    link: smtplib.SMTP, envelope_sender: Address, content: Content, size: int
) -> str:
    """Word MAIL with what the server knows (RFC 1870, RFC 6152, RFC 6531)."""
    command = f"MAIL FROM:<{envelope_sender}>"
    if link.has_extn("size"):
        command += f" SIZE={size}"
    if content.eight_bit and link.has_extn("8bitmime"):
        command += " BODY=8BITMIME"
    if content.utf8_header and link.has_extn("smtputf8"):
        command += " SMTPUTF8"
    return command


def rcpt_command(address: Address) -> str:
    """Word RCPT."""
    return f"RCPT TO:<{address}>"


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


def as_seven_bit(raw: bytes) -> bytes:
    """Encode the parts that have bytes above 127 (RFC 6152 §3, RFC 2045 §6).

    For the rare server that takes none; a signature over such a part breaks, as it
    would at any relay that has to do the same.
    """
    message = email.message_from_bytes(raw)
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and not payload.isascii():
            del part["Content-Transfer-Encoding"]
            part["Content-Transfer-Encoding"] = "base64"
            part.set_payload(base64.encodebytes(payload).decode("ascii"))
    out = BytesIO()
    policy = compat32.clone(cte_type="7bit", linesep="\r\n", max_line_length=0)
    BytesGenerator(out, mangle_from_=False, policy=policy).flatten(message)
    # What no rule allows to be there: text around the parts, odd headers.
    return out.getvalue().decode("ascii", "replace").encode("ascii", "replace")


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
