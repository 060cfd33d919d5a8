"""Mail that no person wrote: our own copies, reports, automatic replies."""

from typing import Final

from bot.actions import (
    Action,
    Alert,
    Decision,
    MarkWitness,
    PutOff,
    RecordBounce,
    Reply,
    Unenrol,
)
from bot.address import Address
from bot.bounces import complaint, matched, returned_names
from bot.decide import absences
from bot.decide.facts import Facts
from bot.decide.unclear import copy_to_owners
from bot.identity import MARK_FIELD, own_mark
from bot.model import Proof, ReturnedBatch

__all__: Final = ("bounce", "broken", "feedback", "ignore", "witness")


def witness(facts: Facts) -> Decision:
    """Note that a batch was accepted: its copy came back."""
    marks = facts.message.fields.get(MARK_FIELD.lower(), ())
    found = (own_mark(mark, facts.settings.secret) for mark in marks)
    return facts.decision(*(MarkWitness(mark[1]) for mark in found if mark))


def bounce(facts: Facts) -> Decision:
    """Log what a report says of people; what it says of our account is another matter.

    A report that names nobody is only filed.
    """
    if facts.proof is Proof.FAIL:  # whoever forges reports wants somebody silenced
        return facts.decision(rule="forged-report", folder="Bounces")
    returned, roster = facts.returned, facts.roster
    of_account = returned.events if returned else ()
    reports = tuple(one for one in facts.reports if one not in of_account)
    ours = (_returned(returned, facts),) if returned else ()
    rule = "limit-of-the-account" if returned else facts.rule
    if not reports:
        return facts.decision(*ours, rule=rule, folder="Bounces")
    names = returned_names(facts.message)
    reports = matched(reports, names, roster.returned, roster.ours)
    record = RecordBounce(facts.message.sha256, reports, roster.returned)
    told = absences.bounced(reports, facts.settings, roster.absences, facts.now)
    return facts.decision(record, *told, *ours, rule=rule, folder="Bounces")


def _returned(returned: ReturnedBatch, facts: Facts) -> Action:
    """Take a batch back, if the report proves which one.

    Anybody can write a report. Only who got the batch knows its mark, and so nobody
    else makes us repeat or hold up anything: the admins are told, and judge.
    """
    failed = tuple(one.address for one in returned.events if one.kind != "delay")
    if returned.batch_id is None:
        told = {"words": returned.words, "addresses": tuple(map(str, failed))}
        return Alert("alert-quota-unproved", told, key="alert-quota-unproved")
    return PutOff(
        returned.batch_id,
        failed,
        returned.quota,
        returned.limit,
        returned.words,
        returned.wait_seconds,
        returned.stops,
        facts.message.received_at,
    )


def feedback(facts: Facts) -> Decision:
    """Let somebody go who complains of a post (RFC 5965); else admins read it.

    Only a report that returns the mark of a batch is believed, and only of those who
    got that batch: else anybody could unsubscribe others.
    """
    mail, whom = facts.roster.returned, _complainer(facts)
    lists = facts.settings.lists
    if mail is None or whom is None or mail.list_name not in lists:
        return facts.decision(copy_to_owners(facts, ""))
    # Whoever got the batch could write it: not a person, and of nobody in charge.
    person = facts.roster.standing(whom).person
    if facts.is_known or person is None or facts.settings.is_in_charge(person):
        return facts.decision(copy_to_owners(facts, mail.list_name))
    reached = [one.list_name for one in facts.settings.reached_by(mail.list_name)]
    on = facts.roster.standing(whom).memberships
    names = [name for name in dict.fromkeys(reached) if name in on]
    if not names:
        return facts.decision(rule="complaint-of-nobody")
    titles = tuple(lists[name].display_name for name in names)
    goodbye = Reply(
        whom,
        "complaint-goodbye",
        {"titles": titles},
        names[0],
        kind="notice",
        answers=False,
    )
    left = [Unenrol(whom, name, quiet=True) for name in names]
    return facts.decision(
        *left,
        goodbye,
        copy_to_owners(facts, names[0]),
        rule="complaint",
        folder="Bounces",
        list_name=names[0],
    )


def _complainer(facts: Facts) -> Address | None:
    """Find who complains among those who got the batch that is returned."""
    found, mail = complaint(facts.message), facts.roster.returned
    if found is None or mail is None or facts.proof is Proof.FAIL:
        return None
    if mail.kind not in {"post", "digest"}:
        return None
    keys = {one.key for one in found.addresses}
    named = [one for one in mail.recipients if one.key in keys]
    if not named and len(mail.recipients) == 1:  # the provider hides the address
        named = list(mail.recipients)
    return named[0] if len(named) == 1 else None


def ignore(facts: Facts) -> Decision:
    """Answer no machine; a moderator's says that they are away."""
    return facts.decision(*absences.gone_away(facts))


def broken(facts: Facts) -> Decision:
    """Put aside what can't be read."""
    return facts.decision(folder="Problem")
