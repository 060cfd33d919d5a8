"""The store: what came back, who is suspended, whose count ends."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.address import Address
from bot.model import (
    BatchState,
    BounceEvent,
    BounceState,
    MemberState,
    Outgoing,
    Person,
    Priority,
    Profile,
    Reach,
    Returned,
)
from bot.store import SqlStore
from tests.stores import new_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PEOPLE = tuple(Address(f"p{i}", f"d{i}.example") for i in range(4))
OWNER = Address("owner", "example.org")
MAIL = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers", OWNER)
REACH = (Reach("readers"),)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A store with four readers, closed at the end."""
    opened = new_store(tmp_path)
    opened.enrol_many(map(Profile, PEOPLE), "readers", "import", NOW)
    yield opened
    opened.close()


def _person(store: SqlStore, address: Address) -> int:
    person = store.find_person(address)
    assert person is not None
    return person.id


def _anne(store: SqlStore) -> Person:
    person = store.find_person(PEOPLE[0])
    assert person is not None
    return person


def _post(store: SqlStore, at: datetime) -> int:
    """Send a post to all readers; give the id of its batch."""
    send_id = store.enqueue_to_lists(MAIL, REACH, f"f{at}", at)
    batch_id = store.start_batch(store.take(send_id, 9, at), at, "off")
    store.settle_batch(batch_id, BatchState.SENT, at)
    store.finish_sends(at)
    return batch_id


def _event(
    address: Address, kind: str = "hard", reason: str = "unknown-user"
) -> BounceEvent:
    return BounceEvent(address, kind, "5.1.1", reason, "550 5.1.1 no such user")


def _note(
    store: SqlStore, report: str, event: BounceEvent, batch_id: int, at: datetime
) -> int:
    mail = store.returned_by_batch(batch_id)
    assert mail is not None
    person = _person(store, event.address)
    return store.note_bounces(report, [(event, person, mail, event.tells)], at)


def test_a_report_counts_once_and_a_post_counts_once(store: SqlStore) -> None:
    """Reports come twice, and servers write two about one mail."""
    batch_id = _post(store, NOW)

    new = _note(store, "r1", _event(PEOPLE[0]), batch_id, NOW)
    again = _note(store, "r1", _event(PEOPLE[0]), batch_id, NOW + DAY)
    other = _note(store, "r2", _event(PEOPLE[0]), batch_id, NOW)

    (one,) = store.bouncing()
    assert (new, again, other) == (1, 0, 1)
    assert (one.address, one.dead, one.full, one.posts) == (PEOPLE[0], 1, 0, 1)
    assert (one.reason, one.lists) == ("unknown-user", ("readers",))
    assert store.count_bouncing() == (1, 0)


def test_the_worst_that_a_post_met_counts(store: SqlStore) -> None:
    """A full mailbox in one report and a dead one in another is dead."""
    batch_id = _post(store, NOW)

    _note(store, "r1", _event(PEOPLE[0]), batch_id, NOW)
    _note(store, "r2", _event(PEOPLE[0], "soft", "mailbox-full"), batch_id, NOW)

    (one,) = store.bouncing()
    assert (one.dead, one.full) == (1, 0)


def test_refusals_by_rule_and_warnings_count_nothing(store: SqlStore) -> None:
    """They are not the person's fault."""
    batch_id = _post(store, NOW)

    _note(store, "r1", _event(PEOPLE[0], "soft", "policy"), batch_id, NOW)
    _note(store, "r2", _event(PEOPLE[1], "delay", "temporary"), batch_id, NOW)
    _note(store, "r3", _event(PEOPLE[2], "soft", "too-big"), batch_id, NOW)

    assert store.bouncing() == ()
    send_id = store.sends(unfinished=False)[0].id
    assert [one for one, _ in store.refused_by_rule(send_id)] == [PEOPLE[0]]


def test_a_post_that_nothing_came_back_of_ends_the_count(store: SqlStore) -> None:
    """After 72 hours, and only what was met before that post."""
    first = _post(store, NOW)
    _note(store, "r1", _event(PEOPLE[0]), first, NOW)
    _note(store, "r2", _event(PEOPLE[1]), first, NOW)
    second = _post(store, NOW + DAY)
    _note(store, "r3", _event(PEOPLE[1]), second, NOW + DAY)

    before = store.judge_silence(NOW + 4 * DAY - timedelta(seconds=1))
    after = store.judge_silence(NOW + 4 * DAY)
    never_again = store.judge_silence(NOW + 9 * DAY)

    assert (before, after, never_again) == (0, 1, 0)
    assert [(one.address, one.dead) for one in store.bouncing()] == [(PEOPLE[1], 2)]


def test_a_new_doubt_is_worth_a_new_probe(store: SqlStore) -> None:
    """The old one was of a trouble that is over."""
    _note(store, "r1", _event(PEOPLE[0]), _post(store, NOW), NOW)
    store.note_probe(_anne(store).id, 99, NOW)
    _post(store, NOW + DAY)
    store.judge_silence(NOW + 4 * DAY)

    later = NOW + 60 * DAY
    _note(store, "r2", _event(PEOPLE[0]), _post(store, later), later)

    assert [(one.dead, one.probes) for one in store.bouncing()] == [(1, 0)]


def test_a_silent_post_forgives_nothing_that_came_later(store: SqlStore) -> None:
    """Reports of a newer post may be there before an old one's 72 hours are over."""
    _post(store, NOW)
    second = _post(store, NOW + DAY)
    _note(store, "r1", _event(PEOPLE[0]), second, NOW + DAY)

    store.judge_silence(NOW + 3 * DAY)

    assert [one.dead for one in store.bouncing()] == [1]


def test_a_warning_only_makes_us_wait_longer(store: SqlStore) -> None:
    """Delivery goes on for days; after those the mail arrived."""
    first = _post(store, NOW)
    _note(store, "r1", _event(PEOPLE[0]), first, NOW)
    second = _post(store, NOW + DAY)
    warning = _event(PEOPLE[0], "delay", "temporary")
    _note(store, "r2", warning, second, NOW + DAY)

    store.judge_silence(NOW + 8 * DAY)
    early = [one.dead for one in store.bouncing()]
    store.judge_silence(NOW + 9 * DAY)

    assert (early, store.bouncing()) == ([1], ())


def test_a_claim_keeps_its_post_from_being_taken_for_arrived(store: SqlStore) -> None:
    """It may be true, though it proves nothing."""
    _post(store, NOW)
    person = _person(store, PEOPLE[0])
    last = store.last_post_to(_anne(store), NOW)
    store.note_bounces("r1", [(_event(PEOPLE[0]), person, last, "claimed")], NOW)

    store.judge_silence(NOW + 4 * DAY)

    assert [(one.claimed, one.dead) for one in store.bouncing()] == [(1, 0)]


def test_two_people_who_become_one_get_mail_as_one(store: SqlStore) -> None:
    """What came back from the address that gets nothing now is over."""
    dead, well = (store.find_person(one) for one in PEOPLE[:2])
    assert dead is not None
    assert well is not None
    batch_id = _post(store, NOW)
    _note(store, "r1", _event(PEOPLE[0]), batch_id, NOW)
    store.set_bounce_state([dead.id], BounceState.SUSPENDED, NOW)

    store.link_address(well, PEOPLE[0])

    assert store.bouncing() == ()
    assert store.count_recipients(REACH) == 3


def test_who_is_suspended_takes_nobody_s_mail_to_a_dead_address(
    store: SqlStore,
) -> None:
    """The lists that come along are suspended, too."""
    dead = store.find_person(PEOPLE[0])
    assert dead is not None
    store.enrol(PEOPLE[1], "", "other", "test", NOW)
    store.set_bounce_state([dead.id], BounceState.SUSPENDED, NOW)

    store.link_address(dead, PEOPLE[1])

    assert store.count_recipients([Reach("other")]) == 0


def test_what_came_back_from_an_old_address_is_erased_too(store: SqlStore) -> None:
    """It was the same person's."""
    batch_id = _post(store, NOW)
    _note(store, "r1", _event(PEOPLE[0]), batch_id, NOW)
    person = store.find_person(PEOPLE[0])
    assert person is not None
    new = Address("new", "d.example")
    store.change_address(person, new, ["readers"], NOW)

    store.erase(new, NOW)

    assert store.unlogged_bounces(9) == ()


def test_who_is_suspended_gets_nothing_until_revived(store: SqlStore) -> None:
    """They stay members, whatever else they join and whenever a pause ends."""
    store.enrol(PEOPLE[0], "", "other", "command", NOW)
    person = _person(store, PEOPLE[0])
    store.pause_member(person, "other", NOW + DAY)

    store.set_bounce_state([person], BounceState.SUSPENDED, NOW)
    store.resume_due(NOW + 2 * DAY)
    store.enrol(PEOPLE[0], "", "third", "command", NOW)

    states = [one.state for one in store.memberships_by_ids([person]) if one.person_id]
    assert states == [MemberState.SUSPENDED] * 3
    assert store.count_recipients(REACH) == 3
    assert [one.state for one in store.bouncing()] == [BounceState.SUSPENDED]

    store.revive(person, NOW + 3 * DAY)

    assert store.count_recipients(REACH) == 4
    assert store.bouncing() == ()
    assert store.count_bouncing() == (0, 0)


def test_somebody_is_found_by_any_of_their_addresses(store: SqlStore) -> None:
    """They are there, whichever they write from."""
    other = Address("other", "d.example")
    _note(store, "r1", _event(PEOPLE[0]), _post(store, NOW), NOW)
    store.link_address(_anne(store), other)

    assert [one.address for one in store.bouncing_at([other])] == [PEOPLE[0]]
    assert store.bouncing_at([PEOPLE[1]]) == ()


def test_what_was_met_before_a_revival_counts_no_more(store: SqlStore) -> None:
    """The person wrote: what is on its way back is of the past."""
    batch_id = _post(store, NOW)
    store.revive(_person(store, PEOPLE[0]), NOW + DAY)

    _note(store, "late", _event(PEOPLE[0]), batch_id, NOW + 2 * DAY)

    assert store.bouncing() == ()


def test_a_probe_that_arrives_is_known_after_72_hours(store: SqlStore) -> None:
    """And one that comes back is none that arrived."""
    ids = [_person(store, one) for one in PEOPLE[:2]]
    store.set_bounce_state(ids, BounceState.SUSPENDED, NOW)
    probes = []
    for person_id, address in zip(ids, PEOPLE, strict=False):
        mail = Outgoing("b" * 64, 10, "confirm", Priority.INTERACTIVE, "?", "readers")
        send_id = store.enqueue(mail, [address], NOW)
        store.note_probe(person_id, send_id, NOW)
        batch_id = store.start_batch(store.take(send_id, 1, NOW), NOW, "off")
        store.settle_batch(batch_id, BatchState.SENT, NOW)
        probes.append((send_id, batch_id))
    store.finish_sends(NOW)
    _note(store, "r1", _event(PEOPLE[1]), probes[1][1], NOW)

    early = store.arrived_probes(NOW + 3 * DAY - timedelta(seconds=1))
    arrived = store.arrived_probes(NOW + 3 * DAY)

    assert (early, arrived) == ((), ((ids[0], NOW),))
    assert store.is_probe(probes[0][0], ids[0])
    assert not store.is_probe(probes[0][0], ids[1])
    failed = {one.address: one.probe_failed for one in store.bouncing()}
    assert failed == {PEOPLE[0]: False, PEOPLE[1]: True}


def test_a_claim_keeps_a_probe_from_being_taken_for_arrived(store: SqlStore) -> None:
    """A server that returns nothing of our mail says no more of a probe either."""
    _post(store, NOW)
    person = _anne(store)
    mail = Outgoing("b" * 64, 10, "confirm", Priority.INTERACTIVE, "?", "readers")
    send_id = store.enqueue(mail, [PEOPLE[0]], NOW + DAY)
    store.note_probe(person.id, send_id, NOW + DAY)
    batch_id = store.start_batch(store.take(send_id, 1, NOW + DAY), NOW + DAY, "off")
    store.settle_batch(batch_id, BatchState.SENT, NOW + DAY)
    store.finish_sends(NOW + DAY)

    last = store.last_post_to(person, NOW + 2 * DAY)
    claim = (_event(PEOPLE[0]), person.id, last, "claimed")
    store.note_bounces("bare", [claim], NOW + 2 * DAY)

    assert store.arrived_probes(NOW + 30 * DAY) == ()


def test_a_report_names_the_mail_that_it_is_about(store: SqlStore) -> None:
    """By its batch, by its Message-ID, or as the last post of late."""
    batch_id = _post(store, NOW)

    by_batch = store.returned_by_batch(batch_id)
    last = store.last_post_to(_anne(store), NOW + 2 * DAY)

    assert by_batch is not None
    assert set(by_batch.recipients) == set(PEOPLE)
    assert last == Returned(by_batch.send_id, "post", "readers", NOW, proved=False)
    assert store.was_sent(by_batch.send_id, _anne(store))
    moved = replace(_anne(store), address=Address("new", "d.example"))
    assert not store.was_sent(by_batch.send_id, moved)
    assert store.last_post_to(moved, NOW) is None
    assert store.last_post_to(_anne(store), NOW + 11 * DAY) is None
    assert store.returned_by_batch(999) is None
    assert store.returned_by_ids(["<unknown@x.example>"]) is None
    assert store.domains_of(by_batch.send_id) == {f"d{i}.example": 1 for i in range(4)}


def test_the_log_learns_each_event_once(store: SqlStore) -> None:
    """And all of them again where its file was lost."""
    batch_id = _post(store, NOW)
    _note(store, "r1", _event(PEOPLE[0]), batch_id, NOW)

    first = store.unlogged_bounces(10)
    store.mark_logged([first[0][0]])
    nothing = store.unlogged_bounces(10)
    store.log_again()

    assert [(one[1], one[2].address, one[3]) for one in first] == [
        ("r1", PEOPLE[0], NOW)
    ]
    assert nothing == ()
    assert store.unlogged_bounces(10) == first
    assert store.forget_bounces(NOW + 399 * DAY) == 0
    assert store.forget_bounces(NOW + 400 * DAY) == 1


def test_a_new_caller_begins_anew(store: SqlStore) -> None:
    """Tries are those of one caller; who needs no call any more is forgotten."""
    person, other = (_person(store, one) for one in PEOPLE[:2])
    store.assign_call(person, "readers", OWNER, NOW)
    store.note_try(person, OWNER, NOW)
    store.assign_call(person, "readers", OWNER, NOW + DAY)
    (same,) = store.bouncing([person])
    store.assign_call(person, "readers", PEOPLE[3], NOW + DAY)
    (new,) = store.bouncing([person])

    assert (same.caller, same.tries, same.tried_at) == (OWNER, 1, NOW)
    assert (new.caller, new.tries, new.tried_at) == (PEOPLE[3], 0, NOW)

    store.assign_call(other, "readers", OWNER, NOW)
    store.keep_calls([other])
    kept = {one.person_id: one.caller for one in store.bouncing([person, other])}
    assert kept == {person: None, other: OWNER}
    store.keep_calls([])
    (nobody,) = store.bouncing([other])
    assert nobody.caller is None


def test_what_came_back_is_erased_with_the_person(store: SqlStore) -> None:
    """Nothing of them stays, and a caller who asks is not named either."""
    batch_id = _post(store, NOW)
    _note(store, "r1", _event(PEOPLE[0]), batch_id, NOW)
    person = _person(store, PEOPLE[0])
    store.assign_call(person, "readers", OWNER, NOW)
    store.note_try(person, OWNER, NOW)
    (one,) = store.bouncing()
    assert (one.caller, one.tries, one.tried_at) == (OWNER, 1, NOW)
    shown = store.dossier(PEOPLE[0])
    assert shown["calls"] == [{"list_name": "readers", "tries": 1}]

    store.erase(PEOPLE[0], NOW)

    assert store.bouncing() == ()
    assert store.unlogged_bounces(10) == ()
