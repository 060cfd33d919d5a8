"""Who is on which list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Integer, Row, text

from bot.address import Address
from bot.model import Member, MemberState, Person
from bot.store.convert import listed, shuffled, to_address, to_micros, to_time
from bot.store.database import Database

__all__: Final = ("PeopleBook",)

# Few enough for one statement, many enough to be quick.
_PAGE: Final = 1000

_PERSON: Final = text(
    "SELECT p.id, p.name, p.language, main.address"
    " FROM addresses a JOIN people p ON p.id = a.person_id"
    " JOIN addresses main ON main.person_id = p.id AND main.is_primary"
    " WHERE a.key = :key"
)
_NEW_PERSON: Final = text(
    "INSERT INTO people (name, language, phone) VALUES (:name, '', '')"
)
_LAST_PERSON: Final = text("SELECT coalesce(max(id), 0) FROM people")
_PEOPLE_AFTER: Final = text("SELECT id FROM people WHERE id > :last ORDER BY id")
_NEW_ADDRESS: Final = text(
    "INSERT INTO addresses (key, address, person_id, is_primary, shuffle)"
    " VALUES (:key, :address, :person_id, TRUE, :shuffle)"
)
_NAME: Final = text("UPDATE people SET name = :name WHERE id = :id AND name = ''")
_JOIN: Final = text(
    "INSERT INTO memberships (list_name, person_id, state, origin, joined_at)"
    " VALUES (:list_name, :person_id, 'active', :origin, :now)"
    " ON CONFLICT (list_name, person_id) DO NOTHING"
)
_LEAVE: Final = text(
    "DELETE FROM memberships WHERE list_name = :list_name AND person_id ="
    " (SELECT person_id FROM addresses WHERE key = :key)"
)
# Nothing is kept about people who are on no list any more.
_FORGET: Final = text(
    "DELETE FROM people WHERE id ="
    " (SELECT person_id FROM addresses WHERE key = :key)"
    " AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = people.id)"
)
_SET_STATE: Final = text(
    "UPDATE memberships SET state = :state"
    " WHERE list_name = :list_name AND person_id ="
    " (SELECT person_id FROM addresses WHERE key = :key)"
)
_MEMBER_COLUMNS: Final = (
    "SELECT m.person_id, a.key, a.address, p.name, m.list_name, m.state, p.language,"
    " p.phone, m.origin, m.joined_at"
    " FROM memberships m JOIN people p ON p.id = m.person_id"
    " JOIN addresses a ON a.person_id = p.id AND a.is_primary"
)
_MEMBERS: Final = text(
    _MEMBER_COLUMNS + " WHERE m.list_name = :list_name AND a.key > :after"
    " ORDER BY a.key LIMIT :count"
)
_MEMBERSHIPS: Final = text(_MEMBER_COLUMNS + " WHERE m.person_id = :person_id")
_COUNT: Final = listed(
    "SELECT count(DISTINCT person_id) FROM memberships"
    " WHERE list_name IN :names AND state = 'active'",
    "names",
)
_KNOWN: Final = listed(
    "SELECT key, person_id FROM addresses WHERE key IN :keys", "keys"
)
_ON_LIST: Final = listed(
    "SELECT person_id FROM memberships"
    " WHERE list_name = :list_name AND person_id IN :ids",
    "ids",
    Integer,
)


class PeopleBook(Database):
    """The part of the store that knows people and memberships."""

    def find_person(self, address: Address) -> Person | None:
        """Find somebody by any of their addresses."""
        row = self._row(_PERSON, key=address.key)
        if row is None:
            return None
        return Person(row.id, to_address(row.address), row.name, row.language)

    def enrol(
        self, address: Address, name: str, list_name: str, origin: str, now: datetime
    ) -> bool:
        """Make a member; False when they are one already."""
        with self.transaction():
            person_id = self._person_id(address, name)
            joined = self._change(
                _JOIN,
                list_name=list_name,
                person_id=person_id,
                origin=origin,
                now=to_micros(now),
            )
        return bool(joined)

    def _person_id(self, address: Address, name: str) -> int:
        """Find a person, or make one."""
        found = self._row(_PERSON, key=address.key)
        if found is not None:
            if name:
                self._change(_NAME, id=found.id, name=name)
            return int(found.id)
        return self._new_people({address: name})[address.key]

    def _new_people(self, names: Mapping[Address, str]) -> dict[str, int]:
        """Make people; give their numbers by the key of their address.

        Nobody else writes, so the numbers grow in the order of the rows.
        """
        last = self._number(_LAST_PERSON)
        self._change_each(_NEW_PERSON, [{"name": name} for name in names.values()])
        ids = [int(row.id) for row in self._rows(_PEOPLE_AFTER, last=last)]
        rows = [_address_row(*pair) for pair in zip(names, ids, strict=True)]
        self._change_each(_NEW_ADDRESS, rows)
        return {address.key: one for address, one in zip(names, ids, strict=True)}

    def enrol_many(
        self,
        rows: Iterable[tuple[Address, str]],
        list_name: str,
        origin: str,
        now: datetime,
    ) -> tuple[int, int]:
        """Make members of (address, name); give how many are new, and how many not.

        All or none: one transaction.
        """
        added = already = 0
        membership = {"list_name": list_name, "origin": origin, "now": to_micros(now)}
        rest = iter(rows)
        with self.transaction():
            while page := list(islice(rest, _PAGE)):
                names = _by_address(page)
                ids = self._ids_of(names)
                new = self._not_on(list_name, ids)
                self._change_each(_JOIN, [{**membership, "person_id": i} for i in new])
                added += len(new)
                already += len(page) - len(new)
        return added, already

    def _ids_of(self, names: Mapping[Address, str]) -> list[int]:
        """Find people, or make them."""
        keys = [address.key for address in names]
        known = {row.key: int(row.person_id) for row in self._rows(_KNOWN, keys=keys)}
        self._change_each(
            _NAME,
            [
                {"id": known[address.key], "name": name}
                for address, name in names.items()
                if name and address.key in known
            ],
        )
        unknown = {who: name for who, name in names.items() if who.key not in known}
        known |= self._new_people(unknown)
        return [known[key] for key in keys]

    def _not_on(self, list_name: str, ids: Sequence[int]) -> list[int]:
        rows = self._rows(_ON_LIST, list_name=list_name, ids=ids)
        members = {row.person_id for row in rows}
        return [one for one in dict.fromkeys(ids) if one not in members]

    def unenrol(self, address: Address, list_name: str) -> bool:
        """End a membership; False when there was none."""
        with self.transaction():
            left = self._change(_LEAVE, list_name=list_name, key=address.key)
            if left:
                self._change(_FORGET, key=address.key)
        return bool(left)

    def members(self, list_name: str) -> Iterator[Member]:
        """List a list's own members, by address.

        They are read a page at a time, so a change meanwhile may show or not.
        """
        after, count = "", _PAGE
        while count == _PAGE:
            page = self._rows(_MEMBERS, list_name=list_name, after=after, count=_PAGE)
            yield from map(_member, page)
            count = len(page)
            after = page[-1].key if page else after

    def set_member_state(
        self, address: Address, list_name: str, state: MemberState
    ) -> bool:
        """Suspend, pause or revive; False when there is no such member."""
        return bool(
            self._change(
                _SET_STATE, key=address.key, list_name=list_name, state=state.value
            )
        )

    def count_recipients(self, list_names: Sequence[str]) -> int:
        """Count the active members of several lists, each person once."""
        return self._number(_COUNT, names=list(list_names))

    def _memberships(self, person: Person) -> dict[str, Member]:
        rows = self._rows(_MEMBERSHIPS, person_id=person.id)
        return {row.list_name: _member(row) for row in rows}


def _by_address(page: Sequence[tuple[Address, str]]) -> dict[Address, str]:
    """Merge lines about the same address; the first name wins."""
    names: dict[Address, str] = {}
    for address, name in page:
        names[address] = names.get(address) or name
    return names


def _address_row(address: Address, person_id: int) -> dict[str, object]:
    return {
        "key": address.key,
        "address": str(address),
        "person_id": person_id,
        "shuffle": shuffled(address.key),
    }


def _member(row: Row[Any]) -> Member:
    return Member(
        row.person_id,
        to_address(row.address),
        row.name,
        row.list_name,
        MemberState(row.state),
        row.language,
        row.phone,
        row.origin,
        to_time(row.joined_at),
    )
