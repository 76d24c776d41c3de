"""Kernels of Monte Carlo: sampled orbits of two bodies, each pair to its own closest approach.

A sample is a row of standard normal numbers: six for each object, and one for the density error they share.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH_MU_KM3_S2
from skypact.conjunction.pc_orbit_kernels import to_state
from skypact.orbits.jit import kernel

Floats = NDArray[np.float64]

_NEWTON_STEPS = 30
_NEWTON_TOLERANCE_S = 1e-7
"""Closest approach is found to this; at 15 km/s the distance is then good to 1e-9 of a meter."""
_CURVATURE_MARGIN = 1.5
"""Factor on the larger relative acceleration of both ends, as the bound inside a step."""


@kernel
def _relative(first: Floats, second: Floats, t: float, state: Floats, relative: Floats) -> float:
    """Write relative position and velocity (6,) at ``t``; return the size of the relative acceleration."""
    to_state(first, t, state)
    r1 = state[0] ** 2 + state[1] ** 2 + state[2] ** 2
    pull1 = EARTH_MU_KM3_S2 / (r1 * math.sqrt(r1))
    ax, ay, az = pull1 * state[0], pull1 * state[1], pull1 * state[2]
    for k in range(6):
        relative[k] = -state[k]
    to_state(second, t, state)
    r2 = state[0] ** 2 + state[1] ** 2 + state[2] ** 2
    pull2 = EARTH_MU_KM3_S2 / (r2 * math.sqrt(r2))
    for k in range(6):
        relative[k] += state[k]
    ax -= pull2 * state[0]
    ay -= pull2 * state[1]
    az -= pull2 * state[2]
    relative[6], relative[7], relative[8] = ax, ay, az
    return math.sqrt(ax * ax + ay * ay + az * az)


@kernel
def _least_distance2(
    first: Floats, second: Floats, guess: float, low: float, high: float, state: Floats, relative: Floats
) -> float:
    """Squared distance at the closest approach between ``low`` and ``high``, by Newton from ``guess``."""
    t = guess
    for _ in range(_NEWTON_STEPS):
        _relative(first, second, t, state, relative)
        rv = relative[0] * relative[3] + relative[1] * relative[4] + relative[2] * relative[5]
        vv = relative[3] ** 2 + relative[4] ** 2 + relative[5] ** 2
        bend = vv + relative[0] * relative[6] + relative[1] * relative[7] + relative[2] * relative[8]
        if bend <= 0.0:
            bend = vv
        if bend == 0.0:
            break
        # keep the bracket: the distance falls before its minimum and rises after it
        if rv < 0.0:
            low = max(low, t)
        else:
            high = min(high, t)
        following = t - rv / bend
        if following <= low or following >= high:
            following = 0.5 * (low + high)
        if abs(following - t) < _NEWTON_TOLERANCE_S:
            break
        t = following
    distance2: float = relative[0] ** 2 + relative[1] ** 2 + relative[2] ** 2
    return distance2


@kernel
def _meets(
    first: Floats, second: Floats, radius: float, window: Floats, state: Floats, here: Floats, there: Floats
) -> bool:
    """Whether two orbits come within ``radius`` in ``window`` (start, stop, least step, longest step).

    Time goes on by the longest step in which the distance cannot fall to the radius, at the speed and
    acceleration of its begin, but at least by the least one. Steps without a minimum of the distance are
    passed over; in the others the minimum is refined unless the straight line from the begin, with a margin
    for its curvature, stays clear of the radius.
    """
    r2 = radius * radius
    t = window[0]
    bend = _relative(first, second, t, state, here)
    distance2 = here[0] ** 2 + here[1] ** 2 + here[2] ** 2
    while distance2 > r2:
        if t >= window[1]:
            return False
        gap = math.sqrt(distance2) - radius
        vv = here[3] ** 2 + here[4] ** 2 + here[5] ** 2
        pull = _CURVATURE_MARGIN * bend
        clear = 2.0 * gap / (math.sqrt(vv + 2.0 * pull * gap) + math.sqrt(vv))
        before = t
        t = min(t + min(max(clear, window[2]), window[3]), window[1])
        step = t - before
        bend_there = _relative(first, second, t, state, there)
        rv = here[0] * here[3] + here[1] * here[4] + here[2] * here[5]
        rv_there = there[0] * there[3] + there[1] * there[4] + there[2] * there[5]
        if clear < step and rv < 0.0 and rv_there > 0.0:
            line2 = distance2 - (rv * rv / vv if vv > 0.0 else 0.0)
            margin = 0.5 * _CURVATURE_MARGIN * max(bend, bend_there) * step * step
            if line2 < (radius + margin) ** 2:
                guess = before + step * rv / (rv - rv_there)
                if _least_distance2(first, second, guess, before, t, state, here) <= r2:
                    return True
        here[:] = there
        bend = bend_there
        distance2 = here[0] ** 2 + here[1] ** 2 + here[2] ** 2
    return True


@kernel
def count_hits(
    means: Floats, factors: Floats, shared: Floats, radius: float, window: Floats, normals: Floats
) -> int:
    """Count the samples whose objects come within ``radius`` of each other.

    Parameters are the mean elements (2, 6), factors (2, 6, 6) with covariance F F^T, the change of elements
    by one sigma of the shared density error (2, 6), the radius, the window (start, stop, least step, longest
    step; a least step of zero stands for a single minimum of the distance), and normal numbers (n, 13).
    """
    first = np.empty(6)
    second = np.empty(6)
    state = np.empty(6)
    here = np.empty(9)
    there = np.empty(9)
    hits = 0
    single = window[2] <= 0.0
    middle = 0.5 * (window[0] + window[1])
    for i in range(normals.shape[0]):
        for k in range(6):
            one = means[0, k] + normals[i, 12] * shared[0, k]
            two = means[1, k] + normals[i, 12] * shared[1, k]
            for c in range(6):
                one += factors[0, k, c] * normals[i, c]
                two += factors[1, k, c] * normals[i, 6 + c]
            first[k] = one
            second[k] = two
        bound = first[1] ** 2 + first[2] ** 2 < 1.0 and second[1] ** 2 + second[2] ** 2 < 1.0
        if not (bound and first[0] > 0.0 and second[0] > 0.0):
            continue
        if single:
            least2 = _least_distance2(first, second, middle, window[0], window[1], state, here)
            hits += least2 <= radius * radius
        else:
            hits += _meets(first, second, radius, window, state, here, there)
    return hits
