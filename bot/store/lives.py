"""What happens to people: where they stand, how they get mail, who came and went.

And the events that owners are told of once a day, or a week. An event keeps a hash
beside the address, which goes when it was told: an import must not bring back who left.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from bot.address import Address
from bot.model import WEEKLY_EVENTS, Member, Reception, RosterEvent, Standing
from bot.store.convert import listed, to_address, to_micros, to_time
from bot.store.moving import MoveBook
from bot.store.people import ACTIVE

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
# Whatever they are: somebody suspended who writes would get mail again at once.
_PAUSE: Final = text(
    "UPDATE memberships SET state = 'paused', paused_until = :until"
    " WHERE person_id = :person_id AND list_name = :list_name"
)
_ACTIVE: Final = ACTIVE.format("memberships.person_id")
_RESUME: Final = text(
    f"UPDATE memberships SET state = {_ACTIVE}, paused_until = NULL"  # noqa: S608 - constants
    " WHERE person_id = :person_id AND list_name = :list_name AND state = 'paused'"
)
_RESUME_DUE: Final = text(
    f"UPDATE memberships SET state = {_ACTIVE}, paused_until = NULL"  # noqa: S608 - constants
    " WHERE state = 'paused' AND paused_until <= :now"
)
_NOTE: Final = text(
    "INSERT INTO roster_events (list_name, hash, address, name, what, how, at, told)"
    " VALUES (:list_name, :hash, :address, :name, :what, :how, :now, FALSE)"
)
_IS_WEEKLY: Final = "(what IN ({})) = :weekly".format(
    ", ".join(f"'{one}'" for one in sorted(WEEKLY_EVENTS))
)
_UNTOLD: Final = text(
    "SELECT id, list_name, address, name, what, how, at FROM roster_events"  # noqa: S608 - constants
    f" WHERE NOT told AND {_IS_WEEKLY} ORDER BY id"
)
_TOLD: Final = text(
    "UPDATE roster_events SET told = TRUE, address = '', name = ''"  # noqa: S608 - constants
    f" WHERE id <= :last AND NOT told AND {_IS_WEEKLY}"
)
_FORGET_EVENTS: Final = text("DELETE FROM roster_events WHERE at <= :before")
_LAST_EVENT: Final = listed(
    "SELECT e.hash, e.list_name, e.what FROM roster_events e"
    " WHERE e.hash IN :hashes AND e.id = (SELECT max(o.id) FROM roster_events o"
    " WHERE o.hash = e.hash AND o.list_name = e.list_name)",
    "hashes",
)


class LifeBook(MoveBook):
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

    def untold_events(
        self, *, weekly: bool = False
    ) -> tuple[tuple[int, RosterEvent], ...]:
        """Give the events that owners have not been told, oldest first, by number.

        Args:
            weekly: those of `WEEKLY_EVENTS`, else all the others.
        """
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
            for row in self._rows(_UNTOLD, weekly=weekly)
        )

    def mark_told(self, last: int, now: datetime, *, weekly: bool = False) -> None:
        """Note that owners were told, and forget the names."""
        with self.transaction():
            self._change(_TOLD, last=last, weekly=weekly)
            self._change(_FORGET_EVENTS, before=to_micros(now - _EVENTS_KEPT))
