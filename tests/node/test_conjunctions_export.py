"""Exported CDMs: real ones with their own bytes; those of element sets exact, marked, readable by others."""

from __future__ import annotations

import importlib
import json
import re
import warnings
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from sgp4.api import Satrec
from sgp4.omm import initialize

from skypact.astro.timescales import NS_PER_S, format_utc, parse_utc
from skypact.errors import NotFoundError
from skypact.formats.cdm import Cdm, read_cdms, write_cdm_json
from skypact.formats.fields import COMMENT
from skypact.formats.reading import RawInput
from skypact.node.desk.catalog_load import load_files
from skypact.node.desk.cdm import load_cdms
from skypact.node.desk.conjunction_export import (
    ExportedCdm,
    asset_conjunctions,
    export_conjunctions,
    joined,
)
from skypact.node.desk.node_home import Node, make_node
from skypact.node.desk.pc import PcRequest, pc_of_message
from skypact.node.desk.screen_node import screen_node
from skypact.node.store.conjunctions import read_conjunctions
from skypact.records import DataMode
from tests.catalog.tables import at_day
from tests.node.conjunction_runs import Found, load_catalog, own, run

NOW = parse_utc("2031-02-02T00:00:00Z")
MESSAGE = Path(__file__).parents[1] / "data" / "messages" / "close_approach.cdm"
NOTATIONS = ("cdm-kvn", "cdm-xml", "cdm-json")


def read(content: bytes) -> list[Cdm]:
    return read_cdms(RawInput("exported", content), strict=True)[0]


def exported(node: Node, *names: str, notation: str = "cdm-kvn") -> list[ExportedCdm]:
    return export_conjunctions(node, names, notation, now_tai_ns=NOW)


def test_a_received_message_is_exported_with_its_own_bytes(node: Node, tmp_path: Path) -> None:
    content = MESSAGE.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n"
    file = tmp_path / "a.cdm"
    file.write_bytes(content)
    load_cdms(node, [file], now_tai_ns=NOW)
    (one,) = exported(node, "1")
    assert joined([one], "cdm-kvn") == content
    assert (one.received, one.as_received, one.words) == (True, True, "1: as received")


@pytest.mark.parametrize("notation", ["cdm-xml", "cdm-json"])
def test_in_another_notation_its_values_stay_to_the_digit(node: Node, notation: str) -> None:
    load_cdms(node, [MESSAGE], now_tai_ns=NOW)
    (one,) = exported(node, "1", notation=notation)
    assert not one.as_received
    assert write_cdm_json(*read(one.content)) == write_cdm_json(*read(MESSAGE.read_bytes()))


def test_the_cara_messages_come_out_byte_for_byte(node: Node, shared_data: Path) -> None:
    files = sorted((shared_data / "pc/cara_cdm").glob("*.cdm"))
    load_cdms(node, files, now_tai_ns=NOW)
    out = [one.content for one in exported(node, *map(str, range(1, 28)))]
    assert sorted(out) == sorted(file.read_bytes() for file in files)


def test_several_make_one_file_that_is_read_again(node: Node) -> None:
    load_catalog(node)
    run(node, Found(1, 2, 6.0), Found(3, 4, 7.0))
    load_cdms(node, [MESSAGE], now_tai_ns=NOW)
    for notation in NOTATIONS:
        messages = exported(node, "3", "1", "2", notation=notation)
        found = [cdm.message_id for cdm in read(joined(messages, notation))]
        assert found == [m.cdm.message_id for m in messages]


def test_only_states_can_be_exported(node: Node, tmp_path: Path) -> None:
    row = {
        "CDM_ID": "1",
        "CREATED": "2031-02-01 10:00:00",
        "TCA": "2031-02-03T04:05:07",
        "MIN_RNG": "150",
        "SAT_1_ID": "5",
        "SAT_2_ID": "6",
    }
    file = tmp_path / "public.json"
    file.write_text(json.dumps([row]))
    load_cdms(node, [file], now_tai_ns=NOW)
    with pytest.raises(NotFoundError, match="known from cdm_public only"):
        exported(node, "1")


def test_a_row_of_the_public_list_does_not_stand_before_states(node: Node, tmp_path: Path) -> None:
    load_catalog(node)
    run(node, Found(1, 2, 6.0))
    row = {
        "CDM_ID": "1",
        "CREATED": "2024-11-01 10:00:00",
        "TCA": format_utc(at_day(0.25), decimals=3)[:-1],
        "MIN_RNG": "150",
        "SAT_1_ID": "1",
        "SAT_2_ID": "2",
    }
    file = tmp_path / "public.json"
    file.write_text(json.dumps([row]))
    load_cdms(node, [file], now_tai_ns=NOW)
    (one,) = exported(node, "1")
    assert not one.received


def test_by_default_the_open_conjunctions_of_assets_are_exported(node: Node) -> None:
    load_catalog(node)
    own(node, 4)
    run(node, Found(1, 2, 6.0), Found(3, 4, 7.0), Found(4, 5, 1.0))
    assert asset_conjunctions(node, now_tai_ns=at_day(0.1)) == ["2"]


def test_the_asset_is_object_1_and_may_say_that_it_maneuvers(node: Node) -> None:
    load_catalog(node)
    own(node, 4)
    run(node, Found(3, 4, 7.0))
    (cdm,) = read(exported(node, "1")[0].content)
    assert [item.norad for item in cdm.objects] == [4, 3]
    assert [item.maneuverable for item in cdm.objects] == ["YES", "N/A"]


def test_an_exported_message_loaded_again_is_known_as_assumed(node: Node, tmp_path: Path) -> None:
    load_catalog(node)
    run(node, Found(1, 2, 6.0))
    file = tmp_path / "own.cdm"
    file.write_bytes(exported(node, "1")[0].content)
    load_cdms(node, [file], now_tai_ns=NOW)
    with node.database.read() as connection:
        lines = read_conjunctions(connection)
    assert {(line.source, line.pc_trusted) for line in lines} <= {
        ("cdm-assumed", False),
        ("screening", False),
    }


@pytest.fixture(scope="module")
def graze(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A node that screened the two element sets of a real SOCRATES event (README of the data)."""
    home = tmp_path_factory.mktemp("graze")
    folder = shared_data / "socrates/graze_matched_pair"
    node, _ = make_node("kr.kasi", DataMode.REAL, home=home / "node")
    load_files(node, sorted(folder.glob("*.json")), addition=True)
    start = parse_utc("2026-06-16T00:00:00Z")
    done = screen_node(node, start, hours=2.0, threshold_km=5.0, made_tai_ns=NOW, workers=1)
    assert done.stored.tracked == 1
    return node


def test_the_socrates_event_is_exported_with_its_figures(graze: Node) -> None:
    """Range 0.021 km, speed 8.558 km/s, TCA 2026-06-16 00:50:11.958 (CelesTrak SOCRATES)."""
    (cdm,) = read(exported(graze, "1")[0].content)
    assert cdm.miss_distance_m == pytest.approx(21.0, abs=0.6)
    assert cdm.relative_speed_m_s == pytest.approx(8558.0, abs=0.5)
    assert abs(cdm.tca_tai_ns - parse_utc("2026-06-16T00:50:11.958Z")) < 1_000_000
    assert cdm.originator == "kr.kasi"
    assert {item.covariance_method for item in cdm.objects} == {"DEFAULT"}


def test_its_states_are_those_of_sgp4_turned_to_gcrf_by_astropy(graze: Node, shared_data: Path) -> None:
    from astropy import units as u
    from astropy.coordinates import GCRS, TEME, CartesianDifferential, CartesianRepresentation
    from astropy.time import Time

    (cdm,) = read(exported(graze, "1")[0].content)
    for item in cdm.objects:
        fields = json.loads((shared_data / f"socrates/graze_matched_pair/gp_{item.norad}.json").read_text())
        record = fields[0] if isinstance(fields, list) else fields
        satellite = Satrec()
        initialize(satellite, {key: str(value) for key, value in record.items()})
        time = Time(format_utc(cdm.tca_tai_ns, decimals=9)[:-1], scale="utc")
        error, position, velocity = satellite.sgp4(time.jd1, time.jd2)
        assert error == 0
        teme = CartesianRepresentation(
            *(np.array(position) * u.km),
            differentials={"s": CartesianDifferential(*(np.array(velocity) * u.km / u.s))},
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gcrs = TEME(teme, obstime=time).transform_to(GCRS(obstime=time)).cartesian
        assert np.abs(item.position_km - gcrs.xyz.to_value("km")).max() < 1e-3
        turned = gcrs.differentials["s"].d_xyz.to_value("km/s")
        assert np.abs(item.velocity_km_s - turned).max() < 1e-6


def test_its_probability_is_that_of_its_own_states_and_covariances(graze: Node) -> None:
    (cdm,) = read(exported(graze, "1")[0].content)
    again = pc_of_message(cdm, "exported", PcRequest(methods=("foster-1992",)))
    assert cdm.collision_probability == pytest.approx(again.results[0].pc, rel=1e-6)
    assert again.hbr_source == "COMMENT HBR"


@pytest.mark.parametrize("notation", NOTATIONS)
def test_it_is_read_back_identically_and_by_an_independent_reader(graze: Node, notation: str) -> None:
    (one,) = exported(graze, "1", notation=notation)
    (again,) = read(one.content)
    assert write_cdm_json(again) == write_cdm_json(one.cdm)
    if notation == "cdm-xml":
        assert ElementTree.fromstring(one.content).tag == "cdm"
    if notation != "cdm-json":
        other = importlib.import_module("ccsds_ndm").from_str(one.content.decode())
        assert other.header.message_id == one.cdm.message_id
        for ours, theirs in zip(one.cdm.objects, other.body.segments, strict=True):
            state = theirs.data.state_vector
            assert [state.x, state.y, state.z] == ours.position_km.tolist()
            assert "default" in str(theirs.metadata.covariance_method).lower()


def test_its_comments_name_the_screening_the_sets_and_the_source_of_the_covariance(graze: Node) -> None:
    (one,) = exported(graze, "1")
    comments = [f.text for f in one.cdm.fields if f.key == COMMENT]
    assert comments[0] == "DATA_MODE = REAL"
    assert any(
        re.fullmatch(r"SCREENING: number 1 of kr\.kasi, below 5 km, catalog sha256:\w{64}", c)
        for c in comments
    )
    for item in one.cdm.objects:
        own_comments = [f.text for f in item.fields if f.key == COMMENT]
        assert any(c.startswith("COVARIANCE: assumed by regime") for c in own_comments)
        assert any(c.startswith("ELEMENT SET: source file, number ") for c in own_comments)


def test_the_same_export_gives_the_same_bytes(graze: Node) -> None:
    assert exported(graze, "1")[0].content == exported(graze, "1")[0].content
    later = export_conjunctions(graze, ["1"], "cdm-kvn", now_tai_ns=NOW + 60 * NS_PER_S)
    assert later[0].cdm.message_id != exported(graze, "1")[0].cdm.message_id
