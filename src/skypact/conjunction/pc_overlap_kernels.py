"""Kernels that find where, and when, the densities of two curved motions overlap most.

D. T. Hall, "Expected Collision Rates for Tracked Satellites", Journal of Spacecraft and Rockets 58(3), 2021;
equation numbers below are of the preprint. Times are seconds from the epoch of the elements, lengths km.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.pc_orbit_kernels import to_state, to_state_with_partials
from skypact.orbits.jit import kernel

Floats = NDArray[np.float64]


class CurvedPair(NamedTuple):
    """Two objects with mean equinoctial elements at a common epoch, as the kernels take them."""

    means: Floats
    """Shape (2, 6), see :mod:`skypact.conjunction.pc_orbit_kernels`."""
    covariances: Floats
    """Of the elements, shape (2, 6, 6)."""
    shared: Floats
    """Change of the elements by one sigma of the density error both share, (2, 6); zero where unused."""
    radius: float
    """Combined hard-body radius."""
    floor: float
    """Smallest position variance kept in a factorization, km**2."""


_OVERLAP_STEPS = 80
_OVERLAP_TOLERANCE2 = 1e-12
"""Squared change of either position, in hard-body radii, at which the overlap has converged."""
_DAMPED_AFTER = 20
"""Steps after which the overlap point is averaged with the one before (stops oscillation)."""
_STEP_LONGITUDE_RAD = 0.3
"""Largest change of a mean longitude in one step, which keeps very long densities from leaping."""
_SCAN = 48
"""Equal steps over the encounter segment at which the overlap is looked at before the peak is refined."""
_GOLDEN = 0.6180339887498949
_GOLDEN_STEPS = 60
_PEAK_PRECISION = 1e-5
"""Part of the deviation in time to which the peak is found."""
_NEARBY = np.array([-8.0, -4.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
"""Further looks around the straight-line encounter, in its standard deviations."""


@kernel
def cholesky3(a: Floats, floor: float, low: Floats) -> float:
    """Lower factor of a symmetric (3, 3) matrix, pivots raised to ``floor``; return log(det)."""
    log_det = 0.0
    for j in range(3):
        pivot = a[j, j]
        for k in range(j):
            pivot -= low[j, k] * low[j, k]
        pivot = max(pivot, floor)
        low[j, j] = math.sqrt(pivot)
        log_det += math.log(pivot)
        for i in range(j + 1, 3):
            value = a[i, j]
            for k in range(j):
                value -= low[i, k] * low[j, k]
            low[i, j] = value / low[j, j]
    return log_det


@kernel
def solve3(low: Floats, b: Floats, x: Floats) -> None:
    """Solve (low low^T) x = b for three unknowns."""
    y0 = b[0] / low[0, 0]
    y1 = (b[1] - low[1, 0] * y0) / low[1, 1]
    y2 = (b[2] - low[2, 0] * y0 - low[2, 1] * y1) / low[2, 2]
    x[2] = y2 / low[2, 2]
    x[1] = (y1 - low[2, 1] * x[2]) / low[1, 1]
    x[0] = (y0 - low[1, 0] * x[1] - low[2, 0] * x[2]) / low[0, 0]


@kernel
def peak_overlap(
    t: float,
    pair: CurvedPair,
    relative: Floats,
    joint: Floats,
) -> float:
    """Expand both motions where their densities overlap most at ``t`` (equations 44, 47, 55, 56).

    Writes the relative state (6,) of the expansions and their joint covariance (6, 6), less the shared
    density error (equation 57), and returns log(det) of its position part, or NaN without convergence.

    The iteration runs in elements: with y = A^-1 (r2 - r1) the most probable elements under r1 = r2 are
    E1 + Q1 J1^T y and E2 - Q2 J2^T y, which has the fixed point of equations 55 and 56 and needs no inverse
    of a single covariance.
    """
    means, covariances, radius, floor = pair.means, pair.covariances, pair.radius, pair.floor
    centers = means.copy()
    state = np.empty((2, 6))
    partials = np.empty((2, 6, 6))
    spread = np.empty((2, 6, 3))  # Q J^T, position columns
    mode = np.empty((2, 6))
    a = np.empty((3, 3))
    low = np.zeros((3, 3))
    gap = np.empty(3)
    y = np.empty(3)
    moved = np.empty(3)
    converged = False
    for step in range(_OVERLAP_STEPS):
        for j in range(2):
            to_state_with_partials(centers[j], t, state[j], partials[j])
            for i in range(6):
                value = state[j, i]
                for k in range(6):
                    value += partials[j, i, k] * (means[j, k] - centers[j, k])
                mode[j, i] = value
            for i in range(6):
                for c in range(3):
                    value = 0.0
                    for k in range(6):
                        value += covariances[j, i, k] * partials[j, c, k]
                    spread[j, i, c] = value
        for r in range(3):
            gap[r] = mode[1, r] - mode[0, r]
            for c in range(3):
                value = 0.0
                for k in range(6):
                    value += partials[0, r, k] * spread[0, k, c] + partials[1, r, k] * spread[1, k, c]
                a[r, c] = value
        cholesky3(a, floor, low)
        solve3(low, gap, y)
        change = 0.0
        cut = 1.0
        damping = 0.5 if step > _DAMPED_AFTER else 1.0
        for j in range(2):
            sign = 1.0 if j == 0 else -1.0
            value = means[j, 5] - centers[j, 5]
            for c in range(3):
                value += sign * spread[j, 5, c] * y[c]
            if abs(value) > _STEP_LONGITUDE_RAD:
                cut = min(cut, _STEP_LONGITUDE_RAD / abs(value))
        for j in range(2):
            sign = 1.0 if j == 0 else -1.0
            moved[:] = 0.0
            for k in range(6):
                delta = means[j, k] - centers[j, k]
                for c in range(3):
                    delta += sign * spread[j, k, c] * y[c]
                delta *= cut * damping
                centers[j, k] += delta
                for r in range(3):
                    moved[r] += partials[j, r, k] * delta
            change = max(change, (moved[0] ** 2 + moved[1] ** 2 + moved[2] ** 2))
            e2 = centers[j, 1] ** 2 + centers[j, 2] ** 2
            if not (e2 < 1.0 and centers[j, 0] > 0.0):
                return np.nan
        if change <= _OVERLAP_TOLERANCE2 * radius * radius and cut == 1.0:
            converged = True
            break
    if not converged:
        return np.nan
    _joint_density(t, centers, pair, relative, joint)
    return cholesky3(joint, floor, low)


@kernel
def _joint_density(t: float, centers: Floats, pair: CurvedPair, relative: Floats, joint: Floats) -> None:
    """Relative state and covariance (6, 6) of two motions expanded at ``centers`` (equations 44, 47, 57)."""
    means, covariances, shared = pair.means, pair.covariances, pair.shared
    state = np.empty(6)
    partials = np.empty((6, 6))
    half = np.empty((6, 6))
    common = np.zeros((2, 6))
    joint[:] = 0.0
    relative[:] = 0.0
    for j in range(2):
        sign = -1.0 if j == 0 else 1.0
        to_state_with_partials(centers[j], t, state, partials)
        for i in range(6):
            value = state[i]
            for k in range(6):
                value += partials[i, k] * (means[j, k] - centers[j, k])
                common[j, i] += partials[i, k] * shared[j, k]
            relative[i] += sign * value
            for k in range(6):
                value = 0.0
                for m in range(6):
                    value += partials[i, m] * covariances[j, m, k]
                half[i, k] = value
        for i in range(6):
            for k in range(i + 1):
                value = 0.0
                for m in range(6):
                    value += half[i, m] * partials[k, m]
                joint[i, k] += value
    for i in range(6):
        for k in range(i + 1):
            joint[i, k] -= common[0, i] * common[1, k] + common[1, i] * common[0, k]
            joint[k, i] = joint[i, k]


@kernel
def overlap_measure(
    t: float,
    pair: CurvedPair,
    relative: Floats,
    joint: Floats,
) -> float:
    """Squared Mahalanobis distance at the peak overlap plus log(det): small where collisions happen.

    Infinite where the overlap does not converge. ``relative`` and ``joint`` receive the expansion.
    """
    log_det = peak_overlap(t, pair, relative, joint)
    if not math.isfinite(log_det):
        return np.inf
    low = np.zeros((3, 3))
    pull = np.empty(3)
    cholesky3(joint, pair.floor, low)
    solve3(low, relative[:3], pull)
    distance2: float = relative[0] * pull[0] + relative[1] * pull[1] + relative[2] * pull[2]
    return distance2 + log_det


@kernel
def peak_time(
    pair: CurvedPair,
    start: float,
    stop: float,
    guess: float,
    spread: float,
    found: Floats,
) -> bool:
    """Find the time at which :func:`overlap_measure` is least between ``start`` and ``stop``.

    ``guess`` and ``spread`` are time and deviation of the straight-line encounter. Writes to ``found``:
    time, least measure, deviation in time (from the curvature), relative speed there; returns False
    where no overlap converges.
    """
    relative = np.empty(6)
    joint = np.empty((6, 6))
    times = np.empty(_SCAN + 1 + _NEARBY.shape[0])
    for k in range(_SCAN + 1):
        times[k] = start + (stop - start) * k / _SCAN
    for k in range(_NEARBY.shape[0]):
        times[_SCAN + 1 + k] = min(max(guess + _NEARBY[k] * spread, start), stop)
    times.sort()
    best = -1
    least = np.inf
    for k in range(times.shape[0]):
        value = overlap_measure(times[k], pair, relative, joint)
        if value < least:
            least = value
            best = k
    if best < 0:
        return False
    low = times[max(best - 1, 0)]
    high = times[min(best + 1, times.shape[0] - 1)]
    x1 = high - _GOLDEN * (high - low)
    x2 = low + _GOLDEN * (high - low)
    f1 = overlap_measure(x1, pair, relative, joint)
    f2 = overlap_measure(x2, pair, relative, joint)
    for _ in range(_GOLDEN_STEPS):
        if f1 < f2 or (f1 == f2 and abs(x1 - times[best]) < abs(x2 - times[best])):
            high, x2, f2 = x2, x1, f1
            x1 = high - _GOLDEN * (high - low)
            f1 = overlap_measure(x1, pair, relative, joint)
        else:
            low, x1, f1 = x1, x2, f2
            x2 = low + _GOLDEN * (high - low)
            f2 = overlap_measure(x2, pair, relative, joint)
        if high - low < _PEAK_PRECISION * spread:
            break
    t = 0.5 * (low + high)
    middle = overlap_measure(t, pair, relative, joint)
    if not math.isfinite(middle):
        return False
    found[0] = t
    found[1] = middle
    found[3] = math.sqrt(relative[3] ** 2 + relative[4] ** 2 + relative[5] ** 2)
    # curvature over about one deviation: a first step from the straight line, a second from its result
    step = spread
    for _ in range(2):
        before = overlap_measure(t - step, pair, relative, joint)
        after = overlap_measure(t + step, pair, relative, joint)
        bend = (before - 2.0 * middle + after) / (step * step)
        found[2] = math.sqrt(2.0 / bend) if 0.0 < bend < np.inf else np.inf
        if not found[2] < stop - start:
            break
        step = found[2]
    return True


@kernel
def separations(means: Floats, times: Floats, distances: Floats) -> None:
    """Distance of the two mean motions (2, 6) at ``times``."""
    first = np.empty(6)
    second = np.empty(6)
    for i in range(times.shape[0]):
        to_state(means[0], times[i], first)
        to_state(means[1], times[i], second)
        total = 0.0
        for k in range(3):
            total += (second[k] - first[k]) ** 2
        distances[i] = math.sqrt(total)
