"""The model providers that the simulator knows, with replies as real ones say them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import config as configuration
from bot.model import SendState, Usage
from bot.store import open_store
from tests.configuring import text_of, written
from tests.sim.providers import Bucket, Fixed, Provider, Sliding, day_in, hour_of
from tests.sim.world import START, World

__all__ = ("SCENARIOS", "Scenario", "built")

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_CPANEL = (
    "550 Domain example.org has exceeded the max emails per hour (201/200 (100%))"
    " allowed. Message discarded."
)
_DAILY = "550 5.4.5 Daily user sending limit exceeded."
_RATE = "450 4.7.1 Error: too much mail from 192.0.2.1"
# Known quotas are written down whole: 0 says that there is none of that kind.
_NONE = {
    "recipients_per_hour": 0,
    "recipients_per_day": 0,
    "messages_per_hour": 0,
    "messages_per_day": 0,
}


@dataclass(frozen=True)
class Scenario:
    """A provider, and what somebody who knows it would configure."""

    name: str
    provider: Callable[[], Provider]
    known: dict[str, int] = field(default_factory=dict)
    pace: int = 0
    by_hand: tuple[Usage, ...] = ()
    watched: bool = True


def built(
    folder: Path,
    scenario: Scenario,
    sends: list[SendState],
    *,
    known: bool,
    reserve: float = 0.0,
) -> World:
    """Make the world of a scenario."""
    figures = {"recipients_per_message": 100, **_NONE, **scenario.known}
    lines = [f"reserve = {reserve}"]
    lines += [f"{key} = {value}" for key, value in figures.items() if known]
    store = open_store("", folder / "store")
    if known and scenario.pace:
        store.learn("pace_per_hour", str(scenario.pace), "", START)
    return World(
        provider=scenario.provider(),
        config=configuration.load(written(folder, text_of(limits="\n".join(lines)))),
        store=store,
        arrivals=sends,
        by_hand=list(scenario.by_hand),
        watched=scenario.watched,
    )


def _hourly() -> Provider:
    return Provider("", [Fixed(200, hour_of, _HOUR)], [_CPANEL])


def _sliding_hour() -> Provider:
    words = "452 4.3.1 Number recipients per hour exceeded"
    return Provider("", [Sliding(300, _HOUR)], [words], stage="data")


def _sliding_day() -> Provider:
    return Provider("", [Sliding(2000, _DAY)], [_DAILY])


def _large_day() -> Provider:
    return Provider("", [Sliding(10_000, _DAY)], [_DAILY])


def _midnight() -> Provider:
    pacific = day_in(ZoneInfo("America/Los_Angeles"))
    return Provider("", [Fixed(2000, pacific, _DAY)], [_DAILY])


def _midnight_wordless() -> Provider:
    words = "550 5.7.1 Your mail limit has been reached."
    tokyo = day_in(ZoneInfo("Asia/Tokyo"))
    return Provider("", [Fixed(2000, tokyo, _DAY)], [words])


def _bucket() -> Provider:
    return Provider("", [Bucket(200, 400)], [_RATE])


def _messages() -> Provider:
    words = "550 5.7.1 You have reached the limit of 10 messages in one hour"
    meter = Sliding(10, _HOUR)
    return Provider("", [meter], [words], in_messages=True, per_message=50)


def _hour_and_day() -> Provider:
    meters = [Sliding(300, _HOUR), Sliding(3000, _DAY)]
    words = ["450 4.7.1 hourly quota exceeded, try later", _DAILY]
    return Provider("", meters, words)


def _by_hand() -> tuple[Usage, ...]:
    return tuple(
        Usage(START + timedelta(hours=7 * number, minutes=12), 30)
        for number in range(200)
    )


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("fixed hour, 200", _hourly, {"recipients_per_hour": 200}),
    Scenario("sliding hour, 300, at DATA", _sliding_hour, {"recipients_per_hour": 300}),
    Scenario("sliding day, 2,000", _sliding_day, {"recipients_per_day": 2000}),
    Scenario("sliding day, 10,000", _large_day, {"recipients_per_day": 10_000}),
    Scenario(
        "hour 300 and day 3,000",
        _hour_and_day,
        {"recipients_per_hour": 300, "recipients_per_day": 3000},
    ),
    Scenario("day, midnight in Los Angeles", _midnight, {"recipients_per_day": 2000}),
    Scenario(
        "day, midnight in Tokyo, no figure said",
        _midnight_wordless,
        {"recipients_per_day": 2000},
    ),
    Scenario("leaky bucket, 400 an hour", _bucket, pace=400),
    Scenario(
        "10 messages an hour",
        _messages,
        {"recipients_per_message": 50, "messages_per_hour": 10},
    ),
    Scenario(
        "per message only, 50",
        lambda: Provider("", [], [], per_message=50),
        {"recipients_per_message": 50},
    ),
    Scenario(
        "sliding hour, 200, and mail by hand",
        lambda: Provider("", [Sliding(200, _HOUR)], [_CPANEL]),
        {"recipients_per_hour": 200},
        by_hand=_by_hand(),
    ),
    Scenario(
        "the same, Sent folder not watched",
        lambda: Provider("", [Sliding(200, _HOUR)], [_CPANEL]),
        {"recipients_per_hour": 200},
        by_hand=_by_hand(),
        watched=False,
    ),
)
