"""Bounces: which mails are reports of failure, and what they tell of whom.

A report is one by what it is itself, never by what it quotes, forwards or
attaches: people write about bounces. Nothing here raises.
"""

from bot.bounces import report, wild
from bot.bounces.judging import (
    Incident,
    braked,
    incident_of,
    is_to_suspend,
    next_probe,
    probe_is_due,
)
from bot.bounces.matching import matched, named_in
from bot.bounces.ours import may_be_providers, returned_marks, said_by_provider
from bot.bounces.returned import returned_ids, returned_names
from bot.model import BounceEvent, Message

__all__ = (
    "Incident",
    "braked",
    "incident_of",
    "is_bounce",
    "is_feedback_report",
    "is_to_suspend",
    "matched",
    "may_be_providers",
    "named_in",
    "next_probe",
    "probe_is_due",
    "read_report",
    "returned_ids",
    "returned_marks",
    "returned_names",
    "said_by_provider",
)


def read_report(message: Message) -> tuple[BounceEvent, ...]:
    """Give an event for each address that a bounce or a delay warning names.

    Anything else gives none; so does a bounce that names nobody.
    """
    try:
        return _read(message)
    except Exception:  # noqa: BLE001 - the standard library on damaged MIME
        return ()


def is_bounce(message: Message) -> bool:
    """Whether the mail reports that something wasn't delivered, or not yet.

    A report of success is none.
    """
    try:
        return _is_failure(message)
    except Exception:  # noqa: BLE001 - the standard library on damaged MIME
        return False


def is_feedback_report(message: Message) -> bool:
    """Whether somebody complains: an abuse report (RFC 5965)."""
    if message.content_type != "multipart/report":
        return False
    if message.report_type == "feedback-report":
        return True
    kinds = {part.content_type for part in message.attachments}
    return "message/feedback-report" in kinds


def _read(message: Message) -> tuple[BounceEvent, ...]:
    if is_feedback_report(message):
        return ()
    if _is_standard(message):
        blocks = report.status_blocks(message.raw)
        if blocks:
            return report.events_of(blocks, message.text)
    return wild.events_of(message) if _is_wild(message) else ()


def _is_failure(message: Message) -> bool:
    if is_feedback_report(message):
        return False
    if _is_standard(message):
        blocks = report.status_blocks(message.raw)
        if blocks:
            return report.tells_failure(blocks)
    return _is_wild(message)


def _is_standard(message: Message) -> bool:
    """Whether RFC 3464 fields in the mail are its own statement."""
    if message.content_type == "multipart/report":
        if message.report_type == "delivery-status":
            return True
    elif not message.content_type.startswith("multipart/"):
        return False
    kinds = {part.content_type for part in message.attachments}
    return "message/delivery-status" in kinds and _from_machine(message)


def _from_machine(message: Message) -> bool:
    return message.null_sender or wild.from_daemon(message)


def _is_wild(message: Message) -> bool:
    """Whether a mail system says in its own words that something failed."""
    if not _from_machine(message) or wild.is_vacation(message):
        return False
    if message.report_type == "disposition-notification":
        return wild.from_daemon(message)
    return wild.sounds_undelivered(message)
