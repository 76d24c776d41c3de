"""Orbital regimes by perigee and apogee, as the ESA Space Environment Report divides them (coarser here)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH_MU_KM3_S2, EARTH_RADIUS_KM, S_PER_DAY
from skypact.formats.elements import ElementTable

Floats = NDArray[np.float64]

LEO_TOP_KM = 2000.0
MEO_TOP_KM = 31570.0
HIGH_KM = 40002.0
GEO_SMA_MIN_KM = 37948.0
GEO_SMA_MAX_KM = 46380.0
GEO_ECCENTRICITY_MAX = 0.25
"""Boundaries in altitude, and of the geosynchronous orbits in semi-major axis and eccentricity: ESA's
Annual Space Environment Report, table of orbit classes (LEO, LMO, MEO, GTO, HEO and GHO, GEO with IGO and
EGO)."""


class Regime(StrEnum):
    """Where an object moves; perigee and apogee are altitudes."""

    LEO = "LEO"
    """Apogee below 2,000 km."""
    LMO = "LMO"
    """Perigee below 2,000 km, apogee up to 31,570 km."""
    MEO = "MEO"
    """Both between 2,000 and 31,570 km."""
    GTO = "GTO"
    """Perigee below 2,000 km, apogee between 31,570 and 40,002 km."""
    GEO = "GEO"
    """Geosynchronous, inclined ones too."""
    HEO = "HEO"
    """Perigee below 31,570 km, apogee above 40,002 km."""
    OTHER = "OTHER"


@dataclass(frozen=True, eq=False)
class OrbitShapes:
    """Size and regime of orbits, columns of shape (n,); altitudes over the equatorial radius."""

    perigee_km: Floats
    apogee_km: Floats
    period_min: Floats
    regime: NDArray[np.object_]


def orbit_shapes(table: ElementTable) -> OrbitShapes:
    """Return altitudes of perigee and apogee, period and regime from the mean elements.

    The mean motion is taken as given (Kozai's), so altitudes are those of the mean orbit, good to some
    10 km: enough to sort objects, not to compare them.
    """
    rate_rad_s = table.mean_motion_rev_d * (2.0 * np.pi / S_PER_DAY)
    sma_km = np.cbrt(EARTH_MU_KM3_S2 / rate_rad_s**2)
    perigee_km = sma_km * (1.0 - table.eccentricity) - EARTH_RADIUS_KM
    apogee_km = sma_km * (1.0 + table.eccentricity) - EARTH_RADIUS_KM
    synchronous = (
        (sma_km >= GEO_SMA_MIN_KM) & (sma_km <= GEO_SMA_MAX_KM) & (table.eccentricity <= GEO_ECCENTRICITY_MAX)
    )
    low = perigee_km < LEO_TOP_KM
    rules = (
        (Regime.GEO, synchronous),
        (Regime.LEO, apogee_km < LEO_TOP_KM),
        (Regime.LMO, low & (apogee_km <= MEO_TOP_KM)),
        (Regime.MEO, apogee_km <= MEO_TOP_KM),
        (Regime.GTO, low & (apogee_km <= HIGH_KM)),
        (Regime.HEO, (perigee_km < MEO_TOP_KM) & (apogee_km > HIGH_KM)),
    )
    regime = np.empty(len(table), dtype=object)
    regime.fill(Regime.OTHER)
    for name, holds in reversed(rules):
        regime[holds] = name
    return OrbitShapes(perigee_km, apogee_km, 2.0 * np.pi / rate_rad_s / 60.0, regime)
