"""A bot to kill: the real parts, with a clock that the test moves.

The file of the clock holds the seconds by which this bot's clock is ahead; it goes
forward ten minutes a round, so that hours of limits and of patience pass in a
moment. The bot ends when nothing is left to do.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import config as configuration
from bot.cli.wiring import build
from bot.cycle import due_once, poll_once, send_once
from bot.errors import MailboxError
from bot.store import open_store

STEP = 600
ROUNDS = 60


class Ahead:
    """A clock that is ahead of the machine's."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """Give the moved time."""
        return datetime.now(UTC) + timedelta(seconds=int(self.path.read_text()))

    def sleep(self, seconds: float) -> None:
        """Move on instead of sleeping."""
        ahead = int(self.path.read_text()) + round(seconds + 0.5)
        spare = self.path.with_suffix(".new")
        spare.write_text(str(ahead))
        spare.replace(self.path)


def work(config_file: Path, clock_file: Path, on_start: Callable[[], None]) -> None:
    """Poll and send until the outbox is empty; say when it begins."""
    clock = Ahead(clock_file)
    config = configuration.load(config_file)
    store = open_store(config.store.database, config.store.directory)
    parts = build(config, store, {}, clock).parts
    parts.store.interrupted_batches(clock.now())
    on_start()
    for _ in range(ROUNDS):
        try:
            fetched = poll_once(parts).fetched
        except MailboxError:  # the service would connect again, too
            parts.mailbox.close()
            fetched = 1
        due_once(parts)
        send_once(parts)
        if not fetched and not store.sends(unfinished=True):
            break
        clock.sleep(STEP)
