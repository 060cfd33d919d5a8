"""`make sim`: 27,557 recipients at each model provider, as a table of ratios.

Nothing is asserted here; the tests do that. The reserve is 0 where a time is compared
with the least possible one, since what is kept for interactive mail isn't there for
posts; where interactive mail is measured it is a tenth, as usual.
"""

import logging
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from tests.sim.measuring import Result, fairness, longest_wait, measure
from tests.sim.scenarios import SCENARIOS

RECIPIENTS = 27_557


def row(result: Result) -> str:
    """Give the line of one run."""
    least = timedelta(seconds=round(result.least_seconds))
    return (
        f"| {result.name} | {result.limits} | {least} | {result.ratio:.3f}"
        f" | {result.told:.3f} | {result.batches} | {result.refusals} |"
    )


def lines() -> Iterator[str]:
    """Give the tables, line by line."""
    yield (
        "| provider | limits | least time | time / least | told / true"
        " | messages | refusals |"
    )
    yield "|---|---|---|---|---|---|---|"
    for scenario in SCENARIOS:
        for known in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                yield row(measure(Path(folder), scenario, RECIPIENTS, known=known))
    yield ""
    yield "| beside a send of 27,557 | |"
    yield "|---|---|"
    with tempfile.TemporaryDirectory() as folder:
        waited = longest_wait(Path(folder), SCENARIOS[0], RECIPIENTS)
    yield f"| the longest wait of 900 interactive mails | {waited:.1f} s |"
    with tempfile.TemporaryDirectory() as folder:
        index = fairness(Path(folder), SCENARIOS[0], RECIPIENTS // 2)
    yield f"| Jain index of two sends of 13,778 at once | {index:.4f} |"


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    for line in lines():
        print(line, flush=True)
