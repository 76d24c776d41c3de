"""The operator ephemeris text of Starlink (Modified ITC)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import format_utc
from skypact.errors import FormatError, UnsupportedError
from skypact.formats.ephemerides import read_ephemerides
from skypact.formats.itc import read_itc, write_itc
from skypact.formats.reading import RawInput

PATH = next((Path(__file__).parents[1] / "data" / "messages").glob("MEME_*"))
SAMPLE = PATH.read_text()


def edited(old: str, new: str) -> RawInput:
    assert old in SAMPLE
    return RawInput("edited.txt", SAMPLE.replace(old, new, 1).encode())


def test_every_part_is_read() -> None:
    oem, report = read_itc(RawInput(str(PATH), PATH.read_bytes()))
    (segment,) = oem.segments
    assert (segment.object_name, segment.object_id) == ("EXAMPLE-7", "99001")
    assert (segment.ref_frame, segment.time_system, segment.center_name) == ("EME2000", "UTC", "EARTH")
    assert [format_utc(int(t)) for t in segment.epoch_tai_ns[:2]] == [
        "2031-03-10T20:16:42.000Z",
        "2031-03-10T20:17:42.000Z",
    ]
    np.testing.assert_array_equal(segment.position_km[0], [2331.25, -3813.5, -5288.125])
    np.testing.assert_array_equal(segment.velocity_km_s[2], [6.75, 2.36, 2.57])
    assert segment.covariance_frames == ("RTN",) * 3
    np.testing.assert_array_equal(
        np.diag(segment.covariance_km2[0]), [5.1e-7, 8.0e-7, 1.3e-6, 2.0e-12, 5.2e-13, 5.4e-12]
    )
    assert segment.covariance_km2[1, 5, 2] == segment.covariance_km2[1, 2, 5] == 1.8e-9
    assert format_utc(oem.creation_tai_ns or 0) == "2031-03-10T20:32:53.000Z"
    assert report.warnings == []


def test_written_text_is_read_back_identically() -> None:
    oem, _ = read_itc(RawInput(str(PATH), PATH.read_bytes()))
    text = write_itc(oem)
    again, _ = read_itc(RawInput(str(PATH), text.encode()))
    assert write_itc(again) == text
    np.testing.assert_array_equal(again.segments[0].covariance_km2, oem.segments[0].covariance_km2)
    assert text.splitlines()[:4] == SAMPLE.splitlines()[:4]


def test_states_without_covariance_and_without_header_are_read() -> None:
    lines = [line for line in SAMPLE.splitlines() if line.startswith("2031")]
    oem, _ = read_itc(RawInput("x.txt", ("UVW\n" + "\n".join(lines)).encode()))
    assert oem.segments[0].covariance_km2.shape == (0, 6, 6)
    assert oem.segments[0].object_id == ""
    assert oem.creation_tai_ns is None
    one_less = "\n".join([*SAMPLE.splitlines()[:5], *SAMPLE.splitlines()[8:]])
    oem, report = read_itc(RawInput("x.txt", one_less.encode()))
    assert len(oem.segments[0].covariance_epoch_ns) == 2
    assert report.warnings == ["x.txt: 1 of 3 states have no covariance"]


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("2031069201742.000", "2031367201742.000", "9: epoch", "no such day"),
        ("2753.5 ", "fast ", "9", "'fast' is not a number"),
        ("5.6e-07", "x5.6e-07", "9", "'x5.6e-07' is not a number"),
        ("5.6e-07", "-5.6e-07", "9", "a variance must be >= 0"),
        ("5.6e-07", "5.6e-07 1.0", "12", "more than 21 numbers"),
        ("5.6e-07 ", "", "9", "21 numbers, found 20"),
        ("created:2031-03-10", "created:2031-13-10", "1: created", "no such day"),
    ],
)
def test_broken_text_is_refused_with_line_and_reason(old: str, new: str, place: str, reason: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_itc(edited(old, new))
    assert caught.value.where.startswith(f"edited.txt:{place}")
    assert reason in caught.value.what


def test_what_the_format_cannot_hold_is_not_written() -> None:
    oem, _ = read_itc(RawInput(str(PATH), PATH.read_bytes()))
    (segment,) = oem.segments
    for changed, reason in (
        (replace(segment, ref_frame="ITRF"), "EME2000"),
        (replace(segment, time_system="TAI"), "UTC"),
        (replace(segment, covariance_frames=("TNW",) * 3), "RTN"),
    ):
        with pytest.raises(FormatError, match=reason):
            write_itc(replace(oem, segments=(changed,)))
    with pytest.raises(FormatError, match="2 segments"):
        write_itc(replace(oem, segments=(segment, segment)))


def test_any_ephemeris_file_is_read_by_content() -> None:
    oems, _ = read_ephemerides(RawInput(str(PATH), PATH.read_bytes()))
    assert oems[0].segments[0].object_id == "99001"
    with pytest.raises(UnsupportedError, match="OPM messages are not supported yet"):
        read_ephemerides(RawInput("x", b"CCSDS_OPM_VERS = 2.0\n"))
