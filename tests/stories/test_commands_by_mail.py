"""Commands by mail, end to end: what people write, and what comes of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.address import parse
from bot.demo.provider import Provider
from bot.model import MemberState, Profile, Reception
from tests.stories.committee import Committee, committee, text_of
from tests.stories.scenes import BOT, OWNER

ANNE = "anne@member.test"
BOB = "bob@member.test"
ZOE = "zoe@member.test"
WORK = "anne.martin@work.test"
DAY = timedelta(days=1)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start an embedded provider."""
    users = dict.fromkeys([OWNER, ANNE, BOB, ZOE, WORK], "pw") | {BOT: "botpw"}
    with Provider(users) as made:
        yield made


@pytest.fixture
def club(provider: Provider, tmp_path: Path) -> Iterator[Committee]:
    """Found a committee with two lists."""
    ports = provider.imap_port, provider.smtp_port
    with committee(provider, tmp_path, *ports) as made:
        yield made


def posts(club: Committee, address: str) -> list[str]:
    """Give the subjects of the posts that somebody got."""
    return [str(mail["Subject"]) for mail in club.mails(address, "post")]


# ------------------------------------------------------------- joining and leaving


def test_a_newcomer_joins_in_her_own_words_and_leaves(club: Committee) -> None:
    """Nobody has to know a syntax; « oui » is enough, both ways."""
    club.write(ANNE, "Bonjour", "Je voudrais m'abonner à discuter\n\nMerci !")
    club.answer(ANNE, club.last(ANNE, "confirm"), "Oui\n\n> Bonjour,\n")
    joined = club.members("discuter")
    welcome = text_of(club.last(ANNE, "welcome"))
    club.write(ANNE, "désabonner discuter")
    club.answer(ANNE, club.last(ANNE, "confirm"), "oui")

    assert joined == {ANNE}
    assert "Bienvenue" in str(club.last(ANNE, "welcome")["Subject"])
    assert "partir quand vous voulez" in welcome
    assert "pièces jointes" in welcome
    assert club.members("discuter") == set()
    assert "C'est fait" in text_of(club.last(ANNE, "notice"))


def test_what_a_member_answers_the_bot_stays_between_them(club: Committee) -> None:
    """Those in charge read it, and answer her directly; the list never does."""
    club.enrol("discuter", ANNE, BOB)
    club.write(OWNER, "ajouter discuter zoe@member.test")
    club.answer(OWNER, club.last(OWNER, "confirm"), "ok")
    club.answer(ZOE, club.last(ZOE, "welcome"), "Paul est malade, ne le dites pas.")
    copy = club.last(OWNER, "notice")

    assert posts(club, ANNE) == []
    assert str(copy["Reply-To"]) == ZOE
    assert "personne d'autre ne l'a lue" in text_of(copy)
    assert "transmis aux responsables" in text_of(club.last(ZOE, "reply"))


def test_an_answer_to_the_question_put_again_counts(club: Committee) -> None:
    """People answer the last mail that they got."""
    club.write(ANNE, "abonner discuter")
    club.answer(ANNE, club.last(ANNE, "confirm"), "C'est quoi ?")
    again = club.last(ANNE, "reply")
    club.answer(ANNE, again, "Comment ça ?")
    club.answer(ANNE, club.last(ANNE, "reply"), "oui")

    ids = {str(mail["Message-ID"]) for mail in club.mails(ANNE, "reply")}
    assert "oui, ou non" in text_of(again)
    assert len(ids) == 2
    assert club.members("discuter") == {ANNE}


def test_a_reply_to_a_post_that_is_nothing_but_a_command(club: Committee) -> None:
    """It goes to the bot, not to everybody."""
    club.enrol("discuter", ANNE, BOB)
    club.write(ANNE, "[discuter] Pique-nique", "Samedi ?")
    club.answer(BOB, club.last(BOB, "post"), "désabonner discuter\n\nBob")
    club.answer(BOB, club.last(BOB, "confirm"), "oui")

    assert posts(club, ANNE) == ["[discuter] Pique-nique"]
    assert club.members("discuter") == {ANNE}


def test_asking_again_is_answered_once(club: Committee) -> None:
    """Impatience, doubles and robots make no second question, an hour later one."""
    for _ in range(3):
        club.write(ANNE, "abonner discuter")
    asked = len(club.mails(ANNE, "confirm"))
    club.clock.at += timedelta(hours=2)
    club.write(ANNE, "abonner discuter")
    club.answer(ANNE, club.mails(ANNE, "confirm")[0], "oui")
    club.answer(ANNE, club.mails(ANNE, "confirm")[1], "oui")

    assert asked == 1
    assert len(club.mails(ANNE, "confirm")) == 2
    assert club.members("discuter") == {ANNE}
    assert len(club.mails(ANNE, "welcome")) == 1


def test_a_question_is_put_again_once_and_then_lapses(club: Committee) -> None:
    """One reminder on the third day; after a week an answer is too late."""
    club.write(ANNE, "abonner discuter")
    for _ in range(6):
        club.cycle(DAY)
    reminded = club.mails(ANNE, "confirm")
    club.cycle(2 * DAY)
    club.answer(ANNE, reminded[1], "oui")

    assert [str(mail["Subject"])[:6] for mail in reminded] == ["Confir", "Rappel"]
    assert "Confirmez" in text_of(reminded[1])
    assert club.members("discuter") == set()


def test_an_answer_to_the_reminder_counts(club: Committee) -> None:
    """It is the same question."""
    club.write(ANNE, "abonner discuter")
    club.cycle(4 * DAY)
    club.answer(ANNE, club.mails(ANNE, "confirm")[1], "oui")

    assert club.members("discuter") == {ANNE}


def test_owners_hear_of_it_once_a_day(club: Committee) -> None:
    """Not by a mail each; and not of their own doing."""
    club.cycle()
    for who in (ANNE, BOB):
        club.write(who, "abonner discuter")
        club.answer(who, club.last(who, "confirm"), "oui")
    before = club.mails(OWNER, "notice")
    club.cycle(timedelta(hours=9))
    club.cycle(timedelta(hours=1))

    (summary,) = club.mails(OWNER, "notice")
    assert before == []
    assert ANNE in text_of(summary)
    assert BOB in text_of(summary)
    assert all(not event.address.local_part for _, event in club.store.untold_events())


def test_reply_all_to_be_removed_is_never_published(club: Committee) -> None:
    """The others don't read it; she gets the way out in one reply."""
    club.enrol("discuter", ANNE, BOB)
    club.write(BOB, "Pique-nique", "Samedi au parc ?")
    mail = club.last(ANNE, "post")
    club.write(ANNE, f"Re: {mail['Subject']}", "Merci de me retirer de cette liste !")
    question = club.last(ANNE, "confirm")
    club.answer(ANNE, question, "oui")

    assert posts(club, BOB) == ["[discuter] Pique-nique"]
    assert "Personne d'autre ne l'a reçu" in " ".join(text_of(question).split())
    assert club.members("discuter") == {BOB}


# -------------------------------------------------------------------------- members


def test_a_pause_holds_the_posts_back_until_its_day_is_over(club: Committee) -> None:
    """And then they come again, without a word."""
    club.enrol("discuter", ANNE, BOB)
    club.write(ANNE, "pause discuter jusqu'au 29/11/2026")
    club.write(BOB, "Un", "Premier message de la semaine.")
    club.cycle(3 * DAY)
    club.write(BOB, "Deux", "Second message de la semaine.")

    told = " ".join(text_of(club.mails(ANNE, "reply")[0]).split())
    assert "reprendront lundi 30" in told
    assert posts(club, ANNE) == ["[discuter] Deux"]


def test_a_digest_comes_in_the_evening_and_each_post_is_in_it(
    club: Committee,
) -> None:
    """One mail a day, and no address of others in it."""
    club.enrol("discuter", ANNE, BOB, ZOE)
    club.cycle()
    club.write(ANNE, "régler discuter résumé")
    club.write(BOB, "Un", "Premier message de la semaine.")
    club.write(ZOE, "Deux", "Second message de la semaine.")
    club.cycle(timedelta(hours=10))
    club.cycle(timedelta(hours=1))
    club.cycle(DAY)

    (digest,) = club.mails(ANNE, "digest")
    assert posts(club, ANNE) == []
    assert posts(club, ZOE) == ["[discuter] Un", "[discuter] Deux"]
    assert "Premier message" in text_of(digest)
    assert "Second message" in text_of(digest)
    assert BOB not in str(digest)
    anne = next(iter(club.store.members("discuter")))
    assert anne.reception is Reception.DIGEST


def test_a_second_address_may_write_and_receives_nothing(club: Committee) -> None:
    """Both addresses have to agree; then posts from either are a member's."""
    club.enrol("discuter", ANNE, BOB)
    club.write(ANNE, f"aussi {WORK}")
    club.answer(ANNE, club.last(ANNE, "confirm"), "ok")
    club.answer(WORK, club.last(WORK, "confirm"), "oui")
    club.write(WORK, "Depuis le bureau", "Je viendrai samedi, avec le café.")
    club.write(WORK, "abonnements")

    assert posts(club, BOB) == ["[discuter] Depuis le bureau"]
    assert posts(club, WORK) == []
    assert not club.mails(OWNER, "moderation")
    assert WORK in text_of(club.last(WORK, "reply"))
    assert "Discussion" in text_of(club.last(WORK, "reply"))


def test_is_it_you_releases_the_post_that_waits(club: Committee) -> None:
    """The known address says yes: the moderators need not decide.

    From: is easily forged, so the other address is its own only when it says so.
    """
    club.enrol("discuter", ANNE, name="Anne Martin")
    club.enrol("discuter", BOB)
    club.write(f"Anne Martin <{WORK}>", "Covoiturage", "Il me reste deux places.")
    waiting = posts(club, BOB)
    question = club.last(ANNE, "confirm")
    club.answer(ANNE, question, "oui c'est moi")
    club.answer(OWNER, club.last(OWNER, "moderation"), "approuver")
    unlinked = club.store.find_person(parse(WORK))
    club.answer(WORK, club.last(WORK, "confirm"), "oui")

    assert waiting == []
    assert unlinked is None
    assert "a…@work.test" in text_of(question)
    assert WORK not in text_of(question)
    assert posts(club, BOB) == ["[discuter] Covoiturage"]
    assert club.store.find_person(parse(WORK)) == club.store.find_person(parse(ANNE))


def test_my_data_and_being_forgotten(club: Committee) -> None:
    """All is shown, then all is gone, and no import brings it back."""
    club.store.enrol_many(
        [Profile(parse(ANNE), "Anne Martin", "0612345678", ("adhérent",), "fr")],
        "discuter",
        "import",
        club.clock.now(),
    )
    club.write(ANNE, "Covoiturage", "Il me reste deux places.")
    club.write(ANNE, "mes données")
    told = club.last(ANNE, "reply")
    attached = next(told.iter_attachments()).get_payload(decode=True)
    assert isinstance(attached, bytes)
    data = attached.decode()
    club.write(ANNE, "oublier")
    club.answer(ANNE, club.last(ANNE, "confirm"), "oui")
    club.write(OWNER, "importer discuter", f"{ANNE} Anne Martin")
    club.cycle()

    assert all(one in data for one in ("Anne Martin", "0612345678", "adhérent"))
    assert club.members("discuter") == set()
    assert "demandé à être oublié" in " ".join(
        text_of(club.last(OWNER, "reply")).split()
    )
    assert "anne" not in dump(club).lower()


def dump(club: Committee) -> str:
    """Give all that is in the database as text."""
    with club.store.transaction():
        raw = club.store.connection.connection.driver_connection
        assert raw is not None
        return "\n".join(raw.iterdump())


# --------------------------------------------------------------------------- owners


def test_an_owner_adds_people_and_proves_it_with_one_word(club: Committee) -> None:
    """Without Authentication-Results an « ok » stands in; each gets a welcome."""
    club.write(OWNER, "ajouter discuter", f"{ANNE} Anne Martin\nBob Roux <{BOB}>\n")
    waiting = club.members("discuter")
    question = club.last(OWNER, "confirm")
    club.answer(OWNER, question, "Ok\n\nClaire")

    assert waiting == set()
    assert "répondez à ce message : ok" in " ".join(text_of(question).split())
    assert club.members("discuter") == {ANNE, BOB}
    assert {one.name for one in club.store.members("discuter")} == {
        "Anne Martin",
        "Bob Roux",
    }
    assert OWNER in text_of(club.last(ANNE, "welcome"))


def test_a_stranger_in_the_owners_name_changes_nothing(club: Committee) -> None:
    """Whoever forges From: makes the owner get a question, no more."""
    club.enrol("discuter", ANNE)
    club.write(OWNER, f"retirer discuter {ANNE}")
    club.cycle(8 * DAY)

    assert club.members("discuter") == {ANNE}


def test_an_import_shows_first_what_it_would_do(club: Committee) -> None:
    """Additions, changes and refusals with their lines; done on « ok »."""
    club.enrol("discuter", ANNE)
    table = (
        "Prénom;Nom;Courriel;Mobile;Groupe\r\n"
        f"Anne;Martin;{ANNE};0612345678;adhérent\r\n"
        f"Bob;Roux;{BOB};;sympathisant\r\n"
        "Jean;Sans;;;\r\n"
        "Léa;Faute;lea@gmial.com;;\r\n"
    ).encode("cp1252")
    club.write(OWNER, "importer discuter", attach=("membres.csv", table))
    preview = club.last(OWNER, "confirm")
    before = club.members("discuter")
    club.answer(OWNER, preview, "ok")

    told = " ".join(text_of(preview).split())
    assert before == {ANNE}
    assert "1 nouvelle personne" in told.replace("\u00a0", " ")
    assert "ligne 4" in told
    assert "lea@gmail.com" in told
    assert club.members("discuter") == {ANNE, BOB}
    anne = next(iter(club.store.members("discuter")))
    assert (anne.name, anne.phone, anne.groups) == (
        "Anne Martin",
        "0612345678",
        ("adhérent",),
    )
    assert not club.mails(BOB, "welcome")


def test_an_announcement_to_a_group_reaches_that_group(club: Committee) -> None:
    """The preview counts them; the tag is not in the subject that they read."""
    rows = [
        Profile(parse(ANNE), groups=("adhérent",)),
        Profile(parse(BOB), groups=("sympathisant",)),
        Profile(parse(ZOE), groups=("Adhérents",)),
    ]
    club.store.enrol_many(rows, "informer", "import", club.clock.now())
    club.write(OWNER, "[informer: adhérents] Vote", "Votez avant samedi.")
    preview = text_of(club.last(OWNER, "preview")).replace("\u00a0", " ")
    club.answer(OWNER, club.last(OWNER, "preview"), "ok")
    club.write(OWNER, "[informer: adherants] Vote bis", "Votez avant samedi.")

    confirmed = text_of(club.mails(OWNER, "reply")[0]).replace("\u00a0", " ")
    assert "2 personnes" in preview
    assert "2 personnes" in confirmed
    assert posts(club, ANNE) == posts(club, ZOE) == ["Vote"]
    assert posts(club, BOB) == []
    assert "Pas envoyé" in str(club.last(OWNER, "reply")["Subject"])


def test_who_has_no_name_in_their_mails_has_the_one_they_told_us(
    club: Committee,
) -> None:
    """« nom Anne Martin »; whoever writes under a name keeps it."""
    club.enrol("discuter", ANNE, BOB)
    club.write(ANNE, "nom Anne Martin")
    club.write(ANNE, "[discuter] Covoiturage", "Il me reste deux places.")

    assert "Anne Martin via" in str(club.last(BOB, "post")["From"])


def test_the_goodbye_is_in_the_language_of_who_leaves(club: Committee) -> None:
    """Though nothing is known of them any more by then."""
    club.enrol("discuter", ANNE)
    club.write(ANNE, "language en")
    club.write(ANNE, "unsubscribe discuter")
    club.answer(ANNE, club.last(ANNE, "confirm"), "yes")

    assert "You have left" in str(club.last(ANNE, "notice")["Subject"])


def test_a_stranger_whose_post_waits_learns_how_to_join(club: Committee) -> None:
    """That is what most of them wanted."""
    club.write(ZOE, "[discuter] Bonjour", "Je suis nouvelle dans le quartier.")
    told = text_of(club.last(ZOE, "notice"))

    assert "Vous vouliez vous inscrire" in told
    assert "discuter-join@" in told.replace("\r\n", "")


def test_a_setting_changed_by_mail_is_in_force_at_once(club: Committee) -> None:
    """The running bot takes it up, for the very next mail."""
    club.enrol("discuter", ANNE, BOB)
    club.write(OWNER, "régler discuter modération tous")
    club.answer(OWNER, club.last(OWNER, "confirm"), "ok")
    club.write(ANNE, "Covoiturage", "Il me reste deux places.")

    assert posts(club, BOB) == []
    assert len(club.mails(OWNER, "moderation")) == 1


def test_an_invitation_is_accepted_with_a_word(club: Committee) -> None:
    """Who doesn't answer is no member."""
    club.write(OWNER, "inviter discuter", f"{ANNE}\n{BOB}")
    club.answer(OWNER, club.last(OWNER, "confirm"), "ok")
    club.answer(ANNE, club.last(ANNE, "confirm"), "oui, avec plaisir")

    assert club.members("discuter") == {ANNE}
    (anne,) = club.store.members("discuter")
    assert OWNER in anne.origin


def test_moderated_joining_is_confirmed_then_decided(
    provider: Provider, tmp_path: Path
) -> None:
    """The address first, then a moderator's word."""
    ports = provider.imap_port, provider.smtp_port
    with committee(
        provider, tmp_path, *ports, lists='subscription = "moderated"'
    ) as club:
        club.write(ANNE, "abonner discuter Anne Martin")
        club.answer(ANNE, club.last(ANNE, "confirm"), "oui")
        asked = club.last(OWNER, "moderation")
        before = club.members("discuter")
        club.answer(OWNER, asked, "approuver")

        assert before == set()
        assert "Anne Martin" in str(asked["Subject"])
        assert club.members("discuter") == {ANNE}
        assert club.mails(ANNE, "welcome")


def test_a_correction_moves_the_subscriptions(club: Committee) -> None:
    """The new address is told; a suspension was the old one's."""
    club.enrol("discuter", ANNE)
    club.store.set_member_state(parse(ANNE), "discuter", MemberState.SUSPENDED)
    club.write(OWNER, f"corriger discuter {ANNE} {ZOE}")
    club.answer(OWNER, club.last(OWNER, "confirm"), "ok")

    (zoe,) = club.store.members("discuter")
    assert (str(zoe.address), zoe.state) == (ZOE, MemberState.ACTIVE)
    assert ANNE in text_of(club.last(ZOE, "notice"))
