"""The verbs: what is to be done about a mail, as frozen data.

`decide` returns them, `apply` carries them out in one transaction. "This mail"
is the one that the decision is about; `sha256` names a mail in the spool.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.address import Address
from bot.model import NOTHING, BounceEvent, Hit, Kind


@dataclass(frozen=True, slots=True)
class Distribute:
    """Send a post to the members of a list, each person once."""

    list_name: str
    sha256: str
    approved_by: Address | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """Show an announcement to its sender and wait for « ok »."""

    list_name: str
    sha256: str
    sender: Address


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep a post back and ask the moderators; `hits` are the reasons."""

    list_name: str
    sha256: str
    author: Address
    hits: tuple[Hit, ...]
    tell_author: bool = True


@dataclass(frozen=True, slots=True)
class Settle:
    """Close a request (and those that share its ref): the first answer wins."""

    request_id: int
    verdict: str
    by: Address


@dataclass(frozen=True, slots=True)
class AskConfirmation:
    """Ask the address concerned to confirm what was asked in its name."""

    address: Address
    wish: str  # subscribe | unsubscribe
    list_name: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Enrol:
    """Make somebody a member, with a welcome."""

    address: Address
    name: str
    list_name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Unenrol:
    """End a membership, with a goodbye."""

    address: Address
    list_name: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Write to a person: the text `text_id` with its facts.

    `attach` names a mail in the spool to attach (a rejected post, say). `answers`
    tells that it answers this mail: In-Reply-To is set, and it counts as an
    automatic reply to that address. `kind` is the X-Colporteur kind. `facts`
    values are text, or mappings and tuples of text for the templates.
    """

    to: Address
    text_id: str
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    list_name: str = ""
    language: str = ""  # empty: the person's, else the list's
    kind: str = "reply"
    attach: str = ""
    answers: bool = True


@dataclass(frozen=True, slots=True)
class CopyToOwners:
    """Hand this mail to a list's owners (to the admins without a list)."""

    list_name: str
    text_id: str
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Alert:
    """Tell the admins; the same `key` is told once a day at most."""

    text_id: str
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    key: str = ""


@dataclass(frozen=True, slots=True)
class RecordBounce:
    """Log what a report says about addresses. `report` identifies the report."""

    report: str
    events: tuple[BounceEvent, ...]


@dataclass(frozen=True, slots=True)
class MarkWitness:
    """Our own copy came back: the batch was accepted."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class CountWrongToken:
    """Remember a wrong token of a sender (10 an hour shut them out)."""

    address: Address


Action = (
    Distribute
    | Preview
    | Hold
    | Settle
    | AskConfirmation
    | Enrol
    | Unenrol
    | Reply
    | CopyToOwners
    | Alert
    | RecordBounce
    | MarkWitness
    | CountWrongToken
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What `decide` says about one mail.

    `folder` is where the mail is filed: Done, Held, Bounces, Refused or Problem.
    """

    kind: Kind
    rule: str
    actions: tuple[Action, ...] = ()
    folder: str = "Done"
    list_name: str = ""
    answer: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    commands: tuple[Mapping[str, object], ...] = ()
    bounces: tuple[BounceEvent, ...] = ()
