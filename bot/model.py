"""The nouns: what mails, people, lists, requests and batches are made of.

Frozen data without behaviour beyond what follows from its own fields. Times are
aware UTC datetimes, sizes are bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.address import Address, NamedAddress

NOTHING: Mapping[str, str] = MappingProxyType({})


# ------------------------------------------------------------------ a mail read


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


# ------------------------------------------------------------- people and lists


class ListKind(StrEnum):
    """The two kinds of list."""

    ANNOUNCEMENT = "announcement"
    DISCUSSION = "discussion"


@dataclass(frozen=True, slots=True)
class MailingList:
    """A list's settings: the file's, with the owners' changes over them."""

    name: str
    kind: ListKind
    title: str = ""
    description: str = ""
    language: str = "fr"
    address: Address | None = None  # an alias delivered to the same mailbox
    owners: frozenset[Address] = frozenset()
    senders: frozenset[Address] = frozenset()
    moderators: frozenset[Address] = frozenset()
    callers: frozenset[Address] = frozenset()
    confirm_announcements: bool = True
    moderation: str = "none"  # all | new-members | non-members | none
    non_members: str = "hold"  # hold | reject | discard | accept
    subscription: str = "confirm"  # open | confirm | moderated | closed
    unsubscription: str = "confirm"  # open | confirm | moderated
    reply_to: str = "list"  # list | author | both
    subject_prefix: str = ""
    include: tuple[str, ...] = ()
    max_size: int = 2_097_152
    attachments: str = "keep"  # keep | strip
    hold_days: int = 7
    digest: str = "daily"  # daily | weekly | off
    archive: bool = True
    visible: bool = True
    welcome: str = ""
    footer: str = ""  # empty: the standard one


class MemberState(StrEnum):
    """Whether a member gets mail."""

    ACTIVE = "active"
    SUSPENDED = "suspended"  # by bounces
    PAUSED = "paused"  # by themselves


@dataclass(frozen=True, slots=True)
class Member:
    """One person on one list."""

    person_id: int
    address: Address
    name: str
    list_name: str
    state: MemberState = MemberState.ACTIVE
    language: str = ""
    phone: str = ""
    origin: str = ""  # how they came: command, import by whom …
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known: by membership, whatever the address they write from."""

    id: int
    address: Address  # the one that receives
    name: str = ""
    language: str = ""  # empty: the list's


class RequestKind(StrEnum):
    """What a person was asked."""

    PREVIEW = "preview"
    MODERATION = "moderation"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Request:
    """A question to one person that waits for its answer.

    Several requests may share a `subject_ref`: one held post asks every
    moderator, each with a token of their own; the first answer settles all.
    `facts` says what an answer needs: `sha256` of the post, `name` …
    """

    id: int
    ref: str  # short, for people: k7fm2q
    kind: RequestKind
    list_name: str
    address: Address  # whom was asked
    state: str  # open | settled | expired | withdrawn
    created_at: datetime
    expires_at: datetime
    facts: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    verdict: str = ""  # how it was settled …
    settled_by: str = ""  # … and by whom
    settled_at: datetime | None = None


class TokenState(StrEnum):
    """What became of the token that a mail carries."""

    NONE = "none"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Roster:
    """The part of the store that one mail concerns."""

    person: Person | None = None
    memberships: Mapping[str, Member] = field(default_factory=dict)  # by list name
    request: Request | None = None  # whatever its state
    token: TokenState = TokenState.NONE
    shut_out: bool = False  # too many wrong tokens from this address
    posted_to: frozenset[str] = frozenset()  # lists that had this very post
    thread_lists: tuple[str, ...] = ()  # lists of the posts that it answers
    recipients: Mapping[str, int] = field(default_factory=dict)  # by list, each once
    replies_today: int = 0  # automatic replies sent to the author in 24 hours


@dataclass(frozen=True, slots=True)
class Settings:
    """What the core knows of the configuration."""

    mailbox: Address
    name: str
    language: str
    timezone: ZoneInfo
    admins: tuple[Address, ...]
    lists: Mapping[str, MailingList]
    default_list: str
    subaddressing: str
    trusted_authserv: str
    max_message_size: int
    secret: bytes = field(repr=False)  # signs our own mails

    def reached_by(self, list_name: str) -> tuple[str, ...]:
        """Name the lists whose members get a list's posts, itself first."""
        names = [list_name]
        for name in names:
            included = self.lists[name].include
            names.extend(other for other in included if other not in names)
        return tuple(names)


# ------------------------------------------------------------------- decisions


class Verdict(StrEnum):
    """What a posting rule says. Final ones end the questioning, holds add up."""

    DISCARD = "discard"  # final, silent
    REJECT = "reject"  # final, the author is told
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that applies; its name is also the id of the sentence people read."""

    rule: str
    verdict: Verdict
    detail: str = ""


# --------------------------------------------------------------------- sending


@dataclass(frozen=True, slots=True)
class SmtpReply:
    """A server's reply (RFC 5321 §4.2, RFC 3463)."""

    reply_code: int
    enhanced_status_code: str  # empty where the server gives none
    text: str

    @property
    def is_positive(self) -> bool:
        """Whether the command was accepted (2yz, 3yz)."""
        return 200 <= self.reply_code < 400  # noqa: PLR2004 - RFC 5321 §4.2.1

    def __str__(self) -> str:
        return f"{self.reply_code} {self.text}"


@dataclass(frozen=True, slots=True)
class Offer:
    """The replies to MAIL and to each RCPT, in order.

    `recipients` is shorter than what was offered when the server cut the dialogue
    short; `mail` alone is negative when the envelope sender was refused. When
    `closed`, the connection is gone and nothing was accepted.
    """

    mail: SmtpReply
    recipients: tuple[SmtpReply, ...]
    closed: bool = False


class Priority(IntEnum):
    """Who goes first; lower is earlier."""

    INTERACTIVE = 0  # confirmations, moderation, replies
    POST = 1
    DIGEST = 2


class BatchState(StrEnum):
    """The states of a batch, one SMTP transaction."""

    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    DOUBTFUL = "doubtful"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail to put into the outbox, already rendered and in the spool."""

    sha256: str  # of the rendered message, in the spool
    size: int
    kind: str  # the X-Colporteur kind: post, reply, preview …
    priority: Priority
    subject: str
    list_name: str = ""
    sender: Address | None = None  # whom the receipt goes to
    message_id: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class SendState:
    """A send in the outbox, as the plan sees it."""

    id: int
    ref: str
    kind: str
    priority: Priority
    list_name: str
    subject: str
    sha256: str
    size: int
    created_at: datetime
    recipients: int  # in all
    ready: int
    deferred: int
    in_flight: int  # sending or doubtful
    accepted: int
    refused: int
    cancelled: int
    sender: Address | None = None
    paused: bool = False
    next_due_at: datetime | None = None  # of the earliest deferred delivery
    last_batch_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient of one send."""

    send_id: int
    seq: int
    address: Address
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """One SMTP transaction in the ledger."""

    id: int
    send_id: int
    state: BatchState
    recipients: int
    sending_at: datetime
    witness: str  # self | sent | off
    settled_at: datetime | None = None
    witnessed: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What one transaction took from the quotas."""

    at: datetime
    recipients: int
    messages: int = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """The provider's limits, known or learnt; 0 means none known."""

    recipients_per_message: int
    recipients_per_hour: int = 0
    recipients_per_day: int = 0
    messages_per_hour: int = 0
    messages_per_day: int = 0
    pause_between_messages: float = 0.0  # seconds
    reserve: float = 0.1  # share kept for interactive mail
    quiet_hours: str = ""  # "22:00-07:00", local time
