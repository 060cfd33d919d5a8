"""A year of addresses that die, fill up and come back: who is found, and who isn't.

The daily list writes for a third of the year here, and for all of it in `make sim`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sim.bounced_years import (
    DEAD,
    FINE,
    POLICY_DAY,
    lists_of_a_year,
    misled_provider,
)
from tests.sim.bouncing import Year


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """A year of a monthly list of 343, and of a daily one."""
    folder = tmp_path_factory.mktemp("year")
    with lists_of_a_year(folder, daily_until=130, large=False) as lived:
        yield lived


def test_dead_addresses_are_found_within_two_posts(year: Year) -> None:
    """Whatever says that they are dead, and though the list writes once a month."""
    found = {
        one.fate.name: one.posts_until_suspended()
        for one in year.fates_of("monthly", *DEAD)
        if one.is_suspended
    }

    assert found.keys() == set(DEAD)
    assert max(found.values()) <= 2


def test_nobody_is_suspended_for_a_full_mailbox_within_a_month(year: Year) -> None:
    """People are away for weeks; only for good it is another matter."""
    (full,) = year.fates_of("daily", "full for good")

    assert len(full.suspended) == 1
    assert 30 <= full.suspended[0] < 32


@pytest.mark.parametrize("list_name", ["monthly", "daily"])
def test_whose_address_works_is_never_suspended(year: Year, list_name: str) -> None:
    """Nor whose server is wrong once, nor who was away for a while."""
    fine = year.fates_of(list_name, *FINE)

    assert {one.fate.name for one in fine} == set(FINE)
    assert [one.fate.name for one in fine if one.suspended] == []


def test_a_server_that_is_gone_is_found_though_reports_come_late(year: Year) -> None:
    """Providers try for five days; a post isn't taken for arrived meanwhile."""
    (gone,) = year.fates_of("daily", "server gone")

    assert len(gone.suspended) == 1
    assert 30 <= gone.suspended[0] - 50.0 < 40
    assert gone.is_suspended


def test_who_empties_the_mailbox_gets_mail_again(year: Year) -> None:
    """By their next mail at once, else by the first probe that arrives."""
    (silent,) = year.fates_of("daily", "full for 45 days")
    (writes,) = year.fates_of("daily", "full for 45 days, writes")

    assert writes.revived == [107.0]
    assert len(silent.suspended) == len(silent.revived) == 1
    assert silent.revived[0] - 105.0 < 20


def test_an_answer_to_a_probe_and_another_address_revive(year: Year) -> None:
    """A dead address isn't the end."""
    (mistaken,) = year.fates_of("daily", "disabled by mistake")
    (moved,) = year.fates_of("monthly", "moves to another address")

    assert mistaken.revived == [mistaken.probes[-1] + 0.7]
    assert moved.revived == [150.0]
    assert len([day for day in moved.posts if day > 150]) == 7


def test_nobody_is_probed_often_or_removed(year: Year) -> None:
    """Each probe is a mail that nobody asked for; a machine never removes anybody."""
    members = {one.address for one in year.store.members("monthly")}

    assert len(members) == 343
    assert max(len(one.probes) for one in year.lives.values()) <= 3


def test_who_calls_a_post_spam_counts_against_nobody(year: Year) -> None:
    """It is an incident of ours: admins are told once."""
    alerts = [day for day, kind in year.told if kind == "alert"]

    assert len(alerts) == 1
    assert 0 < alerts[0] - POLICY_DAY < 2


@pytest.mark.parametrize(
    ("days", "posts"),
    [
        pytest.param(1.0, (0.01, 0.2, 8.0), id="two-posts-on-a-bad-day"),
        pytest.param(5.0, (0.01, 8.0), id="a-post-and-its-probes"),
    ],
)
def test_a_provider_that_is_wrong_about_many_makes_owners_decide(
    tmp_path: Path, days: float, posts: tuple[float, ...]
) -> None:
    """A third of a list doesn't die in a day."""
    with misled_provider(tmp_path, 60, days, posts) as year:
        asked = [day for day, kind in year.told if kind == "confirm"]

        assert len(asked) == 1
        assert [one for one in year.lives.values() if one.is_suspended] == []
