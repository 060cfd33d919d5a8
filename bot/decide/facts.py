"""What a decision looks at: one mail, and all that is known about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot import identity
from bot.actions import Action, Alert, Decision, Reply
from bot.address import Address
from bot.commands.grammar import CommandText
from bot.model import (
    NOTHING,
    BounceEvent,
    Kind,
    MailingList,
    Message,
    Proof,
    ReturnedBatch,
    Roster,
    Settings,
)
from bot.rosters import Sheet

__all__: Final = ("Facts", "explicit_tokens")


@dataclass(frozen=True, slots=True)
class Facts:
    """One mail, its kind and the rule that gave it, and what the store knows.

    `routed` names the lists that it is for, `asked` the list and function of a
    sub-address such as `discuter-join`. `returned` is what a report says of our own
    account. `sheet` is what an attached address book
    says, `unreadable` why it can't be read.
    """

    message: Message
    kind: Kind
    rule: str
    roster: Roster
    settings: Settings
    now: datetime
    proof: Proof = Proof.NONE
    routed: tuple[str, ...] = ()
    asked: tuple[str, str] | None = None
    commands: CommandText | None = None
    reports: tuple[BounceEvent, ...] = field(default=())
    returned: ReturnedBatch | None = None
    sheet: Sheet | None = None
    unreadable: str = ""
    about: CommandText | None = None  # of the mail that the request is about

    @property
    def author(self) -> Address | None:
        """The address in From:, where it names exactly one."""
        return self.message.author.address if self.message.author else None

    @property
    def identities(self) -> frozenset[Address]:
        """The author's addresses: the one used, and the one that gets mail."""
        person = self.roster.person
        found = {self.author, person.address if person else None}
        return frozenset(one for one in found if one is not None)

    @property
    def is_admin(self) -> bool:
        """Whether From: names an admin; proves nothing."""
        return not self.identities.isdisjoint(self.settings.admins)

    @property
    def is_known(self) -> bool:
        """Whether From: names somebody of ours; proves nothing."""
        if self.roster.person is not None or self.roster.memberships or self.is_admin:
            return True
        return any(
            not self.identities.isdisjoint(
                lst.owners | lst.senders | lst.moderators | lst.callers
            )
            for lst in self.settings.lists.values()
        )

    @property
    def is_header_only(self) -> bool:
        """Whether the mail is so large that only its header was fetched."""
        message = self.message
        return message.truncated and message.size > self.settings.max_message_size

    def sees_members(self, lst: MailingList) -> bool:
        """Whether the author may see all who get a list's posts; proves nothing."""
        return self.settings.sees_members(self.identities, lst.name)

    def language_of(self, lst: MailingList | None) -> str:
        """Say in which language the author is written to about a list."""
        person = self.roster.person
        known = person.language if person else ""
        return known or (lst.language if lst else self.settings.language)

    def decision(
        self,
        *actions: Action,
        rule: str = "",
        folder: str = "Done",
        list_name: str = "",
        answer: Mapping[str, str] = NOTHING,
    ) -> Decision:
        """Make a decision of this mail's kind."""
        return Decision(
            self.kind,
            rule or self.rule,
            actions,
            folder,
            list_name,
            answer,
            bounces=self.reports if self.kind is Kind.BOUNCE else (),
        )

    def reply(
        self, text_id: str, lst: MailingList | None = None, **facts: object
    ) -> tuple[Reply, ...]:
        """Write to the author; nobody where there is none."""
        if self.author is None:
            return ()
        if lst is not None:
            facts = {"list_title": lst.display_name, **facts}
        return (Reply(self.author, text_id, facts, lst.name if lst else ""),)

    def told_forged(self) -> tuple[Action, ...]:
        """Tell the person whose address was used, if ours, and the admins."""
        if self.author is None or not self.is_known:
            return ()
        address, subject = str(self.author), self.message.subject
        alert = Alert(
            "alert-forged",
            {"address": address, "subject": subject, "when": self.message.received_at},
            key=f"forged {self.author.key}",
        )
        told = self.reply("forged", address=address, subject=subject)
        return (*(replace(one, kind="notice") for one in told), alert)

    def token(self) -> str:
        """Give the token that the mail carries, or the empty string.

        The ids that it answers come last: not every id of ours is a question's.
        """
        box, separator = self.settings.mailbox, self.settings.subaddressing
        meant = explicit_tokens(self.message, self.settings)
        found = identity.tokens_in(self.message, box, separator)
        return next(iter((*meant, *found)), "")


def explicit_tokens(message: Message, settings: Settings) -> tuple[str, ...]:
    """List the tokens of the address and the subject, not of the thread."""
    bare = replace(message, in_reply_to=(), references=())
    return identity.tokens_in(bare, settings.mailbox, settings.subaddressing)
