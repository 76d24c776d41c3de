"""The pieces of the bulk SGP4 kernels against plain mathematics, and that they are vector code."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from skypact.astro.timescales import NS_PER_S, utc_ns_to_tai_ns
from skypact.orbits import sgp4_kernels_lanes as lane
from skypact.orbits.sgp4 import Sgp4Models, propagate
from skypact.orbits.sgp4_kernels import TWO_PI, sgp4_state
from skypact.orbits.sgp4_kernels_deep import arc
from tests.plain.sgp4_plain import elements_of, read_catalog


def test_sine_and_cosine_are_those_of_the_angle_within_the_rounded_circle() -> None:
    random = np.random.default_rng(1)
    angles = np.concatenate(
        [random.uniform(-size, size, 3000) for size in (1e-9, 0.1, 3.2, 100.0, 1e4, 1e7)]
        + [np.arange(-40, 41) * math.pi / 4.0, [0.0]]
    )
    for x in angles:
        s, c = lane.sincos(float(x))
        reduced = math.fmod(x, TWO_PI)
        assert abs(s - math.sin(reduced)) < 6e-16
        assert abs(c - math.cos(reduced)) < 6e-16


def test_small_sine_and_cosine() -> None:
    for x in np.linspace(-0.27, 0.27, 5001):
        s, c = lane.sincos_small(float(x))
        assert abs(s - math.sin(x)) < 2e-16
        assert abs(c - math.cos(x)) < 2.3e-16


def test_a_short_turn_moves_sine_and_cosine() -> None:
    for x in np.linspace(-0.005, 0.005, 101):
        s, c = lane.turned(math.sin(1.0), math.cos(1.0), float(x))
        assert abs(s - math.sin(1.0 + x)) < 3e-14
        assert abs(c - math.cos(1.0 + x)) < 3e-14


def test_arc_is_the_angle_in_all_quadrants() -> None:
    random = np.random.default_rng(2)
    points = random.normal(size=(5000, 2)) * 10.0 ** random.uniform(-8, 8, (5000, 2))
    edges = [(0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0), (1.0, 1.0), (-1.0, -1.0), (-0.4142, 1.0)]
    for y, x in [*points.tolist(), *edges]:
        assert abs(arc(y, x) - math.atan2(y, x)) < 1e-15


def kepler_residual(low: bool, eccentricity: float) -> tuple[float, float]:
    """Return the largest error of the eccentric longitude over u and perigee, and the share redone."""
    n = lane.LANES
    worst = redone = count = 0.0
    random = np.random.default_rng(3)
    for _ in range(60):
        u = random.uniform(-10.0, 10.0, n)
        perigee = random.uniform(0.0, TWO_PI, n)
        s, flag = np.zeros(lane.SCRATCH * n), np.zeros(n, dtype=np.int64)
        rows = s.reshape(-1, n)
        rows[lane.U] = u
        rows[lane.AXNL] = axnl = eccentricity * np.cos(perigee)
        rows[lane.AYNL] = aynl = eccentricity * np.sin(perigee)
        (lane.kepler_low if low else lane.kepler_high)(s, flag)
        sine, cosine = rows[lane.SINE], rows[lane.COSE]
        anomaly = np.arctan2(sine, cosine)
        off = anomaly - axnl * sine + aynl * cosine - u
        off = np.abs(off - TWO_PI * np.round(off / TWO_PI)) / (1.0 - axnl * cosine - aynl * sine)
        good = flag == lane.GOOD
        worst = max(worst, off[good].max(initial=0.0))
        redone += np.count_nonzero(~good)
        count += n
    return worst, redone / count


@pytest.mark.parametrize("eccentricity", [0.0, 1e-6, 0.01, 0.1, 0.19, 0.1999])
def test_kepler_of_round_orbits_is_solved_in_one_step(eccentricity: float) -> None:
    worst, redone = kepler_residual(True, eccentricity)
    assert worst < 2e-14
    assert redone == 0.0


@pytest.mark.parametrize("eccentricity", [0.2001, 0.3, 0.5, 0.9])
def test_what_one_step_would_not_solve_is_flagged(eccentricity: float) -> None:
    assert kepler_residual(True, eccentricity)[1] == 1.0


@pytest.mark.parametrize("eccentricity", [0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99])
def test_kepler_of_any_orbit_is_solved_or_flagged(eccentricity: float) -> None:
    worst, redone = kepler_residual(False, eccentricity)
    assert worst < 1e-12
    assert (redone == 1.0) if eccentricity > lane.HIGH_ECC else (redone == 0.0)


@numba.njit
def one_by_one(coefficients: Any, minutes: Any) -> float:
    """Run the scalar kernel over all objects and times."""
    total = 0.0
    for row in coefficients:
        for at in minutes:
            total += sgp4_state(row, at)[1]
    return total


def test_bulk_kernels_are_vector_code(shared_data: Path) -> None:
    """A lane at a time they would be three times slower than the scalar kernel; they are ten times faster."""
    twins = read_catalog(shared_data / "catalog" / "gp_2019-03-19.3le.gz", every=8)
    models = Sgp4Models.from_elements(elements_of(twins))
    models = models.take(~models.deep)
    utc_ns = int(np.median(models.epoch_utc_ns)) + np.arange(20) * 300 * NS_PER_S
    tai_ns = utc_ns_to_tai_ns(utc_ns)
    times = (utc_ns - models.epoch_utc_ns[0]) / 6.0e10
    one_by_one(models.coefficients, times)
    bulk_s, single_s = math.inf, math.inf
    for _ in range(5):
        start = time.thread_time()
        propagate(models, tai_ns)
        middle = time.thread_time()
        one_by_one(models.coefficients, times)
        bulk_s, single_s = min(bulk_s, middle - start), min(single_s, time.thread_time() - middle)
    rate = len(models) * 20 / bulk_s / 1e6
    print(f"bulk {rate:.0f} M states/s, {single_s / bulk_s:.0f} times the scalar kernel")
    assert single_s > 2.0 * bulk_s
