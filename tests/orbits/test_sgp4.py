"""SGP4 against the published verification set and against the sgp4 package on whole catalogs."""

from __future__ import annotations

import math
from itertools import pairwise

from sgp4.api import Satrec

from skypact.orbits.sgp4 import Sgp4Models
from skypact.orbits.sgp4_kernels import sgp4_state
from tests.plain.sgp4_plain import VERIFICATION, elements_of

POSITION_KM = 1.0e-6
VELOCITY_KM_S = 1.0e-9
PRINTED_KM = 1.0e-6
"""The published output was made on another machine; the sgp4 package's own test allows 2e-7 km."""


def verification_cases() -> list[tuple[Satrec, list[float]]]:
    """Return every element set of SGP4-VER.TLE with its minutes, as listed in the second line."""
    cases = []
    lines = (VERIFICATION / "SGP4-VER.TLE").read_text().splitlines()
    for first, second in pairwise(lines):
        if not (first.startswith("1 ") and second.startswith("2 ")):
            continue
        start, stop, step = (float(word) for word in second[69:].split())
        minutes = [0.0] if start != 0.0 else []
        at = start
        while stop - at > 1.0e-5:
            minutes.append(at)
            at += step
        cases.append((Satrec.twoline2rv(first[:69], second[:69]), [*minutes, stop]))
    return cases


def published_states() -> list[list[list[float]]]:
    """Return the rows (minutes, x, y, z, vx, vy, vz) of tcppver.out, one list for each element set."""
    blocks: list[list[list[float]]] = []
    for line in (VERIFICATION / "tcppver.out").read_text().splitlines():
        if line.endswith("xx"):
            blocks.append([])
        elif line.strip():
            blocks[-1].append([float(word) for word in line.split()[:7]])
    return blocks


def test_scalar_kernel_gives_the_published_states() -> None:
    cases = verification_cases()
    models = Sgp4Models.from_elements(elements_of([satellite for satellite, _ in cases]))
    worst = compared = 0.0
    for i, block in enumerate(published_states()):
        for minutes, *state in block:
            error, *ours = sgp4_state(models.coefficients[i], minutes)
            if error == 0:
                worst = max(worst, max(abs(a - b) for a, b in zip(ours[:3], state[:3], strict=True)))
                compared += 1
    print(f"published states: {compared:.0f}, largest difference {worst:.1e} km")
    assert compared > 600
    assert worst < PRINTED_KM


def test_scalar_kernel_equals_the_twin_with_its_error_codes() -> None:
    cases = verification_cases()
    models = Sgp4Models.from_elements(elements_of([satellite for satellite, _ in cases]))
    codes = set()
    for i, (satellite, minutes) in enumerate(cases):
        for at in minutes:
            code, position, velocity = satellite.sgp4_tsince(at)
            error, *ours = sgp4_state(models.coefficients[i], at)
            codes.add(error)
            assert error == code
            if code:
                assert all(math.isnan(value) for value in ours)
                continue
            assert math.dist(ours[:3], position) < POSITION_KM
            assert math.dist(ours[3:], velocity) < VELOCITY_KM_S
    assert codes >= {0, 1, 4, 6}
