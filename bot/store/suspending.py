"""Whose mail came back in a row, who is suspended, and who telephones them.

What was met by a mail counts as long as no later mail arrived: by when the mails were
queued, since reports come in any order. A person's state goes with them; their
memberships say `suspended` as long as it does, so that no post is queued for them.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Integer, Row, text

from bot.address import Address
from bot.model import BounceState, Bouncing
from bot.store.bounces import BounceBook
from bot.store.convert import (
    listed,
    to_address,
    to_micros,
    to_time,
    to_time_or_none,
)

__all__: Final = ("SuspensionBook",)

# A report comes within so long, or the mail arrived.
_SILENCE: Final = timedelta(hours=72)
# But of somebody's mail whose reports came later than that: servers try for five days.
_LONG_SILENCE: Final = timedelta(days=8)
_DAY_SECONDS: Final = 86_400

_HITS: Final = (
    "SELECT e.person_id, e.send_id, e.sent_at, e.at, e.tells, e.reason, e.status,"
    " e.words, coalesce(b.probe_id, 0) AS probe_id,"
    " (b.state = 'suspended') AS is_suspended"
    " FROM bounce_events e JOIN people p ON p.id = e.person_id"
    " LEFT JOIN bounce_states b ON b.person_id = e.person_id"
    " WHERE e.tells <> '' AND e.sent_at > coalesce(b.reset_at, 0)"
)
_ALL_HITS: Final = text(_HITS + " ORDER BY e.person_id, e.at, e.id")
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
    " AND a.is_primary AND (EXISTS (SELECT 1 FROM bounce_states b"
    "  WHERE b.person_id = a.person_id AND b.state <> '')"
    " OR EXISTS (SELECT 1 FROM bounce_events e WHERE e.person_id = a.person_id"
    "  AND e.tells <> ''))",
    "keys",
)
_RESET: Final = text(
    "INSERT INTO bounce_states (person_id, reset_at, state, since, probes, probed_at)"
    " SELECT p.id, :at, '', NULL, 0, NULL FROM people p WHERE p.id = :person_id"
    " ON CONFLICT (person_id) DO UPDATE SET reset_at ="
    " CASE WHEN bounce_states.reset_at > excluded.reset_at"
    " THEN bounce_states.reset_at ELSE excluded.reset_at END"
)
_CALM: Final = text(
    "UPDATE bounce_states SET state = '', since = NULL, probes = 0, probe_id = NULL,"
    " probed_at = NULL WHERE person_id = :person_id"
)
_SET_STATE: Final = text(
    "INSERT INTO bounce_states (person_id, reset_at, state, since, probes, probed_at)"
    " SELECT p.id, 0, :state, :now, 0, NULL FROM people p WHERE p.id = :person_id"
    " ON CONFLICT (person_id) DO UPDATE SET state = excluded.state,"
    " since = excluded.since, probes = 0, probe_id = NULL, probed_at = NULL"
)
_STOP_MAIL: Final = text(
    "UPDATE memberships SET state = 'suspended'"
    " WHERE person_id = :person_id AND state = 'active'"
)
_GIVE_MAIL: Final = text(
    "UPDATE memberships SET state = 'active'"
    " WHERE person_id = :person_id AND state = 'suspended'"
)
_PROBED: Final = text(
    "INSERT INTO bounce_states"
    " (person_id, reset_at, state, since, probes, probe_id, probed_at)"
    " SELECT p.id, 0, '', NULL, 1, :send_id, :now FROM people p"
    " WHERE p.id = :person_id"
    " ON CONFLICT (person_id) DO UPDATE SET probes = bounce_states.probes + 1,"
    " probe_id = excluded.probe_id, probed_at = excluded.probed_at"
)
_PROBE_OF: Final = text(
    "SELECT probe_id FROM bounce_states WHERE person_id = :person_id"
    " AND probe_id IS NOT NULL"
)
_OPEN_PROBES: Final = text(
    "SELECT b.person_id, s.created_at FROM bounce_states b"
    " JOIN sends s ON s.id = b.probe_id"
    " WHERE s.finished_at IS NOT NULL AND s.accepted > 0 AND s.last_batch_at <= :before"
    " AND (s.last_batch_at <= :long_before OR NOT EXISTS (SELECT 1 FROM bounce_events e"
    "  WHERE e.person_id = b.person_id AND e.tells <> '' AND e.sent_at > b.reset_at"
    "  AND e.at - e.sent_at > :silence))"
    " AND NOT EXISTS (SELECT 1 FROM bounce_events e WHERE e.send_id = s.id"
    "  AND e.person_id = b.person_id)"
)
_LATER_POST: Final = text(
    "SELECT 1 FROM sends s WHERE s.kind IN ('post', 'digest') AND s.created_at > :at"
    " AND EXISTS (SELECT 1 FROM deliveries d WHERE d.send_id = s.id"
    "  AND d.person_id = :person_id AND d.state <> 'cancelled') LIMIT 1"
)
_UNJUDGED: Final = text(
    "SELECT id, created_at, (finished_at IS NOT NULL AND last_batch_at <= :over)"
    " AS is_over FROM sends WHERE NOT judged AND kind IN ('post', 'digest')"
    " AND started_at <= :before ORDER BY id"
)
_ARRIVED: Final = listed(
    "SELECT d.person_id FROM deliveries d JOIN batches b ON b.id = d.batch_id"
    " WHERE d.send_id = :send_id AND d.state = 'sent' AND d.person_id IN :ids"
    " AND b.settled_at <= :before AND NOT EXISTS (SELECT 1 FROM bounce_events e"
    "  WHERE e.send_id = d.send_id AND e.person_id = d.person_id)",
    "ids",
    Integer,
)
_JUDGED: Final = text("UPDATE sends SET judged = TRUE WHERE id = :send_id")
_ASSIGN: Final = text(
    "INSERT INTO calls"
    " (person_id, list_name, caller, assigned_at, tries, tried_at, tried_by)"
    " SELECT p.id, :list_name, :caller, :now, 0, NULL, '' FROM people p"
    " WHERE p.id = :person_id ON CONFLICT (person_id) DO UPDATE SET"
    " list_name = excluded.list_name, caller = excluded.caller,"
    " tries = CASE WHEN calls.caller = excluded.caller THEN calls.tries ELSE 0 END,"
    " assigned_at = excluded.assigned_at"
)
_TRIED: Final = text(
    "UPDATE calls SET tries = tries + 1, tried_at = :now, tried_by = :by"
    " WHERE person_id = :person_id"
)
_OTHER_CALLS: Final = listed(
    "DELETE FROM calls WHERE person_id NOT IN :ids", "ids", Integer
)
_NO_CALL: Final = text("DELETE FROM calls WHERE person_id = :person_id")
_COUNT: Final = text(
    "SELECT (SELECT count(DISTINCT e.person_id) FROM bounce_events e"
    "  JOIN people p ON p.id = e.person_id"
    "  LEFT JOIN bounce_states b ON b.person_id = e.person_id"
    "  WHERE e.tells <> '' AND e.sent_at > coalesce(b.reset_at, 0)) AS addresses,"
    " (SELECT count(*) FROM bounce_states WHERE state = 'suspended') AS suspended"
)


class SuspensionBook(BounceBook):
    """The part of the store that knows whose address bounces."""

    def bouncing(self, person_ids: Sequence[int] | None = None) -> tuple[Bouncing, ...]:
        """Give those whose mail comes back or who are suspended, by address.

        Args:
            person_ids: only these; None: all of them.
        """
        with self.transaction():
            if person_ids is None:
                hits = self._rows(_ALL_HITS)
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

    # -- what counts no more

    def reset_bounces(self, person_id: int, at: datetime) -> None:
        """Let what mails met that were queued up to a time count no more."""
        self._change(_RESET, person_id=person_id, at=to_micros(at))

    def revive(self, person_id: int, now: datetime) -> None:
        """Start anew with somebody: nothing counts, and they get mail again."""
        with self.transaction():
            self.reset_bounces(person_id, now)
            self._change(_CALM, person_id=person_id)
            self._change(_GIVE_MAIL, person_id=person_id)
            self._change(_NO_CALL, person_id=person_id)

    def judge_silence(self, now: datetime) -> int:
        """Let posts that nothing came back of for 72 hours end the counts.

        Gives how many people's counts that concerns. Of those who are suspended only
        a probe tells more, and what they write.
        """
        before, long_before = now - _SILENCE, now - _LONG_SILENCE
        with self.transaction():
            hits = [one for one in self._rows(_ALL_HITS) if not one.is_suspended]
            late = {one.person_id for one in hits if _is_late(one)}
            prompt = {one.person_id for one in hits} - late
            ended: set[int] = set()
            sends = self._rows(
                _UNJUDGED, before=to_micros(before), over=to_micros(long_before)
            )
            for send in sends:
                ended |= self._end_counts(send, prompt, before)
                ended |= self._end_counts(send, late, long_before)
                if send.is_over:
                    self._change(_JUDGED, send_id=send.id)
        return len(ended)

    def _end_counts(
        self, send: Row[Any], people: Collection[int], before: datetime
    ) -> set[int]:
        """Forgive those of some people for whom a mail arrived; give who it was."""
        if not people:
            return set()
        values = {"send_id": send.id, "before": to_micros(before)}
        arrived = self._rows(_ARRIVED, ids=sorted(people), **values)
        for row in arrived:
            self.reset_bounces(row.person_id, to_time(send.created_at))
        return {row.person_id for row in arrived}

    # -- suspensions

    def set_bounce_state(
        self, person_ids: Sequence[int], state: BounceState, now: datetime
    ) -> None:
        """Suspend people, or let them wait for an owner's word."""
        mail = _STOP_MAIL if state is BounceState.SUSPENDED else _GIVE_MAIL
        with self.transaction():
            for person_id in person_ids:
                self._change(
                    _SET_STATE,
                    person_id=person_id,
                    state=state.value,
                    now=to_micros(now),
                )
                self._change(mail, person_id=person_id)

    # -- probes

    def note_probe(self, person_id: int, send_id: int, now: datetime) -> None:
        """Note that a probe is in the outbox."""
        self._change(_PROBED, person_id=person_id, send_id=send_id, now=to_micros(now))

    def is_probe(self, send_id: int, person_id: int) -> bool:
        """Whether a mail is the last probe of somebody."""
        row = self._row(_PROBE_OF, person_id=person_id)
        return row is not None and row.probe_id == send_id

    def arrived_probes(self, now: datetime) -> tuple[tuple[int, datetime], ...]:
        """Give those whose probe nothing came back of, and when it was queued."""
        rows = self._rows(
            _OPEN_PROBES,
            before=to_micros(now - _SILENCE),
            long_before=to_micros(now - _LONG_SILENCE),
            silence=_SILENCE // timedelta(microseconds=1),
        )
        return tuple((row.person_id, to_time(row.created_at)) for row in rows)

    def wrote_since(self, person_id: int, at: datetime) -> bool:
        """Whether somebody is sent a post that was queued after a time."""
        return bool(self._rows(_LATER_POST, person_id=person_id, at=to_micros(at)))

    # -- calls

    def assign_call(
        self, person_id: int, list_name: str, caller: Address, now: datetime
    ) -> None:
        """Note who telephones somebody, as a caller of which list.

        Whoever is new to it hasn't tried yet.
        """
        self._change(
            _ASSIGN,
            person_id=person_id,
            list_name=list_name,
            caller=str(caller),
            now=to_micros(now),
        )

    def note_try(self, person_id: int, by: Address, now: datetime) -> None:
        """Note that somebody was called, and did not answer."""
        self._change(_TRIED, person_id=person_id, by=str(by), now=to_micros(now))

    def keep_calls(self, person_ids: Sequence[int]) -> None:
        """Forget who telephones whom, but for some people."""
        self._change(_OTHER_CALLS, ids=list(person_ids))


def _is_late(hit: Row[Any]) -> bool:
    """Whether a report came so late that the mail was taken for arrived."""
    return to_time(hit.at) - to_time(hit.sent_at) > _SILENCE


def _bouncing(
    row: Row[Any], lists: tuple[str, ...], hits: Sequence[Row[Any]]
) -> Bouncing:
    """Put together what is known of somebody; a post counts once, and the worst."""
    posts: dict[int | None, str] = {}
    for hit in hits:
        if posts.get(hit.send_id) != "dead":
            posts[hit.send_id] = hit.tells
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
        span_days=span.total_seconds() / _DAY_SECONDS,
        reason=last.reason if last else "",
        status=last.status if last else "",
        words=last.words if last else "",
        probes=row.probes or 0,
        probed_at=to_time_or_none(row.probed_at),
        probe_failed=bool(probe) and posts.get(probe) == "dead",
        caller=to_address(row.caller) if row.caller else None,
        tries=row.tries or 0,
        tried_at=to_time_or_none(row.tried_at),
    )
