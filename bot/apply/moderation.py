"""What waits for moderators: asked, talked about, taken back, reminded of, expired.

Everybody who decides has a request of their own, with a token, under the reference
of the matter; whoever settles one settles all. The author's request has it, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot import identity, logs
from bot import message as mail
from bot.actions import Decision, Discuss, Hold, TakeBack, Unenrol
from bot.address import Address, parse
from bot.apply import members
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.apply.posts import excerpt, read_post
from bot.errors import StoreConflictError
from bot.model import (
    Kind,
    MailingList,
    Message,
    Request,
    RequestKind,
    shown_pending,
)
from bot.sending.limits import Expected

__all__: Final = (
    "ask_moderators",
    "discuss",
    "expire",
    "remind_moderator",
    "take_back",
)

# Authors are told that a post of theirs waits, but not of each.
_TOLD_EVERY: Final = timedelta(days=1)
# Whoever took an answer back needs time for another.
_ASKED_AGAIN: Final = timedelta(days=1)
_ONE: Final = 1
# Of each post, in a reminder.
_LINES_AGAIN: Final = 4
_WORDS: Final = {
    "fr": {
        "approve": "approuver",
        "reject": "rejeter",
        "discard": "supprimer",
        "trust": "approuver toujours",
        "enrol": "ok et inscrire",
        "strip": "approuver sans pièce jointe",
        "ban": "bannir",
        "spam": "spam",
    },
    "en": {
        "approve": "approve",
        "reject": "reject",
        "discard": "discard",
        "trust": "always approve",
        "enrol": "ok and enrol",
        "strip": "approve without attachments",
        "ban": "ban",
        "spam": "spam",
    },
}


@dataclass(frozen=True, slots=True)
class _Held:
    """A post that is to wait, and what moderators are told of it."""

    lst: MailingList
    post: Message
    action: Hold
    ref: str
    kept: Mapping[str, str]
    outlook: Expected
    told: Mapping[str, object]


def _moderators(desk: Desk, lst: MailingList) -> tuple[Address, ...]:
    return tuple(sorted(lst.moderators)) or desk.owners_of(lst.name)


# ------------------------------------------------------------------------- asking


def ask_moderators(desk: Desk, action: Hold, errand: Errand) -> None:
    """Keep a post back and ask each moderator, with a token of their own."""
    one = desk.settings.lists[action.list_name]
    post = read_post(desk, action.sha256, errand)
    held = _Held(
        one,
        post,
        action,
        desk.new_ref(),
        _kept(desk, action, post),
        desk.outlook(one, errand.now, action.groups),
        _history(desk, one, action.author, errand.now),
    )
    for moderator in _moderators(desk, one):
        _ask(desk, moderator, held, errand)
    logs.log(
        "post.held",
        list=one.name,
        message_id=post.message_id,
        rule=[hit.rule for hit in action.hits],
        size=post.size,
        ref=held.ref,
    )
    told = desk.store.told_of_hold(action.author, errand.now - _TOLD_EVERY)
    if action.tell_author and not told:
        _tell_author(desk, held, errand)


def _full(name: str, address: Address) -> str:
    """Write a name and an address for people to read."""
    return f"{name} <{address}>" if name else str(address)


def _kept(desk: Desk, action: Hold, post: Message) -> dict[str, str]:
    """Say what is kept with each request: all that an answer needs."""
    person = desk.store.find_person(action.author)
    named = post.author.name if post.author else ""
    return {
        "sha256": action.sha256,
        "fingerprint": post.fingerprint,
        "subject": post.subject,
        "author": str(action.author),
        "name": named or (person.name if person else ""),
        "groups": ",".join(sorted(action.groups)),
        "reasons": ",".join(hit.rule for hit in action.hits),
        # Nobody is told of what was written in their name.
        "told": "yes" if action.tell_author else "",
    }


def _history(
    desk: Desk, one: MailingList, author: Address, now: datetime
) -> dict[str, object]:
    """Say since when the author is a member, and how many posts of theirs went out."""
    standing = desk.store.standings([author], now)[author.key]
    person = standing.person
    addresses = [author, *((person.address, *person.others) if person else ())]
    reach = {reach.list_name for reach in desk.settings.reached_by(one.name)}
    dates = [
        member.joined_at
        for name, member in standing.memberships.items()
        if name in reach and member.joined_at is not None
    ]
    return {
        "member": not reach.isdisjoint(standing.memberships),
        "since": min(dates, default=None),
        "posted": desk.store.posted_by(addresses).get(one.name, 0),
    }


def _ask(desk: Desk, moderator: Address, held: _Held, errand: Errand) -> None:
    one, post, action = held.lst, held.post, held.action
    token = _open(desk, moderator, held, errand.now)
    facts = {
        **held.told,
        "author": _full(held.kept["name"], action.author),
        "who": held.kept["name"] or str(action.author),
        "when": post.received_at,
        "subject": post.subject,
        "size": post.size,
        "attachments": tuple(
            {"name": a.name, "type": a.content_type, "size": a.size}
            for a in post.attachments
        ),
        "reasons": _reasons(action),
        "authenticated": identity.proof(post, desk.settings.trusted_authserv).value,
        "excerpt": excerpt(post),
        "recipients": held.outlook.recipients,
        "end": held.outlook.end,
        "ref": held.ref,
        "hold_days": one.hold_days,
        "others": _others(desk, one, moderator),
        "mailtos": desk.mailtos(token, **_words(desk, moderator, one)),
    }
    desk.send_letter(
        Letter(
            moderator,
            "moderation",
            facts,
            list_name=one.name,
            kind="moderation",
            token=token,
            attach=action.sha256,
        ),
        errand.now,
    )


def _words(desk: Desk, moderator: Address, one: MailingList) -> Mapping[str, str]:
    return _WORDS.get(desk.language_of(moderator, one), _WORDS["fr"])


def _others(desk: Desk, one: MailingList, moderator: Address) -> tuple[str, ...]:
    return tuple(str(other) for other in _moderators(desk, one) if other != moderator)


def _open(desk: Desk, moderator: Address, held: _Held, now: datetime) -> str:
    token = desk.new_token()
    desk.store.open_request(
        RequestKind.MODERATION,
        held.ref,
        token,
        held.lst.name,
        moderator,
        expires_at=now + timedelta(days=held.lst.hold_days),
        facts=dict(held.kept),
        now=now,
    )
    return token


def _reasons(action: Hold) -> tuple[dict[str, str], ...]:
    return tuple({"id": hit.rule, "detail": hit.detail} for hit in action.hits)


def _cancel(desk: Desk, held: _Held) -> str:
    language = desk.language_of(held.action.author, held.lst)
    return "cancel" if language == "en" else "annuler"


def _tell_author(desk: Desk, held: _Held, errand: Errand) -> None:
    """Tell the author what happens next; they may answer « annuler »."""
    one, action = held.lst, held.action
    token = desk.new_token()
    desk.store.open_request(
        RequestKind.HELD,
        held.ref,
        token,
        one.name,
        action.author,
        expires_at=errand.now + timedelta(days=one.hold_days),
        facts=dict(held.kept),
        now=errand.now,
    )
    facts: dict[str, object] = {
        "subject": held.post.subject,
        "reasons": _reasons(action),
        "hold_days": one.hold_days,
        "cancel": desk.mailtos(token, cancel=_cancel(desk, held))["cancel"],
    }
    if one.subscription == "closed":
        facts["mailtos"] = {}  # nothing to offer
    letter = Letter(
        action.author,
        "post-held",
        facts,
        list_name=one.name,
        kind="notice",
        token=token,
        answers=errand.message,
    )
    desk.send_letter(letter, errand.now)
    desk.store.note_reply(action.author, errand.now)


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
    for moderator in _moderators(desk, one):
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
            "others": len(_moderators(desk, one)) > _ONE,
            "mailtos": desk.mailtos(token, **_words(desk, moderator, one)),
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
