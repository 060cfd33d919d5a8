"""From sections to mailing lists, and the owners' changes over them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from bot.address import Address
from bot.config.models import Config, DefaultsSection, ListSection
from bot.model import (
    BounceRules,
    ListKind,
    MailingList,
    RoleChange,
    SettingChange,
    Settings,
)

__all__ = ("OWNER_KEYS", "mailing_list", "merged", "settings")

# What owners may change by e-mail; the store keeps the values as text.
OWNER_KEYS: Final = (
    "title",
    "description",
    "subject_prefix",
    "moderation",
    "non_members",
    "reply_to",
    "subscription",
    "max_size",
    "welcome",
    "footer",
)
_ROLES: Final = ("owners", "senders", "moderators", "callers")


def merged(section: ListSection, defaults: DefaultsSection) -> ListSection:
    """Lay a list's own keys over those of `[defaults]`."""
    given = {
        **{key: getattr(defaults, key) for key in defaults.model_fields_set},
        **{key: getattr(section, key) for key in section.model_fields_set},
    }
    given.pop("default_list", None)
    return ListSection.model_construct(**given)


def mailing_list(name: str, section: ListSection, language: str) -> MailingList:
    """Make a list of its section; what is left out follows from its kind.

    Readers of an announcement answer its author; in a discussion they answer the
    list, whose name stands before the subject.
    """
    given: dict[str, Any] = {
        key: getattr(section, key)
        for key in section.model_fields_set
        if getattr(section, key) is not None
    }
    given |= {role: frozenset(given.get(role, ())) for role in _ROLES}
    kind = ListKind(given.pop("kind", ListKind.DISCUSSION))
    by_kind = {
        ListKind.ANNOUNCEMENT: {"reply_to": "author", "subject_prefix": ""},
        ListKind.DISCUSSION: {"reply_to": "list", "subject_prefix": f"[{name}]"},
    }
    usual = {"title": name, "language": language, **by_kind[kind]}
    return MailingList(name=name, kind=kind, **{**usual, **given})


def settings(
    config: Config,
    secret: bytes,
    changes: Iterable[SettingChange] = (),
    roles: Iterable[RoleChange] = (),
) -> Settings:
    """Give what the core knows: the file, with the owners' changes over it.

    Changes of lists or keys that are gone, and values that a newer or older version
    of the program wrote, are passed over.
    """
    lists = dict(config.lists)
    for change in changes:
        if change.list_name in lists:
            lists[change.list_name] = _changed(lists[change.list_name], change)
    for role in roles:
        if role.list_name in lists and role.role in _ROLES:
            lists[role.list_name] = _with_role(lists[role.list_name], role)
    mailbox = config.mailbox
    return Settings(
        mailbox=mailbox.address,
        name=mailbox.name,
        language=mailbox.language,
        timezone=mailbox.timezone,
        admins=mailbox.admins,
        lists=lists,
        default_list=config.default_list,
        subaddressing=mailbox.subaddressing,
        trusted_authserv=mailbox.trusted_authserv,
        max_message_size=config.imap.max_message_size,
        secret=secret,
        bounces=BounceRules(**config.bounces.model_dump()),
    )


def _changed(one: MailingList, change: SettingChange) -> MailingList:
    key, text = change.key, change.value
    if key not in OWNER_KEYS:
        return one
    raw: object = int(text) if key == "max_size" and text.isdecimal() else text
    try:
        value = getattr(ListSection.model_validate({key: raw}), key)
    except ValidationError:
        return one
    given: dict[str, Any] = {key: value}
    return replace(one, **given)


def _with_role(one: MailingList, change: RoleChange) -> MailingList:
    having: frozenset[Address] = getattr(one, change.role)
    changed = {change.address}
    given: dict[str, Any] = {
        change.role: having | changed if change.granted else having - changed
    }
    return replace(one, **given)
