"""Texts: complete in both languages, in step with their table, and as people see them.

`python tests/core/test_texts.py` writes tests/golden/ anew; read the difference.
"""

import ast
import re
import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, UndefinedError, meta
from jinja2.exceptions import SecurityError

from bot.compose.texts import LANGUAGES, PAGES, SENTENCES, TEXTS, Texts, texts
from bot.compose.words import Words
from bot.errors import ConfigError
from bot.model import Figures

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
TEMPLATES = ROOT / "bot" / "compose" / "templates"
PARIS = ZoneInfo("Europe/Paris")
WHEN = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)
NBSP = "\u00a0"

LISTS = (
    {
        "name": "informer",
        "title": "Les nouvelles du comité",
        "kind": "announcement",
        "may_post": False,
        "calls": False,
        "member": True,
        "owner": False,
        "mailto": "mailto:comite@example.org?subject=d%C3%A9sabonner%20informer",
        "state": "active",
        "reception": "digest",
        "until": None,
        "address": "alice@example.net",
        "joined": (),
        "left": (
            {"name": "", "address": "", "what": "forgot", "by": ""},
            {
                "name": "Bob Roux",
                "address": "bob@example.com",
                "what": "removed",
                "by": "claire@example.org",
            },
        ),
    },
    {
        "name": "discuter",
        "title": "Échanges",
        "kind": "discussion",
        "may_post": True,
        "calls": True,
        "member": True,
        "owner": True,
        "mailto": "mailto:comite@example.org?subject=d%C3%A9sabonner%20discuter",
        "state": "paused",
        "reception": "each",
        "until": WHEN,
        "address": "alice@example.net",
        "joined": (
            {
                "name": "Anne Martin",
                "address": "anne@example.org",
                "what": "joined",
                "by": "",
            },
        ),
        "left": (),
    },
)
COMMANDS = (
    {
        "words": ("abonner", "inscrire"),
        "usage": "LISTE",
        "about": "rejoindre une liste.",
        "who": "anyone",
        "mailto": "mailto:comite@example.org?subject=abonner%20discuter",
    },
    {
        "words": ("aide",),
        "usage": "",
        "about": "ce mode d'emploi.",
        "who": "anyone",
        "mailto": "",
    },
    {
        "words": ("régler",),
        "usage": "LISTE chaque | résumé | aucun",
        "about": "comment recevoir.",
        "who": "member",
        "mailto": "",
    },
    {
        "words": ("membres",),
        "usage": "LISTE",
        "about": "qui est dans une liste.",
        "who": "owner",
        "mailto": "",
    },
)
MAILTOS = {
    what: f"mailto:comite+k7fm2q@example.org?subject={what}"
    for what in (
        *("pause", "resume", "cancel"),
        *("ok", "no", "approve", "reject", "discard"),
        *("add", "leave", "join", "help", "unsubscribe"),
    )
}
POSTS = (
    {
        "author": "Alice Martin",
        "subject": "Pique-nique de samedi",
        "when": WHEN,
        "lines": ("Bonjour à toutes et tous,", "", "Qui apporte la salade ?"),
        "attachments": ({"name": "affiche.pdf", "size": 41_000},),
        "whole": True,
        "missing": False,
    },
    {
        "author": "Paul",
        "subject": "Les photos",
        "when": WHEN + timedelta(hours=2),
        "lines": (),
        "attachments": (
            {"name": "une.jpg", "size": 1_258_291},
            {"name": "deux.jpg", "size": 2_097_152},
        ),
        "whole": False,
        "missing": False,
    },
    {
        "author": "Zoé",
        "subject": "",
        "when": WHEN + timedelta(hours=3),
        "lines": ("Voici les tracts.", "…"),
        "attachments": (),
        "whole": False,
        "missing": True,
    },
)
MEMBERS = (
    {
        "name": "Anne Martin",
        "address": "anne@example.org",
        "groups": ("adhérents", "bureau"),
        "state": "active",
        "reception": "each",
        "until": None,
    },
    {
        "name": "",
        "address": "bob@example.com",
        "groups": (),
        "state": "paused",
        "reception": "each",
        "until": WHEN,
    },
)
ROWS = (
    {
        "key": "moderation",
        "french": "modération",
        "value": "all",
        "choices": "all, new-members, non-members, none",
        "by": "claire@example.org",
        "at": WHEN,
    },
    {
        "key": "welcome",
        "french": "bienvenue",
        "value": "",
        "choices": "",
        "by": "",
        "at": None,
    },
)
REFUSED_LINES = (
    {"id": "no-address", "line": "4", "text": "Jean Sans"},
    {
        "id": "typo",
        "line": "7",
        "text": "zoe@gmial.com",
        "address": "zoe@gmial.com",
        "suggestion": "zoe@gmail.com",
    },
)
CHANGES = (
    {
        "address": "anne@example.org",
        "changes": (
            {"key": "phone", "old": "", "new": "06 12 34 56 78"},
            {"key": "groups", "old": "adhérent", "new": "adhérent, bureau"},
        ),
    },
)
PEOPLE = (
    {
        "id": "added",
        "ok": True,
        "address": "anne@example.org",
        "list_title": "Échanges",
    },
    {"id": "bad-address", "ok": False, "text": "bob@"},
)
SENDS = (
    {
        "ref": "k7fm2q",
        "subject": "Réunion",
        "list": "informer",
        "accepted": 150,
        "recipients": 343,
        "paused": False,
        "end": WHEN,
    },
)
STOPPED = ({"ref": "b4xx92", "subject": "Tract", "list": "informer", "unserved": 93},)
ITEMS = (
    {
        "ref": "k7fm2q",
        "kind": "moderation",
        "list": "Échanges",
        "subject": "Covoiturage pour samedi",
        "name": "Jeanne Dupont",
        "address": "jeanne@example.net",
        "when": WHEN,
        "until": WHEN + timedelta(days=7),
        "reasons": ("non-member", "many-links"),
        "text": "Bonjour,\nJ'ai trois places.",
    },
    {
        "ref": "b4xx9z",
        "kind": "admission",
        "list": "Échanges",
        "subject": "",
        "name": "",
        "address": "bob@example.com",
        "when": WHEN,
        "until": WHEN + timedelta(days=7),
        "reasons": (),
        "text": "",
    },
)
CALLED = (
    {
        "number": 1,
        "name": "Léa Roy",
        "address": "lea.roy@gmial.com",
        "mailto": "mailto:lea.roy@gmial.com",
        "phone": "06 12 34 56 78",
        "tel": "tel:0612345678",
        "since": WHEN - timedelta(days=15),
        "titles": ("Les nouvelles du comité", "Échanges"),
        "reason": "because-unknown-host",
        "suggestion": "lea.roy@gmail.com",
        "tried_at": None,
        "new": True,
        "caller": "Paul Martin",
    },
    {
        "number": 2,
        "name": "",
        "address": "jo@sfr.fr",
        "mailto": "mailto:jo@sfr.fr",
        "phone": "",
        "tel": "",
        "since": WHEN - timedelta(days=40),
        "titles": ("Échanges",),
        "reason": "because-mailbox-full",
        "suggestion": "",
        "tried_at": WHEN - timedelta(days=7),
        "new": False,
        "caller": "",
    },
)
SAID = (
    {
        "text": "1 lea.roy@gmial.com",
        "result": {
            "id": "sheet-typo",
            "new": "lea.roy@gmial.com",
            "suggestion": "lea.roy@gmail.com",
            "number": 1,
        },
    },
    {"text": "2 pas joint", "result": {"id": "sheet-unreached", "who": "jo@sfr.fr"}},
    {
        "text": "3 retirer",
        "result": {"id": "sheet-removed", "who": "Bob", "titles": ("Échanges",)},
    },
)
CALLS = tuple(
    {"what": what, "by": "Paul", "name": "Léa Roy", "address": "lea.roy@gmail.com"}
    for what in ("corrected", "kept", "taken-off", "unreached")
)
FACTS: dict[str, object] = {
    "asks": True,
    "example": 1,
    "back": ({"name": "Zoé Petit", "address": "zoe@example.org"},),
    "calls": CALLS,
    "left": ({"number": 1, "name": "Léa Roy", "address": "lea.roy@gmial.com"},),
    "lines": SAID,
    "more_calls": 0,
    "unclear": True,
    "accepted": 27_555,
    "asked_at": WHEN + timedelta(days=400),
    "association": "Comité local d'Arles",
    "csv": True,
    "doubt": "",
    "lasts": timedelta(days=4, hours=2),
    "late": None,
    "leave_at": None,
    "line": "",
    "tag": "",
    "is_post": True,
    "before": 150,
    "dropped": 3,
    "everything_paused": False,
    "in_flight": 50,
    "missed": 143,
    "paused": True,
    "remaining": 143,
    "stopped": "cancelled",
    "about": "Pique-nique de samedi",
    "added": 12,
    "again": False,
    "answers": False,
    "asked": "Confirmez : rejoindre « Échanges »",
    "cancel": "mailto:comite+k7fm2q@example.org?subject=annuler",
    "changed": 1,
    "changes": CHANGES,
    "callers": (),
    "doubtful": False,
    "figures": Figures(
        77, bouncing=3, suspended=2, digest=5, posts=12, accepted=900, joined=3
    ),
    "first": ("Anne Martin <anne@example.org>", "bob@example.com"),
    "forget": "mailto:comite@example.org?subject=oublier",
    "groups": ("adhérents", "bureau"),
    "known": "alice@example.org",
    "mailto": "",
    "max_size": 2_097_152,
    "moderators": ("paul@example.org",),
    "more": 243,
    "mydata": "mailto:comite@example.org?subject=mes%20donn%C3%A9es",
    "new": "anne@example.org",
    "old": "anne@exemple.org",
    "other": "alice@example.net",
    "people": PEOPLE,
    "person": "anne@example.org",
    "privacy": "mailto:comite@example.org?subject=vie%20priv%C3%A9e",
    "refused_number": 2,
    "reply_to": "list",
    "roster": MEMBERS,
    "rows": ROWS,
    "senders": ("claire@example.org",),
    "sends": SENDS,
    "spellings": ("abonner", "inscrire"),
    "titles": ("Échanges",),
    "trusted": ("anne@example.org",),
    "banned": ("eve@example.net",),
    "unchanged": 3,
    "unknown": ("adherant",),
    "unpublished": "",
    "usage": "LISTE [prénom nom]",
    "who": "anyone",
    "why": "answer",
    "waiting": ("ajouter discuter",),
    "wish": "admission",
    "address": "alice@example.net",
    "addresses": ("paul@example.org", "zoe@example.org"),
    "attachments": (
        {"name": "affiche.pdf", "type": "application/pdf", "size": 1_258_291},
        {"name": "", "type": "image/jpeg", "size": 41_000},
    ),
    "authenticated": "pass",
    "author": "Alice Martin <alice@example.net>",
    "batches": 7,
    "by": "Zoé",
    "commands": COMMANDS,
    "date": WHEN,
    "description": "Une lettre par mois.",
    "digested": True,
    "duration": timedelta(hours=1, minutes=5),
    "end": WHEN + timedelta(minutes=5),
    "ended": WHEN + timedelta(hours=1, minutes=5),
    "excerpt": "Bonjour à toutes et tous,\n\nLe pique-nique est samedi.",
    "hold_days": 7,
    "is_author": False,
    "items": ITEMS,
    "member": True,
    "posted": 14,
    "ref": "k7fm2q",
    "refs": ("k7fm2q", "b4xx9z"),
    "since": datetime(2021, 3, 2, 9, 0, tzinfo=UTC),
    "stripped": False,
    "text": "Je connais Jeanne, je peux l'appeler demain.",
    "kind": "discussion",
    "limit": 26_214_400,
    "list_title": "Échanges",
    "lists": LISTS,
    "mailbox": "comite@example.org",
    "mailtos": MAILTOS,
    "members": 77,
    "name": "Alice Martin",
    "number": 3,
    "others": ("Paul", "Zoé"),
    "own": False,
    "owners": ("claire@example.org",),
    "post": True,
    "posts": POSTS,
    "prefix": "[discuter]",
    "reason": "Trop long pour cette fois.",
    "reasons": (
        {"id": "moderated", "detail": ""},
        {"id": "too-large", "detail": "41000 > 40000"},
    ),
    "recipients": 343,
    "refused": (
        {
            "who": "Bob Roux <bob@example.com>",
            "reason": "because-unknown-user",
            "words": "550 5.1.1 No such user",
        },
    ),
    "results": (
        {"command": "aide", "below": (), "ok": True, "text": "Voici le mode d'emploi."},
        {
            "command": "abonner rien",
            "below": (),
            "ok": False,
            "text_id": "no-such-list",
            "facts": {"name": "rien", "known": "discuter, informer"},
        },
        {
            "command": "quitter discuter",
            "below": ("bob@example.com Bob",),
            "ok": True,
            "text_id": "goodbye",
            "facts": {"list_title": "Échanges", "mailtos": MAILTOS, "by": ""},
        },
    ),
    "server": "imap.example.org",
    "size": 1_258_291,
    "start": WHEN,
    "started": WHEN,
    "subaddressing": "+",
    "subject": "Pique-nique de samedi",
    "subscription": "confirm",
    "suggestion": "abonner",
    "title": "Échanges",
    "token": "",
    "until": "2026-11-24T14:00:00+00:00",
    "verdict": "approve",
    "warnings": ("empty-subject", "missing-attachment"),
    "when": WHEN,
    "word": "abonnner",
    "words": "452 4.5.3 Too many recipients, try again later",
}


# Where a name means something else in one text.
BY_TEXT: dict[str, dict[str, object]] = {
    "sheet": {"people": CALLED, "more": 3},
    "bounces-weekly": {"people": CALLED, "more": 52},
    "correction-preview": {"title": "Rectificatif\u00a0: Pique-nique de samedi"},
    "queue": {"stopped": STOPPED},
    "send-progress": {"accepted": 150, "paused": False},
    **{
        text_id: {"accepted": 150}
        for text_id in (
            *("send-paused", "send-stopped", "send-over", "send-resumed"),
            *("send-unclear", "correction-how", "rest-preview"),
        )
    },
    "import-confirm": {"refused": REFUSED_LINES},
    "import-nothing": {"refused": REFUSED_LINES},
    "preview": {
        "leave_at": WHEN + timedelta(days=2),
        "asked": "envoyer : jeudi 14h05",
        "warnings": (
            "missing-attachment",
            {
                "id": "many-days",
                "limit": "recipients_per_hour",
                "number": 200,
                "end": WHEN + timedelta(days=4),
            },
            "end-is-guess",
            {"id": "quiet-hours", "when": WHEN + timedelta(days=2, hours=1)},
            {"id": "line-stays", "line": "envoyer : jeudi 14h05"},
            {"id": "tag-taken", "tag": "[jeudi 14h05]"},
            {"id": "earlier-replaced", "when": WHEN + timedelta(days=1)},
            {
                "id": "earlier-waits",
                "when": WHEN + timedelta(days=1),
                "ref": "k7fm2q",
            },
        ),
    },
    "preview-long": {"name": "echanges", "limit": "recipients_per_day", "number": 500},
    "preview-confirmed": {"leave_at": WHEN + timedelta(days=2)},
    "preview-already-settled": {"verdict": "superseded"},
    "scheduled": {
        "tag": "[jeudi 14h05]",
        "leave_at": WHEN + timedelta(days=2),
        "quiet": WHEN + timedelta(days=2, hours=9),
    },
    "hosted-list": {"name": "echanges", "who": "Alice Martin", "number": 2_412},
    "welcome": {"words": "Le café est à 18 h, le premier jeudi du mois."},
    "welcome-shown": {"words": "Le café est à 18 h."},
    "footer-shown": {"words": ""},
    "privacy": {"name": "Comité local d'Arles"},
    "settings": {"name": "discuter"},
    "moderation": {"who": "Alice Martin"},
    "help-command": {"about": "Rejoindre une liste."},
    "moderation-already-settled": {"kind": "moderation"},
    "moderation-talk": {"others": True},
    "owners-banned": {"name": "discuter"},
    "moderator-bounces": {"name": "discuter"},
    "stats": {"name": "discuter"},
    "bounces": {
        "name": "discuter",
        "people": (
            {
                "who": "Alice Martin <alice@example.net>",
                "reason": "because-unknown-user",
                "posts": 2,
                "first": WHEN - timedelta(days=12),
                "state": "suspended",
                "since": WHEN - timedelta(days=5),
                "probe": WHEN + timedelta(days=1),
            },
            {
                "who": "bob@example.com",
                "reason": "because-mailbox-full",
                "posts": 1,
                "first": WHEN - timedelta(days=2),
                "state": "",
                "since": None,
                "probe": None,
            },
            {
                "who": "carole@example.com",
                "reason": "because-unknown-host",
                "posts": 3,
                "first": WHEN - timedelta(days=2),
                "state": "asked",
                "since": WHEN,
                "probe": None,
            },
        ),
        "more": 2,
        "number": 5,
    },
    "alert-no-moderator": {"name": "discuter"},
    "probe": {
        "name": "Alice Martin",
        "titles": ("Échanges", "Les nouvelles"),
        "reason": "because-mailbox-full",
        "suspended": True,
    },
    "question-answered": {"by": "claire@example.org", "verdict": "ok"},
    "complaint-goodbye": {"titles": ("Échanges",)},
    "suspend-ask": {
        "people": (
            {
                "who": "Alice Martin <alice@example.net>",
                "reason": "because-unknown-user",
            },
            {"who": "bob@example.com", "reason": "because-unknown-host"},
        ),
        "more": 20,
        "number": 22,
        "size": 77,
    },
    "suspend-settled": {"number": 22, "suspended": True, "waiting": 3, "gone": 1},
    "alert-incident": {
        "refused": (
            {"domain": "example.net", "words": "554 5.7.1 Message refused as spam"},
            {"domain": "example.com", "words": "550 5.7.26 DMARC"},
        ),
        "number": 12,
    },
    "alert-bounce-log": {
        "path": "/var/lib/colporteur/bounces.json.broken-20261124T140000"
    },
}


@cache
def built_in() -> Texts:
    """Load the built-in texts, once."""
    return texts(None, PARIS)


def facts_for(text_id: str) -> dict[str, object]:
    """Give a text exactly the variables that its table names."""
    facts = FACTS | BY_TEXT.get(text_id, {})
    return {name: facts[name] for name in TEXTS[text_id].split()}


def shown(text_id: str, language: str) -> str:
    """Render a text as its golden file has it; no-break spaces made visible."""
    subject, body = built_in().render(text_id, language, facts_for(text_id))
    return f"Subject: {subject}\n\n{body}".replace(NBSP, "·")


def page(page_id: str, language: str) -> str:
    """Render a page as its golden file has it."""
    facts = FACTS | BY_TEXT["sheet"]
    given = {name: facts[name] for name in PAGES[page_id].split()}
    return built_in().page(page_id, language, given).replace(NBSP, "·")


def undeclared(source: str) -> set[str]:
    """Name the variables of a template."""
    environment = Environment(autoescape=False)  # noqa: S701 - only parsed
    environment.filters |= dict.fromkeys(
        ("sentence", "result", "names_rule", *Words("fr", PARIS).filters()), str
    )
    return meta.find_undeclared_variables(environment.parse(source))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text_id", sorted(TEXTS))
def test_text_reads_as_its_golden_file(text_id: str, language: str) -> None:
    """What people read changes only when somebody looked at it."""
    expected = (GOLDEN / language / f"{text_id}.txt").read_text("utf-8")

    assert shown(text_id, language) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_every_text(language: str) -> None:
    """A text that is missing in one language would be found by a member."""
    found = {path.stem for path in (TEMPLATES / language).glob("*.txt")}

    assert found == set(TEXTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_use_the_variables_of_the_table(language: str) -> None:
    """Callers code against the table, in either language."""
    used = {
        path.stem: undeclared(path.read_text("utf-8"))
        for path in (TEMPLATES / language).glob("*.txt")
    }

    assert used == {text_id: set(names.split()) for text_id, names in TEXTS.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_use_the_variables_of_the_table(language: str) -> None:
    """HTML has a table too."""
    used = {
        path.stem: undeclared(path.read_text("utf-8"))
        for path in (TEMPLATES / language).glob("*.html")
    }

    assert used == {page_id: set(names.split()) for page_id, names in PAGES.items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page_id", sorted(PAGES))
def test_pages_read_as_their_golden_files(page_id: str, language: str) -> None:
    """What people print changes only when somebody looked at it."""
    expected = (GOLDEN / language / f"{page_id}.html").read_text("utf-8")

    assert page(page_id, language) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page_id", sorted(PAGES))
def test_facts_are_no_markup(page_id: str, language: str) -> None:
    """Names come from strangers' mails, and callers open what we send them."""
    evil = "<img src=x onerror=alert(1)>\"'"
    person = {**CALLED[0], "name": evil, "phone": evil, "titles": (evil,)}
    facts = {**FACTS, "people": (person,), "mailbox": evil}

    shown = built_in().page(page_id, language, facts)

    assert "<img" not in shown
    assert "&lt;img" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_use_the_variables_of_the_table(language: str) -> None:
    """Sentences have a table too."""
    file = TEMPLATES / language / "sentences.toml"
    used = {
        name: undeclared(source)
        for name, source in tomllib.loads(file.read_text("utf-8")).items()
    }

    assert used == {name: set(names.split()) for name, names in SENTENCES.items()}


def constants(source: str) -> set[str]:
    """Find the ids of texts that a module names."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        positions = {"Alert": 0, "CommandError": 0, "Outcome": 0}
        position = positions.get(
            called, 1 if called in {"CopyToOwners", "Letter", "Reply"} else None
        )
        given = [keyword.value for keyword in node.keywords if keyword.arg == "text_id"]
        if position is not None:
            given += node.args[position : position + 1]
        found |= {
            value.value
            for value in given
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
        }
    return found


def test_code_names_only_texts_that_exist() -> None:
    """A wrong id would be noticed when the mail is due, by nobody."""
    named = {
        text_id
        for path in (ROOT / "bot").rglob("*.py")
        for text_id in constants(path.read_text("utf-8"))
    }

    assert named <= {*TEXTS, *SENTENCES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text_id", sorted(TEXTS))
def test_texts_stand_facts_that_do_not_apply(text_id: str, language: str) -> None:
    """Empty text, tuples and None mean that there is nothing to say."""
    empty: dict[str, object] = {
        **dict.fromkeys(
            (
                "reasons",
                "warnings",
                "results",
                "refused",
                "stopped",
                "titles",
                "waiting",
            ),
            (),
        ),
        "figures": Figures(),
        "mailtos": MAILTOS,
        "spellings": ("abonner",),
    }
    numbers = (
        *("recipients", "members", "accepted", "batches", "hold_days", "number"),
        *("before", "dropped", "in_flight", "missed", "remaining", "lasts"),
        *("size", "max_size", "added", "changed", "unchanged", "refused_number"),
    )
    facts = {
        name: empty.get(name, 0 if name in {*numbers, "limit"} else "")
        for name in TEXTS[text_id].split()
    }

    subject, body = built_in().render(text_id, language, facts)

    assert subject
    assert "None" not in body


def test_built_in_texts_have_no_problems() -> None:
    """Those of an admin are checked at start, ours here."""
    assert built_in().problems() == []


def test_subjects_stay_one_line() -> None:
    """Subjects are made of what strangers wrote."""
    facts = facts_for("preview-dropped") | {"subject": "a\r\nBcc: x@y.z\u202egpj"}

    subject, _ = built_in().render("preview-dropped", "fr", facts)

    assert subject == f"Abandonné{NBSP}: a Bcc: x@y.zgpj"


def test_missing_fact_is_an_error() -> None:
    """A gap in a sentence would go unnoticed."""
    with pytest.raises(UndefinedError):
        built_in().render("goodbye", "fr", {})


def test_own_text_wins_over_the_built_in_one(tmp_path: Path) -> None:
    """Admins replace texts one by one; the rest stays."""
    (tmp_path / "fr").mkdir()
    own = "Subject: Au revoir\n\nÀ bientôt, {{ list_title }}."
    (tmp_path / "fr" / "goodbye.txt").write_text(own, "utf-8")
    (tmp_path / "fr" / "sentences.toml").write_text('empty = "Rien dedans."', "utf-8")

    loaded = texts(tmp_path)

    assert loaded.render("goodbye", "fr", facts_for("goodbye")) == (
        "Au revoir",
        "À bientôt, Échanges.\n",
    )
    assert loaded.sentence("empty", "fr") == "Rien dedans."
    assert loaded.render("goodbye", "en", facts_for("goodbye"))[0].startswith("You")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("goodby.txt", "Subject: x\n\ny", id="unknown-id"),
        pytest.param("goodbye.txt", "Au revoir", id="no-subject"),
        pytest.param("goodbye.txt", "Subject: {{ x\n\ny", id="broken-template"),
        pytest.param("sheets.html", "<p>x</p>", id="unknown-page"),
        pytest.param("sheet.html", "{{ x", id="broken-page"),
        pytest.param("sentences.toml", "empty = ", id="broken-sentences"),
        pytest.param("sentences.toml", 'emty = "x"', id="unknown-sentence"),
    ],
)
def test_own_text_that_is_none_is_told(tmp_path: Path, name: str, content: str) -> None:
    """A mistake in a file is told at start, not when the mail is due."""
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / name).write_text(content, "utf-8")

    with pytest.raises(ConfigError, match="fr"):
        texts(tmp_path)


def test_own_page_wins_and_still_escapes(tmp_path: Path) -> None:
    """Whoever rewrites a page need not think of markup in names."""
    (tmp_path / "fr").mkdir()
    own = "<p>{{ people[0].name }}{{ more }}</p>"
    (tmp_path / "fr" / "sheet.html").write_text(own, "utf-8")

    shown = texts(tmp_path).page(
        "sheet", "fr", {"people": ({"name": "<b>"},), "more": 1}
    )

    assert shown == "<p>&lt;b&gt;1</p>"


def test_own_text_cannot_leave_the_sandbox(tmp_path: Path) -> None:
    """Who may edit a text need not be allowed to run programs."""
    (tmp_path / "fr").mkdir()
    own = "Subject: x\n\n{{ list_title.__class__.__mro__ }}"
    (tmp_path / "fr" / "goodbye.txt").write_text(own, "utf-8")
    loaded = texts(tmp_path)

    with pytest.raises(SecurityError):
        loaded.render("goodbye", "fr", facts_for("goodbye"))


def test_unknown_language_is_answered_in_french() -> None:
    """A person's language may come from an import."""
    loaded = built_in()

    assert loaded.sentence("empty", "de") == loaded.sentence("empty", "fr")


def test_long_lines_are_wrapped_and_links_stay_whole() -> None:
    """Links that are cut can't be clicked."""
    link = "mailto:comite@example.org?subject=" + "x" * 90
    facts = facts_for("goodbye") | {"mailtos": {"join": link}}

    _, body = built_in().render("goodbye", "fr", facts)

    assert link in body.splitlines()
    assert all(len(line) <= 72 for line in body.splitlines() if line != link)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_short(language: str) -> None:
    """Nobody reads more; what people wrote themselves comes on top."""
    long = {"command-results", "digest", "help", "moderation", "preview"}
    long |= {"import-confirm", "privacy", "hosted-list", "preview-long", "bounces"}
    long |= {"sheet", "sheet-answer", "bounces-weekly"}
    lengths = {
        text_id: len(shown(text_id, language).splitlines())
        for text_id in set(TEXTS) - long
    }

    assert {text_id for text_id, lines in lengths.items() if lines > 22} == set()


def test_french_has_no_break_spaces_before_punctuation() -> None:
    """A colon at the start of a line looks like a mistake, and is one."""
    for path in [*(TEMPLATES / "fr").iterdir()]:
        text = re.sub(
            r"\{[{%].*?[%}]\}|^#.*$", "", path.read_text("utf-8"), flags=re.MULTILINE
        )

        assert not re.search(r" [:;!?»]|« ", text), path.name


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        pytest.param("fr", "mardi 24·novembre 2026 à 14·h·05", id="french"),
        pytest.param("en", "Tuesday 24·November 2026 at 14:05", id="english"),
    ],
)
def test_when_speaks_the_local_time(language: str, spoken: str) -> None:
    """Times travel in UTC and are read in Paris."""
    words = Words(language, PARIS)

    assert words.when(WHEN).replace(NBSP, "·") == spoken
    assert words.when(WHEN.isoformat()) == words.when(WHEN)
    assert words.when("demain") == "demain"


def test_first_of_the_month_is_an_ordinal() -> None:
    """French says 1er for the first day only."""
    first = datetime(2026, 12, 1, 12, tzinfo=UTC)

    assert Words("fr", PARIS).day(first) == f"mardi 1er{NBSP}décembre 2026"


@pytest.mark.parametrize(
    ("language", "number", "spoken"),
    [
        pytest.param("fr", 0, "0·personne", id="french-zero-is-singular"),
        pytest.param("fr", 1, "1·personne", id="french-one"),
        pytest.param("fr", 27_557, "27·557·personnes", id="french-thousands"),
        pytest.param("en", 0, "0·personnes", id="english-zero-is-plural"),
        pytest.param("en", 27_557, "27,557·personnes", id="english-thousands"),
        pytest.param("fr", "343", "343·personnes", id="text"),
    ],
)
def test_count_agrees_with_its_number(
    language: str, number: object, spoken: str
) -> None:
    """The two languages disagree about zero."""
    counted = Words(language, PARIS).count(number, "personne", "personnes")

    assert counted.replace(NBSP, "·") == spoken


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        pytest.param(0, "0·Ko", id="nothing"),
        pytest.param(1_258_291, "1,2·Mo", id="megabytes"),
        pytest.param(2_097_152, "2·Mo", id="whole"),
        pytest.param(5_000_000_000_000, "4657·Go", id="absurd"),
        pytest.param("beaucoup", "beaucoup", id="text"),
    ],
)
def test_size_is_told_in_two_digits(value: object, spoken: str) -> None:
    """People want to know whether it is much."""
    assert Words("fr", PARIS).size(value).replace(NBSP, "·") == spoken


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        pytest.param(5, "1·minute", id="a-minute-at-least"),
        pytest.param(3_900, "1·heure et 5·minutes", id="hours"),
        pytest.param(
            timedelta(days=2, hours=3, minutes=9), "2·jours et 3·heures", id="days"
        ),
        pytest.param("longtemps", "longtemps", id="text"),
    ],
)
def test_duration_is_told_in_two_units(value: object, spoken: str) -> None:
    """Seconds don't matter to a sender."""
    assert Words("fr", PARIS).duration(value).replace(NBSP, "·") == spoken


def test_quoted_words_stand_apart() -> None:
    """A stranger's words must not pass for ours, nor fill the mail."""
    quoted = Words("fr", PARIS).quoted("\n".join(f"ligne {n}" for n in range(50)))

    assert quoted.splitlines()[0] == "| ligne 0"
    assert quoted.splitlines()[40:] == ["| …"]


if __name__ == "__main__":
    for one in LANGUAGES:
        for each in TEXTS:
            path = GOLDEN / one / f"{each}.txt"
            path.write_text(shown(each, one), "utf-8")
        for each in PAGES:
            path = GOLDEN / one / f"{each}.html"
            path.write_text(page(each, one), "utf-8")
