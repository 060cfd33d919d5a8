"""What differs between Python and the tables: times, addresses, statements."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from sqlalchemy import Integer, Text, TextClause, bindparam, text

from bot.address import Address

__all__: Final = (
    "listed",
    "shuffled",
    "to_address",
    "to_micros",
    "to_micros_or_none",
    "to_time",
    "to_time_or_none",
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Give the microseconds since 1970; `at` must be aware."""
    return (at - _EPOCH) // _MICROSECOND


def to_micros_or_none(at: datetime | None) -> int | None:
    """Give the microseconds since 1970, or None for None."""
    return None if at is None else to_micros(at)


def to_time(micros: int) -> datetime:
    """Give the aware UTC time."""
    return _EPOCH + timedelta(microseconds=micros)


def to_time_or_none(micros: int | None) -> datetime | None:
    """Give the aware UTC time, or None for None."""
    return None if micros is None else to_time(micros)


def to_address(wire: str) -> Address:
    """Give the address of a row; it was parsed before it was written."""
    local_part, _, domain = wire.rpartition("@")
    return Address(local_part, domain)


def shuffled(key: str) -> int:
    """Give a number of 31 bits that depends on nothing but the address."""
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) >> 1


def listed(sql: str, name: str, of: type[Text] | type[Integer] = Text) -> TextClause:
    """Make a statement whose parameter `name` is a list, for `IN :name`.

    PostgreSQL wants to know of what, even when it is empty.
    """
    return text(sql).bindparams(bindparam(name, expanding=True, type_=of))
