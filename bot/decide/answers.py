"""Answers to our questions: what a verdict does to a request.

A request is settled once; whoever answers later is told who was first. A token
proves the person that it was sent to, a short reference proves nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from bot.actions import (
    Action,
    CountWrongToken,
    Decision,
    Settle,
)
from bot.commands import answers
from bot.commands.answers import Reading
from bot.commands.farewells import names_of
from bot.decide import matters, moderating, posts, previews, probes, sending, sheets
from bot.decide.again import again, subject_of
from bot.decide.facts import Facts, explicit_tokens
from bot.model import MailingList, Message, Proof, Request, RequestKind, TokenState

__all__: Final = ("answer", "answer_forged")

_YES: Final = frozenset({"approve", "trust"})
_SILENT: Final = frozenset({"discard", "spam", "ban"})
_NO: Final = frozenset({"reject", "discard", "ban"})
# What concerns nobody but the person who is asked.
_ONES_OWN: Final = frozenset(
    {
        RequestKind.SUBSCRIBE,
        RequestKind.UNSUBSCRIBE,
        RequestKind.INVITE,
        RequestKind.HELD,
        RequestKind.PROBE,
    }
)
_QUESTIONS: Final = frozenset(RequestKind) - {
    RequestKind.MODERATION,
    RequestKind.PREVIEW,
    RequestKind.ADMISSION,
    RequestKind.DEPARTURE,
    RequestKind.HELD,
    RequestKind.PENDING,
    RequestKind.SHEET,
    *sending.CONFIRMED,
}


def answer(facts: Facts) -> Decision:
    """Decide about a mail that answers a request, or pretends to."""
    said = _read(facts)
    told = {**said._asdict(), "token": facts.roster.token.value}
    # A token that is right was never guessed, whoever guessed in this name before.
    if facts.roster.shut_out and facts.roster.token is not TokenState.VALID:
        return facts.decision(rule="shut-out", folder="Refused", answer=told)
    request = facts.roster.request
    if request is None or not _is_proved(facts):
        actions = _wrong_token(facts)
        return facts.decision(*actions, rule="token-invalid", answer=told)
    other = moderating.by_reference(facts, request)
    if other is None and previews.is_new_version(facts, request, said):
        other = posts.post(facts)
    if other is not None:
        return replace(other, answer=told)
    lst = facts.settings.lists.get(request.list_name)
    if lst is not None and not moderating.may_decide(facts, request, lst):
        actions = facts.reply("no-moderator-now", lst)
        return facts.decision(*actions, rule="no-moderator-now", answer=told)
    gone = lst is None and bool(request.list_name)
    late = request.state == "expired" and request.is_for_moderators
    if gone or (request.state in {"expired", "withdrawn"} and not late):
        actions = _too_late(facts, request, lst)
        return facts.decision(*actions, rule="token-expired", answer=told)
    actions, rule = _acted_on(facts, request, lst, said)
    name = request.list_name
    return facts.decision(*actions, rule=rule, list_name=name, answer=told)


def _acted_on(
    facts: Facts, request: Request, lst: MailingList | None, said: Reading
) -> tuple[tuple[Action, ...], str]:
    """Do what an answer says, of this or of what it names; say by which rule."""
    if request.kind is RequestKind.SHEET:
        return sheets.answered(facts, request), "sheet-answered"
    named = sending.by_reference(facts, request, lst) if lst is not None else None
    if named is not None:
        return named, "send-steered"
    if probes.wants_to_leave(facts):  # who thanked us first may leave all the same
        return probes.leaving(facts, request, lst), "probe-leave"
    if request.state != "open":
        return _answered_late(facts, request, lst, said)
    return _settled(facts, request, lst, said), f"{request.kind}-{said.verdict}"


def _settled(
    facts: Facts, request: Request, lst: MailingList | None, said: Reading
) -> tuple[Action, ...]:
    """Do what the answer to an open request does."""
    if request.kind in matters.SETTLED:
        return matters.SETTLED[request.kind](facts, request, lst, said)
    if request.kind is RequestKind.PENDING:
        return moderating.pending(facts, request, said)
    if lst is None:
        return ()
    return _ANSWERED[request.kind](facts, request, lst, said)


def _answered_late(
    facts: Facts, request: Request, lst: MailingList | None, said: Reading
) -> tuple[tuple[Action, ...], str]:
    """Take an answer back, or tell that it was given before; say by which rule."""
    if said.detail == "cancel" and lst is not None:
        done = moderating.taken_back(facts, request, lst)
        if done is not None:
            return done, "taken-back"
    steered = sending.steered(facts, request, lst) if lst is not None else None
    if steered is not None:
        return steered, "send-steered"
    return _already_settled(facts, request, lst), "already-settled"


def answer_forged(facts: Facts) -> Decision:
    """Refuse an answer whose From: failed DMARC, unless it harms nobody else."""
    request = facts.roster.request
    if request is not None and request.kind in _ONES_OWN:
        return answer(facts)
    told = {**_read(facts)._asdict(), "token": facts.roster.token.value}
    return facts.decision(
        *facts.told_forged(), rule="forged", folder="Refused", answer=told
    )


def _read(facts: Facts) -> Reading:
    message, request = facts.message, facts.roster.request
    # A question about oneself, or about one's own order, publishes nothing.
    own = request is not None and request.kind in _QUESTIONS
    names = None if own else _names(facts)
    found = answers.read(message.typed, message.subject, names)
    if found.verdict in _YES and not own:
        # Perhaps the corrected version, or said to somebody else.
        aside = _is_aside(facts) and not answers.is_explicit(message.typed)
        found = Reading("unclear") if aside or _has_document(message) else found
    if found.verdict == "unclear" and request and request.kind in _QUESTIONS:
        # A mailto: link was opened; what the program added below it is no matter.
        return answers.read("", message.subject)
    return found


def _names(facts: Facts) -> tuple[str, ...]:
    """Give what the author may sign with."""
    author, person = facts.message.author, facts.roster.person
    known = (person.name,) if person else ()
    if author is None:
        return known
    return (*names_of(author.name, str(author.address)), *known)


_NO_DOCUMENTS: Final = (
    *("image/", "text/vcard", "text/x-vcard", "text/directory"),
    *("application/pgp-signature", "application/pkcs7", "application/x-pkcs7"),
)


def _has_document(message: Message) -> bool:
    """Whether something to read came along: no logo, signature or card."""
    return not all(
        one.content_type.startswith(_NO_DOCUMENTS) for one in message.attachments
    )


def _is_aside(facts: Facts) -> bool:
    """Whether it is said to somebody else, with us in copy."""
    box = facts.settings.mailbox
    return any(
        who.address.domain != box.domain
        or not who.address.local_part.lower().startswith(box.local_part.lower())
        for who in (*facts.message.to, *facts.message.cc)
    )


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
        "verdict": request.verdict or request.state,
        "when": request.settled_at or request.expires_at,
    }
    member = lst.name in facts.roster.memberships
    if request.kind in {RequestKind.PREVIEW, *sending.CONFIRMED}:
        leave_at = previews.waits_until(facts, request)
        send = facts.roster.released
        told["paused"] = send is not None and send.paused and not send.is_over
        return facts.reply("preview-already-settled", lst, leave_at=leave_at, **told)
    if request.kind is RequestKind.HELD and request.verdict in _SILENT:
        return ()  # what was dropped without a word stays so
    if request.is_for_moderators or request.kind is RequestKind.HELD:
        me = str(facts.author or request.address)
        told |= {
            # Authors needn't know which moderator it was.
            "by": request.settled_by if request.is_for_moderators else "",
            "own": request.settled_by == me,
            "about": subject_of(request),
            "kind": request.kind.value,
        }
        del told["subject"]
        return facts.reply("moderation-already-settled", lst, **told)
    if member is (request.kind is RequestKind.UNSUBSCRIBE):
        return facts.reply("token-expired", lst, subject=subject)
    text_id = "already-member" if member else "not-a-member"
    return facts.reply(text_id, lst, address=str(request.address))


_TOLD_WHEN_SETTLED: Final = frozenset(
    {
        RequestKind.MODERATION,
        RequestKind.ADMISSION,
        RequestKind.DEPARTURE,
        RequestKind.HELD,
        RequestKind.PREVIEW,
        RequestKind.SUBSCRIBE,
        RequestKind.UNSUBSCRIBE,
        *sending.CONFIRMED,
    }
)


# ---------------------------------------------------------------- by what was asked


def _preview(
    facts: Facts, request: Request, lst: MailingList, said: Reading
) -> tuple[Action, ...]:
    subject, verdict = request.facts.get("subject", ""), said.verdict
    if verdict in _YES and said.detail in {"", "strip"}:
        return previews.confirmed(facts, request, lst, strip=said.detail == "strip")
    if (verdict in _NO and said.detail != "correct") or said.detail == "cancel":
        return (
            Settle(request.id, "no", request.address),
            *facts.reply("preview-dropped", lst, subject=subject),
        )
    no = "no" if facts.language_of(lst) == "en" else "non"
    words, told = {"ok": "ok", "no": no}, {"subject": subject, "is_post": True}
    return again(facts, lst, "preview-unclear", words, **told)


_ANSWERED: Final[
    Mapping[
        RequestKind,
        Callable[[Facts, Request, MailingList, Reading], tuple[Action, ...]],
    ]
] = MappingProxyType(
    {
        RequestKind.PREVIEW: _preview,
        RequestKind.MODERATION: moderating.judged,
        RequestKind.ADMISSION: moderating.judged,
        RequestKind.DEPARTURE: moderating.judged,
        RequestKind.HELD: moderating.withdrawn,
        **sending.CONFIRMED,
    }
)
