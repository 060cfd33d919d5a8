"""Dial an IMAP server: TCP, TLS, login. Library errors end here.

A login is tried once: whoever repeats a refused one locks the account.
"""

import imaplib
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from bot.errors import MailboxError, MailboxLoginError, MailboxRefusalError
from bot.imap.refusals import advice, is_passing

__all__ = ("ImapSettings", "dial", "hang_up", "told_as_ours")

# What imapclient lets through: sockets and TLS, refused commands and broken
# connections, and answers that it can't read.
_LIBRARY_ERRORS: Final = (OSError, imaplib.IMAP4.error, ValueError, EOFError)


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """Where the mailbox is, and whose.

    `password` may be a function, asked at each login: an OAuth2 token lives an
    hour. `folder_root` is the folder below which mail is filed; `/` in it
    separates folders whatever the server uses.
    """

    host: str
    port: int
    security: str = "tls"  # tls | starttls | none (to a loopback address only)
    username: str = ""
    password: str | Callable[[], str] = field(default="", repr=False)
    auth: str = "password"  # password | xoauth2
    folder: str = "INBOX"
    folder_root: str = "Colporteur"
    connect_timeout: float = 15.0  # seconds
    read_timeout: float = 60.0  # seconds
    cafile: str | None = None  # instead of the system's certificate authorities
    idle: bool = True


@contextmanager
def told_as_ours(settings: ImapSettings) -> Iterator[None]:
    """Turn whatever imapclient raises into MailboxError.

    A command that the server refused (quota, rights) is a MailboxRefusalError.
    """
    try:
        yield
    except _LIBRARY_ERRORS as error:
        told = f"IMAP server {settings.host}:{settings.port}: {_explain(error)}"
        refused = isinstance(error, imaplib.IMAP4.error)
        if refused and not isinstance(error, imaplib.IMAP4.abort):
            raise MailboxRefusalError(told) from error
        raise MailboxError(told) from error


def dial(settings: ImapSettings) -> IMAPClient:
    """Connect and log in.

    Raises:
        MailboxLoginError: the server refuses the login; don't try again.
        MailboxError: anything else that went wrong; try again later.
    """
    if settings.security == "none" and not _is_loopback(settings.host):
        raise MailboxError(
            f"[imap] security = none would send the password in the clear to"
            f" {settings.host}; use tls or starttls"
        )
    with told_as_ours(settings):
        client = _connect(settings)
        try:
            _log_in(client, settings)
        except BaseException:
            hang_up(client)
            raise
    return client


def hang_up(client: IMAPClient) -> None:
    """Close the socket without a word; never raises."""
    with suppress(*_LIBRARY_ERRORS, AttributeError):
        client.shutdown()


def _connect(settings: ImapSettings) -> IMAPClient:
    context = ssl.create_default_context(cafile=settings.cafile)
    client = IMAPClient(
        settings.host,
        settings.port,
        ssl=settings.security == "tls",
        ssl_context=context,
        timeout=SocketTimeout(settings.connect_timeout, settings.read_timeout),
    )
    client.normalise_times = False  # aware datetimes
    # A command may go in pieces; each would wait for the ACK of the one before.
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if settings.security == "starttls":
        try:
            _start_tls(client, context)
        except BaseException:
            hang_up(client)
            raise
    return client


def _start_tls(client: IMAPClient, context: ssl.SSLContext) -> None:
    if not client.has_capability("STARTTLS"):
        raise MailboxError(
            "the IMAP server offers no STARTTLS; the password was not sent."
            ' Use security = "tls", mostly on port 993'
        )
    client.starttls(context)


def _log_in(client: IMAPClient, settings: ImapSettings) -> None:
    password = settings.password
    word = password() if callable(password) else password
    capabilities = client.capabilities()
    try:
        if settings.auth == "xoauth2":
            _log_in_with_token(client, settings.username, word)
        elif b"LOGINDISABLED" in capabilities or not _is_plain(
            settings.username + word
        ):
            # AUTHENTICATE PLAIN carries any character, LOGIN only ASCII.
            client.plain_login(settings.username, word)
        else:
            client.login(settings.username, word)
    except LoginError as error:
        words = str(error)
        if isinstance(error.__context__, imaplib.IMAP4.abort) or is_passing(words):
            raise
        raise MailboxLoginError(
            f"{settings.host} refuses the login of {settings.username}: {words!r}."
            f" {advice(words, capabilities, settings.auth)}"
        ) from error


def _log_in_with_token(client: IMAPClient, username: str, token: str) -> None:
    if not client.has_capability("AUTH=XOAUTH2"):
        raise LoginError("the server offers no XOAUTH2")
    client.oauth2_login(username, token)


def _is_plain(word: str) -> bool:
    return word.isascii() and word.isprintable()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _explain(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not trusted ({error.verify_message}); check"
                " [imap] host, and the clock of this machine"
            )
        case ssl.SSLError():
            return (
                f"TLS failed ({error.reason}); with port 143 security is mostly"
                ' "starttls", with port 993 "tls"'
            )
        case socket.gaierror():
            return "there is no such host; check [imap] host, and the network"
        case TimeoutError():
            return (
                "no answer in time; check [imap] host, port and security"
                " (port 993 goes with tls, port 143 with starttls)"
            )
        case _:
            return str(error) or type(error).__name__
