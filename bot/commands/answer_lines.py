"""The lines of an answer as words: without greeting, device, token or courtesy."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.commands.answer_words import (
    AFTER_VERB,
    CONSENTS,
    NOTHING_SAID,
    THANKS,
    VERDICT_WORDS,
    meant,
)
from bot.folding import fold, tidy

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
    r"(?:envoye (?:de|depuis|a partir)|sent from|sent with|telecharge[rz]? outlook"
    r"|get outlook|provenance :|mail envoye|message envoye)\b"
)
# A token, or a reference: a letter first, a digit last (see `identity`).
_TOKEN: Final = re.compile(
    r"\b(?:[a-z2-7]{26}|[a-hjkmnp-z][a-hjkmnp-z2-9]{4}[2-9])\b", re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"\[\s*r[eé]f[^\]]*\]", re.IGNORECASE)
_LINE_MAX = 500
NAME_WORDS_MAX = 4


def plain(line: str) -> str:
    """Write a line without token and reference, on one line, with plain blanks."""
    bare = _TOKEN.sub(" ", _REFERENCE.sub(" ", line[:_LINE_MAX]))
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
    if mark:
        return tidy(rest) and rest.strip()
    words = words_of(head)
    return line if len(words) > NAME_WORDS_MAX or opens(words) else ""


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
    line = AFTER_VERB.sub(r"\1", line)
    for nothing in NOTHING_SAID:
        line = nothing.sub(" ", line)
    return line.split()


def without_thanks(line: str) -> list[str]:
    """Give the words of a line without « merci pour votre travail »."""
    clauses = re.split(r"(?<!\bo)(?<!\bk)[,.;!]", line, flags=re.IGNORECASE)
    return words_of(" , ".join(one for one in clauses if not is_thanks(one)))
