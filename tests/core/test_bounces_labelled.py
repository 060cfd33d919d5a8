"""Bounces: the labelled mails as a whole. The floors may only rise."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot import config
from bot.bounces import (
    complaint,
    is_bounce,
    is_feedback_report,
    read_report,
    returned_ids,
    returned_names,
)
from bot.cycle.returned import of_our_account
from bot.sending.returned import ReplyTable
from tests.bounces.measuring import (
    FOLDER,
    UNSEEN,
    Reading,
    labels,
    read_mail,
    readings,
    score,
)
from tests.committee import SETTINGS

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


@pytest.mark.parametrize("folder", [FOLDER, UNSEEN], ids=lambda one: one.name)
def test_labelled_mails_are_read(folder: Path) -> None:
    """A bounce that isn't seen keeps a dead address on the list for ever.

    One test for all that is promised of a set: to read it takes seconds.
    """
    read = readings(folder)

    total = score(read)
    ratios = {name: total.ratio(name) or 0.0 for name in FLOORS}
    delays = [one for one in read if one.label.type == "delay"]
    kinds = {event.kind for reading in delays for event in reading.events}

    assert {name: one for name, one in ratios.items() if one < FLOORS[name]} == {}
    # The worst error; never because of a mail that is no bounce.
    assert total.counts["false hard"] <= 1, total.failures
    assert total.counts["named in no bounce"] == 0, total.failures
    assert total.counts["exceptions"] == 0, total.failures
    # A warning says that delivery goes on: nobody is dead.
    assert "delay" in kinds
    assert "hard" not in kinds
    assert _at_odds(read) == []
    # Reports on people must not stop the whole list.
    assert [one.label.name for one in read if _is_ours(one)] == []


def _at_odds(read: Sequence[Reading]) -> list[str]:
    """Name what is both a complaint and a bounce, or neither: it would be lost."""
    complaints = [one for one in read if one.message and complaint(one.message)]
    return [
        one.label.name
        for one in complaints
        if one.bounce or not (one.message and is_feedback_report(one.message))
    ]


def _is_ours(one: Reading) -> bool:
    """Whether a report is taken for one about a limit on our own account."""
    table = ReplyTable(config.reply_rules())
    found = one.message and of_our_account(SETTINGS, table, one.message, one.events)
    return bool(found)


def test_line_ends_change_nothing() -> None:
    """The samples have LF, IMAP gives CRLF."""
    for label in tuple(labels())[::15]:
        message = read_mail(label.raw)
        raw = label.raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        other = read_mail(raw)

        assert message is not None
        assert other is not None
        assert is_bounce(message) == is_bounce(other)
        assert read_report(message) == read_report(other), label.name
        assert returned_ids(message) == returned_ids(other), label.name
        assert returned_names(message) == returned_names(other), label.name
