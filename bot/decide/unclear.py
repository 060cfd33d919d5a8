"""Mail that fits nothing: never dropped, rarely answered."""

from typing import Final

from bot.actions import Action, CopyToOwners, Decision
from bot.commands.registry import list_facts
from bot.decide.facts import Facts
from bot.model import Proof

__all__: Final = ("help_reply", "lists_shown", "too_large", "unclear")


def unclear(facts: Facts) -> Decision:
    """Help those we know, and let people read what a person seems to have written."""
    if facts.asked and facts.asked[1] == "owner":
        name = facts.asked[0]
        return facts.decision(_copy(facts, name), list_name=name)
    actions: tuple[Action, ...] = ()
    if facts.is_known and facts.proof is not Proof.FAIL:
        actions = help_reply(facts)
    if facts.message.typed.strip():
        actions = (*actions, _copy(facts, _own_list(facts)))
    return facts.decision(*actions)


def _own_list(facts: Facts) -> str:
    """Give a list of the author's, whose owners may know them; else the admins'."""
    mine = (one for one in facts.roster.memberships if one in facts.settings.lists)
    return next(mine, "")


def _copy(facts: Facts, list_name: str) -> CopyToOwners:
    message = facts.message
    return CopyToOwners(
        list_name,
        "unclear-copy",
        {
            "author": str(message.author or message.first("from")),
            "subject": message.subject,
            "when": message.received_at,
        },
    )


def help_reply(facts: Facts) -> tuple[Action, ...]:
    """Tell the author what can be done here."""
    return facts.reply(
        "unclear-help",
        mailbox=str(facts.settings.mailbox),
        subject=facts.message.subject,
        lists=lists_shown(facts),
    )


def lists_shown(facts: Facts) -> tuple[dict[str, object], ...]:
    """Give the lists that the author may write to, as templates know them."""
    found = (
        list_facts(lst, facts.settings, facts.roster, facts.author)
        for lst in facts.settings.lists.values()
    )
    return tuple(one for one in found if one["may_post"])


def too_large(facts: Facts) -> Decision:
    """Refuse a mail of which only the header was fetched; the sender is told."""
    actions: tuple[Action, ...] = ()
    if facts.proof is not Proof.FAIL:
        actions = facts.reply(
            "too-large-mail",
            subject=facts.message.subject,
            size=facts.message.size,
            limit=facts.settings.max_message_size,
        )
    return facts.decision(*actions, rule="too-large-mail", folder="Refused")
