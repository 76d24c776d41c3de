"""Element sets with their whole history, and which load held which.

An element set is stored once for each source: unique by object, epoch, source and the digest of its
numbers. Numbers (``set_id``) rise in the order of arrival, so that the sets of one catalog lie together and
reading it costs the same in a database of one catalog and of a thousand.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from skypact.formats.elements import ElementTable
from skypact.node.store.base import RowId, TaiNs, metadata
from skypact.node.store.bulk import Row, fetch, insert_rows, marks, run

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

_FLOATS = (
    "mean_motion_rev_d",
    "eccentricity",
    "inclination_deg",
    "raan_deg",
    "arg_perigee_deg",
    "mean_anomaly_deg",
    "bstar_per_er",
    "mean_motion_dot_rev_d2",
    "mean_motion_ddot_rev_d3",
)
_TEXTS = ("object_name", "object_id", "classification")
_COUNTERS = ("ephemeris_type", "element_set_no", "rev_at_epoch", "line")
_TABLE_COLUMNS = ("norad", "epoch_tai_ns", *_FLOATS, *_TEXTS, *_COUNTERS)
"""The columns of :class:`~skypact.formats.elements.ElementTable`, in this order in the database."""

RMS_KEYWORD = "RMS"
"""Column in which CelesTrak gives the RMS in km of a fit to an operator's ephemeris (supplemental GP)."""

UNSTORED_EXTRA = frozenset({"DATA_MODE", "TLE_LINE0", "TLE_LINE1", "TLE_LINE2"})
"""Further columns not kept: a node has one data mode, and the lines of a TLE repeat the numbers."""

element_sets = Table(
    "element_sets",
    metadata,
    Column("set_id", RowId, primary_key=True, autoincrement=False),
    Column("norad", Integer, nullable=False),
    Column("epoch_tai_ns", TaiNs, nullable=False),
    Column("source_id", ForeignKey("catalog_sources.source_id"), nullable=False),
    Column("digest", BigInteger, nullable=False),
    *(Column(name, Double, nullable=False) for name in _FLOATS),
    *(Column(name, Text, nullable=False) for name in _TEXTS),
    *(Column(name, BigInteger, nullable=False) for name in _COUNTERS),
    Column("fit_rms_km", Double),
    Column("extra", Text),
    UniqueConstraint("norad", "epoch_tai_ns", "source_id", "digest"),
)

load_members = Table(
    "load_members",
    metadata,
    Column("load_id", ForeignKey("loads.load_id"), primary_key=True),
    Column("set_id", ForeignKey("element_sets.set_id"), primary_key=True),
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, eq=False)
class StoredSets:
    """Element sets as stored: the table, and columns of the same length beside it."""

    table: ElementTable
    set_id: Ints
    digest: Ints
    source: Texts
    fit_rms_km: Floats
    """RMS of the fit to an operator's ephemeris; NaN for ordinary sets."""
    retrieved_tai_ns: Ints
    """When the node got the load that the set is read from; in a history, the first load that held it."""

    def __len__(self) -> int:
        return len(self.table)

    def take(self, rows: NDArray[Any]) -> StoredSets:
        """Return the rows of an index array, in its order."""
        return StoredSets(
            self.table.take(rows),
            self.set_id[rows],
            self.digest[rows],
            self.source[rows],
            self.fit_rms_km[rows],
            self.retrieved_tai_ns[rows],
        )

    @staticmethod
    def concatenate(parts: Sequence[StoredSets]) -> StoredSets:
        """Return all rows of ``parts`` (at least one), one after the other."""
        columns = ("set_id", "digest", "source", "fit_rms_km", "retrieved_tai_ns")
        return StoredSets(
            table=ElementTable.concatenate([part.table for part in parts]),
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in columns},
        )


def add_element_sets(
    connection: Connection, table: ElementTable, digests: Ints, *, source_id: int, load_id: int
) -> int:
    """Write the sets that are new from this source, and which sets the load holds; return how many are new.

    ``digests`` are those of :func:`skypact.catalog.identity.element_digests`; a set that stands in the
    table twice is written once.
    """
    keys = list(zip(table.norad.tolist(), table.epoch_tai_ns.tolist(), digests.tolist(), strict=True))
    first_row: dict[Row, int] = {}
    for row, key in enumerate(keys):
        first_row.setdefault(key, row)
    rows = list(first_row.values())
    known = _numbers_of_known(connection, [(row, *keys[row]) for row in rows], source_id)
    new = [row for row in rows if row not in known]
    first = int(fetch(connection, "SELECT COALESCE(MAX(set_id), 0) FROM element_sets")[0][0]) + 1
    numbers = known | {row: first + k for k, row in enumerate(new)}
    columns = ("set_id", "source_id", "digest", *_TABLE_COLUMNS, "fit_rms_km", "extra")
    insert_rows(connection, element_sets, columns, _database_rows(table, digests, new, first, source_id))
    members = sorted((load_id, number) for number in numbers.values())
    insert_rows(connection, load_members, ("load_id", "set_id"), members)
    return len(new)


def _numbers_of_known(connection: Connection, keys: Sequence[Row], source_id: int) -> dict[int, int]:
    """Return ``set_id`` by row for those (row, number, epoch, digest) that are stored already."""
    dropped = "" if connection.dialect.name == "sqlite" else "ON COMMIT DROP"
    run(
        connection,
        "CREATE TEMPORARY TABLE arriving "
        f"(place INTEGER, norad INTEGER, epoch_tai_ns BIGINT, digest BIGINT) {dropped}",
    )
    arriving = Table("arriving", metadata.__class__())
    insert_rows(connection, arriving, ("place", "norad", "epoch_tai_ns", "digest"), keys)
    found = fetch(
        connection,
        "SELECT a.place, e.set_id FROM arriving a JOIN element_sets e ON e.norad = a.norad "
        "AND e.epoch_tai_ns = a.epoch_tai_ns AND e.source_id = ? AND e.digest = a.digest",
        (source_id,),
    )
    run(connection, "DROP TABLE arriving")
    return dict(found)


def _database_rows(
    table: ElementTable, digests: Ints, rows: Sequence[int], first: int, source_id: int
) -> list[Row]:
    index = np.array(rows, dtype=np.int64)
    columns = [getattr(table, name)[index].tolist() for name in _TABLE_COLUMNS]
    kept = {key: list(column) for key, column in table.extra.items() if key not in UNSTORED_EXTRA}
    rms, nothing = kept.get(RMS_KEYWORD), [None] * len(rows)
    return list(
        zip(
            range(first, first + len(rows)),
            [source_id] * len(rows),
            digests[index].tolist(),
            *columns,
            [_rms_km(rms[row]) for row in rows] if rms is not None else nothing,
            _extra_texts(kept, rows) if kept else nothing,
            strict=True,
        )
    )


def _extra_texts(columns: Mapping[str, Sequence[str | None]], rows: Sequence[int]) -> list[str | None]:
    """Return the further columns of each row as JSON, ``None`` for a row that has none."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    texts = []
    for row in rows:
        found = {key: column[row] for key, column in columns.items() if column[row] is not None}
        texts.append(encode(found) if found else None)
    return texts


def _rms_km(text: str | None) -> float | None:
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


_SELECT = (
    f"SELECT e.set_id, e.digest, s.name, e.fit_rms_km, {', '.join(f'e.{name}' for name in _TABLE_COLUMNS)}"
)


def read_members(connection: Connection, load_ids: Sequence[int]) -> StoredSets:
    """Return all element sets that these loads hold, each once for every load."""
    rows = fetch(
        connection,
        f"{_SELECT}, l.retrieved_tai_ns FROM load_members m JOIN element_sets e ON e.set_id = m.set_id "
        "JOIN catalog_sources s ON s.source_id = e.source_id JOIN loads l ON l.load_id = m.load_id "
        f"WHERE m.load_id IN ({marks(load_ids)})",
        tuple(load_ids),
    )
    return _stored(rows)


def read_members_between(
    connection: Connection, load_ids: Sequence[int], first_tai_ns: int, last_tai_ns: int
) -> StoredSets:
    """Return the element sets of these loads with epochs from ``first_tai_ns`` to ``last_tai_ns``."""
    rows = fetch(
        connection,
        f"{_SELECT}, l.retrieved_tai_ns FROM load_members m JOIN element_sets e ON e.set_id = m.set_id "
        "JOIN catalog_sources s ON s.source_id = e.source_id JOIN loads l ON l.load_id = m.load_id "
        f"WHERE m.load_id IN ({marks(load_ids)}) AND e.epoch_tai_ns BETWEEN ? AND ?",
        (*load_ids, first_tai_ns, last_tai_ns),
    )
    return _stored(rows)


def read_history(connection: Connection, norad: int, *, as_of_tai_ns: int | None = None) -> StoredSets:
    """Return all element sets of an object that the node had at a time (default: now), by epoch, source."""
    rows = fetch(
        connection,
        f"{_SELECT}, MIN(l.retrieved_tai_ns) AS retrieved FROM element_sets e "
        "JOIN catalog_sources s ON s.source_id = e.source_id "
        "JOIN load_members m ON m.set_id = e.set_id JOIN loads l ON l.load_id = m.load_id "
        "WHERE e.norad = ? AND l.retrieved_tai_ns <= ? "
        "GROUP BY e.set_id, s.name ORDER BY e.epoch_tai_ns, s.name, e.set_id",
        (norad, 2**63 - 1 if as_of_tai_ns is None else as_of_tai_ns),
    )
    return _stored(rows)


def read_sets(connection: Connection, set_ids: Sequence[int]) -> StoredSets:
    """Return element sets by their numbers, in the order asked for (those that exist)."""
    found: list[Row] = []
    for start in range(0, len(set_ids), _IDS_PER_QUERY):
        part = set_ids[start : start + _IDS_PER_QUERY]
        found += fetch(
            connection,
            f"{_SELECT}, 0 FROM element_sets e JOIN catalog_sources s ON s.source_id = e.source_id "
            f"WHERE e.set_id IN ({marks(part)})",
            tuple(part),
        )
    by_number = {row[0]: row for row in found}
    return _stored([by_number[number] for number in set_ids if number in by_number])


_IDS_PER_QUERY = 10_000
"""Numbers in one query; SQLite and PostgreSQL take 32,766 and more values."""


def read_extra(connection: Connection, set_ids: Sequence[int]) -> list[dict[str, str]]:
    """Return the further columns of element sets by their numbers, in the order asked for."""
    found: dict[int, str | None] = {}
    for start in range(0, len(set_ids), _IDS_PER_QUERY):
        part = set_ids[start : start + _IDS_PER_QUERY]
        query = f"SELECT set_id, extra FROM element_sets WHERE set_id IN ({marks(part)})"  # noqa: S608
        found |= dict(fetch(connection, query, tuple(part)))
    return [json.loads(found.get(number) or "{}") for number in set_ids]


def numbers_of_load(connection: Connection, load_id: int) -> Ints:
    """Return the catalog numbers of a load, in the order of arrival."""
    rows = fetch(
        connection,
        "SELECT e.norad FROM load_members m JOIN element_sets e ON e.set_id = m.set_id WHERE m.load_id = ?",
        (load_id,),
    )
    return np.array([row[0] for row in rows], dtype=np.int64)


def count_sets(connection: Connection, *, as_of_tai_ns: int | None = None) -> dict[str, tuple[int, int]]:
    """Return for each source how many element sets and objects the node had at a time (default: now)."""
    source = "JOIN catalog_sources s ON s.source_id = e.source_id GROUP BY s.name"
    if as_of_tai_ns is None:
        rows = fetch(
            connection,
            f"SELECT s.name, COUNT(*), COUNT(DISTINCT e.norad) FROM element_sets e {source}",  # noqa: S608
        )
    else:
        rows = fetch(
            connection,
            "SELECT s.name, COUNT(DISTINCT e.set_id), COUNT(DISTINCT e.norad) FROM element_sets e "  # noqa: S608
            "JOIN load_members m ON m.set_id = e.set_id "
            f"JOIN loads l ON l.load_id = m.load_id AND l.retrieved_tai_ns <= ? {source}",
            (as_of_tai_ns,),
        )
    return {name: (int(sets), int(objects)) for name, sets, objects in rows}


def _stored(rows: Sequence[Row]) -> StoredSets:
    """Make columns of rows (set_id, digest, source, RMS, columns of the table, retrieved)."""
    columns: Sequence[Any] = list(zip(*rows, strict=True)) or [()] * (5 + len(_TABLE_COLUMNS))
    set_id, digest, source, rms = columns[:4]
    values: dict[str, Any] = {}
    for name, column in zip(_TABLE_COLUMNS, columns[4:-1], strict=True):
        kind = np.float64 if name in _FLOATS else np.object_ if name in _TEXTS else np.int64
        values[name] = np.array(column, dtype=kind)
    return StoredSets(
        table=ElementTable(**values),
        set_id=np.array(set_id, dtype=np.int64),
        digest=np.array(digest, dtype=np.int64),
        source=np.array(source, dtype=np.object_),
        fit_rms_km=np.array(rms, dtype=np.float64),
        retrieved_tai_ns=np.array(columns[-1], dtype=np.int64),
    )
