"""Whether a mail does nothing but ask to be taken off the list.

Rules for editors: every word has to be known, so that a post about another list, a
newspaper or a vote is none of these; what is negated, or said to somebody else,
never counts. A wish that names no list is `vague`: in a thread about a list of
volunteers it means that one.
"""

import re
from typing import Final

from bot.commands.wishes.clauses import (
    Clause,
    cut,
    is_farewell,
    is_name,
    is_news,
    is_reason,
    uncourteous,
)
from bot.commands.wishes.leaving_words import (
    ADDRESS,
    ADDRESS_BOOKS,
    ANOTHERS,
    BEFORE,
    CANCEL,
    COMPLAINT,
    DELIVERY,
    FORM_MIN,
    FORMS,
    GOING,
    HELPLESS,
    HOW,
    KNOWN,
    LEAVING,
    LIST,
    MINE,
    NAMED,
    NOT,
    OTHER_LISTS,
    REMOVAL,
    REMOVE,
    SPECIFIC,
    SPLIT,
    STOP,
    WISH,
)
from bot.folding import distance, fold, tidy, without_reply_prefix

__all__: Final = ("asks_to_leave",)

# Longer mails are letters.
_TYPED_MAX: Final = 2000
_SUBSTANCE_MAX: Final = 32
_AFTER_FAREWELL_MAX: Final = 10
# « qui peut me désabonner ? »; « qui veut » is about others.
_ANYBODY: Final = re.compile(r"\b(?:qui|quelqu un) (?=(?:peut|pourrait|sait)\b)")


def asks_to_leave(subject: str, typed: str) -> bool:
    """Tell whether a mail to a list does nothing but ask to be taken off it.

    Args:
        subject: decoded; that of a reply belongs to the thread and says nothing.
        typed: what was typed, without quotations and signature.
    """
    if len(typed) > _TYPED_MAX:
        return False
    bare = without_reply_prefix(subject[:_TYPED_MAX])
    fresh = tidy(subject[:_TYPED_MAX]) == bare
    bare = re.sub(r"^(?:\[[^\]]{0,40}\]\s*)+", "", bare)
    title = _read(cut(bare)) if fresh else ""
    body = _read(cut(_with_known_list(typed, subject)))
    if body == "other":
        return False
    if title == "wish" or body == "wish":
        return True
    if body == "vague":
        return not _is_about_another_list(bare) and (not fresh or title != "other")
    return title == "vague"


def _with_known_list(typed: str, subject: str) -> str:
    """Take the list's name off « la liste discuter », when the subject bears it."""
    for tag in re.findall(r"\[([\w-]{1,40})\]", subject[:_TYPED_MAX]):
        named = rf"(\bliste?s?\s+\W?\s?){re.escape(tag)}\b"
        typed = re.sub(named, r"\1", typed, flags=re.IGNORECASE)
    return typed


def _is_about_another_list(subject: str) -> bool:
    folded = fold(subject)
    topic = re.search(
        r"\b(?:listes?|inscri\w+|particip\w+|covoit\w+|benevol\w+|volontair\w+"
        r"|candidat\w*|doodle|framadate|repas|equipes?|sign ?up|volunteers?)\b",
        folded,
    )
    return topic is not None and not re.search(
        r"diffusion|mailing|desabon|desinscri|unsubscri|discussion", folded
    )


# ----------------------------------------------------------------------- a text


def _read(clauses: list[Clause]) -> str:
    """Read a text: `wish`, `vague`, `` when it says nothing, or `other`."""
    found, farewell, substance = "", False, 0
    for place, clause in enumerate(clauses):
        kind = _kind(clause)
        if kind == "other" and farewell and _is_function(clauses[place:]):
            break
        if kind == "other" and not _is_signature(clauses, place):
            return "other"
        if kind in {"wish", "vague"} and found != "wish":
            found = kind
        if kind in {"wish", "vague", "reason"}:
            substance += len(clause.words)
        farewell = farewell or is_farewell(clause)
    return found if substance <= _SUBSTANCE_MAX else "other"


def _is_function(rest: list[Clause]) -> bool:
    """Whether what follows a farewell is a name with its function or place."""
    words = sum(len(clause.words) for clause in rest)
    return words <= _AFTER_FAREWELL_MAX and not any(
        clause.asks or is_news(clause) for clause in rest
    )


def _is_signature(clauses: list[Clause], place: int) -> bool:
    """Whether a name stands where names do: at the end, or after courtesy."""
    if not is_name(clauses[place]):
        return False
    before = clauses[place - 1] if place else None
    polite = before is not None and not uncourteous(before)
    last = all(is_name(clause) for clause in clauses[place:])
    bare = len(clauses) > 1 and clauses[0].folded == "stop" and not polite
    return (polite or place == 0 or (last and clauses[place].alone)) and not bare


def _kind(clause: Clause) -> str:
    """Read a clause: `wish`, `vague`, `reason`, `` for courtesy, or `other`."""
    words = _classified(uncourteous(clause))
    if not words:
        return ""
    if _are_known(words):
        kind = _known_kind(" ".join(words))
        if kind != "other":
            return kind
        if LEAVING.search(" ".join(words)):
            return kind
    return "reason" if is_reason(clause) else "other"


# --------------------------------------------------------------------- a clause


def _classified(words: tuple[str, ...]) -> list[str]:
    """Put the kind of a word of leaving in its place, however it is spelled."""
    asked = _ANYBODY.sub("", " ".join(words))
    joined = SPLIT.sub(r"\1des\2", asked)
    return [_kind_of_form(word) or word for word in joined.split()]


def _kind_of_form(word: str) -> str:
    if word in FORMS:
        return FORMS[word]
    if len(word) < FORM_MIN or not word.startswith(("de", "di", "un")):
        return ""
    near = min(FORMS, key=lambda form: distance(word, form, 2))
    good = len(near) >= FORM_MIN and near[0] == word[0] and distance(word, near, 2) < 3  # noqa: PLR2004
    return FORMS[near] if good else ""


def _are_known(words: list[str]) -> bool:
    """Whether all words may stand in a wish, but for the name of a list."""
    kinds = set(FORMS.values())
    strange = [
        place
        for place, word in enumerate(words)
        if word not in KNOWN and word not in kinds and not re.fullmatch(REMOVE, word)
    ]
    if not strange:
        return True
    return len(strange) == 1 and _is_list_name(words, strange[0])


def _is_list_name(words: list[str], place: int) -> bool:
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    if OTHER_LISTS.match(words[place]) or words[place].startswith("x"):
        return False
    if before == "diffusion" or (before == "discussion" and not after):
        return True
    if _has_form(words) and (before in {"liste", "list"} or after == "list"):
        return True
    mine = {"me", "moi", "m"} & set(words) and not {"comment", "how"} & set(words)
    return bool(_has_form(words) and mine and before in {"de", "from"} and not after)


def _has_form(words: list[str]) -> bool:
    """Whether a word of leaving is among them."""
    return not set(words).isdisjoint(FORMS.values())


def _known_kind(text: str) -> str:
    """Read a clause of known words; `` when it is a fragment."""
    delivery = DELIVERY.search(text)
    if delivery and not COMPLAINT.search(text):
        return "wish"
    if NOT.search(HELPLESS.sub("", text)):
        return "other"
    words = text.split()
    if _has_form(words):
        return _form_kind(words, text)
    if CANCEL.search(text):
        return "wish"
    if REMOVAL.search(text) and (ADDRESS_BOOKS.search(text) or not NAMED.search(text)):
        return "wish" if SPECIFIC.search(text) else "vague"
    return _going_kind(text)


def _going_kind(text: str) -> str:
    """Read « quitter la liste »; an announcement must name this list."""
    list_named = LIST.search(text)
    if GOING.search(text) and list_named:
        if SPECIFIC.search(text):
            return "wish"
        wished = re.search(rf"\b{WISH}\b|\b(?:like|want) to\b", text)
        bare = re.fullmatch(r"leave (?:this |the )?(?:mailing )?list", text)
        if (wished or bare or HOW.search(text)) and " groupe" not in text:
            return "vague"
    return "other" if _is_charged(text) else ""


def _is_charged(text: str) -> bool:
    """Whether a clause without a wish says more than « de la liste »."""
    return bool(
        LEAVING.search(text)
        or re.search(rf"\b{STOP}\b", text)
        or GOING.search(text)
        or NOT.search(text)
        or re.search(r"\b(?:abonne|inscrite?|xlink|xfunction)\b", text)
    )


def _form_kind(words: list[str], text: str) -> str:
    """Read a clause with a word of leaving: who is to be taken off?"""
    place = next(i for i, word in enumerate(words) if word in FORMS.values())
    if not _is_own(words, place, text):
        return "other"
    return "wish"


def _is_own(words: list[str], place: int, text: str) -> bool:
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    if words[place] in {"IMP", "PART", "INF"} and after in ANOTHERS:
        return after == "l" and "adresse" in words
    if words[place] == "PART" and place == 0:
        return after in {"moi", "nous", "mon", "ma", "me"}
    if before in {"se", "s"} or (before == "on" and "se" in words):
        return HOW.search(text) is not None
    if before in {"vous", "tu"}:
        asked = re.search(
            r"\b(?:pouvez|pourriez|voulez|peux|pourrez) (?:vous|tu) ", text
        )
        return bool(asked and re.search(rf"\b(?:moi|{MINE} {ADDRESS}|adresse)\b", text))
    if before in {"de", "d", "a", "pour", "le", "un"}:
        link = re.search(r"\bliens?\b", text)
        return words[place] != "PART" and (link is None or "ou" in words)
    return place == 0 or before in BEFORE
