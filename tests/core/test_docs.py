"""The pages for people: each example does what it says, each command has one.

A command that is added without an example fails here, and so does an example that
no longer works. `tests/pages.py` tells how pages show examples.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from bot import message as mail
from bot import rosters
from bot.actions import (
    Action,
    AskConfirmation,
    CancelSend,
    ChangeAddress,
    ChangeRole,
    ChangeSetting,
    Enrol,
    Pause,
    PreviewImport,
    Resume,
    SetPerson,
    SetReception,
    Unenrol,
)
from bot.address import Address, parse
from bot.commands import answers
from bot.commands.dates import read_day
from bot.commands.grammar import CommandLine, read
from bot.commands.keys import KEYS, key_of
from bot.commands.registry import Outcome, Request
from bot.commands.wishes import asks_to_leave
from bot.compose.texts import texts
from bot.decide import understand
from bot.decide.orders import REGISTRY
from bot.errors import CommandError
from bot.folding import fold
from bot.model import (
    ListKind,
    MailingList,
    Member,
    MemberState,
    Message,
    Person,
    Priority,
    Proof,
    Roster,
    SendState,
    Settings,
    Standing,
    TokenState,
)
from bot.model import Request as Question
from bot.model import RequestKind as QuestionKind
from bot.routing import FUNCTIONS, function, route
from tests.pages import CODE, PAIRS, Example, Page, pages

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Paris")
ANNE, CLAIRE, PAUL = (Address(who, "example.org") for who in ("anne", "claire", "paul"))
# What a page calls the mailbox and its lists.
NAMES = {
    "fr": ("comite", "discuter", "informer"),
    "en": ("committee", "discuss", "news"),
}
# What the commands do that do something; one example of each does all of it.
DOES: Final[Mapping[str, frozenset[type[Action]]]] = {
    "subscribe": frozenset({AskConfirmation}),
    "unsubscribe": frozenset({AskConfirmation}),
    "forget": frozenset({AskConfirmation}),
    "pause": frozenset({Pause}),
    "resume": frozenset({Resume}),
    "name": frozenset({SetPerson}),
    "language": frozenset({SetPerson}),
    "also": frozenset({AskConfirmation}),
    "set": frozenset({SetReception, ChangeSetting}),
    "welcome": frozenset({ChangeSetting}),
    "footer": frozenset({ChangeSetting}),
    "add": frozenset({Enrol}),
    "invite": frozenset({AskConfirmation}),
    "remove": frozenset({Unenrol}),
    "change": frozenset({ChangeAddress}),
    "import": frozenset({PreviewImport}),
    "promote": frozenset({ChangeRole}),
    "demote": frozenset({ChangeRole}),
    "cancel": frozenset({CancelSend}),
}
# What is asked in a sentence.
SENTENCES = {
    "comment ça marche ?": "help",
    "je voudrais m'abonner à discuter": "subscribe",
    "merci de me retirer de la liste discuter": "unsubscribe",
    "how does this work?": "help",
    "I would like to subscribe to discuss": "subscribe",
    "please remove me from discuss": "unsubscribe",
}
# Codes that are neither said to the program nor named by it.
OTHER_CODES = {"-", "--", "-v", ".xlsx", ".ods", ".xls", ".vcf", "Colporteur/"}

by_language = pytest.mark.parametrize("language", ["fr", "en"])
by_page = pytest.mark.parametrize(
    "page",
    [*pages("fr")[:3], *pages("en")[:3]],
    ids=lambda page: f"{page.language}/{page.path.stem}",
)
Done = tuple[CommandLine, Outcome]


def settings_of(language: str) -> Settings:
    """Give the committee of a page."""
    box, talk, news = NAMES[language]
    owners, moderators = frozenset({CLAIRE}), frozenset({PAUL})
    return Settings(
        mailbox=Address(box, "example.org"),
        name="Comité",
        language=language,
        timezone=ZONE,
        admins=(),
        lists=MappingProxyType(
            {
                talk: MailingList(
                    talk, ListKind.DISCUSSION, owners=owners, moderators=moderators
                ),
                news: MailingList(news, ListKind.ANNOUNCEMENT, owners=owners),
            }
        ),
        default_list="",
        subaddressing="+",
        trusted_authserv="",
        max_message_size=10**7,
        secret=bytes(32),
    )


def mail_of(example: Example, page: Page, to: str = "") -> Message:
    """Write the mail that a page shows, and read it as the bot does."""
    raw = EmailMessage()
    raw["From"] = f"Anne Martin <{writer_of(page)}>"
    raw["To"] = to or str(settings_of(page.language).mailbox)
    raw["Subject"] = example.subject
    raw.set_content(example.body)
    if example.attached:
        (table,) = page.blocks("csv")
        raw.add_attachment(table, subtype="csv", filename=example.attached)
    return mail.read(raw.as_bytes(), NOW)


def writer_of(page: Page) -> Address:
    """Say who a page is for."""
    return CLAIRE if page.path.stem in {"animateurs", "owners"} else ANNE


def known(address: Address, settings: Settings, state: MemberState) -> Standing:
    """Say that somebody is on every list."""
    members = {
        name: Member(1, address, "", name, state=state) for name in settings.lists
    }
    return Standing(address, Person(1, address), members)


def roster_of(line: CommandLine, who: Address, settings: Settings) -> Roster:
    """Make a roster in which a command has something to do."""
    state = MemberState.PAUSED if line.name == "resume" else MemberState.ACTIVE
    me = known(who, settings, state)
    if line.name == "subscribe":
        me = Standing(who)
    entries = rosters.read_lines([" ".join(line.arguments), *line.block]).entries
    named = [one.address for one in entries]
    if line.name in {"remove", "change", "unsubscribe"}:
        named += [parse(one) for one in line.arguments if "@" in one]
        standings = {one.key: known(one, settings, state) for one in named}
    else:
        standings = {one.key: Standing(one) for one in named}
    return Roster(
        me.person,
        me.memberships,
        standings=standings,
        sends=(send_of(line, settings),),
    )


def send_of(line: CommandLine, settings: Settings) -> SendState:
    """Make a send with the reference that a page shows."""
    ref = line.arguments[0] if line.name == "cancel" and line.arguments else "abcdef"
    name = next(iter(settings.lists))
    numbers = (9, 5, 0, 0, 4, 0, 0)
    return SendState(
        1, ref, "post", Priority.POST, name, "Tract", "0" * 64, 900, NOW, *numbers
    )


def replay(example: Example, page: Page) -> Iterator[Done]:
    """Carry an example out, as far as the core does."""
    message, settings = mail_of(example, page), settings_of(page.language)
    found = read(message, settings, REGISTRY)
    assert found is not None, f"{example.subject!r} is taken for a post"
    sheet = None
    for name, kind, raw in mail.files_of(message):
        sheet = rosters.read(raw, name, kind)
        assert sheet.entries
        assert not sheet.refused
    for line in found.lines:
        assert not line.error, f"{line.text!r}: {line.error}"
        if line.name == "confirm":
            continue
        request = Request(
            line.arguments,
            writer_of(page),
            "",
            Proof.PASS,
            roster_of(line, writer_of(page), settings),
            settings,
            REGISTRY,
            page.language,
            now=NOW,
            block=line.block,
            sha256=message.sha256,
            sheet=sheet,
        )
        yield line, carry_out(line, request)


def carry_out(line: CommandLine, request: Request) -> Outcome:
    """Ask the handler of a command."""
    found = REGISTRY.find([line.name])
    assert found is not None
    try:
        return found.command.handler(request)
    except CommandError as error:
        pytest.fail(f"{line.text!r}: {error.text_id} {dict(error.facts)}")


def meant(text: str) -> str:
    """Say which command a line is for; empty where it isn't one."""
    found = REGISTRY.find(text.split())
    return found.command.name if found else SENTENCES.get(text, "")


def all_done(language: str) -> list[Done]:
    """Carry out all examples of a language."""
    return [
        done
        for page in pages(language)[:3]
        for example in page.examples
        for done in replay(example, page)
    ]


# ------------------------------------------------------------------ the commands


@by_page
def test_each_example_is_the_command_that_it_shows(page: Page) -> None:
    """What is copied from a page has to work as it stands."""
    told = texts(None, ZONE)
    for example in page.examples:
        before, _, _ = re.split(r"^((?:fin|end)\n|\Z)", example.body, maxsplit=1, flags=re.MULTILINE)[:3]  # noqa: E501
        lines = [example.subject] if example.subject else before.splitlines()
        wanted = [name for name in map(meant, lines) if name]
        assert wanted, f"no command: {lines}"

        found = list(replay(example, page))

        names = [line.name for line, _ in found] or ["confirm"]
        assert names == wanted
        for line, outcome in found:
            result = {"command": line.text, "ok": True, "text_id": outcome.text_id}
            result["facts"] = outcome.facts
            facts = {"results": (result,), "doubtful": False, "token": ""}
            facts["mailtos"] = {}
            assert told.render("command-results", page.language, facts)
