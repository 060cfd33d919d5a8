"""The lines of an answer as words: without greeting, device, token or courtesy."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.commands.answer_words import (
    AFTER_VERB,
    CONSENTS,
    NOTHING_SAID,
    SENTENCE,
    THANKS,
    VERDICT_WORDS,
    meant,
)
from bot.commands.given_names import GIVEN_NAMES
from bot.folding import fold, tidy, vocabulary

__all__: Final = (
    "NAME_WORDS_MAX",
    "THUMBS",
    "compressed",
    "is_thanks",
    "opens",
    "plain",
    "statement",
    "without_thanks",
    "words_of",
)

THUMBS: Final = frozenset("👍✅✔")
_GREETING: Final = re.compile(
    r"(?:bonjour|bonsoir|salut|coucou|cher|chere|chers|hello|hi|hey|dear"
    r"|good (?:morning|evening|afternoon))\b"
)
_DEVICE: Final = re.compile(
    r"(?:(?:mail |message )?envoye (?:de|depuis|a partir|avec|via)"
    r"|sent (?:from|with|via)|provenance :).{0,40}?"
    r"\b(?:iphone|ipad|samsung|galaxy|android|outlook|yahoo|orange|la ?poste|sfr|free"
    r"|gmail|proton|huawei|xiaomi|smartphone|mobile|telephone|appareil|tablette|bluemail"
    r"|k-?9|fairemail|mailo|windows|thunderbird|messagerie|courrier|mail|app|aol)\b"
    r"|(?:telecharge[rz]?|get|obtenez) outlook (?:pour|for)\b"
)
# A token, or a reference: a letter first, a digit last (see `identity`).
_TOKEN: Final = re.compile(
    r"\b(?:[a-z2-7]{26}|[a-hjkmnp-z][a-hjkmnp-z2-9]{4}[2-9])\b", re.IGNORECASE
)
_REFERENCE: Final = re.compile(
    r"\[\s*r[eé]f\b\.?\s*:?\s*[a-z0-9]{6,26}\s*\]", re.IGNORECASE
)
_LINE_MAX = 500
NAME_WORDS_MAX = 4


_LEAD: Final = re.compile(r"^\s*(?:ma )?r[ée]ponse\s*:", re.IGNORECASE)


def plain(line: str) -> str:
    """Write a line without token and reference, on one line, with plain blanks."""
    bare = _TOKEN.sub(" ", _REFERENCE.sub(" ", line[:_LINE_MAX]))
    bare = _LEAD.sub("", bare).replace("&", " et ")
    return " ".join(bare.replace("\u00a0", " ").replace("\u2019", "'").split())


def statement(typed: str) -> list[str]:
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
        return line if THUMBS & set(line) else tidy(line) and line
    head, mark, rest = _split_greeting(line)
    if not _greets(head):
        return line  # « Bonjour sans la photo, ok »
    return tidy(rest) and rest.strip() if mark else ""


def _greets(head: str) -> bool:
    """Whether what stands after « Bonjour » can only be whom it is said to."""
    words = re.findall(r"[^\W\d_]+", head)[1:]
    return len(words) <= _GREETED_MAX and all(
        fold(word) in _GREETED
        or fold(word) in GIVEN_NAMES
        or (word[0].isupper() and not word.isupper() and fold(word) not in SENTENCE)
        for word in words
    )


_GREETED_MAX: Final = 6
_GREETED: Final = vocabulary(
    "a tous toutes et le la les comite bot madame monsieur messieurs mesdames mme m"
    " chers cheres cher chere amis amies ami amie all everyone team there collegues"
    " equipe dear camarades morning evening afternoon and the folks robot programme"
)


def _split_greeting(line: str) -> tuple[str, str, str]:
    match = re.search(r"[,.!:;]", line)
    if match is None:
        return line, "", ""
    return line[: match.start()], match[0], line[match.end() :]


def opens(words: Iterable[str]) -> bool:
    """Whether a word of some verdict is among them."""
    return not VERDICT_WORDS.isdisjoint(words)


def words_of(line: str) -> list[str]:
    """Give the words of a line, folded, with slips of approval mended."""
    folded = fold(plain(line)).replace("o.k.", "ok").replace("o.k", "ok")
    return [meant(word) for word in re.findall(r"\w+", folded)]


def is_thanks(clause: str) -> bool:
    """Whether a clause thanks for something done, and asks for nothing."""
    return bool(THANKS.fullmatch(" ".join(words_of(clause))))


def compressed(words: Sequence[str]) -> list[str]:
    """Write « oui » for each way to say it, and leave out what says nothing."""
    line = " ".join(words)
    for consent in CONSENTS:
        line = consent.sub("oui", line)
    for nothing in NOTHING_SAID:
        line = nothing.sub(" ", line)
    return AFTER_VERB.sub(r"\1", " ".join(line.split())).split()


def without_thanks(line: str) -> list[str]:
    """Give the words of a line without « merci pour votre travail »."""
    clauses = re.split(r"(?<!\bo)(?<!\bk)[,.;!]", line, flags=re.IGNORECASE)
    return words_of(" , ".join(one for one in clauses if not is_thanks(one)))
