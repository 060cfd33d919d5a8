"""Learning: what an answer teaches, for how long it holds, and what is remembered."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Learnt, Limits, Usage
from bot.sending.growth import FIELDS, MESSAGE, PACE, with_figures
from bot.sending.learning import (
    TOOK,
    after_a_month,
    measured,
    on_accepted,
    on_refusal,
)
from bot.sending.lesson import COUNTED, GROWN, REFUSED, SAID, Lesson, Refusal
from bot.sending.meanings import Meaning, Reading, Step
from bot.sending.memory import Memory, read_memory, written
from bot.sending.reopening import reopens_at

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GUESSED = Limits(
    25,
    400,
    2000,
    guesses={MESSAGE: 0, "recipients_per_hour": 0, "recipients_per_day": 0},
)
KNOWN = Limits(50, recipients_per_hour=200, recipients_per_day=2000)


def refusal(  # noqa: PLR0913 - the whole state of the ledger
    meaning: Meaning = Meaning.QUOTA_HOUR,
    words: str = "550 hourly quota exceeded",
    *,
    hour: int = 200,
    day: int = 300,
    messages: int = 8,
    taken: int = 0,
    beyond: int = 0,
    limit: int | None = None,
    used: int | None = None,
    at: datetime = NOW,
) -> Refusal:
    """Make a reply, and what the ledger counted when it came."""
    reading = Reading(meaning, Step.WAIT, 900, limit, used=used)
    return Refusal(
        reading, words, taken, Usage(at, hour, messages), Usage(at, day, 12), beyond
    )


def taught(
    limits: Limits, reply: Refusal, memory: Memory | None = None
) -> list[Lesson]:
    """Give the lessons of a reply, but for what is forgotten."""
    _, lessons, _ = on_refusal(memory or Memory(), limits, reply)
    return [replace(one, words="") for one in lessons if one.value]


# ------------------------------------------------------------------- quotas


def test_an_hourly_reply_without_a_number_teaches_what_had_left() -> None:
    """The next recipient was too many: it is known exactly."""
    lessons = taught(GUESSED, refusal())

    assert lessons == [Lesson("recipients_per_hour", 200, "", COUNTED)]


def test_those_taken_just_before_count_too() -> None:
    """Twelve of the batch were accepted before the thirteenth was refused."""
    lessons = taught(GUESSED, refusal(taken=12))

    assert lessons == [Lesson("recipients_per_hour", 212, "", COUNTED)]


def test_a_message_refused_as_a_whole_leaves_room_to_look_for() -> None:
    """Between 160 that passed and 200 that did not lies the limit."""
    lessons = taught(GUESSED, refusal(hour=160, beyond=40))

    assert lessons == [
        Lesson("recipients_per_hour", 160, "", GROWN),
        Lesson("recipients_per_hour" + REFUSED, 200, "", COUNTED),
    ]


def test_a_daily_reply_teaches_the_day() -> None:
    """What left in the last 24 hours is the limit of today."""
    lessons = taught(GUESSED, refusal(Meaning.QUOTA_DAY, "550 daily limit", day=500))

    assert lessons == [Lesson("recipients_per_day", 500, "", COUNTED)]


@pytest.mark.parametrize(
    ("words", "limit", "used", "hour", "messages", "expected"),
    [
        pytest.param(
            "limit of 200 messages an hour",
            200,
            None,
            200,
            8,
            Lesson("recipients_per_hour", 200, "", SAID),
            id="said-messages-meant-recipients",
        ),
        pytest.param(
            "limit of 10 messages an hour",
            10,
            None,
            250,
            10,
            Lesson("messages_per_hour", 10, "", SAID),
            id="more-recipients-have-passed",
        ),
        pytest.param(
            "hourly: 101/100",
            100,
            101,
            1400,
            100,
            Lesson("messages_per_hour", 100, "", SAID),
            id="used-is-our-messages",
        ),
        pytest.param(
            "100 recipients an hour",
            100,
            None,
            250,
            100,
            Lesson("recipients_per_hour", 100, "", SAID),
            id="the-words-say-recipients",
        ),
    ],
)
def test_a_number_in_the_words_is_of_recipients_or_of_messages(
    words: str,
    limit: int,
    used: int | None,
    hour: int,
    messages: int,
    expected: Lesson,
) -> None:
    """Providers say messages and count recipients; the ledger tells which."""
    reply = refusal(words=words, limit=limit, used=used, hour=hour, messages=messages)

    assert taught(GUESSED, reply) == [expected]


def test_words_about_messages_teach_messages_and_leave_recipients_open() -> None:
    """Where it was recipients after all, fewer messages are refused later."""
    first = refusal(words="too many messages this hour", hour=250, messages=10)
    lessons = taught(GUESSED, first)
    later = replace(
        with_figures(GUESSED, {"recipients_per_hour": 250}), messages_per_hour=10
    )
    again = refusal(words="too many messages this hour", hour=250, messages=5)

    assert lessons == [
        Lesson("messages_per_hour", 10, "", COUNTED),
        Lesson("recipients_per_hour", 250, "", GROWN),
    ]
    assert taught(later, again) == [Lesson("recipients_per_hour", 250, "", COUNTED)]
    assert Lesson("messages_per_hour", 0) in on_refusal(Memory(), later, again)[1]


def test_a_known_limit_is_lowered_by_half_at_most() -> None:
    """Other programs use the account too; one bad hour must not cripple it."""
    below = taught(KNOWN, refusal(hour=150))
    far_below = taught(KNOWN, refusal(hour=3))
    at_the_limit = taught(KNOWN, refusal(hour=200))

    assert below == [Lesson("recipients_per_hour", 150, "", COUNTED)]
    assert far_below == [Lesson("recipients_per_hour", 100, "", COUNTED)]
    assert at_the_limit == [Lesson("recipients_per_hour", 180, "", COUNTED)]


def test_the_known_number_said_again_lowers_nothing_above_what_was_counted() -> None:
    """« 200 an hour », refused at 150: somebody else had the other 50."""
    lessons = taught(KNOWN, refusal(limit=200, hour=150))

    assert lessons == [Lesson("recipients_per_hour", 150, "", COUNTED)]


def test_a_reply_that_names_no_hour_after_hours_of_silence_is_about_the_day() -> None:
    """And what the first one taught about the hour is taken back."""
    first = refusal(words="550 quota exceeded", hour=250, day=500)
    memory, lessons, until = on_refusal(Memory(), GUESSED, first)
    assert [one.key for one in lessons if one.value] == ["recipients_per_hour"]

    second = refusal(words="550 quota exceeded", hour=0, day=500, at=until)
    learnt = with_figures(GUESSED, {"recipients_per_hour": 250})

    assert taught(learnt, second, memory) == [
        Lesson("recipients_per_hour", 400, "", GROWN),
        Lesson("recipients_per_day", 500, "", COUNTED),
    ]


def test_a_reply_that_names_the_hour_is_believed() -> None:
    """Somebody else may have used it up."""
    lessons = taught(GUESSED, refusal(words="hourly quota", hour=10, day=500))

    assert [one.key for one in lessons] == ["recipients_per_hour"]


def test_a_rate_reply_after_hours_of_silence_is_about_the_day() -> None:
    """A bucket would be empty by then."""
    reply = refusal(Meaning.RATE, "slow down", hour=0, day=500)

    first = taught(GUESSED, reply)
    third = taught(GUESSED, reply, Memory(strikes=2, full_at=NOW - HOUR))

    assert first == []
    assert third == [Lesson("recipients_per_day", 500, "", COUNTED)]


# --------------------------------------------------------------------- holds


def test_repeated_quota_replies_hold_longer_until_a_batch_is_accepted() -> None:
    """A provider that is asked again and again locks the account."""
    memory, holds = Memory(), []
    for _ in range(4):
        memory, _, until = on_refusal(memory, KNOWN, refusal())
        holds.append(until - NOW)
    memory, _ = on_accepted(memory, KNOWN, 10, 10, NOW)
    *_, until = on_refusal(memory, KNOWN, refusal())

    assert holds == [HOUR, 3 * HOUR, DAY, DAY]
    assert until == NOW + HOUR


def test_a_rate_reply_holds_as_long_as_the_table_says() -> None:
    """A leaky bucket opens within minutes."""
    *_, until = on_refusal(Memory(), KNOWN, refusal(Meaning.RATE, "slow down"))

    assert until == NOW + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("until", "words", "expected"),
    [
        ("2026-11-24 11:30:00 UTC", "", "2026-11-24T11:30"),
        ("2026-11-24T11:30:00Z", "", "2026-11-24T11:30"),
        ("2026-11-24T12:30:00+01:00", "", "2026-11-24T11:30"),
        ("2026-11-24 12:30 +0100", "", "2026-11-24T11:30"),
        ("Tue, 24 Nov 2026 12:30:00 +0100", "", "2026-11-24T11:30"),
        ("Tue Nov 24 11:30:00 UTC 2026", "", "2026-11-24T11:30"),
        ("1795519800", "", "2026-11-24T11:30"),
        ("1795519800000", "", "2026-11-24T11:30"),
        ("", "blocked until 2026-11-24 11:30:00", "2026-11-24T11:30"),
        ("", "try again in 90 minutes", "2026-11-24T11:30"),
        ("", "réessayez dans 2 heures", "2026-11-24T12:00"),
        ("", "bitte warten Sie 30 Minuten", "2026-11-24T10:30"),
        ("", "riprovare tra 2 ore", "2026-11-24T12:00"),
        ("", "bitte in 2 Stunden erneut versuchen", None),
        ("", "warten Sie 2 Stunden", "2026-11-24T12:00"),
        ("", "retry after 60 seconds", "2026-11-24T10:01"),
        ("", "more than 100 mails in 60 minutes", None),
        ("2026-11-24 09:00:00", "", None),
        ("2027-11-24 09:00:00", "", None),
        ("…", "until the next full moon", None),
        ("", "until 2026-13-45 99:99", None),
        ("9999999999", "", None),
    ],
)
def test_a_time_given_by_the_server_is_read(
    until: str, words: str, expected: str | None
) -> None:
    """It knows best when it opens; what is absurd is not believed."""
    wanted = datetime.fromisoformat(expected + ":00+00:00") if expected else None

    assert reopens_at(until, words, NOW) == wanted


@given(st.text(), st.text())
def test_any_words_about_times_are_read(until: str, words: str) -> None:
    """A strange server must not stop the sender."""
    at = reopens_at(until, words, NOW)

    assert at is None or NOW < at <= NOW + 2 * DAY


def test_the_hold_ends_when_the_server_says() -> None:
    """Neither an hour too early nor too late."""
    reply = refusal(words="hourly quota, not allowed till [2026-11-24 10:20:00]")

    *_, until = on_refusal(Memory(), KNOWN, reply)

    assert until == NOW + timedelta(minutes=20)


# -------------------------------------------------------------------- growth


def test_recipients_a_message_grow_by_half_after_ten_full_batches() -> None:
    """25, 37, 55, 82, 100: and never more."""
    limits, memory, sizes = GUESSED, Memory(), []
    for _ in range(60):
        memory, lessons = on_accepted(
            memory, limits, limits.recipients_per_message, 0, NOW
        )
        for one in lessons:
            assert one.key == MESSAGE
            limits = with_figures(limits, {MESSAGE: one.value})
            sizes.append(one.value)

    assert sizes == [37, 55, 82, 100]


def test_small_batches_and_known_sizes_prove_nothing() -> None:
    """Ten replies to one person each say nothing of 37 recipients."""
    memory, lessons = Memory(), list[Lesson]()
    for limits, count in ((GUESSED, 24), (KNOWN, 50)):
        for _ in range(20):
            memory, more = on_accepted(memory, limits, count, 0, NOW)
            lessons += more

    assert lessons == []


def test_what_was_counted_is_tried_a_little_further_after_a_month() -> None:
    """It may have been counted while somebody else was sending."""
    rows = [
        Learnt("recipients_per_hour", "200", "slow down", NOW - 31 * DAY, COUNTED),
        Learnt("recipients_per_day", "2000", "daily", NOW - 31 * DAY, SAID),
        Learnt("messages_per_day", "90", "daily", NOW - 5 * DAY, COUNTED),
        Learnt(MESSAGE, "40", "too many", NOW - 99 * DAY, COUNTED),
        Learnt("witness", "self", "", NOW - 99 * DAY, COUNTED),
    ]

    lessons = after_a_month(rows, Memory(), NOW)
    refused_since = after_a_month(rows, Memory(refused_at=NOW - 9 * DAY), NOW)

    assert lessons == (Lesson("recipients_per_hour", 221, "slow down", COUNTED),)
    assert refused_since == ()


def test_how_long_a_batch_takes_is_remembered_when_it_is_news() -> None:
    """Plans count with it."""
    news = measured(2.0, 10, timedelta(seconds=5))
    old_news = measured(0.5, 10, timedelta(seconds=5.1))
    too_few = measured(2.0, 4, timedelta(seconds=1))

    assert [(one.key, one.value) for one in news] == [(TOOK, 500)]
    assert old_news == too_few == ()


# ---------------------------------------------------------------------- pace


def test_what_passed_between_two_rate_replies_is_the_pace() -> None:
    """From full to full, a leaky bucket lets through exactly what leaks."""
    slow_down = refusal(Meaning.RATE, "slow down")
    memory, none, _ = on_refusal(Memory(), GUESSED, slow_down)
    memory, _ = on_accepted(memory, GUESSED, 100, 100, NOW)
    later = refusal(Meaning.RATE, "slow down", at=NOW + HOUR / 4)

    lessons = taught(GUESSED, later, memory)

    assert none == ()
    assert lessons == [Lesson(PACE, 400, "", GROWN)]


def test_a_pace_that_was_refused_is_never_tried_again() -> None:
    """The truth lies between what passed and what was refused."""
    limits = replace(GUESSED, pace=500, guesses={PACE: 0})
    memory = Memory(full_at=NOW - HOUR, accepted=400, probes=9)

    lessons = taught(limits, refusal(Meaning.RATE, "slow down"), memory)

    assert lessons == [
        Lesson(PACE, 400, "", GROWN),
        Lesson(PACE + REFUSED, 500, "", COUNTED),
    ]


def test_a_pace_that_was_kept_for_an_hour_is_raised() -> None:
    """The bucket may have been empty while it was measured."""
    limits = replace(GUESSED, pace=400, guesses={PACE: 0})
    bounded = replace(limits, guesses={PACE: 500})
    idle = Memory(paced_at=NOW - HOUR)

    def after(limits: Limits, in_hour: int, memory: Memory = idle) -> list[int]:
        _, lessons = on_accepted(memory, limits, 20, in_hour, NOW)
        return [one.value for one in lessons if one.key == PACE]

    assert after(limits, 390) == [600]
    assert after(bounded, 390) == [450]
    assert after(limits, 100) == []
    assert after(limits, 390, replace(idle, probes=1)) == []


# ---------------------------------------------------------------- any replies

NUMBERS = st.integers(0, 5000)
REPLIES = st.builds(
    refusal,
    meaning=st.sampled_from([Meaning.QUOTA_HOUR, Meaning.QUOTA_DAY, Meaning.RATE]),
    words=st.sampled_from(
        ["quota exceeded", "hourly quota", "too many messages", "100 recipients", ""]
    ),
    hour=NUMBERS,
    day=NUMBERS,
    messages=NUMBERS,
    taken=st.integers(0, 100),
    beyond=st.integers(0, 100),
    limit=st.one_of(st.none(), st.integers(1, 10**7)),
    used=st.one_of(st.none(), st.integers(0, 10**7)),
    at=st.integers(0, 5000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
EVENTS = st.lists(st.one_of(REPLIES, st.integers(1, 100)), max_size=30)
FIRST = st.sampled_from([GUESSED, KNOWN, Limits(50), replace(GUESSED, pace=50)])


def in_force(limits: Limits, rows: dict[str, Lesson]) -> Limits:
    """Do what `bot.config.limits` does with what was learnt."""
    figures = {key: row.value for key, row in rows.items() if key in FIELDS}
    guesses = {key: 0 for key in limits.guesses if key not in rows}
    guesses |= {
        key: rows[key + REFUSED].value if key + REFUSED in rows else 0
        for key in figures
        if rows[key].how == GROWN
    }
    return replace(with_figures(limits, figures), guesses=guesses)


@given(FIRST, EVENTS)
def test_whatever_is_answered_limits_stay_limits(
    first: Limits, events: list[Refusal | int]
) -> None:
    """Positive, bounded, and never grown above a figure that was refused."""
    memory, limits, rows = Memory(), first, dict[str, Lesson]()
    now = NOW
    for event in events:
        if isinstance(event, int):
            memory, lessons = on_accepted(memory, limits, event, event, now)
        else:
            now = event.at
            memory, lessons, until = on_refusal(memory, limits, event)
            assert now < until <= now + DAY
        for one in lessons:
            rows.pop(one.key, None)
            if one.value:
                rows[one.key] = one
        limits = in_force(first, rows)
        assert all(0 < row.value <= 10**6 for row in rows.values())
        assert all(
            row.value < limits.guesses[key]
            for key, row in rows.items()
            if row.how == GROWN and limits.guesses[key]
        )
        assert read_memory(written(memory)) == memory


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.one_of(st.text(), JSON.map(repr), JSON.map(str)))
def test_what_is_no_memory_is_read_as_an_empty_one(text: str) -> None:
    """Somebody may have edited the store, or written it with another version."""
    assert read_memory(text) == Memory()


@given(st.sampled_from(sorted(json.loads(written(Memory())))), JSON)
def test_a_memory_with_one_strange_value_stops_nothing(key: str, value: object) -> None:
    """Each field is checked; one that is wrong spoils the rest."""
    content = json.loads(written(Memory()))
    content[key] = value

    memory = read_memory(json.dumps(content))

    on_refusal(memory, GUESSED, refusal())


def test_moments_of_a_clock_that_was_ahead_are_forgotten() -> None:
    """They would freeze growth for as long, and make a pace of nothing."""
    ahead = Memory(
        full_at=NOW + timedelta(hours=3), refused_at=NOW, paced_at=NOW - timedelta(1)
    )

    healed = ahead.healed(NOW)

    assert (healed.full_at, healed.refused_at) == (None, NOW)
    assert healed.paced_at == NOW - timedelta(1)
