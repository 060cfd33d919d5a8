"""Which mails are commands: none that may be meant for people."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import message
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


# ------------------------------------------------------------- posts stay posts


@pytest.mark.parametrize(
    "subject",
    [
        "Résumé",
        "Résumé de la réunion",
        "Vie privée",
        "Vie privée et réseaux",
        "Envois",
        "Envois du 12",
        "Pause",
        "Pause café samedi",
        "Pause de deux semaines",
        "Pause du 24 décembre",
        "Pause jusqu'au 24 décembre",
        "Pause 15 jours",
        "Bienvenue",
        "Bienvenue à Paul",
        "Membres",
        "Membres du bureau",
        "Nom",
        "Nom de la salle",
        "Langue",
        "Stats",
        "Statistiques de fréquentation",
        "Export",
        "Exporter le fichier",
        "Ajouter un point à l'ordre du jour",
        "Inviter Paul",
        "Retirer les affiches",
        "Corriger le tract",
        "Importer des graines",
        "Nommer un trésorier",
        "Régler la facture",
        "Réglages du vidéoprojecteur",
        "Settings",
        "Set list du concert",
        "Name",
        "Also",
        "Aussi",
        "Pied de page",
        "Annuler la réunion",
        "Annuler",
        "Cancel",
        "Reprendre",
        "Reprendre la grève",
        "Mes données de facturation",
        "Echo",
        "Who",
        "Queue de poisson",
        "Change of plan",
        "Remove the posters",
        "Add to the agenda",
    ],
)
def test_a_word_of_owners_or_members_may_be_a_subject(subject: str) -> None:
    """With a text below it, it is read by people."""
    assert commands(subject, PROSE) is None


@pytest.mark.parametrize(
    "subject",
    [
        "pause discuter jusqu'au 24 décembre",
        "Pause * 24/12",
        "reprendre discuter",
        "régler discuter résumé",
        "set discuter moderation all",
        "aussi anne@example.net",
        "membres discuter",
        "Exporter la liste discuter",
        "langue fr",
        "annuler k7fm2q",
        "nommer discuter anne@example.net modérateur",
        "corriger anne@example.org anne@example.net",
    ],
)
def test_with_arguments_that_fit_they_are_commands(subject: str) -> None:
    """Nobody writes that to people."""
    assert commands(subject, PROSE) is not None


@pytest.mark.parametrize(
    "subject",
    ["pause jusqu'au 24 décembre", "pause pendant deux semaines", "reprendre"],
)
def test_alone_a_day_is_enough(subject: str) -> None:
    """Nothing else was written, so nobody else was meant."""
    found = commands(subject)

    assert found is not None
    assert not found.lines[0].error


# ---------------------------------------------------------- sentences, lists, blocks


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Je voudrais m'abonner à discuter", "subscribe discuter"),
        ("je souhaite m\u2019inscrire à la liste Discuter.", "subscribe Discuter"),
        ("Merci de me désabonner de discuter", "unsubscribe discuter"),
        ("I would like to subscribe to discuter", "subscribe discuter"),
        ("please unsubscribe me from discuter", "unsubscribe discuter"),
        ("Bonjour,\nje voudrais m'abonner à discuter\nMerci !", "subscribe discuter"),
    ],
)
@pytest.mark.parametrize("subject", ["Question", "Bonjour", "", "commandes"])
def test_a_lone_sentence_is_a_command(subject: str, typed: str, wanted: str) -> None:
    """Whatever the subject says."""
    assert names(commands(subject, typed)) == [wanted]


@pytest.mark.parametrize(
    "typed",
    [
        "Je voudrais m'abonner à discuter\nmais aussi savoir quand est la réunion.",
        "Je voudrais m'abonner au journal",
        "Paul voudrait s'abonner à discuter",
        "Comment s'abonner au flux ?",
        "Je ne voudrais pas m'abonner à discuter",
    ],
)
def test_another_sentence_is_a_post(typed: str) -> None:
    """Somebody should answer it."""
    assert commands("Question", typed) is None


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("abonner discuter", "subscribe discuter"),
        ("discuter abonner", "subscribe discuter"),
        ("discuter : s'abonner", "subscribe discuter"),
        ("abonner Anne Martin discuter", "subscribe Anne Martin discuter"),
        ("abonner", "subscribe"),
        ("membres discuter", "who discuter"),
        ("ajouter anne@example.net discuter", "add anne@example.net discuter"),
        ("ajouter anne@example.net", "add anne@example.net"),
        ("régler : discuter : résumé", "set discuter : résumé"),
        ("ajouter discuter :", "add discuter"),
    ],
)
def test_the_list_stands_first_last_or_nowhere(line: str, wanted: str) -> None:
    """Which one is meant is the handler's business."""
    assert names(commands("commandes", line)) == [wanted]


BLOCK = ("anne@example.net", "Paul <paul@example.net>")


@pytest.mark.parametrize(
    ("subject", "typed"),
    [
        ("ajouter discuter", "\n".join(BLOCK)),
        ("ajouter discuter", "\n\n".join(("Bonjour,", *BLOCK, "Merci", "Claire"))),
        ("commandes", "\n".join(("ajouter discuter", *BLOCK))),
        ("", "\n".join(("ajouter discuter :", *BLOCK, "listes"))),
        ("", "\n".join(("ajouter discuter", *BLOCK, "fin", "x@example.net"))),
        ("ajouter discuter", "\n".join((*BLOCK, "-- ", "x@example.net"))),
        ("ajouter discuter", "\n".join((*BLOCK, "> x@example.net"))),
    ],
)
def test_addresses_below_a_command_belong_to_it(subject: str, typed: str) -> None:
    """Up to its end, another command, a signature or a quotation."""
    mail = replace(MAIL, subject=subject, typed=typed, text=typed)

    found = read(mail, SETTINGS, REGISTRY)

    assert found is not None
    assert found.lines[0].name == "add"
    assert tuple(one for one in found.lines[0].block if "@" in one) == BLOCK


def test_two_commands_have_each_their_own_people() -> None:
    """A block ends where the next command begins."""
    text = "ajouter discuter\na@example.net\nretirer discuter\nb@example.net\nfin"
    mail = replace(MAIL, subject="commandes", typed=text, text=text)

    found = read(mail, SETTINGS, REGISTRY)

    assert found is not None
    assert [(one.name, one.block) for one in found.lines] == [
        ("add", ("a@example.net",)),
        ("remove", ("b@example.net",)),
    ]


# --------------------------------------------------------------------- raw bytes

_HEAD = b"From: anne@example.org\r\nMIME-Version: 1.0\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            b"Subject: =?utf-8?q?D=C3=A9sabonner_discuter?=\r\n\r\n",
            id="encoded-subject",
        ),
        pytest.param(
            b"Subject: =?iso-8859-1?B?RElTQ1VURVIgZOlzYWJvbm5lcg==?=\r\n\r\n",
            id="latin-1",
        ),
        pytest.param(
            b"Subject: commandes\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
            b"d=C3=A9sabon=\r\nner discuter\r\n",
            id="quoted-printable",
        ),
        pytest.param(
            b"Subject: commandes\r\nContent-Type: text/html; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
            b"<html><body><div>d&eacute;sabonner&nbsp;<b>discuter</b></div>"
            b"<br><p>-- <br>Anne</p></body></html>\r\n",
            id="html-only",
        ),
        pytest.param(
            b"Subject:\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n"
            b"<p>Bonjour,</p><p>d\xe9sabonner discuter</p><p>Merci</p>\r\n",
            id="html-without-subject",
        ),
        pytest.param(
            b"Subject: commandes\r\nContent-Type: multipart/alternative; boundary=x\r\n"
            b"\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            b"d\xc3\xa9sabonner discuter\r\n--x\r\nContent-Type: text/html\r\n\r\n"
            b"<p>d&eacute;sabonner discuter</p>\r\n--x--\r\n",
            id="alternative",
        ),
    ],
)
def test_mails_as_programs_write_them(raw: bytes) -> None:
    """HTML, encodings and charsets are the program's business."""
    found = read(message.read(_HEAD + raw, NOW), SETTINGS, REGISTRY)

    assert [one.split()[0] for one in names(found)] == ["unsubscribe"]
    assert [fold(one) for one in names(found)] == ["unsubscribe discuter"]


OWNERS_WORDS = ["membres discuter", "régler discuter résumé", "réglages discuter"]


@given(
    st.sampled_from([*OWNERS_WORDS, "pause discuter 24/12", "mes données"]),
    st.sampled_from([str.upper, str.title, str.lower]),
    st.sampled_from(["NFC", "NFD"]),
    st.sampled_from(["", "Re: ", "RE : ", "TR: Re[2]: ", "\u200b"]),
    st.sampled_from(["", ".", " …", "\u00a0!", "\n"]),
)
def test_spelling_makes_no_difference_to_owners_either(
    words: str, case: type[str], accents: str, before: str, after: str
) -> None:
    """The same care for every command, with blanks of all kinds."""
    wanted = [fold(one) for one in names(commands(words))]
    spelled = unicodedata.normalize(accents, case(words))  # type: ignore[arg-type] # a form

    for blank in (" ", "\u00a0", "\u202f", "  "):
        found = commands(f"{before}{spelled.replace(' ', blank)}{after}", PROSE)
        assert [fold(one) for one in names(found)] == wanted


PIECES = st.sampled_from(
    [
        *("ajouter", "discuter", "régler", "pause", "*", "24/12", "fin", "commandes"),
        *(
            "a@example.net",
            "<",
            ">",
            ":",
            ",",
            "\n",
            "\r",
            "\x00",
            "\u2028",
            "Re:",
            "[",
        ),
        *("« »", "\u2019", "e\u0301", "désabonner", "Merci", "-- ", "importer", "nom"),
    ]
)


@given(st.lists(PIECES, max_size=12), st.lists(PIECES, max_size=40), st.booleans())
def test_no_mixture_of_its_words_makes_it_raise(
    subject: list[str],
    typed: list[str],
    html: bool,  # noqa: FBT001 - a variation
) -> None:
    """Nor what is nearly a command."""
    text = " ".join(typed)
    mail = replace(
        MAIL, subject=" ".join(subject), typed=text, text=text, html_only=html
    )

    for asked in (None, ("discuter", "request"), ("discuter", "join")):
        read(mail, SETTINGS, REGISTRY, asked)
