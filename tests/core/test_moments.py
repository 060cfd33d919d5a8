"""Moments as people write them, and the posts that ask for one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Message
from bot.moments.times import read_moment
from bot.moments.wishes import Wish, bare_subject, wish_of, without_tag

PARIS = ZoneInfo("Europe/Paris")
# A Friday, 10:00 in Paris.
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def local(text: str, now: datetime = NOW) -> str | None:
    """Read a moment; give it as a clock in Paris shows it."""
    found = read_moment(text, now, PARIS)
    return f"{found.at.astimezone(PARIS):%a %d %b %Y %H:%M}" if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # in French, days and hours
        ("demain 8h", "Sat 28 Nov 2026 08:00"),
        ("demain à 8h", "Sat 28 Nov 2026 08:00"),
        ("Demain à 8 h.", "Sat 28 Nov 2026 08:00"),
        ("demain 8h30", "Sat 28 Nov 2026 08:30"),
        ("demain à 8 h 30", "Sat 28 Nov 2026 08:30"),
        ("demain 8 heures 30", "Sat 28 Nov 2026 08:30"),
        ("demain 8 heures", "Sat 28 Nov 2026 08:00"),
        ("demain 08:30", "Sat 28 Nov 2026 08:30"),
        ("demain, 8h", "Sat 28 Nov 2026 08:00"),
        ("8h demain", "Sat 28 Nov 2026 08:00"),
        ("demain vers 14 h", "Sat 28 Nov 2026 14:00"),
        ("demain à 8h et demie", "Sat 28 Nov 2026 08:30"),
        ("après-demain 8h", "Sun 29 Nov 2026 08:00"),
        ("après demain à midi", "Sun 29 Nov 2026 12:00"),
        ("aujourd'hui 18h", "Fri 27 Nov 2026 18:00"),
        ("aujourd\u2019hui à 18h", "Fri 27 Nov 2026 18:00"),
        ("jeudi 18h30", "Thu 03 Dec 2026 18:30"),
        ("jeudi à 18h", "Thu 03 Dec 2026 18:00"),
        ("JEUDI 18H", "Thu 03 Dec 2026 18:00"),
        ("ce jeudi à 18h", "Thu 03 Dec 2026 18:00"),
        ("jeudi prochain à 18h", "Thu 03 Dec 2026 18:00"),
        ("vendredi 18h", "Fri 27 Nov 2026 18:00"),  # still to come today
        ("vendredi 9h", "Fri 04 Dec 2026 09:00"),  # over today
        ("vendredi prochain 18h", "Fri 04 Dec 2026 18:00"),
        ("lundi en huit 8h", "Mon 07 Dec 2026 08:00"),
        ("lundi", "Mon 30 Nov 2026 08:00"),
        ("demain", "Sat 28 Nov 2026 08:00"),
        # … parts of a day
        ("lundi matin", "Mon 30 Nov 2026 08:00"),
        ("lundi matin 9h", "Mon 30 Nov 2026 09:00"),
        ("demain matin à 8h30", "Sat 28 Nov 2026 08:30"),
        ("demain soir", "Sat 28 Nov 2026 18:00"),
        ("demain soir à 8h", "Sat 28 Nov 2026 20:00"),
        ("demain après-midi", "Sat 28 Nov 2026 14:00"),
        ("ce soir", "Fri 27 Nov 2026 18:00"),
        ("ce soir à 20h", "Fri 27 Nov 2026 20:00"),
        ("cet après-midi à 3h", "Fri 27 Nov 2026 15:00"),
        ("ce matin", "Fri 27 Nov 2026 08:00"),  # over: whoever asks says so
        ("6h du soir", "Fri 27 Nov 2026 18:00"),
        ("midi", "Fri 27 Nov 2026 12:00"),
        ("demain minuit", "Sun 29 Nov 2026 00:00"),  # the end of tomorrow
        # … an hour alone: the next one
        ("18h", "Fri 27 Nov 2026 18:00"),
        ("à 18h", "Fri 27 Nov 2026 18:00"),
        ("8h", "Sat 28 Nov 2026 08:00"),
        ("10h", "Sat 28 Nov 2026 10:00"),
        # … dates
        ("le 24/12 à 18h", "Thu 24 Dec 2026 18:00"),
        ("24/12 18h", "Thu 24 Dec 2026 18:00"),
        ("24/12/2026 à 18h30", "Thu 24 Dec 2026 18:30"),
        ("24/12/26 18h", "Thu 24 Dec 2026 18:00"),
        ("24.12.2026 18h", "Thu 24 Dec 2026 18:00"),
        ("24 décembre 8 h", "Thu 24 Dec 2026 08:00"),
        ("le 24 décembre 2026 à 8h", "Thu 24 Dec 2026 08:00"),
        ("jeudi 24 décembre à 18h", "Thu 24 Dec 2026 18:00"),
        ("jeudi 24/12 18h", "Thu 24 Dec 2026 18:00"),
        ("mardi 1er décembre 9h", "Tue 01 Dec 2026 09:00"),
        ("le 1er janvier à midi", "Fri 01 Jan 2027 12:00"),
        ("24/12", "Thu 24 Dec 2026 08:00"),
        # … from now on
        ("dans 2 heures", "Fri 27 Nov 2026 12:00"),
        ("dans deux heures", "Fri 27 Nov 2026 12:00"),
        ("dans 1h30", "Fri 27 Nov 2026 11:30"),
        ("dans une heure et demie", "Fri 27 Nov 2026 11:30"),
        ("dans une demi-heure", "Fri 27 Nov 2026 10:30"),
        ("dans 45 minutes", "Fri 27 Nov 2026 10:45"),
        ("dans 3 jours à 8h", "Mon 30 Nov 2026 08:00"),
        ("dans 15 jours", "Sat 12 Dec 2026 08:00"),
        ("dans une semaine à 18h", "Fri 04 Dec 2026 18:00"),
        ("maintenant", "Fri 27 Nov 2026 10:00"),
        # English
        ("tomorrow 8am", "Sat 28 Nov 2026 08:00"),
        ("tomorrow at 8 a.m.", "Sat 28 Nov 2026 08:00"),
        ("8am tomorrow", "Sat 28 Nov 2026 08:00"),
        ("tomorrow at 18:00", "Sat 28 Nov 2026 18:00"),
        ("tomorrow morning", "Sat 28 Nov 2026 08:00"),
        ("tomorrow at noon", "Sat 28 Nov 2026 12:00"),
        ("Thursday, 6:30 PM", "Thu 03 Dec 2026 18:30"),
        ("18:00 on Friday", "Fri 27 Nov 2026 18:00"),
        ("next Monday at 9:30", "Mon 30 Nov 2026 09:30"),
        ("this evening", "Fri 27 Nov 2026 18:00"),
        ("tonight at 9pm", "Fri 27 Nov 2026 21:00"),
        ("at 2026-12-24 18:00", "Thu 24 Dec 2026 18:00"),
        ("2026-12-24T18:00", "Thu 24 Dec 2026 18:00"),
        ("December 24 at 6pm", "Thu 24 Dec 2026 18:00"),
        ("24 Dec 2026 18:30", "Thu 24 Dec 2026 18:30"),
        ("in two hours", "Fri 27 Nov 2026 12:00"),
        ("in half an hour", "Fri 27 Nov 2026 10:30"),
        ("in two days at noon", "Sun 29 Nov 2026 12:00"),
        ("the day after tomorrow 7am", "Sun 29 Nov 2026 07:00"),
        ("sat 10am", "Sat 28 Nov 2026 10:00"),
        ("12am tomorrow", "Sat 28 Nov 2026 00:00"),
        ("12pm tomorrow", "Sat 28 Nov 2026 12:00"),
    ],
)
def test_moments_as_people_write_them(text: str, expected: str) -> None:
    """Nobody should have to learn how."""
    assert local(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ":", "h", "8", "18", "2026", "5 places", "10 ans", "3e étage"),
        *("discuter", "Urgent", "Info", "AG", "Compte rendu", "Lyon", "Fête", "RAPPEL"),
        *("18h-20h", "8h30-9h30", "Journal 18h-20h", "de 18h à 20h", "jeudi 12h-14h"),
        *("lundi 25h", "demain 8h75", "13pm", "0am", "31/02 8h", "2026-13-01 8:00"),
        *("mercredi 24 décembre à 18h", "lundi 24/12 18h"),  # a Thursday
        *("aujourd'hui", "hier 8h", "lundi dernier 8h", "yesterday", "bientôt"),
        *("jeudi 18h, salle des fêtes", "réunion jeudi 18h", "jeudi 18h Réunion"),
        *("demain peut-être", "pas demain 8h", "demain 8h ou 9h", "semaine 48"),
        *("dans quelques heures", "dans 0 heures", "dans 2 heures 8h", "in a while"),
        *("la semaine prochaine", "fin décembre", "8h du mat demain chez Paul"),
        *("1h30", "v1.2", "3-0", "24/7", "50 %", "Covid 19", "matin-midi-soir"),
        "demain " * 30,
    ],
)
def test_what_is_no_moment(text: str) -> None:
    """A tag that only looks like one stays where it is."""
    found = read_moment(text, NOW, PARIS)

    # « 1h30 » is one behind « envoyer », but none that a tag may be.
    assert found is None or not found.exact


@given(st.text(max_size=90), st.datetimes(timezones=st.just(UTC)))
def test_nothing_that_people_write_raises(text: str, now: datetime) -> None:
    """Whatever stands in the first line, the post gets on."""
    read_moment(text, now, PARIS)


VOCABULARY = (
    "envoyer : demain lundi prochain dans 2 999 heures 8h 25h 31/02 24/12/9999 à midi"
    " 2026-12-24 18:00 am soir matin le jours send at [ ] next Re: en huit"
)
WORDS = st.sampled_from(VOCABULARY.split())


@given(st.lists(WORDS, max_size=8), st.datetimes(timezones=st.just(UTC)))
def test_no_mixture_of_words_raises(words: list[str], now: datetime) -> None:
    """Not at the ends of time either."""
    text = " ".join(words)

    wish = wish_of(post(f"[{text}]", f"{text}\n"), PARIS, now)

    assert wish is None or (wish.at is None) == (wish.doubt == "unclear")


def test_an_hour_that_summer_time_skips_is_the_next_one() -> None:
    """2:30 on 28 March 2027 isn't there in Paris."""
    assert local("28/03/2027 à 2h30") == "Sun 28 Mar 2027 03:30"


def test_days_keep_their_hour_when_the_clocks_change() -> None:
    """A day is not 24 hours then."""
    eve = datetime(2027, 3, 27, 7, 0, tzinfo=UTC)  # 8:00 in Paris

    assert local("demain 8h", eve) == "Sun 28 Mar 2027 08:00"
    assert local("dans 24 heures", eve) == "Sun 28 Mar 2027 09:00"


# ---------------------------------------------------------------------- in a post


def post(subject: str, text: str, sent_at: datetime | None = NOW) -> Message:
    """Write a post."""
    return Message(
        *("", 0, NOW, {}),
        subject=subject,
        text=text,
        typed=text.strip(),
        sent_at=sent_at,
    )


def wish(subject: str, text: str) -> Wish | None:
    """Read what a post asks for."""
    return wish_of(post(subject, text), PARIS, NOW)


@pytest.mark.parametrize(
    "line",
    [
        "envoyer : demain 8h",
        "Envoyer demain à 8h",
        "ENVOYER: demain 8h.",
        "*envoyer : demain 8h*",
        "à envoyer demain 8h",
        "envoi : demain 8h",
        "Envoi demain 8h",
        "send: tomorrow 8am",
        "send at 2026-11-28 08:00",
        "Send tomorrow at 8 am",
        "send it tomorrow at 8am",
        "envoyer\u00a0: demain 8h",
    ],
)
def test_the_first_line_says_when(line: str) -> None:
    """Empty lines before it don't count."""
    found = wish("Réunion", f"\n  {line}\n\nVenez.\n")

    assert found is not None
    assert (found.line, found.doubt) == (line, "")
    assert found.at == datetime(2026, 11, 28, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "Envoyer les photos à Paul",
        "Envoyer demain au plus tard vos réponses à Paul, merci",
        "Envoi : compte rendu de la réunion",
        "Envoi des convocations demain matin",
        "Je vais envoyer : demain 8h",
        "Demain 8h",
        "Bonjour, envoyer : demain 8h",
        "Send me your photos by tomorrow 8am",
        "Sender: tomorrow 8am",
        "x" * 200,
    ],
)
def test_prose_stays_prose(line: str) -> None:
    """A sentence about sending is no order."""
    assert wish("Réunion", f"{line}\n\nVenez.\n") is None


def test_only_the_first_line_counts() -> None:
    """Further down it is something that people talk about."""
    assert wish("Réunion", "Bonjour,\nenvoyer : demain 8h\n") is None


def test_a_quoted_line_says_nothing() -> None:
    """Whoever answers below a quotation wrote none of it."""
    text = "> Bonjour\nenvoyer : demain 8h\n"
    message = Message(
        *("", 0, NOW, {}), subject="Re: x", text=text, typed="envoyer : demain 8h"
    )

    assert wish_of(message, PARIS, NOW) is None


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("[jeudi 18h] Réunion", "Réunion"),
        ("[envoyer jeudi 18h] Réunion", "Réunion"),
        ("[envoyer : jeudi 18h] Réunion", "Réunion"),
        ("[Thursday 6pm] Meeting", "Meeting"),
        ("[send: Thursday 6pm] Meeting", "Meeting"),
        ("Réunion [jeudi 18h]", "Réunion"),
        ("[informer] [jeudi 18h] Réunion", "[informer] Réunion"),
        ("[jeudi 18h] [informer: bureau] Réunion", "[informer: bureau] Réunion"),
        ("[ jeudi 3 décembre à 18h ]", ""),
        ("[envoyer ce soir] Réunion", "Réunion"),
    ],
)
def test_the_subject_says_when(subject: str, bare: str) -> None:
    """In brackets, wholly; a day and an hour, or « envoyer »."""
    found = wish(subject, "Venez.")

    assert found is not None
    assert without_tag(subject, found.tag) == bare
    assert bare_subject(post(subject, "")) == bare


@pytest.mark.parametrize(
    "subject",
    [
        *("[discuter] x", "[Urgent] x", "[5 places] x", "[Journal 18h-20h] x"),
        *("[jeudi] x", "[18h] x", "[demain] x", "[ce soir] x", "[24/12] x"),
        *("[lundi matin] x", "[dans 2 heures] x", "[AG jeudi 18h] x", "jeudi 18h x"),
        *("[jeudi 18h", "jeudi 18h]", "Re: [jeudi 18h] x", "Tr: [envoyer jeudi 18h]"),
        *("[envoyer les photos] x", "[1h30] x", "[maintenant] x"),
    ],
)
def test_other_brackets_stay(subject: str) -> None:
    """They name lists, projects, and when people meet."""
    assert wish(subject, "Venez.") is None
    assert bare_subject(post(subject, "")) == subject


@pytest.mark.parametrize(
    ("subject", "text", "doubt"),
    [
        ("x", "envoyer : blabla", "unclear"),
        ("x", "envoyer : jeudi 25h", "unclear"),
        ("x", "envoyer jeudi 25h", "unclear"),
        ("x", "envoi : jeudi 25h", "unclear"),
        ("[envoyer jeudi 25h] x", "Venez.", "unclear"),
        ("x", "envoyer : aujourd'hui 8h", "past"),
        ("x", "envoyer : ce matin", "past"),
        ("x", "envoyer : 24/12/2025 8h", "past"),
        ("x", "envoyer : 2028-01-01 8:00", "far"),
    ],
)
def test_what_was_meant_and_is_none_is_in_doubt(
    subject: str, text: str, doubt: str
) -> None:
    """Its author is asked, and what isn't understood isn't touched."""
    found = wish(subject, text)

    assert found is not None
    assert found.doubt == doubt
    assert bool(found.line) == (doubt != "unclear")


def test_a_minute_late_is_not_late() -> None:
    """The mail was on its way."""
    found = wish_of(
        post("x", "envoyer : 10h\n", NOW - timedelta(minutes=3)), PARIS, NOW
    )

    assert found is not None
    assert (found.at, found.doubt) == (NOW, "")


def test_days_are_counted_from_when_it_was_written() -> None:
    """« demain » in a mail of 23:50 that came at 0:10 is that night's morning."""
    written = datetime(2026, 11, 27, 22, 50, tzinfo=UTC)
    message = post("x", "envoyer : demain 8h", written)

    found = wish_of(message, PARIS, datetime(2026, 11, 27, 23, 10, tzinfo=UTC))

    assert found is not None
    assert found.at == datetime(2026, 11, 28, 7, 0, tzinfo=UTC)
