"""When the 2D probability must not be believed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from skypact.conjunction.pc_monte_carlo import clopper_pearson
from skypact.conjunction.pc_usage import DURATION_SIGMAS, usage_2d
from tests.conjunction.pc_cases import alfano_case, cara_cases, simple_encounter


def test_flags_are_those_of_cara(shared_data: Path) -> None:
    flagged, false = 0, 0
    for case in cara_cases(shared_data):
        usage = usage_2d(case.encounter)
        violated = float(case.row["ViolationsPc2D"]) > 0
        flagged += violated and not usage.straight
        false += not violated and not usage.straight
        if abs(usage.log_factor) < 5.0:
            # the estimated error, for small bodies, takes the straight value near to the curved one
            estimate = case.value("Pc2D") * math.exp(usage.log_factor)
            assert estimate == pytest.approx(case.value("Nc3D"), rel=0.3), case.name
    assert (flagged, false) == (15, 0)


def test_reasons_are_told_with_their_measures(shared_data: Path) -> None:
    slow = next(c for c in cara_cases(shared_data) if c.value("Vrel_mps") < 1.0)
    words = " / ".join(usage_2d(slow.encounter).violations)
    assert "lasts 4.9% of an orbit (limit 2%)" in words
    assert "peak +1027 s from closest approach" in words
    assert "factor of about 10^+75" in words


@pytest.mark.parametrize("number", [1, 2, 4, 8, 9, 10, 11])
def test_nonlinear_cases_of_alfano_are_flagged(shared_data: Path, number: int) -> None:
    assert not usage_2d(alfano_case(shared_data, number)[0]).straight


def test_linear_case_of_alfano_passes(shared_data: Path) -> None:
    assert usage_2d(alfano_case(shared_data, 3)[0]).straight


def test_objects_at_rest_to_each_other_are_flagged() -> None:
    assert not usage_2d(simple_encounter(speed_km_s=(0.0, 7.5, 0.0))).straight


def test_duration_is_that_of_a_part_of_1e_16() -> None:
    from scipy.special import erfcinv

    assert pytest.approx(math.sqrt(2.0) * erfcinv(1e-16), abs=1e-4) == DURATION_SIGMAS


@pytest.mark.parametrize(
    ("hits", "samples"), [(0, 10), (1, 10), (10, 10), (37, 100_000), (400, 1_000_000), (50_000, 200_000)]
)
def test_interval_is_that_of_the_beta_distribution(hits: int, samples: int) -> None:
    from scipy.stats import beta

    low, high = clopper_pearson(hits, samples, 0.95)
    assert low == pytest.approx(beta.ppf(0.025, hits, samples - hits + 1) if hits else 0.0, rel=1e-8)
    expected = beta.ppf(0.975, hits + 1, samples - hits) if hits < samples else 1.0
    assert high == pytest.approx(expected, rel=1e-8)
