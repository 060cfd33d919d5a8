"""What becomes of a matter that waits: discussed, asked again, recalled, expired."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot import message as mail
from bot.actions import Decision, Discuss, TakeBack, Unenrol
from bot.address import Address, parse
from bot.apply import members
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.apply.moderation import moderators_of, words_for
from bot.apply.posts import excerpt
from bot.errors import StoreConflictError
from bot.model import Kind, Request, RequestKind, shown_pending

__all__: Final = ("discuss", "expire", "remind_moderator", "take_back")

# Whoever took an answer back needs time for another.
_ASKED_AGAIN: Final = timedelta(days=1)
_ONE: Final = 1
# Of each post, in a reminder.
_LINES_AGAIN: Final = 4

# ------------------------------------------------------------------------ talking


def discuss(desk: Desk, action: Discuss, errand: Errand) -> None:
    """Show the other moderators what somebody says; they can answer to that, too."""
    matter = action.request
    one = desk.settings.lists[matter.list_name]
    person = desk.store.find_person(action.by)
    author = errand.message.author if errand.message else None
    name = (person.name if person else "") or (author.name if author else "")
    kept = {**matter.facts, "talk": "yes"}
    kind = matter.kind
    if kind is RequestKind.HELD:
        kind = RequestKind.MODERATION
    for moderator in moderators_of(desk, one):
        if moderator == action.by or (person and moderator == person.address):
            continue
        token = desk.new_token()
        desk.store.open_request(
            kind,
            matter.ref,
            token,
            one.name,
            moderator,
            expires_at=matter.expires_at,
            facts=kept,
            now=errand.now,
        )
        facts = {
            "by": name or str(action.by),
            "is_author": matter.kind is RequestKind.HELD,
            "answers": bool(matter.facts.get("talk")),
            "address": str(action.by),
            "subject": matter.facts.get("subject") or matter.facts.get("asked", ""),
            "text": action.text,
            "ref": matter.ref,
            "others": len(moderators_of(desk, one)) > _ONE,
            "mailtos": desk.mailtos(token, **words_for(desk, moderator, one)),
        }
        desk.send_letter(
            Letter(
                moderator,
                "moderation-talk",
                facts,
                list_name=one.name,
                kind="moderation",
                token=token,
            ),
            errand.now,
        )
    desk.store.note_reply(action.by, errand.now)
    logs.log("request.discussed", ref=matter.ref, address=str(action.by))


# -------------------------------------------------------------------- taking back


def take_back(desk: Desk, action: TakeBack, errand: Errand) -> None:
    """Ask the moderators again; what was approved must not have left.

    Raises:
        StoreConflictError: it has, or somebody was faster.
    """
    matter = action.request
    if matter.verdict in {"approve", "trust"}:
        desk.store.unpost(matter.list_name, matter.facts.get("fingerprint", ""))
    if not desk.store.reopen_requests(matter.ref, errand.now + _ASKED_AGAIN):
        raise StoreConflictError("it is asked again already")
    logs.log("request.reopened", ref=matter.ref, address=str(action.by))


# ---------------------------------------------------------------------- reminding


def remind_moderator(
    desk: Desk, moderator: Address, matters: Sequence[Request], now: datetime
) -> None:
    """Show a moderator all that waits for them, in one mail that can be answered."""
    for matter in matters:
        _made_theirs(desk, moderator, matter, now)
        desk.store.mark_reminded(matter.ref, now, moderator)
    token = desk.new_token()
    desk.store.open_request(
        RequestKind.PENDING,
        desk.new_ref(),
        token,
        "",
        moderator,
        expires_at=max(one.expires_at for one in matters),
        facts={"refs": ",".join(one.ref for one in matters)},
        now=now,
    )
    lists = desk.settings.lists
    facts = {
        "items": tuple(
            shown_pending(one, lists[one.list_name].display_name)
            | {"text": _beginning(desk, one, now)}
            for one in matters
        ),
    }
    # In the language of the list, where the moderator has none of their own.
    language = desk.language_of(moderator, lists[matters[0].list_name])
    letter = Letter(
        moderator,
        "pending-reminder",
        facts,
        language=language,
        kind="moderation",
        token=token,
    )
    desk.send_letter(letter, now)
    logs.log("moderator.reminded", address=str(moderator), waiting=len(matters))


def _beginning(desk: Desk, matter: Request, now: datetime) -> str:
    """Give the first lines of a post that waits."""
    if matter.kind is not RequestKind.MODERATION:
        return ""
    post = mail.read(desk.spool.read(matter.facts["sha256"]), now)
    lines = [line for line in excerpt(post).splitlines() if line.strip()]
    return "\n".join(lines[:_LINES_AGAIN])


def _made_theirs(
    desk: Desk, moderator: Address, matter: Request, now: datetime
) -> None:
    """Give a request to whoever became a moderator since, or stands in for them."""
    asked = {
        one.address for one in desk.store.requests(matter.kind) if one.ref == matter.ref
    }
    if moderator not in asked:
        desk.store.open_request(
            matter.kind,
            matter.ref,
            desk.new_token(),
            matter.list_name,
            moderator,
            expires_at=matter.expires_at,
            facts=dict(matter.facts),
            now=now,
        )


# ----------------------------------------------------------------------- expiring


def expire(desk: Desk, matter: Request, now: datetime) -> None:
    """Tell whom it concerns that nobody decided in time.

    Whoever wants to leave is let go: a list keeps nobody by silence.
    """
    one = desk.settings.lists.get(matter.list_name)
    key = "author" if matter.kind is RequestKind.MODERATION else "address"
    if one is None or not matter.facts.get(key):
        return
    who = parse(matter.facts[key])
    if matter.kind is RequestKind.DEPARTURE:
        decision = Decision(Kind.COMMANDS, "expired")
        members.unenrol(desk, Unenrol(who, one.name), Errand(decision, None, now))
        return
    if matter.kind is RequestKind.MODERATION and not matter.facts.get("told"):
        return
    post = matter.kind is RequestKind.MODERATION
    letter = Letter(
        who,
        "post-expired" if post else "admission-expired",
        {"subject": matter.facts.get("subject", ""), "hold_days": one.hold_days},
        list_name=one.name,
        kind="notice",
    )
    if post:
        letter = replace(letter, attach=matter.facts.get("sha256", ""))
    desk.send_letter(letter, now)
