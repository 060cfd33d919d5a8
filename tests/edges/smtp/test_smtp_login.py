"""Dialling, certificates and logins."""

import shutil
import smtplib
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from bot.errors import SubmissionError, SubmissionLoginError
from bot.smtp import SmtpSettings, SmtpSubmission
from tests.submitting import (
    ACCOUNT,
    WRONG,
    Connect,
    Serve,
    people,
    send,
    settings_for,
)


def test_a_greeting_of_421_has_the_words(serve: Serve) -> None:
    """« Too many connections » is a reason to wait, not to look for a typo."""
    server = serve(replies={"GREETING": "421 4.7.0 Too many connections"})

    with pytest.raises(SubmissionError, match="Too many connections") as caught:
        SmtpSubmission(settings_for(server)).open()

    assert caught.value.reply == "421 4.7.0 Too many connections"
    assert not isinstance(caught.value, SubmissionLoginError)


@pytest.mark.parametrize(
    ("mechanism", "auth", "password"),
    [
        ("PLAIN", "password", "clé d'été"),
        ("LOGIN", "password", "clé d'été"),
        ("LOGIN", "password", ""),
    ],
)
def test_a_login_works_with_any_password(
    serve: Serve, connect: Connect, mechanism: str, auth: str, password: str
) -> None:
    """People choose passwords with accents; smtplib can't send them."""
    server = serve(auth=(mechanism,), passwords={"anne": password})

    submission = connect(server, username="anne", password=password, auth=auth)

    assert send(submission, people(1)).is_positive


def test_a_token_is_asked_for_at_each_login(serve: Serve, connect: Connect) -> None:
    """An OAuth2 token lives an hour, the bot for months."""
    server = serve(auth=("XOAUTH2",))
    asked: list[str] = []

    def token() -> str:
        asked.append("asked")
        return "token"

    submission = connect(server, username="anne", password=token, auth="xoauth2")
    submission.close()
    submission.open()

    assert len(asked) == 2
    assert server.taken.commands[1].startswith("AUTH XOAUTH2 ")


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        ("534 5.7.9 Application-specific password required", True, "app password"),
        ("535 5.7.139 basic authentication is disabled", True, "OAuth2"),
        ("534 5.7.14 Please log in via your web browser", True, "web browser"),
        ("535 Error", True, "SMTP switched off"),
        ("454 4.7.0 Temporary authentication failure", False, "later"),
        ("450 4.7.1 Error: too many AUTH commands", False, "later"),
        ("421 4.7.0 Go away", False, "later"),
    ],
)
def test_a_refused_login_says_what_to_do(
    serve: Serve,
    reply: str,
    *,
    kind: bool,
    words: str,
) -> None:
    """A bad password is for a person; a busy server is for later."""
    server = serve(auth=("PLAIN",), replies={"AUTH": reply})
    submission = SmtpSubmission(settings_for(server, username="a", password=WRONG))

    with pytest.raises(SubmissionError, match=words) as caught:
        submission.open()

    assert isinstance(caught.value, SubmissionLoginError) is kind
    assert caught.value.reply == reply


def test_a_wrong_password_is_said_once(serve: Serve) -> None:
    """Trying each mechanism with it brings the lock-out three times nearer."""
    server = serve(auth=("PLAIN", "LOGIN"), passwords={"anne": "right"})
    submission = SmtpSubmission(settings_for(server, username="anne", password=WRONG))

    with pytest.raises(SubmissionLoginError):
        submission.open()

    assert sum("AUTH" in command for command in server.taken.commands) == 1


def test_a_server_without_login_is_told(serve: Serve) -> None:
    """Often the wrong port: AUTH is offered after TLS only."""
    submission = SmtpSubmission(settings_for(serve(), username="a", password=WRONG))

    with pytest.raises(SubmissionLoginError, match="AUTH missing"):
        submission.open()


def test_missing_starttls_is_never_passed_over(serve: Serve) -> None:
    """The password would travel in the clear."""
    server = serve(auth=("PLAIN",))
    settings = settings_for(server, security="starttls", username="a", password=WRONG)

    with pytest.raises(SubmissionError, match="no STARTTLS"):
        SmtpSubmission(settings).open()

    assert not any("AUTH" in command for command in server.taken.commands)


def test_a_server_that_is_not_there_is_told() -> None:
    """The message names the server, for whoever reads the alert."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(SubmissionError, match=f"127.0.0.1:{port} can't be reached"):
        SmtpSubmission(SmtpSettings("127.0.0.1", port, "none", timeout=5)).open()


def test_tls_towards_a_plain_port_names_the_setting(serve: Serve) -> None:
    """Port and security are mixed up more often than anything else."""
    with pytest.raises(SubmissionError, match="security"):
        SmtpSubmission(settings_for(serve(), security="tls")).open()


def test_a_cafile_that_is_not_there_is_told(serve: Serve) -> None:
    """It is a setting; the message names it."""
    settings = settings_for(serve(), security="tls", cafile="/nowhere/ca.pem")

    with pytest.raises(SubmissionError, match="cafile"):
        SmtpSubmission(settings).open()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate for localhost, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path / "cert.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(path), "-out", str(tmp_path / "public.pem")),
        ],
        check=True,
        capture_output=True,
    )
    with path.open("ab") as file:
        file.write((tmp_path / "public.pem").read_bytes())
    return path


@pytest.mark.parametrize(
    ("host", "known", "words"),
    [
        ("localhost", True, ""),
        ("localhost", False, "not to be trusted"),
        ("127.0.0.1", True, "not to be trusted"),
    ],
)
def test_a_certificate_must_be_known_and_for_this_host(
    serve: Serve,
    certificate: Path,
    host: str,
    *,
    known: bool,
    words: str,
) -> None:
    """Else anybody on the way could read the password."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = serve(tls=context)
    cafile = str(certificate) if known else None
    settings = settings_for(server, host=host, security="tls", cafile=cafile)
    submission = SmtpSubmission(settings)

    if words:
        with pytest.raises(SubmissionError, match=words):
            submission.open()
    else:
        submission.open()
        assert send(submission, people(2)).is_positive
    submission.close()


def test_close_never_raises(serve: Serve, connect: Connect) -> None:
    """It is called when things went wrong already."""
    server = serve()
    submission = connect(server)
    server.hang_up_all()

    submission.close()
    submission.close()

    assert server.taken.connections == 1


def test_the_scripted_server_agrees_with_smtplib(serve: Serve) -> None:
    """Our client and our server must not share one misunderstanding."""
    server = serve(auth=("PLAIN", "LOGIN"), passwords=dict([ACCOUNT]))

    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        client.login(*ACCOUNT)
        client.sendmail("a@b.test", ["c@d.test"], b"Message-ID: <m@x>\r\n\r\n.\r\n")

    assert server.taken.deliveries == {("<m@x>", "c@d.test"): 1}
    assert server.taken.messages[0][2] == b"Message-ID: <m@x>\r\n\r\n.\r\n"
