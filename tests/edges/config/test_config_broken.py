"""Files that are no TOML, and content that makes no sense."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import config
from bot.config.assemble import assemble
from bot.config.models import (
    BouncesSection,
    ImapSection,
    LimitsSection,
    ListSection,
    MailboxSection,
)
from bot.errors import ConfigError
from tests.configuring import (
    problems_of,
    written,
)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "host = imap.example.org",
            "line 2 column 8: invalid value; put text in quotes",
        ),
        ("host = \u201cimap\u201d", "use straight quotes"),
        ("idle = True", "write true or false"),
        ("host =", 'write a value after "="'),
        ("host: 1", 'write "=" after a key'),
        ('host = "imap', "close the quotes"),
        (r'host = "a\p"', "between '…'"),
        ("port = 1\nport = 2", "line 3"),
        ("[lists.été]", "letters a-z"),
        ("list = [1,", "close the list"),
        ("x = " + "[" * 5000, "config.toml line"),
        ("x = " + "1" * 5000, "config.toml line"),
    ],
)
def test_syntax_error_names_place_and_cause(
    tmp_path: Path, line: str, told: str
) -> None:
    """People who write TOML once a year make always the same slips."""
    (problem,) = problems_of(written(tmp_path, f"[imap]\n{line}\n"))

    assert told in problem


def test_file_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    """An old editor saves accents as Latin-1."""
    path = tmp_path / "config.toml"
    path.write_bytes(b'[mailbox]\nname = "Comit\xe9"\n')

    (problem,) = problems_of(path)

    assert "line 2: is not UTF-8 text" in problem


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_file_that_cannot_be_read_is_a_config_error(tmp_path: Path, name: str) -> None:
    """Exit status 2, not a traceback."""
    with pytest.raises(ConfigError):
        config.load(tmp_path / name)


VALUES = st.recursive(
    st.none().map(lambda _: 0)
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["discuter", "x@example.org", "none", "laposte", "mon 09:00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ListSection.model_fields, "x"]), inner)
    ),
    max_leaves=6,
)
KEYS = [*MailboxSection.model_fields, *ImapSection.model_fields, "x", "discuter"]
KEYS += [*LimitsSection.model_fields, *BouncesSection.model_fields]
SECTIONS = ["mailbox", "imap", "smtp", "limits", "store", "bounces", "lists", "x"]


@given(
    st.dictionaries(
        st.sampled_from([*SECTIONS, "defaults"]),
        VALUES | st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4),
    )
)
def test_any_content_loads_or_is_refused_in_words(content: dict[str, Any]) -> None:
    """A traceback tells an admin nothing."""
    problems: tuple[str, ...] = ()
    try:
        assemble(Path("/x/config.toml"), content)
    except ConfigError as error:
        problems = error.problems

    assert all(line.startswith("config.toml ") for line in problems)
