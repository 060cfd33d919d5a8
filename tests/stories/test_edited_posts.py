"""A post edited after its preview is a new preview, and one version goes out."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.demo.provider import Provider
from tests.stories.committee import Committee, committee, text_of
from tests.stories.scenes import BOT, OWNER, a_mail

ANNE = "anne@member.test"
INFORMER = BOT.replace("@", "+informer@")


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Committee]:
    """Found a committee with one reader."""
    users = dict.fromkeys([OWNER, ANNE], "pw") | {BOT: "botpw"}
    with Provider(users, authserv="list.test") as provider:
        ports = provider.imap_port, provider.smtp_port
        trusted = 'trusted_authserv = "list.test"'
        with committee(provider, tmp_path, *ports, mailbox=trusted) as made:
            made.enrol("informer", ANNE)
            yield made


def send(club: Committee, mail: EmailMessage) -> EmailMessage:
    """Let the owner send a mail, and the bot do its round; give the last preview."""
    assert isinstance(club.place, Provider)
    club.place.deliver(INFORMER, mail.as_bytes(), OWNER, dmarc="pass")
    club.cycle()
    return club.last(OWNER, "preview")


def texts(club: Committee) -> list[str]:
    """Give the posts that Anne got."""
    return [
        text_of(one).split("\r\n", maxsplit=1)[0] for one in club.mails(ANNE, "post")
    ]


def same_subject(first: EmailMessage, preview: EmailMessage) -> EmailMessage:
    """Write it anew, under the same subject."""
    del first, preview
    return a_mail(OWNER, INFORMER, "Réunion", "Lundi.")


def as_new(first: EmailMessage, preview: EmailMessage) -> EmailMessage:
    """Edit as new: some programs keep the Message-ID."""
    del preview
    mail = a_mail(OWNER, INFORMER, "Réunion (corrigée)", "Lundi.")
    mail.replace_header("Message-ID", str(first["Message-ID"]))
    return mail


def to_the_first(first: EmailMessage, preview: EmailMessage) -> EmailMessage:
    """Reply to one's own first version."""
    del preview
    mail = a_mail(OWNER, INFORMER, "Réunion : erratum", "Lundi.")
    mail["In-Reply-To"] = str(first["Message-ID"])
    return mail


def to_the_preview(first: EmailMessage, preview: EmailMessage) -> EmailMessage:
    """Reply to the preview, to the list's address."""
    del first
    mail = a_mail(OWNER, INFORMER, "Réunion de lundi", "Lundi.")
    mail["In-Reply-To"] = str(preview["Message-ID"])
    mail["References"] = str(preview["Message-ID"])
    return mail


@pytest.mark.parametrize("edit", [same_subject, as_new, to_the_first, to_the_preview])
def test_an_edited_post_takes_the_place_of_the_first(
    club: Committee, edit: Callable[[EmailMessage, EmailMessage], EmailMessage]
) -> None:
    """« ok » to the old preview sends nothing and says why; one version goes out."""
    first = a_mail(OWNER, INFORMER, "Réunion", "Mardi.")
    old = send(club, first)
    new = send(club, edit(first, old))
    club.answer(OWNER, old, "ok")
    told, before = text_of(club.last(OWNER, "reply")), texts(club)
    club.answer(OWNER, new, "ok")
    club.answer(OWNER, old, "ok")

    assert new["Message-ID"] != old["Message-ID"]
    assert "une version plus récente attend votre accord" in " ".join(
        told.replace("\u00a0", " ").split()
    )
    assert before == []
    assert texts(club) == ["Lundi."]


def test_other_announcements_stay_what_they_are(club: Committee) -> None:
    """Two subjects are two announcements; both go out."""
    one = send(club, a_mail(OWNER, INFORMER, "Réunion", "Mardi."))
    two = send(club, a_mail(OWNER, INFORMER, "Fête", "Samedi."))
    club.answer(OWNER, one, "ok")
    club.answer(OWNER, two, "ok")

    assert texts(club) == ["Mardi.", "Samedi."]


def test_a_second_copy_of_the_same_mail_asks_nothing(club: Committee) -> None:
    """A mail to two addresses of ours comes twice, with other Received fields."""
    mail = a_mail(OWNER, INFORMER, "Réunion", "Mardi.")
    old = send(club, mail)
    copied = a_mail(OWNER, INFORMER, "Réunion", "Mardi.")
    copied.replace_header("Message-ID", str(mail["Message-ID"]))
    copied["Received"] = "from elsewhere"
    send(club, copied)
    club.answer(OWNER, old, "ok")

    assert len(club.mails(OWNER, "preview")) == 1
    assert texts(club) == ["Mardi."]


def test_a_confirmed_version_that_waits_gives_way(club: Committee) -> None:
    """« ok » to the new one is enough, and one version goes out."""
    first = a_mail(OWNER, INFORMER, "Réunion", "envoyer : 2026-12-24 8:00\n\nMardi.")
    club.answer(OWNER, send(club, first), "ok")
    preview = send(club, a_mail(OWNER, INFORMER, "Réunion", "Lundi."))
    club.answer(OWNER, preview, "ok")
    club.cycle(timedelta(days=28))
    club.cycle()

    text = " ".join(text_of(preview).replace("\u00a0", " ").split())
    assert "Une version déjà confirmée devait partir jeudi 24 décembre 2026" in text
    assert "Votre « ok » la remplace" in text
    assert texts(club) == ["Lundi."]
    assert len(club.mails(OWNER, "receipt")) == 1


def test_a_post_that_may_be_forged_takes_no_place(club: Committee) -> None:
    """It is asked about beside the other, which « ok » still sends."""
    old = send(club, a_mail(OWNER, INFORMER, "Réunion", "Mardi."))
    club.place.deliver(
        INFORMER, a_mail(OWNER, INFORMER, "Réunion", "Forgé.").as_bytes(), "x@evil.test"
    )
    club.cycle()
    club.answer(OWNER, old, "ok")

    assert len(club.mails(OWNER, "preview")) == 2
    assert texts(club) == ["Mardi."]
