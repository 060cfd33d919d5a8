"""Bots as processes to kill, forked from a server that has loaded the program.

A start of the interpreter would take longer than the life of most of them.
"""

import multiprocessing
import os
import sys
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final
from unittest.mock import patch

from tests.stories import one_bot
from tests.stories.scenes import ROOT

__all__ = ("start_bot",)

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])
_PATIENCE_SECONDS: Final = 60.0


def start_bot(config: Path, clock: Path) -> BaseProcess:
    """Start a bot that works until nothing is left to do; give it when it has begun.

    What it logs goes to `bot.log` beside the file of its clock.
    """
    begun = _FORKS.Event()
    process = _FORKS.Process(target=_live, args=(str(config), str(clock), begun))
    # The server of forks finds the program by this alone (Python 3.11).
    with patch.dict(os.environ, PYTHONPATH=str(ROOT)):
        process.start()
    begun.wait(_PATIENCE_SECONDS)
    return process


def _live(config: str, clock: str, begun: Event) -> None:
    with Path(clock).with_name("bot.log").open("a") as log:
        sys.stdout = sys.stderr = log
        one_bot.work(Path(config), Path(clock), begun.set)
