"""Learning at work: between the sender, the store, and what `sending` decides.

What has to be remembered from batch to batch stays in memory during a round, and is
written when a reply taught something, every few batches, and at the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from bot import logs
from bot.cycle.outcome import Outcome
from bot.model import Limits, Priority, SendState, Usage
from bot.ports import Clock, Store
from bot.sending.learning import (
    TOOK,
    after_a_month,
    measured,
    on_accepted,
    on_refusal,
)
from bot.sending.lesson import REFUSED, SAID, Lesson, Refusal
from bot.sending.limits import Grow, History, Idle, SendNow, WaitUntil, next_step
from bot.sending.memory import read_memory, written

__all__ = ("MEMORY_NOTE", "Lessons")

# The key of the note that holds the memory.
MEMORY_NOTE: Final = "learning"
# A crash forgets so many batches at most.
_BATCHES_UNSAVED: Final = 10


class Lessons:
    """What one round of sending knows, learns, and remembers."""

    def __init__(
        self,
        store: Store,
        limits: Callable[[], Limits],
        clock: Clock,
        timezone: tzinfo,
        history: History,
    ) -> None:
        self._store = store
        self._limits_in_force = limits
        self._clock = clock
        self._timezone = timezone
        self._history = history
        self._memory = read_memory(store.noted(MEMORY_NOTE)).healed(clock.now())
        self._shares = self._memory.shares()
        self._unsaved = 0
        self._began: datetime | None = None
        self._measured = 0
        self._took = timedelta()
        self._limits = limits()
        now = clock.now()
        self._learn(after_a_month(store.learnt_details(), self._memory, now), now)

    def next_step(
        self, queue: Sequence[SendState], rider: int, blocked_until: datetime | None
    ) -> SendNow | WaitUntil | Idle:
        """Say what the sender does next; guesses that were used up grow on the way."""
        self._shares.keep_only(send.id for send in queue)
        self._measure()
        while True:
            now = self._clock.now()
            step = next_step(
                queue,
                self._limits,
                self._history,
                now,
                self._timezone,
                rider=rider,
                blocked_until=blocked_until,
                shares=self._shares,
            )
            if isinstance(step, SendNow):
                self._began = now
            if not isinstance(step, Grow):
                return step
            self._grow(step, now)

    def note_accepted(self, send: SendState, recipients: int, rider: int) -> None:
        """Take note of a batch that the provider took; mostly writes nothing."""
        now = self._clock.now()
        if send.priority is not Priority.INTERACTIVE:
            self._shares.add(send.id, recipients)
        before = self._memory
        self._history.forget_before(now)
        in_hour = self._history.hour.recipients
        self._memory, lessons = on_accepted(
            before, self._limits, recipients + rider, in_hour, now
        )
        self._unsaved += 1
        self._measured += 1
        self._learn(lessons, now)
        if before.strikes:
            self._unsaved = _BATCHES_UNSAVED

    def note_refusal(self, outcome: Outcome, now: datetime) -> datetime:
        """Learn from a quota reply; say until when everything waits.

        To be called inside the transaction that keeps what else the reply means.
        """
        if outcome.quota is None:
            return now + outcome.wait
        history = self._history
        history.forget_before(now)
        refusal = Refusal(
            outcome.quota,
            outcome.words,
            outcome.taken,
            Usage(now, history.hour.recipients, history.hour.messages),
            Usage(now, history.day.recipients, history.day.messages),
            outcome.beyond,
        )
        self._memory, lessons, until = on_refusal(self._memory, self._limits, refusal)
        self._learn(lessons, now)
        self.save()
        return until

    def save_if_due(self, batches: int = _BATCHES_UNSAVED) -> None:
        """Write every few batches, in a transaction that is made anyway."""
        if self._unsaved >= batches:
            self.save()

    def save(self) -> None:
        """Write what the next round has to remember."""
        self._unsaved = 0
        news = measured(self._limits.seconds_per_batch, self._measured, self._took)
        self._learn(news, self._clock.now())
        shares = self._shares
        served = {str(key): count for key, count in shares.served_by_id.items()}
        self._memory = replace(self._memory, level=shares.level, served=served)
        self._store.note(MEMORY_NOTE, written(self._memory))

    def _grow(self, step: Grow, now: datetime) -> None:
        """Remember figures to try; what was refused before they were forgotten goes."""
        guesses = self._limits.guesses
        stale = [Lesson(key + REFUSED, 0) for key in step.figures if not guesses[key]]
        self._learn([*stale, *(Lesson(*each) for each in step.figures.items())], now)

    def _measure(self) -> None:
        """Count the time from one step to the next, if there was a batch between."""
        if self._began is not None:
            self._took += self._clock.now() - self._began
            self._began = None

    def learn(self, key: str, value: int, words: str, now: datetime) -> None:
        """Remember a limit that the provider told; inside a transaction."""
        self._learn([Lesson(key, value, words, SAID)], now)

    def _learn(self, lessons: Sequence[Lesson], now: datetime) -> None:
        store = self._store
        for one in lessons:
            if not one.value:
                store.unlearn(one.key)
                continue
            store.learn(one.key, str(one.value), one.words, now, one.how)
            if one.key != TOOK:  # no limit, and news too often
                logs.log("limit.learnt", key=one.key, value=one.value, reply=one.words)
        if lessons:
            self._limits = self._limits_in_force()
