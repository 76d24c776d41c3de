"""Screenings that the node made: what each looked for, and all that it found.

What was looked for, with provenance and counts, is a row of the table ``screenings``. What was found, every
encounter of whatever kind, is one NumPy archive in the folder ``screenings`` of the node, named by the hash
of its content (a week of a whole catalog: 230,000 encounters, 21 MB). The archives of the newest
:data:`ARCHIVES_KEPT` screenings are kept (of the whole catalog, and as many of some primaries), the rows of
all. Conjunctions that matter live on in the tables of :mod:`skypact.node.store.conjunctions`.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, Connection, Double, Integer, String, Table, Text, insert, select

from skypact.errors import StoreError
from skypact.node.store.base import RowId, TaiNs, metadata
from skypact.records import DataMode, Provenance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDER = "screenings"
ARCHIVES_KEPT = 10
"""A week of daily screenings and some more: enough to look back through what is not tracked."""

screenings = Table(
    "screenings",
    metadata,
    Column("run_id", RowId, primary_key=True),
    Column("made_tai_ns", TaiNs, nullable=False),
    Column("start_tai_ns", TaiNs, nullable=False),
    Column("stop_tai_ns", TaiNs, nullable=False),
    Column("threshold_km", Double, nullable=False),
    Column("volume", Text, nullable=False),
    Column("primaries", Text, nullable=False),
    Column("objects", Integer, nullable=False),
    Column("absent", Integer, nullable=False),
    Column("encounters", Integer, nullable=False),
    Column("catalog_sha256", String(64), nullable=False),
    Column("archive_sha256", String(64), nullable=False),
    Column("provenance", Text, nullable=False),
)


@dataclass(frozen=True)
class NewScreening:
    """A screening about to be written.

    Attributes
    ----------
    volume
        The box that was looked through, in words; empty for a distance. ``threshold_km`` then is the farthest
        corner of the box.
    primaries
        Catalog numbers whose encounters were looked for; empty for all against all.
    objects, absent
        Objects screened, and those of them that SGP4 lost for part of the window.
    encounters
        Rows found, of every kind.
    catalog_sha256
        Over catalog numbers and digests of the element sets used: equal for equal catalogs on any node.
    """

    made_tai_ns: int
    start_tai_ns: int
    stop_tai_ns: int
    threshold_km: float
    volume: str
    primaries: tuple[int, ...]
    objects: int
    absent: int
    encounters: int
    catalog_sha256: str
    provenance: Provenance


@dataclass(frozen=True)
class ScreeningLine:
    """A screening as stored."""

    run_id: int
    archive_sha256: str
    facts: NewScreening


@dataclass(frozen=True, eq=False)
class Archive:
    """Everything that a screening found; the columns of objects have shape (m,), those of rows (n,)."""

    norad: Ints
    set_id: Ints
    """Element set used for each object."""
    row_1: Ints
    """Row of the first object (among the objects); the local axes are its RTN."""
    row_2: Ints
    tca_tai_ns: Ints
    miss_km: Floats
    rel_speed_km_s: Floats
    radial_km: Floats
    in_track_km: Floats
    cross_track_km: Floats
    kind: NDArray[np.uint8]
    """Number in :data:`skypact.conjunction.encounters.KINDS`."""
    start_tai_ns: Ints
    stop_tai_ns: Ints
    pc: Floats
    """With an assumed covariance; NaN where none was computed."""
    pc_max: Floats

    def __len__(self) -> int:
        return int(self.row_1.shape[0])


_NO_PRIMARIES = json.dumps(())
_UNFINISHED = ".archive."
_NAME_BYTES = 6
_UNFINISHED_S_MAX = 86_400.0
"""Unfinished archives older than a day are of processes that were killed."""
_SMALL = {"row_1": np.int32, "row_2": np.int32}
_COLUMNS = tuple(Archive.__dataclass_fields__)


@contextlib.contextmanager
def archive_written(home: Path, archive: Archive) -> Iterator[tuple[Path, str]]:
    """Write an archive to a temporary file and give it with its hash; :func:`keep_archive` gives it its name.

    What was not kept at the end is removed.
    """
    folder = home / FOLDER
    folder.mkdir(exist_ok=True)
    temporary = folder / f"{_UNFINISHED}{secrets.token_hex(_NAME_BYTES)}"
    try:
        with temporary.open("x+b") as stream:
            columns: dict[str, Any] = {
                key: getattr(archive, key).astype(_SMALL[key]) if key in _SMALL else getattr(archive, key)
                for key in _COLUMNS
            }
            np.savez(stream, allow_pickle=False, **columns)
            stream.seek(0)
            digest = file_digest(stream, "sha256").hexdigest()
        yield temporary, digest
    finally:
        temporary.unlink(missing_ok=True)


def keep_archive(connection: Connection, temporary: Path, digest: str) -> None:
    """Give an archive its name and drop those that no newer screening needs; inside a writer's transaction.

    Writers wait for each other, so an archive that no row names is one whose transaction failed.
    """
    folder = temporary.parent
    temporary.replace(folder / f"{digest}.npz")
    wanted = {digest}
    for whole in (True, False):
        wanted |= {
            line.archive_sha256
            for line in read_screenings(connection, whole_catalog=whole, limit=ARCHIVES_KEPT)
        }
    for path in folder.glob("*.npz"):
        if path.stem not in wanted:
            path.unlink(missing_ok=True)
    for path in folder.glob(f"{_UNFINISHED}*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _UNFINISHED_S_MAX:
                path.unlink()


def add_screening(connection: Connection, line: NewScreening, archive_sha256: str) -> int:
    """Write the row of a screening and return its number."""
    values = {name: getattr(line, name) for name in NewScreening.__dataclass_fields__}
    values |= {
        "primaries": json.dumps(line.primaries),
        "archive_sha256": archive_sha256,
        "provenance": json.dumps(asdict(line.provenance), ensure_ascii=False),
    }
    key = connection.execute(insert(screenings).values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def read_screenings(
    connection: Connection, *, whole_catalog: bool | None = None, limit: int | None = None
) -> list[ScreeningLine]:
    """Return the screenings, newest first; if asked for, only those of all against all or only others."""
    query = select(screenings).order_by(screenings.c.run_id.desc()).limit(limit)
    if whole_catalog is not None:
        everything = screenings.c.primaries == _NO_PRIMARIES
        query = query.where(everything if whole_catalog else ~everything)
    return [_line(row) for row in connection.execute(query)]


def read_screening(connection: Connection, run_id: int) -> ScreeningLine | None:
    """Return a screening by its number, ``None`` where there is none."""
    row = connection.execute(select(screenings).where(screenings.c.run_id == run_id)).first()
    return None if row is None else _line(row)


def _line(row: Any) -> ScreeningLine:
    provenance = json.loads(row.provenance)
    return ScreeningLine(
        run_id=int(row.run_id),
        archive_sha256=row.archive_sha256,
        facts=NewScreening(
            made_tai_ns=int(row.made_tai_ns),
            start_tai_ns=int(row.start_tai_ns),
            stop_tai_ns=int(row.stop_tai_ns),
            threshold_km=float(row.threshold_km),
            volume=row.volume,
            primaries=tuple(json.loads(row.primaries)),
            objects=int(row.objects),
            absent=int(row.absent),
            encounters=int(row.encounters),
            catalog_sha256=row.catalog_sha256,
            provenance=Provenance(
                **(
                    provenance
                    | {
                        "data_mode": DataMode(provenance["data_mode"]),
                        "inputs": tuple(provenance["inputs"]),
                    }
                )
            ),
        ),
    )


def read_archive(home: Path, digest: str) -> Archive | None:
    """Read what a screening found; ``None`` where its archive was dropped.

    Raises
    ------
    StoreError
        For a damaged file.
    """
    path = home / FOLDER / f"{digest}.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            columns: dict[str, Any] = {name: file[name] for name in _COLUMNS}
    except FileNotFoundError:
        return None
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise StoreError(f"damaged ({error})", where=str(path), remedy="remove it and screen again") from None
    return Archive(**{name: c.astype(np.int64) if name in _SMALL else c for name, c in columns.items()})
