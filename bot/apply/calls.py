"""What becomes of sheets: they go out, calls are noted, owners are told of both."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.actions import NoteCall
from bot.address import Address, parse
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.compose.headers import mailto, one_line
from bot.domains import suggestion
from bot.errors import ParseError
from bot.model import Bouncing, RequestKind, RosterEvent, TextFile
from bot.rosters import table

__all__: Final = ("note_call", "send_sheet", "tell_of_calls")

# A sheet is answered in several mails, while there are newer ones already.
_ANSWERED_FOR: Final = timedelta(days=35)
_NAME_MAX: Final = 80
# Names in one mail to owners; a table has them all.
_SHOWN_MAX: Final = 50
# ITU-T E.164: no number is longer; two in one field are.
_PHONE: Final = re.compile(r"\+?\d{6,15}")


def note_call(desk: Desk, action: NoteCall, errand: Errand) -> None:
    """Keep what came of a call, for the owners of each list."""
    if action.what == "unreached":
        desk.store.note_try(action.person_id, action.by, errand.now)
    for name in action.list_names:
        desk.store.note_event(
            RosterEvent(
                name,
                action.address,
                action.name,
                action.what,
                str(action.by),
                errand.now,
            )
        )
    logs.log("call.noted", what=action.what, by=str(action.by))


# --------------------------------------------------------------------------- sheets


def send_sheet(
    desk: Desk, caller: Address, people: Sequence[Bouncing], more: int, now: datetime
) -> None:
    """Send a caller the people to telephone, in a mail that is answered by lines."""
    token = desk.new_token()
    desk.store.open_request(
        RequestKind.SHEET,
        desk.new_ref(),
        token,
        "",
        caller,
        expires_at=now + _ANSWERED_FOR,
        facts={"people": ",".join(str(one.person_id) for one in people)},
        now=now,
    )
    lists = desk.settings.lists
    first = next(lst for name, lst in lists.items() if name in people[0].lists)
    language = desk.language_of(caller, first)
    facts: dict[str, object] = {
        "people": tuple(
            _shown(desk, n, one, _lists_of(desk, caller))
            for n, one in enumerate(people, 1)
        ),
        "more": more,
        "date": now,
        "mailbox": str(desk.settings.mailbox),
        "token": token,
    }
    name = "fiche-appels.html" if language == "fr" else "call-sheet.html"
    printed = desk.texts.page("sheet-print", language, facts)
    letter = Letter(
        caller,
        "sheet",
        facts,
        language=language,
        kind="sheet",
        token=token,
        html=desk.texts.page("sheet", language, facts),
        files=(TextFile(name, printed, "text/html"),),
    )
    desk.send_letter(letter, now)
    logs.log("sheet.sent", address=str(caller), people=len(people), more=more)


def _lists_of(desk: Desk, caller: Address) -> frozenset[str]:
    """Name the lists that concern a caller: others are nobody's business."""
    everything = caller in desk.settings.admins
    return frozenset(
        name
        for name, lst in desk.settings.lists.items()
        if everything or caller in lst.callers | lst.owners
    )


def _shown(
    desk: Desk, number: int, one: Bouncing, names: frozenset[str]
) -> dict[str, object]:
    """Say of somebody what whoever telephones them needs to know."""
    likely = suggestion(one.address)
    digits = re.sub(r"\(0\)|[^\d+]", "", one.phone)  # +33 (0)6 …
    return {
        **_named(desk, one, names),
        "number": number,
        "mailto": mailto(one.address),
        "phone": one_line(one.phone)[:_NAME_MAX],
        "tel": f"tel:{digits}" if _PHONE.fullmatch(digits) else "",
        "suggestion": str(likely or ""),
        "tried_at": one.tried_at,
    }


def _named(desk: Desk, one: Bouncing, names: frozenset[str]) -> dict[str, object]:
    lists = desk.settings.lists
    return {
        "name": one_line(one.name)[:_NAME_MAX],
        "address": str(one.address),
        "since": one.first_at or one.since,
        "reason": f"because-{one.reason}" if one.reason else "",
        "titles": tuple(
            lst.display_name
            for name, lst in lists.items()
            if name in one.lists and name in names
        ),
    }


# --------------------------------------------------------------------------- owners


def tell_of_calls(desk: Desk, since: datetime, now: datetime) -> None:
    """Tell each owner, in one mail, who gets no posts, and what came of calls."""
    events = desk.store.untold_events(weekly=True)
    suspended = [one for one in desk.store.bouncing() if one.is_suspended]
    for owner, names in _lists_by_owner(desk).items():
        theirs = [one for one in suspended if not names.isdisjoint(one.lists)]
        happened = [
            one
            for _, one in events
            if one.list_name in names and one.how != str(owner)  # their own doing
        ]
        _tell_owner(desk, (owner, names), theirs, happened, (since, now))
    if events:
        desk.store.mark_told(events[-1][0], now, weekly=True)


def _lists_by_owner(desk: Desk) -> Mapping[Address, frozenset[str]]:
    found: dict[Address, frozenset[str]] = {}
    for name in desk.settings.lists:
        for owner in desk.owners_of(name):
            found[owner] = found.get(owner, frozenset()) | {name}
    return found


def _tell_owner(
    desk: Desk,
    whom: tuple[Address, frozenset[str]],
    suspended: Sequence[Bouncing],
    events: Sequence[RosterEvent],
    span: tuple[datetime, datetime],
) -> None:
    """Tell an owner of their lists what happened in a time."""
    (owner, names), (since, now) = whom, span
    if not suspended and not any(one.what != "suspended" for one in events):
        return
    lists = desk.settings.lists
    first = next(lst for name, lst in lists.items() if name in names)
    language = desk.language_of(owner, first)
    people = tuple(
        {
            **_named(desk, one, names),
            "since": one.since,
            "new": one.since is not None and one.since > since,
            "caller": _name_of(desk, str(one.caller or "")),
        }
        for one in sorted(suspended, key=lambda one: one.since or now, reverse=True)
    )
    calls = _calls(desk, events)
    facts = {
        "people": people[:_SHOWN_MAX],
        "more": max(len(people) - _SHOWN_MAX, 0),
        "back": _back(events, calls),
        "calls": calls[:_SHOWN_MAX],
        "more_calls": max(len(calls) - _SHOWN_MAX, 0),
    }
    files = _as_file(desk, people, language) if facts["more"] else ()
    files += _calls_as_file(calls) if facts["more_calls"] else ()
    letter = Letter(
        owner, "bounces-weekly", facts, language=language, kind="notice", files=files
    )
    desk.send_letter(letter, now)


def _calls(desk: Desk, events: Sequence[RosterEvent]) -> tuple[dict[str, str], ...]:
    """Say what came of calls, each once whatever the number of lists."""
    told = ("corrected", "kept", "unreached", "taken-off")
    found = {
        (one.what, one.address.key, one.how): {
            "what": one.what,
            "by": _name_of(desk, one.how),
            "name": one.name or str(one.address),
            "address": str(one.address),
        }
        for one in events
        if one.what in told
    }
    return tuple(found.values())


def _back(
    events: Sequence[RosterEvent], calls: Sequence[Mapping[str, str]]
) -> tuple[dict[str, str], ...]:
    """Say whose address works again, unless a caller saw to that."""
    called = {one["address"] for one in calls if one["what"] != "unreached"}
    found = {
        one.address.key: {"name": one.name, "address": str(one.address)}
        for one in events
        if one.what == "revived" and str(one.address) not in called
    }
    return tuple(found.values())


def _name_of(desk: Desk, address: str) -> str:
    """Give somebody's name, or the address where nobody knows it."""
    try:
        person = desk.store.find_person(parse(address))
    except ParseError:
        return address
    return (person.name if person else "") or address


def _as_file(
    desk: Desk, people: Sequence[Mapping[str, object]], language: str
) -> tuple[TextFile, ...]:
    """Put all who are suspended into a table for a spreadsheet."""
    rows = [
        (
            str(one["address"]),
            str(one["name"]),
            str(one["since"] or "")[:10],
            desk.texts.sentence(str(one["reason"]), language) if one["reason"] else "",
            str(one["caller"]),
        )
        for one in people
    ]
    text = table(("email", "name", "since", "reason", "caller"), rows)
    return (TextFile("suspended.csv", text, "text/csv"),)


def _calls_as_file(calls: Sequence[Mapping[str, str]]) -> tuple[TextFile, ...]:
    """Put what came of calls into a table: who is named there is named once."""
    columns = ("address", "name", "what", "by")
    rows = [tuple(one[column] for column in columns) for one in calls]
    return (TextFile("calls.csv", table(columns, rows), "text/csv"),)
