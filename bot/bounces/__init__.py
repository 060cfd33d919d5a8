"""Bounces: which mails are reports of failure, and what they tell of whom.

A report is one by what it is itself, never by what it quotes, forwards or
attaches: people write about bounces. Nothing here raises.
"""

from dataclasses import replace
from email.message import Message as Part

from bot.bounces import machines, report, wild
from bot.bounces.complaints import complaint, is_feedback_report
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
from bot.bounces.parts import blocks_of_words, status_blocks
from bot.bounces.returned import returned_ids, returned_names, returned_to
from bot.model import BounceEvent, Message

__all__ = (
    "Incident",
    "braked",
    "complaint",
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
        return _is_failure(message, _blocks(message))
    except Exception:  # noqa: BLE001 - the standard library on damaged MIME
        return False


def _read(message: Message) -> tuple[BounceEvent, ...]:
    """Ask the detectors, surest first: fields, words, the mail that came back."""
    blocks = _blocks(message)
    if not _is_failure(message, blocks):
        return ()
    said = report.Said(message.text, wild.recipients_of_report(message))
    return (
        report.events_of(blocks, said)
        or wild.events_of(message)
        or _by_the_copy(message, said)
    )


def _by_the_copy(message: Message, said: report.Said) -> tuple[BounceEvent, ...]:
    """Take the one person that the returned mail was for."""
    names = [one for one in returned_names(message) if one not in said.ours]
    names = names or [one for one in returned_to(message) if one not in said.ours]
    if not names:
        return ()
    event = report.event_for((names[0],), said.text, said)
    # Named by nobody, only concluded: too little to strike somebody off.
    return (replace(event, kind="soft") if event.kind == "hard" else event,)


def _is_failure(message: Message, blocks: tuple[Part, ...]) -> bool:
    if is_feedback_report(message):
        return False
    return report.tells_failure(blocks) if blocks else _is_wild(message)


def _blocks(message: Message) -> tuple[Part, ...]:
    """Give the RFC 3464 fields that are the mail's own statement."""
    if not message.content_type.startswith("multipart/"):
        words = wild.own_words(message) if machines.from_daemon(message) else ""
        return blocks_of_words(words) if "-recipient:" in words.lower() else ()
    stated = (message.content_type, message.report_type)
    if stated == ("multipart/report", "delivery-status"):
        return status_blocks(message.raw)
    return status_blocks(message.raw) if _has_status_of_machine(message) else ()


def _has_status_of_machine(message: Message) -> bool:
    kinds = {part.content_type for part in message.attachments}
    stated = {"message/delivery-status", "message/global-delivery-status"}
    return bool(kinds & stated) and machines.from_machine(message)


def _is_wild(message: Message) -> bool:
    """Whether a mail system says in its own words that something failed."""
    if not machines.from_machine(message) or machines.is_vacation(message):
        return False
    if message.report_type == "disposition-notification":
        return machines.from_daemon(message)
    return machines.tells_failure(message, wild.own_words(message))
