"""Every close approach in a window, all against all: the search, its refinement, and one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction import slow_pairs
from skypact.conjunction.bodies import Bodies, Floats, Ints
from skypact.conjunction.direct_search import direct_candidates
from skypact.conjunction.encounters import KIND_NUMBER, EncounterKind, EncounterTable
from skypact.conjunction.few_search import FEW_MAX, FewSearch
from skypact.conjunction.pair_search import STEP_S, Candidates, PairSearch, Search, Window
from skypact.conjunction.refinement import approach, closest_near, local_axes_km
from skypact.conjunction.runs import Flags, Runs, existing, joined, runs_of_steps, whole_runs
from skypact.conjunction.screening_kernels import LATE_S, MINIMUM, SLOW
from skypact.conjunction.slow_pairs import Found
from skypact.conjunction.volumes import STAY_FACTOR, box_passages, half_diagonal_km
from skypact.formats.elements import ElementTable
from skypact.orbits.sgp4 import propagate
from skypact.records import Progress, no_progress

T = TypeVar("T", Found, Candidates, Runs)

SAME_S = 0.05
"""Two minima of one pair closer than this are one, found in two steps."""
REACH_S = 0.5 * STEP_S + 3 * LATE_S
"""How far from the middle of its step a minimum may be."""

PairFilter = Callable[[Ints, Ints], Flags]


@dataclass(frozen=True, eq=False)
class Screening:
    """The result of a screening, and what was left out of it."""

    encounters: EncounterTable
    absent: Ints
    """Rows of objects that SGP4 cannot propagate at the start or at the end of the window, and of ephemerides
    that do not cover it."""


@dataclass(frozen=True, eq=False)
class PairChoice:
    """Which pairs are wanted.

    Attributes
    ----------
    primary
        Shape (n,): only pairs with at least one of these; the primary comes first in its row. All pairs by
        default; then the lower catalog number comes first.
    between
        Only pairs of a primary and another object: no pairs of two primaries.
    keep
        Says which pairs (rows, rows) are wanted besides; all by default.
    """

    primary: Flags | None = None
    between: bool = False
    keep: PairFilter | None = None

    def wanted(self, row_1: Ints, row_2: Ints) -> Flags:
        """Return which of the pairs are wanted."""
        good = np.ones(row_1.shape[0], dtype=np.bool_)
        if self.primary is not None:
            one, two = self.primary[row_1], self.primary[row_2]
            good = one ^ two if self.between else one | two
        return good if self.keep is None else good & self.keep(row_1, row_2)

    def few(self, count: int) -> Ints:
        """Return the rows of which each wanted pair has at least one: as few as possible."""
        if self.primary is None:
            return np.arange(count)
        own, others = np.flatnonzero(self.primary), np.flatnonzero(~self.primary)
        return others if self.between and others.size < own.size else own


EVERY_PAIR = PairChoice()


def screen_bodies(
    bodies: Bodies,
    eccentricity: Floats,
    *,
    hours: float,
    threshold_km: float = 0.0,
    half_km: Floats | None = None,
    choice: PairChoice = EVERY_PAIR,
    workers: int = 1,
    progress: Progress = no_progress,
) -> Screening:
    """Find every encounter of ``bodies`` within ``hours`` after their reference time.

    Parameters
    ----------
    bodies
        n objects; ``eccentricity``, shape (n of them with element sets,).
    threshold_km
        Largest distance of an encounter.
    half_km
        Half sizes of a box around each object, shape (n, 3): radial, in-track, cross-track. Passages through
        the box of the first object of a pair are found instead of encounters (see :mod:`volumes`).
    choice
        The pairs that are wanted.
    workers
        Threads; the result does not depend on it.
    progress
        Told after each job of the search.
    """
    if half_km is not None:
        own = half_km if choice.primary is None else half_km[choice.primary]
        threshold_km = float(half_diagonal_km(own).max(initial=0.0))
    window = Window(hours * 3600.0, threshold_km)
    target = _Minima(bodies, window) if half_km is None else _Stays(bodies, window, half_km)
    absent, failing = _absent(bodies, window.length_s)
    search = _search(bodies, window, eccentricity, choice)
    rank = _ranks(bodies, choice.primary)

    def chosen(candidates: Candidates) -> Candidates:
        swap = rank[candidates.row_1] > rank[candidates.row_2]
        first = np.where(swap, candidates.row_2, candidates.row_1)
        second = np.where(swap, candidates.row_1, candidates.row_2)
        good = choice.wanted(first, second)
        return Candidates(first[good], second[good], candidates.step[good], candidates.kind[good])

    fast: list[Any] = []
    slow: list[Candidates] = []
    with ThreadPoolExecutor(max(1, workers)) as pool:
        jobs = pool.map(lambda number: target.refined(chosen(search.run_job(number))), range(search.jobs))
        for number, (refined, others) in enumerate(jobs):
            fast.append(refined)
            slow.append(others)
            progress(number + 1, search.jobs, "hours screened")
        slow.append(chosen(direct_candidates(bodies, window)))
        runs = existing(bodies, target.runs(fast, _concatenate(Candidates, slow)), failing, window.length_s)
        followed = list(pool.map(target.followed, runs.divided(target.together)))
    found = target.all(fast, followed)
    in_order = _pick(found, np.lexsort((found.row_2, found.row_1, found.time_s)))
    return Screening(_table(bodies, in_order), absent)


def _search(bodies: Bodies, window: Window, eccentricity: Floats, choice: PairChoice) -> Search:
    """Return the faster way to search; without element sets the one that knows nothing of the Earth."""
    few = choice.few(len(bodies))
    if few.size <= FEW_MAX or not len(bodies.models):
        return FewSearch(bodies, window, eccentricity, few)
    return PairSearch(bodies, window, eccentricity)


def screen_catalog(
    elements: ElementTable,
    start_tai_ns: int,
    hours: float,
    threshold_km: float,
    *,
    workers: int = 1,
    progress: Progress = no_progress,
    primary: Flags | None = None,
) -> Screening:
    """Screen element sets against each other (see :func:`screen_bodies`); rows are those of ``elements``."""
    return screen_bodies(
        Bodies.of(elements, start_tai_ns),
        elements.eccentricity,
        hours=hours,
        threshold_km=threshold_km,
        choice=PairChoice(primary),
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


class _Minima:
    """What is looked for: minima of the distance below the threshold, and co-moving pairs."""

    together = 16
    """Runs that are followed by one call: enough for arrays, few enough for all workers."""

    def __init__(self, bodies: Bodies, window: Window) -> None:
        self.bodies, self.window = bodies, window

    def refined(self, candidates: Candidates) -> tuple[Found, Candidates]:
        """Refine the candidates that pass fast; return what they are, and the others."""
        row_1, row_2, time_s, found, others = _fast_minima(self.bodies, candidates)
        length_s = self.window.length_s
        outside = (time_s < 0.0) | (time_s > length_s)
        at_s = np.clip(time_s, 0.0, length_s)
        now = approach(self.bodies, row_1, row_2, np.where(found, at_s, 0.0))
        good = found & now.exists & (now.distance_km < self.window.threshold_km)
        edge, encounter = KIND_NUMBER[EncounterKind.EDGE], KIND_NUMBER[EncounterKind.ENCOUNTER]
        kind = np.where(outside, edge, encounter).astype(np.uint8)
        return Found(row_1[good], row_2[good], at_s[good], at_s[good], at_s[good], kind[good]), others

    def runs(self, _fast: Sequence[Found], others: Candidates) -> Runs:
        """Return when pairs are to be followed."""
        return runs_of_steps(others.row_1, others.row_2, others.step, STEP_S, self.window.length_s)

    def followed(self, runs: Runs) -> Found:
        """Find all of it in runs."""
        return slow_pairs.analyze(self.bodies, runs, self.window.threshold_km, self.window.length_s)

    def all(self, fast: Sequence[Found], followed: Sequence[Found]) -> Found:
        """Put together what was found."""
        return _without_doubles(_concatenate(Found, [*fast, *followed]))


class _Stays:
    """What is looked for: stays in the box around the first object of a pair."""

    together = 2000
    """Runs that are followed by one call: they are short, and bounded for memory (10 MB)."""

    def __init__(self, bodies: Bodies, window: Window, half_km: Floats) -> None:
        self.bodies, self.window, self.half_km = bodies, window, half_km
        self.reach_km = half_diagonal_km(half_km)

    def refined(self, candidates: Candidates) -> tuple[Runs, Candidates]:
        """Return when the candidates that pass fast may be in a box, and the others."""
        row_1, row_2, time_s, found, others = _fast_minima(self.bodies, candidates)
        now = approach(self.bodies, row_1, row_2, np.where(found, time_s, 0.0))
        near = found & (now.distance_km <= self.reach_km[row_1])
        stay_s = STAY_FACTOR * self.reach_km[row_1[near]] / now.speed_km_s[near]
        begin_s, end_s = time_s[near] - stay_s, time_s[near] + stay_s
        return whole_runs(row_1[near], row_2[near], begin_s, end_s, self.window.length_s), others

    def runs(self, fast: Sequence[Runs], others: Candidates) -> Runs:
        """Return when pairs are to be followed: the others a stay longer than they were seen."""
        wider_s = STAY_FACTOR * self.window.threshold_km / self.window.slow_km_s
        steps = runs_of_steps(
            others.row_1, others.row_2, others.step, STEP_S, self.window.length_s, wider_s=wider_s
        )
        return joined(_concatenate(Runs, [*fast, steps]))

    def followed(self, runs: Runs) -> Found:
        """Find all of it in runs."""
        return box_passages(self.bodies, runs, self.half_km)

    def all(self, _fast: Sequence[Runs], followed: Sequence[Found]) -> Found:
        """Put together what was found."""
        return _concatenate(Found, followed)


def _fast_minima(bodies: Bodies, candidates: Candidates) -> tuple[Ints, Ints, Floats, Flags, Candidates]:
    """Find the minima of the candidates that pass fast.

    Returns their rows, times and whether one was found, and the candidates that are to be followed in time:
    the slow ones, and those without a quick minimum.
    """
    fast = np.flatnonzero(candidates.kind == MINIMUM)
    row_1, row_2 = candidates.row_1[fast], candidates.row_2[fast]
    guess_s = (candidates.step[fast].astype(np.float64) + 0.5) * STEP_S
    time_s, found = closest_near(bodies, row_1, row_2, guess_s, REACH_S)
    others = candidates.kind == SLOW
    others[fast[~found]] = True
    columns: list[Any] = [column[others] for column in candidates]
    return row_1, row_2, time_s, found, Candidates(*columns)


def _without_doubles(found: Found) -> Found:
    """Drop what was found twice."""
    order = np.lexsort((found.time_s, found.kind, found.row_2, found.row_1))
    found = _pick(found, order)
    same = np.zeros(order.shape[0], dtype=np.bool_)
    same[1:] = (np.diff(found.row_1) == 0) & (np.diff(found.row_2) == 0) & (np.diff(found.kind) == 0)
    same[1:] &= np.diff(found.time_s) < SAME_S
    return _pick(found, np.flatnonzero(~same))


def _concatenate(kind: type[T], parts: Sequence[T]) -> T:
    """Return all rows of ``parts``, one after the other."""
    return kind(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


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


def _absent(bodies: Bodies, length_s: float) -> tuple[Ints, Flags]:
    """Return the rows of objects without a state at the start or the end of the window, or with a gap in it.

    Also return which element sets, (n,), are among them.
    """
    count = len(bodies.models)
    failing = np.zeros(len(bodies), dtype=np.bool_)
    failing[:count] = propagate(bodies.models, bodies.tai_ns(np.array([0.0, length_s]))).error.any(axis=1)
    absent = failing.copy()
    for place, trajectory in enumerate(bodies.sampled):
        spans_s = bodies.seconds(trajectory.spans_tai_ns)
        gap = (spans_s[1:, 0] > spans_s[:-1, 1]) & (spans_s[1:, 0] > 0) & (spans_s[:-1, 1] < length_s)
        absent[count + place] = gap.any() or spans_s[0, 0] > 0 or spans_s[-1, 1] < length_s
    return np.flatnonzero(absent), failing
