"""What the work is done with: settings and edges, wired together by `cli`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.apply import Applier
from bot.model import Limits, Settings
from bot.ports import BounceLog, Clock, Mailbox, Spool, Store, Submission
from bot.sending.replies import ReplyRule

__all__ = ("Parts",)


@dataclass(slots=True)
class Parts:
    """Everything one instance works with.

    `limits` is asked anew for each round, since limits are learnt. `apply` carries
    out a decision inside the caller's transaction. `witness` is self, sent or off.
    `jitter` gives a number from 0 to 1. `load_settings` gives the settings with what
    owners changed. `count_hand_sent`: mail that people send by hand counts as well.
    """

    settings: Settings
    store: Store
    spool: Spool
    mailbox: Mailbox
    submission: Submission
    bounce_log: BounceLog
    clock: Clock
    apply: Applier
    limits: Callable[[], Limits]
    witness: str
    provider: str
    reply_rules: Sequence[ReplyRule]
    jitter: Callable[[], float]
    load_settings: Callable[[], Settings]
    stop: Callable[[], bool] = field(default=lambda: False)
    count_hand_sent: bool = True
    _stamp: tuple[int, ...] = ()

    def renew(self) -> None:
        """Take up what owners, or somebody at the command line, changed."""
        stamp = self.store.changes_stamp()
        if stamp != self._stamp:
            self.settings = self.apply.settings = self.load_settings()
            self._stamp = stamp
