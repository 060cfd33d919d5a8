"""The words and phrases of those who leave a list, in French and English.

Rule for editors: a word in `KNOWN` may stand in a wish, so it must not be one that
makes the wish about something else. All is folded, without apostrophes or hyphens.
"""

import re
from typing import Final

from bot.folding import vocabulary

__all__: Final = (
    "ADDRESS",
    "ADDRESS_BOOKS",
    "ANOTHERS",
    "BEFORE",
    "CANCEL",
    "COMPLAINT",
    "DELIVERY",
    "FORMS",
    "FORM_MIN",
    "GOING",
    "HELPLESS",
    "HOW",
    "KNOWN",
    "LEAVING",
    "LIST",
    "MINE",
    "NAMED",
    "NOT",
    "OTHER_LISTS",
    "REMOVAL",
    "REMOVE",
    "SPECIFIC",
    "SPLIT",
    "STOP",
    "WISH",
)

# The kinds are in capitals, which folded words never have.
FORMS: Final = {
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
FORM_MIN: Final = 8
SPLIT: Final = re.compile(r"\b(me |m |se |nous |^)(?:des?|dez) ?((?:abon|inscri)\w+)")

REMOVE: Final = (
    r"(?:(?:retir|enlev|supprim|effac|ray|radi|vir|elimin|ot|desactiv)"
    r"(?:er|ez|e|ee|es|ees|iez)"
    r"|exclu(?:re|ez|e|s)?|sort(?:ir|ez|i|ie|iez)|sors|enlevez|desengager)"
)
_OFF: Final = r"(?:remove|delete|drop|take|get|opt|removed|deleted|taken)"
MINE: Final = r"(?:mon|ma|mes|notre|nos|cette|cet|l|my|our|this|une|un)"
ADDRESS: Final = (
    r"(?:adresses?|mails?|emails?|e mails?|mels?|courriels?|nom|coordonnees|contact"
    r"|compte|address|name|inscription|details)"
)
_MAILS: Final = (
    r"(?:mails?|emails?|e mails?|mels?|courriels?|messages?|newsletters?|envois?"
    r"|spams?|infolettres?|mailings?|courriers?|notifications?)"
)
LIST: Final = re.compile(
    rf"\b(?:listes?|listings?|diffusion|{_MAILS}|boucles?|fichiers?|repertoire"
    r"|contacts|destinataires|carnet|echanges|discussions?|lists?|group|groupe"
    r"|mailinglist|fil|base|abonnes|correspondants|conversation)\b"
)
SPECIFIC: Final = re.compile(
    rf"\b(?:cette|ce|ces|votre|vos|this|your|these|diffusion|{_MAILS}|discussions?"
    r"|destinataires|abonn\w*|boucle|adresse|mailing)\b"
)
WISH: Final = (
    r"(?:veux|voudrais|voulons|souhaite|souhaites|souhaiterais"
    r"|souhaiterai|souhaitons|desire|desirerais|desirons|aimerais|aimerai|aimerions"
    r"|prefere|prefererais|demande|demandons|tiens|voudrai|souhaitais|envie)"
)
_SEND: Final = (
    r"(?:envoy\w+|envoi\w*|ecri\w+|adress(?:er|ez)|contact(?:er|ez)|sollicit(?:er|ez)"
    r"|inclure|incluez|mettre|mettez|transmet\w+|spamm?\w+|derang\w+|importun\w+"
    r"|inond\w+|harcel\w+|polluer|pollue[rz]?|adresse)"
)
STOP: Final = (
    r"(?:arret(?:ez|er|e)|cess(?:ez|er|e)|stopp?(?:ez|er|e|s)?|assez|marre|no more"
    r"|plus|suffit|stopper)"
)
HOW: Final = re.compile(
    r"\b(?:comment|possible|moyen|faire|marche|procedure|demarche|peut|puis|arrive"
    r"|ou|quel|parviens|reussi\w*|sais|how|can|could|where|way|possibilite|fait|fais)\b"
)

# What stops deliveries; « je ne peux plus recevoir » is a complaint.
DELIVERY: Final = re.compile(
    rf"(?:\b{WISH} |^(?:de |d |a )?(?:ne |n )?|\b(?:de|pour|comment) (?=ne |n )|vous "
    rf"|tu |demander "
    r"|\bai (?=(?:plus|pas) envie))"
    r"(?:vraiment |absolument |surtout |bien vouloir |que )?(?:ne |n )?"
    r"(?:plus|pas|jamais|plus jamais|plus du tout|aucun|rien) "
    r"(?:du tout |jamais |rien |en |y |continuer a |envie de )*"
    r"(?:recevoir|etre (?:destinataires?|contactee?s?|sollicitee?s?|importunee?s?|"
    r"abonnee?s?|derangee?s?|spammee?s?|en copie|inscrite?s?|(?:sur|dans|parmi)(?="
    r" .*(?:list|diffusion|mail|boucle|fichier|destinataire)))"
    r"|(?:faire partie|appartenir|figurer|apparaitre|rester)(?=.*(?:list|diffusion"
    r"|mail|boucle|"
    r"fichier|destinataire|contacts)))\b"
    rf"|^(?:je )?(?:(?:ne |n )?(?:en )?(?:{WISH}) )?(?:plus|jamais|aucun)"
    rf" (?:jamais |du tout )?(?:aucun |de |d |le |les )?(?:vos |ces |votre "
    rf"|ce )?{_MAILS}\b"
    rf"|^(?:de |a |d |vous |tu |pouvez |pourriez |peux )*(?:ne |n )(?:plus |jamais )"
    rf"(?:rien |jamais )?(?:(?:me|m|nous|moi) )?{_SEND}\b"
    rf"|^(?:ne |n )(?:(?:me|m|nous) )?(?:l )?{_SEND} (?:plus|jamais)\b(?! vous)"
    rf"|\b(?:je |on )?(?:ne )?veux plus (?:de |d |rien )(?:vos |ces )?{_MAILS}\b"
    rf"|\b{STOP} (?:de |d |immediatement )?(?:(?:me|m|nous) ){_SEND}\b"
    rf"|^(?:de |d |a |vous |pouvez |pourriez |y |il |en |ai |j )*{STOP} (?:de |d |a "
    rf"|avec |aux? "
    rf"|l |les |la |vos |votre |ces |ce |tous |toutes |recevoir |envoi |envoyer |des )*"
    rf"{_MAILS}\b"
    r"|\bje ne recoive plus\b|^stop(?: stop)*$"
    r"|\b(?:don t|do not|not|no longer|longer|never|dont) "
    r"(?:want to|wish to|care to|need to|like to|to|wanna) (?:receive|get|be on"
    r"|be part of)\b"
    r"|\b(?:don t|do not|not|dont|no longer) want (?:any |more |any more |these "
    r"|your )*"
    rf"{_MAILS}\b"
    rf"|(?<!t )(?<!never )\bstop (?:sending|emailing|mailing|spamming|e mailing"
    rf"|writing)(?: to)?"
    rf"(?: me| us| these| your| all)* ?(?:{_MAILS})?"
    r"|^(?:i )?no longer (?:wish|want) to (?:receive|be on|get)\b"
    rf"|^no more (?:{_MAILS})"
    r"|^(?:please )?(?:do not|don t|dont|never) (?:send|email|mail|contact|write)"
    r"(?: to)? (?:me|us)\b"
)
COMPLAINT: Final = re.compile(
    r"\bvous (?:ne|n) \w|ez vous plus\b|\bpeux plus\b|\brecois\b"
)
REMOVAL: Final = re.compile(
    rf"\b(?<!je )(?:me|m|nous) {REMOVE}\b"
    rf"|\b{REMOVE} (?:moi|nous)\b"
    rf"|\b{REMOVE} (?:vite |svp )?(?:{MINE} )?(?:{MINE} )?{ADDRESS}\b"
    rf"|\b(?:etre|soit|sois) {REMOVE}\b"
    r"|\b(?:remove|delete|opt) (?:me|us)\b|\bdrop (?:me|us) from\b"
    r"|\b(?:take|get) (?:me|us|my (?:name|address|e ?mail(?: address)?))"
    r" (?:off(?=$| .*\b(?:list|lists|mailing|mails?|emails?|now|asap))|out of|from)\b"
    r"|\b(?:remove|delete) (?:my|our|this) (?:(?:e ?mail )?(?:address|name|details)"
    r"|e ?mails?)\b"
    rf"|^(?:remove|sign (?:me |us )?off)$|\bsign (?:me|us) off\b|\bbe {_OFF}\b"
    rf"|\bopt(?:ing)? out\b|\b(?:remove|delete) adresse\b"
    rf"|\b{_OFF} (?:this|my) (?:e ?mail )?(?:mail )?address\b"
)
GOING: Final = re.compile(
    r"\b(?:quitter|get off|sortir de|partir de|quitte|leave|leaving|resign from|exit"
    rf"|se {REMOVE})\b"
)
CANCEL: Final = re.compile(
    r"\b(?:annul\w+|resili\w+|mettre fin a|stopper|arreter|arretez|cesser|suspendre"
    r"|cancel|end|stop|terminate|interrompre|fin d|fin de l)"
    r" (?:mon|notre|l|cet|my|our|the)? ?(?:abonnements?|subscriptions?"
    r"|inscription(?= .*(?:list|diffusion|mail|newsletter)))\b"
)
HELPLESS: Final = re.compile(
    r"\b(?:ne |n )?(?:arrive|parviens|sais|vois|trouve|reussis|peux|comprends)"
    r" (?:toujours |vraiment |meme )?(?:pas|plus)\b|\b(?:n )?ai (?:toujours "
    r"|encore )?pas"
    r" (?:encore |toujours )?(?:reussi|trouve|pu|su)\b|\b(?:can t|cannot|can not)\b"
    r"|\b(?:don t|do not|dont) (?:know|see|find|understand) how\b|\bcan t find\b"
)
LEAVING: Final = re.compile(rf"\b(?:INF|IMP|PART|NOUN|{REMOVE}|{_OFF})\b")
# « mon nom » stands under many a tract, and « mon mail » is often the one just sent.
NAMED: Final = re.compile(
    r"\b(?:(?:nom|name|inscription|contact|compte|account|details)"
    r"|(?<!adresse )(?:e )?(?:e?mails?|mels?|courriels?)(?! address))\b"
)
ADDRESS_BOOKS: Final = re.compile(
    r"\b(?:listes?|listings?|mailing|diffusion|boucles?|fichiers?|repertoire|contacts"
    r"|destinataires|carnet|lists?|mailinglist|base|discussion|envois|me|m|moi)\b"
)
NOT: Final = re.compile(
    r"\b(?:ne|n|pas|jamais|non|not|never|don t|dont|aucun|plutot)\b"
)

# All words that may stand in a wish; whatever isn't here is about something else.
KNOWN: Final = vocabulary(
    "je j me m moi nous notre nos mon ma mes se s on vous tu que qu il y en l la le les"
    " d de du des au aux a un une et ou ni cet cette ce ces ca cela votre vos"
    " veux voudrais voudrai voulons souhaite souhaites souhaiterais"
    " souhaiterai souhaitons souhaitais desire desirerais desirons aimerais aimerai"
    " aimerions prefere prefererais demande demandons demander demandes tiens envie"
    " prie priere veuillez veuiller vouloir voulez bien pouvez pourriez pourrez peux"
    " pourrais serait seriez auriez gentillesse amabilite pouviez proceder effectuer"
    " pourrait peut pouvoir puis possible possibilite moyen comment fait faire fais"
    " faut"
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
    " spams infolettre mailing mailings mailinglist"
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
    " immediat immediate mais"
    " demandee cherche essaie essaye sans succes trying try tried but appartenir"
    " dire aider aidez avoir soit sois sait tell distribution"
    " sign details cliquer quel pu su necessaire sorte ai serais gre saurais porte"
    " suivante suivant suivants suivantes celle prendre demander continuer gentil"
    " gentille tres hello s faites effectivement personnelle perso ligne cc"
    " i id d like would want wish to be my us our we from off out of the this that your"
    " these those all any list lists mailing remove removed delete deleted drop"
    " take taken taking get getting opt opting unsub unsubscribe how do does can could"
    " you one where way is it possible kindly more anymore no longer not don t dont"
    " stop"
    " sending send emailing spamming writing write leave leaving exit resign cancel"
    " subscription subscriptions end address name receive receiving now immediately"
    " asap"
    " right away for good at once and on in part never need know t see find understand"
    " just again ask asking request want am want ll m if someone somebody help us"
    " receive future further contact have me group groups account terminate newsletter"
)
ANOTHERS: Final = vocabulary("vous les le la lui leur toi te t")
BEFORE: Final = vocabulary(
    "me m moi nous mon ma notre etre demande demander souhaite voudrais veux desire"
    " veuillez comment pour par be to my i please an adresse us can could you d like"
    " we one svp une souhaiterais aimerais someone somebody but mais et and"
)
# « la liste électorale », « liste d'attente » are other lists.
OTHER_LISTS: Final = re.compile(
    r"^(?:elector|candidat|municipal|attente|noire|rouge|blanche|course|benevol"
    r"|commun|unitaire|citoyenne|insoumis|ecolog|present|participant|particip|inscrit"
    r"|invit|volont|contact|union|signat|regional|europ|verte|collecti|syndical)"
)
