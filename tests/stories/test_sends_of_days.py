"""Sends of days: what the provider allows is told, and three days are asked twice."""

import csv
import io
import signal
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.demo.provider import Provider
from tests.stories.committee import START, Committee, committee, text_of
from tests.stories.dying_bot import die
from tests.stories.scenes import BOT, OWNER, an_answer, answers_to, write_config

ANNE = "anne@member.test"
ZOE = "zoe@member.test"
PEOPLE = [ANNE, *(f"m{number:02}@member.test" for number in range(39))]
INFORMER = BOT.replace("@", "+informer@")
# `reserve` keeps a tenth for interactive mail.
A_DAY_AND_MORE = "recipients_per_day = 30"
DAYS = "recipients_per_day = 10"
BULLETIN = f"""
[lists.bulletin]
kind = "announcement"
title = "Le bulletin"
description = "Quatre pages par mois."
owners = ["{OWNER}"]
senders = ["{ZOE}"]
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start an embedded provider."""
    users = dict.fromkeys([OWNER, ZOE, *PEOPLE], "pw") | {BOT: "botpw"}
    with Provider(users) as made:
        yield made


@pytest.fixture
def club(provider: Provider, tmp_path: Path) -> Iterator[Committee]:
    """Found a committee whose provider allows 10 recipients a day."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, limits=DAYS, lists=BULLETIN) as made:
        made.enrol("informer", *PEOPLE, name="Anne Martin")
        made.enrol("bulletin", *PEOPLE)
        yield made


def plain(mail: EmailMessage) -> str:
    """Give what a person reads, on one line."""
    text = f"{mail['Subject']}\n{text_of(mail)}".replace("\u00a0", " ")
    return " ".join(text.split())


def tables(mail: EmailMessage) -> list[list[list[str]]]:
    """Give the attached tables."""
    return [
        list(csv.reader(io.StringIO(str(part.get_content()))))
        for part in mail.iter_attachments()
        if part.get_content_type() == "text/csv"
    ]


def served(club: Committee) -> int:
    """Count who got a post."""
    return sum(bool(club.mails(one, "post")) for one in PEOPLE)


def test_over_a_day_the_preview_says_what_the_provider_allows(
    provider: Provider, tmp_path: Path
) -> None:
    """One « ok » is enough then."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, limits=A_DAY_AND_MORE) as club:
        club.enrol("informer", *PEOPLE)
        club.write(OWNER, "Réunion", "Venez.", INFORMER)
        preview = plain(club.last(OWNER, "preview"))
        club.answer(OWNER, club.last(OWNER, "preview"), "ok")

        end = preview.partition("Fin prévue : ")[2].partition(" À vérifier")[0]
        assert end in plain(club.last(OWNER, "reply"))  # counted once
        assert "Votre fournisseur permet 30 destinataires par jour" in preview
        assert "prendra plus d'une journée et finira samedi 28 novembre" in preview
        assert len(club.mails(OWNER, "preview")) == 1
        assert 0 < served(club) < len(PEOPLE)


def test_over_three_days_nothing_leaves_at_the_first_ok(club: Committee) -> None:
    """The second question says why, and what to do instead."""
    club.write(OWNER, "Réunion", "Venez.", INFORMER)
    club.answer(OWNER, club.last(OWNER, "preview"), "ok")
    question = plain(club.last(OWNER, "preview"))

    assert served(club) == 0
    assert "Envoi très long, à confirmer : Réunion" in question
    assert "votre fournisseur permet 10 destinataires par jour" in question
    assert "les adresses y sont jointes" in question


def test_the_request_for_a_hosted_list_can_be_forwarded(club: Committee) -> None:
    """It has all that a host needs, and no token that would confirm the send."""
    club.write(OWNER, "Réunion", "Venez.", INFORMER)
    club.answer(OWNER, club.last(OWNER, "preview"), "ok")
    (request,) = club.mails(OWNER, "notice")
    (table,) = tables(request)
    token = str(club.last(OWNER, "preview")["Message-ID"]).split(".")[0].strip("<")

    text = plain(request)
    assert "liste de diffusion" in text
    assert "Nom : informer" in text
    assert f"Responsables : {OWNER}" in text
    assert "Nombre d'abonnés : 40" in text
    assert table[0] == ["email", "name"]
    assert table[1] == [ANNE, "Anne Martin"]
    assert [row[0] for row in table[1:]] == sorted(PEOPLE)
    assert token not in str(request)


def test_whoever_only_sends_gets_no_addresses(club: Committee) -> None:
    """Members gave them to the owners; the text says how to get them."""
    club.write(ZOE, "Bulletin", "Voilà.", BOT.replace("@", "+bulletin@"))
    club.answer(ZOE, club.last(ZOE, "preview"), "ok")

    everything = "".join(str(one) for one in club.place.mails(ZOE))
    (request,) = club.mails(ZOE, "notice")
    assert tables(request) == []
    assert "les responsables de la liste vous enverront" in plain(request).lower()
    assert "exporter bulletin" in plain(club.last(ZOE, "preview"))
    assert not [one for one in PEOPLE if one in everything]


def test_the_second_ok_sends_once(club: Committee) -> None:
    """Whoever answers both mails, in whatever order, sends once."""
    club.write(OWNER, "Réunion", "Venez.", INFORMER)
    first = club.last(OWNER, "preview")
    club.answer(OWNER, first, "ok")
    second = club.last(OWNER, "preview")
    club.answer(OWNER, first, "ok")
    told, before = plain(club.last(OWNER, "reply")), served(club)
    club.answer(OWNER, second, "ok")
    club.answer(OWNER, second, "ok")

    assert "une seconde question vous attend" in told
    assert before == 0
    assert served(club) > 0
    assert (
        len([one for one in club.store.sends(unfinished=False) if one.kind == "post"])
        == 1
    )


def test_no_to_the_second_question_sends_nothing(club: Committee) -> None:
    """And so does « ok » in what is quoted below."""
    club.write(OWNER, "Réunion", "Venez.", INFORMER)
    club.answer(OWNER, club.last(OWNER, "preview"), "ok")
    club.answer(OWNER, club.last(OWNER, "preview"), "non\n\n> répondez ok\n> ok\n")

    assert served(club) == 0
    assert not [one for one in club.store.sends(unfinished=True) if one.kind == "post"]


def test_a_discussion_of_days_is_asked_about_first(
    provider: Provider, tmp_path: Path
) -> None:
    """Where there is no preview, sending it was the first « ok »."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, limits=DAYS) as club:
        club.enrol("discuter", *PEOPLE)
        club.write(ANNE, "Covoiturage", "Trois places.", BOT)
        before = served(club)
        club.answer(ANNE, club.last(ANNE, "preview"), "ok")

        assert "Envoi très long" in str(club.last(ANNE, "preview")["Subject"])
        assert before == 0
        assert served(club) > 0


def test_a_request_names_those_who_are_addressed(club: Committee) -> None:
    """Whoever takes a break, or gets nothing, is no subscriber of that list."""
    person = next(iter(club.store.members("informer")))
    club.store.pause_member(person.person_id, "informer", None)
    club.write(OWNER, "Réunion", "Venez.", INFORMER)
    club.answer(OWNER, club.last(OWNER, "preview"), "ok")
    (table,) = tables(club.last(OWNER, "notice"))

    assert len(table) == len(PEOPLE)  # with its header
    assert str(person.address) not in {row[0] for row in table}


def test_killed_at_any_step_asks_and_sends_once(
    provider: Provider, tmp_path: Path
) -> None:
    """The first « ok » brings one question and one request, the second one send."""
    ports = provider.imap_port, provider.smtp_port
    config = write_config(tmp_path, *ports, limits=DAYS)
    with Committee(provider, config) as club:
        club.enrol("informer", *PEOPLE)
        club.write(OWNER, "Réunion", "Venez.", INFORMER)
        died = [answered_and_killed(provider, club, config, 1)]
    with Committee(provider, config) as club:
        club.cycle()
        asked = len(club.mails(OWNER, "preview")), len(club.mails(OWNER, "notice"))
        died.append(answered_and_killed(provider, club, config, 2))
    with Committee(provider, config) as club:
        club.cycle()
        sends = [
            one for one in club.store.sends(unfinished=False) if one.kind == "post"
        ]

        assert sum(died) > 4
        assert asked == (2, 1)
        assert len(sends) == 1


def answered_and_killed(
    provider: Provider, club: Committee, config: Path, first: int
) -> int:
    """Answer « ok », let bots die while they read it; count those that died."""
    question = club.last(OWNER, "preview")
    mail = an_answer(OWNER, question, "ok")
    provider.deliver(answers_to(question), mail.as_bytes(), OWNER)
    club.store.close()
    steps = range(first + 2, first + 17, 5)
    return sum(die(config, step, START) == -signal.SIGKILL for step in steps)
