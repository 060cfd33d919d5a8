"""The password: five places, and what is refused."""

import shlex
import sys
from pathlib import Path

import pytest

from bot import config
from bot.errors import ConfigError
from tests.configuring import (
    MAILBOX,
    SECRET,
    text_of,
    written,
)


def password_of(path: Path, **environ: str) -> str:
    """Load a file and read its password."""
    return config.read_password(config.load(path), environ)


def refusal_of(path: Path, **environ: str) -> str:
    """Give the complaint about a password."""
    with pytest.raises(ConfigError) as caught:
        password_of(path, **environ)
    return str(caught.value)


def with_password(key: str, value: str) -> str:
    """Make a configuration that names one source."""
    return text_of(f"{MAILBOX}\n{key} = '{value}'")


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_password_file_loses_one_line_end(tmp_path: Path, mode: int) -> None:
    """Every editor ends a file with a line end; blanks may belong to the password."""
    file = tmp_path / "password"
    file.write_bytes(b" s\xc3\xa9same \n")
    file.chmod(mode)

    assert (
        password_of(written(tmp_path, with_password("password_file", "password")))
        == " sésame "
    )


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660])
def test_password_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """The complaint is the command that mends it."""
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(mode)

    told = refusal_of(written(tmp_path, with_password("password_file", "password")))

    assert f"chmod 600 {file}" in told
    assert SECRET not in told


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"\xe9", b"a\x00"])
def test_password_file_with_something_else_is_refused(
    tmp_path: Path, content: bytes
) -> None:
    """A login with the wrong bytes locks the account."""
    file = tmp_path / "password"
    file.write_bytes(content)
    file.chmod(0o600)

    assert "the password" in refusal_of(
        written(tmp_path, with_password("password_file", str(file)))
    )


def test_password_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """The path in the complaint shows the slip."""
    told = refusal_of(written(tmp_path, with_password("password_file", "gone")))

    assert f"{tmp_path / 'gone'}: No such file" in told


def test_password_in_the_file_needs_a_closed_file(tmp_path: Path) -> None:
    """config.toml is made to be shown around, a password is not."""
    path = written(tmp_path, with_password("password", SECRET))

    assert password_of(path) == SECRET
    assert SECRET not in repr(config.load(path))
    path.chmod(0o640)
    assert f"chmod 600 {path}" in refusal_of(path)


def test_password_from_the_environment(tmp_path: Path) -> None:
    """A container hands it over so."""
    path = written(tmp_path, with_password("password_env", "MAILBOX"))

    assert password_of(path, MAILBOX=SECRET) == SECRET
    assert "no variable MAILBOX" in refusal_of(path)


def command(code: str) -> str:
    """Write a password_command that runs a line of Python."""
    return f'{shlex.quote(sys.executable)} -c "{code}"'


def test_password_command_gives_its_first_line(tmp_path: Path) -> None:
    """Password managers put notes below the password."""
    code = "import os; print(os.environ.get(chr(88))); print(2)"

    found = password_of(
        written(tmp_path, with_password("password_command", command(code))), X=SECRET
    )

    assert found == SECRET


def test_password_command_has_no_shell(tmp_path: Path) -> None:
    """What is in the file is words, not a script."""
    assert (
        password_of(written(tmp_path, with_password("password_command", "echo $HOME;")))
        == "$HOME;"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("colporteur-no-such-program x", "can't be run: No such file"),
        ("false", "false ended with status 1"),
        (command("import sys; sys.exit(chr(33)*3)"), "status 1: !!!"),
        ("true", "the password is empty"),
        ('echo "x', "a quote is not closed"),
        (" ", "is empty"),
    ],
)
def test_password_command_that_fails_says_why(
    tmp_path: Path, words: str, told: str
) -> None:
    """The program's own words are the best hint."""
    assert told in refusal_of(
        written(tmp_path, with_password("password_command", words))
    )


def test_password_from_systemd_where_nothing_is_named(tmp_path: Path) -> None:
    """LoadCredential= leaves the file to root."""
    (tmp_path / "mailbox-password").write_text(f"{SECRET}\n")
    path = written(tmp_path, text_of())

    assert password_of(path, CREDENTIALS_DIRECTORY=str(tmp_path)) == SECRET
    for environ in ({}, {"CREDENTIALS_DIRECTORY": str(tmp_path / "gone")}):
        assert "no password; name a file" in refusal_of(path, **environ)


def test_a_credential_wins_over_a_file_that_only_root_may_read(tmp_path: Path) -> None:
    """The file named in config.toml serves the commands that root types."""
    (tmp_path / "mailbox-password").write_text(f"{SECRET}\n")
    path = written(tmp_path, with_password("password_file", "gone"))

    assert password_of(path, CREDENTIALS_DIRECTORY=str(tmp_path)) == SECRET
    assert "gone" in refusal_of(path)


def test_oauth_is_refused_in_words(tmp_path: Path) -> None:
    """The key is known, the way is not built yet."""
    told = refusal_of(written(tmp_path, text_of(MAILBOX + '\nauth = "xoauth2"')))

    assert "not available in this version" in told
