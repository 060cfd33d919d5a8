"""The command line: what it prints, its exit statuses, and what may run beside what."""

import fcntl
import json
from pathlib import Path

import pytest

from tests.stories.scenes import ROOT, colporteur, colporteur_here, enrol, write_config

PEOPLE = ["anne@member.test", "bob@member.test"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a configuration whose servers nobody answers for."""
    return write_config(tmp_path, 1, 1)


def test_members_are_added_listed_exported_and_removed(config: Path) -> None:
    """The admin's twin of the commands by mail."""
    enrol(config, "discuter", PEOPLE)
    colporteur_here(
        config, "members", "discuter", "add", "zoe@member.test", "Zoé", "Roux"
    )
    colporteur_here(config, "members", "discuter", "remove", "bob@member.test")

    listed = json.loads(colporteur_here(config, "members", "discuter", "--json"))
    exported = colporteur_here(config, "members", "discuter", "export")

    assert [(one["address"], one["name"]) for one in listed] == [
        ("anne@member.test", ""),
        ("zoe@member.test", "Zoé Roux"),
    ]
    assert exported.splitlines() == [
        "email,name,phone,groups,language,state",
        "anne@member.test,,,,,active",
        "zoe@member.test,Zoé Roux,,,,active",
    ]


def test_an_export_can_be_imported_again(config: Path) -> None:
    """What was exported comes back as it was, names included."""
    enrol(config, "discuter", PEOPLE)
    path = config.parent / "out.csv"
    colporteur_here(config, "members", "discuter", "export", str(path))
    colporteur_here(config, "members", "informer", "import", str(path))

    listed = json.loads(colporteur_here(config, "members", "informer", "--json"))

    assert [(one["address"], one["name"]) for one in listed] == [
        ("anne@member.test", ""),
        ("bob@member.test", ""),
    ]


def test_import_tells_each_line_that_it_refuses(config: Path) -> None:
    """The good lines are in; nothing is lost in silence."""
    path = config.parent / "people.csv"
    path.write_bytes("Nom;Courriel\nZoé;zoe@member.test\nBob;bob@\n".encode("cp1252"))

    told = colporteur_here(config, "members", "discuter", "import", str(path), status=1)

    assert 'line 3: "Bob; bob@" is not a mail address' in told
    assert "1 added, 0 were members already, 1 refused" in told


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["members", "nosuch"], 2, id="no-such-list"),
        pytest.param(["members", "discuter", "fly"], 2, id="no-such-action"),
        pytest.param(["members", "discuter", "add", "bob@"], 2, id="no-address"),
        pytest.param(["queue", "cancel"], 2, id="cancel-without-ref"),
        pytest.param(["--nonsense"], 2, id="no-such-option"),
        pytest.param(["check"], 3, id="no-server"),
        pytest.param(["run", "--once"], 3, id="no-server-for-a-run"),
        pytest.param(["status"], 0, id="status-before-the-first-run"),
    ],
)
def test_exit_status(config: Path, arguments: list[str], status: int) -> None:
    """Scripts rely on the numbers."""
    # What works with servers sets up logs and signals for its process.
    run = colporteur if arguments[0] in {"check", "run"} else colporteur_here
    run(config, *arguments, status=status)


def test_a_broken_configuration_is_status_2(config: Path) -> None:
    """All its problems are told at once."""
    config.write_text(config.read_text().replace("port = 1", 'port = "one"'))

    colporteur(config, "status", status=2)


def test_short_changes_are_made_beside_a_running_instance(config: Path) -> None:
    """Nobody should have to stop the service in order to pause it."""
    enrol(config, "discuter", PEOPLE)

    with (config.parent / "store/lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        colporteur(config, "queue", "pause")
        colporteur(config, "members", "discuter", "add", "zoe@member.test")
        report = json.loads(colporteur(config, "status", "--json"))
        colporteur(config, "queue", "resume")

    assert report["paused"] is True
    members = {one["name"]: one["members"] for one in report["lists"]}
    assert members == {"informer": 0, "discuter": 3}


def test_status_has_what_programs_rely_on(config: Path) -> None:
    """The keys are a contract."""
    report = json.loads(colporteur(config, "status", "--json"))

    assert set(report) >= {
        "lists",
        "held",
        "outbox",
        "sends",
        "limits",
        "bounces",
        "last_poll",
        "errors",
    }
    states = {"ready", "sending", "doubtful", "deferred", "sent", "failed"}
    assert set(report["outbox"]) >= states
    assert set(report["limits"]["recipients_per_hour"]) >= {
        "configured",
        "learnt",
        "used",
    }


def test_explain_reads_a_folder_and_touches_nothing(config: Path) -> None:
    """One JSON object a mail, with the keys of the contract."""
    folder = ROOT / "tests/mail/11-vacation-orange"

    told = colporteur(config, "explain", "--json", str(folder / "in.eml"))

    found = json.loads(told)
    assert found["class"] == "automatic"
    assert found["actions"] == []
    assert set(found) >= {
        "file",
        "class",
        "list",
        "sender",
        "commands",
        "answer",
        "bounces",
        "rule",
        "actions",
    }


def test_explain_as_answer_reads_the_verdict(config: Path) -> None:
    """What counts is what was typed, never the quotation."""
    mail = config.parent / "answer.eml"
    mail.write_text(
        "From: paul@member.test\nTo: bot@list.test\nSubject: Re: x\n\n"
        "rejeter hors sujet\n\n> approuver\n"
    )

    found = json.loads(
        colporteur(config, "explain", "--as", "answer", "--json", str(mail))
    )

    assert found["answer"]["verdict"] == "reject"
    assert found["answer"]["reason"] == "hors sujet"
