"""What a mail is: the kinds as one ordered table of small predicates.

The first rule that fits decides; its name is what `explain` shows. Editing rule:
a rule looks at the mail's own header and at what its author typed, never at
quotations, and names the RFC or the program that it knows.
"""

from collections.abc import Callable
from typing import Final

from bot.classify import machines, ours
from bot.classify.facts import Facts
from bot.model import BounceEvent, Kind, Message, Roster, Settings, TokenState
from bot.routing import FUNCTIONS, function, route

__all__ = ("FUNCTIONS", "classify", "function", "route")


def _author_unclear(facts: Facts) -> bool:
    """No From, two of them, or two addresses in it: nobody can be answered."""
    return facts.message.author is None


def _has_token(facts: Facts) -> bool:
    return facts.roster.token is not TokenState.NONE


def _names_request(facts: Facts) -> bool:
    return facts.roster.request is not None


def _to(*functions: str) -> Callable[[Facts], bool]:
    """Make the predicate for mail to `list-join@…` and the like."""

    def asked(facts: Facts) -> bool:
        found = function(facts.message, facts.settings)
        return found is not None and found[1] in functions

    return asked


def _commands(facts: Facts) -> bool:
    return facts.has_commands


def _answers_ours(facts: Facts) -> bool:
    return ours.answers_ours(facts.message, facts.settings)


def _names_list(facts: Facts) -> bool:
    return bool(facts.routed)


def _default_list(facts: Facts) -> bool:
    return bool(facts.settings.default_list)


def _known_author(facts: Facts) -> bool:
    author = facts.message.author
    trusted = {facts.settings.mailbox, *facts.settings.admins}
    known = facts.roster.person is not None or bool(facts.roster.memberships)
    return known or (author is not None and author.address in trusted)


_RULES: Final[tuple[tuple[str, Kind, Callable[[Facts], bool]], ...]] = (
    ("own-copy", Kind.WITNESS, ours.own_copy),
    ("report-of-failure", Kind.BOUNCE, machines.bounce),
    ("complaint", Kind.FEEDBACK, machines.feedback),
    ("auto-submitted", Kind.AUTOMATIC, machines.auto_submitted),
    ("machine-report", Kind.AUTOMATIC, machines.machine_report),
    ("null-sender", Kind.AUTOMATIC, machines.null_sender),
    ("autoreply-field", Kind.AUTOMATIC, machines.autoreply_field),
    ("suppresses-replies", Kind.AUTOMATIC, machines.suppresses_replies),
    ("precedence", Kind.AUTOMATIC, machines.precedence),
    ("foreign-list", Kind.AUTOMATIC, machines.foreign_list),
    ("machine-author", Kind.AUTOMATIC, machines.machine_author),
    ("autoreply-subject", Kind.AUTOMATIC, machines.autoreply_subject),
    ("challenge", Kind.AUTOMATIC, machines.challenge),
    ("says-so", Kind.AUTOMATIC, machines.says_so),
    ("own-mark", Kind.LOOP, ours.has_own_mark),
    ("own-list-id", Kind.LOOP, ours.own_list_id),
    ("own-message-id", Kind.LOOP, ours.own_message_id),
    ("author-unclear", Kind.UNCLEAR, _author_unclear),
    ("token", Kind.ANSWER, _has_token),
    ("reference", Kind.ANSWER, _names_request),
    ("to-owners", Kind.UNCLEAR, _to("owner")),
    ("to-commands", Kind.COMMANDS, _to("join", "leave", "request")),
    ("commands", Kind.COMMANDS, _commands),
    ("answers-our-mail", Kind.UNCLEAR, _answers_ours),
    ("to-list", Kind.POST, _names_list),
    ("default-list", Kind.POST, _default_list),
    ("known-author", Kind.POST, _known_author),
)


def classify(
    message: Message,
    settings: Settings,
    roster: Roster,
    reports: tuple[BounceEvent, ...],
    *,
    has_commands: bool,
    routed: str,
) -> tuple[Kind, str]:
    """Say what a mail is, and by which rule.

    Args:
        message: the mail.
        settings: ours.
        roster: what the store knows about it.
        reports: what `bounces.read_report` found.
        has_commands: whether the grammar found commands.
        routed: the list that it is for; empty where none is known.
    """
    facts = Facts(message, settings, roster, reports, has_commands, routed)
    for name, kind, holds in _RULES:
        if holds(facts):
            return kind, name
    return Kind.UNCLEAR, "nothing-fits"
