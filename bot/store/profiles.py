"""What is known about people: names, addresses, groups; and who must not be.

A person has one address that receives (`is_primary`), and perhaps others that may
post and command.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Integer, Row, text

from bot.address import Address
from bot.folding import fold
from bot.model import (
    Member,
    MemberState,
    Person,
    Profile,
    Reception,
    group_key,
)
from bot.store.convert import listed, to_address, to_micros, to_time, to_time_or_none
from bot.store.housekeeping import Housekeeping

__all__: Final = ("ProfileBook",)

# Few enough for one statement.
_PAGE: Final = 1000

_PERSON_COLUMNS: Final = (
    "SELECT p.id, p.name, p.language, p.phone, main.address, a.key AS asked"
    " FROM addresses a JOIN people p ON p.id = a.person_id"
    " JOIN addresses main ON main.person_id = p.id AND main.is_primary"
)
_PEOPLE: Final = listed(_PERSON_COLUMNS + " WHERE a.key IN :keys", "keys")
_NAMESAKES: Final = text(
    _PERSON_COLUMNS + " WHERE a.is_primary AND p.name_key = :key LIMIT 2"
)
_OTHERS: Final = listed(
    "SELECT person_id, address FROM addresses"
    " WHERE NOT is_primary AND person_id IN :ids ORDER BY key",
    "ids",
    Integer,
)
_GROUPS: Final = listed(
    "SELECT person_id, name FROM person_groups WHERE person_id IN :ids ORDER BY key",
    "ids",
    Integer,
)
_ALL_GROUPS: Final = text(
    "SELECT key, min(name) AS name FROM person_groups GROUP BY key"
)
_MEMBER_COLUMNS: Final = (
    "SELECT m.person_id, a.key, a.address, p.name, m.list_name, m.state, p.language,"
    " p.phone, m.origin, m.joined_at, m.reception, m.paused_until"
    " FROM memberships m JOIN people p ON p.id = m.person_id"
    " JOIN addresses a ON a.person_id = p.id AND a.is_primary"
)
_MEMBERS: Final = text(
    _MEMBER_COLUMNS + " WHERE m.list_name = :list_name AND a.key > :after"
    " ORDER BY a.key LIMIT :count"
)
_MEMBERSHIPS: Final = listed(
    _MEMBER_COLUMNS + " WHERE m.person_id IN :ids ORDER BY m.list_name",
    "ids",
    Integer,
)
_SET: Final[Mapping[str, Any]] = {
    "name": text(
        "UPDATE people SET name = :value, name_key = :name_key WHERE id = :id"
    ),
    "phone": text("UPDATE people SET phone = :value WHERE id = :id"),
    "language": text("UPDATE people SET language = :value WHERE id = :id"),
}
_CLEAR_GROUPS: Final = text("DELETE FROM person_groups WHERE person_id = :id")
_ADD_GROUP: Final = text(
    "INSERT INTO person_groups (person_id, key, name) VALUES (:id, :key, :name)"
    " ON CONFLICT (person_id, key) DO UPDATE SET name = excluded.name"
)
_REMEMBER: Final = text("DELETE FROM forgotten WHERE hash = :hash")
_FORGOTTEN: Final = listed("SELECT hash FROM forgotten WHERE hash IN :hashes", "hashes")
_FORGET_HASH: Final = text(
    "INSERT INTO forgotten (hash, at) VALUES (:hash, :now) ON CONFLICT DO NOTHING"
)


class ProfileBook(Housekeeping):
    """The part of the store that knows what is known about people."""

    def find_person(self, address: Address) -> Person | None:
        """Find somebody by any of their addresses."""
        return self.find_people([address]).get(address.key)

    def find_people(self, addresses: Sequence[Address]) -> dict[str, Person]:
        """Find people by any of their addresses; give them by its key."""
        keys = [address.key for address in addresses]
        with self.transaction():
            rows = self._rows(_PEOPLE, keys=keys)
            return dict(
                zip([row.asked for row in rows], self._people(rows), strict=True)
            )

    def namesakes(self, name: str) -> tuple[Person, ...]:
        """Find people of a name; two at most, since two are no answer."""
        key = fold(name)
        with self.transaction():
            return tuple(self._people(self._rows(_NAMESAKES, key=key))) if key else ()

    def _people(self, rows: Sequence[Row[Any]]) -> list[Person]:
        ids = [row.id for row in rows]
        others = self._by_person(_OTHERS, "address", ids)
        groups = self._by_person(_GROUPS, "name", ids)
        return [
            Person(
                row.id,
                to_address(row.address),
                row.name,
                row.language,
                row.phone,
                tuple(groups.get(row.id, ())),
                tuple(map(to_address, others.get(row.id, ()))),
            )
            for row in rows
        ]

    def _by_person(
        self,
        statement: Any,  # noqa: ANN401 - a TextClause
        column: str,
        ids: Sequence[int],
    ) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for row in self._rows(statement, ids=ids) if ids else ():
            found.setdefault(row.person_id, []).append(getattr(row, column))
        return found

    def all_groups(self) -> dict[str, str]:
        """Give a name of each group that somebody carries, by its key."""
        return {row.key: row.name for row in self._rows(_ALL_GROUPS)}

    def member_page(self, list_name: str, after: str, count: int) -> list[Member]:
        """Give the members of a list whose address comes after a key."""
        with self.transaction():
            rows = self._rows(_MEMBERS, list_name=list_name, after=after, count=count)
            return self._members(rows)

    def memberships_by_ids(self, ids: Sequence[int]) -> list[Member]:
        """Give all memberships of some people."""
        with self.transaction():
            return self._members(self._rows(_MEMBERSHIPS, ids=ids)) if ids else []

    def _members(self, rows: Sequence[Row[Any]]) -> list[Member]:
        ids = list({row.person_id for row in rows})
        groups = self._by_person(_GROUPS, "name", ids)
        return [_member(row, groups.get(row.person_id, ())) for row in rows]

    # -- changes

    def set_person(self, person_id: int, key: str, value: str) -> None:
        """Set somebody's name, phone or language."""
        more = {"name_key": fold(value)} if key == "name" else {}
        self._change(_SET[key], id=person_id, value=value, **more)

    def set_profiles(self, profiles: Iterable[tuple[int, Profile]]) -> None:
        """Keep what is said about people, by their number; what is empty stays."""
        rows = list(profiles)
        with self.transaction():
            for key, statement in _SET.items():
                changes = [
                    {"id": one, "value": value}
                    | ({"name_key": fold(value)} if key == "name" else {})
                    for one, profile in rows
                    if (value := getattr(profile, key))
                ]
                self._change_each(statement, changes)
            self._change_each(_CLEAR_GROUPS, [{"id": i} for i, p in rows if p.groups])
            self.add_groups(rows)

    def add_groups(self, profiles: Iterable[tuple[int, Profile]]) -> None:
        """Let people carry groups, besides those that they carry already."""
        self._change_each(
            _ADD_GROUP,
            [
                {"id": one, "key": group_key(name), "name": name}
                for one, profile in profiles
                for name in profile.groups
                if group_key(name)
            ],
        )

    # -- those who asked to be erased

    def hashes(self, addresses: Sequence[Address]) -> dict[str, str]:
        """Give the keys of addresses by what stands for each, and tells nothing."""
        secret = self.secret() if addresses else b""
        return {
            hmac.new(secret, one.key.encode(), sha256).hexdigest(): one.key
            for one in addresses
        }

    def remember(self, address: Address) -> None:
        """Let somebody come back who asked to be erased: they did it themselves."""
        (hashed,) = self.hashes([address])
        self._change(_REMEMBER, hash=hashed)

    def note_forgotten(self, addresses: Sequence[Address], now: datetime) -> None:
        """Keep that somebody asked to be erased, and nothing else of them."""
        rows = [{"hash": one, "now": to_micros(now)} for one in self.hashes(addresses)]
        self._change_each(_FORGET_HASH, list[dict[str, object]](rows))

    def forgotten_keys(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Give those keys of addresses whose owners asked to be erased."""
        found: set[str] = set()
        for start in range(0, len(keys), _PAGE):
            page = [to_address(key) for key in keys[start : start + _PAGE]]
            found |= self.forgotten(page)
        return tuple(sorted(found))

    def forgotten(self, addresses: Sequence[Address]) -> frozenset[str]:
        """Give the keys of those who asked to be erased."""
        hashes = self.hashes(addresses)
        rows = self._rows(_FORGOTTEN, hashes=list(hashes)) if hashes else ()
        return frozenset(hashes[row.hash] for row in rows)


def _member(row: Row[Any], groups: Sequence[str]) -> Member:
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
        Reception(row.reception),
        to_time_or_none(row.paused_until),
        tuple(groups),
    )
