"""Hall's expected number of collisions along curved orbits (3D-Nc): slow, long and bent encounters."""

from __future__ import annotations

import math

import numpy as np

from skypact.conjunction.pc_geometry import CORRELATION_REPAIR, EncounterStates
from skypact.conjunction.pc_hall_kernels import expected_collisions
from skypact.conjunction.pc_result import PcOptions, PcResult
from skypact.conjunction.pc_usage import SPREAD_PER_SEGMENT_MAX, UsageCheck

EXTENDED_MAX = 0.5
"""Longest encounter in orbital periods that one segment holds (CARA's cutoff for 3D-Nc)."""
END_RATE_MAX = 0.01
"""Largest rate at either end of the encounter segment, over its mean, for an encounter of its own."""
SLOW_PIECES = 64
"""Even pieces of a slow encounter's segment, with 8 nodes each: 6 s apart in low orbits, 5 min in GEO."""


def pc_hall_2021(encounter: EncounterStates, usage: UsageCheck, options: PcOptions) -> PcResult:
    """Integrate the expected collision rate over one encounter of two curved orbits.

    Both objects move on two-body orbits; their densities are Gaussian in equinoctial elements. At every time
    the motions are expanded where the densities overlap most, the flux of the joint density through the
    hard-body sphere is integrated over the sphere, and the rate over time between the maxima of the
    distance on both sides.

    Source: D. T. Hall, "Expected Collision Rates for Tracked Satellites", Journal of Spacecraft and Rockets
    58(3), 715-728, 2021. The frame is turned so that retrograde and equatorial orbits are regular.

    Accuracy: 27 of the 27 conjunctions of NASA CARA within 0.25 % of their Nc3D (which lies 0.08 % high on
    plain encounters), 5 to 20 ms each. Not where an encounter runs into the next one, and not for densities
    longer than a large part of the orbit: there only Monte Carlo holds.
    """
    curved = usage.curved
    if curved is None:
        return PcResult("nc3d", math.nan, False, "no peak of the curved densities was found")
    ends = np.empty(2)
    failures = np.zeros(1, dtype=np.int64)
    spread_s = min(curved.spread_s, SPREAD_PER_SEGMENT_MAX * (curved.stop_s - curved.start_s))
    crossing_s = math.inf if curved.speed_km_s == 0.0 else encounter.hbr_km / curved.speed_km_s
    crossing_s = min(crossing_s, curved.stop_s - curved.start_s)
    pieces = 1 if curved.single_minimum else SLOW_PIECES
    expected = expected_collisions(
        curved.pair,
        curved.start_s,
        curved.stop_s,
        curved.peak_s,
        spread_s,
        crossing_s,
        pieces,
        ends,
        failures,
    )
    against = []
    if not encounter.primary.has_velocity_covariance or not encounter.secondary.has_velocity_covariance:
        against.append("a covariance without velocity: its growth over the encounter is unknown")
    if failures[0]:
        against.append(f"the overlap of the densities was not found at {failures[0]} times near the peak")
    if usage.extended > EXTENDED_MAX:
        against.append(f"the encounter lasts {usage.extended:.0%} of an orbit (limit {EXTENDED_MAX:.0%})")
    if ends.max() > END_RATE_MAX:
        against.append("collisions go on beyond the segment: the encounter runs into the next one")
    if expected > 1.0:
        against.append(
            f"{expected:.3g} collisions are expected: a probability cannot be told from their number"
        )
    notes = (f"repaired: {CORRELATION_REPAIR}",) if curved.elements.repaired else ()
    span = f"{curved.start_s:+.0f} to {curved.stop_s:+.0f} s"
    checked = f"rate integrated over {span}, peak at {curved.peak_s:+.2f} s"
    evidence: dict[str, float | int | str | bool] = {
        "peak_s": curved.peak_s,
        "spread_s": curved.spread_s,
        "start_s": curved.start_s,
        "stop_s": curved.stop_s,
    }
    why = "; ".join(against) if against else checked
    return PcResult("nc3d", min(expected, 1.0), not against, why, notes=notes, evidence=evidence)
