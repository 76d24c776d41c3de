"""What is read and written again is the same, whatever the notation; what was changed is the only change."""

from __future__ import annotations

import gzip
import importlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.astro.timescales import parse_utc
from skypact.errors import FormatError, SkypactError, UnsupportedError
from skypact.formats.cdm import (
    Cdm,
    CdmObject,
    DensitySensitivity,
    read_cdm_public,
    read_cdms,
    write_cdm_json,
    write_cdm_kvn,
    write_cdm_xml,
)
from skypact.formats.fields import COMMENT, Field
from skypact.formats.reading import RawInput

DATA = Path(__file__).parents[1] / "data" / "messages"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
WRITERS = [write_cdm_kvn, write_cdm_xml, write_cdm_json]
REAL = [
    *sorted(SHARED.glob("pc/*_cdm/*.cdm")),
    *sorted(SHARED.glob("ccsds/orekit/valid/cdm/*")),
    *sorted(SHARED.glob("ccsds/ccsds-ndm/*/cdm*")),
]
NUMBERS = re.compile(r"[+-]?\b\d+\.?\d*(?:[eE][+-]?\d+)?")


def raw(path: Path) -> RawInput:
    return RawInput(path.name, path.read_bytes())


def text_input(text: str) -> RawInput:
    return RawInput("written", text.encode())


def all_fields(cdm: Cdm) -> list[Field]:
    return [*cdm.fields, *cdm.objects[0].fields, *cdm.objects[1].fields]


def values(cdm: Cdm) -> list[tuple[str, str]]:
    return sorted((f.key, f.text) for f in all_fields(cdm))


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("path", [DATA / "close_approach.cdm", *REAL], ids=lambda p: p.name)
def test_nothing_is_lost_and_the_second_round_trip_is_identical(
    path: Path, write: Callable[..., str]
) -> None:
    cdms, _ = read_cdms(raw(path))
    text = write(*cdms)
    again, _ = read_cdms(text_input(text))
    assert write(*again) == text
    unknown = "UNKNOWN"  # what the standard wants for an empty designator
    expected = sorted(
        (k, unknown if k == "INTERNATIONAL_DESIGNATOR" and not t else t) for k, t in values(cdms[0])
    )
    assert values(again[0]) == expected
    assert (again[0].hbr_m, again[0].hbr_source) == (cdms[0].hbr_m, cdms[0].hbr_source)
    for one, two in zip(cdms[0].objects, again[0].objects, strict=True):
        np.testing.assert_array_equal(one.position_km, two.position_km)
        np.testing.assert_array_equal(one.covariance_rtn_m2, two.covariance_rtn_m2)
        assert (one.dcp is None) == (two.dcp is None)


def test_the_digits_of_all_numbers_of_the_cara_messages_are_kept(shared_data: Path) -> None:
    count = 0
    for path in sorted((shared_data / "pc/cara_cdm").glob("*.cdm")):
        numbers = NUMBERS.findall(path.read_text())
        written = write_cdm_kvn(*read_cdms(raw(path))[0])
        assert NUMBERS.findall(written) == numbers
        by_xml = write_cdm_kvn(*read_cdms(text_input(write_cdm_xml(*read_cdms(raw(path))[0])))[0])
        assert sorted(NUMBERS.findall(by_xml)) == sorted(numbers)
        count += len(numbers)
    assert count > 2376  # those of keywords alone, reference/ecosystem.md 4.1; here with those of comments


def test_comments_of_kvn_stay_in_place() -> None:
    path = DATA / "close_approach.cdm"
    keys = [line.split("=")[0].split()[0] for line in path.read_text().splitlines()]
    written = write_cdm_kvn(*read_cdms(raw(path))[0])
    assert [line.split("=")[0].split()[0] for line in written.splitlines()] == keys


def test_a_changed_value_is_the_only_change() -> None:
    (cdm,), _ = read_cdms(raw(DATA / "close_approach.cdm"))
    before = write_cdm_kvn(cdm).splitlines()
    position_km = cdm.objects[0].position_km.copy()
    position_km[0] = 7000.1250001
    first = replace(cdm.objects[0], position_km=position_km, obs_used=479)
    changed = replace(cdm, collision_probability=None, hbr_m=20.0, objects=(first, cdm.objects[1]))
    after = write_cdm_kvn(changed).splitlines()
    gone, come = [x for x in before if x not in after], [x for x in after if x not in before]
    assert [" ".join(x.split()) for x in gone] == [
        "COLLISION_PROBABILITY = 1.250e-04",
        "COMMENT HBR = 12.5 [m]",
        "OBS_USED = 480",
        "X = 7000.125 [km]",
    ]
    assert [" ".join(x.split()) for x in come] == [
        "COMMENT HBR = 20.0 [m]",
        "OBS_USED = 479",
        "X = 7000.1250001 [km]",
    ]


def made_cdm() -> Cdm:
    """Return a message made from values alone, as the node exports one."""
    covariance = np.diag([1e4, 1e6, 1e4, 1e-2, 1e-4, 1e-2])

    def one(number: int) -> CdmObject:
        return CdmObject(
            designator=str(number),
            object_name=f"OBJECT {number} & <CO>",
            object_id="",
            ref_frame="GCRF",
            position_km=np.array([7000.1, 0.2, 0.3]),
            velocity_km_s=np.array([0.1, 7.5, 1e-7]),
            covariance_rtn_m2=covariance,
            covariance_method="DEFAULT",
            norad=number,
            hbr_m=2.5,
            dcp=DensitySensitivity(0.2, np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3])),
            fields=(Field(COMMENT, "covariance assumed", block="covarianceMatrix"),),
        )

    return Cdm(
        creation_tai_ns=parse_utc("2031-01-01T00:00:00Z"),
        originator="kr.kasi",
        message_id="X-1",
        tca_tai_ns=parse_utc("2031-01-02T03:04:05.123456789Z"),
        miss_distance_m=100.25,
        objects=(one(12345), one(799500124)),
        relative_speed_m_s=14000.0,
        relative_position_rtn_m=np.array([1.0, 2.0, 3.0]),
        hbr_m=5.0,
        fields=(Field(COMMENT, "EXERCISE", block="header"),),
    )


@pytest.mark.parametrize("write", WRITERS)
def test_a_message_made_from_values_is_read_back_identically(write: Callable[..., str]) -> None:
    made = made_cdm()
    text = write(made)
    (again,), report = read_cdms(text_input(text))
    assert not report.unknown_keys
    assert again.tca_tai_ns == made.tca_tai_ns
    assert again.objects[1].norad == 799500124
    assert again.objects[0].object_name == "OBJECT 12345 & <CO>"
    assert again.objects[0].object_id == ""
    assert again.objects[0].hbr_m == 2.5
    assert again.hbr_m == 5.0
    assert again.objects[0].covariance_method == "DEFAULT"
    np.testing.assert_array_equal(again.objects[0].covariance_rtn_m2, made.objects[0].covariance_rtn_m2)
    np.testing.assert_array_equal(again.objects[0].velocity_km_s, made.objects[0].velocity_km_s)
    assert again.objects[0].dcp is not None
    np.testing.assert_array_equal(again.objects[0].dcp.velocity_m_s, [0.1, 0.2, 0.3])
    comments = [f.text for f in all_fields(again) if f.key == COMMENT]
    assert "EXERCISE" in comments
    assert comments.count("covariance assumed") == 2
    assert write(again) == text


def test_keywords_are_written_in_the_order_of_the_standard() -> None:
    keys = [line.split()[0] for line in write_cdm_kvn(made_cdm()).splitlines()]
    assert keys[:3] == ["CCSDS_CDM_VERS", "COMMENT", "CREATION_DATE"]
    assert keys.index("MANEUVERABLE") < keys.index("REF_FRAME") < keys.index("X") < keys.index("CR_R")
    assert len([k for k in keys if k.startswith("C") and "_" in k and k[1] in "RTN"]) >= 42


def test_version_1_cannot_be_written_without_covariance() -> None:
    made = made_cdm()
    without = replace(made.objects[0], covariance_rtn_m2=None)
    with pytest.raises(FormatError, match="OBJECT1 CR_R: no value"):
        write_cdm_kvn(replace(made, objects=(without, made.objects[1])))


@pytest.mark.parametrize("path", [DATA / "close_approach.cdm", *REAL], ids=lambda p: p.name)
@pytest.mark.parametrize("notation", ["kvn", "xml"])
def test_an_independent_reader_finds_the_same_numbers(path: Path, notation: str) -> None:
    reader = importlib.import_module("ccsds_ndm")
    (cdm,), _ = read_cdms(raw(path))
    if not cdm.version.startswith("1") or "NaN" in path.read_text() or "ALT_COV_TYPE" in path.read_text():
        pytest.skip("ccsds-ndm-py reads neither NaN nor version 2.0")
    try:
        other = reader.from_str((write_cdm_kvn if notation == "kvn" else write_cdm_xml)(cdm))
    except Exception as error:  # its own errors have no common class
        if path.name in NOT_READ_BY_THE_OTHER.get(notation, ()):
            pytest.skip(f"ccsds-ndm-py: {error}")
        raise
    assert other.header.message_id == cdm.message_id
    for ours, theirs in zip(cdm.objects, other.body.segments, strict=True):
        state = theirs.data.state_vector
        np.testing.assert_array_equal(ours.position_km, [state.x, state.y, state.z])
        np.testing.assert_array_equal(ours.velocity_km_s, [state.x_dot, state.y_dot, state.z_dot])
        assert theirs.data.covariance_matrix.cr_r == ours.covariance_rtn_m2[0, 0]
        assert theirs.data.covariance_matrix.cndot_tdot == ours.covariance_rtn_m2[5, 4]


NOT_READ_BY_THE_OTHER: dict[str, tuple[str, ...]] = {}


def test_several_messages_in_one_file_gzip_zip_and_combined_are_read() -> None:
    text = (DATA / "close_approach.cdm").read_text()
    (cdm,), _ = read_cdms(text_input(text))
    assert len(read_cdms(text_input(text + "\n" + text))[0]) == 2
    assert len(read_cdms(RawInput("a.gz", gzip.compress(text.encode(), mtime=0)))[0]) == 1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.cdm", text)
        archive.writestr("b.xml", write_cdm_xml(cdm, cdm))
        archive.writestr("c.json", write_cdm_json(cdm, cdm, cdm))
    assert len(read_cdms(RawInput("a.zip", packed.getvalue()))[0]) == 6
    one = write_cdm_xml(cdm)
    assert len(read_cdms(text_input(one + one))[0]) == 2


def test_a_bad_message_among_good_ones_is_listed() -> None:
    text = (DATA / "close_approach.cdm").read_text()
    cdms, report = read_cdms(text_input(text + text.replace("04:05:06.789", "44:05:06.789") + text))
    assert len(cdms) == report.accepted == 2
    (rejection,) = report.rejected
    assert "no such time of day" in rejection.reason
    assert rejection.line == len(text.splitlines()) + 1


def flat(**changes: object) -> dict[str, object]:
    """Return our sample as the flat object that Space-Track sends: strings, units beside, SAT1_ and SAT2_."""
    (cdm,), _ = read_cdms(raw(DATA / "close_approach.cdm"))
    members: dict[str, object] = {"CDM_ID": "123", "CONSTELLATION": "EXAMPLE", "GID": "79"}
    for prefix, fields in (
        ("", cdm.fields),
        ("SAT1_", cdm.objects[0].fields),
        ("SAT2_", cdm.objects[1].fields),
    ):
        for field in fields:
            if field.key == COMMENT:
                label = field.text.split("=")[0].strip().upper().replace(" ", "_")
                of_both = "" if label == "HBR" else prefix
                members[f"{of_both}COMMENT_{label}"] = field.text
            else:
                members[prefix + field.key] = field.text or None
                if field.unit:
                    members[f"{prefix}{field.key}_UNIT"] = field.unit
    members["TCA"], members["TCA_FRACTION"] = "2031-02-03 04:05:06", "789"
    return members | changes


def test_the_flat_json_of_space_track_is_read() -> None:
    (cdm,), report = read_cdms(text_input(json.dumps([flat()])))
    (kvn,), _ = read_cdms(raw(DATA / "close_approach.cdm"))
    assert cdm.tca_tai_ns == kvn.tca_tai_ns
    assert not report.unknown_keys
    assert cdm.objects[0].dcp is not None
    assert cdm.objects[0].hbr_source == "COMMENT Exclusion Volume Radius"
    np.testing.assert_array_equal(cdm.objects[1].covariance_rtn_m2, kvn.objects[1].covariance_rtn_m2)
    assert Field(COMMENT, "CDM_ID = 123", block="header") in cdm.fields
    (as_kvn,), _ = read_cdms(text_input(write_cdm_kvn(cdm)))
    np.testing.assert_array_equal(as_kvn.objects[0].position_km, kvn.objects[0].position_km)


@pytest.mark.parametrize(
    ("fraction", "nanoseconds"), [("23", 23_000_000), ("0", 0), ("789", 789_000_000), ("789012", 789_012_000)]
)
def test_separate_decimals_of_flat_times(fraction: str, nanoseconds: int) -> None:
    (cdm,), _ = read_cdms(text_input(json.dumps(flat(TCA_FRACTION=fraction))))
    assert cdm.tca_tai_ns % 1_000_000_000 == nanoseconds


def test_bad_json_is_refused_with_the_field() -> None:
    with pytest.raises(FormatError, match="SAT1_X: neither text nor number"):
        read_cdms(text_input(json.dumps(flat(SAT1_X={"value": 1}))))
    with pytest.raises(FormatError, match="OBJECT1 X: 'fast' is not a number"):
        read_cdms(text_input(json.dumps(flat(SAT1_X="fast"))))
    with pytest.raises(FormatError, match="not JSON"):
        read_cdms(text_input(json.dumps([flat()])[:-5]))


PUBLIC = {
    "CDM_ID": "7001",
    "CREATED": "2031-01-01 10:00:00.000000",
    "EMERGENCY_REPORTABLE": "Y",
    "TCA": "2031-01-03T04:05:06.789000",
    "MIN_RNG": "123",
    "PC": "0.00012",
    "SAT_1_ID": "90000001",
    "SAT_1_NAME": "EXAMPLE, ONE",
    "SAT1_OBJECT_TYPE": "PAYLOAD",
    "SAT1_RCS": "LARGE",
    "SAT_1_EXCL_VOL": "5.00",
    "SAT_2_ID": "270387",
    "SAT_2_NAME": "DEB",
    "SAT2_OBJECT_TYPE": "DEBRIS",
    "SAT2_RCS": "SMALL",
    "SAT_2_EXCL_VOL": None,
}


def test_the_public_list_is_history_only() -> None:
    bad = PUBLIC | {"TCA": "soon"}
    as_json = json.dumps([PUBLIC, bad])
    header = ",".join(PUBLIC)
    as_csv = header + "\n" + ",".join(f'"{v or ""}"' for v in PUBLIC.values()) + "\n"
    for text, rejected in ((as_json, 1), (as_csv, 0)):
        (summary,), report = read_cdm_public(text_input(text))
        assert (summary.norad_1, summary.norad_2) == (90000001, 270387)
        assert (summary.miss_distance_m, summary.collision_probability) == (123.0, 1.2e-4)
        assert (summary.exclusion_radius_1_m, summary.exclusion_radius_2_m) == (5.0, None)
        assert summary.emergency_reportable
        assert summary.name_1 == "EXAMPLE, ONE"
        assert len(report.rejected) == rejected
        with pytest.raises(UnsupportedError, match="only a history can be made of it"):
            read_cdms(text_input(text))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"CCSDS_OPM_VERS = 2.0\nX = 1 [km]\n", "OPM messages are not supported yet"),
        (b"<ocm id='CCSDS_OCM_VERS' version='3.0'><header/></ocm>", "OCM messages are not supported yet"),
        (b"<!DOCTYPE html><html><body>403</body></html>", "a web page"),
        (b"", "the file is empty"),
        (b"\x00\x01\x02binary", "binary data"),
        (b"hello world", "content of no known kind"),
        (b"<cdm><header>", "not well-formed XML"),
        (b"<cdm></cdm>", "OBJECT1 and OBJECT2"),
        (b'<!DOCTYPE cdm [<!ENTITY a "b">]><cdm>&a;</cdm>', "a document type is not read"),
        (b"<cdm>&a;</cdm>", "undefined entity"),
        (b"<cdm>" * 50 + b"</cdm>" * 50, "nested deeper than 40"),
        (b"CCSDS_CDM_VERS = 1.0\nORIGINATOR = a\x1b[31m\n", "U+001B is not allowed"),
        (b"CCSDS_CDM_VERS = 1.0\nCOMMENT " + b"x" * 5000 + b"\n", "line of 5008 characters"),
        (b"\x1f\x8b" + b"\x00" * 20, "damaged compressed file"),
    ],
)
def test_what_is_no_cdm_is_refused_in_one_line(content: bytes, reason: str) -> None:
    with pytest.raises(SkypactError) as caught:
        read_cdms(RawInput("odd", content))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_space_track_xml_with_undeclared_prefix_and_nil_is_read() -> None:
    (cdm,), _ = read_cdms(raw(DATA / "close_approach.cdm"))
    text = write_cdm_xml(cdm).replace('xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ', "")
    text = text.replace("<START", '<AREA_DRG nil="true" units="m**2"/><START').replace("\n", "\r\n")
    (again,), _ = read_cdms(RawInput("st.xml", b"\xef\xbb\xbf" + text.encode()))
    np.testing.assert_array_equal(again.objects[0].position_km, cdm.objects[0].position_km)


SAMPLE = (DATA / "close_approach.cdm").read_text()
SAMPLES = [
    SAMPLE,
    write_cdm_xml(*read_cdms(text_input(SAMPLE))[0]),
    write_cdm_json(*read_cdms(text_input(SAMPLE))[0]),
]


@settings(max_examples=300, deadline=None)
@given(
    sample=st.sampled_from(SAMPLES),
    cuts=st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 40), st.binary(max_size=12)), max_size=4),
)
def test_damaged_messages_never_raise_anything_but_our_errors(
    sample: str, cuts: list[tuple[int, int, bytes]]
) -> None:
    data = sample.encode()
    for start, length, insert in cuts:
        start %= len(data) + 1
        data = data[:start] + insert + data[start + length :]
    try:
        cdms, _ = read_cdms(RawInput("damaged", data))
    except SkypactError:
        return
    for write in WRITERS:
        text = write(*cdms)
        assert write(*read_cdms(text_input(text))[0]) == text


LINES = SAMPLE.splitlines(keepends=True)


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(6, 16)), st.sets(st.integers(0, len(LINES) - 1), max_size=3))
def test_disordered_or_shortened_messages_are_written_in_order_or_refused(
    order: list[int], gone: set[int]
) -> None:
    lines = [*LINES[:6], *(LINES[i] for i in order), *LINES[16:]]
    text = "".join(line for i, line in enumerate(lines) if i not in gone)
    try:
        cdms, _ = read_cdms(text_input(text))
    except SkypactError:
        return
    written = write_cdm_kvn(*cdms)
    assert write_cdm_kvn(*read_cdms(text_input(written))[0]) == written
