"""Words in a report that speak of a limit on our account, not of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import BounceEvent, ReturnedBatch
from bot.sending.meanings import Meaning, Reading, ReplyRule
from bot.sending.replies import parse_reply, read

__all__ = ("ReplyTable", "of_the_account", "returned_batch")

_HOUR: Final = 3600
_DAY: Final = 86400
_STOP_SECONDS: Final = 6 * _HOUR  # a person must act meanwhile
_GUESSED: Final = "fallback"
_QUOTAS: Final = {
    Meaning.QUOTA_HOUR: "recipients_per_hour",
    Meaning.QUOTA_DAY: "recipients_per_day",
}
_WAITS: Final = {
    Meaning.QUOTA_HOUR: _HOUR,
    Meaning.QUOTA_DAY: _DAY,
    Meaning.RATE: _HOUR,
    Meaning.ACCOUNT_BLOCKED: _STOP_SECONDS,
}


@dataclass(frozen=True, slots=True)
class ReplyTable:
    """How to read a server's words; `provider` is the id of ours, or empty."""

    rules: Sequence[ReplyRule]
    provider: str = ""


def of_the_account(event: BounceEvent, table: ReplyTable) -> Reading | None:
    """Read the words about a recipient, if they are known ones about our account.

    What no rule knows is taken to be about the person: a full mailbox has a quota,
    too.
    """
    if event.status.endswith(".2.2"):
        return None
    reply = parse_reply(event.diagnostic)
    for stage in ("rcpt", "data"):
        reading = read(reply, stage, table.rules, table.provider)
        if reading.rule != _GUESSED:
            return reading if reading.meaning in _WAITS else None
    return None


def returned_batch(
    pairs: Sequence[tuple[BounceEvent, Reading]], batch_id: int | None
) -> ReturnedBatch | None:
    """Put together what a report says; the longest wait decides."""
    if not pairs:
        return None
    event, reading = max(pairs, key=lambda pair: _WAITS[pair[1].meaning])
    return ReturnedBatch(
        events=tuple(event for event, _ in pairs),
        words=event.diagnostic,
        batch_id=batch_id,
        quota=_QUOTAS.get(reading.meaning, ""),
        limit=reading.limit,
        wait_seconds=_WAITS[reading.meaning],
        stops=reading.meaning is Meaning.ACCOUNT_BLOCKED,
        retries=all(event.kind == "delay" for event, _ in pairs),
    )
