"""Moderation by reply, end to end: what people write, and what comes of it."""

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from bot.actions import Decision
from bot.address import parse
from bot.cycle import polling
from bot.cycle.reading import understand
from bot.demo.provider import Provider
from bot.model import Mark
from tests.stories.committee import START, Committee, committee, text_of
from tests.stories.dying_bot import die
from tests.stories.scenes import (
    BOT,
    OWNER,
    a_mail,
    an_answer,
    answers_to,
    colporteur_here,
    write_config,
)

ANNE = "anne@member.test"
BOB = "bob@member.test"
PAUL = "paul@member.test"  # a moderator
ZOE = "zoe@member.test"  # another
EVE = "eve@away.test"  # a stranger
DAY = timedelta(days=1)
MODERATED = f"""\
moderators = ["{PAUL}", "{ZOE}"]
[lists.atelier]
kind = "discussion"
title = "Atelier"
owners = ["{OWNER}"]
moderators = ["{PAUL}", "{ZOE}"]
moderation = "all"
subscription = "moderated"
unsubscription = "moderated"
"""
TO = BOT.replace("@", "+atelier@")


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start an embedded provider."""
    users = dict.fromkeys([OWNER, ANNE, BOB, PAUL, ZOE, EVE], "pw") | {BOT: "botpw"}
    with Provider(users) as made:
        yield made


@pytest.fixture
def club(provider: Provider, tmp_path: Path) -> Iterator[Committee]:
    """Found a committee with a list whose posts wait for two moderators."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, lists=MODERATED) as made:
        made.enrol("atelier", ANNE, BOB)
        yield made


def got(club: Committee, address: str) -> list[str]:
    """Give the subjects of the posts that somebody got."""
    mails = club.mails(address, "post")
    return [str(mail["Subject"]).removeprefix("[atelier] ") for mail in mails]


def told(club: Committee, address: str, kind: str = "notice") -> str:
    """Give the text of the newest mail of a kind that somebody got."""
    return " ".join(text_of(club.last(address, kind)).replace("\u00a0", " ").split())


def asked(club: Committee, who: str = PAUL) -> EmailMessage:
    """Give the newest question to a moderator."""
    return club.last(who, "moderation")


# ------------------------------------------------------------------------ deciding


def test_a_request_says_all_that_a_moderator_needs(club: Committee) -> None:
    """Who, what, why, the text, then the answers; the original, and no image."""
    html = "<p>Bonjour</p><img src='https://tracker.test/pixel.gif'>"
    mail = a_mail(EVE, TO, "Affiche", "Bonjour,\nVoici l'affiche.\n")
    mail.add_alternative(html, subtype="html")
    mail.add_attachment(
        b"%PDF" * 900, maintype="application", subtype="pdf", filename="affiche.pdf"
    )
    club.place.deliver(TO, mail.as_bytes(), EVE)
    club.cycle()
    question, text = asked(club), told(club, PAUL, "moderation")
    parts = [one.get_content_type() for one in question.walk()]

    order = ["De : eve", "N'est pas membre", "Objet :", "affiche.pdf"]
    order += ["Pourquoi", "n'est pas membre de la liste", "| Voici l'affiche"]
    order += ["VOTRE RÉPONSE", "approuver", "2 personnes", "ok et inscrire"]
    order += [ZOE]
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert "(application/pdf, 4,8 Ko)" in text
    assert parts[:3] == ["multipart/mixed", "text/plain", "message/rfc822"]
    assert "pixel" not in text
    attached = next(one for one in question.walk() if one.is_attachment())
    assert attached.get_content_type() == "message/rfc822"
    assert len(club.mails(ZOE, "moderation")) == 1
    assert asked(club)["Reply-To"] != asked(club, ZOE)["Reply-To"]


def test_a_word_is_enough_and_the_second_answer_is_told_who_was_first(
    club: Committee,
) -> None:
    """An approval and a rejection in the same minute: the first counts."""
    club.write(ANNE, "Troc", "Qui a des graines ?", TO)
    first, second = asked(club, PAUL), asked(club, ZOE)
    club.answer(PAUL, first, "Ok pour moi\n\nPaul\n-- \nSecrétaire")
    club.answer(ZOE, second, "rejeter hors sujet")

    assert got(club, BOB) == ["Troc"]
    late = told(club, ZOE, "reply")
    assert "a été accepté par paul@member.test" in late
    assert "hors sujet" not in "".join(
        text_of(one) for one in club.mails(ANNE, "notice")
    )


def test_two_answers_in_one_poll_are_one_decision(club: Committee) -> None:
    """They lie in the inbox together."""
    club.write(ANNE, "Troc", "Qui a des graines ?", TO)
    for who, word in ((PAUL, "rejeter trop long"), (ZOE, "approuver")):
        mail = an_answer(who, asked(club, who), word)
        club.place.deliver(answers_to(asked(club, who)), mail.as_bytes(), who)
    club.cycle()

    assert got(club, BOB) == []
    assert "trop long" in told(club, ANNE)
    assert "a été refusé par paul@member.test" in told(club, ZOE, "reply")


def test_what_is_decided_while_a_reply_is_read_wins(
    club: Committee, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line rejects between our look at the store and our answer."""
    club.write(ANNE, "Troc", "Qui a des graines ?", TO)
    (matter,) = club.store.matters()

    def slowly(*given: Any, **more: Any) -> Decision:  # noqa: ANN401 - its arguments
        decision = understand(*given, **more)
        monkeypatch.undo()
        club.store.settle_request(matter.id, "reject", parse(OWNER), club.clock.now())
        return decision

    monkeypatch.setattr(polling, "understand", slowly)
    club.answer(PAUL, asked(club), "approuver")

    assert got(club, BOB) == []
    assert "a été refusé par owner@list.test" in told(club, PAUL, "reply")


def test_each_answer_does_what_it_says(club: Committee) -> None:
    """From « corriger » to « bannir »: what people get, and what is kept."""
    club.write(ANNE, "Un", "Un.", TO)
    club.answer(PAUL, asked(club), "corriger : c'est samedi, pas dimanche")
    correction = club.last(ANNE, "notice")
    club.write(EVE, "Deux", "Deux.", TO)
    club.answer(PAUL, asked(club), "ok et inscrire")
    enrolled = club.members("atelier")
    club.write(ANNE, "Trois", "Trois.", TO)
    club.answer(PAUL, asked(club), "approuver toujours")
    club.write(EVE, "Quatre", "Quatre.", TO)
    club.answer(PAUL, asked(club), "bannir")
    before = len(club.mails(PAUL, "moderation"))
    club.write(EVE, "Cinq", "Cinq.", TO)
    club.write(ANNE, "Six", "Six.", TO)
    club.answer(ANNE, club.last(ANNE, "preview"), "ok")

    assert "c'est samedi" in text_of(correction)
    assert "message/rfc822" in [one.get_content_type() for one in correction.walk()]
    assert EVE in enrolled
    assert club.mails(EVE, "welcome")
    assert got(club, BOB) == ["Deux", "Trois", "Six"]
    assert len(club.mails(PAUL, "moderation")) == before
    marks = {str(who): mark for who, mark, _ in club.store.marked("atelier")}
    assert marks == {ANNE: Mark.TRUSTED, EVE: Mark.BANNED}
    assert "débannir atelier eve@away.test" in told(club, OWNER)


def test_a_ban_is_lifted_by_a_command(club: Committee) -> None:
    """Whoever moderates may change their mind, after the ten minutes, too."""
    club.write(EVE, "Un", "Un.", TO)
    club.answer(PAUL, asked(club), "bannir")
    club.write(PAUL, f"débannir atelier {EVE}")
    club.answer(PAUL, club.last(PAUL, "confirm"), "ok")
    club.write(EVE, "Deux", "Deux.", TO)

    assert "Deux" in str(asked(club)["Subject"])


def test_attachments_are_left_out_if_the_moderator_says_so(club: Committee) -> None:
    """The text goes out alone, and says what is missing."""
    club.write(ANNE, "Photos", "Voici.", TO, attach=("photo.jpg", b"x" * 3000))
    club.answer(PAUL, asked(club), "approuver sans pièce jointe")
    (post,) = club.mails(BOB, "post")

    assert not [one for one in post.walk() if one.get_filename()]
    assert "photo.jpg" in text_of(post) + str(post)
    assert "sans sa pièce jointe" in told(club, ANNE)


def test_an_unclear_answer_is_asked_again_and_the_new_mail_can_be_answered(
    club: Committee,
) -> None:
    """Nothing is published by mistake."""
    club.write(ANNE, "Troc", "Qui a des graines ?", TO)
    club.answer(PAUL, asked(club), "ok mais il faudrait corriger la date ?")
    again = club.last(PAUL, "reply")
    nothing = got(club, BOB)
    club.answer(PAUL, again, "approuver")

    assert nothing == []
    assert "n'ai pas compris" in text_of(again)
    assert got(club, BOB) == ["Troc"]


def test_moderators_talk_and_ok_to_a_colleague_approves_nothing(
    club: Committee,
) -> None:
    """« ok » to « je l'appelle » is no consent to the post."""
    club.write(EVE, "Vide-grenier", "Dimanche.", TO)
    club.answer(PAUL, asked(club), "en discuter : je l'appelle demain, d'accord ?")
    talk = asked(club, ZOE)
    club.answer(ZOE, talk, "ok, merci Paul, tiens-moi au courant")
    reply = asked(club, PAUL)
    nothing = got(club, BOB)
    club.answer(ZOE, talk, "approuver")

    assert "| je l'appelle demain, d'accord ?" in text_of(talk)
    assert "est parti vers zoe@member.test" in told(club, PAUL, "reply")
    assert "tiens-moi au courant" in text_of(reply)
    assert nothing == []
    assert got(club, BOB) == ["Vide-grenier"]


def test_a_word_to_a_receipt_is_no_answer_to_the_question_before_it(
    club: Committee,
) -> None:
    """Mail programs name the whole thread; people thank for the last mail of it."""
    club.write(EVE, "Vide-grenier", "Dimanche.", TO)
    club.answer(PAUL, asked(club), "en discuter : qui est-ce ?")
    club.answer(PAUL, club.last(PAUL, "reply"), "Ok, merci")
    one = club.store.matters()[0]
    club.write(ANNE, "Troc", "Des graines.", TO)
    club.answer(PAUL, asked(club), f"rejeter {one.ref} trop tard")
    club.answer(PAUL, club.last(PAUL, "reply"), "ok merci")

    assert got(club, BOB) == []
    assert [one.facts["subject"] for one in club.store.matters()] == ["Troc"]


def test_an_order_with_a_slip_never_reaches_the_members(club: Committee) -> None:
    """« rejeter k7fm2 elle nous fatigue » is for no reader's eyes."""
    for subject, text in (
        ("rejeter k7fm2 hors sujet, elle nous fatigue", ""),
        ("", "bannir bbbbb\nrejeter aaaaa encore elle"),
        ("Approuver", ""),
    ):
        club.write(PAUL, subject, text)

    assert club.store.sends(unfinished=False) == tuple(
        one for one in club.store.sends(unfinished=False) if one.kind != "post"
    )
    assert "Il manque la référence" in told(club, PAUL, "reply")


# ---------------------------------------------------------------------- taking back


def test_an_approval_is_taken_back_while_nothing_has_left(club: Committee) -> None:
    """The post waits again, everybody concerned knows, and it can be approved."""
    club.store.pause_sends(None, paused=True)
    club.write(ANNE, "Troc", "Qui a des graines ?", TO)
    club.store.pause_sends(None, paused=False)
    club.cycle()
    question = asked(club)
    club.store.pause_sends(None, paused=True)
    club.answer(PAUL, question, "approuver")
    club.answer(PAUL, question, "annuler")
    club.store.pause_sends(None, paused=False)
    club.cycle()
    nothing = got(club, BOB)
    club.answer(ZOE, asked(club, ZOE), "approuver")

    assert nothing == []
    assert "est annulée. Rien n'est parti" in told(club, PAUL, "reply")
    assert any("reprise" in text_of(one) for one in club.mails(ANNE, "notice"))
    assert got(club, BOB) == ["Troc"]


def test_what_the_provider_refused_is_no_reason_to_stop_reading(
    club: Committee,
) -> None:
    """« annuler » after a failure is told, and the mails behind it are read."""
    club.write(ANNE, "Troc", "Qui a des graines ?", TO)
    question = asked(club)
    club.store.pause_sends(None, paused=True)
    club.answer(PAUL, question, "approuver")
    send = next(one for one in club.store.sends(unfinished=True) if one.kind == "post")
    club.store.fail_send(send.id, "554 spam", club.clock.now())
    club.store.pause_sends(None, paused=False)
    club.answer(PAUL, question, "annuler")
    club.write(BOB, "aide")

    assert "Vous aviez déjà décidé" in told(club, PAUL, "reply")
    assert club.mails(BOB, "reply")


def test_what_is_in_a_digest_can_only_be_stopped(club: Committee) -> None:
    """Bob has it once, by the digest; nobody is asked again."""
    club.write(BOB, "régler atelier résumé")
    club.write(ANNE, "Troc", "Qui a des graines ?", TO)
    question = asked(club)
    club.clock.at = datetime(2026, 11, 27, 17, 55, tzinfo=UTC)
    club.cycle()
    club.store.pause_sends(None, paused=True)
    club.answer(PAUL, question, "approuver")
    club.cycle(timedelta(minutes=6))
    club.answer(PAUL, question, "annuler")
    club.store.pause_sends(None, paused=False)
    club.cycle()
    club.cycle(timedelta(days=1))

    assert "contient ce message" in told(club, PAUL, "reply")
    assert club.store.matters() == ()
    assert got(club, ANNE) == []
    assert [
        "Qui a des graines" in text_of(one) for one in club.mails(BOB, "digest")
    ] == [True]


def test_what_has_left_can_only_be_stopped(club: Committee) -> None:
    """Whoever has it keeps it; a moderator is told the truth."""
    club.write(ANNE, "Troc", "Qui a des graines ?", TO)
    club.answer(PAUL, asked(club), "approuver")
    club.answer(PAUL, asked(club), "annuler")

    assert got(club, BOB) == ["Troc"]
    assert "déjà parti vers 2 personnes" in told(club, PAUL, "reply")


def test_a_discarded_post_comes_back_within_ten_minutes(club: Committee) -> None:
    """Later it is gone."""
    for minutes, subject in ((9, "Un"), (11, "Deux")):
        club.write(ANNE, subject, "…", TO)
        question = asked(club)
        club.answer(PAUL, question, "supprimer")
        club.clock.at += timedelta(minutes=minutes)
        club.answer(PAUL, question, "annuler")

    assert [one.facts["subject"] for one in club.store.matters()] == ["Un"]
    assert "Vous aviez déjà décidé" in told(club, PAUL, "reply")


# ------------------------------------------------------------------------ the author


def test_the_author_is_told_once_a_day_and_may_withdraw(club: Committee) -> None:
    """The notice says what happens next, and « annuler » ends it."""
    club.write(ANNE, "Un", "Un.", TO)
    notice = club.last(ANNE, "notice")
    club.write(ANNE, "Deux", "Deux.", TO)
    same = len(club.mails(ANNE, "notice"))
    club.answer(ANNE, notice, "annuler")
    club.answer(PAUL, club.mails(PAUL, "moderation")[0], "approuver")

    assert "avant qu'il parte" in text_of(notice)
    assert same == 1
    assert "ne sera pas diffusé" in told(club, ANNE, "reply")
    assert "retiré par son auteur" in told(club, PAUL, "reply")
    assert got(club, BOB) == []
    assert [one.facts["subject"] for one in club.store.matters()] == ["Deux"]


def test_a_word_of_the_author_reaches_the_moderators(club: Committee) -> None:
    """« C'est urgent » is for those who decide."""
    club.write(ANNE, "Un", "Un.", TO)
    club.answer(ANNE, club.last(ANNE, "notice"), "C'est pour ce soir, c'est urgent.")

    assert "| C'est pour ce soir" in told(club, PAUL, "moderation")
    assert "transmis" in told(club, ANNE, "reply")
    assert got(club, BOB) == []


def test_what_a_sole_moderator_was_asked_is_asked_of_others(
    provider: Provider, tmp_path: Path
) -> None:
    """Whoever asks to be forgotten takes no post along."""
    lists = MODERATED.replace(f', "{ZOE}"', "")
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports, lists=lists) as club:
        club.enrol("atelier", ANNE, BOB)
        club.write(ANNE, "Un", "…", TO)
        club.write(PAUL, "oublier")
        club.answer(PAUL, club.last(PAUL, "confirm"), "oui")
        waiting = [one.facts["subject"] for one in club.store.matters()]
        club.cycle(8 * DAY)

        assert waiting == ["Un"]
        assert "Personne n'a pu se prononcer" in told(club, ANNE)


def test_a_moderators_own_post_is_confirmed_by_its_author(club: Committee) -> None:
    """From: proves nothing here: the preview goes to the moderator alone."""
    club.enrol("atelier", PAUL)
    club.write(PAUL, "Réunion", "Jeudi.", TO)
    nobody = club.mails(ZOE, "moderation")
    club.answer(PAUL, club.last(PAUL, "preview"), "ok")

    assert nobody == []
    assert got(club, BOB) == ["Réunion"]


# ------------------------------------------------------------------------- the clock


def test_reminders_are_one_mail_for_all_that_waits(club: Committee) -> None:
    """On days 1, 3 and 6, whatever the number of posts; a reply decides them."""
    for subject in ("Un", "Deux"):
        club.write(ANNE, subject, "…", TO)
    reminders = []
    for _ in range(6):
        before = len(club.mails(PAUL, "moderation"))
        club.cycle(DAY)
        reminders.append(len(club.mails(PAUL, "moderation")) - before)
    reminder = asked(club)
    one, two = club.store.matters()
    club.answer(PAUL, reminder, f"approuver {one.ref}\nrejeter {two.ref} trop tard")

    assert reminders == [1, 0, 1, 0, 0, 1]
    assert "2\u00a0décisions vous attendent" in str(reminder["Subject"])
    assert got(club, BOB) == ["Un"]
    assert "trop tard" in "".join(text_of(m) for m in club.mails(ANNE, "notice"))


def test_days_of_downtime_bring_one_reminder(club: Committee) -> None:
    """Not one for each day that was missed."""
    club.write(ANNE, "Un", "…", TO)
    before = len(club.mails(PAUL, "moderation"))
    club.cycle(5 * DAY)
    club.cycle()
    club.cycle(timedelta(hours=1))

    assert len(club.mails(PAUL, "moderation")) - before == 1


def test_what_nobody_decides_goes_back_to_its_author(club: Committee) -> None:
    """After `hold_days`, also if nothing ran in the meantime."""
    club.write(ANNE, "Un", "Mon texte.", TO)
    question = asked(club)
    club.cycle(9 * DAY)
    back = club.last(ANNE, "notice")
    club.answer(PAUL, question, "approuver")

    assert "Personne n'a pu se prononcer" in text_of(back)
    assert b"Mon texte." in back.as_bytes()
    assert club.store.matters() == ()
    assert got(club, BOB) == []
    assert "Le délai est passé" in told(club, PAUL, "reply")


def test_reminders_go_to_the_others_while_somebody_is_away(club: Committee) -> None:
    """An automatic reply decides nothing; whoever writes is back."""
    club.write(ANNE, "Un", "…", TO)
    away = an_answer(PAUL, asked(club), "Je suis absent jusqu'au 2 décembre. ok")
    away["Auto-Submitted"] = "auto-replied"
    club.place.deliver(answers_to(asked(club)), away.as_bytes(), PAUL)
    club.cycle()
    nothing = got(club, BOB)
    before = [len(club.mails(one, "moderation")) for one in (PAUL, ZOE)]
    club.cycle(DAY)
    first = [len(club.mails(one, "moderation")) for one in (PAUL, ZOE)]
    club.write(PAUL, "aide")
    club.cycle(2 * DAY)
    second = [len(club.mails(one, "moderation")) for one in (PAUL, ZOE)]

    assert nothing == []
    assert first == [before[0], before[1] + 1]
    # Paul gets what he missed, then both what is due.
    assert second == [before[0] + 2, before[1] + 2]


def test_moderators_who_bounce_are_told_to_the_owners(club: Committee) -> None:
    """And once nobody is left, to the admins."""
    for who in (PAUL, ZOE):
        club.place.deliver(BOT, bounce_of(who), "")
        club.cycle()
    club.place.deliver(BOT, bounce_of(PAUL), "")
    club.cycle()
    texts = [text_of(one) for one in club.mails(OWNER, "notice")]
    alerts = [text_of(one) for one in club.mails(OWNER, "alert")]

    assert sum(f"L'adresse {PAUL}" in text for text in texts) == 1
    assert sum(f"L'adresse {ZOE}" in text for text in texts) == 1
    assert len(alerts) == 2  # of both lists
    assert all(f"{PAUL} et {ZOE}" in text for text in alerts)


def bounce_of(address: str) -> bytes:
    """Write a report as Postfix does (RFC 3464)."""
    return (
        "From: MAILER-DAEMON@member.test\r\nTo: bot@list.test\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied"
        "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report;"
        ' report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.member.test\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user\r\n\r\n--b--\r\n"
    ).encode()


# ------------------------------------------------------------------------ crashes


def test_killed_while_answers_are_read_decides_each_once(
    provider: Provider, tmp_path: Path
) -> None:
    """Whichever step is the last: what is approved reaches everybody, once."""
    ports = provider.imap_port, provider.smtp_port
    subjects, died = [], []
    config = write_config(
        tmp_path, *ports, lists=MODERATED, limits="recipients_per_hour = 1000"
    )
    for step in range(3, 26, 5):
        with Committee(provider, config) as club:
            club.enrol("atelier", ANNE, BOB)
            club.write(ANNE, f"Numéro {step}", "…", TO)
            for who, word in ((PAUL, "approuver"), (ZOE, "rejeter non")):
                mail = an_answer(who, asked(club, who), word)
                to = answers_to(asked(club, who))
                club.place.deliver(to, mail.as_bytes(), who)
        subjects.append(f"Numéro {step}")
        died.append(die(config, step, START) == -signal.SIGKILL)
    with Committee(provider, config) as club:
        club.cycle()
        club.cycle()  # the witnesses of what the first one sent

        assert all(died)
        assert sorted(got(club, BOB)) == sorted(subjects)
        late = [str(mail["Subject"]) for mail in club.mails(ZOE, "reply")]
        assert len(late) == len(subjects)
        assert not provider.mails(BOT)


def test_killed_while_time_is_up_tells_each_once(
    provider: Provider, tmp_path: Path
) -> None:
    """An author whose post is over, a moderator who is reminded: one mail each."""
    ports = provider.imap_port, provider.smtp_port
    config = write_config(tmp_path, *ports, lists=MODERATED)
    with Committee(provider, config) as club:
        club.enrol("atelier", ANNE, BOB)
        club.write(ANNE, "Un", "…", TO)
        club.clock.at += 6 * DAY
        club.write(BOB, "Deux", "…", TO)
        before = len(club.mails(PAUL, "moderation"))
    late = START + 8 * DAY
    died = [die(config, step, late) == -signal.SIGKILL for step in range(2, 16, 3)]
    with Committee(provider, config, late) as club:
        club.cycle()
        over = [str(mail["Subject"]) for mail in club.mails(ANNE, "notice")]

        assert sum(died) > 3
        assert sum("Resté sans réponse" in one for one in over) == 1
        assert len(club.mails(PAUL, "moderation")) - before == 1


# ---------------------------------------------------------------- commands, the console


def test_everything_is_approved_only_as_it_was_shown(club: Committee) -> None:
    """What came after « approuver * » was asked is not approved with it."""
    for subject in ("Un", "Deux"):
        club.write(ANNE, subject, "…", TO)
    club.write(PAUL, "approuver *")
    question = club.last(PAUL, "confirm")
    club.write(ANNE, "Trois", "…", TO)
    club.answer(PAUL, question, "ok")

    assert "« Un »".replace(" ", "\u00a0") in text_of(question)
    assert sorted(got(club, BOB)) == ["Deux", "Un"]
    assert [one.facts["subject"] for one in club.store.matters()] == ["Trois"]


def test_a_reference_in_a_reply_speaks_of_that_post(club: Committee) -> None:
    """« approuver » under one request, naming another: the other one."""
    for subject in ("Un", "Deux"):
        club.write(ANNE, subject, "…", TO)
    first, second = club.store.matters()
    club.answer(PAUL, asked(club), f"approuver {first.ref}")
    club.write(PAUL, "en attente")

    assert got(club, BOB) == ["Un"]
    assert second.ref in told(club, PAUL, "moderation")
    assert first.ref not in told(club, PAUL, "moderation")


def test_joining_and_leaving_take_the_same_words(club: Committee) -> None:
    """A reason for who is refused; whoever wants to go is not kept by silence."""
    club.write(EVE, "abonner atelier")
    club.answer(EVE, club.last(EVE, "confirm"), "oui")
    club.answer(PAUL, asked(club), "Rejeter : c'est complet\n\nPaul")
    club.write(ANNE, "désabonner atelier")
    club.answer(ANNE, club.last(ANNE, "confirm"), "oui")
    waits = club.members("atelier")
    club.cycle(8 * DAY)

    assert "c'est complet" in told(club, EVE)
    assert waits == {ANNE, BOB}
    assert club.members("atelier") == {BOB}


def test_the_command_line_shows_and_decides(club: Committee, tmp_path: Path) -> None:
    """The admin's view of a mail, and the same verdicts."""
    config = tmp_path / "config.toml"
    for subject in ("Un", "Deux", "Trois"):
        club.write(ANNE, subject, f"Le texte de {subject}.", TO)
    rows = json.loads(colporteur_here(config, "held", "--json"))
    refs = {row["subject"]: row["ref"] for row in rows}
    shown = colporteur_here(config, "held", "show", refs["Un"])
    colporteur_here(config, "held", "approve", refs["Un"])
    colporteur_here(config, "held", "reject", refs["Deux"], "hors", "sujet")
    again = colporteur_here(config, "held", "approve", refs["Deux"], status=1)
    colporteur_here(config, "held", "approve", "*", status=1)
    left = json.loads(colporteur_here(config, "held", "list", "--json"))
    colporteur_here(config, "held", "discard", "*", "--yes")
    colporteur_here(config, "held", "approve", "zzzzz9", status=2)
    club.cycle()

    assert {"ref", "list", "subject", "author", "reasons"} <= set(rows[0])
    assert "Le texte de Un." in shown
    assert "rejected" in again
    assert [row["subject"] for row in left] == ["Trois"]
    assert got(club, BOB) == ["Un"]
    assert "hors sujet" in "".join(text_of(m) for m in club.mails(ANNE, "notice"))
    assert json.loads(colporteur_here(config, "held", "--json")) == []
