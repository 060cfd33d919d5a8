"""Move one mail to another folder, with or without the MOVE extension.

Moving twice must do no harm: the process may die between any two commands.
"""

import re
from typing import Final

from imapclient import DELETED, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from bot.imap.folders import ensure

__all__ = ("HEADER_MAX", "HEADER_PEEK", "move")

# A header is some kB; one of megabytes is an attack, and its rest says nothing.
HEADER_MAX: Final = 262_144
HEADER_PEEK: Final = f"BODY.PEEK[HEADER]<0.{HEADER_MAX}>"
_MESSAGE_ID: Final = re.compile(rb"(?im)^message-id:\s*(<[!-~]+>)")
_CANDIDATES_MAX: Final = 20


def move(client: IMAPClient, inbox: str, uid: int, target: str) -> None:
    """Move a mail of the selected `inbox`; make the target if somebody deleted it.

    Nothing happens when the mail is gone.
    """
    try:
        _transfer(client, inbox, uid, target)
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        if not client.search(["UID", uid]):
            return
        ensure(client, target)
        _transfer(client, inbox, uid, target)


def _transfer(client: IMAPClient, inbox: str, uid: int, target: str) -> None:
    if client.has_capability("MOVE"):
        client.move([uid], target)
        return
    if not _is_copied(client, inbox, uid, target):
        client.copy([uid], target)
    client.add_flags([uid], [DELETED], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])
    elif client.search(["DELETED"]) == [uid]:
        # EXPUNGE would also remove what a person flagged and may yet want back.
        client.expunge()


def _is_copied(client: IMAPClient, inbox: str, uid: int, target: str) -> bool:
    """Say whether an earlier attempt got as far as the copy."""
    original = _look(client, [uid])
    if not original:
        return False
    size, header = original[0]
    found = _MESSAGE_ID.search(header)
    criteria = (
        ["HEADER", "Message-ID", found[1].decode()]
        if found
        else ["LARGER", size - 1, "SMALLER", size + 1]
    )
    try:
        client.select_folder(target, readonly=True)
        candidates = client.search(criteria)[-_CANDIDATES_MAX:]
        return original[0] in _look(client, candidates)
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        return False  # no such folder: the copy will tell
    finally:
        client.select_folder(inbox)


def _look(client: IMAPClient, uids: list[int]) -> list[tuple[int, bytes]]:
    """Give size and header, by which a copy is known from another delivery."""
    answers = client.fetch(uids, ["RFC822.SIZE", HEADER_PEEK]).values()
    return [
        (answer[b"RFC822.SIZE"], answer[b"BODY[HEADER]<0>"])
        for answer in answers
        if b"BODY[HEADER]<0>" in answer
    ]
