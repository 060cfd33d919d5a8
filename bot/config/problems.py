"""From what pydantic and tomllib object to, to sentences for the admin.

Every sentence names file, section, key and value, and says what would be right.
The value of a key that may hold a secret, or of a key that nobody knows, is never
shown.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from bot.config.fields import Expected, WrongTypeError, did_you_mean
from bot.config.models import Section

__all__ = ("kind_of", "section_problems", "shown", "syntax_problem")

_SHOWN_MAX: Final = 60
_SECRETS: Final = ("password", "password_command", "database")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
# What people write who read about the kinds of list in French.
_FRENCH: Final = {"diffusion": "announcement", "annonce": "announcement"}
_RANGE = frozenset(
    {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
)


def section_problems(
    where: str,
    model: type[Section],
    error: ValidationError,
    homes: Mapping[str, str],
) -> Iterator[str]:
    """Tell each problem of a section.

    Args:
        where: file and section, as `config.toml [imap]`.
        model: the section's keys.
        error: what pydantic found.
        homes: the section that a key belongs to, for keys in the wrong one.
    """
    for details in error.errors(include_url=False):
        key = str(details["loc"][0])
        if details["type"] == "extra_forbidden":
            yield f"{where} {key}: {_unknown(key, model, homes)}"
            continue
        yield f"{where} {key}: {_complaint(key, model.model_fields[key], details)}"


def syntax_problem(name: str, text: str, message: str) -> str:
    """Tell where TOML broke off, and the likely cause."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)", message)
    what = message[: found.start()] if found else message
    lines = text.splitlines() or [""]
    number = int(found[1]) if found and found[1] else len(lines)
    column = f" column {found[2]}" if found and found[2] else ""
    line = lines[min(number, len(lines)) - 1]
    return f"{name} line {number}{column}: {_lower(what)}; {_syntax_hint(what, line)}"


def shown(value: object, key: str = "") -> str:
    """Print a value as TOML would; secrets and long texts are hidden or cut."""
    if key in _SECRETS:
        return "the value"
    match value:
        case str() if len(value) > _SHOWN_MAX:
            return json.dumps(value[:_SHOWN_MAX] + "…", ensure_ascii=False)
        case bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int() | float():
            return str(value)
        case _:
            return "the value"


def kind_of(value: object) -> str:
    """Name the type of a value, as in "is text"."""
    match value:
        case bool():
            return "a switch"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a section"
        case _:
            return "a date or time"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _unknown(key: str, model: type[Section], homes: Mapping[str, str]) -> str:
    if key in homes:
        return f"unknown key; it belongs in {homes[key]}"
    hint = did_you_mean(key, model.model_fields, "{}")
    return f"unknown key{hint or '; the keys are ' + ', '.join(model.model_fields)}"


def _complaint(key: str, field: FieldInfo, details: Mapping[str, Any]) -> str:
    in_list = len(details["loc"]) > 1
    expected = _expected_inside(field) if in_list else _expected(field)
    if details["type"] == "missing":
        return f"missing, expected {expected}"
    value = details["input"]
    told = shown(value, key)
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, ValueError) and not isinstance(cause, WrongTypeError):
        return f"{told} {cause}"
    if details["type"] == "literal_error" and isinstance(value, str):
        word = _FRENCH.get(value.lower(), value)
        hint = did_you_mean(word, _choices(field.annotation))
        return f"{told} is unknown, expected {expected}{hint}"
    if details["type"] in _RANGE:
        return f"{told} is out of range, expected {expected}"
    if details["type"] == "finite_number":
        return f"{told} is no figure, expected {expected}"
    return f"{told} is {kind_of(value)}, expected {expected}{_hint(value, expected)}"


def _hint(value: object, expected: str) -> str:
    match value:
        case str() if _NUMBER.fullmatch(value) and "list" not in expected:
            return "; remove the quotes"
        case str() if expected == "true or false":
            return "; write it without quotes"
        case str() | int() if expected.startswith("a list"):
            return "; put it in square brackets"
        case bool() | int() | float() if "text" in expected or '"' in expected:
            return "; put it in quotes"
        case float() if "whole" in expected or "number" in expected:
            return "; write it without a decimal point"
        case _:
            return ""


def _expected(field: FieldInfo) -> str:
    """Say what is right: the outermost words given, else the choice of words."""
    given = [one.words for one in field.metadata if isinstance(one, Expected)]
    if given:
        return given[-1]
    choices = [f'"{word}"' for word in _choices(field.annotation)]
    if choices:
        return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
    inner = next(_words(field.annotation), None)
    return inner or "text in quotes"


def _expected_inside(field: FieldInfo) -> str:
    """Say what is right for an item of a list."""
    return next(reversed(list(_words(field.annotation))), "text in quotes")


def _words(annotation: object) -> Iterator[str]:
    parts = get_args(annotation)
    yield from (part.words for part in parts if isinstance(part, Expected))
    for part in parts:
        yield from _words(part)


def _choices(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401 - any type there is
    if get_origin(annotation) is Literal:
        return tuple(str(word) for word in get_args(annotation))
    return next(filter(None, map(_choices, get_args(annotation))), ())


_HINTS: Final[Iterable[tuple[str, str]]] = (
    # what tomllib says, or what the line looks like; the first that fits is told
    (
        r"^\s*\[[^\]]*[^\x00-\x7f \]]",
        "names of sections have letters a-z, 0-9 and - only",
    ),
    (r"[\u201c\u201d\u201e\u2018\u2019«»]", "use straight quotes"),
    (r"=\s*(?:True|False|yes|no|oui|non|on|off)\s*(?:#|$)", "write true or false"),
    (r"=\s*(?:#|$)", 'write a value after "=", "" for none'),
    (r"=\s*[^\W\d][^\"'\[{=]*$", "put text in quotes"),
    (r"=\s*\[[^\]]*$", "close the list with ]"),
    (r"^\s*[\w-]+\s*:", 'write "=" after a key'),
    (r"^[^=\[#]+$", "a line is `key = value`, a `[section]` or a # comment"),
)
_SAID: Final[Iterable[tuple[str, str]]] = (
    (r"overwrite|twice|mutate", "a key or section may stand once only"),
    (r"escape|hex value", "write text with a \\ between '…' instead of \"…\""),
    (r"Illegal character|Unterminated", "close the quotes on this line"),
    (r"Unclosed array", "close the list with ]"),
)


def _syntax_hint(what: str, line: str) -> str:
    for pattern, hint in _SAID:
        if re.search(pattern, what):
            return hint
    for pattern, hint in _HINTS:
        if re.search(pattern, line):
            return hint
    return "see config.example.toml for how it is written"
