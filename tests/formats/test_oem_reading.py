"""Ephemerides of other parties are read whole, and refused with a line where their structure is broken."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import format_utc
from skypact.errors import FormatError, UnsupportedError
from skypact.formats.oem import read_oem, read_oems
from skypact.formats.reading import RawInput

DATA = Path(__file__).parents[1] / "data" / "messages"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def raw(path: Path) -> RawInput:
    return RawInput(path.name, path.read_bytes())


def edited(old: str, new: str) -> RawInput:
    text = (DATA / "two_arcs.oem").read_text()
    assert old in text
    return RawInput("edited.oem", text.replace(old, new, 1).encode())


def test_every_part_of_an_ephemeris_is_read() -> None:
    oem, report = read_oem(raw(DATA / "two_arcs.oem"))
    first, second = oem.segments
    assert (oem.originator, oem.version) == ("EXAMPLE", "2.0")
    assert (first.object_name, first.ref_frame, first.center_name) == ("EXAMPLE SAT", "EME2000", "EARTH")
    assert format_utc(int(first.epoch_tai_ns[0])) == "2031-02-03T00:00:00.000Z"
    np.testing.assert_array_equal(np.diff(first.epoch_tai_ns), 60_000_000_000)
    np.testing.assert_array_equal(first.position_km[1], [6985.125, 315.0, 329.5])
    np.testing.assert_array_equal(first.velocity_km_s[3], [-1.6, 5.15, 5.4])
    assert first.acceleration_km_s2 is not None
    np.testing.assert_array_equal(first.acceleration_km_s2[1], [1e-3, -2e-3, 3e-3])
    assert np.isnan(first.acceleration_km_s2[0]).all()
    assert second.acceleration_km_s2 is None
    assert first.comments == ((0, "states before the burn"), (2, "one comment in between"))
    assert first.covariance_frames == ("RTN", "")
    assert first.covariance_km2.shape == (2, 6, 6)
    np.testing.assert_array_equal(first.covariance_km2[0], first.covariance_km2[0].T)
    assert first.covariance_km2[0, 4, 1] == -2.86e-7
    assert second.covariance_km2.shape == (0, 6, 6)
    assert [format_utc(t) for t in first.useable_span_tai_ns] == [
        "2031-02-03T00:01:00.000Z",
        "2031-02-03T00:02:00.000Z",
    ]
    assert (first.interpolation, first.interpolation_degree) == ("HERMITE", 3)
    assert int(second.epoch_tai_ns[1]) % 1_000_000_000 == 123_456_789
    assert any("OBJECT_ID: empty" in w for w in report.warnings)
    assert any("states outside START_TIME to STOP_TIME" in w for w in report.warnings)


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        (
            "START_TIME = 2031-02-03T00:00:37",
            "START_TIME = 2031-02-30T00:00:37",
            "13: START_TIME",
            "no such day",
        ),
        ("REF_FRAME = EME2000\n", "", "6: REF_FRAME", "missing"),
        ("CENTER_NAME = EARTH", "CENTER_NAME =", "10: CENTER_NAME", "no value"),
        ("629.0 658.0 -1.1", "629.0 -1.1", "25: state", "6 or 9 numbers, found 6 words"),
        ("629.0 658.0 -1.1", "629.0 NaN -1.1", "25: state", "not a number"),
        ("629.0 658.0 -1.1", "629.0 1e999 -1.1", "25: state", "not finite"),
        ("2031-034T00:01:37", "2031-366T00:01:37", "23: EPOCH", "no such day"),
        ("EPOCH = 2031-02-03T00:03:37.000\n", "", "38: covariance", "more than 6 rows"),
        ("3.33e-04\n", "-3.33e-04\n", "32: covariance", "a variance must be >= 0"),
        ("COVARIANCE_STOP", "", "47", "META_START in the wrong place"),
        ("META_STOP", "META STOP", "19", "is no line of an OEM"),
        (
            "TIME_SYSTEM = TAI\nSTART_TIME = 2031-02-03T00:03",
            "TIME_SYSTEM = UTC\nSTART_TIME = 2031-02-03T00:03",
            "TIME_SYSTEM",
            "the first segment is in TAI",
        ),
    ],
)
def test_a_broken_ephemeris_is_refused_with_line_field_and_reason(
    old: str, new: str, place: str, reason: str
) -> None:
    with pytest.raises(FormatError) as caught:
        read_oem(edited(old, new))
    assert place in caught.value.where
    assert reason in caught.value.what


def test_a_clock_that_nobody_knows_is_kept_but_not_related_to_utc() -> None:
    text = (DATA / "two_arcs.oem").read_text().replace("TIME_SYSTEM = TAI", "TIME_SYSTEM = MRT")
    oem, report = read_oem(RawInput("relative.oem", text.encode()))
    assert any("MRT cannot be related to UTC" in w for w in report.warnings)
    assert oem.segments[0].epoch_ns.shape == (4,)
    with pytest.raises(UnsupportedError, match="time system MRT"):
        _ = oem.segments[0].epoch_tai_ns


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("UTC", 37.0),
        ("TAI", 0.0),
        ("TT", -32.184),
        ("GPS", 19.0),
    ],  # seconds to TAI; IERS Bulletin C, IS-GPS-200
)
def test_time_systems_are_honored(system: str, expected: float) -> None:
    text = (DATA / "two_arcs.oem").read_text()
    tai, _ = read_oem(RawInput("x", text.encode()))
    other, _ = read_oem(RawInput("x", text.replace("TIME_SYSTEM = TAI", f"TIME_SYSTEM = {system}").encode()))
    shift = other.segments[0].epoch_tai_ns - tai.segments[0].epoch_tai_ns
    np.testing.assert_array_equal(shift, round(expected * 1e9))


def test_other_messages_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="TDM messages are not supported yet"):
        read_oem(RawInput("x.tdm", b"CCSDS_TDM_VERS = 2.0\nCREATION_DATE = 2031-01-01T00:00:00\n"))
    with pytest.raises(UnsupportedError, match="OPM messages are not supported yet"):
        read_oem(RawInput("x.xml", b"<ndm><opm id='CCSDS_OPM_VERS' version='2.0'/></ndm>"))


VALID = [
    *sorted(SHARED.glob("ccsds/orekit/valid/odm/oem/*")),
    *sorted(SHARED.glob("ccsds/bradsease-oem/*")),
    *sorted(p for p in SHARED.glob("ccsds/ccsds-ndm/*/*") if b"CCSDS_OEM" in p.read_bytes()),
]


@pytest.mark.parametrize("path", VALID, ids=lambda p: p.name)
def test_valid_ephemerides_of_others_are_read(path: Path) -> None:
    oems, report = read_oems(raw(path))
    assert report.accepted == len(oems) == 1
    assert not report.unknown_keys
    assert all(np.isfinite(s.position_km).all() for s in oems[0].segments)


INVALID = {
    "OEM-inconsistent-time-systems.txt": (33, "the first segment is in UTC"),
    "OEM-too-few-covariance-columns.txt": (55, "row 5 of a covariance matrix has 5 numbers, found 4"),
    "OEM-too-large-covariance-dimension.txt": (91, "more than 6 rows"),
    "OEM-too-many-covariance-columns.txt": (51, "row 1 of a covariance matrix has 1 numbers, found 6"),
    "OEM-too-small-covariance-dimension.txt": (89, "has 6 rows, found 4"),
}


@pytest.mark.parametrize("name", sorted(INVALID))
def test_broken_ephemerides_of_others_are_refused(shared_data: Path, name: str) -> None:
    line, reason = INVALID[name]
    with pytest.raises(FormatError) as caught:
        read_oem(raw(shared_data / "ccsds/orekit/invalid/odm/oem" / name))
    assert f"{name}:{line}:" in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize("name", ["OEM-wrong-keyword.txt", "OEM-keyword-within-covariance.txt"])
def test_unknown_keywords_of_others_are_counted_and_refused_only_strictly(
    shared_data: Path, name: str
) -> None:
    path = shared_data / "ccsds/orekit/invalid/odm/oem" / name
    _, report = read_oem(raw(path))
    assert sum(report.unknown_keys.values()) == 1
    with pytest.raises(FormatError, match="unknown keyword"):
        read_oem(raw(path), strict=True)


def test_fifteen_days_of_the_space_station_are_read_quickly(shared_data: Path) -> None:
    path = shared_data / "orbits/iss_oem/ISS.OEM_J2K_EPH_2023.xml.gz"
    text = RawInput(path.name, gzip.decompress(path.read_bytes()))
    start = time.process_time()
    oem, _ = read_oem(text)
    seconds = time.process_time() - start
    assert oem.segments[0].epoch_ns.shape == (5858,)  # states in the file, shared/data/README.md
    assert seconds < 1.5  # 0.3 s on the machine of 2026; a runaway shows
