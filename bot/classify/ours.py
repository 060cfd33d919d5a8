"""Recognising what we sent ourselves."""

import re

from bot.classify.facts import Facts
from bot.identity import MARK_FIELD, own_mark

__all__ = ("has_own_mark", "is_ours", "own_copy", "own_list_id", "own_message_id")


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


_OWN_ID = re.compile(r"<[a-z2-7]{26}\.[a-z]+@([^<>@]+)>", re.IGNORECASE)


def own_message_id(facts: Facts) -> bool:
    """Whether we made the Message-ID; posts keep their authors'."""
    match = _OWN_ID.fullmatch(facts.message.message_id)
    return match is not None and match[1].lower() == facts.settings.mailbox.domain


def is_ours(facts: Facts) -> bool:
    """Whether it came from us, whatever way it took."""
    return has_own_mark(facts) or own_list_id(facts) or own_message_id(facts)
