"""Answers to probes: the address works, and perhaps its owner wants no more mail.

Whoever answers has the address, so no second question is asked before they leave.
"""

import re
from collections.abc import Mapping
from typing import Final

from bot.actions import Action, AskModerators, Revive, Settle, Unenrol
from bot.commands.answers import Reading
from bot.commands.grammar import CommandLine
from bot.commands.registry import Registry
from bot.commands.wishes import asks_to_leave
from bot.decide.facts import Facts
from bot.model import MailingList, Member, Request, RequestKind

__all__: Final = ("leaving", "probed", "wants_to_leave")

# « Non, je ne veux plus rien recevoir. »
_A_NO: Final = re.compile(r"^\s*(?:non|no)(?: merci)?\b[\s,.;:!]*", re.IGNORECASE)
_NO: Final = frozenset({"reject", "discard", "ban"})


def wants_to_leave(facts: Facts) -> bool:
    """Whether a mail answers a probe, and does so with a wish to be taken off."""
    request, message = facts.roster.request, facts.message
    if request is None or request.kind is not RequestKind.PROBE:
        return False
    orders = _orders(facts)
    if orders:
        return any(_is_own(facts, line) for line in orders)
    return asks_to_leave(message.subject, _A_NO.sub("", message.typed))


def probed(
    facts: Facts, request: Request, lst: MailingList | None, said: Reading
) -> tuple[Action, ...]:
    """Write to the address again; whoever wants to leave never comes here.

    « non » may mean that, so it asks; whatever else was written did arrive.
    """
    if said.verdict in _NO or said.detail == "cancel":
        return Revive(request.address), *facts.reply("probe-no", lst)
    done = Settle(request.id, "ok", request.address)
    return done, Revive(request.address), *facts.reply("probe-thanks", lst)


def leaving(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    """End memberships by each list's `unsubscription`, and revive none.

    All of them, as the probe named all, unless the answer names a list.
    """
    ours = facts.settings.lists
    named = _named(facts)
    members = [
        (ours[name], one)
        for name, one in facts.roster.memberships.items()
        if name in ours and (not named or name in named)
    ]
    settled = (Settle(request.id, "no", request.address),)
    done = settled if request.state == "open" else ()
    if not members:
        return *done, *facts.reply("not-a-member", lst, address=str(request.address))
    return *done, *(one for pair in members for one in _left(facts, *pair))


def _left(facts: Facts, lst: MailingList, member: Member) -> tuple[Action, ...]:
    if lst.unsubscription == "moderated":
        asked = AskModerators(member.address, "departure", lst.name, member.name)
        return asked, *facts.reply("asked-moderators", lst, wish="departure")
    return (Unenrol(member.address, lst.name),)


def _orders(facts: Facts) -> list[CommandLine]:
    lines = facts.commands.lines if facts.commands else ()
    return [line for line in lines if line.name == "unsubscribe"]


def _is_own(facts: Facts, line: CommandLine) -> bool:
    """Whether a command to leave names nobody else's address."""
    known = {one.key for one in facts.identities}
    words = (one.strip("<>()[],;:").lower() for one in line.arguments)
    return all(one in known for one in words if "@" in one)


def _named(facts: Facts) -> Mapping[str, MailingList]:
    """Give the lists that a command to leave names."""
    found = (
        Registry.find_list(facts.settings, word)
        for line in _orders(facts)
        for word in line.arguments
    )
    return {lst.name: lst for lst in found if lst is not None}
