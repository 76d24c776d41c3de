"""Passages through boxes, against dense sampling of exact paths and of a catalog."""

from __future__ import annotations

from pathlib import Path as FilePath

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skypact.astro.timescales import NS_PER_S, parse_utc
from skypact.conjunction.bodies import Bodies
from skypact.conjunction.encounters import EncounterKind, EncounterTable
from skypact.conjunction.screening import PairChoice, screen_bodies
from skypact.conjunction.volumes import box_motion, half_diagonal_km
from skypact.formats.elements import ElementTable
from skypact.orbits.sgp4 import propagate_knots
from tests.conjunction.catalogs import FULL_2024, every, read_catalog
from tests.conjunction.paths import sampled
from tests.plain.screening_plain import Path, box_stays, kepler_path, local_axes

START = parse_utc("2024-11-01T00:00:00Z")
MU = 398600.8
LEO_1_KM = np.array([0.4, 44.0, 51.0])


def stays_s(found: EncounterTable) -> np.ndarray:
    """Rows of entry, exit, nearest distance; in the order of entry."""
    assert found.is_kind(EncounterKind.VOLUME).all()
    rows = np.stack(
        [
            (found.start_tai_ns - START) / NS_PER_S,
            (found.stop_tai_ns - START) / NS_PER_S,
            found.miss_km,
        ],
        axis=1,
    )
    return rows[np.argsort(rows[:, 0])]


def screened(
    one: Path,
    other: Path,
    half_km: np.ndarray,
    hours: float,
    spans: tuple[tuple[float, float], tuple[float, float]] | None = None,
) -> EncounterTable:
    """Screen two ephemerides, 1 (whose box counts) and 2, of the whole window unless spans are given."""
    span_1, span_2 = spans or ((0.0, hours * 3600.0),) * 2
    ephemerides = [sampled(1, START, (*span_1, one)), sampled(2, START, (*span_2, other))]
    bodies = Bodies.of(None, START, ephemerides, (1, 2))
    half = np.stack([half_km, [1e-3, 1e-3, 1e-3]])
    return screen_bodies(bodies, np.empty(0), hours=hours, half_km=half).encounters


def meeting(
    place_km: np.ndarray, rate_km_s: np.ndarray, at_s: float, *, radius_km: float = 7000.0, kick: float = 0.0
) -> tuple[Path, Path]:
    """An object, and another that is at a place in its RTN axes with a relative velocity at a time.

    ``kick`` adds to the circular speed of the first, as a share: an eccentric orbit.
    """
    r = radius_km * np.array([0.6, 0.64, 0.48])
    t = np.cross(np.array([0.0, 0.6, -0.8]), r / radius_km)
    v = t / np.linalg.norm(t) * np.sqrt(MU / radius_km) * (1.0 + kick)
    axes = local_axes(np.concatenate([r, v]))
    return kepler_path(r, v, MU, at_s), kepler_path(r + axes.T @ place_km, v + axes.T @ rate_km_s, MU, at_s)


def assert_same(
    found: np.ndarray, truth: list[tuple[float, float, float]], tolerance_s: float = 1e-3
) -> None:
    assert len(found) == len(truth), (found, truth)
    if truth:
        assert np.abs(found[:, :2] - np.array(truth)[:, :2]).max() < tolerance_s
        assert np.abs(found[:, 2] - np.array(truth)[:, 2]).max() < 2e-3


unit = st.floats(-1.0, 1.0, allow_nan=False)


def crossing(speed_km_s: float) -> np.ndarray:
    """The relative velocity, in RTN, of two circular orbits that cross."""
    speed = np.sqrt(MU / 7000.0)
    angle = 2.0 * np.arcsin(speed_km_s / (2.0 * speed))
    return np.array([0.0, speed * (np.cos(angle) - 1.0), speed * np.sin(angle)])


@settings(max_examples=60, deadline=None)
@given(
    place=st.tuples(unit, unit, unit),
    heading=st.tuples(unit, unit, unit).filter(lambda v: np.linalg.norm(v) > 0.05),
    speed_km_s=st.floats(0.5, 14.0),
    half_km=st.sampled_from([(0.4, 44.0, 51.0), (2.0, 25.0, 25.0), (0.4, 2.0, 2.0), (10.0, 10.0, 10.0)]),
    at_s=st.floats(500.0, 700.0),
)
@example(
    place=(0.9, 0.0, 0.0), heading=(0.0, 1.0, 0.0), speed_km_s=2.0, half_km=(0.4, 44.0, 51.0), at_s=600.0
)
def test_fast_passes_by_a_random_line(place, heading, speed_km_s, half_km, at_s):
    half = np.array(half_km)
    rate = np.array(heading) / np.linalg.norm(heading) * speed_km_s
    rate = rate if np.linalg.norm(rate + np.array([0.0, 7.546, 0.0])) < 10.0 else crossing(speed_km_s)
    one, other = meeting(1.1 * half * place, rate, at_s)
    truth = box_stays(one, other, half, 1200.0)
    stays = stays_s(screened(one, other, half, 1200.0 / 3600.0))
    lengths = [*(leave - enter for enter, leave, _ in truth), *(stays[:, 1] - stays[:, 0])]
    if min(lengths, default=1.0) < 0.05:
        return  # a graze: depth of the rounding of the ephemerides
    assert_same(stays, truth)


@pytest.mark.parametrize("seed", range(8))
def test_slow_pairs_drift_through_the_box_again_and_again(seed):
    rng = np.random.default_rng(seed)
    half = np.array([1.0, 8.0, 3.0])
    place = rng.uniform(-1.0, 1.0, 3) * half
    rate = rng.uniform(-1.0, 1.0, 3) * np.array([1e-3, 5e-4, 3e-3])
    rate[1] -= 1.5 * np.sqrt(MU / 7000.0**3) * place[0]  # nearly no drift
    one, other = meeting(place, rate, 3000.0, kick=0.002)
    hours = 6.0
    truth = box_stays(one, other, half, hours * 3600.0, step_s=5.0)
    assert truth
    assert_same(stays_s(screened(one, other, half, hours)), truth, tolerance_s=0.05)


def test_a_flat_box_is_entered_twice_in_one_pass():
    """In turning axes a fast pass is curved: over the middle it is above the box, before and after inside."""
    one, other = meeting(np.array([0.45, 0.0, 0.0]), np.array([0.0, -6.0, 0.0]), 600.0)
    truth = box_stays(one, other, LEO_1_KM, 1200.0, step_s=0.01)
    found = screened(one, other, LEO_1_KM, 1200.0 / 3600.0)
    assert len(truth) == 2
    assert_same(stays_s(found), truth)


def test_the_nearest_point_may_not_be_the_closest_approach():
    """The minimum of the distance (0.8 km above) is outside of the flat box; its rim is passed before."""
    one, other = meeting(np.array([0.8, 0.0, 0.0]), crossing(8.0) + np.array([0.1, 0.0, 0.0]), 600.0)
    truth = box_stays(one, other, LEO_1_KM, 1200.0)
    stays = stays_s(screened(one, other, LEO_1_KM, 1200.0 / 3600.0))
    assert_same(stays, truth)
    assert stays[0, 1] < 599.0
    assert stays[0, 2] > 8.0


def test_edges_of_the_window_and_of_a_span_cut_a_stay():
    half = np.array([5.0, 5.0, 5.0])
    one, other = meeting(np.array([0.1, 0.0, 0.0]), np.array([0.0, 0.0, 0.5]), 1.0)
    (row,) = stays_s(screened(one, other, half, 0.5))
    assert row[0] == 0.0
    assert row[1] == pytest.approx(11.0, abs=0.1)
    one, other = meeting(np.array([0.1, 0.0, 0.0]), crossing(9.0), 600.0)
    spans = (0.0, 1800.0), (600.2, 1800.0)  # it begins when it is receding already
    (row,) = stays_s(screened(one, other, half, 0.5, spans))
    assert row[0] == 600.2
    assert 600.5 < row[1] < 600.8
    assert row[2] == pytest.approx(1.8, abs=0.01)
    spans = (0.0, 599.8), (0.0, 1800.0)
    (row,) = stays_s(screened(one, other, half, 0.5, spans))
    assert row[1] == 599.8
    assert row[2] == pytest.approx(1.8, abs=0.01)


def test_a_companion_stays_inside_throughout():
    one, other = meeting(np.array([0.0, 1.0, 0.0]), np.zeros(3), 0.0)
    (row,) = stays_s(screened(one, other, np.array([2.0, 5.0, 2.0]), 2.0))
    assert row[:2].tolist() == [0.0, 7200.0]


@pytest.fixture(scope="module")
def catalog(shared_data: FilePath) -> ElementTable:
    return every(read_catalog(shared_data / FULL_2024), 13)


@pytest.mark.parametrize("primaries", [1, 40])
def test_every_sample_inside_a_box_lies_in_a_stay_and_no_other(catalog, primaries):
    """Both searches; all objects every 5 s for 2 h, in SGP4's own frame."""
    half = np.array([10.0, 44.0, 51.0])
    low = np.flatnonzero(catalog.mean_motion_rev_d > 13)
    chosen = low[:: low.size // primaries][:primaries]
    bodies = Bodies.of(catalog, START)
    primary = np.zeros(len(catalog), dtype=np.bool_)
    primary[chosen] = True
    found = screen_bodies(
        bodies, catalog.eccentricity, hours=2.0, half_km=np.tile(half, (len(catalog), 1)),
        choice=PairChoice(primary),
    ).encounters  # fmt: skip
    start_s = (found.start_tai_ns - START) / NS_PER_S
    stop_s = (found.stop_tai_ns - START) / NS_PER_S
    seen = 0
    for begin_s in range(0, 7200, 600):
        states, _ = propagate_knots(bodies.models, bodies.reference_utc_ns + begin_s * 10**9, 5.0, 120)
        for k, row in ((k, row) for k in range(120) for row in chosen):
            own = states[k, :, row]
            place = np.abs(local_axes(own) @ (states[k, :3] - own[:3, None])) <= half[:, None]
            inside = np.flatnonzero(place.all(axis=0))
            inside = inside[
                (inside != row) & ~(primary[inside] & (catalog.norad[inside] < catalog.norad[row]))
            ]
            now_s = begin_s + 5.0 * k
            rows = (found.row_1 == row) & (start_s <= now_s) & (now_s <= stop_s)
            assert sorted(found.row_2[rows].tolist()) == inside.tolist()
            seen += inside.size
    assert seen > 0


def test_entries_and_exits_lie_on_the_faces(catalog):
    half = np.array([2.0, 25.0, 25.0])
    bodies = Bodies.of(catalog, START)
    found = screen_bodies(
        bodies, catalog.eccentricity, hours=3.0, half_km=np.tile(half, (len(catalog), 1)), workers=2
    ).encounters
    one = screen_bodies(
        bodies, catalog.eccentricity, hours=3.0, half_km=np.tile(half, (len(catalog), 1))
    ).encounters
    assert np.array_equal(found.start_tai_ns, one.start_tai_ns)
    assert len(found) > 50
    assert (found.tca_tai_ns >= found.start_tai_ns).all()
    assert (found.tca_tai_ns <= found.stop_tai_ns).all()
    for column in (found.start_tai_ns, found.stop_tai_ns):
        time_s = (column - START) / NS_PER_S
        inner = (time_s > 0) & (time_s < 3 * 3600)
        ratio = np.abs(box_motion(bodies, found.row_1, found.row_2, time_s).place_km) / half
        assert np.abs(ratio.max(axis=1) - 1.0)[inner].max() < 1e-4


def test_boxes_of_different_size_count_for_the_first_object(catalog):
    """Two boxes: each object is followed with its own."""
    low = np.flatnonzero(catalog.mean_motion_rev_d > 13)[:300]
    table = catalog.take(low)
    half = np.tile([2.0, 25.0, 25.0], (len(table), 1))
    half[::2] = [20.0, 60.0, 60.0]
    bodies = Bodies.of(table, START)
    both = screen_bodies(bodies, table.eccentricity, hours=6.0, half_km=half).encounters
    for own, size in ((0, [20.0, 60.0, 60.0]), (1, [2.0, 25.0, 25.0])):
        alone = screen_bodies(
            bodies, table.eccentricity, hours=6.0, half_km=np.tile(size, (len(table), 1))
        ).encounters
        wanted = alone.take(alone.row_1 % 2 == own)
        part = both.take(both.row_1 % 2 == own)
        assert np.abs(part.start_tai_ns - wanted.start_tai_ns).max(initial=0) < 10_000
    assert half_diagonal_km(half[0]) == pytest.approx(87.178, abs=1e-3)
