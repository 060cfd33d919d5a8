"""Given names that are nothing else: « Patience » below « ok » is no signature."""

from typing import Final

from bot.folding import vocabulary

__all__: Final = ("GIVEN_NAMES",)

GIVEN_NAMES: Final = vocabulary(
    "adele adrien agathe agnes aicha alain alban albert alexandre alexis alfred"
    " alice aline amandine amelie amina anais andre andrea andree ange angele"
    " anita anna anne annick annie anthony antoine antonin ariane arnaud arthur"
    " astrid aude audrey aurelie aurelien axel baptiste barbara bastien beatrice"
    " benedicte benjamin benoit berenice bernadette bernard bertrand brigitte"
    " bruno camille carine carla carole caroline catherine cecile cedric celia"
    " celine chantal charles charlotte chloe christelle christian christiane"
    " christine christophe claire clara claude claudine clement clementine"
    " colette colin coline corinne cyril damien daniel daniele danielle david"
    " delphine denis denise didier dominique edith edouard elena eliane elisa"
    " elisabeth elise elodie emilie emma emmanuel emmanuelle eric erwan estelle"
    " etienne eugenie eva evelyne fabien fabienne fabrice fanny farid fatima"
    " fatou felix fernand florence florian francine francis francois francoise"
    " frank frederic frederique gabriel gabrielle gaelle genevieve georges"
    " gerard germaine ghislaine gilbert gilles gisele gregoire gregory guillaume"
    " guy gwen gwenaelle hanna hassan helen helene henri herve hubert hugo"
    " huguette ibrahim ines irene isabelle jacky jacqueline jacques james jane"
    " jean jeanne jeannine jerome joel joelle john jonathan joseph josette"
    " josiane julia julie julien juliette karim karine kevin khadija laila laura"
    " laure laurence laurent lea leila leo leon leonie liliane lionel lise louis"
    " louise luc lucas lucie lucien lucienne ludovic lydia madeleine mael maeva"
    " malik manon marc marcel marcelle margaux marguerite maria marianne marie"
    " marine marion marlene martin martine mary mathieu mathilde matthieu maud"
    " maurice max maxime mehdi melanie melissa michel michele michelle mireille"
    " mohamed monique morgane myriam nadege nadia nadine nathalie nicolas nicole"
    " noelle nora odette odile olga olivia olivier oscar pascal pascale patricia"
    " patrick paul paula paulette pauline peter philippe pierre quentin rachel"
    " rachid raphael raymond raymonde regine regis remi rene renee richard"
    " robert roger roland romain rosalie rose roxane sabine sabrina sacha salima"
    " samia samir samuel sandra sandrine sara sarah sebastien serge severine"
    " simon simone sofia solange solene sonia sophie stephane stephanie suzanne"
    " sylvain sylvie tanguy thea theo therese thibault thierry thomas tom"
    " valentin valerie vanessa veronique victor vincent virginie viviane wassila"
    " wilfried william xavier yann yannick yasmine yolande youssef yves yvette"
    " yvonne zoe"
)
