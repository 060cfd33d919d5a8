"""A correction of a post, as its author would have written it to the list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from bot.address import NamedAddress
from bot.compose.headers import address_value, encoded, field, id_fields, one_line
from bot.compose.notices import text_part

__all__: Final = ("Correction", "correction")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction is made of; `corrects` is the Message-ID of the post."""

    author: NamedAddress
    subject: str
    text: str
    message_id: str
    date: datetime
    corrects: str = ""


def correction(facts: Correction) -> bytes:
    """Build a mail that answers the post, with CRLF lines."""
    return b"".join(_parts(facts))


def _parts(facts: Correction) -> Iterator[bytes]:
    yield field("From", address_value(facts.author.name, str(facts.author.address)))
    yield field("Subject", encoded(one_line(facts.subject), len("Subject: ")))
    yield field("Date", format_datetime(facts.date))
    yield from id_fields("Message-ID", (facts.message_id,))
    yield from id_fields("In-Reply-To", filter(None, (facts.corrects,)))
    yield from id_fields("References", filter(None, (facts.corrects,)))
    yield b"MIME-Version: 1.0\r\n"
    yield text_part(facts.text)
