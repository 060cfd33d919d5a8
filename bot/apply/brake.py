"""The brake: owners are asked before too many are suspended at once.

An owner decides about those whom the question named, and nobody else. Who is on
several lists whose owners are asked waits for all of them: one « non » lets them go.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.actions import SettleSuspensions
from bot.apply.bounces import forgive, suspend
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.model import BounceState, Bouncing, RequestKind, TextFile, held_by
from bot.rosters import table

__all__: Final = ("BRAKE_SETTLED", "ask_owners", "settle")

# The key of the note that says when an owner last decided about a list's.
BRAKE_SETTLED: Final = "brake_settled"
_ANSWER_WITHIN: Final = timedelta(days=14)
# Of those whom the brake holds, in the mail; the attached table has all.
_SHOWN_MAX: Final = 30


def ask_owners(
    desk: Desk, list_name: str, people: Sequence[Bouncing], size: int, now: datetime
) -> None:
    """Ask a list's owners whether so many addresses can be dead at once."""
    ref = desk.new_ref()
    ids = ",".join(str(one.person_id) for one in people)
    facts = {
        "people": tuple(map(_shown, people[:_SHOWN_MAX])),
        "more": max(len(people) - _SHOWN_MAX, 0),
        "number": len(people),
        "size": size,
    }
    for owner in desk.owners_of(list_name):
        token = desk.new_token()
        answers = {"mailtos": desk.mailtos(token, ok="ok", no="non")}
        letter = Letter(
            owner,
            "suspend-ask",
            facts | answers,
            list_name,
            kind="confirm",
            token=token,
            files=(_table(list_name, people),),
        )
        sent = desk.send_letter(letter, now)
        desk.store.open_request(
            RequestKind.SUSPEND,
            ref,
            token,
            list_name,
            owner,
            expires_at=now + _ANSWER_WITHIN,
            facts={"asked": sent.subject, "people": ids},
            now=now,
        )
    logs.log("brake.asked", list=list_name, people=len(people), size=size)


def _shown(one: Bouncing) -> dict[str, object]:
    return {
        "who": f"{one.name} <{one.address}>" if one.name else str(one.address),
        "reason": f"because-{one.reason}",
    }


def _table(list_name: str, people: Sequence[Bouncing]) -> TextFile:
    """List all of them, for a spreadsheet."""
    rows = ((str(one.address), one.reason, one.status) for one in people)
    text = table(("address", "reason", "status"), rows)
    return TextFile(f"{list_name}.csv", text, "text/csv")


def settle(desk: Desk, action: SettleSuspensions, errand: Errand) -> None:
    """Do with those whom an owner was asked about, and who still wait, as they say."""
    now, name = errand.now, action.list_name
    still = [
        one
        for one in desk.store.bouncing(action.people)
        if one.state is BounceState.ASKED and name in one.lists
    ]
    others = [
        one for one in desk.store.requests(RequestKind.SUSPEND) if one.list_name != name
    ]
    waiting = held_by(others, still) if action.suspend else frozenset()
    decided = [one for one in still if one.person_id not in waiting]
    desk.store.note(f"{BRAKE_SETTLED} {name}", now.isoformat())
    if action.suspend:
        suspend(desk, decided, str(action.by), now)
    else:
        forgive(desk, decided, str(action.by), now)
    facts = {
        "suspended": action.suspend,
        "number": len(decided),
        "waiting": len(waiting),
        "gone": len(action.people) - len(still),
    }
    answer = errand.message
    letter = Letter(action.by, "suspend-settled", facts, name, answers=answer)
    desk.send_letter(letter, now)
