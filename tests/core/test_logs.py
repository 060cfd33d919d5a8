"""The log: its vocabulary, its quoting, and what it must not show."""

import ast
import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.address import Address

BOT = Path(__file__).parents[2] / "bot"


@pytest.fixture(autouse=True)
def _root_logger_as_before() -> Iterator[None]:
    """Leave the process's logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logs.LOGGER.setLevel(logging.NOTSET)


def written(
    event: str,
    *,
    verbose: bool = False,
    journal: bool = True,
    secret: bytes = b"",
    **fields: object,
) -> str:
    """Log one event; give what was written."""
    stream = io.StringIO()
    logs.setup(verbose=verbose, stream=stream, journal=journal, secret=secret)
    logs.log(event, **fields)
    return stream.getvalue()


def test_event_comes_first_then_its_fields() -> None:
    """People and `grep` find a story by the same words at the same place."""
    line = written("post.held", list="discuter", uid=812, message_id="<a@b>", ref=None)

    assert line == "<6>post.held list=discuter uid=812 message_id=<a@b>\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("", '""', id="empty"),
        pytest.param("two words", '"two words"', id="blank"),
        pytest.param("a=b", '"a=b"', id="equals-sign"),
        pytest.param('say "no"', r'"say \"no\""', id="quotes"),
        pytest.param("550 no\r\n<0>fake", r'"550 no\r\n<0>fake"', id="line-end"),
        pytest.param("a\u2028b\x1b[2J", r'"a\u2028b\x1b[2J"', id="controls"),
        pytest.param("Adhérents", "Adhérents", id="letters"),
        pytest.param(True, "yes", id="truth"),
        pytest.param(0.5, "0.5", id="number"),
        pytest.param(b"\xff", r'"\\xff"', id="bytes"),
        pytest.param(("a", 1), "a,1", id="several"),
        pytest.param(
            datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00", id="time"
        ),
    ],
)
def test_values_are_quoted_where_they_could_mislead(value: object, shown: str) -> None:
    """A server's words must not forge a second line or another field."""
    assert written("batch.sent", reply=value) == f"<6>batch.sent reply={shown}\n"


@given(st.text())
def test_any_text_stays_on_one_line(text: str) -> None:
    """Whatever a mail holds, an event is one line that can be written as UTF-8."""
    line = written("batch.sent", reply=text)

    assert len(line.splitlines()) == 1
    line.encode()


def test_long_values_are_cut() -> None:
    """One reply of a megabyte must not fill the disk."""
    assert len(written("batch.sent", reply="x" * 1_000_000)) < 5_000


def test_addresses_are_hashed_alike_wherever_they_stand() -> None:
    """The log tells one person's story without saying who it is."""
    address = Address("Anne", "example.com")

    alone = written("member.left", address=address).strip().partition("=")[2]
    line = written("batch.sent", reply="550 <anne@EXAMPLE.com>: unknown")

    assert alone.startswith("~")
    assert alone in line
    assert "anne" not in (alone + line).lower()


def test_hash_depends_on_the_secret() -> None:
    """Somebody who finds a log can't test a list of addresses against it."""
    lines = {
        written("member.left", address="anne@example.com", secret=secret)
        for secret in (b"", b"one", b"another" * 20)
    }

    assert len(lines) == 3


def test_verbose_shows_addresses() -> None:
    """Who asks for everything is looking for somebody."""
    line = written("member.left", verbose=True, address="anne@example.com")

    assert line == "<6>member.left address=anne@example.com\n"


def test_terminal_lines_have_time_and_level() -> None:
    """Where no journal notes the time, the line does."""
    line = written("batch.failed", journal=False, batch=1)

    assert line.endswith("Z error batch.failed batch=1\n")
    assert datetime.fromisoformat(line.split()[0]).tzinfo is not None


def test_libraries_speak_from_warnings_on() -> None:
    """Their debug output may hold the password of the login."""
    stream = io.StringIO()
    logs.setup(verbose=True, stream=stream, journal=True)

    logging.getLogger("imapclient").info("LOGIN secret")
    logging.getLogger("apscheduler").warning("late by %d s", 5)

    expected = '<4>library.message logger=apscheduler text="late by 5 s"\n'
    assert stream.getvalue() == expected


def test_traceback_is_part_of_the_line() -> None:
    """A crash of a library is one line as well, and keeps addresses covered."""
    stream = io.StringIO()
    logs.setup(stream=stream)

    try:
        raise ValueError("anne@example.com")  # noqa: TRY301 - the subject of the test
    except ValueError:
        logging.getLogger("apscheduler").exception("job failed")

    assert stream.getvalue().count("\n") == 1
    assert r"\nValueError: ~" in stream.getvalue()


def test_unlisted_event_is_written_as_a_warning() -> None:
    """A slip in a log call must not stop the service."""
    assert written("no.such", a=1) == "<4>no.such a=1\n"


def log_calls() -> Iterator[tuple[str, str, set[str]]]:
    """Give each `log("…")` in the program: where, the event, its fields."""
    for path in sorted(BOT.rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and is_log(node.func):
                where = f"{path.relative_to(BOT)}:{node.lineno}"
                fields = {name for one in node.keywords for name in keys(one)}
                for event in names(node.args[0], tree):
                    yield where, event, fields


def keys(keyword: ast.keyword) -> set[str]:
    """Give the name of an argument, or those that `**` brings along."""
    if keyword.arg:
        return {keyword.arg}
    return {
        key.value
        for node in ast.walk(keyword.value)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def is_log(function: ast.expr) -> bool:
    """Recognise `log(` and `logs.log(`."""
    match function:
        case ast.Name("log") | ast.Attribute(ast.Name("logs"), "log"):
            return True
        case _:
            return False


def names(argument: ast.expr, tree: ast.Module) -> list[str]:
    """Give the event names that an argument may stand for."""
    match argument:
        case ast.Constant(str(name)):
            return [name]
        case ast.IfExp(body=body, orelse=orelse):
            return names(body, tree) + names(orelse, tree)
        case ast.Name(variable):
            return [
                name
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                and [ast.unparse(target) for target in node.targets] == [variable]
                for name in names(node.value, tree)
            ]
        case _:
            return [ast.unparse(argument)]


def test_every_call_is_in_the_vocabulary() -> None:
    """`EVENTS` is what people search the journal by, so it has to be complete."""
    wrong = [
        f"{where}: {event} {sorted(fields)}"
        for where, event, fields in log_calls()
        if event not in logs.EVENTS or fields - logs.EVENTS[event].fields
    ]

    assert wrong == []


def test_vocabulary_names_are_subject_and_participle() -> None:
    """`batch.sent`, not `SendBatch`: one grammar for all."""
    assert all(
        subject.islower() and verb.islower() and event.about
        for name, event in logs.EVENTS.items()
        for subject, _, verb in (name.partition("."),)
    )
