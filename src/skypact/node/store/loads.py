"""Loads: every file of element sets or facts that came in, from where and when, and what was kept out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)

from skypact.catalog.completeness import LoadFacts, LoadKind
from skypact.formats.reading import Rejection
from skypact.node.store.base import RowId, TaiNs, metadata
from skypact.node.store.bulk import insert_rows

QUARANTINE_ROWS_MAX = 10_000
"""Records of one load kept in quarantine with their text; beyond that they are only counted."""

catalog_sources = Table(
    "catalog_sources",
    metadata,
    Column("source_id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
)

loads = Table(
    "loads",
    metadata,
    Column("load_id", RowId, primary_key=True),
    Column("source_id", ForeignKey("catalog_sources.source_id"), nullable=False),
    Column("series", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("retrieved_tai_ns", TaiNs, nullable=False),
    Column("loaded_utc", String(32), nullable=False),
    Column("records", Integer, nullable=False),
    Column("objects", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("epoch_first_tai_ns", TaiNs, nullable=False),
    Column("epoch_median_tai_ns", TaiNs, nullable=False),
    Column("epoch_last_tai_ns", TaiNs, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("skypact_version", String(32), nullable=False),
    UniqueConstraint("source_id", "sha256"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", RowId, primary_key=True),
    Column("load_id", ForeignKey("loads.load_id"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "load_id"),
)


@dataclass(frozen=True)
class NewLoad:
    """A load about to be written; see :class:`LoadLine` for what the fields mean."""

    source: str
    series: int
    kind: LoadKind
    file_name: str
    sha256: str
    size_bytes: int
    retrieved_tai_ns: int
    loaded_utc: str
    records: int
    objects: int
    epoch_first_tai_ns: int
    epoch_median_tai_ns: int
    epoch_last_tai_ns: int
    accepted: bool
    warnings: tuple[str, ...]
    skypact_version: str


@dataclass(frozen=True)
class LoadLine:
    """A load as stored.

    Attributes
    ----------
    sha256
        Of the content after unpacking.
    retrieved_tai_ns
        When the node got the data, by which "as of" is answered.
    records
        Records that were read; ``rejected`` of them come on top.
    """

    facts: LoadFacts
    file_name: str
    sha256: str
    loaded_utc: str
    records: int
    rejected: int
    epoch_first_tai_ns: int


@dataclass(frozen=True)
class QuarantineLine:
    """One record that was kept out, with where it was."""

    load_id: int
    source: str
    file_name: str
    line: int
    field: str
    reason: str
    text: str


def source_number(connection: Connection, name: str) -> int:
    """Return the number of a source, adding it where it is new."""
    found = connection.scalar(select(catalog_sources.c.source_id).where(catalog_sources.c.name == name))
    if found is None:
        key = connection.execute(insert(catalog_sources).values(name=name)).inserted_primary_key
        found = key[0] if key else 0
    return int(found)


def find_load(connection: Connection, source: str, sha256: str) -> int | None:
    """Return the number of the load of this content from this source, if there is one."""
    query = (
        select(loads.c.load_id)
        .join(catalog_sources)
        .where(catalog_sources.c.name == source, loads.c.sha256 == sha256)
    )
    found = connection.scalar(query)
    return None if found is None else int(found)


def add_load(connection: Connection, load: NewLoad, rejected: Sequence[Rejection]) -> int:
    """Write a load with its quarantine and return its number."""
    values = {name: getattr(load, name) for name in NewLoad.__dataclass_fields__ if name != "source"}
    values |= {
        "source_id": source_number(connection, load.source),
        "kind": load.kind.value,
        "rejected": len(rejected),
        "warnings": json.dumps(load.warnings, ensure_ascii=False),
    }
    key = connection.execute(insert(loads).values(values)).inserted_primary_key
    load_id = int(key[0]) if key else 0
    insert_rows(
        connection,
        quarantine,
        ("load_id", "line", "field", "reason", "text"),
        [(load_id, r.line, r.field_name, r.reason, _shown(r.text)) for r in rejected[:QUARANTINE_ROWS_MAX]],
    )
    return load_id


def _shown(text: str) -> str:
    """Return text without NUL, which PostgreSQL does not store."""
    return text.replace("\x00", "\ufffd")


def accept_load(connection: Connection, load_id: int) -> None:
    """Note that a person said the load is complete as it is."""
    connection.execute(update(loads).where(loads.c.load_id == load_id).values(accepted=True))


def read_loads(
    connection: Connection, *, as_of_tai_ns: int | None = None, source: str | None = None
) -> list[LoadLine]:
    """Return the loads that the node had at a time (default: all), in the order of retrieval."""
    query = select(loads, catalog_sources.c.name.label("source")).join(catalog_sources)
    if as_of_tai_ns is not None:
        query = query.where(loads.c.retrieved_tai_ns <= as_of_tai_ns)
    if source is not None:
        query = query.where(catalog_sources.c.name == source)
    return [
        LoadLine(
            facts=LoadFacts(
                load_id=row.load_id,
                source=row.source,
                series=row.series,
                kind=LoadKind(row.kind),
                objects=row.objects,
                retrieved_tai_ns=row.retrieved_tai_ns,
                epoch_median_tai_ns=row.epoch_median_tai_ns,
                epoch_last_tai_ns=row.epoch_last_tai_ns,
                accepted=row.accepted,
            ),
            file_name=row.file_name,
            sha256=row.sha256,
            loaded_utc=row.loaded_utc,
            records=row.records,
            rejected=row.rejected,
            epoch_first_tai_ns=row.epoch_first_tai_ns,
        )
        for row in connection.execute(query.order_by(loads.c.retrieved_tai_ns, loads.c.load_id))
    ]


def read_quarantine(
    connection: Connection, *, source: str | None = None, load_id: int | None = None, limit: int | None = None
) -> list[QuarantineLine]:
    """Return the records that were kept out, newest load first."""
    query = (
        select(quarantine, loads.c.file_name, catalog_sources.c.name.label("source"))
        .join(loads, quarantine.c.load_id == loads.c.load_id)
        .join(catalog_sources)
        .order_by(quarantine.c.load_id.desc(), quarantine.c.quarantine_id)
        .limit(limit)
    )
    if source is not None:
        query = query.where(catalog_sources.c.name == source)
    if load_id is not None:
        query = query.where(quarantine.c.load_id == load_id)
    return [
        QuarantineLine(r.load_id, r.source, r.file_name, r.line, r.field, r.reason, r.text)
        for r in connection.execute(query)
    ]


def first_retrieval(connection: Connection) -> int | None:
    """Return when the node first got anything (TAI ns), ``None`` where it has nothing."""
    found = connection.scalar(select(func.min(loads.c.retrieved_tai_ns)))
    return None if found is None else int(found)
