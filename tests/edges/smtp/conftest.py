"""Scripted servers and open submissions."""

from collections.abc import Iterator

import pytest

from bot.smtp import SmtpSubmission
from tests.scripted_smtp import Script, ScriptedSmtp
from tests.submitting import Connect, Serve, settings_for


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start scripted servers; stop them at the end."""
    running: list[ScriptedSmtp] = []

    def start(**options: object) -> ScriptedSmtp:
        server = ScriptedSmtp(Script(**options))  # type: ignore[arg-type]  # by name
        running.append(server.__enter__())
        return server

    yield start
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Open submissions; close them at the end."""
    opened: list[SmtpSubmission] = []

    def start(server: ScriptedSmtp, **changes: object) -> SmtpSubmission:
        submission = SmtpSubmission(settings_for(server, **changes))
        opened.append(submission)
        submission.open()
        return submission

    yield start
    for submission in opened:
        submission.close()
