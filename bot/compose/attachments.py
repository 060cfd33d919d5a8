"""Taking the attachments out of a post: a short note stands in for each.

What is signed or encrypted stays whole, and so do pictures inside a text (the
parts of a multipart/related).
"""

from collections.abc import Iterator
from email.message import Message
from quopri import encodestring
from typing import Final

from bot.compose.headers import CRLF, content_fields, decoded, field_name, one_line
from bot.compose.mime import Part, children, is_sealed

__all__ = ("without_attachments",)

_NAME_MAX: Final = 120


def without_attachments(
    raw: bytes, start: int, fields: list[bytes], note: str
) -> tuple[bytes, int, list[bytes]]:
    """Replace each attachment by `note`, in which `{name}` stands for its name.

    Give the mail, where its body starts, and its fields: changed only where the
    whole mail is an attachment.
    """
    whole = Part(0, start, len(raw), content_fields(fields))
    if _is_attachment(whole):
        others = [one for one in fields if not field_name(one).startswith("content-")]
        head, body = _note(whole.content, note)
        return body, 0, [*others, *head]
    cuts = tuple(_attachments(raw, whole))
    if not cuts:
        return raw, start, fields
    pieces: list[bytes | memoryview] = []
    at = start
    for part in cuts:
        head, body = _note(part.content, note)
        pieces += [memoryview(raw)[at : part.start], *head, CRLF, body]
        at = part.end
    pieces.append(memoryview(raw)[at:])
    return b"".join(pieces), 0, fields


def _attachments(raw: bytes, part: Part) -> Iterator[Part]:
    for child in children(raw, part):
        if _is_attachment(child):
            yield child
        else:
            yield from _attachments(raw, child)


def _is_attachment(part: Part) -> bool:
    content = part.content
    kind = content.get_content_maintype()
    if kind == "multipart" or is_sealed(content):
        return False
    if part.parent in {"multipart/related", "multipart/alternative"}:
        return _disposition(content) == "attachment"
    return kind != "text" or _disposition(content) == "attachment"


def _disposition(content: Message) -> str:
    value = str(content.get("Content-Disposition", ""))
    return value.partition(";")[0].strip().lower()


def _name(content: Message) -> str:
    try:
        name = content.get_filename("")
    except (LookupError, ValueError):
        name = ""
    return one_line(decoded(name))[:_NAME_MAX] or content.get_content_type()


def _note(content: Message, note: str) -> tuple[tuple[bytes, ...], bytes]:
    text = one_line(note.replace("{name}", _name(content)))
    head = (
        b'Content-Type: text/plain; charset="utf-8"\r\n',
        b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"Content-Disposition: inline\r\n",
    )
    body = encodestring(text.encode("utf-8")).replace(b"\n", CRLF)
    return head, body
