"""The life of a batch: no way out of a final state, no doubt settled too early."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BotError
from bot.model import Batch, BatchState
from bot.sending.batches import (
    TRANSITIONS,
    Event,
    advance,
    backoff,
    retry_at,
    settle_doubtful,
    watched_since,
)

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BATCH = Batch(7, 1, BatchState.DOUBTFUL, 50, NOW, "self", settled_at=NOW)


def test_a_lost_connection_makes_a_batch_doubtful() -> None:
    """What was given to DATA may have been accepted: never `ready` at once."""
    assert advance(BatchState.SENDING, Event.LOST) is BatchState.DOUBTFUL


@pytest.mark.parametrize(
    "state", [BatchState.SENT, BatchState.FAILED, BatchState.CANCELLED]
)
@pytest.mark.parametrize("event", Event)
def test_final_states_are_final(state: BatchState, event: Event) -> None:
    """A batch that was accepted is never sent again."""
    with pytest.raises(BotError):
        advance(state, event)


def test_every_state_is_in_the_table() -> None:
    """A new state needs its row."""
    assert set(TRANSITIONS) == set(BatchState)


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_a_sent_batch_was_accepted_or_witnessed(events: list[Event]) -> None:
    """No other way leads to `sent`."""
    state, proofs = BatchState.READY, 0
    for event in events:
        try:
            state = advance(state, event)
        except BotError:
            continue
        proofs += event in (Event.ACCEPTED, Event.WITNESSED)

    assert (state is BatchState.SENT) == (proofs == 1)


@pytest.mark.parametrize(
    ("batch", "watched", "state"),
    [
        pytest.param(replace(BATCH, witnessed=True), 0, BatchState.SENT, id="seen"),
        pytest.param(replace(BATCH, witness="off"), 0, BatchState.READY, id="off"),
        pytest.param(BATCH, 0, None, id="polls-fail"),
        pytest.param(BATCH, 14, None, id="too-early"),
        pytest.param(BATCH, 15, BatchState.READY, id="patient"),
        pytest.param(replace(BATCH, watched=600), 24, None, id="doubt-began-later"),
        pytest.param(
            replace(BATCH, watched=600), 25, BatchState.READY, id="long-enough"
        ),
    ],
)
def test_settle_doubtful(batch: Batch, watched: int, state: BatchState | None) -> None:
    """No copy seen means something only where one could have been seen."""
    assert settle_doubtful(batch, watched * MINUTE) is state


@pytest.mark.parametrize(
    ("last", "minutes"),
    [
        pytest.param(NOW - MINUTE, 1, id="a-minute-ago"),
        pytest.param(NOW - 600 * MINUTE, 4, id="clock-jumped-ahead"),
        pytest.param(NOW + 600 * MINUTE, 0, id="clock-jumped-back"),
        pytest.param(None, 0, id="the-last-one-failed"),
    ],
)
def test_a_poll_vouches_for_minutes_whatever_the_clock_says(
    last: datetime | None, minutes: int
) -> None:
    """The mailbox was looked at once, however long ago the last time seems."""
    assert watched_since(last, NOW) == minutes * MINUTE


def test_retries_end_after_three_days() -> None:
    """15 min, 1 h, 4 h, 12 h, 24 h, 24 h, then the send tells its sender."""
    hours = []
    for attempt in range(1, 8):
        at = retry_at(attempt, NOW, 0.0)
        hours.append(at and (at - NOW) / timedelta(hours=1))

    assert hours == [0.25, 1, 4, 12, 24, 24, None]


@given(st.integers(-3, 10_000), st.floats(0, 1))
def test_backoff_grows_up_to_a_bound(failures: int, jitter: float) -> None:
    """A server down for a week is still asked twice an hour or so."""
    wait = backoff(failures, jitter)

    assert 0 <= wait <= 2700
    assert wait <= backoff(failures + 1, jitter)
