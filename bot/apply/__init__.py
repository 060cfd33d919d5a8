"""Carries out a decision: rows and rendered mails, inside the caller's transaction.

One `match` over the actions. Rendered mails are in the spool, durably, before the
transaction that needs them commits; a crash in between leaves a file that no row
names, which the next sweep removes.
"""

from bot.apply.applier import Applier

__all__ = ("Applier",)
