"""Conjunctions that the node tracks, each with all its solutions.

A conjunction has the figures of its *standing* solution beside it, so that lists need no join: the one that
is newest, CDMs counted :data:`CDM_LEAD_D` days newer than they are, since their covariance was estimated and
not assumed. Pairs are written in one order: by catalog number, objects without one last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from skypact.astro.timescales import NS_PER_DAY
from skypact.conjunction.encounters import EncounterKind
from skypact.node.store.base import RowId, TaiNs, metadata
from skypact.node.store.bulk import Row, fetch, insert_rows, marks, run_many

CDM_LEAD_D = 3.0
"""A CDM stands until a screening is newer by this: providers send an update every 8 hours while they see the
conjunction, so after three days without one its elements are the older ones."""
EDGE_LAG_D = 30.0
"""A solution cut off by the edge of its window, which is farther than the closest approach, stands only where
there is nothing else."""
_IDS_PER_QUERY = 10_000


class Source(StrEnum):
    """Where a solution is from."""

    SCREENING = "screening"
    """The node's own screening of element sets."""
    CDM = "cdm"
    """A conjunction data message with states and estimated covariances."""
    CDM_ASSUMED = "cdm-assumed"
    """One whose covariance nobody estimated (COVARIANCE_METHOD = DEFAULT): no better than a screening."""
    CDM_PUBLIC = "cdm-public"
    """A row of Space-Track's ``cdm_public``: miss distance and probability without states."""


conjunctions = Table(
    "conjunctions",
    metadata,
    Column("conjunction_id", RowId, primary_key=True, autoincrement=False),
    Column("co_moving", Boolean, nullable=False),
    Column("designator_1", Text, nullable=False),
    Column("designator_2", Text, nullable=False),
    Column("norad_1", Integer),
    Column("norad_2", Integer),
    Column("name_1", Text, nullable=False),
    Column("name_2", Text, nullable=False),
    Column("first_tai_ns", TaiNs, nullable=False),
    Column("last_tai_ns", TaiNs, nullable=False),
    Column("solutions", Integer, nullable=False),
    Column("found_run", BigInteger),
    Column("found_threshold_km", Double),
    Column("gone_run", BigInteger),
    Column("standing_id", BigInteger, nullable=False),
    Column("standing_tai_ns", TaiNs, nullable=False),
    Column("source", String(16), nullable=False),
    Column("tca_tai_ns", TaiNs, nullable=False),
    Column("miss_km", Double, nullable=False),
    Column("rel_speed_km_s", Double),
    Column("pc", Double),
    Column("pc_max", Double),
    Column("pc_trusted", Boolean, nullable=False),
    Index(None, "last_tai_ns"),
    Index(None, "designator_1", "designator_2"),
)

solutions = Table(
    "conjunction_solutions",
    metadata,
    Column("solution_id", RowId, primary_key=True, autoincrement=False),
    Column("conjunction_id", ForeignKey("conjunctions.conjunction_id"), nullable=False),
    Column("source", String(16), nullable=False),
    Column("run_id", ForeignKey("screenings.run_id")),
    Column("cdm_id", ForeignKey("cdms.cdm_id")),
    Column("created_tai_ns", TaiNs, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("tca_tai_ns", TaiNs, nullable=False),
    Column("start_tai_ns", TaiNs, nullable=False),
    Column("stop_tai_ns", TaiNs, nullable=False),
    Column("miss_km", Double, nullable=False),
    Column("rel_speed_km_s", Double),
    Column("radial_km", Double),
    Column("in_track_km", Double),
    Column("cross_track_km", Double),
    Column("axes_of", Integer, nullable=False),
    Column("set_id_1", BigInteger),
    Column("set_id_2", BigInteger),
    Column("covariance", Text, nullable=False),
    Column("hbr_m", Double),
    Column("pc", Double),
    Column("pc_method", String(32), nullable=False),
    Column("pc_trusted", Boolean, nullable=False),
    Column("pc_why", Text, nullable=False),
    Column("pc_max", Double),
    Index(None, "conjunction_id"),
)


@dataclass(frozen=True)
class ConjunctionLine:
    """A conjunction as stored; the columns of the table of the same name.

    Attributes
    ----------
    designator_1, designator_2
        Catalog number, or ``CATALOG:DESIGNATOR`` for an object of another catalog (then ``norad`` is None).
    first_tai_ns, last_tai_ns
        Spread of the TCAs of its solutions; the interval of a co-moving pair.
    found_run, found_threshold_km
        The last screening that found it, and its threshold; None where only messages tell of it.
    gone_run
        The screening that covered it and did not find it; None where there is none after ``found_run``.
    standing_tai_ns
        What ranks solutions: when made, plus :data:`CDM_LEAD_D` for a CDM.
    pc_trusted
        Whether the covariance was estimated and the method of ``pc`` holds.
    """

    conjunction_id: int
    co_moving: bool
    designator_1: str
    designator_2: str
    norad_1: int | None
    norad_2: int | None
    name_1: str
    name_2: str
    first_tai_ns: int
    last_tai_ns: int
    solutions: int
    found_run: int | None
    found_threshold_km: float | None
    gone_run: int | None
    standing_id: int
    standing_tai_ns: int
    source: str
    tca_tai_ns: int
    miss_km: float
    rel_speed_km_s: float | None
    pc: float | None
    pc_max: float | None
    pc_trusted: bool


@dataclass(frozen=True)
class SolutionLine:
    """A solution as stored; the columns of the table ``conjunction_solutions``.

    Attributes
    ----------
    created_tai_ns
        When the screening or the message was made.
    kind
        Kind of encounter (:class:`skypact.conjunction.encounters.EncounterKind`).
    radial_km, in_track_km, cross_track_km
        Position of the other object in RTN of object ``axes_of`` (1 or 2); None where not told.
    set_id_1, set_id_2
        Element sets used.
    covariance
        Where the covariances are from, in words.
    pc, pc_method, pc_trusted, pc_why
        Probability, its method, whether to be trusted, and why (not).
    """

    solution_id: int
    conjunction_id: int
    source: str
    run_id: int | None
    cdm_id: int | None
    created_tai_ns: int
    kind: str
    tca_tai_ns: int
    start_tai_ns: int
    stop_tai_ns: int
    miss_km: float
    rel_speed_km_s: float | None
    radial_km: float | None
    in_track_km: float | None
    cross_track_km: float | None
    axes_of: int
    set_id_1: int | None
    set_id_2: int | None
    covariance: str
    hbr_m: float | None
    pc: float | None
    pc_method: str
    pc_trusted: bool
    pc_why: str
    pc_max: float | None

    @property
    def standing_tai_ns(self) -> int:
        """What ranks the solutions of a conjunction: the one with the largest value stands."""
        lead_d = CDM_LEAD_D if self.source in (Source.CDM, Source.CDM_PUBLIC) else 0.0
        if self.kind == EncounterKind.EDGE:
            lead_d -= EDGE_LAG_D
        return self.created_tai_ns + int(lead_d * NS_PER_DAY)


def new_line(
    solution: SolutionLine,
    designators: tuple[str, str],
    norad: tuple[int | None, int | None],
    names: tuple[str, str],
) -> ConjunctionLine:
    """Return a new conjunction for its first solution, which is not counted yet."""
    return ConjunctionLine(
        conjunction_id=solution.conjunction_id,
        co_moving=solution.kind == EncounterKind.CO_MOVING,
        designator_1=designators[0],
        designator_2=designators[1],
        norad_1=norad[0],
        norad_2=norad[1],
        name_1=names[0],
        name_2=names[1],
        first_tai_ns=solution.start_tai_ns
        if solution.kind == EncounterKind.CO_MOVING
        else solution.tca_tai_ns,
        last_tai_ns=solution.stop_tai_ns if solution.kind == EncounterKind.CO_MOVING else solution.tca_tai_ns,
        solutions=0,
        found_run=None,
        found_threshold_km=None,
        gone_run=None,
        standing_id=0,
        standing_tai_ns=-(2**62),
        source=solution.source,
        tca_tai_ns=solution.tca_tai_ns,
        miss_km=solution.miss_km,
        rel_speed_km_s=solution.rel_speed_km_s,
        pc=None,
        pc_max=None,
        pc_trusted=False,
    )


def with_solutions(
    line: ConjunctionLine, fresh: Sequence[SolutionLine], extent: Sequence[SolutionLine]
) -> ConjunctionLine:
    """Return a conjunction with new solutions, its times widened by ``extent``, the best one standing."""
    starts = [s.start_tai_ns if line.co_moving else s.tca_tai_ns for s in extent]
    stops = [s.stop_tai_ns if line.co_moving else s.tca_tai_ns for s in extent]
    line = replace(
        line,
        first_tai_ns=min([line.first_tai_ns, *starts]),
        last_tai_ns=max([line.last_tai_ns, *stops]),
        solutions=line.solutions + len(fresh),
    )
    for one in fresh:
        if (one.standing_tai_ns, one.solution_id) <= (line.standing_tai_ns, line.standing_id):
            continue
        line = replace(
            line,
            standing_id=one.solution_id,
            standing_tai_ns=one.standing_tai_ns,
            source=one.source,
            tca_tai_ns=one.tca_tai_ns,
            miss_km=one.miss_km,
            rel_speed_km_s=one.rel_speed_km_s,
            pc=one.pc,
            pc_max=one.pc_max,
            pc_trusted=one.pc_trusted,
        )
    return line


CONJUNCTION_COLUMNS = tuple(f.name for f in fields(ConjunctionLine))
SOLUTION_COLUMNS = tuple(f.name for f in fields(SolutionLine))
_CHANGING = CONJUNCTION_COLUMNS[CONJUNCTION_COLUMNS.index("name_1") :]


def next_numbers(connection: Connection) -> tuple[int, int]:
    """Return the next free numbers of conjunctions and solutions; inside a writer's transaction."""
    first = fetch(connection, "SELECT COALESCE(MAX(conjunction_id), 0) FROM conjunctions")[0][0]
    second = fetch(connection, "SELECT COALESCE(MAX(solution_id), 0) FROM conjunction_solutions")[0][0]
    return int(first) + 1, int(second) + 1


def add_conjunctions(connection: Connection, lines: Iterable[ConjunctionLine]) -> None:
    """Write new conjunctions."""
    rows = [tuple(getattr(line, name) for name in CONJUNCTION_COLUMNS) for line in lines]
    insert_rows(connection, conjunctions, CONJUNCTION_COLUMNS, rows)


def change_conjunctions(connection: Connection, lines: Iterable[ConjunctionLine]) -> None:
    """Write what changed of conjunctions that are there."""
    settings = ", ".join(f"{name} = ?" for name in _CHANGING)
    rows = [(*(getattr(line, name) for name in _CHANGING), line.conjunction_id) for line in lines]
    if rows:
        run_many(connection, f"UPDATE conjunctions SET {settings} WHERE conjunction_id = ?", rows)  # noqa: S608


def mark_gone(connection: Connection, conjunction_ids: Sequence[int], run_id: int) -> None:
    """Note which screening did not find these conjunctions any more."""
    rows = [(run_id, number) for number in conjunction_ids]
    if rows:
        run_many(connection, "UPDATE conjunctions SET gone_run = ? WHERE conjunction_id = ?", rows)


def add_solutions(connection: Connection, lines: Iterable[SolutionLine]) -> None:
    """Write new solutions."""
    rows = [tuple(getattr(line, name) for name in SOLUTION_COLUMNS) for line in lines]
    insert_rows(connection, solutions, SOLUTION_COLUMNS, rows)


_SELECT = f"SELECT {', '.join(CONJUNCTION_COLUMNS)} FROM conjunctions"  # noqa: S608
_SELECT_SOLUTIONS = f"SELECT {', '.join('s.' + n for n in SOLUTION_COLUMNS)} FROM conjunction_solutions s"  # noqa: S608


def read_conjunctions(
    connection: Connection, *, since_tai_ns: int | None = None, until_tai_ns: int | None = None
) -> list[ConjunctionLine]:
    """Return the conjunctions with a TCA in a span, and all of co-moving pairs, by number."""
    since = -(2**63) if since_tai_ns is None else since_tai_ns
    until = 2**63 - 1 if until_tai_ns is None else until_tai_ns
    query = f"{_SELECT} WHERE (last_tai_ns >= ? AND first_tai_ns <= ?) OR co_moving ORDER BY conjunction_id"
    return [_conjunction(row) for row in fetch(connection, query, (since, until))]


def count_before(connection: Connection, since_tai_ns: int) -> int:
    """Return how many conjunctions were over before a time, without co-moving pairs."""
    query = "SELECT COUNT(*) FROM conjunctions WHERE last_tai_ns < ? AND NOT co_moving"
    return int(fetch(connection, query, (since_tai_ns,))[0][0])


def read_conjunctions_of(connection: Connection, pairs: Iterable[tuple[str, str]]) -> list[ConjunctionLine]:
    """Return all conjunctions of these pairs of designators, by number."""
    found: list[Row] = []
    wanted = set(pairs)
    firsts = sorted({first for first, _ in wanted})
    for start in range(0, len(firsts), _IDS_PER_QUERY):
        part = firsts[start : start + _IDS_PER_QUERY]
        found += fetch(connection, f"{_SELECT} WHERE designator_1 IN ({marks(part)})", tuple(part))
    lines = [_conjunction(row) for row in sorted(found)]
    return [line for line in lines if (line.designator_1, line.designator_2) in wanted]


def read_conjunction(connection: Connection, conjunction_id: int) -> ConjunctionLine | None:
    """Return a conjunction by its number, ``None`` where there is none."""
    rows = fetch(connection, f"{_SELECT} WHERE conjunction_id = ?", (conjunction_id,))
    return _conjunction(rows[0]) if rows else None


def read_solutions(connection: Connection, conjunction_ids: Sequence[int]) -> list[SolutionLine]:
    """Return all solutions of conjunctions, in the order of creation."""
    found: list[Row] = []
    for start in range(0, len(conjunction_ids), _IDS_PER_QUERY):
        part = conjunction_ids[start : start + _IDS_PER_QUERY]
        query = f"{_SELECT_SOLUTIONS} WHERE s.conjunction_id IN ({marks(part)})"
        found += fetch(connection, query, tuple(part))
    return sorted((_solution(row) for row in found), key=lambda s: (s.created_tai_ns, s.solution_id))


def read_own_solutions(connection: Connection, since_tai_ns: int) -> list[Row]:
    """Return (conjunction, set 1, set 2, kind, TCA, miss) of solutions by screening, later conjunctions."""
    return fetch(
        connection,
        "SELECT s.conjunction_id, s.set_id_1, s.set_id_2, s.kind, s.tca_tai_ns, s.miss_km "
        "FROM conjunctions c JOIN conjunction_solutions s ON s.conjunction_id = c.conjunction_id "
        "WHERE (c.last_tai_ns >= ? OR c.co_moving) AND s.run_id IS NOT NULL",
        (since_tai_ns,),
    )


def _conjunction(row: Row) -> ConjunctionLine:
    values: list[Any] = list(row)
    values[1], values[-1] = bool(values[1]), bool(values[-1])
    return ConjunctionLine(*values)


_TRUSTED = SOLUTION_COLUMNS.index("pc_trusted")


def _solution(row: Row) -> SolutionLine:
    values: list[Any] = list(row)
    values[_TRUSTED] = bool(values[_TRUSTED])
    return SolutionLine(*values)
