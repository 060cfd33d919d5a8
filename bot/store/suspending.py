"""What ends a count, who is suspended, and who is asked whether they are there.

What was met by a mail counts as long as no later mail arrived: by when the mails were
queued, since reports come in any order. A person's state goes with them; their
memberships say `suspended` as long as it does, so that no post is queued for them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from bot.model import BounceState
from bot.store.bouncing import BouncingBook
from bot.store.calls import CallBook
from bot.store.convert import (
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
    # A report that shows nothing of its mail may be about the probe.
    " AND NOT EXISTS (SELECT 1 FROM bounce_events e WHERE e.person_id = b.person_id"
    "  AND e.kind <> 'delay' AND (e.send_id = s.id"
    "  OR (e.send_id IS NULL AND e.tells <> '' AND e.at >= s.created_at)))"
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
# For whom a mail arrived of whose earlier mails something counts. Who was warned of it,
# or whose reports come late, may hear of it yet, but not for ever.
_ARRIVED: Final = text(
    "SELECT d.person_id FROM deliveries d JOIN batches b ON b.id = d.batch_id"
    " WHERE d.send_id = :send_id AND d.state = 'sent' AND b.settled_at <= :before"
    " AND d.person_id IN (SELECT e.person_id FROM bounce_events e"
    "  LEFT JOIN bounce_states s ON s.person_id = e.person_id"
    "  WHERE e.tells <> '' AND e.sent_at < :queued_at"
    "  AND e.sent_at > coalesce(s.reset_at, 0)"
    "  AND coalesce(s.state, '') <> 'suspended')"
    " AND NOT EXISTS (SELECT 1 FROM bounce_events e"
    "  WHERE e.person_id = d.person_id AND e.kind <> 'delay' AND (e.send_id = d.send_id"
    "  OR (e.send_id IS NULL AND e.sent_at = :queued_at)))"
    " AND (b.settled_at <= :long_before OR NOT EXISTS (SELECT 1 FROM bounce_events e"
    "  LEFT JOIN bounce_states s ON s.person_id = e.person_id"
    "  WHERE e.person_id = d.person_id"
    "  AND ((e.kind = 'delay' AND e.send_id = d.send_id) OR (e.tells <> ''"
    "   AND e.sent_at > coalesce(s.reset_at, 0) AND e.at - e.sent_at > :silence))))"
)
# A new doubt is worth a new probe.
_UNDOUBTED: Final = text(
    "UPDATE bounce_states SET probes = 0, probe_id = NULL, probed_at = NULL"
    " WHERE person_id = :person_id AND state <> 'suspended'"
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
        values = {
            "before": to_micros(now - _SILENCE),
            "long_before": to_micros(now - _LONG_SILENCE),
            "silence": _SILENCE // timedelta(microseconds=1),
        }
        with self.transaction():
            ended: set[int] = set()
            sends = self._rows(
                _UNJUDGED, before=values["before"], over=values["long_before"]
            )
            for send in sends:
                queued = {"send_id": send.id, "queued_at": send.created_at}
                for row in self._rows(_ARRIVED, **queued, **values):
                    self.reset_bounces(row.person_id, to_time(send.created_at))
                    self._change(_UNDOUBTED, person_id=row.person_id)
                    ended.add(row.person_id)
                if send.is_over:
                    self._change(_JUDGED, send_id=send.id)
        return len(ended)

    # -- suspensions

    def set_bounce_state(
        self, person_ids: Sequence[int], state: BounceState, now: datetime
    ) -> None:
        """Suspend people, or let them wait for an owner's word."""
        mail = _STOP_MAIL if state is BounceState.SUSPENDED else _GIVE_MAIL
        with self.transaction():
            rows: list[dict[str, object]] = [{"person_id": one} for one in person_ids]
            at = {"state": state.value, "now": to_micros(now)}
            self._change_each(_SET_STATE, [{**row, **at} for row in rows])
            self._change_each(mail, rows)

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
