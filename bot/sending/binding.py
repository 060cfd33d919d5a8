"""Which of the limits makes a send take as long as it does."""

from typing import Final

from bot.model import Limits

__all__: Final = ("binding",)

_DAY: Final = 24.0
_SECONDS: Final = 3600.0


def binding(limits: Limits, recipients: int, batches: int) -> tuple[str, int]:
    """Name the limit that counts most for a send, and what it allows.

    The name is that of the setting; empty where no limit takes an hour.
    """
    hours = {
        "recipients_per_hour": _share(recipients, limits.recipients_per_hour),
        "recipients_per_day": _share(recipients, limits.recipients_per_day) * _DAY,
        "messages_per_hour": _share(batches, limits.messages_per_hour),
        "messages_per_day": _share(batches, limits.messages_per_day) * _DAY,
        "pause_between_messages": batches * limits.pause_between_messages / _SECONDS,
    }
    name = max(hours, key=lambda one: hours[one])
    if hours[name] <= 1.0:
        return "", 0
    return name, round(getattr(limits, name))


def _share(wanted: int, allowed: int) -> float:
    """Count the hours or days that are needed; 0 where nothing limits them."""
    return wanted / allowed if allowed else 0.0
