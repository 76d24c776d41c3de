"""CDMs made from element sets: complete, consistent, and marked so that nobody takes them for real ones."""

from __future__ import annotations

import importlib
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.astro.timescales import parse_utc
from skypact.conjunction.cdm_content import (
    NOT_REAL,
    ElementSide,
    MessageHead,
    cdm_of_elements,
    velocity_completed,
)
from skypact.conjunction.cdm_mode import mode_of
from skypact.formats.cdm import Cdm, read_cdms, write_cdm_json, write_cdm_kvn, write_cdm_xml
from skypact.formats.fields import COMMENT
from skypact.formats.reading import RawInput
from skypact.records import DataMode

TCA = parse_utc("2031-02-03T04:05:06.123456Z")
WRITERS = {"kvn": write_cdm_kvn, "xml": write_cdm_xml, "json": write_cdm_json}


def side(number: int, position: tuple[float, ...], velocity: tuple[float, ...]) -> ElementSide:
    return ElementSide(
        norad=number,
        object_name=f"OBJECT {number}",
        object_id="2030-001A",
        kind="payload",
        operator="Example Org",
        maneuverable=True,
        epoch_tai_ns=parse_utc("2031-02-01T00:00:00Z"),
        set_name="source celestrak, number 17 of kr.kasi",
        position_km=np.array(position),
        velocity_km_s=np.array(velocity),
        covariance_rtn_km2=np.diag([0.04, 0.25, 0.09]),
        covariance_source="assumed by regime (Flohrer et al. 2008)",
    )


HEAD = MessageHead(
    message_id="kr.kasi_1",
    originator="kr.kasi",
    creation_tai_ns=parse_utc("2031-02-02T00:00:00Z"),
    tca_tai_ns=TCA,
    data_mode=DataMode.EXERCISE,
    screening="number 3 of kr.kasi, below 5 km",
    hbr_m=7.5,
    hbr_source="default by kind, sum of both",
    pc=1.25e-5,
    pc_method="foster-1992",
    start_tai_ns=parse_utc("2031-02-02T00:00:00Z"),
    stop_tai_ns=parse_utc("2031-02-09T00:00:00Z"),
)
FIRST = side(25544, (7000.0, 1.0, 2.0), (0.1, 7.5, 0.2))
SECOND = side(123456789, (7000.1, 1.2, 1.7), (0.0, 0.3, 7.4))


def made(**changes: object) -> Cdm:
    return cdm_of_elements(FIRST, SECOND, replace(HEAD, **changes))  # type: ignore[arg-type]


def read(text: str) -> Cdm:
    (cdm,), report = read_cdms(RawInput("written", text.encode()), strict=True)
    assert report.warnings == []
    return cdm


@pytest.mark.parametrize("notation", WRITERS)
def test_it_is_read_back_identically_from_every_notation(notation: str) -> None:
    cdm = made()
    again = read(WRITERS[notation](cdm))
    assert WRITERS[notation](again) == WRITERS[notation](cdm)
    for name in ("message_id", "originator", "creation_tai_ns", "tca_tai_ns", "miss_distance_m", "hbr_m"):
        assert getattr(again, name) == getattr(cdm, name)
    assert (again.collision_probability, again.collision_probability_method) == (1.25e-5, "FOSTER-1992")
    np.testing.assert_array_equal(again.relative_position_rtn_m, cdm.relative_position_rtn_m)
    np.testing.assert_array_equal(again.relative_velocity_rtn_m_s, cdm.relative_velocity_rtn_m_s)
    for one, two in zip(again.objects, cdm.objects, strict=True):
        assert (one.norad, one.object_name, one.maneuverable) == (two.norad, two.object_name, "YES")
        assert (one.ref_frame, one.orbit_center, one.covariance_method) == ("GCRF", "EARTH", "DEFAULT")
        np.testing.assert_array_equal(one.position_km, two.position_km)
        np.testing.assert_array_equal(one.velocity_km_s, two.velocity_km_s)
        np.testing.assert_array_equal(one.covariance_rtn_m2, two.covariance_rtn_m2)


@pytest.mark.parametrize("notation", ["kvn", "xml"])
def test_an_independent_reader_takes_it(notation: str) -> None:
    reader = importlib.import_module("ccsds_ndm")
    cdm = made()
    other = reader.from_str(WRITERS[notation](cdm))
    assert other.header.originator == "kr.kasi"
    assert other.body.relative_metadata_data.miss_distance == cdm.miss_distance_m
    for ours, theirs in zip(cdm.objects, other.body.segments, strict=True):
        state = theirs.data.state_vector
        np.testing.assert_array_equal(ours.position_km, [state.x, state.y, state.z])
        assert theirs.data.covariance_matrix.ct_t == ours.covariance_rtn_m2[1, 1]
        assert "default" in str(theirs.metadata.covariance_method).lower()


def test_its_xml_is_well_formed() -> None:
    root = ElementTree.fromstring(write_cdm_xml(made()))
    assert root.tag == "cdm"
    assert [e.text for e in root.iter("COVARIANCE_METHOD")] == ["DEFAULT", "DEFAULT"]


@pytest.mark.parametrize("notation", WRITERS)
def test_it_says_wherever_one_looks_that_it_is_not_a_real_one(notation: str) -> None:
    again = read(WRITERS[notation](made()))
    head = [f.text for f in again.fields if f.key == COMMENT]
    assert head[:2] == ["DATA_MODE = EXERCISE", NOT_REAL]
    assert "COLLISION PROBABILITY: WITH THE ASSUMED COVARIANCES BELOW" in head
    assert "HARD-BODY RADIUS: default by kind, sum of both" in head
    for item in again.objects:
        comments = [f.text for f in item.fields if f.key == COMMENT]
        assert "COVARIANCE: assumed by regime (Flohrer et al. 2008)" in comments
        assert any("number 17 of kr.kasi, EPOCH 2031-02-01T00:00:00.000000Z" in c for c in comments)
        assert "AGE OF THE ELEMENT SET AT TCA: 2.170 d" in comments
        keys = {f.key for f in item.fields}
        assert not keys & {"OBS_USED", "WEIGHTED_RMS", "ACTUAL_OD_SPAN", "TIME_LASTOB_END"}
    assert mode_of(again) is DataMode.EXERCISE


def test_without_a_probability_none_is_written() -> None:
    text = write_cdm_kvn(made(pc=None))
    assert "COLLISION_PROBABILITY" not in text
    assert "COLLISION PROBABILITY: NONE" in text


def test_the_relative_state_is_that_of_both_states_in_rtn_of_the_first() -> None:
    cdm = made()
    r, v = FIRST.position_km, FIRST.velocity_km_s
    radial = r / np.linalg.norm(r)
    normal = np.cross(r, v) / np.linalg.norm(np.cross(r, v))
    axes = np.array([radial, np.cross(normal, radial), normal])
    difference = SECOND.position_km - r
    assert cdm.relative_position_rtn_m == pytest.approx(axes @ difference * 1e3, rel=1e-12)
    expected = axes @ (SECOND.velocity_km_s - v) * 1e3
    assert cdm.relative_velocity_rtn_m_s == pytest.approx(expected, rel=1e-12)
    assert cdm.miss_distance_m == pytest.approx(np.linalg.norm(difference) * 1e3)


@given(st.lists(st.floats(1e-3, 100.0), min_size=3, max_size=3))
def test_the_completed_covariance_is_positive_definite_and_keeps_the_positions(sigma: list[float]) -> None:
    position, velocity = np.array([7000.0, 0.0, 0.0]), np.array([0.0, 7.5, 0.5])
    covariance = np.diag(np.square(sigma))
    full = velocity_completed(covariance, position, velocity)
    np.testing.assert_array_equal(full[:3, :3], covariance)
    np.testing.assert_array_equal(full, full.T)
    scale = np.sqrt(np.diag(full))
    assert np.linalg.eigvalsh(full / np.outer(scale, scale)).min() > 1e-4


def test_an_error_along_the_track_is_one_in_time() -> None:
    """Against two-body motion: the state a little earlier differs as the covariance says."""
    position, velocity = np.array([7000.0, 0.0, 0.0]), np.array([0.0, np.sqrt(398600.4418 / 7000.0), 0.0])
    late_s = 0.01
    acceleration = -398600.4418 * position / 7000.0**3
    along_km, radial_km_s = velocity[1] * late_s, acceleration[0] * late_s
    full = velocity_completed(np.diag([1e-12, along_km**2, 1e-12]), position, velocity)
    assert full[3, 1] == pytest.approx(along_km * radial_km_s, rel=1e-9)
    assert full[3, 3] == pytest.approx(radial_km_s**2, rel=0.011)


@pytest.mark.parametrize(
    ("comment", "mode"),
    [
        ("DATA_MODE = TEST", DataMode.TEST),
        ("data_mode = real", DataMode.REAL),
        ("DATA_MODE = WAR GAME", DataMode.SIMULATED),
        ("nothing", DataMode.REAL),
    ],
)
def test_the_mode_of_a_message_is_what_it_is_marked_with(comment: str, mode: DataMode) -> None:
    text = write_cdm_kvn(made()).replace("DATA_MODE = EXERCISE", comment)
    assert mode_of(read(text)) is mode
