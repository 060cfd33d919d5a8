"""Recognising what we sent ourselves."""

import re

from bot.classify.facts import Facts
from bot.identity import MARK_FIELD, own_mark
from bot.model import Message, Settings
from bot.routing import is_addressed

__all__ = (
    "answers_ours",
    "has_own_mark",
    "is_ours",
    "own_copy",
    "own_list_id",
    "own_message_id",
)


def has_own_mark(facts: Facts) -> bool:
    """Whether a mark is genuine; a sender may have put others beside it."""
    marks = facts.message.fields.get(MARK_FIELD.lower(), ())
    return any(own_mark(mark, facts.settings.secret) for mark in marks)


def _from_mailbox(facts: Facts) -> bool:
    author = facts.message.author
    return author is not None and author.address == facts.settings.mailbox


def own_copy(facts: Facts) -> bool:
    """Whether it is the witness: a mail of ours, back in the mailbox."""
    return _from_mailbox(facts) and has_own_mark(facts)


_LIST_SPEC = re.compile(r"<([^<>]*)>\s*$")
_NOT_IN_LIST_ID = re.compile(r"[^a-z0-9.-]+")


def own_list_id(facts: Facts) -> bool:
    """Whether a post of ours comes back (RFC 2919)."""
    mailbox = facts.settings.mailbox
    ours = {
        _NOT_IN_LIST_ID.sub("-", f"{name}.{mailbox.key.replace('@', '.')}".lower())
        for name in facts.settings.lists
    }
    for stated in facts.message.fields.get("list-id", ()):
        match = _LIST_SPEC.search(stated)
        if (match[1] if match else stated).strip().lower() in ours:
            return True
    return False


# The ids of our own mails: a token, or random letters that look like one.
_OWN_ID = re.compile(r"<[a-z2-7]{26}\.([a-z]+)@([^<>@]+)>", re.IGNORECASE)


def own_message_id(facts: Facts) -> bool:
    """Whether we made the Message-ID; posts keep their authors'."""
    match = _OWN_ID.fullmatch(facts.message.message_id)
    return match is not None and match[2].lower() == facts.settings.mailbox.domain


def answers_ours(message: Message, settings: Settings) -> bool:
    """Whether it answers a mail of ours that is no post, and names no list.

    Whoever answers a report or a question writes to us, even where the thread began
    with a post: the members must not read it.
    """
    answered = message.in_reply_to or message.references[-1:]
    ids = (_OWN_ID.match(one) for one in answered)
    domain = settings.mailbox.domain
    ours = any(
        one is not None and one[1].lower() != "post" and one[2].lower() == domain
        for one in ids
    )
    return ours and not is_addressed(message, settings)


def is_ours(facts: Facts) -> bool:
    """Whether it came from us, whatever way it took."""
    return has_own_mark(facts) or own_list_id(facts) or own_message_id(facts)
