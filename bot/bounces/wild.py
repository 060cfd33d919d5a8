"""Bounces in formats of their own, from before or beside RFC 3464.

The only module that knows flufl.bounce. Its detectors read words, so they are
asked only about mails that come from a machine.
"""

import logging
import re
from collections.abc import Iterable
from email import message_from_bytes

from flufl.bounce import all_failures

from bot.address import Address, parse
from bot.bounces.machines import folded
from bot.bounces.parts import tree
from bot.bounces.reasons import find_status
from bot.bounces.report import Said, address_of, event_for, lines_about, said_by
from bot.errors import ParseError
from bot.model import BounceEvent, Message

__all__ = ("events_of", "own_words", "recipients_of_report")

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

_TEXT_MAX = 65_536
_DETECTED_MAX = 262_144
# A pattern for addresses takes the square of the length of a line without any.
_LINE_MAX = 2000
_ADDRESSES_MAX = 50

_DELAYED = re.compile(
    r"delay|will (?:be )?(?:retry|retried|keep trying|continue|re-?try)|still trying"
    r"|will be re-?attempted"
    r"|not yet (?:been )?deliver|warning only|do not need to resend|retarde"
    r"|do not resend|still being (?:held|retried)|n'(?:a|est) pas encore"
    r"|encore (?:tent|essay)"
    r"|nouvelles? tentatives?|wird weiter|verzogert|attempts? will continue"
    r"|tentatives .{0,40}poursuiv|reessaier(?:a|ons)"
)
_GAVE_UP = re.compile(
    r"giving up|gave up|permanent|undeliverable|abandonne|returned to sender"
    r"|failed after|has failed|5\.\d\.\d|\b55\d\b"
)
_GOES_ON = re.compile(
    r"warning (?:message )?only|do not need to resend|will be retried|^action: delayed"
    r"|could not send (?:mail|message) for (?:the )?past",
    re.MULTILINE,
)
_ORIGINAL = re.compile(
    r"^(?:[-=> ]{0,80}(?:(?:this is a|a) copy of (?:the|your) (?:original )?message"
    r"|.{0,40}original message(?! was received).{0,40}|message header|below this line"
    r"|.{0,40}(?:your|returned|unsent) (?:message|mail).{0,20}(?:follows|below|header)"
    r"|message d'origine|(?:le )?message (?:renvoyé|original).{0,40}"
    r"|.{0,20}ursprünglichen? nachricht.{0,20}|.{0,20}below is a copy.{0,40}"
    r"|included is a copy.{0,40}|undelivered message follows)"
    r"|[ \t]*(?:Received|Return-Path|Message-ID): ?).*$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[\w.+=/&'*-]+@[\w-]+(?:\.[\w-]+)+")
# Whom one may ask for help is not who failed; a machine's name neither.
_HELP = re.compile(
    r"contact|assistance|help|please (?:mail|write|send|forward)|questions?\b|support"
    r"|message-?id|aide\b|postmaster (?:at|of)|from:|reply-to|sender:|expediteur|de :"
)
_URL = re.compile(r"https?://\S+")
_MACHINE = re.compile(r"mailer-?d|postmaster|mail-?daemon|no-?reply")


def events_of(message: Message) -> tuple[BounceEvent, ...]:
    """Read who failed, and why, from a mail system's own words."""
    text = own_words(message)
    said = Said(text, recipients_of_report(message))
    temporary, permanent = _detected(message)
    people, surely = _people(message, text, temporary, permanent)
    delayed = _is_delay(message, text) or (bool(temporary) and not surely)
    found = []
    for names in people[:_ADDRESSES_MAX]:
        words = next((one for who in names if (one := lines_about(who, text))), "")
        status = find_status(words, text)
        remote = said_by(words)
        event = event_for(names, words, said, status, remote=remote, delayed=delayed)
        found.append(event)
    return tuple(found)


def recipients_of_report(message: Message) -> frozenset[Address]:
    """Give whom the report goes to: us, who sent what failed."""
    people = {who.address for who in (*message.to, *message.cc)}
    return frozenset(people | set(message.delivered_to))


def own_words(message: Message) -> str:
    """Cut the copy of our mail off; words in it are not the server's."""
    text = message.text[:_TEXT_MAX]
    original = _ORIGINAL.search(text)
    return text[: original.start()] if original and original.start() else text


_People = list[tuple[Address, ...]]


def _people(
    message: Message,
    text: str,
    temporary: frozenset[Address],
    permanent: frozenset[Address],
) -> tuple[_People, bool]:
    """Give the names of each person, the surest source first; whether it is sure."""
    listed = _listed(message)
    if listed:
        return _listed_people(listed, message, text), True
    found = _plausible(permanent | temporary, text) or _named(message, text)
    return [(one,) for one in sorted(found)], bool(permanent)


def _plausible(detected: frozenset[Address], text: str) -> list[Address]:
    """Keep what the mail system itself names, and nobody whom one may ask for help."""
    lower = text.lower()
    said = [one for one in detected if one.key in lower]
    return [one for one in said or detected if not _offers_help(one.key, lower)]


def _offers_help(wanted: str, text: str) -> bool:
    """Whether the words before an address, on its line, say whom to ask."""
    lines = (line for line in text.splitlines() if wanted in line)
    before = next(lines, "").partition(wanted)[0]
    return bool(_HELP.search(_URL.sub("", folded(before))))


def _listed_people(listed: frozenset[Address], message: Message, text: str) -> _People:
    """Trust the field, unless the text names just one other person."""
    lower = text.lower()
    if len(listed) == 1 and not any(one.key in lower for one in listed):
        (named,) = tuple(_named(message, text))[:1] or (None,)
        if named:
            return [(named, *listed)]
    return [(one,) for one in sorted(listed)]


def _is_delay(message: Message, text: str) -> bool:
    """Whether the mail system goes on trying."""
    own = folded(text)
    said = f"{folded(message.subject)}\n{own}"
    if _GOES_ON.search(said):
        return True
    return bool(_DELAYED.search(said)) and not _GAVE_UP.search(own)


def _detected(message: Message) -> tuple[frozenset[Address], frozenset[Address]]:
    """Ask flufl.bounce; it raises on some damaged mails."""
    raw = message.raw
    small = len(raw) <= _DETECTED_MAX
    try:
        root = tree(raw) if small else message_from_bytes(raw[:_DETECTED_MAX])
        temporary, permanent = all_failures(root)
    except Exception:  # noqa: BLE001 - UnicodeDecodeError, LookupError, AttributeError …
        return frozenset(), frozenset()
    return _parsed(temporary), _parsed(permanent)


def _parsed(found: Iterable[bytes | str]) -> frozenset[Address]:
    texts = (
        value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        for value in found
    )
    return frozenset(who for who in map(address_of, texts) if who)


def _listed(message: Message) -> frozenset[Address]:
    """Read X-Failed-Recipients, which Exim and Gmail write."""
    names = ",".join(message.fields.get("x-failed-recipients", ())).split(",")
    return frozenset(who for who in map(address_of, names) if who)


def _named(message: Message, text: str) -> tuple[Address, ...]:
    """Take the addresses in the text that are nobody's who writes or reads it."""
    writing = {who.address for who in (*message.to, *message.cc)}
    if message.author:
        writing.add(message.author.address)
    found: dict[Address, None] = {}
    for line in text.splitlines():
        candidates = _ADDRESS.findall(line[:_LINE_MAX])[:_ADDRESSES_MAX]
        if candidates:
            readable = tuple(_readable(candidates))
            found |= dict.fromkeys(readable)
            if _offers_help(candidates[0], line):
                writing |= set(readable)
    others = [one for one in found if one not in writing][:_ADDRESSES_MAX]
    strangers = [one for one in others if one not in message.delivered_to]
    return tuple(strangers or others)


def _readable(candidates: Iterable[str]) -> Iterable[Address]:
    for candidate in candidates:
        try:
            address = parse(candidate.strip("."))
        except ParseError:
            continue
        if not _MACHINE.match(address.key):
            yield address
