"""Whose mail comes back: what is known of them, and when it counts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.address import Address


@dataclass(frozen=True, slots=True)
class BounceRules:
    """`[bounces]` of the configuration; counts are posts in a row."""

    dead_after: int = 2
    full_after: int = 5
    full_days: int = 30
    probe_after_days: tuple[int, ...] = (3, 30)
    brake: float = 0.1  # share of a list
    sheet_every: str = "mon 09:00"  # local time; empty: never


@dataclass(frozen=True, slots=True)
class Returned:
    """The mail of ours that a report is about.

    `recipients` are those of its batch, where the report proves which one it was.
    `proved`: the report shows something of the mail; else it may be anybody's.
    """

    send_id: int
    kind: str  # post, digest, confirm …
    list_name: str
    queued_at: datetime
    recipients: tuple[Address, ...] = ()
    proved: bool = True


class BounceState(StrEnum):
    """What became of an address that bounces."""

    BOUNCING = ""  # not enough to suspend it
    ASKED = "asked"  # the brake holds it: owners are asked
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Bouncing:
    """A person whose address bounces, and all that was counted.

    Counts are posts since the last one that arrived, or since they wrote, or got
    another address. `claimed`: reports say that the address is dead, and prove nothing.
    """

    person_id: int
    address: Address
    name: str = ""
    phone: str = ""
    language: str = ""
    lists: tuple[str, ...] = ()
    state: BounceState = BounceState.BOUNCING
    since: datetime | None = None  # of the state, where it isn't `bouncing`
    first_at: datetime | None = None  # the first report that counts
    last_at: datetime | None = None
    dead: int = 0
    full: int = 0
    claimed: int = 0
    span_days: float = 0.0  # between the first of these posts and the last
    reason: str = ""  # of the last report
    status: str = ""
    words: str = ""
    probes: int = 0  # sent since it was suspended, or in doubt
    probed_at: datetime | None = None
    probe_failed: bool = False
    caller: Address | None = None
    tries: int = 0  # calls that nobody answered
    tried_at: datetime | None = None

    @property
    def posts(self) -> int:
        """How many posts in a row came back."""
        return self.dead + self.full + self.claimed

    @property
    def is_suspended(self) -> bool:
        """Whether nothing is sent to them."""
        return self.state is BounceState.SUSPENDED
