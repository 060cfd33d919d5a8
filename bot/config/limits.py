"""The limits in force: configured, else learnt, else where to begin."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from bot.config.models import Config
from bot.config.providers import start_limits
from bot.model import Learnt, Limits
from bot.sending.growth import FIELDS, PACE
from bot.sending.learning import TOOK
from bot.sending.lesson import GROWN, REFUSED

__all__ = ("limit_sources", "limits", "limits_in_force")

Source = Literal["configured", "learnt", "start", "none"]

_KEYS: Final = tuple(key for key in FIELDS if key != PACE)
# Longer figures are no limits, whatever somebody wrote into the store.
_DIGITS_MAX: Final = 9


def limits_in_force(config: Config, learnt: Iterable[Learnt]) -> Limits:
    """Give the limits in force, as `limits`, and which of them are only guesses."""
    rows = {one.key: one for one in learnt}
    grown = {key for key, row in rows.items() if row.how == GROWN}
    figures = {
        key: row.value
        for key, row in rows.items()
        if key not in grown or not _is_configured(config, key)
    }
    return limits(config, figures, grown)


def _is_configured(config: Config, key: str) -> bool:
    """Whether somebody knew better than a guess, maybe since it was made."""
    return getattr(config.limits, key, None) is not None


def limits(
    config: Config, learnt: Mapping[str, str], grown: Iterable[str] = ()
) -> Limits:
    """Give the limits in force.

    A learnt figure below the configured one wins: the provider said so. Configured
    means the file or the provider's preset; 0 there means that no limit is known
    and that none is to be assumed. Where nobody has told a limit, because it is
    where to begin or has `grown` from there, it is a guess.
    """
    section = config.limits
    found = {key: _in_force(config, learnt, key) for key in _KEYS}
    guesses = {key for key, (_, source) in found.items() if source == "start"}
    guesses |= {key for key in grown if key in found and found[key][1] == "learnt"}
    fields: dict[str, Any] = {key: figure for key, (figure, _) in found.items()}
    if section.learn:
        fields["pace"] = _figure(learnt.get(PACE, ""))
        took = _figure(learnt.get(TOOK, ""))
        fields |= {"seconds_per_batch": took / 1000} if took else {}
        guesses |= {PACE} & set(grown)
        fields["guesses"] = MappingProxyType(
            {key: _refused(learnt, key) for key in guesses}
        )
    return Limits(
        **fields,
        pause_between_messages=section.pause_between_messages,
        reserve=section.reserve,
        quiet_hours=section.quiet_hours,
    )


def _refused(learnt: Mapping[str, str], key: str) -> int:
    """Give the figure that was refused, if what has grown since is still known."""
    return _figure(learnt.get(key + REFUSED, "")) if key in learnt else 0


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
