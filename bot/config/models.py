"""The sections of config.toml and their keys.

A key added here is read and checked; document it in config.example.toml, which a
test compares with this file. What several keys must agree on is in `checks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.config.fields import (
    Addresses,
    AddressValue,
    Count,
    Days,
    Expected,
    Flag,
    FolderName,
    HostName,
    Line,
    PathValue,
    Port,
    QuietHours,
    Seconds,
    Share,
    SheetEvery,
    Size,
    Text,
    ZoneValue,
)
from bot.model import MailingList

__all__ = (
    "BouncesSection",
    "Config",
    "DefaultsSection",
    "ImapSection",
    "LimitsSection",
    "ListSection",
    "MailboxSection",
    "Section",
    "SmtpSection",
    "StoreSection",
)

Security = Literal["tls", "starttls", "none"]
Language = Literal["fr", "en"]
Consent = Literal["open", "confirm", "moderated"]
Quota = Annotated[
    int | None,
    Field(strict=True, ge=0),
    Expected("a whole number, 0 (no limit) or more"),
]


class Section(BaseModel):
    """What all sections have in common: no unknown key, no change afterwards."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )


class MailboxSection(Section):
    """`[mailbox]`: whose mailbox it is, and how to log in."""

    address: AddressValue
    name: Line = ""  # empty: the local part of the address
    language: Language = "fr"
    timezone: ZoneValue = ZoneInfo("Europe/Paris")
    admins: Addresses = ()
    provider: Line = ""
    username: Line = ""  # empty: the address, or what the provider wants
    password: SecretStr | None = None
    password_file: Annotated[PathValue | None, Expected("a path in quotes")] = None
    password_env: Annotated[Line | None, Expected("a name in quotes")] = None
    password_command: Annotated[Line | None, Expected("a command in quotes")] = Field(
        default=None, repr=False
    )
    auth: Literal["password", "xoauth2"] = "password"
    subaddressing: Literal["", "+", "-"] = ""
    trusted_authserv: Line = ""
    default_list: Line = ""


class ImapSection(Section):
    """`[imap]`: where mail is read."""

    host: HostName
    port: Port = 993
    security: Security = "tls"
    folder: FolderName = "INBOX"
    folder_root: FolderName = "Colporteur"
    poll_interval: Seconds = 60
    idle: Flag = True
    max_message_size: Size = 26_214_400


class SmtpSection(Section):
    """`[smtp]`: where mail is sent."""

    host: HostName
    port: Port = 465
    security: Security = "tls"
    timeout: Seconds = 60
    witness: Literal["auto", "self", "sent", "off"] = "auto"


class LimitsSection(Section):
    """`[limits]`: the file's figures, else the provider's; None where unknown."""

    recipients_per_message: Annotated[
        int | None, Field(strict=True, ge=1), Expected("a whole number, 1 or more")
    ] = None
    recipients_per_hour: Quota = None
    recipients_per_day: Quota = None
    messages_per_hour: Quota = None
    messages_per_day: Quota = None
    pause_between_messages: Annotated[
        float,
        Field(strict=True, ge=0, le=3600),
        Expected("a number of seconds from 0 to 3600"),
    ] = 0
    reserve: Share = 0.1
    learn: Flag = True
    count_hand_sent: Flag = True
    quiet_hours: QuietHours = ""


class StoreSection(Section):
    """`[store]`: where everything is kept."""

    directory: PathValue = Path("/var/lib/colporteur")
    database: Line = Field(default="", repr=False)  # may hold a password


class BouncesSection(Section):
    """`[bounces]`: when an address is suspended, and who hears of it."""

    dead_after: Count = 2
    full_after: Count = 5
    full_days: Annotated[
        int,
        Field(strict=True, ge=0, le=3650),
        Expected("a number of days from 0 to 3650"),
    ] = 30
    probe_after_days: Annotated[
        tuple[Days, ...], Expected("a list of days, as in [3, 30]")
    ] = (3, 30)
    brake: Annotated[
        float,
        Field(strict=True, gt=0, le=1),
        Expected("a share, more than 0, up to 1"),
    ] = 0.1
    sheet_every: SheetEvery = "mon 09:00"


class ListSection(Section):
    """`[lists.NAME]`; None: what `[defaults]` says, else what suits the kind."""

    kind: Literal["announcement", "discussion"] | None = None
    title: Line | None = None
    description: Text | None = None
    language: Language | None = None
    address: AddressValue | None = None
    owners: Addresses | None = None
    senders: Addresses | None = None
    moderators: Addresses | None = None
    callers: Addresses | None = None
    confirm_announcements: Flag | None = None
    moderation: Literal["all", "new-members", "non-members", "none"] | None = None
    non_members: Literal["hold", "reject", "discard", "accept"] | None = None
    subscription: Literal["open", "confirm", "moderated", "closed"] | None = None
    unsubscription: Consent | None = None
    reply_to: Literal["list", "author", "both"] | None = None
    subject_prefix: Line | None = None
    include: Annotated[
        tuple[Line, ...] | None, Expected('a list of list names, as in ["informer"]')
    ] = None
    groups: Annotated[
        tuple[Line, ...] | None, Expected('a list of groups, as in ["adhérent"]')
    ] = None
    max_size: Size | None = None
    attachments: Literal["keep", "strip"] | None = None
    hold_days: Days | None = None
    digest: Literal["daily", "weekly", "off"] | None = None
    archive: Flag | None = None
    visible: Flag | None = None
    welcome: Text | None = None
    footer: Text | None = None


class DefaultsSection(ListSection):
    """`[defaults]`: any key of a list, and the list that plain mail goes to."""

    default_list: Line | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without a known fault; passwords are not read yet."""

    path: Path
    mailbox: MailboxSection
    imap: ImapSection
    smtp: SmtpSection
    limits: LimitsSection
    store: StoreSection
    bounces: BouncesSection
    lists: Mapping[str, MailingList]  # as the file says, without the owners' changes
    default_list: str  # empty: ask
