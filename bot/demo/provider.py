"""A mail provider inside the process: IMAP and SMTP on loopback, in memory.

For the demonstration and for fast tests. It limits recipients, keeps an hourly
quota, refuses and bounces as its tables say, and delivers among its own users;
mail to anybody else is counted and forgotten. Nothing ever leaves the machine.
The only module that knows aiosmtpd.
"""

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from functools import partial
from typing import Any, Final, Self, TypeVar
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bot.demo import report
from bot.demo.mailboxes import Mailboxes
from bot.demo.policy import Policy

__all__ = ("Provider", "Transaction")

T = TypeVar("T")

_LOOPBACK: Final = "127.0.0.1"
_PATIENCE_SECONDS: Final = 30.0
_EXTENSIONS: Final = ("PIPELINING", "ENHANCEDSTATUSCODES")
# It warns about each connection that a login travels in the clear.
logging.getLogger("mail.log").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One mail that the SMTP side accepted."""

    login: str
    envelope_sender: str
    recipients: tuple[str, ...]
    size: int


class Provider:
    """A provider with a few users, gentle rules and no memory.

    Args:
        users: passwords by address.
        policy: limits, refusals and bounces; gentle where left out.
        authserv: the name under which mail gets Authentication-Results; empty:
            it gets none.
        files_sent: keep a copy of submitted mail in the folder Sent.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        policy: Policy | None = None,
        *,
        authserv: str = "",
        files_sent: bool = False,
    ) -> None:
        self.users = {address.lower(): word for address, word in users.items()}
        self.policy = policy or Policy()
        self.authserv, self.files_sent = authserv, files_sent
        self.imap_port = self.smtp_port = 0
        self.delivered: Counter[str] = Counter()
        self.transactions: list[Transaction] = []
        self._mailboxes = Mailboxes()
        self._connections: WeakSet[SMTP] = WeakSet()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run, name="demo-provider", daemon=True
        )

    # ------------------------------------------------------------ from outside

    def start(self) -> Self:
        """Start the thread; both ports accept connections when this returns."""
        self._thread.start()
        self._ready.wait(_PATIENCE_SECONDS)
        if self._failure:
            raise RuntimeError("the embedded provider did not start") from self._failure
        return self

    def stop(self) -> None:
        """Close both ports and forget every mail."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def deliver(
        self, address: str, raw: bytes, envelope_sender: str = "", dmarc: str = ""
    ) -> None:
        """Deliver a mail as if it came from outside.

        `dmarc` is the verdict (pass, fail, none) in Authentication-Results, which
        needs an `authserv`.
        """
        if self._user(address) not in self.users:
            raise LookupError(f"{address} has no mailbox here")
        self._do(self._deliver(address, raw, envelope_sender, dmarc))

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Give what a mailbox's folder holds, oldest first; `/` separates folders."""
        return self._do(self._mailboxes.read(address.lower(), folder))

    def add_user(self, address: str, password: str) -> None:
        """Add a mailbox, or give one a new password."""
        self.users[address.lower()] = password
        self._do(self._enrol(address.lower(), password))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        submit = partial(asyncio.run_coroutine_threadsafe, work, self._loop)
        return self._mailboxes.context.copy().run(submit).result(_PATIENCE_SECONDS)

    # ----------------------------------------------------------- in the thread

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - told by start()
            self._failure = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        async with AsyncExitStack() as stack:
            self.imap_port = await self._mailboxes.listen(stack, _LOOPBACK)
            for address, password in self.users.items():
                await self._enrol(address, password)
            smtp = await self._loop.create_server(self._connected, _LOOPBACK, 0)
            stack.callback(self._hang_up)
            stack.callback(smtp.close)
            self.smtp_port = smtp.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stopping.wait()
        await asyncio.sleep(0)  # lets the aborted connections close their sockets

    def _connected(self) -> SMTP:
        connection = SMTP(
            self,
            hostname="provider.invalid",
            authenticator=self._authenticate,
            auth_require_tls=False,
            enable_SMTPUTF8=True,
            loop=self._loop,
        )
        self._connections.add(connection)
        return connection

    def _hang_up(self) -> None:
        for connection in self._connections:
            if connection.transport:
                connection.transport.close()

    async def _enrol(self, address: str, password: str) -> None:
        await self._mailboxes.enrol(address, password)
        if self.files_sent:
            await self._mailboxes.make_folder(address, "Sent")

    @staticmethod
    def _user(address: str) -> str:
        """Leave the sub-address out."""
        local_part, _, domain = address.lower().rpartition("@")
        return f"{local_part.partition('+')[0]}@{domain}"

    async def _deliver(
        self, address: str, raw: bytes, envelope_sender: str, dmarc: str = ""
    ) -> None:
        trace = f"Return-Path: <{envelope_sender}>\r\nDelivered-To: {address}\r\n"
        if self.authserv and dmarc:
            author = parseaddr(BytesHeaderParser().parsebytes(raw).get("From", ""))[1]
            domain = author.rpartition("@")[2] or "unknown.invalid"
            trace += (
                f"Authentication-Results: {self.authserv};"
                f" dmarc={dmarc} header.from={domain}\r\n"
            )
        await self._mailboxes.store(self._user(address), trace.encode() + raw)
        self.delivered[address.lower()] += 1

    async def _pass_on(self, address: str, raw: bytes, envelope_sender: str) -> None:
        """Deliver a submitted mail, or send it back, or only count it."""
        if reply := self.policy.bounce(address):
            if envelope_sender and self._user(envelope_sender) in self.users:
                now = datetime.now(UTC)
                bounce = report.failure(address, envelope_sender, reply, raw, now)
                await self._deliver(envelope_sender, bounce, "")
        elif self._user(address) in self.users:
            await self._deliver(address, raw, envelope_sender, "pass")
        else:
            self.delivered[address.lower()] += 1

    # ------------------------------------------------------- aiosmtpd's hooks

    def _authenticate(
        self,
        _server: SMTP,
        _session: Session,
        _envelope: Envelope,
        _mechanism: str,
        data: LoginPassword,
    ) -> AuthResult:
        login = data.login.decode(errors="replace").lower()
        word = data.password.decode(errors="replace")
        known = self.users.get(login) == word
        return AuthResult(success=known, handled=known, auth_data=login)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's word
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Offer what aiosmtpd can do but doesn't mention."""
        session.host_name = hostname
        offers = [f"250-{word}" for word in _EXTENSIONS]
        return [*responses[:-1], *offers, responses[-1]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's word
        self,
        _server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Ask for a login first; aiosmtpd's own way to do so warns each time."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's word
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Accept a recipient, within the limits."""
        already = len(envelope.rcpt_tos)
        reply = self.policy.answer_rcpt(address, already, time.monotonic())
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802 - aiosmtpd's word
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the mail and hand it to each recipient."""
        login = str(session.auth_data)
        sender, raw = envelope.mail_from or "", envelope.original_content or b""
        if self.files_sent:
            await self._mailboxes.store(login, raw, "Sent")
        for address in envelope.rcpt_tos:
            await self._pass_on(address, raw, sender)
        recipients = tuple(envelope.rcpt_tos)
        done = Transaction(login, sender, recipients, len(raw))
        self.transactions.append(done)
        return f"250 2.0.0 Ok: queued as {len(self.transactions)}"
