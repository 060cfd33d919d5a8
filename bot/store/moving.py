"""People and their addresses: two are one and the same, or somebody moves.

Rule for editors: a person goes only after what hangs on them went elsewhere, their
deliveries too: else a post finds them twice, and erasing misses some.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text

from bot.address import Address
from bot.model import Person, Profile
from bot.store.convert import shuffled
from bot.store.people import ACTIVE, PeopleBook

__all__: Final = ("MoveBook",)

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
_MOVE_DELIVERIES: Final = text(
    "UPDATE deliveries SET person_id = :to WHERE person_id = :person_id"
)
_END_BOUNCES: Final = text("DELETE FROM bounce_events WHERE person_id = :person_id")
_SUSPEND_ALIKE: Final = text(
    f"UPDATE memberships SET state = {ACTIVE.format(':person_id')}"  # noqa: S608 - constants
    " WHERE person_id = :person_id AND state IN ('active', 'suspended')"
)
_REMOVE_PERSON: Final = text("DELETE FROM people WHERE id = :person_id")
_REMOVE_ADDRESS: Final = text(
    "DELETE FROM addresses WHERE key = :key AND person_id = :person_id"
)
_REMOVE_OTHERS: Final = text(
    "DELETE FROM addresses WHERE person_id = :person_id AND NOT is_primary"
)
_RENAME: Final = text(
    "UPDATE addresses SET key = :key, address = :address, shuffle = :shuffle"
    " WHERE person_id = :person_id AND is_primary"
)
_REVIVE: Final = text(
    "UPDATE memberships SET state = 'active' WHERE state = 'suspended'"
    " AND list_name = :name"
    " AND person_id = (SELECT person_id FROM addresses WHERE key = :key)"
)


class MoveBook(PeopleBook):
    """The part of the store that says which addresses are whose."""

    def link_address(self, person: Person, address: Address) -> None:
        """Make an address another one of somebody's.

        Whoever had it is the same person, who keeps the first one's address.
        """
        with self.transaction():
            self.remember(address)
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
        """Make two people one, addresses and all; both agreed."""
        self._take_lists(one, into)
        self._change(_MOVE_ADDRESSES, person_id=one.id, to=into.id)
        self._end(one, into)

    def _take_over(self, one: Person, into: Person) -> None:
        """Give somebody all that another had, but for the addresses."""
        self._take_lists(one, into)
        self._end(one, into)

    def _take_lists(self, one: Person, into: Person) -> None:
        for list_name in self.memberships_of(one):
            self._change(_MOVE, person_id=one.id, list_name=list_name, to=into.id)
        self._change(_MOVE_DELIVERIES, person_id=one.id, to=into.id)
        # What came back did so from the other's address, which gets nothing now.
        self._change(_END_BOUNCES, person_id=one.id)
        self._change(_SUSPEND_ALIKE, person_id=into.id)

    def _end(self, one: Person, into: Person) -> None:
        """Remove a person; what is known of the one who remains stays."""
        self._change(_REMOVE_PERSON, person_id=one.id)
        both = Profile(
            into.address,
            into.name or one.name,
            into.phone or one.phone,
            (*one.groups, *into.groups),
            into.language or one.language,
        )
        self.set_profiles([(into.id, both)])

    def change_address(
        self, old: Person, new: Address, list_names: Sequence[str], now: datetime
    ) -> None:
        """Let a person's memberships of some lists go to another address.

        With all of them the person moves, and the old address is no longer theirs;
        else those who have both addresses are two people from now on. Suspensions
        end: they were the old address's. Other addresses of the person are theirs
        no longer: nobody knows whether who has the new one agrees, and with an
        address come the rights of who has it.
        """
        del now
        with self.transaction():
            memberships = self.memberships_of(old)
            moving = [one for one in dict.fromkeys(list_names) if one in memberships]
            if not moving:
                return
            owner = self.find_person(new)
            theirs = owner is None or owner.id == old.id
            self.remember(new)
            if theirs and (new == old.address or len(moving) == len(memberships)):
                self._rename(old, new)
            elif owner is not None and not theirs and len(moving) == len(memberships):
                self._take_over(old, owner)
            else:
                self._split(old, new, moving)
            for name in moving:
                self._change(_REVIVE, name=name, key=new.key)

    def _rename(self, person: Person, new: Address) -> None:
        """Let somebody get their mail at a new address, or at another of theirs."""
        if new in person.others:  # they said themselves that it is theirs
            self._change(_REMOVE_ADDRESS, key=new.key, person_id=person.id)
        elif new != person.address:
            self._change(_REMOVE_OTHERS, person_id=person.id)
        self._change(
            _RENAME,
            person_id=person.id,
            key=new.key,
            address=str(new),
            shuffle=shuffled(new.key),
        )

    def _split(self, old: Person, new: Address, moving: Sequence[str]) -> None:
        """Give some memberships to whoever has an address, somebody new if need be."""
        self._change(_REMOVE_ADDRESS, key=new.key, person_id=old.id)
        is_new = self.find_person(new) is None
        to = self._person_id(new, old.name)
        if is_new:
            known = Profile(new, old.name, old.phone, old.groups, old.language)
            self.set_profiles([(to, known)])
        for name in moving:
            self._change(_MOVE, person_id=old.id, list_name=name, to=to)
            self._change(_END, person_id=old.id, list_name=name)
