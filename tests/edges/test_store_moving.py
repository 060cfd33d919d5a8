"""The store: two people are one and the same, or somebody gets their mail elsewhere."""

from datetime import UTC, datetime

import pytest

from bot.address import Address
from bot.model import (
    MemberState,
    Outgoing,
    Person,
    Priority,
    Profile,
    Reach,
    Reception,
)
from bot.store import SqlStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNE = Address("Anne", "example.org")
HOME = Address("anne", "home.example")
WORK = Address("anne", "work.example")
BERT = Address("bert", "example.net")
POST = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers")


def _join(store: SqlStore, address: Address, *list_names: str) -> Person:
    for name in list_names:
        store.enrol(address, "", name, "command", NOW)
    return _known(store, address)


def _known(store: SqlStore, address: Address) -> Person:
    person = store.find_person(address)
    assert person is not None
    return person


def _members(store: SqlStore, list_name: str) -> list[str]:
    return [one.address.key for one in store.members(list_name)]


def _lists(store: SqlStore, address: Address) -> set[str]:
    return set(store.memberships_of(_known(store, address)))


# ------------------------------------------------------------------ link_address


def test_unknown_address_becomes_another_one(store: SqlStore) -> None:
    """They may write from it; mail still goes to the first one, once."""
    anne = _join(store, ANNE, "readers")

    store.link_address(anne, HOME)
    store.link_address(anne, HOME)
    store.link_address(anne, ANNE)

    assert _known(store, HOME) == _known(store, ANNE)
    assert _known(store, HOME).address == ANNE
    assert _known(store, HOME).others == (HOME,)
    assert store.count_recipients([Reach("readers")]) == 1


def test_two_people_who_are_one_are_merged(store: SqlStore) -> None:
    """Their memberships come together, each list once, all their addresses too."""
    anne = _join(store, ANNE, "readers", "talkers")
    other = _join(store, HOME, "talkers", "board")
    store.link_address(other, WORK)
    store.set_reception(anne.id, "talkers", Reception.DIGEST)

    store.link_address(anne, HOME)

    merged = _known(store, HOME)
    assert merged == _known(store, ANNE) == _known(store, WORK)
    assert (merged.id, merged.address) == (anne.id, ANNE)
    assert set(merged.others) == {HOME, WORK}
    assert _lists(store, ANNE) == {"readers", "talkers", "board"}
    assert _members(store, "talkers") == _members(store, "board") == [ANNE.key]
    (talker,) = store.members("talkers")
    assert talker.reception is Reception.DIGEST


def test_merging_keeps_what_only_one_of_them_told(store: SqlStore) -> None:
    """A group that is lost means mail that is lost."""
    store.enrol_many(
        [
            Profile(ANNE, "Anne", "", ("Adhérents", "Bureau")),
            Profile(HOME, "A.", "0102", ("adherent", "Presse"), "en"),
        ],
        "readers",
        "import",
        NOW,
    )

    store.link_address(_known(store, ANNE), HOME)

    merged = _known(store, ANNE)
    assert (merged.name, merged.phone, merged.language) == ("Anne", "0102", "en")
    assert merged.groups == ("Adhérents", "Bureau", "Presse")


def test_post_is_not_sent_again_to_somebody_who_was_merged(store: SqlStore) -> None:
    """It went to one of the two addresses; both are theirs now."""
    anne = _join(store, ANNE, "talkers")
    _join(store, HOME, "readers")
    store.enqueue_to_lists(POST, [Reach("readers")], "f", NOW)
    store.link_address(anne, HOME)

    again = store.enqueue_to_lists(POST, [Reach("talkers")], "f", NOW)

    assert store.take(again, 9, NOW) == ()


def test_other_address_of_a_third_person_goes_alone(store: SqlStore) -> None:
    """Who had it as one of several stays who they are."""
    bert = _join(store, BERT, "readers")
    store.link_address(bert, HOME)
    anne = _join(store, ANNE, "talkers")

    store.link_address(anne, HOME)

    assert _known(store, HOME).address == ANNE
    assert _known(store, BERT).others == ()
    assert _lists(store, BERT) == {"readers"}
    assert _lists(store, ANNE) == {"talkers"}


def test_linking_ends_that_an_address_is_forgotten(store: SqlStore) -> None:
    """Whoever answers there came back by themselves."""
    store.erase(HOME, NOW)
    anne = _join(store, ANNE, "readers")

    store.link_address(anne, HOME)

    assert store.forgotten([HOME]) == frozenset()


# ---------------------------------------------------------------- change_address


def test_all_lists_move_in_place(store: SqlStore) -> None:
    """The person stays the same one; nothing is left at the old address.

    Nor at others of theirs: whoever has the new one may have more rights than they.
    """
    store.enrol_many([Profile(ANNE, "Anne", "01", ("Bureau",))], "readers", "", NOW)
    anne = _join(store, ANNE, "readers", "talkers")
    store.link_address(anne, WORK)
    store.set_reception(anne.id, "readers", Reception.DIGEST)

    store.change_address(_known(store, ANNE), HOME, ["readers", "talkers"], NOW)

    moved = _known(store, HOME)
    assert store.find_person(ANNE) is None
    assert (moved.id, moved.name, moved.phone) == (anne.id, "Anne", "01")
    assert (moved.groups, moved.others) == (("Bureau",), ())
    assert _lists(store, HOME) == {"readers", "talkers"}
    assert [one.reception for one in store.members("readers")] == [Reception.DIGEST]


def test_some_lists_make_two_people(store: SqlStore) -> None:
    """An owner may move people on their own lists only; the rest stays put."""
    store.enrol_many([Profile(ANNE, "Anne", "01", ("Bureau",))], "readers", "", NOW)
    anne = _join(store, ANNE, "readers", "talkers")
    store.pause_member(anne.id, "readers", None)
    store.set_reception(anne.id, "readers", Reception.DIGEST)

    store.change_address(anne, HOME, ["readers", "readers", "unknown"], NOW)

    (moved,) = store.members("readers")
    assert moved.address == HOME
    assert (moved.name, moved.phone, moved.groups) == ("Anne", "01", ("Bureau",))
    assert moved.state is MemberState.PAUSED
    assert moved.reception is Reception.DIGEST
    assert _lists(store, ANNE) == {"talkers"}
    assert moved.person_id != anne.id


def test_own_other_address_becomes_the_one_that_receives(store: SqlStore) -> None:
    """The person stays, with all that is known; the old address is gone."""
    store.enrol_many(
        [Profile(ANNE, "Anne", "01", ("Bureau",), "en")], "readers", "", NOW
    )
    anne = _known(store, ANNE)
    store.link_address(anne, HOME)
    store.link_address(anne, WORK)

    store.change_address(_known(store, ANNE), HOME, ["readers"], NOW)

    moved = _known(store, HOME)
    assert store.find_person(ANNE) is None
    assert (moved.id, moved.address, moved.others) == (anne.id, HOME, (WORK,))
    assert (moved.phone, moved.groups, moved.language) == ("01", ("Bureau",), "en")


def test_own_other_address_with_some_lists_is_somebody_else(store: SqlStore) -> None:
    """Half of the lists at one address, half at the other: two people."""
    anne = _join(store, ANNE, "readers", "talkers")
    store.link_address(anne, HOME)

    store.change_address(_known(store, ANNE), HOME, ["readers"], NOW)

    assert _known(store, ANNE).others == ()
    assert _known(store, HOME).address == HOME
    assert (_lists(store, ANNE), _lists(store, HOME)) == ({"talkers"}, {"readers"})


@pytest.mark.parametrize("names", [["readers"], ["readers", "talkers"]])
def test_only_the_case_changes(store: SqlStore, names: list[str]) -> None:
    """`change` lets it through, since on the wire it is another address."""
    anne = _join(store, ANNE, "readers", "talkers")
    store.link_address(anne, HOME)
    typed = Address("ANNE", "example.org")

    store.change_address(_known(store, ANNE), typed, names, NOW)

    assert str(_known(store, ANNE).address) == "ANNE@example.org"
    assert _known(store, ANNE).others == (HOME,)
    assert _lists(store, ANNE) == {"readers", "talkers"}


def test_all_lists_move_to_somebody_who_is_known(store: SqlStore) -> None:
    """They are one and the same from now on; addresses that nobody proved go."""
    anne = _join(store, ANNE, "readers", "talkers")
    store.link_address(anne, WORK)
    _join(store, HOME, "talkers", "board")

    store.change_address(_known(store, ANNE), HOME, ["readers", "talkers"], NOW)

    assert store.find_person(ANNE) is None
    assert store.find_person(WORK) is None
    assert _known(store, HOME).address == HOME
    assert _lists(store, HOME) == {"readers", "talkers", "board"}
    assert _members(store, "talkers") == [HOME.key]


def test_some_lists_move_to_somebody_who_is_known(store: SqlStore) -> None:
    """Who is on a list already is not on it twice."""
    anne = _join(store, ANNE, "readers", "talkers", "board")
    _join(store, HOME, "talkers")

    store.change_address(anne, HOME, ["readers", "talkers"], NOW)

    assert _lists(store, ANNE) == {"board"}
    assert _lists(store, HOME) == {"readers", "talkers"}
    assert _members(store, "talkers") == [HOME.key]


def test_suspension_ends_with_the_old_address(store: SqlStore) -> None:
    """It was the old one that bounced; lists that don't move are not concerned."""
    anne = _join(store, ANNE, "readers", "talkers")
    for name in ("readers", "talkers"):
        store.set_member_state(ANNE, name, MemberState.SUSPENDED)

    store.change_address(anne, HOME, ["readers"], NOW)

    assert [one.state for one in store.members("readers")] == [MemberState.ACTIVE]
    assert [one.state for one in store.members("talkers")] == [MemberState.SUSPENDED]


@pytest.mark.parametrize("others", [(), ("talkers",)])
def test_moving_ends_that_an_address_is_forgotten(
    store: SqlStore, others: tuple[str, ...]
) -> None:
    """A member is known, whichever way the address came in."""
    store.erase(HOME, NOW)
    anne = _join(store, ANNE, "readers", *others)

    store.change_address(anne, HOME, ["readers"], NOW)

    assert store.forgotten([HOME]) == frozenset()


def test_move_that_concerns_no_list_changes_nothing(store: SqlStore) -> None:
    """Nobody is made who is on no list."""
    anne = _join(store, ANNE, "readers")

    store.change_address(anne, HOME, ["unknown"], NOW)

    assert store.find_person(HOME) is None
    assert _lists(store, ANNE) == {"readers"}
