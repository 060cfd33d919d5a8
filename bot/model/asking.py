"""Questions to people; what one mail concerns; what rules say."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.address import Address
from bot.model.bouncing import BounceRules, BounceState, Bouncing, Returned
from bot.model.mails import Message
from bot.model.nothing import NOTHING
from bot.model.people import (
    Figures,
    MailingList,
    Member,
    Person,
    Reach,
    SettingChange,
    Standing,
    group_key,
)
from bot.model.sends import SendState


class RequestKind(StrEnum):
    """What a person was asked."""

    PREVIEW = "preview"
    MODERATION = "moderation"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    INVITE = "invite"
    ALSO = "also"  # another address of somebody's: asked at that address
    LINK = "link"  # « est-ce vous ? »: asked at the known address
    FORGET = "forget"
    COMMANDS = "commands"  # given under a From: that isn't proved
    IMPORT = "import"
    ADMISSION = "admission"  # moderators: may somebody join
    DEPARTURE = "departure"  # … or leave
    HELD = "held"  # the author of a post that waits: told of it, may withdraw it
    PENDING = "pending"  # a moderator, of all that waits: the reminder
    # Told of a send, and may stop it: stays open, since « pause » is not the last word.
    SEND = "send"
    CORRECTION = "correction"  # of what was sent: may it leave
    REST = "rest"  # may a stopped send go to those that it left out
    PROBE = "probe"  # does this address still work: asked there
    SUSPEND = "suspend"  # owners: may so many be suspended at once
    SHEET = "sheet"  # a caller, of people to telephone: answered line by line


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
    reminded_at: datetime | None = None

    @property
    def is_for_moderators(self) -> bool:
        """Whether a list's moderators are asked, each with a token of their own."""
        return self.kind in _FOR_MODERATORS

    @property
    def people(self) -> tuple[int, ...]:
        """The ids of the people whom it is about, in the order that it names them."""
        ids = self.facts.get("people", "").split(",")
        return tuple(int(one) for one in ids if one)


_FOR_MODERATORS = frozenset(
    {RequestKind.MODERATION, RequestKind.ADMISSION, RequestKind.DEPARTURE}
)


def one_each(requests: Iterable[Request]) -> tuple[Request, ...]:
    """Give what waits for moderators once, whatever the number that was asked."""
    found: dict[str, Request] = {}
    for one in requests:
        if one.is_for_moderators:
            found.setdefault(one.ref, one)
    return tuple(found.values())


def shown_pending(request: Request, title: str) -> dict[str, object]:
    """Give what texts tell of something that waits for a list's moderators."""
    facts = request.facts
    return {
        "ref": request.ref,
        "kind": request.kind.value,
        "list": title,
        "subject": facts.get("subject", ""),
        "name": facts.get("name", ""),
        "address": facts.get("author") or facts.get("address", ""),
        "when": request.created_at,
        "until": request.expires_at,
        "reasons": tuple(filter(None, facts.get("reasons", "").split(","))),
        "text": "",  # how it begins, where somebody reads it
    }


class Absence(StrEnum):
    """Why a moderator does not answer."""

    AWAY = "away"  # an automatic reply says so
    BOUNCES = "bounces"  # the address takes no mail


class Mark(StrEnum):
    """What moderators decided about all future posts of an address."""

    TRUSTED = "trusted"
    BANNED = "banned"


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
    original: Message | None = None  # the mail that the request is about
    standings: Mapping[str, Standing] = field(default_factory=dict)  # by address key
    members: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    figures: Mapping[str, Figures] = field(default_factory=dict)  # by list name
    changes: tuple[SettingChange, ...] = ()  # of settings, by owners
    sends: tuple[SendState, ...] = ()  # unfinished ones
    stopped: tuple[SendState, ...] = ()  # posts that did not reach everybody
    # By list: the stopped send of this very post, which came once more.
    repeated: Mapping[str, SendState] = field(default_factory=dict)
    # A name of each group that somebody carries, by its key.
    groups: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    # People of the author's name, where nobody has the author's address.
    namesakes: tuple[Person, ...] = ()
    dossier: Mapping[str, object] = field(default_factory=dict)  # for `mydata`
    marks: Mapping[str, Mark] = field(default_factory=dict)  # of the author, by list
    posted: Mapping[str, int] = field(default_factory=dict)  # the author's posts, too
    absences: Mapping[str, Absence] = field(default_factory=dict)  # by address key
    pending: tuple[Request, ...] = ()  # what waits for moderators, once each
    marked: Mapping[str, tuple[tuple[Address, Mark], ...]] = field(default_factory=dict)
    released: SendState | None = None  # the send that the request is about
    digested: bool = False  # that post is in a digest already
    returned: Returned | None = None  # the mail of ours that a report is about
    ours: frozenset[str] = frozenset()  # keys of people among those that it names
    bouncing: tuple[Bouncing, ...] = ()  # those whom the mail concerns
    # Those of whole lists, for an owner who asks.
    bouncing_on: Mapping[str, tuple[Bouncing, ...]] = field(default_factory=dict)
    # Of the sheet that is answered, by person's id; who left is missing.
    called: Mapping[int, Bouncing] = field(default_factory=dict)

    def standing(self, address: Address) -> Standing:
        """Give where an address stands; a stranger's where nothing is known."""
        return self.standings.get(address.key, Standing(address))


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
    bounces: BounceRules = field(default_factory=BounceRules)

    def is_own(self, address: Address) -> bool:
        """Whether mails to an address come to us: to the mailbox, or to a list."""
        box, lists = self.mailbox, self.lists.values()
        start = f"{box.local_part}{self.subaddressing or '+'}".lower()
        below = address.domain == box.domain and address.key.startswith(start)
        return below or address == box or any(address == one.address for one in lists)

    def is_in_charge(self, person: Person) -> bool:
        """Whether any of somebody's addresses has a role, on whatever list."""
        return self.has_role({person.address, *person.others})

    def has_role(self, addresses: AbstractSet[Address]) -> bool:
        """Whether any of these addresses has a role, on whatever list."""
        roles = [
            lst.owners | lst.moderators | lst.senders | lst.callers
            for lst in self.lists.values()
        ]
        return any(not addresses.isdisjoint(some) for some in (*roles, self.admins))

    def owns(self, who: AbstractSet[Address], list_name: str) -> bool:
        """Whether somebody owns a list, or is an admin.

        Args:
            who: the addresses of one person.
            list_name: the list; it may be gone.
        """
        lst = self.lists.get(list_name)
        owners = lst.owners if lst else frozenset[Address]()
        return not (owners | set(self.admins)).isdisjoint(who)

    def sees_members(self, who: AbstractSet[Address], list_name: str) -> bool:
        """Whether somebody may see all who get a list's posts: owners of every list.

        Args:
            who: the addresses of one person.
            list_name: the list; it may be gone.
        """
        if not who.isdisjoint(self.admins):
            return True
        if list_name not in self.lists:
            return False
        reached = (self.lists[one.list_name] for one in self.reached_by(list_name))
        return all(not lst.owners.isdisjoint(who) for lst in reached)

    def reached_by(
        self, list_name: str, groups: frozenset[str] = frozenset()
    ) -> tuple[Reach, ...]:
        """Say whose members get a list's posts, the list's own first.

        Args:
            list_name: the list.
            groups: keys of groups, where only those are addressed.
        """
        found = [Reach(list_name, (groups,) if groups else ())]
        for one in found:  # grows while it is walked
            lst = self.lists[one.list_name]
            carried = frozenset(map(group_key, lst.groups))
            among = (*one.among, carried) if carried else one.among
            more = [Reach(name, among) for name in lst.include if name in self.lists]
            found.extend(other for other in more if other not in found)
        return tuple(found)


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


def held_by(questions: Iterable[Request], people: Sequence[Bouncing]) -> frozenset[int]:
    """Give the ids of those of some people whom the brake holds until an answer comes.

    Who left the list waits no more, nor who was let go by what arrived, or by the
    owners of another list: what comes back later is another matter.
    """
    waiting = [one for one in people if one.state is BounceState.ASKED]
    found: set[int] = set()
    for question in questions:
        about = frozenset(question.people)
        found.update(
            one.person_id
            for one in waiting
            if one.person_id in about and question.list_name in one.lists
        )
    return frozenset(found)
