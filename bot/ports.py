"""What the edges offer to the assembly: the same contract for fakes and servers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from bot.address import Address, NamedAddress
from bot.model import (
    Absence,
    Batch,
    BatchState,
    BounceEvent,
    BounceState,
    Bouncing,
    Content,
    Delivery,
    Figures,
    HandSent,
    Learnt,
    Mark,
    Member,
    MemberState,
    Offer,
    Outgoing,
    Person,
    Profile,
    Reach,
    Reception,
    Request,
    RequestKind,
    Returned,
    RoleChange,
    Roster,
    RosterEvent,
    SendState,
    SettingChange,
    SmtpReply,
    Standing,
    TakenBack,
    Usage,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail seen in the inbox: its header only."""

    uid: int
    size: int
    received_at: datetime  # INTERNALDATE
    header: bytes


@dataclass(frozen=True, slots=True)
class SentLook:
    """What a look into the Sent folder found that is not ours.

    `last_uid` is the highest that was looked at.
    """

    uid_validity: int
    last_uid: int
    mails: tuple[HandSent, ...] = ()


class Mailbox(Protocol):
    """One IMAP account; every method raises MailboxError when the line breaks."""

    def open(self) -> int:
        """Log in, make the folders, select the inbox; give its UIDVALIDITY."""

    def uids(self) -> tuple[int, ...]:
        """List the inbox, oldest first, without what is flagged as deleted."""

    def fetch_headers(self, uids: Sequence[int]) -> Iterator[Arrival]:
        """Fetch size, date and header; uids that are gone are left out."""

    def fetch(self, uid: int) -> bytes | None:
        """Fetch a whole mail, byte for byte, and leave it unread."""

    def file_away(self, uid: int, folder: str) -> None:
        """Move a mail into a folder below the root; nothing happens if it is gone."""

    def in_sent(self, batch_ids: Sequence[int], since: datetime) -> frozenset[int]:
        """Say which batches have a copy in the provider's Sent folder."""

    def sent_by_hand(
        self, since: datetime, seen: tuple[int, int] = (0, 0)
    ) -> SentLook | None:
        """Find the mails in the provider's Sent folder that are not ours.

        `seen` is (UIDVALIDITY, uid) of the last look: older mails are left out. None
        where the mailbox has no such folder.
        """

    def wait(self, seconds: float, stop: Callable[[], bool]) -> bool:
        """Wait for new mail with IDLE; True when the server reported something.

        Returns at once with False where the server has no IDLE.
        """

    def close(self) -> None:
        """Log out; never raises."""


class Submission(Protocol):
    """One SMTP connection; every method raises SubmissionError when it breaks."""

    def open(self) -> None:
        """Connect and log in, unless connected already."""

    def offer(
        self, envelope_sender: Address, recipients: Sequence[Address], content: Content
    ) -> Offer:
        """Send MAIL and every RCPT, pipelined where the server allows it."""

    def deliver(self, mark: bytes) -> SmtpReply:
        """Send the message that was offered, behind a header field of ours."""

    def abandon(self) -> None:
        """Give up the transaction after `offer` (RSET)."""

    def close(self) -> None:
        """Say QUIT and close; never raises."""


class Spool(Protocol):
    """Messages as files, named by SHA-256; durable when `add` returns."""

    def add(self, raw: bytes) -> str:
        """Keep a message; give its name."""

    def read(self, sha256: str) -> bytes:
        """Give a message back; StoreError when it is not there or damaged."""

    def sweep(self, needed: frozenset[str], older_than: datetime) -> int:
        """Remove what no row needs; give the number of files removed."""


class BounceLog(Protocol):
    """bounces.json: a log for people to read, never the judge."""

    def record(self, report: str, events: Sequence[BounceEvent], at: datetime) -> None:
        """Note events under their report, so that writing twice changes nothing."""

    def about(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Give the records of some addresses, by the key of each."""

    def forget(self, keys: Sequence[str]) -> None:
        """Remove the records of some addresses; written by the next `flush`."""

    def forget_before(self, at: datetime) -> int:
        """Remove the records without an event since a time; give their number.

        Every record is looked at: for once a day.
        """

    def keys(self) -> tuple[str, ...]:
        """Give the keys of all addresses in the log."""

    def addresses(self) -> int:
        """Count the addresses in the log."""

    def flush(self) -> Path | None:
        """Write the file if anything changed, once a poll.

        Gives a damaged or hand-edited file that was set aside: each is named until
        its process flushes again, so that a crash before the admins were told names
        it again. The log that replaces it is empty but for what was recorded since.
        """


@dataclass(frozen=True, slots=True)
class Intake:
    """A mail in the books. States: spooled → decided → filed."""

    id: int
    uid_validity: int
    uid: int
    sha256: str
    size: int
    received_at: datetime
    state: str
    attempts: int
    folder: str = ""
    header_only: bool = False


class Store(Protocol):
    """The database. A method is a transaction of its own, or part of `transaction`.

    Every method raises StoreError when the database can't be used.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Make the calls inside one transaction; it commits at the end."""

    def secret(self) -> bytes:
        """Give the key that signs our mails, made at first use."""

    # -- intake

    def seen_uids(self, uid_validity: int) -> frozenset[int]:
        """Which uids of the inbox are in the books."""

    def record_arrival(
        self,
        uid_validity: int,
        uid: int,
        sha256: str,
        size: int,
        received_at: datetime,
        *,
        header_only: bool,
    ) -> bool:
        """Book a mail. False when the same bytes were booked before.

        A double is booked as decided, for the folder Done.
        """

    def pending_intake(self) -> tuple[Intake, ...]:
        """Mails that wait for their decision, oldest first."""

    def start_attempt(self, intake_id: int) -> int:
        """Count an attempt, at once on disk; give its number, from 1."""

    def take_back_attempt(self, intake_id: int) -> None:
        """Count the last attempt no more: it ended well, and comes again."""

    def decide_intake(
        self, intake_id: int, kind: str, rule: str, folder: str, message_id: str
    ) -> None:
        """Note the decision and where the mail is to be filed."""

    def unfiled_intake(self, uid_validity: int) -> tuple[Intake, ...]:
        """Mails decided but not known to be filed."""

    def mark_filed(self, intake_id: int) -> None:
        """Note that a mail was filed."""

    # -- people

    def roster_for(  # noqa: PLR0913 - what a mail says, and the lists
        self,
        named: NamedAddress | None,
        tokens: Sequence[str],
        refs: Sequence[str],
        fingerprint: str,
        thread_ids: Sequence[str],
        now: datetime,
        *,
        reaches: Mapping[str, Sequence[Reach]] = ...,
    ) -> Roster:
        """Load what every mail concerns.

        `tokens` are candidates in the clear, `refs` short references; a token
        counts as valid when its request was put to the author, whatever its state.
        `reaches` says for each list whom it reaches.
        """

    def find_people(self, addresses: Sequence[Address]) -> dict[str, Person]:
        """Find people by any of their addresses; give them by its key."""

    def find_person(self, address: Address) -> Person | None:
        """Find somebody by any of their addresses."""

    def enrol(
        self, address: Address, name: str, list_name: str, origin: str, now: datetime
    ) -> bool:
        """Make a member; False when they are one already."""

    def enrol_many(
        self,
        profiles: Iterable[Profile],
        list_name: str,
        origin: str,
        now: datetime,
    ) -> tuple[int, int]:
        """Make members; give how many are new, and how many are not.

        What is said about people who are known replaces what was known. All or
        none: one transaction.
        """

    def unenrol(
        self,
        address: Address,
        list_name: str,
        reaches: Mapping[str, Sequence[Reach]] = ...,
    ) -> bool:
        """End a membership, and what it would still bring; False: there was none.

        Args:
            address: any of theirs.
            list_name: the list that they leave.
            reaches: whom the posts of each list go to; that list's own members, where
                it isn't said.
        """

    def members(self, list_name: str) -> Iterator[Member]:
        """List a list's own members, by address."""

    def set_member_state(
        self, address: Address, list_name: str, state: MemberState
    ) -> bool:
        """Suspend, pause or revive; False when there is no such member."""

    def count_recipients(self, reach: Sequence[Reach]) -> int:
        """Count those who would get a post, each person once."""

    def standings(
        self, addresses: Sequence[Address], now: datetime
    ) -> dict[str, Standing]:
        """Say where addresses stand, by key; strangers too."""

    def figures(self, list_name: str, now: datetime) -> Figures:
        """Count what `stats` tells of a list."""

    def set_reception(
        self, person_id: int, list_name: str, reception: Reception
    ) -> None:
        """Keep how a member wants to get the posts."""

    def pause_member(
        self, person_id: int, list_name: str, until: datetime | None
    ) -> None:
        """Send a member nothing until a time; None: until they say so."""

    def resume_member(self, person_id: int, list_name: str) -> None:
        """End a member's pause."""

    def resume_due(self, now: datetime) -> int:
        """End the pauses that are over; give their number."""

    def set_person(self, person_id: int, key: str, value: str) -> None:
        """Set somebody's name, phone or language."""

    def link_address(self, person: Person, address: Address) -> None:
        """Make an address another one of somebody's."""

    def change_address(
        self, old: Person, new: Address, list_names: Sequence[str], now: datetime
    ) -> None:
        """Let a person's memberships of some lists go to another address."""

    def dossier(self, address: Address) -> dict[str, object]:
        """Give everything that is stored about the person of an address."""

    def erase(self, address: Address, now: datetime) -> tuple[Address, ...]:
        """Erase a person everywhere, but for a hash; give their addresses."""

    def forgotten_keys(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Give those keys of addresses whose owners asked to be erased."""

    def posts_between(
        self, list_name: str, since: datetime, until: datetime
    ) -> tuple[str, ...]:
        """Name the posts of a list in the spool, oldest first, for its digest."""

    def wants_digest(self, reach: Sequence[Reach]) -> int:
        """Count those who take digests."""

    def forget_old(self, now: datetime) -> int:
        """Forget who got what, and what was asked, longer than a year ago."""

    def blank_old_letters(self, now: datetime) -> int:
        """Forget whom answers and questions went to; give how many."""

    def note_event(self, event: RosterEvent) -> None:
        """Keep that somebody came or went."""

    def untold_events(
        self, *, weekly: bool = False
    ) -> tuple[tuple[int, RosterEvent], ...]:
        """Give the events that owners have not been told, oldest first, by number."""

    def mark_told(self, last: int, now: datetime, *, weekly: bool = False) -> None:
        """Note that owners were told, and forget the names."""

    # -- requests

    def open_request(  # noqa: PLR0913 - the columns of one row
        self,
        kind: RequestKind,
        ref: str,
        token: str,
        list_name: str,
        address: Address,
        *,
        expires_at: datetime,
        facts: dict[str, str],
        now: datetime,
    ) -> int:
        """Ask somebody something. The token is stored hashed."""

    def settle_request(
        self, request_id: int, verdict: str, by: Address, now: datetime
    ) -> bool:
        """Settle a request and all with its ref; False when that was done before."""

    def requests(self, kind: RequestKind | None = None) -> tuple[Request, ...]:
        """List the open ones, oldest first."""

    def pending_request(
        self, kind: RequestKind, list_name: str, address: Address
    ) -> Request | None:
        """Give the newest open request of a kind to somebody about a list."""

    def unanswered_requests(
        self, before: datetime, now: datetime
    ) -> tuple[Request, ...]:
        """Give the open ones made before a time that nobody was reminded of."""

    def mark_reminded(
        self, ref: str, now: datetime, address: Address | None = None
    ) -> None:
        """Note that those asked under a reference were reminded, or one of them."""

    def reopen_requests(self, ref: str, until: datetime) -> bool:
        """Ask again what was settled, until a time at least; False: nothing was."""

    def told_of_hold(self, author: Address, since: datetime) -> bool:
        """Whether somebody was told since a time that a post of theirs waits."""

    def mark(
        self, list_name: str, address: Address, mark: Mark, by: str, now: datetime
    ) -> None:
        """Keep what is to be done with all posts of an address to a list."""

    def unmark(self, list_name: str, address: Address) -> bool:
        """Judge an address's posts as anybody's again; False when they were."""

    def marks_of(self, addresses: Sequence[Address]) -> dict[str, Mark]:
        """Give the marks of somebody, by list; a ban of any address wins."""

    def marked(self, list_name: str) -> tuple[tuple[Address, Mark, str], ...]:
        """List the addresses that moderators marked, and who did it."""

    def move_marks(self, old: Address, new: Address, list_names: Sequence[str]) -> None:
        """Let what was decided about an address hold for another one."""

    def note_absence(self, address: Address, why: Absence, until: datetime) -> None:
        """Keep that somebody can't be expected to answer."""

    def end_absence(self, address: Address) -> None:
        """Note that somebody wrote."""

    def absences(self, now: datetime) -> dict[str, Absence]:
        """Say who can't be expected to answer, by address key."""

    def posted_by(self, addresses: Sequence[Address]) -> dict[str, int]:
        """Count the posts of somebody that went out, by list."""

    def unpost(self, list_name: str, fingerprint: str) -> None:
        """Take a post back of which nothing has left: as if it never was there.

        Raises:
            StoreConflictError: some of it has left, or nothing of it is there.
        """

    def digested(self, list_name: str, since: datetime) -> bool:
        """Whether a digest of a list was made, and so has the posts before it."""

    def send_of(self, list_name: str, fingerprint: str) -> SendState | None:
        """Give the newest send of a post to a list."""

    def matters(self, refs: Sequence[str] = ()) -> tuple[Request, ...]:
        """List what waits for moderators, once each; and what was decided of `refs`."""

    def expire_requests(self, now: datetime) -> tuple[Request, ...]:
        """Mark what is past its time as expired; give those."""

    def count_wrong_token(self, address: Address, now: datetime) -> None:
        """Remember a wrong token."""

    # -- outbox and ledger

    def note_post(  # noqa: PLR0913 - the columns of one row
        self,
        list_name: str,
        fingerprint: str,
        message_id: str,
        sha256: str,
        author: Address,
        now: datetime,
        *,
        partial: bool = False,
    ) -> bool:
        """Remember that a list had a post; False when it had it already.

        `partial`: only some groups of the list got it.
        """

    def enqueue(
        self, mail: Outgoing, recipients: Iterable[Address], now: datetime
    ) -> int:
        """Put a mail into the outbox; give the id of the send."""

    def enqueue_to_lists(
        self,
        mail: Outgoing,
        reach: Sequence[Reach],
        fingerprint: str,
        now: datetime,
        receptions: Sequence[Reception] = (Reception.EACH,),
    ) -> int:
        """Put a post into the outbox for the active members of lists, each once.

        People who already have a delivery of a post with this fingerprint are
        left out, unless its send was stopped. `receptions`: those who want it so.
        """

    def sends(self, *, unfinished: bool) -> tuple[SendState, ...]:
        """List the sends; unfinished ones, or all of the last 30 days."""

    def send(self, send_id: int) -> SendState | None:
        """Give a send, as it is now."""

    def stopped_posts(
        self, now: datetime, subject: str | None = None
    ) -> tuple[SendState, ...]:
        """List what was cancelled or given up in 30 days, newest first."""

    def original_of(self, send_id: int, author: Address) -> str:
        """Name the post in the spool as it came; empty: somebody else's."""

    def served(self, send_id: int) -> tuple[tuple[Address, str], ...]:
        """Give who has the post of a send, with their names, by address."""

    def had_before(self, send_id: int) -> int:
        """Count who had a post by an earlier send of it."""

    def unserved(self, send_id: int, reach: Sequence[Reach]) -> int:
        """Count whom a stopped send left out and who would get it now."""

    def send_rest(self, send_id: int, reach: Sequence[Reach], now: datetime) -> int:
        """Send a stopped post to whom it left out; give the new send's id, or 0."""

    def count_served(
        self, send_id: int, reach: Sequence[Reach], fingerprint: str = ""
    ) -> int:
        """Count who has a post and is a member yet."""

    def enqueue_to_served(
        self,
        mail: Outgoing,
        send_id: int,
        reach: Sequence[Reach],
        fingerprint: str,
        now: datetime,
    ) -> int:
        """Send a correction to those who have a post; give the id of its send."""

    def take(self, send_id: int, count: int, now: datetime) -> tuple[Delivery, ...]:
        """Give the next recipients that are ready, or deferred and due."""

    def start_batch(
        self, deliveries: Sequence[Delivery], now: datetime, witness: str
    ) -> int:
        """Open a batch as `sending`, on disk when this returns; give its id."""

    def settle_batch(
        self,
        batch_id: int,
        state: BatchState,
        now: datetime,
        reply: str = "",
        due_at: datetime | None = None,
        *,
        doubted: bool = False,
    ) -> None:
        """Move a batch, and its deliveries, to another state."""

    def refuse(
        self, deliveries: Sequence[Delivery], replies: Sequence[SmtpReply]
    ) -> None:
        """Note recipients refused for good."""

    def defer(self, deliveries: Sequence[Delivery], due_at: datetime, why: str) -> None:
        """Try recipients again later; counts an attempt."""

    def fail_send(self, send_id: int, why: str, now: datetime) -> None:
        """Give up what is left of a send."""

    def refusals(self, send_id: int) -> tuple[tuple[Address, str], ...]:
        """Who was refused in a send, and the server's words."""

    def interrupted_batches(self, now: datetime) -> int:
        """At start: what was `sending` becomes `doubtful`; give how many."""

    def doubtful(self) -> tuple[Batch, ...]:
        """List the batches whose fate is unknown."""

    def take_back(
        self,
        batch_id: int,
        addresses: Sequence[Address],
        due_at: datetime,
        now: datetime,
        words: str = "",
    ) -> TakenBack | None:
        """Let recipients of a batch wait again who were counted as served.

        Who came back too often is refused, with these words of the report. None:
        there is no such batch. StoreConflictError: it is just being sent.
        """

    def mark_witness(self, batch_id: int) -> None:
        """Note that our own copy of a batch was seen."""

    def usage(self, since: datetime) -> tuple[Usage, ...]:
        """What was taken from the quotas, by us or by hand, oldest first."""

    def pause_sends(self, send_id: int | None, *, paused: bool) -> None:
        """Pause or resume one send, or (None) everything."""

    def everything_paused(self) -> bool:
        """Whether `queue pause` without a reference holds."""

    def brakes(self) -> tuple[bool, datetime | None]:
        """Give whether everything is paused, and until when the account waits."""

    def watched(self) -> int:
        """Give for how many seconds the mailbox was watched, in all."""

    def note_watched(self, seconds: int) -> None:
        """Add the seconds that a successful poll vouches for."""

    def defer_domain(
        self, send_id: int, domain: str, first_at: datetime, size: int
    ) -> int:
        """Put off those of a send at a domain, some a minute; give how many."""

    def hasten_domain(self, send_id: int, domain: str, now: datetime) -> int:
        """Let those go on that `defer_domain` put off; give how many."""

    def cancel_send(self, send_id: int, now: datetime) -> int:
        """Cancel what has not left; give the number of recipients."""

    def finish_sends(self, now: datetime) -> tuple[SendState, ...]:
        """Mark sends with nothing left as finished; give those just finished."""

    def learn(
        self, key: str, value: str, words: str, now: datetime, how: str = "said"
    ) -> None:
        """Remember a limit, the provider's words, and how it was found out."""

    def learnt(self) -> dict[str, str]:
        """Give what was learnt."""

    def learnt_details(self) -> tuple[Learnt, ...]:
        """Give what was learnt, when, how, and from which words."""

    def unlearn(self, key: str) -> bool:
        """Forget one thing; whether it was known."""

    def note_hand_sent(
        self, uid_validity: int, mails: Sequence[HandSent], now: datetime
    ) -> None:
        """Count mails that people sent by hand, each once.

        Another `uid_validity` than before: what was counted under it is forgotten.
        """

    def heal_clock(self, now: datetime) -> int:
        """Bring back to `now` what the ledger has of the future; give how many."""

    # -- housekeeping

    def note(self, key: str, value: str) -> None:
        """Keep a small fact: last_poll, blocked_until, and the like."""

    def noted(self, key: str) -> str:
        """Give a small fact, or the empty string."""

    def note_reply(self, address: Address, now: datetime) -> None:
        """Count an automatic reply to an address."""

    def alert_due(self, key: str, now: datetime, every: timedelta) -> bool:
        """Say whether an alert is due, and remember that it is given now."""

    def needed_spool(self, now: datetime) -> frozenset[str]:
        """Name the spooled messages that some row still needs."""

    def counts(self) -> dict[str, dict[str, int]]:
        """Count for `status`: by list, members/active/suspended/held; and outbox."""

    def set_list_setting(
        self, list_name: str, key: str, value: str, by: str, now: datetime
    ) -> None:
        """Keep an owner's change of a list's setting."""

    def list_settings(self) -> tuple[SettingChange, ...]:
        """Give the owners' changes of settings."""

    def set_role(
        self,
        list_name: str,
        role: str,
        address: Address,
        *,
        granted: bool,
        by: str,
        now: datetime,
    ) -> None:
        """Keep that somebody was given a role, or that it was taken away."""

    def roles(self) -> tuple[RoleChange, ...]:
        """Give the changes of roles."""

    def changes_stamp(self) -> tuple[int, ...]:
        """Give numbers that are others after any change of settings or roles."""

    # -- what comes back

    def note_bounces(
        self,
        report: str,
        events: Iterable[tuple[BounceEvent, int | None, Returned | None, str]],
        now: datetime,
    ) -> int:
        """Keep events once each; give how many are new."""

    def returned_by_batch(self, batch_id: int) -> Returned | None:
        """Give the mail of a batch, and to whom that batch went."""

    def returned_by_ids(self, message_ids: Sequence[str]) -> Returned | None:
        """Give the last post of some Message-IDs."""

    def last_post_to(self, person: Person, now: datetime) -> Returned | None:
        """Give the last post that somebody's address was sent, of the last days."""

    def was_sent(self, send_id: int, person: Person) -> bool:
        """Whether a mail went to the address that somebody has now, or was tried."""

    def refused_by_rule(self, send_id: int) -> tuple[tuple[Address, str], ...]:
        """Give who was refused a mail by some rule of a server's, and its words."""

    def sends_refused_since(self, since: datetime) -> tuple[int, ...]:
        """Name the mails of which such a refusal was read after a time."""

    def domains_of(self, send_id: int) -> dict[str, int]:
        """Count the recipients of a mail by domain."""

    def unlogged_bounces(
        self, count: int
    ) -> tuple[tuple[int, str, BounceEvent, datetime], ...]:
        """Give the oldest events that the log lacks: id, report, event and time."""

    def mark_logged(self, ids: Sequence[int]) -> None:
        """Note that events are in the log, durably."""

    def log_again(self) -> None:
        """Let every event be logged again: the log is a new file."""

    def forget_bounces_of(self, address: Address) -> None:
        """Forget what came back from an address that is nobody's any more."""

    def forget_bounces(self, now: datetime) -> int:
        """Forget events that are too old to matter; give how many."""

    def bouncing(self, person_ids: Sequence[int] | None = None) -> tuple[Bouncing, ...]:
        """Give those whose mail comes back or who are suspended, by address."""

    def bouncing_at(self, addresses: Iterable[Address]) -> tuple[Bouncing, ...]:
        """Give those of some people whose mail comes back."""

    def count_bouncing(self) -> tuple[int, int]:
        """Count those whose mail comes back, and those who are suspended."""

    def reset_bounces(self, person_id: int, at: datetime) -> None:
        """Let what mails met that were queued up to a time count no more."""

    def revive(self, person_id: int, now: datetime) -> None:
        """Start anew with somebody: nothing counts, and they get mail again."""

    def judge_silence(self, now: datetime) -> int:
        """Let posts that nothing came back of for 72 hours end the counts."""

    def set_bounce_state(
        self, person_ids: Sequence[int], state: BounceState, now: datetime
    ) -> None:
        """Suspend people, or let them wait for an owner's word."""

    def note_probe(self, person_id: int, send_id: int, now: datetime) -> None:
        """Note that a probe is in the outbox."""

    def is_probe(self, send_id: int, person_id: int) -> bool:
        """Whether a mail is the last probe of somebody."""

    def arrived_probes(self, now: datetime) -> tuple[tuple[int, datetime], ...]:
        """Give those whose probe nothing came back of, and when it was queued."""

    def wrote_since(self, person_id: int, at: datetime) -> bool:
        """Whether somebody is sent a post that was queued after a time."""

    def assign_call(
        self, person_id: int, list_name: str, caller: Address, now: datetime
    ) -> None:
        """Note who telephones somebody, as a caller of which list."""

    def note_try(self, person_id: int, by: Address, now: datetime) -> None:
        """Note that somebody was called, and did not answer."""

    def keep_calls(self, person_ids: Sequence[int]) -> None:
        """Forget who telephones whom, but for some people."""

    def close(self) -> None:
        """Release the database and its lock."""


class Clock(Protocol):
    """Time, as it comes in from outside."""

    def now(self) -> datetime:
        """The time, aware, UTC."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
