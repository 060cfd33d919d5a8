"""Which mails are commands: none that may be meant for people."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address
from bot.commands.grammar import CommandText, read
from bot.decide.orders import REGISTRY
from bot.folding import distance, fold
from bot.model import Attachment, ListKind, MailingList, Message, Settings

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SETTINGS = Settings(
    mailbox=Address("comite", "example.org"),
    name="Comité",
    language="fr",
    timezone=ZoneInfo("Europe/Paris"),
    admins=(),
    lists={
        "discuter": MailingList("discuter", ListKind.DISCUSSION),
        "informer": MailingList("informer", ListKind.ANNOUNCEMENT),
    },
    default_list="",
    subaddressing="+",
    trusted_authserv="",
    max_message_size=10**7,
    secret=bytes(32),
)
MAIL = Message("0" * 64, 900, NOW, {})
PROSE = "Bonjour à tous,\nNous serons douze samedi. Qui apporte le pain ?\nAnne"


def commands(subject: str, typed: str = "") -> CommandText | None:
    """Read a mail without attachments."""
    return read(replace(MAIL, subject=subject, typed=typed), SETTINGS, REGISTRY)


def names(found: CommandText | None) -> list[str]:
    """Give `name arguments` of each line, or what is wrong with it."""
    lines = found.lines if found else ()
    return [
        " ".join((line.name or f"!{line.error}", *line.arguments)) for line in lines
    ]


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("aide", "help"),
        ("Help", "help"),
        ("aide abonner", "help abonner"),
        ("Re: AIDE.", "help"),
        ("Tr : Re : «\u00a0Listes\u00a0»", "lists"),
        ("infos discuter", "info discuter"),
        ("S\u2019abonner à la liste Discuter", "subscribe à la liste Discuter"),
        ("Abonner : discuter Anne Martin", "subscribe discuter Anne Martin"),
        ("join informer", "subscribe informer"),
        ("DÉSABONNER discuter.", "unsubscribe discuter"),
        ("desabonner", "unsubscribe"),
        ("Désinscription", "unsubscribe"),
        ("unsubscribe *", "unsubscribe *"),
        ("STOP", "unsubscribe"),
        ("abonnements", "which"),
        ("confirmer abcdefghijklmnopqrstuvwxyz", "confirm abcdefghijklmnopqrstuvwxyz"),
        ("confirm k7fm2q", "confirm k7fm2q"),
    ],
)
def test_a_whole_subject_is_a_command_whatever_the_body(
    subject: str, wanted: str
) -> None:
    """Who wants to leave often says why in the body."""
    assert names(commands(subject, PROSE)) == [wanted]


@pytest.mark.parametrize(
    "subject",
    [
        "Aide pour le pique-nique",
        "Help us on Saturday",
        "Infos",
        "Infos du comité",
        "Listes des courses",
        "Stop à la répression",
        "Quitter le navire",
        "Quitter discuter demain soir",
        "Join discuter and bring your friends to the party tonight",
        "Confirmer le 12 à 14h",
        "Confirmer l'heure",
        "Join us at the market",
        "Confirmer la réunion de samedi",
        "Confirmer samedi",
        "Fin",
        "Re: [discuter] aide",
        "Pique-nique",
        "abonner disctuer",
        "desaboner",
        "",
    ],
)
def test_a_subject_that_starts_like_a_command_is_a_post(subject: str) -> None:
    """Mail for people must reach people."""
    assert commands(subject, PROSE) is None


@pytest.mark.parametrize(
    ("subject", "wanted", "suggestion"),
    [
        ("desaboner discuter", "!unknown-command", "désabonner"),
        ("unsuscribe", "!unknown-command", "unsubscribe"),
        ("Adie", "!unknown-command", "aide"),
        ("abonner disctuer", "subscribe disctuer", ""),
        ("info", "info", ""),
    ],
)
def test_a_slip_is_forgiven_where_nothing_else_was_written(
    subject: str, wanted: str, suggestion: str
) -> None:
    """« vouliez-vous dire … ? » beats silence."""
    found = commands(subject)

    assert found is not None
    assert names(found) == [wanted]
    assert found.lines[0].suggestion == suggestion


def test_a_photo_with_a_short_subject_is_a_post() -> None:
    """An attachment is meant for somebody."""
    mail = replace(MAIL, subject="Adie", attachments=(Attachment("a", "image/png", 9),))

    assert read(mail, SETTINGS, REGISTRY) is None


@pytest.mark.parametrize("subject", ["commandes", "Command", "", "(sans objet)"])
def test_lines_of_the_body_are_commands(subject: str) -> None:
    """Courtesy around them is neither command nor mistake."""
    typed = "Bonjour,\n\nlistes\nabonner discuter\n\nMerci !\n"

    assert names(commands(subject, typed)) == ["lists", "subscribe discuter"]


@pytest.mark.parametrize("end", ["fin", "END", "-- ", "> aide", "__________"])
def test_reading_stops_at_the_end(end: str) -> None:
    """What is quoted or signed was not asked."""
    assert names(commands("commandes", f"listes\n{end}\nabonnements")) == ["lists"]


def test_reading_stops_after_five_other_lines() -> None:
    """Whoever writes so much else writes to people."""
    typed = "listes\n" + "Il fait beau au marché\n" * 5 + "aide"

    assert names(commands("commandes", typed)) == ["lists"]


def test_at_most_25_commands() -> None:
    """The 26th is told about, the rest is not even read."""
    found = names(commands("commandes", "aide\n" * 40))

    assert found == ["help"] * 25 + ["!too-many-commands"]


def test_commands_without_any_get_an_answer() -> None:
    """In a mail that says it holds commands, prose is a mistake to explain."""
    assert names(commands("commandes", "Il fait beau au marché")) == [
        "!unknown-command"
    ]


@pytest.mark.parametrize(
    ("function", "wanted"), [("join", "subscribe"), ("leave", "unsubscribe")]
)
def test_sub_addresses_say_all(function: str, wanted: str) -> None:
    """What stands in such a mail is no matter."""
    mail = replace(MAIL, subject="Bonjour", typed=PROSE)

    found = read(mail, SETTINGS, REGISTRY, ("discuter", function))

    assert names(found) == [f"{wanted} discuter"]


def test_mail_to_request_is_always_commands() -> None:
    """That address has no other use."""
    mail = replace(MAIL, subject="Bonjour", typed="aide\n")

    found = read(mail, SETTINGS, REGISTRY, ("discuter", "request"))

    assert names(found) == ["help"]


@pytest.mark.parametrize(
    ("subject", "language"),
    [("aide", "fr"), ("help", "en"), ("stop", ""), ("listes", "fr")],
)
def test_the_word_tells_the_language(subject: str, language: str) -> None:
    """« stop » is as much French as English."""
    found = commands(subject)

    assert found is not None
    assert found.language == language


@given(st.text(), st.text())
def test_no_text_makes_it_raise(subject: str, typed: str) -> None:
    """Anything may arrive."""
    commands(subject, typed)


WORDS = ["aide", "listes", "désabonner discuter", "s'abonner discuter", "abonnements"]


@given(
    st.sampled_from(WORDS),
    st.sampled_from([str.upper, str.title, str.lower]),
    st.sampled_from(["NFC", "NFD", "none"]),
    st.sampled_from(["", "Re: ", "RE : ", "Ré: Tr: ", "Re[2]: ", "\ufeff", "\t "]),
    st.sampled_from(["", ".", " …", "!", "\u00a0!", "  "]),
    st.booleans(),
)
def test_spelling_makes_no_difference(
    words: str,
    case: type[str],
    accents: str,
    before: str,
    after: str,
    hard_blanks: bool,  # noqa: FBT001 - a variation
) -> None:
    """Case, accents, apostrophes, Re:, stops and blanks are the program's business."""
    wanted = names(commands(words))
    bare = fold(words) if accents == "none" else words
    spelled = case(bare).replace("'", "\u2019")
    if accents != "none":
        spelled = unicodedata.normalize(accents, spelled)  # type: ignore[arg-type]
    if hard_blanks:
        spelled = spelled.replace(" ", "\u00a0")

    found = names(commands(f"{before}{spelled}{after}", PROSE))

    assert [fold(one) for one in found] == [fold(one) for one in wanted]


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_a_distance(one: str, other: str) -> None:
    """It is 0 for equal words only, and the same both ways."""
    far = distance(one, other, 9)

    assert far == distance(other, one, 9)
    assert (far == 0) == (one == other)
    assert distance(one, other, 1) == min(far, 2)
