"""Databases and nodes for the tests of this room: SQLite always, a real PostgreSQL where one is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from skypact.node.desk.node_home import Node, make_node
from skypact.node.store.database import Database
from skypact.records import DataMode

_SERVER_START_S = 30


def _postgres_bin() -> Path | None:
    """Return the folder of the server's programs: the newest of Debian's, else that of ``pg_config``."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name.split(".")[0]))
    if found := shutil.which("pg_config"):
        places.append(
            Path(subprocess.run([found, "--bindir"], capture_output=True, text=True).stdout.strip())
        )
    usable = [place for place in places if (place / "initdb").exists() and (place / "postgres").exists()]
    return usable[-1] if usable else None


def _unprivileged() -> tuple[int, int] | None:
    """Return user and group to run the server as where the tests run as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    pytest.skip("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL server of its own on a Unix socket and give its URL; skip where there is none."""
    programs = _postgres_bin()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (initdb, postgres)")
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    account = _unprivileged()
    home = Path(tempfile.mkdtemp(prefix="skypact-pg-", dir="/tmp"))  # a socket's path must be short
    run_as = {} if account is None else {"user": account[0], "group": account[1], "extra_groups": []}
    if account is not None:
        os.chown(home, *account)
    data = home / "data"
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "skypact", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=home,
            **run_as,
        )
        settings = (
            f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off -c max_connections=40"
        )
        control = [programs / "pg_ctl", "-D", data, "-w", "-t", str(_SERVER_START_S), "-l", home / "log"]
        subprocess.run(
            [*control, "-o", settings, "start"], check=True, capture_output=True, cwd=home, **run_as
        )
        try:
            yield f"postgresql://skypact@/postgres?host={home}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], capture_output=True, cwd=home, **run_as)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _emptied(server: str) -> str:
    """Empty the server's database and return its URL (ten times quicker than making a new database)."""
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'skypact.db'}"
    return _emptied(request.getfixturevalue("postgres_server"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with all tables, once in SQLite and once in PostgreSQL."""
    database = Database.create(database_url)
    yield database
    database.close()


@pytest.fixture
def node(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """An open TEST node, once in SQLite and once in PostgreSQL; ``SKYPACT_HOME`` points to it."""
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "node"))
    monkeypatch.setenv("SKYPACT_DATABASE", database_url)
    node, _ = make_node("kr.kasi", DataMode.TEST)
    with node:
        yield node
