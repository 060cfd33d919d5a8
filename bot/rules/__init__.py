"""The posting rules, as one ordered table.

A rule is a function of a post and its list that gives a `Hit` or nothing. A final
verdict (reject, discard) ends the questioning and stands alone; holds add up, so
that moderators see every reason. Rules for editors: a rule looks and never acts;
the name of its hit is the id of the sentence that people read; final rules come
first, since nobody should moderate a post that a later rule discards.
"""

from collections.abc import Callable
from typing import Final

from bot.model import Hit, ListKind, MailingList, Mark, Proof, Verdict
from bot.rules import looks
from bot.rules.post import Post

__all__: Final = ("ABOUT_PEOPLE", "RULES", "Post", "judge")

# So many posts of a member go past the moderators before the others don't.
_NEW_POSTS: Final = 3
# Whoever is trusted, or in charge, need not be looked at for these.
ABOUT_PEOPLE: Final = frozenset({"non-member", "moderated", "new-member"})


Rule = Callable[[Post, MailingList], Hit | None]


def already_posted(post: Post, _lst: MailingList) -> Hit | None:
    """Discard a post that the list had: a second copy by another way."""
    if not post.already_posted:
        return None
    return Hit("already-posted", Verdict.DISCARD)


def banned(post: Post, lst: MailingList) -> Hit | None:
    """Discard what moderators want to see no more, unless its author became one."""
    if post.mark is not Mark.BANNED or post.is_in_charge(lst):
        return None
    return Hit("banned", Verdict.DISCARD)


def not_a_sender(post: Post, lst: MailingList) -> Hit | None:
    """Refuse announcements by anybody but senders and owners."""
    if lst.kind is not ListKind.ANNOUNCEMENT:
        return None
    if post.is_one_of(lst.senders | lst.owners):
        return None
    return Hit("not-sender", Verdict.REJECT)


def forged(post: Post, lst: MailingList) -> Hit | None:
    """Refuse an announcement whose From: failed DMARC (RFC 7489); hold a post.

    Mail that was forwarded fails too, so a member's post gets a second look.
    """
    if post.proof is not Proof.FAIL:
        return None
    if lst.kind is ListKind.ANNOUNCEMENT:
        return Hit("forged", Verdict.REJECT)
    return Hit("forged", Verdict.HOLD)


_NON_MEMBERS: Final = {
    "reject": Verdict.REJECT,
    "discard": Verdict.DISCARD,
    "hold": Verdict.HOLD,
}


def non_member(post: Post, lst: MailingList) -> Hit | None:
    """Do with a stranger's post what `non_members` says.

    `moderation = "non-members"` holds it even where `non_members` accepts.
    """
    if lst.kind is ListKind.ANNOUNCEMENT or post.is_member:
        return None
    if post.is_one_of(lst.senders | lst.moderators | lst.owners):
        return None
    if post.is_trusted and post.proof is not Proof.FAIL:
        return None
    verdict = _NON_MEMBERS.get(lst.non_members)
    if verdict is None and lst.moderation == "non-members":
        verdict = Verdict.HOLD
    return Hit("non-member", verdict) if verdict else None


def moderated(post: Post, lst: MailingList) -> Hit | None:
    """Hold by `moderation`, unless somebody in charge or trusted provably wrote it.

    `new-members` holds members until three posts of theirs went out.
    """
    if post.proof is Proof.PASS and (post.is_in_charge(lst) or post.is_trusted):
        return None
    if lst.moderation == "all":
        return Hit("moderated", Verdict.HOLD)
    new = post.is_member and post.approved < _NEW_POSTS
    if lst.moderation == "new-members" and new and not post.is_trusted:
        return Hit("new-member", Verdict.HOLD, f"{post.approved} < {_NEW_POSTS}")
    return None


def empty(post: Post, _lst: MailingList) -> Hit | None:
    """Hold what has neither subject nor text nor attachment: sent by mistake."""
    message = post.message
    if message.truncated or message.subject.strip() or message.text.strip():
        return None
    return None if message.attachments else Hit("empty", Verdict.HOLD)


def too_large(post: Post, lst: MailingList) -> Hit | None:
    """Hold a post of more than `max_size` bytes.

    Bytes count the message as fetched, attachments still encoded.
    """
    if post.message.size <= lst.max_size:
        return None
    return Hit("too-large", Verdict.HOLD, f"{post.message.size} > {lst.max_size}")


RULES: Final[tuple[Rule, ...]] = (
    already_posted,
    banned,
    not_a_sender,  # before `forged`: strangers learn nothing about senders
    forged,
    non_member,
    moderated,
    empty,
    too_large,
    looks.program_attached,
    looks.administrivia,
    looks.many_links,
    looks.implicit_destination,
    looks.many_addressees,
)


def judge(post: Post, lst: MailingList) -> tuple[Hit, ...]:
    """Ask every rule: the first final verdict alone, else all holds."""
    holds: list[Hit] = []
    for rule in RULES:
        hit = rule(post, lst)
        if hit is None:
            continue
        if hit.verdict is not Verdict.HOLD:
            return (hit,)
        holds.append(hit)
    return tuple(holds)
