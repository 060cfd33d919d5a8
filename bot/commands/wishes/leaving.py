"""Whether a mail does nothing but ask to be taken off the list.

Rules for editors: every word has to be known, so that a post about another list, a
newspaper or a vote is none of these; what is negated, or said to somebody else,
never counts. A wish that names no list is `vague`: in a thread about a list of
volunteers it means that one.
"""

import re
from typing import Final

from bot.commands.wishes.clauses import (
    Clause,
    cut,
    is_farewell,
    is_name,
    is_reason,
    uncourteous,
)
from bot.folding import distance, fold, tidy, vocabulary, without_reply_prefix

__all__: Final = ("asks_to_leave",)

# Longer mails are letters.
_TYPED_MAX: Final = 2000
_SUBSTANCE_MAX: Final = 32
_AFTER_FAREWELL_MAX: Final = 10

# --------------------------------------------------------------- words of leaving

# The kinds are in capitals, which folded words never have.
_FORMS: Final = {
    form: kind
    for kind, forms in {
        "INF": "desabonner desinscrire unsubscribe unsuscribe",
        "IMP": "desabonnez desinscrivez desinscris desabonnes desinscrive",
        "PART": "desabonne desabonnee desinscrit desinscrite unsubscribed"
        " desabonnes desabonnees",
        "NOUN": "desabonnement desinscription unsubscription desabo unsubscribing"
        " desinscriptions unsub desinscrption",
    }.items()
    for form in forms.split()
}
_FORM_MIN: Final = 8
_SPLIT: Final = re.compile(r"\b(me |m |se |nous |^)(?:des?|dez) ?((?:abon|inscri)\w+)")

_REMOVE: Final = (
    r"(?:(?:retir|enlev|supprim|effac|ray|radi|vir|elimin|ot|desactiv)"
    r"(?:er|ez|e|ee|es|ees|iez)"
    r"|exclu(?:re|ez|e|s)?|sort(?:ir|ez|i|ie|iez)|sors|enlevez|desengager)"
)
_OFF: Final = r"(?:remove|delete|drop|take|get|opt|removed|deleted|taken)"
_MINE: Final = r"(?:mon|ma|mes|notre|nos|cette|cet|l|my|our|this|une|un)"
_ADDRESS: Final = (
    r"(?:adresses?|mails?|emails?|e mails?|mels?|courriels?|nom|coordonnees|contact"
    r"|compte|address|name|inscription)"
)
_MAILS: Final = (
    r"(?:mails?|emails?|e mails?|mels?|courriels?|messages?|newsletters?|envois?"
    r"|spams?|pubs?|publicites?|infolettres?|mailings?|courriers?|notifications?)"
)
_LIST: Final = re.compile(
    rf"\b(?:listes?|listings?|diffusion|{_MAILS}|boucles?|fichiers?|repertoire"
    r"|contacts|destinataires|carnet|echanges|discussions?|lists?|group|groupe"
    r"|mailinglist|fil|base|abonnes|correspondants|conversation)\b"
)
_SPECIFIC: Final = re.compile(
    rf"\b(?:cette|ce|ces|votre|vos|this|your|these|diffusion|{_MAILS}|discussions?"
    r"|destinataires|abonn\w*|boucle|adresse|mailing)\b"
)
_WISH: Final = (
    r"(?:veux|veut|voudrais|voudrait|voulons|souhaite|souhaites|souhaiterais"
    r"|souhaiterai|souhaitons|desire|desirerais|desirons|aimerais|aimerai|aimerions"
    r"|prefere|prefererais|demande|demandons|tiens|voudrai|souhaitais|envie)"
)
_SEND: Final = (
    r"(?:envoy\w+|envoi\w*|ecri\w+|adress(?:er|ez)|contact(?:er|ez)|sollicit(?:er|ez)"
    r"|inclure|incluez|mettre|mettez|transmet\w+|spamm?\w+|derang\w+|importun\w+"
    r"|inond\w+|harcel\w+|polluer|pollue[rz]?|adresse)"
)
_STOP: Final = (
    r"(?:arret(?:ez|er|e)|cess(?:ez|er|e)|stopp?(?:ez|er|e|s)?|assez|marre|no more"
    r"|plus|suffit|stopper)"
)
_HOW: Final = re.compile(
    r"\b(?:comment|possible|moyen|faire|marche|procedure|demarche|peut|puis|arrive"
    r"|ou|parviens|reussi\w*|sais|how|can|could|where|way|possibilite|fait|fais)\b"
)

# What stops deliveries; « je ne peux plus recevoir » is a complaint.
_DELIVERY: Final = re.compile(
    rf"(?:\b{_WISH} |^(?:de |d |a )?(?:ne |n )?|\bde (?=ne |n )|vous |tu |demander )"
    r"(?:vraiment |absolument |surtout |bien vouloir |que )?(?:ne |n )?"
    r"(?:plus|pas|jamais|plus jamais|plus du tout|aucun|rien) "
    r"(?:du tout |jamais |rien |en |y |continuer a )*"
    r"(?:recevoir|etre (?:destinataires?|contactee?s?|sollicitee?s?|importunee?s?|"
    r"abonnee?s?|derangee?s?|spammee?s?|en copie|inscrite?s?|(?:sur|dans|parmi)(?="
    r" .*(?:list|diffusion|mail|boucle|fichier|destinataire)))"
    r"|(?:faire partie|figurer|apparaitre|rester)(?=.*(?:list|diffusion|mail|boucle|"
    r"fichier|destinataire|contacts)))\b"
    rf"|^(?:je )?(?:(?:ne |n )?(?:en )?(?:{_WISH}) )?(?:plus|jamais|aucun)"
    rf" (?:jamais |du tout )?(?:aucun |de |d |le |les )?(?:vos |ces |votre |ce )?{_MAILS}\b"
    rf"|^(?:de |a |d |vous |tu |pouvez |pourriez |peux )*(?:ne |n )(?:plus |jamais )"
    rf"(?:rien |jamais )?(?:(?:me|m|nous|moi) )?{_SEND}\b"
    rf"|^(?:ne |n )(?:(?:me|m|nous) )?(?:l )?{_SEND} (?:plus|jamais)\b(?! vous)"
    rf"|\b(?:je |on )?(?:ne )?veux plus (?:de |d |rien )(?:vos |ces )?(?:{_MAILS})?"
    rf"|\b{_STOP} (?:de |d |immediatement )?(?:(?:me|m|nous) ){_SEND}\b"
    rf"|^(?:de |d |a |vous |pouvez |pourriez |il faut )*{_STOP} (?:de |d |avec |aux? "
    rf"|l |les |la |vos |votre |ces |ce |tous |toutes |recevoir |envoi |envoyer |des )*"
    rf"{_MAILS}\b"
    rf"|^stop(?: stop)*$"
    r"|\b(?:don t|do not|not|no longer|longer|never|dont) "
    r"(?:want to|wish to|care to|need to|like to|to|wanna) (?:receive|get|be on|be part of)\b"
    r"|\b(?:don t|do not|not|dont|no longer) want (?:any |more |any more |these |your )*"
    rf"{_MAILS}\b"
    rf"|\bstop (?:sending|emailing|mailing|spamming|e mailing|writing)(?: to)?"
    rf"(?: me| us| these| your| all)* ?(?:{_MAILS})?"
    r"|^(?:i )?no longer (?:wish|want) to (?:receive|be on|get)\b"
    rf"|^no more (?:{_MAILS})"
    r"|^(?:please )?(?:do not|don t|dont|never) (?:send|email|mail|contact|write)"
    r"(?: to)? (?:me|us)\b"
)
_COMPLAINT: Final = re.compile(
    r"\bvous (?:ne|n) \w|ez vous plus\b|\bpeux plus\b|\brecois\b"
)
_REMOVAL: Final = re.compile(
    rf"\b(?<!je )(?:me|m|nous) {_REMOVE}\b"
    rf"|\b{_REMOVE} (?:moi|nous)\b"
    rf"|\b{_REMOVE} (?:vite |svp )?(?:{_MINE} )?(?:{_MINE} )?{_ADDRESS}\b"
    rf"|\betre {_REMOVE}\b"
    r"|\b(?:remove|delete|drop|take|get|opt) (?:me|us|my|our)\b"
    rf"|\bbe {_OFF}\b|\bopt(?:ing)? out\b|\b(?:remove|delete) adresse\b"
    rf"|\b{_OFF} (?:this|my) (?:e ?mail )?(?:mail )?address\b"
)
_GOING: Final = re.compile(
    r"\b(?:quitter|get off|sortir de|partir de|quitte|leave|leaving|resign from|exit"
    rf"|se {_REMOVE})\b"
)
_CANCEL: Final = re.compile(
    r"\b(?:annul\w+|resili\w+|mettre fin a|stopper|arreter|arretez|cesser|suspendre"
    r"|cancel|end|stop|terminate|interrompre|fin d|fin de l)"
    r" (?:mon|notre|l|cet|my|our|the)? ?(?:abonnements?|subscriptions?"
    r"|inscription(?= .*(?:list|diffusion|mail|newsletter)))\b"
)
_HELPLESS: Final = re.compile(
    r"\b(?:ne |n )?(?:arrive|parviens|sais|vois|trouve|reussis|ai|peux|comprends)"
    r" (?:toujours |vraiment |meme )?(?:pas|plus)\b|\b(?:can t|cannot|can not)\b"
    r"|\b(?:don t|do not|dont) (?:know|see|find|understand) how\b|\bcan t find\b"
)
_LEAVING: Final = re.compile(rf"\b(?:INF|IMP|PART|NOUN|{_REMOVE}|{_OFF}|{_STOP})\b")
_NOT: Final = re.compile(
    r"\b(?:ne|n|pas|jamais|non|not|never|don t|dont|aucun|plutot)\b"
)

# All words that may stand in a wish; whatever isn't here is about something else.
_KNOWN: Final = vocabulary(
    "je j me m moi nous notre nos mon ma mes se s on vous tu que qu il y en l la le les"
    " d de du des au aux a un une et ou ni cet cette ce ces ca cela votre vos"
    " veux veut voudrais voudrai voudrait voulons souhaite souhaites souhaiterais"
    " souhaiterai souhaitons souhaitais desire desirerais desirons aimerais aimerai"
    " aimerions prefere prefererais demande demandons demander demandes tiens envie"
    " prie priere veuillez veuiller vouloir voulez bien pouvez pourriez pourrez peux"
    " pourrais serait seriez auriez gentillesse amabilite pouviez proceder effectuer"
    " pourrait peut pouvoir puis possible possibilite moyen comment fait faire fais faut"
    " dois doit procedure procedez procede demarche marche suivre suffit etre est suis"
    " sommes ete arrive"
    " parviens sais vois trouve trouver reussis reussi reussir lien si ne n plus pas"
    " jamais non aucun aucune rien tout toute tous toutes du desormais maintenant"
    " immediatement rapidement definitivement vite tot suite meilleurs delais dans"
    " meilleur delai aujourd hui ici enfin encore aussi egalement surtout vraiment"
    " absolument simplement juste toujours deja nouveau fois svp vais liste listes"
    " listing listings"
    " diffusion mail mails email emails e mel mels courriel courriels message messages"
    " envoi envois newsletter newsletters lettre lettres information informations info"
    " fil boucle boucles echanges echange discussion discussions conversation groupe"
    " google groups group fichier fichiers repertoire contacts contact base donnees"
    " destinataire destinataires carnet adresse adresses abonnes correspondants spam"
    " spams pub pubs publicite publicites infolettre mailing mailings mailinglist"
    " courrier courriers notification notifications nom compte coordonnees boite"
    " recevoir recoive envoyer envoyez envoie envoies envoyes ecrire ecrivez adresser"
    " adressez contacter contactez solliciter sollicitez inclure incluez mettre mettez"
    " copie spammer spammez spamer deranger inonder harceler polluer polluez importuner"
    " abonne abonnee abonnement abonnements inscrit inscrite inscription figurer"
    " apparaitre partie rester contactee contacte sollicite sollicitee importune"
    " importunee derange derangee sur dans parmi par pour avec part vis electronique"
    " electroniques intempestifs incessants provenance quitter quitte sortir partir"
    " stop arretez arreter arrete cessez cesser cesse stoppez stopper assez marre fin"
    " fois annuler annulez annulation resilier resiliez resiliation suspendre"
    " interrompre procedez effectuer prendre compte note noter retrait radiation"
    " suivante suivant suivants suivantes celle prendre demander continuer gentil"
    " gentille tres hello s faites effectivement personnelle perso ligne cc"
    " i id d like would want wish to be my us our we from off out of the this that your"
    " these those all any list lists mailing remove removed delete deleted drop"
    " take taken taking get getting opt opting unsub unsubscribe how do does can could"
    " you one where way is it possible kindly more anymore no longer not don t dont stop"
    " sending send emailing spamming writing write leave leaving exit resign cancel"
    " subscription subscriptions end address name receive receiving now immediately asap"
    " right away for good at once and on in part never need know t see find understand"
    " just again ask asking request want am want ll m if someone somebody help us"
    " receive future further contact have me group groups account terminate newsletter"
)
_ANOTHERS: Final = vocabulary("vous les le la lui leur toi te t")
_BEFORE: Final = vocabulary(
    "me m moi nous mon ma notre etre demande demander souhaite voudrais veux desire"
    " veuillez comment pour par be to my i please an adresse us can could you d like"
    " we one svp une souhaiterais aimerais someone somebody"
)
# « la liste électorale », « liste d'attente » are other lists.
_OTHER_LISTS: Final = re.compile(
    r"^(?:elector|candidat|municipal|attente|noire|rouge|blanche|course|benevol"
    r"|commun|unitaire|citoyenne|insoumis|ecolog|present|participant|particip|inscrit"
    r"|invit|volont|contact|union|signat|regional|europ|verte|collecti|syndical)"
)


def asks_to_leave(subject: str, typed: str) -> bool:
    """Tell whether a mail to a list does nothing but ask to be taken off it.

    Args:
        subject: decoded; that of a reply belongs to the thread and says nothing.
        typed: what was typed, without quotations and signature.
    """
    if len(typed) > _TYPED_MAX:
        return False
    bare = without_reply_prefix(subject[:_TYPED_MAX])
    fresh = tidy(subject[:_TYPED_MAX]) == bare
    bare = re.sub(r"^(?:\[[^\]]{0,40}\]\s*)+", "", bare)
    title = _read(cut(bare)) if fresh else ""
    body = _read(cut(typed))
    if body == "other":
        return False
    if title == "wish" or body == "wish":
        return True
    if body == "vague":
        return not _is_about_another_list(bare) and (not fresh or title != "other")
    return title == "vague"


def _is_about_another_list(subject: str) -> bool:
    folded = fold(subject)
    topic = re.search(
        r"\b(?:listes?|inscri\w+|particip\w+|covoit\w+|benevol\w+|volontair\w+"
        r"|candidat\w*|doodle|framadate|repas|equipes?|sign ?up|volunteers?)\b",
        folded,
    )
    return topic is not None and not re.search(
        r"diffusion|mailing|desabon|desinscri|unsubscri|discussion", folded
    )


# ----------------------------------------------------------------------- a text


def _read(clauses: list[Clause]) -> str:
    """Read a text: `wish`, `vague`, `` when it says nothing, or `other`."""
    found, farewell, substance = "", False, 0
    for place, clause in enumerate(clauses):
        kind = _kind(clause)
        if kind == "other" and farewell and _is_function(clauses[place:]):
            break
        if kind == "other" and not _is_signature(clauses, place):
            return "other"
        if kind in {"wish", "vague"} and found != "wish":
            found = kind
        if kind in {"wish", "vague", "reason"}:
            substance += len(clause.words)
        farewell = farewell or is_farewell(clause)
    return found if substance <= _SUBSTANCE_MAX else "other"


def _is_function(rest: list[Clause]) -> bool:
    """Whether what follows a farewell is a name with its function or place."""
    words = sum(len(clause.words) for clause in rest)
    return words <= _AFTER_FAREWELL_MAX and not any(clause.asks for clause in rest)


def _is_signature(clauses: list[Clause], place: int) -> bool:
    """Whether a name stands where names do: at the end, or after courtesy."""
    if not is_name(clauses[place]):
        return False
    before = clauses[place - 1] if place else None
    polite = before is not None and not uncourteous(before)
    last = all(is_name(clause) for clause in clauses[place:])
    bare = len(clauses) > 1 and clauses[0].folded == "stop" and not polite
    return (polite or place == 0 or (last and clauses[place].alone)) and not bare


def _kind(clause: Clause) -> str:
    """Read a clause: `wish`, `vague`, `reason`, `` for courtesy, or `other`."""
    words = _classified(uncourteous(clause))
    if not words:
        return ""
    if _are_known(words):
        kind = _known_kind(" ".join(words))
        if kind != "other":
            return kind
        if _LEAVING.search(" ".join(words)):
            return kind
    return "reason" if is_reason(clause) else "other"


# --------------------------------------------------------------------- a clause


def _classified(words: tuple[str, ...]) -> list[str]:
    """Put the kind of a word of leaving in its place, however it is spelled."""
    joined = _SPLIT.sub(r"\1des\2", " ".join(words))
    return [_kind_of_form(word) or word for word in joined.split()]


def _kind_of_form(word: str) -> str:
    if word in _FORMS:
        return _FORMS[word]
    if len(word) < _FORM_MIN or not word.startswith(("de", "di", "dé", "un")):
        return ""
    near = min(_FORMS, key=lambda form: distance(word, form, 2))
    good = len(near) >= _FORM_MIN and near[0] == word[0] and distance(word, near, 2) < 3  # noqa: PLR2004
    return _FORMS[near] if good else ""


def _are_known(words: list[str]) -> bool:
    """Whether all words may stand in a wish, but for the name of a list."""
    kinds = set(_FORMS.values())
    strange = [
        place
        for place, word in enumerate(words)
        if word not in _KNOWN and word not in kinds and not re.fullmatch(_REMOVE, word)
    ]
    if not strange:
        return True
    return len(strange) == 1 and _is_list_name(words, strange[0])


def _is_list_name(words: list[str], place: int) -> bool:
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    if _OTHER_LISTS.match(words[place]) or words[place].startswith("x"):
        return False
    if before == "diffusion" or (before == "discussion" and not after):
        return True
    if kinds_in(words) and (before in {"liste", "list"} or after == "list"):
        return True
    mine = {"me", "moi", "m"} & set(words) and not {"comment", "how"} & set(words)
    return bool(kinds_in(words) and mine and before in {"de", "from"} and not after)


def kinds_in(words: list[str]) -> bool:
    """Whether a word of leaving is among them."""
    return not set(words).isdisjoint(_FORMS.values())


def _known_kind(text: str) -> str:
    """Read a clause of known words; `` when it is a fragment."""
    delivery = _DELIVERY.search(text)
    if delivery and not _COMPLAINT.search(text):
        return "wish"
    if _NOT.search(_HELPLESS.sub("", text)):
        return "other"
    words = text.split()
    if kinds_in(words):
        return _form_kind(words, text)
    if _REMOVAL.search(text) or _CANCEL.search(text):
        return "wish" if _SPECIFIC.search(text) or _CANCEL.search(text) else "vague"
    return _going_kind(text)


def _going_kind(text: str) -> str:
    """Read « quitter la liste »; an announcement must name this list."""
    list_named = _LIST.search(text)
    if _GOING.search(text) and list_named:
        if _SPECIFIC.search(text):
            return "wish"
        wished = re.search(rf"\b{_WISH}\b|\b(?:like|want) to\b", text)
        if (wished or _HOW.search(text)) and " groupe" not in text:
            return "vague"
    return "other" if _is_charged(text) else ""


def _is_charged(text: str) -> bool:
    """Whether a clause without a wish says more than « de la liste »."""
    return bool(
        _LEAVING.search(text)
        or _GOING.search(text)
        or _NOT.search(text)
        or re.search(r"\b(?:abonne|inscrite?|xlink|xfunction)\b", text)
    )


def _form_kind(words: list[str], text: str) -> str:
    """Read a clause with a word of leaving: who is to be taken off?"""
    place = next(i for i, word in enumerate(words) if word in _FORMS.values())
    if not _is_own(words, place, text):
        return "other"
    return "wish"


def _is_own(words: list[str], place: int, text: str) -> bool:
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    if words[place] in {"IMP", "PART", "INF"} and after in _ANOTHERS:
        return after == "l" and "adresse" in words
    if before in {"se", "s"} or (before == "on" and "se" in words):
        return _HOW.search(text) is not None
    if before in {"vous", "tu"}:
        asked = re.search(r"\b(?:pouvez|pourriez|voulez|peux|pourrez) (?:vous|tu) ", text)
        return bool(asked and re.search(rf"\b(?:moi|{_MINE} {_ADDRESS}|adresse)\b", text))
    if before in {"de", "d", "a", "pour", "le", "un"}:
        link = re.search(r"\bliens?\b", text)
        return words[place] != "PART" and (link is None or "ou" in words)
    return place == 0 or before in _BEFORE
