"""A small committee for tests of the core: its people, its lists, mails to it.

`shown` renders whatever a decision says to people, in both languages and with the
facts that `bot.apply` adds and no others, so that a fact that is missing fails.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.actions import (
    Action,
    Alert,
    AskConfirmation,
    AskModerators,
    AskToProceed,
    CopyToOwners,
    Decision,
    PreviewImport,
    Reply,
)
from bot.address import Address, NamedAddress
from bot.commands.registry import Outcome
from bot.compose.texts import TEXTS, Texts, texts
from bot.decide import understand
from bot.model import (
    ListKind,
    MailingList,
    Member,
    Message,
    Person,
    Proof,
    Request,
    RequestKind,
    Roster,
    Settings,
    Standing,
    TokenState,
)

NOW: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PARIS: Final = ZoneInfo("Europe/Paris")
BOX: Final = Address("comite", "example.org")
ADMIN: Final = Address("admin", "example.org")
ANNE: Final = Address("anne", "example.org")  # a member
PAUL: Final = Address("paul", "example.org")  # a moderator
CLAIRE: Final = Address("claire", "example.org")  # owns discuter and informer
ZOE: Final = Address("zoe", "example.org")  # owns jardin alone
EVE: Final = Address("eve", "example.net")  # a stranger
SHA: Final = "a" * 64
TOKEN: Final = "abcdefghijklmnopqrstuvwx22"  # noqa: S105 - no secret
TALK: Final = MailingList(
    "discuter",
    ListKind.DISCUSSION,
    title="Discussion",
    owners=frozenset({CLAIRE}),
    moderators=frozenset({PAUL}),
)
NEWS: Final = MailingList(
    "informer",
    ListKind.ANNOUNCEMENT,
    title="Nouvelles",
    owners=frozenset({CLAIRE}),
    senders=frozenset({CLAIRE}),
)
GARDEN: Final = MailingList(
    "jardin", ListKind.DISCUSSION, title="Jardin", owners=frozenset({ZOE})
)
SETTINGS: Final = Settings(
    mailbox=BOX,
    name="Comité",
    language="fr",
    timezone=PARIS,
    admins=(ADMIN,),
    lists=MappingProxyType({"discuter": TALK, "informer": NEWS, "jardin": GARDEN}),
    default_list="",
    subaddressing="+",
    trusted_authserv="mx.example.org",
    max_message_size=1_000_000,
    secret=b"s" * 32,
)
MAIL: Final = Message(
    SHA,
    900,
    NOW,
    {},
    author=NamedAddress("Anne", ANNE),
    to=(NamedAddress("", BOX),),
    message_id="<1@example.org>",
)
_PROOFS: Final = {
    Proof.PASS: ("mx.example.org; dmarc=pass",),
    Proof.FAIL: ("mx.example.org; dmarc=fail",),
    Proof.NONE: ("mx.example.org; none",),
}


def among(*lists: MailingList, **more: Any) -> Settings:  # noqa: ANN401 - fields
    """Give settings where some lists are others."""
    found = {**SETTINGS.lists, **{one.name: one for one in lists}}
    return replace(SETTINGS, lists=MappingProxyType(found), **more)


def member(
    address: Address,
    *names: str,
    id: int = 1,  # noqa: A002 - the field's name
    **more: Any,  # noqa: ANN401 - fields
) -> Standing:
    """Give the standing of somebody who is on these lists."""
    person = Person(id, address, **more)
    on = {name: Member(id, address, person.name, name) for name in names}
    return Standing(address, person, on)


def roster(author: Standing | None = None, *known: Standing, **more: Any) -> Roster:  # noqa: ANN401 - fields
    """Give what the store says: where the author stands, and others who are named."""
    standings = {one.address.key: one for one in known}
    if author is None:
        return Roster(standings=standings, **more)
    return Roster(author.person, author.memberships, standings=standings, **more)


def mail(
    subject: str,
    typed: str = "",
    by: Address = ANNE,
    proof: Proof = Proof.NONE,
    **more: Any,  # noqa: ANN401 - fields
) -> Message:
    """Give a mail as it was read."""
    more.setdefault("author", NamedAddress("", by))
    fields = {"authentication-results": _PROOFS[proof]}
    given: dict[str, Any] = {"text": typed, "fields": fields, **more}
    return replace(MAIL, subject=subject, typed=typed, **given)


def decided(
    message: Message,
    known: Roster | None = None,
    settings: Settings = SETTINGS,
    **more: Any,  # noqa: ANN401 - arguments
) -> Decision:
    """Decide about a mail, and render all that it makes us say."""
    decision = understand(message, settings, known or Roster(), NOW, **more)
    shown(decision, settings)
    return decision


def asked(
    kind: RequestKind, of: Address, list_name: str = "", /, **facts: str
) -> Request:
    """Give an open question."""
    until = NOW + timedelta(days=7)
    return Request(7, "k7fm2q", kind, list_name, of, "open", NOW, until, facts=facts)


def answered(
    typed: str,
    request: Request,
    known: Roster | None = None,
    settings: Settings = SETTINGS,
    **more: Any,  # noqa: ANN401 - fields of the mail, or `sheet`
) -> Decision:
    """Decide about an answer that carries its token."""
    to = (NamedAddress("", Address(f"comite+{TOKEN}", "example.org")),)
    given = {"by": request.address, "to": to, **more}
    sheet = given.pop("sheet", None)
    given.setdefault("subject", "Re: une question")
    message = mail(str(given.pop("subject")), typed, **given)
    where = replace(known or Roster(), request=request, token=TokenState.VALID)
    return decided(message, where, settings, sheet=sheet)


def kinds(decision: Decision) -> list[str]:
    """Name the actions; a reply by its text."""
    return [
        f"Reply {act.text_id}" if isinstance(act, Reply) else type(act).__name__
        for act in decision.actions
    ]


def results(decision: Decision) -> list[str]:
    """Give the ids of what the reply says about each command."""
    for act in decision.actions:
        if isinstance(act, AskToProceed) or (
            isinstance(act, Reply) and act.text_id == "command-results"
        ):
            lines = act.facts["results"]
            assert isinstance(lines, tuple)
            return [str(one["text_id"]) for one in lines]
    return []


def people(decision: Decision) -> list[tuple[str, bool]]:
    """Give what a reply says person by person: the id, and whether it was done."""
    for act in decision.actions:
        if isinstance(act, AskToProceed | Reply) and "results" in act.facts:
            lines = act.facts["results"]
            assert isinstance(lines, tuple)
            return [
                (str(one["id"]), bool(one["ok"]))
                for line in lines
                for one in line["facts"].get("people", ())
            ]
    return []


# ------------------------------------------------------------------- what is said


@cache
def _texts() -> Texts:
    return texts(None, PARIS)


def shown(decision: Decision, settings: Settings = SETTINGS) -> list[str]:
    """Render what a decision says to people, in French and in English."""
    return [
        "\n".join(_texts().render(text_id, language, facts))
        for act in decision.actions
        for text_id, facts in _said(act, settings)
        for language in ("fr", "en")
    ]


def reads(outcome: Outcome) -> tuple[str, str]:
    """Render what came of one command, in French and in English."""
    french, english = (
        _texts().said(outcome.text_id, language, outcome.facts)
        for language in ("fr", "en")
    )
    return french, english


def says(text_id: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """Render a sentence in French and in English."""
    return reads(Outcome(text_id, facts))


def _said(act: Action, settings: Settings) -> Sequence[tuple[str, dict[str, object]]]:
    """Give the text of an action with the facts that `bot.apply` hands to it."""
    found: dict[str, object] = {"mailbox": str(settings.mailbox), "list_title": ""}
    name = getattr(act, "list_name", "")
    if name:
        found["list_title"] = settings.lists[name].title or name
    if isinstance(act, Reply | CopyToOwners | Alert):
        linked = "rejected" in act.text_id or act.text_id == "complaint-goodbye"
        links = {"mailtos": {"join": "j"}} if linked else {}
        return [(act.text_id, {**found, **links, **act.facts})]
    question = {"hold_days": 7, "token": TOKEN, "mailtos": {"ok": "o", "no": "n"}}
    return [
        (text_id, {**dict.fromkeys(TEXTS[text_id].split(), ""), **found, **told})
        for text_id, told in _question(act, question)
    ]


def _question(
    act: Action, common: Mapping[str, object]
) -> Sequence[tuple[str, Mapping[str, object]]]:
    match act:
        case AskConfirmation():
            told = {"address": str(act.address), "name": act.name, **act.facts}
            return [(f"{act.wish}-confirm", {**common, **told})]
        case AskToProceed():
            return [("command-results", {**common, **act.facts})]
        case PreviewImport():
            return [("import-confirm", {**common, **act.facts})]
        case AskModerators():
            told = {"address": str(act.address), "name": act.name, "others": ""}
            return [(act.wish, {**common, **told})]
        case _:
            return []
