"""The mailbox: fetch mail, file it away, wait for more (IMAP4rev1, RFC 3501).

`connection` dials and logs in, `folders` knows where folders are, `mailbox` does
the work. The only package that knows imapclient.
"""

from bot.imap.connection import ImapSettings
from bot.imap.mailbox import FOLDERS, ImapMailbox, MailboxFacts

__all__ = ("FOLDERS", "ImapMailbox", "ImapSettings", "MailboxFacts")
