"""The bot's own mails: replies, questions, receipts, alerts.

Built with the standard library, so that no fact can end a header line. A mail
that is attached goes in byte for byte: it is spliced into the finished notice,
since generating it again would change it.
"""

import re
from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from bot.address import Address, NamedAddress
from bot.compose.footers import quoted_printable
from bot.compose.headers import (
    CRLF,
    address_value,
    encoded,
    field,
    id_fields,
    one_line,
)
from bot.compose.posts import subaddress
from bot.model import TextFile

__all__ = ("NoticeFacts", "notice", "reference_mark", "text_part")

_SUBJECT_MAX: Final = 200
# RFC 5321 §4.5.3.1.6, without the line end.
_LINE_MAX: Final = 998
_LONE_LF = re.compile(rb"(?<!\r)\n")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a notice is made of; `text` has LF lines.

    `token` is for mails that want an answer. `in_reply_to` and `references` hold
    message ids with their angle brackets. `automatic`: it answers a mail (RFC 3834
    auto-replied), else it comes by itself (auto-generated). `list_id` is the value
    of List-Id for a list's notices. `original` is a whole mail to attach. Answers
    go to `reply_to`, where it is somebody, else to us. `html` says the same as `text`.
    """

    mailbox: Address
    mailbox_name: str
    to: NamedAddress
    subject: str
    text: str
    message_id: str
    date: datetime
    token: str = ""
    subaddressing: str = ""
    language: str = "fr"
    automatic: bool = True
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    list_id: str = ""
    mark: str = ""  # of X-Colporteur; empty where it is put before each batch
    original: bytes = b""
    files: tuple[TextFile, ...] = ()
    reply_to: NamedAddress | None = None
    html: str = ""


def reference_mark(token: str, language: str) -> str:
    """Write a token as it stands at the end of a subject."""
    return f" [{'réf.' if language == 'fr' else 'ref.'} {token}]"


def notice(facts: NoticeFacts) -> bytes:
    """Build a mail of the bot, with CRLF lines, fit for any server (7 bit).

    An attached original keeps its bytes, so with 8-bit text in it the notice is
    8 bit too.
    """
    return b"".join((*_header(facts), *_body(facts)))


def _header(facts: NoticeFacts) -> Iterator[bytes]:
    if facts.mark:
        yield field("X-Colporteur", one_line(facts.mark))
    name = address_value(facts.mailbox_name, str(facts.mailbox))
    yield field("From", name)
    yield field("To", address_value(facts.to.name, str(facts.to.address)))
    yield field("Subject", encoded(_subject(facts), len("Subject: ")))
    yield field("Date", format_datetime(facts.date))
    yield from id_fields("Message-ID", (facts.message_id,))
    answers = facts.reply_to or NamedAddress(facts.mailbox_name, _answers_to(facts))
    yield field("Reply-To", address_value(answers.name, str(answers.address)))
    yield from id_fields("In-Reply-To", (facts.in_reply_to,))
    yield from id_fields("References", (*facts.references, facts.in_reply_to))
    replied = "auto-replied" if facts.automatic else "auto-generated"
    yield field("Auto-Submitted", replied)
    # Outlook and Exchange heed no other sign (MS-OXCMAIL).
    yield field("X-Auto-Response-Suppress", "All")
    if facts.list_id:
        yield field("List-Id", facts.list_id)
    yield b"MIME-Version: 1.0\r\n"


def _subject(facts: NoticeFacts) -> str:
    subject = one_line(facts.subject)
    if len(subject) > _SUBJECT_MAX:
        subject = subject[: _SUBJECT_MAX - 1].rstrip() + "…"
    if facts.token and _answers_to(facts) is facts.mailbox:
        subject += reference_mark(facts.token, facts.language)
    return subject


def _answers_to(facts: NoticeFacts) -> Address:
    """Answers go to the token's own sub-address, where there are such."""
    if not _TOKEN.fullmatch(facts.token):
        return facts.mailbox
    own = subaddress(facts.mailbox, facts.subaddressing, facts.token)
    return own or facts.mailbox


def _body(facts: NoticeFacts) -> Iterator[bytes]:
    text = _readable(facts)
    if not facts.original and not facts.files:
        yield text
        return
    original = _with_crlf(facts.original)
    boundary = _boundary(facts, original)
    delimiter = CRLF + b"--" + boundary
    yield b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n'
    if not original.isascii() and not _has_long_line(original):
        yield b"Content-Transfer-Encoding: 8bit\r\n"
    yield from (delimiter, CRLF, text)
    for file in facts.files:
        yield from (delimiter, CRLF, _file_part(file))
    if original:
        yield from (delimiter, CRLF, *_original_part(original))
    yield delimiter + b"--" + CRLF


def _readable(facts: NoticeFacts) -> bytes:
    """Make the part that people read: the text, best last (RFC 2046 §5.1.4)."""
    text = text_part(facts.text)
    if not facts.html:
        return text
    seed = f"alternative {facts.message_id}".encode("utf-8", "replace")
    boundary = b"=_" + sha256(seed).hexdigest()[:40].encode("ascii")
    delimiter = CRLF + b"--" + boundary
    return b"".join(
        (
            b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n',
            *(delimiter, CRLF, text),
            *(delimiter, CRLF, text_part(facts.html, "html")),
            delimiter + b"--" + CRLF,
        )
    )


def text_part(text: str, subtype: str = "plain") -> bytes:
    """Make a part of a text, its `Content-*` fields included (RFC 2045)."""
    text = text.replace("\r\n", "\n").rstrip("\n") + "\n"
    kind = f'Content-Type: text/{subtype}; charset="utf-8"\r\n'.encode("ascii")
    return (
        kind
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + quoted_printable(text)
    )


def _file_part(file: TextFile) -> bytes:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", one_line(file.name)).strip("-") or "file"
    kind = re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", file.content_type)
    content_type = file.content_type if kind else "text/plain"
    head = (
        f'Content-Type: {content_type}; charset="utf-8"; name="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    body = encodebytes(file.text.encode("utf-8", "replace")).replace(b"\n", CRLF)
    return head.encode("ascii") + body


def _has_long_line(original: bytes) -> bool:
    return any(len(line) > _LINE_MAX for line in original.split(CRLF))


def _original_part(original: bytes) -> tuple[bytes, ...]:
    """Attach a mail; as a file where its lines are longer than servers take.

    A message/rfc822 can't be encoded (RFC 2046 §5.2.1), and one long line of a
    stranger's would keep our own mail from leaving.
    """
    if not _has_long_line(original):
        return _original_head(original), CRLF, original
    head = (
        b'Content-Type: application/octet-stream; name="message.eml"\r\n'
        b"Content-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="message.eml"\r\n'
    )
    return head, CRLF, encodebytes(original).replace(b"\n", CRLF)


def _original_head(original: bytes) -> bytes:
    encoding = b"7bit" if original.isascii() else b"8bit"
    return (
        b"Content-Type: message/rfc822\r\n"
        b"Content-Transfer-Encoding: " + encoding + b"\r\n"
        b'Content-Disposition: attachment; filename="message.eml"\r\n'
    )


def _with_crlf(raw: bytes) -> bytes:
    return _LONE_LF.sub(CRLF, raw) if raw.count(b"\n") != raw.count(CRLF) else raw


def _boundary(facts: NoticeFacts, original: bytes) -> bytes:
    seed = f"{facts.message_id} {facts.subject}".encode("utf-8", "replace")
    while True:
        boundary = b"=_" + sha256(seed).hexdigest()[:40].encode("ascii")
        if boundary not in original:
            return boundary
        seed = boundary
