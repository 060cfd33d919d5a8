"""LDIF (RFC 2849), as Thunderbird exports its address books."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bot.rosters.cells import address_in, language_in, name_in, phone_in
from bot.rosters.charsets import decoded
from bot.rosters.people import Entry, Gathering, Sheet
from bot.rosters.rows import lines_of
from bot.rosters.tables import text_of

__all__: Final = ("looks_like_ldif", "read_ldif")

Record = Mapping[str, list[str]]

_NAMES: Final = ("cn", "displayname")
_PHONES: Final = ("mobile", "cellphone", "telephonenumber", "homephone")
_LISTS: Final = frozenset({"groupofnames", "groupofuniquenames"})


def looks_like_ldif(text: str) -> bool:
    """Whether the first line that isn't a comment begins an LDIF file."""
    for line in lines_of(text[:4000]):
        if line.strip() and not line.startswith("#"):
            return line.lower().startswith(("dn:", "version: 1", "version:1"))
    return False


def read_ldif(text: str) -> Sheet:
    """Read the people of an address book, and of which of its lists they are."""
    records = list(_records(lines_of(text)))
    lists = _lists_by_mail(record for _, record in records)
    gathering = Gathering()
    for line, record in records:
        if not _is_list(record):
            _take(line, record, lists, gathering)
    return gathering.sheet("ldif")


def _take(
    line: int, record: Record, lists: Mapping[str, list[str]], gathering: Gathering
) -> None:
    mails = [*_all(record, ("mail", "email")), *_all(record, ("mozillasecondemail",))]
    found = next((one for one in map(address_in, mails) if one.address), None)
    if found is None or found.address is None:
        reason = "bad-address" if any("@" in mail for mail in mails) else "no-address"
        gathering.refuse(line, _text(record), reason)
        return
    entry = Entry(
        line,
        found.address,
        _name(record),
        next(filter(None, map(phone_in, _all(record, _PHONES))), ""),
        tuple(lists.get(found.address.key, ())),
        language_in("".join(_all(record, ("preferredlanguage",))[:1])),
    )
    if not gathering.add(entry):
        gathering.refuse(line, _text(record), "twice")


def _records(lines: Iterable[str]) -> Iterator[tuple[int, Record]]:
    """Give each record that has more than a version, with the line it begins on."""
    record: dict[str, list[str]] = {}
    begins = 0
    for number, line in _unfolded([*lines, ""]):
        if not line.strip():
            if record:
                yield begins, record
            record = {}
        elif not line.startswith("#") and (pair := _pair(line))[0] != "version":
            begins = begins if record else number
            record.setdefault(pair[0], []).append(pair[1])
    # The blank line added above has ended the last one.


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Join continued lines: those that begin with one blank."""
    begins, parts = 0, [""]
    for number, line in enumerate(lines, 1):
        if line.startswith(" ") and parts[0]:
            parts.append(line[1:])
            continue
        if begins:
            yield begins, "".join(parts)
        begins, parts = number, [line]
    yield begins, "".join(parts)


def _pair(line: str) -> tuple[str, str]:
    """Read `name: value`, or `name:: base64`; options as `;lang-fr` are left out."""
    name, _, value = line.partition(":")
    name = name.partition(";")[0].strip().lower()
    if value.startswith(":"):
        try:
            return name, decoded(base64.b64decode(value[1:].strip()))
        except (binascii.Error, ValueError):
            return name, value[1:].strip()
    return name, value.strip()


def _all(record: Record, names: Iterable[str]) -> list[str]:
    return [value for name in names for value in record.get(name, ())]


def _name(record: Record) -> str:
    first, last = _all(record, ("givenname",))[:1], _all(record, ("sn",))[:1]
    whole = [*_all(record, _NAMES), " ".join(first + last)]
    return next(filter(None, map(name_in, whole)), "")


def _is_list(record: Record) -> bool:
    kinds = {kind.lower() for kind in record.get("objectclass", ())}
    return not kinds.isdisjoint(_LISTS) and "mail" not in record


def _lists_by_mail(records: Iterable[Record]) -> dict[str, list[str]]:
    """Say of which lists an address is: `member: cn=Anne,mail=a@example.org`."""
    found: dict[str, dict[str, None]] = {}  # the titles, each once, in order
    for record in records:
        title = _name(record) if _is_list(record) else ""
        for member in _all(record, ("member", "uniquemember")) if title else ():
            mail = member.lower().rpartition("mail=")[2].partition(",")[0].strip()
            found.setdefault(mail, {})[title] = None
    return {mail: list(titles) for mail, titles in found.items()}


def _text(record: Record) -> str:
    shown = [*_all(record, _NAMES), *record.get("mail", ()), *record.get("dn", ())]
    return text_of(shown[:3]) or text_of(f"{k}: {v[0]}" for k, v in record.items())
