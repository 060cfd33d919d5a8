"""Whether a mail system wrote a mail, and whether it speaks of a failure.

People write about bounces, too, and some of them are postmasters. Editing rule: the
less sure the author, the more has to be said, and in the form that machines use.
"""

import re
import unicodedata

from bot.model import Message

__all__ = ("folded", "from_daemon", "from_machine", "is_vacation", "tells_failure")

_TEXT_MAX = 16_384

# Nobody is called like that.
_DAEMON = re.compile(
    r"mailer[-_. ]?d(?:a?e|ae)mon|mail[-_. ]?delivery|delivery (?:sub)?system"
    r"|mail[- ]?system|mdaemon|\bmaildelivery|mail[-_ ]?daemon|non[- ]remis"
    r"|microsoftexchange[0-9a-f]{6}"
)
_POSTMASTER = re.compile(r"post(?:mast|mast)er|mail administrator|mail[-_ ]?admin")
_NOBODY = re.compile(r"\b(?:no|ne-?pas|do-?not)-?(?:reply|repondre)$")
_PREFIX = re.compile(r"\s*(?:re|tr|fwd?|aw|wg|rep|ref)\s*:")

_MAIL = (
    r"(?:e?-?mails?|messages?|courriers?|courriels?|nachrichten?|sendung|notice"
    r"|correo|mensaje|messaggio)"
)
_SUBJECT = re.compile(
    r"undeliver|non[- ]?deliver|not (?:be )?deliver|returned (?:mail|to sender|message)"
    r"|delivery (?:status|fail|error|problem|report|notif|has failed|unsuccess)"
    r"|delivery of .{0,60}fail|failure (?:notice|delivery|notification|report)"
    r"|mail (?:delivery|error|failure|could not|returned|rejected|undeliver|system err)"
    r"|message (?:delivery|could not|not delivered|rejected|undeliver|status)"
    r"|unzustellbar|fehlgeschlagen|could not be delivered|return(?:ed|ing) mail"
    r"|delivery|failed|failure|unknown (?:user|address|recipient)|user unknown"
    r"|permanent (?:fatal )?error|automatically rejected|mail rejected"
    r"|error .{0,20}sending"
    r"|配信(?:て|で)きま|送信(?:て|で)きま|届けら"
    r"|error sending|processing error|nicht zugestellt"
    r"|non[- ]remis|non[- ]distribu|non delivr|n'a pas pu etre|echec (?:de|d.)"
    r"|retour(?:ne)? (?:a l.exp|de (?:courri|mess|mail))"
    r"|impossible de (?:remettre|distribuer|delivrer|livrer)"
    r"|(?:remise|distribution|envoi).{0,30}(?:echou|impossible|retard|differe)"
    r"|pas encore (?:ete )?(?:distribu|remis|deliv|livr)"
    r"|retarde|delayed|delay\b|warning.{0,30}(?:message|deliver|sen[dt]|undeliver)"
    r"|not yet|queued"
)
# A machine's sentence: this mail of yours failed. Parcels and accounts don't count.
_FAILED = re.compile(
    rf"{_MAIL}\b[^.!?]{{0,120}}\b(?:could ?n[o']t|can ?n[o']t|was ?n[o']t|were not"
    r"|has not been|has n.t been|unable to)\W+(?:yet )?(?:been |be )?"
    r"(?:deliver|sent|transmit|relayed)"
    r"|did not reach the following|undeliverable to [^ ]+@"
    rf"|(?:could not|unable to|was ?n.t able to|can ?n[o']t|trouble"
    rf"|(?:error|problem)s? "
    rf"(?:while |in |during |with )?)\W*deliver\w*\b[^.!?]{{0,60}}{_MAIL}"
    rf"|{_MAIL}\b[^.!?]{{0,80}}n.(?:a|ont) (?:pas|pu)\W[^.!?]{{0,60}}"
    r"(?:remis|distribu|deliv|livr|transmi|envoy|achemin)"
    rf"|{_MAIL}\b[^.!?]{{0,80}}(?:konnte|wurde)\w* [^.!?]{{0,60}}nicht [^.!?]{{0,30}}"
    r"(?:zugestellt|ubermittelt)"
    r"|permanent (?:fatal |delivery )*errors?|following address\w*(?:\(es\))? failed"
    r"|(?:had|with) (?:permanent |transient |non-)?(?:fatal|delivery) errors"
    r"|deliver[ye]\w* to the following (?:recipients?|address\w*)"
    r"|following recipients?(?:\(s\))?\b[^.!?]{0,40}(?:could|can|was|were|fail)"
    r"|(?:undeliverable|unreachable) recipient|undeliverable (?:mail|message)"
    r"|(?:echec|erreur) (?:de|lors de) (?:la |l.)?(?:remise|livraison|distribution"
    r"|envoi)[^.!?]{0,60}(?:message|mail|courri|destinataire)"
    r"|(?:remise|distribution|livraison)\b[^.!?]{0,80}"
    r"(?:retard|differe|echou|impossible)"
    r"|fehler bei der nachrichtenzustellung|folgende adresse ist fehlgeschlagen"
    r"|encountered an error while being processed|rejected recipient|送信(?:て|で)きま"
    r"|配信(?:て|で)きま"
    rf"|{_MAIL}\b[^.!?]{{0,60}}(?:has been|was|is|being) (?:returned|rejected|bounced)"
    r"|could not be delivered to:|was not delivered to:|non-delivery report"
)
# How machines list people: on a line of their own, or behind a label.
_LISTED = re.compile(
    r"^[ \t>*\-\x95]*(?:(?:\w+[ \t]+){0,3}\w+[ \t]?:[ \t]*|undeliverable to )?"
    r"[<\[\"']?(?:smtp:)?"
    r"([\w.+=/&'*%-]+@[\w-]+(?:\.[\w-]+)+)[\"'>\])]*[ \t]*(?:$|[:;(,]|\d{3}[ -]"
    r"|le \d|on \w{3}, \d|<mailto)",
    re.MULTILINE,
)
_REPLY = re.compile(
    r"(?<![\d.])[45]\d\d[ -](?:#?[45]\.\d|[a-z<(\"])|#?[45]\.\d{1,2}\.\d"
)
# What mail systems write to their own customers, and deliverers of other things.
_OTHER = re.compile(
    r"\bcolis\b|\bparcel|\bshipment|\bpackage\b|quarant(?:in|ain)|almost full"
    r"|presque pleine"
    r"|quota (?:warning|alert|notif)|(?:alerte|avertissement).{0,15}quota"
    r"|release (?:them|it)|on hold|held for|click here|cliquez|confirm(?:ez|er)? "
    r"|\d+ ?% (?:full|de son quota)"
)
_VACATION = re.compile(
    r"\W*(?:(?:re|rép|rep|aw)\s*:\s*)*(?:out of (?:the )?office|automatic reply"
    r"|auto(?:matic)?[- ]?re(?:ply|sponse)|vacation|absen[tc]|reponse automatique"
    r"|(?:message|avis|notification) d.absence"
    r"|away (?:from|until)|abwesen|en conge|please confirm|veuillez confirmer"
    r"|confirme[rz] |quota|accuse de|lu :|non lu :|read:|gelesen:|not read:"
    r"|automatische antwort)"
)


def folded(text: str) -> str:
    """Take capitals and accents away; lines stay lines."""
    if not text.isascii():
        bare = unicodedata.normalize("NFKD", text.replace("\u2019", "'"))
        text = "".join(one for one in bare if not unicodedata.combining(one))
    return text.lower()


def from_daemon(message: Message) -> bool:
    """Whether the author or the sender is a mail system, by a name nobody else has."""
    author = folded(message.first("from")).strip()
    if author.endswith("<>") or _DAEMON.search(author.partition("@")[0]):
        return True
    sender = message.first("return-path").strip("<> ").partition("@")[0]
    return sender.lower().startswith("mailer-daemon")


def from_machine(message: Message) -> bool:
    """Whether a mail system may have written it; postmasters are people, too."""
    if message.null_sender or from_daemon(message):
        return True
    author = folded(message.first("from")).partition("@")[0]
    return bool(_POSTMASTER.search(author) or _NOBODY.search(author))


def is_vacation(message: Message) -> bool:
    """Whether a person's machine answers, not a mail system."""
    if any(message.first(name) for name in ("x-autoreply", "x-autorespond")):
        return True
    return bool(_VACATION.match(folded(message.subject)))


def tells_failure(message: Message, own_words: str) -> bool:
    """Whether a mail system says that a mail of ours failed, or is late.

    Args:
        message: the mail, which `from_machine`.
        own_words: its text, without the mail that it returns.
    """
    if message.first("x-failed-recipients"):
        return True
    text = folded(own_words[:_TEXT_MAX])
    subject = folded(message.subject)
    named = bool(_SUBJECT.search(subject))
    said = bool(_FAILED.search(" ".join(text.split())))
    shaped = _is_shaped(message, text)
    proved = bool(_REPLY.search(text)) or _returns_mail(message)
    if (_OTHER.search(subject) and not named) or (
        _OTHER.search(text) and not (said or proved)
    ):
        return False
    if _is_sure(message):
        return named or said or (shaped and proved)
    if _PREFIX.match(subject):
        return False
    if _has_name_of_machine(message):
        enough = proved or (said and _is_nobodys(message))
        return (shaped and enough and (said or named)) or _is_silent(message, named)
    return shaped and said and proved


def _is_nobodys(message: Message) -> bool:
    """Whether it isn't only a display name that sounds like a mail system."""
    author = message.author.address.local_part.lower() if message.author else ""
    return message.null_sender or bool(_POSTMASTER.search(author))


def _is_silent(message: Message, named: bool) -> bool:  # noqa: FBT001 - one more fact
    """Whether a postmaster returns a mail without a word of ours."""
    author = message.author.address.local_part.lower() if message.author else ""
    return named and bool(_POSTMASTER.fullmatch(author)) and _returns_mail(message)


def _returns_mail(message: Message) -> bool:
    return any(part.content_type == "message/rfc822" for part in message.attachments)


def _has_name_of_machine(message: Message) -> bool:
    author = folded(message.first("from"))
    return bool(_DAEMON.search(author) or _POSTMASTER.search(author.partition("@")[0]))


def _is_sure(message: Message) -> bool:
    """Whether nobody but a mail system can have sent it.

    A display name alone is quickly forged; a postmaster who sends with `<>` is none.
    """
    author = folded(message.first("from")).strip()
    local = author.rpartition("<")[2].partition("@")[0].strip("\"' ")
    if author.endswith("<>") or _DAEMON.search(local):
        return True
    sender = message.first("return-path").strip("<> ").partition("@")[0]
    if sender.lower().startswith("mailer-daemon"):
        return True
    named = _DAEMON.search(author) or _POSTMASTER.search(author.partition("@")[0])
    returned = message.first("return-path")
    return bool(named) and (message.null_sender or not returned)


def _is_shaped(message: Message, text: str) -> bool:
    """Whether it lists people as machines do, other ones than us."""
    ours = {who.address.key for who in (*message.to, *message.cc)}
    ours |= {one.key for one in message.delivered_to}
    if message.author:
        ours.add(message.author.address.key)
    return any(one.lower() not in ours for one in _LISTED.findall(text))
