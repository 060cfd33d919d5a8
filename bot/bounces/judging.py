"""What follows from what came back: who is suspended, probed, and when it is us.

Counts are posts in a row that met the same fate, whatever the number of reports. A
machine only ever suspends; nobody is removed by one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.address import Address
from bot.model import BounceRules, BounceState, Bouncing

__all__ = (
    "Incident",
    "braked",
    "incident_of",
    "is_to_suspend",
    "next_probe",
    "probe_is_due",
)

# What servers object to in a post, or in where it comes from.
_OBJECTIONS: Final = {
    "content": re.compile(
        r"spam|unsolicited|junk|bulk|content|phish|virus|malware|ind[ée]sirable",
        re.IGNORECASE,
    ),
    "reputation": re.compile(
        r"reputation|r[ée]putation|black\s?-?list|block\s?-?list|\bRBL\b|DNSBL|spamhaus"
        r"|listed|blocked|bloqu|banned|client host|\bIP\b|OFR_|\[S3\d{3}\]",
        re.IGNORECASE,
    ),
    "authentication": re.compile(
        r"\bSPF\b|\bDKIM\b|\bDMARC\b|authenticat|reverse dns|\bPTR\b|HELO",
        re.IGNORECASE,
    ),
    "quota": re.compile(r"quota|too many|rate|limit", re.IGNORECASE),
}
# Fewer people than this are no reason to think that the fault is ours.
_BRAKE_FROM: Final = 5
# So many domains that refuse the same post, or such a share of one domain …
_DOMAINS: Final = 3
_SHARE: Final = 1 / 3
# … of which at least so many were refused: one reader of two says nothing.
_REFUSED: Final = 3


def is_to_suspend(one: Bouncing, rules: BounceRules) -> bool:
    """Whether enough posts in a row came back; the brake may still hold it."""
    if one.is_suspended:
        return False
    if one.dead >= rules.dead_after or (one.probe_failed and one.posts > 1):
        return True
    enough = one.posts >= rules.full_after
    return enough and one.span_days >= rules.full_days


def probe_is_due(one: Bouncing, rules: BounceRules, now: datetime) -> bool:
    """Whether a mail should ask the address if it still works."""
    at = next_probe(one, rules)
    return at is not None and at <= now


def next_probe(one: Bouncing, rules: BounceRules) -> datetime | None:
    """Say when a mail should ask the address if it still works; None: never again.

    One each for those who are suspended, after each of some days. One for an address
    that one post found dead: a list that writes once a month learns sooner then.
    """
    if one.state is BounceState.ASKED:
        return None
    if one.is_suspended:
        after = rules.probe_after_days[one.probes : one.probes + 1]
        since = one.since
    else:
        doubted = (one.dead or one.claimed) and not one.probes
        after = rules.probe_after_days[:1] if doubted else ()
        since = one.last_at
    if not after or since is None:
        return None
    return since + timedelta(days=after[0])


def braked(
    candidates: Iterable[Bouncing],
    recent: Iterable[Bouncing],
    sizes: Mapping[str, int],
    rules: BounceRules,
) -> frozenset[str]:
    """Name the lists of which too many would be suspended at once.

    Args:
        candidates: those who would be suspended now, or already wait for a word.
        recent: those who were suspended within a day: reports trickle in.
        sizes: how many members each list has.
        rules: ours.
    """
    number = Counter(name for one in (*candidates, *recent) for name in one.lists)
    return frozenset(
        name
        for name, count in number.items()
        if count > _BRAKE_FROM and count > rules.brake * sizes.get(name, 0)
    )


# Where one reader was refused nobody is left to wait; of many domains the largest do.
_WAITING: Final = 2
_WAITING_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Incident:
    """Servers refuse a post for what it is or where it comes from: ours to mend."""

    domains: tuple[str, ...]
    words: Mapping[str, str]  # of one refusal of each domain
    waiting: tuple[str, ...]  # of the domains, those that hardly let anybody have it


def incident_of(
    refused: Sequence[tuple[Address, str]], sizes: Mapping[str, int]
) -> Incident | None:
    """See an incident in who was refused a post by some rule.

    Three domains that object to the same are one; what is said of a single mailbox,
    its filter or its relay, is the domain's own affair.

    Args:
        refused: whom, and the server's words.
        sizes: how many at each domain the post was for.
    """
    by_domain: dict[str, list[str]] = defaultdict(list)
    alike: dict[str, set[str]] = defaultdict(set)
    for address, words in refused:
        by_domain[address.domain].append(words)
        for objection, pattern in _OBJECTIONS.items():
            if pattern.search(words):
                alike[objection].add(address.domain)
    large = {
        domain
        for domain, words in by_domain.items()
        if len(words) >= sizes.get(domain, 0) * _SHARE
    }
    concerned = {one for one in large if len(by_domain[one]) >= _REFUSED}
    concerned |= {
        domain
        for domains in alike.values()
        if len(domains) >= _DOMAINS
        for domain in domains
    }
    if not concerned:
        return None
    names = tuple(sorted(concerned))
    said = {one: by_domain[one][0] for one in names}
    waiting = [one for one in names if one in large and len(by_domain[one]) >= _WAITING]
    waiting.sort(key=lambda one: -len(by_domain[one]))
    return Incident(names, said, tuple(sorted(waiting[:_WAITING_MAX])))
