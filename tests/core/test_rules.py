"""The posting rules, one table of cases a rule."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.address import Address, NamedAddress
from bot.model import (
    Attachment,
    Hit,
    ListKind,
    MailingList,
    Message,
    Proof,
    Verdict,
)
from bot.rules import Post, judge

ANNE = Address("anne", "example.org")
PAUL = Address("paul", "example.org")
CLAIRE = Address("claire", "example.org")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MESSAGE = Message(
    "0" * 64,
    900,
    NOW,
    {},
    author=NamedAddress("Anne", ANNE),
    subject="Pique-nique",
    text="Samedi ?",
)
POST = Post(MESSAGE, frozenset({ANNE}), Proof.NONE, is_member=True)
TALK = MailingList(
    "discuter",
    ListKind.DISCUSSION,
    owners=frozenset({CLAIRE}),
    moderators=frozenset({PAUL}),
)
NEWS = MailingList(
    "informer",
    ListKind.ANNOUNCEMENT,
    owners=frozenset({CLAIRE}),
    senders=frozenset({PAUL}),
)


def by(who: Address, *, proof: Proof = Proof.NONE, is_member: bool = False) -> Post:
    """Give the same post by somebody else."""
    return replace(POST, identities=frozenset({who}), proof=proof, is_member=is_member)


def names(hits: tuple[Hit, ...]) -> list[str]:
    """Give `rule:verdict` of each hit."""
    return [f"{hit.rule}:{hit.verdict}" for hit in hits]


def test_a_members_post_passes_an_open_discussion() -> None:
    """The plain case needs nobody."""
    assert judge(POST, TALK) == ()


def test_a_second_copy_is_discarded_whatever_else_is_wrong() -> None:
    """Nobody should moderate a post that the list had."""
    post = replace(POST, already_posted=True, proof=Proof.FAIL)

    assert names(judge(post, replace(TALK, moderation="all"))) == [
        "already-posted:discard"
    ]


@pytest.mark.parametrize(
    ("post", "hits"),
    [
        pytest.param(by(PAUL), [], id="sender"),
        pytest.param(by(CLAIRE), [], id="owner"),
        pytest.param(POST, ["not-sender:reject"], id="member"),
        pytest.param(by(PAUL, proof=Proof.FAIL), ["forged:reject"], id="forged"),
        pytest.param(
            replace(POST, identities=frozenset({ANNE, PAUL})), [], id="other-address"
        ),
    ],
)
def test_announcements_are_for_senders(post: Post, hits: list[str]) -> None:
    """Only senders and owners write to everybody."""
    assert names(judge(post, NEWS)) == hits


@pytest.mark.parametrize(
    ("policy", "hits"),
    [
        ("hold", ["non-member:hold"]),
        ("reject", ["non-member:reject"]),
        ("discard", ["non-member:discard"]),
        ("accept", []),
    ],
)
def test_strangers_are_treated_as_the_list_says(policy: str, hits: list[str]) -> None:
    """`non_members` decides about strangers."""
    stranger = replace(POST, is_member=False)

    assert names(judge(stranger, replace(TALK, non_members=policy))) == hits


def test_moderation_of_non_members_holds_who_would_be_accepted() -> None:
    """The two keys together must not let a stranger through."""
    lst = replace(TALK, non_members="accept", moderation="non-members")

    hits = judge(replace(POST, is_member=False), lst)

    assert names(hits) == ["non-member:hold"]
    assert judge(POST, lst) == ()


@pytest.mark.parametrize(
    ("post", "held"),
    [
        pytest.param(POST, True, id="member"),
        pytest.param(by(PAUL, proof=Proof.PASS), False, id="moderator"),
        pytest.param(by(CLAIRE, proof=Proof.PASS), False, id="owner"),
        pytest.param(by(PAUL), True, id="moderator-unproved"),
    ],
)
def test_moderation_spares_only_proved_moderators(post: Post, held: bool) -> None:  # noqa: FBT001 - a case
    """From: is easily forged, so a moderator's name opens nothing."""
    hits = judge(post, replace(TALK, moderation="all"))

    assert names(hits) == (["moderated:hold"] if held else [])


def test_new_members_are_held() -> None:
    """The reason tells the moderators why."""
    hits = judge(POST, replace(TALK, moderation="new-members"))

    assert names(hits) == ["new-member:hold"]


@pytest.mark.parametrize(
    ("size", "hits"),
    [
        pytest.param(40_000, [], id="at-the-limit"),
        pytest.param(40_001, ["too-large:hold"], id="one-byte-over"),
    ],
)
def test_too_large_holds_only_above_the_limit(size: int, hits: list[str]) -> None:
    """`max_size` is the largest size that still passes."""
    post = replace(POST, message=replace(MESSAGE, size=size))

    assert names(judge(post, replace(TALK, max_size=40_000))) == hits


@pytest.mark.parametrize(
    ("message", "hits"),
    [
        pytest.param(
            replace(MESSAGE, subject=" ", text="\n"), ["empty:hold"], id="all"
        ),
        pytest.param(replace(MESSAGE, subject=""), [], id="text"),
        pytest.param(replace(MESSAGE, text=""), [], id="subject"),
        pytest.param(
            replace(
                MESSAGE,
                subject="",
                text="",
                attachments=(Attachment("a.pdf", "application/pdf", 9),),
            ),
            [],
            id="attachment",
        ),
        pytest.param(
            replace(MESSAGE, subject="", text="", truncated=True), [], id="not-read"
        ),
    ],
)
def test_empty_holds_what_has_nothing_at_all(message: Message, hits: list[str]) -> None:
    """A slip of the thumb must not reach everybody."""
    assert names(judge(replace(POST, message=message), TALK)) == hits


def test_holds_add_up() -> None:
    """Moderators see every reason at once."""
    post = replace(POST, proof=Proof.FAIL, message=replace(MESSAGE, size=10**7))

    hits = judge(post, replace(TALK, moderation="all"))

    assert [hit.rule for hit in hits] == ["forged", "moderated", "too-large"]
    assert all(hit.verdict is Verdict.HOLD for hit in hits)
