"""What a caller answers to a sheet: line by line, whom it is about and what came of it.

Rule for editors: a line that could mean two things, two people or the contrary means
nothing. It changes nothing and is asked again; the other lines are done.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.address import Address, parse
from bot.commands.answer_lines import statement
from bot.commands.farewells import is_farewell
from bot.commands.sheet_words import LIGHT, MENDED, STRONG, WEAK
from bot.errors import ParseError
from bot.folding import distance, fold

__all__: Final = ("SheetLine", "addresses_in", "read")

_LINES_MAX: Final = 200
_TEXT_MAX: Final = 120
_NUMBERS_MAX: Final = 40
_ADDRESS: Final = re.compile(r"[^\s<>()\[\]{},;:\"«»|]+@[^\s<>()\[\]{},;:\"«»|]+")
_AT: Final = "@"
_NOT_COUNTED: Final = (
    r"(?!\s*(?:h|heures?|fois|jours?|semaines?|mois|ans?|times?|days?|weeks?|am|pm"
    r"|janvier|janv|fevrier|fevr|mars|avril|avr|mai|juin|juillet|juil|aout|septembre"
    r"|sept|octobre|oct|novembre|nov|decembre|dec|january|jan|february|feb|march|april"
    r"|apr|may|june|july|august|aug|september|october|november|december|er|eme|st|nd"
    r"|th)\b|\d|\s?[h/:]\s?\d)"
)
_NUMBER: Final = rf"(?<![\d/])\d{{1,3}}{_NOT_COUNTED}"
_RUN: Final = rf"{_NUMBER}(?:\s*(?:,|;|&|\+|\bet\b|\band\b)?\s*{_NUMBER})*"
_LEAD: Final = re.compile(
    r"^[\s\-*•·\u2013\u2014>(\[]*(?:(?:pour|for|la|le|les|the)\s+)*"
    r"(?:(?:lignes?|lines?|n[°º.]?|no\.?|numeros?|num\.?|personnes?|#)\s*)*"
    rf"({_RUN})\s*(?:[.):\]=,\-\u2013\u2014>]+|\s|$)"
)
_ANYWHERE: Final = re.compile(f"({_RUN})")
_PHONE: Final = re.compile(r"(?:\+\d{1,3}[ .]?\(?0?\)?\d|\b0\d)(?:[ .\-]?\d\d){4}\b")
_CLAUSE: Final = re.compile(
    r"[,;:.!()\[\]=\u2013\u2014]|\s-\s|\b(?:depuis|car|parce|puisque|mais|since|because|but)\b"
)
_CHANGE: Final = "change"
_UNCLEAR: Final = "unclear"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """What one line says of somebody on the sheet.

    `verb` is change, remove, keep, unreached or unclear; `number` that of the person,
    from 1; 0: nobody on the sheet is surely meant. `trouble` is the id of a sentence
    that says why it is unclear. `sure`: what was asked about is meant.
    """

    text: str
    verb: str
    number: int = 0
    new: Address | None = None
    trouble: str = ""
    sure: bool = False


def addresses_in(typed: str) -> tuple[Address, ...]:
    """Give all addresses that were typed, each once."""
    bare = typed.replace("mailto:", " ")
    found = [one for line in _lines(bare) for one in _addresses(line)[0]]
    return tuple(dict.fromkeys(found))


def read(typed: str, sheet: Sequence[Address | None]) -> tuple[SheetLine, ...]:
    """Read an answer; nothing where nothing but thanks was written.

    Args:
        typed: what the caller typed, without quotations.
        sheet: who is on it, in the order of their numbers; None: gone.
    """
    lines = _lines(typed)
    found: list[SheetLine] = []
    for index, line in enumerate(lines):
        said = _read(line, sheet)
        silent = not any(map(_says_something, said))
        if silent and is_farewell(lines[index:]):
            break
        if not (silent and line.endswith(":")):  # « Voici mes réponses : »
            found += said
    return tuple(found)


def _says_something(line: SheetLine) -> bool:
    """Whether it is more than prose, or a name below the answer."""
    known = line.verb != _UNCLEAR or line.trouble != "sheet-what"
    return known or bool(line.number) or _AT in line.text


def _lines(typed: str) -> list[str]:
    return [one for one in statement(typed)[:_LINES_MAX] if fold(one)]


def _read(line: str, sheet: Sequence[Address | None]) -> list[SheetLine]:
    text, line = line[:_TEXT_MAX], line.replace("mailto:", " ")
    named, broken = _addresses(line)
    if broken:
        return [SheetLine(text, _UNCLEAR, trouble="sheet-bad-address")]
    rest = fold(_PHONE.sub(" ", _ADDRESS.sub(f" {_AT} ", line)))
    theirs = [sheet.index(one) + 1 for one in named if one in sheet]
    new = [one for one in named if one not in sheet]
    who, rest = _who(rest, theirs)
    if any(not 0 < one <= len(sheet) for one in who):
        return [SheetLine(text, _UNCLEAR, trouble="sheet-no-such-line")]
    if theirs and who and set(who) != set(theirs):
        return [SheetLine(text, _UNCLEAR, trouble="sheet-who")]
    verb, trouble = _verb(rest, has_new=bool(new))
    who = who or theirs or ([1] if len(sheet) == 1 and verb else [])
    return list(_meant(_Said(text, rest), who, verb, trouble, new))


@dataclass(frozen=True, slots=True)
class _Said:
    """A line as it stands, and folded: a mark for each address, no numbers."""

    text: str
    rest: str


def _meant(
    said: _Said, who: Sequence[int], verb: str, trouble: str, new: Sequence[Address]
) -> Iterator[SheetLine]:
    """Say what a line means, for each person that it is about."""
    if (len(new) > 1 and not verb) or (
        verb == _CHANGE and (len(new) != 1 or len(who) > 1)
    ):
        verb, trouble = "", "sheet-which-address"
    elif verb != _CHANGE and new and verb:
        verb, trouble = "", "sheet-not-on-it" if not who else "sheet-what"
    if not who:
        trouble = "sheet-who" if verb else "sheet-what"
        if new and verb != _CHANGE:
            trouble = "sheet-not-on-it"
        yield SheetLine(said.text, _UNCLEAR, trouble=trouble)
        return
    address = new[0] if verb == _CHANGE else None
    sure = not _SURE.isdisjoint(re.findall(r"\w+", said.rest))
    for number in who:
        if verb:
            yield SheetLine(said.text, verb, number, address, sure=sure)
        else:
            yield SheetLine(said.text, _UNCLEAR, number, trouble=trouble)


_SURE: Final = frozenset({"sur", "sure", "certain", "certaine", "vraiment", "really"})


# ----------------------------------------------------------------------- about whom


def _who(rest: str, theirs: Sequence[int]) -> tuple[list[int], str]:
    """Give the numbers that a line names, and the line without them.

    They stand first, else anywhere in it, where no address says who is meant.
    """
    lead = _LEAD.match(rest)
    run = lead or (None if theirs else _ANYWHERE.search(rest))
    if run is None:
        return [], rest
    left = f"{rest[: run.start()]} {rest[run.end() :]}"
    numbers = [int(one) for one in re.findall(r"\d+", run[1])][:_NUMBERS_MAX]
    return list(dict.fromkeys(numbers)), left


def _addresses(line: str) -> tuple[list[Address], bool]:
    """Give the addresses of a line, and whether something looks like one but isn't."""
    found: list[Address] = []
    broken = False
    for word in _ADDRESS.findall(line):
        try:
            found.append(parse(word.strip(".'\u2019!?*_`")))
        except ParseError:
            broken = True
    return list(dict.fromkeys(found)), broken


# ----------------------------------------------------------------------------- what


def _verb(rest: str, *, has_new: bool) -> tuple[str, str]:
    """Say what a line wants, or the sentence that asks."""
    if "?" in rest:
        return _NOTHING
    clauses = [_mended(one) for one in _CLAUSE.split(rest)]
    kinds = {kind for one in clauses for kind in _kinds(one)}
    if not kinds:
        return _weakly(clauses, has_new=has_new)
    if len(kinds) > 1 or (has_new and kinds == {"keep"}):
        return _NOTHING
    (kind,) = kinds
    if kind == "unreached":
        return kind, ""
    first = next(one for one in clauses if _kinds(one))
    deciding = [one for one in clauses if one == first or _AT in one]
    plain = all(_is_plain(STRONG[kind].sub(" ", one)) for one in deciding)
    return (kind, "") if plain else _NOTHING


_NOTHING: Final = ("", "sheet-what")


def _weakly(clauses: Sequence[str], *, has_new: bool) -> tuple[str, str]:
    """Read « 3 ok », « 3 : alice@orange.fr » and « la bonne adresse est … »."""
    good = [one for one in clauses if WEAK.search(one)]
    if has_new:
        around = [one for one in clauses if _AT in one or one in good]
        plain = all(_is_plain(WEAK.sub(" ", one)) for one in around)
        return (_CHANGE, "") if plain else _NOTHING
    if good and all(_is_plain(WEAK.sub(" ", one)) for one in good):
        return "keep", ""
    return _NOTHING


def _kinds(clause: str) -> list[str]:
    """Give the results that a clause speaks of; a phrase counts for one alone."""
    found = []
    left = clause
    for kind, pattern in STRONG.items():
        less = pattern.sub(" ", left)
        if less != left:
            found.append(kind)
        left = less
    return found


def _is_plain(words: str) -> bool:
    """Whether what is left of a clause says nothing."""
    return {one for one in words.split() if one != _AT} <= LIGHT


def _mended(clause: str) -> str:
    """Write a clause as words with blanks between them, slips mended."""
    words = re.findall(rf"\w+|{_AT}", clause)
    return " ".join(map(_meant_word, words))


def _meant_word(word: str) -> str:
    if len(word) <= min(map(len, MENDED)) - 2:
        return word
    return next((one for one in MENDED if distance(word, one, 1) <= 1), word)
