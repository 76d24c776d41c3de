"""Every close approach in a window, all against all: the search, its refinement, and one table."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction import slow_pairs
from skypact.conjunction.bodies import Bodies, Floats, Ints
from skypact.conjunction.encounters import KIND_NUMBER, EncounterKind, EncounterTable
from skypact.conjunction.few_search import FEW_MAX, FewSearch
from skypact.conjunction.pair_search import STEP_S, Candidates, PairSearch, Search, Window
from skypact.conjunction.refinement import approach, closest_near, local_axes_km
from skypact.conjunction.screening_kernels import LATE_S, MINIMUM, SLOW
from skypact.conjunction.slow_pairs import Found
from skypact.formats.elements import ElementTable
from skypact.records import Progress, no_progress

SAME_S = 0.05
"""Two minima of one pair closer than this are one, found in two steps."""
REACH_S = 0.5 * STEP_S + 3 * LATE_S
"""How far from the middle of its step a minimum may be."""

PairFilter = Callable[[Ints, Ints], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Screening:
    """The result of a screening, and what was left out of it."""

    encounters: EncounterTable
    absent: Ints
    """Rows of objects that SGP4 cannot propagate at the start or at the end of the window."""


def screen_bodies(
    bodies: Bodies,
    eccentricity: Floats,
    *,
    hours: float,
    threshold_km: float,
    primary: NDArray[np.bool_] | None = None,
    keep: PairFilter | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> Screening:
    """Find every encounter of ``bodies`` within ``hours`` after their reference time.

    Parameters
    ----------
    bodies
        n objects; ``eccentricity``, shape (n,), of those with element sets.
    threshold_km
        Largest distance of an encounter.
    primary
        Shape (n,): only pairs with at least one of these; the primary comes first in its row.
    keep
        Says which pairs (rows, rows) are wanted; all by default.
    workers
        Threads; the result does not depend on it.
    progress
        Told after each hour of the window.
    """
    window = Window(hours * 3600.0, threshold_km)
    few = primary is not None and int(primary.sum()) <= FEW_MAX
    search: Search = (
        FewSearch(bodies, window, eccentricity, np.flatnonzero(primary))
        if few and primary is not None
        else PairSearch(bodies, window, eccentricity)
    )
    rank = _ranks(bodies, primary)

    def wanted(row_1: Ints, row_2: Ints) -> NDArray[np.bool_]:
        good = np.ones(row_1.shape[0], dtype=np.bool_) if primary is None else primary[row_1] | primary[row_2]
        return good if keep is None else good & keep(row_1, row_2)

    def job(number: int) -> tuple[Found, Candidates]:
        candidates = search.run_job(number)
        swap = rank[candidates.row_1] > rank[candidates.row_2]
        first = np.where(swap, candidates.row_2, candidates.row_1)
        second = np.where(swap, candidates.row_1, candidates.row_2)
        good = wanted(first, second)
        candidates = Candidates(first[good], second[good], candidates.step[good], candidates.kind[good])
        return _fast_encounters(bodies, candidates, window)

    parts: list[tuple[Found, Candidates]] = []
    with ThreadPoolExecutor(max(1, workers)) as pool:
        for number, part in enumerate(pool.map(job, range(search.jobs))):
            parts.append(part)
            progress(number + 1, search.jobs, "hours screened")
    slow = Candidates(*(np.concatenate([getattr(c, name) for _, c in parts]) for name in Candidates._fields))
    runs = slow_pairs.runs_of_steps(slow.row_1, slow.row_2, slow.step, STEP_S, window.length_s)
    followed = slow_pairs.analyze(bodies, runs, threshold_km, window.length_s)
    found = Found(
        *(
            np.concatenate([*(getattr(f, name) for f, _ in parts), getattr(followed, name)])
            for name in Found._fields
        )
    )
    return Screening(_table(bodies, _without_doubles(found)), _absent(bodies, window.length_s))


def screen_catalog(
    elements: ElementTable,
    start_tai_ns: int,
    hours: float,
    threshold_km: float,
    *,
    workers: int = 1,
    progress: Progress = no_progress,
    primary: NDArray[Any] | None = None,
) -> Screening:
    """Screen element sets against each other (see :func:`screen_bodies`); rows are those of ``elements``."""
    bodies = Bodies.of(elements, start_tai_ns)
    return screen_bodies(
        bodies,
        elements.eccentricity,
        hours=hours,
        threshold_km=threshold_km,
        primary=primary,
        workers=workers,
        progress=progress,
    )


def _ranks(bodies: Bodies, primary: NDArray[np.bool_] | None) -> Ints:
    """Return the order of objects within a pair: primaries first, then by number, then by row."""
    second = np.zeros(len(bodies), dtype=np.bool_) if primary is None else ~primary
    order = np.lexsort((np.arange(len(bodies)), bodies.norad, second))
    rank = np.empty(len(bodies), dtype=np.int64)
    rank[order] = np.arange(len(bodies))
    return rank


def _fast_encounters(bodies: Bodies, candidates: Candidates, window: Window) -> tuple[Found, Candidates]:
    """Refine the candidates that pass fast; return what they are, and the slow ones as they came."""
    slow = candidates.kind == SLOW
    fast = candidates.kind == MINIMUM
    row_1, row_2 = candidates.row_1[fast], candidates.row_2[fast]
    guess = (candidates.step[fast] + 0.5) * STEP_S
    time_s, found = closest_near(bodies, row_1, row_2, guess, REACH_S)
    edge_s = np.where(time_s < 0.0, 0.0, window.length_s)
    outside = (time_s < 0.0) | (time_s > window.length_s)
    at_s = np.where(outside, edge_s, time_s)
    now = approach(bodies, row_1, row_2, np.where(found, at_s, 0.0))
    good = found & now.exists & (now.distance_km < window.threshold_km)
    kind = np.where(outside, KIND_NUMBER[EncounterKind.EDGE], KIND_NUMBER[EncounterKind.ENCOUNTER]).astype(
        np.uint8
    )
    result = Found(row_1[good], row_2[good], at_s[good], at_s[good], at_s[good], kind[good])
    lost = np.zeros(fast.shape[0], dtype=np.bool_)
    lost[np.flatnonzero(fast)[~found]] = True  # no quick minimum: look at them closely
    keep = slow | lost
    return result, Candidates(
        candidates.row_1[keep], candidates.row_2[keep], candidates.step[keep], candidates.kind[keep]
    )


def _without_doubles(found: Found) -> Found:
    """Sort by time and pair; drop what was found twice."""
    order = np.lexsort((found.time_s, found.kind, found.row_2, found.row_1))
    found = _pick(found, order)
    same = np.zeros(order.shape[0], dtype=np.bool_)
    same[1:] = (np.diff(found.row_1) == 0) & (np.diff(found.row_2) == 0) & (np.diff(found.kind) == 0)
    same[1:] &= np.diff(found.time_s) < SAME_S
    found = _pick(found, np.flatnonzero(~same))
    return _pick(found, np.lexsort((found.row_2, found.row_1, found.time_s)))


def _pick(found: Found, rows: Ints) -> Found:
    columns: list[Any] = [column[rows] for column in found]
    return Found(*columns)


def _table(bodies: Bodies, found: Found) -> EncounterTable:
    """Compute the geometry of every row."""
    now = approach(bodies, found.row_1, found.row_2, found.time_s)
    axes = local_axes_km(now.first, now.difference)
    return EncounterTable(
        row_1=found.row_1,
        row_2=found.row_2,
        tca_tai_ns=bodies.tai_ns(found.time_s),
        miss_km=now.distance_km,
        rel_speed_km_s=now.speed_km_s,
        radial_km=axes[:, 0],
        in_track_km=axes[:, 1],
        cross_track_km=axes[:, 2],
        kind=found.kind,
        start_tai_ns=bodies.tai_ns(found.start_s),
        stop_tai_ns=bodies.tai_ns(found.stop_s),
    )


def _absent(bodies: Bodies, length_s: float) -> Ints:
    """Return the rows of SGP4 objects with an error at the start or the end of the window."""
    rows = np.arange(len(bodies.models))
    exists = [bodies.states(rows, np.full(rows.shape[0], t))[1] for t in (0.0, length_s)]
    return np.flatnonzero(~(exists[0] & exists[1]))
