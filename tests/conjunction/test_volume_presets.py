"""Published screening volumes: their figures, and which orbit gets which."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.conjunction.volume_presets import PRESETS, half_sizes_by_regime, preset_named
from skypact.errors import NotFoundError

HANDBOOK_KM = {
    "leo1": (0.4, 44.0, 51.0),
    "leo2": (0.4, 25.0, 25.0),
    "leo3": (0.4, 12.0, 12.0),
    "leo4": (0.4, 2.0, 2.0),
    "geo": (10.0, 10.0, 10.0),
    "near-earth": (2.0, 25.0, 25.0),
    "deep-space": (20.0, 20.0, 20.0),
}
"""Spaceflight Safety Handbook for Satellite Operators 1.7 (April 2023), tables 3 and 4."""


def test_presets_have_the_figures_of_the_handbook_and_name_it():
    assert {name: preset.half_km for name, preset in PRESETS.items()} == HANDBOOK_KM
    assert all("Spaceflight Safety Handbook" in preset.source for preset in PRESETS.values())
    assert preset_named("leo3").table == 3


def test_an_unknown_preset_is_refused_with_all_names():
    with pytest.raises(NotFoundError, match="leo1, leo2, leo3, leo4, geo, near-earth, deep-space, by-regime"):
        preset_named("leo5")


@pytest.mark.parametrize(
    ("perigee_km", "eccentricity", "inclination_deg", "period_min", "name"),
    [
        (420.0, 0.0005, 51.6, 92.9, "leo1"),
        (500.0, 0.001, 97.0, 94.6, "leo1"),
        (500.1, 0.001, 97.0, 94.6, "leo2"),
        (750.1, 0.001, 98.0, 99.8, "leo3"),
        (1500.0, 0.01, 74.0, 116.0, "leo4"),
        (35780.0, 0.0002, 0.05, 1436.1, "geo"),
        (35780.0, 0.0002, 55.0, 1436.1, "deep-space"),  # an inclined one: not in table 3
        (20180.0, 0.005, 55.0, 718.0, "deep-space"),
        (600.0, 0.7, 63.4, 718.0, "deep-space"),
        (300.0, 0.30, 30.0, 150.0, "near-earth"),
        (3000.0, 0.01, 30.0, 150.0, "near-earth"),
    ],
)
def test_each_orbit_gets_the_volume_that_is_meant_for_it(
    perigee_km, eccentricity, inclination_deg, period_min, name
):
    columns = (np.array([v]) for v in (perigee_km, eccentricity, inclination_deg, period_min))
    assert half_sizes_by_regime(*columns).tolist() == [list(HANDBOOK_KM[name])]
