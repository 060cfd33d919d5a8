"""People as they are typed into a mail, or pasted from an address field."""

import pytest

from bot.rosters import read, read_lines


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("a@x.fr", [("a@x.fr", "")]),
        ("a@x.fr Anne Martin", [("a@x.fr", "Anne Martin")]),
        ("Anne Martin <a@x.fr>", [("a@x.fr", "Anne Martin")]),
        ("a@x.fr (Anne Martin)", [("a@x.fr", "Anne Martin")]),
        ("a@x.fr;Anne Martin;adhérent", [("a@x.fr", "Anne Martin")]),
        ("a@x.fr, Anne Martin", [("a@x.fr", "Anne Martin")]),
        ("- a@x.fr", [("a@x.fr", "")]),
        ("\u2022 a@x.fr \u2013 Anne", [("a@x.fr", "Anne")]),
        ("3) a@x.fr", [("a@x.fr", "")]),
        ("a@x.fr <mailto:a@x.fr>", [("a@x.fr", "")]),
        ("a@x.fr b@x.fr", [("a@x.fr", ""), ("b@x.fr", "")]),
        ("a@x.fr, b@x.fr;c@x.fr", [("a@x.fr", ""), ("b@x.fr", ""), ("c@x.fr", "")]),
        (
            '"Martin, Anne" <a@x.fr>; Bob <b@x.fr>;',
            [("a@x.fr", "Martin, Anne"), ("b@x.fr", "Bob")],
        ),
        (
            "Martin, Anne <a@x.fr>, Dupont, Bob <b@x.fr>",
            [("a@x.fr", "Martin, Anne"), ("b@x.fr", "Dupont, Bob")],
        ),
        ("a@x.fr, Anne, b@x.fr, Bob", [("a@x.fr", "Anne"), ("b@x.fr", "Bob")]),
        ("o'brien@x.fr", [("o'brien@x.fr", "")]),
        ("'a@x.fr'.", [("a@x.fr", "")]),
    ],
)
def test_a_line_holds_one_or_several(line: str, wanted: list[tuple[str, str]]) -> None:
    """Nobody should have to learn a format to add three people."""
    sheet = read_lines([line], first=7)

    assert [(str(one.address), one.name) for one in sheet.entries] == wanted
    assert {one.line for one in sheet.entries} == {7}
    assert sheet.refused == ()


def test_groups_stand_behind_the_name() -> None:
    """The third field is what the person is to us."""
    sheet = read_lines(["a@x.fr;Anne Martin;adhérent | bureau"])

    assert sheet.entries[0].groups == ("adhérent", "bureau")


def test_other_lines_are_refused_and_rulers_skipped() -> None:
    """The caller decides whether « Bonjour » matters."""
    sheet = read_lines(["Bonjour", "", "-- ", "a@x", "a@x.fr, b@y, A@x.fr"])

    assert [(one.line, one.reason) for one in sheet.refused] == [
        (1, "no-address"),
        (4, "bad-address"),
        (5, "bad-address"),
        (5, "twice"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a@x.fr\nb@x.fr\n",
        "Anne <a@x.fr>\nBob <b@x.fr>\n",
        '"Martin, Anne" <a@x.fr>; Bob <b@x.fr>;',
        "a@x.fr; b@x.fr",
    ],
)
def test_files_of_lines_are_no_tables(text: str) -> None:
    """A paste saved as a file must not lose all but the first."""
    sheet = read(text.encode(), "liste.txt", "text/plain")

    assert (sheet.form, len(sheet.entries)) == ("lines", 2)
