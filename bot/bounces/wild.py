"""Bounces in formats of their own, from before or beside RFC 3464.

The only module that knows flufl.bounce. Its detectors read words, so they are
asked only about mails that come from a machine.
"""

import logging
import re
from email import message_from_bytes

from flufl.bounce import all_failures

from bot.address import Address, parse
from bot.bounces.reasons import find_status
from bot.bounces.report import address_of, event_for, lines_about, said_by
from bot.errors import ParseError
from bot.model import BounceEvent, Message

__all__ = ("events_of", "from_daemon", "is_vacation", "sounds_undelivered")

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

_READ_MAX = 262_144
_TEXT_MAX = 65_536
_ADDRESSES_MAX = 50

_DAEMON = re.compile(
    r"mailer[-_. ]?d(?:a?e|ae)mon|post(?:mast|mäst)er|mail[-_. ]?delivery"
    r"|delivery (?:sub)?system|mail system|mailsystem|mdaemon|mail administrator"
    r"|\bmaildelivery|mail[-_ ]?admin|non[- ]remis",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"undeliver|non[- ]?deliver|not (?:be )?deliver|returned (?:mail|to sender|message)"
    r"|delivery (?:status|fail|error|problem|report|notif|has failed|unsuccess)"
    r"|delivery of .{0,60}fail|failure (?:notice|delivery|notification|report)"
    r"|mail (?:delivery|error|failure|could not|returned|rejected|undeliver)"
    r"|message (?:delivery|could not|not delivered|rejected|undeliver|status)"
    r"|unzustellbar|fehlgeschlagen|could not be delivered|return(?:ed|ing) mail"
    r"|delivery|failed|failure|unknown (?:user|address|recipient)|user unknown"
    r"|permanent (?:fatal )?error|automatically rejected|mail rejected"
    r"|non[- ]remis|non[- ]distribu|non délivr|n'a pas pu être|échec (?:de|d.)"
    r"|retour(?:né)? (?:à l.exp|de courri)|impossible de (?:remettre|distribuer)"
    r"|(?:remise|distribution|envoi).{0,30}(?:échou|impossible|retardé|différé)"
    r"|retardé|delay|warning.{0,30}(?:mail|message|deliver|sen[dt])|not yet|queued",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"delay|will (?:be )?(?:retry|retried|keep trying|continue|re-?try)|still trying"
    r"|will be re-?attempted"
    r"|not yet (?:been )?deliver|warning only|do not need to resend|retardé"
    r"|do not resend|still being (?:held|retried)|n'a pas encore|encore (?:tent|essay)"
    r"|nouvelles? tentatives?|wird weiter|verzögert|attempts? will continue",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(
    r"giving up|gave up|permanent|undeliverable|abandon|returned to sender"
    r"|failed after|has failed|5\.\d\.\d|\b55\d\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"warning only|do not need to resend|will be retried|^Action: delayed"
    r"|could not send (?:mail|message) for (?:the )?past",
    re.IGNORECASE | re.MULTILINE,
)
_VACATION_SUBJECT = re.compile(
    r"out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?re(?:ply|sponse)"
    r"|vacation|absen[tc]|réponse automatique|away (?:from|until)|abwesen|en congé"
    r"|please confirm|quota|accusé de|lu :|read:",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"^(?:[-=> ]*(?:(?:this is a|a) copy of (?:the|your) (?:original )?message"
    r"|.{0,40}original message.{0,40}|message header|below this line"
    r"|.{0,40}(?:your|returned|unsent) (?:message|mail).{0,20}(?:follows|below|header)"
    r"|message d'origine|(?:le )?message (?:renvoyé|original).{0,40}"
    r"|included is a copy.{0,40}|undelivered message follows)"
    r"|(?:Received|Return-Path|Message-ID): ).*$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[\w.+=/&'*-]+@[\w-]+(?:\.[\w-]+)+")


def from_daemon(message: Message) -> bool:
    """Whether the mail comes from a mail system, by its author or its sender."""
    author = message.first("from")
    if _DAEMON.search(author.partition("@")[0]):
        return True
    if author and author.rstrip().endswith("<>"):
        return True
    sender = message.first("return-path").strip("<> ").partition("@")[0]
    return sender.lower().startswith("mailer-daemon")


def is_vacation(message: Message) -> bool:
    """Whether a person's machine answers, not a mail system."""
    if any(message.first(name) for name in ("x-autoreply", "x-autorespond")):
        return True
    return bool(_VACATION_SUBJECT.search(message.subject))


def sounds_undelivered(message: Message) -> bool:
    """Whether the subject, or a field of a mail system, speaks of a failure."""
    if message.first("x-failed-recipients"):
        return True
    return bool(_UNDELIVERED.search(message.subject))


def events_of(message: Message) -> tuple[BounceEvent, ...]:
    """Read who failed, and why, from a mail system's own words."""
    text = _own_words(message.text[:_TEXT_MAX])
    temporary, permanent = _detected(message)
    listed = _listed(message)
    addresses = listed or permanent | temporary or _named(message, text)
    delayed = _is_delay(message, text) or (
        bool(temporary) and not (listed or permanent)
    )
    found = []
    for address in sorted(addresses)[:_ADDRESSES_MAX]:
        words = lines_about(address, text)
        status = find_status(words, text)
        remote = said_by(words)
        found.append(event_for(address, status, words, text, delayed, remote))
    return tuple(found)


def _is_delay(message: Message, text: str) -> bool:
    """Whether the mail system goes on trying."""
    said = f"{message.subject}\n{text}"
    if _GOES_ON.search(said):
        return True
    return bool(_DELAYED.search(said)) and not _GAVE_UP.search(text)


def _own_words(text: str) -> str:
    """Cut the copy of our mail off; words in it are not the server's."""
    original = _ORIGINAL.search(text)
    return text[: original.start()] if original and original.start() else text


def _detected(message: Message) -> tuple[frozenset[Address], frozenset[Address]]:
    """Ask flufl.bounce; it raises on some damaged mails."""
    try:
        temporary, permanent = all_failures(message_from_bytes(message.raw[:_READ_MAX]))
    except Exception:  # noqa: BLE001 - UnicodeDecodeError, LookupError, AttributeError …
        return frozenset(), frozenset()
    return _parsed(temporary), _parsed(permanent)


def _parsed(found: frozenset[bytes | str]) -> frozenset[Address]:
    texts = (
        value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        for value in found
    )
    return frozenset(who for who in map(address_of, texts) if who)


def _listed(message: Message) -> frozenset[Address]:
    """Read X-Failed-Recipients, which Exim and Gmail write."""
    names = ",".join(message.fields.get("x-failed-recipients", ())).split(",")
    return frozenset(who for who in map(address_of, names) if who)


def _named(message: Message, text: str) -> frozenset[Address]:
    """Take the addresses in the text that are nobody's who writes or reads it."""
    ours = {who.address for who in (*message.to, *message.cc)}
    if message.author:
        ours.add(message.author.address)
    found = set()
    for candidate in _ADDRESS.findall(text)[:_ADDRESSES_MAX]:
        try:
            address = parse(candidate.strip("."))
        except ParseError:
            continue
        if address not in ours and not _DAEMON.search(address.local_part):
            found.add(address)
    return frozenset(found)
