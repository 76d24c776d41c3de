"""The database: one consistent state for readers, one writer at a time, all or nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from skypact.errors import NotFoundError, StoreError
from skypact.node.store import schema
from skypact.node.store.database import HEAD_REVISION, Database
from skypact.node.store.identity import Identity, node, read_identity, write_identity
from skypact.records import DataMode

IDENTITY = Identity("kr.kasi", DataMode.TEST, "2026-01-01T00:00:00Z")


def test_what_a_writer_wrote_is_read_back(database: Database) -> None:
    with database.write() as connection:
        write_identity(connection, IDENTITY, "0")
    with database.read() as connection:
        assert read_identity(connection) == IDENTITY


def test_an_error_in_a_writer_leaves_nothing(database: Database) -> None:
    def interrupted() -> None:
        with database.write() as connection:
            write_identity(connection, IDENTITY, "0")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with database.read() as connection:
        assert read_identity(connection) is None


def test_a_reader_sees_the_state_at_its_start_beside_a_writer(database: Database) -> None:
    with database.read() as reader:
        assert read_identity(reader) is None
        with database.write() as writer:
            write_identity(writer, IDENTITY, "0")
        assert read_identity(reader) is None
    with database.read() as reader:
        assert read_identity(reader) == IDENTITY


def test_a_writer_waits_for_another_and_both_are_kept(database: Database) -> None:
    started = threading.Event()

    def slow() -> None:
        with database.write() as connection:
            connection.execute(text("CREATE TABLE counter (n INTEGER)"))
            connection.execute(text("INSERT INTO counter VALUES (1)"))
            started.set()
            time.sleep(0.3)

    thread = threading.Thread(target=slow)
    thread.start()
    assert started.wait(10)
    with database.write() as connection:
        connection.execute(text("UPDATE counter SET n = n + 1"))
    thread.join()
    with database.read() as connection:
        assert connection.scalar(text("SELECT n FROM counter")) == 2


def test_a_writer_gives_up_with_one_line_when_another_never_ends(database_url: str) -> None:
    database = Database.create(database_url, wait_s=0.2)
    with (
        database.write(),
        pytest.raises(StoreError, match="another process has been writing") as told,
        database.write(),
    ):
        pass
    assert "\n" not in str(told.value)
    database.close()


def test_wrong_sql_comes_out_as_one_line(database: Database) -> None:
    with pytest.raises(StoreError) as told, database.read() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))
    assert "\n" not in str(told.value)


def test_a_second_row_of_identity_is_refused(database: Database) -> None:
    with database.write() as connection:
        write_identity(connection, IDENTITY, "0")
    second = insert(node).values(row=2, node_id="a.b", mode="REAL", created_utc="x", skypact_version="0")
    with pytest.raises(StoreError), database.write() as connection:
        connection.execute(second)


def test_the_schema_revision_of_the_code_is_the_newest_migration() -> None:
    from skypact.node.store.migrations import head

    assert head() == HEAD_REVISION


def test_the_migrated_schema_is_the_declared_one(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_a_database_of_a_newer_schema_is_refused(database: Database, database_url: str) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="schema 9999, newer than"):
        Database.open(database_url)


def test_an_empty_database_is_not_taken_for_a_node(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    with pytest.raises(StoreError, match="not a database of skypact"):
        Database.open(database_url)


def test_a_missing_file_is_not_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="skypact init"):
        Database.open(f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is a text, not a database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Database.open(f"sqlite:///{tmp_path / 'x.db'}")


def test_unusable_urls_are_refused_without_showing_the_password() -> None:
    for url in ("nonsense", "mysql://u:secret@h/d", "postgresql://u:secret@127.0.0.1:1/d"):
        with pytest.raises(StoreError) as told:
            Database.open(url)
        assert "secret" not in str(told.value)
        assert "\n" not in str(told.value)


def test_opening_an_up_to_date_database_does_not_import_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'skypact.db'}"
    Database.create(url).close()
    code = (
        "import sys; from skypact.node.store.database import Database;"
        f"Database.open({url!r}).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
