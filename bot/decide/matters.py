"""Answers to what people were asked about themselves, and owners about others.

Each question is settled by the first answer; an answer that isn't understood puts
the question again and changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from bot import identity
from bot.actions import (
    Action,
    AskConfirmation,
    AskModerators,
    Distribute,
    Enrol,
    Forget,
    LinkAddress,
    Reply,
    Settle,
    SettleSuspensions,
    Unenrol,
)
from bot.address import Address, parse
from bot.commands.answers import Reading
from bot.commands.imports import plan_of
from bot.commands.verdicts import leave_at_of
from bot.decide import orders
from bot.decide.facts import Facts
from bot.decide.probes import probed
from bot.errors import CommandError, ParseError
from bot.model import MailingList, Mark, Member, Request, RequestKind, Standing
from bot.rules import Post, judge

__all__: Final = ("SETTLED", "already_answered")

_YES: Final = frozenset({"approve", "trust"})
_NO: Final = frozenset({"reject", "discard", "ban"})


Settled = Callable[[Facts, Request, MailingList | None, Reading], tuple[Action, ...]]
_Consented = Callable[[Facts, Request, MailingList | None], tuple[Action, ...]]


def _asked(consented: _Consented) -> Settled:
    """Make the plain case of a question: yes does something, no does nothing."""

    def settled(
        facts: Facts, request: Request, lst: MailingList | None, said: Reading
    ) -> tuple[Action, ...]:
        if said.verdict in _YES:
            done = Settle(request.id, "ok", request.address)
            return (done, *consented(facts, request, lst))
        if said.verdict in _NO or said.detail == "cancel":
            return (Settle(request.id, "no", request.address),)
        return put_again(facts, request, lst)

    return settled


def put_again(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Reply, ...]:
    """Ask for yes or no; an answer to this mail counts, too."""
    token = facts.token()
    told = {"subject": request.facts.get("asked", ""), "token": token}
    again = facts.reply("question-unclear", lst, **told)
    return tuple(replace(one, token=token) for one in again)


def already_answered(facts: Facts, request: Request) -> tuple[Action, ...]:
    """Tell somebody who answers twice that once was enough."""
    me = {str(one) for one in (*facts.identities, request.address)}
    by = "" if request.settled_by in me else request.settled_by
    subject = request.facts.get("asked", "")
    return facts.reply(
        "question-answered", subject=subject, by=by, verdict=request.verdict
    )


def _address(text: str) -> Address | None:
    try:
        return parse(text)
    except ParseError:
        return None


def _proof_of(facts: Facts) -> str:
    """Say which mail consented; kept with the membership."""
    return facts.message.message_id or facts.message.sha256[:16]


# ------------------------------------------------------------------ coming and going


def _subscribe(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    if lst is None:
        return ()
    name = request.facts.get("name", "")
    banned = facts.roster.marks.get(lst.name) is Mark.BANNED
    if lst.subscription == "closed" or banned:
        owners = tuple(str(owner) for owner in sorted(lst.owners))
        return facts.reply("subscription-closed", lst, owners=owners)
    if lst.subscription == "moderated":
        asked = AskModerators(request.address, "admission", lst.name, name)
        return (asked, *facts.reply("asked-moderators", lst, wish="admission"))
    origin = f"confirmed by mail {_proof_of(facts)}"
    return (Enrol(request.address, name, lst.name, origin),)


def _unsubscribe(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    if lst is None:
        return ()
    if lst.unsubscription == "moderated":
        name = request.facts.get("name", "")
        asked = AskModerators(request.address, "departure", lst.name, name)
        return (asked, *facts.reply("asked-moderators", lst, wish="departure"))
    return (Unenrol(request.address, lst.name),)


def _invited(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    if lst is None:
        return ()
    origin = f"{request.facts.get('origin', 'invited')}, accepted {_proof_of(facts)}"
    return (Enrol(request.address, request.facts.get("name", ""), lst.name, origin),)


# ------------------------------------------------------------- one person, addresses


def _also(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    """Link the address that answered with the person who named it."""
    del lst
    standing = _standing(facts, request.facts.get("person", ""))
    if standing is None or standing.person is None:
        return facts.reply("token-expired", subject="", list_title="")
    person = standing.person
    told: dict[str, object] = {
        "address": str(request.address),
        "known": str(person.address),
    }
    notice = Reply(person.address, "also-linked", told, kind="notice", answers=False)
    return (
        LinkAddress(person, request.address),
        *facts.reply("also-linked", None, **told),
        notice,
    )


def _standing(facts: Facts, text: str) -> Standing | None:
    address = _address(text)
    return facts.roster.standing(address) if address else None


def _linked(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    """Let the unknown address say yes, too; its post is judged as a member's.

    From: is easily forged: whoever has the address was never asked before. Not for
    those in charge: their rights would come along for a careless « oui ».
    """
    person, other = facts.roster.person, _address(request.facts.get("other", ""))
    if person is None or other is None or facts.settings.is_in_charge(person):
        return facts.reply("token-expired", subject="", list_title="")
    told: dict[str, object] = {"address": str(other)}
    wish = {
        "person": str(person.address),
        "other": str(other),
        "titles": ", ".join(_titles(facts, facts.roster.standing(other).memberships)),
    }
    link = AskConfirmation(other, "also", "", person.name, wish)
    post, sha256 = facts.roster.original, request.facts.get("sha256", "")
    if lst is None or post is None or post.sha256 != sha256:
        return link, *facts.reply("also-pending", None, **told)
    judged = Post(
        message=post,
        identities=frozenset({other, person.address}),
        proof=identity.proof(post, facts.settings.trusted_authserv),
        is_member=lst.name in facts.roster.memberships,
    )
    if judge(judged, lst):
        return link, *facts.reply("also-pending", None, **told)
    groups = frozenset(filter(None, request.facts.get("groups", "").split(",")))
    sent = Distribute(
        lst.name,
        sha256,
        person.address,
        groups,
        releases=True,
        leave_at=leave_at_of(request),
    )
    return link, sent, *facts.reply("also-pending", None, **told)


def _titles(facts: Facts, memberships: Mapping[str, Member]) -> list[str]:
    lists = facts.settings.lists
    return [lists[name].display_name for name in memberships if name in lists]


# ------------------------------------------------------------------ oneself, commands


def _forget(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    del lst
    person = facts.roster.person
    language = person.language if person else ""
    return (Forget(request.address, language or facts.settings.language),)


def _commands(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    """Carry out the commands that waited, from the mail that they came in."""
    del lst
    original = _original(facts)
    if original is None:
        return facts.reply("token-expired", subject="", list_title="")
    lines = request.facts.get("lines", "").split("\n")
    in_doubt = bool(request.facts.get("in_doubt", ""))
    meant = frozenset(request.facts.get("meant", "").split())
    return orders.proceed(original, lines, in_doubt=in_doubt, meant=meant).actions


def _original(facts: Facts) -> Facts | None:
    """Give the facts of the mail that the request is about, as if it came now."""
    if facts.roster.original is None or facts.about is None:
        return None
    return replace(facts, message=facts.roster.original, commands=facts.about)


def _import(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    """Carry out an import, by a plan made anew."""
    original = _original(facts)
    if original is None or lst is None or original.commands is None:
        return facts.reply("token-expired", subject="", list_title="")
    for line in original.commands.lines:
        if line.name != "import":
            continue
        asked = orders.request_of(original, line, facts.settings.language)
        try:
            named, plan = plan_of(asked)
        except CommandError:
            continue
        if named.name == lst.name and not plan.does_something:
            return facts.reply("import-nothing", lst, **plan.facts(lst))
        if named.name == lst.name:
            origin = f"imported by {request.address}, {original.message.message_id}"
            done = facts.reply("import-done", lst, **plan.facts(lst))
            return plan.action(lst, origin), *done
    return facts.reply("token-expired", lst, subject="")


def _braked(
    facts: Facts, request: Request, lst: MailingList | None, said: Reading
) -> tuple[Action, ...]:
    """Suspend those whom the brake held, or count anew, as an owner says."""
    if lst is None:
        return ()
    if not facts.settings.owns({request.address}, lst.name):
        return facts.reply("no-moderator-now", lst)
    suspend = said.verdict in _YES
    if not suspend and said.verdict not in _NO:
        return put_again(facts, request, lst)
    done = Settle(request.id, "ok" if suspend else "no", request.address)
    by, people = request.address, request.people
    return done, SettleSuspensions(lst.name, suspend, by, people)


SETTLED: Final[Mapping[RequestKind, Settled]] = MappingProxyType(
    {
        RequestKind.SUBSCRIBE: _asked(_subscribe),
        RequestKind.UNSUBSCRIBE: _asked(_unsubscribe),
        RequestKind.INVITE: _asked(_invited),
        RequestKind.ALSO: _asked(_also),
        RequestKind.LINK: _asked(_linked),
        RequestKind.FORGET: _asked(_forget),
        RequestKind.COMMANDS: _asked(_commands),
        RequestKind.IMPORT: _asked(_import),
        RequestKind.PROBE: probed,
        RequestKind.SUSPEND: _braked,
    }
)
