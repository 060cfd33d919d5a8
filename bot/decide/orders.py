"""Commands by mail: each carried out, one reply for all.

What changes other people's data, or looks like a slip, waits for the sender's « ok »
to that same reply.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.actions import (
    Action,
    AskConfirmation,
    AskToProceed,
    ChangeRole,
    Decision,
    Settle,
)
from bot.address import Address
from bot.commands import (
    anyone,
    coming,
    imports,
    member,
    moderator,
    owner,
    people,
    roles,
    sends,
    settings,
)
from bot.commands.farewells import is_farewell, names_of
from bot.commands.grammar import CommandLine, CommandText
from bot.commands.registry import Outcome, Registry, Request
from bot.decide.facts import Facts
from bot.errors import CommandError
from bot.folding import fold, tidy
from bot.identity import refs_typed
from bot.model import Proof

__all__: Final = ("REGISTRY", "carry_out", "proceed", "request_of", "stray")

REGISTRY: Final = Registry(
    (
        *anyone.COMMANDS,
        *coming.COMMANDS,
        *member.COMMANDS,
        *moderator.COMMANDS,
        *settings.COMMANDS,
        *owner.COMMANDS,
        *sends.COMMANDS,
        *people.COMMANDS,
        *imports.COMMANDS,
        *roles.COMMANDS,
    )
)


# Of what stands below a command, so much is shown again.
_SHOWN_MAX: Final = 10
_SHOWN_WIDTH: Final = 200


@dataclass(frozen=True, slots=True)
class _Done:
    """One line carried out: what is said about it, what is to be done.

    `unproved`: nothing of it is done before the sender proved to be who they say.
    """

    line: CommandLine
    outcome: Outcome
    error: str = ""
    unproved: bool = False

    @property
    def doubted(self) -> bool:
        """Whether the sender reads that something looks like a slip."""
        return self.outcome.doubtful and not self.unproved

    @property
    def waits(self) -> bool:
        """Whether something is done when the sender says « ok »."""
        return self.unproved or self.outcome.doubtful

    @property
    def result(self) -> Mapping[str, object]:
        """Give the line of the reply."""
        return {
            "command": self.line.text,
            "below": self._below() if self.unproved else (),
            "ok": not self.error,
            "text_id": "waits-for-ok" if self.unproved else self.outcome.text_id,
            "facts": self.outcome.facts,
        }

    def _below(self) -> tuple[str, ...]:
        """Give the lines that came with the command: what « ok » is said to."""
        lines = [one.strip()[:_SHOWN_WIDTH] for one in self.line.block if one.strip()]
        lines += self._named()
        more = ("…",) if len(lines) > _SHOWN_MAX else ()
        return (*lines[:_SHOWN_MAX], *more)

    def _named(self) -> list[str]:
        """Say what a moderator's references stand for."""
        people_ = self.outcome.facts.get("people", ())
        found = people_ if isinstance(people_, tuple) else ()
        return [f"{one['ref']}: {one['subject']}" for one in found if "subject" in one]


def _against(commands: CommandText) -> str:
    """Give a line that leaves in doubt what the others decide."""
    decided: dict[str, str] = {}
    judging = [one for one in commands.lines if one.name in moderator.DECIDING]
    for one in commands.lines if judging else ():
        if one not in judging or not moderator.names_references(one):
            return one.text
        for ref in refs_typed(one.text):
            if decided.setdefault(ref, one.name) != one.name:
                return one.text
    return ""


def stray(facts: Facts, commands: CommandText) -> str:
    """Give the first line of a mail that is neither command nor courtesy.

    A reason to reject may go on below; nothing else has anything below it.
    """
    against = _against(commands)
    if against:
        return against
    lone = len(commands.lines) == 1 and commands.lines[0].name == "reject"
    used = {one.text for one in commands.lines}
    used |= {tidy(text) for one in commands.lines for text in one.block}
    author = facts.message.author
    names = names_of(author.name, str(author.address)) if author else ()
    own = frozenset(word for name in names for word in fold(name).split())
    lines = (line.strip() for line in facts.message.typed.splitlines())
    rest = [line for line in lines if line and tidy(line) not in used]
    if lone or is_farewell(rest, own):
        return ""
    return next(line for line in rest if not is_farewell([line], own))


def carry_out(facts: Facts) -> Decision:
    """Carry out the commands of a mail, and answer all of them at once."""
    if facts.author is None or facts.commands is None:
        return facts.decision()
    if facts.proof is Proof.FAIL:
        told = facts.told_forged()
        return facts.decision(*told, rule="forged", folder="Refused")
    return _carried_out(facts, facts.commands, in_doubt=False)


def proceed(
    facts: Facts,
    lines: Sequence[str],
    *,
    in_doubt: bool,
    meant: frozenset[str] = frozenset(),
) -> Decision:
    """Carry out the commands that waited, now that their sender said « ok ».

    Args:
        facts: of the mail that holds the commands.
        lines: those that waited.
        in_doubt: what had looked like a slip is meant.
        meant: what was shown then, by reference.
    """
    if facts.commands is None:
        return facts.decision()
    waited = tuple(one for one in facts.commands.lines if one.text in lines)
    sure = replace(facts.commands, lines=waited, doubted=False)
    proved = replace(facts, proof=Proof.PASS, commands=sure)
    return _carried_out(proved, sure, in_doubt=in_doubt, meant=meant)


def _carried_out(
    facts: Facts,
    commands: CommandText,
    *,
    in_doubt: bool,
    meant: frozenset[str] = frozenset(),
) -> Decision:
    language = _language(facts, commands)
    done: list[_Done] = []
    actions: list[Action] = []
    for line in commands.lines:
        request = request_of(_after(facts, actions), line, language)
        request = replace(request, in_doubt=in_doubt, meant=meant)
        one = _carry_out(facts, line, language, request)
        done.append(one)
        if one.unproved:
            continue
        actions += [act for act in one.outcome.actions if not _is_in(act, actions)]
    decision = facts.decision(
        *_answer(facts, done, language), *actions, list_name=_list_name(facts, actions)
    )
    return replace(decision, commands=tuple(_shown(one) for one in done))


def _after(facts: Facts, actions: Sequence[Action]) -> Facts:
    """Give the facts as they are after the lines above.

    The last owner must stay; what was decided is decided.
    """
    settled = {one.request_id for one in actions if isinstance(one, Settle)}
    if settled:
        waiting = tuple(one for one in facts.roster.pending if one.id not in settled)
        facts = replace(facts, roster=replace(facts.roster, pending=waiting))
    changes = [one for one in actions if isinstance(one, ChangeRole)]
    if not changes:
        return facts
    lists = dict(facts.settings.lists)
    for one in changes:
        lst = lists[one.list_name]
        having: frozenset[Address] = getattr(lst, one.role)
        now = having | {one.address} if one.granted else having - {one.address}
        changed: dict[str, Any] = {one.role: now}
        lists[one.list_name] = replace(lst, **changed)
    return replace(facts, settings=replace(facts.settings, lists=lists))


def _is_in(action: Action, actions: Sequence[Action]) -> bool:
    """Whether it would only repeat another; one question a list and address."""
    if not isinstance(action, AskConfirmation):
        return action in actions
    return any(
        (one.address, one.list_name, one.wish)
        == (action.address, action.list_name, action.wish)
        for one in actions
        if isinstance(one, AskConfirmation)
    )


def _language(facts: Facts, commands: CommandText) -> str:
    """Choose the reply's language: the person's, the words', the bot's."""
    person = facts.roster.person
    known = person.language if person else ""
    return known or commands.language or facts.settings.language


def _carry_out(
    facts: Facts, line: CommandLine, language: str, request: Request
) -> _Done:
    if line.error:
        return _Done(line, _misread(facts, line, language), line.error)
    found = REGISTRY.find([line.name])
    if found is None:
        return _Done(line, Outcome("not-allowed"), "not-allowed")
    try:
        outcome = found.command.handler(request)
    except CommandError as error:
        doubtful = error.text_id in people.DOUBTS
        told = Outcome(error.text_id, error.facts, doubtful=doubtful)
        return _Done(line, told, error.text_id)
    strayed = stray(facts, facts.commands) if facts.commands else ""
    if strayed and line.name in moderator.DECIDING - {"pending"}:
        told = Outcome("words-left", {"text": strayed[:_SHOWN_WIDTH]})
        return _Done(line, told, "words-left")
    alters = (found.command.alters or outcome.alters) and bool(outcome.actions)
    doubted = facts.commands is not None and facts.commands.doubted
    return _Done(line, outcome, unproved=alters and (doubted or not request.proved))


def request_of(facts: Facts, line: CommandLine, language: str) -> Request:
    """Give a handler's view of one line of a mail.

    Raises:
        CommandError: the mail has no author.
    """
    author = facts.message.author
    if author is None:
        raise CommandError("not-allowed")
    return Request(
        arguments=line.arguments,
        sender=author.address,
        sender_name=author.name,
        proof=facts.proof,
        roster=facts.roster,
        settings=facts.settings,
        registry=REGISTRY,
        language=language,
        now=facts.now,
        block=line.block,
        sha256=facts.message.sha256,
        sheet=facts.sheet,
        unreadable=facts.unreadable,
    )


def _misread(facts: Facts, line: CommandLine, language: str) -> Outcome:
    """Say what isn't understood, with the help that fits."""
    if line.error != "unknown-command":
        return Outcome(line.error)
    commands: object = ()
    if not line.suggestion:
        request = request_of(facts, line, language)
        commands = anyone.help_facts(request, anyone.usable(request))["commands"]
    facts_of_line = {
        "word": line.text,
        "suggestion": line.suggestion,
        "commands": commands,
    }
    return Outcome("unknown-command", facts_of_line)


def _answer(facts: Facts, done: list[_Done], language: str) -> tuple[Action, ...]:
    """Write the one reply, unless the actions write to the sender anyway."""
    waiting = [one for one in done if one.waits]
    if all(one.outcome.answered for one in done) and not waiting:
        return ()
    results = tuple(one.result for one in done)
    files = tuple(file for one in done for file in one.outcome.files)
    if waiting and facts.author is not None:
        # « ok » means what was read: a slip that wasn't told is told after it.
        doubts = all(one.doubted for one in waiting)
        asked = AskToProceed(
            facts.author,
            facts.message.sha256,
            tuple(one.line.text for one in waiting),
            {
                "results": results,
                "doubtful": doubts,
                "waiting": tuple(one.line.text for one in waiting),
            },
            language,
            files,
            in_doubt=doubts,
            meant=tuple(ref for one in waiting for ref in one.outcome.meant),
        )
        return (asked,)
    nothing: Mapping[str, str] = {}
    replies = facts.reply(
        "command-results",
        results=results,
        token="",
        mailtos=nothing,
        doubtful=False,
        waiting=(),
        hold_days=0,
    )
    return tuple(replace(one, language=language, files=files) for one in replies)


def _list_name(facts: Facts, actions: list[Action]) -> str:
    """Name the list concerned, for `explain` and the log."""
    if facts.asked:
        return facts.asked[0]
    return next(
        (name for act in actions if (name := getattr(act, "list_name", ""))), ""
    )


# What is wrong with the words; the rest is about who asks, and when.
_MISREAD: Final = frozenset(
    {"bad-address", "list-missing", "needs-argument", "no-such-list"}
)


def _shown(one: _Done) -> Mapping[str, object]:
    return {
        "name": one.line.name or None,
        "args": one.line.arguments,
        "error": one.line.error or (one.error if one.error in _MISREAD else None),
    }
