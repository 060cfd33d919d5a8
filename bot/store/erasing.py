"""Everything that is stored about a person: shown to them, or erased.

Rule for editors: a table that gets a column with an address, a name or anything
else of a person is read in `dossier` and cleared in `erase`.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, TextClause, text

from bot.address import Address
from bot.model import Member, Person
from bot.store.convert import listed, to_micros, to_time
from bot.store.people import COUNT_CANCELLED
from bot.store.requests import RequestBook

__all__: Final = ("PrivacyBook",)

_TIMES: Final = frozenset({"created_at", "posted_at", "changed_at", "at"})
# Answers and questions to people: whom they went to is nobody's business for long.
_LETTERS_KEPT: Final = timedelta(days=31)
# Longer than a year, since some announcements are forwarded each year.
_HISTORY_KEPT: Final = timedelta(days=400)


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
_THEIRS: Final = "(d.person_id = :person_id OR lower(d.address) IN :keys)"
_DELIVERIES: Final = _by_keys(
    "SELECT s.kind, s.list_name, s.subject, s.created_at, d.state, d.reply"  # noqa: S608 - constants
    f" FROM deliveries d JOIN sends s ON s.id = d.send_id WHERE {_THEIRS}"
    " ORDER BY s.id DESC LIMIT 200"
)
_ROLES: Final = _by_keys(
    "SELECT list_name, role FROM roles WHERE granted AND key IN :keys"
)
_SETTINGS: Final = _by_keys(
    "SELECT list_name, key, changed_at FROM list_settings"
    " WHERE lower(changed_by) IN :keys ORDER BY changed_at"
)
_MARKS: Final = _by_keys(
    "SELECT list_name, mark, changed_at FROM marks WHERE key IN :keys"
)
_BOUNCES: Final = _by_keys(
    "SELECT at, kind, reason, status, words FROM bounce_events WHERE key IN :keys"
    " ORDER BY at"
)
_CALLS: Final = text("SELECT list_name, tries FROM calls WHERE person_id = :person_id")
_ABSENCES: Final = _by_keys("SELECT why FROM absences WHERE key IN :keys")
# Without who did it: that is somebody else's address.
_EVENTS: Final = listed(
    "SELECT list_name, what, at FROM roster_events WHERE hash IN :hashes ORDER BY id",
    "hashes",
)

# What is still to be sent to somebody, by send.
_WAITING: Final = _by_keys(
    "SELECT d.send_id, d.state, count(*) AS number FROM deliveries d"  # noqa: S608 - constants
    f" WHERE {_THEIRS} AND d.state IN ('ready', 'deferred')"
    " GROUP BY d.send_id, d.state"
)
_CANCEL: Final = _by_keys(
    "UPDATE deliveries AS d SET state = 'cancelled', due_at = NULL"  # noqa: S608 - constants
    f" WHERE {_THEIRS} AND d.state IN ('ready', 'deferred')"
)
# Batches that are on their way keep the address until their fate is known: the
# ledger blanks that of people who are gone, `blank_old_letters` that of others.
_BLANK_DELIVERIES: Final = _by_keys(
    "UPDATE deliveries AS d SET address = '', reply = ''"  # noqa: S608 - constants
    f" WHERE {_THEIRS} AND d.state NOT IN ('sending', 'doubtful')"
)
_BLANK_LETTERS: Final = text(
    "UPDATE deliveries SET address = '', reply = '' WHERE address <> ''"
    " AND send_id IN (SELECT id FROM sends WHERE finished_at <= :before"
    " AND kind NOT IN ('post', 'digest'))"
)
_BLANK_SUBJECTS: Final = text(
    "UPDATE sends SET subject = '' WHERE finished_at <= :before AND subject <> ''"
    " AND kind NOT IN ('post', 'digest')"
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
            # Others are still asked, or will be: the post is not theirs to take along.
            (
                "UPDATE requests SET address = '', address_key = '',"
                " token_hash = 'gone ' || id WHERE address_key IN :keys"
                " AND state = 'open'"
                " AND kind IN ('moderation', 'admission', 'departure')"
            ),
            "DELETE FROM requests WHERE address_key IN :keys",
            "UPDATE posts SET author = '' WHERE lower(author) IN :keys",
            "DELETE FROM replies WHERE address_key IN :keys",
            "DELETE FROM wrong_tokens WHERE address_key IN :keys",
            "UPDATE roles SET changed_by = '' WHERE lower(changed_by) IN :keys",
            "UPDATE list_settings SET changed_by = '' WHERE lower(changed_by) IN :keys",
            "UPDATE requests SET settled_by = '' WHERE lower(settled_by) IN :keys",
            "UPDATE marks SET changed_by = '' WHERE lower(changed_by) IN :keys",
            "DELETE FROM marks WHERE key IN :keys",
            "DELETE FROM absences WHERE key IN :keys",
            (
                "DELETE FROM bounce_events WHERE key IN :keys OR person_id IN"
                " (SELECT a.person_id FROM addresses a WHERE a.key IN :keys)"
            ),
            "DELETE FROM calls WHERE lower(caller) IN :keys",
            "UPDATE calls SET tried_by = '' WHERE lower(tried_by) IN :keys",
        ),
    )
)
_ERASE_ROLES: Final = _by_keys("DELETE FROM roles WHERE key IN :keys")
# Words that may name somebody: « imported by … », « To decide: … would join ».
_BLANK_MENTIONS: Final[tuple[TextClause, ...]] = tuple(
    text(
        f"UPDATE {table} SET {column} = ''"  # noqa: S608 - constants
        f" WHERE lower({column}) LIKE lower(:pattern) ESCAPE '!'"
    )
    for table, column in (
        ("memberships", "origin"),
        ("roster_events", "how"),
        ("sends", "subject"),
        ("sends", "failure"),
        ("batches", "reply"),
        ("learnt", "words"),
    )
)
# Posts keep their subjects, even where they greet somebody of that name.
_BLANK_NAME: Final = text(
    "UPDATE sends SET subject = '' WHERE subject LIKE :pattern ESCAPE '!'"
    " AND kind NOT IN ('post', 'digest')"
)
# Owners are still told that somebody asked to be forgotten, but not who.
_ERASE_EVENTS: Final = listed(
    "UPDATE roster_events SET hash = '', address = '', name = '',"
    " told = (told OR what <> 'forgot') WHERE hash IN :hashes",
    "hashes",
)
_FACTS: Final = text(
    "SELECT id, ref, kind, list_name, state, created_at, facts FROM requests"
    " ORDER BY id"
)
_WITHDRAW: Final = text(
    "UPDATE requests SET facts = '{}', state = CASE WHEN state = 'expired'"
    " THEN state ELSE 'withdrawn' END WHERE id = :id"
)
# What stands around an address in a line.
_AROUND: Final = re.compile(r"[\s<>()\[\],;:\"']+")
_FORGET_DELIVERIES: Final = text(
    "DELETE FROM deliveries WHERE send_id IN"
    " (SELECT id FROM sends WHERE finished_at <= :before)"
)
_FORGET_REQUESTS: Final = text(
    "DELETE FROM requests WHERE state <> 'open' AND created_at <= :before"
)
_ALERTS: Final = listed("DELETE FROM alerts WHERE key IN :names", "names")
_REMOVE: Final = listed("DELETE FROM people WHERE id IN :ids", "ids", Integer)


class PrivacyBook(RequestBook):
    """The part of the store that shows and erases what is known of a person."""

    def dossier(self, address: Address) -> dict[str, object]:
        """Give everything that is stored about the person of an address."""
        with self.transaction():
            person = self.find_person(address)
            every = _addresses(address, person)
            keys = [one.key for one in every]
            found: dict[str, object] = {"addresses": keys}
            if person is not None:
                found |= self._about(person)
            hashes = list(self.hashes(every))
            asked = self._asked_of_others(frozenset(keys))
            return found | {
                "mails_sent": self._history(
                    _DELIVERIES, keys=keys, person_id=person.id if person else None
                ),
                "requests": self._history(_MATTERS, keys=keys),
                "asked_of_others": [
                    {key: row[key] for key in ("kind", "list_name", "state")}
                    for row in {row["ref"]: row for row in asked}.values()
                ],
                "posts": self._history(_POSTS, keys=keys),
                "roles": self._dicts(_ROLES, keys=keys),
                "settings": self._history(_SETTINGS, keys=keys),
                "marks": self._history(_MARKS, keys=keys),
                "refusals": self._history(_BOUNCES, keys=keys),
                "absent": [row["why"] for row in self._dicts(_ABSENCES, keys=keys)],
                "events": self._history(_EVENTS, hashes=hashes),
            }

    def _history(self, statement: TextClause, **values: object) -> list[dict[str, Any]]:
        """Give rows, with their times as such."""
        return [
            {key: to_time(row[key]) if key in _TIMES else row[key] for key in row}
            for row in self._dicts(statement, **values)
        ]

    def _about(self, person: Person) -> dict[str, object]:
        return {
            "name": person.name,
            "receives_at": str(person.address),
            "telephone": person.phone,
            "language": person.language,
            "groups": list(person.groups),
            "calls": self._dicts(_CALLS, person_id=person.id),
            "subscriptions": [
                _subscription(one) for one in self.memberships_of(person).values()
            ],
        }

    def erase(self, address: Address, now: datetime) -> tuple[Address, ...]:
        """Erase a person everywhere, but for a hash; give their addresses.

        Posts that wait for moderators are withdrawn; what was to be sent to them
        is cancelled.
        """
        with self.transaction():
            person = self.find_person(address)
            every = _addresses(address, person)
            keys = [one.key for one in every]
            self._cancel_deliveries(person, keys)
            for row in self._asked_of_others(frozenset(keys)):
                self._change(_WITHDRAW, id=row["id"])
            for statement in _ERASE:
                self._change(statement, keys=keys)
            if self._change(_ERASE_ROLES, keys=keys):
                self.count_change()
            self._blank_mentions(person, keys)
            self._change(_ERASE_EVENTS, hashes=list(self.hashes(every)))
            self._change(_ALERTS, names=[f"forged {key}" for key in keys])
            if person is not None:
                self._change(_REMOVE, ids=[person.id])
            self.note_forgotten(every, now)
        return every

    def _cancel_deliveries(self, person: Person | None, keys: Sequence[str]) -> None:
        """Cancel and blank what was sent to them: as whom they are, or once were."""
        theirs = {"person_id": person.id if person else None, "keys": keys}
        for row in self._rows(_WAITING, **theirs):
            statement = COUNT_CANCELLED[row.state]
            self._change(statement, send_id=row.send_id, number=row.number)
        self._change(_CANCEL, **theirs)
        self._change(_BLANK_DELIVERIES, **theirs)

    def _asked_of_others(self, keys: frozenset[str]) -> list[dict[str, Any]]:
        """Give what others were asked about somebody: posts, wishes, links."""
        return [
            row
            for row in self._dicts(_FACTS)
            if any(_names(value, keys) for value in json.loads(row["facts"]).values())
        ]

    def _blank_mentions(self, person: Person | None, keys: Sequence[str]) -> None:
        for statement in _BLANK_MENTIONS:
            self._change_each(statement, [{"pattern": _containing(k)} for k in keys])
        if person is not None and person.name:
            self._change(_BLANK_NAME, pattern=_containing(person.name))

    def forget_old(self, now: datetime) -> int:
        """Forget who got what, and what was asked, longer than a year ago.

        Gives the number of rows that are gone. Posts stay known: one that comes
        back is not sent again.
        """
        before = to_micros(now - _HISTORY_KEPT)
        with self.transaction():
            return self._change(_FORGET_DELIVERIES, before=before) + self._change(
                _FORGET_REQUESTS, before=before
            )

    def blank_old_letters(self, now: datetime) -> int:
        """Forget whom answers and questions went to; give how many.

        After a month, or at once where somebody asked to be erased.
        """
        before = to_micros(now - _LETTERS_KEPT)
        with self.transaction():
            old = self._change(_BLANK_LETTERS, before=before)
            self._change(_BLANK_SUBJECTS, before=before)
            keys = [str(row.address).lower() for row in self._rows(_LETTERS)]
            gone = list(self.forgotten_keys(keys))
            return old + (self._change(_BLANK_TO, keys=gone) if gone else 0)


def _addresses(address: Address, person: Person | None) -> tuple[Address, ...]:
    others: Sequence[Address] = (person.address, *person.others) if person else ()
    return tuple(dict.fromkeys((address, *others)))


def _names(value: object, keys: frozenset[str]) -> bool:
    """Whether one of some addresses stands in a text."""
    return not keys.isdisjoint(_AROUND.split(str(value).lower()))


def _containing(words: str) -> str:
    """Make a pattern for LIKE."""
    for special in "!%_":
        words = words.replace(special, "!" + special)
    return f"%{words}%"


def _subscription(member: Member) -> dict[str, object]:
    return {
        "list": member.list_name,
        "since": member.joined_at,
        "how": member.origin,
        "state": member.state.value,
        "reception": member.reception.value,
        "paused_until": member.paused_until,
    }
