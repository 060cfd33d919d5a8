"""The life of a batch: states, the witness, delays before trying again.

`TRANSITIONS` is the whole truth about the states; every change goes through
`advance`. Rules for editors:

1. A batch is `sending` on disk before the first byte of DATA, so what is found
   `sending` at start may have been accepted: it becomes `doubtful`, never `ready`.
2. `sent`, `failed` and `cancelled` are final.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.errors import BotError
from bot.model import Batch, BatchState

__all__: Final = (
    "PATIENCE",
    "TRANSITIONS",
    "Event",
    "advance",
    "backoff",
    "retry_at",
    "settle_doubtful",
    "watched_since",
)


class Event(StrEnum):
    """What can happen to a batch."""

    START = "start"  # committed, then DATA
    ACCEPTED = "accepted"  # 250 after the final dot
    REFUSED = "refused"  # the content, for good
    TRY_LATER = "try-later"
    SPLIT = "split"  # not transmitted after all: its recipients wait again
    LOST = "lost"  # the connection, after DATA; or our process
    WITNESSED = "witnessed"
    UNWITNESSED = "unwitnessed"
    DUE = "due"
    CANCEL = "cancel"


_S = BatchState

TRANSITIONS: Final[Mapping[BatchState, Mapping[Event, BatchState]]] = MappingProxyType(
    {
        _S.READY: {
            Event.START: _S.SENDING,
            Event.TRY_LATER: _S.DEFERRED,
            Event.REFUSED: _S.FAILED,
            Event.CANCEL: _S.CANCELLED,
        },
        _S.SENDING: {
            Event.ACCEPTED: _S.SENT,
            Event.REFUSED: _S.FAILED,
            Event.TRY_LATER: _S.DEFERRED,
            Event.SPLIT: _S.READY,
            Event.LOST: _S.DOUBTFUL,
        },
        _S.DEFERRED: {
            Event.DUE: _S.READY,
            Event.REFUSED: _S.FAILED,
            Event.CANCEL: _S.CANCELLED,
        },
        _S.DOUBTFUL: {
            Event.WITNESSED: _S.SENT,
            Event.UNWITNESSED: _S.READY,
        },
        _S.SENT: {},
        _S.FAILED: {},
        _S.CANCELLED: {},
    }
)


def advance(state: BatchState, event: Event) -> BatchState:
    """Give the state after an event.

    Raises:
        BotError: the event can't happen in this state; that is a fault of ours.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        message = f"a batch that is {state} can't be {event}; please report this"
        raise BotError(message) from None


# How long a copy of ours may take to come back, while polls succeed.
PATIENCE: Final = timedelta(minutes=15)
# A gap between two successful polls counts for so much at most: the machine's clock
# may have jumped, and the mailbox was looked at once, however long the gap.
_GAP_MAX: Final = timedelta(minutes=4)


def watched_since(last_poll: datetime | None, now: datetime) -> timedelta:
    """Say for how long more the mailbox was watched, at a successful poll.

    `last_poll` is the one before; None when it failed.
    """
    if last_poll is None:
        return timedelta()
    return min(max(now - last_poll, timedelta()), _GAP_MAX)


def settle_doubtful(
    batch: Batch, watched: timedelta, patience: timedelta = PATIENCE
) -> BatchState | None:
    """Say what became of a doubtful batch, or None while nobody can know.

    Args:
        batch: doubtful, with what its witness said.
        watched: for how long the mailbox was watched, in all.
        patience: for how long it must have been since the doubt arose.
    """
    if batch.witnessed:
        return advance(BatchState.DOUBTFUL, Event.WITNESSED)
    if batch.witness == "off":
        return advance(BatchState.DOUBTFUL, Event.UNWITNESSED)
    if watched - timedelta(seconds=batch.watched) < patience:
        return None
    return advance(BatchState.DOUBTFUL, Event.UNWITNESSED)


# Greylisting opens after minutes, full disks after hours; RFC 5321 §4.5.4.1 asks
# for several days, and people for an answer within three.
_RETRIES: Final = tuple(
    timedelta(minutes=minutes) for minutes in (15, 60, 240, 720, 1440, 1440)
)
# So much of a delay is left to chance, so that many retries don't come at once.
_JITTER_SHARE = 0.1


def retry_at(attempts: int, now: datetime, jitter: float) -> datetime | None:
    """Say when to try again after so many failed attempts (from 1).

    Starts at 15 minutes; None means to give up, after about 72 hours. `jitter`
    goes from 0 to 1 and adds up to a tenth.
    """
    if attempts > len(_RETRIES):
        return None
    delay = _RETRIES[max(attempts, 1) - 1]
    return now + delay * (1 + _JITTER_SHARE * jitter)


# The first wait after a broken connection, and the longest, in seconds.
_BACKOFF_FIRST = 15.0
_BACKOFF_LONGEST = 1800.0


def backoff(failures: int, jitter: float) -> float:
    """Give the seconds to wait after so many failed connections in a row.

    Starts at 15 s, doubles up to half an hour; `jitter` from 0 to 1 adds up to half.
    """
    if failures <= 0:
        return 0.0
    wait = min(_BACKOFF_FIRST * 2.0 ** min(failures - 1, 20), _BACKOFF_LONGEST)
    return wait * (1 + jitter / 2)
