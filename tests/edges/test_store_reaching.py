"""The store: whom a post reaches, through lists and groups, each person once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.address import Address
from bot.model import (
    ListKind,
    MailingList,
    MemberState,
    Outgoing,
    Priority,
    Profile,
    Reach,
    Reception,
    Settings,
    group_key,
)
from bot.store import SqlStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POST = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "all")
ANNE, BERT, CARL, DORA = (
    Address(name, "example.org") for name in ("anne", "bert", "carl", "dora")
)
BUREAU, PRESSE, ADHERENTS = map(group_key, ("Bureau", "Presse", "Adhérents"))


def _fill(store: SqlStore) -> None:
    """Anne is everywhere, in two groups; Bert and Carl have one; Dora none."""
    everybody = [
        Profile(ANNE, groups=("Bureau", "Presse")),
        Profile(BERT, groups=("Bureau",)),
        Profile(CARL, groups=("Adhérents",)),
        Profile(DORA),
    ]
    store.enrol_many(everybody, "members", "", NOW)
    store.enrol_many([Profile(ANNE), Profile(DORA)], "board", "", NOW)


def _reached(
    store: SqlStore, reach: Sequence[Reach], *receptions: Reception
) -> list[str]:
    """Enqueue a post; give who gets it, and check that counting says the same."""
    send = store.enqueue_to_lists(POST, reach, "", NOW, receptions or (Reception.EACH,))
    found = [one.address.local_part for one in store.take(send, 99, NOW)]
    (state,) = (one for one in store.sends(unfinished=True) if one.id == send)
    assert state.recipients == state.ready == len(found)
    if not receptions:
        assert store.count_recipients(reach) == len(found)
    return sorted(found)


def _reach(list_name: str, *among: Sequence[str]) -> Reach:
    return Reach(list_name, tuple(map(frozenset, among)))


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        pytest.param([], "", id="nobody"),
        pytest.param([_reach("unknown")], "", id="no-such-list"),
        pytest.param([_reach("members")], "anne bert carl dora", id="list"),
        pytest.param(
            [_reach("members"), _reach("board")], "anne bert carl dora", id="union"
        ),
        pytest.param([_reach("members", [BUREAU])], "anne bert", id="group"),
        pytest.param(
            [_reach("members", [PRESSE, ADHERENTS])], "anne carl", id="any-of-two"
        ),
        pytest.param(
            [_reach("members", [BUREAU], [PRESSE])], "anne", id="one-of-each-set"
        ),
        pytest.param([_reach("members", ["nobodys"])], "", id="group-of-nobody"),
        pytest.param([_reach("members", [])], "", id="no-group-allowed"),
        pytest.param(
            [_reach("board"), _reach("members", [BUREAU])],
            "anne bert dora",
            id="list-and-group-of-another",
        ),
        pytest.param(
            [_reach("members", [PRESSE]), _reach("members", [ADHERENTS])],
            "anne carl",
            id="same-list-by-two-ways",
        ),
    ],
)
def test_post_reaches(store: SqlStore, reach: Sequence[Reach], expected: str) -> None:
    """Counted and sent alike, each person once."""
    _fill(store)

    assert _reached(store, reach) == expected.split()


def test_person_with_several_addresses_counts_once(store: SqlStore) -> None:
    """Mail goes to the one that receives."""
    _fill(store)
    person = store.find_person(ANNE)
    assert person is not None
    store.link_address(person, Address("other", "example.net"))

    assert _reached(store, [_reach("board")]) == ["anne", "dora"]


def test_receptions_part_the_members(store: SqlStore) -> None:
    """Each post, digests, or nothing at all."""
    _fill(store)
    store.set_reception(_id(store, ANNE), "members", Reception.DIGEST)
    store.set_reception(_id(store, BERT), "members", Reception.NONE)
    reach = [_reach("members")]

    each, digest, none = (_reached(store, reach, one) for one in Reception)

    assert (each, digest, none) == (["carl", "dora"], ["anne"], ["bert"])
    assert _reached(store, reach) == each
    assert _reached(store, reach, *Reception) == ["anne", "bert", "carl", "dora"]
    assert _reached(store, reach, Reception.EACH, Reception.DIGEST) == [
        "anne",
        "carl",
        "dora",
    ]
    assert store.wants_digest(reach) == 1
    assert store.wants_digest([]) == 0


def test_whoever_wants_each_post_somewhere_gets_it_once(store: SqlStore) -> None:
    """A post to two lists reaches those who want it by one of them."""
    _fill(store)
    store.set_reception(_id(store, ANNE), "members", Reception.DIGEST)
    store.set_member_state(DORA, "board", MemberState.SUSPENDED)
    reach = [_reach("members"), _reach("board")]

    assert _reached(store, reach) == ["anne", "bert", "carl", "dora"]


def test_paused_and_suspended_are_left_out(store: SqlStore) -> None:
    """Of every kind of mail to the list, digests too."""
    _fill(store)
    for who in (ANNE, BERT):
        store.set_reception(_id(store, who), "members", Reception.DIGEST)
    store.pause_member(_id(store, ANNE), "members", None)
    store.pause_member(_id(store, CARL), "members", NOW)
    store.set_member_state(DORA, "members", MemberState.SUSPENDED)
    reach = [_reach("members")]

    assert _reached(store, reach, *Reception) == ["bert"]
    assert _reached(store, reach) == []
    assert store.wants_digest(reach) == 1


def _id(store: SqlStore, address: Address) -> int:
    person = store.find_person(address)
    assert person is not None
    return person.id


# -------------------------------------------------------------------- reached_by


def _settings(*lists: tuple[str, str, str]) -> Settings:
    """Make lists of (name, included lists, groups)."""
    return Settings(
        mailbox=Address("lists", "example.org"),
        name="",
        language="fr",
        timezone=ZoneInfo("UTC"),
        admins=(),
        lists={
            name: MailingList(
                name,
                ListKind.ANNOUNCEMENT,
                include=tuple(include.split()),
                groups=tuple(groups.split()),
            )
            for name, include, groups in lists
        },
        default_list="",
        subaddressing="+",
        trusted_authserv="",
        max_message_size=0,
        secret=b"",
    )


def test_list_alone_reaches_itself() -> None:
    """All its members, or those of the groups that are addressed."""
    settings = _settings(("a", "", "Bureau"))

    assert settings.reached_by("a") == (_reach("a"),)
    assert settings.reached_by("a", frozenset({PRESSE})) == (_reach("a", [PRESSE]),)


def test_groups_hold_for_included_lists_however_deep() -> None:
    """Members of what is included count where they carry a group at each step."""
    settings = _settings(
        ("all", "half missing", "Bureaux Presse"), ("half", "low", ""), ("low", "", "")
    )

    assert settings.reached_by("all", frozenset({ADHERENTS})) == (
        _reach("all", [ADHERENTS]),
        _reach("half", [ADHERENTS], [group_key("Bureaux"), PRESSE]),
        _reach("low", [ADHERENTS], [group_key("Bureaux"), PRESSE]),
    )


def test_groups_of_every_step_must_be_carried() -> None:
    """`all` takes the bureau of `half`, which takes the press of `low`."""
    settings = _settings(
        ("all", "half", "Bureau"), ("half", "low", "Presse"), ("low", "", "")
    )

    assert settings.reached_by("all") == (
        _reach("all"),
        _reach("half", [BUREAU]),
        _reach("low", [BUREAU], [PRESSE]),
    )


def test_diamond_reaches_each_way_once() -> None:
    """Two ways to one list are one, unless they ask for other groups."""
    plain = _settings(("all", "b c", ""), ("b", "d", ""), ("c", "d", ""), ("d", "", ""))
    parted = _settings(
        ("all", "b c", ""), ("b", "d", "Bureau"), ("c", "d", ""), ("d", "", "")
    )

    assert plain.reached_by("all") == tuple(map(_reach, ("all", "b", "c", "d")))
    assert parted.reached_by("all") == (
        _reach("all"),
        _reach("b"),
        _reach("c"),
        _reach("d", [BUREAU]),
        _reach("d"),
    )


def test_nested_lists_and_groups_reach_people(store: SqlStore) -> None:
    """The whole way from the settings to the outbox."""
    _fill(store)
    settings = _settings(
        ("all", "board half", ""),
        ("board", "", ""),
        ("half", "members", "Presse"),
        ("members", "", ""),
    )

    assert _reached(store, settings.reached_by("half")) == ["anne"]
    assert _reached(store, settings.reached_by("all")) == ["anne", "dora"]
    assert _reached(store, settings.reached_by("all", frozenset({BUREAU}))) == ["anne"]
