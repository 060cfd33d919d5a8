"""`ports.Mailbox` over imapclient.

Rule for editors: every public method runs inside `_working`, so that a broken
connection is hung up at once and the next `open` dials anew.
"""

import select
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError

from bot.errors import MailboxError, MailboxRefusalError
from bot.imap import folders, moving, sent
from bot.imap.connection import ImapSettings, dial, hang_up, told_as_ours
from bot.imap.folders import Layout
from bot.imap.sent import batch_of
from bot.ports import Arrival, SentLook

__all__ = ("FOLDERS", "ImapMailbox", "MailboxFacts")

# What is below the root.
FOLDERS: Final = ("Done", "Held", "Bounces", "Refused", "Problem")
# Home routers forget a silent connection after some ten minutes.
_IDLE_SECONDS: Final = 540.0
# How soon `stop` is noticed while waiting.
_SLICE_SECONDS: Final = 1.0
_HEADERS_AT_ONCE: Final = 50  # 13 MB at worst
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class MailboxFacts:
    """What `colporteur check` shows of a mailbox."""

    capabilities: tuple[str, ...]
    folders: tuple[str, ...]
    sent_folder: str | None
    mails: int  # in the inbox
    quota_used: int | None  # bytes; None where the server tells no quota
    quota_limit: int | None  # bytes


class ImapMailbox:
    """One IMAP account, for one thread.

    Args:
        settings: where it is.
        is_ours: gives the batch of a genuine `X-Colporteur` value, None for any
            other; by default nobody's signature is checked.
    """

    def __init__(
        self,
        settings: ImapSettings,
        is_ours: Callable[[str], int | None] = batch_of,
    ) -> None:
        self._settings, self._is_ours = settings, is_ours
        self._client: IMAPClient | None = None
        self._layout = Layout("", "/")
        self._uid_next = 0  # of the inbox, as the last poll began

    def open(self) -> int:
        """Log in, make the folders, select the inbox; give its UIDVALIDITY.

        Cheap where the connection is open and alive.
        """
        if self._client:
            with suppress(MailboxError):
                return self._select()  # also finds out whether it is alive
        self._client = dial(self._settings)
        with self._working() as client:
            self._layout = folders.learn_layout(client)
            for folder in FOLDERS:
                folders.ensure(client, self._name(folder))
        return self._select()

    def uids(self) -> tuple[int, ...]:
        """List the inbox, oldest first, without what is flagged as deleted."""
        with self._working() as client:
            client.noop()  # a search only sees what was announced before
            return tuple(sorted(client.search(["UNDELETED"])))

    def fetch_headers(self, uids: Sequence[int]) -> Iterator[Arrival]:
        """Fetch size, date and header; uids that are gone are left out.

        A header ends after 256 kB.
        """
        for some in _chunks(uids, _HEADERS_AT_ONCE):
            with self._working() as client:
                wanted = ["RFC822.SIZE", "INTERNALDATE", moving.HEADER_PEEK]
                answers = client.fetch(some, wanted)
            for uid in some:
                if uid in answers and b"BODY[HEADER]<0>" in answers[uid]:
                    yield _arrival(uid, answers[uid])

    def fetch(self, uid: int) -> bytes | None:
        """Fetch a whole mail, byte for byte, and leave it unread."""
        with self._working() as client:
            answer = client.fetch([uid], ["BODY.PEEK[]"]).get(uid, {})
            raw: bytes | None = answer.get(b"BODY[]")
            return raw

    def file_away(self, uid: int, folder: str) -> None:
        """Move a mail into a folder below the root; nothing happens if it is gone."""
        with self._working() as client:
            moving.move(client, self._settings.folder, uid, self._name(folder))

    def in_sent(self, batch_ids: Sequence[int], since: datetime) -> frozenset[int]:
        """Say which batches have a copy in the provider's Sent folder."""
        wanted = frozenset(batch_ids)
        with self._working() as client:
            folder = folders.find_sent(client, self._layout)
            if not wanted or folder is None:
                return frozenset()
            with sent.selected(client, folder, self._settings.folder):
                return sent.batches(client, wanted, since, self._is_ours)

    def sent_by_hand(
        self, since: datetime, seen: tuple[int, int] = (0, 0)
    ) -> SentLook | None:
        """Find the mails in the provider's Sent folder that are not ours."""
        with self._working() as client:
            folder = folders.find_sent(client, self._layout)
            if folder is None:
                return None
            with sent.selected(client, folder, self._settings.folder) as validity:
                last = seen[1] if seen[0] == validity else 0
                return sent.by_hand(client, validity, since, last, self._is_ours)

    def wait(self, seconds: float, stop: Callable[[], bool]) -> bool:
        """Wait for new mail with IDLE; True when some came since `open`.

        Returns within a second of `stop()` turning true, after nine minutes at
        most, and at once with False where the server has no IDLE.
        """
        with self._working() as client:
            if not (self._settings.idle and client.has_capability("IDLE")):
                return False
            # An EXISTS may have gone by among the answers to other commands.
            before = self._uid_next
            self._select_with(client)
            if self._uid_next > before:
                return True
            end = time.monotonic() + min(seconds, _IDLE_SECONDS)
            came = _watch(client, end, stop)
            client.noop()  # a dead connection looks like silence
            return came

    def describe(self) -> MailboxFacts:
        """Look around, for `colporteur check`."""
        with self._working() as client:
            used, limit = _quota(client)
            return MailboxFacts(
                capabilities=self.capabilities(),
                folders=tuple(str(name) for _, _, name in client.list_folders()),
                sent_folder=folders.find_sent(client, self._layout),
                mails=len(client.search(["UNDELETED"])),
                quota_used=used,
                quota_limit=limit,
            )

    def capabilities(self) -> tuple[str, ...]:
        """Give the server's capabilities after login."""
        with self._working() as client:
            return tuple(
                word.decode("ascii", "replace") for word in client.capabilities()
            )

    def close(self) -> None:
        """Log out; never raises."""
        if self._client:
            with suppress(MailboxError), self._working() as client:
                client.logout()
        self._drop()

    @contextmanager
    def _working(self) -> Iterator[IMAPClient]:
        if not self._client:
            raise MailboxError("the mailbox is not open")
        try:
            with told_as_ours(self._settings):
                yield self._client
        except MailboxRefusalError:
            raise  # the connection is as good as before
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._client:
            hang_up(self._client)
            self._client = None

    def _select(self) -> int:
        with self._working() as client:
            return self._select_with(client)

    def _select_with(self, client: IMAPClient) -> int:
        answer = client.select_folder(self._settings.folder)
        self._uid_next = answer.get(b"UIDNEXT", 0)
        return int(answer.get(b"UIDVALIDITY", 0))

    def _name(self, folder: str) -> str:
        return self._layout.name(f"{self._settings.folder_root}/{folder}")


def _chunks(uids: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(uids), size):
        yield list(uids[start : start + size])


def _arrival(uid: int, answer: dict[bytes, Any]) -> Arrival:
    return Arrival(
        uid=uid,
        size=answer[b"RFC822.SIZE"],
        received_at=answer[b"INTERNALDATE"].astimezone(UTC),
        header=answer[b"BODY[HEADER]<0>"] or b"",
    )


def _watch(client: IMAPClient, end: float, stop: Callable[[], bool]) -> bool:
    """Idle until there is new mail, or it is time; True for new mail."""
    while not stop() and time.monotonic() < end:
        said = _idle(client, end, stop)
        if any(words[0] == b"BYE" for words in said):
            raise IMAPClientAbortError("the server ended the connection")
        # Anything else is "still here", or a flag that somebody set.
        if any(words[1] == b"EXISTS" for words in said if len(words) > 1):
            return True
    return False


def _idle(
    client: IMAPClient, end: float, stop: Callable[[], bool]
) -> list[tuple[Any, ...]]:
    """Idle until the server says something, or it is time; give what it said.

    imapclient's idle_check reads without blocking: of a line that comes in two
    segments it loses the first one, and the second one breaks the connection.
    """
    poller = select.poll()
    poller.register(client.socket(), select.POLLIN)
    client.idle()
    while not stop() and (left := end - time.monotonic()) > 0:
        if poller.poll(min(left, _SLICE_SECONDS) * 1000):
            break
    _, said = client.idle_done()
    return list(said)


def _quota(client: IMAPClient) -> tuple[int | None, int | None]:
    if client.has_capability("QUOTA"):
        for quota in client.get_quota("INBOX"):
            if quota.resource.upper() == "STORAGE":
                return quota.usage * _KIB, quota.limit * _KIB
    return None, None
