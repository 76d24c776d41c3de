"""The kernels of the search in plain NumPy: slow, obvious, in double."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MU, J2_FACTOR_KM2 = 398600.8, 1.5 * 1.082616e-3 * 6378.135**2


def acceleration(
    r: NDArray[np.float64], mu: float = MU, j2_factor_km2: float = J2_FACTOR_KM2
) -> NDArray[np.float64]:
    """Two bodies and J2 (Vallado, Fundamentals of Astrodynamics, 4th ed., section 8.7.1), shape (3,)."""
    radius = np.linalg.norm(r)
    factor = j2_factor_km2 / radius**2
    ratio = 5.0 * (r[2] / radius) ** 2
    bulge = np.array([1.0, 1.0, 1.0]) + factor * (np.array([1.0, 1.0, 3.0]) - ratio)
    return -mu / radius**3 * r * bulge


def quintic(s0: NDArray[np.float64], s1: NDArray[np.float64], span_s: float, u: float):
    """Position and velocity at fraction u of the quintic through two states, from its six conditions."""
    out = np.empty(6)
    a0, a1 = acceleration(s0[:3]), acceleration(s1[:3])
    conditions = np.array(
        [
            [1, 0, 0, 0, 0, 0],
            [0, 1, 0, 0, 0, 0],
            [0, 0, 2, 0, 0, 0],
            [1] * 6,
            range(6),
            [k * (k - 1) for k in range(6)],
        ],
        dtype=float,
    )
    for axis in range(3):
        wanted = [
            s0[axis],
            s0[3 + axis] * span_s,
            a0[axis] * span_s**2,
            s1[axis],
            s1[3 + axis] * span_s,
            a1[axis] * span_s**2,
        ]
        powers = np.linalg.solve(conditions, wanted)
        out[axis] = np.polyval(powers[::-1], u)
        out[3 + axis] = np.polyval(np.polyder(powers[::-1]), u) / span_s
    return out


def radial_interval(state: NDArray[np.float64], step_s: float, half_width_km: float) -> tuple[float, float]:
    """Range of the distance from the center in a step about its middle."""
    r, v = state[:3], state[3:]
    radius = np.linalg.norm(r)
    rate = r @ v / radius
    second = (v @ v - rate**2) / radius - MU / radius**2
    reach = abs(rate) * step_s / 2 + abs(second) * step_s**2 / 8 + half_width_km
    return radius - reach, radius + reach


def passes_close(difference: NDArray[np.float64], limit_km: float, half_s: float, late_s: float) -> bool:
    """Whether straight relative motion has its minimum below the limit in the step, widened by ``late_s``."""
    d, u = difference[:3], difference[3:]
    t = -(d @ u) / (u @ u)
    return abs(t) <= half_s + late_s and np.linalg.norm(d + u * t) <= limit_km
