"""What owners may change of a list: keys and values of config.toml, and in French."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.folding import fold, tidy
from bot.model import NOTHING

__all__: Final = ("KEYS", "Key", "key_of")

_LINE_MAX: Final = 200
_PREFIX_MAX: Final = 40
_TEXT_MAX: Final = 4000
_SIZE: Final = re.compile(r"(\d{1,9})(?:[.,](\d))?\s*(o|b|ko|kb|mo|mb|k|m)?")
_KILO: Final = 1024
_UNITS: Final = {"": 1, "o": 1, "b": 1, "k": _KILO, "ko": _KILO, "kb": _KILO}
_SIZE_MIN: Final = 10_240
_SIZE_MAX: Final = 104_857_600
_NOTHING: Final = frozenset({"-", "aucun", "aucune", "rien", "none", "nothing"})


@dataclass(frozen=True, slots=True)
class Key:
    """A setting that owners may change: its French name, what it can be."""

    french: str
    read: Callable[[str], str]
    values: Mapping[str, str]  # each value with its French word; empty: free
    bounds: Mapping[str, str] = field(
        default_factory=lambda: NOTHING
    )  # by language, what a free value can be

    def choices(self, language: str) -> str:
        """Show what it can be."""
        if not self.values:
            return self.bounds.get(language, "")
        shown = self.values.values() if language == "fr" else self.values
        return ", ".join(shown)

    def shown(self, value: str, language: str) -> str:
        """Show a value as people say it."""
        return self.values.get(value, value) if language == "fr" else value


def _one_line(text: str) -> str:
    line = tidy(text)
    if not line or len(line) > _LINE_MAX:
        raise ValueError(text)
    return "" if fold(line) in _NOTHING else line


def _prefix(text: str) -> str:
    return _one_line(text)[:_PREFIX_MAX]


def _several_lines(text: str) -> str:
    if len(text) > _TEXT_MAX:
        raise ValueError(text)
    kept = text.strip()
    return "" if fold(kept) in _NOTHING else kept


def _size(text: str) -> str:
    match = _SIZE.fullmatch(fold(text))
    if match is None:
        raise ValueError(text)
    unit = _UNITS.get(match[3] or "", _KILO * _KILO)
    size = int((int(match[1]) + int(match[2] or 0) / 10) * unit)
    if not _SIZE_MIN <= size <= _SIZE_MAX:
        raise ValueError(text)
    return str(size)


def _choice(french: str, values: Mapping[str, str]) -> Key:
    """Make a key with a choice; `values` gives the French of each."""
    known: dict[str, str] = {}
    for value, words in values.items():
        known |= dict.fromkeys((value, *words.split(", ")), value)
    folded = {fold(word): value for word, value in known.items()}

    def read(text: str) -> str:
        if fold(text) not in folded:
            raise ValueError(text)
        return folded[fold(text)]

    shown = {value: words.split(", ")[0] for value, words in values.items()}
    return Key(french, read, shown)


KEYS: Final[Mapping[str, Key]] = {
    "title": Key("titre", _one_line, {}),
    "description": Key("description", _several_lines, {}),
    "subject_prefix": Key("préfixe", _prefix, {}),
    "moderation": _choice(
        "modération",
        {
            "all": "tous, tout",
            "new-members": "nouveaux, nouveaux-membres",
            "non-members": "non-membres, extérieurs",
            "none": "aucune, aucun",
        },
    ),
    "non_members": _choice(
        "non-membres",
        {
            "hold": "retenir, modérer",
            "reject": "refuser, rejeter",
            "discard": "supprimer, ignorer",
            "accept": "accepter",
        },
    ),
    "reply_to": _choice(
        "réponse", {"list": "liste", "author": "auteur", "both": "les deux, deux"}
    ),
    "subscription": _choice(
        "inscription",
        {
            "open": "libre, ouverte",
            "confirm": "confirmation, confirmée",
            "moderated": "modérée",
            "closed": "fermée",
        },
    ),
    "max_size": Key(
        "taille", _size, {}, {"fr": "de 10 Ko à 100 Mo", "en": "from 10 KB to 100 MB"}
    ),
    "welcome": Key("bienvenue", _several_lines, {}),
    "footer": Key("pied", _several_lines, {}),
}
_BY_WORD: Final = {
    **{fold(key).replace("_", "-"): key for key in KEYS},
    **{fold(one.french): key for key, one in KEYS.items()},
    "prefix": "subject_prefix",
    "objet": "subject_prefix",
    "reponses": "reply_to",
    "reply": "reply_to",
    "size": "max_size",
    "taille-max": "max_size",
}


def key_of(word: str) -> str:
    """Find the key that a word names; empty where there is none."""
    return _BY_WORD.get(fold(word.strip(" :=")).replace("_", "-"), "")
