"""The main job on real servers: Dovecot, Postfix, real bounces."""

import json
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.box import Box
from tests.stories.committee import committee, text_of
from tests.stories.scenes import (
    BOT,
    OWNER,
    a_mail,
    an_answer,
    answers_to,
    colporteur,
    enrol,
    of_kind,
    once,
    write_config,
)

MEMBERS = [f"member{number}@member.test" for number in range(1, 121)]
UNKNOWN = "nouser@member.test"
FULL = "full@list.test"  # Dovecot has no room for it
TO = BOT.replace("@", "+informer@")


def eventually(seen: Callable[[], bool]) -> None:
    """Wait for what Postfix does in its own time."""
    deadline = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_an_announcement_reaches_120_people_through_postfix(
    own_box: Box, tmp_path: Path
) -> None:
    """50 recipients a message, sub-addresses, real bounces: all as on a real day."""
    box = own_box
    box.add_user(FULL, "pw", quota=100)
    config = write_config(
        tmp_path,
        box.imap_port,
        box.submission_port,
        limits="recipients_per_hour = 1000",
    )
    enrol(config, "informer", [*MEMBERS, UNKNOWN, FULL])
    assert "ok: True" in colporteur(config, "check")

    announcement = a_mail(OWNER, TO, "Réunion", "Venez.")
    box.deliver(TO, announcement.as_bytes(), OWNER)
    once(config)
    eventually(lambda: bool(of_kind(box.mails(OWNER), "preview")))
    (preview,) = of_kind(box.mails(OWNER), "preview")
    box.deliver(
        answers_to(preview), an_answer(OWNER, preview, "Oui\n").as_bytes(), OWNER
    )
    summary = once(config)

    assert summary["batches"] == 3 + 2  # 49 members a message; the answer, the receipt
    eventually(lambda: all(of_kind(box.mails(one), "post") for one in MEMBERS))
    assert {len(of_kind(box.mails(one), "post")) for one in MEMBERS} == {1}
    about = (UNKNOWN, FULL)
    eventually(lambda: all(reported(box, one) for one in about))
    once(config)
    found = json.loads(colporteur(config, "bounces", "--json"))
    assert {one["address"]: (one["reason"], one["status"]) for one in found} == {
        UNKNOWN: ("unknown-user", "5.1.1"),
        FULL: ("mailbox-full", "5.2.2"),
    }
    assert {one["posts"] for one in found} == {1}
    logged = (tmp_path / "store/bounces.json").read_text()
    assert all(one in logged for one in about)
    assert not box.mails(BOT)


def reported(box: Box, address: str) -> bool:
    """Whether Postfix's report about somebody is in the inbox."""
    field = f"Final-Recipient: rfc822; {address}".encode()
    return any(field in raw for raw in box.mails(BOT))


def test_joining_importing_and_leaving_through_real_servers(
    own_box: Box, tmp_path: Path
) -> None:
    """Sub-addresses, attachments and answers as Dovecot and Postfix carry them."""
    box, member = own_box, MEMBERS[0]
    ports = box.imap_port, box.submission_port
    table = "Nom;Courriel\r\n" + "".join(f"M {n};{one}\r\n" for n, one in rows())
    with committee(box, tmp_path, *ports) as club:

        def question(who: str, kind: str, number: int) -> EmailMessage:
            eventually(lambda: len(club.mails(who, kind)) >= number)
            return club.mails(who, kind)[number - 1]

        club.write(member, "", to=BOT.replace("@", "+discuter-join@"))
        club.answer(member, question(member, "confirm", 1), "Oui !\n\nAnne\n")
        club.write(
            OWNER, "importer discuter", attach=("membres.csv", table.encode("cp1252"))
        )
        club.answer(OWNER, question(OWNER, "confirm", 1), "ok")
        enrolled = club.members("discuter")
        club.write(member, "Désabonner discuter")
        club.answer(member, question(member, "confirm", 2), "oui")

        assert question(member, "welcome", 1)
        assert enrolled == {member, *(one for _, one in rows())}
        assert club.members("discuter") == enrolled - {member}


def test_two_moderators_race_through_real_servers(own_box: Box, tmp_path: Path) -> None:
    """Both answers lie in the inbox at once; one counts, and the other one is told."""
    box, (author, reader, first, second) = own_box, MEMBERS[:4]
    moderated = (
        f'moderators = ["{first}", "{second}"]\n[lists.atelier]\nkind = "discussion"\n'
        f'owners = ["{OWNER}"]\nmoderators = ["{first}", "{second}"]\n'
        'moderation = "all"'
    )
    ports = box.imap_port, box.submission_port
    with committee(box, tmp_path, *ports, lists=moderated) as club:
        club.enrol("atelier", author, reader)
        club.write(author, "Troc", "Bonjour.", BOT.replace("@", "+atelier@"))
        (matter,) = club.store.matters()
        for who, word in ((first, "Ok pour moi, merci"), (second, "rejeter trop long")):
            eventually(lambda who=who: bool(club.mails(who, "moderation")))  # type: ignore[misc] # bound now
            question = club.last(who, "moderation")
            mail = an_answer(who, question, f"{word}\n\n> {question['Subject']}\n")
            box.deliver(answers_to(question), mail.as_bytes(), who)
        club.cycle()
        (settled,) = club.store.matters([matter.ref])
        won, lost = (first, second) if settled.verdict == "approve" else (second, first)
        eventually(lambda: bool(club.mails(lost, "reply")))
        eventually(lambda: len(club.mails(author, "notice")) == 2)

        assert settled.settled_by == won
        assert won in text_of(club.last(lost, "reply"))
        assert not club.mails(won, "reply")
        posts = int(settled.verdict == "approve")
        eventually(lambda: len(club.mails(reader, "post")) == posts)
        assert {str(mail["Subject"]) for mail in club.mails(reader, "post")} <= {
            "[atelier] Troc"
        }


@pytest.fixture
def busy_box(box: Box) -> Iterator[Box]:
    """Serve beside a provider whose own limits are reached."""
    del box  # it skips where there can be none
    words = "550 5.4.5 Daily user sending limit exceeded"
    with Box(refusals={UNKNOWN: words}) as running:
        yield running


def test_another_providers_limit_is_not_taken_for_ours(
    busy_box: Box, tmp_path: Path
) -> None:
    """A real Postfix says who refused; one member's provider must not stop us."""
    box, (author, reader) = busy_box, MEMBERS[:2]
    ports = box.imap_port, box.submission_port
    with committee(box, tmp_path, *ports) as club:
        club.enrol("discuter", author, reader, UNKNOWN)
        club.write(author, "Troc", "Bonjour.")
        eventually(lambda: bool(club.mails(reader, "post")))
        eventually(lambda: any(b"report-type" in raw for raw in box.mails(BOT)))
        club.cycle()

        assert club.instance.parts.bounce_log.keys() == (UNKNOWN,)
        assert club.store.noted("blocked_until") == ""
        assert club.store.learnt() == {}
        assert club.store.sends(unfinished=True) == ()


def rows() -> list[tuple[int, str]]:
    """Give the people of the table."""
    return list(enumerate(MEMBERS[1:40]))
