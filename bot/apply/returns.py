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

    A report that moves nobody says nothing new: it came before, or those whom it
    names were served in another batch.
    """
    now = errand.now
    wait = timedelta(seconds=action.wait_seconds)
    until = min(action.reported_at, now) + wait
    found = desk.store.take_back(
        action.batch_id, action.addresses, max(until, now), now, action.words
    )
    if found is None or (action.addresses and not found.moved):
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
    """Remember the limit: the figure that is said, else what had left by then."""
    if not action.quota:
        return
    value, how = action.limit or 0, "said"
    if value < _LEAST:
        value, how = max(_counted(desk, action.quota, found), _LEAST), "counted"
        known = getattr(desk.limits(), action.quota)
        if known and known <= value:
            return
    if desk.store.learnt().get(action.quota) == str(value):  # the batch's next report
        return
    desk.store.learn(action.quota, str(value), action.words, now, how)
    logs.log("limit.learnt", key=action.quota, value=value, reply=action.words)


def _counted(desk: Desk, quota: str, found: TakenBack) -> int:
    since = found.sent_at - _WINDOWS[quota]
    # What was settled after this batch began may have gone before it.
    left = [one for one in desk.store.usage(since) if one.at <= found.sent_at + _SLACK]
    return sum(one.recipients for one in left) - found.moved


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
