"""`colporteur limits` and `status`: where each figure comes from, and forgetting it."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.address import parse
from bot.model import HandSent, Outgoing, Priority
from bot.store import SqlStore, open_store
from tests.stories.scenes import colporteur, colporteur_here, write_config

WORDS = "550 Domain list.test has exceeded the max emails per hour (200/200 (100%))"
LIMITS = "recipients_per_hour = 500\nmessages_per_hour = 0"
HOUR = timedelta(hours=1)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a configuration of a provider with known limits, reached by nobody."""
    return write_config(tmp_path, 1, 1, limits=LIMITS)


@contextmanager
def books(config: Path) -> Iterator[SqlStore]:
    """Open the store of a committee."""
    store = open_store("", config.parent / "store")
    store.secret()  # the service made it long ago
    yield store
    store.close()


def learn(config: Path) -> datetime:
    """Let the provider have said and shown what it allows; give when."""
    now = datetime.now(UTC)
    with books(config) as store:
        store.learn("recipients_per_hour", "200", WORDS, now)
        store.learn("recipients_per_day", "900", "too many", now, "counted")
        store.learn("files_sent", "yes", "", now)
        store.note_hand_sent(1, [HandSent(1, now - HOUR / 2, 12)], now)
        store.note_hand_sent(1, [HandSent(2, now - 2 * HOUR, 30)], now)
    return now


def listed(config: Path) -> dict[str, dict[str, object]]:
    """Give what `limits --json` tells."""
    found = json.loads(colporteur_here(config, "limits", "--json"))
    assert isinstance(found, dict)
    return found


def test_each_limit_says_where_it_comes_from(config: Path) -> None:
    """Configured, learnt with the words, or where the bot starts."""
    now = learn(config)

    found = listed(config)

    assert found["recipients_per_hour"] == {
        "configured": 500,
        "learnt": 200,
        "in_force": 200,
        "used": 12,
        "source": "learnt",
        "how": "said",
        "learnt_at": now.isoformat(),
        "words": WORDS,
    }
    assert found["recipients_per_day"]["how"] == "counted"
    assert found["recipients_per_day"]["used"] == 42
    assert found["recipients_per_message"]["source"] == "configured"
    assert found["messages_per_hour"]["in_force"] is None
    assert found["messages_per_hour"]["used"] == 1
    assert json.loads(colporteur_here(config, "status", "--json"))["limits"] == found


def test_the_table_shows_the_words(config: Path) -> None:
    """Who wonders why it is slow sees what the provider said."""
    learn(config)

    told = colporteur_here(config, "limits")
    status = colporteur_here(config, "status")

    assert "recipients_per_hour\t200\t12\tlearnt (said)\t" in told
    assert WORDS in told
    assert "limit recipients_per_hour: 200, 12 used; learnt (said) 20" in status
    assert "limit messages_per_hour: no limit, 1 used; configured" in status


def test_a_providers_own_figures_are_told_from_the_files(tmp_path: Path) -> None:
    """What the table of providers fills in isn't what somebody wrote."""
    config = write_config(tmp_path, 1, 1, mailbox='provider = "gmail"')

    found = listed(config)

    assert found["recipients_per_day"]["source"] == "provider"
    assert found["recipients_per_message"]["source"] == "configured"


def test_what_was_learnt_can_be_forgotten_beside_the_service(config: Path) -> None:
    """After a change of contract; nobody has to stop anything."""
    learn(config)

    with (config.parent / "store/lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        told = colporteur(config, "limits", "forget", "recipients_per_hour")
        again = colporteur(config, "limits", "forget", "recipients_per_hour")

    found = listed(config)
    assert "recipients_per_hour: 200 is forgotten" in told
    assert "nothing was learnt of recipients_per_hour" in again
    assert found["recipients_per_hour"]["in_force"] == 500
    assert found["recipients_per_day"]["learnt"] == 900


def test_all_limits_can_be_forgotten_at_once(config: Path) -> None:
    """But not that the provider files what it sends: `check --mail` found that."""
    learn(config)

    colporteur_here(config, "limits", "forget", "--all")

    found = listed(config)
    assert {one["learnt"] for one in found.values()} == {None}
    assert found["recipients_per_day"]["source"] == "start"
    with books(config) as store:
        assert store.learnt() == {"files_sent": "yes"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["forget", "recipients"], "recipients_per_hour", id="unknown"),
        pytest.param(["forget"], "--all", id="without-a-key"),
        pytest.param(["forget", "recipients_per_day", "--all"], "KEY", id="both"),
        pytest.param(["fly"], "list or forget", id="no-such-action"),
    ],
)
def test_mistakes_are_told_with_what_there_is(
    config: Path, arguments: list[str], expected: str
) -> None:
    """Exit status 2, and a hint."""
    assert expected in colporteur_here(config, "limits", *arguments, status=2)


def test_status_shows_how_far_each_send_is(config: Path) -> None:
    """And what it waits for: what the sender itself is told."""
    learn(config)
    now = datetime.now(UTC)
    later = now + 2 * HOUR
    post = Outgoing(
        "a" * 64, 1000, "post", Priority.POST, "[n] Bonjour", "informer", leave_at=later
    )
    letter = Outgoing("b" * 64, 1000, "reply", Priority.INTERACTIVE, "Re: aide")
    people = [parse(f"p{n}@member.test") for n in range(10)]
    with books(config) as store:
        store.enqueue(post, people, now)
        store.enqueue(letter, people[:1], now)
        store.note("blocked_until", (now + HOUR).isoformat())
        store.note("blocked_why", WORDS)

    report = json.loads(colporteur_here(config, "status", "--json"))
    told = colporteur_here(config, "status")
    colporteur_here(config, "queue", "resume")
    released = json.loads(colporteur_here(config, "status", "--json"))

    sends = {one["kind"]: one for one in report["sends"]}
    assert sends["post"]["waits_for"] == "blocked"
    assert sends["post"]["leave_at"] == later.isoformat()
    assert sends["reply"]["leave_at"] is None
    assert datetime.fromisoformat(sends["post"]["eta"]) > later
    assert " · informer · [n] Bonjour: 0 of 10 (0 %), ends about" in told
    assert "1 letter of our own" in told
    assert WORDS in told
    waits = {one["kind"]: one["waits_for"] for one in released["sends"]}
    assert waits == {"post": "leave_at", "reply": None}


def queued(config: Path) -> str:
    """Put a post into the queue; give its REF."""
    now = datetime.now(UTC)
    post = Outgoing("a" * 64, 1000, "post", Priority.POST, "[n] Bonjour", "informer")
    with books(config) as store:
        store.enqueue(post, [parse("anne@member.test")], now)
        return store.sends(unfinished=True)[0].ref


def test_resume_names_what_stays_paused(config: Path) -> None:
    """What was paused by its REF goes on by its REF."""
    ref = queued(config)
    colporteur_here(config, "queue", "pause", ref)

    still = colporteur_here(config, "queue", "resume")
    colporteur_here(config, "queue", "resume", ref)

    assert f"still paused by themselves: {ref} (colporteur queue resume {ref})" in still
    assert colporteur_here(config, "queue", "resume").strip() == "sending goes on"


def test_nothing_is_cancelled_where_the_file_cannot_be_written(config: Path) -> None:
    """Who has it would be told to nobody."""
    ref = queued(config)
    file = str(config.parent / "nowhere" / "served.csv")

    colporteur_here(config, "queue", "cancel", ref, "--served", file, status=2)

    with books(config) as store:
        assert [send.ref for send in store.sends(unfinished=True)] == [ref]
        assert not store.sends(unfinished=True)[0].cancelled
