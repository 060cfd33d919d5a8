"""A record: what an address did, with its last events. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from bot.model import BounceEvent

__all__: Final = ("Record", "are_records", "in_iso", "with_event")

Record = dict[str, Any]

_EVENTS_KEPT: Final = 5
_KINDS: Final = ("hard", "soft", "delay")
_WORDS: Final = ("address", "first_at", "last_at", "status", "reason")


def with_event(
    record: Record | None, report: str, event: BounceEvent, at: datetime
) -> Record | None:
    """Give a record with an event more; None when that changes nothing.

    An event is known by its report, address and kind. Those that a full record has
    let go can't be told from new ones by that: what is older than all that it keeps
    was counted before.
    """
    about = f"{report}\0{event.address.key}\0{event.kind}"
    name, when = sha256(about.encode("utf-8", "replace")).hexdigest()[:16], in_iso(at)
    record = record or _empty(when)
    events = record["events"]
    if name in events or (len(events) >= _EVENTS_KEPT and when < _oldest(events)):
        return None
    by_time = sorted(
        {**events, name: _entry(event, when)}.items(), key=lambda one: one[1]["at"]
    )
    newest = {"address": str(event.address)} | {
        "status": event.status,
        "reason": event.reason,
    }
    return {
        **record,
        **(newest if when >= record["last_at"] else {}),
        "first_at": min(record["first_at"], when),
        "last_at": max(record["last_at"], when),
        event.kind: record.get(event.kind, 0) + 1,
        "events": dict(by_time[-_EVENTS_KEPT:]),
    }


def _oldest(events: Mapping[str, Mapping[str, str]]) -> str:
    return min(one["at"] for one in events.values())


def _empty(when: str) -> Record:
    return {
        "address": "",
        "first_at": when,
        "last_at": when,
        **dict.fromkeys(_KINDS, 0),
        "status": "",
        "reason": "",
        "events": {},
    }


def _entry(event: BounceEvent, when: str) -> dict[str, str]:
    return {
        "at": when,
        "kind": event.kind,
        "status": event.status,
        "reason": event.reason,
        "diagnostic": event.diagnostic,
    }


def are_records(found: object) -> bool:
    """Say whether something read has what we rely on; more than that may be there."""
    return isinstance(found, dict) and all(map(_is_record, found.values()))


def _is_record(found: object) -> bool:
    if not isinstance(found, dict):
        return False
    words = all(isinstance(found.get(key), str) for key in _WORDS)
    counts = all(type(found.get(kind, 0)) is int for kind in _KINDS)
    events = found.get("events")
    return words and counts and isinstance(events, dict) and _are_events(events)


def _are_events(found: dict[str, object]) -> bool:
    return all(
        isinstance(one, dict) and isinstance(one.get("at"), str)
        for one in found.values()
    )


def in_iso(at: datetime) -> str:
    """Write a time so that times compare as texts."""
    return at.astimezone(UTC).isoformat(timespec="seconds")
