"""The embedded provider's IMAP side: mailboxes in memory.

The only module that knows pymap. Everything runs in one event loop.
"""

import asyncio
import contextvars
from argparse import Namespace
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import DictBackend, Identity
from pymap.exceptions import MailboxNotFound
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import Cleartext

__all__ = ("Mailboxes",)


class Mailboxes:
    """Mailboxes of several users, and the IMAP server in front of them."""

    def __init__(self) -> None:
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self, stack: AsyncExitStack, host: str) -> int:
        """Start to serve until `stack` is unwound; give the port."""
        self._backend, self._config = await DictBackend.init(
            _arguments(host), invalid_user_sleep=0.0, hash_context=Cleartext()
        )
        self._config.apply_context()
        # pymap keeps the kind of its locks there; calls from outside need it.
        self.context = contextvars.copy_context()
        await self._backend.start(stack)
        self._imap = IMAPServer(self._backend.login, self._config)
        server = await asyncio.start_server(self._connected, host, 0)
        stack.callback(self._hang_up)
        stack.callback(server.close)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def enrol(self, address: str, password: str) -> None:
        """Make a mailbox, or give one a new password."""
        hashed = await Passwords(self._config).hash_password(password)
        user = UserMetadata(self._config, address, password=hashed)
        await self._identity(address).set(user)

    async def make_folder(self, address: str, folder: str) -> None:
        """Make a folder in a mailbox."""
        async with self._identity(address).new_session() as session:
            await session.mailbox_set.add_mailbox(folder)

    async def store(self, address: str, raw: bytes, folder: str = "INBOX") -> None:
        """Put a mail into a folder; who idles there is woken."""
        async with self._identity(address).new_session() as session:
            mail = AppendMessage(raw, datetime.now(UTC), frozenset())
            await session.append_messages(folder, [mail])

    async def read(self, address: str, folder: str) -> list[bytes]:
        """Give what a folder holds, oldest first; nothing where there is none."""
        async with self._identity(address).new_session() as session:
            try:
                mailbox = await session.mailbox_set.get_mailbox(folder)
            except (MailboxNotFound, KeyError):
                return []
            return [
                bytes(await message.load_content(FetchRequirement.CONTENT))
                async for message in mailbox.messages()
            ]

    def _identity(self, address: str) -> Identity:
        return Identity(address, self._backend.login, None, frozenset())

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writers.add(writer)
        try:
            await self._imap(reader, writer, SocketInfo.get(writer, ProxyResultLocal()))
        except (OSError, EOFError):
            pass  # the client went away
        finally:
            self._writers.discard(writer)
            writer.close()

    def _hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


def _arguments(host: str) -> Namespace:
    """Give what pymap's own command line would."""
    return Namespace(
        host=host,
        port=0,
        debug=False,
        cert=None,
        key=None,
        tls=False,
        proxy_protocol=None,
        passlib_cfg=None,
        inherited_sockets=None,
        demo_data=False,
        demo_user="nobody",
        demo_password="",
    )
