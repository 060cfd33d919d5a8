"""Transactions on one SMTP connection.

Two round trips a batch: MAIL, every RCPT and DATA in one write, then the message
(RFC 2920 §3.1; with CHUNKING the message follows BDAT, RFC 3030, and DATA is not
said). The server's 354 binds nobody: whether the message follows is decided when
every reply is known, and where it must not follow, the connection is dropped.
Whatever breaks the dialogue drops it too; the next `open` makes another.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from typing import Final

from bot.address import Address
from bot.errors import SubmissionError
from bot.model import Content, Offer, SmtpReply, content_of
from bot.smtp.connection import Features, SmtpSettings, features_of
from bot.smtp.dialogue import Line
from bot.smtp.wire import (
    as_seven_bit,
    is_writable,
    mail_command,
    rcpt_command,
    with_unwritable,
)

__all__ = ("SmtpSubmission",)

# Commands in one write. Bigger bursts could fill the buffers of both sides, each
# waiting for the other to read (RFC 2920 §3.1).
_BURST: Final = 100
# The mark of a batch is added to what SIZE announces.
_MARK_SIZE: Final = 200

_START_INPUT: Final = 354
# Unknown command, not implemented, bad sequence: CHUNKING only looked offered.
_NO_BDAT: Final = frozenset({500, 502, 503})

_UNWRITABLE_SENDER: Final = SmtpReply(
    553, "5.1.7", "5.1.7 This sender can't be written in an SMTP command (not sent)"
)


class _Bdat(Enum):
    """What is known of BDAT on this server."""

    UNTRIED = "untried"
    PROVED = "proved"
    REFUSED = "refused"


class SmtpSubmission:
    """The port `Submission` on smtplib.

    Args:
        settings: where and as whom.
        monotonic: seconds that only grow; says how long a connection was idle.
    """

    def __init__(
        self, settings: SmtpSettings, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = Line(settings, monotonic)
        self._in_transaction = False
        self._content = Content()
        self._data_reply: SmtpReply | None = None  # to a DATA that was pipelined
        self._bdat = _Bdat.UNTRIED
        self._seven_bit: tuple[Content, Content] | None = None

    def open(self) -> None:
        """Connect and log in, unless connected already.

        A connection that was idle for more than 20 seconds is tried with NOOP
        first, and replaced where that fails.

        Raises:
            SubmissionLoginError: the login is refused for good; a person must act.
            SubmissionError: anything else; `reply` has the words, where there are.
        """
        if self._line.open():
            self._in_transaction, self._data_reply = False, None
            if self._bdat is _Bdat.PROVED:
                self._bdat = _Bdat.UNTRIED

    def features(self) -> Features:
        """Say what the server announces; the connection must be open."""
        return features_of(self._line.link)

    def offer(
        self, envelope_sender: Address, recipients: Sequence[Address], content: Content
    ) -> Offer:
        """Send MAIL and every RCPT, pipelined where the server allows it.

        An address that can't be written in a command is refused here (553). After
        `Offer.closed`, open again and offer what was not refused.

        Args:
            envelope_sender: MAIL FROM.
            recipients: RCPT TO, in order.
            content: the message that `deliver` is to send.
        """
        if self._in_transaction:
            self.abandon()
            self.open()
        self._content, self._data_reply = self._fitting(content), None
        if not is_writable(envelope_sender):
            return Offer(_UNWRITABLE_SENDER, ())
        writable = [address for address in recipients if is_writable(address)]
        size = len(self._content.raw) + _MARK_SIZE
        mail = mail_command(self._line.link, envelope_sender, self._content, size)
        replies = self._dialogue(
            [mail, *map(rcpt_command, writable)], with_data=bool(writable)
        )
        # The words of a 421 at DATA are for `deliver` to give.
        closed = not self._line.is_open and self._data_reply is None
        # After a refused MAIL, too, a DATA may have been answered.
        self._in_transaction = self._line.is_open
        if not replies[0].is_positive:
            return Offer(replies[0], (), closed)
        answers = replies[1:]
        if len(writable) < len(recipients):
            answers = list(with_unwritable(recipients, answers))
        return Offer(replies[0], tuple(answers), closed)

    def deliver(self, mark: bytes) -> SmtpReply:
        """Send the message that was offered; give the reply that decides.

        That is the reply to DATA where it is negative, else the one to the end of
        the message. After 421 the connection is closed.

        Args:
            mark: a header field to put before the message, with its CRLF.

        Raises:
            SubmissionError: the connection broke; `in_doubt` when the end of the
                message may have reached the server.
        """
        if self._data_reply is None and self._uses_bdat():
            return self._deliver_by_bdat(mark)
        reply = self._data_reply or self._line.say(b"DATA")
        self._data_reply = None
        if reply.reply_code != _START_INPUT:
            return self._data_refused(reply)
        stuffed = self._content.stuffed
        dot = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        return self._end_message(self._line.write_ahead((mark, stuffed, dot)))

    def abandon(self) -> None:
        """Give up the transaction after `offer`; never raises.

        Where the connection broke, or waits for a message, the next `open` makes
        another.
        """
        waits = self._data_reply is not None and self._data_reply.is_positive
        self._in_transaction, self._data_reply = False, None
        if waits:
            self._line.drop()
        if not self._line.is_open:
            return
        with suppress(SubmissionError):
            if not self._line.say(b"RSET").is_positive:
                self._line.drop()

    def close(self) -> None:
        """Say QUIT and close; never raises."""
        if self._in_transaction:
            self.abandon()
        self._line.quit()

    def _fitting(self, content: Content) -> Content:
        """Give the message as this server can take it, encoded once a message."""
        if not content.eight_bit or self._line.offers("8bitmime"):
            return content
        if self._seven_bit is None or self._seven_bit[0] is not content:
            self._seven_bit = content, content_of(as_seven_bit(content.raw))
        return self._seven_bit[1]

    def _uses_bdat(self) -> bool:
        return self._bdat is not _Bdat.REFUSED and self._line.offers("chunking")

    def _dialogue(self, commands: Sequence[str], *, with_data: bool) -> list[SmtpReply]:
        """Say commands, give the replies, one at least.

        There are fewer when the server closed or refused the first command, MAIL.
        DATA goes along as the last of a group.
        """
        pipelining = self._line.offers("pipelining")
        burst = _BURST if pipelining else 1
        with_data = with_data and pipelining and not self._uses_bdat()
        replies: list[SmtpReply] = []
        for start in range(0, len(commands), burst):
            last = with_data and start + burst >= len(commands)
            try:
                self._exchange(commands[start : start + burst], replies, data=last)
            except SubmissionError:
                if not replies:
                    raise
            if not self._line.is_open or not replies[0].is_positive:
                break
        return replies

    def _exchange(
        self, commands: Sequence[str], replies: list[SmtpReply], *, data: bool
    ) -> None:
        lines = [*commands, "DATA", ""] if data else [*commands, ""]
        self._line.write("\r\n".join(lines).encode("ascii"))
        self._line.read_into(replies, len(commands))
        if data and self._line.is_open:
            self._data_reply = self._line.read()

    def _data_refused(self, reply: SmtpReply) -> SmtpReply:
        if reply.is_positive:
            self._line.drop()
            raise SubmissionError(
                f"{self._line.settings.host} answered DATA with {reply}",
                reply=str(reply),
            )
        self.abandon()
        return reply

    def _deliver_by_bdat(self, mark: bytes) -> SmtpReply:
        """Send the message in chunks, without its dots doubled (RFC 3030 §2).

        The first time on a connection the mark goes ahead as a chunk of its own: a
        server, or a filter before it, that only looks as if it knew BDAT would take
        somebody's post for commands.
        """
        raw = self._content.raw
        end = b"" if raw.endswith(b"\r\n") else b"\r\n"
        if self._bdat is _Bdat.UNTRIED:
            reply = self._try_bdat(mark)
            if not reply.is_positive:
                return reply
            mark = b""
        size = len(mark) + len(raw) + len(end)
        head = b"BDAT %d LAST\r\n" % size + mark
        reply = self._end_message(self._line.write_ahead((head, raw, end)))
        if not reply.is_positive:
            # Unlike DATA, a refused chunk may leave the transaction open: the next
            # MAIL would be "nested", which reads like a refusal of our address.
            self.abandon()
        return reply

    def _try_bdat(self, mark: bytes) -> SmtpReply:
        self._line.write(b"BDAT %d\r\n" % len(mark) + mark)
        reply = self._line.read()
        if reply.reply_code in _NO_BDAT:
            self._bdat = _Bdat.REFUSED
            self._line.drop()
            raise SubmissionError(
                f"{self._line.settings.host} offers CHUNKING and answers BDAT with"
                f" {reply}; the next connection uses DATA",
                reply=str(reply),
            )
        if reply.is_positive:
            self._bdat = _Bdat.PROVED
        else:
            self.abandon()
        return reply

    def _end_message(self, end: bytes) -> SmtpReply:
        try:
            self._line.write(end)
            reply = self._line.read_final()
        except SubmissionError as error:
            raise SubmissionError(
                f"{error}; the message may have been accepted", in_doubt=True
            ) from error
        self._in_transaction = False
        return reply
