"""The subject of a post: the list's prefix, once, and one Re: instead of many."""

import re
from typing import Final

from bot.compose.headers import decoded, encoded, field, field_value, one_line

__all__ = ("decoded_subject", "prefixed", "without_groups")

# How mail clients mark answers and forwards: English, French, German, Nordic, Dutch.
_MARK: Final = (
    r"(?:re|ré|réf|ref|rép|rep|tr|fwd?|aw|wg|sv|vs|antw)\.?"
    r"(?:\s*[\[(^]\d+[\])]?)?\s*:"
)
# A longer subject is no subject; it isn't worth the time to decode it.
_READ_MAX: Final = 8_192
_TAG: Final = r"\[[^\]]{0,80}\]"
_FIRST_MARK = re.compile(rf"\s*({_MARK})", re.IGNORECASE)
_PILE = re.compile(rf"^(?:\s*{_MARK})*\s*", re.IGNORECASE)


def prefixed(one: bytes, prefix: str) -> bytes:
    """Put `prefix` at the start of a `Subject:` field, unless it is there already.

    A pile-up (`Re: RE : Tr:`) shrinks to its first mark. Where nothing is to be
    taken away the old value stays byte for byte, encoded words included.
    """
    prefix = one_line(prefix)
    if not prefix:
        return one
    if len(one) > _READ_MAX:
        return _prepended(one, prefix)
    old = decoded_subject(one)
    if _has_prefix(old, prefix):
        return one
    mark = _FIRST_MARK.match(old)
    rest = _PILE.sub("", old, count=1)
    if mark is None or old.strip() == f"{mark[1]} {rest}".strip():
        return _prepended(one, prefix)
    new = f"{prefix} {mark[1]} {rest}"
    return field("Subject", encoded(new, len("Subject: ")))


def without_groups(one: bytes, list_name: str) -> bytes:
    """Take « [informer: adhérents] » off a `Subject:` field; others stay as they are.

    It says whom the post is for, which those who get it need not read.
    """
    if len(one) > _READ_MAX:
        return one
    old = decoded_subject(one)
    tag = rf"(\s*(?:{_MARK})?\s*)\[\s*{re.escape(list_name)}\s*:[^\[\]]*\]\s*"
    new = re.sub(rf"^{tag}", r"\1", old, count=1, flags=re.IGNORECASE)
    if new == old:
        return one
    return field("Subject", encoded(new.strip(), len("Subject: ")))


def decoded_subject(one: bytes) -> str:
    """Read a `Subject:` field."""
    raw = field_value(one).strip()
    unfolded = re.sub(rb"\r?\n(?=[ \t])", b"", raw)
    try:
        return decoded(unfolded.decode("utf-8"))
    except UnicodeDecodeError:
        return decoded(unfolded.decode("latin-1"))


def _has_prefix(text: str, prefix: str) -> bool:
    start = rf"(?:\s*(?:{_MARK}|{_TAG}))*?\s*{re.escape(prefix)}"
    return re.match(start, text, re.IGNORECASE) is not None


def _prepended(one: bytes, prefix: str) -> bytes:
    value = field_value(one).lstrip(b" \t")
    if prefix.isascii() and "=?" not in prefix:
        start = prefix.encode("ascii") + b" "
    else:
        # The blank between two encoded words isn't shown, so it goes inside.
        inner = f"{prefix} " if value.lstrip().startswith(b"=?") else prefix
        start = _encoded_word(inner) + b" "
    if not value.strip():
        return b"Subject: " + start.rstrip(b" ") + b"\r\n"
    return b"Subject: " + start + value


def _encoded_word(text: str) -> bytes:
    word = "".join(
        chr(byte) if chr(byte).isalnum() and byte < 0x80 else f"={byte:02X}"  # noqa: PLR2004 - ASCII
        for byte in text.encode("utf-8")
    )
    return f"=?utf-8?q?{word}?=".encode("ascii")
