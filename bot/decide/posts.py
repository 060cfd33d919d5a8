"""A mail for the members of a list: sent, previewed, held or refused."""

from dataclasses import replace
from typing import Final

from bot.actions import (
    Action,
    AskConfirmation,
    AskRest,
    Decision,
    Distribute,
    Hold,
    Reply,
)
from bot.commands.wishes import asks_to_leave
from bot.decide import previews
from bot.decide.facts import Facts
from bot.decide.replies import ERRORS_MAX
from bot.decide.unclear import copy_to_owners, lists_shown, unclear
from bot.model import Hit, MailingList, Proof, Verdict, group_key
from bot.routing import groups_addressed, is_named
from bot.rules import ABOUT_PEOPLE, Post, judge

__all__: Final = ("post",)


def post(facts: Facts) -> Decision:
    """Decide about a post, for each of its lists."""
    names = [name for name in facts.routed if name in facts.settings.lists]
    if not names or facts.author is None:
        return _which_list(facts)
    found = [_for_list(facts, facts.settings.lists[name]) for name in names]
    first = found[0]
    actions = tuple(action for one in found for action in one.actions)
    folders = {one.folder for one in found}
    folder = next((one for one in ("Held", "Done") if one in folders), first.folder)
    return facts.decision(
        *actions, rule=first.rule, folder=folder, list_name=first.list_name
    )


def _which_list(facts: Facts) -> Decision:
    if facts.proof is Proof.FAIL:
        return facts.decision(*facts.told_forged(), rule="forged", folder="Refused")
    lists = lists_shown(facts)
    # Nothing to choose from, or told often enough: people should read it.
    if not lists or facts.roster.replies_today >= ERRORS_MAX:
        return unclear(facts)
    actions = tuple(
        Reply(one.to, one.text_id, one.facts, attach=facts.message.sha256)
        for one in facts.reply(
            "which-list",
            subject=facts.message.subject,
            lists=lists,
            mailbox=str(facts.settings.mailbox),
        )
    )
    return facts.decision(*actions, rule="which-list")


def _for_list(facts: Facts, lst: MailingList) -> Decision:
    post = _as_post(facts, lst)
    again = _sent_again(facts, lst, post)
    if again is not None:
        return again
    hits = judge(post, lst)
    if _wants_out(facts, lst, post, hits):
        return _shown_out(facts, lst)
    if not hits:
        return _accepted(facts, lst)
    if _is_theirs(facts, lst, post, hits):
        return _shown_to_author(facts, lst, hits)
    decision = _turned_down(facts, lst, hits)
    asked = _is_it_you(facts, lst, hits)
    return replace(decision, actions=(*decision.actions, *asked))


def _sent_again(facts: Facts, lst: MailingList, post: Post) -> Decision | None:
    """Offer to send a post that was stopped to those who haven't got it.

    None: it is no such post, or somebody else's to send.
    """
    stopped = facts.roster.repeated.get(lst.name)
    if stopped is None or facts.author is None or facts.proof is Proof.FAIL:
        return None
    if not post.is_in_charge(lst) and not post.is_one_of(lst.senders):
        return None
    asked = AskRest(stopped.id, lst.name, facts.author)
    return facts.decision(asked, rule="sent-again", folder="Held", list_name=lst.name)


def _is_theirs(
    facts: Facts, lst: MailingList, post: Post, hits: tuple[Hit, ...]
) -> bool:
    """Whether the author decides about it, once it is sure that they wrote it.

    Those in charge would ask themselves. Whoever is trusted only spares moderators
    the question who may post.
    """
    if facts.proof is Proof.FAIL or any(
        hit.verdict is not Verdict.HOLD for hit in hits
    ):
        return False
    if post.is_in_charge(lst):
        return True
    return post.is_trusted and all(hit.rule in ABOUT_PEOPLE for hit in hits)


def _shown_to_author(facts: Facts, lst: MailingList, hits: tuple[Hit, ...]) -> Decision:
    """Let somebody in charge look at their post before it leaves."""
    if facts.author is None:
        return facts.decision(folder="Held", list_name=lst.name)
    rules = tuple(hit.rule for hit in hits if hit.rule not in ABOUT_PEOPLE)
    groups = _keys(_groups(facts, lst))
    asked = previews.preview(facts, lst, facts.author, groups, rules)
    rule = hits[0].rule if rules else "unproved"
    return facts.decision(asked, rule=rule, folder="Held", list_name=lst.name)


def _turned_down(facts: Facts, lst: MailingList, hits: tuple[Hit, ...]) -> Decision:
    match hits[0].verdict:
        case Verdict.HOLD:
            return _held(facts, lst, hits)
        case Verdict.REJECT:
            return _rejected(facts, lst, hits[0])
        case Verdict.DISCARD:
            folder = "Done" if hits[0].rule == "already-posted" else "Refused"
            return facts.decision(rule=hits[0].rule, folder=folder, list_name=lst.name)


def _wants_out(
    facts: Facts, lst: MailingList, post: Post, hits: tuple[Hit, ...]
) -> bool:
    """Whether it only asks to be taken off the list: nobody should read that."""
    if facts.proof is Proof.FAIL or post.is_in_charge(lst):
        return False
    if any(hit.verdict is Verdict.DISCARD for hit in hits):
        return False
    message = facts.message
    return not message.attachments and asks_to_leave(message.subject, message.typed)


def _shown_out(facts: Facts, lst: MailingList) -> Decision:
    """Give the one-reply way out privately; without a membership, say so."""
    reach = _reach(facts, lst)
    on = [one for name, one in facts.roster.memberships.items() if name in reach]
    if not on:
        who = facts.roster.namesakes
        if len(who) == 1 and facts.roster.person is None:
            standing = facts.roster.standing(who[0].address)
            on = [one for name, one in standing.memberships.items() if name in reach]
    actions: list[Action] = [
        AskConfirmation(
            one.address,
            "unsubscribe",
            one.list_name,
            facts={"unpublished": facts.message.subject or "…"},
        )
        for one in on
    ]
    if not facts.roster.memberships:
        actions += facts.reply("not-a-member", lst, address=str(facts.author))
    return facts.decision(*actions, rule="asks-to-leave", list_name=lst.name)


# A first name alone is everybody's.
_NAME_WORDS_MIN: Final = 2


def _is_it_you(
    facts: Facts, lst: MailingList, hits: tuple[Hit, ...]
) -> tuple[AskConfirmation, ...]:
    """Ask a member of the same name whether they wrote from another address.

    Not those in charge: who has their name would only need a careless « oui ».
    """
    author, known = facts.message.author, facts.roster.namesakes
    strange = any(
        hit.rule == "non-member" and hit.verdict is not Verdict.DISCARD for hit in hits
    )
    if not strange or author is None or len(known) != 1:
        return ()
    if len(author.name.split()) < _NAME_WORDS_MIN or facts.proof is Proof.FAIL:
        return ()
    if lst.name not in facts.roster.standing(known[0].address).memberships:
        return ()
    if facts.settings.is_in_charge(known[0]):
        return ()
    told = {
        "person": str(known[0].address),
        "other": str(author.address),
        "sha256": facts.message.sha256,
        "subject": facts.message.subject,
        "groups": ",".join(sorted(_keys(_groups(facts, lst)))),
    }
    if later := previews.leave_at(facts):
        told["leave_at"] = later.isoformat()
    return (AskConfirmation(known[0].address, "link", lst.name, facts=told),)


def _as_post(facts: Facts, lst: MailingList) -> Post:
    return Post(
        message=facts.message,
        identities=facts.identities,
        proof=facts.proof,
        is_member=not _reach(facts, lst).isdisjoint(facts.roster.memberships),
        already_posted=lst.name in facts.roster.posted_to,
        approved=facts.roster.posted.get(lst.name, 0),
        mark=facts.roster.marks.get(lst.name),
        names_list=is_named(facts.message, facts.settings, lst),
    )


def _reach(facts: Facts, lst: MailingList) -> frozenset[str]:
    """Give the lists that make the author a recipient of a list's posts, or would."""
    person = facts.roster.person
    keys = person.group_keys if person else frozenset()
    return frozenset(
        one.list_name
        for one in facts.settings.reached_by(lst.name)
        if all(not keys.isdisjoint(some) for some in one.among)
    )


def _groups(facts: Facts, lst: MailingList) -> tuple[str, ...]:
    """Give the groups that a post is addressed to, as typed; none: everybody."""
    name, groups = groups_addressed(facts.message, facts.settings)
    return groups if name == lst.name else ()


def _keys(groups: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(group_key, groups))


def _no_such_group(facts: Facts, lst: MailingList, groups: tuple[str, ...]) -> Decision:
    """Give a post back that is meant for people that nobody is."""
    unknown = [one for one in groups if group_key(one) not in facts.roster.groups]
    actions = tuple(
        Reply(one.to, one.text_id, one.facts, lst.name, attach=facts.message.sha256)
        for one in facts.reply(
            "no-such-group",
            lst,
            subject=facts.message.subject,
            unknown=tuple(unknown),
            groups=tuple(sorted(facts.roster.groups.values())),
        )
    )
    return facts.decision(
        *actions, rule="no-such-group", folder="Refused", list_name=lst.name
    )


def _accepted(facts: Facts, lst: MailingList) -> Decision:
    author, groups = facts.author, _groups(facts, lst)
    if any(group_key(one) not in facts.roster.groups for one in groups):
        return _no_such_group(facts, lst, groups)
    if author is not None and (why := previews.why(facts, lst)):
        asked = previews.preview(facts, lst, author, _keys(groups))
        return facts.decision(asked, rule=why, folder="Held", list_name=lst.name)
    sent = Distribute(
        lst.name,
        facts.message.sha256,
        groups=_keys(groups),
        leave_at=previews.leave_at(facts),
        asked_by=author,
    )
    return facts.decision(sent, rule="accepted", list_name=lst.name)


def _held(facts: Facts, lst: MailingList, hits: tuple[Hit, ...]) -> Decision:
    if facts.author is None:
        return facts.decision(folder="Held", list_name=lst.name)
    # Whose address was forged gets no mail about it.
    tell = facts.proof is not Proof.FAIL
    groups = _keys(_groups(facts, lst))
    hold = Hold(
        lst.name,
        facts.message.sha256,
        facts.author,
        hits + previews.doubts(facts),
        tell,
        groups,
        previews.leave_at(facts),
    )
    return facts.decision(hold, rule=hits[0].rule, folder="Held", list_name=lst.name)


def _rejected(facts: Facts, lst: MailingList, hit: Hit) -> Decision:
    actions: tuple[Action, ...] = ()
    if facts.proof is Proof.FAIL:
        actions = facts.told_forged()
    elif hit.rule == "not-sender":
        actions = (*_refusal(facts, lst, hit), copy_to_owners(facts, lst.name))
    else:
        actions = _refusal(facts, lst, hit)
    return facts.decision(*actions, rule=hit.rule, folder="Refused", list_name=lst.name)


def _refusal(facts: Facts, lst: MailingList, hit: Hit) -> tuple[Reply, ...]:
    """Give the post back with the reason."""
    text_id = f"post-rejected-{hit.rule}"
    return tuple(
        Reply(one.to, one.text_id, one.facts, lst.name, attach=facts.message.sha256)
        for one in facts.reply(text_id, lst, subject=facts.message.subject)
    )
