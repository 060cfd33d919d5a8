"""Replies to the bot's own mails are never read by a list; lone commands neither."""

from dataclasses import replace

import pytest

from bot.actions import CopyToOwners, Distribute, Reply
from bot.address import Address
from bot.address import NamedAddress as Named
from bot.model import Message, Proof, RequestKind, Roster, TokenState
from tests.committee import (
    ANNE,
    CLAIRE,
    EVE,
    PAUL,
    SETTINGS,
    TOKEN,
    answered,
    asked,
    decided,
    kinds,
    mail,
    member,
    results,
    roster,
)

ON = member(ANNE, "discuter", name="Anne Martin")
THREAD = roster(ON, thread_lists=("discuter",))
KINDS = ("reply", "notice", "receipt", "welcome", "alert", "confirm", "digest")


def reply(typed: str, kind: str = "receipt", /, **more: object) -> Message:
    """Give an answer to a mail of ours."""
    ours = (f"<{TOKEN}.{kind}@example.org>",)
    given = {"in_reply_to": ours, "references": ("<1@example.org>", *ours), **more}
    return mail("Re: Parti : Pique-nique", typed, **given)  # type: ignore[arg-type] # fields


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("known", [roster(ON), THREAD])
@pytest.mark.parametrize("default", ["", "discuter"])
def test_what_somebody_answers_us_is_read_by_those_in_charge(
    kind: str, known: Roster, default: str
) -> None:
    """Not by the list, though the thread began with a post of theirs."""
    settings = replace(SETTINGS, default_list=default)

    decision = decided(
        reply("Paul a déménagé, son téléphone est le 06…", kind), known, settings
    )

    assert decision.rule == "answers-our-mail"
    told, copy = decision.actions
    assert isinstance(told, Reply)
    assert (told.to, told.text_id) == (ANNE, "passed-on")
    assert isinstance(copy, CopyToOwners)
    assert (copy.list_name, copy.facts["why"]) == ("discuter", "answer")


def test_an_answer_without_in_reply_to_is_known_by_its_thread() -> None:
    """Some programs keep References alone."""
    assert decided(reply("Tiens ?", in_reply_to=()), THREAD).rule == "answers-our-mail"


@pytest.mark.parametrize(
    "more",
    [
        {"to": (Named("", Address("comite+discuter", "example.org")),)},
        {"subject": "[discuter] Pique-nique"},
        {"subject": "discuter : Pique-nique"},
        {"in_reply_to": (f"<{TOKEN}.post@example.org>",)},
        {"in_reply_to": (f"<{TOKEN}.receipt@example.net>",)},
    ],
)
def test_who_names_the_list_writes_to_it(more: dict[str, object]) -> None:
    """As « which-list » tells them to, by answering it as it may be."""
    message = replace(reply("Qui apporte le pain ?"), **more)  # type: ignore[arg-type] # fields

    sent = Distribute("discuter", message.sha256, asked_by=ANNE)
    assert decided(message, THREAD).actions == (sent,)


def test_thanks_need_no_reader() -> None:
    """Nor an answer."""
    assert decided(reply("Merci beaucoup !\n\nAnne"), THREAD).actions == ()


@pytest.mark.parametrize("typed", ["Malade", "Samedi", "Paul Dupont"])
def test_one_word_may_be_news(typed: str) -> None:
    """Without a word of thanks a name is no farewell."""
    assert decided(reply(typed), THREAD).actions[-1].__class__ is CopyToOwners


@pytest.mark.parametrize("typed", ["ok", "Oui", "Non merci"])
@pytest.mark.parametrize("state", [TokenState.NONE, TokenState.INVALID])
def test_a_yes_to_no_question_is_told(typed: str, state: TokenState) -> None:
    """Whoever answers a receipt with « ok » learns that nothing came of it."""
    known = replace(THREAD, token=state)

    assert kinds(decided(reply(typed), known)) == ["Reply token-invalid"]


def test_a_command_in_an_answer_is_one() -> None:
    """Answering us is how people write to us."""
    decision = decided(reply("désabonner discuter\n\nMerci"), THREAD)

    assert kinds(decision) == ["AskConfirmation"]


@pytest.mark.parametrize("proof", [Proof.NONE, Proof.PASS])
def test_strangers_are_read_and_not_answered(proof: Proof) -> None:
    """From: may be anybody."""
    message = reply("Et moi ?", by=EVE, proof=proof)

    assert kinds(decided(message, roster())) == ["CopyToOwners"]


def test_a_forged_answer_is_not_answered() -> None:
    """People may see it."""
    assert kinds(decided(reply("Et moi ?", proof=Proof.FAIL), THREAD)) == [
        "CopyToOwners"
    ]


# --------------------------------------------------------- lone commands in a thread


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("désabonner discuter", "AskConfirmation"),
        ("Bonjour,\n\nDésabonner discuter\n\nMerci, Anne", "AskConfirmation"),
        ("merci de me retirer de la liste discuter", "AskConfirmation"),
        ("stop", "AskConfirmation"),
        ("pause discuter 15 jours", "Pause"),
    ],
)
def test_a_reply_that_is_nothing_but_a_command_is_not_posted(
    typed: str, kind: str
) -> None:
    """« Pour quitter, répondez : désabonner discuter », many footers say."""
    message = mail("Re: [Discussion] Pique-nique", typed)

    assert kind in kinds(decided(message, THREAD))
    assert "Distribute" not in kinds(decided(message, THREAD))


def test_an_owners_people_are_not_posted() -> None:
    """The addresses that she adds are nobody's business."""
    owner = member(CLAIRE, "discuter", id=2)
    typed = "ajouter discuter\nbob@example.net Bob\nlea@example.net Léa\n\nClaire"
    message = mail("Re: Pique-nique", typed, CLAIRE, Proof.PASS)

    decision = decided(message, roster(owner, thread_lists=("discuter",)))

    assert results(decision) == ["people-results"]


def test_the_people_of_the_only_list_are_not_posted() -> None:
    """Its name may be left out; the addresses tell that it was for us."""
    settings = replace(SETTINGS, lists={"discuter": SETTINGS.lists["discuter"]})
    owner = member(CLAIRE, "discuter", id=2)
    message = mail("Re: Pique-nique", "ajouter\nbob@example.net", CLAIRE, Proof.PASS)

    decision = decided(message, roster(owner, thread_lists=("discuter",)), settings)

    assert results(decision) == ["people-results"]


@pytest.mark.parametrize(
    "typed",
    [
        "Aide bienvenue samedi !",
        "Quelle liste ?",
        "ajouter du pain\net du vin",
        "pause",
        "Pause 15 jours",
        "aide",
        "info",
    ],
)
def test_a_reply_to_people_stays_a_post(typed: str) -> None:
    """Whatever its first line is."""
    message = mail("Re: Pique-nique", typed)

    assert kinds(decided(message, THREAD)) == ["Distribute"]


@pytest.mark.parametrize(
    "typed",
    [
        "désabonner discuter, c'est ce qu'il faut écrire, Paul.",
        "désabonner discuter\n\nVoilà ce que Paul doit écrire, et rien d'autre.",
    ],
)
def test_a_reply_that_looks_like_a_wish_to_leave_is_held(typed: str) -> None:
    """It may have gone to the wrong place: neither obeyed nor published unseen."""
    decision = decided(mail("Re: Pique-nique", typed), THREAD)

    assert (kinds(decision), decision.rule) == (["Hold"], "administrivia")


# ------------------------------------------------------------ questions put again


@pytest.mark.parametrize(
    "kind",
    [
        RequestKind.SUBSCRIBE,
        RequestKind.FORGET,
        RequestKind.ADMISSION,
        RequestKind.PREVIEW,
        RequestKind.MODERATION,
    ],
)
def test_a_question_that_is_put_again_can_be_answered(kind: RequestKind) -> None:
    """Its mail carries the token; people answer the last mail that they got."""
    facts = {"address": str(EVE), "sha256": "b" * 64, "asked": "Confirmez"}
    request = asked(kind, PAUL, "discuter", **facts)

    (again,) = answered("Qui est-ce ?", request, roster(ON)).actions

    assert isinstance(again, Reply)
    assert again.token == TOKEN


def test_a_typed_token_goes_before_the_one_of_the_thread() -> None:
    """The mail that puts a question again has an id of chance."""
    settings = replace(SETTINGS, subaddressing="")
    request = asked(RequestKind.SUBSCRIBE, ANNE, "discuter")
    chance = f"<{'b' * 26}.confirm@example.org>"
    message = {"to": (), "subject": f"Re: x [réf. {TOKEN}]", "in_reply_to": (chance,)}

    (again,) = answered("hm", request, roster(ON), settings, **message).actions

    assert isinstance(again, Reply)
    assert again.token == TOKEN
