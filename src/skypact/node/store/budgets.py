"""What was asked of the data providers: every request, the state of every file, the switches of every source.

A request is written here, in one transaction with the check of its budget, before it is sent. So processes
that share the database share the budget, a crash counts as a request made, and a restart resets nothing.
The rules themselves are in :mod:`skypact.node.sources.manners`; here are the facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from skypact.node.store.base import RowId, TaiNs, metadata

source_switches = Table(
    "source_switches",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("stop_reason", Text, nullable=False),
    Column("stopped_tai_ns", TaiNs, nullable=False),
    Column("login_tai_ns", TaiNs, nullable=False),
    Column("login_until_tai_ns", TaiNs, nullable=False),
)

source_files = Table(
    "source_files",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("url", Text, nullable=False),
    Column("next_tai_ns", TaiNs, nullable=False),
    Column("asked_tai_ns", TaiNs, nullable=False),
    Column("result", String(20), nullable=False),
    Column("words", Text, nullable=False),
    Column("stop_reason", Text, nullable=False),
    Column("stopped_tai_ns", TaiNs, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("current_tai_ns", TaiNs, nullable=False),
    Column("retrieved_tai_ns", TaiNs, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("body_bytes", BigInteger, nullable=False),
    Column("body_url", Text, nullable=False),
    Column("loaded_sha256", String(64), nullable=False),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
)

source_requests = Table(
    "source_requests",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("source", String(40), nullable=False),
    Column("name", String(80), nullable=False),
    Column("asked_tai_ns", TaiNs, nullable=False),
    Index(None, "source", "asked_tai_ns"),
)


@dataclass(frozen=True)
class SwitchState:
    """What a source as a whole is allowed; a time of 0 means never."""

    source: str
    enabled: bool = False
    stop_reason: str = ""
    """Why a person must resume it; empty where nothing is wrong."""
    stopped_tai_ns: int = 0
    login_tai_ns: int = 0
    """When the last login was reserved."""
    login_until_tai_ns: int = 0
    """Until when the process that reserved it may be logging in; 0 when it is done."""


@dataclass(frozen=True)
class FileState:
    """What is known of one file of a source; a time of 0 means never."""

    source: str
    name: str
    url: str = ""
    """The full address that validators and refusals belong to."""
    next_tai_ns: int = 0
    """Before this time nobody asks for it."""
    asked_tai_ns: int = 0
    result: str = ""
    """Verdict on the last answer; ``asked`` while none has come, which a crash leaves behind."""
    words: str = ""
    stop_reason: str = ""
    """Why a person must resume it; empty where nothing is wrong."""
    stopped_tai_ns: int = 0
    failures: int = 0
    """Requests in a row that reached nobody."""
    current_tai_ns: int = 0
    """When the provider last said that the body held is its newest."""
    retrieved_tai_ns: int = 0
    """When the body held was downloaded."""
    body_sha256: str = ""
    body_bytes: int = 0
    body_url: str = ""
    """Where the body held came from."""
    loaded_sha256: str = ""
    """Hash of the body that the catalog has taken in."""
    etag: str = ""
    last_modified: str = ""


def _row(table: Table, value: SwitchState | FileState) -> dict[str, Any]:
    return {column.name: getattr(value, column.name) for column in table.columns}


def read_switch(connection: Connection, source: str) -> SwitchState:
    """Return the switch of a source; one never touched is off."""
    row = connection.execute(select(source_switches).where(source_switches.c.source == source)).one_or_none()
    return SwitchState(**row._mapping) if row is not None else SwitchState(source)


def write_switch(connection: Connection, state: SwitchState) -> None:
    """Store the switch of a source."""
    key = source_switches.c.source == state.source
    _put(connection, source_switches, key, _row(source_switches, state))


def read_file(connection: Connection, source: str, name: str, url: str) -> FileState:
    """Return the state of a file; under another address no validator and no refusal holds any more."""
    row = connection.execute(
        select(source_files).where(source_files.c.source == source, source_files.c.name == name)
    ).one_or_none()
    if row is None:
        return FileState(source, name, url)
    state = FileState(**row._mapping)
    if state.url == url:
        return state
    return replace(state, url=url, stop_reason="", stopped_tai_ns=0, failures=0, etag="", last_modified="")


def read_files(connection: Connection) -> list[FileState]:
    """Return the states of all files ever asked for, by source and name."""
    rows = connection.execute(select(source_files).order_by(source_files.c.source, source_files.c.name))
    return [FileState(**row._mapping) for row in rows]


def write_file(connection: Connection, state: FileState) -> None:
    """Store the state of a file."""
    key = (source_files.c.source == state.source) & (source_files.c.name == state.name)
    _put(connection, source_files, key, _row(source_files, state))


def _put(connection: Connection, table: Table, key: Any, row: dict[str, Any]) -> None:
    if connection.execute(update(table).where(key).values(row)).rowcount == 0:
        connection.execute(insert(table).values(row))


def reserve_request(connection: Connection, source: str, name: str, now_tai_ns: int, kept_s: int) -> None:
    """Count a request that is about to be sent; forget those of the source older than ``kept_s``."""
    connection.execute(
        delete(source_requests).where(
            source_requests.c.source == source,
            source_requests.c.asked_tai_ns < now_tai_ns - kept_s * 1_000_000_000,
        )
    )
    connection.execute(insert(source_requests).values(source=source, name=name, asked_tai_ns=now_tai_ns))


def requests_since(connection: Connection, source: str, since_tai_ns: int) -> Sequence[int]:
    """Return the times of all requests to a source after ``since_tai_ns``, oldest first."""
    asked = source_requests.c.asked_tai_ns
    query = select(asked).where(source_requests.c.source == source, asked > since_tai_ns).order_by(asked)
    return list(connection.execute(query).scalars())


def count_requests(connection: Connection, source: str, since_tai_ns: int) -> int:
    """Return how many requests to a source were reserved after ``since_tai_ns``."""
    query = select(func.count()).where(
        source_requests.c.source == source, source_requests.c.asked_tai_ns > since_tai_ns
    )
    return int(connection.execute(query).scalar_one())
