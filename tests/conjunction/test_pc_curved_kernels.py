"""Equinoctial motion, peak overlap, collision rate and sampling against their plain twins."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.conjunction import pc_hall_kernels, pc_monte_carlo_kernels, pc_orbit_kernels, pc_overlap_kernels
from skypact.conjunction.pc import compile_kernels, probability
from skypact.conjunction.pc_equinoctial import element_pair
from tests.conjunction.pc_cases import simple_encounter
from tests.plain import curved_encounter_plain as plain


def random_state(rng: np.random.Generator) -> np.ndarray:
    r = rng.normal(size=3)
    r *= rng.uniform(6800.0, 42000.0) / np.linalg.norm(r)
    v = np.cross(r, rng.normal(size=3))
    v *= math.sqrt(plain.MU / np.linalg.norm(r)) * rng.uniform(0.85, 1.15) / np.linalg.norm(v)
    return np.concatenate([r, v + 0.1 * rng.normal(size=3)])


def test_elements_are_those_of_the_classical_ones() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        state = random_state(rng)
        got = np.empty(6)
        assert pc_orbit_kernels.to_elements(state, got)
        expected = plain.elements(state)
        expected[5] += 2.0 * math.pi * round((got[5] - expected[5]) / (2.0 * math.pi))
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-10)


def test_motion_is_that_of_numerical_integration() -> None:
    rng = np.random.default_rng(2)
    for t in (0.0, 900.0, -5000.0):
        state, got, mean = random_state(rng), np.empty(6), np.empty(6)
        pc_orbit_kernels.to_elements(state, mean)
        pc_orbit_kernels.to_state(mean, t, got)
        expected = plain.propagate(state, t)
        assert got[:3] == pytest.approx(expected[:3], abs=1e-6)
        assert got[3:] == pytest.approx(expected[3:], abs=1e-9)


def test_partials_are_those_of_differences() -> None:
    rng = np.random.default_rng(3)
    mean, state, partials = np.empty(6), np.empty(6), np.empty((6, 6))
    for t in (0.0, 1234.0):
        pc_orbit_kernels.to_elements(random_state(rng), mean)
        pc_orbit_kernels.to_state_with_partials(mean, t, state, partials)
        expected = plain.partials(mean, t)
        assert np.abs(partials - expected).max(axis=0) == pytest.approx(
            0.0, abs=1e-6 * np.abs(expected).max()
        )


def test_unbound_and_broken_states_are_refused() -> None:
    got = np.empty(6)
    assert not pc_orbit_kernels.to_elements(np.array([7000.0, 0, 0, 0, 12.0, 0]), got)
    assert not pc_orbit_kernels.to_elements(np.full(6, np.nan), got)
    assert not pc_orbit_kernels.to_elements(
        np.array([7000.0, 0, 0, 0, -7.5, 0]), got
    )  # retrograde equatorial


def pair_of(encounter) -> pc_overlap_kernels.CurvedPair:
    made = element_pair(encounter)
    assert made is not None
    return pc_overlap_kernels.CurvedPair(made.means, made.covariances, made.shared, encounter.hbr_km, 0.0)


LONG = {"sigma_km": (0.05, 30.0, 0.06), "miss_km": (8.0, -4.0, 3.0)}


@pytest.mark.parametrize("t", [0.0, 3.0, -40.0])
def test_overlap_is_the_fixed_point_of_the_published_iteration(t: float) -> None:
    encounter = simple_encounter(speed_km_s=(0.0, 4.0, 6.4), **LONG)
    pair = pair_of(encounter)
    relative, joint = np.empty(6), np.empty((6, 6))
    log_det = pc_overlap_kernels.peak_overlap(t, pair, relative, joint)
    expected, covariance = plain.overlap(t, list(pair.means), list(pair.covariances))
    assert relative == pytest.approx(expected, abs=2e-5)
    assert joint == pytest.approx(covariance, rel=1e-4, abs=1e-6 * np.abs(covariance).max())
    assert log_det == pytest.approx(math.log(np.linalg.det(covariance[:3, :3])), abs=1e-4)


def test_rate_is_that_of_a_fine_fixed_sphere() -> None:
    encounter = simple_encounter(miss_km=(0.05, 0.02, -0.02), hbr_m=40.0)
    pair = pair_of(encounter)
    relative, joint = np.empty(6), np.empty((6, 6))
    for t in (0.0, 0.005, -0.02):
        pc_overlap_kernels.peak_overlap(t, pair, relative, joint)
        got = pc_hall_kernels.sphere_rate(relative, joint, pair.radius, 0.0)
        assert got == pytest.approx(plain.sphere_rate(relative, joint, pair.radius), rel=2e-3)


def test_rate_of_a_body_at_rest_counts_both_sides() -> None:
    joint = np.diag([0.01, 0.02, 0.015, 1e-6, 2e-6, 1e-6])
    relative = np.array([0.05, 0.0, 0.02, 0.0, 0.0, 0.0])
    got = pc_hall_kernels.sphere_rate(relative, joint, 0.02, 0.0)
    assert got == pytest.approx(plain.sphere_rate(relative, joint, 0.02), rel=1e-6)


def factors_of(pair: pc_overlap_kernels.CurvedPair) -> np.ndarray:
    made = []
    for q in pair.covariances:
        sigma = np.sqrt(np.diagonal(q))
        made.append(sigma[:, None] * np.linalg.cholesky(q / np.outer(sigma, sigma)))
    return np.stack(made)


@pytest.mark.parametrize("slow", [False, True])
def test_hits_are_those_of_a_dense_grid_of_time(slow: bool) -> None:
    speed = (0.0, 7.5005, 0.002) if slow else (0.0, 0.0, 7.5)
    encounter = simple_encounter(speed_km_s=speed, hbr_m=60.0, sigma_km=(0.05, 0.1, 0.06))
    pair = pair_of(encounter)
    normals = np.random.default_rng(7).standard_normal((12, 13))
    reach, grid = (300.0, 1201) if slow else (0.2, 401)
    window = np.array([-reach, reach, 25.0, 300.0]) if slow else np.array([-reach, reach, 0.0, 0.0])
    factors = factors_of(pair)
    got = pc_monte_carlo_kernels.count_hits(pair.means, factors, pair.shared, pair.radius, window, normals)
    assert got == plain.hits(pair.means, factors, pair.radius, -reach, reach, normals, grid)
    assert 0 < got < 12


def test_long_steps_lose_no_hit() -> None:
    encounter = simple_encounter(speed_km_s=(0.0, 7.5005, 0.002), hbr_m=40.0, sigma_km=(0.1, 0.3, 0.1))
    pair = pair_of(encounter)
    normals = np.random.default_rng(8).standard_normal((4000, 13))
    factors = factors_of(pair)
    counts = [
        pc_monte_carlo_kernels.count_hits(
            pair.means,
            factors,
            pair.shared,
            pair.radius,
            np.array([-2900.0, 2900.0, least, longest]),
            normals,
        )
        for least, longest in ((24.0, 290.0), (3.0, 3.0))
    ]
    assert counts[0] == counts[1] > 40


def test_factor_and_solution_are_those_of_numpy() -> None:
    rng = np.random.default_rng(9)
    for _ in range(50):
        root = rng.normal(size=(3, 3)) * 10.0 ** rng.uniform(-1, 1, size=3)
        matrix, low, x = root @ root.T, np.zeros((3, 3)), np.empty(3)
        log_det = pc_overlap_kernels.cholesky3(matrix, 0.0, low)
        assert low == pytest.approx(np.linalg.cholesky(matrix), rel=1e-4)
        assert log_det == pytest.approx(np.linalg.slogdet(matrix)[1], abs=1e-4)
        expected = rng.normal(size=3)
        pc_overlap_kernels.solve3(low, matrix @ expected, x)
        assert matrix @ x == pytest.approx(matrix @ expected, rel=1e-6, abs=1e-9 * np.abs(matrix).max())


def test_pivot_below_the_floor_is_raised() -> None:
    low = np.zeros((3, 3))
    log_det = pc_overlap_kernels.cholesky3(np.diag([1.0, -1.0, 4.0]), 0.25, low)
    assert np.diagonal(low) == pytest.approx([1.0, 0.5, 2.0])
    assert log_det == pytest.approx(0.0)


def test_separation_is_the_distance_of_the_states() -> None:
    encounter = simple_encounter()
    pair = pair_of(encounter)
    times, distances = np.array([-300.0, 0.0, 500.0]), np.empty(3)
    pc_overlap_kernels.separations(pair.means, times, distances)
    expected = np.linalg.norm(
        (plain.state_of(pair.means[1], times) - plain.state_of(pair.means[0], times))[:, :3], axis=1
    )
    assert distances == pytest.approx(expected, rel=1e-9)
    assert distances[1] == pytest.approx(np.linalg.norm(encounter.relative_position_km), rel=1e-8)


def test_steep_densities_over_wide_spheres_are_resolved() -> None:
    # a body of 40 sigmas: the rate must integrate to the exact 2D probability of a straight encounter
    encounter = simple_encounter(miss_km=(0.39, 0.0, 0.0), hbr_m=400.0, sigma_km=(0.01, 0.012, 0.01))
    pair = pair_of(encounter)
    ends, failures = np.empty(2), np.zeros(1, dtype=np.int64)
    crossing = encounter.hbr_km / np.linalg.norm(encounter.relative_velocity_km_s)
    expected = pc_hall_kernels.expected_collisions(
        pair, -60.0, 60.0, 0.0, 0.002, float(crossing), 1, ends, failures
    )
    assert expected == pytest.approx(probability(encounter).pc, rel=2e-3)
    assert failures[0] == 0


def test_all_kernels_are_compiled_by_one_call() -> None:
    compile_kernels()
    from skypact.conjunction import pc_kernels

    modules = (pc_kernels, pc_orbit_kernels, pc_overlap_kernels, pc_hall_kernels, pc_monte_carlo_kernels)
    for module in modules:
        for name, item in vars(module).items():
            if name.endswith("_bulk") or name in {"count_hits", "expected_collisions", "peak_time"}:
                assert item.signatures, name
