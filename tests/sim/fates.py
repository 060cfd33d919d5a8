"""What becomes of people's addresses during a year, and what servers say of it.

Days are counted from the start; they know nothing of what the bot counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

__all__ = ("FATES", "Fate")

_NO_USER: Final = "550 5.1.1 <x>: Recipient address rejected: User unknown"
_FULL: Final = "552 5.2.2 The email account that you tried to reach is over quota"
_DISABLED: Final = "550 5.2.1 The email account that you tried to reach is disabled"
_NO_DOMAIN: Final = "550 5.1.2 Host or domain name not found: Name or service not known"
_SILENT: Final = "450 4.4.1 connect to mx.example[192.0.2.1]:25: Connection timed out"
_GREY: Final = "451 4.7.1 Greylisting in action, please come back later"
_QUARTER: Final = 91.25


@dataclass(frozen=True)
class Fate:
    """How an address behaves.

    `says` gives the server's words by day; none: the mail arrives. `late` is how long
    the provider tries before it reports. `writes_after` are days after which the
    person, still there, writes to a list; `answers` a probe that arrives.
    """

    name: str
    says: Callable[[float], str]
    since: float = 0.0  # the day on which it begins
    at_rcpt: bool = False
    late: timedelta = timedelta()
    names: str = ""  # mail is redirected to this address, which the report names, too
    writes_after: float = 0.0
    answers: bool = False
    moves_at: float = 0.0  # the day of telling another address


def _always(words: str) -> Callable[[float], str]:
    return lambda _: words


def _during(words: str, *days: tuple[float, float]) -> Callable[[float], str]:
    return lambda day: words if any(a <= day < b for a, b in days) else ""


def _from(words: str, first: float) -> Callable[[float], str]:
    return lambda day: words if day >= first else ""


# Once a quarter, on a day on which the lists write that write weekly or monthly, too.
_ODD_DAYS: Final = tuple((n * _QUARTER - 0.8, n * _QUARTER + 0.1) for n in (1, 2, 3))
_BY_TURNS: Final = tuple((60.0 + 20 * n, 68.0 + 20 * n) for n in range(12))

FATES: Final[tuple[Fate, ...]] = (
    Fate("healthy", _always("")),
    Fate("dead from the start", _always(_NO_USER), 0.0),
    Fate("dead, refused at RCPT", _always(_NO_USER), 0.0, at_rcpt=True),
    Fate("dies in month 4", _from(_NO_USER, 100.0), 100.0),
    Fate("dead, redirected", _from(_NO_USER, 40.0), 40.0, names="m.perso@mail.example"),
    Fate("domain gone", _from(_NO_DOMAIN, 140.0), 140.0),
    Fate("server gone", _from(_SILENT, 50.0), 50.0, late=timedelta(days=5)),
    Fate("disabled for good", _from(_DISABLED, 170.0), 170.0),
    Fate("full for good", _from(_FULL, 0.0), 0.0),
    Fate("full for 12 days", _during(_FULL, (60.0, 72.0)), 60.0),
    Fate("full for 45 days", _during(_FULL, (60.0, 105.0)), 60.0),
    Fate(
        "full for 45 days, writes",
        _during(_FULL, (60.0, 105.0)),
        60.0,
        writes_after=107.0,
    ),
    Fate("full by turns", _during(_FULL, *_BY_TURNS)),
    Fate("disabled by mistake", _during(_NO_USER, (60.0, 75.0)), 60.0, answers=True),
    Fate("moves to another address", _from(_NO_USER, 60.0), 60.0, moves_at=150.0),
    Fate("an odd refusal a quarter", _during(_NO_USER, *_ODD_DAYS)),
    Fate("greylisted, gives up", _during(_GREY, (80.0, 86.0)), late=timedelta(days=2)),
)
