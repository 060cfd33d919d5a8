"""How far a send is, in a line and in facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from bot.cli.progress import progress_line, show_progress, waits_of
from bot.model import Limits, Priority, SendState, Usage
from bot.sending.limits import History

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 27, 13, 2, tzinfo=UTC)  # 14:02 in Paris
HOUR = timedelta(hours=1)
ROW: dict[str, object] = {
    "ref": "k7fm2q",
    "list": "informer",
    "subject": "Nouvelles de décembre",
    "recipients": 27_557,
    "accepted": 1_234,
    "refused": 12,
    "eta": datetime(2026, 12, 1, 13, 10, tzinfo=UTC),
    "waits_for": "recipients_per_hour",
    "waits_until": NOW + HOUR,
}
SEND = SendState(
    id=1,
    ref="k7fm2q",
    kind="post",
    priority=Priority.POST,
    list_name="informer",
    subject="News",
    sha256="a" * 64,
    size=1000,
    created_at=NOW,
    recipients=100,
    ready=100,
    deferred=0,
    in_flight=0,
    accepted=0,
    refused=0,
    cancelled=0,
)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param(
            {},
            "k7fm2q · informer · Nouvelles de décembre: 1,234 of 27,557 (4 %), 12"
            " refused, ends about Tue 1 Dec 14:10, waits for recipients_per_hour"
            " until 15:02",
            id="all",
        ),
        pytest.param(
            {"waits_for": None, "waits_until": None, "refused": 0},
            "k7fm2q · informer · Nouvelles de décembre: 1,234 of 27,557 (4 %),"
            " ends about Tue 1 Dec 14:10",
            id="on-its-way",
        ),
        pytest.param(
            {"waits_for": "paused", "waits_until": None, "subject": ""},
            "k7fm2q · informer: 1,234 of 27,557 (4 %), 12 refused, paused",
            id="paused",
        ),
        pytest.param(
            {
                "waits_for": "leave_at",
                "waits_until": datetime(2026, 12, 3, 17, 0, tzinfo=UTC),
                "accepted": 0,
                "refused": 0,
                "eta": None,
            },
            "k7fm2q · informer · Nouvelles de décembre: 0 of 27,557 (0 %),"
            " leaves Thu 3 Dec 18:00",
            id="scheduled",
        ),
        pytest.param(
            {"waits_for": "blocked", "eta": None, "subject": "a\x1b[2Jb"},
            "k7fm2q · informer · a?[2Jb: 1,234 of 27,557 (4 %), 12 refused,"
            " blocked by the provider until 15:02",
            id="escape-sequences",
        ),
    ],
)
def test_a_line_tells_where_a_send_is(changes: dict[str, object], line: str) -> None:
    """Who runs the machine sees at a glance whether to wait or to act."""
    assert progress_line(ROW | changes, NOW, PARIS) == line


def waits(
    send: SendState = SEND,
    limits: Limits | None = None,
    *,
    blocked_until: datetime | None = None,
    paused: bool = False,
) -> tuple[str | None, datetime | None]:
    """Ask about a send after 50 recipients an hour ago, less a minute."""
    minute = timedelta(minutes=1)
    return waits_of(
        send,
        limits or Limits(50),
        History((Usage(NOW - HOUR + minute, 50),)),
        NOW,
        PARIS,
        rider=0,
        blocked_until=blocked_until,
        paused=paused,
    )


def test_what_a_send_waits_for_is_what_the_sender_is_told() -> None:
    """Pauses, the provider's word, quotas, a time: the plan's own reasons."""
    minute = timedelta(minutes=1)
    quota = Limits(50, recipients_per_hour=50, reserve=0.0)
    later = NOW + HOUR

    assert waits() == (None, None)
    assert waits(paused=True) == ("paused", None)
    assert waits(replace(SEND, paused=True)) == ("paused", None)
    assert waits(blocked_until=later) == ("blocked", later)
    assert waits(limits=quota) == ("recipients_per_hour", NOW + minute)
    assert waits(replace(SEND, leave_at=later)) == ("leave_at", later)
    assert waits(replace(SEND, ready=0, in_flight=100)) == ("in_flight", None)


def test_a_terminal_shows_bars_and_subjects_as_they_are() -> None:
    """A list's prefix in brackets is no markup."""
    row = ROW | {"subject": "[informer] Bonjour"}
    line = progress_line(row, NOW, PARIS)
    terminal, pipe = StringIO(), StringIO()

    show_progress([row], [line], Console(file=terminal, force_terminal=True, width=200))
    show_progress([row], [line], Console(file=pipe, width=20))

    assert "━" in terminal.getvalue()
    assert "[informer] Bonjour: 1,234" in terminal.getvalue()
    assert pipe.getvalue() == f"{line}\n"
