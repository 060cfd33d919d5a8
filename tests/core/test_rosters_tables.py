"""Tables: every spreadsheet and address book writes its CSV in its own way."""

import re

import pytest

from bot.address import Address
from bot.errors import ParseError
from bot.model import Member, MemberState
from bot.rosters import Entry, Sheet, read, to_csv

ANNE = Address("anne", "example.org")


def people(sheet: Sheet) -> list[tuple[int, str, str, str, tuple[str, ...], str]]:
    """Give the entries in short."""
    return [
        (one.line, str(one.address), one.name, one.phone, one.groups, one.language)
        for one in sheet.entries
    ]


def refused(sheet: Sheet) -> list[tuple[int, str]]:
    """Give the refused rows in short."""
    return [(one.line, one.reason) for one in sheet.refused]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(
            "email,name,phone,groups,language,state\r\n"
            'anne@example.org,Anne Martin,\'+336,"bureau, adhérent",fr,active\r\n',
            ("Anne Martin", "+336", ("bureau", "adhérent"), "fr"),
            id="ours",
        ),
        pytest.param(
            "Titre,Prénom,Nom,Téléphone (bureau),Tél. mobile,Adresse de messagerie,"
            "Nom complet de l'adresse de messagerie,Adresse de messagerie 2,Catégories,"
            "Langue\r\n"
            "Mme,Anne,Martin,01,06,anne@example.org,Anne (anne@example.org),b@x.fr,"
            "Bureau;Adhérents,Français (France)\r\n",
            ("Anne Martin", "06", ("Bureau", "Adhérents"), "fr"),
            id="outlook-french",
        ),
        pytest.param(
            "First Name,Last Name,Business Phone,Mobile Phone,Categories,"
            "E-mail Address,E-mail Display Name,E-mail 2 Address\r\n"
            "Anne,Martin,01,06,Board,anne@example.org,Anne (x@x.fr),b@x.fr\r\n",
            ("Anne Martin", "06", ("Board",), ""),
            id="outlook-english",
        ),
        pytest.param(
            "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email,"
            "Work Phone,Home Phone,Mobile Number\n"
            "Anne,,Anne Martin,,,anne@example.org,01,02,\n",
            ("Anne Martin", "02", (), ""),
            id="thunderbird-english-second-address-only",
        ),
        pytest.param(
            "Prénom\tNom de famille\tNom à afficher\tAdresse électronique principale\t"
            "Tél. professionnel\tPortable\n"
            "Anne\tMartin\tNanou\tanne@example.org\t01\t06\n",
            ("Anne Martin", "06", (), ""),
            id="thunderbird-french-tabs",
        ),
        pytest.param(
            "Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,"
            "E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,"
            "Phone 2 - Value\n"
            "Anne M,Anne,Martin,* myContacts ::: Adhérents,* Home,"
            "anne@example.org ::: b@x.fr,Home,01,Mobile,06\n",
            ("Anne Martin", "06", ("Adhérents",), ""),
            id="google-old",
        ),
        pytest.param(
            "First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,"
            "Phone 1 - Label,Phone 1 - Value\n"
            "Anne,Martin,Adhérents ::: * myContacts,Other,anne@example.org,Mobile,06\n",
            ("Anne Martin", "06", ("Adhérents",), ""),
            id="google-new",
        ),
        pytest.param(
            "Nom;Courriel\nAnne Martin;anne@example.org\n",
            ("Anne Martin", "", (), ""),
            id="nom-alone-is-all-of-it",
        ),
        pytest.param(
            "Nom adhérent;Prénom adhérent;Email payeur\nMartin;Anne;anne@example.org",
            ("Anne Martin", "", (), ""),
            id="membership-platform",
        ),
        pytest.param(
            "sep=;\nNom;Contact\nAnne Martin;Anne <anne@example.org>\n",
            ("Anne Martin", "", (), ""),
            id="unknown-address-column-and-a-hint",
        ),
        pytest.param(
            "E-mail\n  mailto:anne@example.org ; \n", ("", "", (), ""), id="one-column"
        ),
        pytest.param(
            "E-mail;Langue\n\u00a0Anne Martin <anne@example.org>.;en-GB\n",
            ("Anne Martin", "", (), "en"),
            id="name-in-the-cell",
        ),
        pytest.param(
            'Email;Nom;Mobile\nanne@example.org;"  Anne\u00ad\n Martin ";="0612"\n',
            ("Anne Martin", "0612", (), ""),
            id="excel-text-and-a-name-on-two-lines",
        ),
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_headings_say_what_a_column_is(
    text: str, wanted: tuple[object, ...], charset: str
) -> None:
    """People export what their program exports, and can't change it."""
    sheet = read(text.encode(charset, "replace"))

    found = [
        one for one in sheet.entries if charset != "cp1252" or "\u200b" not in text
    ]
    assert [(e.address, e.name, e.phone, e.groups, e.language) for e in found] == [
        (ANNE, *wanted) for _ in found
    ]
    assert len(sheet.entries) == 1
    assert sheet.refused == ()


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("anne@example.org", ("", "", ())),
        ("anne@example.org;Anne Martin", ("Anne Martin", "", ())),
        ("anne@example.org;Anne Martin;adhérent", ("Anne Martin", "", ("adhérent",))),
        ("anne@example.org;Anne;Martin", ("Anne Martin", "", ())),
        ("Martin;Anne;anne@example.org", ("Martin Anne", "", ())),
        (
            "Anne Martin;06 12 34 56 78;anne@example.org",
            ("Anne Martin", "06 12 34 56 78", ()),
        ),
        ("12;Anne Martin;12/05/1970;anne@example.org", ("Anne Martin", "", ())),
        ("Anne Martin,anne@example.org,fr", ("Anne Martin", "", ())),
        ("Anne Martin\tANNE@example.org", ("Anne Martin", "", ())),
    ],
)
def test_rows_without_headings_are_told_by_their_looks(
    row: str, wanted: tuple[object, ...]
) -> None:
    """Whoever types a list seldom writes headings."""
    sheet = read(f"{row}\nbob@example.org\n".encode(), "liste.csv")

    one = sheet.entries[0]
    assert (one.address, one.name, one.phone, one.groups) == (ANNE, *wanted)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_people_do(end: str) -> None:
    """A cell of several lines counts as many; blank rows count, and say nothing."""
    text = end.join(
        (
            "Email;Notes",
            f'a@x.fr;"eins{end}zwei"',
            ";;",
            "",
            "b@x.fr;",
            "nobody;x",
            "c@;x",
            "A@X.fr",
        )
    )

    sheet = read(text.encode())

    assert [(one.line, str(one.address)) for one in sheet.entries] == [
        (2, "a@x.fr"),
        (6, "b@x.fr"),
    ]
    assert refused(sheet) == [(7, "no-address"), (8, "bad-address"), (9, "twice")]


def test_a_title_above_the_headings_is_refused_not_read() -> None:
    """Titles are no people, yet nothing goes without a word."""
    sheet = read(b"Liste 2026;\n\nNom;Email\nAnne;a@x.fr\n")

    assert people(sheet) == [(4, "a@x.fr", "Anne", "", (), "")]
    assert refused(sheet) == [(1, "no-address")]


@pytest.mark.parametrize(
    "text",
    [
        'a@x.fr;"Anne\nb@x.fr;Bob\nc@x.fr;Zoe\n',
        'a@x.fr;"Anne\nb@x.fr;Bob\nc@x.fr;Zoe"\n',
        'a@x.fr;Anne "Nanou\nb@x.fr;Bob\nc@x.fr;Zoe\n',
        'a@x.fr;"Anne\nb@x.fr;"Bob\nc@x.fr;Zoe\n',
    ],
    ids=["never-closed", "closed-far-below", "inside-a-cell", "twice"],
)
def test_a_stray_quote_swallows_nobody(text: str) -> None:
    """A reader that believes it makes one person of a whole list."""
    sheet = read(text.encode())

    assert [str(one.address) for one in sheet.entries] == ["a@x.fr", "b@x.fr", "c@x.fr"]


def test_a_second_row_completes_the_first() -> None:
    """Two exports pasted together tell more than one."""
    sheet = read(
        b"email,name,phone,groups,language\n"
        b"a@x.fr,,,bureau,\n"
        b'A@x.fr,Anne,06,"Bureau,lecteurs",fr\n'
        b"a@x.fr,Other,07,,en\n"
    )

    assert people(sheet) == [(2, "a@x.fr", "Anne", "06", ("bureau", "lecteurs"), "fr")]
    assert refused(sheet) == [(3, "twice"), (4, "twice")]


@pytest.mark.parametrize(
    "cell", ["a.b+c@x.fr", "ab@x.fr", "a.b@x.fr", "a@\u00e9t\u00e9.fr"]
)
def test_addresses_that_differ_stay_apart(cell: str) -> None:
    """Only the provider knows which of them are one mailbox."""
    sheet = read(f"email\na.b+d@x.fr\n{cell}\n".encode())

    assert len(sheet.entries) == 2


def test_what_a_refused_row_says_is_short() -> None:
    """It goes into a mail, on one line."""
    sheet = read(("Nom;Email\n" + "x" * 500 + ";\n").encode())

    assert len(sheet.refused[0].text) == 80


def test_names_are_cut_at_a_sane_length() -> None:
    """A name is shown in a header field."""
    sheet = read(("Email;Nom\na@x.fr;" + "x" * 500).encode())

    assert sheet.entries[0].name == "x" * 120


def test_too_many_rows_are_refused_as_a_whole() -> None:
    """Reading them would take the service minutes."""
    with pytest.raises(ParseError, match="split it"):
        read(b"email;name\n" + b"x;y\n" * 100_001)


def test_what_is_exported_is_read_back() -> None:
    """The owners edit the export and send it back."""
    members = [
        Member(1, ANNE, '=Anne, "Nanou" Martin', "l", language="fr", phone="+33 6"),
        Member(2, Address("-b", "x.fr"), "Bob", "l", state=MemberState.ACTIVE),
    ]

    text = to_csv(members)

    assert text.startswith("email,name,phone,groups,language,state\r\nanne@example.org")
    assert ",\"'=Anne" in text
    assert ",'+33 6," in text
    assert read(text.encode()).entries == (
        Entry(2, ANNE, '=Anne, "Nanou" Martin', "+33 6", (), "fr"),
        Entry(3, Address("-b", "x.fr"), "Bob"),
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Bob;=cmd|'/c calc'!A0", id="semicolon"),
        pytest.param("Bob; -Zoé", id="semicolon-and-blank"),
        pytest.param("Bob,+1+1", id="comma"),
        pytest.param("=Bob;-Zoé", id="both-ends"),
    ],
)
def test_a_formula_inside_a_name_is_none_and_comes_back(name: str) -> None:
    """French spreadsheets begin a cell at each semicolon, quoted or not."""
    text = to_csv([Member(1, ANNE, name, "l")])

    assert not re.search(r"[;,\"]\s*[=+\-@]", text)
    assert read(text.encode()).entries == (Entry(2, ANNE, name),)


def test_an_apostrophe_of_a_name_stays() -> None:
    """Only one that stands before a formula is ours."""
    name = "Anne 'Nanou' d'Arles, l'aînée; 'la vraie'"
    text = to_csv([Member(1, ANNE, name, "l")])

    assert read(text.encode()).entries[0].name == name.rstrip("'")
