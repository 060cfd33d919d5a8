"""What an author typed: the text of a mail without quotations and signature.

Two readers, one text: own rules for what French and English mail programs write,
and mail-parser-reply, known to this module only, for the other languages.
"""

import re
from collections.abc import Sequence

from mailparser_reply import EmailReplyParser

__all__ = ("typed_text", "typed_whole")

# An answer or a command stands in the first lines. mail-parser-reply takes
# 15 seconds for hostile lines of 20 kB, so no more than this is looked at.
TEXT_MAX = 8192
LINES_MAX = 200
LINE_MAX = 500
WHOLE_MAX = 1_000_000
# An Outlook group of hundreds stands on one line.
WHOLE_LINE_MAX = 50_000
_LIBRARY_MAX = 2048

# An address, a time or a mark: what mail programs put over what they quote.
_QUOTED = re.compile(r"\S@\S|^\s*>|\b\d{1,2}\s?[:h]\s?\d\d\b", re.MULTILINE)

# The languages of mail-parser-reply beyond the two that the rules below know.
_LANGUAGES = ["fr", "en", "de", "es", "it", "nl"]

# A line that opens what another mail said; nothing typed follows it.
_QUOTE_OPENS = re.compile(
    r"\s*(?:"
    r"[*_]{0,2}(?:De|From|Von|Da|Van)\s?:[*_]{0,2}\s.*\S@"
    r"|(?:-{5,}|_{5,})\s*(?:message|original|urspr|forwarded|courriel|e-?mail)"
    r"|-{2,}\s*(?:message|original|urspr|forwarded|courriel|e-?mail)\b.*-{2,}\s*$"
    r"|-{2,}.{0,40}(?:message|mail|courriel).{0,40}-{2,}\s*$"
    r"|Message d['\u2019]origine\s?:?\s*$|Message du\s?:?\s?\d\d?/\d\d?/\d{2,4}\b"
    r"|Début du message (?:réexpédié|transféré|réexp)\S*\s?:?\s*$|Begin forwarded"
    r")",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*(?:-{5,}|_{5,}|={10,})\s*")
_HEADER_BELOW = re.compile(
    r"\S@\S|^\s*[*_]{0,2}(?:De|From|Von|Message du|Objet|Subject)\s?:", re.IGNORECASE
)
_SENDER_LINE = re.compile(r"\s*[*_]{0,2}(?:De|From|Von)\s?:", re.IGNORECASE)
_OTHER_LINE = re.compile(
    r"\s*[*_]{0,2}(?:Envoyé|Sent|Date|Gesendet|Objet|Subject|À|A|To)(?: le)?\s?:",
    re.IGNORECASE,
)
# FairEmail: « 3 mai 2026 09:22:28 Comité <comite@example.org>: ».
_DATED = re.compile(
    r"\s*\d{1,2} \S{3,10} \d{4},? (?:à |at )?\d\d:\d\d(?::\d\d)?.{0,200}\S@\S+>?\s?:\s*"
)
_ATTRIBUTION = re.compile(
    r"\s*(?:Le|On|Am|Il|El|Op)\b(?=.{0,200}(?:@|\b\d{1,2}\s?[:h]\s?\d\d|\b20\d\d\b)).{5,200}?"
    r"(?:a écrit|wrote|schrieb\b.{0,80}|escribió|ha scritto|schreef\b.{0,80})\s*:?\s*",
    re.IGNORECASE,
)
# Added by telephones; not typed, but typed text may follow when people answer below.
_ADVERTISEMENT = re.compile(
    r"\s*(?:Garanti sans virus|Sans virus|Virus-free|www\.avast\.com)\b.{0,120}"
    r"|\s*(?:(?:Mail |Message )?Envoyé (?:de|depuis|à partir|avec|via)"
    r"|Sent (?:from|with|via)|Provenance\s?:|Gesendet von).{0,40}?\b(?:iPhone|iPad"
    r"|Samsung|Galaxy|Android|Outlook|Yahoo|Orange|La ?Poste|SFR|Free|Gmail|Proton"
    r"|Huawei|Xiaomi|smartphone|mobile|téléphone|appareil|tablette|BlueMail|K-?9|FairEmail|Mailo|Windows"
    r"|Thunderbird|messagerie|Courrier|Mail|app|AOL|Handy)\b.{0,120}"
    r"|\s*(?:Télécharge[rz]?|Get|Obtenez) Outlook (?:pour|for)\b.{0,120}",
    re.IGNORECASE,
)


def typed_text(text: str) -> str:
    """Give what the author typed: at most 8 kB, 200 lines, 500 characters a line."""
    clean = text[:TEXT_MAX].replace("\ufeff", "").replace("\u00a0", " ")
    lines = [line[:LINE_MAX].rstrip() for line in clean.split("\n")[:LINES_MAX]]
    return _cut_by_library("\n".join(_typed_lines(lines)).strip())


def typed_whole(text: str) -> str:
    """Give what the author typed, as far as a megabyte: a list of people, say.

    By the own rules alone, which take no longer for hostile lines than for others.
    """
    clean = text[:WHOLE_MAX].replace("\ufeff", "").replace("\u00a0", " ")
    lines = [line[:WHOLE_LINE_MAX].rstrip() for line in clean.split("\n")]
    return "\n".join(_typed_lines(lines)).strip()


def _typed_lines(lines: Sequence[str]) -> list[str]:
    """Leave out quoted lines; stop where a signature or another mail begins."""
    typed: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if _is_signature(line) or _opens_quotation(lines, index):
            break
        if height := _attribution_height(lines, index):
            index = _after_attribution(lines, index + height)
            continue
        if not line.lstrip().startswith(">") and not _ADVERTISEMENT.fullmatch(line):
            typed.append(line)
        index += 1
    return typed


def _is_signature(line: str) -> bool:
    return line == "--"


def _opens_quotation(lines: Sequence[str], index: int) -> bool:
    line = lines[index]
    if _QUOTE_OPENS.match(line):
        return True
    if _RULE.fullmatch(line):
        # People draw lines, too; mail programs put a header below them.
        return any(map(_HEADER_BELOW.search, lines[index + 1 : index + 7]))
    following = lines[index + 1 : index + 4]
    if _SENDER_LINE.match(line):
        return any(map(_OTHER_LINE.match, following))
    return bool(_OTHER_LINE.match(line)) and any(map(_SENDER_LINE.match, following))


def _attribution_height(lines: Sequence[str], index: int) -> int:
    """Say over how many lines « Le …, … a écrit : » runs, 0 when there is none."""
    start = lines[index].lstrip()[:2].lower()
    if start[:1].isdigit():
        return 1 if _DATED.fullmatch(lines[index]) else 0
    if start not in ("le", "on", "am", "il", "el", "op"):
        return 0
    for height in (1, 2, 3):
        joined = " ".join(line.strip() for line in lines[index : index + height])
        if _ATTRIBUTION.fullmatch(joined):
            return height
    return 0


def _after_attribution(lines: Sequence[str], index: int) -> int:
    """Go on after an attribution if people answer below what they quote.

    Only a quotation with `>` has an end; anything else runs to the end.
    """
    while index < len(lines) and not lines[index].strip():
        index += 1
    if index < len(lines) and lines[index].lstrip().startswith(">"):
        return index
    return len(lines)


def _cut_by_library(text: str) -> str:
    """Let mail-parser-reply cut what the own rules left; it only ever shortens."""
    if not any(line.endswith(":") or ": " in line for line in text.split("\n")[1:]):
        return text
    head = text[:_LIBRARY_MAX]
    try:
        replies = EmailReplyParser(languages=list(_LANGUAGES)).read(head).replies
    except (RecursionError, ValueError, IndexError):
        return text
    if len(replies) > 1 and not replies[0].headers and replies[0].content:
        kept = str(replies[0].content)
        # It takes « il a écrit : » for a quotation, too.
        return kept if _QUOTED.search(text[len(kept) :]) else text
    return text
