"""The outbox under any order of events: nobody is lost, nobody is written to twice."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.address import Address
from bot.model import (
    BatchState,
    Delivery,
    Outgoing,
    Priority,
    Profile,
    Reach,
    SmtpReply,
)
from bot.store import open_store
from tests.stores import new_store

START = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = tuple(Address(f"p{i}", "example.org") for i in range(7))
MAIL = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers")
REFUSAL = SmtpReply(550, "5.1.1", "no such user")


class OutboxMachine(RuleBasedStateMachine):
    """One send to seven people, and whatever may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now = START
        self.store = new_store(Path(self.folder.name))
        self.store.enrol_many(map(Profile, PEOPLE), "readers", "", START)
        self.send = self.store.enqueue_to_lists(MAIL, [Reach("readers")], "f", START)
        everybody = self.store.take(self.send, len(PEOPLE), START)
        self.addresses = {one.seq: one.address for one in everybody}
        self.open: dict[int, tuple[Delivery, ...]] = {}  # batches in flight
        self.back: dict[int, tuple[Delivery, ...]] = {}  # returned, as far as known
        self.accepted: set[int] = set()
        self.last: dict[int, int] = {}  # the batch that each was last accepted in
        self.refused: set[int] = set()
        self.cancelled = False
        self.doubtful: set[int] = set()

    def _accept(self, deliveries: tuple[Delivery, ...], accepted_in: int) -> None:
        numbers = {one.seq for one in deliveries}
        assert not numbers & (self.accepted | self.refused), "written to twice"
        self.accepted |= numbers
        self.last.update(dict.fromkeys(numbers, accepted_in))
        for batch, others in self.back.items():
            rest = tuple(one for one in others if one.seq not in numbers)
            self.back[batch] = rest

    @rule(count=st.integers(1, 4), witness=st.sampled_from(["self", "off"]))
    def start(self, count: int, witness: str) -> None:
        """Take some and hand them to the server."""
        taken = self.store.take(self.send, count, self.now)
        if not taken:
            return
        batch = self.store.start_batch(taken, self.now, witness)
        numbers = {one.seq for one in taken}
        for other, known in self.back.items():
            self.back[other] = tuple(one for one in known if one.seq not in numbers)
        self.open[batch] = taken

    @precondition(lambda self: self.open)
    @rule(
        data=st.data(),
        state=st.sampled_from([BatchState.SENT, BatchState.READY, BatchState.DEFERRED]),
    )
    def settle(self, data: st.DataObject, state: BatchState) -> None:
        """The server answers."""
        batch = data.draw(st.sampled_from(sorted(self.open)))
        due_at = self.now + timedelta(minutes=5)
        if batch in self.doubtful and state is BatchState.DEFERRED:
            state = BatchState.READY  # nobody answers for what is in doubt
        self.store.settle_batch(batch, state, self.now, "words", due_at)
        deliveries = self.open.pop(batch)
        if state is BatchState.SENT:
            self._accept(deliveries, batch)
        elif state is BatchState.READY and not self.cancelled:
            self.back[batch] = deliveries

    @precondition(lambda self: self.back)
    @rule(data=st.data())
    def late_witness(self, data: st.DataObject) -> None:
        """Our copy of a batch comes after it was given up."""
        batch = data.draw(st.sampled_from(sorted(self.back)))
        self.store.mark_witness(batch)
        self._accept(self.back.pop(batch), batch)

    @precondition(lambda self: self.last)
    @rule(data=st.data(), named=st.sets(st.sampled_from(PEOPLE)))
    def sent_back(self, data: st.DataObject, named: set[Address]) -> None:
        """A report says, once or again, that some of a batch were not served.

        Whoever was served in a later batch stays so.
        """
        batch = data.draw(st.sampled_from(sorted(set(self.last.values()))))
        due_at = self.now + timedelta(minutes=data.draw(st.integers(0, 5)))
        before = {one for one in self.accepted if self.last[one] == batch}

        found = self.store.take_back(batch, sorted(named), due_at, self.now, "back")
        again = self.store.take_back(batch, sorted(named), due_at, self.now, "back")

        concerned = {one for one in before if self.addresses[one] in named}
        refused = {who for who, _ in self.store.refusals(self.send)}
        given_up = {one for one in concerned if self.addresses[one] in refused}
        assert found is not None
        assert again is not None
        assert (found.moved, again.moved) == (len(concerned - given_up), 0)
        self.accepted -= concerned
        self.refused |= given_up

    @rule(count=st.integers(1, 2))
    def refuse(self, count: int) -> None:
        """The server refuses recipients for good."""
        taken = self.store.take(self.send, count, self.now)
        self.store.refuse(taken, [REFUSAL] * len(taken))
        self.refused |= {one.seq for one in taken}
        for batch, known in self.back.items():
            self.back[batch] = tuple(
                one for one in known if one.seq not in self.refused
            )

    @rule(count=st.integers(1, 3), minutes=st.integers(1, 9))
    def defer(self, count: int, minutes: int) -> None:
        """The server refuses recipients for now."""
        taken = self.store.take(self.send, count, self.now)
        self.store.defer(taken, self.now + timedelta(minutes=minutes), "later")

    @rule(minutes=st.integers(1, 9))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.now += timedelta(minutes=minutes)

    @rule()
    def crash(self) -> None:
        """The process ends and another one starts."""
        self.store.close()
        self.store = open_store("", Path(self.folder.name))
        self.store.interrupted_batches(self.now)
        self.doubtful |= self.open.keys()
        assert {one.id for one in self.store.doubtful()} == set(self.open)

    @rule()
    def post_again(self) -> None:
        """A second copy of the post arrives by another way."""
        again = self.store.enqueue_to_lists(MAIL, [Reach("readers")], "f", self.now)
        if not self.cancelled:
            assert self.store.take(again, 99, self.now) == ()
        self.store.cancel_send(again, self.now)

    @precondition(lambda self: not self.cancelled)
    @rule(chance=st.integers(0, 3))
    def cancel(self, chance: int) -> None:
        """Somebody changes their mind, now and then."""
        if chance == 0:
            self.store.cancel_send(self.send, self.now)
            self.cancelled = True

    @invariant()
    def all_are_accounted_for(self) -> None:
        """The counters tell the truth, and nobody is missing."""
        (state,) = (
            one for one in self.store.sends(unfinished=False) if one.id == self.send
        )
        waiting = state.ready + state.deferred
        done = state.accepted + state.refused + state.cancelled
        assert state.recipients == len(PEOPLE) == waiting + state.in_flight + done
        assert state.in_flight == sum(map(len, self.open.values()))
        assert state.accepted == len(self.accepted)
        assert state.refused == len(self.refused)
        assert waiting == 0 or not self.cancelled

    def teardown(self) -> None:
        """Whatever happened, the send comes to its end."""
        self.crash()
        for batch in tuple(self.open):
            self.store.settle_batch(batch, BatchState.SENT, self.now)
            self._accept(self.open.pop(batch), batch)
        self.now += timedelta(hours=1)
        while taken := self.store.take(self.send, 3, self.now):
            batch = self.store.start_batch(taken, self.now, "off")
            self.store.settle_batch(batch, BatchState.SENT, self.now)
            self._accept(taken, batch)
        finished = {one.id: one for one in self.store.finish_sends(self.now)}
        self.store.close()
        self.folder.cleanup()
        assert finished[self.send].cancelled == 0 or self.cancelled
        assert self.cancelled or len(self.accepted | self.refused) == len(PEOPLE)


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
