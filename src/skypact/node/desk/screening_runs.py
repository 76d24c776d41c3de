"""Keep a screening of the node's catalog, and update the conjunctions that the node tracks.

Every encounter is kept in the screening's archive (:mod:`skypact.node.store.screenings`). *Tracked*, with a
number and a history in the database, are

* every pair with an asset;
* every co-moving pair;
* pairs that somebody may act on (neither debris on debris nor of one operator) with a miss distance of at
  most :data:`TRACK_MISS_KM` or a probability of at least :data:`TRACK_PC`;
* what is tracked already: followed to its end, however far apart it becomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from skypact import __version__
from skypact.astro.timescales import NS_PER_S, format_utc
from skypact.catalog.actionable import PairClass, PairClasses, class_pairs
from skypact.conjunction.encounters import EncounterKind, EncounterTable
from skypact.conjunction.grouping import NEAR_NS, Known, covered_and_missing, match_batch, pair_keys
from skypact.conjunction.screening import Screening
from skypact.node.desk.catalog import CatalogView, object_traits, objects_by_number
from skypact.node.desk.node_home import Node
from skypact.node.desk.run_solutions import Run, RunPc, SolutionWriter
from skypact.node.store.assets import read_assets
from skypact.node.store.conjunctions import (
    ConjunctionLine,
    add_conjunctions,
    add_solutions,
    change_conjunctions,
    mark_gone,
    next_numbers,
    read_conjunctions,
    read_own_solutions,
)
from skypact.node.store.loads import read_loads
from skypact.node.store.screenings import (
    Archive,
    NewScreening,
    add_screening,
    archive_written,
    keep_archive,
)
from skypact.records import Provenance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

TRACK_MISS_KM = 1.0
"""The miss distance below which Space-Track gives out its public CDMs."""
TRACK_PC = 1e-6
"""Two powers of ten below the probability at which most operators act."""
METHOD = "screening by SGP4 (AIAA 2006-6753), TEME"


@dataclass(frozen=True)
class StoredRun:
    """What became of a screening.

    Attributes
    ----------
    encounters
        Rows in the archive.
    tracked
        Conjunctions of these that the node tracks: ``new``, ``updated`` (a new solution), or as before.
    gone
        Conjunctions that were to be found and were not.
    """

    run_id: int
    encounters: int
    tracked: int
    new: int
    updated: int
    gone: int

    @property
    def words(self) -> str:
        """Say it in one line."""
        return (
            f"stored as screening {self.run_id}: {self.encounters:,} encounters; {self.tracked:,} "
            f"conjunctions tracked, {self.new:,} of them new, {self.updated:,} with a new solution; "
            f"{self.gone:,} gone"
        )


def store_run(
    node: Node,
    view: CatalogView,
    screening: Screening,
    *,
    start_tai_ns: int,
    hours: float,
    threshold_km: float,
    made_tai_ns: int,
    primaries: Sequence[int] = (),
    volume: str = "",
    classes: PairClasses | None = None,
    pc: RunPc | None = None,
) -> StoredRun:
    """Keep a screening of the node's catalog with its provenance, and update the conjunctions.

    All or nothing; two processes may do it at once.

    Parameters
    ----------
    view
        The catalog that was screened; rows of ``screening`` are its rows.
    start_tai_ns, hours, threshold_km, primaries
        What was looked for; ``primaries`` are catalog numbers, empty for all against all.
    volume
        The box that was looked through, in words; empty for a distance. Such a screening marks nothing as
        gone, since a conjunction outside the box may be as near as before.
    made_tai_ns
        When the screening was made.
    classes
        Who can act on each encounter, where that is at hand; else it is found out.
    pc
        Probabilities of the encounters, where computed.
    """
    found = screening.encounters
    classes = _classes(node, view, found) if classes is None else classes
    run = Run(
        view=view,
        found=found,
        facts=_facts(
            node, view, screening, start_tai_ns, hours, threshold_km, made_tai_ns, primaries, volume
        ),
        pc=pc,
        keep=_tracked(found, classes, pc),
        present=np.delete(view.table.norad, screening.absent),
    )
    with (
        archive_written(node.settings.home, _archive(run)) as (temporary, digest),
        node.database.write() as connection,
    ):
        run_id = add_screening(connection, run.facts, digest)
        stored = _update(connection, run, run_id)
        keep_archive(connection, temporary, digest)
    return stored


def _classes(node: Node, view: CatalogView, found: EncounterTable) -> PairClasses:
    norad = view.table.norad
    traits = object_traits(objects_by_number(node, norad.tolist()))
    with node.database.read() as connection:
        assets = {asset.norad for asset in read_assets(connection)}
    return class_pairs(norad[found.row_1], norad[found.row_2], traits, assets)


def _tracked(found: EncounterTable, classes: PairClasses, pc: RunPc | None) -> Flags:
    near = found.miss_km <= TRACK_MISS_KM
    if pc is not None:
        near |= pc.pc >= TRACK_PC
    own = np.asarray(classes.pair_class == PairClass.ASSET, dtype=np.bool_)
    return np.asarray(own | found.is_kind(EncounterKind.CO_MOVING) | (near & ~classes.folded), dtype=np.bool_)


def catalog_sha256(view: CatalogView) -> str:
    """Return the hash of the element sets in use: equal for equal catalogs, on whatever node."""
    pairs = np.stack([view.table.norad, view.sets.digest])
    order = np.lexsort((view.sets.digest, view.table.norad))
    return sha256(np.ascontiguousarray(pairs[:, order].astype("<i8")).tobytes()).hexdigest()


def _facts(
    node: Node,
    view: CatalogView,
    screening: Screening,
    start_tai_ns: int,
    hours: float,
    threshold_km: float,
    made_tai_ns: int,
    primaries: Sequence[int],
    volume: str,
) -> NewScreening:
    loads = {*view.force.catalogs, *view.force.additions}
    with node.database.read() as connection:
        hashes = [line.sha256 for line in read_loads(connection) if line.facts.load_id in loads]
    catalog = catalog_sha256(view)
    provenance = Provenance(
        skypact_version=__version__,
        method=METHOD,
        data_mode=node.mode,
        created_utc=format_utc(made_tai_ns, decimals=0),
        inputs=(f"catalog sha256:{catalog}", *(f"load sha256:{digest}" for digest in hashes)),
        parameters={
            "start_utc": format_utc(start_tai_ns, decimals=0),
            "hours": hours,
            "threshold_km": threshold_km,
            "volume": volume or "distance",
            "primaries": " ".join(map(str, primaries)) or "all against all",
            "catalog_as_of_utc": format_utc(view.as_of_tai_ns, decimals=0),
        },
    )
    return NewScreening(
        made_tai_ns=made_tai_ns,
        start_tai_ns=start_tai_ns,
        stop_tai_ns=start_tai_ns + round(hours * 3600.0 * NS_PER_S),
        threshold_km=threshold_km,
        volume=volume,
        primaries=tuple(primaries),
        objects=len(view),
        absent=int(screening.absent.size),
        encounters=len(screening.encounters),
        catalog_sha256=catalog,
        provenance=provenance,
    )


def _archive(run: Run) -> Archive:
    found = run.found
    nothing = np.full(len(found), np.nan)
    return Archive(
        norad=run.view.table.norad,
        set_id=run.view.sets.set_id,
        row_1=found.row_1,
        row_2=found.row_2,
        tca_tai_ns=found.tca_tai_ns,
        miss_km=found.miss_km,
        rel_speed_km_s=found.rel_speed_km_s,
        radial_km=found.radial_km,
        in_track_km=found.in_track_km,
        cross_track_km=found.cross_track_km,
        kind=found.kind,
        start_tai_ns=found.start_tai_ns,
        stop_tai_ns=found.stop_tai_ns,
        pc=nothing if run.pc is None else run.pc.pc,
        pc_max=nothing if run.pc is None else run.pc.pc_max,
    )


def _update(connection: Connection, run: Run, run_id: int) -> StoredRun:
    """Match what was found with what is known; write new solutions, new conjunctions and what is gone."""
    window = (run.facts.start_tai_ns, run.facts.stop_tai_ns)
    lines = [
        line
        for line in read_conjunctions(
            connection, since_tai_ns=window[0] - 2 * NEAR_NS, until_tai_ns=window[1] + 2 * NEAR_NS
        )
        if line.norad_1 is not None and line.norad_2 is not None
    ]
    known = _known(lines)
    joined = _joined(run, lines, known)
    rows = np.flatnonzero(run.keep | (joined >= 0))
    own = read_own_solutions(connection, window[0] - 2 * NEAR_NS)
    writer = SolutionWriter(run, run_id, next_numbers(connection), own)
    for place, members in _groups(run, joined, rows):
        writer.put(lines[place] if place >= 0 else None, members)
    found = np.zeros(len(lines), dtype=np.bool_)
    found[joined[joined >= 0]] = True
    screened = _screened(run, lines)
    gone = covered_and_missing(
        known,
        found,
        screened,
        co_moving=np.array([line.co_moving for line in lines], dtype=np.bool_),
        threshold_km=np.array([line.found_threshold_km for line in lines], dtype=np.float64),
        window_tai_ns=window,
        run_threshold_km=run.facts.threshold_km,
    )
    newly = [lines[k].conjunction_id for k in np.flatnonzero(gone).tolist() if lines[k].gone_run is None]
    add_conjunctions(connection, writer.new)
    change_conjunctions(connection, writer.changed)
    add_solutions(connection, writer.solutions)
    mark_gone(connection, newly, run_id)
    return StoredRun(
        run_id=run_id,
        encounters=len(run.found),
        tracked=len(writer.new) + len(writer.changed),
        new=len(writer.new),
        updated=writer.updated,
        gone=len(newly),
    )


def _groups(run: Run, joined: Ints, rows: Ints) -> list[tuple[int, list[int]]]:
    """Return the rows of each conjunction, after its place among the known ones (-1 for a new one).

    A co-moving pair may have several rows, one for each interval.
    """
    slow = run.found.is_kind(EncounterKind.CO_MOVING)
    pairs = pair_keys(run.norad_1, run.norad_2)
    groups: dict[tuple[int, int], list[int]] = {}
    for row in rows.tolist():
        place = int(joined[row])
        own = int(pairs[row]) if slow[row] else -row - 1
        groups.setdefault((place, own if place < 0 else 0), []).append(row)
    return [(place, members) for (place, _), members in groups.items()]


def _known(lines: Sequence[ConjunctionLine]) -> Known:
    columns = [
        (int(line.norad_1 or 0), int(line.norad_2 or 0), line.first_tai_ns, line.last_tai_ns)
        for line in lines
    ]
    table = np.array(columns, dtype=np.int64).reshape(-1, 4)
    return Known(pair_keys(table[:, 0], table[:, 1]), table[:, 2], table[:, 3])


def _joined(run: Run, lines: Sequence[ConjunctionLine], known: Known) -> Ints:
    """Return the row of ``lines`` that each row of the screening joins, -1 for none."""
    found = run.found
    joined = np.full(len(found), -1, dtype=np.int64)
    pairs = pair_keys(run.norad_1, run.norad_2)
    slow = found.is_kind(EncounterKind.CO_MOVING)
    co_moving = np.array([line.co_moving for line in lines], dtype=np.bool_)
    rows, places = np.flatnonzero(~slow), np.flatnonzero(~co_moving)
    part = Known(known.pair[places], known.first_tai_ns[places], known.last_tai_ns[places])
    matched = match_batch(pairs[rows], found.tca_tai_ns[rows], part)
    joined[rows[matched >= 0]] = places[matched[matched >= 0]]
    of_pair = {int(known.pair[place]): place for place in np.flatnonzero(co_moving).tolist()}
    for row in np.flatnonzero(slow).tolist():
        joined[row] = of_pair.get(int(pairs[row]), -1)
    return joined


def _screened(run: Run, lines: Sequence[ConjunctionLine]) -> Flags:
    """Return which pairs the screening looked for throughout its window, in all directions."""
    if run.facts.volume:
        return np.zeros(len(lines), dtype=np.bool_)
    first = np.array([line.norad_1 for line in lines], dtype=np.int64)
    second = np.array([line.norad_2 for line in lines], dtype=np.int64)
    there = np.isin(first, run.present) & np.isin(second, run.present)
    if run.facts.primaries:
        wanted = np.array(run.facts.primaries, dtype=np.int64)
        there &= np.isin(first, wanted) | np.isin(second, wanted)
    return np.asarray(there, dtype=np.bool_)
