"""The repository around the code: what is promised there has to be true."""

import os
import re
import shutil
import subprocess
import textwrap
import tomllib
from pathlib import Path

import pytest

from bot import logs

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?\)")

# A command line at the start of a line, or quoted in a sentence.
TYPED = re.compile(
    r"(?:^ *|`)(?:sudo )?colporteur (?:--config \S+ )?([a-z]+)", re.MULTILINE
)

TOML = re.compile(r"^ *```toml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)

by_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: str(page.relative_to(ROOT))
)


def run(
    *command: str, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program in the repository."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def targets() -> set[str]:
    """Name the targets that the Makefile explains."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))


@by_page
def test_links_inside_lead_somewhere(page: Path) -> None:
    """A page that is renamed takes its links along."""
    text = page.read_text(encoding="utf-8")
    dead = [
        target
        for target, _ in LINK.findall(text)
        if target and not (page.parent / target).exists()
    ]

    assert dead == []


@by_page
def test_commands_shown_exist(page: Path) -> None:
    """Who follows a page must not meet "No rule to make target"."""
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z-]+)", text))

    assert named - targets() == set()


def test_pages_name_only_subcommands_that_exist() -> None:
    """`colporteur something` in a page is typed by somebody."""
    from bot.cli.main import app  # noqa: PLC0415 - only this test needs it

    known = {command.name for command in app.registered_commands} | {
        group.name for group in app.registered_groups
    }
    named = {
        word
        for page in PAGES
        for word in TYPED.findall(page.read_text(encoding="utf-8"))
    }

    assert named - known == set()


@by_page
def test_configurations_shown_are_toml(page: Path) -> None:
    """They are copied as they stand."""
    for block in TOML.findall(page.read_text(encoding="utf-8")):
        assert tomllib.loads(textwrap.dedent(block))


@by_page
def test_events_shown_exist(page: Path) -> None:
    """Who searches the journal for a name out of a page has to find it."""
    subjects = {name.partition(".")[0] for name in logs.EVENTS}
    named = set(re.findall(r"`([a-z]+\.[a-z]+)`", page.read_text(encoding="utf-8")))

    assert {
        name for name in named if name.partition(".")[0] in subjects
    } <= logs.EVENTS.keys() | {"config.toml"}


def test_readme_shows_how_to_try_it() -> None:
    """Two commands are all that a visitor needs."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "make demo" in text
    assert "make test" in text


def test_license_is_the_one_declared() -> None:
    """The whole text travels with the program."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert project["project"]["license"] == "GPL-3.0-or-later"
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_changelog_knows_the_version_to_come() -> None:
    """Keep a Changelog: what is not released yet has its place at the top."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(r"^## \[", text, re.MULTILINE)
    assert text.index("## [Unreleased]") == text.index("## [")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_alone_lists_its_targets() -> None:
    """`make` in a fresh copy explains itself and installs nothing."""
    done = run("make", "--no-print-directory", environ={"MAKEFLAGS": ""})

    assert done.returncode == 0, done.stderr
    for target in ("demo", "test", "check", "lint", "types", "bench", "clean"):
        assert f"make {target} " in done.stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_says_plainly_that_python_is_unfit(tmp_path: Path) -> None:
    """Without a Python that fits, the reader learns what to install."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("make", "sh"):
        (tools / name).symlink_to(shutil.which(name) or name)
    old = tools / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)

    done = run(
        "make",
        "test",
        f"VENV={tmp_path / 'venv'}",
        environ={"PATH": str(tools), "MAKEFLAGS": ""},
    )

    assert done.returncode != 0
    assert "3.11, 3.12 or 3.13" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_ci_script_is_sound() -> None:
    """A slip in the script of the gates would let everything through."""
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")

    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "export CI=true" in text
    assert run("bash", "-n", str(script)).returncode == 0
