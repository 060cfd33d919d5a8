"""Learning at work, with a store: what is written, when, and what a crash forgets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import config as configuration
from bot.address import Address
from bot.cycle.lessons import Lessons
from bot.cycle.outcome import read_offer
from bot.model import Delivery, Limits, Offer, Usage
from bot.sending.limits import History, SendNow, WaitUntil
from bot.sending.memory import read_memory
from bot.sending.replies import parse_reply
from bot.store import SqlStore
from tests.configuring import text_of, written
from tests.sim.world import START, Clock, interactive, post
from tests.stores import new_store

HOURLY = parse_reply("550 hourly quota exceeded")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A new store, closed at the end."""
    opened = new_store(tmp_path / "store")
    yield opened
    opened.close()


class Round:
    """One round of sending on a store, at a provider that nothing is known of."""

    def __init__(self, store: SqlStore, folder: Path, clock: Clock) -> None:
        config = configuration.load(written(folder, text_of()))

        def limits() -> Limits:
            return configuration.limits_in_force(config, store.learnt_details())

        self.clock, self.history = clock, History()
        self.lessons = Lessons(store, limits, clock, UTC, self.history)

    def send(self, recipients: int) -> None:
        """Let one batch be accepted."""
        self.history.add(Usage(self.clock.now(), recipients))
        self.clock.sleep(1)
        self.history.settled(self.clock.now())
        self.lessons.note_accepted(post(1, 500), recipients, 0)
        self.lessons.save_if_due()

    def refuse(self) -> datetime:
        """Let the next recipient be too many."""
        offer = Offer(parse_reply("250 Ok"), (HOURLY,))
        anne = Delivery(1, 1, Address("anne", "example.org"))
        outcome = read_offer(offer, [anne], 0, configuration.reply_rules(), "")
        return self.lessons.note_refusal(outcome, self.clock.now())


def test_a_quota_reply_is_learnt_with_its_words_and_holds_longer_each_time(
    store: SqlStore, tmp_path: Path
) -> None:
    """Also when the bot was started anew between the two."""
    clock = Clock()
    first = Round(store, tmp_path, clock)
    first.send(80)

    once = first.refuse() - clock.now()
    twice = Round(store, tmp_path, clock).refuse() - clock.now()

    (learnt,) = store.learnt_details()
    assert (learnt.key, learnt.value, learnt.how) == (
        "recipients_per_hour",
        "80",
        "counted",
    )
    assert learnt.words == str(HOURLY)
    assert (once, twice) == (timedelta(hours=1), timedelta(hours=3))


def test_a_clean_batch_writes_nothing_and_ten_do(
    store: SqlStore, tmp_path: Path
) -> None:
    """Each write costs as much as a batch; a crash forgets ten batches at most."""
    work = Round(store, tmp_path, Clock())

    for _ in range(9):
        work.send(25)
    before = store.noted("learning")
    work.send(25)

    assert before == ""
    assert read_memory(store.noted("learning")).served == {"1": 250}
    assert store.learnt()["recipients_per_message"] == "37"


def test_the_end_of_a_round_writes_what_it_remembers(
    store: SqlStore, tmp_path: Path
) -> None:
    """The next one goes on counting."""
    work = Round(store, tmp_path, Clock())
    work.send(25)
    work.lessons.save()

    again = Round(store, tmp_path, Clock())
    for _ in range(9):
        again.send(25)

    assert store.learnt()["recipients_per_message"] == "37"


def test_guesses_that_were_used_up_grow_on_the_way(
    store: SqlStore, tmp_path: Path
) -> None:
    """`status` shows a limit that has grown, and when."""
    clock = Clock()
    work = Round(store, tmp_path, clock)
    work.send(100)

    held = work.lessons.next_step([post(1, 500)], 0, None)
    clock.time = START + timedelta(minutes=16)
    step = work.lessons.next_step([post(1, 500)], 0, None)

    assert isinstance(held, WaitUntil)
    assert step == SendNow(1, 25)
    (learnt,) = store.learnt_details()
    assert (learnt.value, learnt.how, learnt.at) == ("200", "grown", clock.now())


def test_a_limit_that_was_forgotten_grows_without_its_old_refusal(
    store: SqlStore, tmp_path: Path
) -> None:
    """Somebody who clears a limit wants it to be looked for anew."""
    clock = Clock()
    store.learn("recipients_per_hour_refused", "120", "slow", clock.now(), "counted")
    work = Round(store, tmp_path, clock)
    work.send(100)
    clock.time = START + timedelta(minutes=16)

    work.lessons.next_step([post(1, 500)], 0, None)

    assert store.learnt() == {"recipients_per_hour": "200"}


def test_how_long_a_batch_takes_is_measured_from_step_to_step(
    store: SqlStore, tmp_path: Path
) -> None:
    """What comes between two batches takes its time as well."""
    work = Round(store, tmp_path, Clock())
    for _ in range(6):
        work.lessons.next_step([interactive(1, START)], 0, None)
        work.send(1)
        work.clock.sleep(2)
    work.lessons.next_step([], 0, None)
    work.lessons.save()

    assert store.learnt()["milliseconds_per_batch"] == "3000"


def test_what_was_counted_is_tried_further_a_month_later(
    store: SqlStore, tmp_path: Path
) -> None:
    """At the beginning of a round, and once."""
    clock = Clock()
    store.learn("recipients_per_hour", "80", "slow", clock.now(), "counted")
    clock.time += timedelta(days=31)

    for _ in range(2):
        Round(store, tmp_path, clock)

    assert store.learnt() == {"recipients_per_hour": "89"}
