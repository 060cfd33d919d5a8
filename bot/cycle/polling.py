"""One poll: book what is new, decide, file away.

A mail's row goes `spooled → decided → filed`, each step on disk before the next
begins, so that a crash anywhere repeats at most the step it interrupted: the
spool's file without a row is written again, the decision is one transaction, and a
mail that was filed but not noted is no longer in the inbox.
"""

from dataclasses import dataclass

from bot import logs
from bot.actions import Alert, ChangeRole, ChangeSetting, Decision
from bot.cycle.bounced import write_log
from bot.cycle.by_hand import count_sent_by_hand
from bot.cycle.doubts import note_failed_poll, note_poll
from bot.cycle.parts import Parts
from bot.cycle.reading import is_witness, read_mail, understand
from bot.errors import (
    MailboxError,
    MailboxRefusalError,
    ParseError,
    StoreConflictError,
    StoreError,
)
from bot.model import BatchState, Kind, Message
from bot.ports import Arrival, Intake
from bot.sending.returned import ReplyTable

__all__ = ("PollSummary", "poll_once")

# A mail that killed the process this often is put aside unread.
_ATTEMPTS_MAX = 3
_UNKNOWN = {"subject": "", "author": "", "when": ""}


@dataclass(frozen=True, slots=True)
class PollSummary:
    """What a poll did."""

    fetched: int = 0
    decided: int = 0
    problems: int = 0


def poll_once(parts: Parts) -> PollSummary:
    """Fetch, decide and file everything new.

    Raises:
        MailboxError: the IMAP connection failed; what was booked stays booked.
        StoreError: the database or the spool can't be used.
    """
    parts.renew()
    try:
        uid_validity = parts.mailbox.open()
        _file_decided(parts, uid_validity)
        fetched = _fetch_new(parts, uid_validity)
        decided, problems = _decide_pending(parts)
        _file_decided(parts, uid_validity)
        _look_in_sent(parts)
        count_sent_by_hand(parts)
    except MailboxError:
        note_failed_poll(parts)
        raise
    finally:
        write_log(parts)
    note_poll(parts)
    return PollSummary(fetched, decided, problems)


def _fetch_new(parts: Parts, uid_validity: int) -> int:
    uids = parts.mailbox.uids()
    if not uids:
        return 0
    seen = parts.store.seen_uids(uid_validity)
    fetched = 0
    for arrival in parts.mailbox.fetch_headers([u for u in uids if u not in seen]):
        fetched += _book(parts, uid_validity, arrival)
    return fetched


def _book(parts: Parts, uid_validity: int, arrival: Arrival) -> int:
    header_only = (
        arrival.size > parts.settings.max_message_size
        # Our own copies come once a batch: their header says all.
        or is_witness(arrival.header, parts.settings)
    )
    try:
        raw = arrival.header if header_only else parts.mailbox.fetch(arrival.uid)
    except MailboxRefusalError as error:  # this mail alone; the others go on
        logs.log("mail.problem", uid=arrival.uid, error=str(error))
        return 0
    if raw is None:
        return 0  # somebody moved it meanwhile
    sha256 = parts.spool.add(raw)
    new = parts.store.record_arrival(
        uid_validity,
        arrival.uid,
        sha256,
        arrival.size,
        arrival.received_at,
        header_only=header_only,
    )
    logs.log(
        "mail.fetched" if new else "mail.doubled",
        uid=arrival.uid,
        size=arrival.size if new else None,
    )
    return 1


def _decide_pending(parts: Parts) -> tuple[int, int]:
    decided = problems = 0
    for intake in parts.store.pending_intake():
        if _decide_safely(parts, intake):
            decided += 1
        else:
            problems += 1
    return decided, problems


def _decide_safely(parts: Parts, intake: Intake) -> bool:
    if parts.store.start_attempt(intake.id) > _ATTEMPTS_MAX:
        _put_aside(parts, intake, "the program ended three times while reading it")
        return False
    try:
        _decide(parts, intake)
    except StoreConflictError as error:  # again: others must not wait for it
        # A batch may take longer than three polls: this is no sign of a bad mail.
        parts.store.take_back_attempt(intake.id)
        logs.log("mail.problem", uid=intake.uid, error=str(error))
        return False
    except StoreError:
        raise
    except ParseError as error:
        _put_aside(parts, intake, str(error))
        return False
    except Exception as error:  # noqa: BLE001 - one mail must never stop the others
        _put_aside(parts, intake, f"{type(error).__name__}: {error}")
        return False
    return True


def _decide(parts: Parts, intake: Intake) -> None:
    message = read_mail(parts.spool, intake)
    try:
        decision = _decide_once(parts, intake, message)
    except StoreConflictError:
        # Somebody answered at the command line, or the post began to leave: with
        # what is known now the decision is another.
        decision = _decide_once(parts, intake, message)
    if any(isinstance(one, ChangeSetting | ChangeRole) for one in decision.actions):
        parts.renew()
    logs.log(
        "mail.decided",
        uid=intake.uid,
        message_id=message.message_id,
        kind=decision.kind.value,
        rule=decision.rule,
        list=decision.list_name,
        actions=[type(one).__name__ for one in decision.actions],
    )


def _decide_once(parts: Parts, intake: Intake, message: Message) -> Decision:
    now = parts.clock.now()
    books = (parts.store, parts.spool)
    replies = ReplyTable(parts.reply_rules, parts.provider)
    decision = understand(
        message, parts.settings, books, now, parts.bounce_log, replies
    )
    with parts.store.transaction():
        parts.apply(decision, message, now)
        parts.store.decide_intake(
            intake.id,
            decision.kind.value,
            decision.rule,
            decision.folder,
            message.message_id,
        )
    return decision


def _put_aside(parts: Parts, intake: Intake, why: str) -> None:
    decision = Decision(
        Kind.BROKEN,
        "unreadable",
        (Alert("alert-problem-mail", _UNKNOWN | {"words": why}),),
        folder="Problem",
    )
    with parts.store.transaction():
        parts.apply(decision, None, parts.clock.now())
        parts.store.decide_intake(
            intake.id, Kind.BROKEN.value, "unreadable", "Problem", ""
        )
    logs.log("mail.problem", uid=intake.uid, error=why, attempt=intake.attempts + 1)


def _file_decided(parts: Parts, uid_validity: int) -> None:
    for intake in parts.store.unfiled_intake(uid_validity):
        try:
            parts.mailbox.file_away(intake.uid, intake.folder)
        except MailboxRefusalError as error:  # full, say; the next poll tries again
            logs.log("mail.problem", uid=intake.uid, error=str(error))
            continue
        parts.store.mark_filed(intake.id)
        logs.log("mail.filed", uid=intake.uid, folder=intake.folder)


def _look_in_sent(parts: Parts) -> None:
    """Ask the Sent folder about batches whose witness is there."""
    open_ones = {
        batch.id: batch
        for batch in parts.store.doubtful()
        if batch.state is BatchState.DOUBTFUL and batch.witness == "sent"
    }
    if not open_ones:
        return
    since = min(batch.sending_at for batch in open_ones.values())
    for batch_id in parts.mailbox.in_sent(tuple(open_ones), since):
        if batch_id in open_ones:
            parts.store.mark_witness(batch_id)
