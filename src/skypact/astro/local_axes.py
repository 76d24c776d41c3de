"""Axes that move with the orbit: RTN and TNW, and covariances between them and a frame.

Both are taken as CCSDS 508.0-B-1 and 502.0-B-3 take them: axes at one instant, not rotating, so a velocity
is expressed in them without a term of their own rotation, and a 6x6 covariance is turned by the same 3x3
matrix in both halves. States must be in an inertial frame (TEME, GCRF, EME2000).
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from skypact.astro.frames import congruence
from skypact.errors import FrameError

Floats = NDArray[np.float64]

RECTILINEAR_SINE_MIN = 1e-12
"""Sine of the angle between position and velocity below which the orbit has no plane in float64."""

SHORTEST = 1e-70
"""Positions (km) and velocities (km/s) shorter than this count as zero: their products lose all digits."""


class LocalAxes(StrEnum):
    """Local axes; each row of the matrix is one axis in the order of the letters."""

    RTN = "RTN"
    """Radial (outward), transverse (in plane, toward the motion), normal (along the angular momentum)."""
    TNW = "TNW"
    """Tangential (along the velocity), in-plane normal W x T (inward), W along the angular momentum."""


_ALIASES = {
    "RTN": LocalAxes.RTN,
    "RSW": LocalAxes.RTN,
    "RIC": LocalAxes.RTN,
    "QSW": LocalAxes.RTN,
    "UVW": LocalAxes.RTN,
    "TNW": LocalAxes.TNW,
}


def local_axes_named(name: str) -> LocalAxes | None:
    """Return the local axes that a message means (RTN, RSW, RIC, QSW, UVW, TNW), else ``None``."""
    return _ALIASES.get(name.strip().upper().removesuffix("_INERTIAL"))


def local_matrix(position_km: Floats, velocity_km_s: Floats, axes: LocalAxes = LocalAxes.RTN) -> Floats:
    """Return the matrices (n, 3, 3) from the frame of the states to local axes.

    Parameters
    ----------
    position_km, velocity_km_s
        Shape (n, 3), inertial axes.

    Raises
    ------
    FrameError
        If a position or velocity is zero or both are parallel: then there is no orbital plane.
    """
    normal = np.cross(position_km, velocity_km_s)
    size = np.linalg.norm(normal, axis=1)
    radius, speed = np.linalg.norm(position_km, axis=1), np.linalg.norm(velocity_km_s, axis=1)
    planar = (size > RECTILINEAR_SINE_MIN * radius * speed) & (np.minimum(radius, speed) > SHORTEST)
    if not np.all(planar):
        row = int(np.argmin(planar))
        raise FrameError(f"state {row} has no orbital plane: position and velocity are parallel, zero or NaN")
    w = normal / size[:, None]
    if axes is LocalAxes.RTN:
        radial = position_km / radius[:, None]
        return np.stack([radial, np.cross(w, radial), w], axis=1)
    along = velocity_km_s / speed[:, None]
    return np.stack([along, np.cross(w, along), w], axis=1)


def covariance_to_local(covariance: Floats, matrix: Floats) -> Floats:
    """Turn covariances (n, 3, 3) or (n, 6, 6) from the frame of the states into local axes."""
    return congruence(_doubled(matrix, covariance.shape[1]), covariance)


def covariance_from_local(covariance: Floats, matrix: Floats) -> Floats:
    """Turn covariances (n, 3, 3) or (n, 6, 6) from local axes into the frame of the states."""
    return congruence(np.swapaxes(_doubled(matrix, covariance.shape[1]), 1, 2), covariance)


def _doubled(matrix: Floats, size: int) -> Floats:
    """Return the 3x3 matrices themselves, or twice on the diagonal of 6x6 matrices."""
    if size == matrix.shape[1]:
        return matrix
    full = np.zeros((matrix.shape[0], 6, 6))
    full[:, :3, :3] = matrix
    full[:, 3:, 3:] = matrix
    return full
