"""What is sent: mails, batches, quotas, replies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from bot.address import Address
from bot.model.nothing import NOTHING

_NO_GUESSES: Final[Mapping[str, int]] = MappingProxyType({})


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
    leave_at: datetime | None = None  # not before
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
    stopped: str = ""  # cancelled | failed: what became of those who had not got it
    leave_at: datetime | None = None  # nothing of it leaves before
    message_id: str = ""  # of the post
    unserved: int = 0  # of a stopped one: who would get it now (where that was asked)

    @property
    def waiting(self) -> int:
        """How many have not been written to yet."""
        return self.ready + self.deferred

    @property
    def is_over(self) -> bool:
        """Whether nothing can be stopped any more; what is in flight may come back."""
        left = self.waiting + self.in_flight
        return self.finished_at is not None or bool(self.stopped) or not left


def shown_send(send: SendState) -> dict[str, object]:
    """Give what texts tell of a send that is under way, or over."""
    return {
        "ref": send.ref,
        "recipients": send.recipients,
        "accepted": send.accepted,
        "in_flight": send.in_flight,
        "remaining": send.waiting,
        "missed": send.recipients - send.accepted - send.in_flight,
        "paused": send.paused,
        "everything_paused": False,
        "batches": 0,
        "end": "",
    }


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
    watched: int = 0  # seconds that the mailbox had been watched when doubt arose


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
    pace: int = 0  # recipients an hour at which posts are spread
    seconds_per_batch: float = 2.0  # what one transaction takes, for plans
    # Which of them are only guesses, with the figure that was refused (0: none was).
    guesses: Mapping[str, int] = field(default_factory=lambda: _NO_GUESSES)


@dataclass(frozen=True, slots=True)
class Learnt:
    """A limit, or another fact about the provider, that was found out.

    `how`: said (in the provider's words), counted (what had left when it refused),
    grown (it did not refuse).
    """

    key: str
    value: str
    words: str  # the provider's
    at: datetime
    how: str = "said"


@dataclass(frozen=True, slots=True)
class HandSent:
    """A mail that somebody sent from the account by hand."""

    uid: int
    at: datetime
    recipients: int  # To, Cc and Bcc


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A batch that the provider sent back; `moved` of its recipients wait again.

    `reopened`: its send was finished already.
    """

    moved: int
    sent_at: datetime
    kind: str
    list_name: str
    subject: str
    sender: Address | None
    reopened: bool
