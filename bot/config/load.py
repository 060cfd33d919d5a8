"""Find config.toml and read it: every problem in one error."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from bot.config.assemble import assemble
from bot.config.models import Config
from bot.config.problems import syntax_problem
from bot.errors import ConfigError

__all__ = ("find_config", "load")

_VARIABLE: Final = "COLPORTEUR_CONFIG"
_USUAL: Final = "config.toml"
_SYSTEM: Final = Path("/etc/colporteur/config.toml")
_BEGIN: Final = "copy config.example.toml and change it"


def find_config(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Find the configuration file.

    Args:
        explicit: the file that --config names.
        environ: where $COLPORTEUR_CONFIG may stand.
        cwd: the folder in which relative names start.

    Raises:
        ConfigError: there is none; a file that is named must be there.
    """
    if explicit is not None:
        return _named(cwd / explicit, "--config")
    if environ.get(_VARIABLE):
        return _named(cwd / environ[_VARIABLE], f"${_VARIABLE}")
    places = (cwd / _USUAL, _SYSTEM)
    for place in places:
        if _is_there(place):
            return place
    looked = ", ".join(str(place) for place in places)
    raise ConfigError(
        f"no configuration found; looked for --config, ${_VARIABLE}, {looked}. {_BEGIN}"
    )


def load(path: Path) -> Config:
    """Read and check a configuration file.

    Relative paths in it start at its own folder.

    Raises:
        ConfigError: with all that is wrong, one problem a line.
    """
    text = _read(path)
    try:
        content: Mapping[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        problem = syntax_problem(path.name, text, str(error))
        # The cause holds the whole file, a password perhaps.
        raise ConfigError(problem) from None
    return assemble(path.absolute(), MappingProxyType(dict(content)))


def _named(place: Path, by: str) -> Path:
    if not _is_there(place):
        raise ConfigError(f"{by}: there is no file {place}; {_BEGIN}")
    return place


def _is_there(place: Path) -> bool:
    try:
        return place.exists() and not place.is_dir()
    except OSError:
        # Not for us to look into: reading it will say so.
        return True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}; can this user read it?"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path.name} line {line}: is not UTF-8 text; save the file as UTF-8"
        ) from None
