"""What callers say of somebody: the words for each of the four results of a call.

Words are folded: no accents, no case, apostrophes apart (« n a pas repondu »). Rule
for editors: what takes somebody off a list needs a word that means nothing else.
"""

import re
from typing import Final

from bot.folding import vocabulary

__all__: Final = ("LIGHT", "MENDED", "STRONG", "WEAK")

# By result; what matches is taken out of the line, and nothing else may be left of it
# but what says nothing.
STRONG: Final[dict[str, re.Pattern[str]]] = {
    "unreached": re.compile(
        r"\b(?:injoignables?|nrp|unreach(?:able|ed)"
        r"|(?:n |ne |je |j |on |a |ai |ont |est )*(?:pas|jamais|non|plus) (?:encore )?"
        r"(?:pu |reussi |arrive )?(?:a |l |le |la |les |etre )*"
        r"(?:join(?:te?s?|dre)|joignables?|decroche\w*|repond(?:re|us?|ues?|ent)?"
        r"|(?:de |eu de )*reponses?|la(?=\s*$)|chez (?:elle|lui|soi))"
        r"|(?:n |ne |me |m )*(?:repond|decroche)(?:ent)? (?:pas|plus|jamais)"
        r"|(?:n )?(?:a|ai|ont) pas (?:repondu|decroche)|sans reponse"
        r"|(?:tombe[er]? )?(?:sur )?(?:sa |la |le |un |une |son )?"
        r"(?:messagerie(?: vocale)?|repondeur|boite vocale|voice ?mail"
        r"|answering machine)|laisse[rz]? (?:un |des )?messages?|message laisse"
        r"|left (?:a )?message|personne (?:ne |n a )?(?:repond\w*|decroche\w*)"
        r"|nobody answer(?:s|ed)|(?:je |j ai |il faut |faut |a |on |les? |la |l )*"
        r"rappel(?:er|le|es|lerai|lons|ee?s?|ez)|absente?s?|en vacances|plus tard"
        r"|occupee?s?"
        r"|(?:mauvais|faux) numeros?|numero (?:faux|mauvais|errone)"
        r"|(?:numero|ligne|telephone) (?:est |(?:n est |est )?(?:non|pas|plus) )?"
        r"(?:morte?|coupee?|attribuee?|hors service)"
        r"|dead (?:phone )?(?:line|number)|(?:line|number|phone) (?:is |was )?dead"
        r"|(?:did not|didn t|not|no) (?:yet )?(?:answer(?:ed|ing)?|repl(?:y|ied)"
        r"|reached|in|at home|home)"
        r"|(?:couldn t|could not|can t|cannot) (?:be )?reach(?:ed)?"
        r"|call(?:ed|ing)? (?:back|again|later)|later|(?<!passed )away|busy"
        r"|wrong number)\b"
    ),
    "remove": re.compile(
        r"\b(?:retir(?:er|e|ee|es|ees|ez|ons)|supprim(?:er|e|ez|ons)"
        r"|enlev(?:er|e|ee|es|ees|ez|ons)|desabonn(?:er|e|ee|es|ees|ez|ement)"
        r"|desinscri(?:re|t|te|ts|vez|ption)|radi(?:er|e|ee|ez)|effac(?:er|e|ez)"
        r"|decedee?s?|deceased|died|passed away"
        r"|remove[ds]?|unsubscribe[ds]?|delete|take (?:him |her |them )?off"
        r"|(?:n en |ne |n )?(?:veut|veulent|souhaite|souhaitent|desire) plus"
        r"(?: rien)?"
        r"|(?:n est |est )?plus interessee?s?|(?:n est |est )plus (?:adherente?|membre)"
        r"|no longer (?:wants?|interested)"
        r"|(?:does not|doesn t) want(?: any ?more)?|not interested(?: any ?more)?)\b"
    ),
    "keep": re.compile(
        r"\b(?:gard(?:er|e|ee|es|ez|ons|ee?s)|conserv(?:er|e|ee|ez|ons)"
        r"|maint(?:enir|enu|enue|ient)|keep|kept)\b"
    ),
    "change": re.compile(
        r"\b(?:corrig(?:er|e|ee|ez|eons)|correction|chang(?:er|e|ee|ez|ement|ed)"
        r"|remplac(?:er|e|ee|ez)|modifi(?:er|e|ee|ez|cation)|nouvel(?:le)?|nouveau"
        r"|devient|devenue?|change|correct(?:ed|ion)? to|replace[ds]?|update[ds]?|new"
        r"|becomes?)\b"
    ),
}
# The address is good; said with another one, it is that one which is.
WEAK: Final = re.compile(
    r"\b(?:ok|oui|yes|valides?|valables?|bonne?s?|correcte?s?|juste|exacte?s?|good|valid"
    r"|right|fine|correct|works?|fonctionne|marche|rien a changer|inchangee?s?|active?"
    r"|unchanged)\b"
)
# What says nothing about what to do, beside a word that does. A negation (« pas »,
# « plus », « rien ») is never among it.
LIGHT: Final = vocabulary(
    "je j il elle ils elles on la le les l de du des d un une a au aux et en y est"
    " sont etre ete etait suis veut voudrait demande demandee souhaite svp stp merci"
    " please from the list lists liste listes toutes tous tout toute all nos vos leurs"
    " votre messages mails mail courriels courriel envois email emails e informations"
    " infos lettre nouvelles recevoir personne adherent adherente cette ce c s son sa"
    " ses cet vous plait te her him them they he she it was has is to be asked wants"
    " parce ok oui yes car monsieur madame m mme mlle mr mrs adresse adresses address"
    " deja confirme confirmee confirmed bien donc alors par vers into by now"
    " maintenant desormais voici me nous qui que this that any anymore more receive"
    " receiving want our my his its pour for of as sur sure certain certaine vraiment"
    " really telephone appel phone call called appelee appele eu tel ligne line numero"
    " reste meme same"
)
# Words that callers surely type now and then with a slip.
MENDED: Final = ("corriger", "retirer", "garder", "injoignable")
