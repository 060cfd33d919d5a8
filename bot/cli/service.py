"""`colporteur run`: the service, or one cycle of it."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from types import FrameType
from typing import Annotated

import typer
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from bot import __version__, logs, systemd
from bot.cli.context import Context
from bot.cli.show import json_out, say
from bot.cli.wiring import Instance, SystemClock, build
from bot.config import Config
from bot.cycle import Parts, due_once, poll_once, send_once
from bot.errors import BotError, ConfigError, MailboxError, MailboxLoginError
from bot.model import SendState
from bot.sending.batches import backoff

__all__ = ("run",)

_SEND_SECONDS = 15
_DUE_SECONDS = 600
# A refused login is tried again this much later; sooner would lock the account.
_LOGIN_SECONDS = 3600.0


def run(
    context: typer.Context,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="One whole cycle, then end.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: print a summary.")
    ] = False,
) -> None:
    """Do the work: fetch, decide, send. Stops cleanly on SIGTERM, reloads on SIGHUP."""
    start: Context = context.obj
    logs.setup(verbose=start.verbose, journal="JOURNAL_STREAM" in start.environ)
    if once:
        _run_once(start, as_json=as_json)
        return
    _Service(start).run()


def _run_once(start: Context, *, as_json: bool) -> None:
    with _instance(start, start.config(), SystemClock()) as instance:
        parts = instance.parts
        parts.store.interrupted_batches(parts.clock.now())
        polled = poll_once(parts)
        due_once(parts)
        with _progress() as on_batch:
            sent = send_once(parts, on_batch)
    summary = {
        **asdict(polled),
        "batches": sent.batches,
        "accepted": sent.accepted,
        "refused": sent.refused,
        "finished": [one.ref for one in sent.finished],
        "next_at": sent.next_at,
    }
    if as_json:
        json_out(summary)
    elif sys.stdout.isatty():
        say(
            f"{polled.decided} mail(s) handled, {sent.accepted} recipient(s) served"
            f" in {sent.batches} batch(es)."
        )


@contextmanager
def _instance(start: Context, config: Config, clock: SystemClock) -> Iterator[Instance]:
    store = start.store(config)
    try:
        instance = build(config, store, start.environ, clock)
        try:
            yield instance
        finally:
            instance.close()
    finally:
        store.close()


@contextmanager
def _progress() -> Iterator[Callable[[SendState], None]]:
    """Show each send's progress, on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import Progress  # noqa: PLC0415 - the service shows none

    with Progress(transient=True) as bars:
        tasks: dict[int, int] = {}

        def on_batch(send: SendState) -> None:
            if send.id not in tasks:
                task = bars.add_task(send.subject[:40], total=send.recipients)
                tasks[send.id] = int(task)
            done = send.accepted + send.refused
            bars.update(bars.task_ids[list(tasks).index(send.id)], completed=done)

        yield on_batch


@dataclass(slots=True)
class _Service:
    """The long-running loop around one instance."""

    start: Context
    clock: SystemClock = field(default_factory=SystemClock)
    wake: threading.Event = field(default_factory=threading.Event)
    reload: bool = False
    failures: int = 0
    failed: bool = False

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; start anew on SIGHUP."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, self._reload)
        config = self.start.config()
        while True:
            self.reload = False
            with _instance(self.start, config, self.clock) as instance:
                self._serve(instance)
            if not self.reload:
                break
            config = self._read_again(config)
        self._tell("STOPPING=1")
        if self.failed:
            raise BotError("a job failed; the log says why")
        logs.log("service.stopped")

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.clock.stopping.set()
        self.wake.set()

    def _reload(self, _signal: int, _frame: FrameType | None) -> None:
        self.reload = True
        self.wake.set()

    def _job_failed(self, event: JobExecutionEvent) -> None:
        """End: the service manager starts a process that trusts its store again."""
        error = event.exception
        logs.log("service.failed", error=f"{type(error).__name__}: {error}")
        self.failed = True
        self._stop(0, None)

    def _ends(self) -> bool:
        return self.clock.stopping.is_set() or self.reload

    def _read_again(self, old: Config) -> Config:
        try:
            config = self.start.config()
        except ConfigError as error:
            logs.log("config.refused", error=str(error))
            return old
        logs.log("config.reloaded", lists=sorted(config.lists))
        return config

    def _tell(self, *words: str) -> None:
        systemd.notify(self.start.environ, *words)

    def _serve(self, instance: Instance) -> None:
        parts = instance.parts
        parts.stop = self._ends
        parts.store.interrupted_batches(parts.clock.now())
        scheduler = _scheduler(parts, instance, self.wake)
        scheduler.add_listener(self._job_failed, EVENT_JOB_ERROR)
        logs.log(
            "service.started", version=__version__, lists=sorted(parts.settings.lists)
        )
        self._tell("READY=1")
        scheduler.start()
        try:
            while not self._ends():
                self._poll(instance, scheduler)
        except BaseException:
            self.clock.stopping.set()  # the sender ends after its batch
            raise
        finally:
            scheduler.shutdown(wait=True)

    def _poll(self, instance: Instance, scheduler: BackgroundScheduler) -> None:
        """Poll once, then wait for the server or the clock to call."""
        parts = instance.parts
        self.wake.clear()
        try:
            summary = poll_once(parts)
            if self.failures:
                logs.log("mailbox.connected", host=instance.config.imap.host)
            self.failures = 0
            if summary.decided:
                scheduler.modify_job("send", next_run_time=parts.clock.now())
            self._wait(parts, instance.config)
        except MailboxError as error:
            self._mailbox_failed(parts, instance.config, error)

    def _wait(self, parts: Parts, config: Config) -> None:
        interval = config.imap.poll_interval
        deadline = time.monotonic() + interval
        if config.imap.idle and parts.mailbox.wait(interval, self._called):
            return
        while not self._called() and time.monotonic() < deadline:
            self.wake.wait(1.0)

    def _called(self) -> bool:
        self._tell("WATCHDOG=1")
        return self.wake.is_set() or self._ends()

    def _mailbox_failed(
        self, parts: Parts, config: Config, error: MailboxError
    ) -> None:
        """Wait longer after each failure; say so once."""
        parts.mailbox.close()
        self.failures += 1
        seconds = backoff(self.failures, parts.jitter())
        if isinstance(error, MailboxLoginError):
            seconds = _LOGIN_SECONDS
        if self.failures == 1:
            event = "mailbox.lost"
            if isinstance(error, MailboxLoginError):
                event = "mailbox.refused"
            logs.log(event, host=config.imap.host, error=str(error))
        deadline = time.monotonic() + seconds
        while not self._ends() and time.monotonic() < deadline:
            self._tell("WATCHDOG=1")
            self.clock.stopping.wait(min(1.0, seconds))


def _scheduler(
    parts: Parts, instance: Instance, wake: threading.Event
) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(
        timezone=str(parts.settings.timezone),
        job_defaults={
            "coalesce": True,
            "max_instances": 1,
            "misfire_grace_time": 3600,
        },
    )

    def due() -> None:
        due_once(parts)
        scheduler.modify_job("send", next_run_time=parts.clock.now())

    now = parts.clock.now()
    scheduler.add_job(
        wake.set, "interval", seconds=instance.config.imap.poll_interval, id="poll"
    )
    scheduler.add_job(
        lambda: send_once(parts),
        "interval",
        seconds=_SEND_SECONDS,
        id="send",
        next_run_time=now,
    )
    scheduler.add_job(
        due,
        "interval",
        seconds=_DUE_SECONDS,
        id="due",
        next_run_time=now + timedelta(seconds=5),
    )
    return scheduler
