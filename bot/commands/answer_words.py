"""The words of answers, folded: verdicts, and what stands around them.

Rule for editors: a word in `POLITE` changes no verdict, wherever it stands. A word
that could limit, delay or take back (« mais », « demain », « sauf ») never gets in.
"""

import re
from typing import Final

from bot.folding import distance, vocabulary

__all__: Final = (
    "ALWAYS",
    "APPROVE",
    "BAN",
    "CAUTION",
    "CONSENTS",
    "DISCARD",
    "ENROL",
    "ENROL_AROUND",
    "FAREWELL",
    "ME",
    "NO",
    "NOTHING_SAID",
    "OBJECTS",
    "POLITE",
    "REJECT",
    "SEND",
    "SENTENCE",
    "SPAM",
    "SPAM_AROUND",
    "TAKES_BACK",
    "THANKS",
    "TRUST",
    "VERDICT_WORDS",
    "WITHOUT",
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
BAN: Final = vocabulary("bannir bannis bannissez banni banir ban banned")
TRUST: Final = frozenset({"trust"})
ALWAYS: Final = frozenset({"toujours", "toujour", "always"})

SEND: Final = vocabulary(
    "envoyer envoyez envoie send diffuser diffusez diffuse publier publiez publions"
    " publie publish"
)
ME: Final = vocabulary("moi me nous us te toi")

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
    " abonnez ajouter ajoute ajoutez enrol enroll enrolled subscribe add"
)
ENROL_AROUND: Final = vocabulary(
    "et and puis then aussi also too l le la les him her them lui auteur author"
    " expediteur sender personne person liste list a to sur dans on cette cet ce"
)
# « sans la pièce jointe », "without the attachments".
WITHOUT: Final = (
    r"(?:sans|without|moins|minus) (?:\w+ )?"
    r"(?:pieces? jointes?|pjs?|fichiers? joints?|attachments?|attached files?)"
)

# « no problem », « non, finalement ok », « non, aucune objection ».
TAKES_BACK: Final = APPROVE | vocabulary(
    "problem problems probleme problemes objection objections worries souci soucis"
    " inconvenient bon bien fine good"
)
VERDICT_WORDS: Final = APPROVE | SEND | REJECT | NO | DISCARD | BAN | TRUST | SPAM
# What nobody's name is.
CAUTION: Final = VERDICT_WORDS | vocabulary(
    "mais sauf si attends attendez attendre attention wait stop pas ne jamais never"
    " not but except unless however demain tomorrow avant before apres after plus"
    " corrigez corriger change changez modifier modifiez pause annuler cancel ps pps"
    " nb non seulement only bientot jusqu until"
)
# A line with one of these is a sentence, and not part of a signature.
SENTENCE: Final = CAUTION | vocabulary(
    "je j tu il elle on nous vous ils elles c ce ca cela est sont sera serait etait"
    " ai avons avez ont faut faudrait doit dois devrait peut peux pouvez pourrait veux"
    " veut voudrais aimerais i you he she we they it is are was were will would should"
    " must could can may please think need svp stp donc car parce que qui"
)

# What people say for « oui », and for nothing at all; whatever else is in the line
# still has to be known.
CONSENTS: Final = tuple(
    re.compile(rf"\b(?:{one})\b")
    for one in (
        r"(?:pas de|aucun|aucune) (?:problemes?|soucis?|objections?|inconvenients?)",
        "feu vert|green light|avis favorable|lgtm|banco|oki doki|sounds good",
        "(?:looks|all) good(?: to me)?|(?:fine|ok|good|okay) (?:by|with) me",
        "ca (?:marche|roule|me va)|c ?est (?:tout )?(?:bon|ok|oui|parfait|valide)",
        "je suis (?:pour|d accord|favorable)|rien a redire|by all means",
        "bon pour (?:accord|diffusion)|je donne mon accord|approbation donnee",
        "(?:vas|allez|allons) y|on y va|go ahead|go for it|send it out",
        "laisse[zr]?(?: le| la)? passer|let it (?:through|pass)|put it on the list",
        "(?:mettre |mettez |mets )?en ligne|faites(?: le)? partir",
        "(?:vous |tu |on |il |elle )?(?:pouvez|peux|peut) (?:y aller|partir)",
        r"(?:il part vers|it goes to) [\d ]+ (?:personnes?|people)",
    )
)
NOTHING_SAID: Final = re.compile(
    r"\b(?:de ma part|tel(?:le)? quel(?:le)?|comme ca|as it is|tout le monde)\b"
)
THANKS: Final = re.compile(
    r"(?:merci|bravo|thanks|thank you|felicitations)(?: \w+){0,2}"
    r" (?:pour|a|d avoir|for|to)\b"
)

# Long enough that one wrong letter makes no other word of them.
_OFTEN_MISSPELT: Final = ("approuver", "approuve", "approuvez", "approve", "approved")


def meant(word: str) -> str:
    """Mend a slip in a word of approval: « aprouver »."""
    if word in VERDICT_WORDS:
        return word
    near = (one for one in _OFTEN_MISSPELT if distance(word, one, 1) == 1)
    return next(near, word)
