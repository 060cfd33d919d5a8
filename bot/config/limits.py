"""The limits in force: configured, else learnt, else where to begin."""

from collections.abc import Mapping
from typing import Final, Literal

from bot.config.models import Config
from bot.config.providers import start_limits
from bot.model import Limits

__all__ = ("limit_sources", "limits")

Source = Literal["configured", "learnt", "start", "none"]

_KEYS: Final = (
    "recipients_per_message",
    "recipients_per_hour",
    "recipients_per_day",
    "messages_per_hour",
    "messages_per_day",
)
# Longer figures are no limits, whatever somebody wrote into the store.
_DIGITS_MAX: Final = 9


def limits(config: Config, learnt: Mapping[str, str]) -> Limits:
    """Give the limits in force.

    A learnt figure below the configured one wins: the provider said so. Configured
    means the file or the provider's preset; 0 there means that no limit is known
    and that none is to be assumed.
    """
    figures = {key: _in_force(config, learnt, key)[0] for key in _KEYS}
    section = config.limits
    return Limits(
        **figures,
        pause_between_messages=section.pause_between_messages,
        reserve=section.reserve,
        quiet_hours=section.quiet_hours,
    )


def limit_sources(config: Config, learnt: Mapping[str, str]) -> Mapping[str, Source]:
    """Say where each limit in force comes from."""
    return {key: _in_force(config, learnt, key)[1] for key in _KEYS}


def _in_force(
    config: Config, learnt: Mapping[str, str], key: str
) -> tuple[int, Source]:
    configured: int | None = getattr(config.limits, key)
    said = _figure(learnt.get(key, "")) if config.limits.learn else 0
    if said and (not configured or said < configured):
        return said, "learnt"
    if configured is not None:
        return configured, "configured"
    start = start_limits().get(key, 0)
    return start, "start" if start else "none"


def _figure(text: str) -> int:
    if len(text) > _DIGITS_MAX or not (text.isascii() and text.isdigit()):
        return 0
    return int(text)
