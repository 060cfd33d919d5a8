"""SMTP submission: one connection, many transactions, pipelined; replies as data.

`connection` dials and logs in, `submission` has the transactions. What a reply
means is not decided here.
"""

from bot.smtp.connection import Features, SmtpSettings
from bot.smtp.submission import SmtpSubmission

__all__ = ("Features", "SmtpSettings", "SmtpSubmission")
