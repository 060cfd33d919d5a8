"""Mistyped domains are noticed, good ones are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address, parse
from bot.domains import looks_like, suggestion

TYPOS = """
gmial.com gmail.com
gmal.com gmail.com
gmai.com gmail.com
gamil.com gmail.com
gmaill.com gmail.com
gmaii.com gmail.com
gnail.com gmail.com
gimail.com gmail.com
gimal.com gmail.com
gmil.com gmail.com
gemail.com gmail.com
gmail.co gmail.com
gmail.con gmail.com
gmail.cmo gmail.com
gmail.comm gmail.com
gmail.cim gmail.com
gmail.om gmail.com
gmail.fr gmail.com
gmail.net gmail.com
gmial.con gmail.com
gmial.fr gmail.com
mgail.com gmail.com
orange.rf orange.fr
orange.f orange.fr
orange.ft orange.fr
orange.frr orange.fr
ornage.fr orange.fr
oragne.fr orange.fr
orannge.fr orange.fr
ornge.fr orange.fr
oange.fr orange.fr
orange.con orange.com
orangr.fr orange.fr
hotmial.fr hotmail.fr
hotmail.con hotmail.com
hotmail.rf hotmail.fr
hotmai.com hotmail.com
hotmal.fr hotmail.fr
hotmil.com hotmail.com
jotmail.com hotmail.com
hormail.fr hotmail.fr
hotnail.com hotmail.com
homtail.fr hotmail.fr
hotamil.fr hotmail.fr
wanado.fr wanadoo.fr
wandoo.fr wanadoo.fr
wanadoo.rf wanadoo.fr
wannadoo.fr wanadoo.fr
wanadoo.com wanadoo.fr
wanaddo.fr wanadoo.fr
fre.fr free.fr
freee.fr free.fr
free.ft free.fr
free.rf free.fr
fere.fr free.fr
laposte.com laposte.net
laposte.nte laposte.net
laposte.ne laposte.net
lapsote.net laposte.net
lapost.net laposte.net
lapsote.ner laposte.net
laposte.bet laposte.net
yaho.fr yahoo.fr
yahoo.rf yahoo.fr
yhaoo.fr yahoo.fr
yaoo.fr yahoo.fr
yahooo.com yahoo.com
yahoo.con yahoo.com
outlok.fr outlook.fr
outlook.ft outlook.fr
oultook.com outlook.com
outloook.fr outlook.fr
outllok.fr outlook.fr
outlook.cmo outlook.com
sfr.ft sfr.fr
sfr.rf sfr.fr
sfr.f sfr.fr
icloud.co icloud.com
iclod.com icloud.com
icoud.com icloud.com
icloud.fr icloud.com
protonmail.con protonmail.com
protonmial.com protonmail.com
protomail.com protonmail.com
proton.em proton.me
clubinternet.fr club-internet.fr
club-internet.rf club-internet.fr
numericabe.fr numericable.fr
neuf.rf neuf.fr
nuef.fr neuf.fr
bbox.ft bbox.fr
live.con live.com
live.rf live.fr
liev.fr live.fr
msn.con msn.com
aol.cmo aol.com
riseup.ent riseup.net
risuep.net riseup.net
posteo.ed posteo.de
netcourier.com netcourrier.com
aliceadls.fr aliceadsl.fr
tutanotta.com tutanota.com
infomaniack.com infomaniak.com
""".strip().splitlines()

GOOD = """
mail.com ymail.com mail.fr email.com gmx.fr gmx.com gmx.net gmx.de gmx.at gmx.ch
me.com mac.com aol.com aol.fr live.fr live.com live.be free.fr orange.fr orange.com
sfr.fr neuf.fr numericable.fr bbox.fr laposte.net laposte.fr wanadoo.fr
club-internet.fr yahoo.fr yahoo.com yahoo.de yahoo.it yahoo.co.uk yahoo.es hotmail.fr
hotmail.com hotmail.be hotmail.it hotmail.co.uk outlook.fr outlook.com outlook.be
outlook.de msn.com icloud.com proton.me protonmail.com protonmail.ch pm.me riseup.net
posteo.net posteo.de mailo.com netcourrier.com ouvaton.org no-log.org tutanota.com
tuta.io gandi.net ovh.net ovh.fr zaclys.net zaclys.com mailfence.com infomaniak.com
ik.me bluewin.ch skynet.be voila.fr tele2.fr aliceadsl.fr cegetel.net dbmail.com
caramail.fr caramail.com web.de t-online.de freenet.de libero.it googlemail.com
fastmail.com fastmail.fm disroot.org nordnet.fr noos.fr attac.org attac.fr example.org
example.com example.net univ-lyon1.fr ac-aix.fr ac-aix-marseille.fr free-h.org
framasoft.org framalistes.org mediapart.fr lemonde.fr cgt.fr sud.org solidaires.org
laquadrature.net april.org parinux.org ville-arles.fr arles.fr paris.fr gouv.fr
interieur.gouv.fr assemblee-nationale.fr senat.fr europarl.europa.eu ens.fr cnrs.fr
inria.fr polytechnique.edu sciencespo.fr u-bordeaux.fr etu.univ-amu.fr fr.fr ree.fr
tree.fr oeuf.fr lire.fr vive.fr livre.fr line.fr veuf.fr box.fr voile.fr grange.fr
orage.fr oranges.fr laporte.net laporte.fr lacoste.com riposte.net small.com gail.com
kmail.com smail.com free.org orange.org live.org proton.org posteo.be photon.me
poster.net poster.de mel.com ma.com wem.de ok.me bluewind.ch mail.gmail.example
mail.orange.fr yandex.ru lilo.org ecomail.fr etik.com greenmail.fr local.fr sfo.fr
cfr.fr solidarite.org orangina.com freedom.fr liberte.fr marseille.fr nef.fr neufs.fr
"""


def at(domain: str) -> Address:
    """Make an address of Anne's there."""
    return Address("Anne.Martin", domain)


@pytest.mark.parametrize("line", TYPOS)
def test_a_mistyped_domain_gets_a_suggestion(line: str) -> None:
    """A mail to gmial.com comes back late or never, or reaches a stranger."""
    typed, _, meant = line.partition(" ")

    assert suggestion(at(typed)) == at(meant)


@pytest.mark.parametrize("domain", GOOD.split())
def test_a_good_domain_is_left_alone(domain: str) -> None:
    """Who is told that a good address is wrong won't believe the next warning."""
    assert suggestion(at(domain)) is None


def test_the_local_part_stays() -> None:
    """Only the domain is known to be mistyped."""
    found = suggestion(parse("J.Dupont+lists@gmial.com"))

    assert str(found) == "J.Dupont+lists@gmail.com"


@pytest.mark.parametrize("domain", ["orangé.fr", "gmàil.com", "gmаil.com"])  # noqa: RUF001 - meant
def test_accents_and_foreign_letters_are_slips(domain: str) -> None:
    """They look like the provider, but mail to them goes elsewhere."""
    found = suggestion(parse(f"anne@{domain}"))

    assert found in {Address("anne", "orange.fr"), Address("anne", "gmail.com")}


NAMES = st.sampled_from(
    ["gmail", "orange", "free", "hotmail", "laposte", "sfr", "yahoo", "me", "icloud"]
)
ENDINGS = st.sampled_from(["com", "fr", "net", "co", "con", "rf", "org", "me", "f"])


@st.composite
def slips(draw: st.DrawFn) -> str:
    """Give a provider's domain with a letter changed, lost or added."""
    name, ending = draw(NAMES), draw(ENDINGS)
    at_letter = draw(st.integers(0, len(name) - 1))
    put = draw(st.text("abcdefghijklmnopqrstuvwxyz-", max_size=2))
    lost = draw(st.integers(0, 2))
    return f"{name[:at_letter]}{put}{name[at_letter + lost :]}.{ending}"


@given(slips() | st.text() | st.from_regex(r"xn--[a-z0-9-]{0,20}\.[a-z]{1,4}"))
def test_a_suggestion_is_different_and_final(domain: str) -> None:
    """Nobody may be led from one suggestion to the next."""
    address = at(domain)

    found = suggestion(address)

    if found is not None:
        assert found != address
        assert found.local_part == address.local_part
        assert suggestion(found) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anne@example.org", "anne@exarnple.org"),
        ("anne@example.org", "Anne@exampel.org"),
        ("anne@example.org", "anne@exemple.org"),
        ("anne@gmail.com", "anne@gmial.com"),
        ("anne@gmail.com", "anne@ymail.com"),
        ("anne@orange.fr", "anne@0range.fr"),
        ("anne@laposte.net", "anne@1aposte.net"),
        ("anne.martin@attac.org", "anne.rnartin@attac.org"),
        ("anne@attac.org", "anne@аttас.org"),  # noqa: RUF001 - meant
        ("anne@attac.org", "anne@αttac.org"),  # noqa: RUF001 - meant
        ("anne@comite.fr", "anne@comité.fr"),
    ],
)
def test_look_alikes_are_noticed(one: str, other: str) -> None:
    """A person reads what is expected, not what is written."""
    assert looks_like(parse(one), parse(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anne@example.org", "ANNE@example.org"),
        ("anne@example.org", "anna@example.org"),
        ("anne@example.org", "anne@example.net.fr"),
        ("anne@free.fr", "anne@sfr.fr"),
        ("anne@orange.fr", "anne@wanadoo.fr"),
        ("anne@hotmail.fr", "anne@hotmail.com"),
        ("anne@posteo.net", "anne@posteo.de"),
        ("anne@gmail.com", "anne@laposte.net"),
        ("anne@attac.org", "anne@дом.org"),
    ],
)
def test_what_differs_plainly_is_no_look_alike(one: str, other: str) -> None:
    """Many people have two addresses."""
    assert not looks_like(parse(one), parse(other))


@given(slips() | st.text(max_size=20), slips() | st.text(max_size=20))
def test_looking_alike_goes_both_ways(one: str, other: str) -> None:
    """Who imitates whom is unknown."""
    assert looks_like(at(one), at(other)) == looks_like(at(other), at(one))


@given(st.from_regex(r"xn--[a-z0-9-]{0,30}\.[a-z]{2,4}", fullmatch=True))
def test_no_label_makes_it_raise(domain: str) -> None:
    """Whoever owns a domain may name it as he likes."""
    assert looks_like(at(domain), at(domain)) is False
    looks_like(at(domain), at("example.org"))
