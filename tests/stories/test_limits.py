"""What the provider allows, over hours and days: nobody lost, nobody twice."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from imapclient import IMAPClient

from bot.demo import report
from bot.demo.policy import Policy
from bot.demo.provider import Provider
from tests.stories.committee import Committee, committee, text_of
from tests.stories.scenes import BOT, OWNER, a_mail

MEMBERS = [f"member{number}@member.test" for number in range(1, 31)]
TO = BOT.replace("@", "+informer@")
HOUR = timedelta(hours=1)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start an embedded provider."""
    users = dict.fromkeys([OWNER, *MEMBERS], "pw") | {BOT: "botpw"}
    with Provider(users) as made:
        yield made


def announce(club: Committee, subject: str = "Réunion") -> None:
    """Let the owner write to everybody and say ok to the preview."""
    club.write(OWNER, subject, "Venez.", to=TO)
    club.answer(OWNER, club.last(OWNER, "preview"), "ok\n")


def posts(club: Committee) -> list[int]:
    """Count what each member got."""
    return [len(club.mails(one, "post")) for one in MEMBERS]


def sends_by_hand(port: int, *mails: EmailMessage) -> None:
    """Let a volunteer's mail client file its copies in the Sent folder."""
    with IMAPClient("127.0.0.1", port, ssl=False) as client:
        client.login(BOT, "botpw")
        if not client.folder_exists("Sent"):
            client.create_folder("Sent")
        for mail in mails:
            client.append("Sent", mail.as_bytes())


@pytest.mark.parametrize(
    ("counted", "at_once"),
    [
        pytest.param("true", 17, id="counted"),
        pytest.param("false", 30, id="not-counted"),
    ],
)
def test_mail_sent_by_hand_delays_a_send(
    provider: Provider, tmp_path: Path, counted: str, at_once: int
) -> None:
    """Twenty invitations from the committee's account are twenty less for the bot."""
    by_hand = a_mail(BOT, ", ".join(MEMBERS[:20]), "Invitation", "Chers amis")
    limits = f"recipients_per_hour = 40\nreserve = 0.0\ncount_hand_sent = {counted}"
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, limits=limits) as club:
        club.clock.at = datetime.now(UTC)
        club.enrol("informer", *MEMBERS)
        for _ in range(2):  # the second copy is the provider's
            sends_by_hand(provider.imap_port, by_hand)

        announce(club)

        first = sum(posts(club))
        club.cycle(timedelta(minutes=30))
        later = sum(posts(club))
        club.cycle(timedelta(minutes=31))

        assert (first, later) == (at_once, at_once)
        assert posts(club) == [1] * 30


def test_the_sent_folder_is_looked_into_every_ten_minutes(
    provider: Provider, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not with every poll; that there is none is told once."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports) as club:
        club.clock.at = datetime.now(UTC)
        minute = timedelta(minutes=1)

        def counted() -> int:
            club.cycle()
            usage = club.store.usage(club.clock.at - HOUR)
            return sum(one.recipients for one in usage)

        with caplog.at_level("INFO"):
            none = counted()
            club.cycle(11 * minute)
        told = [one.message for one in caplog.records].count("sent.missing")
        sends_by_hand(provider.imap_port, a_mail(BOT, MEMBERS[0], "Bonjour", ""))
        club.clock.at += 9 * minute
        early = counted()
        club.clock.at += 2 * minute
        late = counted()
        sends_by_hand(provider.imap_port, a_mail(BOT, ", ".join(MEMBERS), "Tous", ""))
        club.clock.at += 11 * minute
        later = counted()
        club.clock.at -= 11 * HOUR  # the clock is set back: no wait of eleven hours
        sends_by_hand(provider.imap_port, a_mail(BOT, MEMBERS[1], "Encore", ""))
        back = counted()

    assert (none, early, late, later, back) == (0, 0, 1, 31, 32)
    assert told == 1


def test_our_own_mails_in_the_sent_folder_are_not_counted_again(tmp_path: Path) -> None:
    """Some providers file there what goes through SMTP; the ledger has it already."""
    users = dict.fromkeys([OWNER, *MEMBERS], "pw") | {BOT: "botpw"}
    with (
        Provider(users, files_sent=True) as filing,
        committee(filing, tmp_path, filing.imap_port, filing.smtp_port) as club,
    ):
        club.clock.at = datetime.now(UTC)
        club.enrol("informer", *MEMBERS)
        announce(club)
        club.cycle(timedelta(minutes=11))
        used = club.store.usage(club.clock.at - HOUR)
        accepted = sum(one.accepted for one in club.store.sends(unfinished=False))

        assert len(filing.mails(BOT, "Sent")) == len(used)
        assert sum(one.recipients for one in used) == accepted + 1  # the witness


class Lying(Policy):
    """Accepts everything, and sends back what is over `hourly` a minute later."""

    def __init__(self, hourly: int, words: str) -> None:
        super().__init__()
        self.hourly, self.words = hourly, words
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.taken: list[datetime] = []

    def bounce(self, address: str) -> str:
        """Count everybody, whoever sends; give what is said of those over it."""
        if address == BOT:
            return ""
        hour = [one for one in self.taken if one > self.clock() - HOUR]
        if len(hour) >= self.hourly:
            return self.words
        self.taken = [*hour, self.clock()]
        return ""


CPANEL = (
    "550 Domain list.test has exceeded the max emails per hour (20/20 (100%)) allowed."
    " Message discarded."
)


@pytest.fixture
def liar() -> Iterator[Provider]:
    """Start a provider that accepts, and bounces over its limit."""
    users = dict.fromkeys([OWNER, *MEMBERS], "pw") | {BOT: "botpw"}
    with Provider(users, Lying(20, CPANEL)) as made:
        yield made


@contextmanager
def beside_a_liar(liar: Provider, folder: Path) -> Iterator[Committee]:
    """Found a committee whose clock the provider goes by."""
    with committee(liar, folder, liar.imap_port, liar.smtp_port) as club:
        club.clock.at = datetime.now(UTC)
        assert isinstance(liar.policy, Lying)
        liar.policy.clock = club.clock.now
        club.enrol("informer", *MEMBERS)
        yield club


def test_a_provider_that_accepts_and_bounces_loses_nobody(
    liar: Provider, tmp_path: Path
) -> None:
    """Nobody lost, nobody twice; the limit is learnt, and the admins told once."""
    with beside_a_liar(liar, tmp_path) as club:
        announce(club)
        club.cycle()  # the reports are there
        first = posts(club)
        blocked = club.store.noted("blocked_until")
        held = club.store.sends(unfinished=True)
        for _ in range(8):
            club.cycle(timedelta(minutes=40))
        learnt = [one for one in club.store.learnt_details() if one.how == "said"]
        alerts = club.mails(OWNER, "alert")

        assert 0 < sum(first) < 30
        assert datetime.fromisoformat(blocked) > club.clock.at - timedelta(hours=6)
        waiting = sum(one.deferred for one in held if one.kind == "post")
        assert waiting == 30 - sum(first)
        assert posts(club) == [1] * 30
        assert [(one.key, one.value) for one in learnt] == [
            ("recipients_per_hour", "20")
        ]
        assert "max emails per hour (20/20" in learnt[0].words
        assert [text_of(one).count("docs/fr/limites.md") for one in alerts] == [1]
        assert len(club.mails(OWNER, "receipt")) == 2
        assert "30\N{NO-BREAK SPACE}personnes" in text_of(club.last(OWNER, "receipt"))
        assert len(club.mails(OWNER, "notice")) == 1
        assert club.instance.parts.bounce_log.keys() == ()


def test_a_report_delivered_twice_repeats_nothing(
    liar: Provider, tmp_path: Path
) -> None:
    """Copies differ in their trace, so that their bytes are not the same."""
    with beside_a_liar(liar, tmp_path) as club:
        announce(club)
        reports = [raw for raw in liar.mails(BOT) if b"Final-Recipient" in raw]
        club.cycle()
        for delay in (1, 70, 70, 70):
            for raw in reports:
                copy = f"Received: again {delay}, {club.clock.at}\r\n".encode() + raw
                liar.deliver(BOT, copy)
            club.cycle(timedelta(minutes=delay))
        for _ in range(4):
            club.cycle(timedelta(minutes=40))

        assert len(reports) > 5
        assert posts(club) == [1] * 30
        assert len(club.mails(OWNER, "alert")) == 1


def test_a_forged_report_moves_and_stops_nothing(
    provider: Provider, tmp_path: Path
) -> None:
    """Without the mark of a batch anybody may claim anything."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports) as club:
        club.clock.at = datetime.now(UTC)
        club.enrol("informer", *MEMBERS)
        announce(club)
        post = provider.mails(MEMBERS[0])[0]
        forged = re.sub(rb"(sig=)\w{8}", rb"\g<1>00000000", post)
        now = club.clock.now()
        for one in MEMBERS[:3]:
            raw = report.failure(one, BOT, CPANEL, forged, now)
            provider.deliver(BOT, raw)
        club.cycle()
        club.cycle(2 * HOUR)

        assert posts(club) == [1] * 30
        assert club.store.learnt() == {}
        assert club.store.noted("blocked_until") == ""
        assert len(club.mails(OWNER, "alert")) == 1
        assert "Colporteur/Bounces" in text_of(club.last(OWNER, "alert"))
        assert club.instance.parts.bounce_log.keys() == ()


def test_an_alert_waits_in_the_outbox_while_the_account_is_blocked(
    liar: Provider, tmp_path: Path
) -> None:
    """It is given once, and leaves as soon as anything may."""
    with beside_a_liar(liar, tmp_path) as club:
        announce(club)
        club.cycle()
        waiting = [one.kind for one in club.store.sends(unfinished=True)]
        before = len(club.mails(OWNER, "alert"))
        club.cycle(timedelta(minutes=70))

        assert "alert" in waiting
        assert before == 0
        assert len(club.mails(OWNER, "alert")) == 1
