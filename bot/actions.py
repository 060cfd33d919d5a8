"""The verbs: what is to be done about a mail, as frozen data.

`decide` returns them, `apply` carries them out in one transaction. "This mail"
is the one that the decision is about; `sha256` names a mail in the spool.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.address import Address
from bot.model import (
    NOTHING,
    Absence,
    BounceEvent,
    Hit,
    Kind,
    Mark,
    Person,
    Profile,
    Reception,
    Request,
    Returned,
    TextFile,
)


@dataclass(frozen=True, slots=True)
class Distribute:
    """Send a post to the members of a list, each person once.

    `groups` are keys of groups, where only those are addressed. `releases`: the
    moderators need not decide about it any more. `strip`: without its attachments.
    `leave_at`: not before. `asked_by`: whom to tell when it leaves, or to ask where it
    would take days; None: they know. `replaces`: ids of sends of earlier versions,
    cancelled if nothing of them left.
    """

    list_name: str
    sha256: str
    approved_by: Address | None = None
    groups: frozenset[str] = frozenset()
    releases: bool = False
    strip: bool = False
    leave_at: datetime | None = None
    asked_by: Address | None = None
    replaces: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """Show a post to its author and wait for « ok »; `warnings` are sentences.

    `leave_at`: not before. `doubt`: why the time that the author said is asked about:
    unclear, past or far. `again`: it was confirmed, but would take days.
    """

    list_name: str
    sha256: str
    sender: Address
    groups: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    leave_at: datetime | None = None
    doubt: str = ""
    again: bool = False
    strip: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep a post back and ask the moderators; `hits` are the reasons."""

    list_name: str
    sha256: str
    author: Address
    hits: tuple[Hit, ...]
    tell_author: bool = True
    groups: frozenset[str] = frozenset()
    leave_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """Close a request (and those that share its ref): the first answer wins."""

    request_id: int
    verdict: str
    by: Address


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Ask again what was settled; a post must not have left yet."""

    request: Request
    by: Address


@dataclass(frozen=True, slots=True)
class Discuss:
    """Show the other moderators what one of them, or the author, says of a matter."""

    request: Request
    by: Address
    text: str


@dataclass(frozen=True, slots=True)
class ShowPending:
    """Show a moderator what waits, in a mail whose answer decides."""

    address: Address
    matters: tuple[Request, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class SetMark:
    """Keep what is to be done with all posts of an address to a list.

    None: what moderators do with anybody's.
    """

    list_name: str
    address: Address
    mark: Mark | None
    by: Address


@dataclass(frozen=True, slots=True)
class NoteAbsence:
    """Keep that a moderator can't be expected to answer."""

    address: Address
    why: Absence
    until: datetime


@dataclass(frozen=True, slots=True)
class EndAbsence:
    """Note that a moderator wrote."""

    address: Address


@dataclass(frozen=True, slots=True)
class TellOwners:
    """Write to a list's owners (to the admins without a list)."""

    list_name: str
    text_id: str
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class AskConfirmation:
    """Ask the address concerned to confirm what was asked in its name.

    `facts` is what an answer needs, and the text of the question.
    """

    address: Address
    wish: str  # subscribe | unsubscribe | invite | also | link | forget
    list_name: str
    name: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class AskToProceed:
    """Answer commands, and ask whether some of them are meant.

    Those came under a From: that isn't proved, or look like a slip. `sha256` is
    the mail that holds them, `lines` those that wait, `facts` of `command-results`.
    `meant` names what « ok » is said to.
    """

    address: Address
    sha256: str
    lines: tuple[str, ...]
    facts: Mapping[str, object]
    language: str = ""
    files: tuple[TextFile, ...] = ()
    in_doubt: bool = False
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewImport:
    """Show an owner what an import would change, and wait for « ok »."""

    address: Address
    sha256: str
    list_name: str
    facts: Mapping[str, object]
    language: str = ""
    files: tuple[TextFile, ...] = ()


@dataclass(frozen=True, slots=True)
class AskModerators:
    """Ask a list's moderators whether somebody may join, or leave."""

    address: Address
    wish: str  # admission | departure
    list_name: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Enrol:
    """Make somebody a member, with a welcome.

    `by` names the owner who did it; empty: they came themselves. `quiet`: without a
    mail.
    """

    address: Address
    name: str
    list_name: str
    origin: str
    by: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class EnrolMany:
    """Make members of many, silently; what it says of known ones replaces theirs."""

    profiles: tuple[Profile, ...]
    list_name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Unenrol:
    """End a membership, with a goodbye.

    `by` names the owner who did it; empty: they left themselves. `quiet`: without a
    mail.
    """

    address: Address
    list_name: str
    by: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class SetReception:
    """Change how a member wants to get the posts."""

    person_id: int
    list_name: str
    reception: Reception


@dataclass(frozen=True, slots=True)
class Pause:
    """Send a member nothing until a time; None: until they say so."""

    person_id: int
    list_name: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Resume:
    """End a member's pause."""

    person_id: int
    list_name: str


@dataclass(frozen=True, slots=True)
class SetPerson:
    """Change somebody's name or language."""

    person_id: int
    key: str  # name | language
    value: str


@dataclass(frozen=True, slots=True)
class LinkAddress:
    """Make an address another one of somebody's."""

    person: Person
    address: Address


@dataclass(frozen=True, slots=True)
class ChangeAddress:
    """Let somebody's memberships of some lists go to another address."""

    person: Person
    new: Address
    list_names: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Erase somebody everywhere, and tell them."""

    address: Address
    language: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Change a list's setting."""

    list_name: str
    key: str
    value: str
    by: Address


@dataclass(frozen=True, slots=True)
class ChangeRole:
    """Give somebody a role on a list, or take it away."""

    list_name: str
    role: str  # owners | moderators | senders | callers
    address: Address
    granted: bool
    by: Address


@dataclass(frozen=True, slots=True)
class CancelSend:
    """Stop a send before its next batch."""

    send_id: int


@dataclass(frozen=True, slots=True)
class BrakeSend:
    """Let a send wait from its next batch on, or go on."""

    send_id: int
    paused: bool


@dataclass(frozen=True, slots=True)
class SendRest:
    """Send a stopped post to those that it left out.

    `tell` is written to, and may stop that send, too; None: told otherwise.
    """

    send_id: int
    list_name: str
    tell: Address | None = None


@dataclass(frozen=True, slots=True)
class AskRest:
    """Show who of a stopped post's recipients has it; « ok » sends it to the others."""

    send_id: int
    list_name: str
    to: Address


@dataclass(frozen=True, slots=True)
class AskCorrection:
    """Show a correction of what was sent to its author; « ok » sends it.

    `paused`: the send was stopped for it, from its next batch on.
    """

    send_id: int
    list_name: str
    to: Address
    text: str
    paused: bool = False


@dataclass(frozen=True, slots=True)
class SendCorrection:
    """Send a correction to those who have what it corrects, and to nobody else."""

    send_id: int
    list_name: str
    sha256: str
    by: Address


@dataclass(frozen=True, slots=True)
class TellOfSend:
    """Write to somebody about a send; their answer may stop it, or correct it.

    What the store knows of it is added to the facts. `roster`: they may see who
    has it.
    """

    send_id: int
    to: Address
    text_id: str
    list_name: str
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    kind: str = "notice"
    roster: bool = False


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
    files: tuple[TextFile, ...] = ()
    token: str = ""  # of the question that is put again
    groups: frozenset[str] = frozenset()  # of the send that it tells of
    # The send that it tells of: what the store knows of it is added to the facts …
    send_id: int = 0
    roster: bool = False  # … and who has it is attached


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
    """Keep what a report says about addresses.

    `report` tells one report from another. `mail` is the one that it is about; None:
    it doesn't say.
    """

    report: str
    events: tuple[BounceEvent, ...]
    mail: Returned | None = None


@dataclass(frozen=True, slots=True)
class Revive:
    """Start anew with somebody whose mail came back: nothing counts, they get mail."""

    address: Address
    by: str = ""  # who says so; empty: they wrote themselves


@dataclass(frozen=True, slots=True)
class SettleSuspensions:
    """Do with those whom the brake held as an owner says: suspend them, or not.

    `people` are the ids of those whom the owner was asked about.
    """

    list_name: str
    suspend: bool
    by: Address
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoteCall:
    """Keep what came of a call, for the owners and for the next sheet.

    `what` is corrected, kept, unreached or taken-off.
    """

    person_id: int
    address: Address
    name: str
    what: str
    list_names: tuple[str, ...]
    by: Address


@dataclass(frozen=True, slots=True)
class PutOff:
    """The provider took a batch and sent it back, over a limit on the account.

    `addresses` of it wait again; none: the provider goes on trying, and people are
    only told. `quota` is the limit to learn, `limit` its figure where the `words`
    give one. Everything waits `wait_seconds` from `reported_at`; `stops`: until a
    person acts.
    """

    batch_id: int
    addresses: tuple[Address, ...]
    quota: str
    limit: int | None
    words: str
    wait_seconds: int
    stops: bool
    reported_at: datetime


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
    | TakeBack
    | Discuss
    | SetMark
    | ShowPending
    | NoteAbsence
    | EndAbsence
    | TellOwners
    | AskConfirmation
    | AskToProceed
    | PreviewImport
    | AskModerators
    | Enrol
    | EnrolMany
    | Unenrol
    | SetReception
    | Pause
    | Resume
    | SetPerson
    | LinkAddress
    | ChangeAddress
    | Forget
    | ChangeSetting
    | ChangeRole
    | CancelSend
    | BrakeSend
    | SendRest
    | AskRest
    | AskCorrection
    | SendCorrection
    | TellOfSend
    | Reply
    | CopyToOwners
    | Alert
    | RecordBounce
    | Revive
    | SettleSuspensions
    | NoteCall
    | PutOff
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
