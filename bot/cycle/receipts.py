"""What people are told of their sends: how far they are, and how they ended."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.actions import Action, Decision, Reply, TellOfSend
from bot.address import Address
from bot.bounces.reasons import find_status, reason_of
from bot.cycle.parts import Parts
from bot.model import Kind, RequestKind, SendState, Settings
from bot.sending.limits import Expected, History, plan

__all__: Final = ("evening_news", "finish_sends", "first_news", "tell_failure")

# Whoever waits no longer than this needs no word before the receipt.
_SHORT: Final = timedelta(minutes=10)
_DAY: Final = timedelta(days=1)


# ------------------------------------------------------------------------- the end


def finish_sends(parts: Parts, now: datetime) -> tuple[SendState, ...]:
    """Mark what is complete as finished, and send the receipts; give those sends."""
    with parts.store.transaction():
        done = parts.store.finish_sends(now)
        for send in done:
            parts.apply(
                Decision(Kind.POST, "finished", _receipt(parts, send)), None, now
            )
    for send in done:
        logs.log(
            "send.finished",
            send=send.ref,
            accepted=send.accepted,
            refused=send.refused,
        )
    return done


def _receipt(parts: Parts, send: SendState) -> tuple[Action, ...]:
    if send.kind != "post" or send.sender is None or _left_nothing(send):
        return ()
    refused = tuple(
        _refused(parts, address, words)
        for address, words in parts.store.refusals(send.id)
    )
    facts = {
        "refused": refused,
        "dropped": send.cancelled + max(send.refused - len(refused), 0),
        "stopped": send.stopped,
        "before": parts.store.had_before(send.id),
        "started": send.started_at,
        "ended": send.finished_at,
        "duration": (send.finished_at or send.created_at)
        - (send.started_at or send.created_at),
    }
    sees = parts.settings.sees_members({send.sender}, send.list_name)
    roster = bool(send.stopped) and sees
    return (_told(send, send.sender, "receipt", facts, roster=roster),)


def _left_nothing(send: SendState) -> bool:
    """Whether it was cancelled before anybody had it: whoever did so was told."""
    return send.stopped == "cancelled" and not send.accepted + send.refused


def _refused(parts: Parts, address: Address, words: str) -> Mapping[str, str]:
    """Say whom the server refused, and why, in words that people understand."""
    person = parts.store.find_person(address)
    name = person.name if person else ""
    return {
        "who": f"{name} <{address}>" if name else str(address),
        "reason": f"because-{reason_of(find_status(words), words)}",
        "words": words,
    }


def _told(
    send: SendState,
    to: Address,
    text_id: str,
    facts: Mapping[str, object],
    *,
    roster: bool = False,
) -> TellOfSend:
    return TellOfSend(
        send.id, to, text_id, send.list_name, facts, kind="receipt", roster=roster
    )


def tell_failure(send: SendState, words: str, settings: Settings) -> tuple[Action, ...]:
    """Tell whoever sent it, or the owners of its list, why it was refused."""
    one = settings.lists.get(send.list_name)
    if send.sender is not None:
        people: tuple[Address, ...] = (send.sender,)
    elif one is not None and send.kind in {"post", "digest"}:
        people = tuple(sorted(one.owners)) or settings.admins
    else:
        return ()
    facts = {"subject": send.subject, "words": words}
    return tuple(
        Reply(
            who,
            "notice-content-refused",
            facts,
            list_name=send.list_name,
            kind="notice",
            answers=False,
        )
        for who in people
    )


# ------------------------------------------------------------------------ meanwhile


def first_news(parts: Parts, now: datetime) -> None:
    """Tell senders of what takes a while when it will have left, once each.

    Whoever said « ok » to a preview was told so then.
    """
    fresh = [one for one in _theirs(parts) if not one.accepted and not one.paused]
    if not fresh:
        return
    told = {
        int(one.facts.get("send", "0"))
        for one in parts.store.requests(RequestKind.SEND)
    }
    ends = _ends(parts, now)
    for send in fresh:
        end = ends[send.id].end if send.id in ends else now
        if send.id in told or _was_previewed(parts, send) or end - now <= _SHORT:
            continue
        _tell_progress(parts, send, now)


def _was_previewed(parts: Parts, send: SendState) -> bool:
    one = parts.settings.lists.get(send.list_name)
    return one is None or one.confirm_announcements


def evening_news(parts: Parts, now: datetime) -> None:
    """Tell senders how far their sends are that go on for another day."""
    ends, zone = _ends(parts, now), parts.settings.timezone
    today = now.astimezone(zone).date()
    for send in _theirs(parts):
        end = ends[send.id].end if send.id in ends else None
        ends_today = end is not None and end.astimezone(zone).date() <= today
        waits = send.leave_at is not None and send.leave_at > now
        if now - send.created_at < _SHORT or waits or (ends_today and not send.paused):
            continue
        _tell_progress(parts, send, now)


def _theirs(parts: Parts) -> list[SendState]:
    return [
        one
        for one in parts.store.sends(unfinished=True)
        if one.kind == "post"
        and one.sender is not None
        and one.waiting
        and not one.is_over
    ]


def _tell_progress(parts: Parts, send: SendState, now: datetime) -> None:
    if send.sender is not None:
        todo = (_told(send, send.sender, "send-progress", {}),)
        with parts.store.transaction():
            parts.apply(Decision(Kind.POST, "progress", todo), None, now)


def _ends(parts: Parts, now: datetime) -> Mapping[int, Expected]:
    return plan(
        parts.store.sends(unfinished=True),
        parts.limits(),
        History(parts.store.usage(now - _DAY)),
        now,
        parts.settings.timezone,
        rider=1 if parts.witness == "self" else 0,
    ).sends
