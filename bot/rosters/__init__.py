"""Rosters that people send: spreadsheets, address books, plain lines; and the export.

Whatever is sent, each person in it comes out as an `Entry`, and each row that
couldn't be one as a `Refused`: nothing is dropped without a word. The only error
is `ParseError`, for what is no roster at all.
"""

from typing import Final

from bot.rosters.export import table, to_csv
from bot.rosters.formats import read
from bot.rosters.lines import read_lines
from bot.rosters.people import Entry, Refused, Sheet

__all__: Final = ("Entry", "Refused", "Sheet", "read", "read_lines", "table", "to_csv")
