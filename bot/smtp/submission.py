"""Transactions on one SMTP connection.

Three round trips a batch: MAIL with every RCPT in one write, DATA, the message.
DATA is never pipelined: whether it may be said depends on the replies before it.
Whatever breaks the dialogue drops the connection; the next `open` makes another.
"""

import smtplib
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from bot.address import Address
from bot.errors import SubmissionError
from bot.model import Offer, SmtpReply
from bot.smtp.connection import (
    Features,
    SmtpSettings,
    as_reply,
    dial,
    features_of,
    told_as_ours,
)
from bot.smtp.wire import gathered, is_writable, mail_command, with_unwritable

__all__ = ("SmtpSubmission",)

# Servers drop idle connections after a minute or more; a NOOP costs a round trip.
_IDLE_SECONDS: Final = 20.0
# Commands in one write. Bigger bursts could fill the buffers of both sides, each
# waiting for the other to read (RFC 2920 §3.1).
_BURST: Final = 100
_QUIT_TIMEOUT: Final = 5.0  # seconds

_START_INPUT: Final = 354
_CLOSING: Final = 421

_UNWRITABLE_SENDER: Final = SmtpReply(
    553, "5.1.7", "5.1.7 This sender can't be written in an SMTP command (not sent)"
)


class SmtpSubmission:
    """The port `Submission` on smtplib.

    Args:
        settings: where and as whom.
        monotonic: seconds that only grow; says how long a connection was idle.
    """

    def __init__(
        self, settings: SmtpSettings, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._link: smtplib.SMTP | None = None
        self._used_at = 0.0
        self._in_transaction = False

    def open(self) -> None:
        """Connect and log in, unless connected already.

        A connection that was idle for more than 20 seconds is tried with NOOP
        first, and replaced where that fails.

        Raises:
            SubmissionLoginError: the login is refused for good; a person must act.
            SubmissionError: anything else; `reply` has the words, where there are.
        """
        if self._link and self._monotonic() - self._used_at > _IDLE_SECONDS:
            self._probe()
        if self._link is None:
            self._link = dial(self._settings)
            self._touch()

    def features(self) -> Features:
        """Say what the server announces; the connection must be open."""
        return features_of(self._connected())

    def offer(
        self,
        envelope_sender: Address,
        recipients: Sequence[Address],
        size: int,
        *,
        eight_bit: bool = False,
    ) -> Offer:
        """Send MAIL and every RCPT, pipelined where the server allows it.

        An address that can't be written in a command is refused here (553). After
        `Offer.closed`, open again and offer what was not refused.

        Args:
            envelope_sender: MAIL FROM.
            recipients: RCPT TO, in order.
            size: of the message, in bytes; 0 is not announced.
            eight_bit: whether the message has bytes above 127 (RFC 6152).
        """
        link = self._connected()
        if self._in_transaction:
            self.abandon()
        if not is_writable(envelope_sender):
            return Offer(_UNWRITABLE_SENDER, ())
        writable = [address for address in recipients if is_writable(address)]
        mail = mail_command(link, envelope_sender, size, eight_bit=eight_bit)
        replies = self._dialogue(
            [mail, *(f"RCPT TO:<{address}>" for address in writable)]
        )
        closed = self._link is None
        if not replies[0].is_positive:
            return Offer(replies[0], (), closed)
        self._in_transaction = not closed
        answers = replies[1:]
        if len(writable) < len(recipients):
            answers = list(with_unwritable(recipients, answers))
        return Offer(replies[0], tuple(answers), closed)

    def deliver(self, parts: Iterable[bytes]) -> SmtpReply:
        """Send DATA and a message made of `parts`; give the reply that decides.

        That is the reply to DATA where it is negative, else the one to the final
        dot. After 421 the connection is closed.

        Args:
            parts: each has CRLF lines, ends with one, and is dot-stuffed.

        Raises:
            SubmissionError: the connection broke; `in_doubt` when the end of the
                message may have reached the server.
        """
        link = self._connected()
        self._write(b"DATA\r\n")
        reply = self._read()
        if reply.reply_code != _START_INPUT:
            return self._data_refused(reply)
        end = self._write_message(parts)
        try:
            self._write(end)
            reply = self._read_final(link)
        except SubmissionError as error:
            raise SubmissionError(
                f"{error}; the message may have been accepted", in_doubt=True
            ) from error
        self._in_transaction = False
        if reply.reply_code == _CLOSING:
            self._drop()
        return reply

    def abandon(self) -> None:
        """Give up the transaction after `offer` (RSET); never raises.

        Where the connection broke, the next `open` makes another.
        """
        self._in_transaction = False
        if self._link is None:
            return
        with suppress(SubmissionError):
            self._write(b"RSET\r\n")
            if not self._read().is_positive:
                self._drop()

    def close(self) -> None:
        """Say QUIT and close; never raises."""
        link = self._link
        if link is None:
            return
        with suppress(OSError):  # smtplib's own errors are OSErrors too
            if link.sock is not None:
                link.sock.settimeout(_QUIT_TIMEOUT)
            link.quit()
        self._drop()

    def _connected(self) -> smtplib.SMTP:
        if self._link is None:
            raise SubmissionError(
                f"no connection to {self._settings.host}; it has to be opened first"
            )
        return self._link

    def _touch(self) -> None:
        self._used_at = self._monotonic()

    def _drop(self) -> None:
        self._in_transaction = False
        if self._link is not None:
            with suppress(OSError):
                self._link.close()
        self._link = None

    def _probe(self) -> None:
        try:
            self._write(b"NOOP\r\n")
            if not self._read().is_positive:
                self._drop()
        except SubmissionError:
            self._drop()

    def _dialogue(self, commands: Sequence[str]) -> list[SmtpReply]:
        """Say commands, give the replies, one at least.

        There are fewer when the server closed (then `_link` is None) or refused
        the first command, MAIL.
        """
        pipelining = self._connected().has_extn("pipelining")
        burst = _BURST if pipelining else 1
        replies: list[SmtpReply] = []
        for start in range(0, len(commands), burst):
            try:
                self._exchange(commands[start : start + burst], replies)
            except SubmissionError:
                if not replies:
                    raise
            if self._link is None or not replies[0].is_positive:
                break
        return replies

    def _exchange(self, commands: Sequence[str], replies: list[SmtpReply]) -> None:
        self._write(("\r\n".join(commands) + "\r\n").encode("ascii"))
        for _ in commands:
            reply = self._read()
            replies.append(reply)
            if reply.reply_code == _CLOSING:
                self._drop()
                return

    def _data_refused(self, reply: SmtpReply) -> SmtpReply:
        if reply.is_positive:
            self._drop()
            raise SubmissionError(
                f"{self._settings.host} answered DATA with {reply}", reply=str(reply)
            )
        if reply.reply_code == _CLOSING:
            self._drop()
            return reply
        with suppress(SubmissionError):  # the reply to DATA is what matters
            self.abandon()
        return reply

    def _write_message(self, parts: Iterable[bytes]) -> bytes:
        """Write the message but its end; give the end.

        Nothing that could end the message is written here, so the server can't
        have accepted it when this fails.
        """
        tail = b"\r\n"
        try:
            for chunk in gathered(parts):
                self._write(chunk)
                tail = bytes(chunk[-2:])
        except BaseException:
            self._drop()
            raise
        return b".\r\n" if tail == b"\r\n" else b"\r\n.\r\n"

    def _write(self, chunk: bytes | memoryview) -> None:
        link = self._connected()
        try:
            with told_as_ours(self._settings):
                link.send(chunk)
        except SubmissionError:
            self._drop()
            raise

    def _read(self) -> SmtpReply:
        link = self._connected()
        try:
            with told_as_ours(self._settings):
                code, words = link.getreply()
        except SubmissionError:
            self._drop()
            raise
        if code < 200 or code > 599:  # noqa: PLR2004 - RFC 5321 §4.2.1
            self._drop()
            raise SubmissionError(f"{self._settings.host} does not speak SMTP")
        self._touch()
        return as_reply(code, words)

    def _read_final(self, link: smtplib.SMTP) -> SmtpReply:
        if link.sock is not None:
            link.sock.settimeout(self._settings.final_timeout)
        reply = self._read()
        if link.sock is not None:
            link.sock.settimeout(self._settings.timeout)
        return reply
