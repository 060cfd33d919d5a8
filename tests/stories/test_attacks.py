"""What strangers and dishonest owners tried, end to end; each worked once."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.address import parse
from bot.cycle import timed
from bot.cycle.parts import Parts
from bot.demo.provider import Provider
from bot.model import MemberState, Profile, Reception
from tests.stories.committee import Committee, committee, text_of
from tests.stories.scenes import BOT, OWNER, a_mail

ODILE = "odile@alpha.test"  # owns alpha alone
ODETTE = "odette@beta.test"  # owns beta and gamma
ANNE = "anne@member.test"
BOB = "bob@member.test"
MALLORY = "mallory@evil.test"
ALIAS = "malo@evil.test"
VICTIM = "victor@victim.test"
LONG = "x" * 2000
LISTS = f"""
[lists.alpha]
kind = "discussion"
owners = ["{ODILE}"]
moderation = "none"
[lists.beta]
kind = "discussion"
owners = ["{ODETTE}"]
moderation = "none"
visible = false
[lists.gamma]
kind = "discussion"
owners = ["{ODETTE}"]
moderation = "none"
non_members = "hold"
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start an embedded provider."""
    people = [OWNER, ODILE, ODETTE, ANNE, BOB, MALLORY, ALIAS, VICTIM]
    with Provider(dict.fromkeys(people, "pw") | {BOT: "botpw"}) as made:
        yield made


@pytest.fixture
def club(provider: Provider, tmp_path: Path) -> Iterator[Committee]:
    """Found a committee whose provider tells which authors are genuine."""
    trusted = 'trusted_authserv = "mx.test"'
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, mailbox=trusted, lists=LISTS) as made:
        yield made


def proved(club: Committee, author: str, subject: str) -> None:
    """Let somebody write whose provider vouches for them."""
    domain = author.partition("@")[2]
    result = f"Authentication-Results: mx.test; dmarc=pass header.from={domain}\r\n"
    raw = result.encode() + a_mail(author, BOT, subject, "").as_bytes()
    club.place.deliver(BOT, raw, author)
    club.cycle()


def long_post(club: Committee, author: str, to: str = BOT) -> None:
    """Let somebody post what no server passes on as it is (RFC 5321 §4.5.3.1.6)."""
    head = f"From: {author}\r\nTo: {to}\r\nSubject: Long\r\nMessage-ID: <long@x>\r\n"
    club.place.deliver(to, f"{head}\r\n{LONG}\r\n".encode(), author)
    club.cycle()


def posts(club: Committee, address: str) -> list[str]:
    """Give the subjects of the posts that somebody got."""
    return [str(mail["Subject"]) for mail in club.mails(address, "post")]


# ------------------------------------------------------ addresses that nobody proved


def test_an_owner_gains_nothing_by_an_accomplice_corrected_to_an_admin(
    club: Committee,
) -> None:
    """With an address come the rights of who has it, but not to old aliases."""
    club.enrol("beta", BOB)
    club.enrol("alpha", MALLORY)
    proved(club, MALLORY, f"aussi {ALIAS}")
    club.answer(ALIAS, club.last(ALIAS, "confirm"), "oui")
    linked = club.store.find_person(parse(ALIAS))

    proved(club, ODILE, f"corriger alpha {MALLORY} {OWNER}")
    proved(club, ALIAS, "membres beta")
    proved(club, ALIAS, f"nommer beta {ALIAS} propriétaire")
    club.instance.parts.renew()

    assert linked is not None
    assert club.members("alpha") == {OWNER}
    assert club.store.find_person(parse(ALIAS)) is None
    assert all(BOB not in text_of(one) for one in club.mails(ALIAS, "reply"))
    assert club.instance.parts.settings.lists["beta"].owners == {parse(ODETTE)}


def test_a_namesakes_yes_makes_no_alias_of_a_forged_address(club: Committee) -> None:
    """The victim is asked as well; an alias would take the victim's mail along."""
    club.enrol("alpha", MALLORY, name="Mallory Martin")
    club.write(f"Mallory Martin <{VICTIM}>", "désabonner *")

    club.answer(MALLORY, club.last(MALLORY, "confirm"), "oui")
    club.enrol("beta", VICTIM)

    asked = text_of(club.last(VICTIM, "confirm"))
    victim = club.store.find_person(parse(VICTIM))
    mallory = club.store.find_person(parse(MALLORY))
    assert MALLORY in asked
    assert mallory is not None
    assert mallory.others == ()
    assert victim is not None
    assert victim.address == parse(VICTIM)
    assert club.members("beta") == {VICTIM}


# ------------------------------------------------------------------------ long lines


def test_a_strangers_long_line_is_held_and_stops_nothing(club: Committee) -> None:
    """Attached as it was the server refused it, and with it all our mail."""
    long_post(club, "stranger@elsewhere.test")
    club.write(ANNE, "aide")

    (asked,) = club.mails(OWNER, "moderation")
    (original,) = asked.iter_attachments()
    assert LONG.encode() in original.get_payload(decode=True)
    assert len(club.mails(ANNE, "reply")) == 1


def test_a_members_long_line_fails_alone_and_the_owner_is_told(
    club: Committee,
) -> None:
    """Posts go out as they came; this one can't, and others must."""
    club.enrol("alpha", ANNE, BOB)
    to = "bot+alpha@list.test"

    long_post(club, ANNE, to)
    club.write(ANNE, "Court", "Une ligne qui passe.", to)
    club.cycle()

    (told,) = club.mails(ODILE, "notice")
    assert posts(club, BOB) == ["[alpha] Court"]
    assert "Long" in text_of(told)
    assert club.mails(OWNER, "alert") == []


# -------------------------------------------------------------------- forged authors


def test_what_no_answer_can_tell_changes_nothing(club: Committee) -> None:
    """Forged mail uses up a victim's replies, then stops the victim's mail."""
    club.enrol("discuter", ANNE)
    for _ in range(30):
        club.place.deliver(BOT, a_mail(ANNE, BOT, "aide", "").as_bytes(), ANNE)
    club.cycle()

    club.write(ANNE, "régler * aucun")

    (member,) = club.store.members("discuter")
    assert member.reception is Reception.EACH


@pytest.fixture
def asked(club: Committee) -> Committee:
    """Let « Anne Martin » post to a group from an unknown address, and be asked."""
    people = [
        Profile(parse(ANNE), "Anne Martin", "", ("bureau",)),
        Profile(parse(BOB), "Bob Petit", "", ()),
        Profile(parse(VICTIM), "Victor Roux", "", ("bureau",)),
    ]
    club.store.enrol_many(people, "gamma", "test", club.clock.now())
    club.write(f"Anne Martin <{ALIAS}>", "[gamma: bureau] Budget", "Pour nous seuls.")
    return club


def test_what_moderators_rejected_is_not_published_by_est_ce_vous(
    asked: Committee,
) -> None:
    """They decided; a later « oui » doesn't overrule them."""
    asked.answer(ODETTE, asked.last(ODETTE, "moderation"), "rejeter")
    asked.answer(ANNE, asked.last(ANNE, "confirm"), "oui")
    asked.cycle(timedelta(hours=1))

    assert [posts(asked, who) for who in (ANNE, BOB, VICTIM)] == [[], [], []]


def test_a_post_to_a_group_that_est_ce_vous_releases_stays_there(
    asked: Committee,
) -> None:
    """Others of the list were not meant to read it."""
    asked.answer(ANNE, asked.last(ANNE, "confirm"), "oui")

    assert len(posts(asked, VICTIM)) == 1
    assert posts(asked, BOB) == []


# ---------------------------------------------------------------------- by the clock


@pytest.mark.parametrize("broken", ["remind", "resume", "summarise", "digests"])
def test_a_job_that_breaks_keeps_no_other_from_being_done(
    club: Committee,
    broken: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One post that no digest can hold would end all reminders and summaries."""
    done: list[str] = []

    def job(name: str) -> Callable[[Parts, datetime], None]:
        def do(_: Parts, __: datetime) -> None:
            done.append(name)
            if name == broken:
                raise RuntimeError(name)

        return do

    names = [name for name, _ in vars(timed)["_JOBS"]]
    jobs = tuple((name, job(name)) for name in names)
    monkeypatch.setattr(timed, "_JOBS", jobs)

    timed.due_once(club.instance.parts)

    assert broken in names
    assert done == names
    assert [one.getMessage() for one in caplog.records] == ["due.failed"]


def test_who_is_back_gets_mail_although_another_job_breaks(
    club: Committee, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with the genuine jobs after it."""
    club.enrol("discuter", ANNE)
    proved(club, ANNE, "pause discuter jusqu'au 29/11/2026")
    (paused,) = club.store.members("discuter")

    def broken(_: Parts, __: datetime) -> None:
        raise RuntimeError

    rest = vars(timed)["_JOBS"][1:]
    monkeypatch.setattr(timed, "_JOBS", (("remind", broken), *rest))
    club.cycle(timedelta(days=4))

    (back,) = club.store.members("discuter")
    assert paused.state is MemberState.PAUSED
    assert back.state is MemberState.ACTIVE
