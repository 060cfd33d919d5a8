"""By the clock: whose count ends, who is suspended or probed, and what is our fault.

All from the store, so that what was missed while the service was down is made up
for. Each function that writes does so in one transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.actions import Alert, Decision
from bot.address import Address
from bot.apply import bounces as applied
from bot.apply import brake
from bot.bounces import Incident, braked, incident_of, is_to_suspend, probe_is_due
from bot.cycle.parts import Parts
from bot.model import BounceState, Bouncing, Kind, Request, RequestKind, held_by

__all__: Final = ("judge_bounces", "see_incident", "write_log")

_DAY: Final = timedelta(days=1)
# Probes are interactive mail: they must not use up what people wait for.
_PROBES_A_RUN: Final = 5
_PROBES_A_DAY: Final = 20
_PROBES_SHARE: Final = 0.05  # of what may leave in a day, where that is more
# Events a time, between poll and poll; a whole list that bounces takes a few.
_LOGGED_A_TIME: Final = 5000
# Of reports that come in later than that nobody cares about the post any more.
_INCIDENT_AGE: Final = timedelta(days=3)
_ONCE: Final = timedelta(days=3650)


def judge_bounces(parts: Parts, now: datetime) -> None:
    """End counts, suspend, ask, probe and see incidents, as far as is due."""
    store = parts.store
    with store.transaction():
        store.judge_silence(now)
        for person_id, queued_at in store.arrived_probes(now):
            _arrived(parts, person_id, queued_at, now)
        everybody = store.bouncing()
        _judge(parts, everybody, now)
        _probe(parts, everybody, now)
        for send_id in store.sends_refused_since(now - _INCIDENT_AGE):
            see_incident(parts, send_id, now)
        store.forget_bounces(now)


def _arrived(parts: Parts, person_id: int, queued_at: datetime, now: datetime) -> None:
    """Believe a probe that nothing came back of: the address works."""
    found = parts.store.bouncing([person_id])
    if any(one.is_suspended for one in found):
        applied.forgive(parts.apply, found, "probe", now)
    else:
        parts.store.reset_bounces(person_id, queued_at)
        parts.store.set_bounce_state([person_id], BounceState.BOUNCING, now)


# ------------------------------------------------------------------- suspensions


def _judge(parts: Parts, everybody: Sequence[Bouncing], now: datetime) -> None:
    """Suspend whose posts came back too often, unless they are too many at once."""
    rules = parts.settings.bounces
    due = [one for one in everybody if is_to_suspend(one, rules)]
    _calm(parts, everybody, due, now)
    questions = parts.store.requests(RequestKind.SUSPEND) if due else ()
    held = held_by(questions, due)
    due = [one for one in due if one.person_id not in held]
    if due:
        _suspend_or_ask(parts, due, _recent(parts, everybody, now), questions, now)


def _suspend_or_ask(
    parts: Parts,
    due: Sequence[Bouncing],
    recent: Sequence[Bouncing],
    questions: Iterable[Request],
    now: datetime,
) -> None:
    """Suspend whom no question is about; hold those of lists whose owners are asked.

    Those who come while a question waits are judged when it was answered.
    """
    sizes = {
        name: counts.get("members", 0) for name, counts in parts.store.counts().items()
    }
    asked = {one.list_name for one in questions}
    # A list that is gone from the configuration has nobody to ask.
    ours = parts.settings.lists.keys()
    stopped = (braked(due, recent, sizes, parts.settings.bounces) & ours) | asked
    held = [one for one in (*due, *recent) if not stopped.isdisjoint(one.lists)]
    ids = {one.person_id for one in held}
    new = [one for one in held if one.state is not BounceState.ASKED]
    parts.store.set_bounce_state([one.person_id for one in new], BounceState.ASKED, now)
    applied.suspend(
        parts.apply, [one for one in due if one.person_id not in ids], "", now
    )
    for name in sorted(stopped - asked):
        theirs = [one for one in held if name in one.lists]
        brake.ask_owners(parts.apply, name, theirs, sizes.get(name, 0), now)


def _calm(
    parts: Parts, everybody: Iterable[Bouncing], due: Iterable[Bouncing], now: datetime
) -> None:
    """Let go whom the brake held, where a post arrived meanwhile."""
    ids = {one.person_id for one in due}
    calm = [
        one.person_id
        for one in everybody
        if one.state is BounceState.ASKED and one.person_id not in ids
    ]
    parts.store.set_bounce_state(calm, BounceState.BOUNCING, now)


def _recent(
    parts: Parts, everybody: Iterable[Bouncing], now: datetime
) -> list[Bouncing]:
    """Give those suspended within a day by no owner's word."""
    settled = {
        name: parts.store.noted(f"{brake.BRAKE_SETTLED} {name}")
        for name in parts.settings.lists
    }
    found = []
    for one in everybody:
        said = [settled[name] for name in one.lists if settled.get(name)]
        since = max((now - _DAY, *map(datetime.fromisoformat, said)))
        if one.is_suspended and one.since is not None and one.since > since:
            found.append(one)
    return found


def _probe(parts: Parts, everybody: Iterable[Bouncing], now: datetime) -> None:
    """Ask addresses that are due for it, those first that wait longest."""
    due = [one for one in everybody if probe_is_due(one, parts.settings.bounces, now)]
    due.sort(key=lambda one: one.since or one.last_at or now)
    left = min(_PROBES_A_RUN, _probes_left(parts, everybody, now))
    for one in due:
        if left <= 0:
            break
        if not one.is_suspended and (
            is_to_suspend(one, parts.settings.bounces)
            or one.last_at is None
            or parts.store.wrote_since(one.person_id, one.last_at)
        ):
            continue
        applied.probe(parts.apply, one, now)
        left -= 1


def _probes_left(parts: Parts, everybody: Iterable[Bouncing], now: datetime) -> int:
    """Say how many probes may leave today."""
    quota = parts.limits().recipients_per_day or 0
    sent = sum(
        one.probed_at is not None and one.probed_at > now - _DAY for one in everybody
    )
    return max(_PROBES_A_DAY, int(quota * _PROBES_SHARE)) - sent


# ----------------------------------------------------------------- our own fault


def see_incident(parts: Parts, send_id: int, now: datetime) -> None:
    """Tell admins where servers refuse a post by some rule, and let those wait."""
    refused = parts.store.refused_by_rule(send_id)
    if not refused:
        return
    incident = incident_of(refused, parts.store.domains_of(send_id))
    if incident is None:
        return
    new = [
        domain
        for domain in incident.domains
        if parts.store.alert_due(f"incident {send_id} {domain}", now, _ONCE)
    ]
    if not new:
        return
    applied.let_wait(parts.apply, [one for one in new if one in incident.waiting], now)
    _tell_incident(parts, send_id, incident, refused, now)


def _tell_incident(
    parts: Parts,
    send_id: int,
    incident: Incident,
    refused: Sequence[tuple[Address, str]],
    now: datetime,
) -> None:
    send = parts.store.send(send_id)
    words = tuple(
        {"domain": domain, "words": incident.words[domain]}
        for domain in incident.domains
    )
    facts = {
        "subject": send.subject if send else "",
        "refused": words,
        "number": len(refused),
    }
    alert = Alert("alert-incident", facts, key=f"incident {','.join(incident.domains)}")
    parts.apply(Decision(Kind.POST, "incident", (alert,)), None, now)
    logs.log(
        "incident.seen",
        send=send.ref if send else send_id,
        domains=list(incident.domains),
        reply=words[0]["words"],
    )


# ----------------------------------------------------------------------- the log


def write_log(parts: Parts) -> None:
    """Write what came back into bounces.json, once; a crash repeats it at most.

    Where the file was damaged, or changed by hand, it was set aside: admins are told,
    and a new one gets all that the store knows.
    """
    lost = _write(parts)
    if lost is not None:
        now = parts.clock.now()
        alert = Alert("alert-bounce-log", {"path": str(lost)}, key="alert-bounce-log")
        with parts.store.transaction():
            parts.store.log_again()
            parts.apply(Decision(Kind.BOUNCE, "log-damaged", (alert,)), None, now)
        logs.log("bounce.set_aside", path=lost)
        _write(parts)


def _write(parts: Parts) -> object:
    """Log what is new; give the path of a file that was set aside."""
    lost = None
    while True:
        events = parts.store.unlogged_bounces(_LOGGED_A_TIME)
        for _, report, event, at in events:
            parts.bounce_log.record(report, [event], at)
        lost = parts.bounce_log.flush() or lost
        parts.store.mark_logged([one[0] for one in events])
        if len(events) < _LOGGED_A_TIME:
            return lost
