"""The bot's own mails: a text and its facts, made into a message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.address import Address, NamedAddress
from bot.model import NOTHING, Message, TextFile

__all__ = ("Letter", "Sent")


class Sent(NamedTuple):
    """A letter in the outbox: its subject, and the id of the send."""

    subject: str
    send_id: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person.

    `token` makes it a question that can be answered; `again`: it was put before, so
    another mail has the Message-ID. `attach` names a mail in the spool. `answers` is
    the mail that it replies to. Answers go to `reply_to`, where it is somebody.
    `html` says the same as the text.
    """

    to: Address
    text_id: str
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    list_name: str = ""
    language: str = ""  # empty: the person's, else the list's
    kind: str = "reply"
    token: str = ""
    again: bool = False
    groups: frozenset[str] = frozenset()  # of the send that it tells of
    send_id: int = 0  # of the send that it tells of, where that exists
    reply_to: NamedAddress | None = None
    attach: str = ""
    answers: Message | None = None
    files: tuple[TextFile, ...] = ()
    html: str = ""
