"""Moderators who can't be expected to answer: away, or at an address that bounces.

Others are reminded meanwhile. Whoever writes is back.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from bot.actions import Action, Alert, EndAbsence, NoteAbsence, Reply, Revive
from bot.address import Address
from bot.decide.facts import Facts
from bot.decide.probes import wants_to_leave
from bot.folding import fold
from bot.model import (
    Absence,
    BounceEvent,
    MailingList,
    Proof,
    Settings,
    TokenState,
)
from bot.moments.days import read_day

__all__: Final = ("bounced", "gone_away", "is_back", "is_there", "who_decides")

# So long somebody is away who doesn't say until when; no absence lasts longer than …
_AWAY: Final = timedelta(days=7)
_AWAY_MAX: Final = timedelta(days=60)
_BOUNCES: Final = timedelta(days=30)
_FULL: Final = timedelta(days=3)  # a full mailbox is emptied some day
# Signs of a reply that somebody's machine gives in their absence.
_AWAY_RULES: Final = frozenset(
    {
        "auto-submitted",
        "null-sender",
        "autoreply-field",
        "suppresses-replies",
        "precedence",
        "autoreply-subject",
        "says-so",
    }
)
_UNTIL: Final = re.compile(
    r"\b(?:jusqu'?(?: ?au|en| a)?|de retour|(?:mon )?retour|reviens|until|till|back on"
    r"|back|returning on|return on)(?: prevu| est prevu)?(?: au| le| on| a partir du)?"
    r" ((?:[\w./-]+[ ,]{0,2}){1,5})"
)


def who_decides(lst: MailingList, admins: Sequence[Address]) -> frozenset[Address]:
    """Name the moderators of a list; without any its owners, then the admins."""
    return lst.moderators or lst.owners or frozenset(admins)


def gone_away(facts: Facts) -> tuple[Action, ...]:
    """Note that an automatic reply comes from a moderator; it decides nothing."""
    author = facts.author
    if author is None or facts.rule not in _AWAY_RULES or not _decides(facts, author):
        return ()
    if facts.roster.absences.get(author.key) is Absence.BOUNCES or not _asked(facts):
        return ()
    return (NoteAbsence(author, Absence.AWAY, _until(facts)),)


def _asked(facts: Facts) -> bool:
    """Whether a mail of ours is what is answered: others are easily invented."""
    mine = facts.settings.mailbox.domain.lower()
    answered = (*facts.message.in_reply_to, *facts.message.references)
    token = facts.roster.token is TokenState.VALID
    return token or any(
        one.rstrip(">").lower().endswith(f"@{mine}") for one in answered
    )


def _decides(facts: Facts, address: Address) -> bool:
    admins = facts.settings.admins
    return any(
        address in who_decides(lst, admins) for lst in facts.settings.lists.values()
    )


def _until(facts: Facts) -> datetime:
    """Read until when somebody is away; a week where they don't say."""
    zone = facts.settings.timezone
    today = facts.now.astimezone(zone).date()
    text = fold(f"{facts.message.subject} . {facts.message.text[:2000]}")
    for match in _UNTIL.finditer(text):
        words = re.split(r"[ ,]+", match[1].strip(" ,."))
        for size in range(len(words), 0, -1):
            day = read_day(words[:size], today)
            if day is None:
                continue
            end = datetime.combine(day, time(23, 59), zone)
            if facts.now < end <= facts.now + _AWAY_MAX:
                return end
    return facts.now + _AWAY


def is_back(facts: Facts) -> tuple[Action, ...]:
    """Note that somebody wrote who was thought to be away.

    Of an address that bounces only the person can know.
    """
    absent = facts.roster.absences
    proved = facts.proof is Proof.PASS or facts.roster.token is TokenState.VALID
    if not proved:
        absent = {key: one for key, one in absent.items() if one is Absence.AWAY}
    return tuple(EndAbsence(one) for one in facts.identities if one.key in absent)


def is_there(facts: Facts) -> tuple[Action, ...]:
    """Let somebody get mail again whose mail came back: the address writes.

    Whoever forges that makes us try again, and no more; but DMARC is believed.
    """
    if facts.author is None or facts.proof is Proof.FAIL or not facts.roster.bouncing:
        return ()
    if wants_to_leave(facts):
        return ()
    return (Revive(facts.author),)


def bounced(
    events: Iterable[BounceEvent],
    settings: Settings,
    absences: Mapping[str, Absence],
    now: datetime,
) -> tuple[Action, ...]:
    """Tell owners of a moderator who gets no mail, and admins if there is no other."""
    bouncing = {key for key, why in absences.items() if why is Absence.BOUNCES}
    found: list[Action] = []
    for event in events:
        who = event.address
        lists = [
            lst
            for lst in settings.lists.values()
            if who in who_decides(lst, settings.admins)
        ]
        if event.kind == "delay" or who.key in bouncing or not lists:
            continue
        bouncing.add(who.key)
        lasts = _BOUNCES if event.kind == "hard" else _FULL
        found.append(NoteAbsence(who, Absence.BOUNCES, now + lasts))
        found += _told(event, lists, settings)
        found += (
            _alert(one, settings) for one in lists if _lost(one, settings, bouncing)
        )
    return tuple(found)


def _told(
    event: BounceEvent, lists: Sequence[MailingList], settings: Settings
) -> Iterator[Action]:
    """Tell each owner once, whatever the number of lists."""
    by_owner: dict[Address, list[MailingList]] = {}
    for lst in lists:
        for owner in sorted(lst.owners or settings.admins):
            by_owner.setdefault(owner, []).append(lst)
    for owner, theirs in by_owner.items():
        facts = {
            "titles": tuple(lst.display_name for lst in theirs),
            "name": theirs[0].name,
            "address": str(event.address),
            "words": event.diagnostic or event.reason,
        }
        yield Reply(
            owner,
            "moderator-bounces",
            facts,
            theirs[0].name,
            kind="notice",
            answers=False,
        )


def _lost(lst: MailingList, settings: Settings, bouncing: set[str]) -> bool:
    """Whether nobody who decides about a list gets mail any more."""
    return all(one.key in bouncing for one in who_decides(lst, settings.admins))


def _alert(lst: MailingList, settings: Settings) -> Alert:
    those = sorted(who_decides(lst, settings.admins))
    facts = {
        "list_title": lst.display_name,
        "name": lst.name,
        "addresses": tuple(map(str, those)),
    }
    return Alert("alert-no-moderator", facts, key=f"no-moderator {lst.name}")
