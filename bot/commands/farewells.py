"""What stands below a verdict: thanks, a signature, a reason to pass on.

Rule for editors: whatever isn't surely a farewell is part of the answer.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.commands.answer_lines import (
    NAME_WORDS_MAX,
    compressed,
    is_thanks,
    opens,
    words_of,
)
from bot.commands.answer_words import (
    CAUTION,
    COURTESY,
    FAREWELL,
    PARTICLES,
    POLITE,
    SENTENCE,
    TITLES,
)
from bot.commands.given_names import GIVEN_NAMES
from bot.folding import fold, vocabulary

__all__: Final = ("Own", "is_farewell", "names_of", "reason_in")

# The words of the author's name; None: any name is taken for theirs.
Own = frozenset[str] | None


def names_of(name: str, address: str) -> tuple[str, ...]:
    """Give what somebody may sign with: their name, and that in their address."""
    local_part = re.sub(r"[\W\d_]+", " ", address.partition("@")[0])
    words = (*words_of(name), *words_of(local_part))
    return tuple(one for one in words if len(one) > 1 and one not in _NOBODY)


_NOBODY: Final = (
    SENTENCE
    | TITLES
    | vocabulary(
        "moderation photo photos relecture contact info infos bureau lettre annonce"
        " annonces redaction secretariat presidence tresorerie local paris"
        " mail email courriel"
    )
)


# What companies and virus scanners put below a mail; nothing typed follows it.
_DISCLAIMER: Final = re.compile(
    r"(?:ce (?:message|courriel|mail|e-?mail)(?: electronique)?,? (?:et ses|est conf"
    r"|peut contenir|contient des|ainsi que|s'adresse|a ete verifie)"
    r"|(?:this|the information in this) (?:e-?mail|message|communication)\b"
    r"|l'expediteur (?:decline|ne)|pensez a l'environnement|avant d'imprimer"
    r"|n'imprimez|please consider the environment|disclaimer|avis de confidentialit"
    r"|confidentiality (?:notice|statement)|les informations contenues"
    r"|(?:garanti )?sans virus|virus-free"
    r"|if you are not the intended)"
)
# A telephone number, a site, an address: only signatures have those alone.
_CONTACT: Final = re.compile(
    r"(?:\+\d{1,3}|\b0\d)(?:[\s.()/-]{0,2}\d){7,}|\bwww\.\S+|https?://\S+|\S+@\S+\.\w+"
)
_REASON_MAX = 2000


# « Ce message contient des erreurs » is no disclaimer.
_STOCK: Final = re.compile(
    r"confidentiel|confidential\b|destinataire|intended recipient|addressed|privileged"
    r"|virus|d'imprimer|n'imprimez|environnement|environment|responsabilit|antivirus|liability"
)
_STOCK_LINES: Final = 3


def _is_disclaimer(line: str, below: Sequence[str]) -> bool:
    """Whether a line begins what a company or a virus scanner adds."""
    following = [one for one in below if one.strip()][:_STOCK_LINES]
    text = fold(" ".join((line, *following)))
    return bool(_DISCLAIMER.match(fold(line)) and _STOCK.search(text))


def reason_in(after: str, rest: Sequence[str], own: Own) -> str:
    """Give a rejection's reason: what stands before a farewell or a signature."""
    kept = [after] if after and not set(words_of(after)) <= POLITE else []
    for line in rest:
        if not line:
            kept += [""] if kept else []
        elif _is_signed(line, own) or (_is_courtesy(line) and kept):
            break
        elif not _is_courtesy(line):
            kept.append(line)
    return "\n".join(kept).strip()[:_REASON_MAX]


def _is_courtesy(line: str) -> bool:
    return set(words_of(line)) <= POLITE | FAREWELL


def _is_signed(line: str, own: Own) -> bool:
    """Whether a line is the first of a signature, or of what a company adds."""
    if own is not None and _is_own_name(line, words_of(line), own):
        return True
    if _is_disclaimer(line, ()) or _is_contact(line, words_of(line)):
        return True
    # « Publicité. » is a reason, « Claire » none.
    return line[-1] not in ".!" and _is_name(line)


def _is_contact(line: str, words: Sequence[str]) -> bool:
    """Whether a line says how to reach somebody, and nothing else."""
    left = _CONTACT.sub(" ", line)
    if left == line or not SENTENCE.isdisjoint(words):
        return False
    return all(fold(one) in _LABELS for one in re.findall(r"[^\W\d_]+", left))


_LABELS: Final = vocabulary(
    "tel telephone mob mobile port portable fax mail email courriel web site de la du"
    " des le rue avenue place boulevard chemin route cedex com org net example fr s"
)


def is_farewell(lines: Sequence[str], own: Own = None) -> bool:
    """Whether lines after a verdict add nothing to it: thanks, a signature.

    Args:
        lines: what stands there.
        own: the words of the author's name. None: any name is taken for theirs,
            which is enough where nothing is published.
    """
    signed = False
    for index, line in enumerate(lines):
        words = words_of(line)
        if not words and "?" not in line:
            continue
        below = lines[index + 1 :]
        if _is_disclaimer(line, below):
            return True
        if "?" in line or opens([w for w in words if w not in POLITE]):
            return False
        if _is_own_name(line, words, own):
            signed = True
        elif not (
            _closes(line, words, strict=own is not None)
            or (signed and _is_signature(line, words, below))
        ):
            return False
    return True


def _is_own_name(line: str, words: Sequence[str], own: Own) -> bool:
    if own is None:
        return _is_name(line)
    named = [one for one in words if one not in COURTESY]
    known = [one for one in named if one in own or one in GIVEN_NAMES]
    initials = {one[:1] for one in own}
    return bool(known) and all(one in known or one in initials for one in named)


def _closes(line: str, words: Sequence[str], *, strict: bool) -> bool:
    if strict:
        courteous = set(compressed(words)) <= COURTESY
    else:
        courteous = set(words) <= POLITE | FAREWELL
    return courteous or is_thanks(line) or _is_contact(line, words)


def _is_signature(line: str, words: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a line below a name is a title, a firm, a street: no sentence."""
    start = line.lstrip(" -*|_")[:1]
    if not SENTENCE.isdisjoint(words) or start.islower():
        return False
    if next((one for one in words if not one.isdigit()), "") in TITLES:
        return True
    known = [
        one for one in re.findall(r"[^\W\d_]+", line) if fold(one) not in PARTICLES
    ]
    if line.isupper() or not all(one[0].isupper() for one in known):
        return False
    following = next((one for one in below if one.strip()), "")
    return len(known) > 1 or _is_contact(following, words_of(following))


def _is_name(line: str) -> bool:
    """Whether a line can only be somebody's name: a few capitalised words."""
    words = re.findall(r"[^\W\d_]+", line)
    if not 0 < len(words) <= NAME_WORDS_MAX or re.search(r"[\d?!:;]", line):
        return False
    return all(word[0].isupper() for word in words) and CAUTION.isdisjoint(
        fold(word) for word in words
    )
