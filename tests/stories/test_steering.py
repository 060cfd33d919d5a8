"""Sends that people pause, stop, correct and send to the others, by reply."""

import json
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.address import parse
from bot.demo.provider import Provider
from bot.errors import StoreConflictError
from bot.model import SendState
from tests.stories.committee import Committee, committee, text_of
from tests.stories.scenes import (
    BOT,
    OWNER,
    a_mail,
    colporteur_here,
    write_config,
)

MEMBERS = [f"member{number}@member.test" for number in range(1, 61)]
SENDER = "sonia@member.test"  # may send announcements, owns nothing
HOUR = timedelta(hours=1)
TO = BOT.replace("@", "+informer@")
DIRECT = BOT.replace("@", "+direct@")
DIRECTLY = f"""\
[lists.direct]
kind = "announcement"
title = "Direct"
owners = ["{OWNER}"]
confirm_announcements = false
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start an embedded provider."""
    users = dict.fromkeys([OWNER, SENDER, *MEMBERS], "pw") | {BOT: "botpw"}
    with Provider(users) as made:
        yield made


@pytest.fixture
def club(provider: Provider, tmp_path: Path) -> Iterator[Committee]:
    """Found a committee that may write to 40 people an hour, and has 60."""
    with committee(
        provider,
        tmp_path,
        provider.imap_port,
        provider.smtp_port,
        limits="recipients_per_hour = 40",
        mailbox='trusted_authserv = "list.test"',
        lists=DIRECTLY,
    ) as made:
        made.enrol("informer", *MEMBERS)
        made.enrol("direct", *MEMBERS)
        made.store.set_role(
            "informer",
            "senders",
            parse(SENDER),
            granted=True,
            by="x",
            now=made.clock.at,
        )
        yield made


def begin(club: Committee, by: str = OWNER) -> EmailMessage:
    """Send an announcement; some have it when this returns the « C'est parti »."""
    club.write(by, "Réunion", "Jeudi à 19 h.", TO)
    club.answer(by, club.last(by, "preview"), "ok")
    return club.last(by, "reply")


def have_it(club: Committee, subject: str = "Réunion") -> list[int]:
    """Say how many times each member got a post."""
    return [
        sum(str(one["Subject"]) == subject for one in club.mails(member, "post"))
        for member in MEMBERS
    ]


def send(club: Committee, subject: str = "Réunion") -> SendState:
    """Give the newest send of a subject."""
    found = [
        one
        for one in club.store.sends(unfinished=False)
        if (one.kind, one.subject) == ("post", subject)
    ]
    return found[-1]


def told(mail: EmailMessage) -> str:
    """Give the text of a mail on one line."""
    return " ".join(text_of(mail).replace("\u00a0", " ").split())


def test_a_send_is_paused_and_goes_on_by_reply(club: Committee) -> None:
    """The answer to « pause » can itself be answered; nobody gets it twice."""
    started = begin(club)
    first = sum(have_it(club))
    club.answer(OWNER, started, "Pause svp\n\n> annuler")
    paused = club.last(OWNER, "reply")
    club.cycle(2 * HOUR)
    waited = sum(have_it(club))
    club.answer(OWNER, paused, "REPRENDRE.")
    going = club.last(OWNER, "reply")
    club.cycle(2 * HOUR)

    assert 0 < first == waited < 60
    assert f"{first} personnes sur 60 l'ont déjà reçu" in told(paused)
    assert "reprend" in told(going)
    assert "Fin prévue" in told(going)
    assert have_it(club) == [1] * 60
    assert "terminé" in told(club.last(OWNER, "receipt"))


def test_a_cancelled_send_tells_owners_who_has_it(club: Committee) -> None:
    """The report counts, and names those served to whoever may know."""
    started = begin(club)
    club.answer(OWNER, started, "Annuler l\u2019envoi")
    stopped = club.last(OWNER, "reply")
    club.cycle(3 * HOUR)
    (table,) = stopped.iter_attachments()
    served = table.get_content().split()[1:]
    receipt = club.last(OWNER, "receipt")

    count = sum(have_it(club))
    assert f"{count} personnes sur 60" in told(stopped)
    assert f"({60 - count}) ne recevront rien" in told(stopped)
    assert sorted(served) == sorted(
        f"{member}," for member, got in zip(MEMBERS, have_it(club), strict=True) if got
    )
    assert f"Non envoyé à : {60 - count} personnes" in told(receipt)


def test_a_mere_sender_gets_numbers(club: Committee) -> None:
    """Who is on the list is not for everybody who may write to it."""
    started = begin(club, SENDER)
    club.answer(SENDER, started, "annuler")

    assert "ne recevront rien" in told(club.last(SENDER, "reply"))
    for kind in ("reply", "receipt"):
        assert not list(club.last(SENDER, kind).iter_attachments())


@pytest.mark.parametrize(
    "answer", ["faut-il annuler ?", "N'annulez pas", "On en parle ce soir"]
)
def test_what_is_unclear_changes_nothing(club: Committee, answer: str) -> None:
    """The choices are put once more."""
    begin(club)
    club.cycle(HOUR * 8)
    receipt = club.last(OWNER, "receipt")
    club.answer(OWNER, receipt, answer)

    assert "Je n'ai pas compris" in told(club.last(OWNER, "reply"))
    assert send(club).accepted == 60


def test_thanks_for_a_receipt_are_no_order(club: Committee) -> None:
    """Nothing is answered, and a command is still one."""
    begin(club)
    club.cycle(HOUR * 8)
    receipt, before = club.last(OWNER, "receipt"), len(club.mails(OWNER, "reply"))
    club.answer(OWNER, receipt, "Merci beaucoup !")
    quiet = len(club.mails(OWNER, "reply"))
    club.answer(OWNER, receipt, "membres informer")

    assert quiet == before
    assert "member1@member.test" in told(club.last(OWNER, "reply"))


def test_stop_waits_and_cancels_nothing(club: Committee) -> None:
    """« stop » may be meant for the list: what it does can be undone."""
    started = begin(club)
    club.answer(OWNER, started, "stop")

    assert send(club).paused
    assert send(club).cancelled == 0


def test_somebody_elses_answer_does_nothing(club: Committee) -> None:
    """A token speaks for the person whom it was sent to."""
    started = begin(club)
    club.answer(SENDER, started, "annuler")

    assert not send(club).stopped


# -------------------------------------------------------------------- correcting


def test_a_correction_goes_to_those_served(club: Committee) -> None:
    """It is shown first; those who have nothing get neither."""
    started = begin(club)
    served = have_it(club)
    club.answer(OWNER, started, "Rectifier : c'est vendredi.\nDésolée\n\nClaire")
    preview = club.last(OWNER, "preview")
    waits = send(club).paused
    club.answer(OWNER, preview, "ok")
    club.cycle(3 * HOUR)
    subject = "Rectificatif\u00a0: Réunion"
    post = club.last(MEMBERS[served.index(1)], "post")

    assert waits
    assert f"{sum(served)}, fin prévue" in told(preview)
    assert f"{60 - sum(served)} personnes ne l'ont pas encore reçu" in told(preview)
    assert have_it(club) == served == have_it(club, subject)
    assert text_of(post).splitlines()[:2] == ["c'est vendredi.", "Désolée"]
    original = club.mails(MEMBERS[served.index(1)], "post")[0]
    assert post["In-Reply-To"] == original["Message-ID"]
    assert send(club).stopped == "cancelled"


def test_a_correction_can_leave_the_rest_running(club: Committee) -> None:
    """« reprendre » before « ok »: the others get the first mail after all."""
    club.answer(OWNER, begin(club), "rectifier : c'est vendredi")
    preview = club.last(OWNER, "preview")
    club.answer(OWNER, preview, "reprendre")
    club.cycle(3 * HOUR)
    club.answer(OWNER, preview, "ok")
    for _ in range(2):
        club.cycle(2 * HOUR)

    assert have_it(club) == [1] * 60
    assert have_it(club, "Rectificatif\u00a0: Réunion") == [1] * 60


def test_a_correction_needs_a_text(club: Committee) -> None:
    """Without one it is explained; « non » leaves the send paused, and says so."""
    started = begin(club)
    club.answer(OWNER, started, "rectifier")
    how = club.last(OWNER, "reply")
    club.answer(OWNER, how, "rectifier : c'est vendredi")
    club.answer(OWNER, club.last(OWNER, "preview"), "non")

    assert "rectifier : la réunion est à 20 h" in told(how)
    assert "reste en pause" in told(club.last(OWNER, "reply"))
    assert send(club).paused


# --------------------------------------------------------------------- the others


def test_the_same_mail_again_goes_to_the_others(club: Committee) -> None:
    """After « annuler » its sender writes it once more: who has it keeps one."""
    club.answer(OWNER, begin(club), "annuler")
    served = sum(have_it(club))
    club.cycle(3 * HOUR)
    club.write(OWNER, "Réunion", "Jeudi à 19 h.", TO)
    preview = club.last(OWNER, "preview")
    club.answer(OWNER, preview, "ok")
    club.cycle(3 * HOUR)
    receipt = told(club.last(OWNER, "receipt"))

    assert f"{served} personnes l'ont reçu" in told(preview)
    assert f"aux autres seulement : {60 - served} personnes" in told(preview)
    assert have_it(club) == [1] * 60
    assert f"L'avaient déjà : {served} personnes" in receipt


def test_another_text_is_another_post(club: Committee) -> None:
    """What was changed goes to everybody, by an ordinary preview."""
    club.answer(OWNER, begin(club), "annuler")
    club.cycle(3 * HOUR)
    club.write(OWNER, "Réunion", "Vendredi à 19 h.", TO)

    assert "Destinataires : 60 personnes" in told(club.last(OWNER, "preview"))


def test_what_the_provider_refused_reaches_the_others(club: Committee) -> None:
    """A send that failed as a whole leaves its remainder to be sent."""
    begin(club)
    served = sum(have_it(club))
    club.store.fail_send(send(club).id, "554 5.7.1 spam", club.clock.now())
    club.cycle(3 * HOUR)
    ref = send(club).ref
    club.write(OWNER, f"renvoyer {ref}")
    club.answer(OWNER, club.last(OWNER, "confirm"), "ok")
    club.cycle(3 * HOUR)

    assert served < 60
    assert have_it(club) == [1] * 60


def confirmed(club: Committee, line: str) -> None:
    """Let the owner write a command, and say that it was really them."""
    club.write(OWNER, line)
    club.answer(OWNER, club.last(OWNER, "confirm"), "ok")


def test_owners_pause_by_reference(club: Committee) -> None:
    """The member's command of that name still takes a list."""
    begin(club)
    ref = send(club).ref
    confirmed(club, f"pause {ref}")
    paused = send(club).paused
    club.cycle(2 * HOUR)
    confirmed(club, f"reprendre {ref}")
    club.write(MEMBERS[0], "pause informer")

    assert paused
    assert have_it(club) == [1] * 60
    assert "plus rien de « Les nouvelles »" in told(club.last(MEMBERS[0], "reply"))


def test_owners_cancel_by_reference(club: Committee) -> None:
    """« envois » gives the words, also those for what was stopped."""
    begin(club)
    club.cycle(timedelta(minutes=1))
    ref = send(club).ref
    club.write(OWNER, "envois")
    shown = told(club.last(OWNER, "reply"))
    confirmed(club, f"annuler {ref}")
    club.cycle(2 * HOUR)
    club.write(OWNER, "envois")

    assert f"pause {ref}" in shown
    assert f"renvoyer {ref}" in told(club.last(OWNER, "reply"))


# ------------------------------------------------------------------------- telling


def test_senders_hear_of_what_takes_a_while(club: Committee) -> None:
    """Where nobody asked for « ok », the start is told once; it can be answered."""
    mail = a_mail(OWNER, DIRECT, "Réunion", "Jeudi.")
    mail["Authentication-Results"] = "list.test; dmarc=pass header.from=list.test"
    club.place.deliver(DIRECT, mail.as_bytes(), OWNER)
    club.cycle()
    club.cycle()
    news = club.mails(OWNER, "receipt")
    club.answer(OWNER, news[-1], "annuler")
    club.cycle()

    assert len(news) == 1
    assert "60 destinataires" in told(news[0])
    assert "Fin prévue" in told(news[0])
    assert not club.mails(OWNER, "preview")
    assert send(club).stopped == "cancelled"


def test_evenings_bring_news_of_long_sends(club: Committee) -> None:
    """A send that goes on tomorrow is told of at 18:00, and can be stopped."""
    started = begin(club)
    club.answer(OWNER, started, "pause")
    club.cycle(timedelta(hours=9))
    news = club.mails(OWNER, "receipt")
    club.answer(OWNER, news[-1], "annuler")

    assert len(news) == 1
    assert "en pause" in told(news[0])
    assert send(club).stopped == "cancelled"


# --------------------------------------------------------------- the command line


def test_the_console_stops_and_completes_a_send(
    provider: Provider, tmp_path: Path
) -> None:
    """`cancel` says who has it, `resend` serves the others; beside the service."""
    config = write_config(
        tmp_path,
        provider.imap_port,
        provider.smtp_port,
        limits="recipients_per_hour = 40",
    )
    table = tmp_path / "served.csv"
    with Committee(provider, config) as club:
        club.enrol("informer", *MEMBERS)
        begin(club)
        ref = send(club).ref
        paused = colporteur_here(config, "queue", "pause", ref)
        row = json.loads(colporteur_here(config, "queue", "--json"))[0]
        command = ("queue", "cancel", ref, "--json", "--served", str(table))
        stopped = json.loads(colporteur_here(config, *command))
        club.cycle(3 * HOUR)
        served = sum(have_it(club))
        again = colporteur_here(config, "queue", "cancel", ref, status=2)
        colporteur_here(config, "queue", "cancel", "nosuch", status=2)
        new = json.loads(colporteur_here(config, "queue", "resend", ref, "--json"))
        club.cycle(3 * HOUR)
        colporteur_here(config, "queue", "resend", ref, status=2)

        assert f"{served} of 60 have it" in paused
        assert (row["ref"], row["paused"], row["leave_at"]) == (ref, True, None)
        assert stopped["accepted"] == len(stopped["served"]) == served
        assert len(table.read_text().splitlines()) == served + 1
        assert f"{ref} is cancelled: {served} have it" in again
        assert new["recipients"] == 60 - served
        assert have_it(club) == [1] * 60


def test_a_send_cancelled_while_the_server_is_asked(club: Committee) -> None:
    """Between the addresses and the text nothing is promised: nobody gets it."""
    begin(club)
    before = have_it(club)
    club.clock.at += 2 * HOUR
    taken = club.store.take(send(club).id, 10, club.clock.now())
    club.store.cancel_send(send(club).id, club.clock.now())

    with pytest.raises(StoreConflictError):
        club.store.start_batch(taken, club.clock.now(), "self")
    club.cycle()
    assert have_it(club) == before
    assert send(club).finished_at is not None


def test_a_batch_in_doubt_is_sent_again_to_nobody(club: Committee) -> None:
    """« renvoyer » leaves it out until its copy was seen, or given up."""
    begin(club)
    club.clock.at += 2 * HOUR
    taken = club.store.take(send(club).id, 10, club.clock.now())
    batch = club.store.start_batch(taken, club.clock.now(), "self")
    club.store.cancel_send(send(club).id, club.clock.now())
    left_out = send(club).cancelled
    reach = club.instance.parts.settings.reached_by("informer")
    in_doubt = club.store.unserved(send(club).id, reach)
    club.store.interrupted_batches(club.clock.now())
    club.store.mark_witness(batch)
    club.cycle(HOUR)
    proved = club.store.unserved(send(club).id, reach)

    assert in_doubt == left_out == proved
    assert send(club).in_flight == 0
