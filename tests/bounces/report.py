"""`make bounce-report`: how well the labelled bounces are read, as tables.

Nothing is asserted here; `tests/core/test_bounces_labelled.py` holds the floors.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from tests.bounces.measuring import (
    FOLDER,
    RATIOS,
    UNSEEN,
    Reading,
    Score,
    labels,
    measure,
    score,
    times,
)

PASSES = 3


def lines(name: str, readings: list[Reading], *, verbose: bool) -> Iterator[str]:
    """Give the tables, line by line."""
    total = score(readings)
    yield f"### {total.counts['mails']} mails of {name}"
    yield ""
    yield from _ratios(total)
    yield ""
    yield from _times(readings)
    yield ""
    yield from _families(readings)
    hard = [one for one in total.failures if "FALSE HARD" in one]
    yield from ("", *hard) if hard else ()
    if verbose:
        yield from ("", *sorted(set(total.failures) - set(hard)))


def _ratios(total: Score) -> Iterator[str]:
    yield "| | | of |"
    yield "|---|---|---|"
    for name, (_, there_is) in RATIOS.items():
        yield f"| {name} | {_shown(total, name)} | {total.counts[there_is]} |"
    for name in (
        "false hard",
        "false hard in no bounce",
        "named in no bounce",
        "exceptions",
    ):
        yield f"| {name} | {total.counts[name]} | |"


def _shown(total: Score, name: str) -> str:
    ratio = total.ratio(name)
    return "-" if ratio is None else f"{ratio:.3f}"


def _times(readings: list[Reading]) -> Iterator[str]:
    yield "| milliseconds | median | 95 % below |"
    yield "|---|---|---|"
    for name, (middle, high) in times(readings).items():
        yield f"| {name} | {middle:.1f} | {high:.1f} |"


def _families(readings: list[Reading]) -> Iterator[str]:
    columns = [name for name in RATIOS if name != "bounce precision"]
    columns.remove("delays seen as delays")
    yield f"| family | mails | {' | '.join(columns)} | false hard |"
    yield "|---" * (len(columns) + 3) + "|"
    for family in sorted({one for each in readings for one in each.label.families}):
        own = score(one for one in readings if family in one.label.families)
        shown = " | ".join(_shown(own, name) for name in columns)
        counts = own.counts
        yield f"| {family} | {counts['mails']} | {shown} | {counts['false hard']} |"


def main() -> None:
    """Print the tables; with `-v` a line for each failure, too."""
    parser = argparse.ArgumentParser(description="How well bounces are read.")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("folders", type=Path, nargs="*", default=[FOLDER, UNSEEN])
    asked = parser.parse_args()
    for folder in asked.folders:
        every = list(labels(folder))
        measure(every[0])  # the first one pays for the imports
        # Other work on the machine makes a mail slower, never faster.
        passes = [[measure(label) for label in every] for _ in range(PASSES)]
        readings = [
            min(same, key=lambda one: one.seconds) for same in zip(*passes, strict=True)
        ]
        print(*lines(folder.name, readings, verbose=asked.verbose), "", sep="\n")


if __name__ == "__main__":
    main()
