"""Answers to our questions: what was typed → a verdict.

Rule for editors: never a wrong approval. A line approves only when every word of it
is a word of consent or of courtesy, and what follows it can only be a farewell;
whatever else was written is for a person to read, so it is `unclear` and the
question is put again.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from bot.commands.answer_lines import (
    THUMBS,
    compressed,
    opens,
    plain,
    statement,
    without_thanks,
    words_of,
)
from bot.commands.answer_words import (
    APPROVE,
    BAN,
    COURTESY,
    DISCARD,
    ENROL,
    ENROL_AROUND,
    NO,
    OBJECTS,
    POLITE,
    REJECT,
    SEND,
    SPAM,
    SPAM_AROUND,
    TAKES_BACK,
    WITHOUT,
    has_odd_sign,
    has_sad_sign,
)
from bot.commands.farewells import Own, is_farewell, reason_in
from bot.folding import tidy, vocabulary

__all__: Final = (
    "DETAILS",
    "VERDICTS",
    "Reading",
    "is_explicit",
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
_VARIATION: Final = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff\\s]")
# Longer answers are letters; reading all of them would only cost time.
_TYPED_MAX = 20_000


def read(typed: str, subject: str, names: Iterable[str] | None = ()) -> Reading:
    """Read an answer.

    Args:
        typed: what the person typed, without quotations. When it says nothing, the
            subject speaks, since a `mailto:` link fills that.
        subject: as it stands; the subject of a reply is ours and says nothing.
        names: what the person is called: only that is surely a signature. None:
            anything like a name is, which is enough where nothing is published.
    """
    if len(typed) > _TYPED_MAX:
        return _UNCLEAR
    own: Own = None
    if names is not None:
        own = frozenset(word for name in names for word in words_of(name))
    lines = statement(typed)
    bare = [plain(subject)] if plain(subject) else []
    signature = not opens(words_of(" ".join(lines[:1]))) and is_farewell(lines, own)
    if not lines or signature:
        said = _judge(bare, own) if bare else _UNCLEAR
        if said.verdict != "unclear" or not lines:
            return said
    return _reason_below(lines, bare, own) or _judge(lines, own)


def _reason_below(lines: Sequence[str], bare: list[str], own: Own) -> Reading | None:
    """Read a `mailto:` link for « rejeter » with the reason typed into its body."""
    word = _judge(bare, own) if bare else _UNCLEAR
    words = [word for line in lines for word in words_of(line)]
    if word != Reading("reject") or opens(words):
        return None
    reason = reason_in("", lines, own)
    return Reading("reject", reason) if reason else None


def is_explicit(typed: str) -> bool:
    """Whether an answer is an order, where « ok » or « j'approuve » may mean less."""
    first = next(iter(statement(typed)), "")
    words = words_of(first)
    if words[:1] and words[0] in {"rejeter", "reject"}:
        return len(words) == 1 or bool(re.match(r"\W*\w+\s*:", first))
    return bool(words) and words[0] in _ORDERS and set(words) <= _ORDERS | COURTESY


_ORDERS: Final = vocabulary(
    "approuver approuvez approve publier publiez publish diffuser diffusez supprimer"
    " supprimez discard delete bannir ban toujours always"
)


def _judge(lines: list[str], own: Own) -> Reading:
    first, rest = _apart(lines[0], lines[1:], own)
    if has_odd_sign(first):
        return _UNCLEAR
    if _VARIATION.sub("", first) and set(_VARIATION.sub("", first)) <= THUMBS:
        fits = is_farewell(rest, own) and not any(map(has_sad_sign, rest))
        return Reading("approve") if fits else _UNCLEAR
    words = words_of(first)
    if not words:
        return _UNCLEAR
    said = _said_more(first, words, rest, own) or _rejection(first, words, rest, own)
    if said:
        return said
    odd = any(map(has_sad_sign, rest))
    if "?" in first or odd or not is_farewell(rest, own):
        return _UNCLEAR
    return _plain_verdict(without_thanks(first))


def _apart(first: str, rest: list[str], own: Own) -> tuple[str, list[str]]:
    """Take « Cordialement. Paul Martin » off the line of the verdict."""
    sentences = re.split(r"(?<=[.!])\s+", first)
    for index in range(1, len(sentences)):
        if is_farewell(sentences[index:], own):
            return " ".join(sentences[:index]), [*sentences[index:], *rest]
    return first, rest


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


# « Send best regards » is no consent, « please confirm » none either.
_GREETINGS_SENT: Final = vocabulary("bises bise bisous regards salutations amities")
_ASKED: Final = vocabulary("confirm confirmez")
_FIRST_PERSON: Final = vocabulary("i we je j nous")
_TRUSTING: Final = re.compile(
    r"(?:approuvee?|approuver|approuvez|approve|ok|oui|accepter|publier|yes)"
    r" (?:toujours?|always)"
    r"|(?:toujours?|always)"
    r" (?:approuver|approve|accepter|accept|publier|publish|approuvez)"
    r"|(?:approve and )?trust"
    r"(?: (?:him|her|them|this|the)?(?: ?(?:author|sender|person))?)?"
    r"|approuver toujours (?:cet auteur|cette personne|l auteur)"
)


def _verdict(words: Sequence[str]) -> str:
    consent = set(compressed(words))
    if consent & (APPROVE | SEND) and consent <= APPROVE | SEND | COURTESY:
        sent = not consent & APPROVE and not _GREETINGS_SENT.isdisjoint(words)
        asked = not _ASKED.isdisjoint(words) and _FIRST_PERSON.isdisjoint(words)
        asked = asked and len(words) > 1
        return "unclear" if sent or asked else "approve"
    if _TRUSTING.fullmatch(" ".join(one for one in words if one not in COURTESY)):
        return "trust"
    said = set(words)
    for verdict, own, others in (
        ("ban", BAN, DISCARD | OBJECTS),
        ("discard", DISCARD, OBJECTS),
    ):
        if said & own and said <= (own | others | POLITE):
            return verdict
    return "unclear"


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
    first: str, words: Sequence[str], rest: Sequence[str], own: Own
) -> Reading | None:
    """Read what is none of the plain verdicts; None when it is one."""
    line = plain(first)
    if match := _DISCUSS.match(line):
        return Reading(
            "unclear", reason_in(_opened(line[match.end() :]), rest, own), "discuss"
        )
    if match := _CORRECT.match(line):
        remark = reason_in(_opened(line[match.end() :]), rest, own)
        return Reading("reject", remark, "correct") if remark else _UNCLEAR
    if words[0] in _CANCEL and set(words) <= _CANCEL | _CANCELLED | POLITE:
        fits = "?" not in first and is_farewell(rest, own)
        return Reading("unclear", detail="cancel" if fits else "")
    return None


def _rejection(
    first: str, words: Sequence[str], rest: Sequence[str], own: Own
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
    after = _after_words(plain(first), 1 + start)
    colon = colon or re.match(r"\W*\w+\W+\w+\s*:", first) is not None
    if start and after and not colon and not set(words_of(after)) <= POLITE:
        return _UNCLEAR  # « je refuse de trancher seule »
    return Reading("reject", reason_in(after, rest, own))


def _after_words(line: str, count: int) -> str:
    """Give what follows the first words of a line, as it was typed."""
    match = re.match(rf"(?:\W*\w+){{{count}}}", line)
    return _opened(line[match.end() :]) if match else ""


def _opened(text: str) -> str:
    """Take off what stands between a word and its reason."""
    return text.lstrip(" ,.:;!\u2013\u2014-").rstrip()
