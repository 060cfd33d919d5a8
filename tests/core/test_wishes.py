"""What people ask for in sentences: to be taken off the list, or a command.

The examples stand in `wishes/`, one mail a line; ` / ` ends a line of a mail.
"""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.wishes import asks_to_leave, natural
from bot.folding import fold

EXAMPLES = Path(__file__).parent / "wishes"
THREAD = "Re: [discuter] Pique-nique"


def examples(name: str) -> list[str]:
    """Read the examples of a file."""
    return (EXAMPLES / f"{name}.txt").read_text("utf-8").splitlines()


LEAVING = examples("leaving")
STAYING = examples("staying")
SENTENCES = examples("sentences")
OTHER_SENTENCES = examples("other_sentences")


def mail(line: str) -> str:
    """Give the lines of a mail."""
    return line.replace(" / ", "\n")


# ---------------------------------------------------------------------- leaving


@pytest.mark.parametrize("line", LEAVING)
def test_a_wish_to_leave_is_noticed(line: str) -> None:
    """Everybody on the list would read it, and three would answer « moi aussi »."""
    assert asks_to_leave(THREAD, mail(line))


@pytest.mark.parametrize("line", STAYING)
def test_a_post_is_no_wish_to_leave(line: str) -> None:
    """Mail for people must reach people."""
    assert not asks_to_leave(THREAD, mail(line))


@pytest.mark.parametrize(
    ("subject", "typed"),
    [
        ("désabonnement", ""),
        ("Désabonnement", "Bonjour,\nMerci d'avance\nCordialement"),
        ("[discuter] Désinscription", "\n"),
        ("unsubscribe", "Thanks, John"),
        ("STOP", ""),
        ("Me retirer de la liste", "Merci !"),
        ("Désabonnement", "Je ne suis plus à Arles."),
        ("(sans objet)", "désabonnez-moi"),
        ("", "merci de me retirer de la liste"),
        ("Randonnée de samedi", "Merci de me retirer de cette liste de diffusion"),
        ("Re: Liste de diffusion", "Merci de me retirer de la liste"),
    ],
)
def test_a_subject_of_ones_own_counts(subject: str, typed: str) -> None:
    """Many write all they want into the subject."""
    assert asks_to_leave(subject, typed)


@pytest.mark.parametrize(
    ("subject", "typed"),
    [
        ("Re: désabonnement", ""),
        ("Re: Comment se désabonner", "Merci !"),
        ("Désabonnement", "Bonjour, la réunion de samedi est annulée."),
        ("Stop à la répression", ""),
        ("Bénévoles du buffet", "Merci de me retirer de la liste"),
        ("Re: Liste des bénévoles", "Merci de me retirer de la liste"),
        ("Re: Inscriptions au repas", "Retirez-moi svp"),
        ("", ""),
        ("Bonjour", "Merci"),
    ],
)
def test_a_thread_about_another_list_means_that_one(subject: str, typed: str) -> None:
    """« la liste » is the one that was spoken of."""
    assert not asks_to_leave(subject, typed)


def test_a_long_letter_is_published_whatever_it_mentions() -> None:
    """Who writes a letter writes to people."""
    letter = "Nous serons douze samedi et il faut du pain.\n" * 6

    assert not asks_to_leave(THREAD, f"{letter}Au fait, désabonnez-moi svp.")
    assert not asks_to_leave(THREAD, "désabonnez-moi svp.\n" * 30)
    assert not asks_to_leave(THREAD, "désabonnez-moi svp.\n" * 30_000)


@given(st.sampled_from(LEAVING), st.sampled_from(["NFC", "NFD", "none"]), st.booleans())
def test_spelling_makes_no_difference(
    line: str,
    accents: str,
    hard_blanks: bool,  # noqa: FBT001 - a variation
) -> None:
    """Accents, apostrophes and blanks are the program's business."""
    spelled = mail(line).replace("'", "\u2019")
    form = "NFD" if accents == "none" else accents
    spelled = unicodedata.normalize(form, spelled)  # type: ignore[arg-type]
    if accents == "none":
        spelled = "".join(one for one in spelled if not unicodedata.combining(one))
    if hard_blanks:
        spelled = spelled.replace(" ", "\u00a0")

    assert asks_to_leave(THREAD, spelled)


@given(st.text(), st.text())
def test_nothing_that_is_typed_makes_it_raise(subject: str, typed: str) -> None:
    """Anything may arrive."""
    asks_to_leave(subject, typed)
    natural(subject)


WORDS = (
    "merci de me retirer la liste désabonnez moi stop Paul samedi ne pas plus vos mails"
    " , . ? ! \n - ( [discuter] comité@example.org https://example.org « » 😡"
)


@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=40).map(" ".join))
def test_no_mixture_of_words_makes_it_raise(typed: str) -> None:
    """Words that are known lead further into the program than random ones."""
    asks_to_leave(typed, typed)
    natural(typed)


@given(
    st.sampled_from(LEAVING), st.sampled_from(["La réunion est à 18h.", "Qui vient ?"])
)
def test_whatever_else_is_said_is_for_people(line: str, more: str) -> None:
    """A post that would be lost is worse than a wish that is read."""
    assert not asks_to_leave(THREAD, f"{more}\n\n{mail(line)}")


# -------------------------------------------------------------------- sentences


@pytest.mark.parametrize("line", SENTENCES)
def test_a_sentence_says_what_a_command_would(line: str) -> None:
    """Nobody should have to learn a syntax."""
    wanted, _, text = line.partition(" | ")
    name, language, *names = wanted.split()

    assert natural(text) == (name, tuple(names) if names != ["-"] else (), language)


@pytest.mark.parametrize("text", OTHER_SENTENCES)
def test_other_sentences_are_none(text: str) -> None:
    """What is said to somebody else, or about something else, is no command."""
    assert natural(text) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Inscription à la randonnée de samedi", ("randonnée", "de", "samedi")),
        ("Abonnement au théâtre", ("théâtre",)),
        ("Quitter la liste électorale", ("électorale",)),
        ("Inscription à la grande randonnée de samedi prochain", None),
        ("je voudrais m'abonner à « Discuter »", ("Discuter",)),
    ],
)
def test_what_may_be_a_name_is_given_as_typed(
    text: str, names: tuple[str, ...] | None
) -> None:
    """The caller knows which lists there are."""
    found = natural(text)

    assert (found and found[1]) == names


@given(
    st.sampled_from(SENTENCES),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.sampled_from(["NFC", "NFD", "none"]),
    st.sampled_from(["", ".", " …", "!", "\u00a0!", "  "]),
    st.booleans(),
)
def test_a_sentence_may_be_spelled_in_many_ways(
    line: str,
    case: type[str],
    accents: str,
    after: str,
    hard_blanks: bool,  # noqa: FBT001 - a variation
) -> None:
    """Case, accents, apostrophes, stops and blanks are the program's business."""
    text = line.partition(" | ")[2]
    spelled = case(fold(text) if accents == "none" else text).replace("'", "\u2019")
    if accents != "none":
        spelled = unicodedata.normalize(accents, spelled)  # type: ignore[arg-type]
    if hard_blanks:
        spelled = spelled.replace(" ", "\u00a0")

    found, wanted = natural(spelled + after), natural(text)

    assert found is not None
    assert wanted is not None
    assert (found[0], found[2]) == (wanted[0], wanted[2])
    assert [fold(one) for one in found[1]] == [fold(one) for one in wanted[1]]


@given(st.text(min_size=301))
def test_a_long_line_is_prose(text: str) -> None:
    """Nobody asks for a list in so many words."""
    assert natural(text) is None
