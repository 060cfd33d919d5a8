"""A rendered message as it travels: computed once a message, not once a batch."""

from dataclasses import dataclass

__all__ = ("Content", "content_of", "stuff")


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A message for SMTP; made by `content_of`.

    `raw` has CRLF lines. `stuffed` is for DATA (RFC 5321 §4.5.2), `raw` for BDAT.
    """

    raw: bytes = b""
    stuffed: bytes = b""
    eight_bit: bool = False  # has bytes above 127 (RFC 6152)
    utf8_header: bool = False  # has them in its header (RFC 6532)


def content_of(raw: bytes) -> Content:
    """Prepare a message; one without a dot at the start of a line is not copied."""
    ascii_only = raw.isascii()
    header = b"" if ascii_only else raw.partition(b"\r\n\r\n")[0]
    return Content(raw, stuff(raw), not ascii_only, not header.isascii())


def stuff(raw: bytes) -> bytes:
    r"""Double the dot at the beginning of each line.

    10 MB without such a line cost a scan and no copy. `raw` has CRLF lines. A dot
    after a lone CR or LF is doubled too: a server that takes those for line ends
    would else be made to see the end of the message, and commands after it, in
    somebody's post.
    """
    stuffed = raw.replace(b"\n.", b"\n..").replace(b"\r.", b"\r..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
