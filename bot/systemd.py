"""Words to the service manager, as sd_notify(3) has them.

Outside systemd nothing happens: the functions say so and never raise, since a
service must not fail because nobody listens.
"""

import socket
from collections.abc import Mapping
from typing import Final

__all__: Final = ("notify", "watchdog_seconds")

_MICROSECONDS = 1_000_000
# The manager's queue may be full for a moment; the mail must not wait for it.
_PATIENCE_SECONDS = 1.0


def notify(environ: Mapping[str, str], *assignments: str) -> bool:
    """Send assignments such as READY=1, WATCHDOG=1, or STOPPING=1.

    Returns:
        whether a service manager was there to be told.
    """
    path = environ.get("NOTIFY_SOCKET", "")
    if not path.startswith(("/", "@")):
        return False
    # A leading @ stands for the zero byte of an abstract socket, unix(7).
    name = f"\0{path[1:]}" if path.startswith("@") else path
    message = "\n".join(one.replace("\n", " ") for one in assignments)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.settimeout(_PATIENCE_SECONDS)
            channel.sendto(message.encode(), name)
    except OSError:
        return False
    return True


def watchdog_seconds(environ: Mapping[str, str], pid: int) -> float:
    """Give how often to send WATCHDOG=1: half the time allowed; 0 for never.

    WATCHDOG_PID guards against a child that inherited the variables of its parent.
    """
    allowed = environ.get("WATCHDOG_USEC", "")
    if environ.get("WATCHDOG_PID", str(pid)) != str(pid) or not allowed.isdecimal():
        return 0.0
    return int(allowed) / _MICROSECONDS / 2
