"""What every probability starts from: two states with covariances, and the plane they meet in.

States and covariances are in one inertial frame (GCRF, EME2000 or TEME: which one does not matter, only that
it does not rotate), in km and km/s; object 2 relative to object 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.astro.local_axes import covariance_from_local, local_matrix
from skypact.conjunction.pc_kernels import planes_bulk, principal_axes
from skypact.errors import FormatError, UsageError

Floats = NDArray[np.float64]

CLIP_OVER_HBR = 1e-4
"""Smallest standard deviation kept, in hard-body radii, when a covariance is not positive definite: what NASA
CARA uses (Hall, Hejduk and Johnson, "Remediating non-positive definite state covariances for collision
probability estimation", AAS 17-567, 2017)."""
SYMMETRY_RELATIVE = 1e-6
"""Largest difference of a covariance from its transpose, over its largest element, that is rounding."""
PROJECTED_REPAIR = "eigenvalues of the projected covariance raised to (1e-4 HBR)^2 (Hall et al. 2017)"
CORRELATION_REPAIR = "negative eigenvalues of the correlation matrix raised to zero"
ROUNDING_EIGENVALUE = -1e-10
"""Eigenvalues of a correlation matrix above this are rounding of the message, not a wrong covariance."""


@dataclass(frozen=True, eq=False)
class DensityError:
    """How an object's state follows a relative error of the forecast air density (DCP of CARA's CDMs)."""

    sigma: float
    """Standard deviation of the relative density error (no unit)."""
    sensitivity: Floats
    """Change of the state per unit of that error, shape (6,), km and km/s, inertial axes."""


@dataclass(frozen=True, eq=False)
class ObjectState:
    """One object at the common time: position, velocity, covariance."""

    position_km: Floats
    """Shape (3,), inertial."""
    velocity_km_s: Floats
    """Shape (3,), inertial."""
    covariance: Floats
    """Shape (6, 6), km**2, km**2/s, km**2/s**2, axes of the state; velocity parts zero where unknown."""
    density: DensityError | None = None

    def __post_init__(self) -> None:
        if self.position_km.shape != (3,) or self.velocity_km_s.shape != (3,):
            raise ValueError("position and velocity must have shape (3,)")
        if self.covariance.shape != (6, 6):
            raise ValueError(f"covariance must have shape (6, 6), not {self.covariance.shape}")

    @staticmethod
    def from_rtn(
        position_km: Floats,
        velocity_km_s: Floats,
        covariance_rtn: Floats,
        *,
        density: DensityError | None = None,
    ) -> ObjectState:
        """Make a state from a covariance in the object's own RTN axes.

        Parameters
        ----------
        covariance_rtn
            Shape (3, 3) (position only) or (6, 6), km**2, km**2/s, km**2/s**2.
        density
            With its sensitivity in RTN as well.

        Raises
        ------
        FormatError
            If a number is not finite, a variance negative, or the covariance not symmetric.
        """
        full = np.zeros((6, 6))
        size = covariance_rtn.shape[0]
        full[:size, :size] = covariance_rtn
        require_covariance(full)
        matrix = local_matrix(position_km[None, :], velocity_km_s[None, :])
        inertial = covariance_from_local(full[None, :, :], matrix)[0]
        if density is not None:
            back = matrix[0].T
            turned_density = np.concatenate([back @ density.sensitivity[:3], back @ density.sensitivity[3:]])
            density = DensityError(density.sigma, turned_density)
        return ObjectState(position_km, velocity_km_s, inertial, density)

    @property
    def has_velocity_covariance(self) -> bool:
        """Whether the covariance says anything about the velocity."""
        return bool(np.any(np.diagonal(self.covariance)[3:] > 0.0))


HBR_MAX_KM = 1000.0
"""Largest combined radius: far beyond any object and any screening volume taken for one."""


@dataclass(frozen=True, eq=False)
class EncounterStates:
    """Two objects near their closest approach, and the radius within which they collide."""

    primary: ObjectState
    secondary: ObjectState
    hbr_km: float
    """Combined hard-body radius: the sum of the radii of the spheres around both objects."""

    def __post_init__(self) -> None:
        if not 0.0 < self.hbr_km <= HBR_MAX_KM:
            raise UsageError(
                f"a hard-body radius of {self.hbr_km:g} km",
                remedy=f"it must be greater than 0 and at most {HBR_MAX_KM:g} km",
            )

    @property
    def relative_position_km(self) -> Floats:
        """Object 2 less object 1."""
        return self.secondary.position_km - self.primary.position_km

    @property
    def relative_velocity_km_s(self) -> Floats:
        """Object 2 less object 1."""
        return self.secondary.velocity_km_s - self.primary.velocity_km_s

    @property
    def cross_correlation_known(self) -> bool:
        """Whether both objects tell how they follow the density error they share."""
        return self.primary.density is not None and self.secondary.density is not None

    def joint_covariance(self, *, cross_correlation: bool = False) -> Floats:
        """Return the covariance (6, 6) of the relative state.

        With ``cross_correlation`` the part that both objects owe to the same error of the forecast air
        density is taken out: P1 + P2 - s1 s2 (G2 G1' + G1 G2') (Casali et al., AAS 18-272, 2018, eq. 11).
        """
        joint = self.primary.covariance + self.secondary.covariance
        if cross_correlation and self.primary.density and self.secondary.density:
            g1 = self.primary.density.sigma * self.primary.density.sensitivity
            g2 = self.secondary.density.sigma * self.secondary.density.sensitivity
            joint = joint - np.outer(g2, g1) - np.outer(g1, g2)
        return joint


def require_covariance(covariance: Floats) -> None:
    """Refuse what cannot be a covariance at all (repairable ones pass).

    Raises
    ------
    FormatError
        For numbers that are not finite, a negative variance, or asymmetry beyond rounding.
    """
    if not np.all(np.isfinite(covariance)):
        raise FormatError("a covariance holds numbers that are not finite")
    variances = np.diagonal(covariance)
    if np.any(variances < 0.0):
        raise FormatError(f"a variance of {variances.min():g} km**2, it must be 0 or more")
    if np.abs(covariance - covariance.T).max() > SYMMETRY_RELATIVE * np.abs(covariance).max():
        raise FormatError("a covariance is not symmetric")


def at_closest_approach(encounter: EncounterStates) -> tuple[EncounterStates, float]:
    """Move both objects along straight lines to their closest approach.

    Messages round the time of closest approach to a millisecond, in which fast objects pass each other by
    meters. Covariances stay as they are. This is the column ``Pc2D`` (not ``Pc2D_NoAdj``) of NASA CARA's
    table of test conjunctions.

    Returns
    -------
    The moved encounter and the shift in seconds; unmoved for a relative speed of zero.
    """
    r = encounter.relative_position_km
    v = encounter.relative_velocity_km_s
    speed2 = float(v @ v)
    if speed2 == 0.0:
        return encounter, 0.0
    shift_s = -float(r @ v) / speed2
    first, second = encounter.primary, encounter.secondary
    moved = replace(
        encounter,
        primary=replace(first, position_km=first.position_km + shift_s * first.velocity_km_s),
        secondary=replace(second, position_km=second.position_km + shift_s * second.velocity_km_s),
    )
    return moved, shift_s


@dataclass(frozen=True)
class EncounterPlane:
    """The plane normal to the relative velocity, turned to the axes of the joint position covariance."""

    miss_major_km: float
    """Component of the miss along the long axis of the covariance."""
    miss_minor_km: float
    sigma_major_km: float
    sigma_minor_km: float
    repaired: bool
    """Whether an eigenvalue was raised to (1e-4 HBR)^2 (:data:`PROJECTED_REPAIR`)."""

    @property
    def distance2(self) -> float:
        """Squared Mahalanobis distance of the miss."""
        return (self.miss_major_km / self.sigma_major_km) ** 2 + (
            self.miss_minor_km / self.sigma_minor_km
        ) ** 2


def encounter_plane(encounter: EncounterStates, *, cross_correlation: bool = False) -> EncounterPlane:
    """Project the encounter onto the plane normal to the relative velocity.

    Raises
    ------
    UsageError
        For a relative speed of zero, which has no such plane.
    """
    v = encounter.relative_velocity_km_s
    if not np.any(v):
        raise UsageError("the objects do not move against each other: there is no encounter plane")
    joint = np.ascontiguousarray(encounter.joint_covariance(cross_correlation=cross_correlation)[:3, :3])
    out = np.empty(4)
    repaired = principal_axes(
        encounter.relative_position_km, v, joint, (CLIP_OVER_HBR * encounter.hbr_km) ** 2, out
    )
    return EncounterPlane(float(out[0]), float(out[1]), float(out[2]), float(out[3]), bool(repaired))


def encounter_planes(
    relative_position_km: Floats, relative_velocity_km_s: Floats, covariance_km2: Floats, hbr_km: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Project n encounters at once.

    Parameters
    ----------
    relative_position_km, relative_velocity_km_s
        Shape (n, 3); a row with zero velocity gives NaN.
    covariance_km2
        Joint position covariances, shape (n, 3, 3).
    hbr_km
        Combined hard-body radii, shape (n,).

    Returns
    -------
    Planes (n, 4): miss along the major and the minor axis, sigma major, sigma minor, all km; and which of
    them were repaired (:data:`PROJECTED_REPAIR`).
    """
    n = relative_position_km.shape[0]
    if covariance_km2.shape != (n, 3, 3) or relative_velocity_km_s.shape != (n, 3) or hbr_km.shape != (n,):
        raise ValueError("encounter_planes: shapes must be (n, 3), (n, 3), (n, 3, 3), (n,)")
    planes = np.empty((n, 4))
    repaired = np.empty(n, dtype=np.bool_)
    arrays = (relative_position_km, relative_velocity_km_s, covariance_km2)
    r, v, c = (np.ascontiguousarray(a) for a in arrays)
    planes_bulk(r, v, c, (CLIP_OVER_HBR * hbr_km) ** 2, planes, repaired)
    return planes, repaired


def repaired_covariance(covariance: Floats) -> tuple[Floats, bool]:
    """Return the nearest usable covariance: negative eigenvalues of its correlations raised to zero.

    Needed where a full (6, 6) covariance is sampled or transformed. Rounding of the digits in a message makes
    some real ones slightly negative; that is repaired as well and not reported.

    Returns
    -------
    The covariance (the same where nothing was to repair) and whether more than rounding was repaired.
    """
    sigma = np.sqrt(np.abs(np.diagonal(covariance)))
    scale = np.where(sigma > 0.0, sigma, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    if values[0] >= 0.0:
        return covariance, False
    correlation = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return correlation * np.outer(scale, scale), bool(values[0] < ROUNDING_EIGENVALUE)


def turned(encounter: EncounterStates) -> Floats:
    """Return the rotation (3, 3) into axes in which neither orbit is near the equatorial retrograde one.

    There the new z axis halves the angle between both angular momenta (a normal of the first where they are
    opposite), so that no inclination exceeds 90 degrees and equinoctial elements are regular.
    """
    momenta = [np.cross(o.position_km, o.velocity_km_s) for o in (encounter.primary, encounter.secondary)]
    units = [m / np.linalg.norm(m) for m in momenta]
    z = units[0] + units[1]
    if np.linalg.norm(z) < OPPOSITE_MOMENTA:
        z = np.cross(units[0], np.eye(3)[np.argmin(np.abs(units[0]))])
    z = z / np.linalg.norm(z)
    x = np.cross(np.eye(3)[np.argmin(np.abs(z))], z)
    x = x / np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


OPPOSITE_MOMENTA = 1e-3
"""Below this sum of unit vectors two orbits run against each other in one plane and have no middle axis."""
