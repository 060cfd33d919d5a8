"""The dependency rule: data moves one way, and the core never asks.

`MAY_IMPORT` is the plan of the program: what each module of `bot/` may import from
it, its own folder always included. Add a module here before you write it.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).parents[2] / "bot"

WORDS = frozenset({"errors", "folding", "address", "model", "actions"})

CORE: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "folding": frozenset(),
    "address": frozenset({"errors"}),
    "domains": frozenset({"address", "folding"}),
    "model": frozenset({"address", "folding"}),
    "actions": frozenset({"address", "model"}),
    "message": frozenset({"address", "errors", "model"}),
    "moments": frozenset({"folding", "model"}),
    "identity": frozenset({"address", "errors", "model"}),
    "routing": frozenset({"address", "identity", "model", "moments"}),
    "classify": frozenset({"address", "bounces", "identity", "model", "routing"}),
    "rules": frozenset({"address", "folding", "model"}),
    "bounces": WORDS | {"domains"},
    "rosters": WORDS | {"domains"},
    "commands": WORDS | {"bounces", "domains", "identity", "moments", "rosters"},
    "sending": frozenset({"address", "errors", "model"}),
    "compose": frozenset({"address", "errors", "folding", "identity", "model"})
    | {"moments"},
    "decide": WORDS
    | {"bounces", "classify", "commands", "domains", "identity"}
    | {"moments", "rosters", "routing", "rules"},
}
EDGES: dict[str, frozenset[str]] = {
    "ports": frozenset({"actions", "address", "model"}),
    "data": frozenset(),
    "config": frozenset({"address", "data", "errors", "model", "sending"}),
    "logs": frozenset(),
    "systemd": frozenset(),
    "imap": frozenset({"address", "errors", "logs", "model", "ports"}),
    "smtp": frozenset({"address", "errors", "logs", "model", "sending"}),
    "store": frozenset({"address", "errors", "folding", "model", "ports"}),
    "spool": frozenset({"errors"}),
    "bounce_log": frozenset({"errors", "model"}),
}
ASSEMBLY: dict[str, frozenset[str]] = {
    "apply": WORDS
    | {"compose", "identity", "logs", "message", "moments", "ports", "rosters"}
    | {"domains", "sending"},
    "cycle": WORDS
    | {"apply", "bounces", "classify", "commands", "compose", "decide", "identity"}
    | {"logs", "message", "ports", "rosters", "sending"},
    "demo": WORDS,
    "__init__": frozenset(),
    "__main__": frozenset({"cli"}),
}
# What is put together last may import everything.
FREE = frozenset({"cli"})
MAY_IMPORT = {**CORE, **EDGES, **ASSEMBLY}

# Each outside library has one home, which turns what it says into our own types.
LIBRARIES: dict[str, frozenset[str]] = {
    "aiosmtpd": frozenset({"demo"}),
    "alembic": frozenset({"store"}),
    "apscheduler": frozenset({"cli"}),
    "authres": frozenset({"identity"}),
    "flanker": frozenset({"address"}),
    "flufl": frozenset({"bounces"}),
    "imapclient": frozenset({"imap"}),
    "inscriptis": frozenset({"message"}),
    "jinja2": frozenset({"compose"}),
    "mailparser": frozenset({"message"}),
    "mailparser_reply": frozenset({"message"}),
    "pydantic": frozenset({"config"}),
    "python_calamine": frozenset({"rosters"}),
    "pymap": frozenset({"demo"}),
    "rich": frozenset({"cli", "demo"}),
    "sqlalchemy": frozenset({"store"}),
    "tinydb": frozenset({"bounce_log"}),
    "typer": frozenset({"cli", "demo"}),
    "vobject": frozenset({"rosters"}),
}
# pymap brings these along, and its backend is written in their words.
LIBRARIES |= {"proxyprotocol": frozenset({"demo"}), "pysasl": frozenset({"demo"})}

# Time, chance and the machine come in as arguments.
CLOCK_AND_DICE = frozenset(
    {"os", "random", "secrets", "socket", "ssl", "subprocess", "threading", "time"}
)
ASKS_THE_CLOCK = frozenset(
    {"now", "utcnow", "today", "localtime", "make_msgid", "uuid1", "uuid4", "urandom"}
)

SOURCES = sorted(BOT.rglob("*.py"))
by_source = pytest.mark.parametrize(
    "source", SOURCES, ids=lambda path: str(path.relative_to(BOT))
)


def module_of(source: Path) -> str:
    """Name the module that a file belongs to: a folder counts as one."""
    parts = source.relative_to(BOT).with_suffix("").parts
    return parts[0]


def imports(source: Path) -> Iterator[str]:
    """Give the full name of all that a file imports, `from` included."""
    for node in ast.walk(ast.parse(source.read_bytes())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(level=0, module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                yield "bot.*relative*"
            case _:
                pass


def inner(source: Path) -> set[str]:
    """Give the other modules of bot/ that a file imports."""
    names = [name.split(".") for name in imports(source)]
    found = {parts[1] for parts in names if parts[0] == "bot" and len(parts) > 1}
    modules = {module_of(other) for other in SOURCES} | {"*relative*"}
    return (found & modules) - {module_of(source)}


def test_every_module_is_in_the_plan() -> None:
    """A new module has to say first whom it may know."""
    modules = {module_of(source) for source in SOURCES}

    assert modules - MAY_IMPORT.keys() - FREE == set()


@by_source
def test_imports_follow_the_plan(source: Path) -> None:
    """What points the other way makes a change in one place break another."""
    module = module_of(source)
    if module in FREE:
        return

    assert inner(source) - MAY_IMPORT.get(module, frozenset()) == set()


@by_source
def test_libraries_stay_at_home(source: Path) -> None:
    """A library that is known in one place can be replaced there."""
    module = module_of(source)
    strays = {
        name
        for name in imports(source)
        for library in (name.partition(".")[0],)
        if library in LIBRARIES and module not in LIBRARIES[library]
    }

    assert strays == set()


@by_source
def test_libraries_are_declared(source: Path) -> None:
    """What another library happens to bring along is gone with its next version."""
    outside = {name.partition(".")[0] for name in imports(source)} - {"bot"}

    assert outside - LIBRARIES.keys() - sys.stdlib_module_names == set()


@by_source
def test_core_asks_neither_clock_nor_dice(source: Path) -> None:
    """A decision that depends on its arguments alone can be tested and explained."""
    if module_of(source) not in CORE:
        return
    tree = ast.parse(source.read_bytes())
    imported = {name.partition(".")[0] for name in imports(source)}
    called = {
        getattr(node.func, "attr", getattr(node.func, "id", ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }

    assert imported & CLOCK_AND_DICE == set()
    assert called & ASKS_THE_CLOCK == set()


def test_plan_has_no_circle() -> None:
    """Modules that need each other are one module in two files."""
    left = dict(MAY_IMPORT)
    left["cli"] = frozenset(MAY_IMPORT) - {"__main__"}
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}

    assert left == {}
