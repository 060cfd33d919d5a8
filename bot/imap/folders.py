"""Where a server keeps its folders: delimiter, prefix, the Sent folder."""

from dataclasses import dataclass
from typing import Final

from imapclient import IMAPClient
from imapclient.imapclient import SENT

__all__ = ("Layout", "ensure", "find_sent", "learn_layout")

# Without special-use (RFC 6154): what providers and mail clients call it.
_SENT_NAMES: Final = (
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "sent-mail",
    "envoyés",
    "messages envoyés",
    "éléments envoyés",
    "courrier envoyé",
    "gesendet",
    "gesendete objekte",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How folder names are built."""

    prefix: str  # of every personal folder but the inbox, such as "INBOX."
    delimiter: str  # empty where folders can't hold folders

    def name(self, path: str) -> str:
        """Give the server's name for a path with slashes."""
        delimiter = self.delimiter or "-"
        return self.prefix + delimiter.join(path.strip("/").split("/"))


def learn_layout(client: IMAPClient) -> Layout:
    """Ask for the personal namespace (RFC 2342), else for the bare delimiter."""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        if personal:
            prefix, delimiter = personal[0]
            return Layout(prefix, delimiter or "")
    listed = client.list_folders("", "")
    delimiter = listed[0][1] if listed else b"/"
    return Layout("", (delimiter or b"").decode())


def ensure(client: IMAPClient, name: str) -> None:
    """Make a folder unless it is there, and subscribe it so that clients show it."""
    if not client.folder_exists(name):
        client.create_folder(name)
    client.subscribe_folder(name)


def find_sent(client: IMAPClient, layout: Layout) -> str | None:
    """Find the folder in which the provider files sent mail, if there is one."""
    by_name: dict[str, str] = {}
    for flags, _, name in client.list_folders():
        if SENT in flags:
            return str(name)
        by_name[name.removeprefix(layout.prefix).casefold()] = name
    return next((by_name[word] for word in _SENT_NAMES if word in by_name), None)
