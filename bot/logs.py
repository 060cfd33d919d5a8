"""The log: one line an event, its name first, then key=value.

`EVENTS` is the whole vocabulary: an event that is not listed, or a field that its
entry does not name, fails the tests. Add it here before you log it.

A line never holds bodies, passwords or tokens. Addresses are people: they appear
as a short keyed hash, the same for the same address, unless the log is verbose.
"""

import hashlib
import logging
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, TextIO

__all__: Final = ("EVENTS", "Event", "log", "setup")

LOGGER: Final = logging.getLogger("bot")

# A line has to stay readable, and journald cuts at 48 KiB.
_LONGEST_VALUE = 4_000
_HASH_BYTES = 5

# sd-daemon(3): the priority that journald reads at the start of a line.
_PRIORITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}

# Starts only where a word does: else a long word is read once for each letter.
_ADDRESS = re.compile(r"(?<![^\s<>\"'(),;:=@])[^\s<>\"'(),;:=@]+@[^\s<>\"'(),;:=@]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\r": "\\r", "\n": "\\n", "\t": "\\t"}
# A Message-ID looks like an address, names nobody, and tells the whole story.
_SHOWN = frozenset({"message_id", "host"})


@dataclass(frozen=True, slots=True)
class Event:
    """What an event means, how grave it is, and the fields it may have."""

    about: str
    fields: frozenset[str]
    level: int = logging.INFO


def _info(about: str, fields: str = "") -> Event:
    return Event(about, frozenset(fields.split()))


def _warning(about: str, fields: str = "") -> Event:
    return Event(about, frozenset(fields.split()), logging.WARNING)


def _error(about: str, fields: str = "") -> Event:
    return Event(about, frozenset(fields.split()), logging.ERROR)


EVENTS: Final = MappingProxyType(
    {
        "service.started": _info("the service works", "version lists members"),
        "service.stopped": _info("it ended as asked", "signal"),
        "service.failed": _error("it ends because it can't go on", "error"),
        "config.reloaded": _info("SIGHUP: the file was read again", "lists"),
        "config.refused": _error("SIGHUP: the old one stays in force", "error"),
        "mailbox.connected": _info("IMAP: logged in", "host uid_validity idle"),
        "mailbox.lost": _warning("IMAP: the line broke", "host error retry_seconds"),
        "mailbox.refused": _error("IMAP: the login is refused", "host error"),
        "mailbox.renumbered": _warning("UIDVALIDITY changed", "old new"),
        "mail.fetched": _info("written to the spool", "uid size message_id"),
        "mail.doubled": _info("these bytes were booked before", "uid size message_id"),
        "mail.decided": _info(
            "what it is, and which rule applied",
            "uid message_id kind rule list folder actions",
        ),
        "mail.filed": _info("moved in the mailbox", "uid folder"),
        "mail.problem": _error(
            "it could not be handled, and is kept", "uid message_id error attempt"
        ),
        "sent.by_hand": _info(
            "from the same account, found in its Sent folder", "mails recipients"
        ),
        "sent.missing": _info("no Sent folder: what is sent by hand isn't counted"),
        "sent.unreadable": _warning("the Sent folder, this time", "error"),
        "post.distributed": _info(
            "put into the outbox for the members", "list message_id send recipients"
        ),
        "post.held": _info(
            "put to the moderators", "list uid message_id rule size ref"
        ),
        "preview.superseded": _info("an edited post takes its place", "list ref"),
        "request.settled": _info("somebody answered", "ref kind list verdict address"),
        "request.expired": _info("nobody answered in time", "ref kind list"),
        "request.discussed": _info("a moderator writes to the others", "ref address"),
        "request.reopened": _info("an answer was taken back", "ref address"),
        "sheet.sent": _info("people to telephone, to a caller", "address people more"),
        "call.noted": _info("what came of it", "what by"),
        "moderator.reminded": _info("of all that waits", "address waiting"),
        "author.marked": _info("trusted, banned, or neither", "list mark by"),
        "member.enrolled": _info("somebody joined", "list address origin"),
        "member.left": _info("somebody left", "list address origin"),
        "members.imported": _info("many joined at once", "list added known"),
        "request.repeated": _info("asked again too soon: nothing sent", "kind list"),
        "request.reminded": _info("the question was put again", "kind ref"),
        "address.linked": _info("another address of somebody's", "address"),
        "address.changed": _info("somebody's mail goes elsewhere", "address"),
        "person.forgotten": _info("somebody asked to be erased", "addresses"),
        "list.changed": _info("an owner changed a setting or a role", "list key by"),
        "due.failed": _error("a job by the clock broke; the others go on", "job error"),
        "digest.queued": _info("a digest waits to be sent", "list posts send"),
        "bounce.recorded": _info(
            "a report about an address", "address kind reason status send counts"
        ),
        "member.suspended": _warning(
            "too many posts came back", "address posts reason"
        ),
        "member.revived": _info("gets mail again", "address by"),
        "brake.asked": _warning("too many at once: owners decide", "list people size"),
        "probe.sent": _info("does the address still work", "address probes"),
        "incident.seen": _warning("servers refuse a post", "send domains reply"),
        "bounce.set_aside": _warning("the log was damaged: a new one", "path"),
        "batch.sending": _info(
            "a transaction begins", "batch send list recipients message_id"
        ),
        "batch.sent": _info(
            "accepted by the server", "batch send accepted refused seconds reply"
        ),
        "batch.deferred": _warning(
            "it waits for a later time", "batch send recipients until reply error"
        ),
        "batch.failed": _error("refused for good", "batch send recipients reply"),
        "batch.doubtful": _warning(
            "nobody knows whether it was accepted", "batch send recipients error"
        ),
        "batch.settled": _info("a doubt is over", "batch send state witness"),
        "domain.spared": _info(
            "it puts us off: small batches", "send domain recipients"
        ),
        "recipient.refused": _warning("by the server, for good", "send address reply"),
        "send.finished": _info(
            "nothing is left of it", "send list accepted refused seconds"
        ),
        "send.failed": _error("given up", "send list remaining reply"),
        "send.cancelled": _info("by a person", "send list remaining"),
        "batch.returned": _warning(
            "accepted, then sent back over a limit of the account: it goes again later",
            "batch recipients until reply",
        ),
        "send.paused": _info("by a person: waits from its next batch on", "send list"),
        "send.resumed": _info("by a person: goes on", "send list"),
        "send.continued": _info(
            "to those whom a stopped one left out", "send list recipients"
        ),
        "limit.learnt": _warning("from the provider's words", "key value reply"),
        "sending.stopped": _error("nothing leaves for now", "why until reply"),
        "sending.resumed": _info("it goes on", "why"),
        "submission.lost": _warning("SMTP: the line broke", "host error batch send"),
        "submission.refused": _error("SMTP: the login is refused", "host error"),
        "alert.sent": _warning("the admins were told", "key text"),
        "store.migrated": _info("the database was brought up to date", "old new"),
        "spool.swept": _info("files that no row needs are gone", "files"),
        "library.message": _warning("an outside library speaks", "logger text"),
    }
)


class _KeyValue(logging.Formatter):
    """Turn records, ours and the libraries', into one line each."""

    def __init__(self, *, journal: bool, verbose: bool, secret: bytes) -> None:
        super().__init__()
        self._journal = journal
        self._verbose = verbose
        self._secret = secret[: hashlib.blake2s.MAX_KEY_SIZE]

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, without its end."""
        event, fields = _content(record)
        if record.exc_info:
            fields = {**fields, "traceback": self.formatException(record.exc_info)}
        pairs = (f"{key}={self._value(key, value)}" for key, value in fields.items())
        return " ".join((self._start(record) + event, *pairs))

    def _start(self, record: logging.LogRecord) -> str:
        if self._journal:
            return f"<{_PRIORITIES.get(record.levelname, 6)}>"
        at = datetime.fromtimestamp(record.created, UTC)
        return f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname.lower()} "

    def _value(self, key: str, value: object) -> str:
        text = _text(value)
        if len(text) > _LONGEST_VALUE:
            text = text[: _LONGEST_VALUE - 1] + "…"
        if not self._verbose and key not in _SHOWN:
            text = _ADDRESS.sub(self._mask, text)
        return _quoted(text)

    def _mask(self, found: re.Match[str]) -> str:
        plain = found[0].lower().encode(errors="surrogateescape")
        digest = hashlib.blake2s(plain, digest_size=_HASH_BYTES, key=self._secret)
        return "~" + digest.hexdigest()


def log(event: str, **fields: object) -> None:
    """Write an event of `EVENTS`; fields that are None are left out.

    A name that is not listed is written as well: a slip in a log call must not
    stop the service. The tests read every call and refuse it there.
    """
    known = EVENTS.get(event)
    level = known.level if known else logging.WARNING
    given = {key: value for key, value in fields.items() if value is not None}
    LOGGER.log(level, "%s", event, extra={"event": event, "facts": given})


def setup(
    *,
    verbose: bool = False,
    stream: TextIO | None = None,
    journal: bool = False,
    secret: bytes = b"",
) -> None:
    """Send the log to `stream` (default: standard error).

    Args:
        verbose: everything, with addresses in the clear.
        stream: where the lines go.
        journal: for journald, which notes the time itself and reads the priority
            at the start of the line.
        secret: keys the hash of addresses, so that a log that leaks can't be
            searched for a known address.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_KeyValue(journal=journal, verbose=verbose, secret=secret))
    # Libraries stay at warnings: what they tell in detail may be a password.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    LOGGER.setLevel(logging.DEBUG if verbose else logging.INFO)


def _content(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    event, facts = getattr(record, "event", None), getattr(record, "facts", None)
    if isinstance(event, str) and isinstance(facts, dict):
        return event, facts
    return "library.message", {"logger": record.name, "text": record.getMessage()}


def _text(value: object) -> str:
    match value:
        case bool():
            text = "yes" if value else "no"
        case datetime():
            text = value.isoformat(timespec="seconds")
        case float():
            text = f"{value:.3f}".rstrip("0").rstrip(".")
        case bytes():
            text = value.decode("ascii", "backslashreplace")
        case Iterable() if not isinstance(value, str):
            text = ",".join(_text(one) for one in value)
        case _:
            text = str(value)
    return text


def _quoted(text: str) -> str:
    escaped = "".join(map(_escape, text))
    if escaped and escaped == text and not re.search(r"[\s=]", text):
        return text
    return f'"{escaped}"'


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    return char.encode("unicode_escape").decode("ascii")
