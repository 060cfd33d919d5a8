"""The store: batches, refusals, witnesses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.address import Address
from bot.errors import StoreConflictError, StoreError
from bot.model import (
    BatchState,
    Delivery,
    Outgoing,
    Priority,
    Profile,
    Reach,
    SendState,
    SmtpReply,
    Usage,
)
from bot.sending.batches import TRANSITIONS
from bot.store import SqlStore, open_store
from tests.stores import new_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PEOPLE = tuple(Address(f"p{i}", f"d{i % 5}.example") for i in range(12))
OWNER = Address("owner", "example.org")
MAIL = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers", OWNER)
UNKNOWN_USER = SmtpReply(550, "5.1.1", "5.1.1 no such user")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A store with twelve readers, closed at the end."""
    opened = new_store(tmp_path)
    opened.enrol_many(map(Profile, PEOPLE), "readers", "import", NOW)
    yield opened
    opened.close()


def _post(store: SqlStore, *names: str, fingerprint: str = "f") -> int:
    return store.enqueue_to_lists(
        MAIL, [Reach(name) for name in names or ("readers",)], fingerprint, NOW
    )


def _state(store: SqlStore, send_id: int) -> SendState:
    return next(one for one in store.sends(unfinished=False) if one.id == send_id)


def _start(store: SqlStore, send_id: int, count: int, witness: str = "off") -> int:
    return store.start_batch(store.take(send_id, count, NOW), NOW, witness)


def test_batch_accepted_counts_and_finishes(store: SqlStore) -> None:
    """The receipt is made of these numbers."""
    send_id = _post(store)
    batch = _start(store, send_id, 12)
    flying = _state(store, send_id)

    store.settle_batch(batch, BatchState.SENT, NOW + HOUR, "250 ok")
    (done,) = store.finish_sends(NOW + HOUR)

    assert (flying.in_flight, flying.ready, flying.started_at) == (12, 0, NOW)
    assert (done.accepted, done.in_flight, done.finished_at) == (12, 0, NOW + HOUR)
    assert store.finish_sends(NOW) == store.sends(unfinished=True) == ()
    assert store.take(send_id, 9, NOW) == ()


def test_started_batch_is_on_disk(store: SqlStore, tmp_path: Path) -> None:
    """Found `sending` after a crash, its fate is unknown: the witness decides."""
    send_id = _post(store)
    batch = _start(store, send_id, 5, "self")
    store.close()

    again = open_store("", tmp_path)
    found = again.interrupted_batches(NOW + HOUR)
    (doubtful,) = again.doubtful()

    assert found == 1
    assert (doubtful.id, doubtful.state) == (batch, BatchState.DOUBTFUL)
    assert (doubtful.recipients, doubtful.settled_at) == (6, NOW + HOUR)
    assert not doubtful.witnessed
    assert _state(again, send_id).in_flight == 5
    assert again.counts()["outbox"]["doubtful"] == 5
    again.close()


def test_recipient_is_never_in_two_batches(store: SqlStore) -> None:
    """Whatever the caller believes."""
    taken = store.take(_post(store), 3, NOW)
    store.start_batch(taken, NOW, "off")

    with pytest.raises(StoreConflictError, match="wait no more"):
        store.start_batch(taken[2:], NOW, "off")

    assert len(store.usage(NOW)) == 1


@pytest.mark.parametrize("everything", [False, True])
def test_a_pause_is_obeyed_until_the_batch_begins(
    store: SqlStore, *, everything: bool
) -> None:
    """« pause » may come while the server is asked about the recipients."""
    send_id = _post(store)
    taken = store.take(send_id, 3, NOW)
    store.pause_sends(None if everything else send_id, paused=True)

    with pytest.raises(StoreConflictError, match="paused"):
        store.start_batch(taken, NOW, "off")

    assert _state(store, send_id).ready == 12
    store.pause_sends(None if everything else send_id, paused=False)
    assert store.start_batch(taken, NOW, "off")


def test_batch_belongs_to_one_send(store: SqlStore) -> None:
    """One transaction carries one message."""
    mixed = [*store.take(_post(store), 1, NOW), Delivery(99, 1, OWNER)]

    for deliveries in (mixed, []):
        with pytest.raises(StoreError, match="one send"):
            store.start_batch(deliveries, NOW, "off")


@pytest.mark.parametrize("second", BatchState)
@pytest.mark.parametrize("first", [None, *TRANSITIONS[BatchState.SENDING].values()])
def test_a_batch_changes_only_as_the_table_says(
    store: SqlStore, first: BatchState | None, second: BatchState
) -> None:
    """`sent` is final: the message is out of our hands; so is what was given up."""
    batch = _start(store, _post(store), 3)
    if first is not None:
        store.settle_batch(batch, first, NOW, due_at=NOW + HOUR)
    now = first or BatchState.SENDING
    # What returned is another batch when it leaves again.
    in_flight = now in {BatchState.SENDING, BatchState.DOUBTFUL}
    allowed = in_flight and second in TRANSITIONS[now].values()

    if allowed:
        store.settle_batch(batch, second, NOW, due_at=NOW + HOUR)
    else:
        with pytest.raises(StoreError, match=f"is {now.value} and can't"):
            store.settle_batch(batch, second, NOW, due_at=NOW + HOUR)


def test_deferred_batch_waits_and_counts_an_attempt(store: SqlStore) -> None:
    """It is taken again when due, before what never was tried."""
    send_id = _post(store)
    batch = _start(store, send_id, 2)
    store.settle_batch(batch, BatchState.DEFERRED, NOW, "421", NOW + HOUR)

    early = store.take(send_id, 100, NOW + HOUR - timedelta(microseconds=1))
    due = store.take(send_id, 3, NOW + HOUR)
    state = _state(store, send_id)
    store.start_batch(due, NOW + HOUR, "off")

    assert len(early) == 10
    assert [one.attempts for one in due] == [1, 1, 0]
    assert (state.deferred, state.next_due_at) == (2, NOW + HOUR)
    assert (_state(store, send_id).deferred, _state(store, send_id).ready) == (0, 9)


def test_deferring_needs_a_time(store: SqlStore) -> None:
    """Without one it would wait for ever."""
    batch = _start(store, _post(store), 2)

    with pytest.raises(StoreError, match="until when"):
        store.settle_batch(batch, BatchState.DEFERRED, NOW)


def test_single_recipients_are_refused_and_deferred(store: SqlStore) -> None:
    """The others get their mail."""
    send_id = _post(store)
    taken = store.take(send_id, 3, NOW)

    store.refuse(taken[:1], [UNKNOWN_USER])
    store.defer(taken[1:2], NOW + HOUR, "450 greylisted")
    store.defer(taken[1:2], NOW + 2 * HOUR, "450 greylisted")

    state = _state(store, send_id)
    assert store.refusals(send_id) == ((taken[0].address, str(UNKNOWN_USER)),)
    assert (state.ready, state.deferred, state.refused) == (10, 1, 1)
    assert state.next_due_at == NOW + 2 * HOUR
    (due,) = store.take(send_id, 1, NOW + 2 * HOUR)
    assert (due.seq, due.attempts) == (taken[1].seq, 2)


def test_usage_counts_the_rider_and_not_what_returned(store: SqlStore) -> None:
    """The provider counts recipients of what it took, our own copy too."""
    send_id = _post(store)
    _start(store, send_id, 3, "self")
    back = _start(store, send_id, 3)
    sent = _start(store, send_id, 2)
    store.settle_batch(back, BatchState.READY, NOW)
    store.settle_batch(sent, BatchState.SENT, NOW)

    assert store.usage(NOW) == (Usage(NOW, 4), Usage(NOW, 2))
    assert store.usage(NOW + HOUR) == ()


def test_witness_is_noted(store: SqlStore) -> None:
    """Whether it comes before or after the doubt."""
    batch = _start(store, _post(store), 3, "self")
    store.mark_witness(batch)
    store.settle_batch(batch, BatchState.DOUBTFUL, NOW)

    assert [one.witnessed for one in store.doubtful()] == [True]
    store.mark_witness(999)


def test_late_witness_still_prevents_a_second_mail(store: SqlStore) -> None:
    """It proves acceptance; who was taken again meanwhile stays where they are."""
    send_id = _post(store)
    batch = _start(store, send_id, 3, "self")
    store.settle_batch(batch, BatchState.DOUBTFUL, NOW)
    store.settle_batch(batch, BatchState.READY, NOW)
    again = store.start_batch(store.take(send_id, 1, NOW), NOW, "self")

    store.mark_witness(batch)

    state = _state(store, send_id)
    assert (state.accepted, state.in_flight, state.ready) == (2, 1, 9)
    store.settle_batch(again, BatchState.SENT, NOW)
    assert _state(store, send_id).accepted == 3
    assert len(store.usage(NOW)) == 2
