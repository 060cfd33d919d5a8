"""Who is on which list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Final

from sqlalchemy import Integer, TextClause, text

from bot.address import Address
from bot.folding import fold
from bot.model import Member, MemberState, Person, Profile, Reach
from bot.store.convert import listed, shuffled, to_micros
from bot.store.profiles import ProfileBook
from bot.store.reaching import reaching

__all__: Final = ("ACTIVE", "COUNT_CANCELLED", "PeopleBook")

# Few enough for one statement, many enough to be quick.
_PAGE: Final = 1000

# Who is suspended stays so, whatever list they join and whenever a pause ends.
ACTIVE: Final = (
    "(CASE WHEN EXISTS (SELECT 1 FROM bounce_states b WHERE b.person_id = {}"
    " AND b.state = 'suspended') THEN 'suspended' ELSE 'active' END)"
)
_NEW_PERSON: Final = text(
    "INSERT INTO people (name, name_key, language, phone)"
    " VALUES (:name, :name_key, :language, :phone)"
)
_LAST_PERSON: Final = text("SELECT coalesce(max(id), 0) FROM people")
_PEOPLE_AFTER: Final = text("SELECT id FROM people WHERE id > :last ORDER BY id")
_NEW_ADDRESS: Final = text(
    "INSERT INTO addresses (key, address, person_id, is_primary, shuffle)"
    " VALUES (:key, :address, :person_id, TRUE, :shuffle)"
)
_NAME: Final = text(
    "UPDATE people SET name = :name, name_key = :name_key WHERE id = :id AND name = ''"
)
_JOIN: Final = text(
    "INSERT INTO memberships"  # noqa: S608 - constants
    " (list_name, person_id, state, origin, joined_at, reception)"
    f" VALUES (:list_name, :person_id, {ACTIVE.format(':person_id')}, :origin, :now,"
    " 'each')"
    " ON CONFLICT (list_name, person_id) DO NOTHING"
)
_LEAVE: Final = text(
    "DELETE FROM memberships WHERE list_name = :list_name AND person_id ="
    " (SELECT person_id FROM addresses WHERE key = :key)"
)
# Nothing is kept about people who are on no list any more.
_DROP: Final = text(
    "DELETE FROM people WHERE id ="
    " (SELECT person_id FROM addresses WHERE key = :key)"
    " AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = people.id)"
)
_SET_STATE: Final = text(
    "UPDATE memberships SET state = :state, paused_until = NULL"
    " WHERE list_name = :list_name AND person_id ="
    " (SELECT person_id FROM addresses WHERE key = :key)"
)
_PERSON: Final = text("SELECT person_id FROM addresses WHERE key = :key")
_STILL: Final = (
    "SELECT count(*) FROM memberships m"
    " WHERE m.person_id = :person_id AND m.state = 'active' AND"
)
# What is still to be sent to somebody of a list's posts and digests.
_WAITING: Final = text(
    "SELECT d.send_id, d.seq, d.state FROM deliveries d"
    " JOIN sends s ON s.id = d.send_id WHERE d.person_id = :person_id"
    " AND s.list_name = :list_name AND s.kind IN ('post', 'digest')"
    " AND s.finished_at IS NULL AND d.state IN ('ready', 'deferred')"
)
_CANCEL: Final = text(
    "UPDATE deliveries SET state = 'cancelled', due_at = NULL"
    " WHERE send_id = :send_id AND seq = :seq"
)
# One counter of a send, by the state that deliveries leave.
COUNT_CANCELLED: Final[Mapping[str, TextClause]] = {
    state: text(
        f"UPDATE sends SET {state} = {state} - :number,"  # noqa: S608 - constants
        " cancelled = cancelled + :number WHERE id = :send_id"
    )
    for state in ("ready", "deferred")
}
_NOT_SAID: Final[Mapping[str, Sequence[Reach]]] = MappingProxyType({})
_COUNT: Final = (
    "SELECT count(DISTINCT m.person_id) FROM memberships m"
    " WHERE m.state = 'active' AND m.reception = 'each' AND"
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


class PeopleBook(ProfileBook):
    """The part of the store that knows people and memberships."""

    def enrol(
        self, address: Address, name: str, list_name: str, origin: str, now: datetime
    ) -> bool:
        """Make a member; False when they are one already."""
        with self.transaction():
            self.remember(address)
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
        found = self.find_person(address)
        if found is not None:
            if name:
                self._change(_NAME, id=found.id, name=name, name_key=fold(name))
            return found.id
        return self._new_people([Profile(address, name)])[address.key]

    def _new_people(self, profiles: Sequence[Profile]) -> dict[str, int]:
        """Make people; give their numbers by the key of their address.

        Nobody else writes, so the numbers grow in the order of the rows.
        """
        last = self._number(_LAST_PERSON)
        self._change_each(
            _NEW_PERSON,
            [
                {
                    "name": one.name,
                    "name_key": fold(one.name),
                    "language": one.language,
                    "phone": one.phone,
                }
                for one in profiles
            ],
        )
        ids = [int(row.id) for row in self._rows(_PEOPLE_AFTER, last=last)]
        numbered = list(zip(profiles, ids, strict=True))
        self._change_each(
            _NEW_ADDRESS,
            [_address_row(who.address, number) for who, number in numbered],
        )
        self.add_groups((number, who) for who, number in numbered)
        return {who.address.key: number for who, number in numbered}

    def enrol_many(
        self,
        profiles: Iterable[Profile],
        list_name: str,
        origin: str,
        now: datetime,
    ) -> tuple[int, int]:
        """Make members; give how many are new, and how many are not.

        What is said about people who are known replaces what was known. All or
        none: one transaction.
        """
        added = already = 0
        membership = {"list_name": list_name, "origin": origin, "now": to_micros(now)}
        rest = iter(profiles)
        with self.transaction():
            while page := list(islice(rest, _PAGE)):
                ids = self._ids_of(_merged(page))
                new = self._not_on(list_name, list(ids.values()))
                self._change_each(_JOIN, [{**membership, "person_id": i} for i in new])
                added += len(new)
                already += len(page) - len(new)
        return added, already

    def _ids_of(self, profiles: Sequence[Profile]) -> dict[str, int]:
        """Find people, or make them; give their numbers by address key.

        What is said about those who are known replaces what was known.
        """
        keys = [one.address.key for one in profiles]
        known = {row.key: int(row.person_id) for row in self._rows(_KNOWN, keys=keys)}
        self.set_profiles(
            (known[one.address.key], one)
            for one in profiles
            if one.address.key in known
        )
        new = [one for one in profiles if one.address.key not in known]
        known |= self._new_people(new)
        return {key: known[key] for key in keys}

    def _not_on(self, list_name: str, ids: Sequence[int]) -> list[int]:
        rows = self._rows(_ON_LIST, list_name=list_name, ids=ids)
        members = {row.person_id for row in rows}
        return [one for one in dict.fromkeys(ids) if one not in members]

    def unenrol(
        self,
        address: Address,
        list_name: str,
        reaches: Mapping[str, Sequence[Reach]] = _NOT_SAID,
    ) -> bool:
        """End a membership, and what it would still bring; False: there was none.

        Args:
            address: any of theirs.
            list_name: the list that they leave.
            reaches: whom the posts of each list go to; that list's own members, where
                it isn't said.
        """
        with self.transaction():
            found = self._row(_PERSON, key=address.key)
            left = self._change(_LEAVE, list_name=list_name, key=address.key)
            if left and found is not None:
                reaches = {list_name: (Reach(list_name),), **reaches}
                self._cancel_posts(found.person_id, list_name, reaches)
                self._change(_DROP, key=address.key)
        return bool(left)

    def _cancel_posts(
        self, person_id: int, left: str, reaches: Mapping[str, Sequence[Reach]]
    ) -> None:
        """Cancel the posts that reach somebody by no other list than the one left."""
        for name, reach in reaches.items():
            if all(one.list_name != left for one in reach):
                continue
            statement, values = reaching(_STILL, reach)
            if self._number(statement, person_id=person_id, **values):
                continue
            theirs = {"person_id": person_id, "list_name": name}
            for row in self._rows(_WAITING, **theirs):
                self._change(_CANCEL, send_id=row.send_id, seq=row.seq)
                self._change(COUNT_CANCELLED[row.state], send_id=row.send_id, number=1)

    def members(self, list_name: str) -> Iterator[Member]:
        """List a list's own members, by address.

        They are read a page at a time, so a change meanwhile may show or not.
        """
        after, count = "", _PAGE
        while count == _PAGE:
            page = self.member_page(list_name, after, _PAGE)
            yield from page
            count = len(page)
            after = page[-1].address.key if page else after

    def set_member_state(
        self, address: Address, list_name: str, state: MemberState
    ) -> bool:
        """Suspend, pause or revive; False when there is no such member."""
        return bool(
            self._change(
                _SET_STATE, key=address.key, list_name=list_name, state=state.value
            )
        )

    def count_recipients(self, reach: Sequence[Reach]) -> int:
        """Count those who would get a post, each person once."""
        statement, values = reaching(_COUNT, reach)
        return self._number(statement, **values)

    def memberships_of(self, person: Person) -> dict[str, Member]:
        """Give somebody's memberships by the name of the list."""
        return {one.list_name: one for one in self.memberships_by_ids([person.id])}


def _merged(page: Sequence[Profile]) -> list[Profile]:
    """Merge lines about the same address; what was said last wins."""
    found: dict[Address, Profile] = {}
    for one in page:
        known = found.get(one.address, one)
        found[one.address] = Profile(
            known.address,
            one.name or known.name,
            one.phone or known.phone,
            one.groups or known.groups,
            one.language or known.language,
        )
    return list(found.values())


def _address_row(address: Address, person_id: int) -> dict[str, object]:
    return {
        "key": address.key,
        "address": str(address),
        "person_id": person_id,
        "shuffle": shuffled(address.key),
    }
