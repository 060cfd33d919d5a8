"""Asking moderators about a post, and telling its author.

Everybody who decides has a request of their own, with a token, under the reference
of the matter; whoever settles one settles all. The author's request has it, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot import identity, logs
from bot.actions import Hold
from bot.address import Address
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.apply.posts import excerpt, read_post, untimed
from bot.model import MailingList, Message, RequestKind
from bot.sending.limits import Expected

__all__: Final = ("ask_moderators", "moderators_of", "words_for")

# Authors are told that a post of theirs waits, but not of each.
_TOLD_EVERY: Final = timedelta(days=1)
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


def moderators_of(desk: Desk, lst: MailingList) -> tuple[Address, ...]:
    """Give whoever decides about posts to a list: its owners where it has nobody."""
    return tuple(sorted(lst.moderators)) or desk.owners_of(lst.name)


# ------------------------------------------------------------------------- asking


def ask_moderators(desk: Desk, action: Hold, errand: Errand) -> None:
    """Keep a post back and ask each moderator, with a token of their own."""
    one = desk.settings.lists[action.list_name]
    post = untimed(desk, read_post(desk, action.sha256, errand), errand.now)
    held = _Held(
        one,
        post,
        action,
        desk.new_ref(),
        _kept(desk, action, post),
        desk.outlook(one, errand.now, action.groups, action.leave_at),
        _history(desk, one, action.author, errand.now),
    )
    for moderator in moderators_of(desk, one):
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
        "leave_at": action.leave_at.isoformat() if action.leave_at else "",
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
        "leave_at": action.leave_at,
        "ref": held.ref,
        "hold_days": one.hold_days,
        "others": _others(desk, one, moderator),
        "mailtos": desk.mailtos(token, **words_for(desk, moderator, one)),
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


def words_for(desk: Desk, moderator: Address, one: MailingList) -> Mapping[str, str]:
    """Give the words of all answers in the language of a moderator."""
    return _WORDS.get(desk.language_of(moderator, one), _WORDS["fr"])


def _others(desk: Desk, one: MailingList, moderator: Address) -> tuple[str, ...]:
    return tuple(str(other) for other in moderators_of(desk, one) if other != moderator)


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
