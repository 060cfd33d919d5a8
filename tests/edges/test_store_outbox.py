"""The store: what is put into the outbox, paused, given up, counted."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.address import Address
from bot.model import (
    BatchState,
    MemberState,
    Outgoing,
    Priority,
    Profile,
    Reach,
    RequestKind,
    SendState,
    SmtpReply,
)
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


# ------------------------------------------------------------------- enqueueing


def test_post_goes_to_each_active_person_once(store: SqlStore) -> None:
    """On two lists or one; who is suspended everywhere gets nothing."""
    store.enrol(PEOPLE[0], "", "talkers", "", NOW)
    store.enrol(PEOPLE[1], "", "talkers", "", NOW)
    store.enrol(OWNER, "", "talkers", "", NOW)
    store.set_member_state(PEOPLE[1], "readers", MemberState.SUSPENDED)
    store.set_member_state(PEOPLE[2], "readers", MemberState.SUSPENDED)

    send_id = _post(store, "readers", "talkers")

    taken = store.take(send_id, 100, NOW)
    expected = {*PEOPLE, OWNER} - {PEOPLE[2]}
    assert Counter(one.address for one in taken) == Counter(expected)
    assert _state(store, send_id).ready == len(expected)


def test_second_list_gets_only_who_had_not_this_post(store: SqlStore) -> None:
    """The same mail to two lists arrives as two posts."""
    _post(store)
    store.enrol(PEOPLE[0], "", "talkers", "", NOW)
    store.enrol(OWNER, "", "talkers", "", NOW)

    same, other = _post(store, "talkers"), _post(store, "talkers", fingerprint="g")

    assert [one.address for one in store.take(same, 9, NOW)] == [OWNER]
    assert _state(store, other).recipients == 2


def test_cancelled_post_may_come_again(store: SqlStore) -> None:
    """Nobody had it, so nobody is left out."""
    store.cancel_send(_post(store), NOW)

    assert _state(store, _post(store)).recipients == len(PEOPLE)


def test_mails_without_fingerprint_are_never_the_same(store: SqlStore) -> None:
    """An empty fingerprint means that nothing is known."""
    _post(store, fingerprint="")

    assert _state(store, _post(store, fingerprint="")).recipients == len(PEOPLE)


def test_batches_mix_domains(tmp_path: Path) -> None:
    """A provider that gets 50 mails at once takes us for a spammer."""
    store = open_store("", tmp_path)
    rows = (Profile(Address(f"p{i:03}", f"d{i // 100}.example")) for i in range(500))
    store.enrol_many(rows, "readers", "", NOW)
    send_id = _post(store)

    domains = Counter(one.address.domain for one in store.take(send_id, 50, NOW))

    store.close()
    assert len(domains) == 5
    assert max(domains.values()) < 25


def test_enqueue_merges_equal_addresses(store: SqlStore) -> None:
    """The admins of the file may be named twice."""
    send_id = store.enqueue(MAIL, [OWNER, PEOPLE[0], OWNER], NOW)

    (send,) = store.sends(unfinished=True)
    assert [one.address for one in store.take(send_id, 9, NOW)] == [OWNER, PEOPLE[0]]
    assert (send.id, send.recipients, send.sender) == (send_id, 2, OWNER)
    assert (send.subject, send.priority, send.sha256) == ("Hello", 1, MAIL.sha256)


def test_sends_have_short_references_of_their_own(store: SqlStore) -> None:
    """People type them; the interactive mail stands first."""
    for priority in (Priority.DIGEST, Priority.INTERACTIVE, Priority.POST):
        mail = Outgoing("a" * 64, 1, "reply", priority, "s")
        store.enqueue(mail, [OWNER], NOW)

    sends = store.sends(unfinished=True)

    assert [one.priority for one in sends] == sorted(one.priority for one in sends)
    assert len({one.ref for one in sends}) == 3
    assert all(len(one.ref) == 6 and one.ref.isalnum() for one in sends)


def test_old_sends_are_not_listed(store: SqlStore) -> None:
    """The list for people is of the last 30 days; what is unfinished always shows."""
    ages = [
        store.enqueue(MAIL, to, NOW - timedelta(days=days))
        for to, days in (([], 31), ([OWNER], 31), ([], 29), ([OWNER], 0))
    ]
    store.finish_sends(NOW)

    assert [one.id for one in store.sends(unfinished=False)] == ages[1:]


# --------------------------------------------------------- pausing, giving up


def test_paused_sends_give_nothing(store: SqlStore) -> None:
    """One, or everything; and go on where they were."""
    send_id = _post(store)
    store.pause_sends(send_id, paused=True)
    one = (store.take(send_id, 1, NOW), _state(store, send_id).paused)
    store.pause_sends(send_id, paused=False)
    store.pause_sends(None, paused=True)
    everything = (store.take(send_id, 1, NOW), store.everything_paused())
    store.pause_sends(None, paused=False)

    assert one == everything == ((), True)
    assert len(store.take(send_id, 1, NOW)) == 1
    assert not store.everything_paused()


def test_cancelled_send_keeps_what_left(store: SqlStore) -> None:
    """What is in flight and comes back is cancelled then, not sent."""
    send_id = _post(store)
    sent, back = _start(store, send_id, 3), _start(store, send_id, 3)
    store.defer(store.take(send_id, 1, NOW), NOW + HOUR, "later")

    cancelled = store.cancel_send(send_id, NOW)
    store.settle_batch(sent, BatchState.SENT, NOW)
    store.settle_batch(back, BatchState.READY, NOW)

    (done,) = store.finish_sends(NOW)
    assert cancelled == 6
    assert (done.accepted, done.cancelled, done.recipients) == (3, 9, 12)


def test_failed_send_gives_up_the_rest_and_blames_nobody(store: SqlStore) -> None:
    """The content was refused, not the people."""
    send_id = _post(store)
    back = _start(store, send_id, 3)

    store.fail_send(send_id, "554 spam", NOW)
    store.settle_batch(back, BatchState.DEFERRED, NOW, "", NOW + HOUR)

    (done,) = store.finish_sends(NOW)
    assert (done.refused, done.recipients, store.refusals(send_id)) == (12, 12, ())


def test_refusal_after_cancelling_changes_nothing(store: SqlStore) -> None:
    """The other thread may cancel while the server is asked."""
    send_id = _post(store)
    taken = store.take(send_id, 2, NOW)
    store.cancel_send(send_id, NOW)

    store.refuse(taken[:1], [UNKNOWN_USER])
    store.defer(taken[1:], NOW, "later")

    assert _state(store, send_id).cancelled == 12


# --------------------------------------------------------------- for the house


def test_spool_files_are_needed_until_all_is_done(store: SqlStore) -> None:
    """A file that goes too early is a mail lost."""
    store.record_arrival(1, 1, "b" * 64, 1, NOW, header_only=False)
    request = store.open_request(
        RequestKind.PREVIEW,
        "ref",
        "token",
        "readers",
        OWNER,
        expires_at=NOW,
        facts={"sha256": "c" * 64, "name": "x"},
        now=NOW,
    )
    send_id = store.enqueue(MAIL, [OWNER], NOW)
    needed = store.needed_spool(NOW + timedelta(hours=2))

    (intake,) = store.pending_intake()
    store.decide_intake(intake.id, "post", "r", "Done", "")
    store.mark_filed(intake.id)
    store.settle_request(request, "ok", OWNER, NOW)
    store.cancel_send(send_id, NOW)
    store.finish_sends(NOW)

    assert needed == {"a" * 64, "b" * 64, "c" * 64}
    assert store.needed_spool(NOW + timedelta(hours=2)) == frozenset()


def test_counts_are_by_list_and_for_the_outbox(store: SqlStore) -> None:
    """`status` shows them."""
    store.set_member_state(PEOPLE[0], "readers", MemberState.SUSPENDED)
    send_id = _post(store)
    _start(store, send_id, 2)

    counts = store.counts()

    assert counts["readers"] == {
        "members": 12,
        "active": 11,
        "suspended": 1,
        "paused": 0,
        "held": 0,
    }
    assert counts["outbox"]["sending"] == 2
    assert counts["outbox"]["ready"] == 9
