"""Domains that look mistyped, and addresses that look alike.

Rules for editors: this module suggests and never changes. A real domain that lies
close to a provider's belongs into `_NEIGHBOURS`, and a test must name it: somebody
who is told that a good address is wrong won't believe the next warning. Domains of
more than two labels belong to organisations and are left alone.
"""

import unicodedata
from functools import lru_cache
from typing import Final

from bot.address import Address
from bot.folding import distance, fold, vocabulary

__all__: Final = ("is_provider", "looks_like", "suggestion")

# Each provider with its domain endings, the most common first. Their names are so
# much their own that another ending is a slip: gmail.fr, laposte.com.
_DISTINCT: Final = {
    "gmail": "com",
    "icloud": "com",
    "wanadoo": "fr",
    "laposte": "net fr",
    "protonmail": "com ch",
    "googlemail": "com",
    "club-internet": "fr",
    "numericable": "fr com",
    "netcourrier": "com",
    "aliceadsl": "fr",
    "tutanota": "com de",
    "mailfence": "com",
    "infomaniak": "com ch",
    "bouygtel": "fr",
    "caramail": "fr com",
    "rocketmail": "com",
}
# These are everywhere: hotmail.be is as good as hotmail.fr.
_WORLDWIDE: Final = {
    "hotmail": "com fr",
    "outlook": "com fr",
    "yahoo": "com fr",
    "live": "com fr",
    "gmx": "com fr net de at ch",
    "aol": "com fr",
    "msn": "com",
}
# Common words and short names: with another ending they are somebody else's.
_COMMON: Final = {
    "orange": "fr com",
    "free": "fr",
    "sfr": "fr com",
    "neuf": "fr",
    "bbox": "fr",
    "noos": "fr",
    "voila": "fr",
    "tele2": "fr",
    "cegetel": "net",
    "nordnet": "fr",
    "ouvaton": "org",
    "no-log": "org",
    "riseup": "net",
    "posteo": "net de",
    "mailo": "com",
    "tuta": "com io",
    "proton": "me",
    "pm": "me",
    "me": "com",
    "mac": "com",
    "mail": "com fr",
    "ymail": "com",
    "email": "com",
    "gandi": "net",
    "ovh": "net fr com",
    "zaclys": "net com",
    "ik": "me",
    "bluewin": "ch",
    "sunrise": "ch",
    "skynet": "be",
    "telenet": "be",
    "proximus": "be",
    "dbmail": "com",
    "fastmail": "com fm",
    "disroot": "org",
    "autistici": "org",
    "web": "de",
    "t-online": "de",
    "freenet": "de",
    "libero": "it",
    "zoho": "com eu",
    "yandex": "com ru",
    "vivaldi": "net",
}
_ENDINGS: Final = {
    name: tuple(endings.split())
    for name, endings in (_DISTINCT | _WORLDWIDE | _COMMON).items()
}
_KNOWN: Final = frozenset(
    f"{name}.{ending}" for name, endings in _ENDINGS.items() for ending in endings
)
# Names that are no slip of a provider's, whatever their ending.
_NEIGHBOURS: Final = vocabulary(
    "kmail smail hmail fmail gail gmat box voile olive laporte lacoste riposte"
    " composte orage oranges oranger orangerie grange organe poster photon hostmail"
    " bluewind telnet cloud numerica libre"
)
# Letters swapped, doubled, left out or struck beside. No real domain ending is here
# but those of Colombia, Cameroon, Oman and Ethiopia, where our providers aren't.
_SLIPS: Final = {
    slip: ending
    for ending, slips in {
        "com": "con cmo ocm vom xom dom comm coom ccom cpm cim clm cok om cm co c"
        " comn coml come cxm cojm conm cdom comf cop",
        "fr": "rf ft fe f frr ffr fre fer fz dr r fr1 rfr frf ftr fd ff ft fq",
        "net": "ne nte met bet ner nett nt et nret ent neet nnet ney ney",
        "org": "ogr orgg rog prg or orh orf og oorg irg",
        "me": "mee mme em",
        "ch": "hc chh cch",
        "be": "eb bee bbe",
        "de": "ed dee dde",
    }.items()
    for slip in slips.split()
}
# The names that most people here have: a struck neighbour is forgiven in them.
_FREQUENT: Final = frozenset({"gmail", "yahoo", "orange", "icloud"})
_LONG_NAME: Final = 7
# From this length on, two slips still leave a domain recognisable.
_LONG_DOMAIN: Final = 9

# Cyrillic and Greek letters that look like Latin ones (Unicode TR 39, the usual few).
_HOMOGRAPHS: Final = str.maketrans(
    "аесорхуіјѕһԁԛԝӏгпткмвνοαρτυκιєεıɡɑℓ",
    "aecopxyijshdqwlrntkmbvoaptukieeigal",
)


def suggestion(address: Address) -> Address | None:
    """Give the address that was probably meant; None when the domain looks right."""
    if address.domain in _KNOWN:
        return None
    domain = _latin(address.domain)
    if domain not in _KNOWN:
        domain = _meant(domain)
    return Address(address.local_part, domain) if domain else None


def is_provider(domain: str) -> bool:
    """Whether anybody may have an address there."""
    return domain in _KNOWN


def looks_like(address: Address, other: Address) -> bool:
    """Whether a person would take one address for the other, though they differ.

    One provider's domains in two countries don't count: many people have both.
    """
    if address == other:
        return False
    if _skeleton(address.local_part) != _skeleton(other.local_part):
        return False
    if {address.domain, other.domain} <= _KNOWN and (
        _name(address.domain) == _name(other.domain)
    ):
        return False
    one, two = _skeleton(_latin(address.domain)), _skeleton(_latin(other.domain))
    most = 2 if min(len(one), len(two)) >= _LONG_DOMAIN else 1
    return distance(one, two, most) <= most


# --------------------------------------------------------------------- mistyped


def _name(domain: str) -> str:
    return domain.partition(".")[0]


@lru_cache(maxsize=4096)
def _meant(domain: str) -> str:
    """Give the provider's domain that was meant, or nothing."""
    name, dot, ending = domain.partition(".")
    if not name or not dot or "." in ending or name.startswith("xn--"):
        return ""
    if name in _ENDINGS:
        right = _ending(name, ending)
        return f"{name}.{right}" if right else ""
    if name in _NEIGHBOURS:
        return ""
    for provider in _ENDINGS:
        right = _near_ending(name, provider, ending)
        if right and _is_slip(name, provider):
            return f"{provider}.{right}"
    return ""


def _ending(provider: str, ending: str) -> str:
    """Correct the ending of a provider whose name is right."""
    slip = _SLIPS.get(ending, "")
    if slip in _ENDINGS[provider]:
        return slip
    if provider in _DISTINCT:
        return _ENDINGS[provider][0]
    return ""


def _near_ending(name: str, provider: str, ending: str) -> str:
    """Correct the ending of a provider whose name may be wrong, too."""
    endings = _ENDINGS[provider]
    if ending in endings:
        return ending
    slip = _SLIPS.get(ending, "")
    if slip in endings:
        return slip
    swapped = sorted(name) == sorted(provider)
    wrong = provider in _DISTINCT and ending in {"fr", "com", "net"}
    return endings[0] if swapped and wrong else ""


def _is_slip(name: str, provider: str) -> bool:
    """Whether a name is a provider's, mistyped; it isn't the same."""
    far = distance(name, provider, 2)
    if far > 2:  # noqa: PLR2004 - as asked
        return False
    swapped = sorted(name) == sorted(provider) and len(name) > 2  # noqa: PLR2004
    if len(provider) >= _LONG_NAME:
        return far == 1 or swapped or name[0] == provider[0]
    if name[0] != provider[0]:
        return swapped and far == 1 and provider in _FREQUENT
    if swapped:
        return far == 1 or provider in _FREQUENT
    return far == 1 and (provider in _FREQUENT or _undoubled(name, provider))


def _undoubled(name: str, provider: str) -> bool:
    """Whether they differ only by letters that are doubled: fre, freee."""
    if len(provider) <= 3:  # noqa: PLR2004 - two letters could be any name
        return False
    return _singles(name) == _singles(provider)


def _singles(word: str) -> str:
    return "".join(a for a, b in zip(word, f" {word}", strict=False) if a != b)


# ------------------------------------------------------------------- look-alikes


def _latin(domain: str) -> str:
    """Write a domain in the Latin letters that a person reads in it."""
    if "xn--" not in domain:
        return domain
    return ".".join(_decoded(label) for label in domain.split("."))


def _decoded(label: str) -> str:
    """Decode a label (RFC 3492); one that can't be decoded stays as it is."""
    if not label.startswith("xn--"):
        return label
    try:
        text = label[4:].encode("ascii").decode("punycode")
    except (ValueError, OverflowError):
        return label
    folded = fold(unicodedata.normalize("NFKC", text).translate(_HOMOGRAPHS))
    plain = folded.translate(_HOMOGRAPHS)
    return plain if plain.isascii() and plain else label


def _skeleton(text: str) -> str:
    """Write like the look-alikes among ASCII signs."""
    plain = text.lower().translate(str.maketrans("01", "ol"))
    return plain.replace("rn", "m").replace("vv", "w")
