"""`import`: shown first, done on « ok » by a plan made anew, nobody forgotten."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.actions import EnrolMany, PreviewImport
from bot.address import Address
from bot.commands.imports import Plan, plan
from bot.compose.texts import texts
from bot.model import (
    Attachment,
    Profile,
    Proof,
    RequestKind,
    Roster,
    Standing,
)
from bot.rosters import Entry, Refused, Sheet, read_lines
from tests.committee import (
    ANNE,
    BOX,
    CLAIRE,
    PARIS,
    SETTINGS,
    SHA,
    TALK,
    ZOE,
    answered,
    asked,
    decided,
    kinds,
    mail,
    member,
    results,
    roster,
    shown,
)

NEW, LEFT, GONE = (Address(one, "example.net") for one in ("neuf", "parti", "oubli"))


def planned(sheet: Sheet, *known: Standing) -> Plan:
    """Plan an import into `discuter`."""
    return plan(sheet, {one.address.key: one for one in known}, TALK, SETTINGS)


def sheet(*entries: Entry, refused: tuple[Refused, ...] = ()) -> Sheet:
    """Give what an address book says."""
    return Sheet(entries, refused, "csv")


def reasons(made: Plan) -> list[tuple[str, str]]:
    """Give line and reason of what is left out, and check that each is a sentence."""
    told = texts(None, PARIS)
    for one in made.refused:
        for language in ("fr", "en"):
            assert told.sentence(one["id"], language, one)
    return [(one["line"], one["id"]) for one in made.refused]


def test_newcomers_are_added_with_all_that_is_said() -> None:
    """Name, telephone, groups, language."""
    entry = Entry(2, NEW, "Léa Roy", "0612345678", ("Bureau",), "en")

    made = planned(sheet(entry))

    assert made.added == (entry,)
    assert made.does_something
    assert made.action(TALK, "test") == EnrolMany(
        (Profile(NEW, "Léa Roy", "0612345678", ("Bureau",), "en"),), "discuter", "test"
    )


def test_somebody_of_another_list_is_a_newcomer_here() -> None:
    """A person may be on several."""
    made = planned(sheet(Entry(2, ANNE)), member(ANNE, "jardin"))

    assert len(made.added) == 1


def test_changes_are_told_with_old_and_new() -> None:
    """What the address book leaves out stays."""
    known = member(ANNE, "discuter", name="A. Martin", phone="1", groups=("Bureau",))
    entry = Entry(2, ANNE, "Anne Martin", "", ("Bureau", "Adhérents"), "en")

    made = planned(sheet(entry), known)

    assert made.changed == (
        (
            entry,
            (
                {"key": "name", "old": "A. Martin", "new": "Anne Martin"},
                {"key": "language", "old": "", "new": "en"},
                {"key": "groups", "old": "Bureau", "new": "Bureau, Adhérents"},
            ),
        ),
    )
    assert (made.added, made.unchanged) == ((), 0)


@pytest.mark.parametrize(
    "entry",
    [
        Entry(2, ANNE),
        Entry(2, ANNE, "Anne Martin"),
        Entry(2, Address("ANNE", "example.org"), "Anne Martin", "06", (), ""),
        Entry(2, ANNE, groups=("adherent", "BUREAU")),
    ],
)
def test_what_says_nothing_new_changes_nothing(entry: Entry) -> None:
    """Groups compare without accents, case and plural."""
    known = member(
        ANNE, "discuter", name="Anne Martin", phone="06", groups=("Bureau", "Adhérents")
    )

    made = planned(sheet(entry), known)

    assert (made.unchanged, made.does_something) == (1, False)


def test_refusals_have_their_line_and_reason() -> None:
    """In the order of the file, so that it can be corrected."""
    unread = (Refused(4, "zut@", "bad-address"), Refused(9, "Paul", "no-address"))
    again = Refused(8, str(NEW), "twice")
    book = sheet(
        Entry(2, NEW),
        Entry(3, GONE),
        Entry(5, LEFT),
        Entry(6, BOX),
        Entry(7, Address("lea", "gmial.com")),
        refused=(*unread, again),
    )

    made = planned(
        book,
        Standing(GONE, forgotten=True),
        Standing(LEFT, left=frozenset({"discuter"})),
    )

    assert reasons(made) == [
        ("3", "was-forgotten"),
        ("4", "bad-address"),
        ("5", "left-before"),
        ("6", "own-address"),
        ("7", "typo"),
        ("8", "twice"),
        ("9", "no-address"),
    ]
    assert [one.address for one in made.added] == [NEW]


def test_who_left_another_list_may_come() -> None:
    """They left that one."""
    made = planned(sheet(Entry(2, LEFT)), Standing(LEFT, left=frozenset({"jardin"})))

    assert len(made.added) == 1


def test_a_member_with_an_odd_address_stays() -> None:
    """It works, whatever it looks like."""
    odd = Address("lea", "gmial.com")

    made = planned(sheet(Entry(2, odd)), member(odd, "discuter"))

    assert (made.unchanged, made.refused) == (1, ())


def test_duplicates_are_one_person() -> None:
    """With what each line says."""
    lines = "neuf@example.net Léa Roy\nNEUF@example.net\nanne@example.org"

    made = planned(read_lines(lines.split("\n")), member(ANNE, "discuter"))

    assert [(one.address, one.name) for one in made.added] == [(NEW, "Léa Roy")]
    assert (reasons(made), made.unchanged) == ([("2", "twice")], 1)


# ------------------------------------------------------------------- the preview

MESSAGE = mail("importer discuter", "", CLAIRE)
BOOK = sheet(Entry(2, NEW, "Léa Roy"), Entry(3, ANNE, "Anne Martin"), Entry(4, GONE))
KNOWN = roster(
    None, member(ANNE, "discuter", name="A. Martin"), Standing(GONE, forgotten=True)
)


def test_the_preview_shows_all() -> None:
    """How many, who, what changes, what is left out and why."""
    decision = decided(MESSAGE, KNOWN, sheet=BOOK)

    preview = decision.actions[0]
    assert isinstance(preview, PreviewImport)
    assert (preview.address, preview.sha256) == (CLAIRE, SHA)
    assert {key: preview.facts[key] for key in ("added", "changed", "unchanged")} == {
        "added": 1,
        "changed": 1,
        "unchanged": 0,
    }
    for text in shown(decision):
        assert "Léa Roy <neuf@example.net>" in text
        assert "A. Martin → Anne Martin" in text
        assert "oubli@example.net" in text


def test_a_long_list_of_refusals_is_attached() -> None:
    """A mail has no room for five hundred."""
    bad = tuple(Refused(n, f"x{n}", "bad-address") for n in range(2, 80))

    preview = decided(MESSAGE, KNOWN, sheet=replace(BOOK, refused=bad)).actions[0]

    assert isinstance(preview, PreviewImport)
    assert [one.name for one in preview.files] == ["refused.csv"]
    assert preview.files[0].text.count("\r\n") == 80


def test_cells_of_the_attached_table_are_no_formulas() -> None:
    """A spreadsheet would run what a stranger wrote into an address book."""
    bad = tuple(Refused(n, '=HYPERLINK("x");y', "no-address") for n in range(2, 80))

    preview = decided(MESSAGE, KNOWN, sheet=replace(BOOK, refused=bad)).actions[0]

    assert isinstance(preview, PreviewImport)
    rows = list(csv.reader(io.StringIO(preview.files[0].text)))
    assert rows[1] == ["2", "no-address", '\'=HYPERLINK("x");y']


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"unreadable": "no table in it"}, "import-unreadable"),
        ({"sheet": Sheet(form="csv")}, "import-empty"),
        ({}, "import-empty"),
        ({"sheet": sheet(Entry(2, GONE))}, "import-nothing"),
        ({"sheet": sheet(Entry(2, ANNE, "A. Martin"))}, "import-nothing"),
    ],
)
def test_nothing_to_do_is_told_at_once(more: Mapping[str, Any], told: str) -> None:
    """There is nothing to say « ok » to."""
    decision = decided(MESSAGE, KNOWN, **more)

    assert kinds(decision) == ["Reply command-results"]
    assert results(decision) == [told]


def test_an_attached_photo_is_not_lines() -> None:
    """The lines below the command are, unless a file could be read."""
    message = mail(
        "importer discuter",
        "neuf@example.net",
        CLAIRE,
        attachments=(Attachment("book.csv", "text/csv", 99),),
    )

    read = decided(message, KNOWN, sheet=sheet(Entry(2, ANNE, "Anne Martin")))
    lines = decided(message, KNOWN)

    added = [getattr(one.actions[0], "facts", {})["added"] for one in (read, lines)]
    assert added == [0, 1]


# ----------------------------------------------------------------------- the « ok »

REQUEST = asked(RequestKind.IMPORT, CLAIRE, "discuter", sha256=SHA)


def ok(known: Roster, typed: str = "ok") -> list[object]:
    """Answer the preview."""
    where = replace(known, original=MESSAGE)
    return list(answered(typed, REQUEST, where, sheet=BOOK).actions)


def test_ok_does_it() -> None:
    """The origin names owner and mail, since people ask where one has their address."""
    done = ok(KNOWN)

    assert done[1] == EnrolMany(
        (Profile(NEW, "Léa Roy"), Profile(ANNE, "Anne Martin")),
        "discuter",
        f"imported by {CLAIRE}, {MESSAGE.message_id}",
    )


def test_the_plan_is_made_anew() -> None:
    """Who was forgotten, left or joined between preview and « ok » counts."""
    known = roster(
        None, Standing(NEW, forgotten=True), member(ANNE, "discuter", name="A. Martin")
    )

    done = ok(known)[1]

    assert isinstance(done, EnrolMany)
    assert [one.address for one in done.profiles] == [GONE, ANNE]


def test_nothing_left_to_do_at_ok() -> None:
    """Somebody else did it meanwhile."""
    known = roster(
        None,
        member(NEW, "discuter", name="Léa Roy"),
        member(ANNE, "discuter", name="Anne Martin"),
        Standing(GONE, forgotten=True),
    )
    where = replace(known, original=MESSAGE)

    decision = answered("ok", REQUEST, where, sheet=BOOK)

    assert kinds(decision) == ["Settle", "Reply import-nothing"]


@pytest.mark.parametrize(("typed", "wanted"), [("non", 1), ("peut-être", 1)])
def test_anything_else_does_nothing(typed: str, wanted: int) -> None:
    """Only « ok »."""
    done = ok(KNOWN, typed)

    assert len(done) == wanted
    assert not any(isinstance(one, EnrolMany) for one in done)


def test_an_owner_no_more_imports_no_more() -> None:
    """The role may be gone since the preview."""
    lists = {**SETTINGS.lists, "discuter": replace(TALK, owners=frozenset({ZOE}))}
    where = replace(KNOWN, original=MESSAGE)

    decision = answered(
        "ok", REQUEST, where, replace(SETTINGS, lists=lists), sheet=BOOK
    )

    assert kinds(decision) == ["Settle", "Reply token-expired"]


def test_a_mail_that_is_gone_is_told() -> None:
    """Without it nobody knows what was meant."""
    decision = answered("ok", REQUEST, KNOWN, sheet=BOOK)

    assert kinds(decision) == ["Settle", "Reply token-expired"]


def test_a_forged_ok_does_nothing() -> None:
    """Even with the token."""
    decision = answered(
        "ok", REQUEST, replace(KNOWN, original=MESSAGE), sheet=BOOK, proof=Proof.FAIL
    )

    assert kinds(decision) == ["Reply forged", "Alert"]
