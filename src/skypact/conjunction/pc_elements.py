"""Probabilities for encounters of element sets, in bulk: the SOCRATES maximum, and Pc with assumed
covariances.

States are those of both objects at closest approach in one inertial frame (TEME as SGP4 gives it), arrays
(n, 3) in km and km/s. No figure of this module rests on a covariance that anybody stated: products must print
them as assumed, with the source of :class:`~.covariance_assumed.AssumedCovariance`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH_MU_KM3_S2
from skypact.astro.local_axes import covariance_from_local, local_matrix
from skypact.conjunction.pc_geometry import encounter_planes
from skypact.conjunction.pc_kernels import maximum_bulk
from skypact.conjunction.pc_short_term import pc_alfriend_1999, pc_foster_1992
from skypact.conjunction.pc_usage import DURATION_SIGMAS, EXTENDED_MAX, SLOW_KM_S
from skypact.errors import UsageError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SOCRATES_SIGMA_KM = (0.1, 0.3, 0.1)
"""Radial, in-track, cross-track axes of each object's covariance, of which SOCRATES uses the shape only
(celestrak.org/SOCRATES, "Max Probability")."""
SAGITTA_MAX = 0.25
"""Largest sag of a curved path over its own along-track error, in minor sigmas of the plane, for straight
lines to hold: against the 27 conjunctions of NASA CARA this, the duration and the speed flag all 15 with a
violation and 2 of the other 12."""


@dataclass(frozen=True, eq=False)
class EncounterArrays:
    """n encounters: states of both objects at closest approach (n, 3) and combined radii (n,)."""

    position_1_km: Floats
    velocity_1_km_s: Floats
    position_2_km: Floats
    velocity_2_km_s: Floats
    hbr_km: Floats

    def __post_init__(self) -> None:
        shape = (self.hbr_km.shape[0], 3)
        states = (self.position_1_km, self.velocity_1_km_s, self.position_2_km, self.velocity_2_km_s)
        if any(a.shape != shape for a in states):
            raise ValueError(f"{shape[0]} radii need states of shape {shape}")
        if self.hbr_km.size and not np.all(np.isfinite(self.hbr_km) & (self.hbr_km > 0.0)):
            raise UsageError("a hard-body radius that is not greater than 0")

    def __len__(self) -> int:
        return int(self.hbr_km.shape[0])

    @property
    def miss_km(self) -> Floats:
        """Distance (n,) at closest approach."""
        return np.asarray(np.linalg.norm(self.position_2_km - self.position_1_km, axis=1))

    @property
    def relative_speed_km_s(self) -> Floats:
        """Relative speed (n,)."""
        return np.asarray(np.linalg.norm(self.velocity_2_km_s - self.velocity_1_km_s, axis=1))


def socrates_maximum(encounters: EncounterArrays) -> tuple[Floats, Floats]:
    """Largest probability as SOCRATES defines it, and its dilution threshold.

    The ratio of the axes of the projected covariance is that of both objects' :data:`SOCRATES_SIGMA_KM`; its
    long axis is laid along the miss, and its size is varied to the largest probability. A body larger than
    the miss gives 1 and a threshold of 0.

    Source: S. Alfano, "Relating position uncertainty to maximum conjunction probability", Journal of the
    Astronautical Sciences 53(2), 193-205, 2005 (equation 5, maximized numerically); CelesTrak's definition.

    Returns
    -------
    Probabilities (n,) and thresholds (n,) in km: the minor standard deviation at the maximum. Worse orbits
    than that dilute the probability. NaN where the objects do not move against each other.
    """
    shape = np.diag(np.square(SOCRATES_SIGMA_KM))
    covariance = _summed(encounters, np.broadcast_to(shape, (len(encounters), 3, 3)), None)
    planes = _planes(encounters, covariance)[0]
    aspect = planes[:, 2] / planes[:, 3]
    pc_max, sigma_km = np.empty(len(encounters)), np.empty(len(encounters))
    moving = np.isfinite(aspect)
    maximum_bulk(encounters.miss_km, np.where(moving, aspect, 1.0), encounters.hbr_km, pc_max, sigma_km)
    return np.where(moving, pc_max, np.nan), np.where(moving, sigma_km, np.nan)


@dataclass(frozen=True, eq=False)
class AssumedPc:
    """Probabilities of n encounters with assumed covariances; arrays (n,)."""

    pc: Floats
    """By foster-1992; NaN where the objects do not move against each other."""
    pc_max: Floats
    """Largest over all sizes of the assumed covariance (alfriend-max)."""
    diluted: Flags
    """Whether better orbits could raise ``pc`` towards ``pc_max``."""
    straight: Flags
    """Whether straight-line motion holds, by a quick test; elsewhere ``pc`` must not be believed at all."""
    sigma_major_km: Floats
    """Standard deviation in the encounter plane along the long axis."""
    sigma_minor_km: Floats


def assumed_probability(
    encounters: EncounterArrays, covariance_1_rtn_km2: Floats, covariance_2_rtn_km2: Floats
) -> AssumedPc:
    """Compute the 2D probability of n encounters with position covariances in each object's RTN axes.

    Parameters
    ----------
    covariance_1_rtn_km2, covariance_2_rtn_km2
        Shape (n, 3, 3), as :meth:`.AssumedCovariance.covariance_rtn_km2` returns them.
    """
    covariance = _summed(encounters, covariance_1_rtn_km2, covariance_2_rtn_km2)
    planes, _ = _planes(encounters, covariance)
    moving = np.isfinite(planes[:, 0])
    usable = np.where(moving[:, None], planes, 1.0)
    best = pc_alfriend_1999(usable, encounters.hbr_km)
    pc = np.where(moving, pc_foster_1992(usable, encounters.hbr_km), np.nan)
    sagitta_km = _sagitta_km(encounters.position_1_km, covariance_1_rtn_km2)
    sagitta_km = sagitta_km + _sagitta_km(encounters.position_2_km, covariance_2_rtn_km2)
    return AssumedPc(
        pc=pc,
        pc_max=np.where(moving, best.pc_max, np.nan),
        diluted=best.diluted & moving,
        straight=moving
        & (sagitta_km < SAGITTA_MAX * usable[:, 3])
        & (_duration_periods(encounters, covariance) < EXTENDED_MAX)
        & (encounters.relative_speed_km_s > SLOW_KM_S),
        sigma_major_km=planes[:, 2],
        sigma_minor_km=planes[:, 3],
    )


def _summed(encounters: EncounterArrays, first: Floats, second: Floats | None) -> Floats:
    """Turn both RTN covariances to the frame of the states and add them (``first`` twice if alone)."""
    turned_1 = local_matrix(encounters.position_1_km, encounters.velocity_1_km_s)
    turned_2 = local_matrix(encounters.position_2_km, encounters.velocity_2_km_s)
    other = first if second is None else second
    return covariance_from_local(first, turned_1) + covariance_from_local(other, turned_2)


def _planes(encounters: EncounterArrays, covariance: Floats) -> tuple[Floats, Flags]:
    """Encounter planes; a row of NaN where the relative velocity is zero."""
    velocity = encounters.velocity_2_km_s - encounters.velocity_1_km_s
    still = ~np.any(velocity, axis=1)
    position = encounters.position_2_km - encounters.position_1_km
    moving = np.where(still[:, None], 1.0, velocity)
    planes, repaired = encounter_planes(position, moving, covariance, encounters.hbr_km)
    planes[still] = np.nan
    return planes, repaired


def _sagitta_km(position_km: Floats, covariance_rtn_km2: Floats) -> Floats:
    """How far a circular path leaves its tangent over one sigma along the track."""
    return np.asarray(covariance_rtn_km2[:, 1, 1] / (2.0 * np.linalg.norm(position_km, axis=1)))


def _duration_periods(encounters: EncounterArrays, covariance: Floats) -> Floats:
    """Duration of the straight-line encounter over the shorter period of circular orbits at that height."""
    velocity = encounters.velocity_2_km_s - encounters.velocity_1_km_s
    speed = np.maximum(np.linalg.norm(velocity, axis=1), np.finfo(float).tiny)
    along = velocity / speed[:, None]
    variance = np.einsum("ni,nij,nj->n", along, covariance, along)
    radius_km = np.linalg.norm(encounters.position_1_km, axis=1)
    period_s = 2.0 * math.pi * np.sqrt(radius_km**3 / EARTH_MU_KM3_S2)
    return np.asarray(2.0 * DURATION_SIGMAS * np.sqrt(variance) / speed / period_s)
