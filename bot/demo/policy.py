"""What the embedded provider lets through: limits and tables."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ("Policy",)


@dataclass(slots=True)
class Policy:
    """A provider's rules; each may be changed while it runs.

    Both tables give replies such as `550 5.1.1 no such user` by address, in lower
    case, or by domain.
    """

    recipients_per_message: int = 50  # the next RCPT gets 452 4.5.3
    recipients_per_hour: int = 0  # beyond it RCPT gets 450 4.7.1; 0: no quota
    hour_seconds: float = 3600.0  # how long an hour is; shorter for the impatient
    refusals: Mapping[str, str] = field(default_factory=dict)  # said at RCPT
    bounces: Mapping[str, str] = field(default_factory=dict)  # sent back in a report
    _taken_at: deque[float] = field(default_factory=deque, init=False, repr=False)

    def answer_rcpt(self, address: str, already: int, now: float) -> str:
        """Reply to RCPT; what is accepted counts towards the quota.

        `already` recipients were accepted in this transaction; `now` is in seconds.
        """
        if already >= self.recipients_per_message:
            return "452 4.5.3 Error: too many recipients"
        if reply := _look_up(self.refusals, address):
            return reply
        while self._taken_at and self._taken_at[0] <= now - self.hour_seconds:
            self._taken_at.popleft()
        if 0 < self.recipients_per_hour <= len(self._taken_at):
            return (
                "450 4.7.1 Error: hourly sending quota exceeded"
                f" ({self.recipients_per_hour} recipients per hour), try again later"
            )
        self._taken_at.append(now)
        return "250 2.1.5 Ok"

    def bounce(self, address: str) -> str:
        """Give the reply that comes back in a report; empty when none does."""
        return _look_up(self.bounces, address)


def _look_up(table: Mapping[str, str], address: str) -> str:
    """Find an address, else its domain."""
    address = address.lower()
    return table.get(address) or table.get(address.rpartition("@")[2], "")
