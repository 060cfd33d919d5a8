"""What the columns are called: ours, French and English, three mail programs.

Rule for editors: a heading is compared as a whole, after `_plain`, so that
`E-mail Display Name` is neither an address nor a name. Numbers are taken out
first: `E-mail 2 Address` is the second of `email address`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from bot.folding import fold, vocabulary

__all__: Final = ("Columns", "columns_of")


class Column(Enum):
    """What a column holds."""

    ADDRESS = auto()
    FIRST = auto()
    LAST = auto()
    NAME = auto()  # "Nom": the last name beside a first name, else all of it
    FULL = auto()
    PHONE = auto()
    PHONE_KIND = auto()  # Google's: the kind of the phone with the same number
    GROUPS = auto()
    LANGUAGE = auto()


# Per column, headings by rank: a lower rank goes first where several have a value.
_HEADINGS: Final[Mapping[Column, tuple[tuple[str, ...], ...]]] = {
    Column.ADDRESS: (
        (
            "email",
            "emails",
            "adresse email",
            "adresses email",
            "email address",
            "email value",
            "primary email",
            "email principal",
            "email principale",
            "adresse email principale",
            "courrier email",
            "email adherent",
            "email membre",
            "email contact",
            "contact email",
            "@",
            "adresse @",
        ),
        ("email personnel", "email perso", "personal email", "home email"),
        ("email professionnel", "email pro", "work email", "email payeur"),
        ("secondary email", "email secondaire", "adresse email secondaire"),
        ("other email", "autre email", "autre adresse email"),
    ),
    Column.FIRST: (
        ("prenom", "prenoms", "first name", "firstname", "given name", "forename"),
        ("prenom adherent", "prenom usage", "prenom usuel"),
    ),
    Column.LAST: (
        ("nom famille", "last name", "lastname", "family name", "surname"),
        ("nom adherent", "nom usage", "nom usuel"),
        ("nom naissance",),
    ),
    Column.NAME: (("nom", "noms", "name"),),
    Column.FULL: (
        ("nom complet", "full name", "fullname", "display name", "nom a afficher"),
        ("nom prenom", "prenom nom", "nom et prenom", "prenom et nom", "nom affiche"),
        ("first and last name", "name and surname", "identite"),
    ),
    Column.PHONE: (
        (
            "mobile",
            "portable",
            "telephone mobile",
            "telephone portable",
            "mobile phone",
            "mobile number",
            "cell",
            "cell phone",
            "cellphone",
            "gsm",
        ),
        ("telephone", "telephones", "phone", "phone number", "phone value"),
        ("telephone principal", "primary phone", "main phone"),
        ("telephone domicile", "telephone personnel", "telephone perso", "home phone"),
        ("telephone fixe", "fixe"),
        ("telephone professionnel", "telephone pro", "telephone bureau"),
        ("work phone", "business phone", "autre telephone", "other phone"),
    ),
    Column.PHONE_KIND: (("phone type", "phone label"),),
    Column.GROUPS: (
        (
            "groups",
            "group",
            "groupes",
            "groupe",
            "categories",
            "categorie",
            "category",
            "labels",
            "label",
            "libelles",
            "libelle",
            "etiquettes",
            "etiquette",
            "tags",
            "tag",
            "group membership",
        ),
    ),
    Column.LANGUAGE: (("language", "langue", "lang", "preferred language", "locale"),),
}
_BY_HEADING: Final = {
    heading: (column, rank)
    for column, ranks in _HEADINGS.items()
    for rank, headings in enumerate(ranks)
    for heading in headings
}
# A second address goes after every first one, whatever its rank.
_NUMBER_WEIGHT = 100
_SYNONYMS: Final = {
    **dict.fromkeys(("mail", "mails", "mel", "courriel", "courriels"), "email"),
    **dict.fromkeys(("messagerie", "electronique"), "email"),
    "tel": "telephone",
}
_FILLERS: Final = vocabulary("de d du des la le l of the n no num numero votre your")
_MOBILE: Final = frozenset({"mobile", "portable", "cell"})
_HEADING_MAX = 60
_COLUMNS_MAX = 300


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table keeps what; indexes from 0, the best first."""

    addresses: tuple[int, ...] = ()
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    full: tuple[int, ...] = ()
    phones: tuple[int, ...] = ()
    phone_kinds: Mapping[int, int] = field(default_factory=dict)
    groups: tuple[int, ...] = ()
    language: tuple[int, ...] = ()

    def phone_order(self, cells: Sequence[str]) -> Iterable[int]:
        """Give the phone columns, those whose kind says mobile first."""
        if not self.phone_kinds:
            return self.phones
        return sorted(self.phones, key=lambda i: not self._is_mobile(i, cells))

    def _is_mobile(self, index: int, cells: Sequence[str]) -> bool:
        kind = self.phone_kinds.get(index, len(cells))
        if kind >= len(cells):
            return False
        return not _MOBILE.isdisjoint(fold(cells[kind][:_HEADING_MAX]).split())


def columns_of(cells: Sequence[str]) -> Columns | None:
    """Read a row as headings; none where it has no word of them."""
    where: dict[Column, list[tuple[int, int]]] = {column: [] for column in Column}
    numbers: dict[int, int] = {}
    for index, cell in enumerate(cells[:_COLUMNS_MAX]):
        heading, number = _plain(cell)
        if heading in _BY_HEADING:
            column, rank = _BY_HEADING[heading]
            where[column].append((rank + _NUMBER_WEIGHT * number, index))
            numbers[index] = number
    if not numbers:
        return None
    best = {
        column: tuple(i for _, i in sorted(found)) for column, found in where.items()
    }
    return _assembled(best, numbers)


def _assembled(
    best: Mapping[Column, tuple[int, ...]], numbers: Mapping[int, int]
) -> Columns:
    name, first, last = best[Column.NAME], best[Column.FIRST], best[Column.LAST]
    is_last = bool(first) and not last
    kinds = {numbers[i]: i for i in best[Column.PHONE_KIND]}
    phones = best[Column.PHONE]
    return Columns(
        best[Column.ADDRESS],
        first,
        name if is_last else last,
        best[Column.FULL] + (() if is_last else name),
        phones,
        {i: kinds[numbers[i]] for i in phones if numbers[i] in kinds},
        best[Column.GROUPS],
        best[Column.LANGUAGE],
    )


def _plain(cell: str) -> tuple[str, int]:
    """Give a heading in plain words, and the number in it (0: none)."""
    folded = fold(cell[:_HEADING_MAX])
    text = re.sub(r"[^a-z0-9@]+", " ", folded).replace("e mail", "email")
    words, number = [], 0
    for word in text.split():
        if word.isdigit():
            number = int(word)
        elif word not in _FILLERS:
            words.append(_SYNONYMS.get(word, word))
    return " ".join(words), number
