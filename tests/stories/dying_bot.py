"""A bot that kills itself at its Nth step.

A step is a call of the mailbox, the store or the spool, or of the parts that a test
names; the process dies by SIGKILL right after the Nth one, or does its one cycle.
`die` starts one: forked from a server that has loaded the program already, since
thirty starts take a minute.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from bot import config as configuration
from bot.cli.wiring import SystemClock, build
from bot.cycle import due_once, poll_once
from bot.store import open_store
from tests.stories.committee import MovedClock
from tests.stories.scenes import ROOT

__all__ = ("die",)

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def die(
    config: Path,
    step: int,
    at: datetime | None = None,
    parts: Sequence[str] = ("mailbox", "store", "spool"),
) -> int:
    """Let a bot die after so many steps; give the exit status of its process.

    With a time it does what is due then, too.
    """
    process = _FORKS.Process(target=_poll, args=(str(config), step, at, parts))
    # The server of forks finds the program by this alone (Python 3.11).
    with patch.dict(os.environ, PYTHONPATH=str(ROOT)):
        process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


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


def _poll(path: str, steps: int, at: datetime | None, mortal: Sequence[str]) -> None:
    """Poll once, or die trying."""
    config = configuration.load(Path(path))
    store = open_store(config.store.database, config.store.directory)
    clock = SystemClock() if at is None else MovedClock(at)
    parts = build(config, store, {}, clock).parts
    Mortal.left = steps
    for name in mortal:
        setattr(parts, name, Mortal(getattr(parts, name)))
    poll_once(parts)
    if at is not None:
        due_once(parts)
