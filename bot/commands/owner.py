"""What owners look at: rosters and figures.

Answered to the owner's own address at once, whatever proves it.
"""

from collections.abc import Sequence
from typing import Final

from bot.commands.arguments import own_list, takes_list
from bot.commands.registry import Outcome, Request, Who, command
from bot.model import Figures, MailingList, Member, TextFile
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


COMMANDS: Final = (who, export, stats)
