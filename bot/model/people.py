"""Lists, and who is on them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.address import Address


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
