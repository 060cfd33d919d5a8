"""`make sim`: 27,557 recipients at each model provider, and a year of bounces.

Nothing is asserted here; the tests do that. The reserve is 0 where a time is compared
with the least possible one, since what is kept for interactive mail isn't there for
posts; where interactive mail is measured it is a tenth, as usual.
"""

import logging
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from tests.sim.bounced_years import lists_of_a_year, misled_provider
from tests.sim.bouncing import Life
from tests.sim.fates import FATES
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
    yield ""
    yield from _bounced()
    yield from _misled()


LISTS = ("monthly", "weekly", "daily", "small")


def _bounced() -> Iterator[str]:
    """Give what became of each fate, on each list of a year."""
    yield "| what the address does | " + " | ".join(LISTS) + " |"
    yield "|---|" + "---|" * len(LISTS)
    with (
        tempfile.TemporaryDirectory() as folder,
        lists_of_a_year(Path(folder), daily_until=365, large=True) as year,
    ):
        for fate in FATES[1:]:
            cells = [_cell(year.fates_of(name, fate.name)[0]) for name in LISTS]
            yield f"| {fate.name} | " + " | ".join(cells) + " |"
        healthy = [year.fates_of(name, "healthy") for name in LISTS]
        numbers = (f"{len(them)}: {sum(map(_wrongly, them))}" for them in healthy)
        yield "| healthy: suspended | " + " | ".join(numbers) + " |"


def _wrongly(life: Life) -> bool:
    return bool(life.suspended)


def _cell(life: Life) -> str:
    """Tell of the posts until somebody was suspended, of revivals and probes."""
    if not life.suspended:
        told = "never"
    else:
        told = f"post {life.posts_until_suspended()}, day {life.suspended[0]:.0f}"
    if life.revived:
        told += f", mail again day {life.revived[0]:.0f}"
    return f"{told}; probes {len(life.probes)}"


def _misled() -> Iterator[str]:
    """Give what a provider does that is wrong about 30 % of a list."""
    yield ""
    yield "| 30 % of 343 unknown, wrongly | owners asked | suspended | in the end |"
    yield "|---|---|---|---|"
    for name, days, posts in (
        ("a day, two posts", 1.0, (0.01, 0.2, 8.0)),
        ("five days, one post and the probes", 5.0, (0.01, 8.0)),
    ):
        with (
            tempfile.TemporaryDirectory() as folder,
            misled_provider(Path(folder), 343, days, posts) as year,
        ):
            asked = [f"day {day:.1f}" for day, kind in year.told if kind == "confirm"]
            left = sum(one.is_suspended for one in year.lives.values())
            ever = sum(map(_wrongly, year.lives.values()))
            yield f"| {name} | {', '.join(asked) or 'no'} | {ever} | {left} |"


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    for line in lines():
        print(line, flush=True)
