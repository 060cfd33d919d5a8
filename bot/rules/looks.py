"""Posts that look wrong: what a moderator would want to see before the members do.

Announcements are none of these: their senders look at a preview first. Neither are
posts of those in charge, where they are proved.
"""

import re
from typing import Final

from bot.folding import fold, vocabulary, without_reply_prefix
from bot.model import Hit, ListKind, MailingList, Proof, Verdict
from bot.rules.post import Post

__all__: Final = (
    "administrivia",
    "implicit_destination",
    "many_addressees",
    "many_links",
    "program_attached",
)

# What stands for files in an archive that can't be listed.
HIDDEN: Final = "?"
_ADDRESSEES_MAX: Final = 10
# A first post with a link or two is a volunteer's, with more and little text spam.
_LINKS_MAX: Final = 2
_WORDS_A_LINK: Final = 25
_LINKS_EVER_MAX: Final = 5
# Longer texts say something else, too.
_WISH_WORDS_MAX: Final = 40

_LINK: Final = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"')\]]{4,}", re.IGNORECASE)
# What Windows, macOS and Office run on a double click, and what hides such files.
_PROGRAMS: Final = vocabulary(
    "ade adp app appinstaller appx application bas bat bin chm cmd com command cpl dll"
    " dmg docm dotm exe gadget hlp hta img inf ins iso jar jnlp js jse lnk mde msc msi"
    " msp mst one osx pif pkg potm ppam ppsm pptm ps1 ps2 psm1 reg scf scr sct sh shb"
    " shs sldm sys vb vbe vbs vhd vhdx wsc wsf wsh xlam xll xlsm xltm"
)
_PROGRAM_TYPES: Final = frozenset(
    {
        "application/hta",
        "application/java-archive",
        "application/javascript",
        "application/vnd.android.package-archive",
        "application/vnd.microsoft.portable-executable",
        "application/x-dosexec",
        "application/x-executable",
        "application/x-ms-installer",
        "application/x-ms-shortcut",
        "application/x-msdos-program",
        "application/x-msdownload",
        "application/x-msi",
        "application/x-sh",
        "application/x-shellscript",
        "text/javascript",
        "text/vbscript",
    }
)
_WISHES: Final = re.compile(
    r"\b(?:des(?:abon|inscri)\w*|unsubscri\w*|signoff"
    r"|(?:retir|ray|enlev|supprim|radi|ot)\w*[- ](?:moi|nous"
    r"|(?:moi )?(?:mon|mes|notre|nos) (?:adresses?|e-?mails?|mails?|noms?|courriels?))"
    r"|(?:me|nous) (?:retirer|rayer|enlever|supprimer|radier|oter|sortir)"
    r"|(?:remove|delete) (?:me|us|my)|take (?:me|us|my \w+) off"
    r"|(?:quitter|sortir de) (?:la|cette|votre|vos|ta) (?:mailing[- ])?listes?"
    r"|(?:ne )?plus (?:recevoir|etre destinataire|faire partie)"
    r"|no longer (?:wish|want) to receive|stop (?:sending|emailing))\b"
)


def _concerns(post: Post, lst: MailingList) -> bool:
    if lst.kind is ListKind.ANNOUNCEMENT:
        return False
    return not (post.proof is Proof.PASS and post.is_in_charge(lst))


def program_attached(post: Post, _lst: MailingList) -> Hit | None:
    """Hold what carries programs, whoever wrote it: a worm writes in their name."""
    for one in post.message.attachments:
        for name in map(fold, (one.name, *one.inside)):
            if _extension(name) in _PROGRAMS or name == HIDDEN:
                return Hit("program-attached", Verdict.HOLD, name)
        if one.content_type in _PROGRAM_TYPES:
            return Hit("program-attached", Verdict.HOLD, one.name or one.content_type)
    return None


def _extension(name: str) -> str:
    return name.rstrip(". ").rpartition(".")[2]


def administrivia(post: Post, lst: MailingList) -> Hit | None:
    """Hold a short post that speaks of leaving the list: it went to the wrong place."""
    message = post.message
    if not _concerns(post, lst) or message.attachments:
        return None
    typed = fold(message.typed)
    subject = fold(message.subject)
    if subject != fold(without_reply_prefix(message.subject)):
        subject = ""  # that of a thread
    short = len(typed.split()) <= _WISH_WORDS_MAX
    if not (short and _WISHES.search(f"{subject} ; {typed}")):
        return None
    return Hit("administrivia", Verdict.HOLD)


def many_links(post: Post, lst: MailingList) -> Hit | None:
    """Hold a first post that is full of links."""
    if post.approved or not _concerns(post, lst):
        return None
    text = post.message.text
    links = len(set(_LINK.findall(text)))
    words = len(_LINK.sub(" ", text).split())
    many = links > _LINKS_EVER_MAX or (
        links > _LINKS_MAX and words < links * _WORDS_A_LINK
    )
    return Hit("many-links", Verdict.HOLD, str(links)) if many else None


def implicit_destination(post: Post, lst: MailingList) -> Hit | None:
    """Hold what names the list neither in To: nor in Cc:: a blind copy."""
    if post.names_list or not _concerns(post, lst):
        return None
    return Hit("implicit-destination", Verdict.HOLD)


def many_addressees(post: Post, lst: MailingList) -> Hit | None:
    """Hold what was sent to many others, who would all answer to everybody."""
    message = post.message
    named = {who.address for who in (*message.to, *message.cc)}
    if len(named) <= _ADDRESSEES_MAX or not _concerns(post, lst):
        return None
    return Hit("many-addressees", Verdict.HOLD, str(len(named)))
