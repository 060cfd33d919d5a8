"""The vocabulary for replies: what they mean, what to do, and the rules' shape."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ("Meaning", "Reading", "ReplyRule", "Step")


class Meaning(StrEnum):
    """What a reply says."""

    TOO_MANY_RECIPIENTS = "too_many_recipients"
    RATE = "rate"
    QUOTA_HOUR = "quota_hour"
    QUOTA_DAY = "quota_day"
    ACCOUNT_BLOCKED = "account_blocked"
    CONTENT_REFUSED = "content_refused"
    AUTH_FAILED = "auth_failed"
    AUTH_METHOD = "auth_method"
    SENDER_REFUSED = "sender_refused"
    GREYLISTED = "greylisted"
    RECIPIENT_RATE = "recipient_rate"
    MAILBOX_FULL = "mailbox_full"
    USER_UNKNOWN = "user_unknown"
    USER_DISABLED = "user_disabled"
    DOMAIN_NOT_FOUND = "domain_not_found"
    MESSAGE_TOO_BIG = "message_too_big"
    CONNECTIONS = "connections"
    TEMPORARY = "temporary"
    POLICY = "policy"
    SAME_MESSAGE_ID = "same_message_id"
    TLS_REQUIRED = "tls_required"


class Step(StrEnum):
    """What to do about a reply."""

    SPLIT = "split"  # send the rest in a smaller batch, remember the size
    WAIT = "wait"  # hold the whole account, then go on
    RETRY = "retry"  # try this batch or recipient again later, others go on
    STOP = "stop"  # stop sending, a person must act
    BOUNCE = "bounce"  # a hard bounce of this recipient, others go on
    SOFT_BOUNCE = "soft_bounce"  # a soft bounce of this recipient, others go on
    FAIL = "fail"  # this message can never go
    RECONNECT = "reconnect"  # close the connection and open another one


@dataclass(frozen=True, slots=True)
class ReplyRule:
    """One row of the table; what is empty matches everything."""

    id: str
    providers: tuple[str, ...]  # ids, or "*"
    codes: tuple[int, ...]
    enhanced: tuple[str, ...]
    pattern: str  # a regular expression; groups limit, limit2, used, until
    stage: str  # any | auth | mail | rcpt | data | connect
    meaning: str
    action: str
    wait: int  # seconds
    example: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply means and what to do.

    `limit` is a number that the words give (0 never occurs), `used` how much of it
    they say is gone, `until` the time that they give; `rule` the id of the rule that
    decided, "fallback" where none did.
    """

    meaning: Meaning
    step: Step
    wait_seconds: int = 0
    limit: int | None = None
    rule: str = "fallback"
    used: int | None = None
    until: str = ""
