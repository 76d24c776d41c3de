"""Collision probability of one encounter by named methods, and over a grid of what is least known.

Every method answers with a value, whether its assumptions hold, and why (:class:`~.pc_result.PcResult`). The
names are the words of the command line. To judge which to believe: ``foster-1992`` where it is valid, else
``nc3d`` where it is valid, else ``monte-carlo``; ``alfriend-max`` tells how bad it can be if the sizes of the
covariances are wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction import pc_short_term
from skypact.conjunction.pc_elements import EncounterArrays, assumed_probability, socrates_maximum
from skypact.conjunction.pc_geometry import (
    EncounterStates,
    ObjectState,
    at_closest_approach,
    encounter_plane,
)
from skypact.conjunction.pc_hall_nc3d import pc_hall_2021
from skypact.conjunction.pc_monte_carlo import pc_monte_carlo
from skypact.conjunction.pc_result import PcOptions, PcResult
from skypact.conjunction.pc_short_term import pc_foster_1992
from skypact.conjunction.pc_usage import UsageCheck, usage_2d
from skypact.errors import UsageError

Floats = NDArray[np.float64]


class PcMethod(Protocol):
    """A method: states with covariances, the judgment of :func:`.pc_usage.usage_2d`, options -> result."""

    def __call__(self, encounter: EncounterStates, usage: UsageCheck, options: PcOptions) -> PcResult:
        """Compute the probability; must not raise for an encounter outside of its assumptions."""
        ...


PC_METHODS: dict[str, PcMethod] = {
    "foster-1992": pc_short_term.foster_1992,
    "chan-1997": pc_short_term.chan_1997,
    "alfano-2005": pc_short_term.alfano_2005,
    "alfriend-max": pc_short_term.alfriend_max,
    "nc3d": pc_hall_2021,
    "monte-carlo": pc_monte_carlo,
}
"""Methods by name."""

DEFAULT_METHODS = ("foster-1992", "alfriend-max", "nc3d")
"""What is computed unless asked otherwise: the common figure, its worst case, and the curved one."""

GRID_SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Factors on all sigmas of the default grid: covariances of catalogs are off by about as much."""
GRID_RADII = (0.5, 1.0, 2.0)
"""Factors on the hard-body radius of the default grid."""


def probability(
    encounter: EncounterStates,
    method: str = "foster-1992",
    *,
    usage: UsageCheck | None = None,
    options: PcOptions | None = None,
    known: Mapping[str, PcMethod] = PC_METHODS,
) -> PcResult:
    """Compute the collision probability of one encounter by a named method.

    Parameters
    ----------
    encounter
        Inertial states and covariances of both objects near closest approach; km, km/s.
    method
        A name in ``known``.
    usage
        Result of :func:`.pc_usage.usage_2d` for this encounter where it is at hand already.
    known
        Methods by name: the built-in ones, or with those of plug-ins (:mod:`skypact.hooks`).

    Raises
    ------
    UsageError
        For an unknown name.
    """
    if method not in known:
        raise UsageError(f"no method '{method}'", where="--method", remedy="use one of " + ", ".join(known))
    options = options or PcOptions()
    usage = usage or usage_2d(encounter, cross_correlation=options.cross_correlation)
    return known[method](encounter, usage, options)


def pc_grid(
    encounter: EncounterStates,
    scales: Floats | None = None,
    hbr_km: Floats | None = None,
    *,
    cross_correlation: bool = False,
) -> Floats:
    """Probability by foster-1992 over factors on all sigmas and hard-body radii: how far a figure carries.

    Parameters
    ----------
    scales
        Factors on the sigmas of both objects, shape (m,); by default :data:`GRID_SCALES`.
    hbr_km
        Combined hard-body radii, shape (k,); by default :data:`GRID_RADII` times that of the encounter.

    Returns
    -------
    Shape (m, k); NaN where the objects do not move against each other.
    """
    scales = np.array(GRID_SCALES) if scales is None else scales
    hbr_km = np.array(GRID_RADII) * encounter.hbr_km if hbr_km is None else hbr_km
    moved, _ = at_closest_approach(encounter)
    if not np.any(moved.relative_velocity_km_s):
        return np.full((scales.shape[0], hbr_km.shape[0]), np.nan)
    plane = encounter_plane(moved, cross_correlation=cross_correlation)
    planes = np.empty((scales.shape[0], hbr_km.shape[0], 4))
    planes[..., 0] = plane.miss_major_km
    planes[..., 1] = plane.miss_minor_km
    planes[..., 2] = plane.sigma_major_km * scales[:, None]
    planes[..., 3] = plane.sigma_minor_km * scales[:, None]
    radii = np.broadcast_to(hbr_km, planes.shape[:2]).ravel()
    return pc_foster_1992(planes.reshape(-1, 4), radii).reshape(planes.shape[:2])


def compile_kernels() -> None:
    """Run every method once on a small case, so that all kernels are compiled and cached."""
    covariance = np.diag([1e-2, 1e-1, 1e-2, 1e-8, 1e-8, 1e-8])
    first = ObjectState.from_rtn(np.array([7000.0, 0.0, 0.0]), np.array([0.0, 7.5, 0.0]), covariance)
    second = ObjectState.from_rtn(np.array([7000.1, 0.0, 0.0]), np.array([0.0, 0.0, 7.5]), covariance)
    encounter = EncounterStates(first, second, 0.01)
    usage = usage_2d(encounter)
    options = PcOptions(samples_max=1)
    for method in PC_METHODS:
        probability(encounter, method, usage=usage, options=options)
    rows = (first.position_km[None], first.velocity_km_s[None])
    others = (second.position_km[None], second.velocity_km_s[None])
    several = EncounterArrays(*rows, *others, np.array([encounter.hbr_km]))
    socrates_maximum(several)
    assumed_probability(several, covariance[None, :3, :3], covariance[None, :3, :3])
