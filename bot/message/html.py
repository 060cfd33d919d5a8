"""HTML mail as plain text.

The only module that knows inscriptis, which leaves out what a reader can't see
(`display: none`), so that hidden words are no commands.
"""

from html.parser import HTMLParser

import inscriptis

__all__ = ("html_to_text", "without_quotations")

# inscriptis takes a third of a second for 200 kB; nobody types more than this.
HTML_MAX = 262_144

_QUOTE_CLASSES = {"gmail_quote", "gmail_attr", "moz-cite-prefix", "yahoo_quoted"}
# Outlook puts the quotation behind these, not into them.
_QUOTE_STARTS = {"divrplyfwdmsg", "appendonsend", "x_divrplyfwdmsg", "x_appendonsend"}


def html_to_text(html: str) -> str:
    """Render HTML as text; an empty string when nothing can be made of it."""
    try:
        return str(inscriptis.get_text(html[:HTML_MAX])).strip()
    except Exception:  # noqa: BLE001 - lxml's errors on somebody's HTML are many
        return ""


def without_quotations(html: str) -> str:
    """Cut out what a mail program quoted: block quotes and reply marks."""
    cutter = _Cutter()
    try:
        cutter.feed(html[:HTML_MAX])
        cutter.close()
    except (AssertionError, RecursionError, ValueError):
        return html
    return "".join(cutter.kept)


class _Cutter(HTMLParser):
    """Copies HTML without quoting elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []
        self._tag = ""  # the quoting element that is open …
        self._depth = 0  # … and how many of its kind are inside one another
        self._ended = False

    def _keep(self, text: str) -> None:
        if not self._tag and not self._ended:
            self.kept.append(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: (value or "").lower() for name, value in attrs}
        if self._tag:
            self._depth += tag == self._tag
        elif values.get("id", "") in _QUOTE_STARTS:
            self._ended = True
        elif tag == "blockquote" or _QUOTE_CLASSES & set(
            values.get("class", "").split()
        ):
            self._tag, self._depth = tag, 1
        else:
            self._keep(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._tag:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._tag:
            self._keep(f"</{tag}>")
        elif tag == self._tag:
            self._depth -= 1
            if not self._depth:
                self._tag = ""

    def handle_data(self, data: str) -> None:
        self._keep(data)

    def handle_entityref(self, name: str) -> None:
        self._keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._keep(f"&#{name};")
