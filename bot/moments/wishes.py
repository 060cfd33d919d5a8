"""When a post is to leave, as its author says: in the first line or the subject.

« envoyer : demain 8h » is the first line that was written; « [jeudi 18h] » or
« [envoyer jeudi 18h] » stands in the subject. What isn't understood as a whole is
text like any other, and stays; only a line that was surely meant is asked about.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from bot.folding import fold, tidy, without_reply_prefix
from bot.model import Message
from bot.moments.times import looks_timed, read_moment

__all__: Final = ("Wish", "bare_subject", "first_line", "wish_of", "without_tag")

_ORDERS: Final = frozenset({"envoyer", "envoyez", "a envoyer", "send"})
_VERBS: Final = "|".join((*sorted(_ORDERS), "envoi", "sending"))
_LINE: Final = re.compile(
    rf"(?P<verb>{_VERBS})\b(?P<colon>\s*:)?\s*(?:it\b\s*)?(?P<when>\S.*)"
)
_TAG: Final = re.compile(r"\[\s*([^\[\]]{2,60}?)\s*\]")
# « *envoyer : demain 8h* », as bold text is written in plain text.
_DRESSED: Final = "*_ \t"
_LINE_MAX: Final = 120
_SUBJECT_MAX: Final = 500
_READ_MAX: Final = 20_000
# More words are a sentence.
_WORDS_MAX: Final = 5
# A mail that was just sent has no older moment in mind; posts take minutes.
_LATE: Final = timedelta(minutes=5)
_FAR: Final = timedelta(days=366)
# A Date: further off is the fault of a clock.
_CLOCK_FAULT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """When a post is to leave.

    `line` and `tag` are what says so, as they stand in the text and the subject;
    empty where they don't, or weren't understood. `text` is the time as typed.
    `doubt` is why nothing should leave before its author was asked: unclear, past
    or far; `at` is None where it is unclear.
    """

    text: str
    at: datetime | None = None
    line: str = ""
    tag: str = ""
    doubt: str = ""


class _Found(NamedTuple):
    """A place that says a time: what stands there, and the time it means, if any."""

    raw: str
    text: str
    at: datetime | None


def wish_of(message: Message, zone: tzinfo, now: datetime) -> Wish | None:
    """Read when a post is to leave; None where it doesn't say.

    The line counts more than the subject, where both are understood.

    Args:
        message: the post.
        zone: where its author is.
        now: the time.
    """
    written = _written_at(message, now)
    line = _in_line(first_line(message), written, zone)
    tag = _in_subject(message.subject, written, zone)
    found = [one for one in (line, tag) if one is not None]
    if not found:
        return None
    said = next((one for one in found if one.at is not None), found[0])
    return Wish(
        said.text,
        said.at,
        line.raw if line and line.at else "",
        tag.raw if tag and tag.at else "",
        _doubt(said.at, now),
    )


def _doubt(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "unclear"
    if at < now - _LATE:
        return "past"
    return "far" if at > now + _FAR else ""


def _written_at(message: Message, now: datetime) -> datetime:
    """Say when a mail was written: the hours of its way don't count."""
    sent, received = message.sent_at, message.received_at
    plausible = sent is not None and any(
        abs(other - sent) <= _CLOCK_FAULT for other in (received, now)
    )
    return min(sent if sent is not None and plausible else received, now)


def first_line(message: Message) -> str:
    """Give the first line of a text, where its author typed it; else nothing."""
    shown, typed = (
        next((line.strip() for line in text.splitlines() if line.strip()), "")
        for text in (message.text[:_READ_MAX], message.typed)
    )
    return shown if fold(shown) == fold(typed) else ""


def _in_line(line: str, written: datetime, zone: tzinfo) -> _Found | None:
    bare = line.strip(_DRESSED)
    match = _LINE.fullmatch(fold(bare)) if len(bare) <= _LINE_MAX else None
    if match is None:
        return None
    when = match["when"].strip(_DRESSED)
    moment = read_moment(when, written, zone)
    if moment is not None:
        return _Found(line, bare, moment.at)
    surely = match["colon"] and match["verb"] in _ORDERS
    return _Found(line, bare, None) if surely or _is_attempt(when) else None


def _is_attempt(text: str) -> bool:
    """Whether a text that is no time looks like one with a slip."""
    words = text.split()
    return len(words) <= _WORDS_MAX and looks_timed(words[0])


def _in_subject(subject: str, written: datetime, zone: tzinfo) -> _Found | None:
    """Find the brackets of a subject that are a time, as a whole.

    Those behind « Re: » were meant for another mail.
    """
    if without_reply_prefix(subject) != tidy(subject):
        return None
    for tag in _TAG.finditer(subject[:_SUBJECT_MAX]):
        match = _LINE.fullmatch(fold(tag[1]))
        when = match["when"] if match else tag[1]
        moment = read_moment(when, written, zone)
        # Without « envoyer », a day and an hour have to be said.
        if moment is not None and (match or moment.exact):
            return _Found(tag[0], tag[1], moment.at)
        if match and moment is None and _is_attempt(when):
            return _Found(tag[0], tag[1], None)
    return None


def without_tag(subject: str, tag: str) -> str:
    """Take brackets off a subject, and the blanks that would be left over."""
    if not tag:
        return subject
    before, _, after = subject.partition(tag)
    return f"{before.rstrip()} {after.lstrip()}".strip()


def bare_subject(message: Message) -> str:
    """Give a subject without the brackets that say a time."""
    found = _in_subject(message.subject, message.received_at, UTC)
    return without_tag(message.subject, found.raw if found and found.at else "")
