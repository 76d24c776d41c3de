"""Earth orientation for tests: constant values around one epoch, and the table that astropy itself uses."""

from __future__ import annotations

import numpy as np

from skypact.astro.earth import DailyColumns, EarthOrientation


def constant_orientation(
    mjd_utc: float,
    *,
    x_pole_arcsec: float = 0.0,
    y_pole_arcsec: float = 0.0,
    ut1_minus_utc_s: float = 0.0,
    excess_day_s: float = 0.0,
    dx_arcsec: float = 0.0,
    dy_arcsec: float = 0.0,
) -> EarthOrientation:
    """Four days around an epoch at which UT1 - UTC has the given value and slope."""
    days = np.floor(mjd_utc) + np.array([-1.0, 0.0, 1.0, 2.0])
    ones = np.ones(4)
    return EarthOrientation.from_daily(
        DailyColumns(
            days,
            x_pole_arcsec * ones,
            y_pole_arcsec * ones,
            ut1_minus_utc_s - excess_day_s * (days - mjd_utc),
            dx_arcsec * ones,
            dy_arcsec * ones,
        ),
        predicted_from_mjd=float(days[-1]) + 1.0,
        source="constant",
    )


def astropy_orientation() -> EarthOrientation:
    """The table that astropy uses without a download; pole offsets are zero, because astropy ignores them."""
    from astropy.utils import iers

    iers.conf.auto_download = False
    iers.conf.auto_max_age = None
    table = iers.earth_orientation_table.get()
    none = np.zeros(len(table))
    return EarthOrientation.from_daily(
        DailyColumns(
            table["MJD"].value,
            table["PM_x"].to_value("arcsec"),
            table["PM_y"].to_value("arcsec"),
            table["UT1_UTC"].to_value("s"),
            none,
            none,
        ),
        predicted_from_mjd=float(table.meta["predictive_mjd"]),
        source="astropy",
    )
