"""Answers to our questions: what a verdict does to a request.

A request is settled once; whoever answers later is told who was first. A token
proves the person that it was sent to, a short reference proves nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from bot.actions import (
    Action,
    CountWrongToken,
    Decision,
    Distribute,
    Reply,
    Settle,
)
from bot.address import Address, parse
from bot.commands import answers
from bot.decide import matters
from bot.decide.facts import Facts, explicit_tokens
from bot.decide.matters import Answer
from bot.errors import ParseError
from bot.model import MailingList, Proof, Request, RequestKind, TokenState

__all__: Final = ("answer", "answer_forged")

_YES: Final = frozenset({"approve", "trust"})
_NO: Final = frozenset({"reject", "discard", "ban"})
# What concerns nobody but the person who is asked.
_ONES_OWN: Final = frozenset(
    {RequestKind.SUBSCRIBE, RequestKind.UNSUBSCRIBE, RequestKind.INVITE}
)
_QUESTIONS: Final = frozenset(RequestKind) - {
    RequestKind.MODERATION,
    RequestKind.PREVIEW,
    RequestKind.ADMISSION,
    RequestKind.DEPARTURE,
}


def answer(facts: Facts) -> Decision:
    """Decide about a mail that answers a request, or pretends to."""
    verdict, reason = _read(facts)
    told = {"verdict": verdict, "reason": reason, "token": facts.roster.token.value}
    # A token that is right was never guessed, whoever guessed in this name before.
    if facts.roster.shut_out and facts.roster.token is not TokenState.VALID:
        return facts.decision(rule="shut-out", folder="Refused", answer=told)
    request = facts.roster.request
    if request is None or not _is_proved(facts):
        actions = _wrong_token(facts)
        return facts.decision(*actions, rule="token-invalid", answer=told)
    lst = facts.settings.lists.get(request.list_name)
    gone = lst is None and bool(request.list_name)
    if gone or request.state in {"expired", "withdrawn"}:
        actions = _too_late(facts, request, lst)
        return facts.decision(*actions, rule="token-expired", answer=told)
    if request.state != "open":
        actions = _already_settled(facts, request, lst)
        rule = "already-settled"
    else:
        actions = _settled(facts, request, lst, Answer(verdict, reason))
        rule = f"{request.kind}-{verdict}"
    name = request.list_name
    return facts.decision(*actions, rule=rule, list_name=name, answer=told)


def _settled(
    facts: Facts, request: Request, lst: MailingList | None, answer: Answer
) -> tuple[Action, ...]:
    """Do what the answer to an open request does."""
    if request.kind in matters.SETTLED:
        return matters.SETTLED[request.kind](facts, request, lst, answer)
    if lst is None:
        return ()
    return _ANSWERED[request.kind](facts, request, lst, answer.verdict, answer.reason)


def answer_forged(facts: Facts) -> Decision:
    """Refuse an answer whose From: failed DMARC, unless it harms nobody else."""
    request = facts.roster.request
    if request is not None and request.kind in _ONES_OWN:
        return answer(facts)
    verdict, reason = _read(facts)
    told = {"verdict": verdict, "reason": reason, "token": facts.roster.token.value}
    return facts.decision(
        *facts.told_forged(), rule="forged", folder="Refused", answer=told
    )


def _read(facts: Facts) -> tuple[str, str]:
    message, request = facts.message, facts.roster.request
    found = answers.read(message.typed, message.subject)
    if found[0] == "unclear" and request and request.kind in _QUESTIONS:
        # A mailto: link was opened; what the program added below it is no matter.
        return answers.read("", message.subject)
    return found


def _is_proved(facts: Facts) -> bool:
    return facts.roster.token is TokenState.VALID or (
        facts.roster.token is TokenState.NONE and facts.proof is Proof.PASS
    )


def _wrong_token(facts: Facts) -> tuple[Action, ...]:
    replies = facts.reply("token-invalid", mailbox=str(facts.settings.mailbox))
    guessed = explicit_tokens(facts.message, facts.settings)
    invalid = facts.roster.token is TokenState.INVALID
    if facts.author is None or not invalid or not guessed:
        return replies
    return (CountWrongToken(facts.author), *replies)


def _too_late(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    subject = request.facts.get("subject", "")
    if lst is None:
        return facts.reply("token-expired", subject=subject, list_title="")
    return facts.reply("token-expired", lst, subject=subject)


def _already_settled(
    facts: Facts, request: Request, lst: MailingList | None
) -> tuple[Action, ...]:
    if lst is None or request.kind not in _TOLD_WHEN_SETTLED:
        return matters.already_answered(facts, request)
    subject = request.facts.get("subject", "")
    told: dict[str, object] = {
        "subject": subject,
        "verdict": request.verdict,
        "when": request.settled_at,
    }
    member = lst.name in facts.roster.memberships
    if request.kind is RequestKind.PREVIEW:
        return facts.reply("preview-already-settled", lst, **told)
    if request.kind in _BY_MODERATORS:
        told["by"] = request.settled_by
        return facts.reply("moderation-already-settled", lst, **told)
    if member is (request.kind is RequestKind.UNSUBSCRIBE):
        return facts.reply("token-expired", lst, subject=subject)
    text_id = "already-member" if member else "not-a-member"
    return facts.reply(text_id, lst, address=str(request.address))


_BY_MODERATORS: Final = frozenset(
    {RequestKind.MODERATION, RequestKind.ADMISSION, RequestKind.DEPARTURE}
)
_TOLD_WHEN_SETTLED: Final = _BY_MODERATORS | {
    RequestKind.PREVIEW,
    RequestKind.SUBSCRIBE,
    RequestKind.UNSUBSCRIBE,
}


# ---------------------------------------------------------------- by what was asked


def _preview(
    facts: Facts, request: Request, lst: MailingList, verdict: str, _reason: str
) -> tuple[Action, ...]:
    subject = request.facts.get("subject", "")
    if verdict in _YES:
        told: dict[str, object] = {"subject": subject, **_outlook(facts, lst)}
        return (
            Settle(request.id, "ok", request.address),
            Distribute(lst.name, request.facts["sha256"], groups=groups_of(request)),
            *(
                replace(one, groups=groups_of(request))
                for one in facts.reply("preview-confirmed", lst, **told)
            ),
        )
    if verdict in _NO:
        return (
            Settle(request.id, "no", request.address),
            *facts.reply("preview-dropped", lst, subject=subject),
        )
    return _again(facts, lst, "preview-unclear", subject, {"ok": "ok", "no": "non"})


def _outlook(facts: Facts, lst: MailingList) -> dict[str, object]:
    """Leave to `apply` how many get it and until when: it has seen the queue."""
    return {"recipients": facts.roster.recipients.get(lst.name, 0), "end": None}


def _moderation(
    facts: Facts, request: Request, lst: MailingList, verdict: str, reason: str
) -> tuple[Action, ...]:
    subject, sha256 = request.facts.get("subject", ""), request.facts["sha256"]
    settle = Settle(request.id, verdict, request.address)
    if verdict in _YES:
        told = {"subject": subject, **_outlook(facts, lst)}
        return (
            settle,
            Distribute(lst.name, sha256, request.address, groups_of(request)),
            *(
                replace(one, groups=groups_of(request))
                for one in _to_author(request, lst, "post-approved", told)
            ),
        )
    if verdict == "reject":
        why = {"subject": subject, "reason": reason}
        return settle, *_to_author(request, lst, "post-refused", why, sha256)
    if verdict in _NO:
        return (settle,)
    words = {"approve": "approuver", "reject": "rejeter", "discard": "supprimer"}
    return _again(facts, lst, "moderation-unclear", subject, words)


def _to_author(
    request: Request,
    lst: MailingList,
    text_id: str,
    told: Mapping[str, object],
    attach: str = "",
) -> tuple[Reply, ...]:
    """Write to the author of a post that was held."""
    author = _address(request.facts.get("author", ""))
    if author is None:
        return ()
    told = {"list_title": lst.display_name, **told}
    return (
        Reply(
            author,
            text_id,
            told,
            lst.name,
            kind="notice",
            attach=attach,
            answers=False,
        ),
    )


def _address(text: str) -> Address | None:
    try:
        return parse(text)
    except ParseError:
        return None


def _again(
    facts: Facts, lst: MailingList, text_id: str, subject: str, words: Mapping[str, str]
) -> tuple[Action, ...]:
    """Put the choices again; nothing changes."""
    token = facts.token()
    links = {key: _link(facts, token, word) for key, word in words.items()}
    again = facts.reply(text_id, lst, subject=subject, token=token, mailtos=links)
    return tuple(replace(one, token=token) for one in again)


def _link(facts: Facts, token: str, word: str) -> str:
    """Write a `mailto:` that answers with one tap (RFC 6068)."""
    box, separator = facts.settings.mailbox, facts.settings.subaddressing
    if separator and token:
        local = quote(f"{box.local_part}{separator}{token}", safe="+._-")
        return f"mailto:{local}@{box.domain}?subject={quote(word)}"
    return f"mailto:{box}?subject={quote(f'{word} {token}'.strip())}"


def groups_of(request: Request) -> frozenset[str]:
    """Give the groups that a post was addressed to; none: the whole list."""
    return frozenset(filter(None, request.facts.get("groups", "").split(",")))


_ANSWERED: Final[
    Mapping[
        RequestKind,
        Callable[[Facts, Request, MailingList, str, str], tuple[Action, ...]],
    ]
] = MappingProxyType(
    {
        RequestKind.PREVIEW: _preview,
        RequestKind.MODERATION: _moderation,
    }
)
