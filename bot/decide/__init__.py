"""What to do about a mail: ask the one part concerned, return its actions.

Pure: the mail, the roster, the settings and the time come in, a `Decision` goes
out. Rule for editors: nothing is answered here before `replies.within_bounds` has
seen it, so that no address gets more mail from a machine than it should.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bot import identity
from bot.actions import Decision
from bot.bounces import read_report
from bot.classify import classify
from bot.classify.ours import answers_ours
from bot.commands import grammar
from bot.commands.grammar import CommandText
from bot.commands.wants import Wants, wanted
from bot.decide import absences, answers, machines, orders, posts, unclear
from bot.decide.facts import Facts, explicit_tokens
from bot.decide.replies import within_bounds
from bot.model import (
    BounceEvent,
    Kind,
    Message,
    Proof,
    ReturnedBatch,
    Roster,
    Settings,
    TokenState,
)
from bot.rosters import Sheet
from bot.routing import function, route

__all__: Final = ("Facts", "commands_of", "decide", "understand", "wants")


def commands_of(
    message: Message, settings: Settings, roster: Roster
) -> CommandText | None:
    """Read the commands of a mail, or of the one that its answer is about."""
    if roster.original is not None:
        original = roster.original
        return grammar.read(
            original, settings, orders.REGISTRY, function(original, settings)
        )
    return _commands(message, settings, roster, function(message, settings))


def wants(message: Message, settings: Settings, roster: Roster) -> Wants:
    """Say what has to be loaded before a decision about a mail."""
    author = message.author.address if message.author else None
    person = roster.person.address if roster.person else None
    return wanted(
        commands_of(message, settings, roster),
        orders.REGISTRY,
        settings,
        (one for one in (author, person) if one is not None),
    )


AccountReader = Callable[[Message, tuple[BounceEvent, ...]], ReturnedBatch | None]


def _reads_nothing(*_: object) -> None:
    """Take every report to be about people."""


def understand(  # noqa: PLR0913 - a mail, and all that is known about it
    message: Message,
    settings: Settings,
    roster: Roster,
    now: datetime,
    *,
    sheet: Sheet | None = None,
    unreadable: str = "",
    account: AccountReader = _reads_nothing,
    reports: tuple[BounceEvent, ...] | None = None,
) -> Decision:
    """Classify a mail and decide about it.

    Args:
        message: the mail.
        settings: ours.
        roster: the part of the store that the mail concerns.
        now: the time.
        sheet: what an attached address book says, where it matters.
        unreadable: why it can't be read.
        account: finds in a report what our provider says of our own account.
        reports: what `read_report` gives, where somebody asked before.
    """
    asked = function(message, settings)
    commands = _commands(message, settings, roster, asked)
    roster = _without_chance_token(message, settings, roster)
    if reports is None:
        reports = read_report(message)
    routed = route(message, settings, roster)
    kind, rule = classify(
        message,
        settings,
        roster,
        reports,
        has_commands=commands is not None,
        routed=routed[0] if routed else "",
    )
    facts = Facts(
        message=message,
        kind=kind,
        rule=rule,
        roster=roster,
        settings=settings,
        now=now,
        proof=identity.proof(message, settings.trusted_authserv),
        routed=routed,
        asked=asked,
        commands=commands,
        reports=reports,
        returned=account(message, reports) if kind is Kind.BOUNCE else None,
        sheet=sheet,
        unreadable=unreadable,
        about=commands_of(message, settings, roster) if roster.original else None,
    )
    return decide(facts)


def _commands(
    message: Message,
    settings: Settings,
    roster: Roster,
    asked: tuple[str, str] | None,
) -> CommandText | None:
    """Read commands, where what is answered doesn't say what a mail is for.

    A reply within a list's thread is a post, whatever its subject, unless nothing
    but a command was typed. A reply to a mail of ours has no subject of its own.
    """
    ours = roster.token is TokenState.VALID or answers_ours(message, settings)
    if asked is None and ours:
        bare = replace(message, subject="")
        found = grammar.read(bare, settings, orders.REGISTRY)
        return found or grammar.read(message, settings, orders.REGISTRY)
    if roster.thread_lists and asked is None and _REPLY.match(message.subject):
        return grammar.read_alone(message, settings, orders.REGISTRY)
    return grammar.read(message, settings, orders.REGISTRY, asked)


_REPLY: Final = re.compile(r"\s*(?:re|ré|aw|sv)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


def _without_chance_token(
    message: Message, settings: Settings, roster: Roster
) -> Roster:
    """Forget an unknown token that nobody meant to send.

    Replies to any mail of ours, and to posts that came without Message-ID, name an
    id that looks like a token. Such a reply is what it would be otherwise.
    """
    if roster.token is not TokenState.INVALID:
        return roster
    if explicit_tokens(message, settings):
        return roster
    return replace(roster, token=TokenState.NONE)


_BY_KIND: Final[Mapping[Kind, Callable[[Facts], Decision]]] = MappingProxyType(
    {
        Kind.WITNESS: machines.witness,
        Kind.BOUNCE: machines.bounce,
        Kind.FEEDBACK: machines.feedback,
        Kind.AUTOMATIC: machines.ignore,
        Kind.LOOP: machines.ignore,
        Kind.ANSWER: answers.answer,
        Kind.COMMANDS: orders.carry_out,
        Kind.POST: posts.post,
        Kind.UNCLEAR: unclear.unclear,
        Kind.BROKEN: machines.broken,
    }
)
# What a person wrote, and may be too large for us to have read it.
_BY_PEOPLE: Final = frozenset({Kind.ANSWER, Kind.COMMANDS, Kind.POST, Kind.UNCLEAR})


def decide(facts: Facts) -> Decision:
    """Decide about a mail whose kind is known."""
    if facts.kind in _BY_PEOPLE and facts.is_header_only:
        decision = unclear.too_large(facts)
    elif facts.kind is Kind.ANSWER and facts.proof is Proof.FAIL:
        decision = answers.answer_forged(facts)
    else:
        decision = _BY_KIND[facts.kind](facts)
    if facts.kind in _BY_PEOPLE:
        back = (*absences.is_back(facts), *absences.is_there(facts))
        decision = replace(decision, actions=(*decision.actions, *back))
    return replace(decision, actions=within_bounds(facts, decision.actions))
