"""Mail that fits nothing: never dropped, rarely answered."""

from typing import Final

from bot.actions import Action, CopyToOwners, Decision
from bot.commands.answers import read
from bot.commands.farewells import is_farewell
from bot.commands.registry import list_facts
from bot.decide.facts import Facts
from bot.model import Proof

__all__: Final = ("copy_to_owners", "help_reply", "lists_shown", "too_large", "unclear")


def unclear(facts: Facts) -> Decision:
    """Help those we know, and let people read what a person seems to have written."""
    if facts.asked and facts.asked[1] == "owner":
        return _pass_on(facts, facts.asked[0])
    if facts.rule == "answers-our-mail":
        return _answers_ours(facts)
    actions: tuple[Action, ...] = ()
    if facts.is_known and facts.proof is not Proof.FAIL:
        actions = help_reply(facts)
    if facts.message.typed.strip():
        actions = (*actions, copy_to_owners(facts, _own_list(facts)))
    return facts.decision(*actions)


def _answers_ours(facts: Facts) -> Decision:
    """Pass on what somebody wrote to a mail of ours; « merci » needs no reader."""
    if read(facts.message.typed, "")[0] != "unclear":
        if facts.proof is Proof.FAIL:
            return facts.decision()
        told = facts.reply("token-invalid", mailbox=str(facts.settings.mailbox))
        return facts.decision(*told)
    typed = [line for line in facts.message.typed.splitlines() if line.strip()]
    # In lower case nothing is a name: « Malade » alone is no farewell.
    if is_farewell([line.lower() for line in typed[:1]]) and is_farewell(typed):
        return facts.decision()
    return _pass_on(facts, next(iter(facts.roster.thread_lists), ""))


def _pass_on(facts: Facts, list_name: str) -> Decision:
    """Hand a mail to those in charge, and tell its author, if we know them."""
    lst = facts.settings.lists.get(list_name or _own_list(facts))
    copy = copy_to_owners(facts, lst.name if lst else "")
    if not facts.is_known or facts.proof is Proof.FAIL:
        return facts.decision(copy, list_name=list_name)
    told = {"subject": facts.message.subject, "mailbox": str(facts.settings.mailbox)}
    if lst is None:
        told["list_title"] = ""
    return facts.decision(
        *facts.reply("passed-on", lst, **told), copy, list_name=list_name
    )


def _own_list(facts: Facts) -> str:
    """Give a list of the author's, whose owners may know them; else the admins'."""
    mine = (one for one in facts.roster.memberships if one in facts.settings.lists)
    return next(mine, "")


def copy_to_owners(facts: Facts, list_name: str) -> CopyToOwners:
    """Hand the mail to a list's owners, to the admins without one."""
    message = facts.message
    return CopyToOwners(
        list_name,
        "unclear-copy",
        {
            "author": str(message.author or message.first("from")),
            "subject": message.subject,
            "when": message.received_at,
            "why": _why(facts),
        },
    )


def _why(facts: Facts) -> str:
    """Say how it came to those in charge: `owner`, `answer`, or nothing fits."""
    if facts.asked and facts.asked[1] == "owner":
        return "owner"
    return "answer" if facts.rule == "answers-our-mail" else ""


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
