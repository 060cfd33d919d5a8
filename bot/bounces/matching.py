"""Whose address a report is about: members are known by the one we wrote to.

Mail is redirected, and the server that refuses it names the last address. Editing
rule: where two people fit, nobody does.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.address import Address
from bot.domains import is_provider
from bot.model import BounceEvent, Returned

__all__ = ("matched", "named_in")

_FULL_NAME: Final = re.compile(r"[a-z]+[._-][a-z][a-z0-9._-]*[a-z0-9]")


def named_in(
    events: Iterable[BounceEvent], names: Iterable[Address]
) -> tuple[Address, ...]:
    """List all addresses that a report gives for its recipients.

    Args:
        events: of the report.
        names: for whom the returned copy was meant, by its header.
    """
    found = [one for event in events for one in (event.address, *event.also)]
    return tuple(dict.fromkeys((*found, *names)))


def matched(
    events: Sequence[BounceEvent],
    names: Sequence[Address],
    mail: Returned | None,
    ours: Collection[str],
) -> tuple[BounceEvent, ...]:
    """Give the events with the addresses that we wrote to, where that is sure.

    Args:
        events: of the report.
        names: for whom the returned copy was meant, by its header.
        mail: what the report is about, where it says so.
        ours: keys of those among all these addresses who are people of ours.
    """
    recipients = mail.recipients if mail else ()
    keys = {one.key for one in recipients} or ours
    found = []
    for event in events:
        own = (event.address, *event.also)
        others = tuple(names) if len(events) == 1 else ()
        whom = next((one for one in (*own, *others) if one.key in keys), None)
        if whom is None and len(events) == 1:
            whom = _only_one(own, recipients)
        found.append(replace(event, address=whom) if whom else event)
    return tuple({(one.address, one.kind): one for one in found}.values())


def _only_one(own: Sequence[Address], recipients: Sequence[Address]) -> Address | None:
    """Find the one recipient of the batch that fits a redirected address."""
    if len(recipients) == 1:
        return recipients[0]
    for fits in (_same_name, _same_house):
        found = [one for one in recipients if any(fits(one, other) for other in own)]
        if len(found) == 1:
            return found[0]
    return None


def _same_name(one: Address, other: Address) -> bool:
    """Whether both are jean.dupont: a first name alone is too common."""
    name = one.local_part.lower()
    return name == other.local_part.lower() and bool(_FULL_NAME.fullmatch(name))


def _same_house(one: Address, other: Address) -> bool:
    """Whether one domain lies below the other: mx.asso.fr, asso.fr.

    At one and the same domain another name is somebody else's, and so is a page's at
    a provider: perso.free.fr.
    """
    shorter, longer = sorted((one.domain, other.domain), key=len)
    return longer.endswith(f".{shorter}") and not is_provider(shorter)
