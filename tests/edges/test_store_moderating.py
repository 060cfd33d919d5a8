"""The store: what moderators decided about people, and taking an answer back."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.address import Address
from bot.errors import StoreConflictError
from bot.model import (
    Absence,
    BatchState,
    Mark,
    Outgoing,
    Priority,
    Profile,
    Reach,
    RequestKind,
)
from bot.store import SqlStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNE = Address("Anne", "example.org")
HOME = Address("anne", "home.example")
PAUL = Address("paul", "example.org")
ZOE = Address("zoe", "example.org")
POST = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers")


def _ask(store: SqlStore, who: Address, ref: str = "k7fm22", **facts: str) -> int:
    return store.open_request(
        RequestKind.MODERATION,
        ref,
        f"{ref} {who}",
        "readers",
        who,
        expires_at=NOW + HOUR,
        facts=facts,
        now=NOW,
    )


def _send(store: SqlStore) -> int:
    """Post to two readers."""
    store.enrol_many([Profile(ANNE), Profile(ZOE)], "readers", "test", NOW)
    store.note_post("readers", "f", "<1@x>", "a" * 64, PAUL, NOW)
    return store.enqueue_to_lists(POST, [Reach("readers")], "f", NOW)


# --------------------------------------------------------------------------- marks


def test_a_mark_is_of_one_list_and_the_last_word_counts(store: SqlStore) -> None:
    """Trusted here is not trusted there."""
    store.mark("readers", ANNE, Mark.BANNED, str(PAUL), NOW)
    store.mark("readers", Address("ANNE", "example.org"), Mark.TRUSTED, str(ZOE), NOW)
    store.mark("talkers", PAUL, Mark.BANNED, str(ZOE), NOW)

    assert store.marks_of([ANNE]) == {"readers": Mark.TRUSTED}
    assert [(mark, by) for _, mark, by in store.marked("readers")] == [
        (Mark.TRUSTED, str(ZOE))
    ]
    assert store.unmark("readers", ANNE)
    assert not store.unmark("readers", ANNE)
    assert store.marks_of([ANNE]) == {}


@pytest.mark.parametrize("first", [Mark.BANNED, Mark.TRUSTED])
def test_a_ban_of_any_address_wins(store: SqlStore, first: Mark) -> None:
    """Another address opens no door."""
    second = Mark.TRUSTED if first is Mark.BANNED else Mark.BANNED
    store.mark("readers", ANNE, first, "", NOW)
    store.mark("readers", HOME, second, "", NOW)

    assert store.marks_of([HOME, ANNE]) == {"readers": Mark.BANNED}


def test_marks_follow_a_change_of_address(store: SqlStore) -> None:
    """What moderators decided is about the person."""
    store.mark("readers", ANNE, Mark.TRUSTED, str(PAUL), NOW)

    store.mark("talkers", ANNE, Mark.BANNED, str(PAUL), NOW)
    store.mark("board", ANNE, Mark.BANNED, str(PAUL), NOW)
    store.mark("board", HOME, Mark.TRUSTED, str(PAUL), NOW)

    store.move_marks(ANNE, HOME, ["readers", "board"])

    assert store.marks_of([ANNE]) == {"talkers": Mark.BANNED}
    assert store.marks_of([HOME])["board"] is Mark.BANNED
    assert store.unmark("board", HOME)
    assert store.marks_of([HOME]) == {"readers": Mark.TRUSTED}


# ------------------------------------------------------------------------ absences


def test_absences_end_with_their_time_or_with_a_mail(store: SqlStore) -> None:
    """Whoever is away is not forgotten for ever."""
    store.note_absence(PAUL, Absence.AWAY, NOW + HOUR)
    store.note_absence(ZOE, Absence.AWAY, NOW + HOUR)
    store.note_absence(ZOE, Absence.BOUNCES, NOW + 2 * HOUR)

    now = store.absences(NOW)
    later = store.absences(NOW + HOUR)
    store.end_absence(ZOE)

    assert now == {PAUL.key: Absence.AWAY, ZOE.key: Absence.BOUNCES}
    assert later == {ZOE.key: Absence.BOUNCES}
    assert store.absences(NOW) == {PAUL.key: Absence.AWAY}


# ------------------------------------------------------------------------- posts


def test_posts_are_counted_by_all_addresses_of_their_author(store: SqlStore) -> None:
    """A member who writes from home is no newcomer."""
    for number, author in enumerate((ANNE, HOME, PAUL)):
        store.note_post("readers", f"f{number}", f"<{number}@x>", "a", author, NOW)
    store.note_post("talkers", "f0", "<0@x>", "a", ANNE, NOW)

    assert store.posted_by([ANNE, HOME]) == {"readers": 2, "talkers": 1}
    assert store.posted_by([]) == {}


def test_a_post_of_which_nothing_left_is_as_if_it_never_was(store: SqlStore) -> None:
    """It can be approved again, and reaches everybody then, once."""
    first = _send(store)

    store.unpost("readers", "f")
    again = store.note_post("readers", "f", "<1@x>", "a" * 64, PAUL, NOW)
    second = store.enqueue_to_lists(POST, [Reach("readers")], "f", NOW)

    assert again
    assert store.take(first, 9, NOW) == ()
    assert len(store.take(second, 9, NOW)) == 2
    found = store.send_of("readers", "f")
    assert found is not None
    assert (found.id, found.ready) == (second, 2)


@pytest.mark.parametrize(
    "state", [BatchState.SENDING, BatchState.DOUBTFUL, BatchState.SENT]
)
def test_what_is_on_its_way_cannot_be_taken_back(
    store: SqlStore, state: BatchState
) -> None:
    """Somebody may have it, and must not get it twice."""
    send_id = _send(store)
    (one, _) = store.take(send_id, 2, NOW)
    batch = store.start_batch([one], NOW, "off")
    if state is not BatchState.SENDING:
        store.settle_batch(batch, state, NOW)

    with pytest.raises(StoreConflictError):
        store.unpost("readers", "f")

    assert len(store.take(send_id, 9, NOW)) == 1
    assert not store.note_post("readers", "f", "<1@x>", "a" * 64, PAUL, NOW)


def test_what_a_digest_has_cannot_be_taken_back(store: SqlStore) -> None:
    """Whoever takes digests would get it again in the next one."""
    digest = Outgoing("d" * 64, 1000, "digest", Priority.POST, "Today", "readers")
    store.enqueue_to_lists(digest, [Reach("readers")], "digest 1", NOW - HOUR)
    _send(store)
    before = store.digested("readers", NOW)
    store.enqueue_to_lists(digest, [Reach("readers")], "digest 2", NOW + HOUR)

    with pytest.raises(StoreConflictError):
        store.unpost("readers", "f")

    assert not before
    assert store.digested("readers", NOW)
    assert not store.digested("talkers", NOW)


def test_an_answer_that_is_taken_back_asks_everybody_again(store: SqlStore) -> None:
    """With time enough to answer, and the post still there."""
    first, _ = _ask(store, PAUL, sha256="b" * 64), _ask(store, ZOE, sha256="b" * 64)
    store.settle_request(first, "approve", PAUL, NOW)
    kept = store.needed_spool(NOW + timedelta(minutes=10))
    gone = store.needed_spool(NOW + 2 * HOUR)

    assert store.reopen_requests("k7fm22", NOW + 3 * HOUR)
    assert not store.reopen_requests("k7fm22", NOW + 3 * HOUR)
    assert {one.address for one in store.requests()} == {PAUL, ZOE}
    assert {one.expires_at for one in store.requests()} == {NOW + 3 * HOUR}
    assert {one.verdict for one in store.requests()} == {""}
    assert "b" * 64 in kept
    assert "b" * 64 not in gone


def test_matters_are_what_waits_once_each_and_what_was_asked_for(
    store: SqlStore,
) -> None:
    """`en attente` shows each post once; a reference finds what was decided, too."""
    for who in (PAUL, ZOE):
        _ask(store, who)
        _ask(store, who, "b4xx92")
    (one, two) = store.matters()
    store.settle_request(one.id, "reject", ZOE, NOW)

    assert [one.ref, two.ref] == ["k7fm22", "b4xx92"]
    assert [found.ref for found in store.matters()] == ["b4xx92"]
    assert {found.ref: found.verdict for found in store.matters(["k7fm22"])} == {
        "b4xx92": "",
        "k7fm22": "reject",
    }


def test_a_reminder_is_noted_for_one_of_those_asked(store: SqlStore) -> None:
    """The others have reminders of their own."""
    _ask(store, PAUL)
    _ask(store, ZOE)

    store.mark_reminded("k7fm22", NOW, ZOE)

    found = {one.address: one.reminded_at for one in store.requests()}
    assert found == {PAUL: None, ZOE: NOW}


def test_authors_are_told_once_a_day(store: SqlStore) -> None:
    """Told means: asked whether they would withdraw it."""
    store.open_request(
        RequestKind.HELD,
        "k7fm22",
        "t",
        "readers",
        ANNE,
        expires_at=NOW + HOUR,
        facts={},
        now=NOW,
    )

    assert store.told_of_hold(Address("ANNE", "example.org"), NOW - HOUR)
    assert not store.told_of_hold(ANNE, NOW)
    assert not store.told_of_hold(PAUL, NOW - HOUR)
