"""A provider in a box: real Dovecot and Postfix on loopback, in one folder.

For tests only. It needs root, Dovecot 2.3 and Postfix; `Box.missing()` says what
is not there. `list.test` is delivered at once, `member.test` and `gone.test` go
through "another provider" on a port of its own, so that what it refuses comes
back to the sender as a real bounce.
"""

import os
import random
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Self

from imapclient import imap_utf7

from tests import box_config
from tests.box_config import MAIL_UID, Ports
from tests.processes import end_session

DOMAINS: Final = ("list.test", "member.test")
USERS: Final[Mapping[str, str]] = {
    "bot@list.test": "botpw",
    "owner@list.test": "ownerpw",
    "full@member.test": "pw",
    **{f"member{number}@member.test": "pw" for number in range(1, 121)},
}
QUOTAS: Final[Mapping[str, int]] = {"full@member.test": 1000}
# What the other provider answers to RCPT.
REFUSALS: Final[Mapping[str, str]] = {
    "refused@member.test": "550 5.7.1 Message refused by policy",
    "nouser@member.test": (
        "550 5.1.1 <nouser@member.test>: Recipient address rejected:"
        " User unknown in virtual mailbox table"
    ),
    "disabled@member.test": (
        "550 5.2.1 The email account that you tried to reach is disabled"
    ),
    "quota@member.test": "452 4.2.2 The recipient's inbox is out of storage space",
    "grey@member.test": "450 4.7.1 Greylisted, come back in 300 seconds",
    "gone.test": "550 5.1.2 Bad destination mailbox domain",
}
_PROGRAMS: Final = ("dovecot", "doveadm", "postfix", "openssl", "setpriv")
_LMTP: Final = Path("/usr/lib/dovecot/lmtp")
_POSTFIX_MASTER: Final = Path("/usr/lib/postfix/sbin/master")
_START_SECONDS: Final = 30.0


class Box:
    """A mail provider of one's own.

    Args:
        users: passwords by address; `USERS` when left out.
        recipient_limit: the next RCPT in a transaction gets `452 4.5.3`.
        separator: between a folder and the one inside it.
        prefix: of every folder but the inbox, such as `INBOX.`.
        refusals: replies to RCPT by address or domain, for what leaves list.test.
        quotas: bytes a mailbox may hold, by address.
        options: more smtpd parameters for the submission ports, such as
            `smtpd_client_message_rate_limit`.
    """

    def __init__(  # noqa: PLR0913 - each is a property of a provider
        self,
        users: Mapping[str, str] | None = None,
        recipient_limit: int = 50,
        *,
        separator: str = "/",
        prefix: str = "",
        refusals: Mapping[str, str] = REFUSALS,
        quotas: Mapping[str, int] = QUOTAS,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.users = dict(USERS if users is None else users)
        self.separator, self.prefix = separator, prefix
        self._refusals, self._quotas = refusals, quotas
        self._options = {
            "smtpd_recipient_limit": str(recipient_limit),
            **(options or {}),
        }
        self._sessions: list[subprocess.Popen[bytes]] = []
        self.folder = Path()
        self._ports = Ports(0, 0, 0, 0, 0)

    @staticmethod
    def missing() -> str:
        """Say what keeps a box from starting; empty when nothing does."""
        if os.geteuid() != 0:
            return "root (Dovecot and Postfix change their user)"
        absent = [name for name in _PROGRAMS if not shutil.which(name, path=_path())]
        if absent or not _LMTP.exists():
            return "apt-get install dovecot-imapd dovecot-lmtpd postfix openssl"
        version = _run("dovecot", "--version").decode()
        return "" if version.startswith("2.3.") else f"Dovecot 2.3 (here: {version})"

    @property
    def imap_port(self) -> int:
        """IMAP, STARTTLS offered, login in the clear allowed."""
        return self._ports.imap

    @property
    def imaps_port(self) -> int:
        """IMAP inside TLS."""
        return self._ports.imaps

    @property
    def submission_port(self) -> int:
        """SMTP with login, STARTTLS offered."""
        return self._ports.submission

    @property
    def submissions_port(self) -> int:
        """SMTP with login, inside TLS."""
        return self._ports.submissions

    @property
    def cafile(self) -> Path:
        """The certificate, good for localhost and 127.0.0.1."""
        return self.folder / "cert.pem"

    def start(self) -> Self:
        """Start both servers; they accept connections when this returns."""
        # Short, because a Unix socket's path has at most 107 characters.
        self.folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="cb"))
        try:
            self._ports = Ports(*_free_ports(5))
            self._write_files()
            self._launch("dovecot", "-F", "-c", str(self.folder / "dovecot.conf"))
            # Postfix gives up for a minute where the login socket is not there yet.
            self._await((self.folder / "dove/pf-auth").exists)
            _run("postfix", "-c", str(self.folder / "pf"), "check")
            # Not `postfix start-fg`: that leaves our session, and with it our sight.
            self._launch(str(_POSTFIX_MASTER), "-d", "-c", str(self.folder / "pf"))
            for port in (self.imap_port, self.submission_port, self._ports.remote):
                self._await(partial(_accepts, port))
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End every process and remove the folder."""
        for leader in reversed(self._sessions):
            end_session(leader)
        self._sessions.clear()
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def add_user(self, address: str, password: str, quota: int = 0) -> None:
        """Add a mailbox, or give one a new password; Dovecot sees it at once."""
        self.users[address] = password
        self._quotas = {**self._quotas, **({address: quota} if quota else {})}
        self._write_user(address, password)

    def deliver(self, address: str, raw: bytes, envelope_sender: str = "") -> None:
        """Deliver a mail as if it came from outside; sub-addresses work."""
        with smtplib.LMTP(str(self.folder / "dove/pf-lmtp")) as lmtp:
            refused = lmtp.sendmail(
                envelope_sender, [address], raw, mail_options=["BODY=8BITMIME"]
            )
        if refused:
            raise smtplib.SMTPRecipientsRefused(refused)

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Give what a mailbox's folder holds, as IMAP would, oldest first."""
        maildir = self._maildir(address, folder)
        found = [*maildir.glob("new/*"), *maildir.glob("cur/*")]
        found.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
        return [path.read_bytes().replace(b"\n", b"\r\n") for path in found]

    def log(self) -> str:
        """Give what both servers logged."""
        return "\n".join(
            path.read_text(errors="replace")
            for path in sorted((self.folder / "log").iterdir())
        )

    def _maildir(self, address: str, folder: str) -> Path:
        home = self.folder / "mail" / address
        if folder == "INBOX":
            return home
        inner = folder.removeprefix(self.prefix).replace(self.separator, ".")
        return home / f".{imap_utf7.encode(inner).decode()}"

    def _write_files(self) -> None:
        root, pf = self.folder, self.folder / "pf"
        root.chmod(0o755)
        for name in ("dove", "spool", "pfdata", "pf", "mail", "log", "users"):
            (root / name).mkdir(mode=0o755)
        os.chown(root / "mail", MAIL_UID, MAIL_UID)
        shutil.chown(root / "pfdata", "postfix")
        _make_certificate(root)
        shutil.chown(root / "users", "root", "dovecot")
        for address, password in self.users.items():
            self._write_user(address, password)
        (root / "dovecot.conf").write_text(
            box_config.dovecot_conf(root, self._ports, self.separator, self.prefix)
        )
        (pf / "main.cf").write_text(box_config.main_cf(root, self._ports, DOMAINS))
        (pf / "master.cf").write_text(
            box_config.master_cf(root, self._ports, self._options)
        )
        (pf / "remote").write_text(
            "".join(f"{who} {reply}\n" for who, reply in self._refusals.items())
        )

    def _write_user(self, address: str, password: str) -> None:
        # A file each: Dovecot looks at the date of a known one, in whole seconds.
        path = self.folder / "users" / address
        line = box_config.user_line(address, password, self._quotas.get(address, 0))
        path.write_text(line)

    def _launch(self, *command: str) -> None:
        with (self.folder / "log/console.log").open("ab") as console:
            self._sessions.append(
                subprocess.Popen(
                    # The servers end with the test run, however that ends.
                    ["setpriv", "--pdeathsig", "TERM", "--", *command],  # noqa: S607 - the system's
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=console,
                    env={"PATH": _path()},
                    start_new_session=True,
                )
            )

    def _await(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + _START_SECONDS
        while not ready():
            if time.monotonic() > end or self._sessions[-1].poll() is not None:
                raise RuntimeError(f"the provider in a box did not start\n{self.log()}")
            time.sleep(0.02)


def _path() -> str:
    # The servers live in sbin, which a user's PATH may lack.
    return f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"


def _run(*command: str) -> bytes:
    return subprocess.run(
        command, check=True, capture_output=True, env={"PATH": _path()}
    ).stdout


def _make_certificate(folder: Path) -> None:
    _run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "30"),
        *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
        *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
    )


def _free_ports(count: int) -> Iterator[int]:
    """Find ports below the range from which outgoing connections take theirs."""
    candidates = random.sample(range(10_000, 32_000), 200)
    for port in candidates:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            count -= 1
            yield port
        if not count:
            return


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
