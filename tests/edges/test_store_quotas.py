"""The quotas in the store: what was learnt, what was taken."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.address import Address
from bot.model import BatchState, HandSent, Learnt, Outgoing, Priority, Usage
from bot.store import SqlStore
from tests.stores import new_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAIL = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A new store, closed at the end."""
    opened = new_store(tmp_path / "store")
    yield opened
    opened.close()


def test_limits_are_learnt_with_the_providers_words(store: SqlStore) -> None:
    """`limits` shows why a limit is what it is; the newest one holds."""
    store.learn("recipients_per_hour", "300", "450 slow down", NOW - HOUR)
    store.learn("recipients_per_hour", "200", "450 slower", NOW)

    assert store.learnt() == {"recipients_per_hour": "200"}
    assert store.learnt_details() == (
        Learnt("recipients_per_hour", "200", "450 slower", NOW),
    )
    assert store.unlearn("recipients_per_hour")
    assert not store.unlearn("recipients_per_hour")
    assert store.learnt() == {}


def test_mail_sent_by_hand_uses_up_the_quota_once(store: SqlStore) -> None:
    """A poll that sees the Sent folder again counts nothing again."""
    mails = [HandSent(7, NOW - HOUR, 12), HandSent(8, NOW, 1)]

    for _ in range(2):
        store.note_hand_sent(1, mails, NOW)

    assert store.usage(NOW - 2 * HOUR) == (Usage(NOW - HOUR, 12), Usage(NOW, 1))
    assert store.usage(NOW) == (Usage(NOW, 1),)


def test_a_clock_that_was_ahead_holds_nothing_up_for_years(store: SqlStore) -> None:
    """Machines without a battery start in any year, until they are told."""
    future = NOW + timedelta(days=900)
    send_id = store.enqueue(MAIL, [Address("anne", "example.org")], future)
    batch_id = store.start_batch(store.take(send_id, 1, future), future, "off")
    store.settle_batch(batch_id, BatchState.SENT, future)
    store.note_hand_sent(1, [HandSent(7, future, 12)], future)

    healed = store.heal_clock(NOW)

    assert healed == 3
    assert store.usage(NOW - HOUR) == (Usage(NOW, 1), Usage(NOW, 12))
    assert store.heal_clock(NOW + HOUR) == 0


def test_a_renumbered_sent_folder_is_not_counted_twice(store: SqlStore) -> None:
    """With another UIDVALIDITY the same mails have other numbers."""
    store.note_hand_sent(1, [HandSent(7, NOW - HOUR, 12), HandSent(8, NOW, 1)], NOW)

    store.note_hand_sent(2, [HandSent(1, NOW - HOUR, 12), HandSent(2, NOW, 1)], NOW)

    assert store.usage(NOW - 2 * HOUR) == (Usage(NOW - HOUR, 12), Usage(NOW, 1))


def test_mail_from_the_future_counts_now(store: SqlStore) -> None:
    """A mail client may state any date when it files its copy."""
    store.note_hand_sent(1, [HandSent(7, NOW + 9 * HOUR, 12)], NOW)

    assert store.usage(NOW - HOUR) == (Usage(NOW, 12),)


def test_what_was_in_doubt_counts_whatever_became_of_it(store: SqlStore) -> None:
    """The provider may have counted it, though we send it again."""
    people = [Address(f"p{number}", "example.org") for number in range(4)]
    send_id = store.enqueue(MAIL, people, NOW)
    lost = store.start_batch(store.take(send_id, 2, NOW), NOW, "self")
    store.settle_batch(lost, BatchState.DOUBTFUL, NOW)
    store.settle_batch(lost, BatchState.READY, NOW)
    unwitnessed = store.start_batch(store.take(send_id, 1, NOW), NOW, "off")
    store.settle_batch(
        unwitnessed, BatchState.DEFERRED, NOW, "cut", NOW + HOUR, doubted=True
    )
    refused = store.start_batch(store.take(send_id, 1, NOW), NOW, "off")
    store.settle_batch(refused, BatchState.DEFERRED, NOW, "451", NOW + HOUR)

    assert [one.recipients for one in store.usage(NOW - HOUR)] == [3, 1]


def test_a_batch_counts_until_a_day_after_its_last_word(store: SqlStore) -> None:
    """The provider may have counted it as late as that."""
    send_id = store.enqueue(MAIL, [Address("anne", "example.org")], NOW)
    batch = store.start_batch(store.take(send_id, 1, NOW), NOW, "off")
    store.settle_batch(batch, BatchState.SENT, NOW + timedelta(minutes=5))

    assert store.usage(NOW + timedelta(minutes=5)) != ()
    assert store.usage(NOW + timedelta(minutes=6)) == ()
