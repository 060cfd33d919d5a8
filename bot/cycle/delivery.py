"""One round of sending: what the plan allows now, batch by batch.

The order of the steps is what makes a send exactly-once. MAIL and RCPT come first
and bind nobody; then the batch is on disk as `sending`; only then DATA. A crash
before that leaves the recipients ready, a crash after it a doubtful batch, which
the witness settles.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import logs
from bot.actions import Action, Alert, Decision, RecordBounce
from bot.cycle.outcome import Outcome, read_data_reply, read_offer
from bot.cycle.parts import Parts
from bot.cycle.receipts import finish_sends, tell_failure
from bot.decide.absences import bounced
from bot.errors import (
    StoreConflictError,
    StoreError,
    SubmissionError,
    SubmissionLoginError,
)
from bot.identity import sign
from bot.model import (
    Batch,
    BatchState,
    Delivery,
    Kind,
    Priority,
    SendState,
    Usage,
)
from bot.sending.batches import backoff, retry_at, settle_doubtful
from bot.sending.limits import History, Idle, SendNow, WaitUntil, next_step
from bot.sending.transparency import stuff

__all__ = ("SendSummary", "send_once")

# Waits up to this long are slept through: the pause between two messages.
_SHORT_WAIT = timedelta(seconds=60)
# A refused login is tried again this much later: sooner would lock the account.
_LOGIN_WAIT = timedelta(hours=6)


@dataclass(slots=True)
class SendSummary:
    """What a round did; `next_at` is when the limits allow more."""

    batches: int = 0
    accepted: int = 0
    refused: int = 0
    finished: list[SendState] = field(default_factory=list)
    next_at: datetime | None = None


@dataclass(slots=True)
class _Rendering:
    """The message of the send that is being served, stuffed once."""

    send_id: int = 0
    content: bytes = b""
    eight_bit: bool = False


@dataclass(slots=True)
class _Round:
    parts: Parts
    history: History
    summary: SendSummary
    rendering: _Rendering
    failures: int = 0  # connections in a row that broke, also before this round


def send_once(
    parts: Parts, on_batch: Callable[[SendState], None] = lambda _: None
) -> SendSummary:
    """Send all that the limits allow now; give what was done.

    Raises:
        StoreError: the database or the spool can't be used.
    """
    now = parts.clock.now()
    _settle_doubtful(parts, now)
    work = _Round(
        parts,
        History(parts.store.usage(now - timedelta(days=1))),
        SendSummary(),
        _Rendering(),
        int(parts.store.noted("smtp_failures") or 0),
    )
    while not parts.stop():
        queue = parts.store.sends(unfinished=True)
        step = _next(work, queue)
        if isinstance(step, SendNow):
            send = next(one for one in queue if one.id == step.send_id)
            _serve(work, send, step.count)
            on_batch(send)
            _finish(work)
        elif not _sleep_through(work, step):
            break
    _finish(work)
    parts.submission.close()
    return work.summary


def _next(work: _Round, queue: Sequence[SendState]) -> SendNow | WaitUntil | Idle:
    parts = work.parts
    if parts.store.everything_paused():
        return Idle()
    blocked = parts.store.noted("blocked_until")
    return next_step(
        queue,
        parts.limits(),
        work.history,
        parts.clock.now(),
        parts.settings.timezone,
        rider=1 if parts.witness == "self" else 0,
        blocked_until=datetime.fromisoformat(blocked) if blocked else None,
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


def _witness_of(parts: Parts, send: SendState) -> str:
    """Only what goes to many people is worth a recipient of the quota."""
    if parts.witness == "self" and send.priority is Priority.INTERACTIVE:
        return "off"
    return parts.witness


def _serve(work: _Round, send: SendState, count: int) -> None:
    """Send one batch of a send."""
    parts = work.parts
    deliveries = parts.store.take(send.id, count, parts.clock.now())
    if not deliveries:
        return
    witness = _witness_of(parts, send)
    try:
        content = _content(work, send)
    except StoreError as error:
        _give_up(parts, send, str(error))
        return
    try:
        parts.submission.open()
        outcome = _offer(parts, deliveries, content, send, witness)
    except SubmissionLoginError as error:
        _login_refused(parts, error)
        return
    except SubmissionError as error:
        _connection_failed(work, error)
        return
    _note_refusals(work, send, outcome)
    if outcome.accepted:
        _deliver(work, send, outcome.accepted, content, witness)
    elif not outcome.closed:
        parts.submission.abandon()


def _give_up(parts: Parts, send: SendState, why: str) -> None:
    """Fail one send whose file is gone or damaged; the others go on."""
    now = parts.clock.now()
    alert = Alert(
        "alert-crash",
        {"subject": send.subject, "author": "", "words": why},
        key=f"spool {send.id}",
    )
    with parts.store.transaction():
        parts.store.fail_send(send.id, why, now)
        todo = (alert, *tell_failure(send, why, parts.settings))
        parts.apply(Decision(Kind.POST, "unreadable", todo), None, now)
    logs.log("send.failed", send=send.ref, list=send.list_name, reply=why)


def _content(work: _Round, send: SendState) -> _Rendering:
    if work.rendering.send_id != send.id:
        raw = work.parts.spool.read(send.sha256)
        work.rendering = _Rendering(send.id, stuff(raw), not raw.isascii())
    return work.rendering


def _offer(
    parts: Parts,
    deliveries: Sequence[Delivery],
    content: _Rendering,
    send: SendState,
    witness: str,
) -> Outcome:
    riders = [parts.settings.mailbox] if witness == "self" else []
    offer = parts.submission.offer(
        parts.settings.mailbox,
        [*riders, *(delivery.address for delivery in deliveries)],
        send.size,
        eight_bit=content.eight_bit,
    )
    return read_offer(offer, deliveries, len(riders), parts.reply_rules, parts.provider)


def _deliver(
    work: _Round,
    send: SendState,
    accepted: Sequence[Delivery],
    content: _Rendering,
    witness: str,
) -> None:
    parts = work.parts
    now = parts.clock.now()
    try:
        batch_id = parts.store.start_batch(accepted, now, witness)
    except StoreConflictError:  # cancelled meanwhile; nothing was promised yet
        parts.submission.abandon()
        return
    rider = 1 if witness == "self" else 0
    work.history.add(Usage(now, len(accepted) + rider))
    mark = sign(send.kind, batch_id, parts.settings.secret)
    logs.log(
        "batch.sending",
        batch=batch_id,
        send=send.ref,
        list=send.list_name,
        recipients=len(accepted),
    )
    try:
        reply = parts.submission.deliver(
            (f"X-Colporteur: {mark}\r\n".encode("ascii"), content.content)
        )
    except SubmissionError as error:
        _broken_off(parts, batch_id, accepted, error, witness)
        logs.log(
            "batch.doubtful" if error.in_doubt else "submission.lost",
            **({"batch": batch_id, "send": send.ref} if error.in_doubt else {}),
            error=str(error),
        )
        _connection_failed(work, error)
        return
    if work.failures:
        work.failures = 0
        parts.store.note("smtp_failures", "")
    if reply.is_positive:
        parts.store.settle_batch(
            batch_id, BatchState.SENT, parts.clock.now(), str(reply)
        )
        work.summary.batches += 1
        work.summary.accepted += len(accepted)
        logs.log("batch.sent", batch=batch_id, send=send.ref, accepted=len(accepted))
        return
    outcome = read_data_reply(
        reply, accepted, parts.reply_rules, parts.provider, rider=rider
    )
    _refused_batch(work, send, (batch_id, _attempts(accepted)), outcome)


def _broken_off(
    parts: Parts,
    batch_id: int,
    accepted: Sequence[Delivery],
    error: SubmissionError,
    witness: str,
) -> None:
    """Settle a batch whose connection died in DATA.

    Without a witness it is tried again, later each time: a mail that breaks every
    connection must neither repeat without end nor stand in the others' way.
    """
    now = parts.clock.now()
    state, due_at = BatchState.READY, None
    if error.in_doubt and witness != "off":
        state = BatchState.DOUBTFUL
    elif error.in_doubt:
        due_at = retry_at(_attempts(accepted), now, parts.jitter())
        state = BatchState.DEFERRED if due_at else BatchState.FAILED
    parts.store.settle_batch(batch_id, state, now, str(error), due_at)


def _attempts(deliveries: Sequence[Delivery]) -> int:
    return max(delivery.attempts for delivery in deliveries)


def _refused_batch(
    work: _Round, send: SendState, batch: tuple[int, int], outcome: Outcome
) -> None:
    """The server took the recipients and refused the message."""
    batch_id, attempts = batch
    parts = work.parts
    now = parts.clock.now()
    with parts.store.transaction():
        state = BatchState.FAILED if outcome.fails else BatchState.READY
        due_at = None
        if outcome.retry_seconds:
            due_at = retry_at(attempts, now, parts.jitter())
            state = BatchState.DEFERRED if due_at else BatchState.FAILED
        parts.store.settle_batch(batch_id, state, now, outcome.words, due_at)
        _carry_out(work, send, outcome, now)
    logs.log(
        "batch.failed" if outcome.fails else "batch.deferred",
        batch=batch_id,
        send=send.ref,
        reply=outcome.words,
    )


def _note_refusals(work: _Round, send: SendState, outcome: Outcome) -> None:
    """Keep what the replies to MAIL and RCPT say."""
    if not outcome.says_something:
        return
    parts = work.parts
    now = parts.clock.now()
    with parts.store.transaction():
        if outcome.refused:
            parts.store.refuse(outcome.refused, outcome.refused_replies)
            work.summary.refused += len(outcome.refused)
        for delivery, reply in outcome.deferred:
            due_at = retry_at(delivery.attempts, now, parts.jitter())
            if due_at is None:  # three days of trying are over
                parts.store.refuse([delivery], [reply])
            else:
                parts.store.defer([delivery], due_at, str(reply))
        _carry_out(work, send, outcome, now)
    for event in outcome.bounces:
        logs.log(
            "recipient.refused",
            send=send.ref,
            address=str(event.address),
            reply=event.diagnostic,
        )


def _carry_out(work: _Round, send: SendState, outcome: Outcome, now: datetime) -> None:
    """Learn, wait, stop or give up, as the replies say; inside a transaction."""
    parts = work.parts
    todo: list[Action] = []
    if outcome.bounces:
        todo.append(RecordBounce(f"rcpt-{send.id}-{now:%Y%m%d}", outcome.bounces))
        absent = parts.store.absences(now)
        todo.extend(bounced(outcome.bounces, parts.settings, absent, now))
    if outcome.learn:
        key, value = outcome.learn
        parts.store.learn(key, str(value), outcome.words, now)
        logs.log("limit.learnt", key=key, value=value, reply=outcome.words)
    if outcome.block_seconds:
        until = now + timedelta(seconds=outcome.block_seconds)
        _block(parts, until, outcome.words)
        text = "alert-sending-stopped" if outcome.stops else "alert-quota"
        facts = {"words": outcome.words}
        if not outcome.stops:
            facts["until"] = until.isoformat()
        todo.append(Alert(text, facts, key=text))
    if outcome.fails:
        parts.store.fail_send(send.id, outcome.words, now)
        todo.extend(tell_failure(send, outcome.words, parts.settings))
    if todo:
        decision = Decision(Kind.POST, "smtp-reply", tuple(todo))
        parts.apply(decision, None, now)


def _block(parts: Parts, until: datetime, words: str) -> None:
    parts.store.note("blocked_until", until.isoformat())
    parts.store.note("blocked_why", words)
    logs.log("sending.stopped", until=until, reply=words)


def _login_refused(parts: Parts, error: SubmissionLoginError) -> None:
    now = parts.clock.now()
    with parts.store.transaction():
        _block(parts, now + _LOGIN_WAIT, str(error))


def _connection_failed(work: _Round, error: SubmissionError) -> None:
    """Wait before the next connection, longer after each failure."""
    parts = work.parts
    now = parts.clock.now()
    work.failures += 1
    wait = timedelta(seconds=backoff(work.failures, parts.jitter()))
    with parts.store.transaction():
        parts.store.note("smtp_failures", str(work.failures))
        _block(parts, now + wait, str(error))


def _finish(work: _Round) -> None:
    """Send receipts for what is complete."""
    work.summary.finished.extend(finish_sends(work.parts, work.parts.clock.now()))


def _settle_doubtful(parts: Parts, now: datetime) -> None:
    noted = parts.store.noted("poll_ok_since")
    polling_since = datetime.fromisoformat(noted) if noted else None
    last = parts.store.noted("last_poll")
    for batch in parts.store.doubtful():
        state = settle_doubtful(
            batch, polling_since, datetime.fromisoformat(last) if last else now
        )
        if state is not None:
            parts.store.settle_batch(batch.id, state, now, "settled by the witness")
            _log_settled(batch, state)


def _log_settled(batch: Batch, state: BatchState) -> None:
    logs.log("batch.settled", batch=batch.id, state=state.value, witness=batch.witness)
