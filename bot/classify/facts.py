"""What the predicates look at."""

from dataclasses import dataclass

from bot.model import BounceEvent, Message, Roster, Settings

__all__ = ("Facts",)


@dataclass(frozen=True, slots=True)
class Facts:
    """One mail, and what is known about it."""

    message: Message
    settings: Settings
    roster: Roster
    reports: tuple[BounceEvent, ...]
    has_commands: bool
    routed: str

    def all_of(self, name: str) -> str:
        """Join the values of a field, in lower case."""
        return " ".join(self.message.fields.get(name, ())).lower()
