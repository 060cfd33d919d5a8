"""Mail addresses: parse, compare, print.

The only module that knows flanker. Every address that enters the program comes
through `parse`, so an `Address` can be put into an SMTP command or a header as
it is: it has no blank, no control character and no angle bracket.
"""

import logging
import re
from dataclasses import dataclass, field
from email.errors import MessageError
from email.utils import formataddr, getaddresses

# flanker's PLY tables are rebuilt at the first import, loudly; and its lexer
# warns about each address that is none. Both are noise (flanker 0.9.11).
logging.getLogger("flanker.addresslib._parser.parser").setLevel(logging.CRITICAL)
logging.getLogger("flanker.addresslib._parser.lexer").setLevel(logging.CRITICAL)

from flanker.addresslib import address as flanker_address  # noqa: E402 - silenced first

from bot.errors import ParseError  # noqa: E402 - see above

__all__ = ("Address", "NamedAddress", "parse", "parse_field", "split_subaddress")

# RFC 5321 §4.5.3.1: a local part has at most 64 octets, a path 254.
_LOCAL_PART_MAX = 64
_ADDRESS_MAX = 254
# What may stand between < and > on the wire without quoting games.
_WIRE_SAFE = re.compile(r"[!-;=?-~]+")
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True, eq=False)
class Address:
    """One mail address (RFC 5321 `Mailbox`).

    Two addresses are equal when their `key`s are: the case of the local part is
    kept for the wire and ignored when comparing, as every provider does.
    """

    local_part: str
    domain: str  # ASCII (xn--), lower case
    key: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.local_part.lower()}@{self.domain}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __lt__(self, other: "Address") -> bool:
        return self.key < other.key

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain}"


@dataclass(frozen=True, slots=True)
class NamedAddress:
    """An address with its display name, which may be empty (RFC 5322 §3.4)."""

    name: str
    address: Address

    def __str__(self) -> str:
        return formataddr((self.name, str(self.address)))


def parse(text: str) -> Address:
    """Read one bare address.

    Raises:
        ParseError: it is none, or one that can't be written to without SMTPUTF8.
    """
    found = flanker_address.parse(text.strip(), strict=True, addr_spec_only=True)
    if not isinstance(found, flanker_address.EmailAddress):
        raise ParseError(f"{text!r} is not a mail address; expected name@domain")
    try:
        domain = _ascii_domain(found)
    except (ValueError, UnicodeError) as error:
        raise ParseError(f"{text!r} has no domain that can be written to") from error
    address = Address(found.mailbox, domain)
    wire = str(address)
    if not _WIRE_SAFE.fullmatch(wire) or wire.count("@") != 1 or "." not in domain:
        raise ParseError(f"{text!r} is not an address that mail can be sent to")
    if len(address.local_part) > _LOCAL_PART_MAX or len(wire) > _ADDRESS_MAX:
        raise ParseError(f"{text!r} is longer than an address may be")
    return address


def _ascii_domain(found: flanker_address.EmailAddress) -> str:
    """Give the domain in lower case, as it goes on the wire (RFC 5891).

    Most need no translation; asking for one takes half the time of a roster.
    """
    plain = str(found.hostname).lower()
    if _PLAIN_DOMAIN.fullmatch(plain):
        return plain
    return str(found.ace_hostname or plain).lower()


def parse_field(values: list[str]) -> tuple[NamedAddress, ...]:
    """Read the raw values of an address field, groups included.

    What is no address is left out. Names are returned as they stand, encoded
    words included: decode them before showing them.
    """
    try:
        pairs = getaddresses(values)
    except (ValueError, IndexError, MessageError, RecursionError):
        return ()
    found = []
    for name, spec in pairs:
        try:
            found.append(NamedAddress(_CONTROLS.sub(" ", name).strip(), parse(spec)))
        except ParseError:
            continue
    return tuple(found)


def split_subaddress(address: Address, separator: str) -> tuple[Address, str]:
    """Split `comite+join@example.org` into the mailbox and `join` (RFC 5233).

    An empty separator means that the provider has no sub-addresses.
    """
    if not separator or separator not in address.local_part:
        return address, ""
    user, _, detail = address.local_part.partition(separator)
    if not user:
        return address, ""
    return Address(user, address.domain), detail
