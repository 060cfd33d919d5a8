"""Address books: vCards of three generations, and Thunderbird's LDIF."""

import pytest

from bot.errors import ParseError
from bot.rosters import Entry, Sheet, read


def short(sheet: Sheet) -> list[tuple[int, str, str, str]]:
    """Give the entries in short."""
    return [(e.line, str(e.address), e.name, e.phone) for e in sheet.entries]


OLD = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\n"
    b"N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Lef=E8vre;Ren=\r\n=E9e;;;\r\n"
    b"EMAIL;INTERNET:second@example.org\r\nEMAIL;PREF;INTERNET:renee@example.org\r\n"
    b"TEL;HOME:01\r\nTEL;CELL:06\r\n"
    b"PHOTO;ENCODING=BASE64;TYPE=JPEG:\r\n /9j/4AAQ\r\n\r\nEND:VCARD\r\n"
)
NEW = (
    "BEGIN:VCARD\nVERSION:4.0\nFN:Martin\\, Anne\nitem1.EMAIL;PREF=2:b@x.fr\n"
    'item2.EMAIL;PREF=1;TYPE="home,x":anne@exam\n ple.org\n'
    'TEL;VALUE=uri;TYPE=home:tel:+33-1\nTEL;TYPE="cell,voice":tel:+33-6;ext=1\n'
    "CATEGORIES:Bureau,Adhérents\nLANG:fr\nNOTE;B====:x\nEND:VCARD\n"
).encode()


def test_vcards_of_all_generations() -> None:
    """Phones still write 2.1, with quoted-printable and soft line breaks."""
    sheet = read(OLD + NEW, "contacts.vcf")

    assert sheet.form == "vcard"
    assert short(sheet) == [
        (1, "renee@example.org", "Renée Lefèvre", "06"),
        (13, "anne@example.org", "Martin, Anne", "+33-6"),
    ]
    assert sheet.entries[1].groups == ("Bureau", "Adhérents")
    assert sheet.entries[1].language == "fr"


def test_a_bare_comma_does_not_cut_a_name() -> None:
    """Many programs don't escape it."""
    sheet = read(b"BEGIN:VCARD\nVERSION:3.0\nFN:Martin, Anne\nEMAIL:a@x.fr\nEND:VCARD")

    assert sheet.entries[0].name == "Martin, Anne"


def test_a_broken_card_costs_no_other() -> None:
    """One bad line used to end the whole address book."""
    broken = b"BEGIN:VCARD\nFN:Lost\nEMAIL;;;=:\n"
    invalid = b"BEGIN:VCARD\nFN:Bad\nEMAIL:a@\nEND:VCARD\nstray\n"

    sheet = read(broken + NEW + invalid + NEW)

    assert [str(e.address) for e in sheet.entries] == ["anne@example.org"]
    assert [(r.line, r.text, r.reason) for r in sheet.refused] == [
        (1, "Lost", "no-address"),
        (16, "Bad", "bad-address"),
        (20, "stray", "no-address"),
        (21, "Martin\\, Anne", "twice"),
    ]


@pytest.mark.parametrize(
    "head",
    [
        b"EMAIL" + b";a=" * 300_000,
        b"EMAIL;T" + b"=a,x" * 300_000,
        b"EMAIL;B" + b"=" * 60,
    ],
    ids=["parameters", "values", "equals"],
)
def test_hostile_parameters_cost_nothing(head: bytes) -> None:
    """The pattern of vobject would take years for some of these."""
    sheet = read(b"BEGIN:VCARD\nVERSION:3.0\n" + head + b"\nEND:VCARD\n")

    assert [r.reason for r in sheet.refused] == ["no-address"]


def test_a_vcf_without_a_card_is_refused() -> None:
    """Nothing can be made of it."""
    with pytest.raises(ParseError, match="no vCard"):
        read(b"hello\n", "x.vcf")


LDIF = """\
version: 1

# of Thunderbird
dn:: Y249QW5uZSxtYWlsPWFAeC5mcg==
objectclass: person
givenName: Anne
sn:: TWFydMOtbg==
mail: anne@exam
 ple.org
mobile: 06
telephoneNumber: 01
preferredLanguage: fr-FR
mozillaNickname: Nanou

dn: cn=Bob
cn: Bob
mozillaSecondEmail: bob@example.org

dn: cn=Bureau
objectclass: top
objectclass: groupOfNames
cn: Bureau
member: cn=Anne,mail=Anne@example.org

dn: cn=Nobody
cn: Nobody

dn: cn=Bad
cn:: !!!
mail: bad@
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ldif_of_thunderbird(end: str) -> None:
    """Records without mail are told, except lists, whose members get their name."""
    sheet = read(LDIF.replace("\n", end).encode())

    assert sheet.form == "ldif"
    assert short(sheet) == [
        (4, "anne@example.org", "Anne Martín", "06"),
        (15, "bob@example.org", "Bob", ""),
    ]
    assert [(e.groups, e.language) for e in sheet.entries] == [
        (("Bureau",), "fr"),
        ((), ""),
    ]
    assert [(r.line, r.reason) for r in sheet.refused] == [
        (25, "no-address"),
        (28, "bad-address"),
    ]
    assert isinstance(sheet.entries[0], Entry)


@pytest.mark.parametrize(
    ("charset", "raw"),
    [
        ("windows-1252", b"=80=E9"),
        ("UTF-8", b"=E2=82=AC=C3=A9"),
        ("unicode_escape", b"=80=E9"),
        ("windows-1259", b"=80=E9"),
        ("UTF-16LE", b"=AC=20=E9=00"),
        ("UTF-8", b"=80=E9"),
    ],
)
def test_charsets_of_cards_are_believed_where_they_fit(
    charset: str, raw: bytes
) -> None:
    """Python knows codecs that nobody should be able to ask for by mail."""
    head = f"BEGIN:VCARD\nFN;QUOTED-PRINTABLE;CHARSET={charset}:".encode()

    sheet = read(head + raw + b"\nEMAIL:a@x.fr\nEND:VCARD\n")

    assert sheet.entries[0].name == "\u20ac\u00e9"


def test_somebody_on_thousands_of_lists_is_read() -> None:
    """An address book of a stranger's took minutes: each list was compared to all."""
    lists = "".join(
        f"dn: cn=L{n}\nobjectclass: groupOfNames\ncn: L{n}\nmember: mail=a@b.fr\n\n"
        for n in range(20_000)
    )
    person = "dn: cn=Anne\ncn: Anne\nmail: a@b.fr\n"

    (anne,) = read(f"version: 1\n\n{lists}{person}".encode()).entries

    assert anne.name == "Anne"
    assert anne.groups[:2] == ("L0", "L1")
