"""Whose mail comes back: put together from the events, the states and the calls."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Integer, Row, text

from bot.address import Address
from bot.model import BounceState, Bouncing
from bot.store.bounces import BounceBook
from bot.store.convert import listed, to_address, to_time, to_time_or_none

__all__: Final = ("ALL_HITS", "BouncingBook")

_DAY_SECONDS: Final = 86_400
_WORSE: Final = ("", "claimed", "full", "dead")

_HITS: Final = (
    "SELECT e.person_id, e.send_id, e.sent_at, e.at, e.tells, e.reason, e.status,"
    " e.words, coalesce(b.probe_id, 0) AS probe_id,"
    " (b.state = 'suspended') AS is_suspended"
    " FROM bounce_events e JOIN people p ON p.id = e.person_id"
    " LEFT JOIN bounce_states b ON b.person_id = e.person_id"
    " WHERE e.tells <> '' AND e.sent_at > coalesce(b.reset_at, 0)"
)
ALL_HITS: Final = text(_HITS + " ORDER BY e.person_id, e.at, e.id")
_THEIR_HITS: Final = listed(
    _HITS + " AND e.person_id IN :ids ORDER BY e.person_id, e.at, e.id", "ids", Integer
)
_PEOPLE: Final = (
    "SELECT p.id, a.address, p.name, p.phone, p.language, b.state, b.since, b.probes,"
    " b.probed_at, c.caller, c.tries, c.tried_at FROM people p"
    " JOIN addresses a ON a.person_id = p.id AND a.is_primary"
    " LEFT JOIN bounce_states b ON b.person_id = p.id"
    " LEFT JOIN calls c ON c.person_id = p.id"
)
_BY_IDS: Final = listed(_PEOPLE + " WHERE p.id IN :ids ORDER BY a.key", "ids", Integer)
_STATED: Final = text("SELECT person_id FROM bounce_states WHERE state <> ''")
_LISTS: Final = listed(
    "SELECT person_id, list_name FROM memberships WHERE person_id IN :ids"
    " ORDER BY list_name",
    "ids",
    Integer,
)
_OF_KEYS: Final = listed(
    "SELECT DISTINCT a.person_id FROM addresses a WHERE a.key IN :keys"
    " AND (EXISTS (SELECT 1 FROM bounce_states b"
    "  WHERE b.person_id = a.person_id AND b.state <> '')"
    " OR EXISTS (SELECT 1 FROM bounce_events e WHERE e.person_id = a.person_id"
    "  AND e.tells <> ''))",
    "keys",
)
_COUNT: Final = text(
    "SELECT (SELECT count(DISTINCT e.person_id) FROM bounce_events e"
    "  JOIN people p ON p.id = e.person_id"
    "  LEFT JOIN bounce_states b ON b.person_id = e.person_id"
    "  WHERE e.tells <> '' AND e.sent_at > coalesce(b.reset_at, 0)) AS addresses,"
    " (SELECT count(*) FROM bounce_states WHERE state = 'suspended') AS suspended"
)


class BouncingBook(BounceBook):
    """The part of the store that says whose mail comes back."""

    def bouncing(self, person_ids: Sequence[int] | None = None) -> tuple[Bouncing, ...]:
        """Give those whose mail comes back or who are suspended, by address.

        Args:
            person_ids: only these; None: all of them.
        """
        with self.transaction():
            if person_ids is None:
                hits = self._rows(ALL_HITS)
                ids = {row.person_id for row in hits}
                ids |= {row.person_id for row in self._rows(_STATED)}
            else:
                ids = set(person_ids)
                hits = self._rows(_THEIR_HITS, ids=list(ids)) if ids else []
            return self._described(sorted(ids), hits)

    def bouncing_at(self, addresses: Iterable[Address]) -> tuple[Bouncing, ...]:
        """Give those of some people whose mail comes back; quick where none does."""
        keys = [one.key for one in addresses]
        rows = self._rows(_OF_KEYS, keys=keys) if keys else ()
        found = self.bouncing([row.person_id for row in rows]) if rows else ()
        return tuple(one for one in found if one.posts or one.state)

    def _described(
        self, ids: Sequence[int], hits: Sequence[Row[Any]]
    ) -> tuple[Bouncing, ...]:
        if not ids:
            return ()
        by_person = {
            person_id: tuple(theirs)
            for person_id, theirs in groupby(hits, lambda row: row.person_id)
        }
        lists: dict[int, list[str]] = {}
        for row in self._rows(_LISTS, ids=ids):
            lists.setdefault(row.person_id, []).append(row.list_name)
        return tuple(
            _bouncing(row, tuple(lists.get(row.id, ())), by_person.get(row.id, ()))
            for row in self._rows(_BY_IDS, ids=ids)
        )

    def count_bouncing(self) -> tuple[int, int]:
        """Count those whose mail comes back, and those who are suspended."""
        row = self._row(_COUNT)
        return (row.addresses, row.suspended) if row is not None else (0, 0)


def _bouncing(
    row: Row[Any], lists: tuple[str, ...], hits: Sequence[Row[Any]]
) -> Bouncing:
    """Put together what is known of somebody; a post counts once, and the worst."""
    posts: dict[int, str] = {}
    for hit in hits:
        posts[hit.sent_at] = max(
            posts.get(hit.sent_at, ""), hit.tells, key=_WORSE.index
        )
    told = list(posts.values())
    queued = [hit.sent_at for hit in hits]
    last = hits[-1] if hits else None
    probe = hits[0].probe_id if hits else 0
    span = to_time(max(queued)) - to_time(min(queued)) if queued else timedelta(0)
    return Bouncing(
        person_id=row.id,
        address=to_address(row.address),
        name=row.name,
        phone=row.phone,
        language=row.language,
        lists=lists,
        state=BounceState(row.state or ""),
        since=to_time_or_none(row.since),
        first_at=to_time(min(hit.at for hit in hits)) if hits else None,
        last_at=to_time(last.at) if last else None,
        dead=told.count("dead"),
        full=told.count("full"),
        claimed=told.count("claimed"),
        span_days=span.total_seconds() / _DAY_SECONDS,
        reason=last.reason if last else "",
        status=last.status if last else "",
        words=last.words if last else "",
        probes=row.probes or 0,
        probed_at=to_time_or_none(row.probed_at),
        probe_failed=any(
            hit.tells == "dead" and hit.send_id == probe for hit in hits if probe
        ),
        caller=to_address(row.caller) if row.caller else None,
        tries=row.tries or 0,
        tried_at=to_time_or_none(row.tried_at),
    )
