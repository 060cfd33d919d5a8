"""Which send is meant, and letting it wait: for commands of owners and members."""

from typing import Final

from bot.actions import BrakeSend
from bot.commands.arguments import takes_sure_send
from bot.commands.registry import Outcome, Request
from bot.errors import CommandError
from bot.model import SendState

__all__: Final = ("brake", "named", "names_send", "own_sends")


def own_sends(request: Request) -> tuple[SendState, ...]:
    """Give the unfinished sends to the sender's lists.

    Raises:
        CommandError: no list is theirs.
    """
    if not request.owned:
        raise CommandError("cancel-by-reply" if request.moderated else "not-allowed")
    names = {lst.name for lst in request.owned}
    return tuple(
        one
        for one in request.roster.sends
        if one.kind in {"post", "digest"} and one.list_name in names
    )


def _ref(request: Request) -> str:
    """Give the reference that was typed: « [réf. k7fm2q] » in a receipt's subject."""
    words = request.arguments
    return words[-1].strip("[]().,:;").lower() if words else ""


def named(request: Request, sends: tuple[SendState, ...]) -> SendState:
    """Give the send that is meant; the only one need not be named.

    Raises:
        CommandError: no such send, or several.
    """
    if request.arguments:
        ref = _ref(request)
        sends = tuple(one for one in sends if one.ref == ref)
        if not sends:
            raise CommandError("no-such-send", ref=ref)
    if not sends:
        raise CommandError("nothing-to-cancel")
    if len(sends) > 1:
        raise CommandError("which-send", refs=", ".join(one.ref for one in sends))
    return sends[0]


def names_send(request: Request) -> bool:
    """Whether « pause » or « reprendre » is said of a send, not of a list.

    Raises:
        CommandError: it may be either, or is neither.
    """
    ref = _ref(request)
    if len(request.arguments) != 1 or not request.owned:
        return False
    known = any(one.ref == ref for one in own_sends(request))
    listed = request.registry.find_list(request.settings, request.arguments[0])
    if known and listed is not None:
        raise CommandError("list-or-send", ref=ref)
    if (
        not known
        and listed is None
        and takes_sure_send(request.registry, request.settings, (ref,))
    ):
        raise CommandError("no-such-send", ref=ref)
    return known


def brake(request: Request, *, paused: bool) -> Outcome:
    """Let a send to a list of the sender's wait from its next batch on, or go on.

    Raises:
        CommandError: no such send.
    """
    send = named(request, own_sends(request))
    facts = {
        "subject": send.subject,
        "accepted": send.accepted,
        "remaining": send.waiting,
        "ref": send.ref,
    }
    action = BrakeSend(send.id, paused=paused)
    text_id = "send-on-hold" if paused else "send-goes-on"
    return Outcome(text_id, facts, (action,), alters=True)
