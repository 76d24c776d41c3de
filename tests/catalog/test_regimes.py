"""Regimes of well-known orbits."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.catalog.regimes import Regime, orbit_shapes
from tests.catalog.tables import make_table


@pytest.mark.parametrize(
    ("mean_motion_rev_d", "eccentricity", "regime", "perigee_km", "apogee_km"),
    [
        (15.5, 0.0005, Regime.LEO, 415, 425),  # the space station
        (15.06, 0.0001, Regime.LEO, 547, 553),  # Starlink shell
        (2.00563, 0.01, Regime.MEO, 19_910, 20_450),  # GPS
        (1.0027, 0.0002, Regime.GEO, 35_770, 35_800),
        (1.0027, 0.07, Regime.GEO, 32_800, 38_750),  # QZSS
        (2.00617, 0.72, Regime.GTO, 1_060, 39_330),  # Molniya, apogee below 40,002 km
        (1.95, 0.745, Regime.HEO, 540, 40_970),
        (2.27, 0.73, Regime.GTO, 250, 36_000),  # Ariane transfer
        (9.35, 0.3, Regime.LMO, 450, 6_000),
        (0.3776, 0.9, Regime.HEO, 1_700, 147_000),
        (0.5, 0.0, Regime.OTHER, 60_700, 60_720),
    ],
)
def test_known_orbits_fall_into_their_regime(
    mean_motion_rev_d: float, eccentricity: float, regime: Regime, perigee_km: float, apogee_km: float
) -> None:
    shapes = orbit_shapes(make_table([1], mean_motion_rev_d=mean_motion_rev_d, eccentricity=eccentricity))
    assert shapes.regime[0] == regime
    assert shapes.perigee_km[0] == pytest.approx(perigee_km, abs=250)
    assert shapes.apogee_km[0] == pytest.approx(apogee_km, rel=0.02, abs=100)
    assert shapes.period_min[0] == pytest.approx(1440 / mean_motion_rev_d)


def test_every_orbit_has_one_regime() -> None:
    draw = np.random.default_rng(1)
    n = 2000
    shapes = orbit_shapes(
        make_table(
            range(1, n + 1),
            mean_motion_rev_d=draw.uniform(0.05, 17, n),
            eccentricity=draw.uniform(0, 0.99, n),
        )
    )
    assert set(shapes.regime) <= set(Regime)
    assert all(isinstance(regime, Regime) for regime in shapes.regime)
