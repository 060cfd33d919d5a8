"""Telling the admins: once a day for each kind of trouble."""

from datetime import datetime, timedelta

from bot import logs
from bot.actions import Alert
from bot.apply.desk import Desk
from bot.apply.letters import Letter

__all__ = ("tell_admins",)

_EVERY = timedelta(days=1)


def tell_admins(desk: Desk, alert: Alert, now: datetime) -> None:
    """Put an alert into the outbox, unless the same one was given today.

    It stays there until it can leave, also while the account is blocked.
    """
    key = alert.key or f"{alert.text_id} {now.isoformat()}"
    if not desk.store.alert_due(key, now, _EVERY):
        return
    logs.log("alert.sent", key=key, text=alert.text_id)
    for admin in desk.settings.admins:
        letter = Letter(admin, alert.text_id, alert.facts, kind="alert")
        desk.send_letter(letter, now)
