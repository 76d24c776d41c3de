"""``skypact pc``: rows, radii, frames, doubts and refusals."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest

from skypact.conjunction.pc import PC_METHODS, probability
from skypact.conjunction.pc_result import DEFAULT_SAMPLES_MAX, DEFAULT_SEED
from skypact.node.cli.main import run
from skypact.node.desk.pc import folded
from tests.conjunction.pc_cases import simple_encounter

TCA = "2026-03-01T12:00:00.000"
AXES = ("R", "T", "N", "RDOT", "TDOT", "NDOT")
COVARIANCE = [f"C{a}_{b}" for i, a in enumerate(AXES) for b in AXES[: i + 1]]


def an_object(
    number: int, position: np.ndarray, velocity: np.ndarray, *, frame: str = "EME2000",
    sigma_m: tuple[float, float, float] = (50.0, 400.0, 60.0), dcp: str = "", extra: str = "",
) -> str:  # fmt: skip
    """Return one object of a message as KVN."""
    lines = [
        f"OBJECT = OBJECT{number}", f"OBJECT_DESIGNATOR = {1000 + number}", "CATALOG_NAME = SATCAT",
        f"OBJECT_NAME = SAMPLE {number}", "INTERNATIONAL_DESIGNATOR = 2020-001A", "EPHEMERIS_NAME = NONE",
        "COVARIANCE_METHOD = CALCULATED", "MANEUVERABLE = N/A", "ORBIT_CENTER = EARTH",
        f"REF_FRAME = {frame}", *extra.splitlines(), *dcp.splitlines(),
    ]  # fmt: skip
    lines += [f"{k} = {v:.15e} [km]" for k, v in zip("XYZ", position, strict=True)]
    lines += [f"{k}_DOT = {v:.15e} [km/s]" for k, v in zip("XYZ", velocity, strict=True)]
    values = dict.fromkeys(COVARIANCE, 0.0)
    values |= dict(zip(("CR_R", "CT_T", "CN_N"), (s * s for s in sigma_m), strict=True))
    values |= dict.fromkeys(("CRDOT_RDOT", "CTDOT_TDOT", "CNDOT_NDOT"), 0.01)
    lines += [f"{k} = {v:.15e}" for k, v in values.items()]
    return "\n".join(lines)


FIRST = (np.array([7000.0, 0.0, 0.0]), np.array([0.0, 7.5, 0.0]))
SECOND = (np.array([7000.1, 0.05, -0.02]), np.array([0.0, 0.0, 7.5]))


def message(first: str = "", second: str = "", head: str = "COMMENT HBR = 10.0 [m]") -> str:
    """Return a message as KVN: two low orbits crossing at a right angle, 0.11 km apart."""
    return "\n".join([
        "CCSDS_CDM_VERS = 1.0", "CREATION_DATE = 2026-02-27T12:00:00.000", "ORIGINATOR = SAMPLE",
        "MESSAGE_ID = sample-1", f"TCA = {TCA}", "MISS_DISTANCE = 113 [m]", *head.splitlines(),
        first or an_object(1, *FIRST), second or an_object(2, *SECOND), "",
    ])  # fmt: skip


def write(folder: Path, text: str | bytes, name: str = "sample.cdm") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    assert run(["pc", *arguments, "--format", "csv"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must be refused: exit 2, nothing on stdout, one line of reason."""
    assert run(["pc", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1
    return told.err


def test_one_row_for_each_file_and_method(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write(tmp_path, message(), "a.cdm"), write(tmp_path, message(), "b.cdm")]
    options = [o for m in PC_METHODS for o in ("--method", m)]
    found = rows(capsys, *files, *options, "--samples", "20000")
    assert [(r["file"], r["method"]) for r in found] == [(f, m) for f in files for m in PC_METHODS]
    for row in found:
        assert row["tca_utc"] == "2026-03-01T12:00:00.000Z"
        assert float(row["miss_m"]) == pytest.approx(float(found[0]["miss_m"]))
        assert row["hbr_m"] == "10"
        assert row["valid"] in {"true", "false"}
        assert row["why"]


def test_probability_has_seventeen_digits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capsys, write(tmp_path, message()), "--method", "foster-1992")
    expected = probability(simple_encounter()).pc
    assert float(row["pc"]) == pytest.approx(expected, rel=1e-12)
    assert row["pc"] == f"{float(row['pc']):.17g}"
    assert row["valid"] == "true"


def test_default_is_the_common_figure_its_worst_case_and_the_curved_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = rows(capsys, write(tmp_path, message()))
    assert [r["method"] for r in found] == ["foster-1992", "alfriend-max", "nc3d"]


def test_real_conjunctions_have_the_values_of_cara(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data / "pc"
    with (folder / "cara_pc_reference.csv").open() as stream:
        table = list(csv.DictReader(stream))[::9]
    for row in table:
        path = folder / "cara_cdm" / (row["Conjunction_ID"] + ".cdm")
        found = rows(capsys, str(path), "--method", "foster-1992", "--hbr-m", row["HBR_m"])
        assert float(found[0]["pc"]) == pytest.approx(float(row["Pc2D"]), rel=1e-6)
        assert found[0]["valid"] == ("false" if float(row["ViolationsPc2D"]) else "true")
        assert found[0]["cross_correlation"] == "known, not used"
        assert found[0]["pc_cross_corrected"]


def test_untrusted_result_says_why_and_exits_zero(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = (shared_data / "pc" / "cara_cdm").glob("000048901*20211219*.cdm")
    flat, curved = rows(capsys, str(path), "--method", "foster-1992", "--method", "nc3d")
    assert (flat["valid"], curved["valid"]) == ("false", "true")
    assert "of an orbit" in flat["why"]
    assert float(curved["pc"]) == pytest.approx(1.31e-6, rel=0.01)


def test_message_without_a_radius_needs_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, message(head=""))
    output = tmp_path / "out.csv"
    told = refused(capsys, path, "--output", str(output))
    assert "--hbr-m" in told
    assert path in told
    assert not output.exists()
    assert rows(capsys, path, "--hbr-m", "12.5")[0]["hbr_m"] == "12.5"


def test_radius_of_the_option_goes_before_that_of_the_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, message())
    own, given = rows(capsys, path)[0], rows(capsys, path, "--hbr-m", "20")[0]
    assert (own["hbr_m"], own["hbr_source"]) == ("10", "COMMENT HBR")
    assert (given["hbr_m"], given["hbr_source"]) == ("20", "--hbr-m")
    assert float(given["pc"]) > float(own["pc"])


def test_radius_from_a_table_is_the_sum_of_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, message(head=""))
    table = write(tmp_path, "norad,radius_m,source\n1001,3.5,own\n1002,1.25,own\n", "radii.csv")
    row = rows(capsys, path, "--hbr-table", table)[0]
    assert row["hbr_m"] == "4.75"
    assert "table" in row["hbr_source"]
    packed = write(tmp_path, gzip.compress(Path(table).read_bytes(), mtime=0), "radii.csv.gz")
    assert rows(capsys, path, "--hbr-table", packed)[0]["hbr_m"] == "4.75"
    short = write(tmp_path, "norad,radius_m,source\n1001,3.5,own\n", "short.csv")
    assert "no radius of 1002" in refused(capsys, path, "--hbr-table", short)


def test_what_is_noticed_in_many_messages_is_said_once() -> None:
    lines = [f"/data/{k}.cdm:19: OBJECT1 ORBIT_CENTER: no center given" for k in range(3)]
    other = "/data/0.cdm:81: OBJECT2 ORBIT_CENTER: no center given"
    assert folded([lines[0], other, *lines[1:]]) == [f"{lines[0]} (and 2 more like it)", other]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.cdm"),
        (bytes(range(256)) * 8, "binary.cdm"),
        (b"CCSDS_CDM_VERS = 1.0\nCREATION_DATE = 2026-02-27T12:00:00\n", "truncated.cdm"),
        (b"CCSDS_OEM_VERS = 2.0\nCREATION_DATE = 2026-02-27T12:00:00\n", "ephemeris.oem"),
        (b"norad,radius_m\n1,2\n", "table.csv"),
        (gzip.compress(b"CCSDS_CDM_VERS = 1.0\n" * 50, mtime=0)[:40], "broken.cdm.gz"),
    ],
)
def test_files_that_are_no_message_are_refused(
    content: bytes, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert name in refused(capsys, write(tmp_path, content, name), "--hbr-m", "10")


def test_missing_file_is_refused_and_the_others_are_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write(tmp_path, message())
    assert "nowhere.cdm" in refused(capsys, good, str(tmp_path / "nowhere.cdm"))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--method", "foster"], "foster-1992, chan-1997"),
        (["--hbr-m", "0"], "--hbr-m"),
        (["--hbr-m", "nan"], "--hbr-m"),
        (["--hbr-m", "ten"], "hbr-m"),
        (["--method", "monte-carlo", "--samples", "0"], "--samples"),
        (["--seed", "-1"], "seed"),
    ],
)
def test_impossible_options_are_refused(
    arguments: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert word in refused(capsys, write(tmp_path, message()), *arguments)


def test_no_file_at_all_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert "pc --help" in refused(capsys)


def test_object_without_covariance_has_no_probability(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = "\n".join(
        line for line in an_object(2, *SECOND).splitlines() if line.split(" = ")[0] not in COVARIANCE
    )
    text = message(second=second).replace("CCSDS_CDM_VERS = 1.0", "CCSDS_CDM_VERS = 2.0")
    for row in rows(capsys, write(tmp_path, text), "--hbr-m", "10"):
        assert row["pc"] == "nan"
        assert row["valid"] == "false"
        assert row["why"] == "object 2 has no covariance"


def test_negative_variance_is_refused_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = message().replace("CN_N = 3.6", "CN_N = -3.6", 1)
    told = refused(capsys, write(tmp_path, text))
    assert "sample.cdm" in told
    assert "variance" in told


def test_rotating_frame_is_turned_before_anything_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from astropy import units as u
    from astropy.coordinates import GCRS, ITRS, CartesianDifferential, CartesianRepresentation
    from astropy.time import Time
    from astropy.utils import iers

    epoch = Time(TCA, scale="utc")
    fixed = []
    with iers.conf.set_temp("auto_download", False):
        for position, velocity in (FIRST, SECOND):
            rate = CartesianDifferential(velocity * u.km / u.s)
            turned = GCRS(CartesianRepresentation(position * u.km, differentials=rate), obstime=epoch)
            itrs = turned.transform_to(ITRS(obstime=epoch))
            fixed.append((itrs.cartesian.xyz.to_value(u.km), itrs.velocity.d_xyz.to_value(u.km / u.s)))
    rotating = message(an_object(1, *fixed[0], frame="ITRF-2014"), an_object(2, *fixed[1], frame="ITRF-2014"))
    mixed = message(an_object(1, *FIRST, frame="GCRF"), an_object(2, *fixed[1], frame="ITRF"))
    plain = message(an_object(1, *FIRST, frame="GCRF"), an_object(2, *SECOND, frame="GCRF"))
    values = [
        float(rows(capsys, write(tmp_path, t), "--method", "foster-1992")[0]["pc"])
        for t in (plain, rotating, mixed)
    ]
    assert values[1] == pytest.approx(values[0], rel=1e-4)
    assert values[2] == pytest.approx(values[0], rel=1e-3)  # both are off by the same millimeters, or not


def test_frame_that_is_not_converted_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = message(first=an_object(1, *FIRST, frame="TDR"))
    assert "TDR" in refused(capsys, write(tmp_path, text))


DCP = """COMMENT DCP Density Forecast Uncertainty = 2.0e-01
COMMENT DCP Sensitivity Vector RTN Pos = 1.0e+00 {} 0.0e+00 [m]
COMMENT DCP Sensitivity Vector RTN Vel = 0.0e+00 0.0e+00 0.0e+00 [m/sec]"""


def test_shared_density_error_is_told_and_used_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = message(
        an_object(1, *FIRST, dcp=DCP.format("1.5e+03")), an_object(2, *SECOND, dcp=DCP.format("1.2e+03"))
    )
    path = write(tmp_path, both)
    plain = rows(capsys, path)[0]
    used = rows(capsys, path, "--cross-correlation")[0]
    assert plain["cross_correlation"] == "known, not used"
    assert used["cross_correlation"] == "used"
    assert used["pc_cross_corrected"] == ""
    assert plain["pc_cross_corrected"] == used["pc"] != plain["pc"]
    one = message(an_object(1, *FIRST, dcp=DCP.format("1.5e+03")))
    missing = rows(capsys, write(tmp_path, one), "--cross-correlation")[0]
    assert missing["cross_correlation"] == "not stated"
    assert missing["pc"] == plain["pc"]


def test_quality_of_the_orbits_is_told_before_the_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = (
        "TIME_LASTOB_START = 2026-02-25T00:00:00\nTIME_LASTOB_END = 2026-02-26T00:00:00\n"
        "ACTUAL_OD_SPAN = 2.0 [d]\nOBS_AVAILABLE = 40\nOBS_USED = 15\nWEIGHTED_RMS = 3.2"
    )
    path = write(tmp_path, message(first=an_object(1, *FIRST, extra=extra)))
    row = rows(capsys, path)[0]
    assert (row["name_1"], row["obs_used_1"], row["obs_available_1"]) == ("SAMPLE 1", "15", "40")
    assert float(row["age_1_d"]) == pytest.approx(3.5)
    assert float(row["od_span_1_d"]) == 2.0
    for doubt in ("RMS 3.20", "only 15 observations", "38%", "1.8 times"):
        assert doubt in row["doubts_1"]
    assert row["doubts_2"] == ""
    assert run(["pc", path]) == 0
    told = capsys.readouterr()
    assert "SAMPLE 1: 15 of 40 observations, weighted RMS 3.20" in told.err
    assert "last observation not stated" in told.err
    assert "foster-1992" in told.out


def test_grid_lists_what_the_value_depends_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, message())
    grid = rows(capsys, path, "--grid")
    assert len(grid) == 15
    plain = rows(capsys, path)[0]
    (middle,) = (r for r in grid if (r["sigma_scale"], r["hbr_m"]) == ("1", "10"))
    assert float(middle["pc"]) == pytest.approx(float(plain["pc"]), rel=1e-12)
    values = [float(r["pc"]) for r in grid]
    assert float(plain["pc_grid_min"]) == min(values)
    assert float(plain["pc_grid_max"]) == max(values)


def test_several_messages_in_one_file_give_rows_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(
        tmp_path,
        gzip.compress((message() + message(head="COMMENT HBR = 20 [m]")).encode(), mtime=0),
        "two.gz",
    )
    found = rows(capsys, path, "--method", "foster-1992")
    assert [r["hbr_m"] for r in found] == ["10", "20"]


def test_json_and_file_hold_the_same_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, output = write(tmp_path, message()), tmp_path / "pc.json"
    assert run(["pc", path, "--format", "json", "--output", str(output)]) == 0
    assert capsys.readouterr().out == ""
    loaded = json.loads(output.read_text())
    plain = rows(capsys, path)
    assert [repr(r["pc"]) for r in loaded] == [repr(float(r["pc"])) for r in plain]
    assert loaded[0]["valid"] is True


def test_orbits_around_another_body_are_not_trusted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = message().replace("ORBIT_CENTER = EARTH", "ORBIT_CENTER = MOON")
    row = rows(capsys, write(tmp_path, text))[0]
    assert row["valid"] == "false"
    assert "MOON" in row["why"]


def test_defaults_of_the_options_are_those_of_the_methods() -> None:
    import inspect

    from skypact.node.cli.pc import pc

    parameters = inspect.signature(pc).parameters
    assert parameters["samples"].default == DEFAULT_SAMPLES_MAX
    assert parameters["seed"].default == DEFAULT_SEED
