"""What owners look at: rosters, figures, sends; and stopping a send.

Answered to the owner's own address at once, whatever proves it.
"""

from collections.abc import Sequence
from typing import Final

from bot.actions import CancelSend
from bot.commands.arguments import (
    own_list,
    takes_anything,
    takes_list,
    takes_send,
)
from bot.commands.registry import Outcome, Request, Who, command
from bot.errors import CommandError
from bot.model import Figures, MailingList, Member, SendState, TextFile
from bot.rosters import to_csv

__all__: Final = ("COMMANDS",)

# A roster that people read; a longer one is for a spreadsheet.
_SHOWN_MAX: Final = 100


@command(
    en=("who",),
    fr=("membres",),
    usage={"en": "LIST", "fr": "LISTE"},
    about={"en": "Who is on a list.", "fr": "Qui est dans une liste."},
    takes=takes_list,
    who=Who.OWNER,
    wants=("members",),
)
def who(request: Request) -> Outcome:
    """Show a list's roster: the first hundred to read, all of it attached.

    Raises:
        CommandError: no list of theirs.
    """
    lst, _ = own_list(request)
    members = request.roster.members.get(lst.name, ())
    facts = {
        "list_title": lst.display_name,
        "roster": tuple(map(_shown, members[:_SHOWN_MAX])),
        "more": max(len(members) - _SHOWN_MAX, 0),
        "number": len(members),
    }
    return Outcome("members", facts, files=(_csv(lst, members),))


def _shown(member: Member) -> dict[str, object]:
    return {
        "address": str(member.address),
        "name": member.name,
        "state": member.state.value,
        "reception": member.reception.value,
        "until": member.paused_until,
        "groups": member.groups,
    }


def _csv(lst: MailingList, members: Sequence[Member]) -> TextFile:
    return TextFile(f"{lst.name}.csv", to_csv(members), "text/csv")


@command(
    en=("export",),
    fr=("exporter",),
    usage={"en": "LIST", "fr": "LISTE"},
    about={
        "en": "The roster of a list as a table (CSV).",
        "fr": "Les membres d'une liste, dans un tableau (CSV).",
    },
    takes=takes_list,
    who=Who.OWNER,
    wants=("members",),
)
def export(request: Request) -> Outcome:
    """Attach a list's roster.

    Raises:
        CommandError: no list of theirs.
    """
    lst, _ = own_list(request)
    members = request.roster.members.get(lst.name, ())
    facts = {"list_title": lst.display_name, "number": len(members)}
    return Outcome("exported", facts, files=(_csv(lst, members),))


@command(
    en=("stats",),
    fr=("statistiques",),
    usage={"en": "LIST", "fr": "LISTE"},
    about={
        "en": "Members and posts in figures.",
        "fr": "Les membres et les messages, en chiffres.",
    },
    takes=takes_list,
    who=Who.OWNER,
    wants=("figures",),
)
def stats(request: Request) -> Outcome:
    """Show a list's figures of the last 30 days.

    Raises:
        CommandError: no list of theirs.
    """
    lst, _ = own_list(request)
    figures = request.roster.figures.get(lst.name, Figures())
    return Outcome("stats", {"list_title": lst.display_name, "figures": figures})


@command(
    en=("queue",),
    fr=("envois",),
    about={
        "en": "What is being sent, and until when.",
        "fr": "Ce qui est en cours d'envoi, et jusqu'à quand.",
    },
    takes=takes_anything,
    who=Who.OWNER,
    wants=("sends",),
)
def queue(request: Request) -> Outcome:
    """Show the unfinished sends to the sender's lists.

    Raises:
        CommandError: no list is theirs.
    """
    return Outcome("queue", {"sends": tuple(map(_progress, _own_sends(request)))})


def _own_sends(request: Request) -> tuple[SendState, ...]:
    if not request.owned:
        raise CommandError("cancel-by-reply" if request.moderated else "not-allowed")
    names = {lst.name for lst in request.owned}
    return tuple(
        one
        for one in request.roster.sends
        if one.kind in {"post", "digest"} and one.list_name in names
    )


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
    sends = _own_sends(request)
    if request.arguments:
        # « annuler [réf. k7fm2q] » is what the subject of a receipt has.
        ref = request.arguments[-1].strip("[]().,:;").lower()
        sends = tuple(one for one in sends if one.ref == ref)
        if not sends:
            raise CommandError("no-such-send", ref=ref)
    if not sends:
        raise CommandError("nothing-to-cancel")
    if len(sends) > 1:
        raise CommandError("which-send", refs=", ".join(one.ref for one in sends))
    facts = {"subject": sends[0].subject, "accepted": sends[0].accepted}
    return Outcome("send-cancelled", facts, (CancelSend(sends[0].id),))


COMMANDS: Final = (who, export, stats, queue, cancel)
