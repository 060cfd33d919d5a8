"""What people ask for in sentences instead of commands."""

from bot.commands.wishes.leaving import asks_to_leave
from bot.commands.wishes.sentences import natural

__all__ = ("asks_to_leave", "natural")
