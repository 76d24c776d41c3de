"""``skypact ephemeris``: from files and from a node, every frame, both forms, and every wrong use."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skypact.astro.frames import Frame
from skypact.astro.timescales import NS_PER_S, format_utc, parse_utc
from skypact.errors import LimitError, UsageError
from skypact.formats.catalog_files import read_elements
from skypact.formats.elements import ElementTable
from skypact.formats.itc import read_itc
from skypact.formats.oem import read_oem
from skypact.formats.omm_csv import write_omm_csv
from skypact.formats.reading import RawInput
from skypact.node.cli.main import run
from skypact.node.desk import ephemeris as desk
from skypact.node.desk.catalog_load import load_files
from skypact.node.desk.earth_orientation import packaged_earth_orientation
from skypact.node.desk.node_home import make_node
from skypact.orbits.element_trajectory import trajectories_from_elements
from skypact.orbits.oem_trajectory import trajectories_from_oem
from skypact.records import DataMode

START = parse_utc("2024-11-01T00:00:00Z")
WINDOW = ["--start", "2024-11-01T00:00:00Z", "--stop", "2024-11-01T00:10:00Z"]


def elements() -> ElementTable:
    """Three invented objects; the first has two element sets, the last decays within days."""
    n = 4

    def text(*values: str) -> np.ndarray:
        return np.array(values, dtype=object)

    return ElementTable(
        norad=np.array([90001, 90001, 799500123, 90003]),
        epoch_tai_ns=START + np.array([-20, 1, -1, -1]) * 86_400 * NS_PER_S,
        mean_motion_rev_d=np.array([15.5, 15.5, 1.0027, 16.2]),
        eccentricity=np.array([0.001, 0.001, 0.0002, 0.001]),
        inclination_deg=np.array([51.6, 51.6, 0.1, 65.0]),
        raan_deg=np.zeros(n),
        arg_perigee_deg=np.zeros(n),
        mean_anomaly_deg=np.array([0.0, 10.0, 20.0, 30.0]),
        bstar_per_er=np.array([1e-4, 1e-4, 0.0, 0.01]),
        mean_motion_dot_rev_d2=np.zeros(n),
        mean_motion_ddot_rev_d3=np.zeros(n),
        object_name=text("ALPHA ONE", "ALPHA ONE", "GEO, THE SECOND", "FALLING"),
        object_id=text("2024-900A", "2024-900A", "2024-900B", ""),
        classification=text(*"UUUU"),
        ephemeris_type=np.zeros(n, dtype=np.int64),
        element_set_no=np.ones(n, dtype=np.int64),
        rev_at_epoch=np.ones(n, dtype=np.int64),
        line=np.zeros(n, dtype=np.int64),
    )


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "gp.csv"
    path.write_text(write_omm_csv(elements()))
    return path


def rows_of(arguments: list[Any], capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    assert run(["ephemeris", *map(str, arguments)]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_columns_and_epochs_of_the_csv(catalog, capsys):
    rows = rows_of([90001, 799500123, "--catalog", catalog, *WINDOW, "--step", "5m"], capsys)
    assert list(rows[0]) == [
        "norad", "name", "epoch_utc", "x_km", "y_km", "z_km", "vx_km_s", "vy_km_s", "vz_km_s",
        "frame", "center",
    ]  # fmt: skip
    assert [(r["norad"], r["epoch_utc"]) for r in rows] == [
        (number, f"2024-11-01T00:{minute}:00.000Z")
        for number in ("90001", "799500123")
        for minute in ("00", "05", "10")
    ]
    assert {(r["name"], r["frame"], r["center"]) for r in rows} == {
        ("ALPHA ONE", "GCRF", "EARTH"), ("GEO, THE SECOND", "GCRF", "EARTH"),
    }  # fmt: skip


@pytest.mark.parametrize("frame", list(Frame))
def test_states_are_those_of_the_nearest_element_set(catalog, capsys, frame):
    table, _ = read_elements(RawInput("gp.csv", catalog.read_bytes()))
    nearest = trajectories_from_elements(table)[1]
    arguments = ["90001", "--catalog", catalog, *WINDOW, "--frame", frame.value.lower()]
    rows = rows_of(arguments, capsys)
    epochs = START + np.arange(11) * 60 * NS_PER_S
    expected = nearest.states(epochs, frame, packaged_earth_orientation())
    for axis, (x, v) in enumerate((("x_km", "vx_km_s"), ("y_km", "vy_km_s"), ("z_km", "vz_km_s"))):
        assert np.abs(np.array([float(r[x]) for r in rows]) - expected.position_km[:, axis]).max() < 1e-9
        assert np.abs(np.array([float(r[v]) for r in rows]) - expected.velocity_km_s[:, axis]).max() < 1e-12


@pytest.mark.parametrize("name", ["90001", "J9999", "2024-900A", "2024900a", "alpha one"])
def test_objects_are_found_by_number_designator_or_name(catalog, capsys, name):
    if name == "J9999":  # Alpha-5 of 189999, which is not there
        assert run(["ephemeris", name, "--catalog", str(catalog), *WINDOW]) == 2
        assert "no object 'J9999'" in capsys.readouterr().err
        return
    rows = rows_of([name, "--catalog", catalog, *WINDOW], capsys)
    assert {r["norad"] for r in rows} == {"90001"}


def test_order_is_the_order_asked_for_and_doubles_count_once(catalog, capsys):
    rows = rows_of([799500123, "ALPHA ONE", 90001, "--catalog", catalog, *WINDOW, "--step", "10m"], capsys)
    assert [r["norad"] for r in rows] == ["799500123"] * 2 + ["90001"] * 2
    everything = rows_of(["--catalog", catalog, *WINDOW, "--step", "1h"], capsys)
    assert [r["norad"] for r in everything] == ["90001", "799500123", "90003"]


def test_of_all_objects_those_without_a_state_are_left_out_and_named(catalog, capsys):
    window = ["--start", "2024-11-19T00:00:00Z", "--stop", "2024-11-20T00:00:00Z", "--step", "24h"]
    assert run(["ephemeris", "--catalog", str(catalog), *window]) == 0
    captured = capsys.readouterr()
    assert {row["norad"] for row in csv.DictReader(io.StringIO(captured.out))} == {"90001", "799500123"}
    assert "left out: 90003 FALLING cannot be propagated" in captured.err


def test_message_is_read_back_as_the_same_trajectory(catalog, tmp_path, capsys):
    path = tmp_path / "out.oem"
    arguments = ["90001", "799500123", "--catalog", str(catalog), *WINDOW, "--frame", "itrf", "--as", "oem"]
    assert run(["ephemeris", *arguments, "--output", str(path)]) == 0
    assert capsys.readouterr().out == ""
    oem, _ = read_oem(RawInput(path.name, path.read_bytes()))
    assert [(s.object_id, s.ref_frame, s.time_system) for s in oem.segments] == [
        ("2024-900A", "ITRF2020", "UTC"), ("2024-900B", "ITRF2020", "UTC"),
    ]  # fmt: skip
    assert "COMMENT NORAD_CAT_ID = 799500123" in path.read_text()
    orientation = packaged_earth_orientation()
    again = trajectories_from_oem(oem)[0].states(np.array([START + 90 * NS_PER_S]), Frame.GCRF, orientation)
    rows = rows_of([90001, "--catalog", catalog, *WINDOW, "--step", "30s"], capsys)
    assert float(rows[3]["x_km"]) == pytest.approx(again.position_km[0, 0], abs=1e-7)
    assert (oem.segments[0].interpolation, oem.segments[0].interpolation_degree) == ("LAGRANGE", 9)


def test_an_ephemeris_file_is_a_catalog_too(catalog, tmp_path, capsys):
    path = tmp_path / "out.oem"
    written = ["90001", "--catalog", str(catalog), *WINDOW, "--frame", "eme2000", "--as", "oem"]
    assert run(["ephemeris", *written, "--output", str(path)]) == 0
    capsys.readouterr()
    rows = rows_of(["--catalog", path, *WINDOW, "--frame", "teme", "--step", "7.5"], capsys)
    assert len(rows) == 81
    assert rows[1]["epoch_utc"] == "2024-11-01T00:00:07.500Z"
    direct = rows_of([90001, "--catalog", catalog, *WINDOW, "--frame", "teme", "--step", "7.5"], capsys)
    differences = [abs(float(a["y_km"]) - float(b["y_km"])) for a, b in zip(rows, direct, strict=True)]
    assert max(differences) < 1e-6
    both = rows_of(["ALPHA ONE", "--catalog", path, "--catalog", catalog, *WINDOW, "--step", "1h"], capsys)
    assert len(both) == 2


def test_the_text_of_starlink_is_read_with_number_and_covariance(tmp_path, capsys):
    name = "MEME_99001_EXAMPLE-7_0692016_Operational_1457388000_UNCLASSIFIED.txt"
    source = Path(__file__).parents[1] / "data" / "messages" / name
    span = trajectories_from_oem(read_itc(RawInput(name, source.read_bytes()))[0])[0]
    window = ["--start", format_utc(span.start_tai_ns), "--stop", format_utc(span.stop_tai_ns)]
    rows = rows_of([99001, "--catalog", source, *window, "--step", "1", "--frame", "eme2000"], capsys)
    assert {(r["norad"], r["name"]) for r in rows} == {("99001", "EXAMPLE-7")}
    path = tmp_path / "out.oem"
    arguments = ["--catalog", str(source), *window, "--as", "oem", "--output", str(path)]
    assert run(["ephemeris", *arguments]) == 0
    assert read_oem(RawInput(path.name, path.read_bytes()))[0].segments[0].covariance_epoch_ns.size > 0


def test_predicted_and_held_earth_rotation_is_told(catalog, capsys):
    late = packaged_earth_orientation().predicted_from_tai_ns + 30 * 86_400 * NS_PER_S
    window = ["--start", format_utc(late), "--stop", format_utc(late + NS_PER_S)]
    base = ["ephemeris", "799500123", "--catalog", str(catalog)]
    assert run([*base, *window, "--frame", "itrf"]) == 0
    assert "rests on predicted Earth rotation" in capsys.readouterr().err
    assert run([*base, *window, "--frame", "gcrf"]) == 0
    assert "Earth rotation" not in capsys.readouterr().err
    beyond = ["--start", "2035-01-01T00:00:00Z", "--stop", "2035-01-01T00:00:01Z", "--frame", "itrf"]
    assert run([*base, *beyond]) == 0
    assert "the last values are held" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["90009"], 2, "no object '90009'"),
        (["9" * 20], 2, "no object '99999999999999999999'"),
        (["90001", "--step", "0"], 2, "--step: '0' is not a step"),
        (["90001", "--step", "60km"], 2, "--step: '60km' is not a step"),
        (["90001", "--step", "9" * 400 + "h"], 2, "is not a step"),
        (["90001", "--stop", "2024-11-01T00:00:00Z"], 2, "not later than the start"),
        (["90001", "--stop", "2024-10-31T00:00:00Z"], 2, "not later than the start"),
        (["90001", "--start", "yesterday"], 2, "--start: 'yesterday' is not a UTC time"),
        (["90001", "--step", "0.00001"], 2, "at most 10,000,000 are written"),
        (["90001", "--frame", "tod"], 2, "tod"),
        (["90001", "--as", "sp3"], 2, "sp3"),
        (["90003", "--stop", "2024-11-20T00:00:00Z", "--step", "1h"], 3, "90003 FALLING cannot be"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_and_writes_nothing(catalog, tmp_path, capsys, arguments, code, words):
    output = tmp_path / "out.csv"
    rest = [] if "--start" in arguments else WINDOW[:2]
    assert run(["ephemeris", *rest, *arguments, "--catalog", str(catalog), "--output", str(output)]) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("skypact: ") == 1
    assert not output.exists()


def test_neither_object_nor_file_is_wrong_use(capsys):
    assert run(["ephemeris"]) == 2
    assert "no object named" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"<html>no</html>", b"CCSDS_OEM_VERS = 2.0\n"])
def test_a_file_that_is_no_catalog_is_refused(tmp_path, capsys, content):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert run(["ephemeris", "1", "--catalog", str(path), *WINDOW]) == 2
    assert "bad.csv" in capsys.readouterr().err
    assert run(["ephemeris", "1", "--catalog", str(tmp_path / "none.csv"), *WINDOW]) == 2


def test_records_kept_out_are_named_with_their_file(catalog, tmp_path, capsys):
    head, *rest = catalog.read_text().splitlines()
    epoch = head.split(",").index("EPOCH")
    bad = rest[0].split(",")
    bad[epoch] = "soon"
    some, none = tmp_path / "some.csv", tmp_path / "none.csv"
    some.write_text("\n".join([head, ",".join(bad), *rest[1:]]) + "\n")
    none.write_text("\n".join([head, ",".join(bad)]) + "\n")
    assert run(["ephemeris", "--catalog", str(some), *WINDOW]) == 0
    assert f"kept out: {some}:2: EPOCH: 'soon' is not a UTC time" in capsys.readouterr().err
    assert run(["ephemeris", "--catalog", str(none), *WINDOW]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "none of 1 records can be used" in captured.err


def test_outside_an_ephemeris_the_span_is_named(catalog, tmp_path, capsys):
    path = tmp_path / "out.oem"
    assert (
        run(["ephemeris", "90001", "--catalog", str(catalog), *WINDOW, "--as", "oem", "--output", str(path)])
        == 0
    )
    assert run(["ephemeris", "--catalog", str(path), "--start", "2024-11-01T00:05:00Z"]) == 3
    assert "covers 2024-11-01T00:00:00.000Z to 2024-11-01T00:10:00.000Z" in capsys.readouterr().err


def test_steps_and_grids():
    assert [desk.parse_step(t) for t in ("60", "60s", " 0.5 ", "5m", "1h")] == [
        60 * NS_PER_S, 60 * NS_PER_S, NS_PER_S // 2, 300 * NS_PER_S, 3600 * NS_PER_S,
    ]  # fmt: skip
    assert desk.epoch_grid(0, 100, 30).tolist() == [0, 30, 60, 90]
    assert desk.epoch_grid(0, 90, 30).tolist() == [0, 30, 60, 90]
    assert desk.epoch_grid(0, 10, 30).tolist() == [0]
    with pytest.raises(LimitError):
        desk.epoch_grid(0, 10**7, 1, objects=2)
    with pytest.raises(UsageError):
        desk.epoch_grid(0, 0, 1)


def test_a_leap_second_is_one_step_of_an_ephemeris(catalog, capsys):
    window = ["--start", "2016-12-31T23:59:58Z", "--stop", "2017-01-01T00:00:01Z", "--step", "1"]
    rows = rows_of([799500123, "--catalog", catalog, *window], capsys)
    assert [r["epoch_utc"][11:19] for r in rows] == [
        "23:59:58",
        "23:59:59",
        "23:59:60",
        "00:00:00",
        "00:00:01",
    ]


@pytest.fixture
def home(catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node that has loaded the catalog."""
    folder = tmp_path / "node"
    monkeypatch.setenv("SKYPACT_HOME", str(folder))
    with make_node("kr.kasi", DataMode.TEST)[0] as node:
        load_files(node, [catalog])
    return folder


@pytest.mark.usefixtures("home")
def test_without_a_file_the_catalog_of_the_node_is_asked(catalog, tmp_path, capsys):
    rows = rows_of(["ALPHA ONE", 799500123, *WINDOW, "--step", "5m"], capsys)
    from_file = rows_of([90001, 799500123, "--catalog", catalog, *WINDOW, "--step", "5m"], capsys)
    assert rows == from_file
    path = tmp_path / "out.oem"
    assert run(["ephemeris", "90001", *WINDOW, "--as", "oem", "--output", str(path)]) == 0
    oem, _ = read_oem(RawInput(path.name, path.read_bytes()))
    assert oem.originator == "kr.kasi"
    assert "COMMENT DATA_MODE = TEST" in path.read_text()
    assert run(["ephemeris", "90099", *WINDOW]) == 2
    assert "90099" in capsys.readouterr().err


def test_newer_earth_rotation_that_the_node_holds_is_used(home, monkeypatch):
    from skypact.node.desk import sources
    from skypact.node.desk.earth_orientation import earth_orientation_of
    from skypact.node.desk.node_home import open_node

    packaged = packaged_earth_orientation()
    first = round((packaged.predicted_from_tai_ns / NS_PER_S - 37) / 86_400 + 51_544.5) - 30
    lines = ["DATE,MJD,X,Y,UT1-UTC,LOD,DPSI,DEPS,DX,DY,DAT,DATA_TYPE"]
    for day in range(60):
        date = np.datetime64("1858-11-17") + (first + day)
        kind = "O" if day < 50 else "P"
        lines.append(f"{date},{first + day},0.1,0.2,0.0,0.0,0,0,0,0,37,{kind}")
    raw = RawInput("celestrak/eop", "\n".join(lines).encode())

    def held(_settings, _database, name):
        return sources.HeldFile(name, raw, 0, 0.0, "") if name == "celestrak/eop" else None

    monkeypatch.setattr(sources, "held_file", held)
    with open_node(home) as node:
        table = earth_orientation_of(node)
    assert table.predicted_from_tai_ns > packaged.predicted_from_tai_ns
    assert "CelesTrak celestrak/eop" in table.source
    assert table.start_tai_ns == packaged.start_tai_ns
    assert table.at(table.predicted_from_tai_ns).x_pole_rad == pytest.approx(np.radians(0.1 / 3600))
