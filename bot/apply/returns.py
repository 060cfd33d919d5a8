"""A batch that the provider took and sent back: wait, learn, tell."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.actions import Alert, PutOff
from bot.apply.alerts import tell_admins
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.model import TakenBack

__all__ = ("put_off",)

# A report says that a limit was reached when the batch left. However late it comes,
# or how often, it holds nothing up for longer than the limit's time from then on.
_SLACK: Final = timedelta(minutes=15)
# No provider allows less in an hour; a smaller figure is a mistake, or a forgery.
_LEAST: Final = 10
_WINDOWS: Final[Mapping[str, timedelta]] = {
    "recipients_per_hour": timedelta(hours=1),
    "recipients_per_day": timedelta(days=1),
}


def put_off(desk: Desk, action: PutOff, errand: Errand) -> None:
    """Let those wait again who did not get it, and everything with them.

    A report that moves nobody holds nothing up: it came before, or those whom it
    names were served in another batch, or the provider goes on trying. Whoever got
    the batch could write it, and it need not even name them.
    """
    now = errand.now
    wait = timedelta(seconds=action.wait_seconds)
    until = min(action.reported_at, now) + wait
    found = desk.store.take_back(
        action.batch_id, action.addresses, max(until, now), now, action.words
    )
    if found is None:
        return
    if not found.moved:
        if not action.addresses:
            words = {"words": action.words}
            tell_admins(desk, Alert("alert-delay", words, "alert-delay"), now)
        return
    until = min(until, found.sent_at + _SLACK + wait)
    logs.log(
        "batch.returned",
        batch=action.batch_id,
        recipients=found.moved,
        until=until,
        reply=action.words,
    )
    _learn(desk, action, found, now)
    _block(desk, action, until, now)
    _tell(desk, action, found, until, now)


def _learn(desk: Desk, action: PutOff, found: TakenBack, now: datetime) -> None:
    """Remember the limit: the figure that is said, else what had left by then.

    A report only ever lowers a limit. Less than half of what had left is nothing
    that a provider would have let pass: such a figure counts as not said.
    """
    if not action.quota:
        return
    left = _left(desk, action.quota, found)
    value, how = action.limit or 0, "said"
    if value < max(_LEAST, left / 2):
        value, how = max(left - found.moved, _LEAST), "counted"
    limits = desk.limits()
    known, guessed = getattr(limits, action.quota), action.quota in limits.guesses
    if known and (value > known or (value == known and not guessed)):
        return
    desk.store.learn(action.quota, str(value), action.words, now, how)
    logs.log("limit.learnt", key=action.quota, value=value, reply=action.words)


def _left(desk: Desk, quota: str, found: TakenBack) -> int:
    """Count what had left within the limit's time when the batch did."""
    since = found.sent_at - _WINDOWS[quota]
    # What was settled after this batch began may have gone before it.
    usage = desk.store.usage(since)
    return sum(one.recipients for one in usage if one.at <= found.sent_at + _SLACK)


def _block(desk: Desk, action: PutOff, until: datetime, now: datetime) -> None:
    noted = desk.store.noted("blocked_until")
    if until <= now or (noted and datetime.fromisoformat(noted) >= until):
        return
    desk.store.note("blocked_until", until.isoformat())
    desk.store.note("blocked_why", action.words)
    logs.log("sending.stopped", until=until, reply=action.words)


def _tell(
    desk: Desk, action: PutOff, found: TakenBack, until: datetime, now: datetime
) -> None:
    when = until if until > now else None
    if action.stops:
        stopped = {"words": action.words}
        alert = Alert("alert-sending-stopped", stopped, "alert-sending-stopped")
    else:
        facts = {"words": action.words, "until": when}
        alert = Alert("alert-quota", facts, "alert-quota")
    tell_admins(desk, alert, now)
    if found.reopened and found.kind == "post" and found.sender is not None:
        told = {"subject": found.subject, "until": when, "words": action.words}
        letter = Letter(
            found.sender, "notice-sent-back", told, found.list_name, kind="notice"
        )
        desk.send_letter(letter, now)
