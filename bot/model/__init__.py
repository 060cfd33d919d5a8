"""The nouns: what mails, people, lists, requests and batches are made of.

Frozen data without behaviour beyond what follows from its own fields. Times are
aware UTC datetimes, sizes are bytes.
"""

from bot.model.asking import (
    Hit,
    Request,
    RequestKind,
    Roster,
    Settings,
    TokenState,
    Verdict,
)
from bot.model.mails import (
    Attachment,
    BounceEvent,
    Kind,
    Message,
    Proof,
    TextFile,
)
from bot.model.nothing import (
    NOTHING,
)
from bot.model.people import (
    Figures,
    ListKind,
    MailingList,
    Member,
    MemberState,
    Person,
    Profile,
    Reach,
    Reception,
    RoleChange,
    RosterEvent,
    SettingChange,
    Standing,
    group_key,
)
from bot.model.sends import (
    Batch,
    BatchState,
    Delivery,
    Limits,
    Offer,
    Outgoing,
    Priority,
    SendState,
    SmtpReply,
    Usage,
)

__all__ = (
    "NOTHING",
    "Attachment",
    "Batch",
    "BatchState",
    "BounceEvent",
    "Delivery",
    "Figures",
    "Hit",
    "Kind",
    "Limits",
    "ListKind",
    "MailingList",
    "Member",
    "MemberState",
    "Message",
    "Offer",
    "Outgoing",
    "Person",
    "Priority",
    "Profile",
    "Proof",
    "Reach",
    "Reception",
    "Request",
    "RequestKind",
    "RoleChange",
    "Roster",
    "RosterEvent",
    "SendState",
    "SettingChange",
    "Settings",
    "SmtpReply",
    "Standing",
    "TextFile",
    "TokenState",
    "Usage",
    "Verdict",
    "group_key",
)
