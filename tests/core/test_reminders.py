"""Reminders: days 1, 3 and 6, one mail for all, whatever the clock did."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address
from bot.decide.reminders import reminders
from bot.model import Absence, MailingList, Request, RequestKind
from tests.committee import ADMIN, CLAIRE, NOW, PAUL, TALK, ZOE, asked

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
BOTH: Final = replace(TALK, moderators=frozenset({PAUL, ZOE}))


def waiting(ref: str = "k7fm22", at: datetime = NOW, who: Address = PAUL) -> Request:
    """Give a question to a moderator about a post that came at a time."""
    made = asked(RequestKind.MODERATION, who, "discuter")
    return replace(made, ref=ref, created_at=at, expires_at=at + 7 * DAY)


def due(
    requests: list[Request],
    after: timedelta,
    lst: MailingList = TALK,
    absent: Mapping[str, Absence] | None = None,
) -> dict[Address, list[str]]:
    """Say who is reminded of what, so long after the first post came."""
    found = reminders(requests, {lst.name: lst}, [ADMIN], absent or {}, NOW + after)
    return {who: [one.ref for one in matters] for who, matters in found}


def test_nobody_is_reminded_before_a_day() -> None:
    """A moderator may sleep."""
    assert due([waiting()], DAY - HOUR) == {}
    assert due([waiting()], DAY) == {PAUL: ["k7fm22"]}


def test_what_comes_soon_after_needs_no_mail_of_its_own() -> None:
    """It stood in the last one."""
    reminded = NOW + DAY
    young = replace(waiting("b4xx92", NOW + 10 * HOUR), reminded_at=reminded)
    old = replace(waiting(), reminded_at=reminded)

    assert due([old, young], DAY + 10 * HOUR) == {}
    assert due([old, young], 3 * DAY) == {PAUL: ["k7fm22", "b4xx92"]}


def test_settled_and_expired_ones_are_left_alone() -> None:
    """The store gives the open ones; time is up for some."""
    assert due([waiting()], 7 * DAY) == {}


def test_whoever_is_away_is_left_out_while_there_is_somebody() -> None:
    """Another moderator, else an owner, else an admin; else nobody is spared."""
    both = [waiting(), waiting(who=ZOE)]
    away, gone = {PAUL.key: Absence.AWAY}, {ZOE.key: Absence.BOUNCES}
    none = away | gone | {CLAIRE.key: Absence.AWAY}

    assert due(both, DAY, BOTH, away) == {ZOE: ["k7fm22"]}
    assert due(both, DAY, BOTH, away | gone) == {CLAIRE: ["k7fm22"]}
    assert due(both, DAY, BOTH, none) == {ADMIN: ["k7fm22"]}
    assert set(due(both, DAY, BOTH, none | {ADMIN.key: Absence.AWAY})) == {PAUL, ZOE}


def test_a_new_moderator_is_reminded_of_what_waited_before() -> None:
    """And somebody who is none any more is not."""
    found = due([waiting(who=CLAIRE)], DAY, replace(TALK, moderators=frozenset({ZOE})))

    assert found == {ZOE: ["k7fm22"]}


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=6),
    st.lists(st.integers(1, 60), min_size=1, max_size=40),
)
def test_reminders_are_few_and_none_is_missed(
    came: list[int], steps: list[int]
) -> None:
    """Posts come at any hour, and the program runs, or not, for any while.

    Nobody gets two mails within 18 hours; every post that waits past one of its
    days was in a mail at, or shortly before, the first look after that day.
    """
    requests = [
        waiting(f"ref{number}", NOW + hours * HOUR) for number, hours in enumerate(came)
    ]
    now, mails = NOW, []
    for step in steps:
        now += step * HOUR
        known = [one for one in requests if one.created_at <= now < one.expires_at]
        found = reminders(known, {"discuter": TALK}, [ADMIN], {}, now)
        if found:
            mails.append(now)
            refs = {one.ref for _, matters in found for one in matters}
            assert refs == {one.ref for one in known}
            requests = [
                replace(one, reminded_at=now) if one.ref in refs else one
                for one in requests
            ]
        again = [one for one in requests if one.created_at <= now < one.expires_at]
        assert reminders(again, {"discuter": TALK}, [ADMIN], {}, now) == ()
        for one in again:
            passed = [one.created_at + day * DAY for day in (1, 3, 6)]
            last = max((day for day in passed if day <= now), default=None)
            if last is not None:
                assert one.reminded_at is not None
                assert one.reminded_at >= last - 18 * HOUR

    assert all(later - one >= 18 * HOUR for one, later in pairwise(mails))
