"""What a message says of its orbits, and what of it deserves doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.conjunction.orbit_quality import orbit_quality
from skypact.formats.cdm_values import CdmObject

DAY_NS = 86_400 * 10**9
GOOD = CdmObject(
    designator="1",
    object_name="SAMPLE",
    object_id="",
    ref_frame="GCRF",
    position_km=np.zeros(3),
    velocity_km_s=np.zeros(3),
    covariance_rtn_m2=None,
    time_lastob_end_tai_ns=-2 * DAY_NS,
    obs_used=100,
    obs_available=104,
    weighted_rms=1.1,
    actual_od_span_d=5.0,
)


def test_good_orbit_raises_no_doubt() -> None:
    quality = orbit_quality(GOOD, tca_tai_ns=DAY_NS, creation_tai_ns=0)
    assert quality.doubts == ()
    assert (quality.age_d, quality.age_known) == (3.0, True)
    assert quality.words() == (
        "SAMPLE: 100 of 104 observations, weighted RMS 1.10, fit over 5.0 d, last observation 3.0 d before"
    )


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"weighted_rms": 2.5}, "weighted RMS 2.50"),
        ({"weighted_rms": 0.2}, "weighted RMS 0.20"),
        ({"obs_used": 12, "obs_available": 12}, "only 12 observations"),
        ({"obs_used": 60}, "58%"),
        ({"actual_od_span_d": 1.0}, "3.0 times its fit span"),
        ({"covariance_method": "DEFAULT"}, "covariance DEFAULT"),
    ],
)
def test_doubts_are_named(changes: dict[str, object], word: str) -> None:
    quality = orbit_quality(replace(GOOD, **changes), tca_tai_ns=DAY_NS, creation_tai_ns=0)
    assert len(quality.doubts) == 1
    assert word in quality.doubts[0]
    assert "doubtful" in quality.words()


def test_silent_message_is_aged_by_its_creation() -> None:
    silent = replace(
        GOOD, time_lastob_end_tai_ns=None, obs_used=None, obs_available=None, weighted_rms=None,
        actual_od_span_d=None, object_name="",
    )  # fmt: skip
    quality = orbit_quality(silent, tca_tai_ns=DAY_NS, creation_tai_ns=0)
    assert (quality.age_d, quality.age_known, quality.doubts) == (1.0, False, ())
    assert quality.words() == "1: message (last observation not stated) 1.0 d before"
