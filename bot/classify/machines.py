"""Recognising mail that no person wrote: never a post, never answered.

Surest signs first: what RFC 3834 says, what programs say, and last the words.
"""

import re
import unicodedata

from bot.bounces import is_bounce, is_feedback_report
from bot.classify.facts import Facts
from bot.classify.ours import is_ours

__all__ = (
    "auto_submitted",
    "autoreply_field",
    "autoreply_subject",
    "bounce",
    "challenge",
    "feedback",
    "foreign_list",
    "machine_author",
    "machine_report",
    "null_sender",
    "precedence",
    "says_so",
    "suppresses_replies",
)


def bounce(facts: Facts) -> bool:
    """Whether it reports a failure (RFC 3464 and the wild)."""
    return bool(facts.reports) or is_bounce(facts.message)


def feedback(facts: Facts) -> bool:
    """Whether it is a complaint (RFC 5965)."""
    return is_feedback_report(facts.message)


def auto_submitted(facts: Facts) -> bool:
    """RFC 3834: anything but `no`."""
    stated = facts.message.first("auto-submitted").partition(";")[0]
    return stated.partition("(")[0].strip().lower() not in ("", "no")


def machine_report(facts: Facts) -> bool:
    """Read receipts (RFC 8098), successful deliveries and their kin."""
    return facts.message.content_type == "multipart/report"


def null_sender(facts: Facts) -> bool:
    """Whoever sends with `<>` wants no answer (RFC 5321 §4.5.5)."""
    return facts.message.null_sender


_AUTOREPLY_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-vacation",
)


def autoreply_field(facts: Facts) -> bool:
    """The fields of vacation(1), qmail-autoresponder, Exchange, X.400 and others."""
    if any(facts.message.first(name) for name in _AUTOREPLY_FIELDS):
        return True
    identifiers = (
        facts.all_of("content-identifier"),
        facts.all_of("x400-content-identifier"),
    )
    return any(re.search(r"auto[- ]?repl", stated) for stated in identifiers)


def suppresses_replies(facts: Facts) -> bool:
    """Exchange's way to say that no machine should answer."""
    stated = re.split(r"[\s,;]+", facts.all_of("x-auto-response-suppress"))
    return bool({"all", "oof", "autoreply"} & set(stated))


def precedence(facts: Facts) -> bool:
    """Mail to many, or from a vacation program."""
    stated = set(facts.all_of("precedence").split())
    stated |= set(facts.all_of("x-precedence").split())
    return bool({"bulk", "junk", "list", "auto_reply"} & stated) and not is_ours(facts)


def foreign_list(facts: Facts) -> bool:
    """Mail of another list, or a mailing: nobody wrote it to one of ours."""
    names = ("list-id", "x-beenthere", "list-unsubscribe")
    stated = any(facts.message.first(name) for name in names)
    return stated and not is_ours(facts)


_MACHINE_NAME = re.compile(
    r"mailer-daemon|postmaster|sympa|listserv|majordomo|smartlist|mailman|listmaster"
    r"|(?:no|ne|do-?not|ne-?pas)[-_.]?(?:reply|repondre|reponse)(?:[-_.].*)?"
    r"|(?:.*[-_.])?no-?reply|bounces?|.+-bounces|.+-bounces\+.*",
    re.IGNORECASE,
)


def machine_author(facts: Facts) -> bool:
    """Unless we know the author: a group may write from such an address."""
    author = facts.message.author
    if author is None or facts.roster.person:
        return False
    return bool(_MACHINE_NAME.fullmatch(author.address.local_part))


_AUTOREPLY_SUBJECT = re.compile(
    r"(?:réponse automatique|automatic reply|auto(?:matic)?[- ]?(?:reply|response)"
    r"|out of (?:the )?office|absence du bureau"
    r"|(?:message|notification|avis|réponse) d'absence"
    r"|vacation (?:reply|message)|abwesenheitsnotiz"
    r"|automatische antwort|respuesta automática|risposta automatica"
    r"|absent(?:e|\(e\))? (?:du bureau|jusqu|du \d|actuellement|pour le moment)"
    r"|actuellement absent|en congés? (?:jusqu|du \d))\b",
    re.IGNORECASE,
)


def autoreply_subject(facts: Facts) -> bool:
    """The last resort; only the start counts, since people write about absences."""
    return bool(_AUTOREPLY_SUBJECT.match(_plain(facts.message.subject)))


_CHALLENGE_SUBJECT = re.compile(
    r"(?:please )?confirm (?:your|this) (?:message|e-?mail|mail)\b"
    r"|(?:veuillez )?confirme[rz] (?:votre|cet?) (?:message|envoi|e-?mail|courriel)\b"
    r"|\[?(?:mailinblack|boxbe|spamarrest)\b",
    re.IGNORECASE,
)


def challenge(facts: Facts) -> bool:
    """A filter that wants to be answered first; answering would never end."""
    return bool(_CHALLENGE_SUBJECT.match(_plain(facts.message.subject)))


_SAYS_SO = re.compile(
    r"(?:bonjour,? )?(?:(?:ceci|ce (?:message|courriel|mail)) est (?:un|une|la) )?"
    r"(?:réponse|message|courriel|e-mail) (?:d'absence )?automatique\b.{0,40}"
    r"|this is an? auto(?:matic|mated|matically generated)?[- ]?"
    r"(?:reply|response|message|e-?mail)\b.{0,40}",
    re.IGNORECASE,
)
_LINES_ASKED = 10


def says_so(facts: Facts) -> bool:
    """A line of its own that declares the mail to be automatic."""
    lines = facts.message.typed.splitlines()[:_LINES_ASKED]
    return any(_SAYS_SO.fullmatch(_plain(line)) for line in lines)


def _plain(text: str) -> str:
    """Put text into the form that the patterns expect: one accent, one apostrophe."""
    return unicodedata.normalize("NFC", text).replace("\u2019", "'").strip()
