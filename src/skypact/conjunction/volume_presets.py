"""Published sizes of screening volumes by orbit regime.

Source of all figures: 18th and 19th Space Defense Squadrons, *Spaceflight Safety Handbook for Satellite
Operators*, version 1.7, April 2023, table 3 (catalog against catalog) and table 4 (operator's ephemeris
against catalog), known to us from public summaries: the LEO rows from three that agree, ``near-earth`` from
two, ``geo`` and ``deep-space`` from one (another gives 50 x 100 x 100 km for ``deep-space``). There the
figures are half axes of ellipsoids, here half sizes of boxes around them: a box finds all that the ellipsoid
finds, and its corners besides. Medium and highly elliptical orbits have no row but that of table 4 by period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.errors import NotFoundError, UsageError

Floats = NDArray[np.float64]

HANDBOOK = "Spaceflight Safety Handbook for Satellite Operators 1.7 (18 and 19 SDS, April 2023)"
BY_REGIME = "by-regime"
"""The preset that gives each object the volume of its own orbit."""

ECCENTRICITY_MAX = 0.25
LEO_PERIGEES_KM = (500.0, 750.0, 1200.0, 2000.0)
"""Table 3: largest altitude of the perigee of LEO 1 to LEO 4."""
GEO_PERIODS_MIN = (1300.0, 1800.0)
GEO_INCLINATION_MAX_DEG = 35.0
NEAR_EARTH_PERIOD_MIN = 225.0
HALF_SIZE_MAX_KM = 1000.0
"""Larger boxes are no neighborhood any more."""


@dataclass(frozen=True)
class VolumePreset:
    """One row of the handbook: half sizes in km, and the orbits that it is meant for."""

    name: str
    radial_km: float
    in_track_km: float
    cross_track_km: float
    meant_for: str
    table: int

    @property
    def half_km(self) -> tuple[float, float, float]:
        """Return the half sizes: radial, in-track, cross-track."""
        return self.radial_km, self.in_track_km, self.cross_track_km

    @property
    def source(self) -> str:
        """Return document, edition and table."""
        return f"{HANDBOOK}, table {self.table}"


PRESETS = {
    preset.name: preset
    for preset in (
        VolumePreset("leo1", 0.4, 44.0, 51.0, "perigee up to 500 km, eccentricity below 0.25", 3),
        VolumePreset("leo2", 0.4, 25.0, 25.0, "perigee 500 to 750 km, eccentricity below 0.25", 3),
        VolumePreset("leo3", 0.4, 12.0, 12.0, "perigee 750 to 1,200 km, eccentricity below 0.25", 3),
        VolumePreset("leo4", 0.4, 2.0, 2.0, "perigee 1,200 to 2,000 km, eccentricity below 0.25", 3),
        VolumePreset(
            "geo", 10.0, 10.0, 10.0, "period 1,300 to 1,800 min, eccentricity < 0.25, inclination < 35 deg", 3
        ),
        VolumePreset("near-earth", 2.0, 25.0, 25.0, "ephemerides, period up to 225 min", 4),
        VolumePreset("deep-space", 20.0, 20.0, 20.0, "ephemerides, period above 225 min (MEO, HEO, GEO)", 4),
    )
}


def preset_named(name: str) -> VolumePreset:
    """Return a preset by its name.

    Raises
    ------
    NotFoundError
        For an unknown name; it lists all.
    """
    if name not in PRESETS:
        raise NotFoundError(
            f"no volume preset '{name}'",
            where="--volume-preset",
            remedy="there are " + ", ".join((*PRESETS, BY_REGIME)),
        )
    return PRESETS[name]


def parse_half_sizes(text: str) -> tuple[float, float, float]:
    """Return half sizes in km from ``radial,in-track,cross-track``.

    Raises
    ------
    UsageError
        If these are not three numbers above 0 and at most :data:`HALF_SIZE_MAX_KM`.
    """
    try:
        radial, in_track, cross_track = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"'{text}' is not a volume",
            where="--volume",
            remedy="give half sizes in km: radial,in-track,cross-track, as 2,25,25",
        ) from None
    sizes = radial, in_track, cross_track
    if not all(0.0 < size <= HALF_SIZE_MAX_KM for size in sizes):
        raise UsageError(
            f"half sizes of {text} km must be above 0 and at most {HALF_SIZE_MAX_KM:g}", where="--volume"
        )
    return sizes


def half_sizes_by_regime(
    perigee_km: Floats, eccentricity: Floats, inclination_deg: Floats, period_min: Floats
) -> Floats:
    """Return half sizes (n, 3) for orbits: the row of table 3 that is meant for it, else that of table 4.

    ``perigee_km`` is the altitude over the equatorial radius.
    """
    calm = eccentricity < ECCENTRICITY_MAX
    rows = [(PRESETS[f"leo{k}"], calm & (perigee_km <= limit)) for k, limit in enumerate(LEO_PERIGEES_KM, 1)]
    synchronous = (period_min > GEO_PERIODS_MIN[0]) & (period_min < GEO_PERIODS_MIN[1])
    rows += [
        (PRESETS["geo"], calm & synchronous & (inclination_deg < GEO_INCLINATION_MAX_DEG)),
        (PRESETS["near-earth"], period_min <= NEAR_EARTH_PERIOD_MIN),
    ]
    result = np.tile(np.array(PRESETS["deep-space"].half_km), (perigee_km.shape[0], 1))
    for preset, holds in reversed(rows):
        result[holds] = preset.half_km
    return result
