"""Where Earth orientation comes from: the files of the IERS in the package ``astropy-iers-data``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from skypact.astro.earth import EarthOrientation
from skypact.formats.iers import read_eop_c04, read_finals2000a
from skypact.formats.reading import RawInput


@lru_cache(maxsize=1)
def packaged_earth_orientation() -> EarthOrientation:
    """Return EOP C04 from 1962 on, continued by finals2000A with its year of predictions (0.1 s to read)."""
    import astropy_iers_data

    measured = Path(astropy_iers_data.IERS_B_FILE)
    continued = Path(astropy_iers_data.IERS_A_FILE)
    first = read_eop_c04(RawInput("IERS EOP C04", measured.read_bytes()))
    return first.followed_by(read_finals2000a(RawInput("finals2000A", continued.read_bytes())))
