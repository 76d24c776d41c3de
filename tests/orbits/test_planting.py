"""Planted encounters happen where and when the truth says, by the reference SGP4."""

from __future__ import annotations

import numpy as np
import pytest
from sgp4.api import WGS72, Satrec

from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, parse_utc, tai_ns_to_utc_jd, tai_ns_to_utc_ns
from skypact.catalog.population import make_population
from skypact.errors import PropagationError
from skypact.formats.elements import ElementTable
from skypact.orbits.planting import Plant, plant

EPOCH = parse_utc("2026-11-23T00:00:00Z")
HOUR_NS = 3600 * NS_PER_S


@pytest.fixture(scope="module")
def table() -> ElementTable:
    return make_population(4, 600, EPOCH).table


def _satrec(table: ElementTable, k: int) -> Satrec:
    turn = np.pi / 180.0
    satrec = Satrec()
    days = int(tai_ns_to_utc_ns(int(table.epoch_tai_ns[k]))) / NS_PER_DAY + (2451545.0 - 2433281.5)
    satrec.sgp4init(
        WGS72, "i", 1, days, table.bstar_per_er[k], 0.0, 0.0, table.eccentricity[k],
        table.arg_perigee_deg[k] * turn, table.inclination_deg[k] * turn, table.mean_anomaly_deg[k] * turn,
        table.mean_motion_rev_d[k] * 2.0 * np.pi / 1440.0, table.raan_deg[k] * turn,
    )  # fmt: skip
    return satrec


def _distance_km(table: ElementTable, one: int, two: int, tai_ns: int) -> float:
    jd, fraction = tai_ns_to_utc_jd(tai_ns)
    places = []
    for k in (one, two):
        error, r, _ = _satrec(table, k).sgp4(float(jd), float(fraction))
        assert error == 0
        places.append(np.array(r))
    return float(np.linalg.norm(places[0] - places[1]))


def test_truth_is_what_the_reference_sgp4_says(table: ElementTable) -> None:
    plants = [
        Plant(k, 400 + 9 * k, EPOCH + int((0.5 + 16.0 * k) * HOUR_NS), miss, crossing, 71.0 * k)
        for k, (miss, crossing) in enumerate(
            [(0.01, 90.0), (0.3, 2.0), (1.0, 178.0), (2.5, 30.0), (4.0, 140.0), (0.5, 6.0), (3.0, 60.0)]
        )
    ]
    planted, truth = plant(table, plants)
    for k, wanted in enumerate(plants):
        one, two, tca = int(truth.row_1[k]), int(truth.row_2[k]), int(truth.tca_tai_ns[k])
        assert (one, two) == (wanted.target_row, wanted.carrier_row)
        at_tca = _distance_km(planted, one, two, tca)
        assert at_tca == pytest.approx(truth.miss_km[k], abs=2e-6)
        around = [_distance_km(planted, one, two, tca + step) for step in (-NS_PER_S, NS_PER_S)]
        assert min(around) > at_tca  # a minimum indeed
        assert truth.miss_km[k] == pytest.approx(wanted.miss_km, abs=0.06)  # rounding of elements: some 10 m
        assert abs(tca - wanted.tca_tai_ns) < NS_PER_S


def test_only_the_carriers_change(table: ElementTable) -> None:
    planted, _ = plant(table, [Plant(0, 500, EPOCH + HOUR_NS, 1.0, 90.0, 0.0)])
    changed = planted.raan_deg != table.raan_deg
    assert np.flatnonzero(changed).tolist() == [500]
    assert planted.object_name[500] == table.object_name[500]
    assert planted.extra["DATA_MODE"][500] == "EXERCISE"


def test_nothing_planted_changes_nothing(table: ElementTable) -> None:
    planted, truth = plant(table, [])
    assert planted is table
    assert len(truth.miss_km) == 0


def test_a_target_that_is_not_in_orbit_is_named(table: ElementTable) -> None:
    dead = table.take(np.arange(len(table)))
    dead.eccentricity[3] = 1.0
    with pytest.raises(PropagationError, match=str(dead.norad[3])):
        plant(dead, [Plant(3, 500, EPOCH + HOUR_NS, 1.0, 90.0, 0.0)])
