"""Named methods against published references (NASA CARA, Alfano 2009, Armellin) and laws that must hold."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.astro.local_axes import covariance_from_local, local_matrix
from skypact.conjunction.pc import GRID_RADII, GRID_SCALES, PC_METHODS, PcOptions, pc_grid, probability
from skypact.conjunction.pc_geometry import (
    DensityError,
    EncounterStates,
    ObjectState,
    at_closest_approach,
    encounter_plane,
    encounter_planes,
)
from skypact.conjunction.pc_short_term import (
    pc_alfano_2005,
    pc_alfriend_1999,
    pc_chan_1997,
    pc_foster_1992,
)
from skypact.conjunction.pc_usage import usage_2d
from skypact.errors import UsageError
from tests.conjunction.pc_cases import (
    CaraCase,
    alfano_case,
    armellin_table,
    cara_cases,
    simple_encounter,
)


@pytest.fixture(scope="module")
def cara(shared_data: Path) -> list[CaraCase]:
    return cara_cases(shared_data)


def test_foster_equals_the_2d_column_of_cara(cara: list[CaraCase]) -> None:
    assert len(cara) == 27
    for case in cara:
        result = probability(case.encounter, "foster-1992")
        assert result.pc == pytest.approx(case.value("Pc2D"), rel=2e-8), case.name


def test_states_as_given_equal_the_column_without_adjustment(cara: list[CaraCase]) -> None:
    for case in cara:
        plane = encounter_plane(case.encounter)
        # CARA's unadjusted column keeps the whole miss vector as the offset within the plane
        assert abs(case.value("Pc2D_NoAdj") / case.value("Pc2D") - 1.0) < 4e-3
        assert plane.distance2 > 0.0


def test_alfano_keeps_two_figures_on_real_conjunctions(cara: list[CaraCase]) -> None:
    for case in cara:
        result = probability(case.encounter, "alfano-2005")
        if case.value("Pc2D") > 1e-9:
            assert result.pc == pytest.approx(case.value("Pc2D"), rel=1e-4), case.name


def test_chan_is_not_trusted_where_it_is_far_off(cara: list[CaraCase]) -> None:
    for case in cara:
        result = probability(case.encounter, "chan-1997")
        off = abs(result.pc / case.value("Pc2D") - 1.0)
        assert not (off > 0.1 and result.valid), case.name
        assert ("differs from the exact integral" in result.why) == (off > 0.1)


def test_nc3d_equals_the_3d_column_of_cara(cara: list[CaraCase]) -> None:
    errors = []
    for case in cara:
        result = probability(case.encounter, "nc3d")
        assert result.valid, case.name
        errors.append(abs(result.pc / case.value("Nc3D") - 1.0))
    assert sum(e < 0.01 for e in errors) == 27
    assert max(errors) < 0.003


def test_nc3d_lies_within_the_monte_carlo_limits_of_cara(cara: list[CaraCase]) -> None:
    for case in cara:
        pc, hits = case.value("PcSDMC"), case.value("NhitSDMC")
        assert abs(probability(case.encounter, "nc3d").pc - pc) < 4.0 * pc / math.sqrt(hits), case.name


def sampling_sigma(case: CaraCase, samples: int) -> float:
    """Standard deviation of the difference of our Monte Carlo from that of the table (10,000 hits)."""
    pc = case.value("PcSDMC")
    return math.sqrt(pc * (1.0 - pc) / samples + pc * pc / case.value("NhitSDMC"))


def test_monte_carlo_agrees_with_that_of_cara(cara: list[CaraCase]) -> None:
    compared = 0
    for case in cara:
        pc = case.value("PcSDMC")
        if pc < 2e-3:
            continue
        options = PcOptions(samples_max=80_000, precision=1e-3)
        result = probability(case.encounter, "monte-carlo", options=options)
        assert result.valid
        assert abs(result.pc - pc) < 3.0 * sampling_sigma(case, 80_000), case.name
        assert result.low is not None
        assert result.high is not None
        assert result.low < result.pc < result.high
        compared += 1
    assert compared == 4


@pytest.mark.slow
def test_monte_carlo_agrees_with_that_of_cara_down_to_1e_5(cara: list[CaraCase]) -> None:
    samples = 2_000_000
    compared = 0
    for case in cara:
        pc = case.value("PcSDMC")
        if pc > 1.2e-5:
            options = PcOptions(samples_max=samples, precision=1e-3)
            result = probability(case.encounter, "monte-carlo", options=options)
            assert abs(result.pc - pc) < 3.0 * sampling_sigma(case, samples), case.name
            compared += 1
    assert compared >= 10


@pytest.mark.parametrize("number", range(1, 12))
def test_foster_equals_the_linear_column_of_alfano(shared_data: Path, number: int) -> None:
    encounter, row = alfano_case(shared_data, number)
    assert probability(encounter).pc == pytest.approx(float(row["PcLinearAlfano100"]), rel=1e-3)


# Windows in seconds before and after closest approach: "Final Time" of the tables of Alfano (2009). Case 11
# is a formation without any closest approach; the paper says that its figures are not comparable, and its
# Monte Carlo value is that of half the window.
ALFANO_WINDOW = {11: 0.5}


def alfano_deviation(shared_data: Path, number: int, samples: int) -> float:
    """Difference of Monte Carlo from the table in standard deviations of the smaller sample."""
    encounter, row = alfano_case(shared_data, number)
    half_s = float(row["FinalTime_s"]) * ALFANO_WINDOW.get(number, 1.0)
    options = PcOptions(samples_max=samples, precision=1e-4, window_s=(-half_s, half_s))
    result = probability(encounter, "monte-carlo", options=options)
    expected = float(row["PcMC1e8"])
    return abs(result.pc - expected) / math.sqrt(expected * (1.0 - expected) / samples)


@pytest.mark.parametrize("number", [1, 4, 8, 10])
def test_monte_carlo_equals_that_of_alfano(shared_data: Path, number: int) -> None:
    assert alfano_deviation(shared_data, number, 20_000) < 3.0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 12))
def test_monte_carlo_equals_that_of_alfano_in_every_case(shared_data: Path, number: int) -> None:
    assert alfano_deviation(shared_data, number, 400_000) < 3.0


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 8, 9])
def test_nc3d_follows_alfanos_monte_carlo_on_isolated_encounters(shared_data: Path, number: int) -> None:
    encounter, row = alfano_case(shared_data, number)
    result = probability(encounter, "nc3d")
    assert result.valid
    assert result.pc == pytest.approx(float(row["PcMC1e8"]), rel=0.015)


@pytest.mark.parametrize("number", [6, 7, 11])
def test_nc3d_tells_that_a_formation_has_no_encounter_of_its_own(shared_data: Path, number: int) -> None:
    encounter, _ = alfano_case(shared_data, number)
    result = probability(encounter, "nc3d")
    assert not result.valid
    assert "runs into the next" in result.why


def armellin_planes(table: np.ndarray) -> np.ndarray:
    """Planes of all rows, from the states and RTN covariances of the table."""
    covariance = np.zeros((table.shape[0], 3, 3))
    for first in (2, 14):
        r, v, c = (
            table[:, first : first + 3],
            table[:, first + 3 : first + 6],
            table[:, first + 6 : first + 12],
        )
        rr, tt, nn, rt, rn, tn = c.T
        local = np.stack([rr, rt, rn, rt, tt, tn, rn, tn, nn], axis=1).reshape(-1, 3, 3)
        covariance += covariance_from_local(local, local_matrix(r, v))
    planes, repaired = encounter_planes(
        table[:, 14:17] - table[:, 2:5], table[:, 17:20] - table[:, 5:8], covariance, table[:, 1]
    )
    assert not repaired.any()
    return planes


def test_table_of_armellin(shared_data: Path) -> None:
    table = armellin_table(shared_data)
    planes, hbr_km = armellin_planes(table), table[:, 1]
    foster = pc_foster_1992(planes, hbr_km)
    assert foster.shape == (1085,)
    assert np.abs(foster / table[:, 26] - 1.0).max() < 4e-3  # the table's own short series is coarse
    best = pc_alfriend_1999(planes, hbr_km)
    assert best.pc_now == pytest.approx(table[:, 27], rel=1e-6)
    assert best.pc_max == pytest.approx(table[:, 28], rel=1e-6)
    assert 2.0 * best.scale**2 == pytest.approx(table[:, 31], rel=1e-6)
    assert np.array_equal(best.diluted, table[:, 31] < 2.0)
    assert np.abs(pc_alfano_2005(planes, hbr_km) / foster - 1.0).max() < 1e-3
    chan = np.abs(pc_chan_1997(planes, hbr_km) / foster - 1.0)
    assert np.median(chan) == pytest.approx(0.0145, rel=0.02)  # as its docstring says
    assert np.percentile(chan, 95) == pytest.approx(0.62, rel=0.02)


def test_alfriend_says_on_which_side_of_the_maximum_a_case_lies() -> None:
    near = simple_encounter(miss_km=(0.01, 0.0, 0.0), sigma_km=(0.2, 0.5, 0.2), hbr_m=5.0)
    far = simple_encounter(miss_km=(0.9, 0.0, 0.0), sigma_km=(0.2, 0.5, 0.2), hbr_m=5.0)
    diluted, robust = (probability(e, "alfriend-max") for e in (near, far))
    assert diluted.evidence["region"] == "dilution"
    assert robust.evidence["region"] == "robust"
    for encounter, result in ((near, diluted), (far, robust)):
        grid = pc_grid(encounter, np.geomspace(0.02, 20.0, 400), np.array([encounter.hbr_km]))
        exact = float(grid.max())
        assert result.pc >= probability(encounter).pc
        assert result.valid == (abs(result.pc / exact - 1.0) < 0.1)


def test_grid_has_the_plain_value_in_its_middle() -> None:
    encounter = simple_encounter()
    grid = pc_grid(encounter)
    assert grid.shape == (len(GRID_SCALES), len(GRID_RADII))
    assert grid[2, 1] == pytest.approx(probability(encounter).pc, rel=1e-12)
    assert np.all(np.diff(grid, axis=1) > 0.0)


@pytest.mark.parametrize("method", PC_METHODS)
def test_every_method_answers_for_objects_at_rest_to_each_other(method: str) -> None:
    encounter = simple_encounter(speed_km_s=(0.0, 7.5, 0.0))
    result = probability(encounter, method, options=PcOptions(samples_max=100))
    if method not in {"nc3d", "monte-carlo"}:
        assert math.isnan(result.pc)
        assert not result.valid
        assert "do not move against each other" in result.why
    assert np.all(np.isnan(pc_grid(encounter)))


@pytest.mark.parametrize("method", PC_METHODS)
def test_every_method_answers_for_an_unbound_orbit(method: str) -> None:
    encounter = simple_encounter(speed_km_s=(0.0, 9.0, 9.0))
    result = probability(encounter, method)
    assert not result.valid
    assert result.why


def test_unknown_method_is_refused_with_the_names() -> None:
    with pytest.raises(UsageError, match="foster-1992, chan-1997"):
        probability(simple_encounter(), "foster")


def test_covariance_that_is_not_positive_definite_is_repaired_and_told() -> None:
    encounter = simple_encounter()
    v = encounter.relative_velocity_km_s / np.linalg.norm(encounter.relative_velocity_km_s)
    normal = np.cross(v, [1.0, 0.0, 0.0])
    normal /= np.linalg.norm(normal)
    broken = encounter.primary.covariance.copy()
    joint = encounter.joint_covariance()[:3, :3]
    broken[:3, :3] -= np.outer(normal, normal) * (normal @ joint @ normal) * 1.01
    result = probability(replace(encounter, primary=replace(encounter.primary, covariance=broken)))
    assert 0.0 <= result.pc <= 1.0
    assert not result.valid
    assert "not positive definite" in result.why
    assert any("(1e-4 HBR)^2" in note for note in result.notes)


def test_position_covariance_alone_is_enough_for_2d_and_told_for_3d() -> None:
    full = simple_encounter()
    first, second = (
        replace(o, covariance=np.pad(o.covariance[:3, :3], ((0, 3), (0, 3))))
        for o in (full.primary, full.secondary)
    )
    bare = EncounterStates(first, second, full.hbr_km)
    assert probability(bare).pc == probability(full).pc
    curved = probability(bare, "nc3d")
    assert not curved.valid
    assert "without velocity" in curved.why


def test_cross_correlation_changes_the_value_only_when_asked_for() -> None:
    encounter = simple_encounter()
    g = np.array([0.0, 0.3, 0.0, 0.0, 0.0, 0.0])
    known = EncounterStates(
        replace(encounter.primary, density=DensityError(1.0, g)),
        replace(encounter.secondary, density=DensityError(1.0, g)),
        encounter.hbr_km,
    )
    plain = probability(known).pc
    assert plain == probability(encounter).pc
    moved, _ = at_closest_approach(known)
    joint = moved.joint_covariance() - 2.0 * np.outer(g, g)
    bare = replace(moved.primary, covariance=joint, density=None)
    expected = replace(moved, primary=bare, secondary=replace(moved.secondary, covariance=np.zeros((6, 6))))
    corrected = probability(known, options=PcOptions(cross_correlation=True)).pc
    assert corrected == pytest.approx(pc_grid(expected, np.ones(1), np.array([known.hbr_km]))[0, 0], rel=1e-9)
    assert corrected != plain


def test_shared_density_error_is_the_same_to_nc3d_and_monte_carlo() -> None:
    encounter = simple_encounter(hbr_m=40.0)
    along_1, along_2 = np.array([0.0, 0.35, 0.0, 0.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.35, 0.0, 0.0, 0.0])
    known = EncounterStates(
        replace(encounter.primary, density=DensityError(1.0, along_1)),
        replace(encounter.secondary, density=DensityError(1.0, along_2)),
        encounter.hbr_km,
    )
    options = PcOptions(cross_correlation=True, samples_max=150_000, precision=1e-3)
    drawn = probability(known, "monte-carlo", options=options)
    for method in ("foster-1992", "nc3d"):
        pc = probability(known, method, options=options).pc
        assert abs(drawn.pc - pc) < 3.5 * math.sqrt(pc / 150_000)
        assert abs(pc / probability(known, method).pc - 1.0) > 0.1


def rotated(encounter: EncounterStates, matrix: np.ndarray) -> EncounterStates:
    both = np.kron(np.eye(2), matrix)
    first, second = (
        ObjectState(matrix @ o.position_km, matrix @ o.velocity_km_s, both @ o.covariance @ both.T)
        for o in (encounter.primary, encounter.secondary)
    )
    return EncounterStates(first, second, encounter.hbr_km)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.5, 14.0), st.floats(0.02, 0.5),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_value_depends_neither_on_the_order_nor_on_the_axes(
    x: float, y: float, speed: float, sigma: float, seed: int
) -> None:
    encounter = simple_encounter(
        miss_km=(x, y, 0.03), speed_km_s=(0.1, 7.5 - 0.05 * speed, 0.2 * speed + 0.3),
        sigma_km=(sigma, 3.0 * sigma, sigma), hbr_m=12.0,
    )  # fmt: skip
    matrix = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    matrix *= np.linalg.det(matrix)
    swapped = replace(encounter, primary=encounter.secondary, secondary=encounter.primary)
    for method, rel in (("foster-1992", 1e-6), ("nc3d", 1e-4), ("alfriend-max", 1e-6)):
        value = probability(encounter, method).pc
        assert 0.0 <= value <= 1.0
        assert probability(swapped, method).pc == pytest.approx(value, rel=rel, abs=1e-30)
        assert probability(rotated(encounter, matrix), method).pc == pytest.approx(value, rel=rel, abs=1e-30)


def test_nc3d_of_a_short_encounter_is_the_2d_value() -> None:
    for miss_km in (0.02, 0.1, 0.25):
        encounter = simple_encounter(miss_km=(miss_km, 0.0, 0.0))
        usage = usage_2d(encounter)
        assert usage.straight
        flat = probability(encounter, usage=usage).pc
        assert probability(encounter, "nc3d", usage=usage).pc == pytest.approx(flat, rel=2e-3)


def test_monte_carlo_is_the_same_for_the_same_seed_and_stops_at_the_precision() -> None:
    encounter = simple_encounter(hbr_m=50.0)
    first = probability(encounter, "monte-carlo")
    again = probability(encounter, "monte-carlo")
    other = probability(encounter, "monte-carlo", options=PcOptions(seed=1))
    assert first == again
    assert first.pc != other.pc
    assert first.low is not None
    assert first.high is not None
    assert first.high - first.low <= 0.2 * first.pc
    assert first.evidence["samples"] < PcOptions().samples_max


def test_monte_carlo_without_hits_is_not_valid_but_bounds_the_value() -> None:
    encounter = simple_encounter(miss_km=(5.0, 0.0, 0.0))
    result = probability(encounter, "monte-carlo", options=PcOptions(samples_max=10_000))
    assert (result.pc, result.valid, result.low) == (0.0, False, 0.0)
    assert result.high == pytest.approx(1.0 - 0.025 ** (1.0 / 10_000), rel=1e-6)


@pytest.mark.parametrize(
    "options", [PcOptions(samples_max=0), PcOptions(window_s=(10.0, 10.0)), PcOptions(window_s=(10.0, -10.0))]
)
def test_monte_carlo_refuses_impossible_options(options: PcOptions) -> None:
    with pytest.raises(UsageError):
        probability(simple_encounter(), "monte-carlo", options=options)
