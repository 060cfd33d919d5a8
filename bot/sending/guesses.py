"""Replies that no rule of the table knows: words about a quota, then the codes.

A reply that speaks of a quota never makes a person's address look dead.
"""

import re
from dataclasses import replace
from typing import Final

from bot.model import SmtpReply
from bot.sending.meanings import Meaning, Reading, Step

__all__ = ("asks_patience", "by_code", "by_words", "patience", "with_figures")

_HOUR: Final = 3600
_DAY: Final = 86400
_QUARTER: Final = 900  # a first wait after an ordinary 4yz
_RECONNECT: Final = 300

_CLOSING: Final = 421
_FINAL: Final = 500

_QUOTA = re.compile(
    r"\b(?:limits?|\w{5,}limit|limited|quotas?|exceed\w*|allowance"
    r"|too (?:many|much|fast|quickly)|rates?|throttl\w*|slow(?:er)? down|volume"
    r"|trop (?:de|d'|vite)|d[ée]pass\w*|l[ií]mites?|kontingent|zu (?:viele|schnell)"
    r"|demasiad[oa]s|troppi)\b",
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
    r"|tag|tomorrow|demain|d[ií]as?|diari[oa]|giorno|giornalier\w+)\b",
    re.IGNORECASE,
)
_HOUR_WORDS = re.compile(
    r"\b(?:hours?|hourly|heures?|horaire|stunden?|st[üu]ndlich\w*|horas?|ora|orari[oa])\b",
    re.IGNORECASE,
)
# Not the beginning of a date, a time or an address of the net.
_NUMBER = r"(?P<limit>\d{1,7})(?!\d|\.|[:/-]\d)"
# So much each hour, or each day: a rate with a window is a quota.
_EACH = re.compile(
    r"\b(?:(?:per|an?|each|every|par|pro|je|por|all['o ]|al|ogni|chaque) ?(?:hour|day"
    r"|heure|jour|stunde|tag|hora|d[ií]a|ora|giorno)|hourly|daily|horaire"
    r"|quotidien\w*|st[üu]ndlich\w*|t[äa]glich\w*|giornalier\w+|diari[oa])\b",
    re.IGNORECASE,
)
# What is counted is what went wrong, not what was sent: no quota of ours.
_FAILURES = re.compile(r"\b(?:defers|failures|[ée]checs)\b", re.IGNORECASE)
_CODE = re.compile(r"^\d{3}\b")
# 201/200, 201 of 200
_OF_LIMIT = re.compile(
    rf"(?<![\d./:-])(?P<used>\d{{1,7}}) ?(?:/|of|de|von|di|sur) ?{_NUMBER}"
)
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
    r"\b(?:size|taille|too (?:big|large|long)|length|bytes|octets|[kmg]i?b|[kmg]o"
    r"|zu gro(?:ß|ss)|tama[ñn]o|dimension\w+)\b",
    re.IGNORECASE,
)


# What words say in five languages, where no rule knows them; the first that is found.
# A person's mailbox is meant only at RCPT, and the account there only when it is ours.
_DEAD: Final = re.compile(
    r"unbekannt|desconocid[oa]|sconosciut[oa]|inconnue?\b|existiert nicht"
    r"|n.existe pas|no existe|non esiste|nobody of that name",
    re.IGNORECASE,
)
_FULL_WORDS: Final = re.compile(
    r"(?:bo[iî]te|postfach|buz[óo]n|casella|speicher)\b.{0,30}"
    r"\b(?:pleine|voll|llen[oa]|pien[oa])\b",
    re.IGNORECASE,
)
_OURS: Final = re.compile(
    r"\b(?:your|votre|ihr|su|(?:il )?(?:suo|tuo)) (?:account|compte|konto|cuenta)\b"
    r".{0,40}(?:suspend|block|bloqu|lock|disabl|restrict|gesperrt|sospes)",
    re.IGNORECASE,
)
_SOME_ACCOUNT: Final = re.compile(
    r"\b(?:account|compte|konto|cuenta)\b"
    r".{0,40}(?:suspend|block|bloqu|lock|disabl|restrict|gesperrt|sospes)",
    re.IGNORECASE,
)
_GREY: Final = re.compile(r"gr[ae]y ?-?list|liste? gris|lista grig", re.IGNORECASE)
_MANY: Final = re.compile(
    r"\b(?:zu viele empf[äa]nger|demasiados destinatarios|troppi destinatari)\b",
    re.IGNORECASE,
)


def by_words(words: str, stage: str, code: int) -> Reading | None:
    """Read words that no rule knows and that aren't about a quota.

    None means that they say nothing.
    """
    is_final = code >= _FINAL
    found = {
        _DEAD: _UNKNOWN_USER if is_final and stage == "rcpt" else None,
        _FULL_WORDS: _FULL if stage == "rcpt" else None,
        _OURS: _BLOCKED if is_final and stage != "auth" else None,
        _SOME_ACCOUNT: _BLOCKED if is_final and stage in {"mail", "data"} else None,
        _GREY: _GREYLISTED if not is_final and stage == "rcpt" else None,
        _SIZE_WORDS: _TOO_BIG if is_final and stage in {"mail", "data"} else None,
    }
    for pattern, reading in found.items():
        if reading is not None and pattern.search(words):
            return reading
    return None


def asks_patience(words: str, stage: str) -> bool:
    """Whether the words are about a quota of the account.

    Not at AUTH: there "too many" failures call for a person, not for another try.
    """
    return (
        stage != "auth"
        and (_QUOTA.search(words) or _PER.search(_text(words))) is not None
        and _NO_QUOTA.search(words) is None
        and _SIZE_WORDS.search(words) is None
    )


def _text(words: str) -> str:
    """Leave out the reply code, which is no figure of a quota."""
    return _CODE.sub("", words)


def with_figures(reading: Reading, words: str) -> Reading:
    """Add what the words say of a quota and no rule knows: the day, the numbers."""
    if _FAILURES.search(words):
        return reading
    if reading.meaning is Meaning.RATE and _EACH.search(words):
        reading = replace(reading, meaning=Meaning.QUOTA_HOUR)
    if reading.meaning not in _QUOTAS:
        return reading
    if _DAY_WORDS.search(words) and not _HOUR_WORDS.search(words):
        reading = replace(reading, meaning=Meaning.QUOTA_DAY)
    if reading.limit is not None:
        return reading
    text = _text(words)
    found = _OF_LIMIT.search(text) or _LIMIT_OF.search(text) or _PER.search(text)
    if found is None:
        return reading
    digits = found.groupdict().get("used")
    limit, used = int(found["limit"]), int(digits) if digits else None
    if used is not None and used * 2 < limit:  # « attempt 1/3 »: not used up at all
        return reading
    return replace(reading, limit=limit or None, used=used)


def patience(words: str, stage: str) -> Reading:
    """Read words about a quota that no rule knows.

    Where they speak of the recipient as well, only the recipient is concerned.
    """
    if stage == "rcpt" and _MAILBOX_WORDS.search(words):
        return _FULL
    if _MANY.search(words):
        return Reading(Meaning.TOO_MANY_RECIPIENTS, Step.SPLIT)
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
_BLOCKED: Final = Reading(Meaning.ACCOUNT_BLOCKED, Step.STOP)
_GREYLISTED: Final = Reading(Meaning.GREYLISTED, Step.RETRY, 600)
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
