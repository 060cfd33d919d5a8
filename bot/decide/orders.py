"""Commands by mail: each carried out, one reply for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.actions import Action, AskConfirmation, Decision, Reply
from bot.commands import anyone, coming
from bot.commands.grammar import CommandLine, CommandText
from bot.commands.registry import Outcome, Registry, Request
from bot.decide.facts import Facts
from bot.errors import CommandError
from bot.model import Proof

__all__: Final = ("REGISTRY", "carry_out")

REGISTRY: Final = Registry((*anyone.COMMANDS, *coming.COMMANDS))


@dataclass(frozen=True, slots=True)
class _Done:
    """One line carried out: what is said about it, what is to be done."""

    line: CommandLine
    outcome: Outcome
    error: str = ""

    @property
    def result(self) -> Mapping[str, object]:
        """Give the line of the reply."""
        return {
            "command": self.line.text,
            "ok": not self.error,
            "text_id": self.outcome.text_id,
            "facts": self.outcome.facts,
        }


def carry_out(facts: Facts) -> Decision:
    """Carry out the commands of a mail, and answer all of them at once."""
    if facts.author is None or facts.commands is None:
        return facts.decision()
    if facts.proof is Proof.FAIL:
        told = facts.told_forged()
        return facts.decision(*told, rule="forged", folder="Refused")
    language = _language(facts, facts.commands)
    done = [_carry_out(facts, line, language) for line in facts.commands.lines]
    actions: list[Action] = []
    for one in done:
        actions += [act for act in one.outcome.actions if not _is_in(act, actions)]
    decision = facts.decision(
        *_answer(facts, done, language), *actions, list_name=_list_name(facts, actions)
    )
    return replace(decision, commands=tuple(_shown(one) for one in done))


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


def _carry_out(facts: Facts, line: CommandLine, language: str) -> _Done:
    if line.error:
        return _Done(line, _misread(facts, line, language), line.error)
    request = _request(facts, line, language)
    found = REGISTRY.find([line.name])
    if found is None:
        return _Done(line, Outcome("not-allowed"), "not-allowed")
    try:
        return _Done(line, found.command.handler(request))
    except CommandError as error:
        return _Done(line, Outcome(error.text_id, error.facts), error.text_id)


def _request(facts: Facts, line: CommandLine, language: str) -> Request:
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
    )


def _misread(facts: Facts, line: CommandLine, language: str) -> Outcome:
    """Say what isn't understood, with the help that fits."""
    if line.error != "unknown-command":
        return Outcome(line.error)
    commands: object = ()
    if not line.suggestion:
        request = _request(facts, line, language)
        commands = anyone.help_facts(request, REGISTRY.commands)["commands"]
    facts_of_line = {
        "word": line.text,
        "suggestion": line.suggestion,
        "commands": commands,
    }
    return Outcome("unknown-command", facts_of_line)


def _answer(facts: Facts, done: list[_Done], language: str) -> tuple[Reply, ...]:
    """Write the one reply, unless the actions write to the sender anyway."""
    if all(one.outcome.answered for one in done):
        return ()
    results = tuple(one.result for one in done)
    replies = facts.reply("command-results", results=results)
    return tuple(replace(one, language=language) for one in replies)


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
