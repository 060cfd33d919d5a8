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
    AFTER_VERB,
    ALWAYS,
    APPROVE,
    BAN,
    CAUTION,
    CONSENTS,
    COURTESY,
    DISCARD,
    ENROL,
    ENROL_AROUND,
    FAREWELL,
    NO,
    NOTHING_SAID,
    OBJECTS,
    PARTICLES,
    POLITE,
    REJECT,
    SEND,
    SENTENCE,
    SPAM,
    SPAM_AROUND,
    TAKES_BACK,
    THANKS,
    TITLES,
    TRUST,
    VERDICT_WORDS,
    WITHOUT,
    has_odd_sign,
    meant,
)
from bot.folding import fold, tidy, vocabulary

__all__: Final = (
    "DETAILS",
    "VERDICTS",
    "Reading",
    "is_explicit",
    "is_farewell",
    "names_of",
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
# A token, or a reference: a letter first, a digit last (see `identity`).
_TOKEN: Final = re.compile(
    r"\b(?:[a-z2-7]{26}|[a-hjkmnp-z][a-hjkmnp-z2-9]{4}[2-9])\b", re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"\[\s*r[eé]f[^\]]*\]", re.IGNORECASE)
_THUMBS: Final = frozenset("👍✅✔")
_VARIATION: Final = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff\\s]")
_LINE_MAX = 500
# Longer answers are letters; reading all of them would only cost time.
_TYPED_MAX = 20_000
_REASON_MAX = 2000
_NAME_WORDS_MAX = 4


def read(typed: str, subject: str, names: Iterable[str] = ()) -> Reading:
    """Read an answer.

    Args:
        typed: what the person typed, without quotations. When it says nothing, the
            subject speaks, since a `mailto:` link fills that.
        subject: as it stands; the subject of a reply is ours and says nothing.
        names: what the person is called: only that is surely a signature.
    """
    if len(typed) > _TYPED_MAX:
        return _UNCLEAR
    own = frozenset(word for name in names for word in _words(name))
    lines = _statement(typed)
    bare = [_plain(subject)] if _plain(subject) else []
    signature = not _opens(_words(" ".join(lines[:1]))) and is_farewell(lines, own)
    if not lines or signature:
        said = _judge(bare, own) if bare else _UNCLEAR
        if said.verdict != "unclear" or not lines:
            return said
    return _reason_below(lines, bare, own) or _judge(lines, own)


def names_of(name: str, address: str) -> tuple[str, ...]:
    """Give what somebody may sign with: their name, and that in their address."""
    return name, re.sub(r"[\W\d_]+", " ", address.partition("@")[0])


def _reason_below(
    lines: Sequence[str], bare: list[str], own: frozenset[str]
) -> Reading | None:
    """Read a `mailto:` link for « rejeter » with the reason typed into its body."""
    word = _judge(bare, own) if bare else _UNCLEAR
    words = [word for line in lines for word in _words(line)]
    if word != Reading("reject") or _opens(words):
        return None
    reason = _reason("", lines, own)
    return Reading("reject", reason) if reason else None


def is_explicit(typed: str) -> bool:
    """Whether an answer is an order, where « ok » or « j'approuve » may mean less."""
    first = next(iter(_statement(typed)), "")
    words = _words(first)
    if words[:1] and words[0] in {"rejeter", "reject"}:
        return len(words) == 1 or bool(re.match(r"\W*\w+\s*:", first))
    return bool(words) and words[0] in _ORDERS and set(words) <= _ORDERS | COURTESY


_ORDERS: Final = vocabulary(
    "approuver approuvez approve publier publiez publish diffuser diffusez supprimer"
    " supprimez discard delete bannir ban toujours always"
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


def _judge(lines: list[str], own: frozenset[str]) -> Reading:
    first, rest = _apart(lines[0], lines[1:], own)
    if has_odd_sign(first):
        return _UNCLEAR
    if _VARIATION.sub("", first) and set(_VARIATION.sub("", first)) <= _THUMBS:
        return Reading("approve") if is_farewell(rest, own) else _UNCLEAR
    words = _words(first)
    if not words:
        return _UNCLEAR
    said = _said_more(first, words, rest, own) or _rejection(first, words, rest, own)
    if said:
        return said
    odd = any(map(has_odd_sign, rest))
    if "?" in first or odd or not is_farewell(rest, own):
        return _UNCLEAR
    return _plain_verdict(_without_thanks(first))


def _apart(first: str, rest: list[str], own: frozenset[str]) -> tuple[str, list[str]]:
    """Take « Cordialement. Paul Martin » off the line of the verdict."""
    sentences = re.split(r"(?<=[.!])\s+", first)
    for index in range(1, len(sentences)):
        if is_farewell(sentences[index:], own):
            return " ".join(sentences[:index]), [*sentences[index:], *rest]
    return first, rest


def _without_thanks(line: str) -> list[str]:
    """Give the words of a line without « merci pour votre travail »."""
    clauses = re.split(r"(?<!\bo)(?<!\bk)[,.;!]", line, flags=re.IGNORECASE)
    return _words(" , ".join(one for one in clauses if not _thanks(one)))


def _thanks(clause: str) -> bool:
    return bool(THANKS.fullmatch(" ".join(_words(clause))))


def _compressed(words: Sequence[str]) -> list[str]:
    """Write « oui » for each way to say it, and leave out what says nothing."""
    line = " ".join(words)
    for consent in CONSENTS:
        line = consent.sub("oui", line)
    line = AFTER_VERB.sub(r"\1", line)
    for nothing in NOTHING_SAID:
        line = nothing.sub(" ", line)
    return line.split()


def _plain_verdict(words: Sequence[str]) -> Reading:
    """Read a line of nothing but verdict and courtesy."""
    line = " ".join(words)
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
    """Read « ok et inscrire l'auteur »; to enrol alone is not to publish."""
    match = _ENROLLING.fullmatch(" ".join(words))
    start = next(index for index, word in enumerate(words) if word in ENROL)
    around = words[start + 1 :]
    fits = set(around) <= ENROL_AROUND | COURTESY
    if match and fits and _verdict(match[1].split()) == "approve":
        return Reading("approve", detail="enrol")
    return _UNCLEAR


_ENROLLING: Final = re.compile(
    r"(.+?) (?:et|and|puis|then)(?: (?:l|le|la|les))? \w+(?: .*)?"
)


def _verdict(words: Sequence[str]) -> str:
    consent = set(_compressed(words))
    if consent & (APPROVE | SEND) and consent <= APPROVE | SEND | COURTESY:
        return "approve"
    trusting = TRUST | ALWAYS | APPROVE | SEND | OBJECTS | COURTESY | {"l", "cette"}
    if consent & (TRUST | ALWAYS) and consent <= trusting:
        lonely = not consent & (TRUST | APPROVE | SEND)
        return "unclear" if lonely else "trust"
    said = set(words)
    for verdict, own, others in (
        ("ban", BAN, DISCARD | OBJECTS),
        ("discard", DISCARD, OBJECTS),
    ):
        if said & own and said <= (own | others | POLITE):
            return verdict
    return "unclear"


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


def _said_more(
    first: str, words: Sequence[str], rest: Sequence[str], own: frozenset[str]
) -> Reading | None:
    """Read what is none of the plain verdicts; None when it is one."""
    line = _plain(first)
    if match := _DISCUSS.match(line):
        return Reading(
            "unclear", _reason(_opened(line[match.end() :]), rest, own), "discuss"
        )
    if match := _CORRECT.match(line):
        remark = _reason(_opened(line[match.end() :]), rest, own)
        return Reading("reject", remark, "correct") if remark else _UNCLEAR
    if words[0] in _CANCEL and set(words) <= _CANCEL | _CANCELLED | POLITE:
        fits = "?" not in first and is_farewell(rest, own)
        return Reading("unclear", detail="cancel" if fits else "")
    return None


# ------------------------------------------------------------------- rejections


def _rejection(
    first: str, words: Sequence[str], rest: Sequence[str], own: frozenset[str]
) -> Reading | None:
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
    colon = colon or re.match(r"\W*\w+\W+\w+\s*:", first) is not None
    if start and after and not colon and not set(_words(after)) <= POLITE:
        return _UNCLEAR  # « je refuse de trancher seule »
    return Reading("reject", _reason(after, rest, own))


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
    r"(?:\+\d{1,3}|\b0\d)(?:[\s.()/-]{0,2}\d){7,}|\bwww\.\S+|https?://\S+|\S+@\S+\.\w+"
)


def _reason(after: str, rest: Sequence[str], own: frozenset[str]) -> str:
    """Give a rejection's reason: what stands before a farewell or a signature."""
    kept = [after] if after and not set(_words(after)) <= POLITE else []
    for line in rest:
        if not line:
            kept += [""] if kept else []
        elif _is_signed(line, own) or (_is_courtesy(line) and kept):
            break
        elif not _is_courtesy(line):
            kept.append(line)
    return "\n".join(kept).strip()[:_REASON_MAX]


def _is_courtesy(line: str) -> bool:
    return set(_words(line)) <= POLITE | FAREWELL


def _is_signed(line: str, own: frozenset[str]) -> bool:
    """Whether a line is the first of a signature, or of what a company adds."""
    if own and _is_own_name(line, _words(line), own):
        return True
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


def is_farewell(lines: Sequence[str], own: frozenset[str] | None = None) -> bool:
    """Whether lines after a verdict add nothing to it: thanks, a signature.

    Args:
        lines: what stands there.
        own: the words of the author's name. None: any name is taken for theirs,
            which is enough where nothing is published.
    """
    signed = False
    for index, line in enumerate(lines):
        words = _words(line)
        if not words and "?" not in line:
            continue
        if _DISCLAIMER.match(fold(line)):
            return True
        below = lines[index + 1 :]
        if "?" in line or _opens([w for w in words if w not in POLITE]):
            return False
        if _is_own_name(line, words, own):
            signed = True
        elif not (
            _closes(line, words, strict=own is not None)
            or (signed and _is_signature(line, words, below))
        ):
            return False
    return True


def _is_own_name(line: str, words: Sequence[str], own: frozenset[str] | None) -> bool:
    if own is None:
        return _is_name(line)
    named = [one for one in words if one not in COURTESY]
    initials = {one[:1] for one in own}
    return bool(named) and all(one in own | initials for one in named)


def _closes(line: str, words: Sequence[str], *, strict: bool) -> bool:
    if strict:
        courteous = set(_compressed(words)) <= COURTESY
    else:
        courteous = set(words) <= POLITE | FAREWELL
    return courteous or _thanks(line) or _is_contact(line, words)


def _is_signature(line: str, words: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a line below a name is a title, a firm, a street: no sentence."""
    if not SENTENCE.isdisjoint(words):
        return False
    if not TITLES.isdisjoint(words):
        return True
    known = [
        one for one in re.findall(r"[^\W\d_]+", line) if fold(one) not in PARTICLES
    ]
    if not all(one[0].isupper() for one in known):
        return False
    following = next((one for one in below if one.strip()), "")
    return len(known) > 1 or _is_contact(following, _words(following))


def _is_name(line: str) -> bool:
    """Whether a line can only be somebody's name: a few capitalised words."""
    words = re.findall(r"[^\W\d_]+", line)
    if not 0 < len(words) <= _NAME_WORDS_MAX or re.search(r"[\d?!:;]", line):
        return False
    return all(word[0].isupper() for word in words) and CAUTION.isdisjoint(
        fold(word) for word in words
    )
