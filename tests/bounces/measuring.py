"""Measures how well bounces are read, against the labels beside the mails.

`make bounce-report` prints what is measured here, and `tests/core` holds its floors.
What labels mean is in `tests/mail/bounces/README.md`.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bot.bounces import is_bounce, read_report
from bot.errors import ParseError
from bot.message import read
from bot.model import BounceEvent, Message

FOLDER = Path(__file__).parents[1] / "mail" / "bounces"
# Written before the code that reads them was.
UNSEEN = FOLDER.parent / "bounces-unseen"
NOW = datetime(2025, 5, 13, 8, 0, tzinfo=UTC)

# What is counted of what: number found, number there is.
RATIOS = {
    "bounce precision": ("true alarms", "alarms"),
    "bounce recall": ("true alarms", "bounces"),
    "delays seen as delays": ("delays seen", "delays"),
    "address recall": ("found", "people"),
    "address precision": ("named rightly", "named"),
    "kind": ("kind right", "kinds"),
    "status": ("status right", "statuses"),
    "reason": ("reason right", "reasons"),
}


@dataclass(frozen=True, slots=True)
class Label:
    """A mail and what should be read from it."""

    name: str
    type: str  # bounce | delay | not | grey
    people: tuple[dict[str, Any], ...]
    families: tuple[str, ...]
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a mail, and how long it took."""

    label: Label
    bounce: bool
    events: tuple[BounceEvent, ...]
    seconds: float  # from the bytes on
    report_seconds: float  # of `read_report` alone
    error: str = ""
    message: Message | None = None


@dataclass(slots=True)
class Score:
    """Counts over some mails, and a line for each failure."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def ratio(self, name: str) -> float | None:
        """Give one of `RATIOS`; None where there is nothing to count."""
        found, there_is = RATIOS[name]
        whole = self.counts[there_is]
        return self.counts[found] / whole if whole else None


def labels(folder: Path = FOLDER) -> Iterator[Label]:
    """Read the labelled mails, in the order of their labels."""
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        yield Label(
            label["name"],
            label["type"],
            tuple(label["recipients"]),
            tuple(label["families"]),
            (folder / label["file"]).read_bytes(),
        )


def read_mail(raw: bytes) -> Message | None:
    """Read a mail; None where the bytes are no mail at all."""
    try:
        return read(raw, NOW)
    except ParseError:
        return None


def measure(label: Label) -> Reading:
    """Read a labelled mail as the bot does, with the clock running."""
    start = time.perf_counter()
    try:
        message = read_mail(label.raw)
        middle = time.perf_counter()
        events = read_report(message) if message else ()
        end = time.perf_counter()
        bounce = is_bounce(message) if message else False
    except Exception as error:  # noqa: BLE001 - it is what is measured
        return Reading(
            label,
            bounce=False,
            events=(),
            seconds=0.0,
            report_seconds=0.0,
            error=repr(error),
        )
    whole = time.perf_counter() - start
    return Reading(label, bounce, events, whole, end - middle, message=message)


@cache
def readings(folder: Path = FOLDER) -> tuple[Reading, ...]:
    """Read a whole set, once in a process."""
    return tuple(map(measure, labels(folder)))


def score(readings: Iterable[Reading]) -> Score:
    """Count what is right and what is not."""
    total = Score()
    for reading in readings:
        if reading.error:
            total.counts["exceptions"] += 1
            total.failures.append(f"{reading.label.name}: {reading.error}")
        elif reading.label.type != "grey":
            _judge(reading, total)
    return total


def _judge(reading: Reading, total: Score) -> None:
    label, counts = reading.label, total.counts
    counts["mails"] += 1
    wrong: list[str] = []
    match label.type:
        case "bounce":
            wrong += _recognised(reading, counts)
            for person in label.people:
                wrong += _person(person, reading.events, counts)
        case "delay":
            wrong += _delay(reading, counts)
        case _:
            counts["alarms"] += reading.bounce
            wrong += ["taken for a bounce"] * reading.bounce
    wrong += _names(reading, counts)
    wrong += _false_hard(reading, counts)
    total.failures += [f"{label.name}: {one}" for one in wrong]


def _recognised(reading: Reading, counts: Counter[str]) -> Iterator[str]:
    kinds = {event.kind for event in reading.events}
    seen = reading.bounce and kinds != {"delay"}
    counts += Counter({"bounces": 1, "alarms": int(seen), "true alarms": int(seen)})
    if not seen:
        yield "taken for a delay" if reading.bounce else "not recognised"


def _delay(reading: Reading, counts: Counter[str]) -> Iterator[str]:
    """A delay that is read as a failure is a false alarm."""
    kinds = {event.kind for event in reading.events}
    counts["delays"] += 1
    counts["delays seen"] += kinds == {"delay"}
    counts["alarms"] += bool(kinds - {"delay"})
    if kinds != {"delay"}:
        yield f"delay read as {sorted(kinds) or 'nothing'}"


def _names(reading: Reading, counts: Counter[str]) -> Iterator[str]:
    """Count the addresses that are read; each should be one of a label's names."""
    known = {name for one in reading.label.people for name in _names_of(one)}
    for event in reading.events:
        right = str(event.address).lower() in known
        counts["named"] += 1
        counts["named rightly"] += right
        counts["named in no bounce"] += reading.label.type == "not"
        if not right:
            yield f"names {event.address}"


def _names_of(person: dict[str, Any]) -> set[str]:
    return {name.lower() for name in (person["address"], *person["also"])}


def _false_hard(reading: Reading, counts: Counter[str]) -> Iterator[str]:
    """The worst error: somebody is struck off who reads his mail."""
    people = [(_names_of(one), one["kind"]) for one in reading.label.people]
    for event in reading.events:
        if event.kind != "hard":
            continue
        name = str(event.address).lower()
        kinds = [kind for names, kind in people if name in names]
        if not kinds or kinds[0] == "soft" or reading.label.type != "bounce":
            counts["false hard"] += 1
            counts["false hard in no bounce"] += reading.label.type == "not"
            yield f"FALSE HARD {name} ({event.reason}): {event.diagnostic[:90]!r}"


def _person(
    person: dict[str, Any], events: tuple[BounceEvent, ...], counts: Counter[str]
) -> Iterator[str]:
    names = _names_of(person)
    event = next((one for one in events if str(one.address).lower() in names), None)
    counts["people"] += 1
    if event is None:
        yield f"misses {person['address']}"
        return
    counts["found"] += 1
    kinds = [person["kind"]] if person["kind"] else []
    for what, several, value, wanted in (
        ("kind", "kinds", event.kind, kinds),
        ("status", "statuses", event.status, person["status"]),
        ("reason", "reasons", event.reason, person["reasons"]),
    ):
        counts[several] += bool(wanted)
        counts[f"{what} right"] += value in wanted
        if wanted and value not in wanted:
            yield (
                f"{what} {value or 'none'}, not {'/'.join(wanted)}"
                f" ({event.status}): {event.diagnostic[:160]!r}"
            )


def times(readings: Iterable[Reading]) -> dict[str, tuple[float, float]]:
    """Give the median and the 95th percentile, in milliseconds."""
    read_all = [one for one in readings if not one.error]
    columns = {
        "a mail, from its bytes on": [one.seconds * 1000 for one in read_all],
        "read_report alone": [one.report_seconds * 1000 for one in read_all],
    }
    return {
        name: (median(column), quantiles(column, n=20)[-1])
        for name, column in columns.items()
    }
