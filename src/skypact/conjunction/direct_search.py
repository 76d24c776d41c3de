"""Candidates where polynomials cannot be trusted: at the ends, gaps and burns of ephemerides.

The searches describe each object by a polynomial between two knots. Where an ephemeris begins, ends, has a
gap or a burn between them, no smooth curve is right and no padding is safe. In these few intervals pairs are
taken by a bound on their distance instead, whatever happens inside, and are followed like slow pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_S
from skypact.conjunction.bodies import Bodies, Floats, Ints
from skypact.conjunction.knots import KNOT_S, hermite_points
from skypact.conjunction.pair_search import STEP_S, STEPS_PER_KNOT, Candidates, Window
from skypact.conjunction.refinement import approach
from skypact.conjunction.screening_kernels import SLOW
from skypact.orbits.sgp4 import propagate_knots

PARTS = 4
"""Samples of each interval that show how it bends."""
ROUGH_KM = 0.5
"""A polynomial this wrong may put a slow minimum outside its step; elsewhere padding is enough."""
BEND_KM_S = 1.5
"""The velocity of an object changes by less than this in half an interval (150 s of gravity at the surface:
1.47); an ephemeris by what its samples show besides, in a burn."""
STEP_BEND_KM_S = 0.6
"""The same for two objects and half a step (30 s: 0.29 each)."""


def direct_candidates(bodies: Bodies, window: Window) -> Candidates:
    """Return every pair with an ephemeris that may be below the threshold in one of its rough intervals.

    Pairs come in either order, each with the steps in which they may; they are to be followed in time.
    """
    intervals = max(1, int(np.ceil(window.length_s / KNOT_S)))
    rough: dict[int, list[tuple[int, float]]] = {}
    for place in range(len(bodies.sampled)):
        for interval, bend_km_s in _rough_intervals(bodies, place, intervals):
            rough.setdefault(interval, []).append((place, bend_km_s))
    parts = [np.empty((0, 3), dtype=np.int64)]
    for interval, members in sorted(rough.items()):
        parts.append(_near(bodies, window, interval, members))
    rows = np.concatenate(parts)
    rows = rows[rows[:, 2] <= window.last_step]
    return Candidates(rows[:, 0], rows[:, 1], rows[:, 2], np.full(rows.shape[0], SLOW, dtype=np.int32))


def _rough_intervals(bodies: Bodies, place: int, intervals: int) -> list[tuple[int, float]]:
    """Return the rough intervals of an ephemeris, with how far its velocity departs from the middle there."""
    trajectory = bodies.sampled[place]
    samples_s = KNOT_S / PARTS * np.arange(PARTS * intervals + 1, dtype=np.float64)
    states = np.hstack(trajectory.inertial_states(bodies.tai_ns(samples_s)))
    shaped = states[np.arange(intervals)[:, None] * PARTS + np.arange(PARTS + 1)]
    there = ~np.isnan(shaped[:, :, 0])
    inner = tuple(part / PARTS for part in range(1, PARTS))
    curve = hermite_points(bodies, shaped[:, 0], shaped[:, PARTS], inner, KNOT_S).transpose(1, 0, 2)
    wrong_km = np.linalg.norm(curve - shaped[:, 1:PARTS, :3], axis=2).max(axis=1)
    rough = ~there.all(axis=1) & there.any(axis=1) | (wrong_km > ROUGH_KM)
    breaks_s = bodies.seconds(trajectory.spans_tai_ns).ravel() / KNOT_S
    touched = np.concatenate([np.floor(breaks_s), np.ceil(breaks_s) - 1.0])
    rough[touched[(touched >= 0) & (touched < intervals)].astype(np.int64)] = True
    velocity = shaped[:, :, 3:]
    spread = np.fmax.reduce(velocity, axis=1) - np.fmin.reduce(velocity, axis=1)
    bend_km_s = np.nan_to_num(np.linalg.norm(spread, axis=1))
    return [(int(k), float(bend_km_s[k])) for k in np.flatnonzero(rough)]


def _near(
    bodies: Bodies, window: Window, interval: int, members: list[tuple[int, float]]
) -> NDArray[np.int64]:
    """Return (ephemeris, other, step) of the pairs that may meet in an interval."""
    states, late_s = _states_about(bodies, (interval + 0.5) * KNOT_S)
    steps = interval * STEPS_PER_KNOT + np.arange(STEPS_PER_KNOT)
    out = []
    for place, bend_km_s in members:
        own = len(bodies.models) + place
        difference = states - states[own]
        distance = np.linalg.norm(difference[:, :3], axis=1)
        speed = np.linalg.norm(difference[:, 3:], axis=1) + 2.0 * BEND_KM_S + bend_km_s
        reach_s = 0.5 * KNOT_S + late_s + late_s[own]
        near = np.flatnonzero(distance <= window.threshold_km + speed * reach_s)
        near = near[near != own]
        other, step = np.repeat(near, STEPS_PER_KNOT), np.tile(steps, near.shape[0])
        first = np.full(other.shape[0], own)
        now = approach(bodies, first, other, (step.astype(np.float64) + 0.5) * STEP_S)
        reach_km = (now.speed_km_s + STEP_BEND_KM_S + bend_km_s) * STEP_S / 2.0
        close = ~now.exists | (now.distance_km <= window.threshold_km + reach_km)
        out.append(np.stack([first, other, step], axis=1)[close])
    return np.concatenate(out)


def _states_about(bodies: Bodies, time_s: float) -> tuple[Floats, Floats]:
    """Return states (n, 6) at the middle of an interval, or as near to it as there is one, and how near.

    NaN for objects without a state in the interval.
    """
    count, half_s = len(bodies.models), 0.5 * KNOT_S
    states, late_s = np.full((len(bodies), 6), np.nan), np.zeros(len(bodies))
    if count:
        begin_utc_ns = bodies.reference_utc_ns + round((time_s - half_s) * 1e9)
        begin, middle, end = propagate_knots(bodies.models, begin_utc_ns, half_s, 3)[0]
        failed = np.isnan(middle[0])
        states[:count] = np.where(failed, np.where(np.isnan(begin[0]), end, begin), middle).T
        late_s[:count][failed] = half_s
    at_tai_ns: Ints = bodies.tai_ns(np.array([time_s]))
    for place, trajectory in enumerate(bodies.sampled):
        edges = np.append(trajectory.spans_tai_ns.ravel(), at_tai_ns)
        position, velocity = trajectory.inertial_states(edges)
        away_s = np.abs(edges - at_tai_ns) / NS_PER_S
        away_s[np.isnan(position[:, 0])] = np.inf
        nearest = int(np.argmin(away_s))
        if away_s[nearest] <= half_s:
            states[count + place] = np.concatenate([position[nearest], velocity[nearest]])
            late_s[count + place] = away_s[nearest]
    return states, late_s
