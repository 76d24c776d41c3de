"""The 2D kernels against their plain twins, closed forms and extreme planes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.conjunction import pc_kernels as kernels
from tests.plain import pc_plain as plain


def planes(count: int, seed: int) -> list[tuple[float, float, float, float]]:
    """Random planes for a radius of 1: sigmas 0.02 to 100, ratios to 1,000, misses to five sigmas."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        s_y = 10.0 ** rng.uniform(-1.7, 2.0)
        s_x = s_y * 10.0 ** rng.uniform(0.0, 3.0)
        x, y = rng.uniform(-5.0, 5.0, 2)
        made.append((x * s_x, y * max(s_y, 0.5), s_x, s_y))
    return made


def test_foster_equals_adaptive_quadrature() -> None:
    compared = 0
    for plane in planes(40, seed=1):
        expected = plain.foster(*plane, 1.0)
        if expected > 1e-290:
            assert kernels.foster_1992(*plane, 1.0) == pytest.approx(expected, rel=2e-9)
            compared += 1
    assert compared > 30


def test_foster_equals_noncentral_chi_square_for_circular_densities() -> None:
    rng = np.random.default_rng(2)
    for _ in range(400):
        sigma = 10.0 ** rng.uniform(-2.5, 3.0)
        distance = rng.uniform(0.0, 6.0) * max(sigma, 1.0)
        expected = plain.foster_circular(distance, sigma, 1.0)
        if expected > 1e-250:
            angle = rng.uniform(0.0, 2.0 * math.pi)
            x, y = distance * math.cos(angle), distance * math.sin(angle)
            # scipy's distribution itself is good to about 1e-9 in its tails
            assert kernels.foster_1992(x, y, sigma, sigma, 1.0) == pytest.approx(expected, rel=1e-8)


def test_foster_keeps_its_digits_in_the_far_tail() -> None:
    # the density over a small disk 28 sigmas away: area times density at the center, with its first terms
    s, d, r = 1.0, 28.0, 1e-6
    expected = 0.5 * r * r * math.exp(-0.5 * d * d) * (1.0 + 0.125 * r * r * (d * d - 2.0))
    assert kernels.foster_1992(d, 0.0, s, s, r) == pytest.approx(expected, rel=1e-12)
    assert kernels.foster_1992(0.0, d, s, s, r) == pytest.approx(expected, rel=1e-12)


def test_strip_numbers_agree_where_they_change_hands() -> None:
    for steepness in (1.0, 10.0, 45.0, 200.0):
        for ratio in (1.0, 7.0, 300.0):
            s_y = math.sqrt(0.5 / (0.9999 * steepness))
            below = kernels.foster_1992(0.0, 0.0, ratio * s_y, s_y, 1.0)
            s_y = math.sqrt(0.5 / (1.0001 * steepness))
            above = kernels.foster_1992(0.0, 0.0, ratio * s_y, s_y, 1.0)
            assert above == pytest.approx(below, rel=3e-4)
            assert above >= below


def test_disk_over_the_whole_density_gives_one_and_far_from_it_zero() -> None:
    assert kernels.foster_1992(0.1, 0.1, 1e-3, 1e-4, 1.0) == pytest.approx(1.0, abs=1e-9)
    assert kernels.foster_1992(100.0, 0.0, 1.0, 1.0, 1.0) == 0.0


@given(
    st.floats(0.0, 5.0), st.floats(0.0, 5.0), st.floats(0.01, 100.0), st.floats(1.0, 1000.0),
    st.floats(1e-3, 10.0), st.floats(1.0, 2.0),
)  # fmt: skip
def test_foster_is_a_probability_that_grows_with_the_radius(
    x: float, y: float, s_y: float, ratio: float, radius: float, factor: float
) -> None:
    plane = (x * ratio * s_y, y * s_y, ratio * s_y, s_y)
    small = kernels.foster_1992(*plane, radius)
    large = kernels.foster_1992(*plane, factor * radius)
    assert 0.0 <= small <= large * (1.0 + 1e-8) <= 1.0 + 2e-8


def test_alfano_is_the_sum_of_the_paper() -> None:
    for x, y, s_x, s_y in planes(200, seed=3):
        got = kernels.alfano_2005(y, x, s_y, s_x, 1.0)
        assert got == pytest.approx(plain.alfano(y, x, s_y, s_x, 1.0), rel=1e-9, abs=1e-15)


def test_alfano_keeps_the_two_figures_it_promises() -> None:
    rng = np.random.default_rng(4)
    compared = 0
    while compared < 1000:
        s_x, ratio = 1.0, 10.0 ** rng.uniform(0.0, math.log10(500.0))
        distance, angle = 10.0 ** rng.uniform(-4.0, 3.0), rng.uniform(0.0, math.pi / 2.0)
        radius = 10.0 ** rng.uniform(-3.0, 2.0)
        x, y = distance * math.cos(angle), distance * math.sin(angle)
        exact = kernels.foster_1992(y, x, ratio, s_x, radius)
        if 1e-7 < exact < 0.1:
            assert kernels.alfano_2005(x, y, s_x, ratio, radius) == pytest.approx(exact, rel=0.01)
            compared += 1


def test_chan_is_its_series_and_exact_for_circles() -> None:
    for plane in planes(200, seed=5):
        expected = plain.chan(*plane, 1.0)
        assert kernels.chan_1997(*plane, 1.0) == pytest.approx(expected, rel=1e-9, abs=1e-290)
    assert kernels.chan_1997(1.0, 2.0, 1.5, 1.5, 1.0) == pytest.approx(
        plain.foster_circular(math.hypot(1.0, 2.0), 1.5, 1.0), rel=1e-9
    )


def test_chan_outside_the_range_of_doubles_is_zero_or_one() -> None:
    assert kernels.chan_1997(100.0, 0.0, 1.0, 1.0, 1.0) == 0.0
    assert kernels.chan_1997(0.0, 0.0, 1e-3, 1e-3, 1.0) == 1.0


def test_planes_are_those_of_the_eigenvectors() -> None:
    rng = np.random.default_rng(6)
    for _ in range(200):
        root = rng.normal(size=(3, 3)) * 10.0 ** rng.uniform(-2, 2, size=3)
        covariance = root @ root.T
        r, v = rng.normal(size=3), rng.normal(size=3)
        out = np.empty(4)
        assert not kernels.principal_axes(r, v, covariance, 0.0, out)
        expected = plain.plane(r, v, covariance)
        assert np.abs(out[:2]) == pytest.approx(np.abs(expected[:2]), rel=1e-6, abs=1e-9)
        assert out[2:] == pytest.approx(expected[2:], rel=1e-6)


def test_not_positive_definite_projection_is_clipped_and_told() -> None:
    covariance = np.diag([1.0, -1e-6, 1.0])
    out = np.empty(4)
    assert kernels.principal_axes(np.array([0.3, 0.1, 0.0]), np.array([0.0, 0.0, 7.0]), covariance, 1e-8, out)
    assert out[3] == pytest.approx(1e-4)


def test_largest_probability_is_that_of_a_dense_grid() -> None:
    distance = np.array([1.0, 1.0, 1.0])
    aspect = np.array([1.0, 3.0, 2.2])
    radius = np.array([0.01, 0.02, 0.5])
    pc, sigma = np.empty(3), np.empty(3)
    kernels.maximum_bulk(distance, aspect, radius, pc, sigma)
    for i in range(3):
        best, where = plain.largest(1.0, aspect[i], radius[i])
        assert pc[i] == pytest.approx(best, rel=1e-6)
        assert sigma[i] == pytest.approx(where, rel=1e-2)


def test_largest_probability_of_a_small_body_is_the_closed_one() -> None:
    pc, sigma = np.empty(1), np.empty(1)
    kernels.maximum_bulk(np.array([1.0]), np.array([3.0]), np.array([1e-4]), pc, sigma)
    assert pc[0] == pytest.approx(3.0 * 1e-8 / math.e, rel=1e-6)
    assert sigma[0] == pytest.approx(1.0 / (math.sqrt(2.0) * 3.0), rel=1e-4)


def test_a_predicted_hit_has_probability_one() -> None:
    pc, sigma = np.empty(1), np.empty(1)
    kernels.maximum_bulk(np.array([0.005]), np.array([2.0]), np.array([0.01]), pc, sigma)
    assert (pc[0], sigma[0]) == (1.0, 0.0)
