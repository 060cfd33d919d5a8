"""How long a roster takes to read, against the least that any reader must do.

The baseline splits the same text with csv.reader and str.partition, in the same
run; nothing is asserted.
"""

import csv
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.address import parse
from bot.rosters import read, read_lines

PEOPLE = 27_557
ROUNDS = 3


def table() -> str:
    """Write a table like those of committees, some cells quoted."""
    rows = ["Prénom;Nom;Adresse de messagerie;Téléphone mobile;Catégories"]
    rows += [
        f'Anne{n};"Martin {n}";anne.martin{n}@example{n % 40}.org;06 12 {n:06};adhérent'
        for n in range(PEOPLE)
    ]
    return "\r\n".join(rows)


def baseline(text: str) -> int:
    """Split cells and addresses, and check nothing."""
    rows = csv.reader(io.StringIO(text), delimiter=";")
    return len({row[2].partition("@") for row in rows})


def parsed(text: str) -> int:
    """Do the same, and check the addresses."""
    rows = csv.reader(io.StringIO(text), delimiter=";")
    next(rows)
    return len({parse(row[2]) for row in rows})


def best(what: Callable[[], object]) -> float:
    """Give the seconds of the fastest of some rounds."""
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        what()
        took.append(time.perf_counter() - started)
    return min(took)


def main() -> None:
    """Print a table: seconds, and how many times the baseline."""
    text = table()
    raw = text.encode("cp1252")
    lines = [f"Anne Martin <anne{n}@example.org>" for n in range(PEOPLE)]
    cards = "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anne {n}\r\nEMAIL:a{n}@example.org\r\n"
        "TEL;TYPE=CELL:06\r\nEND:VCARD\r\n"
        for n in range(PEOPLE // 10)
    ).encode()
    least = best(lambda: baseline(text))
    measures = {
        "csv.reader and str.partition": least,
        "the same with address.parse": best(lambda: parsed(text)),
        "read, CSV": best(lambda: read(raw, "adherents.csv")),
        "read_lines": best(lambda: read_lines(lines)),
        "read, vCards (a tenth of the people)": best(lambda: read(cards)),
    }
    print(f"{PEOPLE} people, best of {ROUNDS}")
    for name, seconds in measures.items():
        print(f"{name:40} {seconds:7.2f} s {seconds / least:7.1f} x")


if __name__ == "__main__":
    main()
