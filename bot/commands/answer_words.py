"""The words of answers, folded: verdicts, and what stands around them.

Rule for editors: a word in `POLITE` changes no verdict, wherever it stands. A word
that could limit, delay or take back (« mais », « demain », « sauf ») never gets in.
"""

import re
import unicodedata
from typing import Final

from bot.folding import distance, vocabulary

__all__: Final = (
    "AFTER_VERB",
    "ALWAYS",
    "APPROVE",
    "BAN",
    "CAUTION",
    "CONSENTS",
    "COURTESY",
    "DISCARD",
    "ENROL",
    "ENROL_AROUND",
    "FAREWELL",
    "NO",
    "NOTHING_SAID",
    "OBJECTS",
    "PARTICLES",
    "POLITE",
    "REJECT",
    "SEND",
    "SENTENCE",
    "SPAM",
    "SPAM_AROUND",
    "TAKES_BACK",
    "THANKS",
    "TITLES",
    "TRUST",
    "VERDICT_WORDS",
    "WITHOUT",
    "has_odd_sign",
    "has_sad_sign",
    "meant",
)

APPROVE: Final = vocabulary(
    "ok okay okey oki yes yep yeah oui ouais accord daccord approuver approuve"
    " approuvee approuvez approuvons approve approved accepter accepte acceptee"
    " acceptez acceptons accept accepted valider valide validee validez validons"
    " confirmer confirme confirmez confirm confirmed go agreed accorde accordee aye dac"
    " autoriser autorise autorisee autorisez jaccepte japprouve japrouve"
)
REJECT: Final = vocabulary(
    "rejeter rejette rejetez rejete rejetee rejetons rejet reject rejected refuser"
    " refuse refusez refusee refusons refus refused deny decline rejetter rejettez"
)
NO: Final = vocabulary("non no nope nan")
DISCARD: Final = vocabulary(
    "supprimer supprime supprimez supprimee suppression effacer efface effacez jeter"
    " jette jetez discard delete drop poubelle corbeille suprimer suprime suprimez"
)
BAN: Final = vocabulary(
    "bannir bannis bannissez banni banir ban banned bloquer bloquez bloque block"
)
TRUST: Final = frozenset({"trust"})
ALWAYS: Final = frozenset({"toujours", "toujour", "always"})

SEND: Final = vocabulary(
    "envoyer envoyez envoie send diffuser diffusez diffuse publier publiez publions"
    " publie publish"
)

# What people put around a verdict without changing it.
POLITE: Final = vocabulary(
    "merci beaucoup bien sur sure thanks thank you svp stp s il vous te plait please"
    " pour moi me c est parfait perfect tres very good super genial vas y allez a"
    " bonne journee soiree bon week end cordialement amicalement bises bise bisous"
    " bientot toi tous toutes tu peux peut pouvez on nous je j i d l de la le les the"
    " it this that ahead looks fine for us everybody all everyone envoi diffusion"
    " publication message mail courriel post lettre annonce ce cet cette avec plaisir"
    " regards best kind cheers bonjour bonsoir salut hello hi absolument volontiers"
    " tout evidemment entendu parfaitement cest jai vu lu relu impeccable nickel doki"
    " hop zou voila amities texte all good correct du de comite equipe amis collegues"
)
FAREWELL: Final = vocabulary(
    "merci cordialement amicalement bises bise bisous bonne regards best kind thanks"
    " cheers sincerely amities fraternellement salutations bien a"
)

OBJECTS: Final = vocabulary(
    "auteur expediteur author sender et and him her personne person definitivement"
)
SPAM: Final = vocabulary("spam spams junk pourriel indesirable phishing hameconnage")
SPAM_AROUND: Final = vocabulary("un une du est this is a an it s marquer comme mark as")
ENROL: Final = vocabulary(
    "inscrire inscris inscrit inscrivez inscrivons inscription linscrire abonner abonne"
    " abonnez enrol enroll enrolled subscribe"
)
ENROL_AROUND: Final = vocabulary(
    "l le la les him her them auteur author expediteur sender personne dame monsieur"
    " aussi also too a to liste list cette this"
)
# « sans la pièce jointe », "without the attachments".
WITHOUT: Final = (
    r"(?:mais |but )?(?:sans|without|moins|minus)"
    r" (?:(?:la|les|sa|ses|aucune|son|le|the|its|any|their) )?"
    r"(?:pieces? jointes?|pjs?|fichiers? joints?|attachments?|attached files?)"
)

# « no problem », « non, finalement ok », « non, aucune objection ».
TAKES_BACK: Final = APPROVE | vocabulary(
    "publish publier publiez envoyez envoyer envoie diffusez diffuser send vas allez"
    " rien issue issues concern concerns need problem problems probleme problemes"
    " objection objections worries souci soucis inconvenient bon bien fine good"
)
VERDICT_WORDS: Final = APPROVE | SEND | REJECT | NO | DISCARD | BAN | TRUST | SPAM
# What nobody's name is.
CAUTION: Final = VERDICT_WORDS | vocabulary(
    "mais sauf si attends attendez attendre attention wait stop pas ne jamais never"
    " not but except unless however demain tomorrow avant before apres after plus"
    " corrigez corriger change changez modifier modifiez pause annuler cancel ps pps"
    " nb non seulement only bientot jusqu until lundi mardi mercredi jeudi vendredi"
    " samedi dimanche monday tuesday wednesday thursday friday saturday sunday later"
    " reserve reporte reportee provisoirement presque patience erreur relisez fix"
)
# A line with one of these is a sentence, and not part of a signature.
SENTENCE: Final = CAUTION | vocabulary(
    "je j tu il elle on nous vous ils elles c ce ca cela est sont sera serait etait"
    " ai avons avez ont faut faudrait doit dois devrait peut peux pouvez pourrait veux"
    " veut voudrais aimerais i you he she we they it is are was were will would should"
    " must could can may please think need svp stp donc car parce que qui"
)

# What people put around consent. Nothing here may say when, to whom, or what else:
# of « à valider avec le comité » all words are harmless, the sentence is not.
COURTESY: Final = vocabulary(
    "merci beaucoup bien sur sure thanks svp stp please parfait perfect tres very super"
    " genial impeccable nickel excellent absolument volontiers evidemment entendu"
    " parfaitement cordialement amicalement bises bise bisous amities salutations"
    " regards best kind wishes cheers bonjour bonsoir salut hello hi doki hop zou"
    " voila good great fine"
)
_MINE: Final = (
    "approuve|valide|accepte|confirme|autorise|accorde|approve|accept|agree|confirm"
    "|approuvons|validons|acceptons"
)
_DO: Final = (
    "approuver|valider|accepter|envoyer|diffuser|publier|autoriser|approve|accept|send"
    "|publish"
)
_ORDERS: Final = (
    "publiez|publie|envoyez|envoie|diffusez|diffuse|validez|approuvez|acceptez"
)
_OBJECT: Final = (
    "messages?|mails?|e ?mails?|courriels?|posts?|lettres?|annonces?|textes?|envois?"
    "|publications?|diffusions?|articles?"
)


def _phrases(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"\b(?:{one})\b") for one in patterns)


# What people say for « oui »; whatever else is in the line still has to be known.
CONSENTS: Final = _phrases(
    r"(?:pas de|pas d|aucun|aucune) (?:problemes?|soucis?|objections?|inconvenients?)",
    "no objections?(?: from (?:me|us|my side))?|lu et approuve",
    "on (?:publie|diffuse|envoie)",
    "feu vert|green light|avis favorable|lgtm|banco|oki doki|sounds good|by all means",
    "(?:looks|all) good(?: to me)?|(?:fine|ok|good|okay) (?:by|with) me",
    "oui c est (?:bien )?moi",
    "ca (?:marche|roule|me va)|(?:c ?est|c) (?:tout )?(?:bon|ok|oui|parfait|d accord)",
    "it s (?:ok|fine|good)|(?:ok|bon|oui) pour (?:l |la )?"
    "(?:accord|envoi|diffusion|publication|publier|diffuser|envoyer)",
    "(?:ok|d accord) (?:a|pour|to) (?:publier|diffuser|envoyer|post|publish|send)",
    "je suis (?:pour|d accord|favorable)|favorable|rien a redire",
    "je donne mon accord|approbation donnee|(?:vas|allez|allons) y|on y va",
    "go ahead|go for it|send it out|let it (?:through|pass)|put it on the list",
    "laisse[zr]?(?: le| la)? passer|(?:mettre|mettez|mets) en ligne",
    "(?:tu peux|vous pouvez) y aller|(?:il|elle) peut partir",
    "d accord",
    r"(?:il part vers|it goes to) [\d ]+ (?:personnes?|people)",
)
# What they say for nothing at all.
NOTHING_SAID: Final = _phrases(
    "^(?:vu|lu|relu)|s il (?:vous|te) plait|thank you|avec plaisir",
    "merci a (?:toi|vous|tous|toutes)",
    "bonne (?:journee|soiree|nuit|semaine)|bon (?:week ?end|dimanche|apres midi)",
    "a bientot|bien a (?:vous|toi)",
    "(?:pour (?:moi|nous|ma part)|for (?:me|us))(?: aussi| too)?",
    "de (?:ma|notre) part|de mon cote|tel(?:le)? quel(?:le)?|comme ca|as it is",
    "a (?:tout le monde|tous|toutes|toutes et tous)|to (?:everybody|everyone|all)",
    f"(?:ce|cet|cette|le|la|l|this|the) (?:{_OBJECT})",
    "(?:tu peux|vous pouvez|you can|you may)(?: donc)?(?: (?:l|le|la))?"
    rf"(?= (?:{_DO})\b)",
    "(?:message|annonce|texte|publication)(?= (?:approuve|autorise|valide|accepte)e?$)",
    rf"(?:je|j|nous|i|we)(?: (?:l|le|la))?(?= (?:{_MINE})\b)|c est(?= (?:{_MINE})\b)",
)
# « publiez-le », "approve it".
AFTER_VERB: Final = re.compile(rf"\b({_ORDERS}|{_DO}) (?:le|la|les|it|this|that)\b")
_THANKED: Final = (
    "travail|tri|aide|relecture|vigilance|rapidite|confiance|patience"
    "|work|help|checking"
)
# « merci pour votre travail de tri »: no « merci de corriger la date ».
THANKS: Final = re.compile(
    r"(?:un grand )?(?:merci|bravo|thanks|thank you)"
    r"(?: beaucoup| bien| a (?:toi|vous|tous))?"
    r"(?: (?:pour|for)(?: (?:ton|votre|vos|tes|le|la|l|ces|cette|ce|your|the|all the))?"
    rf" (?:{_THANKED})(?: de (?:tri|relecture|moderation))?)?"
)
# Before or after somebody's name, and in no sentence.
TITLES: Final = vocabulary(
    "president presidente vice secretaire tresorier tresoriere responsable membre"
    " adherent adherente comite association service direction directeur directrice"
    " manager office cabinet societe conseil conseiller conseillere bureau adjoint"
    " adjointe delegue deleguee charge chargee professeur professeure teacher docteur"
    " dr artisan gestionnaire documentaliste plombier ingenieur ingenieure infirmiere"
    " infirmier rue avenue boulevard bd place chemin route allee quai cedex bp maison"
    " ville mairie groupe collectif coordinateur coordinatrice animateur animatrice"
)
PARTICLES: Final = vocabulary(
    "de des du la le les d l et a au aux of and the for en sur"
)
_ALLOWED_SIGNS: Final = frozenset(
    "\N{THUMBS UP SIGN}\N{WHITE HEAVY CHECK MARK}\N{HEAVY CHECK MARK}\N{OK HAND SIGN}"
    "\N{PERSON WITH FOLDED HANDS}\N{PARTY POPPER}\N{CLAPPING HANDS SIGN}\N{GREEN HEART}"
    "\N{HEAVY BLACK HEART}\N{SUNFLOWER}\N{GRINNING FACE}\N{SLIGHTLY SMILING FACE}"
    "\N{SMILING FACE WITH SMILING EYES}\N{WINKING FACE}\N{SMILING FACE WITH SUNGLASSES}"
    "\N{SMILING FACE WITH OPEN MOUTH}\N{WHITE SMILING FACE}\N{RAISED HAND}"
    "\N{SMILING FACE WITH OPEN MOUTH AND SMILING EYES}"
    "\N{VARIATION SELECTOR-16}\N{ZERO WIDTH JOINER}"
    "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff\u2019\u2018\u201c\u201d\u00a0\u202f"
)


_SMILES: Final = re.compile(r"[:;]'?-?[)D]+|\(:")
_PLAIN_SIGNS: Final = frozenset(" .,!;:'\"«»()-\u2013\u2014…*_/@#+&%\t?")


def has_odd_sign(line: str) -> bool:
    """Whether a line has a sign that may say no: a cross, a sad face, a stroke.

    Nobody can list those, so what is plain or friendly is listed.
    """
    rest = _SMILES.sub("", unicodedata.normalize("NFC", line))
    if rest.count("(") != rest.count(")") or rest.lstrip().startswith("!"):
        return True
    return any(
        not one.isalnum() and one not in _PLAIN_SIGNS and one not in _ALLOWED_SIGNS
        for one in rest
    )


def has_sad_sign(line: str) -> bool:
    """Whether a line of a signature has a picture that may say no."""
    return any(
        not one.isascii()
        and unicodedata.category(one) in {"So", "Sm"}
        and one not in _ALLOWED_SIGNS
        for one in line
    )


# Long enough that one wrong letter makes no other word of them.
_OFTEN_MISSPELT: Final = ("approuver", "approuve", "approuvez", "approve", "approved")


def meant(word: str) -> str:
    """Mend a slip in a word of approval: « aprouver »."""
    if word in VERDICT_WORDS:
        return word
    if word.endswith(("ra", "rai", "rait", "rais", "ront")):
        return word  # « on approuvera »
    near = (
        one
        for one in _OFTEN_MISSPELT
        if word[:1] == one[0] and distance(word, one, 1) == 1
    )
    return next(near, word)
