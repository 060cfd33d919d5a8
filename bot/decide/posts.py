"""A mail for the members of a list: sent, previewed, held or refused."""

from typing import Final

from bot.actions import Action, CopyToOwners, Decision, Distribute, Hold, Preview, Reply
from bot.decide.facts import Facts
from bot.decide.unclear import lists_shown, unclear
from bot.model import Hit, ListKind, MailingList, Proof, Verdict
from bot.rules import Post, judge

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
    if not lists:  # nothing to choose from: it was written to somebody
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
    hits = judge(_as_post(facts, lst), lst)
    if not hits:
        return _accepted(facts, lst)
    match hits[0].verdict:
        case Verdict.HOLD:
            return _held(facts, lst, hits)
        case Verdict.REJECT:
            return _rejected(facts, lst, hits[0])
        case Verdict.DISCARD:
            folder = "Done" if hits[0].rule == "already-posted" else "Refused"
            return facts.decision(rule=hits[0].rule, folder=folder, list_name=lst.name)


def _as_post(facts: Facts, lst: MailingList) -> Post:
    return Post(
        message=facts.message,
        identities=facts.identities,
        proof=facts.proof,
        is_member=not _reach(facts, lst).isdisjoint(facts.roster.memberships),
        already_posted=lst.name in facts.roster.posted_to,
    )


def _reach(facts: Facts, lst: MailingList) -> frozenset[str]:
    """Give the lists whose members get a list's posts, itself among them."""
    names = [lst.name]
    for name in names:
        known = facts.settings.lists.get(name)
        names += [one for one in (known.include if known else ()) if one not in names]
    return frozenset(names)


def _accepted(facts: Facts, lst: MailingList) -> Decision:
    author = facts.author
    announcement = lst.kind is ListKind.ANNOUNCEMENT
    if announcement and author is not None:
        proved = facts.proof is Proof.PASS
        if lst.confirm_announcements or not proved:
            rule = "preview" if proved or lst.confirm_announcements else "unproved"
            asked = Preview(lst.name, facts.message.sha256, author)
            return facts.decision(asked, rule=rule, folder="Held", list_name=lst.name)
    sent = Distribute(lst.name, facts.message.sha256)
    return facts.decision(sent, rule="accepted", list_name=lst.name)


def _held(facts: Facts, lst: MailingList, hits: tuple[Hit, ...]) -> Decision:
    if facts.author is None:
        return facts.decision(folder="Held", list_name=lst.name)
    # Whose address was forged gets no mail about it.
    tell = facts.proof is not Proof.FAIL
    hold = Hold(lst.name, facts.message.sha256, facts.author, hits, tell)
    return facts.decision(hold, rule=hits[0].rule, folder="Held", list_name=lst.name)


def _rejected(facts: Facts, lst: MailingList, hit: Hit) -> Decision:
    actions: tuple[Action, ...] = ()
    if facts.proof is Proof.FAIL:
        actions = facts.told_forged()
    elif hit.rule == "not-sender":
        actions = (*_refusal(facts, lst, hit), _hand_over(facts, lst))
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


def _hand_over(facts: Facts, lst: MailingList) -> CopyToOwners:
    message = facts.message
    return CopyToOwners(
        lst.name,
        "unclear-copy",
        {
            "author": str(message.author or ""),
            "subject": message.subject,
            "when": message.received_at,
        },
    )
