"""What somebody says about a send of theirs: pause, resume, cancel, correct.

Rule for editors: a word acts only where nothing else was said. « stop » pauses: it
can be meant as « annuler », which nothing undoes, or as the wish to leave a list.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from bot.commands.answer_lines import plain, statement, words_of
from bot.commands.answer_words import APPROVE, COURTESY, POLITE
from bot.commands.farewells import is_farewell
from bot.folding import vocabulary

__all__: Final = ("Order", "order_line", "read")


class Order(NamedTuple):
    """What was said; `text` is what a correction says.

    `word` is pause, resume, cancel, correct, thanks (nothing is wanted) or unclear.
    """

    word: str
    text: str = ""


_UNCLEAR: Final = Order("unclear")
_TYPED_MAX: Final = 20_000
_PAUSE: Final = vocabulary(
    "pause pauser suspendre suspends suspend suspendez suspension stop stopper stoppe"
    " stoppez attendre attends attendez wait hold"
)
_RESUME: Final = vocabulary(
    "reprendre reprends reprend reprenez reprise resume continuer continue continuez"
    " redemarrer redemarre redemarrez poursuivre poursuivez proceed"
)
_CANCEL: Final = vocabulary(
    "annuler annule annulez annulation cancel arreter arrete arretez abandonner"
    " abandonne abandonnez undo"
)
_WORDS: Final = {
    **dict.fromkeys(_PAUSE, "pause"),
    **dict.fromkeys(_RESUME, "resume"),
    **dict.fromkeys(_CANCEL, "cancel"),
}
_AROUND: Final = (
    POLITE
    | COURTESY
    | vocabulary(
        "mettre mets mettez met en envoi envois send sending mailing mails cet ces now"
        " maintenant suite immediatement vite urgent urgence il faut reste rest"
        " rectificatif tout distribution put on"
    )
)
_CORRECT: Final = re.compile(
    r"\W*(?:merci de |please )?(?:rectifi(?:er|ez|e|cation)|rectificatif|erratum"
    r"|correct(?:ion|if)?|rectify)\b(?:\s*[:,\u2013\u2014-])?\s*",
    re.IGNORECASE,
)


def read(typed: str, subject: str, names: Iterable[str] = ()) -> Order:
    """Read an answer to what we told about a send.

    Args:
        typed: what the person typed, without quotations; the subject speaks where
            it says nothing, since a `mailto:` link fills that.
        subject: as it stands; the subject of a reply is ours and says nothing.
        names: what the person is called.
    """
    if len(typed) > _TYPED_MAX:
        return _UNCLEAR
    own = frozenset(word for name in names for word in words_of(name))
    lines = statement(typed)
    if not lines or (_first(lines[0]) is None and is_farewell(lines, own)):
        order = _order(plain(subject))
        said = any(line.strip() for line in lines)
        return order or (Order("thanks") if said else _UNCLEAR)
    match = _CORRECT.match(lines[0])
    if match:
        return _correction([lines[0][match.end() :], *lines[1:]], own)
    order = _order(lines[0])
    if order and is_farewell([line for line in lines[1:] if line], own):
        return order
    consents = set(words_of(" ".join(lines))) <= APPROVE | _AROUND
    return Order("thanks") if consents else _UNCLEAR


def order_line(typed: str, subject: str) -> str:
    """Give the line that an order stands in, with the references that it names."""
    return next(iter(statement(typed[:_TYPED_MAX])), subject)


def _first(line: str) -> str | None:
    """Say what the first word of a line orders."""
    return next(
        iter([_WORDS[one] for one in words_of(line)[:1] if one in _WORDS]), None
    )


def _order(line: str) -> Order | None:
    """Read a line of one order and courtesy; None where it is none."""
    words = set(words_of(line))
    meant = {_WORDS[word] for word in words if word in _WORDS}
    if len(meant) != 1 or "?" in line or not words <= _WORDS.keys() | _AROUND:
        return None
    return Order(meant.pop())


def _correction(lines: list[str], own: frozenset[str]) -> Order:
    """Take the text as it was typed; courtesy alone is none."""
    text = "\n".join(lines).strip()
    bare = [line for line in lines if line.strip()]
    polite = set(words_of(" ".join(bare))) <= _AROUND
    return Order("correct", "" if polite or is_farewell(bare, own) else text)
