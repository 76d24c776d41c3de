"""Files are told apart by what is in them, whatever they are called."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from skypact.formats.detect import NOT_YET, Kind, detect
from skypact.formats.reading import RawInput

DATA = Path(__file__).parents[1] / "data" / "messages"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"

EXPECTED = {
    "catalog/gp_2022-08-16.3le.gz": Kind.TLE,
    "catalog/gp_spacetrack_2024-07-05.3le.gz": Kind.TLE,
    "catalog/gp_2019-03-19.3le.gz": Kind.TLE,
    "catalog/gp_celestrak_onorbit_2024-11-01.csv.gz": Kind.OMM_CSV,
    "catalog/iss_gp_history_2025.json.gz": Kind.OMM_JSON,
    "ccsds/ccsds-ndm/xml/omm_combined.xml": Kind.OMM_XML,
    "ccsds/ccsds-ndm/kvn/omm1_st.kvn": Kind.OMM_KVN,
    "ccsds/ccsds-ndm/xml/ndmxml-1.0-odm.xml": Kind.OEM_XML,
    "ccsds/orekit/valid/cdm/CDMExample4.txt": Kind.CDM_KVN,
    "ccsds/orekit/valid/cdm/CDMExample_issue942.xml": Kind.CDM_XML,
    "ccsds/bradsease-oem/LEO_60s.oem": Kind.OEM_KVN,
    "orbits/iss_oem/ISS.OEM_J2K_EPH_2023.xml.gz": Kind.OEM_XML,
    "ccsds/orekit/valid/tdm/kvn/TDMExample4.txt": Kind.TDM,
    "ccsds/orekit/valid/odm/opm/OPMExample3.xml": Kind.OPM,
    "ccsds/orekit/valid/odm/ocm/OCMExample2.txt": Kind.OCM,
    "ccsds/orekit/valid/adm/acm/ACMExample03.txt": Kind.ACM,
    "ccsds/orekit/valid/ndm/NDM-ocm-apm.xml": Kind.OCM,
    "ccsds/ccsds-ndm/kvn/508x1b1_figc_2_rdm.kvn": Kind.RDM,
    "satcat/satcat_debut_spacetrack_2021-01-19.csv.gz": Kind.SATCAT,
    "satcat/HBR_Mass_Estimates_20241101.csv.gz": Kind.HARD_BODY_RADIUS,
    "environment/EOP-All.csv.gz": Kind.EOP,
    "environment/SW-All.csv.gz": Kind.SPACE_WEATHER,
    "socrates/graze_sample_2026-07.csv": Kind.SOCRATES,
    "orbits/sp3/mcc14000.sp3.gz": Kind.SP3,
    "pc/alfano2009_reference.csv": Kind.UNKNOWN,
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_real_files_are_recognized(shared_data: Path, name: str) -> None:
    path = shared_data / name
    assert detect(RawInput("no-name", path.read_bytes())) is EXPECTED[name]


def test_own_samples_are_recognized() -> None:
    kinds = {
        "close_approach.cdm": Kind.CDM_KVN,
        "two_arcs.oem": Kind.OEM_KVN,
        "three_objects.omm": Kind.OMM_KVN,
    }
    for name, kind in kinds.items():
        data = (DATA / name).read_bytes()
        assert detect(RawInput("x", data)) is kind
        assert detect(RawInput("x", gzip.compress(data, mtime=0))) is kind
        assert detect(RawInput("x", b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"))) is kind
    assert detect(RawInput("x", next(DATA.glob("MEME_*")).read_bytes())) is Kind.ITC


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<html><body>403 Forbidden</body></html>", Kind.HTML),
        (b"<!DOCTYPE html>\n<html>", Kind.HTML),
        (b"MEAN_MOTION = 15.0\nECCENTRICITY = 0\n", Kind.OMM_KVN),
        (b"TCA = 2031-01-01T00:00:00\nMISS_DISTANCE = 5 [m]\n", Kind.CDM_KVN),
        (b'[{"CDM_ID":"1","TCA":"2031-01-01","MIN_RNG":"5"}]', Kind.CDM_PUBLIC),
        (b'{"SAT1_OBJECT_DESIGNATOR": "1"}', Kind.CDM_JSON),
        ('<?xml version="1.0"?><ndm:cdm xmlns:ndm="x"/>'.encode("utf-16"), Kind.CDM_XML),
        (b"hello", Kind.UNKNOWN),
    ],
)
def test_odd_texts(data: bytes, kind: Kind) -> None:
    assert detect(RawInput("x", data)) is kind


def test_kinds_without_reader_are_the_known_messages() -> None:
    assert {kind.value for kind in NOT_YET} == {"opm", "ocm", "tdm", "rdm", "aem", "apm", "acm", "sp3"}
