"""Who asks a whole list to be taken off it is answered alone."""

import pytest

from bot.commands.wishes import asks_to_leave

# One mail a line; ` / ` ends a line of it.
LEAVING = """
merci de me retirer de cette liste
désabonnez-moi svp
Désabonnez moi
désabonez moi
desabonner
Desabonnez moi SVP !!
DESABONNEMENT
DESINSCRIPTION
Désinscription
Désinscription svp, merci
Désinscrivez-moi
desinscrire
desinscrivez moi de cette liste merci
Desinscrivez moi de votre mailing list
Je ne souhaite plus recevoir vos mails
Je ne souhaite plus recevoir de mails de votre part.
Je souhaite ne plus recevoir vos messages.
Je ne veux plus recevoir ces mails
je veux plus recevoir vos mails
Je ne désire plus recevoir vos courriels
Nous ne souhaitons plus recevoir vos envois. Merci.
Je voudrais ne plus recevoir de messages de cette liste
Merci de ne plus m'envoyer de mails
Merci de ne plus m\u2019envoyer de messages
Merci de ne plus m'écrire
Veuillez ne plus m'envoyer vos mails
Ne m'envoyez plus rien
ne m'envoyez plus de mail svp
ne m'écrivez plus
stop
STOP
Stop !
stop svp
STOP MAILS
Stop aux mails
Unsubscribe
unsubscribe please
unsuscribe
please remove me from this list
Please remove me from your mailing list.
Remove me
remove me please!!
Bonjour, veuillez m'enlever de votre liste de diffusion. Cordialement, Jean Dupont
Bonjour, /  / Merci de me retirer de la liste de diffusion. /  / Cordialement / Claire
Bonjour Paul, / peux-tu me désabonner ? / Merci / Anne
comment fait-on pour se désabonner ?
Comment se désabonner ?
Comment me désabonner de cette liste ?
Comment faire pour me désinscrire de cette liste svp ?
Comment puis-je me désinscrire ?
Bonsoir, comment quitter cette liste ?
Je n'arrive pas à me désabonner
Je n'arrive pas à me désinscrire de cette liste, pouvez-vous le faire ? Merci
Je ne sais pas comment me désabonner.
Est-il possible de se désabonner ?
Serait-il possible de me retirer de votre liste ?
Où est le lien de désabonnement ?
Plus de mails SVP !!!
Plus de messages, merci
je désire être désinscrite
Je souhaite être désabonné
Je souhaiterais être retirée de votre liste de diffusion
Je demande à être retiré de cette liste
Je voudrais me désabonner
je voudrais me desinscrire
Je veux me désinscrire de cette liste !
Je souhaite me désabonner de la liste discuter
J'aimerais être enlevé de cette liste de discussion
arrêtez de m'envoyer des messages
Arrêtez de m'envoyer des mails !
Cessez de m'envoyer vos mails
Merci d'arrêter de m'envoyer des mails
arretez vos mails
Arrêtez ces mails svp
take me off
Take me off this list
Please take me off your mailing list. Thanks, John
take my name off this list
how do I unsubscribe
How can I unsubscribe?
How do I get off this list?
I want to unsubscribe
I would like to unsubscribe from this list.
I'd like to be removed from this list
Can you please remove me from this mailing list?
Could someone unsubscribe me please
Please unsubscribe me. I moved to Lyon last year.
I no longer wish to receive these emails
I do not want to receive these emails anymore
I don't want to get these messages any more. Regards, Mary
Stop sending me emails
stop emailing me
No more emails please
Please stop sending these messages
Please don't send me any more emails
Kindly remove my email address from your list
Remove my address please
Merci de supprimer mon adresse de vos fichiers
Merci de retirer mon adresse mail de votre liste
Supprimez mon adresse
Veuillez supprimer mon adresse de votre liste de diffusion
merci de retirer jean.dupont@example.org de votre liste
Pouvez-vous désabonner mon adresse claire@example.org ? Merci
retirez-moi de cette liste
Retirez moi de vos listes SVP
enlevez-moi de la liste
Enlève-moi de cette liste stp
Supprimez-moi de cette liste
ôtez-moi de votre liste
rayez-moi de vos listes
Sortez-moi de cette liste !
Merci de me sortir de cette boucle de mails
Merci de m'enlever
merci de me désinscrire
Merci de me désabonner de toutes vos listes
MERCI DE ME RETIRER DE VOTRE LISTE
MERCI DE ME DESINSCRIRE. / JEAN DUPONT
Merci de bien vouloir me retirer de la liste de diffusion
Je vous prie de bien vouloir me désinscrire de votre liste
Je vous remercie de me retirer de cette liste
Pouvez-vous me retirer de la liste svp ?
Pourriez-vous me retirer de cette liste de diffusion s'il vous plaît ?
Pourriez-vous me désabonner s\u2019il vous plaît\u00a0?
Pouvez\u2011vous me désinscrire\u00a0? Merci d\u2019avance.
Demande de désabonnement
demande de désinscription
Je ne souhaite plus faire partie de cette liste
Je ne veux plus être sur cette liste
Je ne souhaite plus être destinataire de ces messages
Je ne souhaite plus être abonnée
Je me désabonne
Je souhaite quitter cette liste. Merci
Je quitte cette liste
Je souhaite résilier mon abonnement
Merci d'annuler mon abonnement
Cancel my subscription
Bonjour, j'ai déménagé à Lyon, merci de me retirer de la liste. Bonne soirée à tous
Bonjour, / Je ne suis plus adhérente, merci de me retirer. / Bien à vous / Mme Lefèvre
Je ne suis pas concernée par ces échanges. Merci de me retirer de cette liste.
Je reçois beaucoup trop de mails. Désabonnez-moi, merci.
Je ne me suis jamais inscrit à cette liste. Désabonnez-moi.
Je n'ai jamais demandé à recevoir ces mails, merci de me désinscrire !
C'est la troisième fois que je le demande : désabonnez-moi !!!
Troisième demande : merci de me désabonner
Moi aussi, désabonnez-moi svp
Merci de me retirer de / la liste. / Paul
Bonjour à tous, merci de me désabonner, je n'ai plus le temps de suivre. Amitiés, Luc
Désabonnez-moi / Envoyé de mon iPhone
Merci de me désabonner. / Jean Dupont / 06 12 34 56 78
Cordialement / merci de me désabonner
Bonjour Monsieur merci de me désabonner
Merci de procéder à ma désinscription
Merci de procéder à mon désabonnement dans les meilleurs délais
Prière de me désabonner immédiatement
Désinscription de la liste de diffusion
S.V.P. désabonnez-moi
Unsubscribe me from this list
UNSUBSCRIBE ME NOW
desabo svp
désinscription de ma part
Je ne souhaite pas recevoir ces mails
merci de m'ôter de la liste des destinataires
Merci de me supprimer de votre mailing liste
""".strip().splitlines()

STAYING = """
Paul demande à être retiré de la liste électorale
Comment se désabonner du journal Le Monde ?
Ne me désabonnez pas !
Ne me désabonnez pas svp, je veux continuer à recevoir vos mails
je ne veux plus recevoir de tracts dans ma boîte aux lettres
je me retire de la liste des candidats
Je me retire de la liste
Stop à la répression
STOP à la répression !
Stop aux expulsions ! Rassemblement samedi
Stop Macron
STOP ! Violences policières, rassemblement samedi à 15h
Stop au gaspillage
Stop EACOP
il faut arrêter de parler de ça
merci de retirer le point 3 de l'ordre du jour
qui veut se retirer du groupe de travail ?
Je ne peux plus recevoir les colis chez moi
Jean, pour te désabonner écris à comite+discuter-leave@example.org
Pour se désabonner : comite+discuter-leave@example.org
Pour vous désabonner, répondez STOP à ce message
Pour te désabonner, réponds juste « désabonner »
Vous pouvez vous désabonner en bas du message
Le lien de désabonnement ne marche pas
Paul veut se désabonner, qui peut l'aider ?
Claire s'est désabonnée, dommage
Désabonnez Paul svp
Désabonnez-vous !
Désabonne-toi si tu n'es pas content
Tu peux te désabonner
J'ai été désabonnée sans le demander
Je suis désabonné depuis hier, pourquoi ?
Vous m'avez désabonné par erreur
Merci de m'avoir désabonné
Merci de me réabonner
Je souhaite me réabonner à la liste
Merci de m'inscrire à la liste
Je souhaite recevoir vos mails
Je souhaiterais recevoir plus de mails
Plus d'informations svp
Plus d'infos ?
Je ne reçois plus vos mails
Je ne reçois plus les messages de la liste, est-ce normal ?
Pourquoi ne m'envoyez-vous plus de mails ?
Vous ne m'envoyez plus de messages
Je n'ai pas demandé à être désabonnée !
Je ne veux pas me désabonner
Je ne veux pas quitter la liste
Je ne souhaite pas être retiré de la liste
Je ne souhaite plus faire partie du comité
Je souhaite me retirer du bureau
Je démissionne du collectif
Je quitte le comité
Je quitte Arles à la fin du mois
Je souhaite quitter la coordination
On se retire de la liste unitaire
Faut-il se retirer de la liste ?
Merci de me retirer de la liste des bénévoles du buffet
Merci de me retirer de la liste d'attente
Merci de me retirer du covoiturage de samedi
Retirez-moi du tableau pour samedi, je suis malade
Désinscrivez-moi du repas
Désinscription au pique-nique
Merci de me désinscrire de la randonnée de samedi
Peux-tu m'enlever de la liste des tractages ?
Merci de supprimer mon paragraphe du compte rendu
Supprimez la dernière phrase du tract
Il faut supprimer cette loi
Enlevez le logo svp
Merci d'enlever les affiches après la réunion
Retirez la réforme !
Retrait de la réforme des retraites !
Arrêtez le massacre
Arrêtez de vous disputer
Arrêtez de répondre à tous svp
Merci d'arrêter cette polémique
Cessez le feu !
Stop ou encore ?
Assez !
Je voudrais la liste des abonnés
Qui a la liste des mails ?
Merci pour vos mails
Merci pour la liste
Je veux bien
Bonjour à tous
Merci !
Cordialement, Jean Dupont
Oui
ok pour moi
Je ne suis pas disponible samedi
Je ne veux plus de cette politique
Je ne souhaite plus être trésorière
Je ne souhaite pas être sur la liste aux municipales
Je ne veux plus être candidat
Je souhaite être sur la liste
Pas intéressé
Est-ce que quelqu'un sait comment résilier un abonnement à la SNCF ?
Comment résilier mon abonnement Free ?
Annulez mon inscription au stage
Je souhaite annuler ma participation
Faut-il désabonner les anciens ?
Qui s'occupe des désabonnements ?
Il y a eu trois désinscriptions ce mois-ci
Beaucoup de désabonnements cette semaine, il faut en parler
Réponse à Jean : il suffit d'écrire désabonner au comité
On me demande souvent comment se désabonner, il faudrait l'écrire en bas
J'ai reçu ce mail de Paul : « désabonnez-moi svp ». Qui s'en occupe ?
Désabonnez-moi svp. Par ailleurs, la réunion de samedi est annulée.
Stop. La réunion est annulée, ne venez pas.
Désabonnement : mode d'emploi. Il suffit de répondre au message.
Nous serons douze samedi. Qui apporte le pain ?
Remove the second paragraph please
Please remove my name from the candidates list
Paul asked to be removed from the electoral roll
Take me off the rota for Saturday
How do I unsubscribe from Netflix?
You can unsubscribe by writing to comite+leave@example.org
To unsubscribe, write to comite-leave@example.org
Don't unsubscribe me!
Please do not remove me from this list
I did not ask to be unsubscribed
Unsubscribe him please
Stop the war
Stop arming them
No more war
No more plastic
I stopped receiving the emails
I am not receiving the emails, please help
I don't receive your messages anymore
Leave them alone
I leave for Paris tomorrow
We should leave the alliance
Should we leave the federation?
I would like to receive these emails
Take my car if you need it
Could you send me the list?
Add me to the list please
Thanks for removing me
Who wants to be removed from the working group?
Merci de retirer Paul de la liste
Peut-on retirer Monsieur Durand de la liste ?
Merci de changer mon adresse
Ma nouvelle adresse est claire@example.org, merci de supprimer l'ancienne
Stop pub sur nos boîtes aux lettres : qui a des autocollants ?
Je suis contre, je me retire
Je me désinscris du forum social
C'est trop !
Il y a trop de mails sur cette liste, il faudrait un résumé
Trop de mails ! On pourrait faire deux listes ?
Peut-on avoir moins de mails ?
""".strip().splitlines()


def mail(line: str) -> str:
    """Give the lines of a mail."""
    return line.replace(" / ", "\n")


@pytest.mark.parametrize("line", LEAVING)
def test_a_wish_to_leave_is_noticed(line: str) -> None:
    """Everybody on the list would read it, and three would answer « moi aussi »."""
    assert asks_to_leave("Re: [discuter] Pique-nique", mail(line))


@pytest.mark.parametrize("line", STAYING)
def test_a_post_is_no_wish_to_leave(line: str) -> None:
    """Mail for people must reach people."""
    assert not asks_to_leave("Re: [discuter] Pique-nique", mail(line))
