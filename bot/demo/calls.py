"""The part of the story about mail that comes back, and who telephones."""

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.demo.cast import (
    BOX,
    CONFIG,
    JEANNE,
    LUCIEN,
    ODETTE,
    ODETTE_NOW,
    RETURNED,
    UNKNOWN,
)
from bot.demo.stage import Stage, text_of

__all__: Final = ("called", "configure", "note_wrongly", "returned")

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Of the letter two; one of the word to the address that was noted wrongly.
_REPORTS: Final = 3


def configure(stage: Stage, in_days: int) -> None:
    """Write the configuration; sheets are due now, or in some days, each week."""
    due = datetime.now(ZoneInfo("Europe/Paris")) + timedelta(days=in_days)
    config = CONFIG.format(
        imap=stage.provider.imap_port,
        smtp=stage.provider.smtp_port,
        place=stage.place,
        sheets=f"{_DAYS[due.weekday()]} {due:%H:%M}",
    )
    (stage.place / "config.toml").write_text(config)


def note_wrongly(stage: Stage) -> None:
    """Let an address be changed to one that doesn't exist, as happens."""
    change = ("members", "informer", "change", ODETTE_NOW, ODETTE, "--yes")
    done = stage.colporteur(*change)
    stage.tell(f"   $ colporteur {' '.join(change)}")
    stage.check("somebody notes an address wrongly", ok=done.returncode == 0)


def returned(stage: Stage) -> None:
    """Show whose mail came back, and why."""
    stage.headline("Two letters come back, two readers were refused at once")
    stage.wait_for(
        "their reports are read, and put aside", lambda: _filed(stage) == _REPORTS
    )
    done = stage.colporteur("bounces")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    stage.tell("   $ colporteur bounces", *(f"   {' | '.join(row)}" for row in rows))
    reasons = {row[0].strip(): " ".join(row) for row in rows}
    stage.check(
        "each for the right reason",
        ok=reasons.keys() == {*RETURNED, *UNKNOWN}
        and "this address does not exist" in reasons[LUCIEN]
        and "the domain of the address does not exist" in reasons[ODETTE],
    )


def _filed(stage: Stage) -> int:
    return len(stage.provider.mails(str(BOX), "Colporteur/Bounces"))


def called(stage: Stage) -> None:
    """Let the sheet go out, and its caller answer a line of it."""
    stage.headline("Monday, nine o'clock: a volunteer gets her sheet of calls")
    stage.tell("   (Today it is due now: the bot reads its configuration anew.)")
    configure(stage, in_days=0)
    stage.reload()
    sheet = stage.expect(JEANNE, "sheet")
    text = text_of(sheet)
    lost = (*RETURNED, *UNKNOWN)
    stage.check(
        "all four are on it, and it is good for printing, too",
        ok=all(one in text for one in lost) and any(sheet.iter_attachments()),
    )
    stage.check("it guesses the right address", ok=ODETTE_NOW in text)
    number = re.search(r"(\d+)\. Odette Blanc", text)
    line = f"{number[1] if number else 0} {ODETTE_NOW}"
    stage.tell(f"   Jeanne has called Odette, and replies: « {line} »")
    stage.answer(JEANNE, sheet, f"{line}\n\nJeanne\n")
    _settled(stage)


def _settled(stage: Stage) -> None:
    """Check that Odette has another address, and that the others are left."""
    left = text_of(stage.expect(JEANNE, "reply")).partition("Il reste")[2]
    stage.check(
        "Odette is settled; the three others wait for their call",
        ok=all(one in left for one in (LUCIEN, *UNKNOWN)) and "Odette" not in left,
    )
    stage.expect(ODETTE_NOW, "notice")
    done = stage.colporteur("members", "informer", "--json")
    stage.check(
        "she is on the list with her right address, and with no other",
        ok=ODETTE_NOW in done.stdout and ODETTE not in done.stdout,
    )
