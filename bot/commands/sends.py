"""What owners do with sends: watch, stop, send a stopped one to the others."""

from typing import Final

from bot.actions import CancelSend, SendRest
from bot.commands.arguments import takes_anything, takes_send
from bot.commands.registry import Outcome, Request, Who, command
from bot.commands.send_orders import named, own_sends
from bot.model import SendState

__all__: Final = ("COMMANDS",)


@command(
    en=("queue",),
    fr=("envois",),
    about={
        "en": "What is being sent, and until when.",
        "fr": "Ce qui est en cours d'envoi, et jusqu'à quand.",
    },
    takes=takes_anything,
    who=Who.OWNER,
    wants=("sends", "stopped"),
)
def queue(request: Request) -> Outcome:
    """Show the unfinished sends to the sender's lists, and what was stopped.

    Raises:
        CommandError: no list is theirs.
    """
    sends = own_sends(request)
    stopped = tuple(
        {
            "ref": one.ref,
            "subject": one.subject,
            "list": one.list_name,
            "unserved": one.unserved,
        }
        for one in _stopped(request)
        if one.unserved
    )
    return Outcome("queue", {"sends": tuple(map(_progress, sends)), "stopped": stopped})


def _stopped(request: Request) -> tuple[SendState, ...]:
    names = {lst.name for lst in request.owned}
    return tuple(one for one in request.roster.stopped if one.list_name in names)


def _progress(send: SendState) -> dict[str, object]:
    return {
        "ref": send.ref,
        "subject": send.subject,
        "list": send.list_name,
        "accepted": send.accepted,
        "recipients": send.recipients,
        "paused": send.paused,
        "end": None,
        "id": send.id,
    }


@command(
    en=("cancel",),
    fr=("annuler",),
    usage={"en": "[REF]", "fr": "[RÉF]"},
    about={"en": "Stop a send.", "fr": "Arrêter un envoi en cours."},
    takes=takes_send,
    who=Who.OWNER,
    alters=True,
    wants=("sends",),
)
def cancel(request: Request) -> Outcome:
    """Stop a send to a list of the sender's before its next batch.

    The only one need not be named.

    Raises:
        CommandError: no such send, or several.
    """
    send = named(request, own_sends(request))
    facts = {
        "subject": send.subject,
        "accepted": send.accepted + send.in_flight,
        "missed": send.waiting,
        "ref": send.ref,
    }
    return Outcome("send-cancelled", facts, (CancelSend(send.id),))


@command(
    en=("resend",),
    fr=("renvoyer",),
    usage={"en": "REF", "fr": "RÉF"},
    about={
        "en": "Send what was stopped to those who haven't got it.",
        "fr": "Envoyer à ceux qui ne l'ont pas un message arrêté.",
    },
    takes=takes_send,
    who=Who.OWNER,
    alters=True,
    wants=("sends", "stopped"),
)
def resend(request: Request) -> Outcome:
    """Send a stopped post to those whom it left out, and to nobody else.

    Raises:
        CommandError: no such send, or several.
    """
    own_sends(request)  # they must own a list
    send = named(request, _stopped(request))
    if not send.unserved:
        told = {"subject": send.subject, "list_title": send.list_name}
        return Outcome("rest-nobody", {**told, "in_flight": send.in_flight})
    facts = {"subject": send.subject, "unserved": send.unserved}
    return Outcome("send-continued", facts, (SendRest(send.id, send.list_name),))


COMMANDS: Final = (queue, cancel, resend)
