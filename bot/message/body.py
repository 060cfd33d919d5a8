"""The parts of a mail: its text, its attachments.

What a message/rfc822 part or a report carries belongs to another mail and is
never read as this one's text.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message as Part
from email.utils import collapse_rfc2231_value

from bot.message.header import decode_bytes, decode_words
from bot.message.html import html_to_text, without_quotations
from bot.message.typed import typed_text, typed_whole
from bot.model import Attachment

__all__ = ("Body", "content_type", "parameter", "read_body", "read_files")

# No mail program nests or lists parts like this; attackers do.
_PARTS_MAX = 1000
_NAME_MAX = 150
_FILES_MAX = 1000
_HIDDEN = "?"
_ARCHIVES = ("application/zip", "application/x-zip-compressed")


@dataclass(slots=True)
class Body:
    """What the parts of a mail say."""

    text: str = ""
    typed: str = ""
    typed_all: str = ""
    html_only: bool = False
    attachments: tuple[Attachment, ...] = ()


@dataclass(slots=True)
class _Texts:
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)


def read_body(root: Part) -> Body:
    """Read texts and attachments of a mail's parts."""
    texts, attachments = _Texts(), []
    for part in _own_parts(root):
        kind = content_type(part)
        if _is_attachment(part, root):
            attachments.append(_attachment(part, kind))
        elif kind == "text/html":
            texts.html.append(_text_of(part))
        else:
            texts.plain.append(_text_of(part))
    plain = "\n".join(texts.plain).strip("\n")
    if plain.strip() or not texts.html:
        return Body(
            plain,
            typed_text(plain),
            typed_whole(plain),
            attachments=tuple(attachments),
        )
    html = "\n".join(texts.html)
    own = html_to_text(without_quotations(html))
    return Body(
        html_to_text(html),
        typed_text(own),
        typed_whole(own),
        html_only=True,
        attachments=tuple(attachments),
    )


def read_files(root: Part) -> Iterator[tuple[str, str, bytes]]:
    """Give name, content type and bytes of what a mail client would offer to save."""
    for part in _own_parts(root):
        if not _is_attachment(part, root):
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield _file_name(part), content_type(part), payload


def _own_parts(root: Part) -> Iterator[Part]:
    """List the leaves, without descending into mails that the mail carries."""
    waiting = [root]
    for _ in range(_PARTS_MAX):
        if not waiting:
            return
        part = waiting.pop()
        inside = part.get_payload()
        if content_type(part).startswith("multipart/") and isinstance(inside, list):
            waiting += [inner for inner in reversed(inside) if isinstance(inner, Part)]
        else:
            yield part


def content_type(part: Part) -> str:
    """Give the content type in lower case, plain ASCII, without what follows it."""
    stated = part.get_content_type().encode("ascii", "replace").decode("ascii")
    return (stated.split() or ["text/plain"])[0]


def parameter(part: Part, name: str, header: str = "content-type") -> str:
    """Give a parameter of a MIME field, decoded; empty where there is none."""
    value = part.get_param(name, header=header)
    if not value:
        return ""
    text = collapse_rfc2231_value(value)
    return decode_words(decode_bytes(text.encode("utf-8", "surrogateescape"), ""))


def _file_name(part: Part) -> str:
    """Give a part's file name without folders; it may be shown, never opened."""
    name = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    return posixpath.basename(name.replace("\\", "/")).strip(". ")[-_NAME_MAX:]


def _is_attachment(part: Part, root: Part) -> bool:
    disposition = str(part.get("content-disposition", "")).strip().lower()
    if disposition.startswith("attachment"):
        return True
    if not _is_text(content_type(part)):
        return True
    return part is not root and bool(_file_name(part))


def _is_text(kind: str) -> bool:
    """Say whether a leaf is text to read.

    A multipart without parts lacks its boundary: every mail program shows it raw.
    """
    return kind in ("text/plain", "text/html") or kind.startswith("multipart/")


def _attachment(part: Part, kind: str) -> Attachment:
    name = _file_name(part)
    return Attachment(name, kind, _size(part), _files_in(part, name, kind))


def _files_in(part: Part, name: str, kind: str) -> tuple[str, ...]:
    """Name the files of a ZIP archive; `?` where they can't be known."""
    if kind not in _ARCHIVES and not name.lower().endswith(".zip"):
        return ()
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            names = archive.namelist()
    except Exception:  # noqa: BLE001 - zipfile raises what it likes on damaged ones
        return (_HIDDEN,)
    if len(names) > _FILES_MAX:
        return (_HIDDEN,)
    return tuple(posixpath.basename(one)[-_NAME_MAX:] for one in names)


def _size(part: Part) -> int:
    """Count the bytes of a part as they travel, without its MIME fields."""
    total, waiting = 0, [part]
    for _ in range(_PARTS_MAX):
        if not waiting:
            break
        inside = waiting.pop().get_payload()
        if isinstance(inside, list):
            waiting += [inner for inner in inside if isinstance(inner, Part)]
        else:
            total += len(str(inside))
    return total


def _text_of(part: Part) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    text = decode_bytes(data, parameter(part, "charset"))
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
