"""How much mail a machine may send to one address: the last look at every decision.

A forged From: makes us write to somebody who never wrote to us; two machines that
answer each other never end (RFC 3834 §2).
"""

import re
from dataclasses import replace
from typing import Final

from bot.actions import (
    Action,
    AskConfirmation,
    AskCorrection,
    AskRest,
    AskToProceed,
    CopyToOwners,
    Discuss,
    Hold,
    Pause,
    PreviewImport,
    Reply,
    Resume,
    SetPerson,
    SetReception,
    ShowPending,
)
from bot.address import Address
from bot.decide.facts import Facts
from bot.model import Proof, TokenState

__all__: Final = ("ERRORS_MAX", "within_bounds")

# Automatic replies to one address in 24 hours; fewer for those that say no, more
# for people who have a list to look after, and for those who are surely people.
_REPLIES_MAX = 10
_REPLIES_TO_MEMBERS_MAX = 30
_REPLIES_TO_PEOPLE_MAX = 300
ERRORS_MAX: Final = 3
# Questions to other people in one mail, unless an owner invites them.
_OTHERS_MAX = 3
_ERRORS: Final = frozenset(
    {
        "answer-other-address",
        "forged",
        "passed-on",
        "post-rejected-non-member",
        "post-rejected-not-sender",
        "token-expired",
        "token-invalid",
        "too-large-mail",
        "unclear-help",
        "which-list",
    }
)
_NOBODY: Final = re.compile(
    r"(?:.*[-_.])?(?:no|do-?not|ne-?pas)[-_.]?re(?:ply|pondre|ponse)(?:[-_.+].*)?"
    r"|mailer-daemon|postmaster|bounces?(?:[-_.+].*)?|.+-bounces(?:\+.*)?",
    re.IGNORECASE,
)


def within_bounds(facts: Facts, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Leave out replies that nobody should get."""
    kept: list[Action] = []
    for action in actions:
        match action:
            case Reply(answers=True) if not _may_reply(facts, action):
                continue
            case AskConfirmation() if not _may_ask(facts, action, kept):
                continue
            case action if isinstance(action, _Question) and not _may_write(
                facts, _asked(action)
            ):
                continue
            case CopyToOwners() if facts.roster.replies_today >= _most(facts):
                continue  # it stays in its folder; an answering machine goes quiet
            case Hold() if not _may_write(facts, action.author):
                kept.append(replace(action, tell_author=False))
            case _:
                kept.append(action)
    return _without_silent_changes(facts, actions, kept)


# What writes to the author in its course.
_Question = (
    AskCorrection | AskRest | AskToProceed | Discuss | PreviewImport | ShowPending
)


def _asked(action: _Question) -> Address:
    """Give whom a question goes to, or whose words are passed on."""
    match action:
        case AskCorrection(to=to) | AskRest(to=to):
            return to
        case Discuss(by=by):
            return by
        case _:
            return action.address


# What takes effect without a question because the answer tells the person.
_TOLD: Final = (SetPerson, SetReception, Pause, Resume)


def _without_silent_changes(
    facts: Facts, wanted: tuple[Action, ...], kept: list[Action]
) -> tuple[Action, ...]:
    """Leave out changes that somebody unproved asked for, if no answer tells them."""
    silent = any(isinstance(one, Reply) and one not in kept for one in wanted)
    if not silent or facts.proof is Proof.PASS:
        return tuple(kept)
    return tuple(one for one in kept if not isinstance(one, _TOLD))


def _may_reply(facts: Facts, reply: Reply) -> bool:
    if reply.text_id in _ERRORS and facts.roster.replies_today >= ERRORS_MAX:
        return False
    return _may_write(facts, reply.to)


def _may_ask(facts: Facts, asked: AskConfirmation, kept: list[Action]) -> bool:
    """Whether a question may go out; strangers get few in somebody's name."""
    if not _may_write(facts, asked.address):
        return False
    if facts.roster.standing(asked.address).replies_today >= _REPLIES_MAX:
        return False
    if asked.address in facts.identities or asked.wish == "invite":
        return True
    asked_others = [
        one
        for one in kept
        if isinstance(one, AskConfirmation) and one.address not in facts.identities
    ]
    return len(asked_others) < _OTHERS_MAX


def _may_write(facts: Facts, to: Address) -> bool:
    if facts.message.null_sender or to == facts.settings.mailbox:
        return False
    if _NOBODY.fullmatch(to.local_part):
        return False
    return facts.roster.replies_today < _most(facts)


def _most(facts: Facts) -> int:
    """Give how many replies a day the author may get."""
    if facts.proof is Proof.PASS or facts.roster.token is TokenState.VALID:
        return _REPLIES_TO_PEOPLE_MAX
    return _REPLIES_TO_MEMBERS_MAX if facts.is_known else _REPLIES_MAX
