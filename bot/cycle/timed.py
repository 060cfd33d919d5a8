"""What is due by the clock: requests, pauses, summaries, digests, spring cleaning.

All of it from stored times, so that it is done once, right after days of downtime
too.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final

from bot import logs
from bot.cycle.bounced import judge_bounces, write_log
from bot.cycle.due_times import SUNDAY, is_due, last_time
from bot.cycle.parts import Parts
from bot.cycle.receipts import evening_news, first_news
from bot.cycle.sheets import weekly_calls
from bot.decide.reminders import reminders
from bot.errors import StoreError
from bot.model import one_each

__all__: Final = ("due_once",)

# A mail is written to the spool before the row that needs it is committed.
_SWEEP_AGE: Final = timedelta(hours=6)
# Who was asked and has not answered is asked once more.
_REMIND_AFTER: Final = timedelta(days=3)
# When people are told what came together over the day, local time.
_SUMMARY_AT: Final = time(18)
_DIGEST_AT: Final = time(19)
# At night, since it may take a while.
_FORGET_AT: Final = time(4)
# As long as the store keeps its own rows.
_LOG_KEPT: Final = timedelta(days=400)


def due_once(parts: Parts) -> None:
    """Do what is due; safe to repeat.

    Raises:
        StoreError: the database or the spool can't be used.
    """
    parts.renew()
    now = parts.clock.now()
    for name, job in _JOBS:
        _apart(name, job, parts, now)


def _apart(
    name: str, job: Callable[[Parts, datetime], None], parts: Parts, now: datetime
) -> None:
    """Do one job; what breaks it must not keep the others from being done."""
    try:
        job(parts, now)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - see above; it is tried again
        logs.log("due.failed", job=name, error=f"{type(error).__name__}: {error}")


def _expire(parts: Parts, now: datetime) -> None:
    """End what waited too long, and tell those concerned, in one transaction."""
    with parts.store.transaction():
        expired = parts.store.expire_requests(now)
        for request in one_each(expired):
            parts.apply.expire(request, now)
    for request in expired:
        logs.log(
            "request.expired",
            ref=request.ref,
            kind=request.kind.value,
            list=request.list_name,
        )


def _remind_moderators(parts: Parts, now: datetime) -> None:
    due = reminders(
        parts.store.requests(),
        parts.settings.lists,
        parts.settings.admins,
        parts.store.absences(now),
        now,
    )
    for moderator, matters in due:
        with parts.store.transaction():
            parts.apply.remind_moderator(moderator, matters, now)


def _resume(parts: Parts, now: datetime) -> None:
    parts.store.resume_due(now)


def _digests(parts: Parts, now: datetime) -> None:
    for name in parts.settings.lists:
        _digest(parts, name, now)


def _remind(parts: Parts, now: datetime) -> None:
    reminded: set[str] = set()
    for request in parts.store.unanswered_requests(now - _REMIND_AFTER, now):
        if request.ref in reminded:
            continue
        reminded.add(request.ref)
        with parts.store.transaction():
            parts.apply.remind(request, now)


def _summarise(parts: Parts, now: datetime) -> None:
    with parts.store.transaction():
        if is_due(parts, "summary_at", last_time(_SUMMARY_AT, parts, now)):
            parts.apply.tell_owners(now)
            evening_news(parts, now)


def _digest(parts: Parts, name: str, now: datetime) -> None:
    often = parts.settings.lists[name].digest
    last = last_time(_DIGEST_AT, parts, now, SUNDAY if often == "weekly" else None)
    key = f"digest_at {name}"
    with parts.store.transaction():
        since = parts.store.noted(key)
        if is_due(parts, key, last) and often != "off":
            parts.apply.send_digest(name, datetime.fromisoformat(since), last, now)


def _clean(parts: Parts, now: datetime) -> None:
    parts.store.blank_old_letters(now)
    if is_due(parts, "forgot_at", last_time(_FORGET_AT, parts, now)):
        parts.store.forget_old(now)
        parts.bounce_log.forget_before(now - _LOG_KEPT)
    gone = parts.store.forgotten_keys(parts.bounce_log.keys())
    parts.bounce_log.forget(gone)
    write_log(parts)
    parts.spool.sweep(parts.store.needed_spool(now), now - _SWEEP_AGE)


_JOBS: Final[tuple[tuple[str, Callable[[Parts, datetime], None]], ...]] = (
    ("expire", _expire),
    ("remind", _remind),
    ("remind-moderators", _remind_moderators),
    ("resume", _resume),
    ("bounces", judge_bounces),
    ("first-news", first_news),
    ("summarise", _summarise),
    ("digests", _digests),
    ("weekly-calls", weekly_calls),
    ("clean", _clean),
)
