"""What owners look at: rosters and figures.

Answered to the owner's own address at once, whatever proves it.
"""

from collections.abc import Sequence
from typing import Final

from bot.bounces import next_probe
from bot.commands.arguments import own_list, takes_list
from bot.commands.registry import Outcome, Request, Who, command
from bot.model import Bouncing, Figures, MailingList, Member, TextFile
from bot.rosters import table, to_csv

__all__: Final = ("COMMANDS",)

# A roster that people read; a longer one is for a spreadsheet.
_SHOWN_MAX: Final = 100
_HEADER: Final = (
    *("email", "name", "phone", "state", "since", "posts", "reason", "status"),
)


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
    facts = {"name": lst.name, "list_title": lst.display_name, "figures": figures}
    return Outcome("stats", facts)


@command(
    en=("bounces",),
    fr=("retours",),
    usage={"en": "LIST", "fr": "LISTE"},
    about={
        "en": "Whose mail comes back, why, and since when.",
        "fr": "Qui ne reçoit plus les messages, pourquoi et depuis quand.",
    },
    takes=takes_list,
    who=Who.OWNER,
    wants=("bounces",),
)
def bounces(request: Request) -> Outcome:
    """Show those of a list whose mail comes back: those who get no mail first.

    Raises:
        CommandError: no list of theirs.
    """
    lst, _ = own_list(request)
    found = sorted(request.roster.bouncing_on.get(lst.name, ()), key=_urgency)
    facts = {
        "name": lst.name,
        "list_title": lst.display_name,
        "people": tuple(_returning(one, request) for one in found[:_SHOWN_MAX]),
        "more": max(len(found) - _SHOWN_MAX, 0),
        "number": len(found),
    }
    return Outcome("bounces", facts, files=_table(request, lst, found))


def _urgency(one: Bouncing) -> tuple[bool, int, str]:
    return not one.is_suspended, -one.posts, one.address.key


def _returning(one: Bouncing, request: Request) -> dict[str, object]:
    probe = next_probe(one, request.settings.bounces)
    return {
        "who": f"{one.name} <{one.address}>" if one.name else str(one.address),
        "reason": f"because-{one.reason or 'other'}",
        "posts": one.posts,
        "first": one.first_at,
        "state": one.state.value,
        "since": one.since,
        "probe": probe and max(probe, request.now),
    }


def _table(
    request: Request, lst: MailingList, people: Sequence[Bouncing]
) -> tuple[TextFile, ...]:
    """Attach all of them where the mail can't show all."""
    if len(people) <= _SHOWN_MAX:
        return ()
    zone = request.settings.timezone
    rows = (
        (
            str(one.address),
            one.name,
            one.phone,
            one.state.value or "bouncing",
            f"{one.first_at.astimezone(zone):%Y-%m-%d}" if one.first_at else "",
            str(one.posts),
            one.reason,
            one.status,
        )
        for one in people
    )
    text = table(_HEADER, rows)
    return (TextFile(f"{lst.name}-bounces.csv", text, "text/csv"),)


COMMANDS: Final = (who, export, stats, bounces)
