"""The node's one database: SQLite beside its settings, or PostgreSQL by URL; the same rules in both.

Readers see one consistent state and never wait. Writers wait for each other (``BEGIN IMMEDIATE`` in SQLite,
an advisory lock in PostgreSQL), and a writer's block is one transaction: all of it is kept or nothing.
Whatever the database refuses comes out as :class:`~skypact.errors.StoreError` in one line.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from skypact.errors import NotFoundError, StoreError

HEAD_REVISION = "0001"
"""Newest schema revision this skypact knows; kept equal to the newest migration by a test."""

WAIT_S_DEFAULT = 60.0
"""How long a writer waits for another: the longest write, a full catalog, takes about a second."""

CONNECT_WAIT_S = 10
"""How long to wait for a PostgreSQL server to answer at all."""

_WRITER_LOCK = 0x736B7970
"""Key of the advisory lock that PostgreSQL writers share ("skyp" in ASCII)."""

_PAGE_CACHE_KIB = 65_536
"""Page cache of a SQLite connection: holds a whole catalog with its indexes."""

_WAIT_STEP_MS = 200
"""How long a waiting SQLite writer cannot be interrupted."""

_WRITER = "skypact_writer"
_WAIT = "skypact_wait_s"


class Database:
    """An open database of this version's schema; made by :meth:`open` or :meth:`create`."""

    def __init__(self, engine: Engine, wait_s: float) -> None:
        self.engine = engine
        self.wait_s = wait_s
        self._writer = engine.execution_options(**{_WRITER: True, _WAIT: wait_s})
        self._reader = engine
        if not self.is_sqlite:
            self._reader = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite; otherwise it is PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @property
    def place(self) -> str:
        """The database as shown to people: its file, or its URL without the password."""
        return _place(self.engine)

    @classmethod
    def open(cls, url: str, *, wait_s: float = WAIT_S_DEFAULT) -> Database:
        """Open an existing database; one of an older schema is brought up to date first.

        Raises
        ------
        NotFoundError
            Where there is no database.
        StoreError
            For a database that a newer skypact made, that is not skypact's, or that does not answer.
        """
        database = cls(_engine(url, wait_s), wait_s)
        with _closed_on_error(database):
            if database.is_sqlite and not Path(database.place).is_file():
                raise NotFoundError(
                    f"there is no database {database.place}", remedy="make the node with 'skypact init'"
                )
            revision = database.revision()
            if revision is None:
                raise StoreError(
                    f"{database.place} is not a database of skypact", remedy="check the setting 'database'"
                )
            if revision != HEAD_REVISION:
                database._migrate(revision)
        return database

    @classmethod
    def create(cls, url: str, *, wait_s: float = WAIT_S_DEFAULT) -> Database:
        """Make the tables in an empty database (or open it where they are there already)."""
        database = cls(_engine(url, wait_s), wait_s)
        with _closed_on_error(database):
            if database.is_sqlite:
                database._keep_log_ahead()
            revision = database.revision()
            if revision != HEAD_REVISION:
                database._migrate(revision)
        return database

    def _keep_log_ahead(self) -> None:
        """Switch SQLite to its write-ahead log, in which readers and a writer do not hinder each other."""
        with _told(self.engine):
            pooled = self.engine.raw_connection()
            try:
                pooled.cursor().execute("PRAGMA journal_mode=WAL")
            finally:
                pooled.close()

    def revision(self) -> str | None:
        """Return the schema revision of the database, ``None`` where it has no tables of skypact."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
            return str(row[0]) if row else None

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent state, beside any running writer."""
        with _told(self.engine), self._reader.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together at the end, or not at all on any error.

        Waits up to ``wait_s`` for other writers, of this or of other processes; must not be nested.
        """
        with _told(self.engine), self._writer.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(self.wait_s * 1000)}")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
            yield connection

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def _migrate(self, found: str | None) -> None:
        from skypact.node.store.migrations import is_known, upgrade

        if found is not None and not is_known(found):
            raise StoreError(
                f"{self.place} has schema {found}, newer than {HEAD_REVISION} which this skypact knows",
                remedy="use the newer skypact",
            )
        with self.write() as connection:
            upgrade(connection)


def _engine(url: str, wait_s: float) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": wait_s, "isolation_level": None})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if parsed.get_backend_name() == "postgresql":
            return create_engine(parsed, connect_args={"connect_timeout": CONNECT_WAIT_S})
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(
            "cannot read the URL of the database", remedy="write postgresql://USER@HOST/NAME"
        ) from error
    except ModuleNotFoundError as error:
        raise StoreError(
            f"the driver {error.name} is not installed", remedy="install skypact with its extra 'postgres'"
        ) from error
    raise StoreError(
        f"no support for databases of kind '{parsed.drivername}'", remedy="use SQLite or PostgreSQL"
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA cache_size=-{_PAGE_CACHE_KIB}")


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction; a writer waits in short steps, so that a person can interrupt it."""
    options = connection.get_execution_options()
    raw = connection.connection.cursor()
    if not options.get(_WRITER):
        raw.execute("BEGIN")
        return
    until = time.monotonic() + options[_WAIT]
    raw.execute(f"PRAGMA busy_timeout={_WAIT_STEP_MS}")
    try:
        while not _became_writer(raw, give_up=time.monotonic() >= until):
            pass
    finally:
        raw.execute(f"PRAGMA busy_timeout={int(options[_WAIT] * 1000)}")


def _became_writer(cursor: Any, *, give_up: bool) -> bool:
    """Try to become the writer, for one step; on the last try raise what SQLite says."""
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if give_up or "locked" not in str(error):
            raise
        return False
    return True


def _place(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return str(engine.url.database or "the database in memory")
    return engine.url.render_as_string(hide_password=True)


@contextlib.contextmanager
def _closed_on_error(database: Database) -> Iterator[None]:
    try:
        yield
    except BaseException:
        database.close()
        raise


@contextlib.contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """Turn what the driver or SQLAlchemy raises into one line for a person."""
    driver_error: Any = engine.dialect.loaded_dbapi.Error
    try:
        yield
    except DBAPIError as error:
        raise _store_error(engine, error.orig or error) from error
    except driver_error as error:
        raise _store_error(engine, error) from error


_KNOWN = (
    ("disk is full", "the disk is full", "free some space and do it again; nothing of this step was kept"),
    ("no space left", "the disk is full", "free some space and do it again; nothing of this step was kept"),
    ("readonly", "the database cannot be written", "check the permissions of the file and its folder"),
    ("read-only", "the database cannot be written", "check the permissions of the file and its folder"),
    ("database is locked", "another process has been writing for too long", "wait for it and try again"),
    ("lock timeout", "another process has been writing for too long", "wait for it and try again"),
    ("disk i/o error", "the disk refused", "look at the disk; nothing of this step was kept"),
    ("unable to open", "the database cannot be opened", "check the permissions of the file and its folder"),
    ("not a database", "the file is not a database", "restore it from a copy"),
    ("malformed", "the database is damaged", "restore it from a copy"),
    ("connection", "the database server does not answer", "check the setting 'database' and the server"),
)
"""What databases say (lower case), what that means, and what to do."""


def _store_error(engine: Engine, error: BaseException) -> StoreError:
    said = " ".join(str(error).split())
    for sign, what, remedy in _KNOWN:
        if sign in said.lower():
            return StoreError(f"{what} ({said})", where=_place(engine), remedy=remedy)
    return StoreError(f"the database refused: {said}", where=_place(engine))
