"""Which batch may leave when: the next step, and the plan of all steps.

The rules are in `turns`, the counting in `windows`. The plan is a virtual run of
the sender, for previews and for `status`: it asks `choose` what the sender would be
told, counts the queue down and lets time pass, so that an expected end can't
disagree with the rules. Where a limit is only a guess the plan lets it grow as the
sender would if nothing is refused: such an end is the earliest, and says so
(`is_guess`). Counting on the careful start instead would foretell months.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from bot.model import Limits, Priority, SendState, Usage
from bot.sending.growth import CLEAN_BATCHES, MESSAGE, larger_message, with_figures
from bot.sending.shares import Shares
from bot.sending.turns import (
    Grow,
    Idle,
    Queued,
    Rules,
    SendNow,
    Step,
    WaitUntil,
    as_queued,
    choose,
    next_step,
)
from bot.sending.windows import History

__all__: Final = (
    "Expected",
    "Grow",
    "History",
    "Idle",
    "Plan",
    "SendNow",
    "Shares",
    "Step",
    "WaitUntil",
    "expected",
    "next_step",
    "plan",
)

# Longer plans are carried on by their rate so far; a plan is an estimate anyway.
_BATCHES_MAX = 5_000
# The steps that a plan lists.
_STEPS_MAX = 1_000
# The id of a send that doesn't exist yet; real ones are positive.
_HYPOTHETICAL = -1


@dataclass(frozen=True, slots=True)
class Expected:
    """What a send has before it: batches, the first one, the end of the last."""

    batches: int
    recipients: int
    start: datetime
    end: datetime
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The sends by id, and the first steps as (when, send, recipients).

    The ends of a plan that `is_guess` are the earliest possible: limits that nobody
    has told yet hold the sends back.
    """

    sends: Mapping[int, Expected]
    steps: tuple[tuple[datetime, int, int], ...]
    end: datetime
    is_guess: bool = False


@dataclass(slots=True)
class _Run:
    """A virtual sender at work."""

    queue: list[Queued]
    history: History
    now: datetime
    rules: Rules
    took: timedelta
    shares: Shares = field(default_factory=Shares)
    sends: dict[int, Expected] = field(default_factory=dict)
    steps: list[tuple[datetime, int, int]] = field(default_factory=list)
    batches: int = 0
    served: int = 0
    full: int = 0  # batches of a full message since that grew
    grew: bool = False


def plan(  # noqa: PLR0913 - the whole state of the sender, as data
    queue: Iterable[SendState],
    limits: Limits,
    history: History,
    now: datetime,
    timezone: tzinfo,
    *,
    rider: int = 0,
    blocked_until: datetime | None = None,
    seconds_per_batch: float | None = None,
) -> Plan:
    """Run the sender virtually; `history` stays as it is.

    `seconds_per_batch` is how long one transaction takes, if not what was measured.
    """
    rules = Rules(limits, timezone, rider, blocked_until)
    if seconds_per_batch is None:
        seconds_per_batch = limits.seconds_per_batch
    took = timedelta(seconds=seconds_per_batch)
    run = _Run(as_queued(queue), history.copy(), now, rules, took)
    while run.batches < _BATCHES_MAX:
        match choose(run.queue, run.history, run.now, run.rules):
            case Idle():
                break
            case SendNow() as step:
                _serve(run, step)
            case WaitUntil(at):
                run.now = at
            case Grow(figures):
                _grow(run, figures)
    _carry_on(run, now)
    end = max((one.end for one in run.sends.values()), default=now)
    return Plan(run.sends, tuple(run.steps), end, run.grew)


def _serve(run: _Run, step: SendNow) -> None:
    started, recipients = run.now, step.count + run.rules.rider
    run.now = started + run.took
    run.history.add(Usage(run.now, recipients))
    run.batches += 1
    run.served += step.count
    if len(run.steps) < _STEPS_MAX:
        run.steps.append((started, step.send_id, step.count))
    before = run.sends.get(step.send_id) or Expected(0, 0, started, started)
    run.sends[step.send_id] = Expected(
        before.batches + 1,
        before.recipients + step.count,
        before.start,
        run.now,
        run.grew,
    )
    _count_down(run, step)
    _count_full(run, recipients)


def _grow(run: _Run, figures: Mapping[str, int]) -> None:
    run.grew = True
    limits = with_figures(run.rules.limits, figures)
    run.rules = replace(run.rules, limits=limits)


def _count_full(run: _Run, recipients: int) -> None:
    """Let the recipients a message grow as the sender would."""
    limits = run.rules.limits
    if MESSAGE not in limits.guesses or recipients < limits.recipients_per_message:
        return
    run.full += 1
    if run.full == CLEAN_BATCHES:
        run.full = 0
        _grow(run, {MESSAGE: larger_message(limits.recipients_per_message)})


def _count_down(run: _Run, step: SendNow) -> None:
    for position, send in enumerate(run.queue):
        if send.id == step.send_id:
            if send.priority is not Priority.INTERACTIVE:
                run.shares.add(send.id, step.count)
            send.served_at = run.now
            late = max(0, step.count - send.ready)
            send.ready -= step.count - late
            send.deferred -= late
            if send.ready + send.deferred == 0:
                del run.queue[position]
            break
    for send in run.queue:
        send.served = run.shares.of(send.id)


def _carry_on(run: _Run, began: datetime) -> None:
    """Estimate what is beyond the longest plan, at the same pace."""
    left = sum(send.ready + send.deferred for send in run.queue)
    if not left:
        return
    pace = (run.now - began) / run.served
    end = run.now + left * pace
    for send in run.queue:
        more = send.ready + send.deferred
        before = run.sends.get(send.id) or Expected(0, 0, run.now, run.now)
        size = max(1, run.served // run.batches)
        run.sends[send.id] = replace(
            before,
            batches=before.batches - (-more // size),
            recipients=before.recipients + more,
            end=end,
            is_guess=run.grew,
        )


def expected(  # noqa: PLR0913 - the whole state of the sender, as data
    recipients: int,
    queue: Iterable[SendState],
    limits: Limits,
    history: History,
    now: datetime,
    timezone: tzinfo,
    *,
    rider: int = 0,
    blocked_until: datetime | None = None,
    seconds_per_batch: float | None = None,
    leave_at: datetime | None = None,
) -> Expected:
    """Say when a post to so many people would leave, behind what waits already.

    It waits until `leave_at`, where that is given.
    """
    if recipients <= 0:
        return Expected(0, 0, now, now)
    planned = plan(
        [*queue, replace(_hypothetical(recipients, now), leave_at=leave_at)],
        limits,
        history,
        now,
        timezone,
        rider=rider,
        blocked_until=blocked_until,
        seconds_per_batch=seconds_per_batch,
    )
    return planned.sends[_HYPOTHETICAL]


def _hypothetical(recipients: int, now: datetime) -> SendState:
    return SendState(
        id=_HYPOTHETICAL,
        ref="",
        kind="post",
        priority=Priority.POST,
        list_name="",
        subject="",
        sha256="",
        size=0,
        created_at=now,
        recipients=recipients,
        ready=recipients,
        deferred=0,
        in_flight=0,
        accepted=0,
        refused=0,
        cancelled=0,
    )
