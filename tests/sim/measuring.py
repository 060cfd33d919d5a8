"""What is measured in the simulator: times, promises, waits, shares."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.model import SendState
from tests.sim.providers import least_seconds
from tests.sim.scenarios import Scenario, built
from tests.sim.world import START, interactive, post

__all__ = ("Result", "fairness", "jain", "longest_wait", "measure")


@dataclass(frozen=True)
class Result:
    """One send at one provider, beside the least possible time.

    `told` is the expected end told at the start, as a part of the true time.
    """

    name: str
    limits: str  # known | learnt
    least_seconds: float
    ratio: float
    told: float
    batches: int
    refusals: int
    is_guess: bool


def measure(
    folder: Path, scenario: Scenario, recipients: int, *, known: bool
) -> Result:
    """Send to so many.

    The least time is that of somebody who knows everything, or of one message after
    the other where that takes longer.
    """
    world = built(folder, scenario, [post(1, recipients)], known=known)
    if known:
        world.warm_up()
    expected = world.expected()
    took = (world.run() - START).total_seconds()
    world.store.close()
    fresh = scenario.provider()
    least = max(
        least_seconds(fresh, recipients, START, scenario.by_hand),
        -(-recipients // fresh.per_message) * world.took.total_seconds(),
    )
    told = (expected.end - START).total_seconds() / took
    return Result(
        name=scenario.name,
        limits="known" if known else "learnt",
        least_seconds=least,
        ratio=took / least,
        told=told,
        batches=world.batches,
        refusals=len(world.refused),
        is_guess=expected.is_guess,
    )


def longest_wait(folder: Path, scenario: Scenario, recipients: int) -> float:
    """Give the seconds that interactive mail waits at most beside a big send.

    A reply to somebody leaves every nine minutes or so: less than the reserve.
    """
    moments = [START + timedelta(seconds=557 * number) for number in range(900)]
    replies = [interactive(100 + number, at) for number, at in enumerate(moments)]
    sends: list[SendState] = [post(1, recipients), *replies]
    world = built(folder, scenario, sends, known=True, reserve=0.1)
    world.run()
    world.store.close()
    assert len(world.waited) == len(replies)
    return max(world.waited).total_seconds()


def fairness(
    folder: Path, scenario: Scenario, recipients: int, *, later: timedelta = timedelta()
) -> float:
    """Give Jain's index of two sends while both wait; the second comes `later`."""
    joined = START + later
    sends = [post(1, recipients), post(2, recipients, joined)]
    world = built(folder, scenario, sends, known=True, reserve=0.1)
    world.run()
    world.store.close()
    until = min(_last(world.served, 1), _last(world.served, 2))
    return jain(
        [
            sum(n for at, who, n in world.served if who == one and joined < at <= until)
            for one in (1, 2)
        ]
    )


def _last(served: list[tuple[datetime, int, int]], send_id: int) -> datetime:
    return max(at for at, who, _ in served if who == send_id)


def jain(shares: list[int]) -> float:
    """Give Jain's index of fairness: 1 when all have the same."""
    return sum(shares) ** 2 / (len(shares) * sum(one * one for one in shares))
