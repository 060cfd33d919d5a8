"""Questions to people; what one mail concerns; what rules say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.address import Address
from bot.model.nothing import NOTHING
from bot.model.people import MailingList, Member, Person


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
