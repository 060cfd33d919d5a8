"""People named below a command: whom the author typed, and nobody else.

Signatures and quotations hold addresses, too, and whoever is added by mistake gets
mail, whoever is removed none.
"""

from datetime import UTC, datetime

import pytest

from bot.commands.grammar import CommandText, read
from bot.commands.wants import Wants, wanted
from bot.decide.orders import REGISTRY
from bot.message import read as read_mail
from tests.committee import CLAIRE, EVE, SETTINGS

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PLAIN = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JEAN = "jean@example.net Jean"
LUC = "Luc <luc@example.net>"


def found(subject: str, text: str, content_type: str = PLAIN) -> CommandText:
    """Read a raw mail of an owner."""
    head = (
        f"From: Claire <{CLAIRE}>\nTo: comite@example.org\nSubject: {subject}\n"
        f"MIME-Version: 1.0\nContent-Type: {content_type}\n"
        "Content-Transfer-Encoding: 8bit\n"
    )
    raw = f"{head}\n{text}".replace("\n", "\r\n").encode()
    commands = read(read_mail(raw, NOW), SETTINGS, REGISTRY)
    assert commands is not None
    return commands


def below(subject: str, text: str, content_type: str = PLAIN) -> tuple[str, ...]:
    """Give the lines that belong to the one command of a mail."""
    (line,) = found(subject, text, content_type).lines
    return line.block


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(f"\nCordialement,\n{CLAIRE}", id="a-farewell"),
        pytest.param("\nMerci d'avance\nzoe@example.org", id="thanks"),
        pytest.param("\nClaire Roux\nTél. 06 12\nzoe@example.org", id="a-signature"),
        pytest.param("et pas\nzoe@example.org", id="a-line-without-an-address"),
        pytest.param(f"\n{CLAIRE}", id="her-own-address-after-a-gap"),
        pytest.param(f"\nClaire <{CLAIRE}>\nzoe@example.org", id="her-own-name"),
        pytest.param("fin\nzoe@example.org", id="fin"),
        pytest.param("-- \nzoe@example.org", id="the-mark-of-signatures"),
    ],
)
@pytest.mark.parametrize("word", ["ajouter", "retirer"])
def test_the_people_end_where_something_else_begins(word: str, end: str) -> None:
    """A signature has an address as well, often the author's own."""
    assert below(f"{word} discuter", f"{JEAN}\n{LUC}\n{end}\n") == (JEAN, LUC)


def test_a_surname_may_be_a_word_of_courtesy() -> None:
    """« Surname, First name » tables have a Best and a Cher."""
    rows = ("Best, George <george@example.org>", JEAN, "Cher, Ami <ami@example.org>")

    assert below("ajouter discuter", "\n".join(rows)) == rows


def test_an_import_goes_on_below_ones_own_address() -> None:
    """What it would do is shown before it is done."""
    text = f"{JEAN}\n\n{CLAIRE}\n\n{LUC}"

    assert below("importer discuter", text) == (JEAN, LUC)


def test_people_may_come_after_a_greeting_and_in_several_lots() -> None:
    """People write to people, and leave lines free."""
    text = f"Bonjour,\n\n{JEAN}\n\n{LUC}\n\nMerci !\n"

    assert below("ajouter discuter", text) == (JEAN, LUC)


def test_an_owner_may_name_herself_among_the_others() -> None:
    """Only after a gap is it a signature."""
    text = f"{JEAN}\n{CLAIRE}\n{LUC}\n"

    assert below("ajouter discuter", text) == (JEAN, str(CLAIRE), LUC)


def test_an_address_that_ends_like_the_authors_is_another() -> None:
    """`marieclaire@` is nobody's signature but her own."""
    text = f"{JEAN}\n\nmarie{CLAIRE}\n"

    assert below("ajouter discuter", text) == (JEAN, f"marie{CLAIRE}")


def test_an_import_goes_on_after_a_line_without_an_address() -> None:
    """It is shown before it is done, with all that can't be read."""
    text = f"{JEAN}\nLuc, sans adresse\nzoe@example.org\n"

    assert below("importer discuter", text) == tuple(text.splitlines())


def test_an_import_ends_at_a_farewell() -> None:
    """Nobody is called « Cordialement »."""
    text = f"{JEAN}\n\nCordialement\nClaire\n{CLAIRE}\n"

    assert below("importer discuter", text) == (JEAN,)


OUTLOOK = """
De : Zoé <zoe@example.org>
Envoyé : lundi 23 novembre 2026 10:00
À : claire@example.org
Objet : inscription

N'ajoutez surtout pas victor@example.net !
"""
OUTLOOK_OLD = """
-----Message d'origine-----
De : Zoé [mailto:zoe@example.org]
victor@example.net
"""
GMAIL = """
Le lun. 23 nov. 2026 à 10:00, Zoé <zoe@example.org> a écrit :

> N'ajoutez surtout pas
> victor@example.net
"""
GMAIL_FOLDED = """
Le lun. 23 nov. 2026 à 10:00, Zoé Dubois-Lefebvre <
zoe@example.org> a écrit :
> victor@example.net
"""
GMAIL_ENGLISH = """
On Mon, Nov 23, 2026 at 10:00 AM Zoé <zoe@example.org> wrote:
> victor@example.net
"""
FORWARDED = """
---------- Forwarded message ---------
De : Zoé <zoe@example.org>
Date: lun. 23 nov. 2026 à 10:00
To: victor@example.net
"""
QUOTATIONS = [
    pytest.param(OUTLOOK, id="outlook"),
    pytest.param(OUTLOOK_OLD, id="old-outlook"),
    pytest.param(GMAIL, id="gmail"),
    pytest.param(GMAIL_FOLDED, id="gmail-folded"),
    pytest.param(GMAIL_ENGLISH, id="gmail-in-english"),
    pytest.param(FORWARDED, id="forwarded"),
]


@pytest.mark.parametrize("quotation", QUOTATIONS)
@pytest.mark.parametrize("word", ["ajouter", "retirer", "importer"])
def test_nobody_in_a_quotation_is_meant(word: str, quotation: str) -> None:
    """Owners forward who asked, and answer below what they were told."""
    assert below(f"{word} discuter", f"{JEAN}\n{quotation}") == (JEAN,)


@pytest.mark.parametrize(
    "quotation",
    [
        pytest.param(
            '<div class="gmail_quote"><div class="gmail_attr">Zoé a écrit :</div>'
            "<blockquote>victor@example.net</blockquote></div>",
            id="gmail",
        ),
        pytest.param(
            '<div id="divRplyFwdMsg"><b>De :</b> Zoé &lt;zoe@example.org&gt;<br>'
            "<b>Envoyé :</b> lundi<br><b>Objet :</b> x</div>"
            "<div>victor@example.net</div>",
            id="outlook",
        ),
    ],
)
def test_nobody_in_a_quotation_of_html_is_meant(quotation: str) -> None:
    """Telephones send nothing else."""
    text = f"<html><body><div>jean@example.net</div><br>{quotation}</body></html>"

    assert below("ajouter discuter", text, HTML) == ("jean@example.net",)


def test_people_below_a_command_of_the_body_know_no_quotation_either() -> None:
    """The same holds where several commands are given."""
    text = f"ajouter discuter\n{JEAN}\nretirer discuter\n{LUC}\n{GMAIL}"

    lines = found("commandes", text).lines

    assert [line.block for line in lines] == [(JEAN,), (LUC,)]


# --------------------------------------------------------------- what has to be loaded

MANY = "\n".join(f"a{number}@b.fr" for number in range(200_000))


@pytest.mark.parametrize(
    "subject",
    [
        "ajouter discuter",
        "retirer discuter",
        "inviter discuter",
        "importer discuter",
        "membres discuter",
        "exporter discuter",
    ],
)
def test_whoever_owns_no_list_makes_us_load_nothing(subject: str) -> None:
    """Strangers may send address books all day long."""
    commands = found(subject, f"{JEAN}\n{LUC}\n")

    assert wanted(commands, REGISTRY, SETTINGS, {EVE}) == Wants()
    assert wanted(commands, REGISTRY, SETTINGS, {CLAIRE}) != Wants()


@pytest.mark.parametrize("typed", ["ajouter discuter", "\n".join(["ajouter la"] * 25)])
def test_hundreds_of_thousands_of_lines_are_read_as_hundreds(typed: str) -> None:
    """Nobody types them; they took minutes once."""
    commands = found("commandes", f"{typed}\n{MANY}")

    assert all(len(line.block) <= 500 for line in commands.lines)
    assert wanted(commands, REGISTRY, SETTINGS, {EVE}) == Wants()
    assert len(wanted(commands, REGISTRY, SETTINGS, {CLAIRE}).addresses) <= 500


def test_thousands_of_people_are_imported_from_the_text() -> None:
    """Who has no file pastes the table; more come as one."""
    block = below("importer discuter", MANY)

    assert len(block) == 20_000
