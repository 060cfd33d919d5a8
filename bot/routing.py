"""Which list a mail is for: sub-addresses, aliases, threads, the subject."""

import re
import unicodedata
from typing import Final

from bot.identity import sub_details
from bot.model import MailingList, Message, Roster, Settings
from bot.moments.wishes import bare_subject

__all__ = (
    "FUNCTIONS",
    "function",
    "groups_addressed",
    "is_addressed",
    "is_named",
    "route",
)

# What a list's sub-address may ask for, besides carrying posts.
FUNCTIONS: Final = ("join", "leave", "owner", "request")

_REPLY_MARKS = re.compile(
    r"(?:\s*(?:re|ré|rép|tr|fw|fwd|aw|wg|sv|rif|res|enc)(?:\[\d+\])?\s*:)+\s*",
    re.IGNORECASE,
)
_TAG = re.compile(r"\[\s*([^\[\]]{1,80}?)\s*\]")
# « [informer: adhérents, bureau] », « [informer : adhérents] ».
_GROUPS = re.compile(r"\s*\[\s*([^\[\]:]{1,80}?)\s*:\s*([^\[\]]{1,200}?)\s*\]")
_LABEL = re.compile(r"([^\s:]{1,80})\s?:\s")


def route(message: Message, settings: Settings, roster: Roster) -> tuple[str, ...]:
    """Name the lists that a mail is for; the first place that names any decides.

    Tried in order: addresses (sub-address or alias), the posts that it answers,
    the start of the subject, the default list.
    """
    by_thread = tuple(name for name in roster.thread_lists if name in settings.lists)
    return (
        _by_address(message, settings)
        or by_thread
        or _by_subject(message, settings)
        or ((settings.default_list,) if settings.default_list else ())
    )


def is_addressed(message: Message, settings: Settings) -> bool:
    """Whether an author names a list, by its address or in a subject of their own."""
    if _by_address(message, settings):
        return True
    answers = _REPLY_MARKS.match(message.subject)
    return answers is None and bool(_by_subject(message, settings))


def is_named(message: Message, settings: Settings, lst: MailingList) -> bool:
    """Whether To: or Cc: names a list or our mailbox; else it is a blind copy.

    Another domain's address of the same name is taken for a forwarding.
    """
    box = settings.mailbox
    ours = {box.local_part.casefold(), lst.name.casefold()}
    if lst.address is not None:
        ours.add(lst.address.local_part.casefold())
    named = (who.address.local_part.casefold() for who in (*message.to, *message.cc))
    separator = settings.subaddressing
    return any(
        (one.partition(separator)[0] if separator else one) in ours or one in ours
        for one in named
    )


def function(message: Message, settings: Settings) -> tuple[str, str] | None:
    """Give list and function of a mail to `discuter-join` and the like."""
    names = _names(settings)
    for detail in _details(message, settings):
        name, _, asked = detail.rpartition("-")
        if detail not in names and name in names and asked in FUNCTIONS:
            return names[name], asked
    return None


def _names(settings: Settings) -> dict[str, str]:
    return {name.casefold(): name for name in settings.lists}


def _details(message: Message, settings: Settings) -> tuple[str, ...]:
    found = sub_details(message, settings.mailbox, settings.subaddressing)
    return tuple(detail.casefold() for detail in found)


def _by_address(message: Message, settings: Settings) -> tuple[str, ...]:
    names = _names(settings)
    found = [names[one] for one in _details(message, settings) if one in names]
    named = {who.address for who in (*message.to, *message.cc)}
    named |= set(message.delivered_to)
    found += [
        one.name
        for one in settings.lists.values()
        if one.address in named and one.address != settings.mailbox
    ]
    return tuple(dict.fromkeys(found))


def _by_subject(message: Message, settings: Settings) -> tuple[str, ...]:
    """Read `[discuter] …` and `discuter : …`, also behind Re: or Tr:."""
    subject = unicodedata.normalize("NFC", bare_subject(message)).casefold()
    marks = _REPLY_MARKS.match(subject)
    subject = subject[marks.end() :] if marks else subject
    match = _TAG.match(subject) or _LABEL.match(f"{subject} ")
    name = _names(settings).get(match[1]) if match else None
    name = name or groups_addressed(message, settings)[0]
    if name:
        return (name,)
    # Names first: an owner may set a prefix, and not draw others' posts with it.
    return tuple(
        one.name
        for one in settings.lists.values()
        if _is_tag(prefix := _plain(one.subject_prefix)) and subject.startswith(prefix)
    )[:1]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()


def _is_tag(prefix: str) -> bool:
    """Whether a prefix is in brackets, as nobody writes by chance."""
    return bool(_TAG.fullmatch(prefix))


def groups_addressed(
    message: Message, settings: Settings
) -> tuple[str, tuple[str, ...]]:
    """Read « [informer: adhérents] … »: the list, and the groups as typed.

    Both are empty where the subject doesn't begin so.
    """
    subject = unicodedata.normalize("NFC", bare_subject(message))
    marks = _REPLY_MARKS.match(subject)
    match = _GROUPS.match(subject[marks.end() :] if marks else subject)
    name = _names(settings).get(match[1].casefold(), "") if match else ""
    if match is None or not name:
        return "", ()
    groups = (one.strip() for one in re.split(r"[,;+]", match[2]))
    return name, tuple(one for one in groups if one)
