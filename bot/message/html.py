"""HTML mail as plain text.

The only module that knows inscriptis, which leaves out what a reader can't see
(`display: none`), so that hidden words are no commands.
"""

import re

__all__ = ("html_to_text", "without_quotations")

# inscriptis takes a third of a second for 200 kB; nobody types more than this.
HTML_MAX = 262_144

_QUOTE_CLASSES = {"gmail_quote", "gmail_attr", "moz-cite-prefix", "yahoo_quoted"}
# Outlook puts the quotation behind these, not into them.
_QUOTE_STARTS = {"divrplyfwdmsg", "appendonsend", "x_divrplyfwdmsg", "x_appendonsend"}
# An indented paragraph of one's own is a blockquote, too, but has none of these.
_CITED = re.compile(r"\bcite\b|\bclass\s*=|border-left", re.IGNORECASE)
# Struck out words are taken back; as plain text they would look like others.
_STRUCK = re.compile(
    r"<(?:s|del|strike)\b[^<>]{0,200}>|<\w{1,10}\b[^<>]{0,500}line-through[^<>]{0,500}>",
    re.IGNORECASE,
)
_NO_TEXT = re.compile(r"<[^<>]{0,2000}>|&nbsp;|\s+")
_TO_THE_END = "html"
# Bounded, so that hostile HTML takes no more time than other; html.parser does.
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,20})([^<>]{0,2000})>", re.IGNORECASE)
_VALUES = re.compile(
    r"""\b(?:class|id)\s{0,9}=\s{0,9}["']?([^"'>]{0,500})""", re.IGNORECASE
)


def html_to_text(html: str) -> str:
    """Render HTML as text; an empty string when nothing can be made of it."""
    import inscriptis  # noqa: PLC0415 - 4 MB that only HTML needs

    try:
        return str(inscriptis.get_text(html[:HTML_MAX])).strip()
    except Exception:  # noqa: BLE001 - lxml's errors on somebody's HTML are many
        return ""


def without_quotations(html: str) -> str:
    """Cut out what a mail program quoted: block quotes and reply marks.

    Words that are struck out get a mark before them.
    """
    html = _STRUCK.sub("~~", html[:HTML_MAX])
    kept: list[str] = []
    position, quoting, depth = 0, "", 0
    for tag in _TAG.finditer(html[:HTML_MAX]):
        closing, name = bool(tag[1]), tag[2].lower()
        if quoting:
            depth += (-1 if closing else 1) if name == quoting else 0
            if not depth:
                position, quoting = tag.end(), ""
        elif not closing and (
            quoting := _quotes(name, tag[3], _gap(html, position, tag.start()))
        ):
            kept.append(html[position : tag.start()])
            depth = 1
            if quoting == _TO_THE_END:
                return "".join(kept)
    return "".join(kept) + ("" if quoting else html[position:HTML_MAX])


def _gap(html: str, position: int, start: int) -> str:
    """Give what stands between the last quotation and a tag; a dash without one."""
    return html[position:start] if position else "-"


def _quotes(name: str, attributes: str, after: str) -> str:
    """Give the element whose end ends the quotation that a tag begins, if it does.

    `after` is what stands between it and the last quotation or attribution.
    """
    values = {
        word.lower()
        for found in _VALUES.finditer(attributes)
        for word in found[1].split()
    }
    if values & _QUOTE_STARTS:
        return _TO_THE_END
    cited = name == "blockquote" and (
        _CITED.search(attributes) or not _NO_TEXT.sub("", after)
    )
    return name if cited or values & _QUOTE_CLASSES else ""
