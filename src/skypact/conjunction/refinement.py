"""From a candidate pair to its time of closest approach on the true trajectories."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction.bodies import Bodies, Floats, Ints

TIME_TOLERANCE_S = 1e-4
"""A Newton step below this leaves an error of less than a microsecond: its error falls with the square."""
STEPS_MAX = 12


class Approach(NamedTuple):
    """Relative motion of pairs at given times: what range, range rate and their zeros are made of."""

    first: Floats
    """State of the first object, (m, 6)."""
    difference: Floats
    """State of the second object minus the first, (m, 6)."""
    closing: Floats
    """f = relative position . relative velocity (km^2/s): zero at a minimum or maximum of the distance."""
    slope: Floats
    """df/dt with two-body accelerations (km^2/s^2): positive at a minimum."""
    exists: NDArray[np.bool_]

    @property
    def distance_km(self) -> Floats:
        """Return the distance, (m,)."""
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", self.difference[:, :3], self.difference[:, :3])))

    @property
    def speed_km_s(self) -> Floats:
        """Return the relative speed, (m,)."""
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", self.difference[:, 3:], self.difference[:, 3:])))


def approach(bodies: Bodies, rows_1: Ints, rows_2: Ints, time_s: Floats) -> Approach:
    """Evaluate the relative motion of each pair at its own time."""
    states, exist = bodies.states(np.concatenate([rows_1, rows_2]), np.concatenate([time_s, time_s]))
    n = rows_1.shape[0]
    difference = states[n:] - states[:n]
    cube = np.einsum("ij,ij->i", states[:, :3], states[:, :3]) ** 1.5
    gravity = states[:, :3] * (-bodies.mu_km3_s2 / cube)[:, None]
    pull = gravity[n:] - gravity[:n]
    closing = np.einsum("ij,ij->i", difference[:, :3], difference[:, 3:])
    slope = np.einsum("ij,ij->i", difference[:, 3:], difference[:, 3:])
    slope += np.einsum("ij,ij->i", difference[:, :3], pull)
    return Approach(states[:n], difference, closing, slope, exist[:n] & exist[n:])


def closest_near(
    bodies: Bodies, rows_1: Ints, rows_2: Ints, guess_s: Floats, reach_s: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Find the minimum of each pair's distance near a guess, by Newton's method on the range rate.

    Returns the times and whether the search ended at a minimum within ``reach_s`` of the guess, where both
    objects exist. It is for pairs that pass fast (see :mod:`slow_pairs` for the others).
    """
    time_s = guess_s.copy()
    found = np.zeros(guess_s.shape[0], dtype=np.bool_)
    active = np.arange(guess_s.shape[0])
    for _ in range(STEPS_MAX):
        now = approach(bodies, rows_1[active], rows_2[active], time_s[active])
        with np.errstate(divide="ignore", invalid="ignore"):
            step = -now.closing / now.slope
            time_s[active] += step
            near = np.abs(time_s[active] - guess_s[active]) <= reach_s
        going = now.exists & (now.slope > 0) & near
        done = going & (np.abs(step) < TIME_TOLERANCE_S)
        found[active[done]] = True
        active = active[going & ~done]
        if active.size == 0:
            break
    return time_s, found


def local_axes_km(first: Floats, difference: Floats) -> Floats:
    """Return relative positions (m, 3) in RTN of the first objects: radial, in-track, cross-track."""
    radial = first[:, :3] / np.linalg.norm(first[:, :3], axis=1)[:, None]
    normal = np.cross(first[:, :3], first[:, 3:])
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    in_track = np.cross(normal, radial)
    return np.stack(
        [np.einsum("ij,ij->i", difference[:, :3], axis) for axis in (radial, in_track, normal)], axis=1
    )
