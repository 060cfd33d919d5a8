"""What a refusal means: status, words → reason; reason → hard or soft.

Words go before codes where they are plain: servers say 550 5.7.1 of people that
don't exist and 5.1.1 of senders they block. Editing rule: the first pattern that
fits decides, so the surest stand first.
"""

import re
from typing import Final

__all__ = ("find_status", "kind_of", "reason_of")

_STATUS = re.compile(r"(?<![\d.])([245])[.-](\d{1,3})[.-](\d{1,3})(?![\d.]\d|\d)")
_HARD = {"unknown-user", "unknown-host"}


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_SAYS: Final = (
    (
        "policy",  # it is us whom they refuse, whatever they call it
        _words(
            r"sender (?:address )?(?:rejected|refused|denied|unknown|invalid)",
            r"(?:domain of |invalid |bad )sender",
            r"after MAIL FROM",
            r"may not be mail exchanger|\(BL\)|not verified|user complaints",
        ),
    ),
    (
        "mailbox-full",
        _words(
            r"over\s?-?quota",
            r"quota.{0,30}(?:exceed|dépass|full)",
            r"mailbox exceeds",
            r"exceed(?:s|ed|ing)?\b.{0,40}(?:quota|storage|mailbox size)",
            r"(?:mailbox|mail box|inbox|mailfolder|account|maildrop)\b.{0,30}\bfull",
            r"out of (?:storage|disk)",
            r"not enough (?:storage|disk|space)",
            r"insufficient (?:disk )?(?:quota|storage)",
            r"disk (?:quota|full)",
            r"bo[iî]te.{0,40}pleine",
            r"(?:mailbox|storage).{0,30}(?:size )?limit",
            r"MailboxFull|STOREDRV.{0,80}QuotaExceeded",
            r"espace.{0,30}insuffisant",
        ),
    ),
    (
        "too-big",
        _words(
            r"(?:message|mail|email).{0,30}too (?:big|large)",
            r"(?:size|length) of (?:the |this |your )?message.{0,60}exceed",
            r"message.{0,20}(?:size|length).{0,40}(?:exceed|limit|larger|maxim)",
            r"exceed.{0,40}(?:message|maximum) size",
            r"message.{0,30}(?:trop (?:gros|volumineux|grand)|taille)",
            r"taille.{0,40}(?:dépass|limite|maxim)",
            r"larger than the (?:current|maximum)",
        ),
    ),
    (
        "inactive",
        _words(
            r"(?:account|mailbox|user|recipient|address|compte)\b.{0,40}"
            r"(?:disabled|inactive|suspended|deactivated|locked|désactivé|suspendu"
            r"|inactif|expired|frozen|terminated|not active)",
            r"(?:disabled|inactive|suspended|deactivated|expired) "
            r"(?:account|mailbox|user|recipient)",
            r"no longer (?:active|in use|being used)|archived recipient|archivée",
            r"(?:boîte|compte).{0,40}(?:désactivée?|suspendue?|inactive?|bloquée?)",
        ),
    ),
    (
        "unknown-host",
        _words(
            r"host (?:or domain name )?(?:is )?(?:unknown|not found)|unknown host",
            r"NXDOMAIN|name service error|domain name not found|host inconnu",
            r"domain is not reachable|(?<!sender )domain.{0,20}does not exist",
        ),
    ),
    (
        "unknown-user",
        _words(
            r"user unknown|unknown user|no such user|RecipNotFound|utilisateur inconnu",
            r"(?:recipient|destinataire|mailbox|address|adresse)\b.{0,20}"
            r"(?:unknown|inconnue?|not found|n.existe pas|does(?: not|n.t) exist)",
            r"recipient address rejected: access denied|name is not recogni[sz]ed",
            r"account that you tried to reach does not exist|userid|addressee unknown",
            r"mailbox unavailable or not local|did not exactly match",
            r"email address wasn.t found",
        ),
    ),
    (
        "policy",
        _words(
            r"\bspam",
            r"black\s?-?list|blocklist|block list|\bRBL\b|spamhaus|barracuda|spamcop",
            r"\bDMARC\b|\bDKIM\b|\bSPF\b|authenticat",
            r"relay(?:ing)? (?:access )?(?:denied|not (?:allowed|permitted))",
            r"(?:unable|not (?:allowed|permitted)|refus\w+|prohibited) to relay",
            r"relaying|we do not relay|relais.{0,20}(?:refus|interdit)",
            r"\bpolicy\b|\bpolitique",
            r"reputation|réputation",
            r"\bvirus|malware|malicious|phish",
            r"unsolicited|indésirable",
            r"not authori[sz]ed|unauthori[sz]ed|not permitted|not allowed",
            r"content.{0,30}(?:reject|refus|denied|block)",
            r"(?:message|mail).{0,20}(?:refused|rejected|denied) (?:by|due|for)",
            r"blocked|bloqué|banned|listed (?:at|in|by|on)",
            r"access denied|denied by|AUP#|restrict",
            r"reverse (?:dns|lookup)|\bPTR\b|HELO",
        ),
    ),
    (
        "unknown-user",
        _words(
            r"(?:user|recipient|mailbox|address|account|addressee|alias|local[- ]?part"
            r"|member|customer|utilisateur|destinataire|name|id)s?\b.{0,50}"
            r"(?:unknown|not (?:be )?found|(?:does|do|did)\s?n[o']t exist|not exist"
            r"|doesn.t have an? |is invalid|not known|unavailable$|not listed"
            r"|inconnue?|introuvable|n.existe (?:pas|plus)|no longer (?:exist|valid))",
            r"(?:unknown|invalid|no such|nonexistent|non-existent|bad|undeliverable) "
            r"(?:\w+ )?(?:user|recipient|mailbox|address|account|local|name|person)",
            r"unknown.{0,15}(?:user|recipient|mailbox|address)",
            r"(?:utilisateur|adresse|boîte|destinataire|compte)\b.{0,40}"
            r"(?:inconnue?|introuvable|inexistante?|n.existe (?:pas|plus)|invalide)",
            r"no (?:mailbox|account|user|recipient)s?\b.{0,30}(?:here|name|found|by)",
            r"not a (?:known|valid|registered) (?:user|recipient|mailbox|address)",
            r"isn.t (?:a valid|known|registered|in my)|not in my control",
            r"doesn.t have an? \S+ account|RecipNotFound|not listed in|no such user",
            r"user not|not our customer|has (?:moved|left)|is not valid",
            r"this user doesn.t have",
            r"unknown local|recipient rejected|address rejected|rejected recipient",
        ),
    ),
    (
        "unknown-host",
        _words(
            r"(?:host|domain|name|server)\b.{0,40}(?:unknown|not (?:be )?found"
            r"|does\s?n[o']t exist|inconnu|introuvable|n.existe (?:pas|plus)|invalid)",
            r"(?:unknown|invalid|no such|bad|nonexistent) (?:host|domain)",
            r"unrouteable|unroutable|no route|NXDOMAIN|name service error",
            r"no (?:MX|mail (?:server|exchanger))|all relevant MX records",
            r"couldn.t find any host|illegal host|domaine.{0,20}n.existe",
            r"null MX|NULLMX|does not accept mail|DNS (?:error|failure)",
        ),
    ),
    (
        "temporary",
        _words(
            r"time[d]?[ -]?out|délai",
            r"connection (?:refused|reset|lost|dropped|closed)",
            r"(?:try|retry).{0,20}(?:again )?later|réessay|greylist|grey-list|graylist",
            r"temporar|temporaire|deferred|rate limit|too many|too fast",
            r"unreachable|not reachable|did not accept our requests|no answer",
            r"not respond|unavailable|could not connect|throttl",
            r"too long|hop count|loop|congest|retry time|busy",
        ),
    ),
)

_BY_STATUS: Final = (
    (re.compile(r"[45]\.1\.(?:[1036]|10)$|5\.1\.4$"), "unknown-user"),
    (re.compile(r"[45]\.1\.2$|5\.4\.4$"), "unknown-host"),
    (re.compile(r"[45]\.2\.2$"), "mailbox-full"),
    (re.compile(r"[45]\.2\.1$"), "inactive"),
    (re.compile(r"[45]\.[23]\.[34]$|[45]\.2\.3$"), "too-big"),
    (re.compile(r"[45]\.7\.\d+$|[45]\.1\.[78]$|5\.6\.\d+$"), "policy"),
    (re.compile(r"4\.\d+\.\d+$|[45]\.4\.\d+$"), "temporary"),
)


def find_status(*texts: str) -> str:
    """Give the most telling enhanced status code (RFC 3463) of some texts.

    One that says something goes before a bare 5.0.0.
    """
    found = [match for text in texts for match in _STATUS.finditer(text)]
    codes = [".".join(match.groups()) for match in found if match[1] != "2"]
    telling = [code for code in codes if not code.endswith(".0.0")]
    return (telling or codes or [""])[0]


def reason_of(status: str, words: str) -> str:
    """Name what a refusal means, by the server's words and its status."""
    for reason, pattern in _SAYS:
        if pattern.search(words):
            return reason
    for code, reason in _BY_STATUS:
        if code.match(status):
            return reason
    return "other"


def kind_of(reason: str, status: str, *, delayed: bool) -> str:
    """Say hard (the address is dead), soft, or delay (delivery goes on).

    A domain whose name servers are silent today (4.x.x) may be back tomorrow.
    """
    if delayed:
        return "delay"
    if reason == "unknown-host" and status.startswith("4"):
        return "soft"
    return "hard" if reason in _HARD else "soft"
