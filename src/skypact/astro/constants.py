"""Constants of the Earth and of geodesy, each with its source.

SGP4 has constants of its own (WGS-72), which belong to :mod:`skypact.orbits.sgp4` and nowhere else.
"""

from __future__ import annotations

import math

EARTH_MU_KM3_S2 = 398600.4418
"""Gravitational parameter of the Earth with its atmosphere (EGM2008, TCG value; WGS-84)."""
EARTH_RADIUS_KM = 6378.137
"""Equatorial radius of WGS-84."""
EARTH_J2 = 1.08262668355e-3
"""Second zonal harmonic of EGM96, unnormalized."""
EARTH_ROTATION_RAD_S = 7.292115146706979e-5
"""Rate of the Earth rotation angle per second of UT1 (IERS Conventions 2010, equation 5.15, times 2 pi)."""
MOON_MU_KM3_S2 = 4902.800066
"""Gravitational parameter of the Moon (DE421)."""
SPEED_OF_LIGHT_KM_S = 299792.458
"""Exact (SI)."""

ARCSEC_RAD = math.pi / 648000.0
"""One second of arc in radians."""
MAS_RAD = ARCSEC_RAD / 1000.0
"""One thousandth of a second of arc in radians."""
S_PER_DAY = 86400.0

EARTH = "EARTH"
"""Name of the center body of Earth orbits, as CENTER_NAME of CCSDS has it; centers are upper-case names."""
MOON = "MOON"
