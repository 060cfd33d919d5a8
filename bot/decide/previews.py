"""Previews: which posts need one, when a post leaves, and what « ok » does."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.actions import Action, Distribute, Preview, Settle
from bot.address import Address
from bot.commands.answers import Reading
from bot.commands.verdicts import groups_of, leave_at_of
from bot.decide.again import link
from bot.decide.facts import Facts, explicit_tokens
from bot.model import (
    Hit,
    ListKind,
    MailingList,
    Proof,
    Request,
    RequestKind,
    Verdict,
)
from bot.moments.wishes import Wish, wish_of
from bot.routing import is_addressed

__all__: Final = (
    "confirmed",
    "doubts",
    "is_new_version",
    "leave_at",
    "preview",
    "waits_until",
    "why",
)


def why(facts: Facts, lst: MailingList) -> str:
    """Say why its author has to see an acceptable post first; empty: no need."""
    proved = facts.proof is Proof.PASS
    if lst.kind is ListKind.ANNOUNCEMENT and lst.confirm_announcements:
        return "preview"
    if lst.kind is ListKind.ANNOUNCEMENT and not proved:
        return "unproved"
    wish = _wish(facts)
    # What looks like an hour and is none must not go to everybody at once.
    return "when" if wish is not None and wish.doubt else ""


def preview(
    facts: Facts,
    lst: MailingList,
    author: Address,
    groups: frozenset[str],
    warnings: tuple[str, ...] = (),
) -> Preview:
    """Show a post to its author, and when it would leave."""
    wish = _wish(facts)
    return Preview(
        *(lst.name, facts.message.sha256, author, groups, warnings),
        leave_at=leave_at(facts),
        doubt=wish.doubt if wish else "",
    )


def leave_at(facts: Facts) -> datetime | None:
    """Say when a post is to leave; None: as soon as it may."""
    wish = _wish(facts)
    if wish is None or wish.at is None or wish.doubt:
        return None
    return wish.at if wish.at > facts.now else None


def doubts(facts: Facts) -> tuple[Hit, ...]:
    """Tell moderators that the hour that was asked for is none."""
    wish = _wish(facts)
    doubted = wish is not None and bool(wish.doubt)
    return (Hit("hour-in-doubt", Verdict.HOLD),) if doubted else ()


def _wish(facts: Facts) -> Wish | None:
    return wish_of(facts.message, facts.settings.timezone, facts.now)


def confirmed(
    facts: Facts, request: Request, lst: MailingList, *, strip: bool
) -> tuple[Action, ...]:
    """Send what was previewed, when its author wants it to leave.

    What would take days is asked once more, by a mail that says so.
    """
    groups, later = groups_of(request), leave_at_of(request)
    strip = strip or bool(request.facts.get("strip"))
    sha256 = request.facts["sha256"]
    if request.facts.get("days"):
        asked = Preview(
            *(lst.name, sha256, request.address, groups),
            leave_at=later,
            again=True,
            strip=strip,
        )
        return Settle(request.id, "days", request.address), asked
    sent = Distribute(
        *(lst.name, sha256),
        groups=groups,
        strip=strip,
        leave_at=later,
        replaces=tuple(map(int, request.facts.get("replaces", "").split())),
    )
    told: dict[str, object] = {
        "subject": request.facts.get("subject", ""),
        # Who sees the queue fills in how many get it, and until when.
        "recipients": facts.roster.recipients.get(lst.name, 0),
        "end": None,
        "leave_at": later,
        "late": None,
    }
    token = facts.token()  # an answer to what tells of it stops it, too
    word = "cancel" if facts.language_of(lst) == "en" else "annuler"
    told["cancel"] = link(facts, token, word)
    return (
        Settle(request.id, "ok", request.address),
        sent,
        *(
            replace(one, groups=groups, token=token)
            for one in facts.reply("preview-confirmed", lst, **told)
        ),
    )


def waits_until(facts: Facts, request: Request) -> datetime | None:
    """Say when a post is to leave, if that is still to come."""
    later = leave_at_of(request)
    return later if later and later > facts.now else None


def is_new_version(facts: Facts, request: Request, said: Reading) -> bool:
    """Whether it answers a preview in its thread only, and is meant for the list.

    Whoever edits a post may write it as a reply, addressed to the list again.
    """
    return (
        request.kind is RequestKind.PREVIEW
        and said.verdict == "unclear"
        and not said.detail
        and request.list_name in facts.routed
        and not explicit_tokens(facts.message, facts.settings)
        and is_addressed(facts.message, facts.settings)
    )
