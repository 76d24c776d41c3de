"""Screening of ephemerides: against element sets, against each other, around the Moon, with burns and gaps.

Every list is compared with brute force on the exact paths that the ephemerides were sampled from.
"""

from __future__ import annotations

import itertools
from pathlib import Path as FilePath

import numpy as np
import pytest

from skypact.astro.constants import MOON, MOON_MU_KM3_S2
from skypact.astro.frames import Frame
from skypact.astro.timescales import NS_PER_S, parse_utc
from skypact.conjunction.bodies import Bodies
from skypact.conjunction.encounters import EncounterKind, EncounterTable
from skypact.conjunction.screening import PairChoice, screen_bodies, screen_catalog
from skypact.formats.elements import ElementTable
from tests.conjunction.catalogs import FULL_2024, every, read_catalog
from tests.conjunction.paths import sampled
from tests.plain.screening_plain import Path, elements_path, joined_path, kepler_path, path_minima

START = parse_utc("2024-11-01T00:00:00Z")
MU_EARTH = 398600.8
DAY_S = 86400.0


@pytest.fixture(scope="module")
def catalog(shared_data: FilePath) -> ElementTable:
    return every(read_catalog(shared_data / FULL_2024), 13)


def times_s(found: EncounterTable) -> np.ndarray:
    return (found.tca_tai_ns - START) / NS_PER_S


def of_pair(found: EncounterTable, one: int, other: int) -> list[float]:
    """Times of the encounters of two rows."""
    rows = found.is_kind(EncounterKind.ENCOUNTER)
    rows &= np.minimum(found.row_1, found.row_2) == min(one, other)
    rows &= np.maximum(found.row_1, found.row_2) == max(one, other)
    return times_s(found)[rows].tolist()


def assert_same_times(found: list[float], truth: list[float], tolerance_s: float = 1e-3) -> None:
    assert len(found) == len(truth), (found, truth)
    assert np.abs(np.array(found) - np.array(truth)).max(initial=0.0) <= tolerance_s


def test_an_ephemeris_of_an_element_set_has_its_encounters(catalog):
    """In both searches: a few primaries, and all against all."""
    hours, threshold_km = 24.0, 15.0
    expected = screen_catalog(catalog, START, hours, threshold_km).encounters
    counts = np.bincount(np.concatenate([expected.row_1, expected.row_2]), minlength=len(catalog))
    chosen = np.argsort(counts)[-3:]
    others = catalog.take(np.setdiff1d(np.arange(len(catalog)), chosen))
    ephemerides = [
        sampled(int(catalog.norad[k]), START, (0.0, DAY_S, elements_path(catalog, k, START)), step_s=60.0)
        for k in chosen
    ]
    bodies = Bodies.of(others, START, ephemerides, catalog.norad[chosen].tolist())
    primary = np.arange(len(bodies)) >= len(others)
    few = screen_bodies(
        bodies, others.eccentricity, hours=hours, threshold_km=threshold_km, choice=PairChoice(primary)
    ).encounters
    every_pair = screen_bodies(bodies, others.eccentricity, hours=hours, threshold_km=threshold_km).encounters
    norad = bodies.norad
    for found in (few, every_pair.take(primary[every_pair.row_1] | primary[every_pair.row_2])):
        got = sorted(
            (*sorted((int(norad[i]), int(norad[j]))), t, m)
            for i, j, t, m in zip(found.row_1, found.row_2, times_s(found), found.miss_km, strict=True)
        )
        wanted = sorted(
            (*sorted((int(catalog.norad[i]), int(catalog.norad[j]))), t, m)
            for i, j, t, m in zip(
                expected.row_1, expected.row_2, times_s(expected), expected.miss_km, strict=True
            )
            if i in chosen or j in chosen
        )
        assert [g[:2] for g in got] == [w[:2] for w in wanted]
        assert len(got) > 20
        assert max(abs(g[2] - w[2]) for g, w in zip(got, wanted, strict=True)) < 1e-3
        assert max(abs(g[3] - w[3]) for g, w in zip(got, wanted, strict=True)) < 1e-3
    assert set(few.row_1.tolist()) <= set(np.flatnonzero(primary).tolist())


def test_ephemerides_alone_have_the_encounters_of_the_element_sets(catalog):
    hours, threshold_km = 6.0, 25.0
    near = screen_catalog(catalog, START, hours, threshold_km).encounters
    rows = np.unique(np.concatenate([near.row_1[:20], near.row_2[:20]]))
    table = catalog.take(rows)
    expected = screen_catalog(table, START, hours, threshold_km).encounters
    ephemerides = [
        sampled(k, START, (-600.0, hours * 3600 + 600.0, elements_path(table, k, START)), step_s=60.0)
        for k in range(len(table))
    ]
    bodies = Bodies.of(None, START, ephemerides, table.norad.tolist())
    found = screen_bodies(bodies, np.empty(0), hours=hours, threshold_km=threshold_km)
    assert found.absent.size == 0
    assert np.array_equal(found.encounters.row_1, expected.row_1)
    assert np.array_equal(found.encounters.kind, expected.kind)
    assert np.abs(times_s(found.encounters) - times_s(expected)).max() < 1e-3
    assert np.abs(found.encounters.miss_km - expected.miss_km).max() < 1e-3


def circular(radius_km: float, inclination: float, node: float, phase: float, mu: float) -> Path:
    speed = np.sqrt(mu / radius_km)
    a = np.array([np.cos(node), np.sin(node), 0.0])
    b = np.array(
        [-np.sin(node) * np.cos(inclination), np.cos(node) * np.cos(inclination), np.sin(inclination)]
    )
    return kepler_path(
        radius_km * (np.cos(phase) * a + np.sin(phase) * b),
        speed * (np.cos(phase) * b - np.sin(phase) * a),
        mu,
        0.0,
    )


def test_lunar_orbiters_are_screened_around_the_moon():
    rng = np.random.default_rng(11)
    hours, threshold_km = 24.0, 60.0
    grid_s = np.arange(0.0, hours * 3600 + 1.0, 15.0)
    paths = [
        circular(1838.0 + rng.uniform(-20, 20), *rng.uniform(0, np.pi, 3), MOON_MU_KM3_S2) for _ in range(9)
    ]
    ephemerides = [
        sampled(k, START, (0.0, hours * 3600, p), step_s=60.0, frame=Frame.GCRF, center=MOON)
        for k, p in enumerate(paths)
    ]
    bodies = Bodies.of(None, START, ephemerides, range(9), mu_km3_s2=MOON_MU_KM3_S2, j2_factor_km2=0.0)
    found = screen_bodies(bodies, np.empty(0), hours=hours, threshold_km=threshold_km).encounters
    total = 0
    for i, j in itertools.combinations(range(9), 2):
        truth = path_minima(paths[i], paths[j], grid_s, threshold_km)
        total += len(truth)
        assert_same_times(of_pair(found, i, j), truth)
    assert total >= 10


def around(at_s: float) -> np.ndarray:
    """Times of the whole window, dense around one of them."""
    return np.unique(np.concatenate([np.arange(0.0, 9001.0, 1.0), at_s + np.arange(-5.0, 5.0, 0.01)]))


def passing_pair(speed_km_s: float, at_s: float, miss_km: float) -> tuple[Path, Path]:
    """Two objects at 7,000 km that pass each other at a time, with a relative speed and a miss distance."""
    r = np.array([7000.0, 0.0, 0.0])
    v = np.array([0.0, np.sqrt(MU_EARTH / 7000.0), 0.0])
    angle = 2.0 * np.arcsin(speed_km_s / (2.0 * v[1]))
    other = np.array([0.0, v[1] * np.cos(angle), v[1] * np.sin(angle)])
    return kepler_path(r, v, MU_EARTH, at_s), kepler_path(
        r + np.array([miss_km, 0.0, 0.0]), other, MU_EARTH, at_s
    )


@pytest.mark.parametrize("speed_km_s", [0.05, 0.4, 3.0, 12.0])
def test_an_unknown_center_is_searched_wider_not_wrongly(speed_km_s):
    """Without the right gravity the polynomials are wrong by kilometers; nothing may be lost."""
    one, other = passing_pair(speed_km_s, 4321.0, 1.0)
    ephemerides = [sampled(k, START, (0.0, 9000.0, p)) for k, p in enumerate((one, other), 1)]
    bodies = Bodies.of(None, START, ephemerides, (1, 2), mu_km3_s2=0.0, j2_factor_km2=0.0)
    found = screen_bodies(bodies, np.empty(0), hours=2.5, threshold_km=5.0).encounters
    truth = path_minima(one, other, np.arange(0.0, 9001.0, 1.0), 5.0)
    assert_same_times(of_pair(found, 0, 1), truth, 1e-3 if speed_km_s > 0.1 else 0.05)


@pytest.mark.parametrize("speed_km_s", [0.05, 0.4, 3.0, 12.0])
@pytest.mark.parametrize("edge_s", [-8.0, -0.3, 0.3, 8.0, 70.0])
def test_an_ephemeris_is_absent_outside_its_span_and_seen_up_to_its_edge(speed_km_s, edge_s):
    """It begins (then: ends) ``edge_s`` before the closest approach; never an edge row inside the window."""
    at_s = 4_321.0
    one, other = passing_pair(speed_km_s, at_s, 1.0)
    for first, last in ((at_s - edge_s, 9000.0), (500.0, at_s + edge_s)):
        ephemerides = [sampled(1, START, (first, last, one)), sampled(2, START, (0.0, 9000.0, other))]
        bodies = Bodies.of(None, START, ephemerides, (1, 2))
        result = screen_bodies(bodies, np.empty(0), hours=2.5, threshold_km=5.0)
        truth = path_minima(joined_path((first, last, one)), other, around(at_s), 5.0)
        assert_same_times(of_pair(result.encounters, 0, 1), truth, 1e-3 if speed_km_s > 0.1 else 0.05)
        assert not result.encounters.is_kind(EncounterKind.EDGE).any()
        assert result.absent.tolist() == [0]


@pytest.mark.parametrize("begin_s", [10.0, 130.0, 299.9, 301.0])
def test_an_ephemeris_of_seconds_is_screened(begin_s):
    one, other = passing_pair(9.0, begin_s + 3.0, 0.5)
    ephemerides = [
        sampled(1, START, (begin_s, begin_s + 5.0, one), step_s=1.0),
        sampled(2, START, (0.0, 3600.0, other)),
    ]
    bodies = Bodies.of(None, START, ephemerides, (1, 2))
    found = screen_bodies(bodies, np.empty(0), hours=1.0, threshold_km=5.0).encounters
    assert_same_times(of_pair(found, 0, 1), [begin_s + 3.0])


def test_a_gap_between_segments_is_absence():
    """Twice the same pass: one in the gap, one in the second segment half an orbit later."""
    one, other = passing_pair(5.0, 3000.0, 0.5)
    truth = path_minima(one, other, np.arange(0.0, 9001.0, 1.0), 5.0)
    assert len(truth) == 3
    parts = ((0.0, truth[1] - 40.0, one), (truth[1] + 30.0, 9000.0, one))
    bodies = Bodies.of(
        None, START, [sampled(1, START, *parts), sampled(2, START, (0.0, 9000.0, other))], (1, 2)
    )
    result = screen_bodies(bodies, np.empty(0), hours=2.5, threshold_km=5.0)
    assert_same_times(of_pair(result.encounters, 0, 1), [truth[0], truth[2]])
    assert result.absent.tolist() == [0]
    states, exist = bodies.states(np.array([0, 0, 0]), np.array([truth[1], 100.0, 1e6]))
    assert exist.tolist() == [False, True, False]
    assert np.isnan(states[0]).all()


@pytest.mark.parametrize("burn_km_s", [0.001, 0.03, 0.3, 1.5])
@pytest.mark.parametrize("after_s", [-100.0, -2.0, 1.0, 45.0])
@pytest.mark.parametrize("speed_km_s", [0.35, 7.0])
def test_a_burn_inside_an_ephemeris_loses_nothing(burn_km_s, after_s, speed_km_s):
    """The pass is ``after_s`` past a burn in the middle of a knot interval."""
    burn_s = 4_350.0
    r_after, other = passing_pair(speed_km_s, burn_s + after_s, 2.0)
    state = r_after(np.array([burn_s]))[0]
    change = burn_km_s * np.array([0.3, -0.5, 0.81])
    before = kepler_path(state[:3], state[3:] - change, MU_EARTH, burn_s)
    parts = ((0.0, burn_s, before), (burn_s, 9000.0, r_after))
    bodies = Bodies.of(
        None, START, [sampled(1, START, *parts), sampled(2, START, (0.0, 9000.0, other))], (1, 2)
    )
    found = screen_bodies(bodies, np.empty(0), hours=2.5, threshold_km=5.0).encounters
    truth = path_minima(joined_path(*parts), other, around(burn_s), 5.0)
    assert truth or after_s < 0
    assert_same_times(of_pair(found, 0, 1), truth)


def test_a_pair_turned_away_by_a_burn_has_its_minimum_at_the_burn():
    """Approaching until the burn, receding from it on: the distance has a kink, and that is its minimum."""
    r = np.array([7000.0, 0.0, 0.0])
    v = np.array([0.0, np.sqrt(MU_EARTH / 7000.0), 0.0])
    other = kepler_path(r, v, MU_EARTH, 5000.0)
    near, change = r + np.array([0.0, 3.0, 0.0]), np.array([0.0, 0.05, 0.0])
    before = kepler_path(near, v - change, MU_EARTH, 5000.0)
    after = kepler_path(near, v + change, MU_EARTH, 5000.0)
    parts = ((4000.0, 5000.0, before), (5000.0, 6000.0, after))
    bodies = Bodies.of(
        None, START, [sampled(1, START, *parts), sampled(2, START, (0.0, 9000.0, other))], (1, 2)
    )
    found = screen_bodies(bodies, np.empty(0), hours=2.5, threshold_km=5.0).encounters
    assert_same_times(of_pair(found, 0, 1), [5000.0])
    assert found.miss_km[0] == pytest.approx(3.0, abs=1e-5)


def test_a_window_edge_inside_the_span_gives_an_edge_row(catalog):
    one, other = passing_pair(5.0, -2.0, 0.5)
    ephemerides = [sampled(k, START, (-600.0, 9000.0, p)) for k, p in enumerate((one, other), 1)]
    bodies = Bodies.of(None, START, ephemerides, (1, 2))
    found = screen_bodies(bodies, np.empty(0), hours=0.5, threshold_km=15.0).encounters
    assert found.is_kind(EncounterKind.EDGE).tolist() == [True]
    assert times_s(found).tolist() == [0.0]


def test_a_pair_close_throughout_the_span_of_an_ephemeris_is_co_moving():
    one = circular(7000.0, 0.9, 0.0, 0.0, MU_EARTH)
    other = circular(7000.0, 0.9, 0.0, 1e-4, MU_EARTH)
    ephemerides = [sampled(1, START, (700.0, 5000.0, one)), sampled(2, START, (0.0, 9000.0, other))]
    bodies = Bodies.of(None, START, ephemerides, (1, 2))
    found = screen_bodies(bodies, np.empty(0), hours=2.5, threshold_km=5.0).encounters
    assert found.is_kind(EncounterKind.CO_MOVING).tolist() == [True]
    start_s = (found.start_tai_ns - START) / NS_PER_S
    assert start_s.tolist() == [700.0]
    assert ((found.stop_tai_ns - START) / NS_PER_S).tolist() == [5000.0]


def test_an_ephemeris_of_another_year_meets_nobody(catalog):
    late = sampled(
        1, START + 400 * 86_400 * NS_PER_S, (0.0, 3600.0, circular(7000.0, 1.0, 0.0, 0.0, MU_EARTH))
    )
    table = catalog.take(np.arange(50))
    for choice in (PairChoice(), PairChoice(np.arange(51) == 50)):
        bodies = Bodies.of(table, START, [late], [1])
        result = screen_bodies(bodies, table.eccentricity, hours=1.0, threshold_km=500.0, choice=choice)
        assert 50 in result.absent
        assert not (result.encounters.row_2 == 50).any()


def test_two_sets_give_pairs_between_them_only(catalog):
    everything = screen_catalog(catalog, START, 6.0, 10.0).encounters
    for share in (
        0.5,
        0.002,
        0.998,
    ):  # more, less and nearly all of it: whichever side is few is searched from
        first = np.random.default_rng(1).random(len(catalog)) < share
        bodies = Bodies.of(catalog, START)
        found = screen_bodies(
            bodies, catalog.eccentricity, hours=6.0, threshold_km=10.0, choice=PairChoice(first, between=True)
        ).encounters
        wanted = everything.take(first[everything.row_1] ^ first[everything.row_2])
        assert first[found.row_1].all()
        assert not first[found.row_2].any()
        assert np.abs(np.sort(found.tca_tai_ns) - np.sort(wanted.tca_tai_ns)).max(initial=0) < 1000


def test_no_pairs_at_all_are_no_error():
    bodies = Bodies.of(None, START)
    assert len(screen_bodies(bodies, np.empty(0), hours=1.0, threshold_km=5.0).encounters) == 0
    one = sampled(1, START, (0.0, 3600.0, circular(7000.0, 1.0, 0.0, 0.0, MU_EARTH)))
    alone = Bodies.of(None, START, [one], [1])
    assert len(screen_bodies(alone, np.empty(0), hours=1.0, threshold_km=5.0).encounters) == 0
