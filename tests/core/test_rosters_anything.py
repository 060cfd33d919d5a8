"""Whatever is sent: a sheet or a ParseError, and no row without a trace."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import ParseError
from bot.rosters import Sheet, read, read_lines

CARDS = b"""\
BEGIN:VCARD
VERSION:2.1
N;QUOTED-PRINTABLE;CHARSET=x:A=E9;B
EMAIL;PREF:a@x.fr
TEL;CELL:06
END:VCARD
BEGIN:VCARD
FN:B
EMAIL:b@x.fr
END:VCARD
"""
LDIF = b"""\
dn: x
cn:: QW5uZQ==
mail: a@x.fr

dn: y
objectclass: groupOfNames
cn: B
member: cn=A,mail=a@x.fr
"""
SAMPLES = [
    b'Nom;E-mail;Tel\nAnne;a@x.fr;06\n"Bob\nB";b@x.fr;\n',
    "Pr\u00e9nom\tEmail\nAnne\ta@x.fr\n".encode("utf-16"),
    CARDS,
    LDIF,
]
NAMES = st.sampled_from(["", "x.csv", "x.vcf", "x.ldif", "x.txt"])


def outcome(raw: bytes, name: str) -> Sheet | None:
    """Read it; anything but a ParseError fails the test."""
    try:
        return read(raw, name)
    except ParseError:
        return None


def lines_told(sheet: Sheet) -> set[int]:
    """Give the lines that ended somewhere."""
    return {one.line for one in sheet.entries} | {one.line for one in sheet.refused}


@given(st.binary(max_size=400), NAMES)
def test_any_bytes_give_a_sheet_or_a_parse_error(raw: bytes, name: str) -> None:
    """A strange attachment must not stop the service."""
    outcome(raw, name)


@settings(deadline=None)
@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), max_size=6),
    NAMES,
)
def test_damaged_samples_give_a_sheet_or_a_parse_error(
    raw: bytes, changes: list[tuple[int, bytes]], name: str
) -> None:
    """Bytes get lost or changed on the way."""
    for at, new in changes:
        where = at % (len(raw) + 1)
        raw = raw[:where] + new + raw[where + 1 :]

    outcome(raw, name)


CELLS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(["a@x.fr", "b@x.fr", "Anne <c@x.fr>", "x@", "Nom", "06", '"', "@"]),
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=8))
@example([["x", '"'], ["a@x.fr", 'b"']])
def test_no_row_of_a_table_is_lost(rows: list[list[str]]) -> None:
    """Who imports 300 people must hear of the one that wasn't."""
    clean = [[" ".join(cell.replace(";", "").split()) for cell in row] for row in rows]
    quoted = [
        ['"' + cell.replace("\x00", "").replace('"', '""') + '"' for cell in row]
        for row in clean
    ]
    text = "e-mail;nom;tel;langue\n" + "\n".join(";".join(row) for row in quoted)

    sheet = outcome(text.encode(), "x.csv")

    if sheet is not None and sheet.form == "csv":
        told = lines_told(sheet)
        full = {
            number
            for number, row in enumerate(clean, 2)
            if any(one.isalnum() or one == "@" for cell in row for one in cell)
        }
        assert told == full


@given(st.lists(CELLS, max_size=8))
def test_no_line_is_lost(lines: list[str]) -> None:
    """Nor may a line of a mail."""
    sheet = read_lines(lines)

    told = lines_told(sheet)
    assert told == {
        number
        for number, line in enumerate(lines, 1)
        if any(one.isalnum() or one == "@" for one in line)
    }


@given(st.text(max_size=300))
def test_entries_are_safe_to_show(text: str) -> None:
    """Names and refusals go into mails, on one line."""
    sheet = read_lines([text, f"{text} <a@x.fr>", f"a@x.fr;{text};{text}"])

    shown = [one.text for one in sheet.refused]
    for entry in sheet.entries:
        shown += [entry.name, entry.phone, *entry.groups]
    assert all(len(one.splitlines()) <= 1 and "\x00" not in one for one in shown)
    assert all(len(one.text) <= 80 for one in sheet.refused)
