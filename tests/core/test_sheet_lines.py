"""What callers type: as they like, and never about somebody who isn't on the sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address, parse
from bot.commands.sheet_lines import addresses_in, read

SHEET = tuple(
    parse(one)
    for one in ("paul@free.fr", "lea@gmial.com", "jo@sfr.fr", "bob@x.fr", "eve@x.fr")
)


def said(
    typed: str, sheet: tuple[Address | None, ...] = SHEET
) -> list[tuple[int, str]]:
    """Read an answer; give what each line says, of whom."""
    return [
        (one.number, str(one.new) if one.new else one.trouble or one.verb)
        for one in read(typed, sheet)
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3 corriger alice@orange.fr", [(3, "alice@orange.fr")]),
        ("3 : alice@orange.fr", [(3, "alice@orange.fr")]),
        ("3 alice@orange.fr", [(3, "alice@orange.fr")]),
        ("- 3 alice@orange.fr", [(3, "alice@orange.fr")]),
        ("3) Alice@Orange.fr.", [(3, "Alice@orange.fr")]),
        ("3. Jo Faure : alice@orange.fr", [(3, "alice@orange.fr")]),
        ("3 <mailto:alice@orange.fr>", [(3, "alice@orange.fr")]),
        ("3 alice@orange.fr<mailto:alice@orange.fr>", [(3, "alice@orange.fr")]),
        ("N°3 : nouvelle adresse alice@orange.fr", [(3, "alice@orange.fr")]),
        ("3 : la bonne adresse est alice@orange.fr", [(3, "alice@orange.fr")]),
        ("3 : alice@orange.fr (son fils répond)", [(3, "alice@orange.fr")]),
        ("corriger jo@sfr.fr en alice@orange.fr", [(3, "alice@orange.fr")]),
        ("jo@sfr.fr -> alice@orange.fr", [(3, "alice@orange.fr")]),
        ("change 3 to alice@orange.fr", [(3, "alice@orange.fr")]),
        ("coriger 3 alice@orange.fr", [(3, "alice@orange.fr")]),
    ],
)
def test_a_new_address(typed: str, meant: list[tuple[int, str]]) -> None:
    """It says all by itself."""
    assert said(typed) == meant


@pytest.mark.parametrize(
    ("verb", "typed"),
    [
        ("remove", "2 retirer"),
        ("remove", "À RETIRER : 2"),
        ("remove", "2 décédée"),
        ("remove", "2 retier svp"),
        ("remove", "désabonner 2"),
        ("remove", "2 : elle ne veut plus recevoir nos messages"),
        ("remove", "2 demande à être retirée de la liste, elle a déménagé"),
        ("remove", "2 ok à retirer"),
        ("remove", "retirer lea@gmial.com"),
        ("remove", "line 2: remove, please"),
        ("remove", "2 ne veut plus rien recevoir"),
        ("remove", "2 passed away"),
        ("remove", "2 doesn't want our mails any more"),
        ("keep", "garder 2"),
        ("keep", "2 ok"),
        ("keep", "2 : c'est la bonne adresse"),
        ("keep", "lea@gmial.com valide"),
        ("keep", "2 garder, elle va vider sa boîte"),
        ("keep", "2 keep"),
        ("unreached", "2 injoignable"),
        ("unreached", "2 pas joint"),
        ("unreached", "2 pas jointe au 06 12 34 56 78, rappeler mardi 3 à 18h"),
        ("unreached", "2 n'a pas répondu"),
        ("unreached", "2 je n'ai pas réussi à la joindre"),
        ("unreached", "2 messagerie"),
        ("unreached", "2 non joignable"),
        ("unreached", "2 NRP"),
        ("unreached", "2 laissé un message"),
        ("unreached", "rappeler 2 le 3 mars"),
        ("unreached", "2 absente"),
        ("unreached", "2 faux numéro"),
        ("unreached", "2 numéro mort"),
        ("unreached", "2 ligne morte"),
        ("unreached", "2 la ligne est morte"),
        ("unreached", "2 numéro non attribué"),
        ("unreached", "2 : le numéro n'est plus attribué"),
        ("unreached", "2 dead line"),
        ("unreached", "2 the line is dead"),
        ("unreached", "2 no answer"),
        ("unreached", "2 could not be reached"),
    ],
)
def test_what_came_of_a_call(verb: str, typed: str) -> None:
    """Accents, case, order and courtesy don't matter."""
    assert said(typed) == [(2, verb)]


@pytest.mark.parametrize(
    "typed", ["2, 4 et 5 pas joints", "pas joints : 2, 4, 5", "2 4 5 pas joints"]
)
def test_several_in_one_line(typed: str) -> None:
    """Evenings on which nobody is at home are common."""
    assert said(typed) == [(2, "unreached"), (4, "unreached"), (5, "unreached")]


@pytest.mark.parametrize(
    ("typed", "trouble"),
    [
        ("2", (2, "sheet-what")),
        ("2 ne pas retirer", (2, "sheet-what")),
        ("2 retirer ?", (2, "sheet-what")),
        ("2 rien à retirer", (2, "sheet-what")),
        ("2 adresse morte", (2, "sheet-what")),
        ("2 boîte morte", (2, "sheet-what")),
        ("2 mort", (2, "sheet-what")),
        ("2 numéro mort, retirer", (2, "sheet-what")),
        ("2 adresse supprimée", (2, "sheet-what")),
        ("2 son mari est décédé", (2, "sheet-what")),
        ("2 garder ou retirer", (2, "sheet-what")),
        ("2 garder, ne pas retirer", (2, "sheet-what")),
        ("2 retirer de discuter seulement", (2, "sheet-what")),
        ("2 ce n'est pas la bonne adresse", (2, "sheet-what")),
        ("2 plus alice@orange.fr", (2, "sheet-what")),
        ("2 nouvelle adresse : pas alice@orange.fr", (2, "sheet-what")),
        ("2 retirer alice@orange.fr", (2, "sheet-what")),
        ("2 à 5 retirer", (2, "sheet-what")),
        ("lea@gmial.com", (2, "sheet-what")),
        ("2 corriger", (2, "sheet-which-address")),
        ("2 alice@orange.fr ou bob2@orange.fr", (2, "sheet-which-address")),
        ("2 alice@orange", (0, "sheet-bad-address")),
        ("6 retirer", (0, "sheet-no-such-line")),
        ("0 retirer", (0, "sheet-no-such-line")),
        ("retirer", (0, "sheet-who")),
        ("Paul : retirer", (0, "sheet-who")),
        ("2 retirer bob@x.fr", (0, "sheet-who")),
        ("retirer inconnu@x.fr", (0, "sheet-not-on-it")),
        ("corriger inconnu@x.fr alice@orange.fr", (0, "sheet-not-on-it")),
    ],
)
def test_what_is_not_surely_meant_is_asked(
    typed: str, trouble: tuple[int, str]
) -> None:
    """Nobody loses their membership to a misreading."""
    assert said(typed) == [trouble]


def test_an_answer_has_a_beginning_and_an_end() -> None:
    """Greetings, headings, thanks and signatures are no answers."""
    typed = (
        "Bonjour,\n\nVoici mes réponses :\n1 ok\n\n3 alice@orange.fr\n\n"
        "Cordialement,\nPaul Martin\n06 12 34 56 78"
    )

    assert said(typed) == [(1, "keep"), (3, "alice@orange.fr")]
    assert said("Merci beaucoup !\nPaul") == []
    assert said("Injoignable") == [(0, "sheet-who")]
    assert said("Je les ai tous appelés samedi") == [(0, "sheet-what")]


def test_the_only_one_needs_no_number() -> None:
    """Whom else could it be about."""
    alone = SHEET[:1]

    assert said("retirer", alone) == [(1, "remove")]
    assert said("paul@orange.fr", alone) == [(1, "paul@orange.fr")]
    assert said("pas joint", alone) == [(1, "unreached")]


def test_what_looks_like_a_slip_may_be_meant() -> None:
    """« sûr » answers our question."""
    (doubtful,) = read("3 zoe@gmial.com", SHEET)
    (sure,) = read("3 zoe@gmial.com sûr", SHEET)

    assert (doubtful.sure, sure.sure) == (False, True)


def test_addresses_are_named_once() -> None:
    """The store is asked about them before the answer is decided."""
    typed = "1 a@x.fr\n2 A@x.fr b@x.fr <mailto:b@x.fr>\n3 c@"

    assert addresses_in(typed) == (parse("a@x.fr"), parse("b@x.fr"))


_words = st.sampled_from(
    [
        *("1", "2", "3", "7", "99", ",", ":", "et", "?", "\n", "pas", "le", "-", "@"),
        *("retirer", "garder", "corriger", "injoignable", "ok", "décédé", "joint"),
        *("paul@free.fr", "lea@gmial.com", "new@orange.fr", "eve@elsewhere.fr"),
    ]
)
_typed = st.text(max_size=80) | st.lists(_words, max_size=12).map(" ".join)


@given(_typed, st.integers(0, 3))
def test_any_text_concerns_nobody_else(typed: str, size: int) -> None:
    """Never an exception, never somebody who isn't on that very sheet."""
    sheet = (*SHEET[:size], None)

    for one in read(typed, sheet):
        assert 0 <= one.number <= len(sheet)
        assert (one.number > 0 and not one.trouble) or one.verb == "unclear"
        assert (one.new is not None) is (one.verb == "change")
        assert one.new is None or one.new not in sheet
