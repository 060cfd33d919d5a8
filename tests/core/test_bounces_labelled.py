"""Bounces: the labelled mails as a whole. The floors may only rise."""

from functools import cache
from pathlib import Path

import pytest

from bot.bounces import (
    complaint,
    is_bounce,
    is_feedback_report,
    read_report,
    returned_ids,
    returned_names,
)
from tests.bounces.measuring import (
    FOLDER,
    UNSEEN,
    Reading,
    labels,
    measure,
    read_mail,
    score,
)

# What people notice: a post that is lost, or somebody who is struck off.
FLOORS = {
    "bounce precision": 0.995,
    "bounce recall": 0.98,
    "delays seen as delays": 0.95,
    "address recall": 0.97,
    "address precision": 0.98,
    "kind": 0.96,
    "status": 0.96,
    "reason": 0.93,
}
both_sets = pytest.mark.parametrize(
    "folder", [pytest.param(FOLDER, id="labelled"), pytest.param(UNSEEN, id="unseen")]
)


@cache
def readings(folder: Path) -> tuple[Reading, ...]:
    """Read a whole set, once."""
    return tuple(map(measure, labels(folder)))


@both_sets
@pytest.mark.parametrize("name", FLOORS)
def test_labelled_mails_are_read(folder: Path, name: str) -> None:
    """A bounce that isn't seen keeps a dead address on the list for ever."""
    ratio = score(readings(folder)).ratio(name)

    assert ratio is not None
    assert ratio >= FLOORS[name]


@both_sets
def test_hardly_anybody_is_struck_off_wrongly(folder: Path) -> None:
    """The worst error; never because of a mail that is no bounce."""
    total = score(readings(folder))

    assert total.counts["false hard"] <= 1, total.failures
    assert total.counts["named in no bounce"] == 0, total.failures
    assert total.counts["exceptions"] == 0, total.failures


@both_sets
def test_delays_are_never_hard(folder: Path) -> None:
    """A warning says that delivery goes on: nobody is dead."""
    delays = [one for one in readings(folder) if one.label.type == "delay"]

    kinds = {event.kind for reading in delays for event in reading.events}

    assert "delay" in kinds
    assert "hard" not in kinds


def test_line_ends_change_nothing() -> None:
    """The samples have LF, IMAP gives CRLF."""
    for label in tuple(labels())[::7]:
        message = read_mail(label.raw)
        raw = label.raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        other = read_mail(raw)

        assert message is not None
        assert other is not None
        assert is_bounce(message) == is_bounce(other)
        assert read_report(message) == read_report(other), label.name
        assert returned_ids(message) == returned_ids(other), label.name
        assert returned_names(message) == returned_names(other), label.name


@both_sets
def test_complaints_are_feedback_and_no_bounces(folder: Path) -> None:
    """Two functions that disagree would lose the mail between them."""
    for label in labels(folder):
        message = read_mail(label.raw)
        if message and complaint(message):
            assert is_feedback_report(message), label.name
            assert not is_bounce(message), label.name
