"""Digests: the posts of a day or a week in one mail.

First a text to read: who wrote what, and how each post begins. Then the posts
themselves, as the list would send them but without anything that tells an
author's address. A digest stays small whatever was posted: what is too large is
left out, and the text says so.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from bot.address import Address, NamedAddress
from bot.compose.excerpts import CONTROLS, excerpts, shortened
from bot.compose.headers import (
    CRLF,
    address_value,
    encoded,
    field,
    field_name,
    field_value,
    id_fields,
    one_line,
    split_fields,
    split_header,
)
from bot.compose.notices import text_part
from bot.compose.posts import (
    PostFacts,
    author_name,
    list_address,
    list_fields,
    render,
)
from bot.compose.texts import Texts
from bot.model import ListKind, MailingList, Message

__all__ = ("DigestFacts", "digest")

# A post above this goes without its attachments: phones fetch digests too.
_WHOLE_MAX: Final = 100_000
# UTF-8 bytes of the text; quoted-printable makes three of one, and a bit.
_TEXT_MAX: Final = 150_000
# All posts together. With the text, a digest stays under 2 MB.
_POSTS_MAX: Final = 1_400_000
# What stands around an embedded post, generously.
_AROUND: Final = 200
_NAME_MAX: Final = 80
_SUBJECT_MAX: Final = 150
_ATTACHMENTS_MAX: Final = 20
# A date further off is the fault of a clock.
_CLOCK_FAULT: Final = timedelta(days=60)
# The only fields that embedded posts keep, with Content-*. Any other may tell an
# address: Autocrypt, X-Original-From, what mail clients think of next year.
_KEPT: Final = frozenset(
    {
        *("date", "from", "in-reply-to", "message-id", "mime-version"),
        *("references", "subject", "to"),
    }
)
_ONLY_IDS = re.compile(rb"(?:\s*<[!-;=?-~]+>)+\s*")
_EIGHT_BIT: Final = b"Content-Transfer-Encoding: 8bit\r\n"


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """What a digest is made of; `posts` are oldest first, with all their bytes.

    `footer` goes under the text (empty: none). `message_id` has its angle brackets.
    """

    list: MailingList
    mailbox: Address
    mailbox_name: str
    subaddressing: str
    message_id: str
    date: datetime
    footer: str
    posts: tuple[Message, ...]

    @property
    def title(self) -> str:
        """What the list is called in From: and To:."""
        return self.list.display_name


@dataclass(frozen=True, slots=True)
class _Embedded:
    """A post as the digest carries it; no bytes: only its text is shown."""

    raw: bytes
    stripped: bool = False


def digest(facts: DigestFacts, texts: Texts) -> bytes:
    """Build a digest of less than 2 MB, with CRLF lines (RFC 2046 §5.1.5)."""
    note = texts.sentence("attachment-removed", facts.list.language)
    embedded = _fitting([_embedded(facts, n, note) for n in range(len(facts.posts))])
    subject, text = _text(facts, embedded, texts)
    posts = [one.raw for one in embedded if one.raw]
    body = _body(text_part(text), posts, facts.message_id)
    return b"".join((*_header(facts, subject), *body))


def _header(facts: DigestFacts, subject: str) -> Iterator[bytes]:
    target = list_address(facts.list, facts.mailbox, facts.subaddressing)
    yield field("From", address_value(facts.title, str(facts.mailbox)))
    yield field("To", address_value(facts.title, str(target)))
    yield _reply_to(facts)
    yield field("Subject", encoded(subject, len("Subject: ")))
    yield field("Date", format_datetime(facts.date))
    yield from id_fields("Message-ID", (facts.message_id,))
    yield from id_fields("References", (post.message_id for post in facts.posts))
    yield from list_fields(facts.list, facts.mailbox, facts.subaddressing)
    yield b"MIME-Version: 1.0\r\n"


def _reply_to(facts: DigestFacts) -> bytes:
    """Lead answers to the list, or to the mailbox where they are for the author.

    A digest can't tell the author's address, and nobody's private answer may reach
    the whole list.
    """
    is_discussion = facts.list.kind is ListKind.DISCUSSION
    if is_discussion and facts.list.reply_to == "list":
        target = list_address(facts.list, facts.mailbox, facts.subaddressing)
        return field("Reply-To", address_value(facts.title, str(target)))
    return field("Reply-To", address_value(facts.mailbox_name, str(facts.mailbox)))


# ------------------------------------------------------------------------- posts


def _embedded(facts: DigestFacts, index: int, note: str) -> _Embedded:
    """Render a post; above 100 kB it loses its attachments, unless it is signed."""
    message = facts.posts[index]
    if message.size > len(message.raw):
        return _Embedded(b"")  # its end was never read
    own = facts.message_id.removeprefix("<")
    post = PostFacts(
        list=replace(facts.list, attachments="keep"),
        mailbox=facts.mailbox,
        author=_author(facts, message),
        fallback_message_id=f"<{index + 1}.{own}",
        fallback_date=message.received_at,
        mailbox_name=facts.mailbox_name,
        subaddressing=facts.subaddressing,
        removed_note=note,
    )
    whole = render(message.raw, post)
    if facts.list.attachments == "keep" and len(whole) <= _WHOLE_MAX:
        return _Embedded(_without_addresses(whole, facts))
    lean = render(message.raw, replace(post, list=_stripping(facts.list)))
    raw = b"" if len(lean) > _POSTS_MAX else _without_addresses(lean, facts)
    return _Embedded(raw, stripped=lean != whole)


def _author(facts: DigestFacts, message: Message) -> NamedAddress:
    return message.author or NamedAddress(facts.mailbox_name, facts.mailbox)


def _stripping(mailing_list: MailingList) -> MailingList:
    return replace(mailing_list, attachments="strip")


def _without_addresses(rendered: bytes, facts: DigestFacts) -> bytes:
    """Leave out of a post's header all that could tell an address of a member."""
    header, start = split_header(rendered)
    kept = [one for one in split_fields(header) if _tells_no_address(one)]
    body = memoryview(rendered)[start:]
    return b"".join((_reply_to(facts), *kept, CRLF, body))


def _tells_no_address(one: bytes) -> bool:
    name = field_name(one)
    if name in {"in-reply-to", "references"}:
        # Old clients write « Message of Monday from Anne <her address> ».
        return _ONLY_IDS.fullmatch(field_value(one)) is not None
    return name in _KEPT or name.startswith("content-")


def _fitting(found: Sequence[_Embedded]) -> list[_Embedded]:
    """Keep as many posts as fit, the small ones first; the others lose their bytes."""
    left = _POSTS_MAX
    chosen = set()
    for index in sorted(range(len(found)), key=lambda n: len(found[n].raw)):
        left -= len(found[index].raw) + _AROUND
        if left >= 0:
            chosen.add(index)
    return [
        one if index in chosen else replace(one, raw=b"")
        for index, one in enumerate(found)
    ]


# -------------------------------------------------------------------------- text


def _text(
    facts: DigestFacts, embedded: Sequence[_Embedded], texts: Texts
) -> tuple[str, str]:
    prefix = facts.list.subject_prefix or f"[{facts.list.name}]"
    described = tuple(
        {
            "author": author_name(_author(facts, post))[:_NAME_MAX],
            "subject": _subject(post, prefix),
            "when": _when(post, facts.date),
            "lines": lines,
            "attachments": _attachments(post),
            "whole": bool(one.raw) and not one.stripped,
            "missing": not one.raw,
        }
        for post, one, lines in zip(
            facts.posts, embedded, excerpts(facts.posts), strict=True
        )
    )
    given = {
        "list_title": facts.title,
        "prefix": prefix,
        "date": facts.date,
        "number": len(described),
        "posts": described,
    }
    subject, text = texts.render("digest", facts.list.language, given)
    return subject, shortened(text, _TEXT_MAX) + _footer(facts.footer)


def _subject(post: Message, prefix: str) -> str:
    """Give a subject without the list's prefix, which says nothing new here."""
    shown = re.compile(rf"{re.escape(prefix)}\s*", re.IGNORECASE)
    bare = one_line(shown.sub("", post.subject, count=1))
    return bare if len(bare) <= _SUBJECT_MAX else bare[:_SUBJECT_MAX].rstrip() + "…"


def _when(post: Message, now: datetime) -> datetime:
    sent = post.sent_at
    known = sent is not None and abs(now - sent) < _CLOCK_FAULT
    return sent if sent is not None and known else post.received_at


def _attachments(post: Message) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "name": one_line(one.name or one.content_type)[:_NAME_MAX],
            "size": one.size,
        }
        for one in post.attachments[:_ATTACHMENTS_MAX]
    )


def _footer(footer: str) -> str:
    lines = footer.replace("\r\n", "\n").strip("\n").split("\n")
    text = "\n".join(CONTROLS.sub("", line) for line in lines)
    return f"\n-- \n{text}\n" if text.strip() else ""


# -------------------------------------------------------------------------- body


def _body(text: bytes, posts: Sequence[bytes], message_id: str) -> Iterator[bytes]:
    encoding = b"" if all(post.isascii() for post in posts) else _EIGHT_BIT
    boundary = _boundary(b"mixed " + message_id.encode("utf-8", "replace"), posts)
    delimiter = CRLF + b"--" + boundary
    yield b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n'
    yield from (encoding, delimiter, CRLF, text)
    if posts:
        inner = _boundary(b"digest " + message_id.encode("utf-8", "replace"), posts)
        yield from (delimiter, CRLF)
        yield b'Content-Type: multipart/digest; boundary="' + inner + b'"\r\n'
        yield encoding
        for post in posts:
            yield CRLF + b"--" + inner + CRLF + b"Content-Type: message/rfc822\r\n"
            yield from (b"" if post.isascii() else _EIGHT_BIT, CRLF, post)
        yield CRLF + b"--" + inner + b"--" + CRLF
    yield delimiter + b"--" + CRLF


def _boundary(seed: bytes, posts: Sequence[bytes]) -> bytes:
    """Make a boundary that no post holds; the same for the same digest."""
    while True:
        boundary = b"=_" + sha256(seed).hexdigest()[:40].encode("ascii")
        if not any(boundary in post for post in posts):
            return boundary
        seed = boundary
