"""One sentence that says what a command would: « je voudrais m'abonner à … ».

Rule for editors: each word belongs to a known class, but for the words at one place
that may be the name of a list; otherwise it is no such sentence. Who wants to join
or leave is the one who writes; « vous inscrire » is for somebody else.
"""

import re
from typing import Final

from bot.folding import fold, tidy

__all__: Final = ("natural",)

_LINE_MAX: Final = 300
_WORDS_MAX: Final = 30

_GREETING: Final = (
    r"(?:(?:bonjour|bonsoir|salut|coucou|hello|hi|hey|dear)"
    r"(?: (?:a tous|a toutes|a tous et a toutes|madame|monsieur|madame monsieur"
    r"|camarades|there|all|everyone))? )?"
)
_THANKS: Final = (
    r"(?:(?:merci|svp|stp|s il (?:vous|te) plait|d avance|par avance|beaucoup"
    r"|bien a vous"
    r"|a vous|cordialement|amicalement|bonne journee|bonne soiree|please|pls|thanks"
    r"|thank you|thx|very much|in advance|a lot|best regards|regards|cheers) ?)*"
)
_I_WISH: Final = (
    r"(?:(?:je |j )?(?:voudrais|souhaite|souhaiterais|veux|desire|desirerais|aimerais"
    r"|prefere|prefererais|demande a|tiens a|viens)(?: bien| vraiment| aussi| donc)?"
    r"|(?:nous )?(?:voudrions|souhaitons|voulons|souhaiterions|desirons|aimerions))"
)
_COULD_YOU: Final = (
    r"(?:(?:pouvez|pourriez|pourrez|voulez) vous(?: bien)?|vous (?:pouvez|pourriez)"
    r"|(?:peux|pourrais) tu|tu (?:peux|pourrais)|veuillez(?: bien)?|merci de"
    r"(?: bien vouloir)?|priere de|je vous prie de(?: bien vouloir)?|je vous demande de"
    r"|est il possible de|serait il possible de|est ce (?:que c est )?possible de"
    r"|comment(?: faire)? pour|comment(?: puis je| peut on| je peux| fait on pour"
    r"| on fait pour)?|(?:svp|stp|s il vous plait)|puis je|peut on"
    r"|il faudrait|vous serait il possible de)"
)
_ASKS: Final = rf"(?:{_I_WISH} |{_COULD_YOU} |{_COULD_YOU} {_COULD_YOU} )"
_SELF: Final = r"(?:me |m |nous |s |se )"
_EN_WISH: Final = (
    r"(?:i (?:would|d) (?:like|love) to |i (?:want|wish|need) to |we (?:want|wish) to "
    r"|we (?:would|d) like to |please |(?:can|could|would|will) you (?:please "
    r"|kindly )?"
    r"|kindly |how (?:do|can|could) (?:i|we|one|you) |(?:can|may|could) i (?:please )?"
    r"|id like to )*"
)

_NOUN_LEAD: Final = r"(?:(?:une |ma |mon )?demande (?:de |d )?|(?:mon|ma|une|un) )?"
_SUBSCRIBE_FR: Final = (
    rf"(?:{_ASKS}(?:{_SELF}(?:abonner|inscrire|ajouter|rajouter|joindre)"
    r"|etre (?:abonnee?s?|inscrite?s?|ajoutee?s?)"
    r"|(?:rejoindre|integrer|recevoir))"
    r"|(?:abonnez|inscrivez|ajoutez|rajoutez|abonne|inscris|ajoute) (?:moi|nous)"
    r"|je (?:m|me) (?:abonne|inscris)|(?:s |m )(?:abonner|inscrire)"
    rf"|{_NOUN_LEAD}(?:abonnement|inscription))"
)
_UNSUBSCRIBE_FR: Final = (
    rf"(?:{_ASKS}(?:{_SELF}(?:desabonner|desinscrire|retirer|enlever|supprimer|oter"
    r"|rayer|radier)|etre (?:desabonnee?s?|desinscrite?s?|retiree?s?|enlevee?s?"
    r"|supprimee?s?)|quitter|sortir"
    r"|ne (?:plus|pas) (?:recevoir|etre (?:abonnee?s?|inscrite?s?)))"
    r"|(?:je )?(?:ne )?(?:veux|souhaite|voudrais|desire) plus (?:recevoir"
    r"|etre (?:abonnee?s?|inscrite?s?))"
    r"|(?:desabonnez|desinscrivez|retirez|enlevez|supprimez|otez|desabonne"
    r"|desinscris"
    r"|retire|enleve) (?:moi|nous)(?! ca)"
    r"|je (?:me (?:desabonne|desinscris)|quitte)|(?:se |me )?(?:desabonner"
    rf"|desinscrire)|quitter|{_NOUN_LEAD}(?:desabonnement|desinscription))"
)
_SUBSCRIBE_EN: Final = (
    rf"{_EN_WISH}(?:(?:subscribe|add|sign|enroll?|register) (?:me|us)(?: up)?"
    r"|be (?:subscribed|added)|subscribe|join|sign up|subscription)"
)
_UNSUBSCRIBE_EN: Final = (
    rf"{_EN_WISH}(?:(?:unsubscribe|remove|delete|drop) (?:me|us)"
    r"|take (?:me|us) off|be (?:unsubscribed|removed)|unsubscribe|leave"
    r"|unsubscription|sign off)"
)
_HEADS: Final[tuple[tuple[str, str, str], ...]] = (
    ("subscribe", "fr", _SUBSCRIBE_FR),
    ("unsubscribe", "fr", _UNSUBSCRIBE_FR),
    ("subscribe", "en", _SUBSCRIBE_EN),
    ("unsubscribe", "en", _UNSUBSCRIBE_EN),
)
_FILLERS: Final = {
    "fr": r"(?:a|au|aux|de|d|du|des|la|le|l|les|cette|ce|votre|liste|lettre|groupe"
    r"|diffusion|discussion|mail|mails|pour|sur|dans|en|messages|intitulee|appelee"
    r"|nommee|sujet)",
    "en": r"(?:from|to|for|of|on|off|the|this|your|list|mailing|group|newsletter|called"
    r"|named|in|with)",
}
# No name of a list has these: they belong to other sentences.
_NO_NAME: Final = (
    r"je|j|tu|il|elle|on|nous|vous|ils|elles|me|m|te|t|se|s|moi|toi|lui|leur|qui|que|qu"
    r"|quoi|ne|n|pas|plus|jamais|non|et|ou|mais|car|si|comment|pourquoi|quand|est|suis"
    r"|sont|merci|svp|stp|bonjour|voudrais|souhaite|veux|veuillez|pouvez|pourriez"
    r"|i|you|he|she|we|they|them|him|her|us|and|or|but|not|don|never|please|thanks"
    r"|want|would|how|why|when|what|is|are|was|abonner|inscrire|desabonner|desinscrire"
    r"|abonnez|inscrivez|desabonnez|subscribe|unsubscribe|quitter|join|leave|avec|sans"
    r"|recevoir|mes|mon|ma|ses|son|sa|notre|nos|vos|aide|help|faire|faut|peut|puis"
    r"|inscription|abonnement|desinscription|desabonnement|d|l|liste|list|prie|priere"
)
_NAME: Final = rf"(?!(?:{_NO_NAME})(?: |$))\S+"
_NAMES: Final = rf"{_NAME}(?: {_NAME}){{0,2}}"


def _sentence(head: str, language: str) -> re.Pattern[str]:
    filler = _FILLERS[language]
    return re.compile(
        rf"{_GREETING}{_THANKS}{head}(?P<gap> {filler})*?"
        rf"(?: (?!{filler} )(?!(?:{_THANKS})$)(?P<names>{_NAMES}?))?"
        rf"(?: (?:list|mailing list|newsletter))?(?: {_THANKS})?"
    )


_SENTENCES: Final = tuple(
    (name, language, _sentence(head, language)) for name, language, head in _HEADS
)
# « discuter : s'abonner ».
_JOINING_FR: Final = r"(?:(?:s |m )?(?:abonner|inscrire)|abonnement|inscription)"
_LEAVING_FR: Final = (
    r"(?:(?:se |me )?(?:desabonner|desinscrire)|desabonnement|desinscription|quitter)"
)
_LISTS: Final = r"(?:(?:la |the )?(?:liste|list) )?"
_AFTER_NAME: Final = tuple(
    (name, language, re.compile(rf"{_LISTS}(?P<names>{_NAMES}) {verb}"))
    for name, language, verb in (
        ("subscribe", "fr", _JOINING_FR),
        ("unsubscribe", "fr", _LEAVING_FR),
        ("subscribe", "en", r"(?:subscribe|join|subscription)"),
        ("unsubscribe", "en", r"(?:unsubscribe|leave)"),
    )
)
_ABOUT: Final = (
    r"(?: (?:la|cette|ce|le|votre|les|ces) (?:liste|listes|systeme|robot|outil|lettre)"
    r"(?: de (?:diffusion|discussion))?)"
)
_HELP: Final = (
    (
        "fr",
        re.compile(
            rf"{_GREETING}{_THANKS}(?:comment (?:(?:est ce que )?(?:ca|cela) (?:marche"
            rf"|fonctionne)|(?:marche|fonctionne){_ABOUT}|(?:utiliser|se servir de"
            rf"|faire marcher|faire fonctionner){_ABOUT})|(?:le )?mode d emploi"
            rf"(?: de{_ABOUT})?|(?:j ai |besoin |d )*(?:aide"
            rf"|aidez moi) pour (?:utiliser"
            rf"|me servir de){_ABOUT}|(?:quelles sont )?(?:les |la liste des "
            rf"|liste des )"
            rf"commandes(?: disponibles| possibles)?|quelles (?:sont les )?commandes"
            rf"(?: existent)?)(?: {_THANKS})?"
        ),
    ),
    (
        "en",
        re.compile(
            rf"{_GREETING}{_THANKS}(?:how does (?:this|it|the list|this list) work"
            r"|how (?:do i|do you|can i|to) use (?:this|it|the list|this list|the lists"
            r"|these lists)|(?:what|which) commands (?:are there|exist|can i use)"
            r"|(?:the )?list of commands|user guide|user manual"
            rf"|(?:i )?need help (?:using|with) (?:this|the) list)(?: {_THANKS})?"
        ),
    ),
)
_BARE: Final = re.compile(
    r"(?:inscription|abonnement|subscription|join|leave|quitter)s?"
)
# Without the name of a list, these are said to anybody: « Please join », « je quitte ».
_LONELY: Final = re.compile(
    rf".*\b(?:rejoindre|integrer|recevoir|quitter|quitte|sortir|join|leave|sign up"
    rf"|(?<!to )subscribe)(?: {_THANKS})?"
)
_CLITIC: Final = re.compile(
    r"^(?:[mstjldn]|qu)'(?=\w)|-(?:moi|nous|vous|toi|tu|je|on|il|ce|t-on)\b",
    re.IGNORECASE,
)
_EDGES: Final = " ,.:;!?…()[]«»“”\"'*-\u2013\u2014"


def natural(text: str) -> tuple[str, tuple[str, ...], str] | None:
    """Read one line as a sentence; None when it isn't exactly one.

    Returns:
        A command's English name, the words that may name a list as they were typed
        (often one, at most three, or none), and the language.
    """
    if len(text) > _LINE_MAX:
        return None
    typed = _words(text)
    folded = [re.sub(r"\s", "", fold(word)) for word in typed]
    if not typed or len(typed) > _WORDS_MAX or not all(folded):
        return None
    line = " ".join(folded)
    for language, pattern in _HELP:
        if pattern.fullmatch(line):
            return "help", (), language
    if _BARE.fullmatch(line):
        return None
    for name, language, pattern in (*_SENTENCES, *_AFTER_NAME):
        match = pattern.fullmatch(line)
        if match and (match["names"] or not _LONELY.fullmatch(line)):
            return name, _named(match, typed), language
    return None


def _named(match: re.Match[str], typed: list[str]) -> tuple[str, ...]:
    """Give the words as typed that a match took for a name."""
    if match["names"] is None:
        return ()
    first = match.string[: match.start("names")].count(" ")
    count = match["names"].count(" ") + 1
    return tuple(typed[first : first + count])


def _words(text: str) -> list[str]:
    """Split a line into words; « m'inscrire » and « abonnez-moi » are two each."""
    words = []
    for blank in tidy(text).split():
        spaced = _CLITIC.sub(lambda match: f" {match[0].strip(_EDGES)} ", blank)
        if "@" in blank:
            spaced = blank
        words += [word.strip(_EDGES) for word in spaced.replace("'", " ").split()]
    return [word for word in words if word]
