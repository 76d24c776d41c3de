"""CDMs of other parties are read with all their untidiness, and refused with a line where it goes too far."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import format_utc
from skypact.errors import FormatError
from skypact.formats.cdm import read_cdms
from skypact.formats.reading import RawInput

DATA = Path(__file__).parents[1] / "data" / "messages"


def raw(path: Path) -> RawInput:
    return RawInput(path.name, path.read_bytes())


def edited(old: str, new: str) -> RawInput:
    text = (DATA / "close_approach.cdm").read_text()
    assert old in text
    return RawInput("edited.cdm", text.replace(old, new, 1).encode())


def test_every_value_of_a_message_is_read() -> None:
    cdms, report = read_cdms(raw(DATA / "close_approach.cdm"))
    (cdm,) = cdms
    assert format_utc(cdm.tca_tai_ns) == "2031-02-03T04:05:06.789Z"
    assert (cdm.miss_distance_m, cdm.relative_speed_m_s) == (123.4, 14000.5)
    assert cdm.collision_probability == 1.25e-4
    assert cdm.collision_probability_method == "FOSTER-1992"
    assert (cdm.hbr_m, cdm.hbr_source) == (12.5, "COMMENT HBR")
    first, second = cdm.objects
    assert (first.norad, second.norad) == (90000001, 270387)
    assert (first.object_name, first.maneuverable, second.object_id) == ("EXAMPLE SAT", "YES", "")
    np.testing.assert_array_equal(first.position_km, [7000.125, -10.5, 0.25])
    np.testing.assert_array_equal(first.velocity_km_s, [0.001, 5.25, 5.5])
    assert first.covariance_rtn_m2 is not None
    np.testing.assert_array_equal(first.covariance_rtn_m2, first.covariance_rtn_m2.T)
    assert first.covariance_rtn_m2[1, 1] == 2.5e3
    assert first.covariance_rtn_m2[4, 0] == -1.5e-2
    assert (first.obs_used, first.weighted_rms, first.actual_od_span_d) == (480, 0.95, 4.5)
    assert (second.obs_used, second.weighted_rms) == (None, None)
    assert first.dcp is not None
    assert first.dcp.sigma == 0.21
    np.testing.assert_array_equal(first.dcp.position_m, [-100.0, 4.2e4, 5.1])
    np.testing.assert_array_equal(first.dcp.velocity_m_s, [-46.25, 0.073, 0.089])
    assert second.dcp is None
    assert (report.accepted, report.rejected) == (1, [])


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("2031-02-03T04:05:06.789", "2031-02-31T04:05:06.789", "6: TCA", "no such day"),
        ("MISS_DISTANCE = 123.4 [m]", "MISS_DISTANCE = ", "7: MISS_DISTANCE", "no value"),
        ("MISS_DISTANCE = 123.4", "MISS_DISTANCE = 12x", "7: MISS_DISTANCE", "'12x [m]' is not a number"),
        ("MISS_DISTANCE = 123.4 [m]\n", "", "1: MISS_DISTANCE", "missing"),
        ("Y = -10.5", "Y = NaN", "OBJECT1 Y", "'NaN' is not a number"),
        ("CR_R = 4.142E+01", "CR_R = -4", "OBJECT1 CR_R", "a variance must be >= 0"),
        ("CN_N = 7.1E+01 [m**2]\n", "", "OBJECT1 CN_N", "missing"),
        ("OBJECT = OBJECT2", "OBJECT = OBJECT1", "OBJECT", "a CDM has OBJECT1 and OBJECT2"),
        ("ORIGINATOR = EXAMPLE", "ORIGINATOR EXAMPLE", "edited.cdm:3", "neither 'KEYWORD = value'"),
        ("X = 7000.125 [km]", "X = 7000.125 [Mm]", "OBJECT1 X", "the standard prescribes [km]"),
        ("MESSAGE_ID = 1", "TCA = 2031-02-03T04:05:06.789", "6: TCA", "given twice"),
    ],
)
def test_a_broken_message_is_refused_with_line_field_and_reason(
    old: str, new: str, place: str, reason: str
) -> None:
    with pytest.raises(FormatError) as caught:
        read_cdms(edited(old, new))
    assert place in caught.value.where
    assert reason in caught.value.what


def test_missing_center_empty_designator_and_unknown_keyword_are_read_and_told() -> None:
    cdms, report = read_cdms(edited("MISS_DISTANCE", "FAVORITE_COLOR = RED\nMISS_DISTANCE"))
    assert cdms[0].objects[1].orbit_center == "EARTH"
    assert any("no center given" in w for w in report.warnings)
    assert any("INTERNATIONAL_DESIGNATOR: empty" in w for w in report.warnings)
    assert report.unknown_keys == {"FAVORITE_COLOR": 1}
    with pytest.raises(FormatError, match="FAVORITE_COLOR: unknown keyword"):
        read_cdms(edited("MISS_DISTANCE", "FAVORITE_COLOR = RED\nMISS_DISTANCE"), strict=True)


def test_kilometers_are_converted_and_told() -> None:
    cdms, report = read_cdms(edited("MISS_DISTANCE = 123.4 [m]", "MISS_DISTANCE = 0.1234 [km]"))
    assert cdms[0].miss_distance_m == 123.4
    assert any("converted from [km] to [m]" in w for w in report.warnings)


def test_real_cara_messages_have_their_radius_and_density_sensitivity(shared_data: Path) -> None:
    files = sorted((shared_data / "pc" / "cara_cdm").glob("*.cdm"))
    assert len(files) == 27
    for path in files:
        (cdm,), report = read_cdms(raw(path))
        assert not report.unknown_keys
        assert cdm.hbr_source == "COMMENT HBR"
        assert all(o.covariance_rtn_m2 is not None and o.dcp is not None for o in cdm.objects)
        assert cdm.objects[0].hbr_source == "COMMENT Exclusion Volume Radius"


def test_alfano_messages_with_nan_fields_are_read(shared_data: Path) -> None:
    hbr_m = [15, 4, 15, 15, 10, 10, 10, 4, 6, 6, 4]  # table of Alfano 2009, alfano2009_reference.csv
    for path, expected in zip(
        sorted((shared_data / "pc" / "alfano2009_cdm").glob("*.cdm")), hbr_m, strict=True
    ):
        (cdm,), _ = read_cdms(raw(path))
        assert cdm.hbr_m == expected
        assert cdm.objects[0].weighted_rms is None
