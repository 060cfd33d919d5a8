"""What an answer to a sheet needs: who is on it, and whose the new addresses are."""

from collections.abc import Mapping
from typing import Final

from bot.address import Address
from bot.commands.sheet_lines import addresses_in
from bot.model import Bouncing, Message, Request, RequestKind, Roster
from bot.ports import Store

__all__: Final = ("addresses_called", "on_sheet")


def on_sheet(request: Request | None, store: Store) -> Mapping[int, Bouncing]:
    """Give those who are on the sheet that is answered, as they are now."""
    if request is None or request.kind is not RequestKind.SHEET:
        return {}
    return {one.person_id: one for one in store.bouncing(request.people)}


def addresses_called(message: Message, roster: Roster) -> tuple[Address, ...]:
    """Name the addresses that matter to an answer to a sheet."""
    if not roster.called:
        return ()
    theirs = [one.address for one in roster.called.values()]
    return (*theirs, *addresses_in(message.typed))
