"""The store: how members get mail, where addresses stand, who came and who left."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.address import Address
from bot.model import (
    BounceState,
    Figures,
    Member,
    MemberState,
    Reach,
    Reception,
    RequestKind,
    RosterEvent,
)
from bot.store import SqlStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YEARS = timedelta(days=3 * 365)
ANNE = Address("Anne", "example.org")
HOME = Address("anne", "home.example")
BERT = Address("bert", "example.net")
STRANGER = Address("x", "y.example")
READERS = [Reach("readers")]


def _join(store: SqlStore, address: Address = ANNE, *list_names: str) -> int:
    for name in list_names or ("readers",):
        store.enrol(address, "", name, "command", NOW)
    person = store.find_person(address)
    assert person is not None
    return person.id


def _member(store: SqlStore, list_name: str = "readers") -> Member:
    (member,) = store.members(list_name)
    return member


def _note(
    store: SqlStore,
    what: str,
    address: Address = ANNE,
    at: datetime = NOW,
    list_name: str = "readers",
) -> None:
    how = "owner@example.org"
    store.note_event(RosterEvent(list_name, address, "Anne", what, how, at))


# -------------------------------------------------------------- how they get mail


@pytest.mark.parametrize("reception", list(Reception))
def test_reception_is_kept_for_one_list(store: SqlStore, reception: Reception) -> None:
    """Digests of one list don't mean digests of all."""
    anne = _join(store, ANNE, "readers", "talkers")

    store.set_reception(anne, "readers", reception)

    assert _member(store).reception is reception
    assert _member(store, "talkers").reception is Reception.EACH


def test_reception_and_pause_of_no_member_change_nothing(store: SqlStore) -> None:
    """They may have left a moment ago."""
    anne = _join(store)

    store.set_reception(anne, "talkers", Reception.NONE)
    store.pause_member(anne, "talkers", None)
    store.resume_member(99, "readers")

    assert _member(store).state is MemberState.ACTIVE
    assert list(store.members("talkers")) == []


def test_pause_ends_on_its_day(store: SqlStore) -> None:
    """And not a moment before."""
    anne = _join(store)
    store.pause_member(anne, "readers", NOW + DAY)
    paused = _member(store)

    ended = [store.resume_due(NOW + part * DAY) for part in (0, 0.99, 1, 1)]

    assert (paused.state, paused.paused_until) == (MemberState.PAUSED, NOW + DAY)
    assert ended == [0, 0, 1, 0]
    assert _member(store).state is MemberState.ACTIVE
    assert _member(store).paused_until is None


def test_pause_without_a_day_ends_when_they_say_so(store: SqlStore) -> None:
    """However long it takes."""
    anne = _join(store)
    store.pause_member(anne, "readers", NOW + DAY)
    store.pause_member(anne, "readers", None)

    ended = store.resume_due(NOW + 999 * DAY)
    count = store.count_recipients(READERS)
    store.resume_member(anne, "readers")

    assert (ended, count) == (0, 0)
    assert store.count_recipients(READERS) == 1


def test_pause_does_not_hide_a_suspension(store: SqlStore) -> None:
    """The end of a pause would make an address that bounces active again."""
    anne = _join(store)
    store.set_bounce_state([anne], BounceState.SUSPENDED, NOW)

    store.pause_member(anne, "readers", NOW)
    store.resume_due(NOW)
    store.resume_member(anne, "readers")

    assert _member(store).state is MemberState.SUSPENDED


def test_suspension_ends_a_pause(store: SqlStore) -> None:
    """What was paused until a day must not come back on that day."""
    anne = _join(store)
    store.pause_member(anne, "readers", NOW + DAY)
    store.set_member_state(ANNE, "readers", MemberState.SUSPENDED)

    assert store.resume_due(NOW + DAY) == 0
    assert _member(store).paused_until is None


# ----------------------------------------------------------------------- standings


def test_standing_is_the_same_by_any_address(store: SqlStore) -> None:
    """Members and aliases; how the address is written comes back."""
    anne = _join(store, ANNE, "readers", "talkers")
    store.link_address(store.find_people([ANNE])[ANNE.key], HOME)
    typed = Address("ANNE", "example.org")

    standings = store.standings([typed, HOME, typed], NOW)

    assert set(standings) == {ANNE.key, HOME.key}
    assert str(standings[ANNE.key].address) == "ANNE@example.org"
    for one in standings.values():
        assert one.person is not None
        assert (one.person.id, one.person.address) == (anne, ANNE)
        assert set(one.memberships) == {"readers", "talkers"}
        assert {member.list_name for member in one.memberships.values()} == {
            "readers",
            "talkers",
        }


def test_stranger_stands_nowhere(store: SqlStore) -> None:
    """They are given nevertheless; nobody at all gives nothing."""
    _join(store)

    standing = store.standings([STRANGER], NOW)[STRANGER.key]

    assert standing.address == STRANGER
    assert standing.person is None
    assert dict(standing.memberships) == {}
    assert (standing.forgotten, standing.left) == (False, frozenset())
    assert store.standings([], NOW) == {}


def test_replies_of_a_day_are_counted_by_address(store: SqlStore) -> None:
    """A day is 24 hours; each address has its own count."""
    for address, at in ((ANNE, NOW - DAY), (ANNE, NOW - 23 * HOUR), (ANNE, NOW)):
        store.note_reply(address, at)
    store.note_reply(BERT, NOW)

    standings = store.standings([ANNE, BERT, STRANGER], NOW)

    assert [standings[one.key].replies_today for one in (ANNE, BERT, STRANGER)] == [
        2,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("events", "left"),
    [
        pytest.param(["joined"], False, id="joined"),
        pytest.param(["joined", "left"], True, id="left"),
        pytest.param(["left", "joined"], False, id="rejoined"),
        pytest.param(["left", "added", "left"], True, id="left-again"),
        pytest.param(["joined", "removed"], False, id="removed-by-an-owner"),
        pytest.param(["left", "added", "removed"], False, id="removed-after-leaving"),
    ],
)
def test_left_is_whoever_went_last_by_themselves(
    store: SqlStore, events: list[str], *, left: bool
) -> None:
    """Only that binds an import; an owner may undo what an owner did."""
    for what in events:
        _note(store, what)
    _note(store, "left", BERT)
    _note(store, "joined", list_name="talkers")

    standing = store.standings([ANNE], NOW)[ANNE.key]

    assert standing.left == ({"readers"} if left else frozenset())


# -------------------------------------------------------------------------- events


def test_events_wait_to_be_told_in_order(store: SqlStore) -> None:
    """Owners read what happened as it happened."""
    _note(store, "joined", at=NOW)
    _note(store, "left", BERT, NOW - HOUR)

    (first, joined), (second, left) = store.untold_events()

    assert first < second
    assert joined == RosterEvent(
        "readers", ANNE, "Anne", "joined", "owner@example.org", NOW
    )
    assert str(joined.address) == "Anne@example.org"
    assert (left.what, left.address, left.at) == ("left", BERT, NOW - HOUR)


def test_told_events_name_nobody(store: SqlStore) -> None:
    """What came after they were read is told the next time."""
    _note(store, "left")
    ((last, _),) = store.untold_events()
    _note(store, "joined", BERT)

    store.mark_told(last, NOW)

    assert [event.address for _, event in store.untold_events()] == [BERT]
    with store.transaction():
        rows = store.connection.exec_driver_sql(
            "SELECT address, name FROM roster_events WHERE told"
        ).all()
    assert [tuple(row) for row in rows] == [("", "")]


def test_weekly_events_wait_for_their_day(store: SqlStore) -> None:
    """The daily summary neither shows nor swallows them, nor do they its own."""
    for what in ("suspended", "left", "kept"):
        _note(store, what)

    store.mark_told(99, NOW)

    weekly = store.untold_events(weekly=True)
    assert [event.what for _, event in weekly] == ["suspended", "kept"]
    assert store.untold_events() == ()
    _note(store, "joined")
    store.mark_told(99, NOW, weekly=True)
    assert store.untold_events(weekly=True) == ()
    assert [event.what for _, event in store.untold_events()] == ["joined"]


def test_told_events_still_bind_an_import(store: SqlStore) -> None:
    """The hash is enough to know who left, for three years."""
    _note(store, "left")

    for at in (NOW, NOW + YEARS - HOUR):
        store.mark_told(99, at)
        assert store.standings([ANNE], at)[ANNE.key].left == {"readers"}
    store.mark_told(99, NOW + YEARS)

    assert store.standings([ANNE], NOW)[ANNE.key].left == frozenset()
    with store.transaction():
        count = store.connection.exec_driver_sql("SELECT count(*) FROM roster_events")
        assert count.scalar() == 0


def test_figures_count_what_happened_in_a_month(store: SqlStore) -> None:
    """Events that were told count, too; other lists don't."""
    anne = _join(store)
    _join(store, BERT)
    store.set_reception(anne, "readers", Reception.DIGEST)
    store.pause_member(anne, "readers", None)
    for what, days in (("joined", 0), ("added", 29), ("joined", 30), ("left", 1)):
        _note(store, what, at=NOW - days * DAY)
    _note(store, "left", list_name="talkers")
    store.mark_told(99, NOW)
    for post, days in (("f", 0), ("g", 31)):
        store.note_post("readers", post, "<m>", "a" * 64, ANNE, NOW - days * DAY)
    for number, who in enumerate((ANNE, BERT)):
        store.open_request(
            RequestKind.MODERATION,
            "same",
            f"token {number}",
            "readers",
            who,
            expires_at=NOW + DAY,
            facts={},
            now=NOW,
        )

    assert store.figures("readers", NOW) == Figures(
        members=2, paused=1, digest=1, held=1, posts=1, joined=2, left=1
    )
    assert store.figures("unknown", NOW) == Figures()
