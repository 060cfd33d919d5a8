"""What the rules look at."""

from dataclasses import dataclass
from typing import Final

from bot.address import Address
from bot.model import MailingList, Mark, Message, Proof

__all__: Final = ("Post",)


@dataclass(frozen=True, slots=True)
class Post:
    """A mail meant for the members of a list, and what is known of its author.

    `identities` are the author's addresses: the one in From:, and the one that we
    write to. `is_member` counts the lists that the list includes. `approved` posts
    of theirs went out to the list. `names_list`: To: or Cc: says whom it is for.
    """

    message: Message
    identities: frozenset[Address]
    proof: Proof
    is_member: bool
    already_posted: bool = False
    approved: int = 0
    mark: Mark | None = None
    names_list: bool = True

    def is_one_of(self, people: frozenset[Address]) -> bool:
        """Whether the author is among them."""
        return not self.identities.isdisjoint(people)

    def is_in_charge(self, lst: MailingList) -> bool:
        """Whether the author moderates or owns the list."""
        return self.is_one_of(lst.moderators | lst.owners)

    @property
    def is_trusted(self) -> bool:
        """Whether moderators said « approuver toujours »."""
        return self.mark is Mark.TRUSTED
