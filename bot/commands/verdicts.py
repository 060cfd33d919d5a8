"""What a moderator's verdict does, whichever way it came: by reply or by command.

A post and a wish to join or leave take the same words. Whatever is done, the matter
is settled first: of two answers the first wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.actions import (
    Action,
    AskConfirmation,
    Distribute,
    Enrol,
    Reply,
    SetMark,
    Settle,
    TellOwners,
    Unenrol,
)
from bot.address import Address, parse
from bot.commands.answers import Reading
from bot.errors import ParseError
from bot.model import MailingList, Mark, Request, RequestKind, Standing

__all__: Final = (
    "APPROVED",
    "Verdict",
    "address_in",
    "consequences",
    "groups_of",
    "leave_at_of",
)

# How a request is settled where a post went out.
APPROVED: Final = frozenset({"approve", "trust"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody in charge says about a matter of a list.

    `standing` is that of the person concerned, `source` the mail that says it.
    """

    said: Reading
    matter: Request
    lst: MailingList
    by: Address
    standing: Standing | None
    source: str

    @property
    def settled(self) -> Settle:
        """The end of the matter: by its detail, where that says more."""
        more = self.said.detail
        word = more if more in {"correct", "spam"} else self.said.verdict
        return Settle(self.matter.id, word, self.by)

    @property
    def whose(self) -> Address | None:
        """The author of the post; whoever wants to join or leave."""
        key = "author" if self.matter.kind is RequestKind.MODERATION else "address"
        return address_in(self.matter.facts, key)


def consequences(verdict: Verdict) -> tuple[Action, ...]:
    """Say what a verdict does; nothing where it isn't clear."""
    if verdict.said.verdict == "unclear":
        return ()
    if verdict.matter.kind is RequestKind.MODERATION:
        return (verdict.settled, *_about_post(verdict), *_about_person(verdict))
    return (verdict.settled, *_about_wish(verdict), *_about_person(verdict))


def address_in(facts: Mapping[str, str], key: str) -> Address | None:
    """Read an address that was kept with a request."""
    try:
        return parse(facts.get(key, ""))
    except ParseError:
        return None


def groups_of(request: Request) -> frozenset[str]:
    """Give the groups that a post was addressed to; none: the whole list."""
    return frozenset(filter(None, request.facts.get("groups", "").split(",")))


def leave_at_of(request: Request) -> datetime | None:
    """Give when its author wants a post to leave; None: at once."""
    kept = request.facts.get("leave_at", "")
    return datetime.fromisoformat(kept) if kept else None


# ------------------------------------------------------------------------ a post


def _about_post(verdict: Verdict) -> tuple[Action, ...]:
    said, facts = verdict.said, verdict.matter.facts
    subject = facts.get("subject", "")
    if said.verdict in APPROVED:
        sent = Distribute(
            verdict.lst.name,
            facts["sha256"],
            verdict.by,
            groups_of(verdict.matter),
            strip=said.detail == "strip",
            leave_at=leave_at_of(verdict.matter),
        )
        # How many get it and until when is filled in by whoever sees the queue.
        told: dict[str, object] = {"subject": subject, "recipients": 0, "end": None}
        told |= {"stripped": sent.strip, "leave_at": sent.leave_at, "late": None}
        return (sent, *_enrolled(verdict), *_to_author(verdict, "post-approved", told))
    if said.verdict == "reject":
        text_id = "post-to-correct" if said.detail == "correct" else "post-refused"
        why = {"subject": subject, "reason": said.reason}
        return _to_author(verdict, text_id, why, attach=facts["sha256"])
    return ()


def _to_author(
    verdict: Verdict, text_id: str, told: Mapping[str, object], attach: str = ""
) -> tuple[Reply, ...]:
    """Write to whoever is concerned, unless they decided themselves."""
    author, lst = verdict.whose, verdict.lst
    if author is None or author == verdict.by:
        return ()
    reply = Reply(
        author,
        text_id,
        {"list_title": lst.display_name, **told},
        lst.name,
        kind="notice",
        attach=attach,
        answers=False,
        groups=groups_of(verdict.matter),
    )
    return (reply,)


def _enrolled(verdict: Verdict) -> tuple[Action, ...]:
    """Make a member of the author; only asked, where they once left for good."""
    author, lst, standing = verdict.whose, verdict.lst, verdict.standing
    if verdict.said.detail != "enrol" or author is None:
        return ()
    if standing is not None and lst.name in standing.memberships:
        return ()
    name, by = verdict.matter.facts.get("name", ""), str(verdict.by)
    origin = f"enrolled by {by}, {verdict.source}"
    if standing is not None and (standing.forgotten or lst.name in standing.left):
        kept = {"by": by, "origin": origin}
        return (AskConfirmation(author, "invite", lst.name, name, kept),)
    return (Enrol(author, name, lst.name, origin, by=by),)


# ------------------------------------------------------------ who joins or leaves


def _about_wish(verdict: Verdict) -> tuple[Action, ...]:
    who, lst, said = verdict.whose, verdict.lst, verdict.said
    joining = verdict.matter.kind is RequestKind.ADMISSION
    if who is None:
        return ()
    if said.verdict in APPROVED or (said.verdict == "ban" and not joining):
        if not joining:
            return (Unenrol(who, lst.name),)
        name = verdict.matter.facts.get("name", "")
        origin = f"admitted by {verdict.by}, {verdict.source}"
        return (Enrol(who, name, lst.name, origin),)
    if said.verdict == "reject" or (said.verdict == "discard" and not joining):
        # Whoever wants to leave is never left without an answer.
        text_id = "admission-refused" if joining else "departure-refused"
        told = {"reason": said.reason, "again": said.detail == "correct"}
        return _to_author(
            verdict, text_id, told if joining else {"reason": said.reason}
        )
    return ()


# ------------------------------------------------------------------- the person


def _about_person(verdict: Verdict) -> tuple[Action, ...]:
    """Keep what is to be done with all that an address will write.

    « spam » shuts out strangers only: it is often written in a member's name.
    """
    who, lst, said = verdict.whose, verdict.lst, verdict.said
    if who is None:
        return ()
    if said.verdict == "trust":
        return (SetMark(lst.name, who, Mark.TRUSTED, verdict.by),)
    stranger = verdict.standing is None or verdict.standing.person is None
    if said.detail == "spam":
        mark = SetMark(lst.name, who, Mark.BANNED, verdict.by)
        return (mark,) if stranger else ()
    if said.verdict != "ban":
        return ()
    told = {
        "list_title": lst.display_name,
        "name": lst.name,
        "address": str(who),
        "by": str(verdict.by),
        "subject": verdict.matter.facts.get("subject", ""),
    }
    return (
        SetMark(lst.name, who, Mark.BANNED, verdict.by),
        TellOwners(lst.name, "owners-banned", told),
    )
