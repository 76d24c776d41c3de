"""The scripts in ``examples`` run as they are and print what they promise."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, parse_utc
from skypact.catalog.population import make_population
from skypact.formats.omm_csv import write_omm_csv

EXAMPLES = Path(__file__).parents[1] / "examples"
MESSAGE = Path(__file__).parent / "data" / "messages" / "close_approach.cdm"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("examples") / "gp.csv"
    path.write_text(write_omm_csv(make_population(7, 1500, parse_utc("2026-01-01T00:00:00Z")).table))
    return path


class Runner:
    """Runs an example with arguments and returns what it prints."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys
        self.names: list[str] = []

    def __call__(self, name: str, *arguments: object) -> str:
        self.monkeypatch.setattr("sys.argv", [name, *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return self.capsys.readouterr().out


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(monkeypatch, capsys)


def test_screening_prints_the_closest_in_order(run: Runner, catalog: Path) -> None:
    head, *rest = run("screen_a_catalog.py", catalog).splitlines()
    assert head == "1500 objects, 0 records kept out, 0 older sets"
    count, *rows = rest
    total = int(count.split()[0])
    misses = [float(match[1]) for row in rows if (match := re.search(r" ([0-9.]+) km ", row))]
    assert len(misses) == len(rows) == min(total, 10) > 0
    assert misses == sorted(misses)
    assert misses[-1] < 5.0


def test_probability_prints_every_method_and_takes_a_radius(run: Runner) -> None:
    own = run("probability_of_a_cdm.py", MESSAGE)
    for method in ("foster-1992", "alfriend-max", "nc3d"):
        assert re.search(rf"^  {method} +\d\.\d{{3}}e[+-]\d\d  (not )?valid: .+$", own, re.MULTILINE)
    assert "combined radius 40 m" in run("probability_of_a_cdm.py", MESSAGE, 40)


def test_ephemeris_prints_an_hour_of_the_object(run: Runner, catalog: Path) -> None:
    number = catalog.read_text().splitlines()[1].split(",")[11]
    rows = [line.split() for line in run("ephemeris_of_an_object.py", catalog, number).splitlines()]
    epochs = np.array([parse_utc(row[0]) for row in rows])
    assert np.all(np.abs(np.diff(epochs) - 60 * NS_PER_S) <= 1_000_000)
    assert abs(epochs[0] - parse_utc("2026-01-01T00:00:00Z")) < 30 * NS_PER_DAY
    states = np.array([[float(text) for text in row[1:]] for row in rows])
    assert states.shape == (61, 6)
    moved = states[1:, :3] - states[:-1, :3]
    np.testing.assert_allclose(moved / 60.0, (states[1:, 3:] + states[:-1, 3:]) / 2.0, atol=0.01)


def test_population_is_written_and_screened(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "population.csv"
    text = run("make_a_population.py", 600, path)
    assert text.startswith("600 objects and ")
    assert len(path.read_text().splitlines()) == 601
    assert re.findall(r"^ +\d+ ([a-z-]+)$", text, re.MULTILINE) == [
        "encounter",
        "edge",
        "co-moving",
        "volume",
    ]


def test_every_example_is_run_by_a_test() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(re.findall(r'run\("(\w+\.py)"', here))
