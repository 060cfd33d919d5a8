"""Answers to our questions: what was typed → a verdict.

Rule for editors: never a wrong approval. A line approves only when every word of it
is a word of consent or of courtesy, and what follows it can only be a farewell;
whatever else was written is for a person to read, so it is `unclear` and the
question is put again.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.folding import fold, tidy, vocabulary

__all__: Final = ("VERDICTS", "is_farewell", "read")

VERDICTS: Final = ("approve", "reject", "discard", "trust", "ban", "unclear")

_APPROVE: Final = vocabulary(
    "ok okay okey oki yes yep yeah oui ouais accord daccord approuver approuve"
    " approuvee approuvez approuvons approve approved accepter accepte acceptee"
    " acceptez acceptons accept accepted valider valide validee validez validons"
    " confirmer confirme confirmez confirm confirmed go"
)
_REJECT: Final = vocabulary(
    "rejeter rejette rejetez rejete rejetee rejetons rejet reject rejected refuser"
    " refuse refusez refusee refusons refus refused deny decline"
)
_NO: Final = vocabulary("non no nope nan")
_DISCARD: Final = vocabulary(
    "supprimer supprime supprimez supprimee suppression effacer efface effacez jeter"
    " jette jetez discard delete drop poubelle corbeille"
)
_BAN: Final = vocabulary("bannir bannis bannissez banni ban banned")
_TRUST: Final = frozenset({"trust"})
_ALWAYS: Final = frozenset({"toujours", "always"})

_SEND: Final = vocabulary(
    "envoyer envoyez envoie send diffuser diffusez diffuse publier publiez publish"
)
_ME: Final = vocabulary("moi me nous us te toi")

# What people put around a verdict without changing it.
_POLITE: Final = vocabulary(
    "merci beaucoup bien sur sure thanks thank you svp stp s il vous te plait please"
    " pour moi me c est parfait perfect tres very good super genial vas y allez a"
    " bonne journee soiree bon week end cordialement amicalement bises bise bisous"
    " bientot toi tous toutes tu peux peut pouvez on nous je j i d l de la le les the"
    " it this that ahead looks fine for us everybody all everyone envoi diffusion"
    " publication message mail courriel post lettre annonce ce cet cette avec plaisir"
    " regards best kind cheers bonjour bonsoir salut hello hi absolument volontiers"
    " tout evidemment entendu parfaitement"
)
_FAREWELL: Final = vocabulary(
    "merci cordialement amicalement bises bise bisous bonne regards best kind thanks"
    " cheers sincerely amities fraternellement salutations bien a"
)
_GREETING: Final = re.compile(
    r"(?:bonjour|bonsoir|salut|coucou|cher|chere|chers|hello|hi|hey|dear"
    r"|good (?:morning|evening|afternoon))\b"
)
_DEVICE: Final = re.compile(
    r"(?:envoye (?:de|depuis|a partir)|sent from|sent with|telecharge[rz]? outlook"
    r"|get outlook|provenance :|mail envoye|message envoye)\b"
)
_TOKEN: Final = re.compile(
    r"\b(?:[a-z2-7]{26}|(?=[a-z]*\d)[a-z0-9]{6})\b", re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"\[\s*r[eé]f[^\]]*\]", re.IGNORECASE)
_THUMBS: Final = frozenset("👍✅✔")
_VARIATION: Final = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff\\s]")
_LINE_MAX = 500
# Longer answers are letters; reading all of them would only cost time.
_TYPED_MAX = 20_000
_REASON_MAX = 2000
_NAME_WORDS_MAX = 4


def read(typed: str, subject: str) -> tuple[str, str]:
    """Read an answer: a verdict of `VERDICTS`, and the reason of a rejection.

    Args:
        typed: what the person typed, without quotations. When it says nothing, the
            subject speaks, since a `mailto:` link fills that.
        subject: as it stands; the subject of a reply is ours and says nothing.
    """
    if len(typed) > _TYPED_MAX:
        return "unclear", ""
    lines = _statement(typed)
    if not lines:
        return _judge([_plain(subject)]) if _plain(subject) else ("unclear", "")
    return _judge(lines)


def _plain(line: str) -> str:
    return tidy(_TOKEN.sub(" ", _REFERENCE.sub(" ", line[:_LINE_MAX])))


def _statement(typed: str) -> list[str]:
    """Give the lines from the first that isn't a greeting; empty lines stay."""
    lines = [line.strip() for line in typed.splitlines()]
    lines = [line for line in lines if not _DEVICE.match(fold(line))]
    while lines:
        first = _ungreeted(lines[0])
        if first:
            return [first, *lines[1:]]
        del lines[0]
    return []


def _ungreeted(line: str) -> str:
    """Take « Bonjour Paul, » off a line; give what is left."""
    if not _GREETING.match(fold(line)):
        return line if _THUMBS & set(line) else tidy(line) and line
    head, mark, rest = _split_greeting(line)
    if mark:
        return tidy(rest) and rest.strip()
    words = _words(head)
    return line if len(words) > _NAME_WORDS_MAX or _opens(words) else ""


def _split_greeting(line: str) -> tuple[str, str, str]:
    match = re.search(r"[,.!:;]", line)
    if match is None:
        return line, "", ""
    return line[: match.start()], match[0], line[match.end() :]


def _opens(words: Sequence[str]) -> bool:
    """Whether a word of some verdict is among them."""
    return not _VERDICT_WORDS.isdisjoint(words)


_VERDICT_WORDS: Final = _APPROVE | _SEND | _REJECT | _NO | _DISCARD | _BAN | _TRUST


def _words(line: str) -> list[str]:
    folded = fold(_plain(line)).replace("o.k.", "ok").replace("o.k", "ok")
    return re.findall(r"\w+", folded)


def _judge(lines: list[str]) -> tuple[str, str]:
    first, rest = lines[0], lines[1:]
    if _VARIATION.sub("", first) and set(_VARIATION.sub("", first)) <= _THUMBS:
        return ("approve", "") if is_farewell(rest) else ("unclear", "")
    words = _words(first)
    if not words:
        return "unclear", ""
    rejection = _rejection(first, words, rest)
    if rejection:
        return rejection
    if "?" in first or not is_farewell(rest):
        return "unclear", ""
    return _plain_verdict(words), ""


def _plain_verdict(words: Sequence[str]) -> str:
    """Read a line of nothing but verdict and courtesy."""
    said = set(words)
    if said & _SEND and said & _ME:
        return "unclear"  # « envoyez-moi … »
    for verdict, own, others in (
        ("approve", _APPROVE | _SEND, frozenset[str]()),
        ("trust", _TRUST | _ALWAYS, _APPROVE),
        ("ban", _BAN, _DISCARD | _OBJECTS),
        ("discard", _DISCARD, _OBJECTS),
    ):
        if said & own and said <= (own | others | _POLITE):
            lonely = verdict == "trust" and not said & (_TRUST | _APPROVE)
            return "unclear" if lonely else verdict
    return "approve" if _is_fine(words) else "unclear"


_OBJECTS: Final = vocabulary("auteur expediteur author sender et and him her")


def _is_fine(words: Sequence[str]) -> bool:
    """« c'est bon », « bon pour envoi »."""
    line = f"{' '.join(words)} "
    return set(words) <= _POLITE and line.startswith(("c est bon ", "bon pour "))


# ------------------------------------------------------------------- rejections


def _rejection(first: str, words: list[str], rest: list[str]) -> tuple[str, str] | None:
    """Read « rejeter <raison> » and « non »; None when it is none."""
    start = 1 if words[0] in {"je", "j", "nous", "on", "i", "a"} and words[1:] else 0
    strong, weak = words[start] in _REJECT, words[0] in _NO
    if not strong and not weak:
        return None
    colon = re.match(r"[^\w]*\w+\s*:", tidy(first)) is not None
    if "?" in first and not (strong and colon):
        return "unclear", ""
    if weak and _takes_back(words[1:]):
        return "unclear", ""
    after = _after_words(_plain(first), 1 + start)
    return "reject", _reason(after, rest)


# « no problem », « non, finalement ok », « non, aucune objection ».
_TAKES_BACK: Final = _APPROVE | vocabulary(
    "problem problems probleme problemes objection objections worries souci soucis"
    " inconvenient bon bien fine good"
)


def _takes_back(words: Sequence[str]) -> bool:
    return not _TAKES_BACK.isdisjoint(words)


def _after_words(line: str, count: int) -> str:
    """Give what follows the first words of a line, as it was typed."""
    match = re.match(rf"(?:\W*\w+){{{count}}}", line)
    return tidy(line[match.end() :].lstrip(" ,.:;!\u2013\u2014-")) if match else ""


def _reason(after: str, rest: list[str]) -> str:
    """Give a rejection's reason: the paragraph, or else the next one."""
    paragraph = [after] if after and not set(_words(after)) <= _POLITE else []
    for line in rest:
        if not line and paragraph:
            break
        if line and not (set(_words(line)) <= _POLITE and not paragraph):
            paragraph.append(line)
    if len(paragraph) == 1 and paragraph[0] != after and _is_name(paragraph[0]):
        return ""
    return "\n".join(paragraph)[:_REASON_MAX]


# -------------------------------------------------------------------- farewells


def is_farewell(lines: Sequence[str]) -> bool:
    """Whether lines after a verdict add nothing to it: thanks, a name."""
    closed = False
    for line in lines:
        words = _words(line)
        if not words:
            if "?" in line:
                return False
            continue
        if "?" in line or _opens([w for w in words if w not in _POLITE]):
            return False
        polite = set(words) <= _POLITE | _FAREWELL
        if not polite and not _is_name(line):
            return False
        closed = closed or polite
    return True


def _is_name(line: str) -> bool:
    """Whether a line can only be somebody's name: a few capitalised words."""
    words = re.findall(r"[^\W\d_]+", line)
    if not 0 < len(words) <= _NAME_WORDS_MAX or re.search(r"[\d?!:;]", line):
        return False
    return all(word[0].isupper() for word in words) and _CAUTION.isdisjoint(
        fold(word) for word in words
    )


_CAUTION: Final = _VERDICT_WORDS | vocabulary(
    "mais sauf si attends attendez attendre attention wait stop pas ne jamais never"
    " not but except unless however demain tomorrow avant before apres after plus"
    " corrigez corriger change changez modifier modifiez pause annuler cancel"
)
