"""What came back: kept, counted against the right person, and forgiven.

Who is suspended is decided by the clock (`cycle.bounced`), not by the single report:
the brake has to see all of them.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.actions import RecordBounce, Revive
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.model import (
    BounceEvent,
    BounceState,
    Bouncing,
    Person,
    RequestKind,
    Returned,
    RosterEvent,
)

__all__: Final = (
    "forgive",
    "let_wait",
    "probe",
    "record",
    "revive",
    "spare",
    "suspend",
)

# Posts and digests say whether an address works; so does a probe.
_COUNTED: Final = frozenset({"post", "digest"})
# An answer to a probe counts however late it comes.
_PROBE_ANSWER_WITHIN: Final = timedelta(days=180)
# A domain that refuses a post by some rule waits so long, then gets so many recipients
# a minute.
_INCIDENT_WAIT: Final = timedelta(hours=6)
_SMALL_BATCH: Final = 5
_WAITING: Final = "waiting_domains"
# Of people who are none of ours, in a report that shows nothing of our mail.
_STRANGERS_MAX: Final = 5


def record(desk: Desk, action: RecordBounce, errand: Errand) -> None:
    """Keep what a report says, and what each part of it counts as."""
    noted = [_noted(desk, event, action.mail, errand.now) for event in action.events]
    if action.mail is None:  # it may name the whole world
        strangers = [one for one in noted if one[1] is None]
        noted = [one for one in noted if one not in strangers[_STRANGERS_MAX:]]
    desk.store.note_bounces(action.report, noted, errand.now)
    for event, _, mail, tells in noted:
        logs.log(
            "bounce.recorded",
            address=str(event.address),
            kind=event.kind,
            status=event.status,
            reason=event.reason,
            send=mail.send_id if mail else None,
            counts=bool(tells),
        )


def _noted(
    desk: Desk, event: BounceEvent, mail: Returned | None, now: datetime
) -> tuple[BounceEvent, int | None, Returned | None, str]:
    """Say who it is about, which mail, and what it counts as.

    A report is easily forged. What was never sent to them counts nothing; one that
    shows nothing of our mail is worth no more than a question to the address.
    """
    person = desk.store.find_person(event.address)
    if person is None:
        return event, None, mail, ""
    about = _about(desk, person, mail, now) if event.address == person.address else None
    tells = event.tells if about and _counts(desk, person, about) else ""
    if about and not about.proved and tells == "dead":
        tells = "claimed"
    return event, person.id, about, tells


def _about(
    desk: Desk, person: Person, mail: Returned | None, now: datetime
) -> Returned | None:
    if mail is None:
        return desk.store.last_post_to(person, now)
    return mail if desk.store.was_sent(mail.send_id, person) else None


def _counts(desk: Desk, person: Person, mail: Returned) -> bool:
    return mail.kind in _COUNTED or desk.store.is_probe(mail.send_id, person.id)


def revive(desk: Desk, action: Revive, errand: Errand) -> None:
    """Let somebody get mail again."""
    person = desk.store.find_person(action.address)
    if person is None:
        return
    forgive(desk, desk.store.bouncing([person.id]), action.by, errand.now)


def forgive(desk: Desk, people: Sequence[Bouncing], by: str, now: datetime) -> None:
    """Start anew with people; owners hear of those who get mail again."""
    for one in people:
        desk.store.revive(one.person_id, now)
        if one.is_suspended:
            _tell_lists(desk, [one], "revived", by, now)
            logs.log("member.revived", address=str(one.address), by=by)


def suspend(desk: Desk, people: Sequence[Bouncing], by: str, now: datetime) -> None:
    """Let nobody of them get mail until they are revived; owners hear of it."""
    ids = [one.person_id for one in people]
    desk.store.set_bounce_state(ids, BounceState.SUSPENDED, now)
    _tell_lists(desk, people, "suspended", by, now)
    for one in people:
        logs.log(
            "member.suspended",
            address=str(one.address),
            posts=one.posts,
            reason=one.reason,
        )


def _tell_lists(
    desk: Desk, people: Sequence[Bouncing], what: str, how: str, now: datetime
) -> None:
    for one in people:
        for name in one.lists:
            desk.store.note_event(
                RosterEvent(name, one.address, one.name, what, how, now)
            )


# -------------------------------------------------------------- domains that wait


def let_wait(desk: Desk, domains: Sequence[str], now: datetime) -> None:
    """Leave domains alone that refuse a post by some rule: it is ours to mend."""
    waiting = _waiting(desk, now) | dict.fromkeys(domains, now + _INCIDENT_WAIT)
    text = json.dumps({domain: at.isoformat() for domain, at in waiting.items()})
    desk.store.note(_WAITING, text)
    for send in desk.store.sends(unfinished=True):
        if send.kind in _COUNTED:
            spare(desk, send.id, now)


def spare(desk: Desk, send_id: int, now: datetime) -> None:
    """Let the domains that wait also wait for a post, and then get it slowly."""
    for domain, until in _waiting(desk, now).items():
        desk.store.defer_domain(send_id, domain, until, _SMALL_BATCH)


def _waiting(desk: Desk, now: datetime) -> dict[str, datetime]:
    found = json.loads(desk.store.noted(_WAITING) or "{}")
    times = {domain: datetime.fromisoformat(at) for domain, at in found.items()}
    return {domain: at for domain, at in times.items() if at > now}


# ------------------------------------------------------------------------ probing


def probe(desk: Desk, one: Bouncing, now: datetime) -> None:
    """Ask an address whether it still works; whatever it answers, it does."""
    token = desk.new_token()
    lists = desk.settings.lists
    list_name = next((name for name in one.lists if name in lists), "")
    facts = {
        "name": one.name,
        "address": str(one.address),
        "titles": tuple(lists[n].display_name for n in one.lists if n in lists),
        "reason": f"because-{one.reason or 'other'}",
        "suspended": one.is_suspended,
        "mailtos": desk.mailtos(token, ok="ok"),
    }
    letter = Letter(
        one.address,
        "probe",
        facts,
        list_name,
        language=one.language,
        kind="confirm",
        token=token,
    )
    sent = desk.send_letter(letter, now)
    desk.store.open_request(
        RequestKind.PROBE,
        desk.new_ref(),
        token,
        list_name,
        one.address,
        expires_at=now + _PROBE_ANSWER_WITHIN,
        facts={"asked": sent.subject},
        now=now,
    )
    desk.store.note_probe(one.person_id, sent.send_id, now)
    logs.log("probe.sent", address=str(one.address), probes=one.probes + 1)
