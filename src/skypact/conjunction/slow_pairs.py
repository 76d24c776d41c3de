"""Pairs that pass slowly or move together: every minimum, and every interval below the threshold.

The range rate of such pairs is sampled over the runs of steps in which the search saw them close. Its zeros
are bracketed (with its slope, so that two zeros between samples are seen) and refined; between neighboring
zeros the distance is monotone, so the times at which it crosses the threshold are bracketed as well.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.bodies import Bodies, Floats, Ints
from skypact.conjunction.brackets import bracketed_roots
from skypact.conjunction.encounters import CO_MOVING_SPEED_KM_S, KIND_NUMBER, EncounterKind
from skypact.conjunction.refinement import approach
from skypact.conjunction.runs import Runs, sample_times

SAMPLE_S = 60.0
"""Relative motion of a slow pair has periods of half an orbit (40 minutes in LEO) and more."""
FINE_PARTS = 12
"""Parts of a sample interval that may hide two zeros of the range rate."""


class Found(NamedTuple):
    """Rows for the encounter table, before their geometry is computed; arrays of shape (m,)."""

    row_1: Ints
    row_2: Ints
    time_s: Floats
    start_s: Floats
    stop_s: Floats
    kind: NDArray[np.uint8]


def _roots(
    bodies: Bodies, row_1: Ints, row_2: Ints, low_s: Floats, high_s: Floats, of_km: float | None
) -> Floats:
    """Find the zero of the range rate (or of distance - ``of_km``) of each pair within its bracket."""

    def value_slope(at: NDArray[np.intp], time_s: Floats) -> tuple[Floats, Floats]:
        now = approach(bodies, row_1[at], row_2[at], time_s)
        if of_km is None:
            return now.closing, now.slope
        return now.distance_km**2 - of_km**2, 2.0 * now.closing

    return bracketed_roots(value_slope, low_s, high_s)


def _turning_points(bodies: Bodies, runs: Runs) -> tuple[NDArray[np.intp], Floats, NDArray[np.bool_]]:
    """Return run, time and "is a minimum" of all zeros of the range rate, and the ends of the runs."""
    run, time_s = sample_times(bodies, runs, SAMPLE_S)
    now = approach(bodies, runs.row_1[run], runs.row_2[run], time_s)
    within = run[1:] == run[:-1]
    f0, f1, g0, g1 = now.closing[:-1], now.closing[1:], now.slope[:-1], now.slope[1:]
    hidden = within & (f0 * f1 > 0) & (np.sign(g0) == -np.sign(f0)) & (np.sign(g1) == np.sign(f1))
    k = np.flatnonzero(hidden)
    extra = time_s[k][:, None] + (time_s[k + 1] - time_s[k])[:, None] * np.arange(1, FINE_PARTS) / FINE_PARTS
    run = np.concatenate([run, np.repeat(run[k], FINE_PARTS - 1)])
    time_s = np.concatenate([time_s, extra.ravel()])
    order = np.lexsort((time_s, run))
    run, time_s = run[order], time_s[order]
    fresh = approach(bodies, runs.row_1[run], runs.row_2[run], time_s) if k.size else now
    within = run[1:] == run[:-1]
    f0, f1 = fresh.closing[:-1], fresh.closing[1:]
    finite = np.isfinite(f0) & np.isfinite(f1)
    change = np.flatnonzero(within & finite & (np.sign(f0) != np.sign(f1)) & (f0 != 0))
    pair_run = run[change]
    roots = _roots(
        bodies, runs.row_1[pair_run], runs.row_2[pair_run], time_s[change], time_s[change + 1], None
    )
    ends = np.arange(runs.row_1.shape[0])
    all_runs = np.concatenate([ends, pair_run, ends])
    times = np.concatenate([runs.begin_s, roots, runs.end_s])
    minimum = np.concatenate(
        [np.zeros(ends.shape[0], dtype=np.bool_), f0[change] < 0, np.zeros(ends.shape[0], dtype=np.bool_)]
    )
    order = np.lexsort((times, all_runs))
    return all_runs[order], times[order], minimum[order]


def analyze(bodies: Bodies, runs: Runs, threshold_km: float, window_s: float) -> Found:
    """Find all encounters, edges and co-moving intervals of slow pairs.

    Rules (of the column ``kind``): a pair below the threshold throughout the window (or the part of it in
    which both objects exist) is one co-moving row and nothing else; an interval with a minimum slower than
    ``CO_MOVING_SPEED_KM_S`` is a co-moving row, its faster minima are encounters; an interval without a
    minimum, at an edge of the window, is an edge row.
    """
    run, time_s, minimum = _turning_points(bodies, runs)
    at = approach(bodies, runs.row_1[run], runs.row_2[run], time_s)
    distance, speed = at.distance_km, at.speed_km_s
    below = at.exists & (distance < threshold_km)
    same = run[1:] == run[:-1]
    crossing = np.flatnonzero(same & (below[:-1] != below[1:]) & at.exists[:-1] & at.exists[1:])
    cross_run = run[crossing]
    cross_s = _roots(
        bodies,
        runs.row_1[cross_run],
        runs.row_2[cross_run],
        time_s[crossing],
        time_s[crossing + 1],
        threshold_km,
    )
    crossed = dict(zip(crossing.tolist(), cross_s.tolist(), strict=True))
    rows: list[tuple[int, int, float, float, float, int]] = []
    k, count = 0, run.shape[0]
    while k < count:
        if not below[k]:
            k += 1
            continue
        first = last = k
        while last + 1 < count and run[last + 1] == run[k] and below[last + 1]:
            last += 1
        start = (
            crossed.get(first - 1, float(time_s[first]))
            if first and run[first - 1] == run[k]
            else float(time_s[first])
        )
        stop = crossed.get(last, float(time_s[last]))
        members = np.arange(first, last + 1)
        pair = int(runs.row_1[run[k]]), int(runs.row_2[run[k]])
        throughout = start <= runs.first_s[run[k]] and stop >= runs.last_s[run[k]]
        rows += _interval_rows(
            pair, members, minimum[members], time_s, distance, speed, (start, stop), window_s, throughout
        )
        k = last + 1
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    row_1, row_2 = (np.array(c, dtype=np.int64) for c in columns[:2])
    times, starts, stops = (np.array(c, dtype=np.float64) for c in columns[2:5])
    return Found(row_1, row_2, times, starts, stops, np.array(columns[5], dtype=np.uint8))


def _interval_rows(
    pair: tuple[int, int],
    members: NDArray[np.intp],
    is_minimum: NDArray[np.bool_],
    time_s: Floats,
    distance_km: Floats,
    speed_km_s: Floats,
    span: tuple[float, float],
    window_s: float,
    throughout: bool,
) -> list[tuple[int, int, float, float, float, int]]:
    """Apply the rules of :func:`analyze` to one interval below the threshold."""
    start, stop = span
    nearest = members[np.argmin(distance_km[members])]
    minima = members[is_minimum]
    slow = minima[speed_km_s[minima] < CO_MOVING_SPEED_KM_S]
    rows = []
    if throughout or slow.size:
        rows.append((*pair, float(time_s[nearest]), start, stop, KIND_NUMBER[EncounterKind.CO_MOVING]))
    if throughout:
        return rows
    for k in minima:
        if speed_km_s[k] >= CO_MOVING_SPEED_KM_S:
            t = float(time_s[k])
            rows.append((*pair, t, t, t, KIND_NUMBER[EncounterKind.ENCOUNTER]))
    at_edge = start <= 0.0 or stop >= window_s
    if not minima.size and at_edge:
        t = 0.0 if start <= 0.0 else window_s
        rows.append((*pair, t, t, t, KIND_NUMBER[EncounterKind.EDGE]))
    return rows
