"""A bot that kills itself at its Nth step.

Usage: dying_bot.py CONFIG N. A step is a call of the mailbox, the store or the
spool; the process dies by SIGKILL right after the Nth one, or does its one cycle.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot import config as configuration
from bot.cli.wiring import SystemClock, build
from bot.cycle import poll_once
from bot.store import open_store


class Mortal:
    """Counts the calls of another object's methods, all objects together."""

    left = 0

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - any port
        self._inner = inner

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        method: Callable[..., Any] = getattr(self._inner, name)

        def step(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - any call
            result = method(*arguments, **more)
            Mortal.left -= 1
            if Mortal.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return step


def main() -> None:
    """Poll once, or die trying."""
    config = configuration.load(Path(sys.argv[1]))
    store = open_store(config.store.database, config.store.directory)
    parts = build(config, store, {}, SystemClock()).parts
    Mortal.left = int(sys.argv[2])
    for name in ("mailbox", "store", "spool"):
        setattr(parts, name, Mortal(getattr(parts, name)))
    poll_once(parts)


if __name__ == "__main__":
    main()
