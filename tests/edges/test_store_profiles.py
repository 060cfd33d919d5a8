"""The store: what is known about people, and how they are found."""

from datetime import UTC, datetime

import pytest

from bot.address import Address, NamedAddress
from bot.model import Person, Profile, group_key
from bot.store import SqlStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNE = Address("Anne", "example.org")
HOME = Address("anne", "home.example")
BERT = Address("bert", "example.net")
FULL = Profile(ANNE, "Anne Müller", "0102", ("Adhérents", "Bureau"), "fr")


def _import(store: SqlStore, *profiles: Profile, list_name: str = "readers") -> None:
    store.enrol_many(profiles, list_name, "import", NOW)


def _known(store: SqlStore, address: Address) -> Person:
    person = store.find_person(address)
    assert person is not None
    return person


def _told(person: Person) -> tuple[str, str, tuple[str, ...], str]:
    return person.name, person.phone, person.groups, person.language


# ---------------------------------------------------------------- fill or replace


def test_enrol_fills_a_name_that_is_missing(store: SqlStore) -> None:
    """What somebody types beside an address is no correction."""
    store.enrol(ANNE, "", "readers", "", NOW)
    store.enrol(ANNE, "Anne", "talkers", "", NOW)
    store.enrol(ANNE, "Annette", "board", "", NOW)

    assert _known(store, ANNE).name == "Anne"
    assert store.namesakes("ANNE") == (_known(store, ANNE),)
    assert store.namesakes("Annette") == ()


def test_import_tells_all_about_somebody_new(store: SqlStore) -> None:
    """Members show it, too."""
    _import(store, FULL)

    (member,) = store.members("readers")
    assert _told(_known(store, ANNE)) == (
        "Anne Müller",
        "0102",
        ("Adhérents", "Bureau"),
        "fr",
    )
    assert (member.name, member.phone, member.language) == ("Anne Müller", "0102", "fr")
    assert member.groups == ("Adhérents", "Bureau")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            Profile(ANNE),
            ("Anne Müller", "0102", ("Adhérents", "Bureau"), "fr"),
            id="nothing",
        ),
        pytest.param(
            Profile(ANNE, "A. Schmidt"),
            ("A. Schmidt", "0102", ("Adhérents", "Bureau"), "fr"),
            id="name",
        ),
        pytest.param(
            Profile(ANNE, "", "0999", (), "en"),
            ("Anne Müller", "0999", ("Adhérents", "Bureau"), "en"),
            id="phone-and-language",
        ),
        pytest.param(
            Profile(ANNE, groups=("adherent", "Presse")),
            ("Anne Müller", "0102", ("adherent", "Presse"), "fr"),
            id="groups",
        ),
        pytest.param(
            Profile(ANNE, groups=("Presse", "PRESSES", " ")),
            ("Anne Müller", "0102", ("PRESSES",), "fr"),
            id="one-group-in-two-spellings",
        ),
    ],
)
@pytest.mark.parametrize("list_name", ["readers", "talkers"])
def test_import_replaces_what_it_says_and_leaves_the_rest(
    store: SqlStore,
    said: Profile,
    expected: tuple[str, str, tuple[str, ...], str],
    list_name: str,
) -> None:
    """The newest file is right, on lists that they are on and on others."""
    _import(store, FULL)

    _import(store, said, list_name=list_name)

    assert _told(_known(store, ANNE)) == expected
    assert store.namesakes(expected[0]) == (_known(store, ANNE),)


def test_import_by_another_address_is_about_the_same_person(store: SqlStore) -> None:
    """One line with the one address, one with the other: one member."""
    _import(store, FULL)
    store.link_address(_known(store, ANNE), HOME)

    found = store.enrol_many(
        [Profile(HOME, "Anna"), Profile(ANNE, "", "0777"), Profile(BERT)],
        "talkers",
        "import",
        NOW,
    )

    assert found == (2, 1)
    assert [one.address for one in store.members("talkers")] == [ANNE, BERT]
    assert _known(store, HOME).name == "Anna"
    assert _known(store, HOME).phone == "0777"


def test_last_line_about_somebody_holds(store: SqlStore) -> None:
    """The same whether they were known before or not."""
    _import(store, Profile(ANNE, "First"), Profile(ANNE, "Last"), Profile(ANNE))

    assert _known(store, ANNE).name == "Last"


def test_set_person_changes_one_thing(store: SqlStore) -> None:
    """Empty takes it away; a new name is found, and the old one not."""
    _import(store, FULL)
    number = _known(store, ANNE).id

    for key, value in (("name", "Éva Noël"), ("phone", ""), ("language", "en")):
        store.set_person(number, key, value)

    assert _told(_known(store, ANNE)) == (
        "Éva Noël",
        "",
        ("Adhérents", "Bureau"),
        "en",
    )
    assert len(store.namesakes("eva noel")) == 1
    assert store.namesakes("Anne Müller") == ()


# --------------------------------------------------------------------- namesakes


@pytest.mark.parametrize(
    "name", ["Anne Müller", "ANNE MULLER", " anne  müller ", "« Anne Müller »"]
)
def test_namesakes_are_found_however_they_write(store: SqlStore, name: str) -> None:
    """Case, accents and what stands around don't matter."""
    _import(store, FULL, Profile(BERT, "Bert"))
    store.link_address(_known(store, ANNE), HOME)

    roster = store.roster_for(
        NamedAddress(name, Address("x", "y.example")), (), (), "", (), NOW
    )

    assert roster.namesakes == store.namesakes(name) == (_known(store, ANNE),)


@pytest.mark.parametrize("name", ["", " ", "Anne", "Anne Müller-Lüd"])
def test_other_names_are_nobodys(store: SqlStore, name: str) -> None:
    """No name is not a name, and part of one is not it."""
    _import(store, FULL, Profile(BERT))

    assert store.namesakes(name) == ()


def test_two_namesakes_at_most_are_given(store: SqlStore) -> None:
    """Two are no answer; more would only cost time."""
    people = [Profile(Address(f"p{i}", "example.org"), "Jean Martin") for i in range(5)]
    _import(store, *people)

    assert len(store.namesakes("jean martin")) == 2


def test_whoever_is_known_by_address_has_no_namesakes(store: SqlStore) -> None:
    """Nobody needs to be guessed."""
    _import(store, FULL, Profile(BERT, "Anne Müller"))

    roster = store.roster_for(NamedAddress("Anne Müller", BERT), (), (), "", (), NOW)

    assert roster.namesakes == ()
    assert roster.person == _known(store, BERT)


# ------------------------------------------------------------------------ groups


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Adhérents", "adherent", True),
        ("Conseil d\u2019Administration", "conseil d'administration", True),
        ("Membres  Actifs", "membre actif", True),
        ("SS", "ss", True),
        ("Presse", "Prêtre", False),
        ("Bureau", "Bureau 2", False),
    ],
)
def test_group_keys_compare(one: str, other: str, *, same: bool) -> None:
    """Plural, case, accents and blanks don't make another group."""
    assert (group_key(one) == group_key(other)) is same
    assert group_key(one)


def test_every_group_is_known_by_one_name(store: SqlStore) -> None:
    """`help` names them; who carries none adds none."""
    _import(
        store,
        Profile(ANNE, groups=("Adhérents", "Bureau")),
        Profile(BERT, groups=("adherent",)),
        Profile(HOME),
    )

    roster = store.roster_for(None, (), (), "", (), NOW)

    assert set(roster.groups) == {"adherent", "bureau"}
    assert roster.groups["bureau"] == "Bureau"
    assert roster.groups["adherent"] in {"Adhérents", "adherent"}


def test_groups_go_with_the_person(store: SqlStore) -> None:
    """Nobody carries a group who is on no list."""
    _import(store, FULL)

    store.unenrol(ANNE, "readers")

    assert store.all_groups() == {}


# ------------------------------------------------------------------ several pages


def test_people_are_found_by_any_address_in_thousands(store: SqlStore) -> None:
    """An import asks about a whole file at once."""
    addresses = [Address(f"P{i:04}", "example.org") for i in range(2101)]
    _import(store, *(Profile(one, groups=("All",)) for one in addresses))
    last = addresses[-1]
    store.link_address(_known(store, last), HOME)

    standings = store.standings([*addresses, HOME, BERT], NOW)
    found = store.find_people([*addresses, HOME, BERT])

    assert len(standings) == 2103
    assert len(found) == 2102
    assert found[HOME.key] == found[last.key] == standings[HOME.key].person
    assert found[HOME.key].address == last
    assert BERT.key not in found
    assert standings[BERT.key].person is None
    assert all(standings[one.key].memberships for one in (*addresses, HOME))
    assert [one.address for one in store.members("readers")] == addresses
    assert {one.groups for one in store.members("readers")} == {("All",)}


@pytest.mark.parametrize("number", [0, 1, 999, 1000, 1001])
def test_members_are_complete_at_the_edge_of_a_page(
    store: SqlStore, number: int
) -> None:
    """A full page may be the last one."""
    _import(
        store, *(Profile(Address(f"p{i:04}", "example.org")) for i in range(number))
    )

    assert len(list(store.members("readers"))) == number
