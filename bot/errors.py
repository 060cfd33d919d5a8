"""The exception tree.

BotError
├── ConfigError             the configuration can't be used
├── ParseError              a mail, or a part of it, can't be read
├── CommandError            a command can't be carried out; answered to its sender
├── MailboxError            the IMAP connection failed
│   ├── MailboxLoginError   … because the server refuses the login
│   └── MailboxRefusalError … not at all: the server refused one command
├── SubmissionError         the SMTP connection failed
│   └── SubmissionLoginError
└── StoreError              the database, the spool or their folder can't be used
    ├── StoreLockedError    another instance holds it
    └── StoreConflictError  what the caller saw is no longer so; look again

A refusal by a server is data (`model.SmtpReply`), never an exception. A message
says what was wrong, where, and what to do.
"""

from typing import Final

__all__: Final = (
    "BotError",
    "CommandError",
    "ConfigError",
    "MailboxError",
    "MailboxLoginError",
    "MailboxRefusalError",
    "ParseError",
    "StoreConflictError",
    "StoreError",
    "StoreLockedError",
    "SubmissionError",
    "SubmissionLoginError",
)


class BotError(Exception):
    """The root: whatever Colporteur raises itself."""


class ConfigError(BotError):
    """Everything that is wrong with a configuration, told at once."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ParseError(BotError):
    """Somebody's mail, address or file can't be read."""


class CommandError(BotError):
    """A command can't be carried out.

    Args:
        text_id: the sentence of `compose.texts` that tells the sender why.
        facts: what the sentence needs.
    """

    def __init__(self, text_id: str, **facts: str) -> None:
        super().__init__(text_id)
        self.text_id = text_id
        self.facts = facts


class MailboxError(BotError):
    """The IMAP server can't be reached, or the connection broke."""


class MailboxLoginError(MailboxError):
    """The IMAP server refuses the login; trying again would lock the account."""


class MailboxRefusalError(MailboxError):
    """The IMAP server refused one command; the connection stays usable."""


class SubmissionError(BotError):
    """The SMTP server can't be reached, or the connection broke.

    Args:
        in_doubt: the end of the message may have reached the server, so nobody
            knows whether it was accepted (RFC 5321 §4.5.3.2.6).
        reply: the server's words, as `421 4.7.0 …`; empty where it gave none.
            `sending.replies.parse_reply` reads them.
    """

    def __init__(
        self, message: str, *, in_doubt: bool = False, reply: str = ""
    ) -> None:
        super().__init__(message)
        self.in_doubt = in_doubt
        self.reply = reply


class SubmissionLoginError(SubmissionError):
    """The SMTP server refuses the login; trying again would lock the account."""


class StoreError(BotError):
    """The database, the spool or their folder can't be used."""


class StoreLockedError(StoreError):
    """Another instance works on the same store."""


class StoreConflictError(StoreError):
    """What the caller saw is no longer so: somebody cancelled meanwhile, say."""
