"""Which batch may leave when: the next step, and the plan of all steps.

The rules are in `turns`, the counting in `windows`. The plan is a virtual run of
the sender, for previews and for `status`: it asks `choose` what the sender would be
told, counts the queue down and lets time pass, so that an expected end can't
disagree with the rules.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from bot.model import Limits, Priority, SendState, Usage
from bot.sending.turns import (
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
    "History",
    "Idle",
    "Plan",
    "SendNow",
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


@dataclass(frozen=True, slots=True)
class Plan:
    """The sends by id, and the first steps as (when, send, recipients)."""

    sends: Mapping[int, Expected]
    steps: tuple[tuple[datetime, int, int], ...]
    end: datetime


@dataclass(slots=True)
class _Run:
    """A virtual sender at work."""

    queue: list[Queued]
    history: History
    now: datetime
    sends: dict[int, Expected] = field(default_factory=dict)
    steps: list[tuple[datetime, int, int]] = field(default_factory=list)
    batches: int = 0
    served: int = 0


def plan(  # noqa: PLR0913 - the whole state of the sender, as data
    queue: Iterable[SendState],
    limits: Limits,
    history: History,
    now: datetime,
    timezone: tzinfo,
    *,
    rider: int = 0,
    blocked_until: datetime | None = None,
    seconds_per_batch: float = 2.0,
) -> Plan:
    """Run the sender virtually; `history` stays as it is.

    `seconds_per_batch` is how long one transaction takes.
    """
    rules = Rules(limits, timezone, rider, blocked_until)
    run = _Run(as_queued(queue), history.copy(), now)
    took = timedelta(seconds=seconds_per_batch)
    while run.batches < _BATCHES_MAX:
        step = choose(run.queue, run.history, run.now, rules)
        if isinstance(step, Idle):
            break
        if isinstance(step, SendNow):
            _serve(run, step, rider, took)
        else:
            run.now = step.at
    _carry_on(run, now)
    end = max((one.end for one in run.sends.values()), default=now)
    return Plan(run.sends, tuple(run.steps), end)


def _serve(run: _Run, step: SendNow, rider: int, took: timedelta) -> None:
    started = run.now
    run.history.add(Usage(started, step.count + rider))
    run.now = started + took
    run.batches += 1
    run.served += step.count
    if len(run.steps) < _STEPS_MAX:
        run.steps.append((started, step.send_id, step.count))
    before = run.sends.get(step.send_id) or Expected(0, 0, started, started)
    run.sends[step.send_id] = Expected(
        before.batches + 1, before.recipients + step.count, before.start, run.now
    )
    _count_down(run, step)


def _count_down(run: _Run, step: SendNow) -> None:
    for position, send in enumerate(run.queue):
        if send.id == step.send_id:
            send.served_at = run.now
            late = max(0, step.count - send.ready)
            send.ready -= step.count - late
            send.deferred -= late
            if send.ready + send.deferred == 0:
                del run.queue[position]
            return


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
    seconds_per_batch: float = 2.0,
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
