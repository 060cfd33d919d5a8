"""Answers to our questions: what was typed → a verdict.

Rule for editors: never a wrong approval. A line approves only when every word of it
is a word of consent or of courtesy, and what follows it can only be a farewell;
whatever else was written is for a person to read, so it is `unclear` and the
question is put again.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from bot.commands.answer_words import (
    ALWAYS,
    APPROVE,
    BAN,
    CAUTION,
    CONSENTS,
    DISCARD,
    ENROL,
    ENROL_AROUND,
    FAREWELL,
    ME,
    NO,
    NOTHING_SAID,
    OBJECTS,
    POLITE,
    REJECT,
    SEND,
    SENTENCE,
    SPAM,
    SPAM_AROUND,
    TAKES_BACK,
    THANKS,
    TRUST,
    VERDICT_WORDS,
    WITHOUT,
    meant,
)
from bot.folding import fold, tidy, vocabulary

__all__: Final = (
    "DETAILS",
    "VERDICTS",
    "Reading",
    "is_explicit",
    "is_farewell",
    "read",
)

VERDICTS: Final = ("approve", "reject", "discard", "trust", "ban", "unclear")
# More precisely: approve and enrol the author; approve without attachments; back to
# the author for correction; discard as spam; take an answer back; talk about it.
DETAILS: Final = ("", "enrol", "strip", "correct", "spam", "cancel", "discuss")


class Reading(NamedTuple):
    """What was answered.

    `verdict` is one of `VERDICTS`, `detail` one of `DETAILS`; `reason` is that of a
    rejection, the remark of « corriger : … », or what is to be discussed.
    """

    verdict: str
    reason: str = ""
    detail: str = ""


_UNCLEAR: Final = Reading("unclear")

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
_THUMBS_DOWN: Final = "👎"
_VARIATION: Final = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff\\s]")
_LINE_MAX = 500
# Longer answers are letters; reading all of them would only cost time.
_TYPED_MAX = 20_000
_REASON_MAX = 2000
_NAME_WORDS_MAX = 4


def read(typed: str, subject: str) -> Reading:
    """Read an answer.

    Args:
        typed: what the person typed, without quotations. When it says nothing, the
            subject speaks, since a `mailto:` link fills that.
        subject: as it stands; the subject of a reply is ours and says nothing.
    """
    if len(typed) > _TYPED_MAX:
        return _UNCLEAR
    lines = _statement(typed)
    signature = not _opens(_words(" ".join(lines[:1]))) and is_farewell(lines)
    if not lines or signature:
        said = _judge([_plain(subject)]) if _plain(subject) else _UNCLEAR
        if said.verdict != "unclear" or not lines:
            return said
    return _judge(lines)


def is_explicit(typed: str) -> bool:
    """Whether an answer names what is to be done, where « ok » might mean less."""
    first = next(iter(_statement(typed)), "")
    return not (_EXPLICIT | REJECT | DISCARD | BAN | SPAM).isdisjoint(_words(first))


_EXPLICIT: Final = vocabulary(
    "approuver approuve approuvez approuvee approve approved publier publiez publish"
    " diffuser diffusez"
)


def _plain(line: str) -> str:
    bare = _TOKEN.sub(" ", _REFERENCE.sub(" ", line[:_LINE_MAX]))
    # As it was typed, but on one line and with plain blanks and apostrophes.
    return " ".join(bare.replace("\u00a0", " ").replace("\u2019", "'").split())


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


def _opens(words: Iterable[str]) -> bool:
    """Whether a word of some verdict is among them."""
    return not VERDICT_WORDS.isdisjoint(words)


def _words(line: str) -> list[str]:
    folded = fold(_plain(line)).replace("o.k.", "ok").replace("o.k", "ok")
    return [meant(word) for word in re.findall(r"\w+", folded)]


def _judge(lines: list[str]) -> Reading:
    first, rest = _apart(lines[0], lines[1:])
    if _VARIATION.sub("", first) and set(_VARIATION.sub("", first)) <= _THUMBS:
        return Reading("approve") if is_farewell(rest) else _UNCLEAR
    words = _words(first)
    if not words or _THUMBS_DOWN in first:
        return _UNCLEAR
    said = _said_more(first, words, rest) or _rejection(first, words, rest)
    if said:
        return said
    if "?" in first or not is_farewell(rest):
        return _UNCLEAR
    return _plain_verdict(_without_thanks(first))


def _apart(first: str, rest: list[str]) -> tuple[str, list[str]]:
    """Take « Cordialement. Paul Martin » off the line of the verdict."""
    sentences = re.split(r"(?<=[.!])\s+", first)
    for index in range(1, len(sentences)):
        if is_farewell(sentences[index:]):
            return " ".join(sentences[:index]), [*sentences[index:], *rest]
    return first, rest


def _without_thanks(line: str) -> list[str]:
    """Give the words of a line without « merci pour votre travail »."""
    clauses = re.split(r"(?<!\bo)(?<!\bk)[,.;!]", line, flags=re.IGNORECASE)
    return _words(" , ".join(one for one in clauses if not _thanks(one)))


def _thanks(clause: str) -> bool:
    return bool(THANKS.match(fold(clause))) and CAUTION.isdisjoint(_words(clause))


def _plain_verdict(words: Sequence[str]) -> Reading:
    """Read a line of nothing but verdict and courtesy."""
    line = " ".join(words)
    for consent in CONSENTS:
        line = consent.sub("oui", line)
    line = NOTHING_SAID.sub(" ", line)
    words = line.split()
    without = re.sub(rf"\b{WITHOUT}\b", " ", line)
    if without != line:
        left = _verdict(without.split())
        return Reading(left, detail="strip") if left == "approve" else _UNCLEAR
    if not ENROL.isdisjoint(words):
        return _enrolling(words)
    if not SPAM.isdisjoint(words):
        fits = set(words) <= SPAM | SPAM_AROUND | DISCARD | OBJECTS | POLITE
        return Reading("discard", detail="spam") if fits else _UNCLEAR
    return Reading(_verdict(words))


def _enrolling(words: Sequence[str]) -> Reading:
    """Read « ok et inscrire »; to enrol alone is not to publish."""
    start = next(index for index, word in enumerate(words) if word in ENROL)
    fits = set(words[start:]) <= ENROL | ENROL_AROUND | POLITE
    consent = [word for word in words[:start] if word not in ENROL_AROUND - POLITE]
    if fits and consent and _verdict(consent) == "approve":
        return Reading("approve", detail="enrol")
    return _UNCLEAR


def _verdict(words: Sequence[str]) -> str:
    said = set(words)
    if said & SEND and said & ME:
        return "unclear"  # « envoyez-moi … »
    for verdict, own, others in (
        ("approve", APPROVE | SEND, frozenset[str]()),
        ("trust", TRUST | ALWAYS, APPROVE | SEND | OBJECTS),
        ("ban", BAN, DISCARD | OBJECTS),
        ("discard", DISCARD, OBJECTS),
    ):
        if said & own and said <= (own | others | POLITE):
            lonely = verdict == "trust" and not said & (TRUST | APPROVE | SEND)
            return "unclear" if lonely else verdict
    return "approve" if _is_fine(words) else "unclear"


def _is_fine(words: Sequence[str]) -> bool:
    """« c'est bon », « bon pour envoi »."""
    line = f"{' '.join(words)} "
    return set(words) <= POLITE and line.startswith(("c est bon ", "bon pour "))


# ------------------------------------------------- to talk, to take back, to correct

_DISCUSS: Final = re.compile(
    r"\W*(?:(?:[aà]|en|on|il faut|faut|faudrait|let['\u2019]?s|let us|to) )*"
    r"(?:(?:discut|d[ée]batt|discuss)\w*)\b(?: (?:en|it|this|that)\b)?",
    re.IGNORECASE,
)
_CORRECT: Final = re.compile(
    r"\W*(?:please )?(?:[aà] )?(?:corr?ig\w+|correction|correct|rectifier|fix)"
    r"\s*[:,\u2013\u2014-]",
    re.IGNORECASE,
)
_CANCEL: Final = vocabulary("annuler annule annulez annulation cancel undo")
_CANCELLED: Final = vocabulary(
    "approbation approval decision reponse answer ma mon my validation"
)


def _said_more(first: str, words: Sequence[str], rest: Sequence[str]) -> Reading | None:
    """Read what is none of the plain verdicts; None when it is one."""
    line = _plain(first)
    if match := _DISCUSS.match(line):
        return Reading(
            "unclear", _reason(_opened(line[match.end() :]), rest), "discuss"
        )
    if match := _CORRECT.match(line):
        remark = _reason(_opened(line[match.end() :]), rest)
        return Reading("reject", remark, "correct") if remark else _UNCLEAR
    if words[0] in _CANCEL and set(words) <= _CANCEL | _CANCELLED | POLITE:
        fits = "?" not in first and is_farewell(rest)
        return Reading("unclear", detail="cancel" if fits else "")
    return None


# ------------------------------------------------------------------- rejections


def _rejection(first: str, words: Sequence[str], rest: Sequence[str]) -> Reading | None:
    """Read « rejeter <raison> » and « non »; None when it is none."""
    start = 1 if words[0] in {"je", "j", "nous", "on", "i", "a"} and words[1:] else 0
    strong, weak = words[start] in REJECT, words[0] in NO
    if not strong and not weak:
        return None
    colon = re.match(r"[^\w]*\w+\s*:", tidy(first)) is not None
    if "?" in first and not (strong and colon):
        return _UNCLEAR
    if weak and not TAKES_BACK.isdisjoint(words[1:]):
        return _UNCLEAR
    after = _after_words(_plain(first), 1 + start)
    return Reading("reject", _reason(after, rest))


def _after_words(line: str, count: int) -> str:
    """Give what follows the first words of a line, as it was typed."""
    match = re.match(rf"(?:\W*\w+){{{count}}}", line)
    return _opened(line[match.end() :]) if match else ""


def _opened(text: str) -> str:
    """Take off what stands between a word and its reason."""
    return text.lstrip(" ,.:;!\u2013\u2014-").rstrip()


# What companies and virus scanners put below a mail; nothing typed follows it.
_DISCLAIMER: Final = re.compile(
    r"(?:ce (?:message|courriel|mail|e-?mail)(?: electronique)?,? (?:et ses|est conf"
    r"|peut contenir|contient des|ainsi que|s'adresse|a ete verifie)"
    r"|(?:this|the information in this) (?:e-?mail|message|communication)\b"
    r"|l'expediteur (?:decline|ne)|pensez a l'environnement|avant d'imprimer"
    r"|n'imprimez|please consider the environment|disclaimer|avis de confidentialit"
    r"|confidentiality|les informations contenues|(?:garanti )?sans virus|virus-free"
    r"|if you are not the intended)"
)
# A telephone number, a site, an address: only signatures have those alone.
_CONTACT: Final = re.compile(
    r"(?:\+?\d[\s.()/-]?){8,}|\bwww\.\S+|https?://\S+|\S+@\S+\.\w+|\b\d{5}\b"
)


def _reason(after: str, rest: Sequence[str]) -> str:
    """Give a rejection's reason: what stands before a farewell or a signature."""
    kept = [after] if after and not set(_words(after)) <= POLITE else []
    for line in rest:
        if not line:
            kept += [""] if kept else []
        elif _is_signed(line) or (_is_courtesy(line) and kept):
            break
        elif not _is_courtesy(line):
            kept.append(line)
    return "\n".join(kept).strip()[:_REASON_MAX]


def _is_courtesy(line: str) -> bool:
    return set(_words(line)) <= POLITE | FAREWELL


def _is_signed(line: str) -> bool:
    """Whether a line is the first of a signature, or of what a company adds."""
    if _DISCLAIMER.match(fold(line)) or _is_contact(line, _words(line)):
        return True
    # « Publicité. » is a reason, « Claire » none.
    return line[-1] not in ".!" and _is_name(line)


def _is_contact(line: str, words: Sequence[str]) -> bool:
    """Whether a line says how to reach somebody, and nothing else."""
    left = _CONTACT.sub(" ", line)
    if left == line or not SENTENCE.isdisjoint(words):
        return False
    rest = re.findall(r"[^\W\d_]+", left)
    return all(one[0].isupper() or fold(one) in _LABELS for one in rest)


_LABELS: Final = vocabulary(
    "tel telephone mob mobile port portable fax mail email courriel web site de la du"
    " des le rue avenue place boulevard chemin route cedex com org net example fr s"
)


# -------------------------------------------------------------------- farewells


def is_farewell(lines: Sequence[str]) -> bool:
    """Whether lines after a verdict add nothing to it: thanks, a signature.

    After a name or a farewell anything may stand that is no sentence.
    """
    signed = False
    for line in lines:
        words = _words(line)
        if "?" in line:
            return False
        if not words:
            continue
        if _DISCLAIMER.match(fold(line)):
            return True
        if _opens([w for w in words if w not in POLITE]):
            return False
        if not _closes(line, words) and not (signed and _is_signature(line, words)):
            return False
        signed = True
    return True


def _is_signature(line: str, words: Sequence[str]) -> bool:
    """Whether a line below a name is a title, a firm, a street: no sentence."""
    start = line.lstrip(" -*|_")[:1]
    return not start.islower() and SENTENCE.isdisjoint(words)


def _closes(line: str, words: Sequence[str]) -> bool:
    if set(words) <= POLITE | FAREWELL or _is_name(line) or _thanks(line):
        return True
    return _is_contact(line, words)


def _is_name(line: str) -> bool:
    """Whether a line can only be somebody's name: a few capitalised words."""
    words = re.findall(r"[^\W\d_]+", line)
    if not 0 < len(words) <= _NAME_WORDS_MAX or re.search(r"[\d?!:;]", line):
        return False
    return all(word[0].isupper() for word in words) and CAUTION.isdisjoint(
        fold(word) for word in words
    )
