"""What people type to answer: never a wrong approval."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.answers import DETAILS, VERDICTS, read
from bot.commands.farewells import names_of

TOKEN = "abcdefghijklmnopqrstuvwx22"  # noqa: S105 - no secret


@pytest.mark.parametrize(
    "typed",
    [
        "ok",
        "OK.",
        "Oui !",
        "oui oui",
        "Oui, merci",
        "yes please",
        "Yes, go ahead!",
        "D\u2019accord pour moi",
        "J'accepte",
        "approuver",
        "Accepter.\nMerci ! Bonne journée",
        "Bonjour,\n\nOk pour moi.\n\nMerci,\nClaire",
        "Salut Paul, ok",
        "ok\nClaire Martin",
        "Ok\nEnvoyé de mon iPhone",
        "c'est bon pour moi",
        "Oui tu peux envoyer",
        "Envoyez !",
        "ok k7fm22",
        "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}",
    ],
)
def test_consent_in_its_usual_forms(typed: str) -> None:
    """Nobody should have to learn a syntax."""
    assert read(typed, "", ["Claire Martin"]) == ("approve", "", "")


@pytest.mark.parametrize(
    "typed",
    [
        "ok mais attends demain",
        "ok, mais… ?",
        "ne pas approuver",
        "approuver ?",
        "oui ?",
        "oui et non",
        "pas ok",
        "je ne suis pas d'accord",
        "peut-être",
        "ok\nCorriger la date",
        "ok\nAttends",
        "approuver\nrejeter",
        "approve discard",
        "ok pour Paul",
        "envoyez-moi la lettre",
        "Envoie le moi",
        "Qui a écrit cela ?",
        "no problem",
        "non, finalement ok",
        "non ?",
        "toujours",
        "\N{THUMBS UP SIGN} mais demain",
        "Oui bonjour, je voulais savoir quand part la lettre",
        "bonjour",
        "...",
    ],
)
def test_whatever_else_was_written_is_unclear(typed: str) -> None:
    """A condition, a doubt or a question is for a person to read."""
    assert read(typed, "") == ("unclear", "", "")


NO_CONSENT = [
    line.replace("|", "\n")
    for line in (Path(__file__).parents[1] / "mail" / "no_consent.txt")
    .read_text("utf-8")
    .splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("typed", NO_CONSENT)
@pytest.mark.parametrize(
    "after", ["", "\n\nPaul", "\nMerci"], ids=["", "name", "thanks"]
)
def test_what_is_no_consent_publishes_nothing(typed: str, after: str) -> None:
    """Harmless words make dangerous sentences; people sign and thank below them."""
    found = read(typed + after, "Re: À valider", names_of("Paul", "paul@member.test"))

    assert found.verdict not in {"approve", "trust"}


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("non", ""),
        ("Non merci.", ""),
        ("Je refuse", ""),
        ("rejeter hors sujet", "hors sujet"),
        ("Rejeter : hors sujet.", "hors sujet."),
        ("reject: spam?", "spam?"),
        ("Refuser\n\nC'est trop long", "C'est trop long"),
        ("Rejeter : raccourcir\net relire\n\nPaul", "raccourcir\net relire"),
        ("Bonjour,\nRejeter\nPaul", ""),
    ],
)
def test_rejections_keep_their_reason(typed: str, reason: str) -> None:
    """The author reads the reason; a signature is none."""
    assert read(typed, "") == ("reject", reason, "")


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("supprimer", "discard"),
        ("Supprimer ce message, merci", "discard"),
        ("discard", "discard"),
        ("approuver toujours", "trust"),
        ("Toujours approuver", "trust"),
        ("trust", "trust"),
        ("bannir", "ban"),
        ("Bannir et supprimer", "ban"),
    ],
)
def test_other_verdicts(typed: str, verdict: str) -> None:
    """The words of the table mean what the table says."""
    assert read(typed, "")[0] == verdict


@pytest.mark.parametrize(
    ("subject", "verdict"),
    [
        (f"ok {TOKEN}", "approve"),
        (f"confirmer {TOKEN}", "approve"),
        ("non [réf. k7fm2q]", "reject"),
        ("Re: ok", "unclear"),
        ("Re: Aperçu : Oui", "unclear"),
        ("", "unclear"),
    ],
)
def test_an_empty_body_leaves_the_word_to_the_subject(
    subject: str, verdict: str
) -> None:
    """A mailto: link fills the subject; the subject of a reply is ours."""
    assert read("\n \n", subject)[0] == verdict


def test_the_body_wins_over_the_subject() -> None:
    """Who opened the link for « ok » and typed « non » means no."""
    assert read("non", f"ok {TOKEN}")[0] == "reject"


@given(st.text(), st.text())
def test_nothing_that_is_typed_makes_it_raise(typed: str, subject: str) -> None:
    """An answer is whatever arrives."""
    verdict, reason, detail = read(typed, subject)

    assert verdict in VERDICTS
    assert detail in DETAILS
    assert not reason or verdict == "reject" or detail == "discuss"


@given(
    st.sampled_from(["ok", "oui", "approuver", "d'accord", "yes"]),
    st.sampled_from(["mais", "pas", "non", "sauf", "attendez", "si", "demain", "?"]),
    st.text(alphabet="abc é'\n", max_size=20),
)
def test_a_doubt_anywhere_prevents_approval(yes: str, doubt: str, more: str) -> None:
    """Never a wrong approval, wherever the doubt stands."""
    for typed in (f"{yes} {doubt} {more}", f"{yes}\n{doubt} {more}", f"{doubt} {yes}"):
        assert read(typed, "")[0] != "approve"


def test_a_long_answer_is_not_approved_for_its_beginning() -> None:
    """What is cut off can't be known to be harmless."""
    assert read("ok\n" + "\n" * 30_000 + "mais pas demain", "")[0] == "unclear"
