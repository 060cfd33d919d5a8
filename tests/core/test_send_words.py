"""What people answer to the news of their sends, read."""

import pytest

from bot.commands.send_words import Order, read

NAMES = ("Claire Roux",)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("pause", "pause"),
        ("PAUSE.", "pause"),
        ("Bonjour,\n\nMettez l'envoi en pause svp\n\nClaire", "pause"),
        ("stop", "pause"),  # perhaps for the list: what it does can be undone
        ("reprendre", "resume"),
        ("Continuez, merci", "resume"),
        ("resume", "resume"),
        ("annuler", "cancel"),
        ("Annuler l\u2019envoi", "cancel"),
        ("Il faut arrêter tout de suite !", "cancel"),
        ("Cancel the send, please\n--\nClaire", "cancel"),
        ("merci", "thanks"),
        ("Ok, merci beaucoup !", "thanks"),
        ("Claire", "thanks"),
    ],
)
def test_a_plain_word_is_understood(typed: str, word: str) -> None:
    """Courtesy around it changes nothing."""
    assert read(typed, "Re: C'est parti", NAMES) == Order(word)


@pytest.mark.parametrize(
    "typed",
    [
        "n'annulez pas",
        "ne pas annuler",
        "annuler ?",
        "pause et reprendre",
        "on peut annuler demain",
        "pause discuter",
        "annuler\nsauf pour le bureau",
        "désabonnez-moi",
        "a" * 20_001,
        "",
    ],
)
def test_what_may_mean_something_else_does_nothing(typed: str) -> None:
    """It is asked again; a send that was cancelled by mistake is gone."""
    assert read(typed, "Re: C'est parti", NAMES).word == "unclear"


def test_a_link_speaks_where_nothing_was_typed() -> None:
    """`mailto:` fills the subject; that of a reply is ours."""
    assert read("", "annuler", NAMES).word == "cancel"
    assert read("Claire\n", "pause", NAMES).word == "pause"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("rectifier : c'est vendredi", "c'est vendredi"),
        ("Rectificatif\n\nC'est vendredi.\n\nClaire", "C'est vendredi.\n\nClaire"),
        ("correct: on Friday\nSorry", "on Friday\nSorry"),
        ("Rectifier", ""),
        ("Rectifier l'envoi, merci\nClaire", ""),
    ],
)
def test_a_correction_is_kept_as_it_was_typed(typed: str, text: str) -> None:
    """What goes out is what somebody wrote; without any it is explained."""
    assert read(typed, "Re: C'est parti", NAMES) == Order("correct", text)
