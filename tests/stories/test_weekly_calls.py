"""What goes out on Mondays at nine: to whom, when, and what owners read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest

from bot.actions import Decision, NoteCall
from bot.address import Address, parse
from bot.cycle import due_once
from bot.model import BounceEvent, BounceState, Kind, Profile, RosterEvent
from tests.stories.committee import Committee, NoPlace, text_of
from tests.stories.scenes import OWNER, write_config

PAUL = "paul@list.test"
# Sunday; sheets go out on Monday at nine, in Paris.
SUNDAY = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LEA = Address("lea", "gone.test")
LISTS = ("informer", "discuter")


@contextmanager
def a_club(folder: Path, **more: str) -> Iterator[Committee]:
    """Found a committee without a provider: its mails wait in the outbox."""
    with Committee(NoPlace(), write_config(folder, 1, 1, **more), SUNDAY) as club:
        due_once(club.instance.parts)
        yield club


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Committee]:
    """A committee without callers."""
    with a_club(tmp_path) as made:
        yield made


def bounce(club: Committee, *people: Address) -> None:
    """Let people join both lists whose addresses are dead, and be suspended."""
    now = club.clock.now()
    for name in LISTS:
        club.store.enrol_many(map(Profile, people), name, "test", now)
    for who in people:
        person = club.store.find_person(who)
        assert person is not None
        event = BounceEvent(who, "hard", "5.1.1", "unknown-user", "550 no such user")
        club.store.note_bounces(str(who), [(event, person.id, None, "dead")], now)
        club.store.set_bounce_state([person.id], BounceState.SUSPENDED, now)


def later(club: Committee, days: float) -> None:
    """Let time pass, and do what is due."""
    club.clock.at += days * DAY
    due_once(club.instance.parts)


def mails(club: Committee, kind: str) -> list[EmailMessage]:
    """Give the mails of a kind in the outbox, oldest first."""
    spool, parser = club.instance.parts.spool, BytesParser(policy=default)
    return [
        parser.parsebytes(spool.read(one.sha256))
        for one in club.store.sends(unfinished=True)
        if one.kind == kind
    ]


def note(club: Committee, what: str, by: str = PAUL, *lists: str) -> None:
    """Let something happen to somebody."""
    now = club.clock.now()
    for name in lists or LISTS:
        club.store.note_event(RosterEvent(name, LEA, "Léa Roy", what, by, now))


def test_without_callers_owners_get_the_sheet_once(club: Committee) -> None:
    """Also where the service was down on Monday at nine."""
    people = [Address(f"p{number}", "gone.test") for number in range(3)]
    bounce(club, *people)

    later(club, 3)
    later(club, 1)

    (sheet,) = mails(club, "sheet")
    (news,) = mails(club, "notice")
    assert [part.get_content_type() for part in sheet.walk()] == [
        "multipart/mixed",
        *("multipart/alternative", "text/plain", "text/html"),
        "text/html",
    ]
    assert sheet["To"] == OWNER
    assert not [one for one in people if str(one) not in text_of(sheet)]
    assert "3\u00a0personnes ne reçoivent plus rien" in str(news["Subject"])
    assert text_of(news).count(str(people[0])) == 1, "one mail for both lists"


def test_the_first_sheet_waits_for_its_day(club: Committee) -> None:
    """There is nothing to look back on; nine o'clock is that of the committee."""
    bounce(club, LEA)

    later(club, 0.8)  # 8:12 in Paris
    assert not mails(club, "sheet")
    later(club, 0.1)
    assert len(mails(club, "sheet")) == 1
    later(club, 6.5)
    assert len(mails(club, "sheet")) == 1


def test_nobody_is_written_to_where_all_is_well(club: Committee) -> None:
    """No news, no mail."""
    later(club, 2)

    assert club.store.sends(unfinished=True) == ()


def test_owners_hear_weekly_where_there_are_no_sheets(tmp_path: Path) -> None:
    """`sheet_every = ""`."""
    with a_club(tmp_path, lists='[bounces]\nsheet_every = ""') as club:
        bounce(club, LEA)
        later(club, 2)

        assert not mails(club, "sheet")
        assert len(mails(club, "notice")) == 1


def test_owners_read_what_happened_once(club: Committee) -> None:
    """Each thing once though it is on two lists; not what they did themselves."""
    for what in ("suspended", "corrected", "revived", "unreached"):
        note(club, what)
    note(club, "kept", OWNER)
    note(club, "left", "")

    later(club, 2)
    later(club, 7)

    weekly, daily = (text_of(one) for one in mails(club, "notice"))
    if "LES APPELS" not in weekly:
        weekly, daily = daily, weekly
    assert weekly.count("Léa Roy") == 2, "corrected, unreached: no word of « revived »"
    assert PAUL in weekly
    assert "vérifié" not in weekly
    assert "Départ" in daily
    assert PAUL not in daily


def test_who_came_back_alone_is_told(club: Committee) -> None:
    """An address that answers again is good news."""
    note(club, "revived", "")

    later(club, 2)

    (news,) = mails(club, "notice")
    assert "lea@gone.test reçoit de nouveau nos messages" in text_of(news)


def test_long_lists_are_attached(club: Committee) -> None:
    """Nobody reads a mail of a hundred names."""
    bounce(club, *(Address(f"p{number:02}", "gone.test") for number in range(59)))
    club.clock.at += DAY / 4
    bounce(club, Address("zoe", "gone.test"))

    later(club, 2)

    (news,) = mails(club, "notice")
    assert "Nouveau\u00a0: zoe@" in text_of(news), "the newest first"
    (table,) = (str(part.get_content()) for part in news.iter_attachments())
    assert text_of(news).count("@gone.test") == 50
    assert "10\u00a0autres" in text_of(news)
    assert table.count("@gone.test") == 60
    (sheet,) = mails(club, "sheet")
    assert "20\u00a0autres personnes viendront" in text_of(sheet)


def test_many_calls_are_attached(club: Committee) -> None:
    """The names are forgotten once they were told: all must be told."""
    now = club.clock.now()
    for number in range(53):
        who = Address(f"p{number:02}", "gone.test")
        event = RosterEvent("discuter", who, "", "unreached", PAUL, now)
        club.store.note_event(event)

    later(club, 2)

    (news,) = mails(club, "notice")
    (table,) = (str(part.get_content()) for part in news.iter_attachments())
    assert text_of(news).count("@gone.test") == 50
    assert "3\u00a0autres" in text_of(news)
    assert table.count(",unreached,") == 53


def test_no_luck_twice_is_handed_over(tmp_path: Path) -> None:
    """The new caller begins anew; when the first one tried is still told."""
    callers = f'callers = ["{PAUL}", "zoe@list.test"]'
    with a_club(tmp_path, lists=callers) as club:
        bounce(club, LEA)
        later(club, 2)
        (first,) = club.store.bouncing()
        assert first.caller is not None
        for _ in range(2):
            call = NoteCall(
                first.person_id, LEA, "", "unreached", ("discuter",), first.caller
            )
            with club.store.transaction():
                parts = club.instance.parts
                decision = Decision(Kind.ANSWER, "test", (call,))
                parts.apply(decision, None, club.clock.now())
        later(club, 7)

        (second,) = club.store.bouncing()

    assert (first.tries, second.tries) == (0, 0)
    assert second.caller not in {None, first.caller}
    assert second.tried_at == SUNDAY + 2 * DAY


def test_old_calls_are_forgotten(club: Committee) -> None:
    """Whose mail arrives again, and comes back next year, is called anew."""
    bounce(club, LEA)
    later(club, 2)
    (one,) = club.store.bouncing()
    club.store.note_try(one.person_id, parse(PAUL), club.clock.now())
    club.store.set_bounce_state([one.person_id], BounceState.BOUNCING, SUNDAY)
    club.store.reset_bounces(one.person_id, club.clock.now())

    later(club, 7)

    (same,) = club.store.bouncing([one.person_id])
    assert (same.caller, same.tries, same.tried_at) == (None, 0, None)


def test_a_caller_whose_address_is_dead_gets_none(tmp_path: Path) -> None:
    """Another one telephones them."""
    callers = f'callers = ["{PAUL}", "zoe@list.test"]'
    with a_club(tmp_path, lists=callers) as club:
        bounce(club, parse(PAUL))
        later(club, 2)

        (sheet,) = mails(club, "sheet")

    assert sheet["To"] == "zoe@list.test"
    assert PAUL in text_of(sheet)
