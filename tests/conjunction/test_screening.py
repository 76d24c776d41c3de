"""Screening against brute force, and its rules at edges, for slow pairs and for absent objects."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import NS_PER_S, parse_utc
from skypact.conjunction.encounters import EncounterKind, EncounterTable
from skypact.conjunction.screening import screen_catalog
from skypact.formats.elements import ElementTable
from tests.conjunction.catalogs import FULL_2024, every, read_catalog
from tests.plain.screening_plain import BruteForce

START = parse_utc("2024-11-01T00:00:00Z")
TCA_TOLERANCE_S = 1e-3
MISS_TOLERANCE_KM = 1e-3
"""The acceptance of the issue: 1 ms and 1 m for relative speeds above 0.1 km/s."""


def encounters_of(
    table: ElementTable, hours: float, threshold_km: float = 5.0, **options: object
) -> EncounterTable:
    return screen_catalog(table, START, hours, threshold_km, **options).encounters  # type: ignore[arg-type]


def rows(table: ElementTable, found: EncounterTable, kind: EncounterKind = EncounterKind.ENCOUNTER):
    some = found.take(found.is_kind(kind))
    time_s = (some.tca_tai_ns - START) / NS_PER_S
    pairs = np.sort(np.stack([table.norad[some.row_1], table.norad[some.row_2]], axis=1), axis=1)
    order = np.lexsort((time_s, pairs[:, 1], pairs[:, 0]))
    return pairs[order], time_s[order], some.miss_km[order], some.rel_speed_km_s[order]


def assert_same(
    table: ElementTable, found: EncounterTable, truth: list[tuple[int, int, float, float, float]]
) -> None:
    """Identity of pairs, TCA and miss distance of all encounters."""
    pairs, time_s, miss_km, _ = rows(table, found)
    truth = sorted(truth)
    assert [tuple(p) for p in pairs.tolist()] == [(a, b) for a, b, *_ in truth]
    fast = np.array([speed > 0.1 for *_, speed in truth], dtype=np.bool_)
    dt = np.abs(time_s - np.array([t for _, _, t, _, _ in truth]))
    dm = np.abs(miss_km - np.array([m for _, _, _, m, _ in truth]))
    assert dt[fast].max(initial=0.0) <= TCA_TOLERANCE_S
    assert dm[fast].max(initial=0.0) <= MISS_TOLERANCE_KM


def shared_truth(path: Path) -> list[tuple[int, int, float, float, float]]:
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    with gzip.open(path, "rt") as stream:
        return [
            (int(r["norad_1"]), int(r["norad_2"]), (parse_utc(r["tca_utc"]) - START) / NS_PER_S,
             float(r["miss_km"]), float(r["rel_speed_km_s"]))
            for r in csv.DictReader(stream)
        ]  # fmt: skip


@pytest.fixture(scope="module")
def thirteenth(shared_data: Path) -> ElementTable:
    return every(read_catalog(shared_data / FULL_2024), 13)


def test_every_thirteenth_object_gives_the_encounters_of_the_shared_list(thirteenth, shared_data):
    truth = shared_truth(shared_data / "screening/celestrak_2024-11-01_24h_5km.events.csv.gz")
    numbers = set(thirteenth.norad.tolist())
    part = [t for t in truth if t[0] in numbers and t[1] in numbers]
    assert len(part) == 147
    assert_same(thirteenth, encounters_of(thirteenth, 24.0), part)


@pytest.mark.slow
def test_the_full_catalog_gives_all_encounters_of_the_shared_list_and_none_more(shared_data):
    table = read_catalog(shared_data / FULL_2024)
    truth = shared_truth(shared_data / "screening/celestrak_2024-11-01_24h_5km.events.csv.gz")
    found = encounters_of(table, 24.0, workers=2)
    assert_same(table, found, truth)
    with gzip.open(shared_data / "screening/celestrak_2024-11-01_24h_5km.comoving.csv.gz", "rt") as stream:
        co_moving = {tuple(sorted((int(r["norad_1"]), int(r["norad_2"])))) for r in csv.DictReader(stream)}
    pairs, *_ = rows(table, found, EncounterKind.CO_MOVING)
    assert {tuple(p) for p in pairs.tolist()} == co_moving
    again = encounters_of(table, 24.0, workers=1)
    assert np.array_equal(found.tca_tai_ns, again.tca_tai_ns)
    assert np.array_equal(found.miss_km, again.miss_km)


def brute(
    table: ElementTable, hours: float, threshold_km: float
) -> list[tuple[int, int, float, float, float]]:
    minima = BruteForce(table, START).minima(hours * 3600.0, threshold_km)
    return [(m.norad_1, m.norad_2, m.time_s, m.miss_km, m.speed_km_s) for m in minima]


def without_co_moving(table: ElementTable, found: EncounterTable, truth: list) -> list:
    """Leave out what the rules of co-moving pairs take out of the list of minima."""
    whole = found.take(found.is_kind(EncounterKind.CO_MOVING))
    throughout = whole.take(
        (whole.stop_tai_ns - whole.start_tai_ns) >= (whole.stop_tai_ns.max(initial=0) - START)
    )
    numbers = np.sort(
        np.stack([table.norad[throughout.row_1], table.norad[throughout.row_2]], axis=1), axis=1
    )
    pairs = {tuple(p) for p in numbers.tolist()}
    return [t for t in truth if t[4] >= 0.010 and (t[0], t[1]) not in pairs]


@pytest.mark.parametrize("threshold_km", [0.5, 25.0])
def test_a_subset_equals_brute_force_at_other_thresholds(thirteenth, threshold_km):
    table = every(thirteenth, 2)
    found = encounters_of(table, 1.0, threshold_km)
    truth = brute(table, 1.0, threshold_km)
    assert_same(table, found, without_co_moving(table, found, truth))


@pytest.mark.slow
def test_one_full_hour_equals_brute_force(shared_data):
    table = read_catalog(shared_data / FULL_2024)
    found = encounters_of(table, 1.0, workers=2)
    assert_same(table, found, without_co_moving(table, found, brute(table, 1.0, 5.0)))


def test_workers_and_order_of_objects_do_not_change_the_list(thirteenth):
    one = encounters_of(thirteenth, 3.0, workers=1)
    two = encounters_of(thirteenth, 3.0, workers=2)
    assert np.array_equal(one.tca_tai_ns, two.tca_tai_ns)
    assert np.array_equal(one.miss_km, two.miss_km)
    order = np.random.default_rng(5).permutation(len(thirteenth))
    shuffled = thirteenth.take(order)
    pairs, time_s, miss_km, _ = rows(thirteenth, one)
    other_pairs, other_s, other_miss_km, _ = rows(shuffled, encounters_of(shuffled, 3.0))
    assert np.array_equal(pairs, other_pairs)
    assert np.abs(time_s - other_s).max() < 1e-6
    assert np.abs(miss_km - other_miss_km).max() < 1e-9


def test_windows_join_without_loss_or_doubles(thirteenth):
    whole = rows(thirteenth, encounters_of(thirteenth, 2.0))
    first = rows(thirteenth, encounters_of(thirteenth, 1.2345))
    later = screen_catalog(thirteenth, START + round(1.2345 * 3600) * NS_PER_S, 2.0 - 1.2345, 5.0).encounters
    second = rows(thirteenth, later)
    joined = sorted(map(tuple, np.concatenate([first[0], second[0]]).tolist()))
    assert joined == sorted(map(tuple, whole[0].tolist()))


def closest(table: ElementTable) -> tuple[ElementTable, float]:
    """Return the two objects of the first fast encounter, and its time in seconds."""
    found = encounters_of(table, 2.0)
    fast = found.take(
        found.is_kind(EncounterKind.ENCOUNTER) & (found.rel_speed_km_s > 5) & (found.miss_km < 4.5)
    )
    return table.take(np.array([fast.row_1[0], fast.row_2[0]])), (fast.tca_tai_ns[0] - START) / NS_PER_S


@pytest.mark.parametrize("ahead_s", [-0.05, 0.05])
def test_a_minimum_outside_the_window_is_an_edge_row_not_an_encounter(thirteenth, ahead_s):
    pair, tca_s = closest(thirteenth)
    if ahead_s < 0:  # the window ends just before the minimum
        found = screen_catalog(pair, START, (tca_s + ahead_s) / 3600.0, 5.0).encounters
    else:  # the window starts just after it
        found = screen_catalog(pair, START + round((tca_s + ahead_s) * NS_PER_S), 0.2, 5.0).encounters
    assert found.is_kind(EncounterKind.EDGE).tolist() == [True]
    expected = START + round((tca_s + ahead_s) * NS_PER_S)
    assert abs(int(found.tca_tai_ns[0]) - expected) < 1000


def test_an_object_listed_twice_is_one_co_moving_row(thirteenth):
    one = thirteenth.take(np.array([100]))
    twin = replace(one, norad=one.norad + 1)
    found = encounters_of(ElementTable.concatenate([one, twin]), 2.0)
    assert found.is_kind(EncounterKind.CO_MOVING).tolist() == [True]
    assert found.miss_km[0] == 0.0
    assert (found.stop_tai_ns[0] - found.start_tai_ns[0]) / NS_PER_S == 7200.0


def test_a_slow_drift_past_is_followed_to_its_minimum(thirteenth):
    """Two objects on one orbit, a few km apart and drifting: minima by dense sampling are all found."""
    one = thirteenth.take(np.flatnonzero(thirteenth.eccentricity < 0.002)[:1])
    other = replace(
        one,
        norad=one.norad + 1,
        mean_anomaly_deg=one.mean_anomaly_deg + 0.1,
        mean_motion_rev_d=one.mean_motion_rev_d - 0.004,
        inclination_deg=one.inclination_deg + 0.01,
    )
    table = ElementTable.concatenate([one, other])
    found = encounters_of(table, 24.0, 5.0)
    truth = [t for t in brute(table, 24.0, 5.0) if t[4] >= 0.010]
    pairs, time_s, miss_km, _ = rows(table, found)
    slow = found.is_kind(EncounterKind.CO_MOVING)
    assert slow.any() or len(truth) == len(pairs)
    assert len(pairs) == len(truth)
    assert np.allclose(time_s, sorted(t[2] for t in truth), atol=0.05)
    assert np.allclose(miss_km, [t[3] for t in sorted(truth, key=lambda t: t[2])], atol=1e-6)


def test_only_pairs_with_a_primary_are_listed_and_it_comes_first(thirteenth):
    everything = encounters_of(thirteenth, 6.0)
    second = int(everything.row_2[0])
    primary = np.zeros(len(thirteenth), dtype=np.bool_)
    primary[second] = True
    some = encounters_of(thirteenth, 6.0, primary=primary)
    both = (everything.row_1 == second) | (everything.row_2 == second)
    assert len(some) == both.sum()
    assert (some.row_1 == second).all()


def test_an_object_that_decays_is_absent_from_its_error_on_and_named(thirteenth):
    one = thirteenth.take(np.flatnonzero(thirteenth.mean_motion_rev_d > 15.8)[:1])
    falling = replace(one, norad=one.norad + 1, bstar_per_er=one.bstar_per_er * 0 + 5.0)
    result = screen_catalog(ElementTable.concatenate([one, falling]), START, 48.0, 5.0)
    assert result.absent.tolist() == [1]


@pytest.mark.parametrize("count", [0, 1])
def test_no_pairs_no_encounters(thirteenth, count):
    assert len(encounters_of(thirteenth.take(np.arange(count)), 2.0)) == 0


def test_a_past_window_is_screened_as_well(thirteenth):
    table = every(thirteenth, 4)
    start = START - 5 * 86_400 * NS_PER_S
    found = screen_catalog(table, start, 2.0, 20.0).encounters
    minima = BruteForce(table, start).minima(7200.0, 20.0)
    fast = [m for m in minima if m.speed_km_s > 0.5]
    assert found.is_kind(EncounterKind.ENCOUNTER).sum() >= len(fast) > 0


def test_few_primaries_give_the_rows_of_all_against_all(thirteenth, monkeypatch):
    """The faster search for a few objects of every regime finds what the general one finds."""
    from skypact.conjunction import screening

    table = thirteenth
    rng = np.random.default_rng(2)
    primary = np.zeros(len(table), dtype=np.bool_)
    primary[rng.choice(len(table), 12, replace=False)] = True
    primary[np.flatnonzero(table.eccentricity > 0.5)[:4]] = True
    primary[np.flatnonzero(table.mean_motion_rev_d < 1.1)[:4]] = True
    few = encounters_of(table, 24.0, 20.0, primary=primary, workers=2)
    monkeypatch.setattr(screening, "FEW_MAX", 0)
    general = encounters_of(table, 24.0, 20.0, primary=primary)
    assert len(few) > 20
    assert np.array_equal(few.row_1, general.row_1)
    assert np.array_equal(few.row_2, general.row_2)
    assert np.abs(few.tca_tai_ns - general.tca_tai_ns).max() < 1000
