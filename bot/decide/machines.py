"""Mail that no person wrote: our own copies, reports, automatic replies."""

from typing import Final

from bot.actions import Decision, MarkWitness, RecordBounce
from bot.decide import absences
from bot.decide.facts import Facts
from bot.decide.unclear import copy_to_owners
from bot.identity import MARK_FIELD, own_mark

__all__: Final = ("bounce", "broken", "feedback", "ignore", "witness")


def witness(facts: Facts) -> Decision:
    """Note that a batch was accepted: its copy came back."""
    marks = facts.message.fields.get(MARK_FIELD.lower(), ())
    found = (own_mark(mark, facts.settings.secret) for mark in marks)
    return facts.decision(*(MarkWitness(mark[1]) for mark in found if mark))


def bounce(facts: Facts) -> Decision:
    """Log what a report says; one that names nobody is only filed."""
    if not facts.reports:
        return facts.decision(folder="Bounces")
    record = RecordBounce(facts.message.sha256, facts.reports)
    absent = facts.roster.absences
    told = absences.bounced(facts.reports, facts.settings, absent, facts.now)
    return facts.decision(record, *told, folder="Bounces")


def feedback(facts: Facts) -> Decision:
    """Show a complaint (RFC 5965) to the admins: somebody wants to be left alone."""
    return facts.decision(copy_to_owners(facts, ""))


def ignore(facts: Facts) -> Decision:
    """Answer no machine; a moderator's says that they are away."""
    return facts.decision(*absences.gone_away(facts))


def broken(facts: Facts) -> Decision:
    """Put aside what can't be read."""
    return facts.decision(folder="Problem")
