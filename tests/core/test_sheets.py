"""Sheets: who is called because their mail comes back, by whom, and for how long."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address
from bot.bounces.sheets import SHEET_MAX, needs_call, share, sheets
from bot.model import BounceState, Bouncing, ListKind, MailingList

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PAUL, ZOE, LEO, MIA = (Address(one, "x.fr") for one in ("paul", "zoe", "leo", "mia"))
CLAIRE, ADMIN = Address("claire", "x.fr"), Address("admin", "x.fr")
TALK = MailingList("discuter", ListKind.DISCUSSION, owners=frozenset({CLAIRE}))
NEWS = replace(TALK, name="informer", callers=frozenset({PAUL, ZOE}))
LISTS = {one.name: one for one in (TALK, NEWS)}


def one(number: int, *lists: str, **more: object) -> Bouncing:
    """Make somebody whose mailbox is gone."""
    facts: dict[str, object] = {"lists": lists or ("informer",), "dead": 1, **more}
    address = Address(f"p{number}", "y.fr")
    return Bouncing(person_id=number, address=address, **facts)  # type: ignore[arg-type] # by name


@pytest.mark.parametrize(
    ("counts", "called"),
    [
        ({"dead": 1}, True),
        ({"dead": 0, "full": 1}, False),
        ({"dead": 0, "full": 2}, True),
        ({"dead": 1, "full": 1}, True),
        ({"dead": 0}, False),
        ({"dead": 0, "state": BounceState.SUSPENDED}, True),
        ({"dead": 0, "state": BounceState.ASKED}, True),
    ],
)
def test_who_needs_a_call(counts: dict[str, object], *, called: bool) -> None:
    """A full mailbox may be emptied before the next post."""
    assert needs_call(one(1, **counts)) is called


def names(found: object) -> dict[str, list[tuple[int, str]]]:
    """Write sheets as who calls whom, for which list."""
    return {
        sheet.caller.local_part: [(who.person_id, name) for who, name in sheet.waiting]
        for sheet in found  # type: ignore[attr-defined] # sheets
    }


def test_a_person_is_on_one_sheet() -> None:
    """The first of their lists that has callers; else the owners of the first."""
    bouncing = [one(1, "discuter", "informer"), one(2), one(3, "discuter")]

    found = sheets(bouncing, LISTS, (ADMIN,))

    assert names(found) == {
        "claire": [(3, "discuter")],
        "paul": [(1, "informer")],
        "zoe": [(2, "informer")],
    }


def test_whose_own_address_is_dead_gets_no_sheet() -> None:
    """It would come back, too."""
    gone = replace(one(9), address=PAUL)
    bouncing = [gone, one(1), one(2)]

    assert names(sheets(bouncing, LISTS, (ADMIN,))) == {
        "zoe": [(1, "informer"), (2, "informer"), (9, "informer")]
    }


def test_admins_call_where_nobody_else_can() -> None:
    """A list may have lost its owners; a sheet that nobody gets helps nobody."""
    alone = {"discuter": replace(TALK, owners=frozenset())}
    gone = replace(one(9, "discuter"), address=ADMIN)

    assert names(sheets([one(1, "discuter")], alone, (ADMIN,))) == {
        "admin": [(1, "discuter")]
    }
    assert len(sheets([gone], alone, (ADMIN,))) == 1
    assert sheets([one(1, "gone-list")], alone, (ADMIN,)) == ()


def test_a_sheet_has_no_more_than_one_can_call() -> None:
    """Who was called least comes first, then who bounces longest."""
    tried = one(0, tries=1, first_at=NOW - timedelta(days=90))
    many = [tried] + [
        one(n, first_at=NOW - timedelta(days=n)) for n in range(1, SHEET_MAX + 3)
    ]
    alone = {"informer": replace(NEWS, callers=frozenset({PAUL}))}

    (sheet,) = sheets(many, alone, ())

    assert (len(sheet.people), sheet.more) == (SHEET_MAX, 3)
    assert [who.person_id for who in sheet.people][:2] == [42, 41]


CALLERS = (PAUL, ZOE, LEO, MIA)
_someone = st.tuples(
    st.sampled_from([None, *CALLERS, CLAIRE]), st.sampled_from([0, 1, 2, 3])
)


def crowd(drawn: list[tuple[Address | None, int]]) -> list[Bouncing]:
    """Make people with whom they had before, and how often in vain."""
    return [
        one(n, caller=caller, tries=tries) for n, (caller, tries) in enumerate(drawn)
    ]


@given(st.lists(_someone, max_size=12), st.integers(1, len(CALLERS)))
def test_shares_are_even(drawn: list[tuple[Address | None, int]], number: int) -> None:
    """Nobody has two people more than another."""
    callers = CALLERS[:number]

    shares = share(crowd(drawn), callers)

    sizes = Counter(shares.values())
    assert set(shares) == set(range(len(drawn)))
    assert set(shares.values()) <= set(callers)
    assert max(sizes[who] for who in callers) - min(sizes[who] for who in callers) <= 1


@given(st.lists(_someone, max_size=12), st.integers(1, len(CALLERS)))
def test_shares_are_stable(
    drawn: list[tuple[Address | None, int]], number: int
) -> None:
    """Only as many people move as evenness needs."""
    people = [replace(who, tries=min(who.tries, 1)) for who in crowd(drawn)]
    callers = CALLERS[:number]

    shares = share(people, callers)

    had = Counter(who.caller for who in people)
    size, more = divmod(len(people), number)
    most = sorted((had[who] for who in callers), reverse=True)
    need = sum(
        max(number - size - (place < more), 0) for place, number in enumerate(most)
    )
    moved = [
        who
        for who in people
        if who.caller in callers and shares[who.person_id] != who.caller
    ]
    assert len(moved) == need


@given(st.lists(_someone, max_size=12), st.integers(1, len(CALLERS)))
def test_shared_again_nothing_moves(
    drawn: list[tuple[Address | None, int]], number: int
) -> None:
    """Week after week the same voice calls."""
    people = crowd(drawn)
    first = share(people, CALLERS[:number])

    again = [replace(who, caller=first[who.person_id], tries=0) for who in people]

    assert share(again, CALLERS[:number]) == first


@given(st.lists(_someone, max_size=12), st.integers(2, len(CALLERS)))
def test_no_luck_twice_hands_over(
    drawn: list[tuple[Address | None, int]], number: int
) -> None:
    """Unless all the others have such people only."""
    people = crowd(drawn)

    shares = share(people, CALLERS[:number])

    stuck = [w for w in people if w.tries > 1 and shares[w.person_id] == w.caller]
    for who in stuck:
        assert all(
            other.tries > 1 for other in people if shares[other.person_id] != who.caller
        )
