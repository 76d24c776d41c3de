"""The search for what comes close to a few objects: each of them against each other object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.screening_kernels import FAR, verdict
from skypact.orbits.jit import fast_kernel, kernel

Floats = NDArray[np.float64]

SPEED_SLACK_KM_S = 0.6
"""Speeds change within half an interval by less than this (nearly circular orbits: 0.1; radially 0.4 at
the perigee of an eccentric orbit)."""


BEND_FACTOR, BEND_SLACK_KM_S2 = 1.5, 5e-5
"""Between knots the second derivative of the radius is at most this factor of that at the ends, plus J2's
part (3e-5 km/s^2) and what passes between."""


@fast_kernel
def speeds(knots: Floats, speed: Floats) -> None:
    """Fill the speeds, (count, n) in km/s, of states (count, 6, n)."""
    for k in range(knots.shape[0]):
        for i in range(knots.shape[2]):
            x, y, z = knots[k, 3, i], knots[k, 4, i], knots[k, 5, i]
            speed[k, i] = np.sqrt(x * x + y * y + z * z)


@kernel
def near_intervals(
    few: Floats,
    many: Floats,
    span_s: float,
    few_speed: Floats,
    many_speed: Floats,
    few_half_km: Floats,
    many_half_km: Floats,
    found: NDArray[np.int32],
) -> int:
    """List (interval, few, many) that may meet, by a bound on the distance; returns the count.

    States have shape (knots, 6, p) and (knots, 6, n). Within an interval of length T two objects come no
    closer than (d0 + d1 - w T) / 2, where d0 and d1 are their distances at its ends and w bounds their
    relative speed. Half widths, (intervals, objects), are km; negative ones mark absent objects. A count
    above the rows of ``found`` says how much room was needed.
    """
    count = 0
    for k in range(few.shape[0] - 1):
        for p in range(few.shape[2]):
            if few_half_km[k, p] < 0.0:
                continue
            x0, y0, z0 = few[k, 0, p], few[k, 1, p], few[k, 2, p]
            x1, y1, z1 = few[k + 1, 0, p], few[k + 1, 1, p], few[k + 1, 2, p]
            own_km_s = max(few_speed[k, p], few_speed[k + 1, p]) + 2.0 * SPEED_SLACK_KM_S
            for i in range(many.shape[2]):
                reach_km = (own_km_s + max(many_speed[k, i], many_speed[k + 1, i])) * span_s
                reach_km += 2.0 * (few_half_km[k, p] + many_half_km[k, i])
                dx, dy, dz = many[k, 0, i] - x0, many[k, 1, i] - y0, many[k, 2, i] - z0
                square0 = dx * dx + dy * dy + dz * dz
                if square0 > reach_km * reach_km:
                    continue
                dx, dy, dz = many[k + 1, 0, i] - x1, many[k + 1, 1, i] - y1, many[k + 1, 2, i] - z1
                if np.sqrt(square0) + np.sqrt(dx * dx + dy * dy + dz * dz) > reach_km:
                    continue
                if many_half_km[k, i] >= 0.0:
                    if count < found.shape[0]:
                        found[count, 0] = k
                        found[count, 1] = p
                        found[count, 2] = i
                    count += 1
    return count


@kernel
def radial_range(knot0: Floats, knot1: Floats, span_s: float, mu: float) -> tuple[float, float]:
    """Return bounds of the distance from the center (km) between two states (6,).

    It leaves the straight line between its values at the ends by at most T^2 / 8 times the largest second
    derivative v_t^2 / r - mu / r^2, which is taken from the ends with a slack.
    """
    bend = 0.0
    low, high = 1e30, 0.0
    for knot in (knot0, knot1):
        r2 = knot[0] * knot[0] + knot[1] * knot[1] + knot[2] * knot[2]
        radial = knot[0] * knot[3] + knot[1] * knot[4] + knot[2] * knot[5]
        speed2 = knot[3] * knot[3] + knot[4] * knot[4] + knot[5] * knot[5]
        r = np.sqrt(r2)
        bend = max(bend, abs((speed2 - radial * radial / r2 - mu / r) / r))
        low, high = min(low, r), max(high, r)
    slack = (BEND_FACTOR * bend + BEND_SLACK_KM_S2) * span_s * span_s / 8.0
    return low - slack, high + slack


@kernel
def quintic(
    knot0: Floats, knot1: Floats, span_s: float, mu: float, j2_factor_km2: float, powers: Floats
) -> None:
    """Fill ``powers`` (18,) with the polynomials of one object between two states (6,), in double."""
    square = span_s * span_s
    for axis in range(3):
        p0, v0 = knot0[axis], knot0[3 + axis] * span_s
        p1, v1 = knot1[axis], knot1[3 + axis] * span_s
        a0 = p0 * _pull(knot0, axis, mu, j2_factor_km2) * square
        a1 = p1 * _pull(knot1, axis, mu, j2_factor_km2) * square
        dp, dv, da = p1 - p0 - v0 - 0.5 * a0, v1 - v0 - a0, a1 - a0
        powers[axis] = p0
        powers[3 + axis] = v0
        powers[6 + axis] = 0.5 * a0
        powers[9 + axis] = 10.0 * dp - 4.0 * dv + 0.5 * da
        powers[12 + axis] = -15.0 * dp + 7.0 * dv - da
        powers[15 + axis] = 6.0 * dp - 3.0 * dv + 0.5 * da


@kernel
def _pull(state: Floats, axis: int, mu: float, j2_factor_km2: float) -> float:
    """Return acceleration over position on an axis, two bodies and J2 (1/s^2)."""
    q = 1.0 / (state[0] * state[0] + state[1] * state[1] + state[2] * state[2])
    j = j2_factor_km2 * q
    bulge = 1.0 - 5.0 * j * state[2] * state[2] * q + (3.0 if axis == 2 else 1.0) * j
    return float(-mu * q * np.sqrt(q) * bulge)


@kernel
def judge_intervals(
    few: Floats,
    many: Floats,
    near: NDArray[np.int32],
    spans: tuple[float, float, float, float],
    few_half_km: Floats,
    many_half_km: Floats,
    slow_km2_s2: float,
    first_step: int,
    last_step: int,
    found: NDArray[np.int32],
) -> int:
    """Test the steps of the listed intervals by linear relative motion; (few, many, step, kind) in ``found``.

    ``spans`` is (interval s, step s, mu km^3/s^2, J2 factor km^2). Steps are numbered from the start of the
    window; ``first_step`` is the first one of this job. A count above the rows of ``found`` says how much
    room was needed.
    """
    span_s, step_s, mu, j2_factor_km2 = spans
    steps = round(span_s / step_s)
    half_s, slow = np.float32(0.5 * step_s), np.float32(slow_km2_s2)
    one, other = np.empty(18), np.empty(18)
    d = np.empty(6)
    count = 0
    for row in range(near.shape[0]):
        k, p, i = near[row, 0], near[row, 1], near[row, 2]
        limit_km = few_half_km[k, p] + many_half_km[k, i]
        low_one, high_one = radial_range(few[k, :, p], few[k + 1, :, p], span_s, mu)
        low_other, high_other = radial_range(many[k, :, i], many[k + 1, :, i], span_s, mu)
        if low_one - high_other > limit_km or low_other - high_one > limit_km:
            continue
        quintic(few[k, :, p], few[k + 1, :, p], span_s, mu, j2_factor_km2, one)
        quintic(many[k, :, i], many[k + 1, :, i], span_s, mu, j2_factor_km2, other)
        for s in range(steps):
            step = first_step + k * steps + s
            if step > last_step:
                break
            u = (s + 0.5) / steps
            for axis in range(3):
                value, slope = 0.0, 0.0
                for power in range(5, -1, -1):
                    slope = slope * u + value
                    value = value * u + other[3 * power + axis] - one[3 * power + axis]
                d[axis], d[3 + axis] = value, slope / span_s
            edge = (1 if step == 0 else 0) | (2 if step == last_step else 0)
            kind = verdict(
                np.float32(d[3] * d[3] + d[4] * d[4] + d[5] * d[5]),
                np.float32(d[0] * d[3] + d[1] * d[4] + d[2] * d[5]),
                np.float32(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]),
                np.float32(limit_km * limit_km), half_s, slow, edge,
            )  # fmt: skip
            if kind != FAR:
                if count < found.shape[0]:
                    found[count, 0] = p
                    found[count, 1] = i
                    found[count, 2] = step
                    found[count, 3] = kind
                count += 1
    return count
