"""A mail read, and what reports tell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.address import Address, NamedAddress

# Quotas, loops, protocol, content, rules (RFC 3463 §3): nothing that a person can help.
_OURS: Final = re.compile(r"[45]\.(?:3\.[245]|4\.(?:5|6|14)|[567]\.\d+)")


class Kind(StrEnum):
    """What a mail is, in the order in which the kinds are tried."""

    BROKEN = "broken"
    WITNESS = "witness"
    BOUNCE = "bounce"
    FEEDBACK = "feedback"
    AUTOMATIC = "automatic"
    LOOP = "loop"
    ANSWER = "answer"
    COMMANDS = "commands"
    POST = "post"
    UNCLEAR = "unclear"


class Proof(StrEnum):
    """Whether From: is proved by the trusted Authentication-Results."""

    PASS = "pass"  # noqa: S105 - the word of RFC 8601
    FAIL = "fail"  # DMARC says explicitly that it is forged
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that a mail client would offer to save."""

    name: str
    content_type: str
    size: int  # as it travels, still encoded
    inside: tuple[str, ...] = ()  # names of the files in an archive


@dataclass(frozen=True, slots=True)
class Message:
    """The facts of one mail.

    `fields` maps lower-case field names to all their values, top to bottom,
    unfolded but otherwise raw (encoded words stay). `typed` is what the author
    typed: the text without quotations and signature. `text` is the whole text.
    `truncated`: only the header (and perhaps the beginning) was read.
    """

    sha256: str
    size: int
    received_at: datetime
    fields: Mapping[str, tuple[str, ...]] = field(repr=False)
    author: NamedAddress | None = None  # None unless From: names exactly one
    envelope_sender: Address | None = None
    null_sender: bool = False  # Return-Path: <>
    to: tuple[NamedAddress, ...] = ()
    cc: tuple[NamedAddress, ...] = ()
    delivered_to: tuple[Address, ...] = ()  # Delivered-To, X-Original-To, Envelope-To
    subject: str = ""  # decoded, one line
    message_id: str = ""  # with its angle brackets; empty where there is none
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sent_at: datetime | None = None  # Date:
    content_type: str = "text/plain"  # of the whole mail, lower case
    report_type: str = ""  # parameter of multipart/report
    text: str = field(default="", repr=False)
    typed: str = field(default="", repr=False)
    # The same without a limit to speak of, for lists of people.
    typed_all: str = field(default="", repr=False)
    html_only: bool = False
    attachments: tuple[Attachment, ...] = ()
    fingerprint: str = ""  # same for two copies that took different ways
    defects: tuple[str, ...] = ()
    truncated: bool = False
    raw: bytes = field(default=b"", repr=False, compare=False)

    def first(self, name: str) -> str:
        """Give the topmost value of a field, or the empty string."""
        values = self.fields.get(name.lower(), ())
        return values[0] if values else ""


@dataclass(frozen=True, slots=True)
class BounceEvent:
    """One address that a report, or a reply to RCPT, tells about (RFC 3464)."""

    address: Address
    kind: str  # hard | soft | delay
    status: str  # enhanced status code, or empty
    reason: str  # unknown-user, mailbox-full …, as explain tells them
    diagnostic: str  # the server's words
    remote: str = ""  # the host whose words they are, where it isn't the reporter
    # Other names of the same person in that report: whom the mail was passed on to.
    also: tuple[Address, ...] = ()

    @property
    def tells(self) -> str:
        """Say what it counts as against the address: dead, full or nothing.

        Refusals by rule and for size are ours to mend, a warning is no failure. Full
        stands for whatever may end: a mailbox that is full, closed or out of reach.
        """
        if self.kind == "delay" or self.reason in {"policy", "too-big"}:
            return ""
        if self.kind == "hard":
            return "dead"
        vague = self.reason in {"temporary", "other"}
        return "" if vague and _OURS.fullmatch(self.status) else "full"


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody told their provider that a mail is unwanted (RFC 5965)."""

    addresses: tuple[Address, ...]  # of whoever complains; none where it is hidden
    feedback_type: str  # abuse, fraud, opt-out …


@dataclass(frozen=True, slots=True)
class ReturnedBatch:
    """What a report says that our own provider refused, over a limit on the account.

    It is about `events`, and tells nothing of the people in them.
    """

    events: tuple[BounceEvent, ...]
    words: str
    batch_id: int | None  # of ours, by a valid mark
    quota: str = ""  # recipients_per_hour, recipients_per_day, or none in particular
    limit: int | None = None  # that the words give
    wait_seconds: int = 3600
    stops: bool = False  # the account is blocked
    retries: bool = False  # the provider tries again itself


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text to attach: a roster as CSV, somebody's data as JSON."""

    name: str
    text: str
    content_type: str = "text/plain"  # text/csv, application/json …
