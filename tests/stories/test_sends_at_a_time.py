"""Sends at a given time: by the first line, by the subject, through moderation."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.demo.provider import Provider
from bot.model import Reception
from tests.stories.committee import Committee, committee, text_of
from tests.stories.scenes import BOT, OWNER, a_mail

ANNE = "anne@member.test"
BOB = "bob@member.test"
PAUL = "paul@member.test"
INFORMER = BOT.replace("@", "+informer@")
DISCUTER = BOT.replace("@", "+discuter@")
DEBATTRE = BOT.replace("@", "+debattre@")
MODERATED = """
[lists.debattre]
kind = "discussion"
title = "Les débats"
moderators = ["paul@member.test"]
moderation = "all"
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start an embedded provider."""
    users = dict.fromkeys([OWNER, ANNE, BOB, PAUL], "pw") | {BOT: "botpw"}
    with Provider(users) as made:
        yield made


@pytest.fixture
def club(provider: Provider, tmp_path: Path) -> Iterator[Committee]:
    """Found a committee on a Friday, 10:00 in Paris."""
    with committee(provider, tmp_path, provider.imap_port, provider.smtp_port) as made:
        made.enrol("informer", ANNE, BOB)
        made.enrol("discuter", ANNE, BOB, PAUL)
        yield made


def write(
    club: Committee, author: str, subject: str, text: str, to: str
) -> EmailMessage:
    """Let somebody write now, and the bot do its round."""
    mail = a_mail(author, to, subject, text)
    mail.replace_header("Date", format_datetime(club.clock.now()))
    club.place.deliver(to, mail.as_bytes(), author)
    club.cycle()
    return mail


def read(club: Committee, address: str, kind: str) -> str:
    """Give the newest mail of a kind as a person reads it, on one line."""
    mail = club.last(address, kind)
    text = f"{mail['Subject']}\n{text_of(mail)}".replace("\u00a0", " ")
    return " ".join(text.split())


def at(club: Committee, moment: str) -> None:
    """Let the bot do its rounds at a moment, in UTC."""
    later = datetime.fromisoformat(moment).replace(tzinfo=UTC) - club.clock.now()
    club.cycle(later)
    club.cycle()


def test_an_announcement_waits_for_the_hour_of_its_first_line(club: Committee) -> None:
    """The line is for us: nobody reads it, and nobody gets it earlier."""
    sent = write(club, OWNER, "Réunion", "envoyer : demain 8h\n\nVenez.\n", INFORMER)
    preview = read(club, OWNER, "preview")
    club.answer(OWNER, club.last(OWNER, "preview"), "ok")
    confirmed = read(club, OWNER, "reply")
    at(club, "2026-11-28 06:59")
    before = club.mails(ANNE, "post")
    at(club, "2026-11-28 07:00")

    (post,) = club.mails(ANNE, "post")
    assert "Départ : samedi 28 novembre 2026 à 8 h 00" in preview
    assert "envoyer :" not in preview
    assert "partira samedi 28 novembre 2026 à 8 h 00, vers 2 personnes" in confirmed
    assert before == []
    assert text_of(post).startswith("Venez.")
    assert post["Message-ID"] == sent["Message-ID"]
    assert len(club.mails(BOB, "post")) == 1


def test_the_hour_in_the_subject_of_a_discussion(club: Committee) -> None:
    """No preview: the author is told when it leaves, and how to stop it."""
    write(club, ANNE, "[jeudi 18h] Covoiturage", "Trois places.", DISCUTER)
    told = read(club, ANNE, "notice")
    at(club, "2026-12-03 16:59")
    before = club.mails(BOB, "post")
    at(club, "2026-12-03 17:00")

    (post,) = club.mails(BOB, "post")
    assert "partira jeudi 3 décembre 2026 à 18 h 00, vers 3 personnes" in told
    assert "répondez : annuler" in told
    assert before == []
    assert post["Subject"] == "[discuter] Covoiturage"


def test_an_author_stops_what_waits(club: Committee) -> None:
    """One word, as an answer to what told of it."""
    write(club, ANNE, "[jeudi 18h] Covoiturage", "Trois places.", DISCUTER)
    club.answer(ANNE, club.last(ANNE, "notice"), "annuler")
    at(club, "2026-12-03 17:01")

    assert "arrêté" in str(club.last(ANNE, "reply")["Subject"])
    assert club.mails(BOB, "post") == []


def test_a_sender_stops_what_was_confirmed(club: Committee) -> None:
    """« annuler » to the confirmation; other members never heard of it."""
    write(club, OWNER, "Réunion", "envoyer : demain 8h\n\nVenez.\n", INFORMER)
    club.answer(OWNER, club.last(OWNER, "preview"), "ok")
    club.answer(OWNER, club.last(OWNER, "reply"), "annuler")
    at(club, "2026-11-28 07:01")

    assert "arrêté" in str(club.last(OWNER, "reply")["Subject"])
    assert club.mails(ANNE, "post") == []


def test_a_post_keeps_its_hour_through_moderation(
    provider: Provider, tmp_path: Path
) -> None:
    """Moderators see when it would leave; whoever approves late is no obstacle."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, lists=MODERATED) as club:
        club.enrol("debattre", ANNE, BOB)
        write(club, ANNE, "Fête", "envoyer : demain 8h\n\nVenez.\n", DEBATTRE)
        asked = read(club, PAUL, "moderation")
        club.answer(PAUL, club.last(PAUL, "moderation"), "ok")
        told = read(club, ANNE, "notice")
        at(club, "2026-11-28 06:59")
        before = club.mails(BOB, "post")
        at(club, "2026-11-28 07:00")

        assert "il part samedi 28 novembre 2026 à 8 h 00, comme son auteur" in asked
        assert "Il partira samedi 28 novembre 2026 à 8 h 00" in told
        assert before == []
        assert text_of(club.last(BOB, "post")).startswith("Venez.")


def test_an_approval_after_the_hour_sends_at_once(
    provider: Provider, tmp_path: Path
) -> None:
    """And its author is told that the hour was over."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, lists=MODERATED) as club:
        club.enrol("debattre", ANNE, BOB)
        write(club, ANNE, "Fête", "envoyer : demain 8h\n\nVenez.\n", DEBATTRE)
        club.cycle(timedelta(days=2))
        club.answer(PAUL, club.last(PAUL, "moderation"), "ok")

        told = read(club, ANNE, "notice")
        assert "(samedi 28 novembre 2026 à 8 h 00) est passé : il part" in told
        assert len(club.mails(BOB, "post")) == 1


def test_ok_after_the_hour_sends_at_once(club: Committee) -> None:
    """Better late than a week later, and the sender is told."""
    write(club, OWNER, "Réunion", "envoyer : demain 8h\n\nVenez.\n", INFORMER)
    club.cycle(timedelta(days=2))
    club.answer(OWNER, club.last(OWNER, "preview"), "ok")

    told = read(club, OWNER, "reply")
    assert "Le moment demandé (samedi 28 novembre 2026 à 8 h 00) est passé" in told
    assert len(club.mails(ANNE, "post")) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("envoyer : la semaine des quatre jeudis", "je n'ai pas compris"),
        ("envoyer : aujourd'hui 8h", "c'est déjà passé"),
        ("envoyer : 2028-01-01 8:00", "c'est dans plus d'un an"),
    ],
)
def test_an_hour_in_doubt_is_asked_about(club: Committee, line: str, told: str) -> None:
    """Nobody gets a post with « envoyer : … » on top because of a slip."""
    write(club, ANNE, "Fête", f"{line}\n\nVenez.\n", DISCUTER)
    preview = read(club, ANNE, "preview")
    before = club.mails(BOB, "post")
    club.answer(ANNE, club.last(ANNE, "preview"), "ok")

    assert told in preview
    assert before == []
    assert len(club.mails(BOB, "post")) == 1


def test_a_digest_has_a_post_when_it_left(club: Committee) -> None:
    """Who reads in the evening learns nothing before the others."""
    club.store.set_reception(_person(club, BOB), "discuter", Reception.DIGEST)
    write(club, ANNE, "[dimanche 9h] Fête", "envoyer : dimanche 9h\nVenez.", DISCUTER)
    at(club, "2026-11-28 22:00")
    before = club.mails(BOB, "digest")
    at(club, "2026-11-29 22:00")

    (digest,) = club.mails(BOB, "digest")
    assert before == []
    assert "Venez." in str(digest)
    assert "envoyer" not in str(digest)
    assert "dimanche 9h" not in str(digest)


def _person(club: Committee, address: str) -> int:
    (found,) = [
        one.person_id
        for one in club.store.members("discuter")
        if str(one.address) == address
    ]
    return found


def test_moderators_learn_that_an_hour_is_none(
    provider: Provider, tmp_path: Path
) -> None:
    """Its author waits for them anyway; whoever approves knows what happens."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, lists=MODERATED) as club:
        club.enrol("debattre", ANNE, BOB)
        write(club, ANNE, "Fête", "envoyer : jeudi 25h\n\nVenez.\n", DEBATTRE)

        asked = read(club, PAUL, "moderation")
        assert "L'heure d'envoi demandée n'est pas comprise" in asked
        assert "envoyer : jeudi 25h" in asked


def test_an_hour_within_the_quiet_hours_is_told(
    provider: Provider, tmp_path: Path
) -> None:
    """It leaves when they end; the preview says so, and its end is that of then."""
    ports = provider.imap_port, provider.smtp_port
    quiet = 'quiet_hours = "22:00-07:00"'
    with committee(provider, tmp_path, *ports, limits=quiet) as club:
        club.enrol("informer", ANNE, BOB)
        write(club, OWNER, "Fête", "envoyer : ce soir à 23h\n\nVenez.\n", INFORMER)
        preview = read(club, OWNER, "preview")
        club.answer(OWNER, club.last(OWNER, "preview"), "ok")
        at(club, "2026-11-28 05:59")
        before = club.mails(ANNE, "post")
        at(club, "2026-11-28 06:00")

        assert "Départ : vendredi 27 novembre 2026 à 23 h 00" in preview
        assert (
            "il partira à la fin de celles-ci, samedi 28 novembre 2026 à 7 h 00"
            in preview
        )
        assert "Fin prévue : samedi 28 novembre 2026 à 7 h 00" in preview
        assert before == []
        assert len(club.mails(ANNE, "post")) == 1


def test_a_signed_post_keeps_its_line_and_says_so(club: Committee) -> None:
    """A signature that no longer holds is worse than a line too many."""
    text = "envoyer : demain 8h\n-----BEGIN PGP SIGNED MESSAGE-----\nVenez.\n"
    write(club, ANNE, "Fête", text, DISCUTER)
    told = read(club, ANNE, "notice")
    at(club, "2026-11-28 07:00")

    assert "La ligne « envoyer : demain 8h » restera dans le message" in told
    assert text_of(club.last(BOB, "post")).startswith("envoyer : demain 8h")


@pytest.mark.parametrize("both", [True, False], ids=["twins", "html-only"])
def test_the_line_is_not_in_the_html_either(club: Committee, *, both: bool) -> None:
    """As webmails write: most members see the HTML."""
    html = (
        '<div dir="ltr">envoyer&nbsp;: demain 8h<div><br></div>'
        "<div>Venez, c'est l'été !</div></div>\n"
    )
    mail = a_mail(OWNER, INFORMER, "Fête", "envoyer : demain 8h\n\nVenez.\n")
    mail.replace_header("Date", format_datetime(club.clock.now()))
    if both:
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
    else:
        mail.set_content(html, subtype="html", cte="quoted-printable")
    club.place.deliver(INFORMER, mail.as_bytes(), OWNER)
    club.cycle()
    preview = read(club, OWNER, "preview")
    club.answer(OWNER, club.last(OWNER, "preview"), "ok")
    at(club, "2026-11-28 07:00")

    shown = club.last(ANNE, "post").get_body(("html",))
    assert shown is not None
    assert "Départ : samedi 28 novembre 2026 à 8 h 00" in preview
    assert "restera" not in preview
    assert shown.get_content().startswith('<div dir="ltr"><div><br>')
    assert "envoyer" not in str(club.last(ANNE, "post"))
