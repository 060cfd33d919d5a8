"""What servers say and what it means, as one ordered table.

Words are folded first: no capitals, no accents, each address a mark, `(sender)` for
ours. Editing rule: the first pattern that fits decides, so the surest stand first;
a pattern is about what is meant, in each language, and never about one server's
wording alone. Who is called `unknown-user` may be struck off: when in doubt, don't.
"""

import re
from typing import Final

__all__ = ("MEANINGS",)


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


# Who or what a reply is about, in the languages that we meet.
_BOX = (
    r"(?:mail ?box|mail ?folder|mail ?drop|inbox|account|boite|compte|messagerie"
    r"|postfach|konto|empfaenger|empfanger|casella|buzon|recipient|destinataire|user)"
)
_WHO = (
    r"(?:user|recipient|mail ?box|address(?:ee)?|account|alias|local[- ]?part|member"
    r"|customer|name|id|recipients|utilisateur|adresse|destinataire|boite|compte"
    r"|empfanger|benutzer|postfach|usuario|utente|indirizzo|direccion)s?\b"
)
_HOST = r"(?:host ?name|host|domain|domaine|serveur|server|domane|dominio)s?\b"
_GONE = (
    r"(?:unknown|inconnue?s?|not (?:be )?found|introuvables?|inexistante?s?|unbekannt"
    r"|(?:does|do|did) ?(?:not|n.t) exist|not exist|n.existe(?:nt)? (?:pas|plus)"
    r"|existiert nicht|nicht (?:vorhanden|gefunden)|desconocid[oa]|sconosciut[oa]"
    r"|no existe|non esiste|onbekend)"
)
_OFF = (
    r"(?:disabled|inactive|suspended|deactivated|locked|expired|frozen|terminated"
    r"|(?:been |is )?closed|not active|blocked due to inactivity|desactivee?|suspendue?"
    r"|inactive?|inactif|resiliee?|fermee?|cloturee?|bloquee?|deaktiviert|gesperrt"
    r"|stillgelegt)"
)

MEANINGS: Final = (
    (
        "policy",  # it is us whom they refuse, whatever they call it
        _words(
            r"sender (?:address )?(?:rejected|refused|denied|unknown|invalid|blocked)",
            r"(?:domain of |invalid |bad |blocked )senders?\b|sender (?:verif|domain)",
            r"(?:domaine?|ad(?:d)?resse?) (?:de |of )?"
            r"(?:the |l.)?(?:sender|expediteur)",
            r"expediteur\b.{0,40}(?:n.existe|inconnu|invalide|refuse|rejete|interdit"
            r"|non autorise)|absender\w*.{0,40}(?:abgelehnt|unbekannt|gesperrt)",
            r"after mail from|in reply to mail from"
            r"|verification failed for\W{0,4}sender",
            r"\(sender\)\W{0,6}(?:\w+ ){0,6}(?:unknown|rejected|refused|not exist"
            r"|does not|doesn.t|invalid|failed|no such|blocked|bloque|refuse)",
            r"allowed rcpthosts|provide a valid from|may not be mail exchanger|\(bl\)"
            r"|user complaints",
            r"client host (?:rejected|blocked|refused)"
            r"|helo (?:command )?(?:rejected|is)",
        ),
    ),
    (
        "temporary",  # they would take it later, whoever it is for
        _words(
            r"gr[ea]y-?list",
            r"(?:sending|hourly|daily|message|recipient|outgoing)s? "
            r"(?:quota|rate|limit)s?\b.{0,20}(?:exceed|reached|over)",
            r"user (?:message |sending )?(?:quota|limit) (?:exceed|reached)",
            r"receiving mail (?:at a rate|too quickly)",
        ),
    ),
    (
        "mailbox-full",
        _words(
            r"over\s?-?quota|quota.{0,30}(?:exceed|depass|full|voll|erreicht|atteint)",
            r"depass\w*.{0,25}quota|overquotatemp",
            r"mailbox exceeds|is over (?:its |the )?(?:disk )?quota",
            r"exceed(?:s|ed|ing)?\b.{0,40}(?:quota|storage|mailbox size)",
            _BOX + r".{0,40}\b(?:full|pleine?s?|voll|pien[oa]|llen[oa])\b",
            r"out of (?:storage|disk)|no space left",
            r"(?:not enough|insufficient|plus de|pas assez d)\W"
            r"{0,3}(?:\w+ )?(?:storage|disk|space|quota|espace|place)",
            r"disk (?:quota|full)",
            r"mailboxfull|storedrv.{0,80}quotaexceeded",
            r"(?:mailbox|storage).{0,30}(?:size )?limit",
            r"espace.{0,30}(?:insuffisant|sature)|(?:boite|compte).{0,30}saturee?",
        ),
    ),
    (
        "too-big",
        _words(
            r"(?:message|mail|email).{0,30}too (?:big|large)",
            r"(?:size|length) of (?:the |this |your )?message.{0,60}exceed",
            r"message.{0,20}(?:size|length).{0,40}(?:exceed|limit|larger|maxim)",
            r"exceed.{0,40}(?:message|maximum) size",
            r"(?:message|mail|courriel).{0,30}(?:trop (?:gros|volumineux|grand|lourd))",
            r"(?:message|mail|courriel)\b.{0,30}\btaille|taille.{0,40}(?:depass|limite"
            r"|maxim)|nachricht.{0,20}zu gro(?:ss|ß)",
            r"larger than the (?:current|maximum)",
        ),
    ),
    (
        "inactive",
        _words(
            rf"(?:{_BOX}|{_WHO}).{{0,60}}\b{_OFF}\b",
            rf"\b(?:disabled|inactive|suspended|deactivated|expired) {_WHO}",
            r"no longer (?:active|in use|being used|accept)"
            r"|archived recipient|archivee",
            r"n.est plus (?:active?|utilise\w*|en service)"
            r"|nicht mehr (?:aktiv|genutzt)",
        ),
    ),
    (
        "unknown-host",
        _words(
            r"host (?:or domain name )?(?:is )?(?:unknown|not found)|unknown host",
            r"nxdomain|name service error|domain name not found|host inconnu",
            r"domain is not reachable|(?<!sender )domain.{0,20}does not exist",
            r"rejected: domain not found",
            r"le domaine\b.{0,60}(?:introuvable|n.existe|inconnu)",
        ),
    ),
    (
        "unknown-user",
        _words(
            r"user unknown|unknown user|no such (?:user|recipient|mailbox)\b(?! compl)",
            r"recipnotfound|recipientnotfound"
            r"|non-?existent (?:user|recipient|mailbox)",
            r"recipient address rejected: (?:access denied|user|address)",
            r"account that you tried to reach does not exist|userid|addressee unknown",
            r"mailbox unavailable or not local|did not exactly match",
            r"email address wasn.t found|name is not recogni[sz]ed",
            rf"(?:recipient|destinataire|mailbox|address|adresse)\b[^.;!]{{0,30}}\b{_GONE}",
            r"invalid recipient|recipient is invalid|destinataires? invalides?",
            r"\b5\d\d\b.{0,12}requested (?:mail )?action (?:not taken|aborted)[:,]? "
            r"mailbox (?:unavailable|not found)",
        ),
    ),
    (
        "policy",
        _words(
            r"\bspam",
            r"black\s?-?list|block\s?list|\brbl\b|\bdnsbl\b|spamhaus|barracuda|spamcop",
            r"\bdmarc\b|\bdkim\b|\bspf\b|authenticat",
            r"relay(?:ing)? (?:access )?(?:denied|not (?:allowed|permitted))",
            r"(?:unable|not (?:allowed|permitted)|refus\w+|prohibited) to relay",
            r"relaying|we do not relay|relais.{0,20}(?:refus|interdit)",
            r"\bpolicy\b|\bpolitique|\brichtlinie",
            r"reputation|may not have permission|permission to post",
            r"\bvirus|malware|malicious|phish",
            r"unsolicited|indesirable|unerwunscht",
            r"not authori[sz]ed|unauthori[sz]ed|not permitted|not allowed",
            r"content.{0,30}(?:reject|refus|denied|block)",
            r"(?:message|mail).{0,20}(?:refused|rejected|denied|rejete|refuse)"
            r"(?! by the server for the recipient domain)",
            r"(?<!not )\blisted (?:at|in|by|on)|blocked|\bbloque|banned",
            r"access denied|denied by|aup#|restrict|abgelehnt|verweigert",
            r"service refuse|reverse (?:dns|lookup)|\bptr\b|\bhelo\b",
        ),
    ),
    (
        "unknown-user",
        _words(
            rf"{_WHO}[^.;!]{{0,50}}(?:\b{_GONE}|doesn.t have an? |is invalid|not known"
            r"|unavailable$|not listed|no longer (?:exist|valid|on server))",
            r"(?:unknown|invalid|no such|non-?existent|bad|undeliverable|inconnue?) "
            r"(?:\w+ )?(?:user|recipient|mailbox|address|account|local|name|person)",
            r"unknown.{0,15}(?:user|recipient|mailbox|address)",
            r"(?:utilisateur|adresse|boite|destinataire|compte)\b.{0,40}invalide",
            r"no (?:mail ?box|account|user|recipient)s?\b.{0,30}(?:here|name|found|by)",
            r"not a (?:known|valid|registered) (?:user|recipient|mailbox|address)",
            r"isn.t (?:a valid|known|registered|in my)|not in my control",
            r"not listed in|user not|not our customer|has (?:moved|left)|is not valid",
            r"this user doesn.t have|recipient no longer on",
            r"unknown local|recipient rejected|address rejected|rejected recipient",
        ),
    ),
    (
        "unknown-host",
        _words(
            rf"(?:{_HOST}|\bname\b).{{0,40}}(?:\b{_GONE}|invalid)",
            r"(?:unknown|invalid|no such|bad|nonexistent) (?:host|domain)",
            r"unrout(?:e)?able|no route|nxdomain",
            r"no (?:mx|mail (?:server|exchanger))|all relevant mx records",
            r"couldn.t find any host|illegal host",
            r"null ?mx|does not accept (?:any )?mail"
            r"|dns (?:error|lookup failure|failure)",
        ),
    ),
    (
        "temporary",
        _words(
            r"time[d]?[ -]?out|delai",
            r"connection (?:refused|reset|lost|dropped|closed)",
            r"(?:try|retry).{0,20}(?:again )?later|reessay",
            r"temporar|temporaire|voruber|deferred|rate limit|too many|too fast",
            r"message expired|dns query failed",
            r"unreachable|not reachable|did not accept our requests|no answer",
            r"not respond|unavailable|could not connect|throttl|unable to connect"
            r"|wasn.t able to establish|could not deliver for the last|error connecting"
            r"|could not find a gateway",
            r"too long|hop count|loop|congest|retry time|busy"
            r"|(?:failed|tried|after) \d+ (?:attempt|time|hour|day)|aborted after \d",
        ),
    ),
)
