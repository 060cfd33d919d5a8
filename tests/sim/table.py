"""`make sim`: 27,557 recipients at each model provider, as a table of ratios.

Nothing is asserted here; the tests do that with smaller lists.
"""

import logging
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from tests.sim.providers import Provider, least_seconds
from tests.sim.scenarios import SCENARIOS, Scenario, built
from tests.sim.world import START, World, post

RECIPIENTS = 27_557


def least(scenario: Scenario, world: World) -> float:
    """Give the least possible time: all known, or one message after the other."""
    fresh: Provider = scenario.provider()
    bound = least_seconds(fresh, RECIPIENTS, START, scenario.by_hand)
    messages = -(-RECIPIENTS // fresh.per_message)
    return max(bound, messages * world.took.total_seconds())


def row(scenario: Scenario, *, known: bool) -> str:
    """Run one scenario; give its line."""
    with tempfile.TemporaryDirectory() as folder:
        world = built(Path(folder), scenario, [post(1, RECIPIENTS)], known=known)
        expected = world.expected()
        end = world.run()
        world.store.close()
    took = (end - START).total_seconds()
    shortest = least(scenario, world)
    told = (expected.end - START).total_seconds()
    return (
        f"| {scenario.name} | {'known' if known else 'learnt'}"
        f" | {timedelta(seconds=round(shortest))} | {took / shortest:.3f}"
        f" | {told / took:.3f} | {world.batches} | {len(world.refused)} |"
    )


def rows() -> Iterator[str]:
    """Give the table, line by line."""
    yield "| provider | limits | least time | time / least | told / true | messages"
    yield "|---|---|---|---|---|---|---|"
    for scenario in SCENARIOS:
        for known in (True, False):
            yield row(scenario, known=known)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    for line in rows():
        print(line, flush=True)
