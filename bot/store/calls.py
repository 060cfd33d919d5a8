"""Who telephones whom, and how often they tried."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, text

from bot.address import Address
from bot.store.convert import listed, to_micros
from bot.store.database import Database

__all__: Final = ("CallBook",)

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


class CallBook(Database):
    """The part of the store that knows the calls."""

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

    def end_call(self, person_id: int) -> None:
        """Note that nobody needs to call somebody any more."""
        self._change(_NO_CALL, person_id=person_id)
