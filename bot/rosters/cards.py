"""vCards 2.1, 3.0 and 4.0, one file with as many as there are.

vobject reads the values. Its pattern for parameters takes exponential time on
hostile ones, and one bad line costs it the whole file: so the file is split into
cards here, and each card is written anew with the few lines that count.
"""

import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.errors import ParseError
from bot.rosters.cells import address_in, groups_in, language_in, name_in, phone_in
from bot.rosters.charsets import decoded
from bot.rosters.people import Entry, Gathering, Sheet
from bot.rosters.rows import lines_of
from bot.rosters.tables import text_of

__all__: Final = ("looks_like_cards", "read_cards")

# A card takes half a millisecond; and address books with more are no committee's.
_CARDS_MAX = 30_000
# A value with more than that is a picture.
_VALUE_MAX = 2000
_LINES_MAX = 20  # of one property
_WANTED: Final = ("FN", "N", "EMAIL", "TEL", "CATEGORIES", "LANG")
_BEGIN = re.compile(r"[ \t]*BEGIN[ \t]*:[ \t]*VCARD[ \t]*", re.IGNORECASE)
_END = re.compile(r"[ \t]*END[ \t]*:[ \t]*VCARD[ \t]*", re.IGNORECASE)
_PROPERTY = re.compile(
    r'(?:[\w-]+\.)?([A-Za-z]+)((?:;[^:;"]*(?:"[^"]*"[^:;"]*)*)*):(.*)', re.DOTALL
)
_HEAD = re.compile(r"(?:[\w-]+\.)?([A-Za-z]+)[;:]")
_BARE_COMMA = re.compile(r"(?<!\\),")
# Behind all that a PREF numbers (RFC 6350 §5.3).
_NOT_PREFERRED = 101


@dataclass(slots=True)
class _Card:
    """A card as it stands in the file: its unfolded lines."""

    line: int
    lines: list[str] = field(default_factory=list)
    is_card: bool = True


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    value: str
    words: frozenset[str]  # of the parameters, upper case
    rank: int  # lower is preferred

    @property
    def is_mobile(self) -> bool:
        return not self.words.isdisjoint({"CELL", "MOBILE", "IPHONE"})


def looks_like_cards(text: str) -> bool:
    """Whether a card begins in the first lines."""
    return any(_BEGIN.fullmatch(line) for line in lines_of(text[:4000]))


def read_cards(text: str) -> Sheet:
    """Read the people of an address book; a card that can't be read is refused.

    Raises:
        ParseError: there are far too many cards, or none.
    """
    gathering = Gathering()
    count = 0
    for card in _cards(lines_of(text)):
        count += card.is_card
        if count > _CARDS_MAX:
            raise ParseError(f"more than {_CARDS_MAX} vCards in one file; split it")
        _take(card, gathering)
    if not count:
        raise ParseError("no vCard begins anywhere in the file")
    return gathering.sheet("vcard")


def _take(card: _Card, gathering: Gathering) -> None:
    found = [one for one in map(_property, card.lines) if one] if card.is_card else []
    shown = [one.value for one in found if one.name == "FN"] or card.lines
    text = text_of(shown[:5]) or "BEGIN:VCARD"
    mails = [one.value for one in found if one.name == "EMAIL"]
    entry = _person(card.line, found) if mails else None
    if entry is None:
        has_at = any("@" in mail for mail in mails)
        readable = has_at and not any(address_in(mail).address for mail in mails)
        gathering.refuse(card.line, text, "bad-address" if readable else "no-address")
    elif not gathering.add(entry):
        gathering.refuse(card.line, text, "twice")


def _cards(lines: Sequence[str]) -> Iterator[_Card]:
    """Split the file; what stands between two cards is given as no card."""
    card = _Card(1, is_card=False)
    for number, line in _unfolded(lines):
        if _BEGIN.fullmatch(line):
            if card.lines or card.is_card:
                yield card
            card = _Card(number)
        elif _END.fullmatch(line) and card.is_card:
            yield card
            card = _Card(number + 1, is_card=False)
        elif any(map(str.isalnum, line[:_VALUE_MAX])):
            card.line = card.line if card.lines or card.is_card else number
            card.lines.append(line)
    if card.lines or card.is_card:
        yield card


def _unfolded(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Join folded lines (RFC 6350 §3.2), and those that end in = (vCard 2.1)."""
    begins, parts, soft = 0, [""], False
    for number, line in enumerate(lines, 1):
        if soft or (line[:1] in {" ", "\t"} and parts[0]):
            if soft:
                parts[-1] = parts[-1].removesuffix("=")
            if len(parts) < _LINES_MAX:
                parts.append(line if soft else line[1:])
            soft = soft and line.endswith("=")
            continue
        if begins:
            yield begins, "".join(parts)
        begins, parts = number, [line]
        soft = line.endswith("=") and "QUOTED-PRINTABLE" in line[:200].upper()
    if begins:
        yield begins, "".join(parts)


def _property(line: str) -> _Property | None:
    """Read one of the lines that count, its value decoded."""
    head = _HEAD.match(line)
    if head is None or head[1].upper() not in _WANTED:
        return None
    match = _PROPERTY.fullmatch(line[: _VALUE_MAX * 2])
    if match is None:
        return None
    name, parameters, value = match[1].upper(), match[2].upper(), match[3]
    words = frozenset(re.split(r'[;=,"\s]+', parameters[:_VALUE_MAX]))
    if "QUOTED-PRINTABLE" in words:
        charset = re.search(r"CHARSET=\"?([\w-]{1,30})", parameters)
        raw = quopri.decodestring(value.encode())
        value = decoded(raw, charset[1] if charset else "")
    return _Property(name, value[:_VALUE_MAX].strip(), words, _rank(parameters, words))


def _rank(parameters: str, words: frozenset[str]) -> int:
    number = re.search(r"PREF=\"?(\d{1,3})", parameters)
    if number:
        return int(number[1])
    return 1 if "PREF" in words else _NOT_PREFERRED


def _person(line: int, found: Sequence[_Property]) -> Entry | None:
    """Give the person of a card; none where vobject or we can't make one."""
    values = _values(_rewritten(found))
    mail = next((one for one in map(address_in, values["EMAIL"]) if one.address), None)
    if mail is None or mail.address is None:
        return None
    return Entry(
        line,
        mail.address,
        next(filter(None, map(name_in, values["FN"] + values["N"])), ""),
        next(filter(None, map(phone_in, values["TEL"])), ""),
        groups_in("\n".join(values["CATEGORIES"])),
        next(filter(None, map(language_in, values["LANG"])), ""),
    )


def _rewritten(found: Sequence[_Property]) -> str:
    """Write a plain card, the preferred address and the mobile phone first."""
    ordered = sorted(found, key=lambda one: (one.rank, not one.is_mobile))
    ordered.sort(key=lambda one: one.name == "TEL" and not one.is_mobile)
    lines = ["BEGIN:VCARD", "VERSION:3.0"]
    for one in ordered:
        value = " ".join(one.value.split())
        # Only lists may have a bare comma; vobject cuts a name there.
        if one.name not in {"N", "CATEGORIES"}:
            value = _BARE_COMMA.sub(r"\,", value)
        lines.append(f"{one.name}:{value}")
    return "\r\n".join((*lines, "END:VCARD", ""))


def _values(card: str) -> dict[str, list[str]]:
    """Let vobject read a card; all empty where it can't."""
    import vobject  # noqa: PLC0415 - 4 MB that an idle service needn't hold

    values: dict[str, list[str]] = {name: [] for name in _WANTED}
    try:
        read = next(vobject.readComponents(card, ignoreUnreadable=True))
        for child in read.getChildren():
            if child.name in values:
                values[child.name].append(_text(child.value))
    except Exception:  # noqa: BLE001 - vobject raises whatever it stumbles over
        return {name: [] for name in _WANTED}
    return values


def _text(value: Any) -> str:  # noqa: ANN401 - vobject has no types
    if isinstance(value, list):
        return "\n".join(map(str, value))
    if hasattr(value, "family"):
        parts = (value.given, value.family)
        return " ".join(" ".join(p) if isinstance(p, list) else p for p in parts)
    return str(value)
