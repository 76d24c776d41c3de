"""Interpolation of sampled ephemerides: one state for other kernels, many states in bulk.

The caller (:mod:`skypact.orbits.sampled`) has chosen for each interval between two knots which knots the
polynomial goes through (its window); a kernel finds the interval and evaluates. Hermite polynomials take
positions and velocities of the window's m knots (degree 2 m - 1), Lagrange polynomials the m positions and,
separately, the m velocities (degree m - 1). Formulas: Hildebrand, Introduction to Numerical Analysis, 2nd
edition, sections 3.2 and 8.2; derivatives by the product rule, so that no knot is a special case.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.orbits.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Motion = tuple[int, float, float, float, float, float, float, float, float, float]

INSIDE, OUTSIDE = 0, 1
"""First value that a kernel returns: whether the time lies in a usable span."""
HERMITE, LAGRANGE = 0, 1
"""Methods of a segment."""


SampledArrays = tuple[Floats, Floats, Floats, Ints, Ints, Ints, Floats, Floats, Ints]
"""A sampled ephemeris as kernels take it: n knots in k segments, one frame, one reference epoch.

A plain tuple, because numba's disk cache does not recognize named ones again. In this order:

0. ``knot_s`` (n,): TAI seconds past the reference epoch, increasing within a segment.
1. ``position_km`` (n, 3).
2. ``velocity_km_s`` (n, 3).
3. ``window_first`` (n,): row of the first knot of the polynomial for times from this knot to the next.
4. ``window_count`` (n,): number of knots of that polynomial.
5. ``segment_first`` (k + 1,): row of each segment's first knot, and n.
6. ``start_s`` (k,): beginning of each usable span; spans are in order and do not overlap.
7. ``stop_s`` (k,): end of each usable span; a time that two spans share belongs to the later one.
8. ``method`` (k,): HERMITE or LAGRANGE.
"""


@kernel
def last_at_or_before(values: Floats, first: int, stop: int, value: float) -> int:
    """Return the last row of the increasing ``values[first:stop]`` not above ``value``, else first - 1."""
    low, high = first, stop
    while low < high:
        middle = (low + high) // 2
        if values[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low - 1


@kernel
def hermite_motion(
    knot_s: Floats, position: Floats, velocity: Floats, first: int, count: int, time_s: float
) -> Motion:
    """Return (INSIDE, position, velocity, acceleration) of the Hermite polynomial of ``count`` knots."""
    x = y = z = vx = vy = vz = ax = ay = az = 0.0
    for i in range(first, first + count):
        own = knot_s[i]
        base, slope, bend, pull = 1.0, 0.0, 0.0, 0.0
        for j in range(first, first + count):
            if j != i:
                inverse = 1.0 / (own - knot_s[j])
                factor = (time_s - knot_s[j]) * inverse
                bend = bend * factor + 2.0 * slope * inverse
                slope = slope * factor + base * inverse
                base *= factor
                pull += inverse
        square, square_1, square_2 = base * base, 2.0 * base * slope, 2.0 * (slope * slope + base * bend)
        past = time_s - own
        line = 1.0 - 2.0 * past * pull
        p0 = line * square
        p1 = line * square_1 - 2.0 * pull * square
        p2 = line * square_2 - 4.0 * pull * square_1
        q0 = past * square
        q1 = square + past * square_1
        q2 = 2.0 * square_1 + past * square_2
        px, py, pz = position[i, 0], position[i, 1], position[i, 2]
        qx, qy, qz = velocity[i, 0], velocity[i, 1], velocity[i, 2]
        x += p0 * px + q0 * qx
        y += p0 * py + q0 * qy
        z += p0 * pz + q0 * qz
        vx += p1 * px + q1 * qx
        vy += p1 * py + q1 * qy
        vz += p1 * pz + q1 * qz
        ax += p2 * px + q2 * qx
        ay += p2 * py + q2 * qy
        az += p2 * pz + q2 * qz
    return INSIDE, x, y, z, vx, vy, vz, ax, ay, az


@kernel
def lagrange_motion(
    knot_s: Floats, position: Floats, velocity: Floats, first: int, count: int, time_s: float
) -> Motion:
    """Return (INSIDE, position, velocity, acceleration) of the Lagrange polynomials of ``count`` knots.

    The velocity is interpolated from the velocities, the acceleration is its derivative.
    """
    x = y = z = vx = vy = vz = ax = ay = az = 0.0
    for i in range(first, first + count):
        base, slope = 1.0, 0.0
        for j in range(first, first + count):
            if j != i:
                inverse = 1.0 / (knot_s[i] - knot_s[j])
                factor = (time_s - knot_s[j]) * inverse
                slope = slope * factor + base * inverse
                base *= factor
        qx, qy, qz = velocity[i, 0], velocity[i, 1], velocity[i, 2]
        x += base * position[i, 0]
        y += base * position[i, 1]
        z += base * position[i, 2]
        vx += base * qx
        vy += base * qy
        vz += base * qz
        ax += slope * qx
        ay += slope * qy
        az += slope * qz
    return INSIDE, x, y, z, vx, vy, vz, ax, ay, az


@kernel
def sampled_motion(arrays: SampledArrays, time_s: float) -> Motion:
    """Return (INSIDE, x, y, z, vx, vy, vz, ax, ay, az) at ``time_s`` past the reference epoch.

    km, km/s, km/s**2 in the frame of the arrays; (OUTSIDE, NaN ...) where no usable span holds the time.
    """
    knot_s, position, velocity, window_first, window_count, segment_first, start_s, stop_s, method = arrays
    segment = last_at_or_before(start_s, 0, start_s.shape[0], time_s)
    if segment < 0 or not time_s <= stop_s[segment]:
        bad = np.nan
        return OUTSIDE, bad, bad, bad, bad, bad, bad, bad, bad, bad
    stop = segment_first[segment + 1]
    row = min(last_at_or_before(knot_s, segment_first[segment], stop, time_s), stop - 2)
    first, count = window_first[row], window_count[row]
    if method[segment] == HERMITE:
        return hermite_motion(knot_s, position, velocity, first, count, time_s)
    return lagrange_motion(knot_s, position, velocity, first, count, time_s)


@kernel
def sampled_state(
    arrays: SampledArrays, time_s: float
) -> tuple[int, float, float, float, float, float, float]:
    """Return (code, x, y, z, vx, vy, vz) as ``sgp4_kernels.sgp4_state`` does; see :func:`sampled_motion`."""
    code, x, y, z, vx, vy, vz, _, _, _ = sampled_motion(arrays, time_s)
    return code, x, y, z, vx, vy, vz


@kernel
def sampled_motions(arrays: SampledArrays, times_s: Floats, motions: Floats) -> int:
    """Fill ``motions``, shape (m, 9): position, velocity, acceleration; NaN outside, which is counted."""
    outside = 0
    for i in range(times_s.shape[0]):
        code, x, y, z, vx, vy, vz, ax, ay, az = sampled_motion(arrays, times_s[i])
        outside += code
        motions[i, 0], motions[i, 1], motions[i, 2] = x, y, z
        motions[i, 3], motions[i, 4], motions[i, 5] = vx, vy, vz
        motions[i, 6], motions[i, 7], motions[i, 8] = ax, ay, az
    return outside
