"""What the work is done with: settings and edges, wired together by `cli`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.actions import Decision
from bot.model import Limits, Message, Settings
from bot.ports import BounceLog, Clock, Mailbox, Spool, Store, Submission
from bot.sending.replies import ReplyRule

__all__ = ("Parts",)


@dataclass(slots=True)
class Parts:
    """Everything one instance works with.

    `limits` is asked anew for each round, since limits are learnt. `apply` carries
    out a decision inside the caller's transaction. `witness` is self, sent or off.
    `jitter` gives a number from 0 to 1.
    """

    settings: Settings
    store: Store
    spool: Spool
    mailbox: Mailbox
    submission: Submission
    bounce_log: BounceLog
    clock: Clock
    apply: Callable[[Decision, Message | None, datetime], None]
    limits: Callable[[], Limits]
    witness: str
    provider: str
    reply_rules: Sequence[ReplyRule]
    jitter: Callable[[], float]
    stop: Callable[[], bool] = field(default=lambda: False)
