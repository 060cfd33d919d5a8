"""Answers to sheets: what callers say of people is done line by line.

A caller reaches nobody but those on that very sheet. It is never settled: people call
over days, and answer in several mails.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from bot.actions import Action, ChangeAddress, NoteCall, Revive, Unenrol
from bot.address import Address
from bot.bounces.sheets import needs_call
from bot.commands.sheet_lines import SheetLine, read
from bot.decide.facts import Facts
from bot.domains import suggestion
from bot.model import Bouncing, Mark, Proof, Request, Standing

__all__: Final = ("answered",)

_Result = tuple[Mapping[str, object], tuple[Action, ...]]


@dataclass(frozen=True, slots=True)
class _Call:
    """One person on the sheet, and what was said of them."""

    facts: Facts
    one: Bouncing
    line: SheetLine
    callers: AbstractSet[Address]  # the addresses of who answers

    @property
    def by(self) -> Address:
        """Who says it."""
        return self.facts.author or min(self.callers)

    @property
    def who(self) -> str:
        """The name that is shown, else the address."""
        return self.one.name or str(self.one.address)

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists that the person is on."""
        ours = self.facts.settings.lists
        return tuple(name for name in ours if name in self.one.lists)

    @property
    def own_lists(self) -> tuple[str, ...]:
        """Those of them that the caller calls for."""
        settings = self.facts.settings
        if not self.callers.isdisjoint(settings.admins):
            return self.lists
        return tuple(
            name
            for name in self.lists
            for lst in (settings.lists[name],)
            if not self.callers.isdisjoint(lst.callers | lst.owners)
        )

    def noted(self, what: str, address: Address | None = None) -> NoteCall:
        """Keep what came of it."""
        return NoteCall(
            self.one.person_id,
            address or self.one.address,
            self.one.name,
            what,
            self.lists,
            self.by,
        )


def answered(facts: Facts, request: Request) -> tuple[Action, ...]:
    """Do what each line says, and tell in one mail what came of it and what is left."""
    called = facts.roster.called
    ids = request.people
    sheet = [called[one].address if one in called else None for one in ids]
    lines = read(facts.message.typed, sheet)
    if not lines and facts.message.typed.strip():
        return ()  # thanks
    callers = {request.address}
    callers |= facts.identities if facts.proof is Proof.PASS else frozenset()
    results: list[Mapping[str, object]] = []
    actions: list[Action] = []
    done: dict[int, SheetLine] = {}
    asks = False
    contrary = _contrary(lines)
    for line in lines:
        if line.number in done:
            continue
        said = line.number in contrary
        result, todo = _of_line(facts, line, ids, callers, said=said)
        results.append({"text": line.text, "result": result})
        actions += todo
        asks = asks or (not todo and result["id"] != "sheet-settled")
        if todo:
            done[line.number] = line
    left = _left(facts, request, ids, done, callers)
    unclear = not lines or any(line.verb == "unclear" for line in lines)
    return (*actions, *_told(facts, results, left, unclear=unclear, asks=asks))


def _contrary(lines: Sequence[SheetLine]) -> frozenset[int]:
    """Give the numbers of those of whom two lines say different things."""
    said: dict[int, set[tuple[str, Address | None]]] = {}
    for line in lines:
        if line.verb != "unclear":
            said.setdefault(line.number, set()).add((line.verb, line.new))
    return frozenset(number for number, things in said.items() if len(things) > 1)


def _of_line(
    facts: Facts,
    line: SheetLine,
    ids: Sequence[int],
    callers: AbstractSet[Address],
    *,
    said: bool,
) -> _Result:
    if line.verb == "unclear":
        return {"id": line.trouble}, ()
    one = facts.roster.called.get(ids[line.number - 1])
    if one is None or not one.lists:
        return {"id": "sheet-settled", "who": str(line.number)}, ()
    call = _Call(facts, one, line, callers)
    if said:
        return {"id": "sheet-said-above", "who": call.who}, ()
    if not call.own_lists:
        return {"id": "sheet-not-yours", "who": call.who}, ()
    return _DONE[line.verb](call) if needs_call(one) else _well(call)


def _well(call: _Call) -> _Result:
    """Ask before somebody is changed or removed whose mail arrives by now.

    A sheet may be weeks old: they wrote, or another caller corrected the address.
    """
    line = call.line
    if line.verb in {"keep", "unreached"}:
        return {"id": "sheet-settled", "who": call.who}, ()
    if line.sure:
        return _DONE[line.verb](call)
    english = call.facts.language_of(None) == "en"
    words = str(line.new) if line.new else "remove" if english else "retirer"
    told = {"who": call.who, "address": str(call.one.address), "number": line.number}
    return {"id": "sheet-well", "words": words, **told}, ()


def _told(
    facts: Facts,
    results: Sequence[Mapping[str, object]],
    left: Sequence[Mapping[str, object]],
    *,
    unclear: bool,
    asks: bool,
) -> tuple[Action, ...]:
    token = facts.token()
    lists = facts.settings.lists.values()
    called = facts.roster.called.values()
    theirs = (lst for lst in lists if any(lst.name in one.lists for one in called))
    language = facts.language_of(next(theirs, None))
    told = facts.reply(
        "sheet-answer",
        lines=tuple(results),
        left=tuple(left),
        unclear=unclear,
        asks=asks,
        example=left[0]["number"] if left else 1,
        token=token,
    )
    return tuple(replace(one, token=token, language=language) for one in told)


def _left(
    facts: Facts,
    request: Request,
    ids: Sequence[int],
    done: Mapping[int, SheetLine],
    callers: AbstractSet[Address],
) -> list[Mapping[str, object]]:
    """Give whom nothing was said of: neither now nor in an earlier answer."""
    found: list[Mapping[str, object]] = []
    for number, person_id in enumerate(ids, 1):
        one = facts.roster.called.get(person_id)
        if one is None or number in done or not needs_call(one):
            continue
        if not _Call(facts, one, SheetLine("", ""), callers).own_lists:
            continue  # whoever is no caller any more has no right to know
        if one.tried_at is None or one.tried_at <= request.created_at:
            shown = {"name": one.name, "address": str(one.address)}
            found.append({"number": number, **shown})
    return found


# ------------------------------------------------------------------ what is asked for


def _change(call: _Call) -> _Result:
    """Let mail go to a new address, as an owner's `corriger` does.

    On all of their lists, whoever calls for these: a person has one mailbox, and
    owners read of it. What looks like a slip is asked about, unless it says that it
    is meant.
    """
    new, one, facts = call.line.new, call.one, call.facts
    standing = facts.roster.standing(new) if new else None
    person = facts.roster.standing(one.address).person
    if new is None or standing is None or person is None:
        return {"id": "sheet-settled", "who": call.who}, ()
    number = call.line.number
    refusal = _refusal(call, new, standing)
    if refusal is not None:
        return refusal, ()
    taken = standing.person is not None and standing.person.id != one.person_id
    if taken and not call.line.sure:
        told = {"new": str(new), "who": call.who, "number": number}
        return {"id": "sheet-taken", **told}, ()
    likely = suggestion(new)
    if likely is not None and not call.line.sure:
        told = {"new": str(new), "suggestion": str(likely), "number": number}
        return {"id": "sheet-typo", **told}, ()
    told_as = "sheet-one-now" if taken else "sheet-corrected"
    return {"id": told_as, "who": call.who, "new": str(new)}, (
        call.noted("corrected", new),
        ChangeAddress(person, new, call.lists, str(call.by)),
        Revive(new, str(call.by)),
    )


def _refusal(
    call: _Call, new: Address, standing: Standing
) -> Mapping[str, object] | None:
    """Say why nobody's mail goes to an address, whoever is sure of it."""
    if call.facts.settings.is_own(new):
        return {"id": "own-address", "address": str(new)}
    if standing.forgotten:
        return {"id": "was-forgotten", "address": str(new)}
    if _is_out_of_reach(call, new, standing):
        return {"id": "sheet-not-theirs", "new": str(new)}
    return None


def _is_out_of_reach(call: _Call, new: Address, standing: Standing) -> bool:
    """Whether an address is somebody else's who is in charge, or is banned.

    Posts, and with them a person's lists, would go where no caller may send them.
    """
    marks = call.facts.roster.marked
    banned = any((new, Mark.BANNED) in marks.get(name, ()) for name in call.lists)
    person = standing.person
    if person is not None and person.id == call.one.person_id:
        return banned
    settings = call.facts.settings
    in_charge = person is not None and settings.is_in_charge(person)
    return banned or in_charge or settings.has_role({new})


def _remove(call: _Call) -> _Result:
    """End the memberships that the caller calls for; a goodbye would come back."""
    lists, by = call.facts.settings.lists, str(call.by)
    titles = tuple(lists[name].display_name for name in call.own_lists)
    return {"id": "sheet-removed", "who": call.who, "titles": titles}, (
        replace(call.noted("taken-off"), list_names=call.own_lists),
        *(
            Unenrol(call.one.address, name, by=by, quiet=True)
            for name in call.own_lists
        ),
    )


def _keep(call: _Call) -> _Result:
    return {"id": "sheet-kept", "who": call.who}, (
        call.noted("kept"),
        Revive(call.one.address, str(call.by)),
    )


def _unreached(call: _Call) -> _Result:
    return {"id": "sheet-unreached", "who": call.who}, (call.noted("unreached"),)


_DONE: Final = {
    "change": _change,
    "remove": _remove,
    "keep": _keep,
    "unreached": _unreached,
}
