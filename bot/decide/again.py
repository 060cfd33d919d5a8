"""Questions that are put again, with the choices as links."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from bot.actions import Reply
from bot.decide.facts import Facts
from bot.model import MailingList, Request, RequestKind

__all__: Final = ("again", "link", "subject_of")


def subject_of(request: Request) -> str:
    """Say what a question is about: a post's subject, or who wants to join or leave."""
    kept = request.facts
    if request.kind in {RequestKind.ADMISSION, RequestKind.DEPARTURE}:
        return kept.get("name") or kept.get("address", "")
    return kept.get("subject", "")


def again(
    facts: Facts,
    lst: MailingList,
    text_id: str,
    words: Mapping[str, str],
    **told: object,
) -> tuple[Reply, ...]:
    """Put the choices again; nothing changes."""
    token = facts.token()
    links = {key: link(facts, token, word) for key, word in words.items()}
    put = facts.reply(text_id, lst, token=token, mailtos=links, **told)
    return tuple(replace(one, token=token) for one in put)


def link(facts: Facts, token: str, word: str) -> str:
    """Write a `mailto:` that answers with one tap (RFC 6068)."""
    box, separator = facts.settings.mailbox, facts.settings.subaddressing
    if separator and token:
        local = quote(f"{box.local_part}{separator}{token}", safe="+._-")
        return f"mailto:{local}@{box.domain}?subject={quote(word)}"
    return f"mailto:{box}?subject={quote(f'{word} {token}'.strip())}"
