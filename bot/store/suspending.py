"""What ends a count, who is suspended, and who is asked whether they are there.

What was met by a mail counts as long as no later mail arrived: by when the mails were
queued, since reports come in any order. A person's state goes with them; their
memberships say `suspended` as long as it does, so that no post is queued for them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, Row, text

from bot.model import BounceState
from bot.store.bouncing import ALL_HITS, BouncingBook
from bot.store.calls import CallBook
from bot.store.convert import (
    listed,
    to_micros,
    to_time,
)

__all__: Final = ("SuspensionBook",)

# A report comes within so long, or the mail arrived.
_SILENCE: Final = timedelta(hours=72)
# But of somebody's mail whose reports came later than that: servers try for five days.
_LONG_SILENCE: Final = timedelta(days=8)

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
    "  WHERE e.person_id = b.person_id AND ((e.kind = 'delay' AND e.send_id = s.id)"
    "  OR (e.tells <> '' AND e.sent_at > b.reset_at"
    "   AND e.at - e.sent_at > :silence))))"
    " AND NOT EXISTS (SELECT 1 FROM bounce_events e WHERE e.send_id = s.id"
    "  AND e.person_id = b.person_id AND e.kind <> 'delay')"
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
    "  WHERE e.person_id = d.person_id AND e.kind <> 'delay' AND (e.send_id = d.send_id"
    "  OR (e.send_id IS NULL AND e.sent_at = :queued_at)))"
    # Warned of, it may still come back, but not for ever.
    " AND (b.settled_at <= :long_before OR NOT EXISTS (SELECT 1 FROM bounce_events e"
    "  WHERE e.person_id = d.person_id AND e.kind = 'delay'"
    "  AND e.send_id = d.send_id))",
    "ids",
    Integer,
)
_JUDGED: Final = text("UPDATE sends SET judged = TRUE WHERE id = :send_id")


class SuspensionBook(BouncingBook, CallBook):
    """The part of the store that knows whose address bounces."""

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
            self.end_call(person_id)

    def judge_silence(self, now: datetime) -> int:
        """Let posts that nothing came back of for 72 hours end the counts.

        Gives how many people's counts that concerns. Of those who are suspended only
        a probe tells more, and what they write.
        """
        before, long_before = now - _SILENCE, now - _LONG_SILENCE
        with self.transaction():
            hits = [one for one in self._rows(ALL_HITS) if not one.is_suspended]
            late = {one.person_id for one in hits if _is_late(one)}
            prompt = {one.person_id for one in hits} - late
            ended: set[int] = set()
            sends = self._rows(
                _UNJUDGED, before=to_micros(before), over=to_micros(long_before)
            )
            for send in sends:
                ended |= self._end_counts(send, prompt, before, long_before)
                ended |= self._end_counts(send, late, long_before, long_before)
                if send.is_over:
                    self._change(_JUDGED, send_id=send.id)
        return len(ended)

    def _end_counts(
        self,
        send: Row[Any],
        people: Collection[int],
        before: datetime,
        long_before: datetime,
    ) -> set[int]:
        """Forgive those of some people for whom a mail arrived; give who it was."""
        if not people:
            return set()
        values = {
            "send_id": send.id,
            "queued_at": send.created_at,
            "before": to_micros(before),
            "long_before": to_micros(long_before),
        }
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


def _is_late(hit: Row[Any]) -> bool:
    """Whether a report came so late that the mail was taken for arrived."""
    return to_time(hit.at) - to_time(hit.sent_at) > _SILENCE
