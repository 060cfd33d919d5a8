"""What follows from the replies to a batch: deferrals, bounces, waits, lessons.

Each function is called inside the caller's transaction where it writes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.actions import Action, Alert, Decision, RecordBounce
from bot.cycle.bounced import see_incident
from bot.cycle.lessons import Lessons
from bot.cycle.outcome import Outcome, unreachable
from bot.cycle.parts import Parts
from bot.cycle.receipts import tell_failure
from bot.decide.absences import bounced
from bot.model import BatchState, BounceEvent, Delivery, Kind, Returned, SendState
from bot.sending.batches import backoff, retry_at

__all__ = (
    "LONGEST_BLOCK",
    "block",
    "carry_out",
    "give_up",
    "land_broken",
    "land_refused",
    "log_refusals",
    "note_refusals",
    "wait_for_connection",
    "wait_for_login",
    "welcome_back",
)

# Nobody asks us to wait for longer; a clock that was ahead may have noted more.
LONGEST_BLOCK: Final = timedelta(days=2)
# A refused login is tried again this much later: sooner would lock the account.
_LOGIN_WAIT = timedelta(hours=6)
# So many of a domain's recipients that are put off in one batch speak for it all.
_TIRED_DOMAIN: Final = 3
# It then gets so many recipients a minute.
_SMALL_BATCH: Final = 5


def give_up(parts: Parts, send: SendState, why: str, now: datetime) -> None:
    """Fail one send whose file is gone or damaged; the others go on."""
    alert = Alert(
        "alert-crash",
        {"subject": send.subject, "author": "", "words": why},
        key=f"spool {send.id}",
    )
    parts.store.fail_send(send.id, why, now)
    todo = (alert, *tell_failure(send, why, parts.settings))
    parts.apply(Decision(Kind.POST, "unreadable", todo), None, now)
    logs.log("send.failed", send=send.ref, list=send.list_name, reply=why)


def land_broken(
    parts: Parts,
    accepted: Sequence[Delivery],
    witness: str,
    now: datetime,
    *,
    in_doubt: bool,
) -> tuple[BatchState, datetime | None]:
    """Say what becomes of a batch whose connection died in DATA, and until when.

    Without a witness it is tried again, later each time: a mail that breaks every
    connection must neither repeat without end nor stand in the others' way.
    """
    if not in_doubt:
        return BatchState.READY, None
    if witness != "off":
        return BatchState.DOUBTFUL, None
    due_at = retry_at(attempts_of(accepted), now, parts.jitter())
    return (BatchState.DEFERRED if due_at else BatchState.FAILED), due_at


def land_refused(
    parts: Parts, accepted: Sequence[Delivery], outcome: Outcome, now: datetime
) -> tuple[BatchState, datetime | None]:
    """Say what becomes of a batch whose message was refused, and until when."""
    if outcome.retry_seconds:
        due_at = retry_at(attempts_of(accepted), now, parts.jitter())
        return (BatchState.DEFERRED if due_at else BatchState.FAILED), due_at
    return (BatchState.FAILED if outcome.fails else BatchState.READY), None


def attempts_of(deliveries: Sequence[Delivery]) -> int:
    """Give the most attempts that one of them had."""
    return max(delivery.attempts for delivery in deliveries)


def note_refusals(
    parts: Parts, send: SendState, outcome: Outcome, lessons: Lessons, now: datetime
) -> None:
    """Keep what the replies to MAIL and RCPT say."""
    if outcome.refused:
        parts.store.refuse(outcome.refused, outcome.refused_replies)
    tired: list[BounceEvent] = []
    for delivery, reply in outcome.deferred:
        due_at = retry_at(delivery.attempts, now, parts.jitter())
        if due_at is None:  # three days of trying are over
            parts.store.refuse([delivery], [reply])
            tired.append(unreachable(delivery, reply))
        else:
            parts.store.defer([delivery], due_at, str(reply))
    _spare_domains(parts, send, outcome, now)
    outcome = replace(outcome, bounces=(*outcome.bounces, *tired))
    carry_out(parts, send, outcome, lessons, now)


def _spare_domains(
    parts: Parts, send: SendState, outcome: Outcome, now: datetime
) -> None:
    """Give a domain that puts several off small batches; the others go on."""
    tired = Counter(one.address.domain for one, _ in outcome.deferred)
    for domain, count in tired.items():
        first_at = retry_at(1, now, parts.jitter())
        if count < _TIRED_DOMAIN or first_at is None:
            continue
        put_off = parts.store.defer_domain(send.id, domain, first_at, _SMALL_BATCH)
        logs.log("domain.spared", send=send.ref, domain=domain, recipients=put_off)


def welcome_back(
    parts: Parts, send: SendState, accepted: Sequence[Delivery], now: datetime
) -> None:
    """Let a domain go on that takes what it put off before."""
    for domain in {one.address.domain for one in accepted if one.attempts}:
        parts.store.hasten_domain(send.id, domain, now)


def log_refusals(send: SendState, outcome: Outcome) -> None:
    """Tell the log who was refused."""
    for event in outcome.bounces:
        logs.log(
            "recipient.refused",
            send=send.ref,
            address=str(event.address),
            reply=event.diagnostic,
        )


def carry_out(
    parts: Parts, send: SendState, outcome: Outcome, lessons: Lessons, now: datetime
) -> None:
    """Learn, wait, stop or give up, as the replies say."""
    todo: list[Action] = []
    if outcome.bounces:
        mail = Returned(send.id, send.kind, send.list_name, send.created_at)
        report = f"rcpt-{send.id}-{now:%Y%m%d}"
        todo.append(RecordBounce(report, outcome.bounces, mail))
        absent = parts.store.absences(now)
        todo.extend(bounced(outcome.bounces, parts.settings, absent, now))
    if outcome.learn:
        key, value = outcome.learn
        lessons.learn(key, value, outcome.words, now)
    if outcome.block_seconds:
        until = lessons.note_refusal(outcome, now)
        block(parts, until, outcome.words)
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
    if any(event.reason == "policy" for event in outcome.bounces):
        see_incident(parts, send.id, now)


def block(parts: Parts, until: datetime, words: str) -> None:
    """Let the whole account wait, no shorter than it has to anyway.

    The other thread may have learnt from a report that it has to wait for longer.
    """
    _, noted = parts.store.brakes()
    if noted is not None and until < noted < until + LONGEST_BLOCK:
        return
    parts.store.note("blocked_until", until.isoformat())
    parts.store.note("blocked_why", words)
    logs.log("sending.stopped", until=until, reply=words)


def wait_for_login(parts: Parts, words: str, now: datetime) -> None:
    """Wait for a person: a refused login must not be tried into a lock-out.

    The alert waits with the rest; until then the log and `status` have the words.
    """
    block(parts, now + _LOGIN_WAIT, words)
    logs.log("submission.refused", error=words)
    server = words.partition(" ")[0]
    facts = {"server": server, "words": words}
    alert = Alert("alert-login", facts, key="alert-login")
    parts.apply(Decision(Kind.POST, "login-refused", (alert,)), None, now)


def wait_for_connection(parts: Parts, failures: int, words: str, now: datetime) -> None:
    """Wait before the next connection, longer after each failure in a row."""
    wait = timedelta(seconds=backoff(failures, parts.jitter()))
    parts.store.note("smtp_failures", str(failures))
    block(parts, now + wait, words)
