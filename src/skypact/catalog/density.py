"""Spatial density of a catalog by altitude: how many objects share a cubic kilometer on average."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH_RADIUS_KM

Floats = NDArray[np.float64]

_CIRCLE_ECCENTRICITY = 1e-6
"""Rounder orbits are treated as having this eccentricity, so that their time in a shell is defined."""


def time_in_shells(perigee_km: Floats, apogee_km: Floats, edges_km: Floats) -> Floats:
    """Return the mean number of objects inside each shell of altitude.

    Parameters
    ----------
    perigee_km, apogee_km
        Heights above the sphere of Earth's equatorial radius, shape (n,).
    edges_km
        Edges of the shells, rising, shape (m + 1,).

    Returns
    -------
    Floats
        Shape (m,): the sum over all objects of the part of time that each spends in the shell, by Kepler's
        equation (Kessler, "Derivation of the collision probability between orbiting objects", Icarus 48,
        1981, treats density likewise).
    """
    r_p, r_a = EARTH_RADIUS_KM + perigee_km, EARTH_RADIUS_KM + apogee_km
    a = (r_p + r_a) / 2.0
    e = np.maximum((r_a - r_p) / (r_a + r_p), _CIRCLE_ECCENTRICITY)
    total = np.zeros(len(edges_km))
    for k, edge in enumerate(edges_km):
        cos_e = np.clip((1.0 - (EARTH_RADIUS_KM + edge) / a) / e, -1.0, 1.0)
        anomaly = np.arccos(cos_e)
        total[k] = float(np.sum((anomaly - e * np.sin(anomaly)) / np.pi))
    return np.diff(total)


def shell_volume_km3(edges_km: Floats) -> Floats:
    """Return the volumes of the shells between ``edges_km`` (altitudes), in cubic kilometers."""
    return np.diff(4.0 / 3.0 * np.pi * (EARTH_RADIUS_KM + edges_km) ** 3)
