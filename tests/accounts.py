"""Fresh IMAP accounts for tests, on any server, seen through a proxy."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from imapclient import IMAPClient

from bot.demo.provider import Provider
from bot.imap import ImapMailbox, ImapSettings
from tests.box import Box
from tests.proxy import Proxy

MAIL: Final = (
    b"From: Anne <anne@example.org>\r\n"
    b"Subject: caf\xe9\r\n"
    b"Message-ID: <1@example.org>\r\n"
    b"\r\n"
    b"na\xefve \xc3\xa9t\xc3\xa9  \r\n\r\n.\r\nend\r\n"
)
# What a server may lack.
BARE: Final = ("MOVE", "UIDPLUS", "IDLE", "NAMESPACE")
_numbers = itertools.count()


@dataclass(frozen=True)
class Account:
    """A mailbox on some server, and the person whose it is."""

    settings: ImapSettings
    proxy: Proxy
    address: str
    server: Box | Provider
    prefix: str
    separator: str

    def deliver(self, raw: bytes = MAIL) -> None:
        """Let a mail come in."""
        self.server.deliver(self.address, raw, "anne@example.org")

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        """Look into the server's store."""
        return self.server.mails(self.address, folder)

    def folder(self, path: str) -> str:
        """Give the server's name of a folder."""
        return self.prefix + path.replace("/", self.separator)

    def filed(self, folder: str, root: str = "Colporteur") -> list[bytes]:
        """Look into a folder below the root."""
        return self.mails(self.folder(f"{root}/{folder}"))

    @contextmanager
    def client(self) -> Iterator[IMAPClient]:
        """Be the person who looks into the mailbox with a mail client."""
        settings = self.settings
        with IMAPClient(settings.host, settings.port, ssl=False) as client:
            client.login(settings.username, str(settings.password))
            client.select_folder("INBOX")
            yield client


@contextmanager
def new_account(
    server: Box | Provider, hide: tuple[str, ...] = ()
) -> Iterator[Account]:
    """Enrol somebody new; `hide` names capabilities that the bot shall not see."""
    address = f"user{next(_numbers)}@list.test"
    server.add_user(address, "pw")
    with Proxy("127.0.0.1", server.imap_port, hide) as proxy:
        settings = ImapSettings(
            host="127.0.0.1",
            port=proxy.port,
            security="none",
            username=address,
            password="pw",  # noqa: S106 - of a mailbox that lives some seconds
        )
        prefix = server.prefix if isinstance(server, Box) else ""
        separator = server.separator if isinstance(server, Box) else "/"
        yield Account(settings, proxy, address, server, prefix, separator)


@contextmanager
def opened(settings: ImapSettings) -> Iterator[ImapMailbox]:
    """Open a mailbox as the bot does, and close it at the end."""
    mailbox = ImapMailbox(settings)
    mailbox.open()
    try:
        yield mailbox
    finally:
        mailbox.close()
