"""Reports about ourselves: which mail of ours came back, and who refused it.

A provider may take a mail and send it back afterwards, since a limit on the account
was reached. Such a report tells nothing about the people that it names.
"""

import re
from collections.abc import Iterable, Iterator
from email.message import Message as Part
from typing import Final

from bot.address import Address
from bot.bounces.parts import clean, tree
from bot.bounces.report import reporting_host
from bot.model import BounceEvent, Message, Proof

__all__ = ("may_be_providers", "returned_marks", "said_by_provider")

_FIELD: Final = "X-Colporteur"
_MARK: Final = re.compile(
    rf"^{_FIELD}:[ \t]*((?:[^\r\n]|\r?\n[ \t]+)+)", re.IGNORECASE | re.MULTILINE
)
_MARKS_MAX: Final = 10
# Under these and a country an organisation's name is one label further on.
_OPEN: Final = re.compile(r"(?:ac|asso|co|com|edu|gouv|gov|net|org)\.[a-z]{2}")

# How the senders of reports are called, as far as people can't be.
_MACHINE: Final = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|daemon|microsoftexchange[0-9a-f]*"
    r"|(?:no-?|do-?not-?)reply|bounces?)(?:[-+=].*)?",
    re.IGNORECASE,
)
# A provider that reports under another name than it authenticates under.
_KIN: Final = {"googlemail.com": "google.com"}


def may_be_providers(message: Message, proof: Proof, homes: Iterable[str]) -> bool:
    """Whether a report can be our provider's own; where in doubt, it can.

    Args:
        message: the report.
        proof: of its visible sender's domain.
        homes: domains of the provider's and ours.
    """
    author = message.author.address if message.author else None
    senders = (author, message.envelope_sender)
    machines = all(_MACHINE.fullmatch(one.local_part) for one in senders if one)
    if proof is Proof.FAIL or not machines:
        return False
    if proof is Proof.NONE or author is None:
        return True
    known = {_organisation(one) for one in homes if one}
    own = _organisation(author.domain)
    return own in known or _KIN.get(own) in known


def returned_marks(message: Message) -> tuple[str, ...]:
    """Give the `X-Colporteur` of the mail that a report returns, unchecked."""
    try:
        found = dict.fromkeys(_marks(tree(message.raw)))
    except Exception:  # noqa: BLE001 - the standard library on damaged MIME
        return ()
    return tuple(found)[:_MARKS_MAX]


def _marks(root: Part) -> Iterator[str]:
    for part in root.walk():
        if part is not root:
            yield from map(clean, part.get_all(_FIELD, []))
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                text = payload.decode("utf-8", "replace")
                yield from map(clean, _MARK.findall(text))


def said_by_provider(event: BounceEvent, message: Message, mailbox: Address) -> bool:
    """Whether our own provider refused, not the one of the recipient."""
    if not event.remote:
        return True
    host = _organisation(event.remote)
    ours = (reporting_host(message.raw), mailbox.domain)
    return host in {_organisation(one) for one in ours if one}


def _organisation(host: str) -> str:
    labels = host.lower().strip(".").split(".")
    size = 3 if _OPEN.fullmatch(".".join(labels[-2:])) else 2
    return ".".join(labels[-size:])
