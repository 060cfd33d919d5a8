"""Dial an SMTP server: TCP, TLS, EHLO, AUTH. Library errors end here.

AUTH is our own: smtplib tries every mechanism with the same bad password, which
locks accounts, and can't send a password that isn't ASCII.
"""

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from bot.errors import SubmissionError, SubmissionLoginError
from bot.model import SmtpReply

__all__ = (
    "Features",
    "SmtpSettings",
    "as_reply",
    "dial",
    "features_of",
    "told_as_ours",
)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where to submit mail, and as whom.

    `password` may be a function, asked at each login: an OAuth2 token lives an
    hour. An empty `username` means no login. `local_hostname` is what EHLO says;
    the machine's own name would be seen by every reader of a Received field.
    """

    host: str
    port: int
    security: str = "tls"  # tls | starttls | none
    username: str = ""
    password: str | Callable[[], str] = field(default="", repr=False)
    auth: str = "password"  # password | xoauth2
    timeout: float = 60.0  # seconds, for connecting and for each reply
    final_timeout: float = 300.0  # seconds, for the reply to a whole message
    cafile: str | None = None  # instead of the system's certificate authorities
    local_hostname: str = "[127.0.0.1]"


@dataclass(frozen=True, slots=True)
class Features:
    """What the server's EHLO announces; 0 where it says nothing of a limit."""

    keywords: Mapping[str, str]  # lower case
    auth: tuple[str, ...]
    pipelining: bool
    eight_bit: bool
    size_limit: int  # bytes a message (RFC 1870)
    recipients_limit: int  # recipients a message (RFC 9422)
    tls: str  # the protocol, as TLSv1.3; empty without


_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_RECIPIENTS_LIMIT = re.compile(r"\brcptmax=(\d{1,9})\b", re.IGNORECASE)
# More words than this explain nothing.
_TEXT_MAX: Final = 1000

_READY: Final = 220
_AUTHENTICATED: Final = 235
_CHALLENGE: Final = 334
_ALREADY_AUTHENTICATED: Final = 503  # RFC 4954 §4: a second AUTH in a session
_PERMANENT: Final = 500

_HINTS: Final = (
    (
        re.compile(
            r"application-specific|app(?:lication)? password|5\.7\.9\b", re.IGNORECASE
        ),
        "make an app password in the provider's security settings and use that one",
    ),
    (
        re.compile(
            r"basic auth|SmtpClientAuthentication|5\.7\.(?:30|139)\b", re.IGNORECASE
        ),
        'this provider wants OAuth2: set auth = "xoauth2" and run `colporteur login`',
    ),
    (
        re.compile(r"(?i)web browser|5\.7\.14\b"),
        "log in once with a web browser and confirm that it is you",
    ),
)
_HINT: Final = (
    "check username and password; some providers want a password made for the "
    "program (app password), some have SMTP switched off until it is allowed in "
    "the settings of the mailbox"
)


def as_reply(code: int, words: bytes) -> SmtpReply:
    """Make a reply of what smtplib read; a repeated enhanced code is said once."""
    lines = words.decode("utf-8", "replace").split("\n")
    found = _ENHANCED.match(lines[0])
    if found and len(lines) > 1:
        prefix = found[1] + " "
        lines[1:] = [line.removeprefix(prefix) for line in lines[1:]]
    text = _CONTROLS.sub(" ", " ".join(lines)).strip()
    return SmtpReply(code, found[1] if found else "", text[:_TEXT_MAX])


def dial(settings: SmtpSettings) -> smtplib.SMTP:
    """Connect, greet, encrypt and log in.

    Raises:
        SubmissionLoginError: the server refuses the login for good.
        SubmissionError: anything else; `reply` has the server's words.
    """
    context = _context(settings)
    with told_as_ours(settings):
        link = _connect(settings, context)
    try:
        with told_as_ours(settings):
            _introduce(link, settings, context)
            if settings.username:
                _log_in(link, settings)
    except BaseException:
        link.close()
        raise
    return link


def features_of(link: smtplib.SMTP) -> Features:
    """Read what EHLO announced."""
    keywords = {key: value.strip() for key, value in link.esmtp_features.items()}
    size = keywords.get("size", "")
    most = _RECIPIENTS_LIMIT.search(keywords.get("limits", ""))
    sock = link.sock
    return Features(
        keywords=keywords,
        auth=tuple(sorted(set(keywords.get("auth", "").upper().split()))),
        pipelining="pipelining" in keywords,
        eight_bit="8bitmime" in keywords,
        size_limit=int(size) if re.fullmatch(r"[0-9]{1,18}", size) else 0,
        recipients_limit=int(most[1]) if most else 0,
        tls=(sock.version() or "") if isinstance(sock, ssl.SSLSocket) else "",
    )


@contextmanager
def told_as_ours(settings: SmtpSettings) -> Iterator[None]:
    """Turn what smtplib, ssl and socket raise into a SubmissionError."""
    server = f"{settings.host}:{settings.port}"
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise SubmissionError(
            f"{server}: its certificate is not to be trusted: {error.verify_message}; "
            "check [smtp] host, and the clock of this machine"
        ) from error
    except ssl.SSLError as error:
        raise SubmissionError(
            f"{server}: no TLS ({error.reason}); check [smtp] port and security "
            '(465 goes with "tls", 587 with "starttls")'
        ) from error
    except smtplib.SMTPResponseException as error:
        reply = str(as_reply(error.smtp_code, _as_bytes(error.smtp_error)))
        raise SubmissionError(f"{server} said: {reply}", reply=reply) from error
    except smtplib.SMTPNotSupportedError as error:
        raise SubmissionError(
            f'{server} offers no STARTTLS; try port 465 with security = "tls"'
        ) from error
    except (OSError, UnicodeError) as error:  # smtplib's errors are OSErrors
        raise SubmissionError(
            f"{server} can't be reached, or closed the connection: {error}"
        ) from error


def _as_bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.cafile)
    except OSError as error:
        raise SubmissionError(
            f"[smtp] cafile: {settings.cafile} can't be read: {error}"
        ) from error


def _connect(settings: SmtpSettings, context: ssl.SSLContext) -> smtplib.SMTP:
    if settings.security == "tls":
        link: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host,
            settings.port,
            settings.local_hostname,
            timeout=settings.timeout,
            context=context,
        )
    else:
        link = smtplib.SMTP(
            settings.host,
            settings.port,
            settings.local_hostname,
            timeout=settings.timeout,
        )
    if link.sock is not None:
        # A message goes out in several writes; none may wait for an ACK (Nagle).
        link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def _introduce(
    link: smtplib.SMTP, settings: SmtpSettings, context: ssl.SSLContext
) -> None:
    link.ehlo_or_helo_if_needed()
    if settings.security != "starttls":
        return
    link.starttls(context=context)
    link.ehlo_or_helo_if_needed()


def _log_in(link: smtplib.SMTP, settings: SmtpSettings) -> None:
    secret = settings.password
    reply = _authenticate(
        link, settings, secret if isinstance(secret, str) else secret()
    )
    if reply.reply_code in (_AUTHENTICATED, _ALREADY_AUTHENTICATED):
        return
    server = f"{settings.host}:{settings.port}"
    if reply.reply_code < _PERMANENT:
        raise SubmissionError(
            f"{server} takes no login now: {reply}; later it may", reply=str(reply)
        )
    hint = next((hint for sign, hint in _HINTS if sign.search(reply.text)), _HINT)
    raise SubmissionLoginError(
        f"{server} refuses the login of {settings.username}: {reply}; {hint}",
        reply=str(reply),
    )


def _authenticate(link: smtplib.SMTP, settings: SmtpSettings, secret: str) -> SmtpReply:
    """Speak one AUTH dialogue, with one mechanism (RFC 4954)."""
    user = settings.username
    offered = features_of(link).auth
    if settings.auth == "xoauth2":
        token = f"user={user}\x01auth=Bearer {secret}\x01\x01"
        reply = _say(link, "AUTH XOAUTH2 " + _base64(token))
        # The challenge holds the error; an empty answer asks for the real reply.
        return _say(link, "") if reply.reply_code == _CHALLENGE else reply
    if "PLAIN" in offered:
        return _say(link, "AUTH PLAIN " + _base64(f"\0{user}\0{secret}"))
    if "LOGIN" in offered:
        reply = _say(link, "AUTH LOGIN")
        for answer in (user, secret):
            if reply.reply_code != _CHALLENGE:
                break
            reply = _say(link, _base64(answer))
        return reply
    raise SubmissionLoginError(
        f"{settings.host}:{settings.port} offers no login by password "
        f"(AUTH {' '.join(offered) or 'missing'}); check [smtp] port, security and auth"
    )


def _say(link: smtplib.SMTP, line: str) -> SmtpReply:
    return as_reply(*link.docmd(line))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
