"""Questions to people, their tokens, and what one mail concerns."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row, text

from bot.address import Address, NamedAddress
from bot.model import (
    Person,
    Reach,
    Request,
    RequestKind,
    Roster,
    TokenState,
    one_each,
)
from bot.store.convert import (
    listed,
    to_address,
    to_micros,
    to_time,
    to_time_or_none,
)
from bot.store.lives import LifeBook
from bot.store.moderating import ModerationBook

__all__: Final = ("RequestBook",)

# 128 random bits in base32 without padding.
_TOKEN: Final = re.compile(r"[a-z2-7]{26}")
_WRONG_TOKENS_MAX: Final = 10
_WRONG_TOKENS_WINDOW: Final = timedelta(hours=1)
_REPLIES_WINDOW: Final = timedelta(days=1)

_OPEN: Final = text(
    "INSERT INTO requests (ref, token_hash, kind, list_name, address, address_key,"
    " state, created_at, expires_at, facts, verdict, settled_by)"
    " VALUES (:ref, :token_hash, :kind, :list_name, :address, :address_key, 'open',"
    " :created_at, :expires_at, :facts, '', '') RETURNING id"
)
_COLUMNS: Final = (
    "SELECT id, ref, token_hash, kind, list_name, address, address_key, state,"
    " created_at, expires_at, facts, verdict, settled_by, settled_at, reminded_at"
    " FROM requests"
)
_OPEN_ONES: Final = text(_COLUMNS + " WHERE state = 'open' ORDER BY id")
_BY_TOKEN: Final = listed(_COLUMNS + " WHERE token_hash IN :hashes", "hashes")
_BY_REF: Final = listed(_COLUMNS + " WHERE ref IN :refs ORDER BY id DESC", "refs")
_OVERDUE: Final = text(
    _COLUMNS + " WHERE state = 'open' AND expires_at <= :now ORDER BY id"
)
_EXPIRE: Final = text(
    "UPDATE requests SET state = 'expired' WHERE state = 'open' AND expires_at <= :now"
)
_SETTLE: Final = text(
    "UPDATE requests SET state = 'settled', verdict = :verdict, settled_by = :by,"
    " settled_at = :now WHERE state = 'open'"
    " AND ref = (SELECT asked.ref FROM requests asked"
    " WHERE asked.id = :id AND asked.state = 'open')"
)
_PENDING: Final = text(
    _COLUMNS + " WHERE state = 'open' AND kind = :kind AND list_name = :list_name"
    " AND address_key = :key ORDER BY id DESC LIMIT 1"
)
_TO_REMIND: Final = text(
    _COLUMNS + " WHERE state = 'open' AND reminded_at IS NULL"
    " AND created_at <= :before AND expires_at > :now ORDER BY id"
)
_REMINDED: Final = text(
    "UPDATE requests SET reminded_at = :now WHERE ref = :ref AND state = 'open'"
)
_REMINDED_ONE: Final = text(
    "UPDATE requests SET reminded_at = :now"
    " WHERE ref = :ref AND address_key = :key AND state = 'open'"
)
_WRONG: Final = text("INSERT INTO wrong_tokens (address_key, at) VALUES (:key, :now)")
_FORGET_WRONG: Final = text("DELETE FROM wrong_tokens WHERE at <= :before")
_COUNT_WRONG: Final = text(
    "SELECT count(*) FROM wrong_tokens WHERE address_key = :key AND at > :since"
)
_COUNT_REPLIES: Final = text(
    "SELECT count(*) FROM replies WHERE address_key = :key AND at > :since"
)
_POSTED: Final = text("SELECT list_name FROM posts WHERE fingerprint = :fingerprint")
_THREAD: Final = listed(
    "SELECT DISTINCT list_name FROM posts WHERE message_id IN :ids ORDER BY list_name",
    "ids",
)


_NO_LISTS: Final[Mapping[str, Sequence[Reach]]] = MappingProxyType({})


class RequestBook(LifeBook, ModerationBook):
    """The part of the store that knows requests; it loads rosters."""

    def open_request(  # noqa: PLR0913 - the columns of one row
        self,
        kind: RequestKind,
        ref: str,
        token: str,
        list_name: str,
        address: Address,
        *,
        expires_at: datetime,
        facts: dict[str, str],
        now: datetime,
    ) -> int:
        """Ask somebody something. The token is stored hashed."""
        return self._number(
            _OPEN,
            ref=ref,
            token_hash=_hash(token),
            kind=kind.value,
            list_name=list_name,
            address=str(address),
            address_key=address.key,
            created_at=to_micros(now),
            expires_at=to_micros(expires_at),
            facts=json.dumps(facts, ensure_ascii=False),
        )

    def settle_request(
        self, request_id: int, verdict: str, by: Address, now: datetime
    ) -> bool:
        """Settle a request and all with its ref; False when that was done before."""
        return bool(
            self._change(
                _SETTLE, id=request_id, verdict=verdict, by=str(by), now=to_micros(now)
            )
        )

    def requests(self, kind: RequestKind | None = None) -> tuple[Request, ...]:
        """List the open ones, oldest first."""
        found = map(_request, self._rows(_OPEN_ONES))
        return tuple(one for one in found if kind in {None, one.kind})

    def matters(self, refs: Sequence[str] = ()) -> tuple[Request, ...]:
        """List what waits for moderators, once each; and what was decided of `refs`.

        The newest of several with a reference, open ones first.
        """
        decided = map(_request, self._rows(_BY_REF, refs=list(refs)))
        return one_each((*self.requests(), *decided))

    def expire_requests(self, now: datetime) -> tuple[Request, ...]:
        """Mark what is past its time as expired; give those, oldest first."""
        with self.transaction():
            overdue = tuple(map(_request, self._rows(_OVERDUE, now=to_micros(now))))
            if overdue:
                self._change(_EXPIRE, now=to_micros(now))
        return tuple(replace(one, state="expired") for one in overdue)

    def pending_request(
        self, kind: RequestKind, list_name: str, address: Address
    ) -> Request | None:
        """Give the newest open request of a kind to somebody about a list."""
        row = self._row(_PENDING, kind=kind.value, list_name=list_name, key=address.key)
        return _request(row) if row else None

    def unanswered_requests(
        self, before: datetime, now: datetime
    ) -> tuple[Request, ...]:
        """Give the open ones made before a time that nobody was reminded of."""
        rows = self._rows(_TO_REMIND, before=to_micros(before), now=to_micros(now))
        return tuple(map(_request, rows))

    def mark_reminded(
        self, ref: str, now: datetime, address: Address | None = None
    ) -> None:
        """Note that those asked under a reference were reminded, or one of them."""
        if address is None:
            self._change(_REMINDED, ref=ref, now=to_micros(now))
        else:
            one = {"ref": ref, "now": to_micros(now), "key": address.key}
            self._change(_REMINDED_ONE, **one)

    def count_wrong_token(self, address: Address, now: datetime) -> None:
        """Remember a wrong token."""
        with self.transaction():
            self._change(_FORGET_WRONG, before=to_micros(now - _WRONG_TOKENS_WINDOW))
            self._change(_WRONG, key=address.key, now=to_micros(now))

    def roster_for(  # noqa: PLR0913 - what a mail says, and the lists
        self,
        named: NamedAddress | None,
        tokens: Sequence[str],
        refs: Sequence[str],
        fingerprint: str,
        thread_ids: Sequence[str],
        now: datetime,
        *,
        reaches: Mapping[str, Sequence[Reach]] = _NO_LISTS,
    ) -> Roster:
        """Load what every mail concerns.

        `tokens` are candidates in the clear, `refs` short references; a token
        counts as valid when its request was put to the author, whatever its state.
        `reaches` says for each list whom it reaches.
        """
        author = named.address if named else None
        with self.transaction():
            person = self.find_person(author) if author else None
            request, token = self._by_token(author, person, tokens)
            if request is None and author:
                request = self._by_ref(author, person, refs)
            theirs = _addresses(author, person)
            return Roster(
                person=person,
                memberships=self.memberships_of(person) if person else {},
                request=request,
                token=token,
                shut_out=author is not None and self._is_shut_out(author, now),
                posted_to=self._posted_to(fingerprint),
                thread_lists=self._thread_lists(thread_ids),
                recipients={
                    name: self.count_recipients(reach)
                    for name, reach in reaches.items()
                },
                replies_today=self._replies_today(author, now) if author else 0,
                groups=self.all_groups(),
                namesakes=() if person or not named else self.namesakes(named.name),
                marks=self.marks_of(theirs),
                posted=self.posted_by(theirs),
                absences=self.absences(now),
            )

    def _by_token(
        self, author: Address | None, person: Person | None, tokens: Sequence[str]
    ) -> tuple[Request | None, TokenState]:
        """Find the request of a token that was sent to the author, open ones first."""
        if not tokens:
            return None, TokenState.NONE
        rows = self._rows(_BY_TOKEN, hashes=[_hash(token) for token in tokens])
        found = self._put_to(author, person, rows)
        if found:
            return _request(_open_first(found)), TokenState.VALID
        if rows or any(_TOKEN.fullmatch(token.lower()) for token in tokens):
            return None, TokenState.INVALID
        return None, TokenState.NONE

    def _by_ref(
        self, author: Address, person: Person | None, refs: Sequence[str]
    ) -> Request | None:
        if not refs:
            return None
        rows = self._rows(_BY_REF, refs=[*refs, *map(str.lower, refs)])
        found = self._put_to(author, person, rows)
        return _request(_open_first(found)) if found else None

    def _put_to(
        self, author: Address | None, person: Person | None, rows: Sequence[Row[Any]]
    ) -> list[Row[Any]]:
        """Keep the requests put to the author, at any address of theirs."""
        return [
            row
            for row in rows
            if author
            and (
                row.address_key == author.key
                or (person and self.find_person(to_address(row.address)) == person)
            )
        ]

    def _is_shut_out(self, author: Address, now: datetime) -> bool:
        since = to_micros(now - _WRONG_TOKENS_WINDOW)
        count = self._number(_COUNT_WRONG, key=author.key, since=since)
        return count >= _WRONG_TOKENS_MAX

    def _replies_today(self, author: Address, now: datetime) -> int:
        since = to_micros(now - _REPLIES_WINDOW)
        return self._number(_COUNT_REPLIES, key=author.key, since=since)

    def _posted_to(self, fingerprint: str) -> frozenset[str]:
        if not fingerprint:
            return frozenset()
        rows = self._rows(_POSTED, fingerprint=fingerprint)
        return frozenset(row.list_name for row in rows)

    def _thread_lists(self, thread_ids: Sequence[str]) -> tuple[str, ...]:
        ids = [one for one in thread_ids if one]
        if not ids:
            return ()
        return tuple(row.list_name for row in self._rows(_THREAD, ids=ids))


def _addresses(author: Address | None, person: Person | None) -> list[Address]:
    """Give all that somebody writes from."""
    found = [author] if author else []
    return found + ([person.address, *person.others] if person else [])


def _hash(token: str) -> str:
    return sha256(token.lower().encode()).hexdigest()


def _open_first(rows: Sequence[Row[Any]]) -> Row[Any]:
    return next((row for row in rows if row.state == "open"), rows[0])


def _request(row: Row[Any]) -> Request:
    return Request(
        row.id,
        row.ref,
        RequestKind(row.kind),
        row.list_name,
        to_address(row.address),
        row.state,
        to_time(row.created_at),
        to_time(row.expires_at),
        MappingProxyType(json.loads(row.facts)),
        row.verdict,
        row.settled_by,
        to_time_or_none(row.settled_at),
        to_time_or_none(row.reminded_at),
    )
