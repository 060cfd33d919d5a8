"""The store over time: migrations, and crashes at any moment."""

import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from bot.address import Address
from bot.errors import StoreError
from bot.model import Profile, Reach, Reception
from bot.store import open_store, upgrade
from bot.store.database import Database, url_of
from bot.store.schema import METADATA
from bot.store.upgrade import VERSIONS, bring_up_to_date, version_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_migrations_lead_to_the_tables_of_the_schema(tmp_path: Path) -> None:
    """The schema module and the migrations must never drift apart."""
    open_store("", tmp_path).close()

    engine = create_engine(f"sqlite:///{tmp_path / 'colporteur.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, METADATA)
    engine.dispose()

    assert differences == []


def test_versions_are_the_files_of_the_migrations() -> None:
    """A forgotten entry would make a migrated database look too new."""
    folder = Path(upgrade.__file__).with_name("migrations") / "versions"

    found = sorted(path.name[1:5] for path in folder.glob("v*.py"))

    assert tuple(found) == VERSIONS


def test_newer_database_is_refused(tmp_path: Path) -> None:
    """An old program would not know the rules of new tables."""
    open_store("", tmp_path).close()
    with sqlite3.connect(tmp_path / "colporteur.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    for read_only in (False, True):
        with pytest.raises(StoreError, match="9999"):
            open_store("", tmp_path, read_only=read_only)


_SECOND = '''"""Another table."""
from alembic import op
import sqlalchemy as sa
revision = "9001"
down_revision = "{last}"
def upgrade() -> None:
    """Make it."""
    op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
    {more}
'''


def _copy_migrations(folder: Path, more: str = "") -> Path:
    ours = Path(upgrade.__file__).with_name("migrations")
    (folder / "versions").mkdir(parents=True)
    for path in (ours / "env.py", *(ours / "versions").glob("v*.py")):
        (folder / path.relative_to(ours)).write_text(path.read_text())
    second = _SECOND.format(more=more, last=VERSIONS[-1])
    (folder / "versions" / "v9001.py").write_text(second)
    return folder


def test_older_database_is_backed_up_and_migrated(tmp_path: Path) -> None:
    """What a migration spoils can be brought back."""
    old = open_store("", tmp_path)
    old.note("alive", "yes")
    old.close()
    database = Database(url_of("", tmp_path))

    moved = bring_up_to_date(
        database,
        tmp_path,
        versions=(*VERSIONS, "9001"),
        migrations=_copy_migrations(tmp_path / "migrations"),
    )

    assert moved == (VERSIONS[-1], "9001")
    assert version_of(database) == "9001"
    database.disconnect()
    backup = sqlite3.connect(tmp_path / f"backup-{VERSIONS[-1]}.db")
    assert backup.execute("SELECT value FROM notes").fetchall() == [("yes",)]
    assert backup.execute("SELECT * FROM alembic_version").fetchall() == [
        (VERSIONS[-1],)
    ]
    backup.close()


# What version 0001 had of two people on three lists, and what was under way.
_FIRST = """
INSERT INTO people VALUES (3, 'Éléonore  Müller', 'fr', '01'), (7, '', '', '');
INSERT INTO addresses VALUES
 ('anne@example.org', 'Anne@example.org', 3, 1, 5),
 ('home@example.org', 'home@example.org', 3, 0, 6),
 ('bert@example.net', 'bert@example.net', 7, 1, 7);
INSERT INTO memberships VALUES
 ('readers', 3, 'active', 'command', 1000000), ('talkers', 3, 'suspended', '', 0),
 ('readers', 7, 'paused', 'import', 0);
INSERT INTO requests VALUES (1, 'k7fm2q', 'hash', 'moderation', 'readers',
 'bert@example.net', 'bert@example.net', 'open', 1000000, 2000000,
 '{"sha256": "b", "author": "Anne@example.org"}', '', '', NULL);
INSERT INTO posts VALUES ('f', 'readers', '<1@x>', 'a', 'Anne@example.org', 1000000);
INSERT INTO list_settings VALUES ('readers', 'title', 'T', 'bert@example.net', 5);
INSERT INTO notes VALUES ('secret', '00ff');
"""


def _make_first(folder: Path) -> None:
    """Make a database of version 0001, with rows."""
    folder.mkdir(exist_ok=True)
    database = Database(url_of("", folder))
    config = Config()
    migrations = Path(upgrade.__file__).with_name("migrations")
    config.set_main_option("script_location", str(migrations))
    with database.transaction():
        config.attributes["connection"] = database.connection
        command.upgrade(config, "0001")
        for statement in _FIRST.split(";"):
            database.connection.exec_driver_sql(statement)
    database.disconnect()


def test_first_version_is_migrated_with_all_that_it_has(tmp_path: Path) -> None:
    """Nobody loses a member by an upgrade."""
    _make_first(tmp_path)

    store = open_store("", tmp_path)

    anne = store.find_person(Address("ANNE", "example.org"))
    assert store.migrated == ("0001", VERSIONS[-1])
    assert anne is not None
    assert (anne.id, anne.name, anne.phone, anne.groups) == (
        3,
        "Éléonore  Müller",
        "01",
        (),
    )
    assert anne.others == (Address("home", "example.org"),)
    members = {one.address.key: one for one in store.members("readers")}
    assert [one.state.value for one in members.values()] == ["active", "paused"]
    assert {one.reception for one in members.values()} == {Reception.EACH}
    assert {one.paused_until for one in members.values()} == {None}
    assert store.namesakes("eleonore muller") == (anne,)
    assert store.namesakes("") == ()
    store.close()


def test_migrated_store_goes_on_where_the_first_one_was(tmp_path: Path) -> None:
    """What was asked, posted and set still holds, and the new parts work."""
    _make_first(tmp_path)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    at = epoch + timedelta(seconds=1)
    bert = Address("bert", "example.net")

    store = open_store("", tmp_path)

    (request,) = store.unanswered_requests(at, at)
    assert (request.ref, request.address) == ("k7fm2q", bert)
    assert store.posts_between("readers", epoch, at) == ("a",)
    assert not store.note_post("readers", "f", "<1@x>", "a", bert, NOW)
    assert [one.value for one in store.list_settings()] == ["T"]
    assert store.secret() == bytes([0, 255])
    assert store.changes_stamp() != ()
    assert store.resume_due(NOW) == 0
    assert store.count_recipients([Reach("readers"), Reach("talkers")]) == 1
    assert store.enrol(bert, "Bert", "talkers", "", NOW)
    assert len(store.erase(Address("home", "example.org"), NOW)) == 2
    assert store.requests() == ()
    store.close()


def test_migration_leaves_the_first_version_beside(tmp_path: Path) -> None:
    """As it was, for whoever must go back; and for nobody else's eyes."""
    _make_first(tmp_path)

    open_store("", tmp_path).close()

    backup = tmp_path / "backup-0001.db"
    assert backup.stat().st_mode & 0o777 == 0o600
    connection = sqlite3.connect(backup)
    rows = connection.execute("SELECT * FROM people ORDER BY id").fetchall()
    connection.close()
    assert rows == [(3, "Éléonore  Müller", "fr", "01"), (7, "", "", "")]


def test_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    """All its steps are one transaction; the backup is not needed even."""
    open_store("", tmp_path).close()
    database = Database(url_of("", tmp_path))
    migrations = _copy_migrations(
        tmp_path / "migrations", 'op.execute("INSERT INTO nowhere VALUES (1)")'
    )

    with pytest.raises(StoreError, match="nowhere"):
        bring_up_to_date(
            database, tmp_path, versions=(*VERSIONS, "9001"), migrations=migrations
        )

    assert version_of(database) == VERSIONS[-1]
    with database.transaction():
        assert not database.connection.dialect.has_table(database.connection, "later")
    database.disconnect()


def test_read_only_does_not_migrate(tmp_path: Path) -> None:
    """The service does, once, with a backup."""
    open_store("", tmp_path).close()
    database = Database(url_of("", tmp_path), read_only=True)

    with pytest.raises(StoreError, match="start the service once"):
        bring_up_to_date(database, tmp_path, versions=(*VERSIONS, "9001"))

    database.disconnect()


def test_usual_start_does_not_load_alembic(tmp_path: Path) -> None:
    """It would cost every instance 15 MB for nothing."""
    open_store("", tmp_path).close()
    code = (
        "import sys, pathlib; from bot.store import open_store\n"
        "open_store('', pathlib.Path(sys.argv[1])).close()\n"
        "sys.exit('alembic' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)

    assert done.returncode == 0


_WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from bot.address import Address
from bot.model import BatchState, Outgoing, Priority, Reach
from bot.store import open_store

store = open_store("", Path(sys.argv[1]))
now = datetime(2026, 3, 1, tzinfo=UTC)
store.interrupted_batches(now)
for batch in store.doubtful():
    store.settle_batch(batch.id, BatchState.READY, now)
print("open", flush=True)
mail = Outgoing("a" * 64, 1, "post", Priority.POST, "s", "readers")
while True:
    send = store.enqueue_to_lists(mail, [Reach("readers")], "", now)
    while taken := store.take(send, 7, now):
        batch = store.start_batch(taken, now, "self")
        store.settle_batch(batch, BatchState.SENT, now, "250 ok")
    store.finish_sends(now)
"""


def _kill_while_writing(folder: Path, seconds: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(seconds)  # the moment of the crash, not a wait for something
        child.send_signal(signal.SIGKILL)


def _counted(folder: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / "colporteur.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_kill_leaves_counters_and_rows_in_agreement(tmp_path: Path) -> None:
    """A crash at any moment leaves whole transactions only."""
    store = open_store("", tmp_path)
    people = (Profile(Address(f"p{i}", "example.org")) for i in range(40))
    store.enrol_many(people, "readers", "import", NOW)
    store.close()

    for moment in (0.004, 0.013, 0.031, 0.057):
        _kill_while_writing(tmp_path, moment)

    wrong = (
        "SELECT s.id FROM sends s WHERE (s.recipients, s.ready, s.in_flight,"
        " s.accepted) <> (SELECT count(*), sum(state = 'ready'),"
        " sum(state = 'sending'), sum(state = 'sent')"
        " FROM deliveries d WHERE d.send_id = s.id)"
    )
    open_store("", tmp_path).close()  # the lock of the dead is gone
    assert _counted(tmp_path, wrong) == []
    assert _counted(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    assert _counted(tmp_path, "SELECT count(*) > 0 FROM batches") == [(1,)]
