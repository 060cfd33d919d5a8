"""Questions that are put again, with the choices as links."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from bot.actions import Reply
from bot.decide.facts import Facts
from bot.model import MailingList

__all__: Final = ("again",)


def again(
    facts: Facts, lst: MailingList, text_id: str, subject: str, words: Mapping[str, str]
) -> tuple[Reply, ...]:
    """Put the choices again; nothing changes."""
    token = facts.token()
    links = {key: _link(facts, token, word) for key, word in words.items()}
    put = facts.reply(text_id, lst, subject=subject, token=token, mailtos=links)
    return tuple(replace(one, token=token) for one in put)


def _link(facts: Facts, token: str, word: str) -> str:
    """Write a `mailto:` that answers with one tap (RFC 6068)."""
    box, separator = facts.settings.mailbox, facts.settings.subaddressing
    if separator and token:
        local = quote(f"{box.local_part}{separator}{token}", safe="+._-")
        return f"mailto:{local}@{box.domain}?subject={quote(word)}"
    return f"mailto:{box}?subject={quote(f'{word} {token}'.strip())}"
