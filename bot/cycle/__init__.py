"""The work itself: one poll of the mailbox, one round of sending, what is due.

The only place that asks for the time and for chance, and the only one that
catches every exception: a mail that breaks the program is put aside, and the next
one has its turn.
"""

from bot.cycle.delivery import SendSummary, send_once
from bot.cycle.parts import Parts
from bot.cycle.polling import PollSummary, poll_once
from bot.cycle.reading import read_mail, understand
from bot.cycle.timed import due_once

__all__ = (
    "Parts",
    "PollSummary",
    "SendSummary",
    "due_once",
    "poll_once",
    "read_mail",
    "send_once",
    "understand",
)
