"""The pages below docs/, and the examples in them.

Conventions: in a table whose first column is headed `objet` or `subject`, each code
of that column is the subject of an empty mail. A block of ```text begins with
`Objet :` or `Subject:`, perhaps names an attachment, and goes on with the body after
an empty line; the attachment is the page's block of ```csv.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__: Final = ("CODE", "PAIRS", "ROOT", "Example", "Page", "pages")

ROOT: Final = Path(__file__).parents[1]
# The French page, its English twin.
PAIRS: Final = (
    ("membres", "members"),
    ("animateurs", "owners"),
    ("vie-privee", "privacy"),
    ("admin", "admin"),
    ("limites", "limits"),
)
CODE: Final = re.compile(r"`([^`\n]+)`")
_BLOCK: Final = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^(#+) (.*)$", re.MULTILINE)
_TABLE: Final = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)
_SUBJECT: Final = re.compile(r"(?:Objet\s|Subject):(.*)")
_ATTACHED: Final = re.compile(r"(?:Pièce jointe\s|Attachment):\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Example:
    """A mail that a page shows; `attached` is the name of a file."""

    subject: str
    body: str = ""
    attached: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page in a language."""

    path: Path
    language: str
    text: str

    @property
    def prose(self) -> str:
        """The text without blocks."""
        return _BLOCK.sub("", self.text)

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Each heading: its level and words."""
        return [(len(one), words) for one, words in _HEADING.findall(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What a link may name after `#`, as GitHub and Forgejo make it."""
        return {
            re.sub(r"[^\w -]", "", words.lower()).replace(" ", "-")
            for _, words in self.headings
        }

    @property
    def tables(self) -> list[list[list[str]]]:
        """Each table: its rows of cells, the headings first."""
        return [
            [
                [cell.strip() for cell in line.strip("|").split("|")]
                for number, line in enumerate(table.splitlines())
                if number != 1
            ]
            for table in _TABLE.findall(self.prose)
        ]

    def blocks(self, kind: str) -> list[str]:
        """Give the blocks of a kind."""
        return [text for found, text in _BLOCK.findall(self.text) if found == kind]

    def rows(self, *headings: str) -> list[list[str]]:
        """Give the rows of the tables whose first column is headed so."""
        return [
            row for table in self.tables if table[0][0] in headings for row in table[1:]
        ]

    @property
    def examples(self) -> list[Example]:
        """The mails that the page shows."""
        return [*self._short(), *map(_long, self.blocks("text"))]

    def _short(self) -> Iterator[Example]:
        for row in self.rows("objet", "subject"):
            yield from map(Example, CODE.findall(row[0]))


def _long(block: str) -> Example:
    head, _, body = block.partition("\n\n")
    subject, attached = _SUBJECT.match(head), _ATTACHED.search(head)
    assert subject, f"a block without a subject: {block}"
    return Example(subject[1].strip(), body, attached[1] if attached else "")


def pages(language: str) -> list[Page]:
    """Give the pages of a language, in the order of `PAIRS`."""
    names = [pair[language == "en"] for pair in PAIRS]
    paths = [ROOT / "docs" / language / f"{name}.md" for name in names]
    return [Page(path, language, path.read_text(encoding="utf-8")) for path in paths]
