"""One round of sending: what the plan allows now, batch by batch.

The order of the steps is what makes a send exactly-once. MAIL and RCPT come first
and bind nobody; then the batch is on disk as `sending`; only then the message. A
crash before that leaves the recipients ready, a crash after it a doubtful batch,
which the witness settles.

Group commit: that a batch was accepted is written in the same transaction as the
start of the next one, or at once where none follows. A crash between the two finds
it `sending`, so the witness has the last word, as after a lost reply; a batch
without a witness is settled at once.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.cycle import consequences
from bot.cycle.doubts import settle_doubts
from bot.cycle.lessons import Lessons
from bot.cycle.outcome import Outcome, read_data_reply, read_offer
from bot.cycle.parts import Parts
from bot.cycle.receipts import finish_sends
from bot.errors import (
    StoreConflictError,
    StoreError,
    SubmissionError,
    SubmissionLoginError,
)
from bot.identity import sign
from bot.model import (
    BatchState,
    Content,
    Delivery,
    Priority,
    SendState,
    Usage,
    content_of,
)
from bot.sending.limits import History, Idle, SendNow, WaitUntil

__all__ = ("SendSummary", "send_once")

# Waits up to this long are slept through: the pause between two messages.
_SHORT_WAIT = timedelta(seconds=60)
_OFF: Final = "off"


@dataclass(slots=True)
class SendSummary:
    """What a round did; `next_at` is when the limits allow more."""

    batches: int = 0
    accepted: int = 0
    refused: int = 0
    finished: list[SendState] = field(default_factory=list)
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A batch that the server took; not on disk yet."""

    batch_id: int
    send: SendState
    recipients: int
    reply: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Taken:
    """The next batch of a send."""

    send: SendState
    deliveries: tuple[Delivery, ...]


@dataclass(slots=True)
class _Round:
    parts: Parts
    history: History
    summary: SendSummary
    lessons: Lessons
    failures: int  # connections in a row that broke, also before this round
    content: tuple[int, Content] = (0, Content())  # of the send that is being served
    accepted: _Accepted | None = None


def send_once(
    parts: Parts, on_batch: Callable[[SendState], None] = lambda _: None
) -> SendSummary:
    """Send all that the limits allow now; give what was done.

    Raises:
        StoreError: the database or the spool can't be used.
    """
    now = parts.clock.now()
    settle_doubts(parts, now)
    history = _history(parts, now)
    work = _Round(
        parts,
        history,
        SendSummary(),
        Lessons(
            parts.store, parts.limits, parts.clock, parts.settings.timezone, history
        ),
        int(parts.store.noted("smtp_failures") or 0),
    )
    try:
        _send_what_may(work, on_batch)
    except BaseException:
        with suppress(StoreError):  # the first one tells what is wrong
            _write_accepted(work)
        raise
    _finish(work)
    work.lessons.save_if_due(1)
    parts.submission.close()
    return work.summary


def _send_what_may(work: _Round, on_batch: Callable[[SendState], None]) -> None:
    while not work.parts.stop():
        step = _next(work)
        if isinstance(step, _Taken):
            _serve(work, step)
            on_batch(step.send)
        elif not _finish(work) and not _sleep_through(work, step):
            break


def _history(parts: Parts, now: datetime) -> History:
    """Load what was taken from the quotas; the clock may have been set back."""
    usage = parts.store.usage(now - timedelta(days=1))
    if usage and usage[-1].at > now and parts.store.heal_clock(now):
        usage = parts.store.usage(now - timedelta(days=1))
    return History(usage)


def _next(work: _Round) -> _Taken | WaitUntil | Idle:
    """Choose the next batch and take its recipients, at one look at the outbox."""
    parts = work.parts
    with parts.store.transaction():
        queue = parts.store.sends(unfinished=True)
        step = _step(work, queue)
        taken = _take(parts, queue, step) if isinstance(step, SendNow) else step
    if isinstance(taken, _Taken) and _is_complete(work, queue):
        _finish(work)
    return taken


def _take(parts: Parts, queue: Sequence[SendState], step: SendNow) -> _Taken:
    send = next(one for one in queue if one.id == step.send_id)
    return _Taken(send, parts.store.take(send.id, step.count, parts.clock.now()))


def _step(work: _Round, queue: Sequence[SendState]) -> SendNow | WaitUntil | Idle:
    parts = work.parts
    paused, blocked_until = parts.store.brakes()
    if paused:
        return Idle()
    now = parts.clock.now()
    if blocked_until is not None and blocked_until - now > consequences.LONGEST_BLOCK:
        blocked_until = None
    rider = 1 if parts.witness == "self" else 0
    return work.lessons.next_step(queue, rider, blocked_until)


def _is_complete(work: _Round, queue: Sequence[SendState]) -> bool:
    """Whether a send has nothing left but what was just accepted."""
    done = work.accepted
    return any(
        one.ready + one.deferred == 0
        and one.in_flight == (done.recipients if done and done.send.id == one.id else 0)
        for one in queue
    )


def _sleep_through(work: _Round, step: WaitUntil | Idle) -> bool:
    if isinstance(step, Idle):
        return False
    work.summary.next_at = step.at
    wait = step.at - work.parts.clock.now()
    if step.why != "pause" or wait > _SHORT_WAIT:
        return False
    work.parts.clock.sleep(max(wait.total_seconds(), 0))
    return True


@contextmanager
def _writing(work: _Round) -> Iterator[None]:
    """Make a transaction that also keeps what was accepted before."""
    done = work.accepted
    with work.parts.store.transaction():
        if done is not None:
            work.parts.store.settle_batch(
                done.batch_id, BatchState.SENT, done.at, done.reply
            )
            work.lessons.save_if_due()
        yield
    work.accepted = None


def _write_accepted(work: _Round) -> None:
    if work.accepted is not None:
        with _writing(work):
            pass


def _witness_of(parts: Parts, send: SendState) -> str:
    """Only what goes to many people is worth a recipient of the quota."""
    if parts.witness == "self" and send.priority is Priority.INTERACTIVE:
        return _OFF
    return parts.witness


def _serve(work: _Round, taken: _Taken) -> None:
    """Send one batch of a send."""
    parts, send = work.parts, taken.send
    if not taken.deliveries:
        return
    try:
        content = _content(work, send)
    except StoreError as error:
        with _writing(work):
            consequences.give_up(parts, send, str(error), parts.clock.now())
        return
    witness = _witness_of(parts, send)
    try:
        parts.submission.open()
        outcome = _offer(parts, taken.deliveries, content, witness)
    except SubmissionLoginError as error:
        with _writing(work):
            consequences.wait_for_login(parts, str(error), parts.clock.now())
        return
    except SubmissionError as error:
        _connection_failed(work, error)
        return
    if outcome.says_something:
        _note_refusals(work, send, outcome)
    if outcome.accepted:
        _deliver(work, send, outcome.accepted, witness)
    elif not outcome.closed:
        parts.submission.abandon()


def _content(work: _Round, send: SendState) -> Content:
    if work.content[0] != send.id:
        work.content = 0, Content()  # one at a time: a message may have 25 MB
        work.content = send.id, content_of(work.parts.spool.read(send.sha256))
    return work.content[1]


def _offer(
    parts: Parts, deliveries: Sequence[Delivery], content: Content, witness: str
) -> Outcome:
    riders = [parts.settings.mailbox] if witness == "self" else []
    offer = parts.submission.offer(
        parts.settings.mailbox,
        [*riders, *(delivery.address for delivery in deliveries)],
        content,
    )
    return read_offer(offer, deliveries, len(riders), parts.reply_rules, parts.provider)


def _note_refusals(work: _Round, send: SendState, outcome: Outcome) -> None:
    with _writing(work):
        now = work.parts.clock.now()
        consequences.note_refusals(work.parts, send, outcome, work.lessons, now)
    work.summary.refused += len(outcome.refused)
    consequences.log_refusals(send, outcome)


def _deliver(
    work: _Round, send: SendState, accepted: Sequence[Delivery], witness: str
) -> None:
    parts = work.parts
    now = parts.clock.now()
    try:
        with _writing(work):
            batch_id = parts.store.start_batch(accepted, now, witness)
    except StoreConflictError:  # cancelled meanwhile; nothing was promised yet
        parts.submission.abandon()
        return
    rider = 1 if witness == "self" else 0
    work.history.add(Usage(now, len(accepted) + rider))
    logs.log(
        "batch.sending",
        batch=batch_id,
        send=send.ref,
        list=send.list_name,
        recipients=len(accepted),
    )
    mark = sign(send.kind, batch_id, parts.settings.secret)
    try:
        reply = parts.submission.deliver(f"X-Colporteur: {mark}\r\n".encode("ascii"))
    except SubmissionError as error:
        _broken_off(work, send, (batch_id, accepted, witness), error)
        return
    work.history.settled(parts.clock.now())
    if work.failures:
        work.failures = 0
        parts.store.note("smtp_failures", "")
    if not reply.is_positive:
        outcome = read_data_reply(
            reply, accepted, parts.reply_rules, parts.provider, rider=rider
        )
        _refused_batch(work, send, (batch_id, accepted), outcome)
        return
    _note_accepted(work, send, (batch_id, accepted, witness), str(reply))


def _note_accepted(
    work: _Round,
    send: SendState,
    batch: tuple[int, Sequence[Delivery], str],
    reply: str,
) -> None:
    parts, (batch_id, deliveries, witness) = work.parts, batch
    count = len(deliveries)
    work.accepted = _Accepted(batch_id, send, count, reply, parts.clock.now())
    work.lessons.note_accepted(send, count, 1 if witness == "self" else 0)
    if witness == _OFF:
        _write_accepted(work)
    if any(one.attempts for one in deliveries):
        consequences.welcome_back(parts, send, deliveries, parts.clock.now())
    work.summary.batches += 1
    work.summary.accepted += count
    logs.log("batch.sent", batch=batch_id, send=send.ref, accepted=count)


def _broken_off(
    work: _Round,
    send: SendState,
    batch: tuple[int, Sequence[Delivery], str],
    error: SubmissionError,
) -> None:
    """Settle a batch whose connection died in DATA."""
    parts, (batch_id, accepted, witness) = work.parts, batch
    now = parts.clock.now()
    state, due_at = consequences.land_broken(
        parts, accepted, witness, now, in_doubt=error.in_doubt
    )
    parts.store.settle_batch(
        batch_id, state, now, str(error), due_at, doubted=error.in_doubt
    )
    logs.log(
        "batch.doubtful" if error.in_doubt else "submission.lost",
        **({"batch": batch_id, "send": send.ref} if error.in_doubt else {}),
        error=str(error),
    )
    _connection_failed(work, error)


def _refused_batch(
    work: _Round,
    send: SendState,
    batch: tuple[int, Sequence[Delivery]],
    outcome: Outcome,
) -> None:
    """The server took the recipients and refused the message."""
    parts, (batch_id, accepted) = work.parts, batch
    now = parts.clock.now()
    with parts.store.transaction():
        state, due_at = consequences.land_refused(parts, accepted, outcome, now)
        parts.store.settle_batch(batch_id, state, now, outcome.words, due_at)
        consequences.carry_out(parts, send, outcome, work.lessons, now)
    if not outcome.fails:  # as in the store: what waits again used nothing up
        work.history.take_back()
    logs.log(
        "batch.failed" if outcome.fails else "batch.deferred",
        batch=batch_id,
        send=send.ref,
        reply=outcome.words,
    )


def _connection_failed(work: _Round, error: SubmissionError) -> None:
    work.failures += 1
    with _writing(work):
        consequences.wait_for_connection(
            work.parts, work.failures, str(error), work.parts.clock.now()
        )


def _finish(work: _Round) -> bool:
    """Send receipts for what is complete; say whether there was any."""
    with _writing(work):
        done = finish_sends(work.parts, work.parts.clock.now())
    work.summary.finished.extend(done)
    return bool(done)
