"""What a mail is, and for which list: golden mails, and the order of the rules."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.address import Address
from bot.bounces import read_report
from bot.classify import classify, function, route
from bot.identity import sign, tokens_in
from bot.message import read
from bot.model import (
    Kind,
    ListKind,
    MailingList,
    Message,
    Person,
    Roster,
    Settings,
    TokenState,
)

GOLDEN = sorted(Path(__file__).parents[1].glob("mail/[0-9]*/in.eml"))
NOW = datetime(2025, 5, 13, 8, 0, tzinfo=UTC)
SETTINGS = Settings(
    mailbox=Address("comite", "asso.example"),
    name="Comité",
    language="fr",
    timezone=ZoneInfo("Europe/Paris"),
    admins=(Address("admin", "asso.example"),),
    lists={
        "informer": MailingList("informer", ListKind.ANNOUNCEMENT),
        "discuter": MailingList(
            "discuter",
            ListKind.DISCUSSION,
            address=Address("discuter", "asso.example"),
            subject_prefix="[discuter]",
        ),
    },
    default_list="discuter",
    subaddressing="+",
    trusted_authserv="mx.asso.example",
    max_message_size=26_214_400,
    secret=b"golden-mails-secret",
)
NO_DEFAULT = replace(SETTINGS, default_list="")
ANNE = Person(1, Address("anne", "asso.example"))


def mail(fields: str, body: str = "Bonjour") -> Message:
    """Read a mail from Anne, unless the fields say otherwise."""
    author = "" if fields.startswith("From:") else "From: anne@asso.example\n"
    return read(f"{author}{fields}\n\n{body}\n".encode(), NOW)


def kind_of(
    message: Message,
    settings: Settings = SETTINGS,
    roster: Roster | None = None,
    *,
    has_commands: bool = False,
) -> tuple[Kind, str]:
    """Classify a mail as the cycle does."""
    known = roster or Roster()
    return classify(
        message,
        settings,
        known,
        read_report(message),
        has_commands=has_commands,
        routed=next(iter(route(message, settings, known)), ""),
    )


@pytest.mark.parametrize("path", GOLDEN, ids=[path.parent.name for path in GOLDEN])
def test_golden_mail(path: Path) -> None:
    """Each folder's README gives the reason."""
    expected: dict[str, Any] = json.loads(
        (path.parent / "expected.json").read_text(encoding="utf-8")
    )
    message = read(path.read_bytes(), NOW)
    tokens = tokens_in(message, SETTINGS.mailbox, SETTINGS.subaddressing)
    roster = Roster(token=TokenState.VALID if tokens else TokenState.NONE)

    found = kind_of(
        message, SETTINGS, roster, has_commands=expected.get("has_commands", False)
    )

    assert found == (Kind(expected["class"]), expected["rule"])
    assert list(route(message, SETTINGS, roster)) == expected["lists"]
    assert list(tokens) == ([expected["token"]] if "token" in expected else [])
    assert message.typed == expected.get("typed", message.typed)
    assert message.subject == expected.get("subject", message.subject)
    if "author" in expected:
        assert message.author is not None
        assert str(message.author.address) == expected["author"]


def test_golden_mails_say_why() -> None:
    """A sample without its reason can't be judged when it fails."""
    assert GOLDEN
    for path in GOLDEN:
        assert (path.parent / "README").read_text(encoding="utf-8").strip()


def test_every_kind_but_broken_has_a_golden_mail() -> None:
    """A kind that no sample shows is a kind that no sample protects."""
    shown = {
        json.loads((path.parent / "expected.json").read_text(encoding="utf-8"))["class"]
        for path in GOLDEN
    }

    assert shown == {kind.value for kind in Kind} - {"broken"}


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("Auto-Submitted: auto-generated", "auto-submitted"),
        ("Auto-Submitted: Auto-Replied (vacation)", "auto-submitted"),
        ("Auto-Submitted: auto-notified; owner=x", "auto-submitted"),
        ("Return-Path: <>", "null-sender"),
        ("Content-Type: multipart/report; boundary=b", "machine-report"),
        ("X-Autoreply: yes", "autoreply-field"),
        ("X-Autorespond: yes", "autoreply-field"),
        ("X400-Content-Identifier: Auto Reply", "autoreply-field"),
        ("X-Auto-Response-Suppress: DR, OOF", "suppresses-replies"),
        ("PRECEDENCE: Junk", "precedence"),
        ("Precedence: auto_reply", "precedence"),
        ("X-BeenThere: voisins@listes.example", "foreign-list"),
        ("List-Unsubscribe: <mailto:x@y.example>", "foreign-list"),
        ("Subject: Out of office: x", "autoreply-subject"),
        ("Subject: Absence du bureau", "autoreply-subject"),
        ("Subject: Notification d\u2019absence", "autoreply-subject"),
        ("From: MAILER-DAEMON@x.example", "machine-author"),
        ("From: voisins-bounces@x.example", "machine-author"),
        ("From: ne-pas-repondre@x.example", "machine-author"),
    ],
)
def test_automatic_mail_is_never_a_post(field: str, rule: str) -> None:
    """An answer to a machine is the beginning of a loop; RFC 3834."""
    assert kind_of(mail(field), has_commands=True) == (Kind.AUTOMATIC, rule)


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: no",
        "X-Auto-Response-Suppress: DR, RN",
        "Precedence: normal",
        "Subject: Réunion : absents et présents",
        "Subject: Re: Absence de quorum",
        "Subject: Automatiser les réponses",
        "From: bounce-house@x.example",
    ],
)
def test_mail_of_people_is_not_automatic(field: str) -> None:
    """What is taken for automatic is filed, and nobody reads it."""
    assert kind_of(mail(field))[0] is Kind.POST


def test_known_author_may_write_from_a_machines_name() -> None:
    """An association writes from noreply@; we know it, so we listen."""
    message = mail("From: noreply@asso.example")

    assert kind_of(message, roster=Roster(person=ANNE))[0] is Kind.POST


def test_genuine_mark_wins_over_forged_ones() -> None:
    """A relay may have kept another bot's field above ours."""
    mark = sign("post", 3, SETTINGS.secret)
    message = mail(
        f"From: comite@asso.example\nX-Colporteur: post; id=3\nX-Colporteur: {mark}"
    )

    assert kind_of(message) == (Kind.WITNESS, "own-copy")


def test_mail_written_in_the_mailbox_itself_is_no_loop() -> None:
    """Volunteers write from the committee's webmail."""
    message = mail("From: comite@asso.example\nSubject: Fête")

    assert kind_of(message)[0] is Kind.POST
    assert kind_of(message, NO_DEFAULT)[0] is Kind.POST
    assert kind_of(message, has_commands=True)[0] is Kind.COMMANDS


def test_own_message_id_is_a_loop_whoever_sends_it() -> None:
    """Some servers remove every field that they don't know."""
    message = mail(f"Message-ID: <{'a' * 26}.reply@asso.example>")

    assert kind_of(message) == (Kind.LOOP, "own-message-id")


@pytest.mark.parametrize("state", [TokenState.VALID, TokenState.INVALID])
def test_token_makes_an_answer_of_commands(state: TokenState) -> None:
    """A wrong token is an answer, too: it must be counted."""
    roster = Roster(token=state)

    found = kind_of(mail("Subject: ok"), roster=roster, has_commands=True)

    assert found == (Kind.ANSWER, "token")


def test_stranger_without_a_list_is_unclear() -> None:
    """Mail is never guessed into a list."""
    message = mail("Subject: Bonjour")

    assert kind_of(message, NO_DEFAULT) == (Kind.UNCLEAR, "nothing-fits")
    assert kind_of(message, NO_DEFAULT, Roster(person=ANNE))[0] is Kind.POST


@pytest.mark.parametrize(
    ("fields", "lists"),
    [
        ("To: comite+informer@asso.example", ("informer",)),
        ("To: x@y.example\nDelivered-To: comite+informer@asso.example", ("informer",)),
        ("Cc: DISCUTER@asso.example", ("discuter",)),
        ("To: comite+informer@other.example", ("discuter",)),
        ("Subject: [INFORMER] x", ("informer",)),
        ("Subject: Re: Re: [informer] Re: x", ("informer",)),
        ("Subject: Informer : x", ("informer",)),
        ("Subject: informer: x", ("informer",)),
        ("Subject: informer", ("discuter",)),
        ("Subject: à propos de [informer]", ("discuter",)),
        ("Subject: x", ("discuter",)),
    ],
)
def test_route(fields: str, lists: tuple[str, ...]) -> None:
    """Address, then subject, then the default list."""
    assert route(mail(fields), SETTINGS, Roster()) == lists


def test_route_prefers_address_then_thread_then_subject() -> None:
    """People change subjects; where they answer is surer."""
    roster = Roster(thread_lists=("informer", "gone"))

    assert route(mail("Subject: [discuter] x"), SETTINGS, roster) == ("informer",)
    assert route(mail("To: discuter@asso.example"), SETTINGS, roster) == ("discuter",)


@pytest.mark.parametrize(
    ("prefix", "subject", "wanted"),
    [
        pytest.param("[Lettre]", "RE: [lettre] mai", "informer", id="in-brackets"),
        pytest.param("S", "Salut à tous", "discuter", id="the-start-of-a-word"),
        pytest.param("[discuter]", "[discuter] mai", "discuter", id="another-list"),
    ],
)
def test_a_prefix_draws_only_its_own_posts(
    prefix: str, subject: str, wanted: str
) -> None:
    """Owners choose their prefix; names of lists go before it."""
    informer = replace(SETTINGS.lists["informer"], subject_prefix=prefix)
    lists = {"informer": informer, "discuter": SETTINGS.lists["discuter"]}
    settings = replace(SETTINGS, lists=lists)

    assert route(mail(f"Subject: {subject}"), settings, Roster()) == (wanted,)


def test_route_gives_nothing_without_a_default() -> None:
    """Then the author is asked."""
    assert route(mail("Subject: x"), NO_DEFAULT, Roster()) == ()


@pytest.mark.parametrize("asked", ["join", "leave", "owner", "request"])
def test_function_of_a_sub_address(asked: str) -> None:
    """`discuter-join` and its kin, in any case."""
    message = mail(f"To: Comite+Discuter-{asked.upper()}@asso.example")

    assert function(message, SETTINGS) == ("discuter", asked)


@pytest.mark.parametrize("detail", ["discuter", "discuter-x", "other-join", "join"])
def test_function_of_anything_else_is_none(detail: str) -> None:
    """A list's own sub-address takes posts."""
    message = mail(f"To: comite+{detail}@asso.example")

    assert function(message, SETTINGS) is None


def test_list_that_is_named_like_a_function_gets_its_posts() -> None:
    """Nothing forbids a list « amis-join »."""
    lists = {name: MailingList(name, ListKind.DISCUSSION) for name in ("a", "a-join")}
    settings = replace(SETTINGS, lists=lists)
    message = mail("To: comite+a-join@asso.example")

    assert function(message, settings) is None
    assert route(message, settings, Roster()) == ("a-join",)
