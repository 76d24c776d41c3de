"""Catalog numbers above 99,999 and above 339,999: read, propagated, written, and refused where they must."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sgp4.api import Satrec

from skypact.astro.timescales import tai_ns_to_utc_jd
from skypact.errors import FormatError
from skypact.formats.catalog_files import read_elements
from skypact.formats.omm_csv import write_omm_csv
from skypact.formats.omm_json import write_omm_json
from skypact.formats.omm_messages import write_omm_kvn, write_omm_xml
from skypact.formats.reading import RawInput
from skypact.formats.tle import write_tle
from skypact.orbits.sgp4 import Sgp4Models, propagate

CATALOG = Path(__file__).parents[1] / "data" / "elements" / "celestrak.csv"
LARGE = [270123, 799500124]


def test_large_numbers_load_propagate_and_are_written_as_omm() -> None:
    table, _ = read_elements(RawInput("celestrak.csv", CATALOG.read_bytes()))
    large = table.take(np.isin(table.norad, LARGE))
    assert large.norad.tolist() == LARGE
    times = large.epoch_tai_ns[:1] + np.array([0, 3_600, 86_400]) * 10**9
    states = propagate(Sgp4Models.from_elements(large), times)
    assert not np.any(states.error)
    jd, fraction = tai_ns_to_utc_jd(times)
    epoch_jd, epoch_fraction = tai_ns_to_utc_jd(large.epoch_tai_ns)
    for i in range(len(large)):
        peer = Satrec()
        peer.sgp4init(
            0, "i", 0, (epoch_jd[i] - 2433281.5) + epoch_fraction[i],
            large.bstar_per_er[i], 0.0, 0.0, large.eccentricity[i],
            *np.radians([large.arg_perigee_deg[i], large.inclination_deg[i], large.mean_anomaly_deg[i]]),
            large.mean_motion_rev_d[i] * 2 * np.pi / 1440, np.radians(large.raan_deg[i]),
        )  # fmt: skip
        for k in range(len(times)):
            _, position_km, _ = peer.sgp4(jd[k], fraction[k])
            np.testing.assert_allclose(states.position_km[i, k], position_km, atol=1e-3)
    for write in (write_omm_csv, write_omm_json, write_omm_kvn, write_omm_xml):
        back, report = read_elements(RawInput("back", write(large).encode()))
        assert not report.rejected
        assert back.norad.tolist() == LARGE
        assert back.eccentricity.tolist() == large.eccentricity.tolist()


def test_a_number_above_the_reach_of_alpha5_is_refused_as_tle_with_a_reason() -> None:
    table, _ = read_elements(RawInput("celestrak.csv", CATALOG.read_bytes()))
    text = write_tle(table.take(table.norad == LARGE[0]))
    assert read_elements(RawInput("back", text.encode()))[0].norad.tolist() == [LARGE[0]]
    with pytest.raises(FormatError, match=r"799500124.*does not fit in a TLE.*OMM"):
        write_tle(table)
