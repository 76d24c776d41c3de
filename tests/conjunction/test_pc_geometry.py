"""States, planes, closest approach and repair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.conjunction.pc_geometry import (
    DensityError,
    EncounterStates,
    ObjectState,
    at_closest_approach,
    encounter_plane,
    encounter_planes,
    repaired_covariance,
    turned,
)
from skypact.errors import FormatError, UsageError
from tests.conjunction.pc_cases import simple_encounter


def test_covariance_in_rtn_is_turned_to_the_axes_of_the_state() -> None:
    state = ObjectState.from_rtn(
        np.array([0.0, 7000.0, 0.0]), np.array([-7.5, 0.0, 0.0]), np.diag([1.0, 4.0, 9.0])
    )
    assert np.diagonal(state.covariance)[:3] == pytest.approx([4.0, 1.0, 9.0])
    assert not state.has_velocity_covariance


@pytest.mark.parametrize(
    ("covariance", "word"),
    [
        (np.diag([1.0, np.nan, 1.0]), "finite"),
        (np.diag([1.0, -1.0, 1.0]), "variance"),
        (np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), "symmetric"),
    ],
)
def test_what_cannot_be_a_covariance_is_refused(covariance: np.ndarray, word: str) -> None:
    with pytest.raises(FormatError, match=word):
        ObjectState.from_rtn(np.array([7000.0, 0.0, 0.0]), np.array([0.0, 7.5, 0.0]), covariance)


@pytest.mark.parametrize("hbr_km", [0.0, -1.0, np.nan, np.inf])
def test_hard_body_radius_must_be_positive(hbr_km: float) -> None:
    good = simple_encounter()
    with pytest.raises(UsageError, match="hard-body radius"):
        EncounterStates(good.primary, good.secondary, hbr_km)


def test_states_are_moved_to_closest_approach() -> None:
    encounter = simple_encounter(miss_km=(0.1, 0.0, -3.0))
    moved, shift_s = at_closest_approach(encounter)
    v = moved.relative_velocity_km_s
    assert moved.relative_position_km @ v == pytest.approx(0.0, abs=1e-9)
    r = encounter.relative_position_km + shift_s * v
    assert moved.relative_position_km == pytest.approx(r, abs=1e-9)


def test_objects_at_rest_to_each_other_have_no_plane() -> None:
    encounter = simple_encounter(speed_km_s=(0.0, 7.5, 0.0))
    assert at_closest_approach(encounter)[1] == 0.0
    with pytest.raises(UsageError, match="encounter plane"):
        encounter_plane(encounter)


def test_many_planes_are_those_of_one() -> None:
    encounters = [simple_encounter(miss_km=(0.1 * k, 0.05, -0.02)) for k in range(5)]
    planes, repaired = encounter_planes(
        np.stack([e.relative_position_km for e in encounters]),
        np.stack([e.relative_velocity_km_s for e in encounters]),
        np.stack([e.joint_covariance()[:3, :3] for e in encounters]),
        np.array([e.hbr_km for e in encounters]),
    )
    assert not repaired.any()
    for row, encounter in zip(planes, encounters, strict=True):
        one = encounter_plane(encounter)
        assert list(row) == [one.miss_major_km, one.miss_minor_km, one.sigma_major_km, one.sigma_minor_km]


def test_shared_density_error_is_taken_out() -> None:
    encounter = simple_encounter()
    g1 = np.array([0.001, 0.3, 0.0, 0.0, 0.0, 0.0])
    g2 = np.array([0.002, 0.2, 0.0, 0.0, 0.0, 0.0])
    first = ObjectState.from_rtn(
        encounter.primary.position_km, encounter.primary.velocity_km_s,
        np.diag([0.01, 0.2, 0.01, 0, 0, 0]) + np.outer(g1, g1) * 0.04, density=DensityError(0.2, g1),
    )  # fmt: skip
    second = ObjectState.from_rtn(
        encounter.secondary.position_km, encounter.secondary.velocity_km_s,
        np.diag([0.01, 0.2, 0.01, 0, 0, 0]) + np.outer(g2, g2) * 0.01, density=DensityError(0.1, g2),
    )  # fmt: skip
    known = EncounterStates(first, second, 0.01)
    assert known.cross_correlation_known
    # both perfectly driven by one number x: relative density part is (s2 G2 - s1 G1)(...)'
    d = second.density.sigma * second.density.sensitivity - first.density.sigma * first.density.sensitivity
    rest = first.covariance + second.covariance
    for item in (first, second):
        g = item.density.sigma * item.density.sensitivity
        rest = rest - np.outer(g, g)
    assert known.joint_covariance(cross_correlation=True) == pytest.approx(rest + np.outer(d, d), abs=1e-12)
    assert np.array_equal(known.joint_covariance(), first.covariance + second.covariance)


def test_negative_correlation_eigenvalues_are_raised_to_zero() -> None:
    broken = np.array([[1.0, 1.2, 0.0], [1.2, 1.0, 0.0], [0.0, 0.0, 4.0]])
    fixed, told = repaired_covariance(broken)
    assert told
    assert np.linalg.eigvalsh(fixed).min() >= -1e-12
    assert fixed[2, 2] == pytest.approx(4.0)


def test_rounding_is_repaired_without_a_word() -> None:
    almost = np.array([[1.0, 1.0 + 1e-13], [1.0 + 1e-13, 1.0]])
    fixed, told = repaired_covariance(almost)
    assert not told
    assert fixed == pytest.approx(almost, abs=1e-12)


@given(st.floats(0.0, np.pi), st.floats(0.0, 2 * np.pi))
def test_turned_axes_keep_both_inclinations_below_90_degrees(inclination: float, node: float) -> None:
    n = np.array([np.cos(node), np.sin(node), 0.0])
    m = np.array(
        [-np.sin(node) * np.cos(inclination), np.cos(node) * np.cos(inclination), np.sin(inclination)]
    )
    first = ObjectState(7000.0 * n, 7.5 * m, np.zeros((6, 6)))
    second = ObjectState(np.array([7000.0, 0.0, 0.0]), np.array([0.0, 7.5, 0.0]), np.zeros((6, 6)))
    matrix = turned(EncounterStates(first, second, 0.01))
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-12)
    for item in (first, second):
        momentum = matrix @ np.cross(item.position_km, item.velocity_km_s)
        assert momentum[2] >= -1e-3 * np.linalg.norm(momentum)


@pytest.mark.parametrize("hbr_km", [0.0, -1.0, float("nan"), float("inf"), 1e297])
def test_a_radius_that_cannot_be_is_refused(hbr_km: float) -> None:
    state = ObjectState(np.array([7000.0, 0.0, 0.0]), np.array([0.0, 7.5, 0.0]), np.eye(6))
    with pytest.raises(UsageError, match="hard-body radius"):
        EncounterStates(state, state, hbr_km)
