"""What happens to people: they move, pause, are one and the same, are erased.

And the events that owners are told of once a day. An event keeps a hash beside the
address, which goes when it was told: an import must not bring back who left.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from bot.address import Address
from bot.model import Member, Person, Reception, RosterEvent, Standing
from bot.store.convert import listed, shuffled, to_address, to_micros, to_time
from bot.store.people import PeopleBook

__all__: Final = ("LifeBook",)

# How long an import knows who left a list.
_EVENTS_KEPT: Final = timedelta(days=3 * 365)

# Few enough for one statement, many enough to be quick.
_PAGE: Final = 1000

_REPLIES: Final = listed(
    "SELECT address_key, count(*) AS number FROM replies"
    " WHERE address_key IN :keys AND at > :since GROUP BY address_key",
    "keys",
)
_RECEPTION: Final = text(
    "UPDATE memberships SET reception = :reception"
    " WHERE person_id = :person_id AND list_name = :list_name"
)
_PAUSE: Final = text(
    "UPDATE memberships SET state = 'paused', paused_until = :until"
    " WHERE person_id = :person_id AND list_name = :list_name"
    " AND state IN ('active', 'paused')"
)
_RESUME: Final = text(
    "UPDATE memberships SET state = 'active', paused_until = NULL"
    " WHERE person_id = :person_id AND list_name = :list_name AND state = 'paused'"
)
_RESUME_DUE: Final = text(
    "UPDATE memberships SET state = 'active', paused_until = NULL"
    " WHERE state = 'paused' AND paused_until <= :now"
)
_ADD_ADDRESS: Final = text(
    "INSERT INTO addresses (key, address, person_id, is_primary, shuffle)"
    " VALUES (:key, :address, :person_id, FALSE, :shuffle)"
    " ON CONFLICT (key) DO UPDATE SET person_id = excluded.person_id,"
    " is_primary = FALSE"
)
_MOVE: Final = text(
    "UPDATE memberships SET person_id = :to WHERE person_id = :person_id"
    " AND list_name = :list_name AND NOT EXISTS (SELECT 1 FROM memberships other"
    " WHERE other.person_id = :to AND other.list_name = :list_name)"
)
_END: Final = text(
    "DELETE FROM memberships WHERE person_id = :person_id AND list_name = :list_name"
)
_MOVE_ADDRESSES: Final = text(
    "UPDATE addresses SET person_id = :to, is_primary = FALSE"
    " WHERE person_id = :person_id"
)
_REMOVE_PERSON: Final = text("DELETE FROM people WHERE id = :person_id")
_REMOVE_ADDRESS: Final = text(
    "DELETE FROM addresses WHERE key = :key AND person_id = :person_id"
)
_RENAME: Final = text(
    "UPDATE addresses SET key = :key, address = :address, shuffle = :shuffle"
    " WHERE person_id = :person_id AND is_primary"
)
_NOTE: Final = text(
    "INSERT INTO roster_events (list_name, hash, address, name, what, how, at, told)"
    " VALUES (:list_name, :hash, :address, :name, :what, :how, :now, FALSE)"
)
_UNTOLD: Final = text(
    "SELECT id, list_name, address, name, what, how, at FROM roster_events"
    " WHERE NOT told AND address <> '' ORDER BY id"
)
_TOLD: Final = text(
    "UPDATE roster_events SET told = TRUE, address = '', name = ''"
    " WHERE id <= :last AND NOT told"
)
_FORGET_EVENTS: Final = text("DELETE FROM roster_events WHERE at <= :before")
_LAST_EVENT: Final = listed(
    "SELECT e.hash, e.list_name, e.what FROM roster_events e"
    " WHERE e.hash IN :hashes AND e.id = (SELECT max(o.id) FROM roster_events o"
    " WHERE o.hash = e.hash AND o.list_name = e.list_name)",
    "hashes",
)


class LifeBook(PeopleBook):
    """The part of the store that changes what people are."""

    def standings(
        self, addresses: Sequence[Address], now: datetime
    ) -> dict[str, Standing]:
        """Say where addresses stand, by key; strangers too."""
        found: dict[str, Standing] = {}
        with self.transaction():
            for start in range(0, len(addresses), _PAGE):
                found |= self._standings(addresses[start : start + _PAGE], now)
        return found

    def _standings(self, page: Sequence[Address], now: datetime) -> dict[str, Standing]:
        people = self.find_people(page)
        memberships: dict[int, dict[str, Member]] = {}
        for member in self.memberships_by_ids([one.id for one in people.values()]):
            of_person = memberships.setdefault(member.person_id, {})
            of_person[member.list_name] = member
        forgotten, left = self.forgotten(page), self._left(page)
        replies = self._replies_to(page, now)
        return {
            one.key: Standing(
                one,
                person := people.get(one.key),
                memberships.get(person.id, {}) if person else {},
                one.key in forgotten,
                frozenset(left.get(one.key, ())),
                replies.get(one.key, 0),
            )
            for one in page
        }

    def _replies_to(
        self, addresses: Sequence[Address], now: datetime
    ) -> dict[str, int]:
        """Count what was sent automatically in the last 24 hours, by address."""
        keys = [one.key for one in addresses]
        since = to_micros(now - timedelta(days=1))
        rows = self._rows(_REPLIES, keys=keys, since=since)
        return {row.address_key: row.number for row in rows}

    def _left(self, addresses: Sequence[Address]) -> dict[str, set[str]]:
        """Say which lists people left themselves, and did not join again."""
        hashes = self.hashes(addresses)
        found: dict[str, set[str]] = {}
        for row in self._rows(_LAST_EVENT, hashes=list(hashes)) if hashes else ():
            if row.what == "left":
                found.setdefault(hashes[row.hash], set()).add(row.list_name)
        return found

    # -- how somebody gets mail

    def set_reception(
        self, person_id: int, list_name: str, reception: Reception
    ) -> None:
        """Keep how a member wants to get the posts."""
        self._change(
            _RECEPTION,
            person_id=person_id,
            list_name=list_name,
            reception=reception.value,
        )

    def pause_member(
        self, person_id: int, list_name: str, until: datetime | None
    ) -> None:
        """Send a member nothing until a time; None: until they say so."""
        self._change(
            _PAUSE,
            person_id=person_id,
            list_name=list_name,
            until=None if until is None else to_micros(until),
        )

    def resume_member(self, person_id: int, list_name: str) -> None:
        """End a member's pause."""
        self._change(_RESUME, person_id=person_id, list_name=list_name)

    def resume_due(self, now: datetime) -> int:
        """End the pauses that are over; give their number."""
        return self._change(_RESUME_DUE, now=to_micros(now))

    # -- addresses

    def link_address(self, person: Person, address: Address) -> None:
        """Make an address another one of somebody's.

        Whoever had it is the same person, who keeps the first one's address.
        """
        with self.transaction():
            other = self.find_person(address)
            if other is not None and other.id == person.id:
                return
            if other is not None and other.address == address:
                self._merge(other, person)
                return
            self._change(
                _ADD_ADDRESS,
                key=address.key,
                address=str(address),
                person_id=person.id,
                shuffle=shuffled(address.key),
            )

    def _merge(self, one: Person, into: Person) -> None:
        """Make two people one; what is known about the second stays."""
        for list_name in self.memberships_of(one):
            self._change(_MOVE, person_id=one.id, list_name=list_name, to=into.id)
        self._change(_MOVE_ADDRESSES, person_id=one.id, to=into.id)
        self._change(_REMOVE_PERSON, person_id=one.id)

    def change_address(
        self, old: Person, new: Address, list_names: Sequence[str], now: datetime
    ) -> None:
        """Let a person's memberships of some lists go to another address.

        With all of them the person moves, and the old address is no longer theirs;
        else those who have both addresses are two people from now on. Suspensions
        end: they were the old address's.
        """
        with self.transaction():
            memberships = self.memberships_of(old)
            moving = [name for name in list_names if name in memberships]
            owner = self.find_person(new)
            if owner is None and len(moving) == len(memberships):
                self._change(
                    _RENAME,
                    person_id=old.id,
                    key=new.key,
                    address=str(new),
                    shuffle=shuffled(new.key),
                )
            else:
                if owner is not None and owner.id == old.id:
                    self._change(_REMOVE_ADDRESS, key=new.key, person_id=old.id)
                self._move(old, new, moving, now)
            self._revive(new, moving)

    def _move(
        self, old: Person, new: Address, moving: Sequence[str], now: datetime
    ) -> None:
        memberships = self.memberships_of(old)
        for name in moving:
            self.enrol(new, old.name, name, memberships[name].origin, now)
            self._change(_END, person_id=old.id, list_name=name)
        if len(moving) == len(memberships):
            self._change(_REMOVE_PERSON, person_id=old.id)

    def _revive(self, address: Address, list_names: Sequence[str]) -> None:
        for name in list_names:
            self._change(
                text(
                    "UPDATE memberships SET state = 'active' WHERE state = 'suspended'"
                    " AND list_name = :name AND person_id ="
                    " (SELECT person_id FROM addresses WHERE key = :key)"
                ),
                name=name,
                key=address.key,
            )

    # -- events

    def note_event(self, event: RosterEvent) -> None:
        """Keep that somebody came or went."""
        (hashed,) = self.hashes([event.address])
        self._change(
            _NOTE,
            list_name=event.list_name,
            hash=hashed,
            address=str(event.address),
            name=event.name,
            what=event.what,
            how=event.how,
            now=to_micros(event.at),
        )

    def untold_events(self) -> tuple[tuple[int, RosterEvent], ...]:
        """Give the events that owners have not been told, oldest first, by number."""
        return tuple(
            (
                row.id,
                RosterEvent(
                    row.list_name,
                    to_address(row.address),
                    row.name,
                    row.what,
                    row.how,
                    to_time(row.at),
                ),
            )
            for row in self._rows(_UNTOLD)
        )

    def mark_told(self, last: int, now: datetime) -> None:
        """Note that owners were told, and forget the names."""
        with self.transaction():
            self._change(_TOLD, last=last)
            self._change(_FORGET_EVENTS, before=to_micros(now - _EVENTS_KEPT))
