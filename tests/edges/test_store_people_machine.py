"""The people under any order of events: each is one, and gets a post once."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.address import Address
from bot.model import Outgoing, Person, Priority, Profile, Reach
from bot.store import SqlStore
from tests.stores import new_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MAIL = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers")
LISTS = ("readers", "talkers", "board")
GROUPS = ("Bureau", "Presse")

# Few, so that they meet; two are written differently but the same.
addresses = st.sampled_from(
    [*(Address(f"p{i}", "example.org") for i in range(5)), Address("P1", "example.org")]
)
lists = st.sampled_from(LISTS)
some_lists = st.lists(lists, unique=True)
profiles = st.builds(
    Profile,
    addresses,
    st.sampled_from(["", "Anne", "Bert"]),
    groups=st.lists(st.sampled_from(GROUPS)).map(tuple),
)
reaches = st.lists(
    st.builds(
        Reach,
        lists,
        st.lists(st.sampled_from([frozenset({"bureau"}), frozenset({"presse"})])).map(
            tuple
        ),
    )
)


class PeopleMachine(RuleBasedStateMachine):
    """Five addresses, three lists, and whatever may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store: SqlStore = new_store(Path(self.folder.name))

    def _person(self, address: Address) -> Person | None:
        return self.store.find_person(address)

    @rule(address=addresses, list_name=lists)
    def enrol(self, address: Address, list_name: str) -> None:
        """Somebody joins."""
        before = self._person(address)
        was = bool(before) and list_name in self._lists(address)
        new = self.store.enrol(address, "", list_name, "", NOW)
        assert new is not was
        assert list_name in self._lists(address)

    @rule(some=st.lists(profiles, max_size=4), list_name=lists)
    def enrol_many(self, some: list[Profile], list_name: str) -> None:
        """An owner imports a file."""
        added, already = self.store.enrol_many(some, list_name, "", NOW)
        assert added + already == len(some)
        for one in some:
            assert list_name in self._lists(one.address)

    @rule(address=addresses, list_name=lists)
    def unenrol(self, address: Address, list_name: str) -> None:
        """Somebody leaves."""
        self.store.unenrol(address, list_name)
        assert list_name not in self._lists(address)

    @rule(one=addresses, other=addresses)
    def link(self, one: Address, other: Address) -> None:
        """Two addresses are of the same person."""
        person = self._person(one)
        if person is None:
            return
        expected = self._lists(one)
        found = self._person(other)
        if found is not None and found.address == other:
            expected |= self._lists(other)
        self.store.link_address(person, other)
        linked = self._person(other)
        assert linked == self._person(person.address)
        assert linked is not None
        assert linked.id == person.id
        assert self._lists(one) == expected

    @rule(one=addresses, new=addresses, names=some_lists)
    def change(self, one: Address, new: Address, names: list[str]) -> None:
        """Somebody gets their mail elsewhere."""
        person = self._person(one)
        if person is None:
            return
        mine = self._lists(one)
        moving = mine & set(names)
        self.store.change_address(person, new, names, NOW)
        assert not moving or moving <= self._lists(new)
        if moving == mine and new != person.address:
            assert self._person(person.address) is None

    @rule(address=addresses)
    def erase(self, address: Address) -> None:
        """Somebody wants to be forgotten."""
        erased = self.store.erase(address, NOW)
        assert address in erased
        assert not self.store.find_people(erased)
        assert set(self.store.forgotten_keys([one.key for one in erased])) == {
            one.key for one in erased
        }

    @rule(address=addresses)
    def pause(self, address: Address) -> None:
        """Somebody is away."""
        person = self._person(address)
        for name in self._lists(address) if person else ():
            self.store.pause_member(person.id if person else 0, name, None)

    @rule(reach=reaches)
    def post(self, reach: list[Reach]) -> None:
        """A post is counted, and put into the outbox, for the same people."""
        count = self.store.count_recipients(reach)
        send = self.store.enqueue_to_lists(MAIL, reach, "", NOW)
        taken = self.store.take(send, 99, NOW)
        people = self.store.find_people([one.address for one in taken])
        assert len(taken) == count == len({one.id for one in people.values()})
        assert all(people[one.address.key].address == one.address for one in taken)

    def _lists(self, address: Address) -> set[str]:
        person = self._person(address)
        return set(self.store.memberships_of(person)) if person else set()

    def _count(self, sql: str) -> object:
        with self.store.transaction():
            return self.store.connection.exec_driver_sql(sql).scalar()

    @invariant()
    def each_is_one(self) -> None:
        """The tables allow nothing else; and nobody is kept who is on no list."""
        wrong = (
            "SELECT count(*) FROM people p WHERE (SELECT count(*) FROM addresses a"
            " WHERE a.person_id = p.id AND is_primary) <> 1"
        )
        nowhere = (
            "SELECT count(*) FROM people p WHERE NOT EXISTS"
            " (SELECT 1 FROM memberships m WHERE m.person_id = p.id)"
        )
        orphans = (
            "SELECT count(*) FROM addresses WHERE person_id NOT IN"
            " (SELECT id FROM people)"
        )
        twice = (
            "SELECT count(*) FROM (SELECT 1 FROM memberships m JOIN addresses a"
            " ON a.person_id = m.person_id GROUP BY m.list_name, a.key"
            " HAVING count(*) > 1) many"
        )
        assert [self._count(sql) for sql in (wrong, nowhere, orphans, twice)] == [0] * 4

    @invariant()
    def lists_are_read_whole(self) -> None:
        """A list's members are its rows, each once."""
        for name in LISTS:
            members = [one.person_id for one in self.store.members(name)]
            rows = self._count(
                f"SELECT count(*) FROM memberships WHERE list_name = '{name}'"  # noqa: S608 - a constant
            )
            assert len(members) == len(set(members)) == rows

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.store.close()
        self.folder.cleanup()


TestPeople = PeopleMachine.TestCase
TestPeople.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
