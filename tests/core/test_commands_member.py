"""The commands of members about themselves: done at once, told, taken back."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.actions import (
    Action,
    AskConfirmation,
    AskToProceed,
    Decision,
    LinkAddress,
    Pause,
    Resume,
    SetPerson,
    SetReception,
)
from bot.address import Address
from bot.model import (
    MemberState,
    Proof,
    Reception,
    RequestKind,
    Roster,
    Settings,
)
from tests.committee import (
    ANNE,
    BOX,
    EVE,
    NEWS,
    PARIS,
    PAUL,
    SETTINGS,
    SHA,
    TALK,
    among,
    answered,
    asked,
    decided,
    kinds,
    mail,
    member,
    results,
    roster,
    shown,
)

BOTH = roster(member(ANNE, "discuter", "informer", name="Anne Martin"))
ONE = roster(member(ANNE, "discuter"))


def say(
    line: str,
    known: Roster = BOTH,
    settings: Settings = SETTINGS,
    by: Address = ANNE,
    proof: Proof = Proof.NONE,
) -> Decision:
    """Give one command in a mail."""
    return decided(mail("commandes", line, by, proof), known, settings)


def done(decision: Decision) -> tuple[Action, ...]:
    """Give what is done besides the reply."""
    return decision.actions[1:]


# ------------------------------------------------------------------- reception


@pytest.mark.parametrize(
    ("line", "reception"),
    [
        ("régler discuter résumé", Reception.DIGEST),
        ("Régler Discuter RÉSUMÉ.", Reception.DIGEST),
        ("regler résumé discuter", Reception.DIGEST),
        ("régler la liste discuter chaque", Reception.EACH),
        ("régler discuter : chaque", Reception.EACH),
        ("régler discuter chaque message", Reception.EACH),
        ("régler discuter aucun", Reception.NONE),
        ("régler discuter aucune", Reception.NONE),
        ("régler discuter rien", Reception.NONE),
        ("set discuter digest", Reception.DIGEST),
        ("set discuter each", Reception.EACH),
        ("set discuter to none", Reception.NONE),
        ("set discuter = digest", Reception.DIGEST),
    ],
)
def test_a_member_says_how_to_receive(line: str, reception: Reception) -> None:
    """In French or English, whatever stands first."""
    assert done(say(line)) == (SetReception(1, "discuter", reception),)


@pytest.mark.parametrize("line", ["régler résumé", "set digest", "régler : résumé"])
def test_ones_only_list_need_not_be_named(line: str) -> None:
    """Other lists that there are don't concern this person."""
    assert done(say(line, ONE)) == (SetReception(1, "discuter", Reception.DIGEST),)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("régler", "list-missing"),
        ("régler résumé", "list-missing"),
        ("régler discuter", "bad-reception"),
        ("régler discuter parfois", "bad-reception"),
        ("régler potager résumé", "no-such-list"),
        ("régler jardin résumé", "not-on-list"),
        ("régler discuter modération tous", "bad-reception"),
    ],
)
def test_what_cannot_be_set_is_told(line: str, told: str) -> None:
    """And nothing changes."""
    decision = say(line)

    assert results(decision) == [told]
    assert done(decision) == ()


def test_a_list_without_a_digest_says_so() -> None:
    """Nothing would ever arrive."""
    decision = say("régler discuter résumé", BOTH, among(replace(TALK, digest="off")))

    assert results(decision) == ["no-digest"]


@pytest.mark.parametrize(
    ("often", "words"), [("daily", "chaque soir"), ("weekly", "chaque dimanche")]
)
def test_the_answer_says_how_often(often: str, words: str) -> None:
    """And how to take it back."""
    decision = say("régler discuter résumé", BOTH, among(replace(TALK, digest=often)))

    french, english = (" ".join(one.split()) for one in shown(decision))
    assert words in french
    assert "régler discuter chaque" in french
    assert "set discuter each" in english


@pytest.mark.parametrize(
    "line", ["pause *", "reprendre *", "nom Eve", "langue en", "aussi e@example.net"]
)
def test_who_is_on_no_list_is_told_so(line: str) -> None:
    """There is nobody to change."""
    decision = say(line, Roster(), by=EVE)

    assert results(decision) == ["no-member"]
    assert done(decision) == ()


# ----------------------------------------------------------------------- pause

UNTIL = datetime(2026, 12, 25, tzinfo=PARIS)  # the day after, at midnight


@pytest.mark.parametrize(
    "line",
    [
        "pause discuter 24/12/2026",
        "pause discuter, 2026-12-24",
        "pause discuter jusqu'au 24 décembre",
        "Pause discuter jusqu\u2019au jeudi 24 décembre 2026 compris.",
        "pause discuter until 24 December 2026",
        "pause discuter, until 24/12",
        "pause jusqu'au 24/12 discuter",
        "pause 24/12 sur discuter",
        "pause jusqu'au 24/12/2026 pour la liste discuter",
        "pause la liste discuter pendant 30 jours",
    ],
)
def test_a_pause_lasts_until_a_day_is_over(line: str) -> None:
    """That day included, in the committee's time zone."""
    decision = say(line)

    assert done(decision) == (Pause(1, "discuter", UNTIL),)
    french, _ = shown(decision)
    assert "jeudi 24\u00a0décembre 2026 compris" in french.replace("\n", " ")


@pytest.mark.parametrize(
    "line",
    [
        "pause * 24/12",
        "pause *, until 24/12",
        "pause toutes 24/12",
        "pause Toutes, 24/12",
        "pause toutes les listes jusqu'au 24/12",
        "pause all 24/12",
        "pause all lists until 24/12",
        "pause jusqu'au 24/12",
        "pause jusqu'au 24/12 *",
        "pause 30 jours",
    ],
)
def test_a_pause_of_all_lists(line: str) -> None:
    """`*`, its words, or no list at all."""
    assert done(say(line)) == (Pause(1, "discuter", UNTIL), Pause(1, "informer", UNTIL))


@pytest.mark.parametrize("line", ["pause", "pause *", "pause discuter"])
def test_a_pause_without_a_day_lasts_until_taken_back(line: str) -> None:
    """The answer says how."""
    decision = say(line, ONE)

    assert done(decision) == (Pause(1, "discuter", None),)
    french, english = shown(decision)
    assert "reprendre" in french
    assert "resume" in english


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("pause discuter 23/11/2026", "date-out-of-range"),
        ("pause discuter 24/12/2036", "date-out-of-range"),
        ("pause discuter 31/02/2027", "bad-date"),
        ("pause discuter Noël", "bad-date"),
        ("pause potager 24/12", "no-such-list"),
        ("pause jardin 24/12", "not-on-list"),
    ],
)
def test_a_day_that_cannot_be_meant_is_told(line: str, told: str) -> None:
    """Nobody is silenced by a slip."""
    decision = say(line)

    assert results(decision) == [told]
    assert done(decision) == ()


def test_today_is_a_day_too() -> None:
    """« pause jusqu'à aujourd'hui » ends at midnight."""
    assert done(say("pause discuter 24/11")) == (
        Pause(1, "discuter", datetime(2026, 11, 25, tzinfo=PARIS)),
    )


@pytest.mark.parametrize(
    "line", ["reprendre discuter", "resume discuter", "reprendre *", "reprendre"]
)
def test_a_pause_is_taken_back(line: str) -> None:
    """On those lists that are paused."""
    on = dict(BOTH.memberships)
    on["discuter"] = replace(on["discuter"], state=MemberState.PAUSED)

    decision = say(line, replace(BOTH, memberships=on))

    assert done(decision) == (Resume(1, "discuter"),)
    assert results(decision) == ["resumed"]


def test_no_pause_to_take_back() -> None:
    """Told without a reproach."""
    decision = say("reprendre informer")

    assert (results(decision), done(decision)) == (["not-paused"], ())


# -------------------------------------------------------------- name, language


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("nom Anne Martin", "Anne Martin"),
        ("Nom : Anne Martin", "Anne Martin"),
        ("name Jean-Loup d'Aubigné", "Jean-Loup d'Aubigné"),
        ("nom Anne", "Anne"),
    ],
)
def test_a_name_is_kept_as_typed(line: str, name: str) -> None:
    """With its accents and capitals."""
    assert done(say(line)) == (SetPerson(1, "name", name),)


@pytest.mark.parametrize(
    "line", ["nom", "nom :", "nom a@example.org", f"nom {121 * 'x'}"]
)
def test_what_is_no_name_is_told(line: str) -> None:
    """An address in its place would be shown to everybody."""
    assert results(say(line)) == ["bad-name"]


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("langue fr", "fr"),
        ("langue Français", "fr"),
        ("langue : anglais", "en"),
        ("language english", "en"),
        ("language EN.", "en"),
    ],
)
def test_a_language_by_its_code_or_name(line: str, language: str) -> None:
    """In either language."""
    assert done(say(line)) == (SetPerson(1, "language", language),)


@pytest.mark.parametrize("line", ["langue", "langue breton", "langue fr en"])
def test_other_languages_are_not_spoken(line: str) -> None:
    """Which are is told."""
    assert results(say(line)) == ["bad-language"]


# ----------------------------------------------------------------------- also

OTHER = Address("anne.martin", "example.net")


def test_another_address_is_asked_itself() -> None:
    """Nobody becomes another by a word."""
    decision = say("aussi anne.martin@example.net", proof=Proof.PASS)

    facts = {"person": str(ANNE), "other": str(OTHER), "titles": ""}
    assert done(decision) == (AskConfirmation(OTHER, "also", "", "Anne Martin", facts),)
    assert results(decision) == ["also-asked"]


def test_who_is_not_proved_confirms_first() -> None:
    """Who has the address may speak in that name from then on."""
    decision = say("also anne.martin@example.net")

    assert kinds(decision) == ["AskToProceed"]
    assert results(decision) == ["waits-for-ok"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("aussi", "address-missing"),
        ("aussi anne", "bad-address"),
        ("aussi anne@example", "bad-address"),
        (f"aussi {BOX}", "own-address"),
        (f"aussi {ANNE}", "also-known"),
        ("aussi ANNE@Example.org", "also-known"),
    ],
)
def test_addresses_that_are_no_other_ones(line: str, told: str) -> None:
    """And ours is nobody's."""
    decision = say(line, proof=Proof.PASS)

    assert (results(decision), done(decision)) == ([told], ())


@pytest.mark.parametrize("proof", [Proof.PASS, Proof.NONE])
def test_a_mistyped_address_is_asked_about_in_the_same_reply(proof: Proof) -> None:
    """« ok » to it does what was written."""
    decision = say("aussi anne@gmial.com", proof=proof)

    assert decision.actions == (
        AskToProceed(
            ANNE,
            SHA,
            ("aussi anne@gmial.com",),
            decision.actions[0].facts,  # type: ignore[union-attr] # what is compared
            "fr",
            in_doubt=True,
        ),
    )
    assert results(decision) == ["also-typo"]
    assert "anne@gmail.com" in shown(decision)[0]

    line = "aussi anne@gmial.com"
    facts = {"sha256": SHA, "lines": line, "in_doubt": "yes"}
    request = asked(RequestKind.COMMANDS, ANNE, **facts)
    known = replace(BOTH, original=mail("commandes", line))
    answer = answered("ok", request, known)

    assert kinds(answer) == ["Settle", "Reply command-results", "AskConfirmation"]


def test_the_other_address_says_yes() -> None:
    """Both addresses are told."""
    facts = {"person": str(ANNE), "other": str(OTHER), "titles": ""}
    known = roster(None, member(ANNE, "discuter"))

    decision = answered("oui", asked(RequestKind.ALSO, OTHER, **facts), known)

    person = known.standings[ANNE.key].person
    assert person is not None
    assert decision.actions[1] == LinkAddress(person, OTHER)
    assert kinds(decision)[2:] == ["Reply also-linked", "Reply also-linked"]


# ---------------------------------------------------------------- leaving, again


@pytest.mark.parametrize(
    "line",
    [
        "désabonner *",
        "désabonner Toutes",
        "désabonner toutes les listes",
        "unsubscribe from all lists",
        "quitter tout",
        "stop",
    ],
)
def test_leaving_all_lists_in_other_words(line: str) -> None:
    """Each list asks."""
    decision = say(line)

    lists = [getattr(one, "list_name", "") for one in decision.actions]
    assert lists[-2:] == ["discuter", "informer"]
    assert {type(one) for one in decision.actions[-2:]} == {AskConfirmation}


def test_a_list_that_is_gone_is_not_named() -> None:
    """A membership may outlive its list in the configuration."""
    settings = replace(SETTINGS, lists={"informer": NEWS})

    decision = say("pause *", BOTH, settings)

    assert done(decision) == (Pause(1, "informer", None),)


def test_several_commands_one_reply() -> None:
    """Each is told on its own."""
    decision = say("nom Anne\nlangue en\nrégler discuter parfois\npause discuter")

    assert results(decision) == [
        "name-set",
        "language-set",
        "bad-reception",
        "paused-open",
    ]
    assert [type(one).__name__ for one in done(decision)] == [
        "SetPerson",
        "SetPerson",
        "Pause",
    ]


def test_an_alias_commands_for_the_person() -> None:
    """Which address they write from is no matter."""
    known = roster(member(ANNE, "discuter", others=(PAUL,)))

    assert done(say("pause discuter", known, by=PAUL)) == (Pause(1, "discuter", None),)
