"""The store: what the provider accepted and then sent back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.address import Address
from bot.errors import StoreConflictError
from bot.model import BatchState, Outgoing, Priority, Profile, Reach, SendState, Usage
from bot.sending.batches import retry_at
from bot.store import SqlStore
from bot.store.returns import RETURNS_MAX
from tests.stores import new_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PEOPLE = tuple(Address(f"p{i}", f"d{i}.example") for i in range(6))
OWNER = Address("owner", "example.org")
MAIL = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers", OWNER)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A store with six readers, closed at the end."""
    opened = new_store(tmp_path)
    opened.enrol_many(map(Profile, PEOPLE), "readers", "import", NOW)
    yield opened
    opened.close()


def _state(store: SqlStore, send_id: int) -> SendState:
    return next(one for one in store.sends(unfinished=False) if one.id == send_id)


def _start(store: SqlStore, count: int = 6, witness: str = "off") -> tuple[int, int]:
    reach = [Reach("readers")]
    send_id = store.enqueue_to_lists(MAIL, reach, "f", NOW)
    return send_id, store.start_batch(store.take(send_id, count, NOW), NOW, witness)


def _sent(store: SqlStore, count: int = 6) -> tuple[int, int]:
    send_id, batch_id = _start(store, count)
    store.settle_batch(batch_id, BatchState.SENT, NOW)
    store.finish_sends(NOW)
    return send_id, batch_id


def _figures(send: SendState) -> tuple[int, ...]:
    return send.accepted, send.deferred, send.ready, send.cancelled, send.refused


def test_those_named_wait_again_and_the_others_stay_served(store: SqlStore) -> None:
    """A finished send goes on; the batch still counts towards the quota."""
    send_id, batch_id = _sent(store)
    named = (PEOPLE[1], Address("P4", "d4.example"), Address("who", "x.example"))

    found = store.take_back(batch_id, named, NOW + HOUR, NOW)

    send = _state(store, send_id)
    assert found is not None
    assert (found.moved, found.reopened, found.sender) == (2, True, OWNER)
    assert _figures(send) == (4, 2, 0, 0, 0)
    assert send.finished_at is None
    assert send.next_due_at == NOW + HOUR
    assert store.usage(NOW - HOUR) == (Usage(NOW, 6),)
    assert store.take(send_id, 6, NOW) == ()
    due = store.take(send_id, 6, NOW + HOUR)
    assert {one.address for one in due} == {PEOPLE[1], PEOPLE[4]}
    assert {one.attempts for one in due} == {1}


def test_a_report_that_comes_twice_moves_nobody_twice(store: SqlStore) -> None:
    """Not while they wait, nor after they were served in another batch."""
    send_id, batch_id = _sent(store)
    store.take_back(batch_id, PEOPLE[:2], NOW, NOW)

    waiting = store.take_back(batch_id, PEOPLE[:2], NOW, NOW)
    again = store.start_batch(store.take(send_id, 6, NOW), NOW, "off")
    store.settle_batch(again, BatchState.SENT, NOW)
    (finished,) = store.finish_sends(NOW)
    served = store.take_back(batch_id, PEOPLE[:2], NOW, NOW)

    assert waiting is not None
    assert served is not None
    assert (waiting.moved, served.moved) == (0, 0)
    assert (finished.accepted, finished.recipients) == (6, 6)
    assert store.sends(unfinished=True) == ()


def test_a_second_refusal_takes_back_the_second_batch(store: SqlStore) -> None:
    """A report about the batch that they were sent again in is another matter."""
    send_id, batch_id = _sent(store)
    store.take_back(batch_id, PEOPLE[:2], NOW, NOW)
    again = store.start_batch(store.take(send_id, 6, NOW), NOW, "off")
    store.settle_batch(again, BatchState.SENT, NOW)

    found = store.take_back(again, PEOPLE, NOW + HOUR, NOW)

    assert found is not None
    assert found.moved == 2
    assert not found.reopened
    assert _figures(_state(store, send_id)) == (4, 2, 0, 0, 0)


def test_who_comes_back_every_day_is_given_up(store: SqlStore) -> None:
    """Six returns are borne, as six refusals are; the seventh ends it, and is told."""
    send_id, batch_id = _sent(store)
    moved = []
    for _ in range(RETURNS_MAX):
        found = store.take_back(batch_id, PEOPLE[:1], NOW, NOW, "550 over quota")
        moved.append(found.moved if found else None)
        again = store.take(send_id, 6, NOW)
        batch_id = store.start_batch(again, NOW, "off")
        store.settle_batch(batch_id, BatchState.SENT, NOW)
        store.finish_sends(NOW)

    last = store.take_back(batch_id, PEOPLE[:2], NOW, NOW, "550 over quota")

    assert moved == [1] * RETURNS_MAX
    assert retry_at(RETURNS_MAX, NOW, 0) is not None
    assert retry_at(RETURNS_MAX + 1, NOW, 0) is None
    assert last is not None
    assert (last.moved, last.reopened) == (0, False)
    assert _figures(_state(store, send_id)) == (5, 0, 0, 0, 1)
    assert store.refusals(send_id) == ((PEOPLE[0], "550 over quota"),)
    (told,) = store.finish_sends(NOW)
    assert (told.id, told.refused) == (send_id, 1)


def test_only_people_of_the_named_batch_are_moved(store: SqlStore) -> None:
    """Whoever has the mark of one batch can't make us repeat another."""
    send_id, first = _start(store, 3)
    named = {one.address for one in store.take(send_id, 6, NOW)}
    store.settle_batch(first, BatchState.SENT, NOW)
    second = store.start_batch(store.take(send_id, 6, NOW), NOW, "off")
    store.settle_batch(second, BatchState.SENT, NOW)

    found = store.take_back(first, sorted(named), NOW, NOW)

    assert found is not None
    assert found.moved == 0
    assert _figures(_state(store, send_id)) == (6, 0, 0, 0, 0)


def test_a_stopped_send_is_not_sent_again(store: SqlStore) -> None:
    """It was cancelled after the batch left: those who did not get it won't."""
    send_id, batch_id = _start(store, 4)
    store.settle_batch(batch_id, BatchState.SENT, NOW)
    store.cancel_send(send_id, NOW)
    store.finish_sends(NOW)

    found = store.take_back(batch_id, PEOPLE, NOW, NOW)

    assert found is not None
    assert (found.moved, found.reopened) == (4, False)
    assert _figures(_state(store, send_id)) == (0, 0, 0, 6, 0)
    assert store.sends(unfinished=True) == ()


def test_people_who_left_are_left_alone(store: SqlStore) -> None:
    """Somebody who unsubscribed meanwhile doesn't get the mail after all."""
    send_id, batch_id = _sent(store)
    store.unenrol(PEOPLE[0], "readers")
    store.erase(PEOPLE[1], NOW)

    found = store.take_back(batch_id, PEOPLE[:3], NOW, NOW)

    assert found is not None
    assert found.moved == 1
    assert [one.address for one in store.take(send_id, 6, NOW)] == [PEOPLE[2]]


@pytest.mark.parametrize("doubt", [BatchState.DOUBTFUL, BatchState.READY])
def test_a_report_settles_the_doubt_about_its_batch(
    store: SqlStore, doubt: BatchState
) -> None:
    """What came back was accepted: the rest of the batch isn't sent again."""
    send_id, batch_id = _start(store, witness="self")
    store.settle_batch(batch_id, doubt, NOW)

    store.take_back(batch_id, PEOPLE[:2], NOW + HOUR, NOW)

    assert store.doubtful() == ()
    assert _figures(_state(store, send_id)) == (4, 2, 0, 0, 0)


def test_a_report_that_overtakes_the_reply_is_read_again_later(
    store: SqlStore,
) -> None:
    """Nothing may change the batch under the hands of the sender."""
    send_id, batch_id = _start(store)

    with pytest.raises(StoreConflictError):
        store.take_back(batch_id, PEOPLE, NOW, NOW)

    assert _state(store, send_id).in_flight == 6


def test_old_and_unknown_batches_are_nobodys(store: SqlStore) -> None:
    """After three days the post is no longer kept, and no report is about a limit."""
    _, batch_id = _sent(store)
    letter = replace(MAIL, kind="reply", list_name="")
    send_id = store.enqueue(letter, [OWNER], NOW)
    reply = store.start_batch(store.take(send_id, 1, NOW), NOW, "off")
    store.settle_batch(reply, BatchState.SENT, NOW)

    assert store.take_back(4711, PEOPLE, NOW, NOW) is None
    assert store.take_back(batch_id, PEOPLE, NOW, NOW + 73 * HOUR) is None
    assert store.take_back(batch_id, PEOPLE, NOW, NOW + 71 * HOUR) is not None
    assert store.take_back(reply, [OWNER], NOW, NOW + 6 * HOUR) is None
    assert store.take_back(reply, [OWNER], NOW, NOW + 4 * HOUR) is not None


def test_a_post_is_kept_while_it_may_come_back(store: SqlStore) -> None:
    """Its file is needed again when a finished send goes on."""
    _sent(store)
    letter = replace(MAIL, sha256="b" * 64, kind="reply", list_name="")
    send_id = store.enqueue(letter, [OWNER], NOW)
    batch = store.start_batch(store.take(send_id, 1, NOW), NOW, "off")
    store.settle_batch(batch, BatchState.SENT, NOW)
    store.finish_sends(NOW)

    assert store.needed_spool(NOW + 4 * HOUR) == {MAIL.sha256, letter.sha256}
    assert store.needed_spool(NOW + 71 * HOUR) == {MAIL.sha256}
    assert store.needed_spool(NOW + 73 * HOUR) == frozenset()
