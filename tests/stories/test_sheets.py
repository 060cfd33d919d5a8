"""Sheets: callers phone and answer in their own ways; owners see what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.address import parse
from bot.demo.provider import Provider
from bot.model import BounceEvent, BounceState, Profile
from tests.stories.committee import Committee, committee, text_of
from tests.stories.scenes import BOT, OWNER

PAUL, ZOE = "paul@list.test", "zoe@list.test"
CALLERS = f'callers = ["{PAUL}", "{ZOE}"]'
# Sunday; sheets go out on Monday at nine, in Paris.
SUNDAY = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GONE = {
    "lea@gmial.com": ("Léa Roy", "06 12 34 56 78"),
    "jo@nowhere.test": ("Jo Faure", ""),
    "bob@nowhere.test": ("Bob Roux", "04 90 00 00 00"),
    "eve@nowhere.test": ("Eve Petit", ""),
    "max@nowhere.test": ("Max Blanc", ""),
}


@contextmanager
def a_club(folder: Path, **more: str) -> Iterator[Committee]:
    """Found a committee on a Sunday, five of whose people can't be reached."""
    users = dict.fromkeys([OWNER, PAUL, ZOE, "lea@new.test"], "pw") | {BOT: "botpw"}
    with (
        Provider(users) as place,
        committee(place, folder, place.imap_port, place.smtp_port, **more) as club,
    ):
        club.clock.at = SUNDAY
        for who, (name, phone) in GONE.items():
            bounce(club, who, name, phone)
        club.cycle()
        yield club


def bounce(club: Committee, who: str, name: str, phone: str) -> None:
    """Let somebody join whose address is dead, and be suspended."""
    address, now = parse(who), club.clock.now()
    club.store.enrol_many([Profile(address, name, phone)], "discuter", "test", now)
    person = club.store.find_person(address)
    assert person is not None
    event = BounceEvent(address, "hard", "5.1.1", "unknown-user", "550 no such user")
    club.store.note_bounces(who, [(event, person.id, None, "dead")], now)
    club.store.set_bounce_state([person.id], BounceState.SUSPENDED, now)


def on_sheet(mail: EmailMessage) -> dict[str, int]:
    """Give who is on a sheet, with their numbers."""
    lines = text_of(mail).splitlines()
    found = {}
    for index, line in enumerate(lines):
        number, dot, _ = line.partition(". ")
        if dot and number.isdigit():
            found[lines[index + 1].strip()] = int(number)
    return found


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Committee]:
    """A committee with two callers, on the Monday that their sheets came."""
    with a_club(tmp_path, lists=CALLERS) as made:
        made.cycle(DAY)
        yield made


def test_callers_settle_their_sheets_by_mail(club: Committee) -> None:
    """What is settled leaves, what isn't comes back, owners read who did what."""
    sheets = {who: club.last(who, "sheet") for who in (PAUL, ZOE)}
    shares = {who: on_sheet(sheet) for who, sheet in sheets.items()}
    assert sorted(map(len, shares.values())) == [2, 3]
    assert set(shares[PAUL]) | set(shares[ZOE]) == set(GONE)
    more, less = sorted(shares, key=lambda who: -len(shares[who]))

    first, second, third = shares[more].values()
    club.answer(
        more,
        sheets[more],
        f"Bonjour,\n\n{first} : lea@new.test\n{second} pas joint\n9 retirer\n"
        "\nCordialement,\nPaul",
    )
    told = text_of(club.last(more, "reply"))
    assert "Ce numéro n'est pas sur votre fiche" in told
    assert f"{third}. " in told
    other = next(iter(shares[less]))
    club.answer(
        more, sheets[more], f"{third} décédé\nretirer {other}\n> {second} garder"
    )
    assert "Cette adresse n'est pas sur votre fiche" in text_of(
        club.last(more, "reply")
    )
    kept, kept_too = shares[less]
    club.answer(less, sheets[less], f"garder {kept}\n2 ok")
    assert "Il ne reste personne" in text_of(club.last(less, "reply"))

    addresses = {number: who for who, number in shares[more].items()}
    assert club.members("discuter") == {
        *("lea@new.test", kept, kept_too, addresses[second])
    }
    assert len(club.mails("lea@new.test", "notice")) == 1
    (left,) = club.store.bouncing()
    assert (str(left.address), left.tries) == (addresses[second], 1)

    club.cycle(7 * DAY)

    assert len(club.mails(less, "sheet")) == 1
    assert on_sheet(club.last(more, "sheet")) == {addresses[second]: 1}
    assert "Dernier appel le 30\u00a0novembre" in text_of(club.last(more, "sheet"))
    news = text_of(club.last(OWNER, "notice"))
    done = ("a corrigé l'adresse de", "a vérifié l'adresse de", "a retiré")
    assert not [one for one in (*done, addresses[second]) if one not in news]


def test_a_caller_no_more_is_refused_politely(club: Committee) -> None:
    """The sheet stays in their mailbox; their right to it doesn't."""
    sheet = club.last(PAUL, "sheet")
    club.store.set_role(
        "discuter", "callers", parse(PAUL), granted=False, by=OWNER, now=SUNDAY
    )

    club.answer(PAUL, sheet, "1 retirer\n2 garder")

    assert club.members("discuter") == set(GONE)
    assert "vous n'êtes plus chargé" in text_of(club.last(PAUL, "reply"))
