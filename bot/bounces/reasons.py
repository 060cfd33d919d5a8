"""What a refusal means: status, words → reason; reason → hard or soft.

Words go before codes where they are plain: servers say 550 5.7.1 of people that
don't exist and 5.1.1 of senders they block.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from bot.bounces.meanings import MEANINGS

__all__ = ("find_status", "judge", "kind_of", "reason_of")

_STATUS = re.compile(r"(?<![\d.])([245])[.-](\d{1,3})[.-](\d{1,3})(?![\d.]\d|\d)")
# Where the server's own reply begins, after « host … said: » and the like.
_REPLY = re.compile(r"(?<![\d.#=])([45])\d\d(?:[ -](?=[45A-Za-z<(#\"'*])|$)")
_HARD = {"unknown-user", "unknown-host"}
_POLICY = [pattern for reason, pattern in MEANINGS if reason == "policy"][-1]
# « Try again » of a name server: the domain may be back tomorrow.
_LATER = re.compile(
    r"not found,? try again|malformed|servfail|temporar\w+ (?:fail|error|lookup)"
    r"|lookup timed? ?out"
)

_BY_STATUS = (
    (re.compile(r"[45]\.1\.[1036]$|5\.1\.4$"), "unknown-user"),
    (re.compile(r"[45]\.1\.(?:2|10)$|5\.4\.4$"), "unknown-host"),  # RFC 7505
    (re.compile(r"[45]\.2\.2$"), "mailbox-full"),
    (re.compile(r"[45]\.2\.1$"), "inactive"),
    (re.compile(r"[45]\.[23]\.[34]$|[45]\.2\.3$"), "too-big"),
    (re.compile(r"[45]\.7\.\d+$|[45]\.1\.[78]$|5\.6\.\d+$"), "policy"),
    (re.compile(r"4\.\d+\.\d+$|5\.4\.(?:[0235-9]|\d{2,3})$"), "temporary"),
)


def find_status(*texts: str) -> str:
    """Give the most telling enhanced status code (RFC 3463) of some texts.

    One that says something goes before a bare 5.0.0.
    """
    found = [match for text in texts for match in _STATUS.finditer(text)]
    codes = [".".join(match.groups()) for match in found if match[1] != "2"]
    telling = [code for code in codes if not code.endswith(".0.0")]
    return (telling or codes or [""])[0]


def reason_of(status: str, words: str) -> str:
    """Name what a refusal means, by the server's words and its status.

    Nobody is called dead in a reply that first speaks of a refusal: « blocked; user
    unknown » may be a list of reasons.
    """
    folded = _folded(words)
    for reason, pattern in MEANINGS:
        found = pattern.search(folded)
        if found:
            dead = reason in _HARD and _POLICY.search(folded, 0, found.start())
            return "policy" if dead else reason
    for code, reason in _BY_STATUS:
        if code.match(status):
            return reason
    return "other"


def _refuses_sender(words: str) -> bool:
    """Whether they refuse us, or whatever we send, and say nothing of the person."""
    return bool(MEANINGS[0][1].search(_folded(words)))


def kind_of(reason: str, status: str, *, delayed: bool) -> str:
    """Say hard (the address is dead), soft, or delay (delivery goes on).

    What is refused for the time being (4.x.x) may be there again tomorrow.
    """
    if delayed:
        return "delay"
    if status.startswith("4"):
        return "soft"
    return "hard" if reason in _HARD else "soft"


def judge(status: str, told: Sequence[str], text: str) -> tuple[str, str]:
    """Give reason and kind of a refusal.

    Args:
        status: enhanced status code, or nothing.
        told: what is said of the person, the surest words first.
        text: the whole report, which may tell of others, too; asked last.
    """
    if told and _refuses_sender(told[0]):
        return "policy", "soft"
    reason, words = _first_telling(told)
    if reason == "other":
        reason = reason_of(status, "")
    if reason == "other":
        reason, words = _first_telling([text])
    kind = kind_of(reason, status, delayed=False)
    if kind == "hard" and (_only_later(words) or _is_late(reason, words)):
        kind = "soft"
    return reason, kind


def _first_telling(told: Sequence[str]) -> tuple[str, str]:
    for words in _from_reply_on(told):
        reason = reason_of("", words)
        if reason != "other":
            return reason, words
    return "other", ""


def _from_reply_on(told: Sequence[str]) -> Iterator[str]:
    """Give the server's own reply in each, and then the whole."""
    for words in told:
        reply = _REPLY.search(words)
        if reply and reply.start():
            yield words[reply.start() :]
        yield words


def _only_later(words: str) -> bool:
    """Whether the server only ever replied 4xx."""
    classes = {match[1] for match in _REPLY.finditer(words)}
    return classes == {"4"}


def _is_late(reason: str, words: str) -> bool:
    return reason == "unknown-host" and bool(_LATER.search(_folded(words)))


def _folded(words: str) -> str:
    """Take capitals and accents away, and what makes apostrophes different."""
    if not words.isascii():
        bare = unicodedata.normalize("NFKD", words.replace("\u2019", "'"))
        words = "".join(one for one in bare if not unicodedata.combining(one))
    return " ".join(words.lower().split())
