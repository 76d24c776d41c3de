"""Constants of the Earth and of geodesy, each with its source.

SGP4 has constants of its own, those of WGS-72: what is made for SGP4 or reads its mean elements takes them,
everything else the modern ones.
"""

from __future__ import annotations

import math

EARTH_MU_KM3_S2 = 398600.4418
"""Gravitational parameter of the Earth with its atmosphere (EGM2008, TCG value; WGS-84)."""
EARTH_RADIUS_KM = 6378.137
"""Equatorial radius of WGS-84."""
EARTH_ROTATION_RAD_S = 7.292115146706979e-5
"""Rate of the Earth rotation angle per second of UT1 (IERS Conventions 2010, equation 5.15, times 2 pi)."""
MOON_MU_KM3_S2 = 4902.800066
"""Gravitational parameter of the Moon (DE421)."""

WGS72_MU_KM3_S2 = 398600.8
WGS72_RADIUS_KM = 6378.135
WGS72_J2 = 0.001082616
WGS72_J3 = -0.00000253881
WGS72_J4 = -0.00000165597
"""WGS-72 as in SGP4 (Vallado et al., AIAA 2006-6753, appendix A): all element sets are made with it."""

ARCSEC_RAD = math.pi / 648000.0
"""One second of arc in radians."""
MAS_RAD = ARCSEC_RAD / 1000.0
"""One thousandth of a second of arc in radians."""
MIN_PER_DAY = 1440.0
S_PER_DAY = 86400.0

EARTH = "EARTH"
"""Name of the center body of Earth orbits, as CENTER_NAME of CCSDS has it; centers are upper-case names."""
MOON = "MOON"
CENTER_MU_KM3_S2 = {
    EARTH: EARTH_MU_KM3_S2,
    MOON: MOON_MU_KM3_S2,
    "SUN": 132712440041.27942,
    "MERCURY": 22031.868551,
    "VENUS": 324858.592,
    "MARS": 42828.375816,
}
"""Gravitational parameters of centers of ephemerides (planets: JPL DE440, gm_de440; Mars with its moons)."""
