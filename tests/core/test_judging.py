"""What follows from what came back: suspensions, probes, the brake, incidents."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address
from bot.bounces import braked, incident_of, is_to_suspend, probe_is_due
from bot.model import BounceEvent, BounceRules, BounceState, Bouncing

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = BounceRules()
ANNE = Address("anne", "example.org")
ONE = Bouncing(1, ANNE, lists=("news",), last_at=NOW, reason="unknown-user")
SUSPENDED = replace(ONE, state=BounceState.SUSPENDED, since=NOW, dead=2)


@pytest.mark.parametrize(
    ("kind", "reason", "tells"),
    [
        ("hard", "unknown-user", "dead"),
        ("hard", "unknown-host", "dead"),
        ("soft", "mailbox-full", "full"),
        ("soft", "inactive", "full"),
        ("soft", "temporary", "full"),
        ("soft", "other", "full"),
        ("soft", "policy", ""),
        ("soft", "too-big", ""),
        ("delay", "temporary", ""),
        ("delay", "unknown-user", ""),
    ],
)
def test_an_event_counts_against_the_address_or_nobody(
    kind: str, reason: str, tells: str
) -> None:
    """What is our fault, and what isn't over yet, is nobody's."""
    assert BounceEvent(ANNE, kind, "", reason, "").tells == tells


@pytest.mark.parametrize(
    ("status", "reason", "tells"),
    [
        ("5.4.5", "temporary", ""),
        ("5.4.6", "other", ""),
        ("5.4.14", "temporary", ""),
        ("5.5.3", "other", ""),
        ("4.7.1", "temporary", ""),
        ("5.7.0", "mailbox-full", "full"),
        ("4.4.1", "temporary", "full"),
        ("5.0.0", "other", "full"),
    ],
)
def test_what_we_or_our_provider_did_counts_against_nobody(
    status: str, reason: str, tells: str
) -> None:
    """Quotas and loops are no mailbox's fault."""
    assert BounceEvent(ANNE, "soft", status, reason, "").tells == tells


@pytest.mark.parametrize(
    ("dead", "full", "days", "suspended"),
    [
        pytest.param(1, 0, 0, False, id="one-dead-post"),
        pytest.param(2, 0, 0, True, id="two-dead-posts"),
        pytest.param(0, 5, 29.9, False, id="full-not-for-long-enough"),
        pytest.param(0, 5, 30, True, id="full-for-long-enough"),
        pytest.param(0, 4, 90, False, id="full-too-seldom"),
        pytest.param(1, 4, 30, True, id="a-dead-one-among-full-ones"),
        pytest.param(0, 30, 20, False, id="a-daily-list"),
    ],
)
def test_posts_in_a_row_suspend(
    dead: int, full: int, days: float, *, suspended: bool
) -> None:
    """A dead address shows at once, a full mailbox may be emptied."""
    one = replace(ONE, dead=dead, full=full, span_days=days)

    assert is_to_suspend(one, RULES) is suspended


def test_one_post_and_a_failed_probe_suspend() -> None:
    """A probe counts as a post, whatever `dead_after` is."""
    patient = replace(RULES, dead_after=4)

    assert not is_to_suspend(replace(ONE, dead=2), patient)
    assert is_to_suspend(replace(ONE, dead=2, probe_failed=True), patient)
    assert not is_to_suspend(replace(ONE, dead=1, probe_failed=True), RULES)


def test_who_is_suspended_is_not_suspended_again() -> None:
    """Owners would be told each time."""
    assert not is_to_suspend(replace(SUSPENDED, dead=9), RULES)


@pytest.mark.parametrize(
    ("one", "days", "due"),
    [
        pytest.param(SUSPENDED, 2.9, False, id="suspended-too-early"),
        pytest.param(SUSPENDED, 3, True, id="suspended"),
        pytest.param(replace(SUSPENDED, probes=1), 29, False, id="second-too-early"),
        pytest.param(replace(SUSPENDED, probes=1), 30, True, id="second"),
        pytest.param(replace(SUSPENDED, probes=2), 300, False, id="no-third"),
        pytest.param(replace(ONE, dead=1), 2.9, False, id="in-doubt-too-early"),
        pytest.param(replace(ONE, dead=1), 3, True, id="in-doubt"),
        pytest.param(replace(ONE, dead=1, probes=1), 30, False, id="in-doubt-once"),
        pytest.param(replace(ONE, full=3), 30, False, id="full-is-no-doubt"),
        pytest.param(replace(SUSPENDED, state=BounceState.ASKED), 9, False, id="brake"),
    ],
)
def test_probes_are_few(one: Bouncing, days: float, *, due: bool) -> None:
    """One after each of `probe_after_days`, one in doubt."""
    assert probe_is_due(one, RULES, NOW + days * DAY) is due


def test_no_probes_where_none_are_wanted() -> None:
    """An empty list of days turns them off."""
    never = replace(RULES, probe_after_days=())

    assert not probe_is_due(SUSPENDED, never, NOW + 99 * DAY)
    assert not probe_is_due(replace(ONE, dead=1), never, NOW + 99 * DAY)


@pytest.mark.parametrize(
    ("due", "recent", "size", "stopped"),
    [
        pytest.param(5, 0, 20, False, id="a-few-of-a-small-list"),
        pytest.param(6, 0, 20, True, id="more-than-five"),
        pytest.param(7, 0, 70, False, id="a-tenth"),
        pytest.param(8, 0, 70, True, id="more-than-a-tenth"),
        pytest.param(1, 7, 70, True, id="together-with-those-of-the-day"),
        pytest.param(30, 0, 343, False, id="a-large-list"),
    ],
)
def test_the_brake_stops_too_many_at_once(
    due: int, recent: int, size: int, *, stopped: bool
) -> None:
    """Then the fault is ours, or a provider's."""
    found = braked([ONE] * due, [SUSPENDED] * recent, {"news": size}, RULES)

    assert found == (frozenset({"news"}) if stopped else frozenset())


SPAM = "554 5.7.1 Message rejected as spam"
REFUSED = [(Address(f"p{i}", f"d{i}.example"), f"{SPAM} {i}") for i in range(3)]
AT_ONE = [(Address(f"p{i}", "big.example"), "550 no") for i in range(4)]
SMALL = {f"d{i}.example": 2 for i in range(3)}


def test_three_domains_that_object_to_the_same_are_an_incident() -> None:
    """Two may be two odd servers."""
    incident = incident_of(REFUSED, SMALL)

    assert incident_of(REFUSED[:2], SMALL) is None
    assert incident is not None
    assert incident.domains == ("d0.example", "d1.example", "d2.example")
    assert incident.words["d1.example"] == f"{SPAM} 1"


def test_three_domains_with_their_own_reasons_are_none() -> None:
    """Among thousands of readers there is always somebody's filter."""
    refused = [
        (Address("a", "orange.fr"), "550 5.7.1 refused by the user"),
        (Address("b", "x.example"), "554 5.7.1 relay access denied"),
        (Address("c", "y.example"), SPAM),
    ]

    assert incident_of(refused, {}) is None


def test_a_large_domain_of_which_few_refuse_does_not_wait() -> None:
    """Everybody else there got it."""
    twice = [*REFUSED, *[(Address(f"q{i}", f"d{i}.example"), SPAM) for i in range(3)]]
    incident = incident_of(twice, {**SMALL, "d0.example": 4000})

    assert incident is not None
    assert incident.waiting == ("d1.example", "d2.example")


def test_a_third_of_a_domain_that_refuses_is_an_incident() -> None:
    """One refusal of two readers says nothing."""
    incident = incident_of(AT_ONE, {"big.example": 12})

    assert incident is not None
    assert incident.waiting == ("big.example",)
    assert incident_of(AT_ONE, {"big.example": 13}) is None
    assert incident_of(AT_ONE[:2], {"big.example": 2}) is None


def test_a_claim_is_worth_a_question_and_no_more() -> None:
    """Anybody can write a report that shows nothing of our mail."""
    claimed = replace(ONE, claimed=4)

    assert not is_to_suspend(claimed, RULES)
    assert probe_is_due(claimed, RULES, NOW + 3 * DAY)
    assert is_to_suspend(replace(claimed, dead=1, probe_failed=True), RULES)


@given(
    st.integers(0, 40),
    st.integers(0, 40),
    st.floats(0, 400),
    st.sampled_from(BounceState),
)
def test_more_bounces_never_save(
    dead: int, full: int, days: float, state: BounceState
) -> None:
    """Whoever is suspended for some posts is suspended for more of them."""
    one = replace(ONE, dead=dead, full=full, span_days=days, state=state)
    if is_to_suspend(one, RULES):
        more = replace(one, dead=dead + 1, span_days=days + 1)
        assert is_to_suspend(more, RULES)
        assert dead >= RULES.dead_after or days >= RULES.full_days
