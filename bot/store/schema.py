"""The tables, as the newest migration leaves them.

Rule for editors: a change here needs a migration of its own, and its number in
`upgrade.VERSIONS`; a test compares the two. Times are integer microseconds since
1970, UTC; addresses are kept as they go on the wire, and compared by their `key`.
The counters of `sends` are kept by the transactions that move its deliveries.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

__all__: Final = ("METADATA",)

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


def _number(name: str, *, key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, primary_key=key, nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _refers(
    name: str, target: str, *, key: bool = False, ondelete: str | None = None
) -> Column[int]:
    return Column(
        name,
        Integer,
        ForeignKey(target, ondelete=ondelete),
        primary_key=key,
        autoincrement=False,
        nullable=False,
    )


def _only(condition: str) -> dict[str, Any]:
    """Make an index partial: it holds only the rows that are still moving."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


Table("notes", METADATA, _text("key", key=True), _text("value"))

# ------------------------------------------------------------ people and lists

# Numbers are never used again: old deliveries name people who have left.
Table(
    "people",
    METADATA,
    _number("id", key=True),
    _text("name"),
    _text("language"),
    _text("phone"),
    # The name as it compares: somebody unknown may be somebody known.
    _text("name_key"),
    Index("ix_people_name_key", "name_key"),
    sqlite_autoincrement=True,
)

Table(
    "person_groups",
    METADATA,
    _refers("person_id", "people.id", key=True, ondelete="CASCADE"),
    _text("key", key=True),
    _text("name"),
    Index("ix_person_groups_key", "key"),
)

Table(
    "addresses",
    METADATA,
    _text("key", key=True),
    _text("address"),
    _refers("person_id", "people.id", ondelete="CASCADE"),
    _flag("is_primary"),
    # A hash: sends go out in its order, so that a batch mixes many domains.
    _number("shuffle"),
    Index("ix_addresses_person_id", "person_id"),
    Index("ix_addresses_one_primary", "person_id", unique=True, **_only("is_primary")),
)

Table(
    "memberships",
    METADATA,
    _text("list_name", key=True),
    _refers("person_id", "people.id", key=True, ondelete="CASCADE"),
    _text("state"),
    _text("origin"),
    _time("joined_at"),
    _text("reception"),
    _time("paused_until", nullable=True),
    Index("ix_memberships_person_id", "person_id"),
    sqlite_with_rowid=False,
)

Table(
    "list_settings",
    METADATA,
    _text("list_name", key=True),
    _text("key", key=True),
    _text("value"),
    _text("changed_by"),
    _time("changed_at"),
)

# An owner, moderator, sender or caller beyond the file's, or no longer one.
Table(
    "roles",
    METADATA,
    _text("list_name", key=True),
    _text("role", key=True),
    _text("key", key=True),
    _text("address"),
    _flag("granted"),
    _text("changed_by"),
    _time("changed_at"),
)

# Whose posts are always sent, or never looked at.
Table(
    "marks",
    METADATA,
    _text("list_name", key=True),
    _text("key", key=True),
    _text("address"),
    _text("mark"),
    _text("changed_by"),
    _time("changed_at"),
)

# Moderators who are away, or whose addresses bounce.
Table("absences", METADATA, _text("key", key=True), _text("why"), _time("until"))

# Of people who asked to be erased nothing is kept but this, against imports.
Table("forgotten", METADATA, _text("hash", key=True), _time("at"))

# Who came and who left; address and name go once the owners were told.
Table(
    "roster_events",
    METADATA,
    _number("id", key=True),
    _text("list_name"),
    _text("hash"),
    _text("address"),
    _text("name"),
    _text("what"),
    _text("how"),
    _time("at"),
    _flag("told"),
    Index("ix_roster_events_hash", "hash"),
    Index("ix_roster_events_list_name", "list_name", "at"),
)

# ----------------------------------------------------------- what comes in

Table(
    "intake",
    METADATA,
    _number("id", key=True),
    Column("uid_validity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    _text("sha256"),
    Column("size", BigInteger, nullable=False),
    _time("received_at"),
    _text("state"),
    _number("attempts"),
    _flag("header_only"),
    _text("kind"),
    _text("rule"),
    _text("folder"),
    _text("message_id"),
    UniqueConstraint("uid_validity", "uid"),
    Index("ix_intake_sha256", "sha256"),
    Index("ix_intake_state", "state"),
)

Table(
    "posts",
    METADATA,
    _text("fingerprint", key=True),
    _text("list_name", key=True),
    _text("message_id"),
    _text("sha256"),
    _text("author"),
    _time("posted_at"),
    _flag("partial"),  # only some groups of the list got it
    Index("ix_posts_message_id", "message_id"),
)

Table(
    "requests",
    METADATA,
    _number("id", key=True),
    _text("ref"),
    _text("token_hash"),
    _text("kind"),
    _text("list_name"),
    _text("address"),
    _text("address_key"),
    _text("state"),
    _time("created_at"),
    _time("expires_at"),
    _text("facts"),
    _text("verdict"),
    _text("settled_by"),
    _time("settled_at", nullable=True),
    _time("reminded_at", nullable=True),
    UniqueConstraint("token_hash"),
    Index("ix_requests_ref", "ref"),
    Index("ix_requests_state", "state"),
)

Table(
    "wrong_tokens",
    METADATA,
    _number("id", key=True),
    _text("address_key"),
    _time("at"),
    Index("ix_wrong_tokens_address_key", "address_key", "at"),
)

Table(
    "replies",
    METADATA,
    _number("id", key=True),
    _text("address_key"),
    _time("at"),
    Index("ix_replies_address_key", "address_key", "at"),
)

Table("alerts", METADATA, _text("key", key=True), _time("given_at"))

# ----------------------------------------------------------- what goes out

Table(
    "sends",
    METADATA,
    _number("id", key=True),
    _text("kind"),
    _number("priority"),
    _text("list_name"),
    _text("subject"),
    _text("sha256"),
    Column("size", BigInteger, nullable=False),
    _text("message_id"),
    _text("sender"),
    _text("fingerprint"),
    _time("created_at"),
    _number("recipients"),
    _number("ready"),
    _number("deferred"),
    _number("in_flight"),
    _number("accepted"),
    _number("refused"),
    _number("cancelled"),
    _flag("paused"),
    # What becomes of recipients that return: empty, cancelled or failed.
    _text("stopped"),
    _text("failure"),
    _time("started_at", nullable=True),
    _time("last_batch_at", nullable=True),
    _time("finished_at", nullable=True),
    # Nothing of it leaves before.
    _time("leave_at", nullable=True),
    # That nothing came back was taken for a sign that the addresses work.
    Column("judged", Boolean, nullable=False, server_default=false()),
    Index("ix_sends_finished_at", "finished_at"),
    Index("ix_sends_fingerprint", "fingerprint"),
)

Table(
    "deliveries",
    METADATA,
    _refers("send_id", "sends.id", key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False, nullable=False),
    _text("address"),
    _number("person_id", nullable=True),
    _text("state"),
    _number("batch_id", nullable=True),
    _number("attempts"),
    _time("due_at", nullable=True),
    _text("reply"),
    # With `state` in it SQLite prefers it to the primary key and so skips what left;
    # it would not if the table were stored in the order of its key.
    Index("ix_deliveries_ready", "send_id", "state", "seq", **_only("state = 'ready'")),
    Index("ix_deliveries_due", "send_id", "due_at", **_only("state = 'deferred'")),
    Index(
        "ix_deliveries_in_flight",
        "batch_id",
        **_only("state IN ('sending', 'doubtful')"),
    ),
)

Table(
    "batches",
    METADATA,
    _number("id", key=True),
    _refers("send_id", "sends.id"),
    _text("state"),
    _number("recipients"),
    _text("witness"),
    _flag("witnessed"),
    _text("reply"),
    _time("sending_at"),
    _time("settled_at", nullable=True),
    # Seconds of successful polls when the doubt arose.
    _number("watched", nullable=True),
    Index("ix_batches_state", "state"),
    Index("ix_batches_sending_at", "sending_at"),
)

Table(
    "learnt",
    METADATA,
    _text("key", key=True),
    _text("value"),
    _text("words"),
    _time("learnt_at"),
    # said (by the provider), counted (when it refused), grown (it did not).
    Column("how", Text, nullable=False, server_default="said"),
)

# What people sent from the account by hand, as its Sent folder tells.
Table(
    "hand_sent",
    METADATA,
    Column("uid_validity", BigInteger, primary_key=True, autoincrement=False),
    Column("uid", BigInteger, primary_key=True, autoincrement=False),
    _time("sent_at"),
    _number("recipients"),
    Index("ix_hand_sent_sent_at", "sent_at"),
)

# ------------------------------------------------------------- what comes back

# One row a report, address and kind. `tells` is what it counts as: dead, full, claimed
# or nothing; `sent_at` is when the mail that it is about was queued. Without `send_id`
# that is only a guess.
Table(
    "bounce_events",
    METADATA,
    _number("id", key=True),
    _text("report"),
    _text("key"),
    _text("address"),
    _number("person_id", nullable=True),
    _number("send_id", nullable=True),
    _time("sent_at"),
    _time("at"),
    _text("kind"),
    _text("reason"),
    _text("status"),
    _text("words"),
    _text("tells"),
    _flag("logged"),  # in bounces.json
    UniqueConstraint("report", "key", "kind"),
    Index("ix_bounce_events_key", "key"),
    Index("ix_bounce_events_person_id", "person_id"),
    Index("ix_bounce_events_send_id", "send_id"),
    Index("ix_bounce_events_logged", "id", **_only("NOT logged")),
)

# What mails queued before `reset_at` met counts no more. `state`: empty, asked (the
# brake holds it, owners are asked) or suspended.
Table(
    "bounce_states",
    METADATA,
    _refers("person_id", "people.id", key=True, ondelete="CASCADE"),
    _time("reset_at"),
    _text("state"),
    _time("since", nullable=True),
    _number("probes"),
    _number("probe_id", nullable=True),
    _time("probed_at", nullable=True),
)

# Who telephones somebody, and how often they tried.
Table(
    "calls",
    METADATA,
    _refers("person_id", "people.id", key=True, ondelete="CASCADE"),
    _text("list_name"),
    _text("caller"),
    _time("assigned_at"),
    _number("tries"),
    _time("tried_at", nullable=True),
    _text("tried_by"),
)
