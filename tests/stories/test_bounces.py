"""Mail that comes back, end to end: real reports from the embedded provider."""

import json
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.policy import Policy
from bot.demo.provider import Provider
from bot.demo.report import failure
from tests.stories.committee import Committee, committee, text_of
from tests.stories.dying_bot import die
from tests.stories.scenes import BOT, OWNER, write_config

ANNE = "anne.martin@member.test"
BOB = "bob@member.test"
ZOE = "zoe@member.test"
PAUL = "paul@member.test"
CROWD = [f"m{number}@crowd.test" for number in range(7)]
NO_USER = "550 5.1.1 <x>: Recipient address rejected: User unknown"
FULL = "552 5.2.2 Mailbox full"
TO = BOT.replace("@", "+discuter@")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def dead() -> dict[str, str]:
    """Give whose mail comes back, with which words; a test changes it."""
    return {}


@pytest.fixture
def provider(dead: dict[str, str]) -> Iterator[Provider]:
    """Start an embedded provider that reports in mails of its own."""
    users = dict.fromkeys([OWNER, ANNE, BOB, ZOE, PAUL], "pw") | {BOT: "botpw"}
    with Provider(users, Policy(bounces=dead), authserv="list.test") as made:
        yield made


@pytest.fixture
def club(provider: Provider, tmp_path: Path) -> Iterator[Committee]:
    """Found a committee whose provider says who proved to be whom."""
    ports = provider.imap_port, provider.smtp_port
    trusted = 'trusted_authserv = "list.test"'
    with committee(provider, tmp_path, *ports, mailbox=trusted) as made:
        made.enrol("discuter", ANNE, BOB, ZOE, PAUL)
        yield made


def post(club: Committee, subject: str) -> None:
    """Let Paul write to the list, and let what comes back be read."""
    club.write(PAUL, subject, "Bonjour.", TO)
    club.cycle(HOUR)


def got(club: Committee, address: str) -> list[str]:
    """Give the subjects of the posts that somebody got."""
    return [
        str(one["Subject"]).removeprefix("[discuter] ")
        for one in club.mails(address, "post")
    ]


def suspended(club: Committee) -> set[str]:
    """Name who gets no mail."""
    return {str(one.address) for one in club.store.bouncing() if one.is_suspended}


def posts_back(club: Committee) -> dict[str, int]:
    """Count the posts in a row that came back, by address."""
    return {str(one.address): one.posts for one in club.store.bouncing()}


def told(club: Committee, address: str, kind: str) -> str:
    """Give the text of the newest mail of a kind, on one line."""
    return " ".join(text_of(club.last(address, kind)).replace("\u00a0", " ").split())


def test_two_posts_come_back_and_the_third_is_not_sent(
    club: Committee, dead: dict[str, str]
) -> None:
    """The person stays a member, owners hear of it, and a mail from them ends it."""
    dead[ANNE] = NO_USER
    post(club, "Un")
    after_one = suspended(club)
    post(club, "Deux")
    after_two = suspended(club)
    del dead[ANNE]
    post(club, "Trois")
    members = club.members("discuter")
    club.cycle(3 * DAY)  # Monday
    weekly = told(club, OWNER, "notice")
    club.write(ANNE, "Me revoilà", "Bonjour à tous.", TO)
    post(club, "Quatre")

    assert (after_one, after_two, suspended(club)) == (set(), {ANNE}, set())
    assert ANNE in members
    assert ANNE in weekly
    assert "Quatre" in got(club, ANNE)
    assert not {"Un", "Deux", "Trois"} & set(got(club, ANNE))
    assert got(club, ZOE) == ["Un", "Deux", "Trois", "Me revoilà", "Quatre"]
    assert not club.place.mails(BOT)


def test_probes_find_out_whose_address_works_again(
    club: Committee, dead: dict[str, str]
) -> None:
    """An answer is thanked for; silence for three days will do; a report won't."""
    dead |= {ANNE: NO_USER, BOB: NO_USER, ZOE: NO_USER}
    post(club, "Un")
    post(club, "Deux")
    assert suspended(club) == {ANNE, BOB, ZOE}

    del dead[ANNE], dead[ZOE]
    club.cycle(3 * DAY)
    club.cycle(HOUR)
    probe = club.last(ANNE, "confirm")
    asked = told(club, ANNE, "confirm")
    club.answer(ANNE, probe, "ok")
    answered = suspended(club)
    club.cycle(3 * DAY)
    silent = suspended(club)
    post(club, "Trois")

    assert str(probe["Subject"]) == "Recevez-vous nos messages\u00a0?"
    assert f"Plusieurs de nos messages à {ANNE} nous sont revenus" in asked
    assert "cette adresse n'existe pas" in asked
    assert "Répondez simplement : ok" in asked
    assert (answered, silent) == ({BOB, ZOE}, {BOB})
    assert "votre adresse fonctionne" in told(club, ANNE, "reply")
    assert got(club, ANNE) == got(club, ZOE) == ["Trois"]


@pytest.mark.parametrize(("word", "left"), [("ok", set(CROWD)), ("Non, merci", set())])
def test_too_many_at_once_are_the_owner_s_to_decide(
    club: Committee, dead: dict[str, str], word: str, left: set[str]
) -> None:
    """It may be the provider's fault: nobody is suspended before the owner's word."""
    club.enrol("discuter", *CROWD)
    dead["crowd.test"] = NO_USER
    post(club, "Un")
    post(club, "Deux")
    (question,) = club.mails(OWNER, "confirm")
    before = suspended(club)
    club.answer(OWNER, question, word)

    assert "7 adresses sur 11" in told(club, OWNER, "confirm")
    assert before == set()
    assert suspended(club) == left
    assert club.members("discuter") == {ANNE, BOB, ZOE, PAUL, *CROWD}


def report(club: Committee, about: str, returned: bytes) -> bytes:
    """Write a report as a distant server does."""
    return failure(about, BOT, NO_USER, returned, club.clock.now())


def test_a_report_counts_against_whom_the_mail_was_sent_to(
    club: Committee, provider: Provider
) -> None:
    """Mail is redirected, and the report names the last address; others are forged."""
    post(club, "Un")
    (mine,) = [one for one in provider.mails(ANNE) if b"X-Colporteur: post;" in one]
    elsewhere = report(club, "anne.martin@ailleurs.test", mine)
    club.enrol("discuter", *CROWD)  # to whom nothing was ever sent
    invented = report(club, CROWD[0], b"Subject: Un\r\n\r\nBonjour.\r\n")
    marked = report(club, CROWD[1], mine)
    forged = report(club, BOB, mine)

    provider.deliver(BOT, elsewhere)
    provider.deliver(BOT, invented)
    provider.deliver(BOT, marked)
    provider.deliver(BOT, forged, dmarc="fail")
    club.cycle()

    assert posts_back(club) == {ANNE: 1}
    assert len(provider.mails(BOT, "Colporteur/Bounces")) == 4


def logged(folder: Path) -> dict[str, Any]:
    """Read bounces.json as people do."""
    found = json.loads((folder / "store/bounces.json").read_text())
    records = found["bounces"]
    assert isinstance(records, dict)
    return records


def test_the_log_survives_a_kill_and_a_clumsy_hand(
    provider: Provider, dead: dict[str, str], tmp_path: Path
) -> None:
    """Each event is in it once; what was edited is put aside, and told."""
    config = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    dead |= {ANNE: NO_USER, BOB: FULL}
    with Committee(provider, config) as club:
        club.enrol("discuter", ANNE, BOB, PAUL)
        club.write(PAUL, "Un", "Bonjour.", TO)
    path = tmp_path / "store/bounces.json"
    died, written = [], []
    for step in (1, 3):  # before bounces.json is written, and right after
        at = club.clock.now()
        died.append(die(config, step, at, ("bounce_log",)) == -signal.SIGKILL)
        written.append(ANNE in path.read_text() if path.exists() else False)
    with Committee(provider, config, club.clock.now()) as club:
        club.cycle()
        before = logged(tmp_path)
        counted = posts_back(club)
    path.write_text(path.read_text().replace(ANNE, "anne@ailleurs.test"))
    with Committee(provider, config, club.clock.now()) as club:
        club.cycle()
        alert = told(club, OWNER, "alert")

    assert (died, written) == ([True, True], [False, True])
    assert counted == {ANNE: 1, BOB: 1}
    assert [before[ANNE]["hard"], before[BOB]["soft"]] == [1, 1]
    assert "Nous l'avons mis de côté sans y toucher" in alert
    (aside,) = path.parent.glob("bounces.json.*-*")
    assert "anne@ailleurs.test" in aside.read_text()
    assert logged(tmp_path) == before
