"""Owners' commands at the command line: the same handlers as by mail, the same code.

Whoever can type here may do everything, so nothing has to be proved or confirmed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.actions import Action, Decision, Enrol, Unenrol
from bot.address import Address, parse
from bot.bounce_log import BounceFile
from bot.cli.context import Context
from bot.cli.show import say
from bot.cli.wiring import applier_of, settings_of
from bot.commands.registry import Outcome, Request
from bot.compose.texts import Texts, texts
from bot.config import Config
from bot.decide.orders import REGISTRY
from bot.errors import BotError, CommandError, ConfigError, ParseError
from bot.model import Kind, Proof, Roster
from bot.spool import FileSpool
from bot.store import SqlStore

__all__ = ("Console", "open_console")

_USAGE = frozenset(
    {
        "bad-address",
        "bad-role",
        "bad-value",
        "address-missing",
        "list-missing",
        "no-such-list",
        "no-such-pending",
        "no-such-setting",
        "own-address",
        "reference-missing",
        "two-addresses",
    }
)
# What is so already is no failure: scripts may say it twice.
_HARMLESS = frozenset({"already-on-list", "role-as-it-was"})


@dataclass(slots=True)
class Console:
    """Carries out owners' commands on an open store; `close` it.

    `tell`: the people concerned get the mails that they would get from an owner.
    """

    config: Config
    store: SqlStore
    bounce_file: BounceFile
    words: Texts
    tell: bool = False

    def act(
        self,
        command: str,
        words: Sequence[str],
        *,
        block: Sequence[str] = (),
        insist: bool = False,
    ) -> Outcome:
        """Carry out one command; say what came of it.

        Args:
            command: its English name.
            words: its arguments, the list first.
            block: the text below it.
            insist: what looks like a slip is meant.

        Raises:
            ConfigError: the arguments are wrong.
            BotError: it can't be done.
        """
        found = REGISTRY.find([command])
        if found is None:
            raise ConfigError(f"there is no command {command!r}")
        request = self._request(words, block, insist=insist)
        try:
            outcome = found.command.handler(request)
        except CommandError as error:
            told = self.sentence(error.text_id, error.facts)
            if error.text_id in _HARMLESS:
                say(told)
                return Outcome(error.text_id, error.facts)
            kind = ConfigError if error.text_id in _USAGE else BotError
            raise kind(told) from error
        self.carry_out(outcome.actions)
        self._say(outcome)
        return outcome

    def _request(
        self, words: Sequence[str], block: Sequence[str], *, insist: bool
    ) -> Request:
        settings, now = settings_of(self.config, self.store), datetime.now(UTC)
        pending = self.store.matters([word.lower() for word in words])
        authors = [
            one.facts.get("author") or one.facts.get("address", "") for one in pending
        ]
        named = tuple(_addresses([*words, *block, *authors]))
        return Request(
            arguments=tuple(words),
            sender=settings.admins[0] if settings.admins else settings.mailbox,
            sender_name="",
            proof=Proof.PASS,
            roster=Roster(standings=self.store.standings(named, now), pending=pending),
            settings=settings,
            registry=REGISTRY,
            language="en",
            now=now,
            block=tuple(block),
            in_doubt=insist,
            meant=frozenset(one.ref for one in pending) if insist else frozenset(),
            at_console=True,
        )

    def carry_out(self, actions: Sequence[Action]) -> None:
        """Carry out actions in one transaction; a running service takes them up."""
        settings = settings_of(self.config, self.store)
        spool = FileSpool(self.config.store.directory / "spool")
        apply = applier_of(self.config, self.store, settings, spool, self.bounce_file)
        decision = Decision(
            Kind.COMMANDS, "command-line", tuple(map(self._quieted, actions))
        )
        with self.store.transaction():
            apply(decision, None, datetime.now(UTC))

    def _quieted(self, action: Action) -> Action:
        match action:
            case Enrol() | Unenrol() if not self.tell:
                return replace(action, quiet=True)
            case _:
                return action

    def _say(self, outcome: Outcome) -> None:
        people = outcome.facts.get("people")
        if not isinstance(people, tuple):
            say(self.sentence(outcome.text_id, outcome.facts))
            return
        for one in people:
            say(self.sentence(str(one["id"]), one))
        if all(not one["ok"] and one["id"] not in _HARMLESS for one in people):
            raise BotError("nothing was done")

    def sentence(self, text_id: str, facts: Mapping[str, object]) -> str:
        """Say in English what a text or sentence says."""
        return self.words.said(text_id, "en", facts)

    def close(self) -> None:
        """Write the log of bounces and close the store."""
        self.bounce_file.flush()
        self.store.close()


def _addresses(words: Sequence[str]) -> list[Address]:
    found = []
    for word in words:
        try:
            found.append(parse(word.strip("<>()[],;:")))
        except ParseError:
            continue
    return found


def open_console(start: Context, *, tell: bool = False) -> Console:
    """Open the store for a change beside a running service.

    Raises:
        ConfigError: the configuration has problems.
        StoreError: the store can't be used.
    """
    config = start.config()
    store = start.store(config, beside=True)
    settings = settings_of(config, store)
    directory = config.store.directory
    return Console(
        config,
        store,
        BounceFile(directory / "bounces.json"),
        texts(directory / "templates", settings.timezone),
        tell,
    )
