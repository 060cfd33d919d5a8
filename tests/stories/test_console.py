"""The command line's twins of the owners' commands: the same handlers as by mail.

Called inside this process: starting two dozen others would take most of a minute.
"""

import json
from pathlib import Path

import pytest

from tests.stories.scenes import colporteur_here as colporteur
from tests.stories.scenes import write_config

ANNE = "anne@member.test"
PEOPLE = [ANNE, "bob@member.test"]
CARDS = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoé Roux\r\nEMAIL:zoe@member.test\r\n"
    "TEL;TYPE=cell:06 11 22 33 44\r\nCATEGORIES:bureau\r\nEND:VCARD\r\n"
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a configuration whose servers nobody answers for."""
    path = write_config(tmp_path, 1, 1)
    for one in PEOPLE:
        colporteur(path, "members", "discuter", "add", one)
    return path


def members(config: Path) -> dict[str, dict[str, object]]:
    """Give a list's members by address."""
    rows = json.loads(colporteur(config, "members", "discuter", "--json"))
    return {str(row["address"]): row for row in rows}


def queued(config: Path) -> list[tuple[str, str]]:
    """Give kind and subject of what waits to be sent."""
    rows = json.loads(colporteur(config, "queue", "list", "--json"))
    return [(str(row["kind"]), str(row["subject"])) for row in rows]


def test_people_are_added_and_removed_quietly_unless_told(config: Path) -> None:
    """An admin who tidies up writes to nobody; with --tell it is as by mail."""
    colporteur(config, "members", "discuter", "add", "zoe@member.test", "Zoé")
    colporteur(config, "members", "discuter", "remove", "zoe@member.test")
    quiet = queued(config)
    colporteur(config, "members", "discuter", "add", "leo@member.test", "--tell")

    assert quiet == []
    assert [kind for kind, _ in queued(config)] == ["welcome"]
    assert "leo@member.test" in members(config)


def test_a_likely_slip_needs_a_word_more(config: Path) -> None:
    """The same question as by mail, answered with --yes."""
    typo = "zoe@gmial.com"
    colporteur(config, "members", "discuter", "add", typo, status=1)
    before = typo in members(config)
    colporteur(config, "members", "discuter", "add", typo, "--yes")

    assert not before
    assert typo in members(config)


def test_an_address_is_corrected_and_an_invitation_waits(config: Path) -> None:
    """The people concerned hear of both."""
    colporteur(config, "members", "discuter", "change", ANNE, "anne@new.test")
    colporteur(config, "members", "discuter", "invite", "paul@member.test", "Paul")

    assert set(members(config)) == {"anne@new.test", "bob@member.test"}
    assert [kind for kind, _ in queued(config)] == ["notice", "confirm"]


def test_an_address_book_is_imported_with_all_it_says(config: Path) -> None:
    """Telephone and groups, from a vCard; a second time changes nothing."""
    path = config.parent / "book.vcf"
    path.write_text(CARDS, "utf-8")

    told = colporteur(config, "members", "discuter", "import", str(path))
    again = colporteur(config, "members", "discuter", "import", str(path))

    zoe = members(config)["zoe@member.test"]
    assert (zoe["name"], zoe["phone"], zoe["groups"]) == (
        "Zoé Roux",
        "06 11 22 33 44",
        ["bureau"],
    )
    assert "1 added, 0 were members already, 0 refused" in told
    assert "0 added, 1 were members already, 0 refused" in again
    assert queued(config) == []


def test_settings_and_roles_change_and_are_shown_with_who(config: Path) -> None:
    """`lists show` tells what is in force, `lists set` the owners' keys."""
    text = config.parent / "welcome.txt"
    text.write_text("Bonjour à vous\n\nLe bureau\n", "utf-8")
    colporteur(config, "lists", "set", "discuter", "moderation", "all")
    colporteur(config, "lists", "promote", "discuter", ANNE, "moderator")
    colporteur(config, "lists", "welcome", "discuter", str(text))
    colporteur(config, "lists", "set", "discuter", "moderation", "perhaps", status=2)
    colporteur(
        config, "lists", "demote", "discuter", "owner@list.test", "owner", status=1
    )

    rows = json.loads(colporteur(config, "lists", "show", "discuter", "--json"))
    shown = {str(row["key"]): row for row in rows}
    assert shown["moderation"]["value"] == "all"
    assert shown["moderation"]["by"]
    assert shown["moderators"]["value"] == [ANNE]
    assert shown["welcome"]["value"] == "Bonjour à vous\n\nLe bureau"


def test_figures_of_a_list_are_counted(config: Path) -> None:
    """As `statistiques` tells them."""
    figures = json.loads(colporteur(config, "lists", "stats", "discuter", "--json"))

    assert (figures["members"], figures["joined"], figures["posts"]) == (2, 2, 0)
