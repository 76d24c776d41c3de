"""Encounters of element sets: the SOCRATES maximum and Pc with assumed covariances."""

from __future__ import annotations

import csv
import gzip
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import parse_utc
from skypact.conjunction.covariance_assumed import assumed_by_regime
from skypact.conjunction.pc import probability
from skypact.conjunction.pc_elements import EncounterArrays, assumed_probability, socrates_maximum
from skypact.conjunction.pc_geometry import EncounterStates, ObjectState
from skypact.errors import UsageError
from skypact.formats.catalog_files import read_elements
from skypact.formats.elements import ElementTable
from skypact.formats.reading import RawInput
from skypact.orbits.sgp4 import Sgp4Models, propagate
from tests.conjunction.pc_cases import cara_cases


def crossing(miss_km: list[float], angle_deg: list[float], hbr_m: list[float]) -> EncounterArrays:
    """Circular orbits at 7,000 km that cross at angles, the miss along the radius."""
    angle = np.radians(angle_deg)
    count = len(miss_km)
    r = np.tile([7000.0, 0.0, 0.0], (count, 1))
    other = r + np.array(miss_km)[:, None] * np.array([1.0, 0.0, 0.0])
    v1 = np.tile([0.0, 7.5, 0.0], (count, 1))
    v2 = 7.5 * np.stack([np.zeros(count), np.cos(angle), np.sin(angle)], axis=1)
    return EncounterArrays(r, v1, other, v2, np.array(hbr_m) / 1e3)


def pair(shared_data: Path) -> list[ElementTable]:
    folder = shared_data / "socrates" / "graze_matched_pair"
    return [
        read_elements(RawInput(name, (folder / name).read_bytes()))[0]
        for name in ("gp_43770.json", "gp_57497.json")
    ]


def encounter_of_pair(shared_data: Path, hbr_m: float) -> EncounterArrays:
    tca = np.array([parse_utc("2026-06-16T00:50:11.958Z")])
    states = [propagate(Sgp4Models.from_elements(t), tca) for t in pair(shared_data)]
    return EncounterArrays(
        *(a[0] for s in states for a in (s.position_km, s.velocity_km_s)), np.array([hbr_m / 1e3])
    )


def test_event_of_socrates_has_its_range_speed_and_dilution(shared_data: Path) -> None:
    # the row gives MAX_PROB 1.904E-01 and DILUTION 0.006 km but not the radius; one radius must give both
    event = encounter_of_pair(shared_data, 10.0)
    rows = [socrates_maximum(replace(event, hbr_km=np.array([r]))) for r in np.linspace(0.002, 0.015, 400)]
    assert event.miss_km[0] == pytest.approx(0.021, abs=5e-4)
    assert event.relative_speed_km_s[0] == pytest.approx(8.558, abs=5e-4)
    best = min(rows, key=lambda row: abs(row[0][0] - 0.1904))
    assert best[0][0] == pytest.approx(0.1904, abs=1e-3)
    assert best[1][0] == pytest.approx(0.006, abs=5e-4)


def test_ratio_of_axes_explains_the_dilution_thresholds_of_socrates(shared_data: Path) -> None:
    # for small bodies the threshold is miss / (sqrt(2) ratio); for circular orbits the speed gives the ratio
    path = shared_data / "socrates" / "socrates_20201214133452.csv.gz"
    with gzip.open(path, "rt") as stream:
        rows = [r for r in csv.DictReader(stream) if r["extract_sort"] == "MAXPROB"]
    compared = 0
    for row in rows:
        miss, speed = float(row["min_rng_km"]), float(row["rel_velo_kms"])
        threshold, largest = float(row["dil_thr_km"]), float(row["max_prob"])
        if threshold < 0.02 or largest > 0.02 or not 1.0 < speed < 14.8:
            continue
        angle = 2.0 * math.degrees(math.asin(min(1.0, speed / 15.0)))
        got = socrates_maximum(crossing([miss], [angle], [1.0]))[1][0]
        # heights differ, orbits are not circular and the miss is not radial: agreement in the middle
        compared += abs(got / threshold - 1.0) < 0.1
    assert compared > 20


def test_head_on_and_parallel_encounters_have_ratios_one_and_three() -> None:
    encounters = crossing([1.0, 1.0, 1.0], [179.9, 90.0, 1.0], [1.0, 1.0, 1.0])
    pc_max, sigma_km = socrates_maximum(encounters)
    expected = np.array([1.0, math.sqrt(5.0), 3.0])
    assert sigma_km == pytest.approx(1.0 / (math.sqrt(2.0) * expected), rel=1e-3)
    assert pc_max == pytest.approx(expected * 1e-6 / math.e, rel=1e-3)


def test_body_larger_than_the_miss_has_maximum_one() -> None:
    pc_max, sigma_km = socrates_maximum(crossing([0.005], [60.0], [10.0]))
    assert (pc_max[0], sigma_km[0]) == (1.0, 0.0)


def test_bulk_value_is_that_of_the_single_one() -> None:
    encounters = crossing([0.1, 0.4, 2.0], [30.0, 90.0, 150.0], [10.0, 5.0, 20.0])
    covariance = np.broadcast_to(np.diag([0.04, 1.0, 0.09]), (3, 3, 3))
    result = assumed_probability(encounters, covariance, covariance)
    assert result.straight.all()
    for i in range(3):
        first = ObjectState.from_rtn(
            encounters.position_1_km[i], encounters.velocity_1_km_s[i], np.diag([0.04, 1.0, 0.09])
        )
        second = ObjectState.from_rtn(
            encounters.position_2_km[i], encounters.velocity_2_km_s[i], np.diag([0.04, 1.0, 0.09])
        )
        single = EncounterStates(first, second, float(encounters.hbr_km[i]))
        assert result.pc[i] == pytest.approx(probability(single).pc, rel=1e-9)
        assert result.pc_max[i] == pytest.approx(probability(single, "alfriend-max").pc, rel=1e-9)
    assert np.all(result.pc <= result.pc_max * 1.01)


def test_quick_test_of_straightness_flags_what_cara_flags(shared_data: Path) -> None:
    flagged, false = 0, 0
    for case in cara_cases(shared_data):
        e = case.encounter
        one = EncounterArrays(
            e.primary.position_km[None], e.primary.velocity_km_s[None], e.secondary.position_km[None],
            e.secondary.velocity_km_s[None], np.array([e.hbr_km]),
        )  # fmt: skip
        from skypact.astro.local_axes import covariance_to_local, local_matrix

        local = [
            covariance_to_local(
                o.covariance[None, :3, :3], local_matrix(o.position_km[None], o.velocity_km_s[None])
            )
            for o in (e.primary, e.secondary)
        ]
        straight = bool(assumed_probability(one, *local).straight[0])
        violated = float(case.row["ViolationsPc2D"]) > 0
        flagged += violated and not straight
        false += not violated and not straight
    assert flagged == 15
    assert false <= 3


def test_objects_at_rest_to_each_other_have_no_value() -> None:
    encounters = crossing([0.1, 0.1], [0.0, 90.0], [10.0, 10.0])
    covariance = np.broadcast_to(np.eye(3), (2, 3, 3))
    result = assumed_probability(encounters, covariance, covariance)
    assert np.isnan(result.pc[0])
    assert np.isfinite(result.pc[1])
    assert list(result.straight) == [False, True]
    assert np.isnan(socrates_maximum(encounters)[0][0])


def test_no_encounter_at_all_is_fine() -> None:
    none = crossing([], [], [])
    assert socrates_maximum(none)[0].shape == (0,)
    assert assumed_probability(none, np.zeros((0, 3, 3)), np.zeros((0, 3, 3))).pc.shape == (0,)


def test_radius_of_zero_is_refused() -> None:
    with pytest.raises(UsageError, match="radius"):
        crossing([1.0], [90.0], [0.0])


def test_assumed_covariances_of_a_catalog_feed_it(shared_data: Path) -> None:
    tables = pair(shared_data)
    models = [assumed_by_regime(t) for t in tables]
    encounters = encounter_of_pair(shared_data, 10.0)
    result = assumed_probability(encounters, *(m.covariance_rtn_km2(np.array([5.0])) for m in models))
    assert 0.0 < result.pc[0] < result.pc_max[0]
    assert result.straight[0]
    assert all("Flohrer" in m.source[0] for m in models)
