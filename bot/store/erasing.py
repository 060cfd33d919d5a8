"""Everything that is stored about a person: shown to them, or erased.

Rule for editors: a table that gets a column with an address, a name or anything
else of a person is read in `dossier` and cleared in `erase`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, TextClause, text

from bot.address import Address
from bot.model import Figures, Member, Person
from bot.store.convert import listed, to_micros, to_time
from bot.store.requests import RequestBook

__all__: Final = ("PrivacyBook",)

_SPAN: Final = timedelta(days=30)
# Answers and questions to people: whom they went to is nobody's business for long.
_LETTERS_KEPT: Final = timedelta(days=31)


def _by_keys(sql: str) -> TextClause:
    return listed(sql, "keys")


_MATTERS: Final = _by_keys(
    "SELECT kind, list_name, address, state, created_at, verdict FROM requests"
    " WHERE address_key IN :keys ORDER BY id"
)
_POSTS: Final = _by_keys(
    "SELECT list_name, message_id, posted_at FROM posts"
    " WHERE lower(author) IN :keys ORDER BY posted_at"
)
_DELIVERIES: Final = text(
    "SELECT s.kind, s.list_name, s.subject, s.created_at, d.state, d.reply"
    " FROM deliveries d JOIN sends s ON s.id = d.send_id"
    " WHERE d.person_id = :person_id ORDER BY s.id DESC LIMIT 200"
)
_ROLES: Final = _by_keys(
    "SELECT list_name, role FROM roles WHERE granted AND key IN :keys"
)

# What is still to be sent to somebody, by send.
_WAITING: Final = text(
    "SELECT send_id, state, count(*) AS number FROM deliveries"
    " WHERE person_id = :person_id AND state IN ('ready', 'deferred')"
    " GROUP BY send_id, state"
)
_CANCEL: Final = text(
    "UPDATE deliveries SET state = 'cancelled', due_at = NULL"
    " WHERE person_id = :person_id AND state IN ('ready', 'deferred')"
)
_COUNT_CANCELLED: Final[Mapping[str, TextClause]] = {
    state: text(
        f"UPDATE sends SET {state} = {state} - :number,"  # noqa: S608 - constants
        " cancelled = cancelled + :number WHERE id = :send_id"
    )
    for state in ("ready", "deferred")
}
# Batches that are on their way keep the address until their fate is known.
_BLANK_DELIVERIES: Final = text(
    "UPDATE deliveries SET address = '', reply = '' WHERE person_id = :person_id"
    " AND state NOT IN ('sending', 'doubtful')"
)
_BLANK_LETTERS: Final = text(
    "UPDATE deliveries SET address = '', reply = '' WHERE address <> ''"
    " AND send_id IN (SELECT id FROM sends WHERE finished_at <= :before"
    " AND kind NOT IN ('post', 'digest'))"
)
_LETTERS: Final = text(
    "SELECT DISTINCT d.address FROM deliveries d JOIN sends s ON s.id = d.send_id"
    " WHERE d.address <> '' AND d.person_id IS NULL AND s.finished_at IS NOT NULL"
    " AND s.kind NOT IN ('post', 'digest')"
)
_BLANK_TO: Final = _by_keys(
    "UPDATE deliveries SET address = '', reply = '' WHERE lower(address) IN :keys"
    " AND send_id IN (SELECT id FROM sends WHERE finished_at IS NOT NULL)"
)
_ERASE: Final[tuple[TextClause, ...]] = tuple(
    map(
        _by_keys,
        (
            "UPDATE sends SET subject = '', sender = '' WHERE lower(sender) IN :keys",
            "DELETE FROM requests WHERE address_key IN :keys",
            "UPDATE posts SET author = '' WHERE lower(author) IN :keys",
            "DELETE FROM replies WHERE address_key IN :keys",
            "DELETE FROM wrong_tokens WHERE address_key IN :keys",
            "DELETE FROM roles WHERE key IN :keys",
            "UPDATE roles SET changed_by = '' WHERE lower(changed_by) IN :keys",
            "UPDATE list_settings SET changed_by = '' WHERE lower(changed_by) IN :keys",
            "UPDATE requests SET settled_by = '' WHERE lower(settled_by) IN :keys",
        ),
    )
)
_ERASE_EVENTS: Final = listed(
    "UPDATE roster_events SET hash = '', address = '', name = '', told = TRUE"
    " WHERE hash IN :hashes",
    "hashes",
)
_OPEN_FACTS: Final = text("SELECT id, facts FROM requests")
_WITHDRAW: Final = text(
    "UPDATE requests SET facts = :facts, state = CASE WHEN state = 'open'"
    " THEN 'withdrawn' ELSE state END WHERE id = :id"
)
_ALERTS: Final = listed("DELETE FROM alerts WHERE key IN :names", "names")
_REMOVE: Final = listed("DELETE FROM people WHERE id IN :ids", "ids", Integer)

_FIGURES: Final = text(
    "SELECT count(*) AS members,"
    " count(CASE WHEN state = 'suspended' THEN 1 END) AS suspended,"
    " count(CASE WHEN state = 'paused' THEN 1 END) AS paused,"
    " count(CASE WHEN reception = 'digest' THEN 1 END) AS digest,"
    " count(CASE WHEN reception = 'none' THEN 1 END) AS none,"
    " (SELECT count(DISTINCT ref) FROM requests WHERE state = 'open'"
    "  AND kind = 'moderation' AND list_name = :list_name) AS held,"
    " (SELECT count(*) FROM posts WHERE list_name = :list_name"
    "  AND posted_at > :since) AS posts"
    " FROM memberships WHERE list_name = :list_name"
)
_FIGURES_OF_SENDS: Final = text(
    "SELECT coalesce(sum(accepted), 0) AS accepted,"
    " coalesce(sum(refused), 0) AS refused FROM sends"
    " WHERE list_name = :list_name AND kind = 'post' AND created_at > :since"
)
_FIGURES_OF_EVENTS: Final = text(
    "SELECT count(CASE WHEN what IN ('joined', 'added', 'imported') THEN 1 END)"
    " AS joined, count(CASE WHEN what IN ('left', 'removed', 'forgot') THEN 1 END)"
    ' AS "left" FROM roster_events WHERE list_name = :list_name AND at > :since'
)


class PrivacyBook(RequestBook):
    """The part of the store that shows and erases what is known of a person."""

    def dossier(self, address: Address) -> dict[str, object]:
        """Give everything that is stored about the person of an address."""
        with self.transaction():
            person = self.find_person(address)
            keys = _keys(address, person)
            found: dict[str, object] = {"addresses": keys}
            if person is not None:
                found |= self._about(person)
            found["requests"] = [
                row | {"created_at": to_time(row["created_at"])}
                for row in self._dicts(_MATTERS, keys=keys)
            ]
            found["posts"] = [
                row | {"posted_at": to_time(row["posted_at"])}
                for row in self._dicts(_POSTS, keys=keys)
            ]
            found["roles"] = self._dicts(_ROLES, keys=keys)
        return found

    def _about(self, person: Person) -> dict[str, object]:
        return {
            "name": person.name,
            "receives_at": str(person.address),
            "telephone": person.phone,
            "language": person.language,
            "groups": list(person.groups),
            "subscriptions": [
                _subscription(one) for one in self.memberships_of(person).values()
            ],
            "mails_sent": [
                row | {"created_at": to_time(row["created_at"])}
                for row in self._dicts(_DELIVERIES, person_id=person.id)
            ],
        }

    def erase(self, address: Address, now: datetime) -> tuple[Address, ...]:
        """Erase a person everywhere, but for a hash; give their addresses.

        Posts that wait for moderators are withdrawn; what was to be sent to them
        is cancelled.
        """
        with self.transaction():
            person = self.find_person(address)
            every = (address, *((person.address, *person.others) if person else ()))
            keys = _keys(address, person)
            if person is not None:
                self._cancel_deliveries(person)
            self._blank_facts(frozenset(keys))
            for statement in _ERASE:
                self._change(statement, keys=keys)
            self._change(_ERASE_EVENTS, hashes=list(self.hashes(every)))
            self._change(_ALERTS, names=[f"forged {key}" for key in keys])
            if person is not None:
                self._change(_REMOVE, ids=[person.id])
            self.note_forgotten(every, now)
        return tuple(dict.fromkeys(every))

    def _cancel_deliveries(self, person: Person) -> None:
        for row in self._rows(_WAITING, person_id=person.id):
            statement = _COUNT_CANCELLED[row.state]
            self._change(statement, send_id=row.send_id, number=row.number)
        self._change(_CANCEL, person_id=person.id)
        self._change(_BLANK_DELIVERIES, person_id=person.id)

    def _blank_facts(self, keys: frozenset[str]) -> None:
        """Take a person out of what others were asked: posts, wishes, links."""
        for row in self._rows(_OPEN_FACTS):
            facts: dict[str, Any] = json.loads(row.facts)
            if any(str(value).lower() in keys for value in facts.values()):
                self._change(_WITHDRAW, id=row.id, facts="{}")

    def blank_old_letters(self, now: datetime) -> int:
        """Forget whom answers and questions went to; give how many.

        After a month, or at once where somebody asked to be erased.
        """
        with self.transaction():
            old = self._change(_BLANK_LETTERS, before=to_micros(now - _LETTERS_KEPT))
            keys = [str(row.address).lower() for row in self._rows(_LETTERS)]
            gone = list(self.forgotten_keys(keys))
            return old + (self._change(_BLANK_TO, keys=gone) if gone else 0)

    def figures(self, list_name: str, now: datetime) -> Figures:
        """Count what `stats` tells of a list."""
        since = to_micros(now - _SPAN)
        found: dict[str, int] = {}
        with self.transaction():
            for statement in (_FIGURES, _FIGURES_OF_SENDS, _FIGURES_OF_EVENTS):
                for row in self._dicts(statement, list_name=list_name, since=since):
                    found |= {key: int(value) for key, value in row.items()}
        return Figures(**found)


def _keys(address: Address, person: Person | None) -> list[str]:
    others: Sequence[Address] = (person.address, *person.others) if person else ()
    return list(dict.fromkeys(one.key for one in (address, *others)))


def _subscription(member: Member) -> dict[str, object]:
    return {
        "list": member.list_name,
        "since": member.joined_at,
        "how": member.origin,
        "state": member.state.value,
        "reception": member.reception.value,
        "paused_until": member.paused_until,
    }
