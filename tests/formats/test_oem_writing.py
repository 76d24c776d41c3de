"""Ephemerides that are read and written again are the same, in KVN, XML and between them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skypact.astro.timescales import parse_utc
from skypact.errors import FormatError, SkypactError
from skypact.formats.ephemerides import read_ephemerides
from skypact.formats.fields import COMMENT
from skypact.formats.oem import Oem, OemSegment, read_oem, read_oems, write_oem_kvn, write_oem_xml
from skypact.formats.reading import RawInput

DATA = Path(__file__).parents[1] / "data" / "messages"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
WRITERS = [write_oem_kvn, write_oem_xml]
REAL = [
    *sorted(SHARED.glob("ccsds/orekit/valid/odm/oem/*")),
    *sorted(SHARED.glob("ccsds/bradsease-oem/*")),
    *sorted(p for p in SHARED.glob("ccsds/ccsds-ndm/*/*") if b"CCSDS_OEM" in p.read_bytes()),
    *sorted(SHARED.glob("orbits/iss_oem/*2021-08-13*")),
]


def raw(path: Path) -> RawInput:
    return RawInput(path.name, path.read_bytes())


def text_input(text: str) -> RawInput:
    return RawInput("written", text.encode())


def comments(oem: Oem) -> list[str]:
    found = [f.text for f in oem.fields if f.key == COMMENT]
    for segment in oem.segments:
        found += [text for _, text in segment.comments]
        found += [f.text for f in segment.fields if f.key == COMMENT]
        found += [f.text for fields in segment.covariance_fields for f in fields if f.key == COMMENT]
    return sorted(found)


def same(one: OemSegment, two: OemSegment) -> None:
    for name in ("epoch_ns", "position_km", "velocity_km_s", "covariance_epoch_ns", "covariance_km2"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert (one.acceleration_km_s2 is None) == (two.acceleration_km_s2 is None)
    if one.acceleration_km_s2 is not None:
        np.testing.assert_array_equal(one.acceleration_km_s2, two.acceleration_km_s2)
    for name in (
        "object_name",
        "object_id",
        "center_name",
        "ref_frame",
        "time_system",
        "start_ns",
        "stop_ns",
    ):
        assert getattr(one, name) == getattr(two, name)
    for name in ("useable_start_ns", "useable_stop_ns", "interpolation", "interpolation_degree"):
        assert getattr(one, name) == getattr(two, name)
    assert one.covariance_frames == two.covariance_frames


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("path", [DATA / "two_arcs.oem", *REAL], ids=lambda p: p.name)
def test_nothing_is_lost_and_the_second_round_trip_is_identical(
    path: Path, write: Callable[[Oem], str]
) -> None:
    (oem, *_), _ = read_oems(raw(path))
    text = write(oem)
    again, report = read_oem(text_input(text))
    assert not report.unknown_keys
    assert write(again) == text
    assert comments(again) == comments(oem)
    for one, two in zip(oem.segments, again.segments, strict=True):
        same(one, two)


def test_comments_of_kvn_stay_in_place() -> None:
    path = DATA / "two_arcs.oem"
    written = write_oem_kvn(read_oem(raw(path))[0])

    def shape(text: str) -> list[str]:
        return [line.split("=")[0].split()[0] for line in text.splitlines() if line and line[0].isalpha()]

    assert shape(written) == shape(path.read_text())


def made_oem(**changes: object) -> Oem:
    epoch = parse_utc("2031-01-01T00:00:00Z") + 60_000_000_000 * np.arange(3, dtype=np.int64)
    segment = OemSegment(
        object_name="EXAMPLE",
        object_id="",
        center_name="MOON",
        ref_frame="GCRF",
        time_system="UTC",
        start_ns=int(epoch[0]),
        stop_ns=int(epoch[-1]),
        epoch_ns=epoch,
        position_km=np.arange(9.0).reshape(3, 3) / 3.0,
        velocity_km_s=np.arange(9.0).reshape(3, 3) / 7.0,
        covariance_epoch_ns=epoch[:1],
        covariance_km2=np.eye(6)[None] * 1e-7,
        covariance_frames=("RTN",),
    )
    return Oem((replace(segment, **changes),), "kr.kasi", int(epoch[0]))  # type: ignore[arg-type]


@pytest.mark.parametrize("write", WRITERS)
def test_an_ephemeris_made_from_values_is_read_back_identically(write: Callable[[Oem], str]) -> None:
    made = made_oem()
    again, _ = read_oem(text_input(write(made)))
    same(made.segments[0], again.segments[0])
    assert (again.originator, again.creation_tai_ns) == ("kr.kasi", made.creation_tai_ns)


@pytest.mark.parametrize("system", ["UTC", "TAI", "TT", "TDB", "GPS", "UT1"])
def test_epochs_survive_in_every_time_system(system: str) -> None:
    made = made_oem(time_system=system)
    again, _ = read_oem(text_input(write_oem_kvn(made)))
    off = again.segments[0].epoch_ns - made.segments[0].epoch_ns
    assert np.abs(off).max() <= (1 if system == "TDB" else 0)  # TDB goes through a series


def test_a_leap_second_survives() -> None:
    inside = parse_utc("2016-12-31T23:59:60.5Z")
    epoch = np.array([inside - 10**9, inside, inside + 10**9])
    made = made_oem(epoch_ns=epoch, start_ns=int(epoch[0]), stop_ns=int(epoch[-1]))
    text = write_oem_kvn(made)
    assert "2016-12-31T23:59:60.500" in text
    np.testing.assert_array_equal(read_oem(text_input(text))[0].segments[0].epoch_ns, epoch)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(FormatError, match="state 2 is not finite"):
        write_oem_kvn(made_oem(position_km=np.array([[1.0] * 3, [np.nan] * 3, [1.0] * 3])))
    with pytest.raises(FormatError, match="REF_FRAME: no value"):
        write_oem_xml(made_oem(ref_frame=""))
    with pytest.raises(FormatError, match="CREATION_DATE: no value"):
        write_oem_kvn(replace(made_oem(), creation_tai_ns=None))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float64, (4, 6), elements=st.floats(allow_nan=False, allow_infinity=False)),
    st.lists(st.integers(-(10**17), 10**18), min_size=4, max_size=4, unique=True),
    st.sampled_from(WRITERS),
)
def test_any_finite_states_survive(
    states: np.ndarray, epochs: list[int], write: Callable[[Oem], str]
) -> None:
    epoch_ns = np.array(sorted(epochs), dtype=np.int64)
    oem = made_oem(
        epoch_ns=epoch_ns,
        start_ns=int(epoch_ns[0]),
        stop_ns=int(epoch_ns[-1]),
        position_km=states[:, :3],
        velocity_km_s=states[:, 3:],
        time_system="TAI",
    )
    again, _ = read_oem(text_input(write(oem)))
    np.testing.assert_array_equal(again.segments[0].position_km, states[:, :3])
    np.testing.assert_array_equal(again.segments[0].velocity_km_s, states[:, 3:])
    np.testing.assert_array_equal(again.segments[0].epoch_ns, epoch_ns)


SAMPLES = [(DATA / "two_arcs.oem").read_text()]
SAMPLES.append(write_oem_xml(read_oem(text_input(SAMPLES[0]))[0]))
SAMPLES.append(next(DATA.glob("MEME*")).read_text())


@settings(max_examples=300, deadline=None)
@given(
    sample=st.sampled_from(SAMPLES),
    cuts=st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 40), st.binary(max_size=12)), max_size=4),
)
def test_damaged_ephemerides_never_raise_anything_but_our_errors(
    sample: str, cuts: list[tuple[int, int, bytes]]
) -> None:
    data = sample.encode()
    for start, length, insert in cuts:
        start %= len(data) + 1
        data = data[:start] + insert + data[start + length :]
    try:
        oems, _ = read_ephemerides(RawInput("damaged", data))
        texts = [write(oem) for oem in oems for write in WRITERS]
    except SkypactError:
        return
    for text in texts:
        again, _ = read_oem(text_input(text))
        assert text in (write_oem_kvn(again), write_oem_xml(again))


@pytest.mark.parametrize("notation", ["kvn", "xml"])
@pytest.mark.parametrize("path", [DATA / "two_arcs.oem", *REAL], ids=lambda p: p.name)
def test_an_independent_reader_finds_the_same_numbers(path: Path, notation: str) -> None:
    other_package = importlib.import_module("ccsds_ndm")
    (oem, *_), _ = read_oems(raw(path))
    if oem.segments[0].acceleration_km_s2 is not None and np.isnan(oem.segments[0].acceleration_km_s2).any():
        pytest.skip("ccsds-ndm-py wants accelerations in all states or none")
    if any(s.interpolation and s.interpolation_degree is None for s in oem.segments):
        pytest.skip("ccsds-ndm-py refuses an interpolation without degree")
    if any(not s.object_id for s in oem.segments):
        pytest.skip("ccsds-ndm-py refuses an empty OBJECT_ID")
    other = other_package.from_str((write_oem_kvn if notation == "kvn" else write_oem_xml)(oem))
    for ours, theirs in zip(oem.segments, other.segments, strict=True):
        numbers = np.asarray(theirs.data.state_vector_numpy)
        np.testing.assert_array_equal(numbers[:, :3], ours.position_km)
        np.testing.assert_array_equal(numbers[:, 3:6], ours.velocity_km_s)
        if len(ours.covariance_epoch_ns):
            matrices = np.asarray(theirs.data.covariance_matrix_numpy)
            np.testing.assert_array_equal(matrices.reshape(-1, 36), ours.covariance_km2.reshape(-1, 36))
