"""Conjunction data messages as received: their bytes, who sent them, and what they say of probability."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
)

from skypact.node.store.base import RowId, TaiNs, metadata
from skypact.node.store.bulk import fetch, marks

cdms = Table(
    "cdms",
    metadata,
    Column("cdm_id", RowId, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("originator", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("created_tai_ns", TaiNs, nullable=False),
    Column("notation", String(16), nullable=False),
    Column("as_received", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("loaded_utc", String(32), nullable=False),
    Column("stated_pc", Double),
    Column("stated_pc_method", Text, nullable=False),
    Column("skypact_version", String(32), nullable=False),
    UniqueConstraint("digest"),
)

_IDS_PER_QUERY = 10_000


@dataclass(frozen=True)
class StoredCdm:
    """A message as stored; the columns of the table ``cdms``.

    Attributes
    ----------
    digest
        SHA-256 of what the message says: keywords and values, and of the comments those with a meaning
        (radius, density error, data mode); so the same message in another notation is known again.
    notation
        ``cdm-kvn``, ``cdm-xml``, ``cdm-json``; ``cdm-public`` for a row of that list.
    as_received
        Whether ``content`` is the bytes as they came; otherwise the message could not be cut out of a file
        of several, and was written anew with all its fields.
    line
        Line of the file at which it began (in JSON: its place in the list); 0 for a whole file.
    stated_pc, stated_pc_method
        What the message itself says.
    """

    cdm_id: int
    digest: str
    originator: str
    message_id: str
    created_tai_ns: int
    notation: str
    as_received: bool
    content: bytes
    file_name: str
    line: int
    loaded_utc: str
    stated_pc: float | None
    stated_pc_method: str
    skypact_version: str


_COLUMNS = tuple(f.name for f in fields(StoredCdm))


def next_cdm_number(connection: Connection) -> int:
    """Return the next free number of messages; inside a writer's transaction."""
    return int(fetch(connection, "SELECT COALESCE(MAX(cdm_id), 0) FROM cdms")[0][0]) + 1


def add_cdms(connection: Connection, messages: Iterable[StoredCdm]) -> None:
    """Write new messages."""
    values = [{name: getattr(message, name) for name in _COLUMNS} for message in messages]
    if values:
        connection.execute(insert(cdms), values)


def known_cdms(connection: Connection, digests: Sequence[str]) -> dict[str, int]:
    """Return the numbers of those messages that are there already, by digest."""
    found: dict[str, int] = {}
    for start in range(0, len(digests), _IDS_PER_QUERY):
        part = digests[start : start + _IDS_PER_QUERY]
        query = f"SELECT digest, cdm_id FROM cdms WHERE digest IN ({marks(part)})"  # noqa: S608
        found |= dict(fetch(connection, query, tuple(part)))
    return found


def message_ids(connection: Connection, wanted: Sequence[str]) -> set[tuple[str, str]]:
    """Return originator and identifier of the messages with these identifiers."""
    found: set[tuple[str, str]] = set()
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        part = wanted[start : start + _IDS_PER_QUERY]
        query = f"SELECT originator, message_id FROM cdms WHERE message_id IN ({marks(part)})"  # noqa: S608
        found |= {(str(originator), str(name)) for originator, name in fetch(connection, query, tuple(part))}
    return found


def read_cdm(connection: Connection, cdm_id: int) -> StoredCdm | None:
    """Return a message by its number, ``None`` where there is none."""
    row = connection.execute(select(*cdms.c).where(cdms.c.cdm_id == cdm_id)).first()
    return None if row is None else _stored(row)


def list_cdms(connection: Connection, *, limit: int | None = None) -> list[StoredCdm]:
    """Return the messages without their bytes, newest creation first."""
    columns = [column for column in cdms.c if column.name != "content"]
    query = select(*columns).order_by(cdms.c.created_tai_ns.desc(), cdms.c.cdm_id.desc()).limit(limit)
    return [_stored(row) for row in connection.execute(query)]


def _stored(row: Any) -> StoredCdm:
    values: dict[str, Any] = {name: getattr(row, name, b"") for name in _COLUMNS}
    values["content"] = bytes(values["content"])
    return StoredCdm(**values)
