"""Rounds of sending against a scripted server: domains, clocks, logins."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import config as configuration
from bot.address import Address
from bot.cli.wiring import Instance, build
from bot.cycle import consequences, send_once
from bot.model import BatchState, Outgoing, Priority
from tests.scripted_smtp import Script, ScriptedSmtp
from tests.stores import new_store
from tests.stories.committee import MovedClock
from tests.stories.scenes import write_config

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RAW = b"Subject: Bonjour\r\nMessage-ID: <1@example.org>\r\n\r\nSalut.\r\n"
TIRED = [Address(f"t{number}", "tired.test") for number in range(40)]
FRESH = [Address(f"f{number}", f"fresh{number}.test") for number in range(40)]
MIXED = [one for pair in zip(TIRED, FRESH, strict=True) for one in pair]


class Desk:
    """One bot, its server and its clock."""

    def __init__(self, folder: Path, script: Script) -> None:
        self.server = ScriptedSmtp(script)
        self.server.__enter__()
        path = write_config(
            folder,
            1,
            self.server.port,
            smtp='witness = "off"',
            limits="recipients_per_hour = 0\nrecipients_per_day = 0",
        )
        path.write_text(path.read_text().replace("message = 50", "message = 10"))
        config = configuration.load(path)
        store = new_store(config.store.directory)
        self.clock = MovedClock(NOW)
        self.instance: Instance = build(config, store, {}, self.clock)
        self.parts = self.instance.parts

    def post(self, people: list[Address]) -> int:
        """Put a post into the outbox."""
        mail = Outgoing(
            self.parts.spool.add(RAW), len(RAW), "post", Priority.POST, "Bonjour"
        )
        return self.parts.store.enqueue(mail, people, self.clock.now())

    def offered(self, domain: str) -> int:
        """Count the recipients that were offered at a domain."""
        rcpts = [one for one in self.server.taken.commands if one.startswith("RCPT")]
        return sum(f"@{domain}" in one for one in rcpts)

    def got(self) -> list[str]:
        """Name those who got the post, once for each copy."""
        return [who for _, all_, _ in self.server.taken.messages for who in all_]


@pytest.fixture
def refusals() -> dict[str, str]:
    """Refuse these people; the test may change its mind."""
    return {}


@pytest.fixture
def desk(tmp_path: Path, refusals: dict[str, str]) -> Iterator[Desk]:
    """Give a bot and its server; stop both."""
    desk = Desk(tmp_path, Script(auth=("PLAIN",), refusals=refusals))
    yield desk
    desk.instance.close()
    desk.parts.store.close()
    desk.server.__exit__(None, None, None)


def test_a_domain_that_puts_people_off_gets_small_batches_while_others_go_on(
    desk: Desk, refusals: dict[str, str]
) -> None:
    """It must neither hold the others up, nor be asked for all its people at once."""
    refusals |= {str(one): "451 4.7.1 Try again later" for one in TIRED}
    desk.post(MIXED)

    send_once(desk.parts)
    asked = desk.offered("tired.test")
    desk.clock.at += timedelta(minutes=17)
    send_once(desk.parts)

    assert sorted(desk.got()) == sorted(map(str, FRESH))
    assert asked == 5  # of the first batch of ten
    # What was asked before is due again, and what two minutes may bring.
    assert desk.offered("tired.test") <= asked + 5 + 3 * 5


def test_a_domain_that_takes_mail_again_gets_the_rest_at_once(
    desk: Desk, refusals: dict[str, str]
) -> None:
    """Greylisting opens for everybody; nobody waits for a slot then."""
    refusals |= {str(one): "451 4.7.1 Try again later" for one in TIRED}
    send_id = desk.post(MIXED)
    send_once(desk.parts)
    refusals.clear()

    desk.clock.at += timedelta(minutes=17)
    send_once(desk.parts)

    assert sorted(desk.got()) == sorted(map(str, MIXED))
    (send,) = desk.parts.store.sends(unfinished=False)
    assert (send.id, send.accepted, send.refused) == (send_id, len(MIXED), 0)


def test_a_pattern_in_a_domain_is_no_pattern(desk: Desk) -> None:
    """« _ » is any letter for SQL; people elsewhere must not wait for it."""
    send_id = desk.post([Address("a", "x_y.test"), Address("b", "xzy.test")])

    put_off = desk.parts.store.defer_domain(send_id, "x_y.test", NOW, 5)

    assert put_off == 1
    (send,) = desk.parts.store.sends(unfinished=True)
    assert (send.ready, send.deferred) == (1, 1)
    assert desk.parts.store.hasten_domain(send_id, "x_y.test", NOW) == 1


def test_only_what_a_domain_held_back_is_hastened(desk: Desk) -> None:
    """A provider that took a batch back holds it up for reasons of its own."""
    send_id = desk.post(TIRED[:2])
    store = desk.parts.store
    batch = store.start_batch(store.take(send_id, 1, NOW), NOW, "off")
    store.settle_batch(batch, BatchState.SENT, NOW)
    store.take_back(batch, TIRED[:2], NOW + timedelta(hours=1), NOW)
    store.defer_domain(send_id, "tired.test", NOW, 5)

    hastened = store.hasten_domain(send_id, "tired.test", NOW)

    assert hastened == 1


def test_a_clock_that_was_years_ahead_stops_nothing(desk: Desk) -> None:
    """A machine may start in any year, until it is told."""
    desk.clock.at = NOW + timedelta(days=900)
    desk.post(FRESH[:3])
    send_once(desk.parts)
    desk.parts.store.note("blocked_until", desk.clock.now().isoformat())
    desk.clock.at = NOW
    desk.post(FRESH[3:6])

    summary = send_once(desk.parts)

    assert summary.accepted == 3
    usage = desk.parts.store.usage(NOW - timedelta(days=1))
    assert [one.at for one in usage] == [NOW, NOW]


def test_a_refused_login_waits_and_is_told_once(
    desk: Desk, refusals: dict[str, str]
) -> None:
    """Trying again would lock the account; a person has to know."""
    del refusals
    desk.server.script.passwords["nobody"] = "x"  # type: ignore[index] # a dict
    desk.post(FRESH[:3])

    for _ in range(3):
        send_once(desk.parts)
        desk.clock.at += timedelta(hours=1)

    assert desk.server.taken.connections == 1
    kinds = [one.kind for one in desk.parts.store.sends(unfinished=True)]
    assert sorted(kinds) == ["alert", "post"]


def test_a_shorter_wait_never_ends_a_longer_one(desk: Desk) -> None:
    """A line that breaks means seconds; a report that came meanwhile, a day."""
    parts = desk.parts
    consequences.block(parts, NOW + timedelta(hours=24), "the day is used up")
    consequences.block(parts, NOW + timedelta(seconds=17), "the line broke")

    assert parts.store.brakes() == (False, NOW + timedelta(hours=24))
    assert parts.store.noted("blocked_why") == "the day is used up"
