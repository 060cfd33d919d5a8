"""The posting rules, as one ordered table.

A rule is a function of a post and its list that gives a `Hit` or nothing. A final
verdict (reject, discard) ends the questioning and stands alone; holds add up, so
that moderators see every reason. Rules for editors: a rule looks and never acts;
the name of its hit is the id of the sentence that people read; final rules come
first, since nobody should moderate a post that a later rule discards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.address import Address
from bot.model import Hit, ListKind, MailingList, Message, Proof, Verdict

__all__: Final = ("RULES", "Post", "judge")


@dataclass(frozen=True, slots=True)
class Post:
    """A mail meant for the members of a list, and what is known of its author.

    `identities` are the author's addresses: the one in From:, and the one that we
    write to. `is_member` counts the lists that the list includes.
    """

    message: Message
    identities: frozenset[Address]
    proof: Proof
    is_member: bool
    already_posted: bool = False

    def is_one_of(self, people: frozenset[Address]) -> bool:
        """Whether the author is among them."""
        return not self.identities.isdisjoint(people)

    def is_in_charge(self, lst: MailingList) -> bool:
        """Whether the author moderates or owns the list."""
        return self.is_one_of(lst.moderators | lst.owners)


Rule = Callable[[Post, MailingList], Hit | None]


def already_posted(post: Post, _lst: MailingList) -> Hit | None:
    """Discard a post that the list had: a second copy by another way."""
    if not post.already_posted:
        return None
    return Hit("already-posted", Verdict.DISCARD)


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
    verdict = _NON_MEMBERS.get(lst.non_members)
    if verdict is None and lst.moderation == "non-members":
        verdict = Verdict.HOLD
    return Hit("non-member", verdict) if verdict else None


def moderated(post: Post, lst: MailingList) -> Hit | None:
    """Hold by `moderation`, unless one of those in charge provably wrote it.

    `new-members` holds every member's post, as long as nobody counts how many of
    them were approved.
    """
    if post.proof is Proof.PASS and post.is_in_charge(lst):
        return None
    if lst.moderation == "all":
        return Hit("moderated", Verdict.HOLD)
    if lst.moderation == "new-members" and post.is_member:
        return Hit("new-member", Verdict.HOLD)
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
    not_a_sender,  # before `forged`: strangers learn nothing about senders
    forged,
    non_member,
    moderated,
    empty,
    too_large,
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
