"""The main job from an empty folder: which node, what is found, what is written."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, format_utc, parse_utc
from skypact.errors import DataModeError, FormatError, NotFoundError, UsageError
from skypact.formats.omm_csv import write_omm_csv
from skypact.node.cli.main import run
from skypact.node.clock import now_tai_ns
from skypact.node.desk.catalog_load import load_files
from skypact.node.desk.exercise import make_exercise, side_files, write_exercise
from skypact.node.desk.node_home import make_node, open_node
from skypact.node.desk.sources import enable
from skypact.node.desk.up import UpResult, up
from skypact.node.store.assets import read_assets
from skypact.node.store.conjunctions import change_conjunctions, read_conjunctions
from skypact.node.store.screenings import Archive, ScreeningLine, read_archive, read_screenings
from skypact.records import DataMode

NOW = parse_utc("2026-11-23T06:00:20Z")


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UpResult]:
    """A run in an empty folder, for the tests that only look at what came of it."""
    place = tmp_path_factory.mktemp("first")
    return place, _small(home=place / "node", report=place / "report" / "index.html")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKYPACT_HOME", raising=False)
    return tmp_path


def _small(now: int = NOW, **options: object) -> UpResult:
    arguments = {"now_tai_ns": now, "objects": 600, "hours": 2.0, "workers": 1} | options
    return up(**arguments)  # type: ignore[arg-type]


def _stored(home: Path) -> tuple[list[ScreeningLine], Archive]:
    """The screenings that a node keeps, and everything that the newest of them found."""
    with open_node(home) as node, node.database.read() as connection:
        lines = read_screenings(connection)
    archive = read_archive(home, lines[0].archive_sha256)
    assert archive is not None
    return lines, archive


def _found(archive: Archive) -> dict[tuple[int, int], list[tuple[int, float]]]:
    """(TCA, miss distance) of every encounter by pair."""
    found: dict[tuple[int, int], list[tuple[int, float]]] = {}
    one, two = archive.norad[archive.row_1].tolist(), archive.norad[archive.row_2].tolist()
    for a, b, tca, miss in zip(one, two, archive.tca_tai_ns.tolist(), archive.miss_km.tolist(), strict=True):
        found.setdefault((min(a, b), max(a, b)), []).append((tca, miss))
    return found


def _real_catalog(path: Path, epoch_tai_ns: int) -> Path:
    """A file that carries no mark, as real ones do: the exercise's orbits under other numbers."""
    table = make_exercise(5, 300, epoch_tai_ns).table
    text = write_omm_csv(table)
    unmarked = "\n".join(line.rsplit(",", 1)[0] for line in text.splitlines())
    path.write_text(unmarked.replace(",9000", ",7000") + "\n")
    return path


def test_from_nothing_an_exercise_is_made_beside_the_real_node(first_run: tuple[Path, UpResult]) -> None:
    folder, result = first_run
    assert sorted(p.name for p in folder.iterdir()) == ["node-exercise", "report"]
    page = result.report.read_text()
    assert '<div class="banner EXERCISE"' in page
    assert "skypact sources enable celestrak" in page
    assert re.search("there is no node in .*node yet", result.notices[0])
    with open_node(folder / "node-exercise") as node:
        assert node.mode is DataMode.EXERCISE
        with node.database.read() as connection:
            assert len(read_assets(connection)) == 10


def test_planted_encounters_of_the_window_are_in_the_stored_run(first_run: tuple[Path, UpResult]) -> None:
    folder, _ = first_run
    lines, archive = _stored(folder / "node-exercise")
    found = _found(archive)
    exercise = make_exercise(1, 600, parse_utc("2026-11-23T06:00:00Z"))
    truth = exercise.truth
    inside = np.flatnonzero(truth.tca_tai_ns < parse_utc("2026-11-23T08:00:00Z"))
    assert len(inside) == 3
    for k in inside:
        low, high = sorted(int(exercise.table.norad[row]) for row in (truth.row_1[k], truth.row_2[k]))
        tca, miss = min(found[low, high], key=lambda f: abs(f[0] - int(truth.tca_tai_ns[k])))
        assert abs(tca - int(truth.tca_tai_ns[k])) < NS_PER_S // 1000
        assert miss == pytest.approx(float(truth.miss_km[k]), abs=1e-5)
    assert lines[0].facts.provenance.data_mode is DataMode.EXERCISE
    assert lines[0].facts.provenance.inputs


def test_conjunctions_of_assets_are_tracked_with_an_assumed_pc(first_run: tuple[Path, UpResult]) -> None:
    folder, _ = first_run
    with open_node(folder / "node-exercise") as node, node.database.read() as connection:
        lines = read_conjunctions(connection)
    own = [line for line in lines if line.norad_1 == 900_000_001]
    assert own
    assert all(line.pc is not None and line.pc_max is not None and not line.pc_trusted for line in own)


def test_assets_are_ranked_first_and_decisions_named(first_run: tuple[Path, UpResult]) -> None:
    _, result = first_run
    assert any("decision" in line for line in result.lines)
    page = result.report.read_text()
    top = page[page.index('id="top"') :]
    assert top.index("HANGYEOL-1") < top.index("</tr>", top.index("<tbody>"))


def test_second_run_compares_with_the_first_and_keeps_the_population(folder: Path) -> None:
    first = _small()
    second = _small(NOW + 600 * NS_PER_S)
    assert any("first run" in line for line in first.lines)
    assert any(
        "Since the last run (10 min ago): 0 new, 0 closer, 0 farther, 0 gone" in t for t in second.lines
    )
    assert any("The population is that of" in t for t in second.notices)
    assert len(_stored(folder / "node-exercise")[0]) == 2


def test_an_old_population_is_made_anew_and_compared_with_nothing(folder: Path) -> None:
    _small()
    later = _small(NOW + 4 * NS_PER_DAY)
    assert any("Made a population" in t for t in later.notices)
    assert any("first run" in line for line in later.lines)


def test_stored_data_of_the_real_node_is_used_and_nobody_is_asked(folder: Path) -> None:
    recent = now_tai_ns()
    catalog = _real_catalog(folder / "gp.csv", recent)
    with make_node("kr.kasi", DataMode.REAL)[0] as node:
        load_files(node, [catalog])
    result = _small(now_tai_ns())
    assert result.notices[0] == "Used ./node (REAL)."
    assert "No source is enabled" in result.notices[1]
    assert '<div class="banner REAL"' in result.report.read_text()
    assert not (folder / "node-exercise").exists()


def test_a_source_that_cannot_be_asked_leaves_what_is_held(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = _real_catalog(folder / "gp.csv", now_tai_ns())
    monkeypatch.setenv("SKYPACT_OFFLINE", "true")
    with make_node("kr.kasi", DataMode.REAL)[0] as node:
        load_files(node, [catalog])
        enable(node.settings, node.database, "celestrak")
    told: list[str] = []
    result = _small(now_tai_ns(), say=told.append)
    assert told[0] == "asking celestrak for what is due ..."
    assert result.notices[0] == "Used ./node (REAL)."
    assert any(text.startswith("Live data: celestrak/") for text in result.notices)
    assert "300 objects" in told[1]


def test_an_empty_real_node_stays_as_it_is(folder: Path) -> None:
    with make_node("kr.kasi", DataMode.REAL)[0]:
        pass
    result = _small()
    assert "the node in ./node has no element sets yet" in result.notices[0]
    assert (folder / "node-exercise").is_dir()
    with open_node() as node:
        assert node.mode is DataMode.REAL


def test_a_file_makes_a_real_node_and_an_archive_has_its_own_time(folder: Path) -> None:
    epoch = parse_utc("2025-03-01T00:00:00Z")
    catalog = _real_catalog(folder / "gp.csv", epoch)
    result = up(now_tai_ns=now_tai_ns(), catalog=[catalog], hours=1.0, workers=1)
    assert "made it as xx.node" in result.notices[0]
    assert any("the window starts at its own time, 2025-02-28T" in text for text in result.notices)
    assert "days old" in result.report.read_text()


def test_an_exercise_catalog_is_refused_by_a_real_node(folder: Path) -> None:
    write_exercise(make_exercise(1, 100, NOW), folder / "pop.csv")
    with make_node("kr.kasi", DataMode.REAL)[0]:
        pass
    with pytest.raises(DataModeError, match="the data is EXERCISE, this node is REAL"):
        _small(catalog=[folder / "pop.csv"])
    assert not (folder / "report").exists()


def test_wrong_windows_and_files_change_nothing(folder: Path) -> None:
    with pytest.raises(UsageError, match="--hours"):
        _small(hours=0.0)
    with pytest.raises(NotFoundError, match=r"nothing\.csv"):
        _small(catalog=[folder / "nothing.csv"])
    (folder / "noise.csv").write_bytes(b"\x00\x01\x02")
    with pytest.raises(FormatError, match=r"noise\.csv"):
        _small(catalog=[folder / "noise.csv"])
    assert [p.name for p in folder.iterdir()] == ["noise.csv"]


def test_an_exercise_catalog_goes_to_the_exercise_node(folder: Path) -> None:
    write_exercise(make_exercise(1, 100, NOW), folder / "pop.csv")
    result = _small(catalog=[folder / "pop.csv"])
    assert result.notices[0] == "Used ./node-exercise (EXERCISE)."
    assert not (folder / "node").exists()


def test_command_prints_the_summary_and_the_path(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["up", "--hours", "1", "--objects", "200", "--workers", "1", "--report", "out/page.html"]) == 0
    out, err = capsys.readouterr()
    assert re.search(r"^report: out/page\.html \(\d+ s\)$", out, re.MULTILINE)
    assert "EXERCISE" in err
    assert (folder / "out" / "page.html").stat().st_size > 50_000


def test_a_screening_whose_archive_is_lost_is_passed_over(folder: Path) -> None:
    _small(objects=60, hours=0.5)
    next((folder / "node-exercise" / "screenings").glob("*.npz")).unlink()
    again = _small(NOW + 600 * NS_PER_S, objects=60, hours=0.5)
    assert any("first run" in line for line in again.lines)


def test_a_cdm_stands_before_the_screening_in_the_top_table(folder: Path) -> None:
    _small()
    with open_node(folder / "node-exercise") as node:
        with node.database.read() as connection:
            line = next(c for c in read_conjunctions(connection) if c.norad_1 == 900_000_001)
        with node.database.write() as connection:
            change_conjunctions(connection, [replace(line, source="cdm", pc=0.0123, pc_trusted=True)])
    page = _small(NOW + 60 * NS_PER_S).report.read_text()
    row = page[page.index('id="top"') :]
    assert '<span class="tag cdm">cdm</span><span class="id">by message</span>' in row
    assert "0.012" in row


def test_population_command_writes_three_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["exercise", "population", "--seed", "3", "--objects", "400", "--epoch", "2026-11-23T00:00:00Z"]
    assert run([*line, "--output", "pop.csv.gz"]) == 0
    assert run([*line, "--output", "again.csv.gz"]) == 0
    truth, assets = side_files(Path("pop.csv.gz"))
    assert (truth.name, assets.name) == ("pop.truth.csv", "pop.assets.csv")
    assert Path("pop.csv.gz").read_bytes() == Path("again.csv.gz").read_bytes()
    assert truth.read_text() == Path("again.truth.csv").read_text()
    assert truth.read_text().startswith("norad_1,norad_2,name_1,name_2,tca_utc,miss_km,rel_speed_km_s,kind\n")
    assert run([*line, "--output", "pop.txt"]) == 2
    assert "end it in .csv" in capsys.readouterr().err


@pytest.mark.slow
def test_full_exercise_takes_less_than_a_minute_and_finds_everything_planted(folder: Path) -> None:
    now = now_tai_ns()
    result = up(now_tai_ns=now)
    found = _found(_stored(folder / "node-exercise")[1])
    epoch = parse_utc(re.search(r"for (2\S+Z)\.", " ".join(result.notices))[1])  # type: ignore[index]
    exercise = make_exercise(1, 30_000, epoch)
    norad, truth = exercise.table.norad, exercise.truth
    for k in range(len(truth.miss_km)):
        low, high = sorted((int(norad[truth.row_1[k]]), int(norad[truth.row_2[k]])))
        tca = int(truth.tca_tai_ns[k])
        near = [miss for at, miss in found.get((low, high), []) if abs(at - tca) < NS_PER_S // 100]
        assert near == pytest.approx([float(truth.miss_km[k])], abs=1e-4), f"{low} {high} {format_utc(tca)}"
    assert result.seconds < 120.0  # one minute on two quiet cores
    assert result.report.stat().st_size < 3_000_000
