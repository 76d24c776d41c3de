"""``skypact screen`` as a process of its own: results, bad input, a full disk, an interrupt, a node."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import parse_utc
from skypact.formats.omm_csv import write_omm_csv
from skypact.formats.tle import write_tle
from skypact.node.cli.main import run
from skypact.node.desk.exercise import Exercise, make_exercise
from skypact.node.desk.node_home import make_node
from skypact.records import DataMode

EPOCH = parse_utc("2024-11-01T00:00:00Z")
WINDOW = ("--start", "2024-11-01T00:00:00Z", "--hours", "2", "--workers", "1")
COMMAND = (sys.executable, "-c", "from skypact.node.cli.main import main; main()", "screen")
LONG_S = 120.0
Screen = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return make_exercise(7, 400, EPOCH)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory, exercise: Exercise) -> Path:
    path = tmp_path_factory.mktemp("catalog") / "gp.csv"
    path.write_text(write_omm_csv(exercise.table))
    return path


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    """Run the command in an empty folder, which is no node."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SKYPACT_")}

    def call(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)], cwd=tmp_path, env=environment, capture_output=True, text=True,
            timeout=LONG_S, check=False, **options,
        )  # type: ignore[call-overload]  # fmt: skip

    return call


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def assert_refused(done: subprocess.CompletedProcess[str], said: str, folder: Path) -> None:
    """Exit code 2, one line on stderr that says what is wrong, nothing written."""
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stdout == ""
    assert not list(folder.glob("*out*")), list(folder.iterdir())


def test_columns_counts_and_formats(screen, catalog, tmp_path):
    done = screen(catalog, *WINDOW, "--threshold-km", "10", "--format", "csv", "--output", "out.csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    found = rows((tmp_path / "out.csv").read_text())
    assert list(found[0]) == [
        "norad_1", "norad_2", "name_1", "name_2", "tca_utc", "miss_km", "rel_speed_km_s", "radial_km",
        "in_track_km", "cross_track_km", "age_1_d", "age_2_d", "kind", "start_utc", "stop_utc",
    ]  # fmt: skip
    assert all(len(row["miss_km"].partition(".")[2]) >= 6 for row in found)
    assert "400 objects screened" in done.stderr
    as_json = screen(catalog, *WINDOW, "--threshold-km", "10", "--format", "json")
    assert [row["norad_1"] for row in json.loads(as_json.stdout)] == [int(row["norad_1"]) for row in found]


def test_the_planted_encounters_are_found(screen, catalog, exercise):
    done = screen(catalog, *WINDOW, "--format", "csv", "--workers", "2")
    found = {(int(r["norad_1"]), int(r["norad_2"])) for r in rows(done.stdout)}
    early = np.flatnonzero(exercise.truth.tca_tai_ns < EPOCH + 7200 * 10**9)
    norad = exercise.table.norad
    planted = [sorted((norad[exercise.truth.row_1[k]], norad[exercise.truth.row_2[k]])) for k in early]
    assert planted
    assert {(int(a), int(b)) for a, b in planted} <= found


BAD_USE = [
    (["--hours", "0"], "--hours"),
    (["--hours", "-3"], "--hours"),
    (["--hours", "nan"], "--hours"),
    (["--hours", "100000"], "a year"),
    (["--hours", "soon"], "hours"),
    (["--threshold-km", "0"], "finds nothing"),
    (["--threshold-km", "-5"], "finds nothing"),
    (["--threshold-km", "1e6"], "grow with its square"),
    (["--volume", "1,2"], "radial,in-track,cross-track"),
    (["--volume-preset", "leo9"], "there are leo1"),
    (["--volume", "1,2,3", "--threshold-km", "5"], "choose one"),
    (["--volume", "200,200,200"], "--force"),
    (["--primaries", "999999"], "no object 999999"),
    (["--primaries", "ISS"], "is not a catalog number"),
    (["--start", "yesterday"], "--start"),
    (["--workers", "-1"], "workers"),
    (["--status", "perhaps"], "status"),
    (["--against", "missing.csv"], "missing.csv: no such file"),
    (["--against-catalog"], "there is no node"),
    (["--assets"], "there is no node"),
    (["--output", "no/folder/out.csv"], "no folder"),
    (["--thresold-km", "5"], "--thresold-km"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD_USE, ids=[" ".join(a) for a, _ in BAD_USE])
def test_wrong_use_is_one_line_and_writes_nothing(arguments, said, catalog, tmp_path, capfd, monkeypatch):
    """In this process: what ends as a process is tested with the files below."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKYPACT_HOME", raising=False)
    window = [] if "--start" in arguments else ["--start", "2024-11-01T00:00:00Z"]
    code = run(["screen", str(catalog), "--output", "out.csv", *window, *arguments])
    out, err = capfd.readouterr()
    assert_refused(subprocess.CompletedProcess([], code, out, err), said, tmp_path)


def bad_files(catalog: Path) -> dict[str, tuple[bytes | None, str]]:
    whole = gzip.compress(catalog.read_bytes(), mtime=0)
    return {
        "missing.csv": (None, "no such file"),
        "empty.csv": (b"", "empty"),
        "binary.tle": (bytes(range(256)) * 64, "binary"),
        "truncated.csv.gz": (whole[: len(whole) // 2], "truncated"),
        "page.csv": (b"<!DOCTYPE html><html><body>403</body></html>", "HTML page"),
        "prose.txt": (b"nothing of this is an element set\n", "not a known format"),
        "half.oem": (b"CCSDS_OEM_VERS = 2.0\nCREATION_DATE = 2024-11-01T00:00:00\nMETA_START\n", "half.oem"),
    }


@pytest.mark.parametrize(
    "name",
    ["missing.csv", "empty.csv", "binary.tle", "truncated.csv.gz", "page.csv", "prose.txt", "half.oem"],
)
def test_a_bad_file_is_one_line_and_writes_nothing(name, screen, catalog, tmp_path):
    data, said = bad_files(catalog)[name]
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = screen(name, *WINDOW, "--output", "out.csv")
    assert_refused(done, said, tmp_path)
    assert name in done.stderr


def test_a_wrong_checksum_is_named_and_the_rest_is_screened(screen, exercise, tmp_path):
    table = replace(exercise.table.take(np.arange(30)), norad=np.arange(70_001, 70_031))
    lines = write_tle(table).splitlines()
    lines[5] = lines[5][:-1] + str((int(lines[5][-1]) + 1) % 10)
    (tmp_path / "gp.tle").write_text("\n".join(lines) + "\n")
    done = screen("gp.tle", *WINDOW, "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert "kept out: gp.tle:" in done.stderr
    assert ": CHECKSUM: " in done.stderr
    assert "29 objects screened" in done.stderr
    assert "1 records kept out" in done.stderr


def test_records_that_cannot_be_are_kept_out_by_line_and_twice_named_objects_are_warned_of(
    screen, catalog, tmp_path
):
    header, *records = catalog.read_text().splitlines()
    titles = header.split(",")

    def changed(line: str, **values: str) -> str:
        cells = dict(zip(titles, next(csv.reader([line])), strict=True)) | values
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(cells.values())
        return out.getvalue()

    bad = [
        changed(records[0], EPOCH=""),
        changed(records[1], MEAN_MOTION="nan"),
        changed(records[2], ECCENTRICITY="1.0"),
        changed(records[3], INCLINATION="NaN"),
        records[5],
        changed(records[5], OBJECT_NAME="SOMETHING ELSE"),
    ]
    (tmp_path / "gp.csv").write_text("\n".join([header, *bad, *records[6:]]) + "\n")
    done = screen("gp.csv", *WINDOW, "--format", "csv")
    assert done.returncode == 0, done.stderr
    for line, field in ((2, "EPOCH"), (3, "MEAN_MOTION"), (4, "ECCENTRICITY"), (5, "INCLINATION")):
        assert f"kept out: gp.csv:{line}: {field}" in done.stderr
    number = dict(zip(titles, next(csv.reader([records[5]])), strict=True))["NORAD_CAT_ID"]
    assert f"catalog number {number} stands for" in done.stderr
    assert f"{len(records) - 5} objects screened" in done.stderr
    assert "1 older element sets" in done.stderr


def test_a_full_disk_leaves_nothing_behind(screen, catalog, tmp_path):
    """A limit on the size of files stands for it: the write fails the same way."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    options = ("--threshold-km", "50", "--format", "csv", "--output", "out.csv")
    done = screen(catalog, *WINDOW, *options, preexec_fn=limited)
    assert done.returncode == 3
    assert "too large" in done.stderr.lower()
    assert len([line for line in done.stderr.splitlines() if line.startswith("skypact: ")]) == 1
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


INTERRUPTED = """
import os, signal
from skypact.conjunction.pair_search import PairSearch
real = PairSearch.run_job
def cut(self, job):
    if job == 5:
        os.kill(os.getpid(), signal.SIGNAL)
    return real(self, job)
PairSearch.run_job = cut
from skypact.node.cli.main import main
main()
"""
"""The command line with a signal that arrives in the sixth hour of the window."""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupt_in_mid_run_leaves_no_output_and_says_so(name, exercise, tmp_path):
    (tmp_path / "gp.csv").write_text(write_omm_csv(exercise.table))
    script = INTERRUPTED.replace("SIGNAL", name)
    done = subprocess.run(
        [sys.executable, "-c", script, "screen", "gp.csv", *WINDOW, "--hours", "48", "--output", "out.csv"],
        cwd=tmp_path, capture_output=True, text=True, timeout=LONG_S, check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("skypact: interrupted")
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["gp.csv"]


def test_a_candidate_against_the_nodes_catalog_is_not_stored(catalog, exercise, tmp_path, capfd, monkeypatch):
    """The node's own screening is; assets are primaries of either."""
    from skypact.node.store.screenings import read_screenings

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "node"))
    with make_node("kr.kasi", DataMode.EXERCISE)[0] as node:
        assert run(["catalog", "load", str(catalog), "--retrieved-utc", "2024-11-01T00:00:00Z"]) == 0
        busy = int(exercise.table.norad[exercise.truth.row_1[0]])
        ephemeris = ["ephemeris", str(busy), "--catalog", str(catalog), "--as", "oem", "--output", "own.oem"]
        span = ["--start", "2024-11-01T00:00:00Z", "--stop", "2024-11-01T02:00:00Z"]
        assert run([*ephemeris, *span]) == 0
        capfd.readouterr()
        one = ["screen", "own.oem", "--against-catalog", "--status", "candidate", *WINDOW, "--format", "csv"]
        assert run(one) == 0
        out, err = capfd.readouterr()
        assert {int(row["norad_1"]) for row in rows(out)} == {busy}
        assert "candidate" in err
        with node.database.read() as connection:
            assert read_screenings(connection) == []
        assert run(["assets", "add", str(busy), "--owner", "kr.kasi"]) == 0
        capfd.readouterr()
        assert run(["screen", *WINDOW, "--assets", "--format", "csv"]) == 0
        by_asset, err = capfd.readouterr()
        assert [(r["norad_1"], r["norad_2"]) for r in rows(by_asset)] == [
            (r["norad_1"], r["norad_2"]) for r in rows(out)
        ]
        assert "stored as screening" in err
        assert run(["screen", *WINDOW, "--assets", "--volume", "5,5,5", "--format", "csv"]) == 0
        boxes, _ = capfd.readouterr()
        assert {row["kind"] for row in rows(boxes)} == {"volume"}
        with node.database.read() as connection:
            assert len(read_screenings(connection)) == 2
