"""What the provider allows, over hours and days: nobody lost, nobody twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from imapclient import IMAPClient

from bot.demo.provider import Provider
from tests.stories.committee import Committee, committee
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
