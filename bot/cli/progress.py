"""How far each send is: facts for programs, a line and a bar for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bot.cli.show import cell
from bot.model import Limits, SendState
from bot.sending.limits import Expected, Grow, History, Idle, SendNow, next_step

__all__ = ("eta_of", "moment", "progress_line", "show_progress", "waits_of")

_BAR_WIDTH: Final = 24
_PERCENT: Final = 100
# What a program may rely on, and what a person reads.
_WAITS: Final = {
    "paused": "paused",
    "blocked": "blocked by the provider",
    "in_flight": "waits for the end of a batch",
    "deferred": "waits to try some addresses again",
    "leave_at": "leaves",
    "quiet_hours": "waits for the end of the quiet hours",
}


def waits_of(  # noqa: PLR0913 - the whole state of the sender, as data
    send: SendState,
    limits: Limits,
    history: History,
    now: datetime,
    timezone: tzinfo,
    *,
    rider: int,
    blocked_until: datetime | None,
    paused: bool,
) -> tuple[str | None, datetime | None]:
    """Say what keeps a send from leaving just now, and until when."""
    if paused or send.paused:
        return "paused", None
    step = next_step(
        [send],
        limits,
        history.copy(),
        now,
        timezone,
        rider=rider,
        blocked_until=blocked_until,
    )
    match step:
        case SendNow() | Grow():  # a guess that grows lets it leave
            return None, None
        case Idle():
            return ("in_flight" if send.in_flight else None), None
        case _:
            return step.why, step.at


def progress_line(send: Mapping[str, object], now: datetime, timezone: tzinfo) -> str:
    """Write where a send is, in a line.

    « k7fm2q · informer · News: 1,234 of 27,557 (4 %), 12 refused, ends about
    Tue 1 Dec 14:10, waits for recipients_per_hour until 15:02 ».
    """
    titles = (cell(send["ref"]), cell(send["list"]), cell(send["subject"]))
    title = " · ".join(filter(None, titles))
    accepted, recipients = _number(send["accepted"]), _number(send["recipients"])
    share = accepted * _PERCENT // recipients if recipients else _PERCENT
    parts = [f"{accepted:,} of {recipients:,} ({share} %)"]
    if refused := _number(send["refused"]):
        parts.append(f"{refused:,} refused")
    if isinstance(send["eta"], datetime) and send["waits_for"] != "paused":
        parts.append(f"ends about {moment(send['eta'], now, timezone)}")
    if send["waits_for"]:
        parts.append(_wait(send, now, timezone))
    return f"{title}: {', '.join(parts)}"


def _wait(send: Mapping[str, object], now: datetime, timezone: tzinfo) -> str:
    why = str(send["waits_for"])
    words = _WAITS.get(why, f"waits for {why}")
    until = send["waits_until"]
    if not isinstance(until, datetime):
        return words
    link = "" if why == "leave_at" else " until"
    return f"{words}{link} {moment(until, now, timezone)}"


def moment(at: datetime, now: datetime, timezone: tzinfo) -> str:
    """Write a time of day, with its date where it isn't today."""
    local, today = at.astimezone(timezone), now.astimezone(timezone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    year = f" {local.year}" if at - now > timedelta(days=300) else ""
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def show_progress(
    sends: Sequence[Mapping[str, object]], lines: Sequence[str], console: Console
) -> None:
    """Print the lines, each with a bar on a terminal."""
    if not console.is_terminal:
        for line in lines:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 1))
    for send, line in zip(sends, lines, strict=True):
        bar = ProgressBar(
            total=max(_number(send["recipients"]), 1),
            completed=_number(send["accepted"]),
            width=_BAR_WIDTH,
        )
        grid.add_row(bar, Text(line))  # a subject may look like markup
    console.print(grid)


def eta_of(planned: Mapping[int, Expected], send: SendState) -> datetime | None:
    """Say when the last of a send is expected to leave."""
    return planned[send.id].end if send.id in planned else None
