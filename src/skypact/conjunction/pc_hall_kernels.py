"""Kernels of Hall's collision rate: flux of the joint density into the sphere, and its integral over time.

D. T. Hall, "Expected Collision Rates for Tracked Satellites", Journal of Spacecraft and Rockets 58(3), 2021;
equation numbers below are of the preprint. Times are seconds from the epoch of the elements, lengths km.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.pc_overlap_kernels import CurvedPair, cholesky3, peak_overlap, solve3
from skypact.orbits.jit import kernel

Floats = NDArray[np.float64]

_LEVELS = (8, 16, 32, 64)
_LEVEL_REACH = (3.0, 18.0, 80.0)
"""Largest steepness of the density over the sphere for 8, 16, 32 latitudes (64 beyond); twice as many
longitudes. Relative error below 1e-5 against 128 x 256."""
_GAUSS = [np.polynomial.legendre.leggauss(n) for n in _LEVELS]
_LATITUDES = np.concatenate([0.5 * (x + 1.0) for x, _ in _GAUSS])
_LATITUDE_WEIGHTS = np.concatenate([0.5 * w for _, w in _GAUSS])
_EXPONENT_SPAN = 30.0
"""Points of the sphere where the density is below exp(-30) of the highest met are left out."""
_FIRM_SPEED = 300.0
"""Relative speed, in its own sigmas, beyond which the outflow side of the sphere adds less than 1e-5."""

_TIME_NODES, _TIME_WEIGHTS = np.polynomial.legendre.leggauss(8)
_TIME_TOLERANCE = 1e-5
"""Relative difference between a span of time and its two halves at which halving stops."""
_TIME_STACK = 48
"""Halvings kept at once besides the first cuts."""
_SPREADS = np.array([-8.0, -4.5, -2.0, 0.0, 2.0, 4.5, 8.0])
"""First cuts of time around the peak, and around the entries into a wide sphere, in standard deviations."""
_SHARP_SIGMAS = 30.0
"""Speeds beyond so many of their own sigmas have no tail on the other side (exp(-450))."""
_END_PART = 0.01
"""Part of the span at either end over which the rate there is averaged."""
_ZERO_RATE_DISTANCE2 = 1400.0
"""Squared Mahalanobis distance beyond which exp(-x/2) leaves the doubles."""
_SQRT_PI = math.sqrt(math.pi)


@kernel
def _conditional_velocity(joint: Floats, low: Floats, slope: Floats, scatter: Floats) -> None:
    """Slope B A^-1 and covariance C - B A^-1 B^T of the velocity given the position (equation 50)."""
    for i in range(3):
        solve3(low, joint[3 + i, :3], slope[i])
    for i in range(3):
        for k in range(3):
            value = joint[3 + i, 3 + k]
            for m in range(3):
                value -= slope[i, m] * joint[3 + k, m]
            scatter[i, k] = value


@kernel
def center_velocity(relative: Floats, slope: Floats, w: Floats) -> float:
    """Write the mean relative velocity given that the objects coincide, and return its size."""
    total = 0.0
    for k in range(3):
        w[k] = relative[3 + k]
        for c in range(3):
            w[k] -= slope[k, c] * relative[c]
        total += w[k] * w[k]
    return math.sqrt(total)


@kernel
def _axes_along(w: Floats, size: float, axes: Floats) -> None:
    """Three unit rows, the first along ``w`` (along x where it is zero)."""
    for k in range(3):
        axes[0, k] = w[k] / size if size > 0.0 else (1.0 if k == 0 else 0.0)
    small = 0
    for k in range(1, 3):
        if abs(axes[0, k]) < abs(axes[0, small]):
            small = k
    i = (small + 1) % 3
    j = (small + 2) % 3
    n = math.hypot(axes[0, i], axes[0, j])
    axes[1, small] = 0.0
    axes[1, i] = axes[0, j] / n
    axes[1, j] = -axes[0, i] / n
    for k in range(3):
        i = (k + 1) % 3
        j = (k + 2) % 3
        axes[2, k] = axes[0, i] * axes[1, j] - axes[0, j] * axes[1, i]


@kernel
def _inflow(speed: float, sigma: float) -> float:
    """Mean of max(0, -x) of a normal x with mean ``speed`` and deviation ``sigma`` (equation 52)."""
    if sigma <= 0.0 or abs(speed) > _SHARP_SIGMAS * sigma:
        return max(0.0, -speed)
    z = speed / (sigma * math.sqrt(2.0))
    return max(0.0, sigma / math.sqrt(2.0 * math.pi) * (math.exp(-z * z) - _SQRT_PI * z * math.erfc(z)))


@kernel
def sphere_rate(relative: Floats, joint: Floats, radius: float, floor: float) -> float:
    """Expected collisions per second: density times inward flux over the sphere (equation 51e).

    The polar axis lies along the conditional relative velocity; Gauss-Legendre in the cosine of the polar
    angle, equal steps in longitude, as many as the steepness of the density over the sphere asks for.
    """
    low = np.zeros((3, 3))
    slope = np.empty((3, 3))
    scatter = np.empty((3, 3))
    pull = np.empty(3)
    log_det = cholesky3(joint, floor, low)
    _conditional_velocity(joint, low, slope, scatter)
    solve3(low, relative[:3], pull)
    distance2 = relative[0] * pull[0] + relative[1] * pull[1] + relative[2] * pull[2]
    gradient = math.sqrt(pull[0] ** 2 + pull[1] ** 2 + pull[2] ** 2)
    if distance2 - 2.0 * radius * gradient > _ZERO_RATE_DISTANCE2:
        return 0.0
    least = min(low[0, 0], low[1, 1], low[2, 2])
    steepness = radius * gradient + 0.5 * (radius / least) ** 2
    level = 0
    first = 0
    while level < len(_LEVEL_REACH) and steepness > _LEVEL_REACH[level]:
        first += _LEVELS[level]
        level += 1
    count = _LEVELS[level]
    w = np.empty(3)
    axes = np.empty((3, 3))
    speed = center_velocity(relative, slope, w)
    _axes_along(w, speed, axes)
    widest = math.sqrt(max(0.0, scatter[0, 0] + scatter[1, 1] + scatter[2, 2]))
    sides = 1 if speed > _FIRM_SPEED * widest else 2
    total = 0.0
    unit = np.empty(3)
    highest = -np.inf
    for side in range(sides):
        for i in range(first, first + count):
            u = -_LATITUDES[i] if side == 0 else _LATITUDES[i]
            across = math.sqrt(max(0.0, 1.0 - u * u))
            ring = 0.0
            for m in range(2 * count):
                longitude = math.pi * (m + 0.5) / count
                p = across * math.cos(longitude)
                q = across * math.sin(longitude)
                for k in range(3):
                    unit[k] = u * axes[0, k] + p * axes[1, k] + q * axes[2, k]
                y0 = (radius * unit[0] - relative[0]) / low[0, 0]
                y1 = (radius * unit[1] - relative[1] - low[1, 0] * y0) / low[1, 1]
                y2 = (radius * unit[2] - relative[2] - low[2, 0] * y0 - low[2, 1] * y1) / low[2, 2]
                exponent = -0.5 * (y0 * y0 + y1 * y1 + y2 * y2 + log_det)
                highest = max(highest, exponent)
                if exponent < highest - _EXPONENT_SPAN:
                    continue
                along = 0.0
                variance = 0.0
                for k in range(3):
                    turned = w[k]
                    row = 0.0
                    for c in range(3):
                        turned += radius * slope[k, c] * unit[c]
                        row += scatter[k, c] * unit[c]
                    along += unit[k] * turned
                    variance += unit[k] * row
                ring += math.exp(exponent) * _inflow(along, math.sqrt(max(0.0, variance)))
            total += _LATITUDE_WEIGHTS[i] * ring * math.pi / count
    return radius * radius * total / math.sqrt(8.0 * math.pi**3)


@kernel
def _span_of_time(
    low: float,
    high: float,
    pair: CurvedPair,
    near: Floats,
    failures: NDArray[np.int64],
) -> float:
    """Collisions between two times by 8 nodes; counts nodes within ``near`` without an overlap."""
    relative = np.empty(6)
    joint = np.empty((6, 6))
    half = 0.5 * (high - low)
    total = 0.0
    for k in range(_TIME_NODES.shape[0]):
        t = low + half * (_TIME_NODES[k] + 1.0)
        log_det = peak_overlap(t, pair, relative, joint)
        if math.isfinite(log_det):
            total += _TIME_WEIGHTS[k] * sphere_rate(relative, joint, pair.radius, pair.floor)
        elif near[0] < t < near[1]:
            failures[0] += 1
    return total * half


@kernel
def expected_collisions(
    pair: CurvedPair,
    start: float,
    stop: float,
    peak: float,
    spread: float,
    crossing: float,
    pieces: int,
    ends: Floats,
    failures: NDArray[np.int64],
) -> float:
    """Integrate the rate from ``start`` to ``stop``, halving spans of time until two halves agree.

    ``crossing`` is the radius over the relative speed: a body wider than the errors is entered that much
    before its center is passed. ``pieces`` cuts the whole span evenly besides, so that further peaks of a
    slow encounter are met. ``ends`` receives the mean rates over the first and last hundredth of the span,
    over the mean rate of all: where they are not small the encounter runs into the next one. ``failures``
    counts times near the peak at which the overlap did not converge.
    """
    reach = _SPREADS[-1] * spread + crossing
    near = np.array([peak - reach, peak + reach])
    count = _SPREADS.shape[0]
    cuts = np.empty(3 * count + pieces + 1)
    for k in range(3 * count):
        center = peak + (k // count - 1.0) * crossing
        cuts[k] = min(max(center + _SPREADS[k % count] * spread, start), stop)
    for k in range(pieces + 1):
        cuts[3 * count + k] = start + (stop - start) * k / pieces
    cuts.sort()
    most = cuts.shape[0] + _TIME_STACK
    lows, highs, values = np.empty(most), np.empty(most), np.empty(most)
    depth = 0
    scale = 0.0
    for k in range(cuts.shape[0] - 1):
        if cuts[k + 1] > cuts[k]:
            lows[depth], highs[depth] = cuts[k], cuts[k + 1]
            values[depth] = _span_of_time(cuts[k], cuts[k + 1], pair, near, failures)
            scale += values[depth]
            depth += 1
    total = 0.0
    while depth > 0:
        depth -= 1
        low, high, whole = lows[depth], highs[depth], values[depth]
        middle = 0.5 * (low + high)
        left = _span_of_time(low, middle, pair, near, failures)
        right = _span_of_time(middle, high, pair, near, failures)
        scale += max(0.0, left + right - whole)
        agree = abs(left + right - whole) <= _TIME_TOLERANCE * scale
        if agree or depth + 2 > most:
            total += left + right
        else:
            lows[depth], highs[depth], values[depth] = low, middle, left
            lows[depth + 1], highs[depth + 1], values[depth + 1] = middle, high, right
            depth += 2
    margin = _END_PART * (stop - start)
    for k in range(2):
        low = start if k == 0 else stop - margin
        part = _span_of_time(low, low + margin, pair, near, failures)
        ends[k] = part / (_END_PART * total) if total > 0.0 else 0.0
    return total
