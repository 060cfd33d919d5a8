"""Colporteur: mailing lists from one ordinary mailbox."""

__version__ = "0.1.0"
