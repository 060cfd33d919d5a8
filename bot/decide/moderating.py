"""Answers of moderators, and of the authors whose posts wait for them.

Rule for editors: what isn't understood changes nothing, and is asked again.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot import identity
from bot.actions import (
    Action,
    CancelSend,
    Decision,
    Discuss,
    Reply,
    SetMark,
    Settle,
    TakeBack,
)
from bot.address import Address
from bot.commands import answers
from bot.commands.answers import Reading
from bot.commands.farewells import is_farewell
from bot.commands.moderator import DECIDING, names_references
from bot.commands.verdicts import APPROVED, Verdict, address_in, consequences
from bot.decide import orders
from bot.decide.absences import who_decides
from bot.decide.again import again, subject_of
from bot.decide.facts import Facts
from bot.model import (
    MailingList,
    Proof,
    Request,
    RequestKind,
    TokenState,
    shown_send,
)

__all__: Final = (
    "by_reference",
    "judged",
    "may_decide",
    "pending",
    "taken_back",
    "withdrawn",
)

# An answer can be taken back so long, if nothing has left.
_UNDO: Final = timedelta(minutes=10)
# An author may press the moderators so often a day.
_WORDS_MAX: Final = 6
_SILENT: Final = frozenset({"discard", "spam", "ban"})
_MARKING: Final = frozenset({"trust", "spam", "ban"})
_CHOICES: Final = {
    "fr": {"approve": "approuver", "reject": "rejeter", "discard": "supprimer"},
    "en": {"approve": "approve", "reject": "reject", "discard": "discard"},
}


def judged(
    facts: Facts, request: Request, lst: MailingList, said: Reading
) -> tuple[Action, ...]:
    """Do what a moderator's answer to an open request does."""
    if said.detail == "discuss":
        return _discussed(facts, request, lst, said.reason)
    typed = facts.message.typed
    plain = said.detail or answers.is_explicit(typed)
    if request.facts.get("talk") and typed.strip() and not plain:
        # « ok » may be said to what another moderator wrote.
        return _talked(facts, request, lst, said)
    named = identity.refs_typed(f"{facts.message.subject} {typed}")
    if said.verdict == "unclear" or named - {request.ref}:
        return _put_again(facts, request, lst)
    return consequences(_verdict(facts, request, lst, said))


def may_decide(facts: Facts, request: Request, lst: MailingList) -> bool:
    """Whether whoever was asked is still in charge; others are not asked that."""
    if not request.is_for_moderators:
        return True
    return _decides(facts, request.address, lst)


def _decides(facts: Facts, asked: Address, lst: MailingList) -> bool:
    admins = facts.settings.admins
    deciding = who_decides(lst, admins) | lst.owners | frozenset(admins)
    return not deciding.isdisjoint(facts.identities | {asked})


def _verdict(
    facts: Facts, request: Request, lst: MailingList, said: Reading
) -> Verdict:
    key = "author" if request.kind is RequestKind.MODERATION else "address"
    who = address_in(request.facts, key)
    return Verdict(
        said,
        request,
        lst,
        facts.author or request.address,
        facts.roster.standing(who) if who else None,
        facts.message.message_id or facts.message.sha256[:16],
    )


def _put_again(facts: Facts, request: Request, lst: MailingList) -> tuple[Action, ...]:
    language = facts.language_of(lst)
    words = _CHOICES["en" if language == "en" else "fr"]
    post = request.kind is RequestKind.MODERATION
    more = {"about": subject_of(request), "post": post}
    return again(facts, lst, "moderation-unclear", words, **more)


# ------------------------------------------------------------------- many at once


def by_reference(facts: Facts, request: Request) -> Decision | None:
    """Carry out « approuver k7fm2q » in an answer to whatever moderators were sent."""
    asked = request.is_for_moderators or request.kind is RequestKind.PENDING
    commands = facts.commands
    if not asked or commands is None or request.state != "open":
        return None  # a token is used once
    if facts.roster.token is not TokenState.VALID:
        return None
    if not any(names_references(one) for one in commands.lines):
        return None
    if any(one.name not in DECIDING for one in commands.lines):
        return None
    if orders.stray(facts, commands):
        return None  # what else was written may take it back
    return orders.carry_out(replace(facts, proof=Proof.PASS))


def pending(facts: Facts, request: Request, said: Reading) -> tuple[Action, ...]:
    """Read an answer to a reminder: without a reference it speaks of the only post."""
    refs = request.facts.get("refs", "").split(",")
    waiting = [
        one for one in facts.roster.pending if one.ref in refs and one.state == "open"
    ]
    lst = facts.settings.lists.get(waiting[0].list_name) if waiting else None
    if lst is not None and not _decides(facts, request.address, lst):
        return facts.reply("no-moderator-now", lst)
    if len(refs) == 1 and lst is not None and said.verdict != "unclear":
        only = waiting[0]
        if not identity.refs_typed(facts.message.typed) - {only.ref}:
            return consequences(_verdict(facts, only, lst, said))
    token = facts.token()
    shown = tuple(one.ref for one in waiting)
    put = facts.reply("pending-unclear", token=token, refs=shown)
    return tuple(replace(one, token=token) for one in put)


# ------------------------------------------------------------------------ talking


def _discussed(
    facts: Facts, request: Request, lst: MailingList, text: str
) -> tuple[Action, ...]:
    """Hand what a moderator says to the others."""
    others = _others(facts, lst)
    if not text:
        return _put_again(facts, request, lst)
    if not others:
        return facts.reply("discuss-alone", lst, about=subject_of(request))
    told = {"about": subject_of(request), "others": tuple(map(str, others))}
    by = facts.author or request.address
    return (Discuss(request, by, text), *facts.reply("discuss-sent", lst, **told))


def _talked(
    facts: Facts, request: Request, lst: MailingList, said: Reading
) -> tuple[Action, ...]:
    """Pass on what is said in a discussion; « merci » needs no reader.

    Whoever may have meant to decide is told that nothing is decided.
    """
    typed = facts.message.typed
    if is_farewell([line for line in typed.splitlines() if line.strip()]):
        return ()
    others = _others(facts, lst)
    if not others or said.verdict != "unclear":
        return _discussed(facts, request, lst, typed)
    return (Discuss(request, facts.author or request.address, typed),)


def _others(facts: Facts, lst: MailingList) -> list[Address]:
    those = lst.moderators or lst.owners or frozenset(facts.settings.admins)
    return sorted(those - facts.identities)


# -------------------------------------------------------------------- taking back


def taken_back(
    facts: Facts, request: Request, lst: MailingList
) -> tuple[Action, ...] | None:
    """Undo what was decided, or stop what is on its way; None: it can't be."""
    previewed = request.kind is RequestKind.PREVIEW and request.verdict == "ok"
    if previewed or request.verdict in APPROVED:
        return _stopped(facts, request, lst)
    mine = request.settled_by == str(facts.author or request.address)
    in_time = _in_time(facts, request)
    if request.verdict in _SILENT and mine and in_time and _is_moderator(request):
        return _undone(facts, request, lst)
    return None


def _is_moderator(request: Request) -> bool:
    return request.kind is RequestKind.MODERATION


def _in_time(facts: Facts, request: Request) -> bool:
    settled = request.settled_at
    return settled is not None and facts.now - settled <= _UNDO


def _stopped(
    facts: Facts, request: Request, lst: MailingList
) -> tuple[Action, ...] | None:
    """Take an approval back; what is on its way stops before its next batch."""
    send = facts.roster.released
    if send is None or send.stopped:
        return None
    left = send.accepted + send.in_flight
    anew = _is_moderator(request) and _in_time(facts, request)
    if anew and not left and not facts.roster.digested:
        return _undone(facts, request, lst)
    told = {
        **shown_send(send),
        "subject": subject_of(request),
        "accepted": left,
        "digested": facts.roster.digested,
    }
    if send.is_over:
        return facts.reply("too-late-to-stop", lst, **told)
    roster = facts.sees_members(lst)
    stopped = (
        replace(one, send_id=send.id, roster=roster, token=facts.token())
        for one in facts.reply("send-stopped", lst, **told)
    )
    return (CancelSend(send.id), *stopped)


def _undone(facts: Facts, request: Request, lst: MailingList) -> tuple[Action, ...]:
    by = facts.author or request.address
    told: dict[str, object] = {
        "list_title": lst.display_name,
        "subject": subject_of(request),
        "by": "",
    }
    actions: list[Action] = [TakeBack(request, by)]
    who = address_in(request.facts, "author")
    if request.verdict in _MARKING and who is not None:
        actions.append(SetMark(lst.name, who, None, by))
    actions += facts.reply("taken-back", lst, **told)
    first = address_in({"by": request.settled_by}, "by")
    if first is not None and first != by:
        actions.append(_notice(first, "taken-back", {**told, "by": str(by)}, lst))
    if request.verdict in APPROVED and who not in {None, by} and who is not None:
        actions.append(_notice(who, "post-held-again", told, lst))
    return tuple(actions)


def _notice(
    to: Address, text_id: str, told: dict[str, object], lst: MailingList
) -> Reply:
    return Reply(to, text_id, told, lst.name, kind="notice", answers=False)


# ----------------------------------------------------------------------- authors


def withdrawn(
    facts: Facts, request: Request, lst: MailingList, said: Reading
) -> tuple[Action, ...]:
    """Let the author of a post that waits withdraw it, or say a word about it."""
    told = {"subject": subject_of(request)}
    if said.detail == "cancel" or said.verdict in {"reject", "discard"}:
        by = facts.author or request.address
        done = facts.reply("post-withdrawn", lst, **told)
        return (Settle(request.id, "cancel", by), *done)
    typed = facts.message.typed
    lines = [line for line in typed.splitlines() if line.strip()]
    if said.verdict != "unclear" or is_farewell(lines):
        return ()  # « ok », « merci »
    if facts.roster.replies_today > _WORDS_MAX:
        return facts.reply("post-waits", lst, **told)
    return (
        Discuss(request, facts.author or request.address, typed),
        *facts.reply("word-passed-on", lst, **told),
    )
