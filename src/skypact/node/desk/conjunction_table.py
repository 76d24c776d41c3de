"""Conjunctions as columns: those the node tracks, and encounters that only archives of screenings hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.encounters import KIND_NUMBER, KINDS, EncounterKind
from skypact.conjunction.grouping import Known, match_batch, pair_keys
from skypact.node.store.conjunctions import ConjunctionLine, Source
from skypact.node.store.screenings import Archive, ScreeningLine, read_archive

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ConjunctionTable:
    """Conjunctions as columns of shape (n,): tracked ones, then encounters that are only in an archive."""

    id: Texts
    designator_1: Texts
    designator_2: Texts
    norad_1: Ints
    """0 for an object without a catalog number."""
    norad_2: Ints
    name_1: Texts
    name_2: Texts
    first_tai_ns: Ints
    last_tai_ns: Ints
    tca_tai_ns: Ints
    miss_km: Floats
    rel_speed_km_s: Floats
    pc: Floats
    pc_max: Floats
    pc_trusted: Flags
    kind: Texts
    source: Texts
    solutions: Ints
    gone_run: Ints
    """0 where it is not gone."""

    def __len__(self) -> int:
        return int(self.tca_tai_ns.shape[0])

    def take(self, rows: NDArray[Any]) -> ConjunctionTable:
        """Return the rows of an index or boolean array, in its order."""
        return ConjunctionTable(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @property
    def risk(self) -> Floats:
        """What ranks: the probability if it is trusted, else the largest possible one; -1 where none."""
        best = np.where(self.pc_trusted | np.isnan(self.pc_max), self.pc, self.pc_max)
        return np.nan_to_num(best, nan=-1.0)


def conjunction_table(
    home: Path,
    lines: Sequence[ConjunctionLine],
    runs: Sequence[ScreeningLine],
    names: Mapping[int, str],
    *,
    since_tai_ns: int | None,
) -> ConjunctionTable:
    """Return the tracked conjunctions, and what the archives hold besides them.

    The newest screening tells for its window and threshold, older ones for what it does not cover.

    Parameters
    ----------
    runs
        Screenings of the whole catalog, newest first.
    names
        Names of objects by catalog number.
    since_tai_ns
        Encounters that only archives hold are left out where they are before.
    """
    parts = [_tracked_table(lines)]
    told: list[ScreeningLine] = []
    for run in runs:
        over = since_tai_ns is not None and run.facts.stop_tai_ns < since_tai_ns
        if over or _is_covered(run, told, since_tai_ns):
            continue
        archive = read_archive(home, run.archive_sha256)
        if archive is not None:
            parts.append(_archive_table(run, archive, _joined(parts), told, names, since_tai_ns))
            told.append(run)
    return _joined(parts)


def _is_covered(run: ScreeningLine, told: Sequence[ScreeningLine], since_tai_ns: int | None) -> bool:
    """Say whether one newer screening covers all that this one tells from a time on."""
    start = run.facts.start_tai_ns if since_tai_ns is None else max(run.facts.start_tai_ns, since_tai_ns)
    return any(
        not other.facts.volume
        and other.facts.start_tai_ns <= start
        and run.facts.stop_tai_ns <= other.facts.stop_tai_ns
        and run.facts.threshold_km <= other.facts.threshold_km
        for other in told
    )


def _tracked_table(lines: Sequence[ConjunctionLine]) -> ConjunctionTable:
    def column(name: str, kind: Any, missing: Any = None) -> NDArray[Any]:
        values = [getattr(line, name) for line in lines]
        out = np.empty(len(values), dtype=kind)
        out[:] = [missing if value is None else value for value in values]
        return out

    kind = np.array(
        [EncounterKind.CO_MOVING if line.co_moving else EncounterKind.ENCOUNTER for line in lines]
    )
    return ConjunctionTable(
        id=np.array([str(line.conjunction_id) for line in lines], dtype=object),
        designator_1=column("designator_1", object),
        designator_2=column("designator_2", object),
        norad_1=column("norad_1", np.int64, 0),
        norad_2=column("norad_2", np.int64, 0),
        name_1=column("name_1", object),
        name_2=column("name_2", object),
        first_tai_ns=column("first_tai_ns", np.int64),
        last_tai_ns=column("last_tai_ns", np.int64),
        tca_tai_ns=column("tca_tai_ns", np.int64),
        miss_km=column("miss_km", np.float64),
        rel_speed_km_s=column("rel_speed_km_s", np.float64, np.nan),
        pc=column("pc", np.float64, np.nan),
        pc_max=column("pc_max", np.float64, np.nan),
        pc_trusted=column("pc_trusted", np.bool_),
        kind=np.array(kind, dtype=object),
        source=column("source", object),
        solutions=column("solutions", np.int64),
        gone_run=column("gone_run", np.int64, 0),
    )


def _archive_table(
    run: ScreeningLine,
    archive: Archive,
    there: ConjunctionTable,
    told: Sequence[ScreeningLine],
    names: Mapping[int, str],
    since_tai_ns: int | None,
) -> ConjunctionTable:
    """Return the encounters of a screening that are not there yet and that no newer screening covers."""
    norad_1, norad_2 = archive.norad[archive.row_1], archive.norad[archive.row_2]
    passing = (there.norad_1 > 0) & (there.norad_2 > 0) & (there.kind != EncounterKind.CO_MOVING.value)
    known = Known(
        pair_keys(there.norad_1[passing], there.norad_2[passing]),
        there.first_tai_ns[passing],
        there.last_tai_ns[passing],
    )
    joined = match_batch(pair_keys(norad_1, norad_2), archive.tca_tai_ns, known)
    wanted = (joined < 0) & (archive.kind != KIND_NUMBER[EncounterKind.CO_MOVING])
    if since_tai_ns is not None:
        wanted &= archive.tca_tai_ns >= since_tai_ns
    for newer in told:
        facts, tca = newer.facts, archive.tca_tai_ns
        if facts.volume:
            continue
        inside = (tca >= facts.start_tai_ns) & (tca <= facts.stop_tai_ns)
        wanted &= ~(inside & (archive.miss_km <= facts.threshold_km))
    rows = np.flatnonzero(wanted)
    kinds = np.array([kind.value for kind in KINDS], dtype=object)[archive.kind]
    first, second = norad_1[rows], norad_2[rows]
    low, high = np.minimum(first, second), np.maximum(first, second)
    tca = archive.tca_tai_ns[rows]

    def texts(values: Sequence[str]) -> Texts:
        out = np.empty(len(rows), dtype=object)
        out[:] = values
        return out

    return ConjunctionTable(
        id=texts([f"{run.run_id}:{row}" for row in rows.tolist()]),
        designator_1=texts(list(map(str, low.tolist()))),
        designator_2=texts(list(map(str, high.tolist()))),
        norad_1=low,
        norad_2=high,
        name_1=texts([names.get(number, "") for number in low.tolist()]),
        name_2=texts([names.get(number, "") for number in high.tolist()]),
        first_tai_ns=tca,
        last_tai_ns=tca,
        tca_tai_ns=tca,
        miss_km=archive.miss_km[rows],
        rel_speed_km_s=archive.rel_speed_km_s[rows],
        pc=archive.pc[rows],
        pc_max=archive.pc_max[rows],
        pc_trusted=np.zeros(len(rows), dtype=np.bool_),
        kind=kinds[rows],
        source=texts([Source.SCREENING.value] * len(rows)),
        solutions=np.ones(len(rows), dtype=np.int64),
        gone_run=np.zeros(len(rows), dtype=np.int64),
    )


def _joined(parts: Sequence[ConjunctionTable]) -> ConjunctionTable:
    """Return all rows of ``parts`` (at least one), one table after the other."""
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(ConjunctionTable)
    }
    return ConjunctionTable(**columns)
