"""Mail that people send by hand from the same account: it uses up the quota too.

The provider's Sent folder is looked into every ten minutes. What was found and how
far the look went are kept in one transaction, so that a crash counts nothing twice.
"""

from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.cycle.parts import Parts
from bot.errors import MailboxRefusalError

__all__ = ("count_sent_by_hand",)

_EVERY: Final = timedelta(minutes=10)
# The longest quota is that of a day.
_COUNTED: Final = timedelta(days=1)
_LOOKED_AT: Final = "sent_folder_looked_at"
_SEEN: Final = "sent_folder_seen"  # "UIDVALIDITY uid"; "none": there is no folder
_NO_FOLDER: Final = "none"


def count_sent_by_hand(parts: Parts) -> None:
    """Count what people sent by hand since the last look, if one is due.

    Raises:
        MailboxError: the IMAP connection failed.
    """
    now = parts.clock.now()
    if not (parts.count_hand_sent and _is_due(parts.store.noted(_LOOKED_AT), now)):
        return
    parts.store.note(_LOOKED_AT, now.isoformat())
    try:
        _look(parts, now)
    except MailboxRefusalError as error:  # that folder alone; all else goes on
        logs.log("sent.unreadable", error=str(error))


def _is_due(noted: str, now: datetime) -> bool:
    if not noted:
        return True
    since = now - datetime.fromisoformat(noted)
    return not timedelta() <= since < _EVERY  # the clock may have been set back


def _look(parts: Parts, now: datetime) -> None:
    noted = parts.store.noted(_SEEN)
    look = parts.mailbox.sent_by_hand(now - _COUNTED, _position(noted))
    if look is None:
        if noted != _NO_FOLDER:
            parts.store.note(_SEEN, _NO_FOLDER)
            logs.log("sent.missing")
        return
    with parts.store.transaction():
        parts.store.note_hand_sent(look.uid_validity, look.mails, now)
        parts.store.note(_SEEN, f"{look.uid_validity} {look.last_uid}")
    if look.mails:
        logs.log(
            "sent.by_hand",
            mails=len(look.mails),
            recipients=sum(one.recipients for one in look.mails),
        )


def _position(noted: str) -> tuple[int, int]:
    validity, _, uid = noted.partition(" ")
    return (int(validity), int(uid)) if uid else (0, 0)
