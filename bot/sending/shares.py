"""Fair shares: who has had how many recipients, while several sends wait.

A send that joins starts where the others are, so that it neither waits behind all
that they were served nor catches up on it (start-time fair queueing). The count is
in recipients: batches that a quota cuts short don't always hit the same send.
"""

from collections.abc import Iterable, Mapping

__all__ = ("Shares",)


class Shares:
    """Counts what each send was served; `level` is where a new one starts."""

    __slots__ = ("level", "served_by_id")

    def __init__(
        self, level: int = 0, served_by_id: Mapping[int, int] | None = None
    ) -> None:
        self.level = level
        self.served_by_id = dict(served_by_id or {})

    def of(self, send_id: int) -> int:
        """Give what a send has had, as far as it counts."""
        return max(self.served_by_id.get(send_id, 0), self.level)

    def add(self, send_id: int, recipients: int) -> None:
        """Count one batch of the send whose turn it was."""
        self.level = self.of(send_id)
        self.served_by_id[send_id] = self.level + recipients

    def keep_only(self, send_ids: Iterable[int]) -> None:
        """Forget the sends that wait no more."""
        waiting = set(send_ids)
        for send_id in self.served_by_id.keys() - waiting:
            del self.served_by_id[send_id]

    def copy(self) -> "Shares":
        """Give one for a virtual run."""
        return Shares(self.level, self.served_by_id)
