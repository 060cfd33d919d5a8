"""The mailbox's password, from one of five places.

It is never part of a message, an exception or a repr.
"""

import re
import shlex
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.config.models import Config
from bot.errors import ConfigError

__all__ = ("CREDENTIAL", "SOURCES", "read_password")

# The keys of [mailbox] that say where the password is.
SOURCES: Final = ("password", "password_file", "password_env", "password_command")
# Where systemd puts what LoadCredential= names.
CREDENTIAL: Final = "mailbox-password"
_CREDENTIALS_DIRECTORY: Final = "CREDENTIALS_DIRECTORY"

# A password manager may have to ask its agent; a person is not there to answer.
_COMMAND_SECONDS: Final = 30
_SHOWN_MAX: Final = 200
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def read_password(config: Config, environ: Mapping[str, str]) -> str:
    """Read the password from where `[mailbox]` says, else from systemd.

    Raises:
        ConfigError: there is none, it can't be read, or others could read it.
    """
    mailbox = config.mailbox
    where = f"{config.path.name} [mailbox]"
    if mailbox.auth == "xoauth2":
        raise ConfigError(
            f'{where} auth: "xoauth2" needs `colporteur login`, which is not available'
            " in this version; use a provider that accepts a password or an app"
            ' password, with auth = "password"'
        )
    if mailbox.password is not None:
        _refuse_access(config.path, f"{where} password", stat.S_IRWXG | stat.S_IRWXO)
        return _one_line(mailbox.password.get_secret_value(), f"{where} password")
    if mailbox.password_file is not None and not _has_credential(environ):
        # systemd hands over a copy of a file that only root may read.
        return _from_file(mailbox.password_file, f"{where} password_file")
    if mailbox.password_env is not None:
        return _from_environ(mailbox.password_env, environ, f"{where} password_env")
    if mailbox.password_command is not None:
        what = f"{where} password_command"
        return _from_command(mailbox.password_command, environ, what)
    return _from_credential(environ, where)


def _has_credential(environ: Mapping[str, str]) -> bool:
    folder = environ.get(_CREDENTIALS_DIRECTORY, "")
    return bool(folder) and (Path(folder) / CREDENTIAL).is_file()


def _from_file(path: Path, what: str) -> str:
    # The group may read it: root:colporteur 0640 is a usual way to hand it over.
    _refuse_access(path, what, stat.S_IWGRP | stat.S_IRWXO)
    return _one_line(_text_of(path, what), f"{what}: {path}")


def _from_environ(name: str, environ: Mapping[str, str], what: str) -> str:
    if not environ.get(name):
        raise ConfigError(f"{what}: the environment has no variable {name}; set it")
    return _one_line(environ[name], f"{what}: {name}")


def _from_command(command: str, environ: Mapping[str, str], what: str) -> str:
    """Run a command without a shell; the first line that it prints is the password."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigError(f"{what}: a quote is not closed in the command") from error
    if not words:
        raise ConfigError(f"{what}: is empty, expected a command")
    try:
        done = subprocess.run(  # noqa: S603 - the admin's own command, without a shell
            words,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"{what}: {words[0]} gave nothing within {_COMMAND_SECONDS} seconds;"
            " it may be waiting for somebody to unlock it"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{what}: {words[0]} can't be run: {error.strerror}"
        ) from error
    if done.returncode:
        words_said = done.stderr.decode("utf-8", "replace").strip()[:_SHOWN_MAX]
        raise ConfigError(
            f"{what}: {words[0]} ended with status {done.returncode}"
            + (f": {words_said}" if words_said else "")
        )
    first = done.stdout.split(b"\n", 1)[0]
    return _one_line(_decoded(first, f"{what}: {words[0]}"), f"{what}: {words[0]}")


def _from_credential(environ: Mapping[str, str], where: str) -> str:
    folder = environ.get(_CREDENTIALS_DIRECTORY, "")
    path = Path(folder) / CREDENTIAL
    if not folder or not path.is_file():
        raise ConfigError(
            f"{where}: no password; name a file with password_file (chmod 600), or"
            " give password_env, password_command or the systemd credential"
            f" {CREDENTIAL}"
        )
    what = f"systemd credential {CREDENTIAL}"
    return _one_line(_text_of(path, what), what)


def _refuse_access(path: Path, what: str, forbidden: int) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{what}: {path}: {error.strerror}") from error
    if mode & forbidden:
        raise ConfigError(
            f"{what}: {path} has mode {stat.S_IMODE(mode):04o}, so others can get at"
            f" the password; run: chmod 600 {shlex.quote(str(path))}"
        )


def _text_of(path: Path, what: str) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{what}: {path}: {error.strerror}") from error
    return _decoded(raw, f"{what}: {path}")


def _decoded(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{what}: the password is not UTF-8 text") from None


def _one_line(text: str, what: str) -> str:
    """Drop one line end; what is left must be a password, and nothing else."""
    password = text.removesuffix("\n").removesuffix("\r")
    if not password:
        raise ConfigError(f"{what}: the password is empty")
    if _CONTROLS.search(password):
        raise ConfigError(
            f"{what}: the password has more than one line or a control character"
        )
    return password
