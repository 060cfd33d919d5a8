"""What every reader gives: entries, refusals, and the one place that counts twice."""

from dataclasses import dataclass, replace
from typing import Final

from bot.address import Address
from bot.errors import ParseError
from bot.folding import fold

__all__: Final = ("Entry", "Gathering", "Refused", "Sheet")

# Enough of a row to find it again.
_TEXT_MAX = 80
# Three times the largest list we know of; more takes minutes and is a mistake.
ROWS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a file.

    `line` counts from 1, as spreadsheets and editors do; for an address book it is
    where the record begins. `groups` are as written. `language` is fr, en or empty.
    """

    line: int
    address: Address
    name: str = ""
    phone: str = ""
    groups: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that is no entry.

    `text` is what stands there, on one line. `reason` is the id of a sentence:
    no-address, bad-address, or twice (the same address again in the same file).
    """

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole file; `form` is csv, xlsx (any workbook), vcard, ldif or lines."""

    entries: tuple[Entry, ...] = ()
    refused: tuple[Refused, ...] = ()
    form: str = ""


class Gathering:
    """Collects a file's rows in order, and knows whom it has already."""

    def __init__(self) -> None:
        self._entries: dict[Address, Entry] = {}
        self._refused: list[Refused] = []

    def add(self, entry: Entry) -> bool:
        """Take a person; a second time only for what the first didn't tell.

        Gives whether the person is new: the caller refuses the row otherwise.
        """
        known = self._entries.get(entry.address)
        if known is not None:
            self._entries[entry.address] = _filled(known, entry)
            return False
        self._entries[entry.address] = entry
        self._count()
        return True

    def refuse(self, line: int, text: str, reason: str) -> None:
        """Note a row that is nobody."""
        shown = " ".join(text[: _TEXT_MAX * 4].split())
        if len(shown) > _TEXT_MAX:
            shown = shown[: _TEXT_MAX - 1] + "…"
        self._refused.append(Refused(line, shown, reason))
        self._count()

    def sheet(self, form: str) -> Sheet:
        """Give what has been collected."""
        return Sheet(tuple(self._entries.values()), tuple(self._refused), form)

    def _count(self) -> None:
        if len(self._entries) + len(self._refused) > ROWS_MAX:
            raise ParseError(
                f"the file has more than {ROWS_MAX} rows; split it and send the parts"
            )


def _filled(known: Entry, again: Entry) -> Entry:
    have = {fold(group) for group in known.groups}
    more = tuple(group for group in again.groups if fold(group) not in have)
    return replace(
        known,
        name=known.name or again.name,
        phone=known.phone or again.phone,
        groups=known.groups + more,
        language=known.language or again.language,
    )
