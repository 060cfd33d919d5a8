"""Sends that are stopped and sent to the others, in any order, with crashes."""

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
PEOPLE = frozenset(Address(f"p{i}", "example.org") for i in range(7))
REACH = [Reach("readers")]
MAIL = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers")
LANDINGS = (
    *(BatchState.SENT, BatchState.SENT, BatchState.READY),
    *(BatchState.DEFERRED, BatchState.FAILED),
)
REFUSAL = SmtpReply(550, "5.1.1", "no such user")


def people(deliveries: tuple[Delivery, ...]) -> set[Address]:
    """Say who is meant."""
    return {one.address for one in deliveries}


class RemainderMachine(RuleBasedStateMachine):
    """One post to seven people: cancelled, failed, sent to the others, over again."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now = START
        self.store = new_store(Path(self.folder.name))
        self.store.enrol_many(map(Profile, sorted(PEOPLE)), "readers", "", START)
        self.store.note_post("readers", "f", "<f@x>", "a" * 64, min(PEOPLE), START)
        self.sends = [self.store.enqueue_to_lists(MAIL, REACH, "f", START)]
        self.open: dict[int, set[Address]] = {}  # batches in flight
        self.given_up: dict[int, set[Address]] = {}  # their copy may come yet
        self.served: set[Address] = set()
        self.refused: set[Address] = set()

    def _serve(self, those: set[Address]) -> None:
        assert not those & (self.served | self.refused), "written to twice"
        self.served |= those

    def _chosen(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(self.sends))

    @rule(
        data=st.data(),
        count=st.integers(1, 4),
        state=st.sampled_from([None, *LANDINGS]),
    )
    def start(self, data: st.DataObject, count: int, state: BatchState | None) -> None:
        """Hand some to the server; None: it has not answered yet."""
        taken = self.store.take(self._chosen(data), count, self.now)
        if not taken:
            return
        batch = self.store.start_batch(taken, self.now, "self")
        self.open[batch] = people(taken)
        for other in self.given_up.values():
            other.difference_update(people(taken))
        if state is not None:
            self._settle(batch, state)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), state=st.sampled_from(LANDINGS))
    def settle(self, data: st.DataObject, state: BatchState) -> None:
        """The server answers, or its answer is given up."""
        self._settle(data.draw(st.sampled_from(sorted(self.open))), state)

    def _settle(self, batch: int, state: BatchState) -> None:
        due_at = self.now + timedelta(minutes=5)
        doubtful = {one.id for one in self.store.doubtful()}
        if batch in doubtful and state in {BatchState.DEFERRED, BatchState.FAILED}:
            state = BatchState.READY  # nobody answers for what is in doubt
        self.store.settle_batch(batch, state, self.now, "words", due_at)
        those = self.open.pop(batch)
        if state is BatchState.SENT:
            self._serve(those)
        elif state is BatchState.READY:
            self.given_up[batch] = those

    @precondition(lambda self: any(self.given_up.values()))
    @rule(data=st.data())
    def late_witness(self, data: st.DataObject) -> None:
        """Our copy of a batch comes after it was given up, or its send stopped."""
        batch = data.draw(st.sampled_from(sorted(self.given_up)))
        self.store.mark_witness(batch)
        self._serve(self.given_up.pop(batch) - self.refused)

    @rule(data=st.data(), good=st.booleans())
    def reply_to_rcpt(self, data: st.DataObject, *, good: bool) -> None:
        """The server refuses somebody for good, or for now."""
        taken = self.store.take(self._chosen(data), 1, self.now)
        if good:
            self.store.defer(taken, self.now + timedelta(minutes=5), "450 later")
        else:
            self.store.refuse(taken, [REFUSAL] * len(taken))
            self.refused |= people(taken)

    @rule(data=st.data(), chance=st.integers(0, 5))
    def stop(self, data: st.DataObject, chance: int) -> None:
        """Somebody changes their mind, or the provider refuses, now and then."""
        if chance == 0:
            self.store.cancel_send(self._chosen(data), self.now)
        elif chance == 1:
            self.store.fail_send(self._chosen(data), "554 spam", self.now)

    @rule()
    def resend(self) -> None:
        """An owner says « renvoyer », or the post comes once more."""
        for send in self.store.stopped_posts(self.now):
            wanted = self.store.unserved(send.id, REACH)
            made = self.store.send_rest(send.id, REACH, self.now)
            assert bool(made) == bool(wanted)
            if made:
                self.sends.append(made)

    @rule(minutes=st.integers(1, 9))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.now += timedelta(minutes=minutes)
        self.store.finish_sends(self.now)

    @rule()
    def crash(self) -> None:
        """The process ends and another one starts."""
        self.store.close()
        self.store = open_store("", Path(self.folder.name))
        self.store.interrupted_batches(self.now)

    @invariant()
    def the_counters_tell_the_truth(self) -> None:
        """Who has it is counted once, over all sends."""
        states = self.store.sends(unfinished=False)
        assert sum(one.accepted for one in states) == len(self.served)
        assert {who for who, _ in self.store.served(self.sends[0])} == self.served
        for one in states:
            done = one.accepted + one.refused + one.cancelled
            assert one.recipients == one.waiting + one.in_flight + done

    def teardown(self) -> None:
        """Whatever happened, all who were wanted get it in the end."""
        self.crash()
        for batch, those in self.open.items():
            self.store.settle_batch(batch, BatchState.SENT, self.now)
            self._serve(those)
        self.open = {}
        self.now += timedelta(hours=1)
        self._finish()
        self.resend()
        self._finish()
        self.store.close()
        self.folder.cleanup()
        assert self.served | self.refused == PEOPLE, "somebody is lost"

    def _finish(self) -> None:
        for send in self.sends:
            while taken := self.store.take(send, 3, self.now):
                batch = self.store.start_batch(taken, self.now, "self")
                self.store.settle_batch(batch, BatchState.SENT, self.now)
                self._serve(people(taken))
        self.store.finish_sends(self.now)


TestRemainder = RemainderMachine.TestCase
TestRemainder.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None
)
