"""The limits: never above a cap, nothing forgotten, everybody in turn."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Limits, Priority, SendState, Usage
from bot.sending.growth import with_figures
from bot.sending.limits import (
    Grow,
    History,
    Idle,
    SendNow,
    Shares,
    WaitUntil,
    expected,
    next_step,
    plan,
)
from bot.sending.quiet import quiet_until

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)
LIMITS = Limits(recipients_per_message=50, recipients_per_hour=200)
SEND = SendState(
    id=1,
    ref="k7fm2q",
    kind="post",
    priority=Priority.POST,
    list_name="informer",
    subject="Lettre",
    sha256="0" * 64,
    size=1000,
    created_at=NOW,
    recipients=343,
    ready=343,
    deferred=0,
    in_flight=0,
    accepted=0,
    refused=0,
    cancelled=0,
)


def reply(send_id: int = 9, ready: int = 1) -> SendState:
    """Give an interactive mail."""
    return replace(
        SEND, id=send_id, kind="reply", priority=Priority.INTERACTIVE, ready=ready
    )


def test_next_step_with_an_empty_outbox_is_idle() -> None:
    """Nothing to do is no reason to wake up."""
    assert next_step([], LIMITS, History(), NOW, PARIS) == Idle()


def test_next_step_cuts_batches_by_recipients_per_message() -> None:
    """A provider refuses the 51st recipient."""
    assert next_step([SEND], LIMITS, History(), NOW, PARIS) == SendNow(1, 50)


def test_the_rider_is_one_of_the_recipients_per_message() -> None:
    """Our own address rides along in the same envelope."""
    step = next_step([SEND], LIMITS, History(), NOW, PARIS, rider=1)

    assert step == SendNow(1, 49)


def test_posts_leave_the_reserve_alone() -> None:
    """The 181st recipient of an hour of 200 belongs to the confirmations."""
    history = History([Usage(NOW, 180)])

    step = next_step([SEND], LIMITS, history, NOW + timedelta(minutes=1), PARIS)

    assert step == WaitUntil(NOW + HOUR, "recipients_per_hour")


def test_interactive_mail_uses_the_reserve() -> None:
    """Somebody who subscribes doesn't wait for a newsletter."""
    history = History([Usage(NOW, 199)])

    step = next_step([SEND, reply()], LIMITS, history, NOW, PARIS)

    assert step == SendNow(9, 1)


def test_a_cap_of_one_still_lets_posts_pass() -> None:
    """The reserve of a tiny quota must not eat it whole."""
    limits = Limits(recipients_per_message=50, messages_per_hour=1)

    assert next_step([SEND], limits, History(), NOW, PARIS) == SendNow(1, 50)


def test_a_quota_below_one_envelope_lets_one_pass_at_a_time() -> None:
    """A quota learnt wrongly must not stop the sender for ever."""
    limits = Limits(recipients_per_message=1, recipients_per_hour=1)

    step = next_step([SEND], limits, History(), NOW, PARIS, rider=1)

    assert step == SendNow(1, 1)


def test_messages_are_counted_too() -> None:
    """Some providers count messages and not recipients."""
    limits = Limits(recipients_per_message=50, messages_per_day=2, reserve=0)
    history = History([Usage(NOW - 5 * HOUR, 50), Usage(NOW - HOUR, 50)])

    step = next_step([SEND], limits, history, NOW, PARIS)

    assert step == WaitUntil(NOW + 19 * HOUR, "messages_per_day")


def test_a_usage_leaves_the_window_after_exactly_its_span() -> None:
    """Waiting until the told moment must be enough."""
    history = History([Usage(NOW, 180)])

    assert next_step([SEND], LIMITS, history, NOW + HOUR, PARIS) == SendNow(1, 50)


def test_the_pause_holds_for_everything() -> None:
    """A provider that wants seconds between messages means all of them."""
    limits = replace(LIMITS, pause_between_messages=10)
    history = History([Usage(NOW, 1)])

    step = next_step([reply()], limits, history, NOW, PARIS)

    assert step == WaitUntil(NOW + timedelta(seconds=10), "pause")


def test_the_send_served_longest_ago_goes_first() -> None:
    """Two big sends share the quota."""
    first = replace(SEND, id=1, last_batch_at=NOW)
    second = replace(SEND, id=2, last_batch_at=NOW - HOUR)

    assert next_step([first, second], LIMITS, History(), NOW, PARIS) == SendNow(2, 50)


def test_a_digest_waits_behind_posts() -> None:
    """Posts go before digests, also when only a digest would fit."""
    digest = replace(SEND, id=2, priority=Priority.DIGEST, ready=1)
    history = History([Usage(NOW, 178)])

    step = next_step([digest, SEND], LIMITS, history, NOW, PARIS)

    assert step == WaitUntil(NOW + HOUR, "recipients_per_hour")


def test_a_paused_send_is_skipped() -> None:
    """`queue pause` stops one send, not the others."""
    paused = replace(SEND, paused=True)

    assert next_step([paused], LIMITS, History(), NOW, PARIS) == Idle()


def test_deferred_recipients_wait_for_their_time() -> None:
    """A greylisted recipient is not asked again at once."""
    due = NOW + timedelta(minutes=15)
    send = replace(SEND, ready=0, deferred=3, next_due_at=due)

    before = next_step([send], LIMITS, History(), NOW, PARIS)
    after = next_step([send], LIMITS, History(), due, PARIS)

    assert (before, after) == (WaitUntil(due, "deferred"), SendNow(1, 3))


def test_a_send_for_later_waits_and_holds_nobody_up() -> None:
    """« demain 8h » means that nothing leaves before; the others go on."""
    later = replace(SEND, id=7, leave_at=NOW + timedelta(hours=2))

    alone = next_step([later], Limits(10), History(), NOW, PARIS)
    beside = next_step([later, SEND], Limits(10), History(), NOW, PARIS)
    due = next_step([later], Limits(10), History(), NOW + timedelta(hours=2), PARIS)

    assert alone == WaitUntil(NOW + timedelta(hours=2), "leave_at")
    assert beside == SendNow(SEND.id, 10)
    assert due == SendNow(7, 10)


def test_waiting_ends_for_the_earliest_reason() -> None:
    """A reply that is due in five minutes must not sleep an hour with a post."""
    due = NOW + timedelta(minutes=5)
    late = replace(reply(), ready=0, deferred=1, next_due_at=due)

    step = next_step([SEND, late], LIMITS, History([Usage(NOW, 180)]), NOW, PARIS)

    assert step == WaitUntil(due, "deferred")


def test_a_blocked_account_waits_as_a_whole() -> None:
    """After a quota reply every further try makes it worse."""
    until = NOW + HOUR

    step = next_step(
        [SEND, reply()], LIMITS, History(), NOW, PARIS, blocked_until=until
    )

    assert step == WaitUntil(until, "blocked")


def test_quiet_hours_hold_posts_and_let_replies_pass() -> None:
    """Nobody's telephone rings at night for a newsletter."""
    limits = replace(LIMITS, quiet_hours="22:00-07:00")
    night = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)  # 22:30 in Paris

    post = next_step([SEND], limits, History(), night, PARIS)
    both = next_step([SEND, reply()], limits, History(), night, PARIS)

    morning = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    assert (post, both) == (WaitUntil(morning, "quiet_hours"), SendNow(9, 1))


@pytest.mark.parametrize(
    ("hours", "local", "end"),
    [
        pytest.param("22:00-07:00", "2026-11-24 06:59", "2026-11-24 07:00", id="early"),
        pytest.param("22:00-07:00", "2026-11-24 07:00", None, id="end"),
        pytest.param("12:00-14:00", "2026-11-24 12:00", "2026-11-24 14:00", id="noon"),
        pytest.param("12:00-14:00", "2026-11-24 22:00", None, id="outside"),
        pytest.param("07:00-07:00", "2026-11-24 08:00", None, id="no-span"),
        pytest.param("", "2026-11-24 03:00", None, id="none"),
        pytest.param("nonsense", "2026-11-24 03:00", None, id="nonsense"),
    ],
)
def test_quiet_until(hours: str, local: str, end: str | None) -> None:
    """Quiet hours are local time and may cross midnight."""
    now = datetime.fromisoformat(local).replace(tzinfo=PARIS).astimezone(UTC)

    until = quiet_until(now, hours, PARIS)

    wanted = end and datetime.fromisoformat(end).replace(tzinfo=PARIS)
    assert until == wanted


@given(st.datetimes(datetime(2026, 10, 24), datetime(2026, 10, 26)))  # noqa: DTZ001 - naive on purpose
def test_quiet_hours_end_in_the_future_when_clocks_change(moment: datetime) -> None:
    """The hour that comes twice must not make the sender spin."""
    now = moment.replace(tzinfo=UTC)

    until = quiet_until(now, "22:00-02:30", PARIS)

    assert until is None or until > now


def test_history_takes_usages_in_any_order() -> None:
    """Mail sent by hand is found later than it was sent."""
    history = History([Usage(NOW, 10)])

    history.add(Usage(NOW - timedelta(minutes=30), 170))
    step = next_step([SEND], LIMITS, history, NOW, PARIS)

    assert step == WaitUntil(NOW + timedelta(minutes=30), "recipients_per_hour")


def test_a_transaction_counts_from_the_moment_of_its_reply() -> None:
    """The provider may have counted it as late as that; so does the store."""
    history = History([Usage(NOW - HOUR, 20)])
    history.add(Usage(NOW, 180))

    history.settled(NOW + timedelta(seconds=90))
    step = next_step([SEND], LIMITS, history, NOW + timedelta(minutes=2), PARIS)

    assert step == WaitUntil(NOW + HOUR + timedelta(seconds=90), "recipients_per_hour")
    assert history.day.entries[-1].at == history.last_at == NOW + timedelta(seconds=90)


def test_a_refused_transaction_is_taken_back() -> None:
    """What waits again has used nothing up."""
    history = History([Usage(NOW, 10)])
    history.add(Usage(NOW, 50))

    history.take_back()

    assert (history.hour.recipients, history.day.messages) == (10, 1)


# --------------------------------------------------------- growth, pace, shares

GUESSED = Limits(25, 100, 500, reserve=0, guesses={"recipients_per_hour": 0})


def test_a_guess_that_was_used_up_grows_after_a_calm_quarter_of_an_hour() -> None:
    """Nobody has told the limit, and nothing was refused."""
    history = History([Usage(NOW, 100)])
    quarter = NOW + timedelta(minutes=15)

    before = next_step([SEND], GUESSED, history, NOW, PARIS)
    after = next_step([SEND], GUESSED, history, quarter, PARIS)

    assert before == WaitUntil(quarter, "recipients_per_hour")
    assert after == Grow({"recipients_per_hour": 200})


def test_a_few_replies_dont_put_growth_off() -> None:
    """Interactive mail comes at all times."""
    replies = [Usage(NOW + timedelta(minutes=n), 1) for n in range(1, 15)]
    history = History([Usage(NOW, 86), *replies])

    step = next_step([SEND], GUESSED, history, NOW + timedelta(minutes=15), PARIS)

    assert step == Grow({"recipients_per_hour": 200})


def test_a_guess_goes_half_the_way_to_what_was_refused() -> None:
    """And stops when the rest isn't worth a refusal."""
    history, later = History([Usage(NOW, 100)]), NOW + timedelta(minutes=20)
    refused = replace(GUESSED, guesses={"recipients_per_hour": 150})
    exact = replace(GUESSED, guesses={"recipients_per_hour": 103})

    half = next_step([SEND], refused, history, later, PARIS)
    none = next_step([SEND], exact, history, later, PARIS)

    assert half == Grow({"recipients_per_hour": 125})
    assert none == WaitUntil(NOW + HOUR, "recipients_per_hour")


def test_a_known_limit_never_grows() -> None:
    """What is configured, preset or said is not to be tried."""
    history, later = History([Usage(NOW, 100)]), NOW + timedelta(minutes=20)
    known = replace(GUESSED, guesses={"recipients_per_day": 0})

    step = next_step([SEND], known, history, later, PARIS)

    assert step == WaitUntil(NOW + HOUR, "recipients_per_hour")


def test_the_pace_spreads_posts_and_lets_replies_pass() -> None:
    """One full message in the time that it takes at 400 an hour."""
    limits = Limits(50, pace=400)
    history = History([Usage(NOW, 50)])

    post = next_step([SEND], limits, history, NOW, PARIS)
    both = next_step([SEND, reply()], limits, history, NOW, PARIS)

    assert post == WaitUntil(NOW + HOUR / 8, "pace_per_hour")
    assert both == SendNow(9, 1)


def test_the_send_that_has_had_least_goes_first() -> None:
    """Batches that a quota cuts short don't always hit the same send."""
    shares = Shares()
    shares.add(1, 50)
    shares.add(2, 10)
    queue = [replace(SEND, id=1), replace(SEND, id=2, last_batch_at=NOW)]

    step = next_step(queue, LIMITS, History(), NOW, PARIS, shares=shares)

    assert step == SendNow(2, 50)


def test_a_send_that_joins_starts_where_the_others_are() -> None:
    """It neither waits for what they have had nor catches up on it."""
    shares = Shares()
    for _ in range(40):
        shares.add(1, 50)

    assert shares.of(2) == shares.of(1) - 50


def test_shares_forget_who_waits_no_more() -> None:
    """A store that runs for years keeps few of them."""
    shares = Shares(5, {1: 10, 2: 20})

    shares.keep_only([2, 3])

    assert shares.served_by_id == {2: 20}


def test_a_plan_with_guesses_lets_them_grow_and_says_so() -> None:
    """It is the earliest end: what the sender does if nothing is refused."""
    guessed = replace(
        GUESSED,
        guesses={
            "recipients_per_message": 0,
            "recipients_per_hour": 0,
            "recipients_per_day": 0,
        },
    )

    open_end = plan([replace(SEND, ready=3000)], guessed, History(), NOW, PARIS)
    known = plan(
        [replace(SEND, ready=3000)],
        replace(GUESSED, guesses={}),
        History(),
        NOW,
        PARIS,
    )

    assert open_end.is_guess
    assert open_end.sends[1].is_guess
    assert open_end.end - NOW < 3 * HOUR
    assert max(count for *_, count in open_end.steps) > 25
    assert not known.is_guess
    assert known.end - NOW > 5 * 24 * HOUR


def test_a_plan_counts_with_the_time_that_batches_took() -> None:
    """Without a quota, nothing else says how long a send takes."""
    limits = Limits(50, seconds_per_batch=0.5)

    planned = plan([SEND], limits, History(), NOW, PARIS)

    assert planned.end - NOW == 7 * timedelta(seconds=0.5)


def test_plan_of_343_readers() -> None:
    """50 a message and 200 an hour: 180 in the first hour, the rest in the second."""
    planned = plan([SEND], LIMITS, History(), NOW, PARIS, seconds_per_batch=1)

    sizes = [count for _, _, count in planned.steps]
    assert sizes == [50, 50, 50, 30, 50, 50, 50, 13]
    assert planned.sends[1].start == NOW
    assert HOUR < planned.end - NOW < HOUR + timedelta(minutes=1)


def test_plan_leaves_the_history_alone() -> None:
    """A preview must not use up the quota."""
    history = History([Usage(NOW, 100)])

    plan([SEND], LIMITS, history, NOW, PARIS)

    assert (history.hour.recipients, history.day.messages) == (100, 1)


def test_expected_counts_what_waits_before() -> None:
    """A preview shown while another send is running tells the truth."""
    alone = expected(150, [], LIMITS, History(), NOW, PARIS)
    behind = expected(150, [SEND], LIMITS, History(), NOW, PARIS)

    assert alone.batches == 3
    assert alone.end - NOW < timedelta(minutes=1)
    assert behind.end - NOW > HOUR


def test_expected_of_nobody_is_now() -> None:
    """An empty list has nothing to wait for."""
    assert expected(0, [SEND], LIMITS, History(), NOW, PARIS).end == NOW


def test_a_plan_too_long_is_carried_on_by_its_rate() -> None:
    """A preview of years of sending must not take minutes to compute."""
    limits = Limits(recipients_per_message=1, recipients_per_hour=10)

    done = plan([replace(SEND, ready=20_000)], limits, History(), NOW, PARIS)

    assert done.sends[1].recipients == done.sends[1].batches == 20_000
    assert timedelta(hours=2200) < done.end - NOW < timedelta(hours=2300)


@pytest.mark.parametrize(
    ("recipients", "seconds"),
    [pytest.param(27_557, 0.25, id="27557"), pytest.param(100_000, 1.0, id="100000")],
)
def test_big_plans_are_quick(recipients: int, seconds: float) -> None:
    """`status` and previews ask for a plan each time (bounds: five times ours)."""
    limits = Limits(50, 200, 2000, 100, 500)
    history = History(Usage(NOW - timedelta(seconds=n * 20), 1) for n in range(4000))
    began = time.process_time()

    planned = plan([replace(SEND, ready=recipients)], limits, history, NOW, PARIS)

    assert time.process_time() - began < seconds
    assert planned.sends[1].recipients == recipients


# ------------------------------------------------------------- the invariant

CAPS = st.one_of(st.just(0), st.integers(2, 60))
SOME_LIMITS = st.builds(
    Limits,
    recipients_per_message=st.integers(1, 20),
    recipients_per_hour=CAPS,
    recipients_per_day=CAPS,
    messages_per_hour=CAPS,
    messages_per_day=CAPS,
    pause_between_messages=st.sampled_from([0.0, 0.3, 7.0, 900.0]),
    reserve=st.sampled_from([0.0, 0.1, 1 / 3, 0.9]),
    pace=st.one_of(st.just(0), st.integers(1, 400)),
    guesses=st.dictionaries(
        st.sampled_from(
            [
                f"{unit}_per_{span}"
                for unit in ("recipients", "messages")
                for span in ("hour", "day")
            ]
        ),
        st.one_of(st.just(0), st.integers(61, 90)),
    ),
    quiet_hours=st.sampled_from(["", "22:00-07:00", "09:00-12:30"]),
)
SOME_SENDS = st.lists(
    st.tuples(st.sampled_from(Priority), st.integers(0, 60), st.integers(0, 5)),
    max_size=5,
)


def sends_of(rows: list[tuple[Priority, int, int]]) -> list[SendState]:
    """Make an outbox of priorities, ready and deferred recipients."""
    return [
        replace(
            SEND,
            id=number,
            priority=priority,
            ready=ready,
            deferred=deferred,
            next_due_at=NOW + timedelta(minutes=20) if deferred else None,
        )
        for number, (priority, ready, deferred) in enumerate(rows, 1)
    ]


def execute(
    queue: list[SendState], limits: Limits, history: History, rider: int
) -> list[tuple[Usage, SendState]]:
    """Do what `next_step` says until it says that nothing is left."""
    now, done = NOW, list[tuple[Usage, SendState]]()
    for _ in range(5_000):
        step = next_step(queue, limits, history, now, PARIS, rider=rider)
        if isinstance(step, Idle):
            return done
        if isinstance(step, WaitUntil):
            assert step.at > now, step
            now = step.at
            continue
        if isinstance(step, Grow):
            grows_as_it_may(limits, step)
            limits = with_figures(limits, step.figures)
            continue
        send = next(one for one in queue if one.id == step.send_id)
        assert step.count > 0
        late = max(0, step.count - send.ready)
        queue[queue.index(send)] = replace(
            send,
            ready=send.ready - (step.count - late),
            deferred=send.deferred - late,
            last_batch_at=now,
        )
        history.add(Usage(now, step.count + rider))
        now += timedelta(milliseconds=700)
        history.settled(now)
        done.append((history.day.entries[-1], send))
    pytest.fail("the sender never ends")


def grows_as_it_may(limits: Limits, step: Grow) -> None:
    """Check that only guesses grow, and stay below what was refused."""
    assert step.figures
    for key, value in step.figures.items():
        assert value > getattr(limits, key)
        assert value < (limits.guesses[key] or 10**7)


def highest(usages: list[Usage], span: timedelta, what: str) -> int:
    """Give the fullest window."""
    counts = [
        [
            other.recipients if what == "recipients" else other.messages
            for other in usages
            if last.at - span < other.at <= last.at
        ]
        for last in usages
    ]
    return max(map(sum, counts))


@settings(max_examples=150, deadline=None)
@given(SOME_SENDS, SOME_LIMITS, st.integers(0, 1))
def test_no_cap_is_ever_exceeded_and_everything_leaves(
    rows: list[tuple[Priority, int, int]], limits: Limits, rider: int
) -> None:
    """Whatever waits and whatever the quotas: all is sent, none is broken."""
    queue = sends_of(rows)

    done = execute(queue, limits, History(), rider)

    usages = [usage for usage, _ in done]
    assert all(send.ready + send.deferred == 0 for send in queue)
    for name in ("recipients", "messages"):
        for span, word in ((HOUR, "hour"), (timedelta(days=1), "day")):
            key = f"{name}_per_{word}"
            cap = 0 if key in limits.guesses else getattr(limits, key)
            assert not (cap and usages) or highest(usages, span, name) <= cap
    largest = max(limits.recipients_per_message, 1 + rider)
    assert all(usage.recipients <= largest for usage in usages)
    posts = [usage for usage, send in done if send.priority > Priority.INTERACTIVE]
    if limits.pace and posts:
        most = max(limits.pace + largest, 1 + rider)
        assert highest(posts, HOUR, "recipients") <= most


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 200), st.integers(10, 60), st.integers(0, 20))
def test_posts_never_delay_a_reply(posts: int, cap: int, minutes: int) -> None:
    """While posts wait for the quota, the reserve answers at once."""
    limits = Limits(recipients_per_message=7, recipients_per_hour=cap, reserve=0.1)
    history, now = History(), NOW
    for _ in range(posts):
        step = next_step([SEND], limits, history, now, PARIS)
        if isinstance(step, WaitUntil):
            break
        assert isinstance(step, SendNow)
        history.add(Usage(now, step.count))
    now += timedelta(minutes=minutes)

    assert next_step([SEND, reply()], limits, history, now, PARIS) == SendNow(9, 1)


@settings(max_examples=50, deadline=None)
@given(st.integers(60, 400), st.integers(60, 400))
def test_two_big_sends_share_fairly(one: int, other: int) -> None:
    """Neither is more than one batch ahead while both have people left."""
    queue = [replace(SEND, id=1, ready=one), replace(SEND, id=2, ready=other)]

    done = execute(queue, Limits(10, 50), History(), 0)

    both = done[: 2 * min(one, other) // 10]
    ahead = 0
    for _, send in both:
        ahead += 1 if send.id == 1 else -1
        assert abs(ahead) <= 1
