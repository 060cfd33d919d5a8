"""Fixtures for every test, and the warning that real servers were missing."""

import os
from collections.abc import Iterator

import pytest

from tests.box import Box

_NO_BOX = "no provider in a box: "


@pytest.fixture(scope="session")
def box() -> Iterator[Box]:
    """Real Dovecot and Postfix, one pair a worker, shared by its tests.

    Take addresses of your own with `add_user`. Where the servers are missing the
    test is skipped; on a build server (CI is set) it fails.
    """
    _need_box()
    with Box() as running:
        yield running


@pytest.fixture
def own_box() -> Iterator[Box]:
    """Real servers for one test alone, which may write to everybody."""
    _need_box()
    with Box() as running:
        yield running


def _need_box() -> None:
    if missing := Box.missing():
        if os.environ.get("CI"):
            pytest.fail(_NO_BOX + missing)
        pytest.skip(_NO_BOX + missing)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for the box, so that `-m 'not box'` leaves it out."""
    for item in items:
        if {"box", "own_box"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("box")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly how many tests did not meet a real server."""
    reasons = [
        report.longrepr[2]
        for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple) and _NO_BOX in report.longrepr[2]
    ]
    if reasons:
        missing = reasons[0].partition(_NO_BOX)[2]
        terminalreporter.write_line(
            f"WARNING: {len(reasons)} tests against real Dovecot and Postfix were"
            f" skipped; needed: {missing}",
            red=True,
            bold=True,
        )
