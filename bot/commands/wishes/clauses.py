"""A short mail cut into clauses, and the kinds of clauses that mean nothing here.

A clause is what stands between punctuation marks. Its words are folded, without
apostrophes and hyphens: « m'enlever » is `m enlever`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.folding import fold, tidy, vocabulary

__all__: Final = (
    "Clause",
    "cut",
    "is_farewell",
    "is_name",
    "is_news",
    "is_reason",
    "uncourteous",
)

_ADDRESS: Final = re.compile(r"<?\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}>?")
_FUNCTION: Final = re.compile(r"leave|unsub|desabo|desinscri|quit", re.IGNORECASE)
_LINK: Final = re.compile(r"(?:https?://|www\.|mailto:)\S+", re.IGNORECASE)
_ABBREVIATION: Final = re.compile(r"\bs\.\s?(v|t)\.\s?p\b\.?", re.IGNORECASE)
_DEVICE: Final = re.compile(
    r"(?:envoye (?:de|depuis|a partir)|sent from|sent with|telecharge[rz]? outlook"
    r"|get outlook|provenance :|(?:mail|message) envoye|obtenir outlook"
    r"|garanti sans virus|sans virus|virus free)"
)
_CLAUSE: Final = re.compile(r"([^.!?;:,\n()\[\]\"«»“”…]+)([.!?;:,\n()\[\]\"«»“”…]*)")
_DASH: Final = re.compile(r"\s[-\u2013\u2014/*_]+(?=\s)|[-\u2013\u2014*_]{2,}|\u2014")
_WORD: Final = re.compile(r"[^\W_]+")
# Many write no comma before a reason.
_REASON_STARTS: Final = re.compile(
    r"\s(?=(?:car|parce que|puisque|vu que|mais|sinon|ou je porte|étant donné que"
    r"|because|since"
    r"|(?:je|j'|i)\s?(?:ne (?:suis|veux|souhaite|désire|reçois) (?:plus|pas)"
    r"|n'(?:habite|ai) (?:plus|pas)|suis|ai déménagé|am|have|no longer)|j'en)\b)",
    re.IGNORECASE,
)
# These begin a line only when a long one was wrapped.
_WRAPPED: Final = vocabulary(
    "de d du des la le les l liste listes diffusion cette votre vos ce ces mails mail"
    " messages discussion et a au recevoir me m moi retirer desabonner desinscrire"
    " from the this your list lists mailing emails messages of to receive me off"
    " informations svp stp ou car est etre plus pas que qui en je j"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as typed, its folded words, and where it stands."""

    text: str
    words: tuple[str, ...]
    asks: bool  # ends with a question mark
    alone: bool  # a whole line

    @property
    def folded(self) -> str:
        """The words with blanks between them."""
        return " ".join(self.words)


def cut(text: str) -> list[Clause]:
    """Cut a text into clauses that have words."""
    found = []
    starts = True
    for match in _CLAUSE.finditer(_prepared(text)):
        typed, marks = tidy(match[1]), match[2]
        ends = "\n" in marks or match.end() == len(match.string)
        words = tuple(_WORD.findall(fold(typed)))
        if words:
            found.append(Clause(typed, words, "?" in marks, starts and ends))
        starts = "\n" in marks or (starts and not words)
    return found


def _prepared(text: str) -> str:
    lines = [tidy(line) + _mark(line) for line in text.splitlines()]
    lines = [line for line in lines if not _DEVICE.match(fold(line))]
    plain = _LINK.sub(" xlink ", _ABBREVIATION.sub(r"s\1p ", "".join(_joined(lines))))
    parted = _DASH.sub(", ", _ADDRESS.sub(_address, plain))
    return _REASON_STARTS.sub(", ", parted)


def _mark(line: str) -> str:
    """Give the mark that ends a line, which tidying takes off."""
    return "." if line.rstrip().endswith((".", "!", "…")) else ""


def _joined(lines: list[str]) -> Iterator[str]:
    """Join lines that were wrapped; others end with a line feed."""
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        first = _WORD.match(following)
        wrapped = first and first[0].islower() and fold(first[0]) in _WRAPPED
        yield line + (" " if wrapped and not line.endswith((".", "?")) else "\n")


def _address(match: re.Match[str]) -> str:
    return " xfunction " if _FUNCTION.search(match[0]) else " adresse "


# --------------------------------------------------------------------- courtesy

_PHRASES: Final = re.compile(
    r"\b(?:s il (?:vous|te) (?:plait|plais)|(?:je )?vous remercie(?: par avance"
    r"| d avance"
    r"| beaucoup)?|(?:par|d) avance|bien a (?:vous|toi|tous)|(?:a|bonne) (?:bientot"
    r"|plus tard|journee|soiree|continuation|reception|fin de journee|vous tous)"
    r"|ca suffit|(?:idem|pareil) pour moi|bon (?:courage(?: pour la suite)?|week end"
    r"|dimanche|apres midi)|thank you|thanks in advance"
    r"|in advance|(?:best|kind|warm) regards|yours (?:truly|sincerely|faithfully)"
    r"|(?:a|bonjour a|salut a) (?:tous|toutes|tout le monde)(?: et (?:a )?toutes)?"
    r"|tout le monde|je vous en prie|veuillez agreer.*|sinceres salutations"
    r"|meilleur(?:e|es|s)? (?:salutations|sentiments|voeux)|good (?:morning|evening"
    r"|afternoon)|ladies and gentlemen|mille mercis?|(?:un )?grand merci|je vous prie"
    r"|je te prie|have a (?:nice|good) day|excusez moi|desolee? (?:pour|de) (?:le|la"
    r"|ce)"
    r" (?:derangement|gene)|(?:tres |bien )?(?:cordialement|amicalement)|mes amities"
    r"|(?:et )?(?:bonne chance|bravo pour"
    r" (?:votre|le) (?:travail|action|combat|engagement)|bonne route|bonnes? lutte?s?)"
    r"|dear (?:all|sir|madam|sir or madam|friends)|les amis|chers? (?:tous|amis"
    r"|camarades)|sir or madam|sorry for the (?:noise|trouble|inconvenience))\b"
)
_POLITE: Final = vocabulary(
    "bonjour bonsoir salut coucou hello hi hey dear cher chere chers cheres madame"
    " monsieur mesdames messieurs camarades camarade merci mercis beaucoup svp stp"
    " please pls plz thanks thx thank cordialement amicalement bises bise bisous"
    " amities salutations fraternellement sincerely regards best cheers bjr bsr cdt"
    " cdlt slt mr mme sir madam all everyone everybody friends amis ok pardon"
    " desole desolee sorry excuses excusez respectueusement solidairement sincerement"
    " merciii mercii oui bref donc alors voila urgent rappel relance bcp idem pareil"
    " pareillement mais effectivement"
)
_FAREWELL: Final = vocabulary(
    "cordialement amicalement bises bise bisous amities salutations fraternellement"
    " sincerely regards cheers cdt cdlt respectueusement solidairement sincerement"
)
_GREETING: Final = vocabulary(
    "bonjour bonsoir salut coucou hello hi hey dear cher chere chers cheres bjr slt"
    " madame monsieur"
)
_CAUTION: Final = vocabulary(
    "lundi mardi mercredi jeudi vendredi samedi dimanche rassemblement manifestation"
    " manif reunion ag rdv demain urgent rendez greve stop attention non no monday"
    " tuesday wednesday thursday friday saturday sunday meeting tract affiche macron"
    " expulsions repression ne pas not"
)
_NAME_MAX: Final = 4
_CONTACT: Final = vocabulary("tel telephone portable mobile fixe phone port")


def uncourteous(clause: Clause) -> tuple[str, ...]:
    """Give the words that are left without courtesy and greetings."""
    words = _PHRASES.sub(" ", clause.folded).split()
    if clause.words[0] in _GREETING:
        words = _after_names(clause, words)
    return tuple(word for word in words if word not in _POLITE)


def _after_names(clause: Clause, words: list[str]) -> list[str]:
    """Take « Bonjour Paul » off, where a sentence follows without a comma."""
    names = [
        fold(one) for one in _WORD.findall(clause.text)[:_NAME_MAX] if _capital(one)
    ]
    rest = [word for word in words if word not in _GREETING]
    if clause.text.isupper():
        return rest if len(rest) > 1 else []
    while rest and rest[0] in names and rest[0] not in _POLITE | _CAUTION | _WRAPPED:
        if rest[0] in _OPENERS:
            break
        del rest[0]
    return rest


_OPENERS: Final = vocabulary(
    "merci veuillez pouvez pourriez peux je j desabonnez desinscrivez retirez stop"
    " unsubscribe remove comment how i desabonner desinscrire plus arretez"
    " desabonnement desinscription enlevez supprimez"
)


def _capital(word: str) -> bool:
    return word[:1].isupper()


def is_farewell(clause: Clause) -> bool:
    """Whether a name or function follows this."""
    return bool(_FAREWELL & set(clause.words)) and not uncourteous(clause)


def is_name(clause: Clause) -> bool:
    """Whether this can only be somebody's name, initials or telephone."""
    words = _WORD.findall(clause.text)
    if all(word.isdigit() or word in _CONTACT for word in clause.words):
        return True
    if len(words) > _NAME_MAX or not _CAUTION.isdisjoint(clause.words):
        return False
    small = clause.alone and len(words) == 1
    good = all(
        _capital(word) or word in {"de", "du", "et", "le", "la"} for word in words
    )
    return (small or good) and not any(word.isdigit() for word in words)


# ---------------------------------------------------------------------- reasons

_REASON: Final = re.compile(
    r"(?:et |mais |car |parce que? |puisque? |vu que? |en effet |etant donne que? "
    r"|because |since |as |and |but |sorry |so )*"
    r"(?:(?:je|j|nous|on) (?:ne|n|en ai|en recois|suis|sommes|habite|vis|reside|viens"
    r" de demenager|croule|recois|quitte|pars|milite|participe pas|demenage|prends ma"
    r" retraite|me suis (?:tromp|inscrit|abonn)\w*|comprends|connais|sais pas"
    r"|vous (?:l )?ai|l ai|ai (?:demenage|quitte|deja|change|trop|pas|plus|jamais|ete"
    r" (?:inscrit|abonn|ajout)|demande|essaye?|fait (?:cette|la) demande|deux|autre"
    r" chose|arrete|mon compte|assez|besoin de (?:tri|place)))\b"
    r"|i (?:am|m|have|ve|never|did|didn|haven|wasn|don|do|get|moved|left|no longer"
    r"|already|live|was"
    r"|receive|keep|can t|cannot)\b"
    r"|(?:c est|ca fait|this is|it is|it s|that s) (?:trop|penible|insupportable|la"
    r" |une? erreur|pas|du spam|spam|too|my|a mistake|the|fatigant|deja|lassant|the)"
    r"|(?:cela|ca) (?:ne|m|encombre|sature|n)\b|trop de (?:mails?|messages|courriels)"
    r"|too many (?:e ?mails|messages|mails)|(?:ma|mon) (?:boite|messagerie|adresse)\b"
    r"|my (?:in ?box|mail ?box)|il y a (?:une? )?erreur|il s agit d une erreur"
    r"|vous vous (?:etes )?tromp|malgre (?:mes|ma|plusieurs)|suite a (?:mon|ma|un)"
    r"|n(?:e suis|etant|ayant|e souhaitant)|pour (?:des )?raisons? (?:personnelles?"
    r"|de sante)|for personal reasons|(?:deuxieme|troisieme|enieme|2eme|3eme|second"
    r"|third) (?:demande|fois|rappel|request|time)|pas le temps|plus le temps"
    r"|manque de temps|par manque de temps|faute de temps|no time|sans succes"
    r"|conformement (?:a|au) (?:la loi|rgpd|reglement)"
    r"|pas (?:du tout |plus )?(?:interess|concern)\w*|not interested|(?:ou"
    r"|sinon) je porte"
    r"|j en ai (?:assez|marre)|sans (?:reponse|resultat|effet)|without success"
    r"|ayant demenage|having moved)"
)
_REASON_MAX: Final = 16
# Who tells what others wrote, or announces something, gives no reason.
_NEWS: Final = vocabulary(
    "samedi dimanche lundi mardi mercredi jeudi vendredi demain reunion tract tracts"
    " rassemblement manif manifestation proposition ordre jour compte rendu"
    " ecrit dit recu lu vu meeting tomorrow saturday sunday monday tuesday wednesday"
    " thursday friday votons vote apporte tractage collage affiches photos"
)


# Whoever doesn't know us asks, and wants no answer.
_WHO: Final = re.compile(
    r"qui etes vous|comment avez vous (?:eu|obtenu|trouve) |who are you"
    r"|pourquoi (?:est ce que )?je recois |why (?:am i|do i) (?:get|receiv)"
    r"|d ou (?:vient|tenez|avez) "
)


def is_news(clause: Clause) -> bool:
    """Whether this has a word of what others should know."""
    return not (_NEWS | _CAUTION).isdisjoint(clause.words)


def is_reason(clause: Clause) -> bool:
    """Whether this says why somebody leaves, and nothing that others need."""
    if clause.asks:
        return _WHO.match(clause.folded) is not None
    return (
        len(clause.words) <= _REASON_MAX
        and _REASON.match(clause.folded) is not None
        and _NEWS.isdisjoint(clause.words)
    )
