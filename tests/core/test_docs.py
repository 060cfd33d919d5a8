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
    BrakeSend,
    CancelSend,
    ChangeAddress,
    ChangeRole,
    ChangeSetting,
    Distribute,
    Enrol,
    Pause,
    PreviewImport,
    Reply,
    Resume,
    SendRest,
    SetMark,
    SetPerson,
    SetReception,
    Settle,
    ShowPending,
    TellOwners,
    Unenrol,
)
from bot.address import Address, parse
from bot.commands import answers, send_words, sheet_lines
from bot.commands.arguments import takes_sure_send
from bot.commands.grammar import CommandLine, read
from bot.commands.keys import KEYS, key_of
from bot.commands.registry import Outcome, Request
from bot.commands.wishes import asks_to_leave
from bot.compose.texts import texts
from bot.decide import understand
from bot.decide.orders import REGISTRY
from bot.errors import CommandError
from bot.folding import fold
from bot.identity import refs_typed
from bot.model import (
    ListKind,
    MailingList,
    Mark,
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
from bot.moments.days import read_day
from bot.moments.wishes import wish_of
from bot.rosters.columns import columns_of
from bot.routing import FUNCTIONS, function, route
from tests.pages import CODE, PAIRS, Example, Page, pages

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Paris")
ANNE, CLAIRE, PAUL = (Address(who, "example.org") for who in ("anne", "claire", "paul"))
EVE = Address("eve", "example.net")
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
    "pause": frozenset({Pause, BrakeSend}),
    "resume": frozenset({Resume, BrakeSend}),
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
    "resend": frozenset({SendRest}),
    "approve": frozenset({Settle, Distribute, Reply}),
    "trust": frozenset({Settle, Distribute, Reply, SetMark}),
    "reject": frozenset({Settle, Reply}),
    "discard": frozenset({Settle}),
    "spam": frozenset({Settle, SetMark}),
    "ban": frozenset({Settle, SetMark, TellOwners}),
    "unban": frozenset({SetMark}),
    "pending": frozenset({ShowPending}),
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
        stopped=(replace(send_of(line, settings), unserved=5),),
        pending=tuple(waiting_of(line, settings)),
        marked={next(iter(settings.lists)): ((EVE, Mark.BANNED),)},
    )


def waiting_of(line: CommandLine, settings: Settings) -> Iterator[Question]:
    """Make what waits under the references that a page shows."""
    kept = {"sha256": "0" * 64, "subject": "Tract", "author": "eve@example.net"}
    name = next(iter(settings.lists))
    for number, ref in enumerate(sorted(refs_typed(line.text)) or ["k7fm22"]):
        yield Question(
            number,
            ref,
            QuestionKind.MODERATION,
            name,
            CLAIRE,
            "open",
            NOW,
            NOW,
            facts=kept,
        )


def send_of(line: CommandLine, settings: Settings) -> SendState:
    """Make a send with the reference that a page shows."""
    named = [
        one for one in line.arguments if takes_sure_send(REGISTRY, settings, [one])
    ]
    ref = named[0] if named else "abcdef"
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
        outcome = found.command.handler(request)
    except CommandError as error:
        pytest.fail(f"{line.text!r}: {error.text_id} {dict(error.facts)}")
    people = outcome.facts.get("people", ())
    assert isinstance(people, tuple)
    assert all(one["ok"] for one in people), people
    return outcome


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


def asked(example: Example) -> list[str]:
    """Give the lines of an example that are read: none below « fin »."""
    lines = example.body.splitlines()
    ends = [number for number, line in enumerate(lines) if line in {"fin", "end"}]
    return [example.subject] if example.subject else lines[: min(ends, default=None)]


# ------------------------------------------------------------------ the commands


@by_page
def test_each_example_is_the_command_that_it_shows(page: Page) -> None:
    """What is copied from a page has to work as it stands."""
    told = texts(None, ZONE)
    for example in page.examples:
        wanted = [name for name in map(meant, asked(example)) if name]
        assert wanted, f"no command: {example}"

        found = list(replay(example, page))

        assert ([line.name for line, _ in found] or ["confirm"]) == wanted
        for line, outcome in found:
            result: dict[str, object] = {"command": line.text, "below": (), "ok": True}
            result["text_id"] = outcome.text_id
            facts = {
                "results": ({**result, "facts": outcome.facts},),
                "doubtful": False,
                "token": "",
                "mailtos": {},
            }
            assert told.render("command-results", page.language, facts)


@by_language
def test_each_command_has_an_example_in_its_own_language(language: str) -> None:
    """Whoever adds a command writes it into both pages."""
    shown = set()
    for page in pages(language)[:3]:
        for line in (line for one in page.examples for line in whole(one)):
            found = REGISTRY.find(line.split())
            if found and found.language in {language, ""}:
                shown.add(found.command.name)

    assert shown == {one.name for one in REGISTRY.commands}


def whole(example: Example) -> list[str]:
    """Give all lines that may be commands."""
    return [example.subject, *example.body.splitlines()]


@by_language
def test_examples_show_all_that_commands_do(language: str) -> None:
    """An example that changes nothing shows nothing."""
    done: dict[str, set[type[Action]]] = {}
    for line, outcome in all_done(language):
        done.setdefault(line.name, set()).update(map(type, outcome.actions))

    assert {name: one for name, one in done.items() if one} == DOES


@by_language
def test_the_code_confirms(language: str) -> None:
    """A code in the subject is an answer; the command alone can't confirm."""
    (page, *_), settings = pages(language), settings_of(language)
    (example,) = [one for one in page.examples if meant(one.subject) == "confirm"]
    name = next(iter(settings.lists))
    asked = Question(1, "k7fm2q", QuestionKind.SUBSCRIBE, name, ANNE, "open", NOW, NOW)
    roster = Roster(request=asked, token=TokenState.VALID)

    decision = understand(mail_of(example, page), settings, roster, NOW)

    assert Enrol in map(type, decision.actions)


@by_language
def test_the_word_of_the_end_ends_the_reading(language: str) -> None:
    """What stands below it is for nobody."""
    word = {"fin": "fr", "end": "en"}
    (page, *_) = pages(language)
    (example,) = [one for one in page.examples if one.body]
    lines = example.body.splitlines()

    assert word[lines[len(asked(example))]] == language
    assert lines[len(asked(example)) + 1 :]


# --------------------------------------------------------- answers, keys, addresses


@by_page
def test_each_reply_shown_is_understood(page: Page) -> None:
    """All of a row say the same."""
    for row in page.rows("réponse", "reply"):
        found = (answers.read(code, "Re: …") for code in CODE.findall(row[0]))
        meanings = {(one.verdict, one.detail) for one in found}
        assert len(meanings) == 1, row
        assert meanings.isdisjoint({("unclear", "")}), row


@by_language
def test_each_answer_of_moderators_is_shown(language: str) -> None:
    """All that a moderator can say, and each once."""
    (page,) = (one for one in pages(language) if writer_of(one) == CLAIRE)
    rows = [CODE.findall(row[0])[0] for row in page.rows("réponse", "reply")]
    found = [answers.read(code, "Re: …") for code in rows]
    verdicts = [one.verdict for one in found if not one.detail]

    assert set(verdicts) == set(answers.VERDICTS) - {"unclear"}
    assert {one.detail for one in found} == set(answers.DETAILS)


STEERING = {"pause", "resume", "cancel", "correct"}


@by_language
def test_each_word_about_a_send_is_shown(language: str) -> None:
    """All of a row say the same, and all that can be said is there."""
    (page,) = (one for one in pages(language) if writer_of(one) == CLAIRE)
    said = [
        {send_words.read(code, "Re: …").word for code in CODE.findall(row[0])}
        for row in page.rows("mot", "word")
    ]

    assert all(len(words) == 1 for words in said)
    assert set.union(*said) == STEERING


@by_language
def test_each_line_of_a_sheet_is_shown(language: str) -> None:
    """All of a row say the same, and all that can be said is there."""
    (page,) = (one for one in pages(language) if writer_of(one) == CLAIRE)
    rows = [CODE.findall(row[0]) for row in page.rows("ligne", "line")]

    assert [{said_of_called(code) for code in row} for row in rows] == [
        {"change"},
        {"keep"},
        {"remove"},
        {"unreached"},
    ]


def said_of_called(code: str) -> str:
    """Say what a line of an answer to a sheet does."""
    sheet = [Address(f"p{number}", "example.net") for number in range(5)]
    (verb,) = {one.verb for one in sheet_lines.read(code, sheet)}
    return verb


@by_language
def test_each_setting_is_shown_with_all_its_values(language: str) -> None:
    """Owners needn't guess."""
    shown = set()
    (page,) = (one for one in pages(language) if writer_of(one) == CLAIRE)
    for row in page.rows("objet", "subject"):
        for code in CODE.findall(row[0]):
            key = key_of(code.split()[2]) if meant(code) == "set" else ""
            has_values = bool(key) and bool(KEYS[key].values)
            values = KEYS[key].choices(language).split(", ") if has_values else ()
            assert set(values) <= set(CODE.findall(row[-1])), row
            shown.add(key)
    changed = {
        act.key
        for _, outcome in all_done(language)
        for act in outcome.actions
        if isinstance(act, ChangeSetting)
    }

    assert shown - {""} == set(KEYS) - {"welcome", "footer"}
    assert changed == set(KEYS)


@by_language
def test_each_role_shown_is_one(language: str) -> None:
    """And all four are shown."""
    settings = settings_of(language)
    (page,) = (one for one in pages(language) if writer_of(one) == CLAIRE)
    given = [roles_in(row, page, settings) for row in page.rows("rôle", "role")]

    assert given == [{"owners"}, {"moderators"}, {"senders"}, {"callers"}]


def roles_in(row: Sequence[str], page: Page, settings: Settings) -> set[str]:
    """Give the roles of the words of a row."""
    word = "nommer" if page.language == "fr" else "promote"
    name = next(iter(settings.lists))
    examples = [
        Example(f"{word} {name} zoe@example.org {code}")
        for code in CODE.findall(row[0])
    ]
    return {
        act.role
        for one in examples
        for _, outcome in replay(one, page)
        for act in outcome.actions
        if isinstance(act, ChangeRole)
    }


@by_language
def test_direct_addresses_lead_where_the_page_says(language: str) -> None:
    """One for posts, and one for each function."""
    (page, *_), settings = pages(language), settings_of(language)
    found = set()
    for row in page.rows("adresse", "address"):
        (code,) = CODE.findall(row[0])
        message = mail_of(Example("Bonjour"), page, to=code)
        wanted = function(message, settings)
        assert wanted or route(message, settings, Roster())
        found.add(wanted[1] if wanted else "")

    assert found == {"", *FUNCTIONS}


# ----------------------------------------------------------------- what is named


@by_page
def test_pages_name_no_word_that_does_not_exist(page: Page) -> None:
    """Each code is a command, an answer, or something else that there is."""
    unknown = [code for code in CODE.findall(page.prose) if not exists(code, page)]

    assert unknown == []


def exists(code: str, page: Page) -> bool:
    """Whether a code is something that the program knows, in the page's language."""
    settings = settings_of(page.language)
    subject = mail_of(Example(code, "…"), page)
    return (
        is_command(code, page)
        or code in OTHER_CODES | SENTENCES.keys() | settings.lists.keys()
        or "@" in code
        or answers.read(code, "Re: …")[::2] != ("unclear", "")
        or send_words.read(code, "Re: …").word in STEERING
        or (code.startswith("[") and bool(route(subject, settings, Roster())))
        or is_value(code)
        or read_day(code.split(), NOW.date()) is not None
        or columns_of([code]) is not None
        or says_when(code, page)
        or (code[0].isdigit() and said_of_called(code) != "unclear")
        or asks_to_leave("…", code)
        or code in MailingList.__dataclass_fields__
    )


def says_when(code: str, page: Page) -> bool:
    """Whether a post waits that begins with it, or has it as its subject."""
    tagged = code.startswith("[")
    example = Example(code, "…") if tagged else Example("…", f"{code}\n\n…")
    wish = wish_of(mail_of(example, page), ZONE, NOW)
    return wish is not None and not wish.doubt


def is_command(code: str, page: Page) -> bool:
    """Whether it is an example, or what is said of a command in passing."""
    words, settings = code.split(), settings_of(page.language)
    found = REGISTRY.find(words)
    if found is None or found.language not in {page.language, ""}:
        return False
    rest = words[found.size :]
    fits = not rest or found.command.takes(REGISTRY, settings, rest)
    return fits or Example(code) in page.examples


def is_value(code: str) -> bool:
    """Whether it is a setting, a value of one, or a role; roles have their test."""
    pairs = [pair for key in KEYS.values() for pair in key.values.items()]
    values = {fold(word) for pair in pairs for word in pair}
    size = re.fullmatch(r"\d+ [KM][Bo]", code)
    roles = [
        CODE.findall(row[0])
        for page in (*pages("fr"), *pages("en"))
        for row in page.rows("rôle", "role")
    ]
    return bool(
        key_of(code)
        or size
        or fold(code) in values
        or [code for row in roles if code in row]
    )


# ------------------------------------------------------------------ the two languages


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=[one for _, one in PAIRS])
def test_both_languages_say_the_same_in_the_same_order(number: int) -> None:
    """A section, a row or an example that is added in one is missing in the other."""
    french, english = pages("fr")[number], pages("en")[number]

    assert [level for level, _ in french.headings] == [
        level for level, _ in english.headings
    ]
    assert [len(table) for table in french.tables] == [
        len(table) for table in english.tables
    ]
    assert [meanings(one) for one in french.examples] == [
        meanings(one) for one in english.examples
    ]


def meanings(example: Example) -> list[str]:
    """Name the commands of an example."""
    return [name for name in map(meant, asked(example)) if name]


@by_language
def test_links_to_sections_lead_somewhere(language: str) -> None:
    """A heading that is changed takes its links along."""
    anchors = {page.path: page.anchors for page in pages(language)}
    dead = []
    for page in pages(language):
        for target, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", page.text):
            path = (page.path.parent / target).resolve() if target else page.path
            if anchor not in anchors.get(path, set()):
                dead.append(f"{page.path.name}: {target}#{anchor}")

    assert dead == []


@pytest.mark.parametrize("page", pages("fr"), ids=lambda page: page.path.stem)
def test_french_marks_do_not_begin_a_line(page: Page) -> None:
    """A no-break space goes before : ; ? ! » and after «."""
    prose = re.sub(r"^\|[-| ]+\|$", "", CODE.sub("", page.prose), flags=re.MULTILINE)

    assert re.findall(r".{0,20}(?:[ \n][:;?!»]|«[ \n]).{0,10}", prose) == []
