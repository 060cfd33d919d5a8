"""Replies that no rule of the table knows: words about a quota, then the codes.

A reply that speaks of a quota never makes a person's address look dead.
"""

import re
from dataclasses import replace
from typing import Final

from bot.model import SmtpReply
from bot.sending.meanings import Meaning, Reading, Step

__all__ = ("asks_patience", "by_code", "patience", "with_figures")

_HOUR: Final = 3600
_DAY: Final = 86400
_QUARTER: Final = 900  # a first wait after an ordinary 4yz
_RECONNECT: Final = 300

_CLOSING: Final = 421

_QUOTA = re.compile(
    r"\b(?:limits?|limited|quotas?|exceed\w*|allowance|too (?:many|much|fast|quickly)"
    r"|rates?|throttl\w*|slow(?:er)? down|volume|trop (?:de|d'|vite)|d[ée]pass\w*"
    r"|limites?|kontingent|zu viele)\b",
    re.IGNORECASE,
)
# Words that look like a quota and are none: a slow line, our own errors, a mail loop.
_NO_QUOTA = re.compile(
    r"time-?out exceeded|too many (?:smtp )?(?:errors|hops|received|bad commands"
    r"|unknown|invalid|syntax)|hop (?:count|limit)|relay\w* limit",
    re.IGNORECASE,
)
_DAY_WORDS = re.compile(
    r"\b(?:dail(?:y|ies)|days?|24 ?h\w*|jours?|journali\w+|quotidien\w*|t[aä]glich\w*"
    r"|tag|tomorrow|demain)\b",
    re.IGNORECASE,
)
_HOUR_WORDS = re.compile(
    r"\b(?:hours?|hourly|heures?|horaire|stunden?|st[üu]ndlich\w*|horas?|ora|orari[oa])\b",
    re.IGNORECASE,
)
_NUMBER = r"(?P<limit>\d{1,7})(?![\d.])"
# 201/200, 201 of 200
_OF_LIMIT = re.compile(rf"\b(?P<used>\d{{1,7}}) ?(?:/|of|de|von|di|sur) ?{_NUMBER}")
# A limit of 200, une limite : 200
_LIMIT_OF = re.compile(
    r"\b(?:limits?|quota|allowance|max(?:imum|imal)?|limite|kontingent|massimo"
    rf"|m[áa]xim[oa])\b[^\d.;]{{0,20}}\b{_NUMBER}",
    re.IGNORECASE,
)
# 200 messages per hour
_PER = re.compile(
    rf"\b{_NUMBER} (?:e-?mails?|messages?|mails?|recipients?|destinat\w+|courriels?"
    r"|nachrichten|empf[äa]nger|mensajes|correos|messaggi)\b[^\d.;]{0,15}"
    r"\b(?:per|an?|par|pro|por|je|all|al|in|every)\b",
    re.IGNORECASE,
)
_QUOTAS: Final = frozenset({Meaning.QUOTA_HOUR, Meaning.QUOTA_DAY})
_MAILBOX_WORDS = re.compile(
    r"\b(?:mailbox|inbox|bo[iî]te|storage|disk|stockage)\b", re.IGNORECASE
)
_DEAD_WORDS = re.compile(
    r"unknown|no such|not exist|not found|invalid (?:user|recipient)|inconnu|inexist",
    re.IGNORECASE,
)
_SIZE_WORDS = re.compile(
    r"\b(?:size|taille|too (?:big|large|long)|length|bytes|octets|[kmg]i?b)\b",
    re.IGNORECASE,
)


def asks_patience(words: str, stage: str) -> bool:
    """Whether the words are about a quota of the account.

    Not at AUTH: there "too many" failures call for a person, not for another try.
    """
    return (
        stage != "auth"
        and _QUOTA.search(words) is not None
        and _NO_QUOTA.search(words) is None
        and _SIZE_WORDS.search(words) is None
    )


def with_figures(reading: Reading, words: str) -> Reading:
    """Add the numbers of a quota that the words give and no rule knows."""
    if reading.limit is not None or reading.meaning not in _QUOTAS:
        return reading
    found = _OF_LIMIT.search(words) or _LIMIT_OF.search(words) or _PER.search(words)
    if found is None:
        return reading
    used = found.groupdict().get("used")
    limit = int(found["limit"])
    return replace(reading, limit=limit or None, used=int(used) if used else None)


def patience(words: str, stage: str) -> Reading:
    """Read words about a quota that no rule knows.

    Where they speak of the recipient as well, only the recipient is concerned.
    """
    if stage == "rcpt" and _MAILBOX_WORDS.search(words):
        return _FULL
    if _DEAD_WORDS.search(words):
        return Reading(Meaning.RECIPIENT_RATE, Step.RETRY, _HOUR)
    if _DAY_WORDS.search(words):
        return Reading(Meaning.QUOTA_DAY, Step.WAIT, _DAY)
    if _HOUR_WORDS.search(words):
        return Reading(Meaning.QUOTA_HOUR, Step.WAIT, _HOUR)
    return Reading(Meaning.RATE, Step.WAIT, _HOUR)


_TEMPORARY: Final = Reading(Meaning.TEMPORARY, Step.RETRY, _QUARTER)
_UNKNOWN_USER: Final = Reading(Meaning.USER_UNKNOWN, Step.BOUNCE)
_NO_DOMAIN: Final = Reading(Meaning.DOMAIN_NOT_FOUND, Step.BOUNCE)
_FULL: Final = Reading(Meaning.MAILBOX_FULL, Step.SOFT_BOUNCE)
_TOO_BIG: Final = Reading(Meaning.MESSAGE_TOO_BIG, Step.FAIL)
_SENDER: Final = Reading(Meaning.SENDER_REFUSED, Step.STOP)

# RFC 3463 §3 and the IANA registry, at RCPT; more precise codes first.
_BY_ENHANCED: Final = (
    ("5.1.2", _NO_DOMAIN),
    ("5.1.7", _SENDER),
    ("5.1.8", _SENDER),
    ("5.1.10", _NO_DOMAIN),
    ("5.1.", _UNKNOWN_USER),
    ("5.2.1", Reading(Meaning.USER_DISABLED, Step.BOUNCE)),
    ("5.2.2", _FULL),
    ("5.2.3", _TOO_BIG),
    ("5.3.4", _TOO_BIG),
    ("5.4.4", _NO_DOMAIN),
)
_BY_STAGE: Final = {
    "auth": Reading(Meaning.AUTH_FAILED, Step.STOP),
    "mail": _SENDER,
    "rcpt": Reading(Meaning.POLICY, Step.SOFT_BOUNCE),
    "data": Reading(Meaning.CONTENT_REFUSED, Step.FAIL),
}


def by_code(reply: SmtpReply, stage: str) -> Reading:
    """Read by the enhanced code, then by the code (RFC 3463, RFC 5321 §4.2.1)."""
    if reply.reply_code == _CLOSING:
        return Reading(Meaning.CONNECTIONS, Step.RECONNECT, _RECONNECT)
    severity = str(reply.reply_code)[0]
    if severity == "0":
        severity = reply.enhanced_status_code[:1]
    if severity != "5":
        return _TEMPORARY
    if stage == "rcpt":
        for prefix, reading in _BY_ENHANCED:
            if reply.enhanced_status_code.startswith(prefix):
                return reading
    if stage != "rcpt" and _SIZE_WORDS.search(reply.text):
        return _TOO_BIG
    return _BY_STAGE.get(stage, Reading(Meaning.POLICY, Step.STOP))
