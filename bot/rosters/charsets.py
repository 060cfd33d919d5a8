"""Which charset a text file is in: its mark, else UTF-8, else that of Windows.

Guessing libraries are wrong on short French text, so none is asked.
"""

import codecs
import re
from typing import Final

__all__: Final = ("decoded",)

# The longer marks first: that of UTF-32 begins like that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Python knows stranger codecs, which may do anything. Latin-1 is left to cp1252.
_SAYABLE: Final = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|iso-?8859-?15|(?:windows|cp)-?125\d|mac(?:intosh|-?roman)",
    re.IGNORECASE,
)


def decoded(raw: bytes, charset: str = "") -> str:
    """Decode text of whatever origin; what can't be read becomes U+FFFD.

    Args:
        raw: the bytes.
        charset: what the text itself says, if anything; believed where it fits.
    """
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return raw.decode(name, "replace")
    if _SAYABLE.fullmatch(charset):
        try:
            return raw.decode(charset)
        except (LookupError, ValueError):
            pass
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
