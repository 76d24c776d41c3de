"""Reference frames and exact rotations between them, for states and for covariances.

Four frames, with the names that CCSDS messages use:

* **TEME**: true equator, mean equinox of date; the frame of SGP4 (Vallado and others, AIAA 2006-6753).
* **GCRF**: geocentric celestial reference frame, axes of the ICRF; what skypact stores and shares.
* **EME2000** (J2000): mean equator and equinox of J2000; GCRF less the frame bias, 23 mas (0.8 m in LEO).
* **ITRF**: international terrestrial reference frame, fixed to the rotating Earth.

GCRF to ITRF is the IAU 2006/2000A transformation by the celestial intermediate origin (IERS Conventions
2010, chapter 5) with all measured Earth orientation. TEME is joined to ITRF by the mean sidereal time of
1982 and polar motion, without any term of the equation of the equinoxes, as its authors prescribe and
astropy does. Inertial frames are taken as not rotating against each other: the neglected precession is at
most 0.06 mm/s in low orbit and 0.4 mm/s in GEO. Realizations of the ITRF (ITRF-93 to ITRF2020) differ by
centimeters and are not told apart.

True-of-date frames (TOD, MOD, TDR) are not converted: messages do not say by which theory they are made.

Checked (tests/astro/test_frames.py): against astropy 8 with the same Earth orientation, 1990 to 2026,
0.003 mm up to GEO; against the worked examples of AIAA 2006-6753 and of the SOFA cookbook.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import erfa
import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH, EARTH_ROTATION_RAD_S, S_PER_DAY
from skypact.astro.earth import (
    EarthOrientation,
    OrientationValues,
    earth_rotation_angle_rad,
    mean_sidereal_time_1982_rad,
)
from skypact.astro.timescales import (
    J2000_JD,
    NS_PER_DAY,
    NS_PER_S,
    split_jd,
    tai_ns_to_tt_ns,
    tai_ns_to_utc_ns,
)
from skypact.errors import FrameError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POLE_KNOT_NS = NS_PER_DAY // 4
"""Spacing of the epochs at which precession and nutation are evaluated; between them: interpolation."""
POLE_KNOT_COUNT = 6
"""Knots for one interpolation (degree 5); measured error 1990 to 2030: 4e-14 rad, 0.0015 mm in GEO."""


class Frame(StrEnum):
    """Frames that can be converted into each other around the Earth."""

    TEME = "TEME"
    GCRF = "GCRF"
    EME2000 = "EME2000"
    ITRF = "ITRF"


_ALIASES = {
    "TEME": Frame.TEME,
    "TEMEOFDATE": Frame.TEME,
    "GCRF": Frame.GCRF,
    "ICRF": Frame.GCRF,
    "EME2000": Frame.EME2000,
    "J2000": Frame.EME2000,
    "MEMEJ2000": Frame.EME2000,
    "MEME": Frame.EME2000,
}


def frame_named(name: str, *, where: str = "") -> Frame:
    """Return the frame that a message means, such as ``ITRF-97``, ``ITRF2014``, ``ICRF`` or ``J2000``.

    Raises
    ------
    FrameError
        For a frame that skypact does not convert (true-of-date frames among them).
    """
    key = name.upper().replace("-", "").replace("_", "").replace(" ", "")
    if key in _ALIASES:
        return _ALIASES[key]
    if key.startswith("ITRF") and (key[4:] == "" or key[4:].isdigit()):
        return Frame.ITRF
    if key.startswith("ICRF") and key[4:].isdigit():
        return Frame.GCRF
    raise FrameError(
        f"frame '{name}' is not converted",
        where=where,
        remedy="use one of " + ", ".join(f.value for f in Frame),
    )


@dataclass(frozen=True, eq=False)
class Rotation:
    """Rotation of states from one frame to another at n epochs.

    ``position' = matrix @ position`` and ``velocity' = matrix @ velocity - spin x position'``.
    """

    matrix: Floats
    """Shape (n, 3, 3)."""
    spin_rad_s: Floats
    """Angular velocity of the target frame against the source, in axes of the target, shape (n, 3)."""

    def apply(self, position_km: Floats, velocity_km_s: Floats) -> tuple[Floats, Floats]:
        """Rotate positions (n, 3) and velocities (n, 3)."""
        position = np.einsum("nij,nj->ni", self.matrix, position_km)
        velocity = np.einsum("nij,nj->ni", self.matrix, velocity_km_s)
        return position, velocity - np.cross(self.spin_rad_s, position)

    def state_matrix(self) -> Floats:
        """Return the matrices (n, 6, 6) that rotate a state and both sides of its covariance."""
        full = np.zeros((self.matrix.shape[0], 6, 6))
        full[:, :3, :3] = self.matrix
        full[:, 3:, 3:] = self.matrix
        full[:, 3:, :3] = -_cross_matrix(self.spin_rad_s) @ self.matrix
        return full

    def apply_covariance(self, covariance: Floats) -> Floats:
        """Rotate covariances (n, 6, 6); the result is symmetric and as positive definite as the input."""
        return congruence(self.state_matrix(), covariance)

    def inverse(self) -> Rotation:
        """Return the rotation back."""
        back = np.swapaxes(self.matrix, 1, 2)
        return Rotation(back, -np.einsum("nij,nj->ni", back, self.spin_rad_s))

    def then(self, following: Rotation) -> Rotation:
        """Return this rotation followed by another."""
        spin = np.einsum("nij,nj->ni", following.matrix, self.spin_rad_s) + following.spin_rad_s
        return Rotation(following.matrix @ self.matrix, spin)


def congruence(transform: Floats, covariance: Floats) -> Floats:
    """Return ``T C T'`` for stacks (n, k, k), made exactly symmetric."""
    result = transform @ covariance @ np.swapaxes(transform, 1, 2)
    return np.asarray(0.5 * (result + np.swapaxes(result, 1, 2)), dtype=np.float64)


def _cross_matrix(vectors: Floats) -> Floats:
    """Return the matrices (n, 3, 3) whose product with a vector is the cross product from the left."""
    result = np.zeros((vectors.shape[0], 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        result[:, j, k] = -vectors[:, i]
        result[:, k, j] = vectors[:, i]
    return result


def rotation(
    source: Frame,
    target: Frame,
    tai_ns: Ints,
    orientation: EarthOrientation | None = None,
    *,
    center: str = EARTH,
) -> Rotation:
    """Return the rotation from ``source`` to ``target`` at epochs (n,).

    Parameters
    ----------
    orientation
        Needed where ITRF is involved. Between the other frames it moves a result by the celestial pole
        offset only (0.6 mas: 2 cm in low orbit, 12 cm in GEO); without it, or beyond its ends, that offset
        is left out or held.
    center
        Around other bodies only GCRF (there: axes of the ICRF) and EME2000 are defined.

    Raises
    ------
    FrameError
        Without orientation for ITRF, outside its coverage, or for Earth frames around another body.
    """
    epochs = np.atleast_1d(np.asarray(tai_ns, dtype=np.int64))
    if source is target:
        return _without_spin(np.broadcast_to(np.eye(3), (epochs.shape[0], 3, 3)))
    if center != EARTH and not {source, target} <= {Frame.GCRF, Frame.EME2000}:
        raise FrameError(
            f"{source} to {target} is defined around the Earth, not around {center}",
            remedy="use GCRF or EME2000 axes there",
        )
    if Frame.ITRF in (source, target):
        if orientation is None:
            raise FrameError("ITRF needs a table of Earth orientation, and none was given")
        values = orientation.at(epochs)
    elif orientation is None:
        values = _unmeasured(epochs)
    else:
        values = orientation.hold().at(epochs)
    return _to_gcrf(source, epochs, values).then(_to_gcrf(target, epochs, values).inverse())


def _unmeasured(tai_ns: Ints) -> OrientationValues:
    """Return what is known of Earth orientation without measurement: UT1 is within 0.9 s of UTC."""
    none = np.zeros(tai_ns.shape)
    utc_minus_tai_s = (tai_ns_to_utc_ns(tai_ns) - tai_ns) / NS_PER_S
    return OrientationValues(none, none, utc_minus_tai_s, none, none, none)


def _without_spin(matrix: Floats) -> Rotation:
    return Rotation(matrix, np.zeros((matrix.shape[0], 3)))


def _to_gcrf(source: Frame, tai_ns: Ints, values: OrientationValues) -> Rotation:
    """Return the rotation from ``source`` to GCRF."""
    if source is Frame.GCRF:
        return _without_spin(np.broadcast_to(np.eye(3), (tai_ns.shape[0], 3, 3)))
    if source is Frame.EME2000:
        bias = np.asarray(erfa.bp06(J2000_JD, 0.0)[0], dtype=np.float64)
        return _without_spin(np.broadcast_to(bias.T, (tai_ns.shape[0], 3, 3)))
    ut1_ns = tai_ns + np.round(values.ut1_minus_tai_s * NS_PER_S).astype(np.int64)
    to_intermediate = celestial_to_intermediate(tai_ns, values.dx_rad, values.dy_rad)
    tio_rad = np.asarray(erfa.sp00(*split_jd(tai_ns_to_tt_ns(tai_ns))), dtype=np.float64)
    angle_rad = earth_rotation_angle_rad(ut1_ns)
    if source is Frame.TEME:
        turned = mean_sidereal_time_1982_rad(ut1_ns) - angle_rad - tio_rad
        return _without_spin(np.swapaxes(to_intermediate, 1, 2) @ _turn_about_z(turned))
    polar = erfa.pom00(values.x_pole_rad, values.y_pole_rad, tio_rad)
    rate = np.zeros((tai_ns.shape[0], 3))
    rate[:, 2] = EARTH_ROTATION_RAD_S * (1.0 - values.excess_day_s / S_PER_DAY)
    matrix = polar @ _turn_about_z(angle_rad) @ to_intermediate
    return Rotation(matrix, np.einsum("nij,nj->ni", polar, rate)).inverse()


def _turn_about_z(angle_rad: Floats) -> Floats:
    """Return the matrices (n, 3, 3) that express vectors in axes turned by ``angle_rad`` about z."""
    result = np.zeros((angle_rad.shape[0], 3, 3))
    result[:, 0, 0] = result[:, 1, 1] = np.cos(angle_rad)
    result[:, 0, 1] = np.sin(angle_rad)
    result[:, 1, 0] = -result[:, 0, 1]
    result[:, 2, 2] = 1.0
    return result


def celestial_to_intermediate(tai_ns: Ints, dx_rad: Floats, dy_rad: Floats) -> Floats:
    """Return the matrices (n, 3, 3) from GCRF to the celestial intermediate frame (IAU 2006/2000A).

    The coordinates of the pole and the origin locator come from :func:`erfa.xys06a` at knots six hours apart,
    always the same ones, and are interpolated by Lagrange polynomials of degree 5: 1,365 terms of nutation
    for each epoch would cost 0.06 ms (27,000 epochs of one week: 40 ms instead of 1.6 s).
    """
    tt_ns = tai_ns_to_tt_ns(tai_ns)
    knot = tt_ns // POLE_KNOT_NS
    part = (tt_ns - knot * POLE_KNOT_NS) / POLE_KNOT_NS
    first = knot - (POLE_KNOT_COUNT // 2 - 1)
    window = first[:, None] + np.arange(POLE_KNOT_COUNT)
    needed, where = np.unique(window, return_inverse=True)
    at_knots = np.stack(erfa.xys06a(*split_jd(needed * POLE_KNOT_NS)))
    weights = _uniform_lagrange_weights(part)
    x, y, s = np.einsum("cnk,nk->cn", at_knots[:, where.reshape(window.shape)], weights)
    return np.asarray(erfa.c2ixys(x + dx_rad, y + dy_rad, s), dtype=np.float64)


def _uniform_lagrange_weights(part: Floats) -> Floats:
    """Return the weights (n, 6) of knots -2..3 for a point at ``part`` (0 to 1) of the middle interval."""
    nodes = np.arange(POLE_KNOT_COUNT) - (POLE_KNOT_COUNT // 2 - 1)
    distance = part[:, None] - nodes
    weights = np.empty_like(distance)
    for k, node in enumerate(nodes):
        others = np.arange(POLE_KNOT_COUNT) != k
        weights[:, k] = np.prod(distance[:, others] / (node - nodes[others]), axis=1)
    return weights
