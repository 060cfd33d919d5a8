"""Lists, and who is on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bot.address import Address
from bot.folding import fold


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
    # Members of the included lists count only where they carry one of these.
    groups: tuple[str, ...] = ()

    @property
    def display_name(self) -> str:
        """The name that people read (RFC 5322 §3.4)."""
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class Reach:
    """A list whose members get a post, and which of them.

    `among` holds keys of groups; of each set the person carries one at least.
    """

    list_name: str
    among: tuple[frozenset[str], ...] = ()


@lru_cache(maxsize=1024)
def group_key(name: str) -> str:
    """Make the names of a group comparable: « Adhérents » is « adherent »."""
    return " ".join(word.rstrip("s") or word for word in fold(name).split())


class MemberState(StrEnum):
    """Whether a member gets mail."""

    ACTIVE = "active"
    SUSPENDED = "suspended"  # by bounces
    PAUSED = "paused"  # by themselves


class Reception(StrEnum):
    """How a member wants to get the posts."""

    EACH = "each"
    DIGEST = "digest"
    NONE = "none"


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
    reception: Reception = Reception.EACH
    paused_until: datetime | None = None  # None while paused: until they say so
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known: by membership, whatever the address they write from."""

    id: int
    address: Address  # the one that receives
    name: str = ""
    language: str = ""  # empty: the list's
    phone: str = ""
    groups: tuple[str, ...] = ()
    others: tuple[Address, ...] = ()  # may post and command, receive nothing

    @property
    def group_keys(self) -> frozenset[str]:
        """Give the groups as they compare."""
        return frozenset(map(group_key, self.groups))


@dataclass(frozen=True, slots=True)
class Profile:
    """What is said about a person who joins; empty is unknown."""

    address: Address
    name: str = ""
    phone: str = ""
    groups: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an address stands: whose it is, and what its owner wanted.

    `forgotten`: the person asked to be erased. `left`: lists that they left
    themselves. Only they can undo either.
    """

    address: Address
    person: Person | None = None
    memberships: Mapping[str, Member] = field(default_factory=dict)  # by list name
    forgotten: bool = False
    left: frozenset[str] = frozenset()
    replies_today: int = 0  # automatic replies sent there in 24 hours


@dataclass(frozen=True, slots=True)
class Figures:
    """What `stats` tells of a list; what happened is that of 30 days."""

    members: int = 0
    bouncing: int = 0  # their mail comes back, whether they are suspended or not
    suspended: int = 0
    paused: int = 0
    digest: int = 0
    none: int = 0
    held: int = 0
    posts: int = 0
    accepted: int = 0  # recipients
    refused: int = 0  # recipients
    joined: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class SettingChange:
    """An owner's change of a list's setting."""

    list_name: str
    key: str
    value: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RoleChange:
    """Somebody was given a role on a list, or it was taken away."""

    list_name: str
    role: str  # owners | moderators | senders | callers
    address: Address
    granted: bool
    by: str
    at: datetime


# What owners are told once a week: of addresses that don't work, and who called whom.
WEEKLY_EVENTS: Final = frozenset(
    {"suspended", "revived", "corrected", "kept", "unreached", "taken-off"}
)


@dataclass(frozen=True, slots=True)
class RosterEvent:
    """Somebody came or went; owners are told once a day."""

    list_name: str
    address: Address
    name: str
    what: str  # joined | left | added | removed | imported | forgot, or weekly ones
    how: str  # by whom, or by which mail
    at: datetime
