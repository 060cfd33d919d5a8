"""The command line: arguments, wiring, signals, jobs."""

from bot.cli.main import main

__all__ = ("main",)
