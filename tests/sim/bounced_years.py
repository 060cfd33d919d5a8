"""The years that are simulated: which lists write when, and to whom."""

from pathlib import Path
from typing import Final

from bot.address import Address
from tests.sim.bouncing import Wave, Year
from tests.sim.fates import FATES

__all__ = ("DEAD", "FINE", "POLICY_DAY", "lists_of_a_year", "misled_provider")

Posts = tuple[float, ...]

MONTH: Final = 30.4167
POLICY_DAY: Final = 112.0
_NO_USER: Final = "550 5.1.1 The email account that you tried to reach does not exist"
_SPAM: Final = "550 5.7.1 Message rejected as spam by content scanner"

# Who must be found, and who must get everything.
DEAD: Final = (
    "dead from the start",
    "dead, refused at RCPT",
    "dies in month 4",
    "dead, redirected",
    "domain gone",
)
FINE: Final = (
    "healthy",
    "an odd refusal a quarter",
    "greylisted, gives up",
    "full for 12 days",
    "full by turns",
)


def lists_of_a_year(folder: Path, *, daily_until: int, large: bool) -> Year:
    """Let a monthly, a weekly and a daily list write, and a small one at times.

    On one day three servers take the daily list's post for spam.
    """
    spam = Wave(
        _SPAM,
        POLICY_DAY,
        POLICY_DAY + 0.9,
        lambda who: (
            who.domain in {"daily1.example", "daily2.example", "daily3.example"}
        ),
    )
    plans = {
        "monthly": (343, [MONTH * n + 0.01 for n in range(12)]),
        "daily": (21, [n + 0.01 for n in range(daily_until)]),
    }
    if large:
        plans["weekly"] = (343, [7.0 * n + 0.01 for n in range(52)])
        plans["small"] = (20, [11.0 * n + 0.01 for n in range(33)])
    year = Year(folder, tuple(plans), (spam,))
    for name, (people, days) in plans.items():
        year.enrol(name, people, FATES)
        year.plan_posts(name, days)
    year.plan_judging(0.5, daily_until, 0.5 if large else 1.0)
    year.plan_judging(daily_until + 0.5, 365.0, 3.0)
    year.run()
    return year


def misled_provider(folder: Path, people: int, days: float, posts: Posts) -> Year:
    """Let a provider say for some days that 30 % of a list's people don't exist."""

    def concerned(who: Address) -> bool:
        return int(who.local_part[1:]) % 10 < 3

    wave = Wave(_NO_USER, posts[0], posts[0] + days, concerned)
    year = Year(folder, ("monthly",), (wave,))
    year.enrol("monthly", people, FATES[:1])
    year.plan_posts("monthly", posts)
    year.plan_judging(0.1, 14.0, 0.25)
    year.plan_judging(3.0, 3.5, 0.02)  # when probes are due
    year.run(14.0)
    return year
