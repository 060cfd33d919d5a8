"""Days as people write them: in all the usual forms, and never an exception."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compose.words import Words
from bot.moments.days import read_day
from tests.committee import PARIS

TODAY = date(2026, 11, 24)  # a Tuesday
FRENCH, ENGLISH = Words("fr", PARIS), Words("en", PARIS)


def day(text: str) -> date | None:
    """Read what follows `pause`."""
    return read_day(text.split(), TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-24",
        "24/12/2026",
        "24/12/26",
        "24/12",
        "24.12.2026",
        "24-12-2026",
        "24 décembre 2026",
        "24 DÉCEMBRE",
        "24 déc. 2026",
        "24 dec",
        "le 24 décembre",
        "jusqu'au 24/12/2026",
        "Jusqu\u2019au 24 décembre.",
        "jusqu'au jeudi 24 décembre 2026",
        "jusqu'au 24 décembre inclus",
        "jusqu'au jeudi 24 décembre 2026 compris",
        "du 24/12/2026",
        "until 24/12/2026",
        "until the 24th of December",
        "until 24 December 2026",
        "till Thursday 24 December 2026",
        "December 24, 2026",
        "until December 24th",
        "until Thursday, December 24, 2026 included",
        "30 jours",
        "pendant 30 jours",
        "for 30 days",
        "pour un mois",
        "1 mois",
        "for one month",
        "for a month",
    ],
)
def test_a_day_in_its_usual_forms(text: str) -> None:
    """Nobody should have to look up how to write a date."""
    assert day(text) == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("24/11", TODAY),
        ("23/11", date(2027, 11, 23)),
        ("1er janvier", date(2027, 1, 1)),
        ("29 février", date(2028, 2, 29)),
        ("demain", date(2026, 11, 25)),
        ("tomorrow", date(2026, 11, 25)),
        ("2 semaines", date(2026, 12, 8)),
        ("deux semaines", date(2026, 12, 8)),
        ("une semaine", date(2026, 12, 1)),
        ("3 mois", date(2027, 2, 24)),
        ("23/11/2026", date(2026, 11, 23)),
    ],
)
def test_a_day_without_a_year_is_the_next_one(text: str, wanted: date) -> None:
    """Who writes « 1er janvier » in November means that of next year."""
    assert day(text) == wanted


def test_a_month_ends_with_its_last_day() -> None:
    """A month from 31 January is no day of March."""
    assert read_day(["1", "mois"], date(2027, 1, 31)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    "text",
    [
        *("", "31/02/2026", "32 décembre", "24 brumaire", "24/13/2026", "0 janvier"),
        *("Noël", "café samedi", "9999 jours", "24 décembre 2026 à midi", "0000-01-01"),
        *("24", "le", "jusqu'au", "29/02/2027", "999 mois", "un café"),
    ],
)
def test_what_is_no_day_is_none(text: str) -> None:
    """A guess would silence somebody for a year."""
    assert day(text) is None


@given(st.text(), st.dates())
def test_nothing_that_is_typed_makes_it_raise(text: str, today: date) -> None:
    """Anything may arrive, on any day."""
    read_day(text.split(), today)


@given(
    st.integers(0, 9999).map(str),
    st.sampled_from([*"/-.", "jours", "mois", "semaines", "décembre", "dec", "31"]),
    st.sampled_from(["", "2026", "99", "/99", "/9999", "inclus"]),
    st.dates(),
)
def test_nothing_like_a_date_makes_it_raise(
    first: str, second: str, third: str, today: date
) -> None:
    """Nor what is nearly one."""
    for text in (f"{first} {second} {third}", f"{first}{second}{third}"):
        read_day(text.split(), today)


FORMS: tuple[Callable[[date], str], ...] = (
    date.isoformat,
    lambda one: f"{one.day}/{one.month}/{one.year}",
    lambda one: f"{one:%d.%m.%Y}",
    lambda one: f"{one:%d/%m/%y}",
    lambda one: f"{one.day}/{one.month}",
    FRENCH.day,
    FRENCH.day_month,
    ENGLISH.day,
    ENGLISH.day_month,
    lambda one: f"jusqu'au {FRENCH.day(one)} compris",
    lambda one: f"until {ENGLISH.day(one)} included",
)


@given(st.integers(0, 364), st.sampled_from(FORMS), st.booleans())
def test_a_day_that_is_told_reads_back(
    days: int,
    form: Callable[[date], str],
    loud: bool,  # noqa: FBT001 - a variation
) -> None:
    """People copy the date out of our own mails."""
    wanted = TODAY + timedelta(days)
    text = form(wanted).upper() if loud else form(wanted)

    assert day(text) == wanted
