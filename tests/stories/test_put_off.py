"""What a report about the account changes: the block, what is learnt, who is told."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.actions import Action, Alert, Decision, PutOff
from bot.address import Address
from bot.errors import StoreConflictError
from bot.model import BatchState, Kind, Outgoing, Priority
from tests.stories.committee import START, Committee, NoPlace
from tests.stories.scenes import write_config

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PEOPLE = tuple(Address(f"p{n}", "member.test") for n in range(40))
POST = Outgoing("a" * 64, 1000, "post", Priority.POST, "Bonjour", "informer")
REPORT = PutOff(
    batch_id=1,
    addresses=PEOPLE[30:],
    quota="recipients_per_hour",
    limit=None,
    words="550 too many emails per hour",
    wait_seconds=3600,
    stops=False,
    reported_at=START + MINUTE,
)


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Committee]:
    """A committee that has just sent a post to forty people, in one batch."""
    config = write_config(tmp_path, 1, 1)
    with Committee(NoPlace(), config) as made:
        send_id = made.store.enqueue(POST, PEOPLE, START)
        taken = made.store.take(send_id, 40, START)
        batch = made.store.start_batch(taken, START, "off")
        made.store.settle_batch(batch, BatchState.SENT, START)
        made.store.finish_sends(START)
        yield made


def carry_out(club: Committee, action: Action, at: datetime = START + MINUTE) -> None:
    """Carry out an action as a poll does."""
    with club.store.transaction():
        club.instance.parts.apply(Decision(Kind.BOUNCE, "test", (action,)), None, at)


def subjects(club: Committee) -> list[str]:
    """Give the subjects of the alerts in the outbox."""
    sends = club.store.sends(unfinished=True)
    return [one.subject for one in sends if one.kind == "alert"]


def blocked(club: Committee) -> datetime | None:
    """Say until when nothing leaves."""
    noted = club.store.noted("blocked_until")
    return datetime.fromisoformat(noted) if noted else None


def test_without_a_figure_what_had_left_is_the_limit(club: Committee) -> None:
    """Forty left, ten came back: the provider lets thirty pass."""
    carry_out(club, REPORT)

    (learnt,) = club.store.learnt_details()
    assert (learnt.key, learnt.value, learnt.how) == (
        "recipients_per_hour",
        "30",
        "counted",
    )
    assert learnt.words == REPORT.words
    assert blocked(club) == START + MINUTE + HOUR
    assert club.store.noted("blocked_why") == REPORT.words


@pytest.mark.parametrize(
    ("said", "value", "how"),
    [
        pytest.param(35, "35", "said", id="plausible"),
        pytest.param(20, "20", "said", id="half-of-what-had-left"),
        pytest.param(19, "30", "counted", id="less-than-half"),
        pytest.param(1, "30", "counted", id="too-small-to-be-true"),
    ],
)
def test_a_figure_in_the_words_is_believed_within_reason(
    club: Committee, said: int, value: str, how: str
) -> None:
    """A forged figure must not stop a list for good."""
    carry_out(club, replace(REPORT, limit=said))

    (learnt,) = club.store.learnt_details()
    assert (learnt.value, learnt.how) == (value, how)


@pytest.mark.parametrize("said", [None, 26, 900_000])
def test_a_higher_figure_is_no_news(club: Committee, said: int | None) -> None:
    """Where less is allowed already, somebody else used up the provider's limit.

    Or somebody made the report up, so that we are cut off.
    """
    club.store.learn("recipients_per_hour", "25", "450 slower", START)

    carry_out(club, replace(REPORT, limit=said))

    assert club.store.learnt() == {"recipients_per_hour": "25"}


def test_a_late_report_holds_nothing_up(club: Committee) -> None:
    """The hour that it speaks of is over; those concerned are due at once."""
    later = START + 5 * HOUR

    carry_out(club, replace(REPORT, reported_at=later), later)

    (send,) = (one for one in club.store.sends(unfinished=True) if one.kind == "post")
    assert blocked(club) is None
    assert send.deferred == 10
    assert subjects(club) == ["Limite d'envoi atteinte"]


def test_a_longer_block_is_not_shortened(club: Committee) -> None:
    """What the provider said at the time of sending stays in force."""
    club.store.note("blocked_until", (START + 9 * HOUR).isoformat())

    carry_out(club, REPORT)

    assert blocked(club) == START + 9 * HOUR


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(replace(REPORT, batch_id=9), id="no-such-batch"),
        pytest.param(
            replace(REPORT, addresses=(Address("who", "member.test"),)), id="nobody"
        ),
    ],
)
def test_a_report_that_moves_nobody_changes_nothing(
    club: Committee, report: PutOff
) -> None:
    """Nor does one that came before."""
    carry_out(club, report)

    assert club.store.learnt() == {}
    assert blocked(club) is None
    assert subjects(club) == []


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(replace(REPORT, addresses=()), id="said-nothing"),
        pytest.param(replace(REPORT, addresses=(), limit=10), id="said-a-figure"),
        pytest.param(
            replace(REPORT, addresses=(), quota="recipients_per_day", limit=38),
            id="said-a-likely-one",
        ),
        pytest.param(replace(REPORT, addresses=(), stops=True), id="blocked"),
    ],
)
def test_a_delay_is_only_told(club: Committee, report: PutOff) -> None:
    """The provider tries again. Any member could write this, naming nobody."""
    carry_out(club, report)
    carry_out(club, report)

    assert blocked(club) is None
    assert club.store.learnt() == {}
    assert subjects(club) == ["Le fournisseur retarde des messages"]


def test_who_is_returned_too_often_is_refused_in_the_reports_words(
    club: Committee,
) -> None:
    """And a report that only ends somebody's delivery holds nobody else up."""
    (send,) = (one for one in club.store.sends(unfinished=False))
    batch = 1
    for _ in range(6):
        club.store.take_back(batch, PEOPLE[:1], START, START)
        again = club.store.take(send.id, 9, START)
        batch = club.store.start_batch(again, START, "off")
        club.store.settle_batch(batch, BatchState.SENT, START)

    carry_out(club, replace(REPORT, batch_id=batch, addresses=PEOPLE[:1]))

    assert club.store.refusals(send.id) == ((PEOPLE[0], REPORT.words),)
    assert blocked(club) is None


def test_one_alert_a_day_for_each_kind_of_trouble(club: Committee) -> None:
    """A blocked account is worse than a full quota, and so is told as well."""
    quota, stopped = "Limite d'envoi atteinte", "Les envois sont arrêtés"
    carry_out(club, REPORT)
    carry_out(club, Alert("alert-quota", {"words": "450"}, key="alert-quota"))
    carry_out(club, replace(REPORT, addresses=PEOPLE[:5]))
    first = subjects(club)
    blocks = replace(REPORT, addresses=PEOPLE[5:9], quota="", stops=True)
    carry_out(club, replace(blocks, wait_seconds=6 * 3600))
    second = subjects(club)
    tomorrow = START + 25 * HOUR
    carry_out(club, replace(REPORT, addresses=PEOPLE[9:12]), tomorrow)

    assert first == [quota]
    assert second == [quota, stopped]
    assert subjects(club) == [quota, stopped, quota]


def test_a_report_before_the_reply_is_left_for_the_next_poll(club: Committee) -> None:
    """The sender may still wait for the server's last word about the batch."""
    send_id = club.store.enqueue(POST, PEOPLE[:3], START)
    batch = club.store.start_batch(club.store.take(send_id, 3, START), START, "off")
    early = replace(REPORT, batch_id=batch, addresses=PEOPLE[:3])

    with suppress(StoreConflictError):
        carry_out(club, early)
    before = subjects(club)
    club.store.settle_batch(batch, BatchState.SENT, START)
    carry_out(club, early)

    assert before == []
    assert len(subjects(club)) == 1
