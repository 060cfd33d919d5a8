"""Answers to what people are told of a send: pause, resume, cancel, correct.

What the store knows of the send is filled in when the answer is written, after what
was asked is done: « 50 have it » is true then.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bot import identity
from bot.actions import (
    Action,
    AskCorrection,
    BrakeSend,
    CancelSend,
    Reply,
    SendCorrection,
    SendRest,
    Settle,
    TellOfSend,
)
from bot.commands import send_words
from bot.commands.answers import Reading
from bot.commands.farewells import names_of
from bot.commands.send_words import Order
from bot.commands.verdicts import APPROVED
from bot.decide import orders
from bot.decide.again import again
from bot.decide.facts import Facts
from bot.model import (
    ListKind,
    MailingList,
    Proof,
    Request,
    RequestKind,
    SendState,
    shown_send,
)

__all__: Final = ("CONFIRMED", "by_reference", "controlled", "steered")

# So long after its end a send can be spoken of.
_SPOKEN_OF: Final = timedelta(days=30)
_YES: Final = frozenset({"approve", "trust"})
_NO: Final = frozenset({"reject", "discard", "ban"})
# How a request is settled whose post went out.
_GONE_OUT: Final = APPROVED | {"ok"}
_CHOICES: Final = {
    "fr": {"pause": "pause", "resume": "reprendre", "cancel": "annuler"},
    "en": {"pause": "pause", "resume": "resume", "cancel": "cancel"},
}


def controlled(
    facts: Facts, request: Request, lst: MailingList, said: Reading
) -> tuple[Action, ...]:
    """Do what an answer to the news of a send says."""
    del said
    send, order = facts.roster.released, _order(facts)
    if order.word == "thanks":
        return ()
    if order.word == "unclear" and facts.commands is not None:
        return orders.carry_out(facts).actions  # « désabonner discuter »
    if send is None or _is_old(facts, send):
        subject = request.facts.get("subject", "")
        return facts.reply("token-expired", lst, subject=subject)
    if not _may(facts, request, lst):
        return facts.reply("no-moderator-now", lst)
    if order.word == "unclear":
        return _put_again(facts, lst, send)
    return _ORDERED[order.word](facts, lst, send, order)


def steered(
    facts: Facts, request: Request, lst: MailingList
) -> tuple[Action, ...] | None:
    """Do what is said of a send in an answer to the question before it.

    None: something else was said, or nothing was sent.
    """
    send, order = facts.roster.released, _order(facts)
    if request.verdict not in _GONE_OUT or send is None or _is_old(facts, send):
        return None
    if not _may(facts, request, lst):
        return None
    halted = send.paused and not send.is_over and not request.is_for_moderators
    if order.word not in _ORDERED:
        unclear = halted and order.word == "unclear"
        return _put_again(facts, lst, send) if unclear else None
    # « correct: … » of a second moderator is meant for the author.
    mine = request.settled_by == str(facts.author or request.address)
    if request.is_for_moderators and order.word == "correct" and not mine:
        return None
    if request.is_for_moderators and order.word == "cancel":
        return None  # taking an answer back is more than that
    return _ORDERED[order.word](facts, lst, send, order)


def by_reference(
    facts: Facts, request: Request, lst: MailingList
) -> tuple[Action, ...] | None:
    """Do what « annuler k7fm2q » says, of another send than the one at hand.

    None: no other is named. Neither one that isn't theirs is touched, nor the one
    that they answered about.
    """
    order, send = _order(facts), facts.roster.released
    if request.kind not in _ABOUT_SENDS or order.word not in _STEERING:
        return None
    line = send_words.order_line(facts.message.typed, facts.message.subject)
    refs = identity.refs_typed(line) - {request.ref, send.ref if send else ""}
    if not refs:
        return None
    found = next((one for one in facts.roster.sends if {one.ref} == refs), None)
    if found is not None and _is_theirs(facts, request, found):
        return _steer_other(facts, found, order)
    if send is not None:
        return _put_again(facts, lst, send)
    return _asked_again(facts, request, lst)


_ABOUT_SENDS: Final = frozenset(
    {RequestKind.PREVIEW, RequestKind.SEND, RequestKind.CORRECTION, RequestKind.REST}
)
_STEERING: Final = frozenset({"pause", "resume", "cancel"})


def _is_theirs(facts: Facts, request: Request, send: SendState) -> bool:
    """Whether it is theirs, or to a list of theirs: as who they are for sure."""
    proved = {request.address}
    proved |= facts.identities if facts.proof is Proof.PASS else frozenset()
    lst = facts.settings.lists.get(send.list_name)
    if lst is None or send.kind not in {"post", "digest"}:
        return False
    return not proved.isdisjoint(
        lst.owners | set(facts.settings.admins) | ({send.sender} - {None})
    )


def _steer_other(facts: Facts, send: SendState, order: Order) -> tuple[Action, ...]:
    """Steer a send, and tell of it in a mail whose answer speaks of that one."""
    lst = facts.settings.lists[send.list_name]
    return tuple(
        TellOfSend(send.id, one.to, one.text_id, lst.name, one.facts, roster=one.roster)
        if isinstance(one, Reply)
        else one
        for one in _ORDERED[order.word](facts, lst, send, order)
    )


def _order(facts: Facts) -> Order:
    author = facts.message.author
    names = names_of(author.name, str(author.address)) if author else ()
    return send_words.read(facts.message.typed, facts.message.subject, names)


def _is_old(facts: Facts, send: SendState) -> bool:
    ended = send.finished_at
    return ended is not None and facts.now - ended > _SPOKEN_OF


def _may(facts: Facts, request: Request, lst: MailingList) -> bool:
    """Whether somebody may still decide about what they sent, or approved."""
    if lst.kind is not ListKind.ANNOUNCEMENT:
        return True
    those = lst.senders | lst.owners | lst.moderators | set(facts.settings.admins)
    return not those.isdisjoint(facts.identities | {request.address})


def _told(
    facts: Facts, lst: MailingList, send: SendState, text_id: str, **more: object
) -> tuple[Reply, ...]:
    """Write about a send, in a mail that can be answered in its turn."""
    token = facts.token()
    told = {
        **shown_send(send),
        "subject": send.subject,
        "digested": facts.roster.digested,
        **more,
    }
    return tuple(
        replace(one, send_id=send.id, token=token)
        for one in facts.reply(text_id, lst, **told)
    )


def _put_again(facts: Facts, lst: MailingList, send: SendState) -> tuple[Action, ...]:
    words = _CHOICES["en" if facts.language_of(lst) == "en" else "fr"]
    told = {**shown_send(send), "subject": send.subject}
    put = again(facts, lst, "send-unclear", words, **told)
    return tuple(replace(one, send_id=send.id) for one in put)


# ------------------------------------------------------------------ what is ordered


def _pause(
    facts: Facts, lst: MailingList, send: SendState, _order: Order
) -> tuple[Action, ...]:
    if send.is_over:
        return _told(facts, lst, send, "send-over")
    return (BrakeSend(send.id, paused=True), *_told(facts, lst, send, "send-paused"))


def _resume(
    facts: Facts, lst: MailingList, send: SendState, _order: Order
) -> tuple[Action, ...]:
    if send.is_over:
        return _told(facts, lst, send, "send-over")
    return (BrakeSend(send.id, paused=False), *_told(facts, lst, send, "send-resumed"))


def _cancel(
    facts: Facts, lst: MailingList, send: SendState, _order: Order
) -> tuple[Action, ...]:
    if send.is_over:
        return _told(facts, lst, send, "send-over")
    roster = facts.sees_members(lst)
    told = _told(facts, lst, send, "send-stopped")
    return (CancelSend(send.id), *(replace(one, roster=roster) for one in told))


def _correct(
    facts: Facts, lst: MailingList, send: SendState, order: Order
) -> tuple[Action, ...]:
    """Show the correction; what it corrects reaches nobody else meanwhile."""
    if not order.text:
        return _told(facts, lst, send, "correction-how")
    if not send.accepted + send.in_flight and not send.stopped:
        return _told(facts, lst, send, "correction-nobody")
    to = facts.author or send.sender
    if to is None:
        return ()
    brake = () if send.is_over else (BrakeSend(send.id, paused=True),)
    asked = AskCorrection(send.id, lst.name, to, order.text, paused=bool(brake))
    return (*brake, asked)


_ORDERED: Final[
    Mapping[str, Callable[[Facts, MailingList, SendState, Order], tuple[Action, ...]]]
] = MappingProxyType(
    {"pause": _pause, "resume": _resume, "cancel": _cancel, "correct": _correct}
)


# ------------------------------------------------------------- what was asked first


def _rest(
    facts: Facts, request: Request, lst: MailingList, said: Reading
) -> tuple[Action, ...]:
    """Send a stopped post to those that it left out, once that is meant."""
    send = facts.roster.released
    if said.verdict in _YES and not said.detail and send is not None:
        by = facts.author or request.address
        return (
            Settle(request.id, "ok", request.address),
            SendRest(send.id, lst.name, by),
        )
    return _dropped(facts, request, lst, said)


def _correction(
    facts: Facts, request: Request, lst: MailingList, said: Reading
) -> tuple[Action, ...]:
    """Send a correction; what still waits of the post itself is dropped.

    Unless the author said « reprendre » meanwhile.
    """
    send, by = facts.roster.released, facts.author or request.address
    order = _order(facts)
    if send is not None and order.word in {"pause", "resume"}:
        return _ORDERED[order.word](facts, lst, send, order)
    if said.verdict not in _YES or said.detail or send is None:
        return _dropped(facts, request, lst, said)
    if not _may(facts, request, lst):
        return facts.reply("no-moderator-now", lst)
    halted = send.paused or not send.waiting
    if halted and send.in_flight:
        # Whether those have it is known in a quarter of an hour.
        return _told(facts, lst, send, "correction-wait")
    drop = (CancelSend(send.id),) if send.paused and not send.is_over else ()
    return (
        Settle(request.id, "ok", request.address),
        *drop,
        SendCorrection(send.id, lst.name, request.facts["sha256"], by),
    )


def _dropped(
    facts: Facts, request: Request, lst: MailingList, said: Reading
) -> tuple[Action, ...]:
    subject, send = request.facts.get("subject", ""), facts.roster.released
    if (said.verdict in _NO and said.detail != "correct") or said.detail == "cancel":
        done = Settle(request.id, "no", request.address)
        if request.kind is RequestKind.CORRECTION and send and not send.is_over:
            return (done, *_told(facts, lst, send, "correction-dropped"))
        return (done, *facts.reply("preview-dropped", lst, subject=subject))
    return _asked_again(facts, request, lst)


def _asked_again(
    facts: Facts, request: Request, lst: MailingList
) -> tuple[Action, ...]:
    subject = request.facts.get("subject", "")
    no = "no" if facts.language_of(lst) == "en" else "non"
    words, told = {"ok": "ok", "no": no}, {"subject": subject, "is_post": False}
    return again(facts, lst, "preview-unclear", words, **told)


CONFIRMED: Final[
    Mapping[
        RequestKind,
        Callable[[Facts, Request, MailingList, Reading], tuple[Action, ...]],
    ]
] = MappingProxyType(
    {
        RequestKind.SEND: controlled,
        RequestKind.CORRECTION: _correction,
        RequestKind.REST: _rest,
    }
)
