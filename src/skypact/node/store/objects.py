"""Objects: their names, and the facts that satellite catalogs and radius tables tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Column, Connection, Double, Integer, String, Table, Text

from skypact.node.store.base import TaiNs, metadata
from skypact.node.store.bulk import Row, fetch, marks, run_many

objects = Table(
    "objects",
    metadata,
    Column("norad", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("named_tai_ns", TaiNs, nullable=False),
    Column("kind", String(16)),
    Column("owner", Text),
    Column("operator", Text),
    Column("status", Text),
    Column("launch_utc", String(10)),
    Column("launch_site", Text),
    Column("decay_utc", String(10)),
    Column("rcs_m2", Double),
    Column("rcs_size", Text),
    Column("facts_source", Text),
    Column("facts_tai_ns", TaiNs),
    Column("radius_m", Double),
    Column("radius_source", Text),
)

object_names = Table(
    "object_names",
    metadata,
    Column("norad", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("source", Text, nullable=False),
    sqlite_with_rowid=False,
)


@dataclass(frozen=True)
class ObjectLine:
    """An object as stored; ``None`` where nobody told.

    Attributes
    ----------
    kind
        Word of :class:`skypact.catalog.operators.ObjectKind`.
    owner
        Country or organization, as the provider abbreviates it.
    status
        Operational status as the provider writes it (CelesTrak: one of ``+ - P B S X D``).
    radius_m
        Hard-body radius, with the table it is from.
    """

    norad: int
    name: str
    object_id: str
    kind: str | None = None
    owner: str | None = None
    operator: str | None = None
    status: str | None = None
    launch_utc: str | None = None
    launch_site: str | None = None
    decay_utc: str | None = None
    rcs_m2: float | None = None
    rcs_size: str | None = None
    facts_source: str | None = None
    radius_m: float | None = None
    radius_source: str | None = None


@dataclass(frozen=True)
class Facts:
    """What a satellite catalog tells of an object; ``None`` is not told, and leaves what is stored."""

    norad: int
    name: str
    object_id: str
    kind: str | None = None
    owner: str | None = None
    operator: str | None = None
    status: str | None = None
    launch_utc: str | None = None
    launch_site: str | None = None
    decay_utc: str | None = None
    rcs_m2: float | None = None
    rcs_size: str | None = None


_LINE = ", ".join(field.name for field in fields(ObjectLine))
_FACTS = tuple(field.name for field in fields(Facts))[3:]


def name_objects(
    connection: Connection,
    rows: Iterable[tuple[int, str, str, int]],
    source: str,
    *,
    more_names: Iterable[tuple[int, str]] = (),
) -> None:
    """Write (number, name, designator, epoch) of objects: the name of the newest epoch is the object's name.

    An empty name or designator leaves what is known. All other names that were ever given, among them
    ``more_names``, stay findable.
    """
    named = list(rows)
    newer = "excluded.named_tai_ns >= objects.named_tai_ns"
    chosen = ", ".join(
        f"{column} = CASE WHEN excluded.{column} <> '' AND ({newer} OR objects.{column} = '') "
        f"THEN excluded.{column} ELSE objects.{column} END"
        for column in ("name", "object_id")
    )
    run_many(
        connection,
        "INSERT INTO objects (norad, name, object_id, named_tai_ns) VALUES (?, ?, ?, ?) "  # noqa: S608
        f"ON CONFLICT (norad) DO UPDATE SET {chosen}, "
        f"named_tai_ns = CASE WHEN {newer} THEN excluded.named_tai_ns ELSE objects.named_tai_ns END",
        named,
    )
    names = dict.fromkeys([(norad, name) for norad, name, _, _ in named] + list(more_names))
    _remember_names(connection, [(norad, name, source) for norad, name in names])


def add_facts(connection: Connection, facts: Sequence[Facts], *, source: str, retrieved_tai_ns: int) -> None:
    """Write facts of objects; facts retrieved later than these stay, and so does what these do not tell."""
    columns = ", ".join(_FACTS)
    newer = "COALESCE(objects.facts_tai_ns, excluded.facts_tai_ns) <= excluded.facts_tai_ns"
    changes = ", ".join(f"{name} = COALESCE(excluded.{name}, objects.{name})" for name in _FACTS)
    run_many(
        connection,
        f"INSERT INTO objects (norad, name, object_id, named_tai_ns, {columns}, "  # noqa: S608
        "facts_source, facts_tai_ns) "
        f"VALUES ({marks(range(len(_FACTS) + 6))}) ON CONFLICT (norad) DO UPDATE SET {changes}, "
        f"facts_source = excluded.facts_source, facts_tai_ns = excluded.facts_tai_ns WHERE {newer}",
        [
            (
                *(f.norad, f.name, f.object_id, _NEVER_TAI_NS),
                *(getattr(f, name) for name in _FACTS),
                *(source, retrieved_tai_ns),
            )
            for f in facts
        ],
    )
    _remember_names(connection, [(f.norad, f.name, source) for f in facts])


_NEVER_TAI_NS = -(2**63)
"""Epoch of a name that no element set gave: every element set may replace it."""


def add_radii(connection: Connection, radii: Iterable[tuple[int, float]], *, source: str) -> None:
    """Write (number, hard-body radius in m) of objects, with the name of the table."""
    run_many(
        connection,
        "INSERT INTO objects (norad, name, object_id, named_tai_ns, radius_m, radius_source) "
        "VALUES (?, '', '', ?, ?, ?) ON CONFLICT (norad) "
        "DO UPDATE SET radius_m = excluded.radius_m, radius_source = excluded.radius_source",
        [(norad, _NEVER_TAI_NS, radius_m, source) for norad, radius_m in radii],
    )


def _remember_names(connection: Connection, rows: Iterable[Row]) -> None:
    run_many(
        connection,
        "INSERT INTO object_names (norad, name, source) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [row for row in rows if row[1]],
    )


_NUMBERS_PER_QUERY = 10_000
"""From here on reading all objects is quicker than naming them, and within what both databases take."""


def read_objects(connection: Connection, norads: Sequence[int] | None = None) -> list[ObjectLine]:
    """Return objects by number, ascending; all of them by default."""
    query = f"SELECT {_LINE} FROM objects"  # noqa: S608
    if norads is None:
        rows = fetch(connection, f"{query} ORDER BY norad")
    elif len(norads) < _NUMBERS_PER_QUERY:
        rows = fetch(connection, f"{query} WHERE norad IN ({marks(norads)}) ORDER BY norad", tuple(norads))
    else:
        wanted = set(norads)
        rows = [row for row in fetch(connection, f"{query} ORDER BY norad") if row[0] in wanted]
    return [ObjectLine(*row) for row in rows]


def read_decays(connection: Connection) -> dict[int, str]:
    """Return the decay dates (ISO 8601) of decayed objects, by number."""
    return dict(fetch(connection, "SELECT norad, decay_utc FROM objects WHERE decay_utc IS NOT NULL"))


def read_names(connection: Connection, norad: int) -> list[tuple[str, str]]:
    """Return every name an object was ever given, with the source that gave it first."""
    query = "SELECT name, source FROM object_names WHERE norad = ? ORDER BY name"
    return [(name, source) for name, source in fetch(connection, query, (norad,))]


def find_objects(connection: Connection, designator_or_name: str) -> list[int]:
    """Return the numbers of objects with this designator, else with this exact name; case does not matter."""
    text = designator_or_name.strip().upper()
    for query in (
        "SELECT norad FROM objects WHERE UPPER(object_id) = ? ORDER BY norad",
        "SELECT norad FROM objects WHERE UPPER(name) = ? ORDER BY norad",
        "SELECT DISTINCT norad FROM object_names WHERE UPPER(name) = ? ORDER BY norad",
    ):
        if found := [row[0] for row in fetch(connection, query, (text,))]:
            return found
    return []
