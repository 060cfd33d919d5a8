"""The commands for anyone: nobody is enrolled or removed by a forged mail."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from bot.actions import (
    AskConfirmation,
    AskModerators,
    CopyToOwners,
    Enrol,
    Unenrol,
)
from bot.address import Address
from bot.commands.registry import Outcome, Request
from bot.compose.texts import texts
from bot.decide.orders import REGISTRY
from bot.errors import CommandError
from bot.model import (
    ListKind,
    MailingList,
    Member,
    Person,
    Proof,
    Roster,
    Settings,
)

ANNE = Address("anne", "example.org")
CLAIRE = Address("claire", "example.org")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TALK = MailingList(
    "discuter", ListKind.DISCUSSION, title="Discussion", owners=frozenset({CLAIRE})
)
NEWS = MailingList("informer", ListKind.ANNOUNCEMENT, title="Nouvelles")
HIDDEN = MailingList("bureau", ListKind.DISCUSSION, visible=False)
SETTINGS = Settings(
    mailbox=Address("comite", "example.org"),
    name="Comité",
    language="fr",
    timezone=ZoneInfo("Europe/Paris"),
    admins=(),
    lists={"discuter": TALK, "informer": NEWS, "bureau": HIDDEN},
    default_list="",
    subaddressing="+",
    trusted_authserv="",
    max_message_size=10**7,
    secret=bytes(32),
)
STRANGER = Request(
    (), ANNE, "Anne", Proof.NONE, Roster(), SETTINGS, REGISTRY, language="fr"
)


def member_of(*names: str) -> Request:
    """Give a request of Anne, who is on these lists."""
    memberships = {name: Member(1, ANNE, "Anne", name) for name in names}
    return replace(STRANGER, roster=Roster(Person(1, ANNE), memberships))


def among(lists: Mapping[str, MailingList]) -> Settings:
    """Give settings with other lists."""
    return replace(SETTINGS, lists=MappingProxyType({**SETTINGS.lists, **lists}))


def run(line: str, request: Request = STRANGER) -> Outcome:
    """Carry out a command as the grammar would read it."""
    words = line.split()
    found = REGISTRY.find(words)
    assert found is not None, line
    arguments = tuple(words[found.size :])
    outcome = found.command.handler(replace(request, arguments=arguments))
    told = texts(None, ZoneInfo("Europe/Paris"))
    result: dict[str, object] = {
        "command": line,
        "below": (),
        "ok": True,
        "text_id": outcome.text_id,
    }
    result |= {"text_id": outcome.text_id, "facts": outcome.facts}
    facts = {"results": (result,), "doubtful": False, "token": "", "mailtos": {}}
    for language in ("fr", "en"):
        assert told.render("command-results", language, facts)
    return outcome


def test_help_is_made_from_the_registry() -> None:
    """Every command is told to whom it is for, in the person's language."""

    def told(request: Request) -> list[str]:
        commands = run("aide", request).facts["commands"]
        assert isinstance(commands, tuple)
        return [one["words"][0] for one in commands]

    stranger, member = told(STRANGER), told(member_of("discuter"))
    owner = told(replace(STRANGER, sender=CLAIRE))

    assert "désabonner" in stranger
    assert "régler" not in stranger
    assert set(member) - set(stranger) >= {"régler", "pause", "nom", "aussi"}
    assert set(owner) - set(stranger) >= {"membres", "importer", "nommer"}
    assert set(told(replace(member_of("discuter"), sender=CLAIRE))) == {
        (one.words["fr"] + one.words[""])[0] for one in REGISTRY.commands
    }


def test_help_about_one_command() -> None:
    """« aide abonner » tells that one alone."""
    outcome = run("aide abonner")

    assert outcome.text_id == "help-command"
    assert outcome.facts["spellings"][0] == "abonner"  # type: ignore[index] # a tuple


def test_lists_shows_what_is_visible_or_ones_own() -> None:
    """A hidden list is known to its members only."""

    def shown(request: Request) -> list[str]:
        lists = run("listes", request).facts["lists"]
        assert isinstance(lists, tuple)
        return [one["name"] for one in lists]

    assert shown(STRANGER) == ["discuter", "informer"]
    assert shown(member_of("bureau")) == ["discuter", "informer", "bureau"]


def test_info_gives_the_address_to_write_to() -> None:
    """With sub-addresses each list has its own."""
    facts = run("infos Discuter").facts

    assert facts["address"] == "comite+discuter@example.org"
    assert facts["owners"] == (str(CLAIRE),)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("infos", "list-missing"),
        ("infos jardin", "no-such-list"),
        ("abonner jardin", "no-such-list"),
        ("abonner discuter comite@example.org", "own-address"),
        ("désabonner discuter", "not-on-list"),
        ("stop", "no-member"),
        ("confirm k7fm2q", "nothing-to-confirm"),
    ],
)
def test_what_cannot_be_done_is_told(line: str, error: str) -> None:
    """Each line gets its own answer."""
    with pytest.raises(CommandError) as raised:
        run(line)

    assert raised.value.text_id == error
    told = texts(None, ZoneInfo("Europe/Paris"))
    assert told.sentence(error, "fr", raised.value.facts)


def test_subscribing_twice_is_told() -> None:
    """Nothing is asked of somebody who is there already."""
    with pytest.raises(CommandError) as raised:
        run("abonner discuter", member_of("discuter"))

    assert raised.value.text_id == "already-on-list"


@pytest.mark.parametrize(
    ("policy", "proof", "wanted"),
    [
        ("confirm", Proof.NONE, AskConfirmation),
        ("confirm", Proof.PASS, AskConfirmation),
        ("open", Proof.NONE, AskConfirmation),
        ("open", Proof.PASS, Enrol),
        ("moderated", Proof.PASS, AskModerators),
        ("moderated", Proof.NONE, AskConfirmation),
        ("closed", Proof.PASS, CopyToOwners),
    ],
)
def test_subscription_by_policy(policy: str, proof: Proof, wanted: type) -> None:
    """Only a proved From: of an open list enrols at once."""
    settings = among({"discuter": replace(TALK, subscription=policy)})
    request = replace(STRANGER, settings=settings, proof=proof)

    outcome = run("s'abonner discuter Anne Martin", request)

    assert [type(action) for action in outcome.actions] == [wanted]


def test_the_full_name_comes_from_the_command_or_from() -> None:
    """The roster should know how people are called."""
    named = run("abonner discuter Anne Martin").actions[0]
    unnamed = run("abonner discuter").actions[0]

    assert named == AskConfirmation(ANNE, "subscribe", "discuter", "Anne Martin")
    assert unnamed == AskConfirmation(ANNE, "subscribe", "discuter", "Anne")


@pytest.mark.parametrize(
    ("policy", "proof", "wanted"),
    [
        ("confirm", Proof.PASS, AskConfirmation),
        ("open", Proof.NONE, AskConfirmation),
        ("open", Proof.PASS, Unenrol),
        ("moderated", Proof.PASS, AskModerators),
        ("moderated", Proof.NONE, AskConfirmation),
    ],
)
def test_unsubscription_by_policy(policy: str, proof: Proof, wanted: type) -> None:
    """Nobody is removed by a forged mail."""
    settings = among({"discuter": replace(TALK, unsubscription=policy)})
    request = replace(member_of("discuter"), settings=settings, proof=proof)

    outcome = run("désabonner discuter", request)

    assert [type(action) for action in outcome.actions] == [wanted]


@pytest.mark.parametrize("line", ["stop", "désabonner *", "unsubscribe toutes"])
def test_leaving_without_a_list_means_all(line: str) -> None:
    """Who writes « stop » wants no more mail; each list still asks."""
    outcome = run(line, member_of("discuter", "informer"))

    assert outcome.actions == (
        AskConfirmation(ANNE, "unsubscribe", "discuter"),
        AskConfirmation(ANNE, "unsubscribe", "informer"),
    )


def test_which_shows_ones_own_lists() -> None:
    """And no other."""
    lists = run("abonnements", member_of("informer")).facts["lists"]

    assert isinstance(lists, tuple)
    assert [one["name"] for one in lists] == ["informer"]


def test_words_are_given_once() -> None:
    """Two commands with one word would hide each other."""
    words = [
        word
        for one in REGISTRY.commands
        for some in one.words.values()
        for word in some
    ]

    assert len(words) == len(set(words))
