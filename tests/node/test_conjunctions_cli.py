"""``skypact screen``, ``conjunctions`` and ``cdm`` from the command line, as a person uses them."""

from __future__ import annotations

import csv
import errno
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import parse_utc
from skypact.formats.omm_csv import write_omm_csv
from skypact.formats.reading import RawInput
from skypact.node.cli.main import run
from skypact.node.desk.catalog_load import load_raw
from skypact.node.desk.exercise import Exercise, assets_csv, make_exercise
from skypact.node.desk.node_home import make_node, open_node
from skypact.node.store.conjunctions import read_conjunctions
from skypact.node.store.screenings import FOLDER, read_screenings
from skypact.records import DataMode

EPOCH = parse_utc("2024-11-01T00:00:00Z")
WINDOW = ("--start", "2024-11-01T00:00:00Z", "--hours", "2", "--workers", "1")
MESSAGE = Path(__file__).parents[1] / "data" / "messages" / "close_approach.cdm"
Command = Callable[..., tuple[int, str, str]]

INTERRUPTED = """
import os, signal
from skypact.node.desk import screening_runs
real = screening_runs.add_solutions
def cut(*args, **kwargs):
    real(*args, **kwargs)
    os.kill(os.getpid(), signal.{signal})
screening_runs.add_solutions = cut
from skypact.node.cli.main import main
main()
"""
"""The command line with a signal that arrives after the solutions were written, before the end."""
COMMAND = "from skypact.node.cli.main import main; main()"


@pytest.fixture
def skypact(capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return make_exercise(7, 300, EPOCH)


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exercise: Exercise) -> Path:
    """The folder of an EXERCISE node with a small population and its assets."""
    home = tmp_path / "node"
    monkeypatch.setenv("SKYPACT_HOME", str(home))
    with make_node("kr.kasi", DataMode.EXERCISE)[0] as node:
        raw = RawInput("population.csv", write_omm_csv(exercise.table).encode())
        load_raw(node, raw, source="exercise", retrieved_tai_ns=EPOCH, accept=True)
    (tmp_path / "assets.csv").write_text(assets_csv(exercise.assets))
    return home


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_from_screening_to_messages(
    filled: Path, tmp_path: Path, skypact: Command, exercise: Exercise
) -> None:
    assert skypact("assets", "import", tmp_path / "assets.csv")[0] == 0
    code, out, err = skypact("screen", *WINDOW, "--format", "csv")
    assert code == 0
    found = rows(out)
    assert "stored as screening 1" in err
    code, out, err = skypact("conjunctions", "list", "--all", "--format", "csv")
    listed = rows(out)
    key = lambda r: (*sorted((r["norad_1"], r["norad_2"])), r["tca_utc"][:19])  # noqa: E731
    assert sorted(map(key, listed)) == sorted(map(key, found))
    planted = {
        (int(exercise.table.norad[a]), int(exercise.table.norad[b]))
        for a, b, tca in zip(
            exercise.truth.row_1, exercise.truth.row_2, exercise.truth.tca_tai_ns, strict=True
        )
        if tca < EPOCH + 2 * 3600 * 10**9
    }
    assert len(planted) == 3
    pairs = {frozenset((int(r["norad_1"]), int(r["norad_2"]))) for r in listed}
    assert {frozenset(pair) for pair in planted} <= pairs
    assert listed[0]["class"] == "asset"
    assert listed[0]["pc_trusted"] == "false"

    name = listed[0]["id"]
    code, out, _ = skypact("conjunctions", "show", name)
    assert (code, "assumed by regime" in out, "screening 1" in out) == (0, True, True)
    code, out, _ = skypact("conjunctions", "show", name, "--format", "json")
    assert {"conjunction", "object 1", "object 2", "solution 1"} <= {r["part"] for r in json.loads(out)}
    code, out, _ = skypact("conjunctions", "history", name, "--format", "csv")
    assert [r["of"] for r in rows(out)] == ["screening 1"]

    for notation, suffix in (("cdm-kvn", "cdm"), ("cdm-xml", "xml"), ("cdm-json", "json")):
        target = tmp_path / f"one.{suffix}"
        code, out, err = skypact("conjunctions", "export", name, "--as", notation, "--output", target)
        assert (code, out) == (0, "")
        assert "made from element sets, covariance assumed" in err
        text = target.read_text()
        assert "DEFAULT" in text
        assert "DATA_MODE = EXERCISE" in text
        assert skypact("pc", target, "--format", "csv")[0] == 0


def test_screening_again_makes_no_duplicates(filled: Path, skypact: Command) -> None:
    for _ in range(2):
        assert skypact("screen", *WINDOW, "--format", "csv")[0] == 0
    _, out, _ = skypact("conjunctions", "list", "--all", "--format", "csv")
    _, again, _ = skypact("conjunctions", "list", "--all", "--format", "csv")
    assert out == again
    assert {r["solutions"] for r in rows(out)} == {"1"}
    with open_node(filled) as node, node.database.read() as connection:
        assert len(read_screenings(connection)) == 2


def test_primaries_are_screened_alone(filled: Path, skypact: Command, exercise: Exercise) -> None:
    number = exercise.assets[0].norad
    _, out, _ = skypact("screen", *WINDOW, "--primaries", number, "--format", "csv")
    assert rows(out)
    assert {r["norad_1"] for r in rows(out)} == {str(number)}
    code, _, err = skypact("screen", *WINDOW, "--primaries", 999999999)
    assert (code, err.count("\n")) == (2, 1)


def test_an_export_into_a_folder_writes_one_file_for_each(
    filled: Path, tmp_path: Path, skypact: Command
) -> None:
    skypact("screen", *WINDOW, "--format", "csv")
    _, out, _ = skypact("conjunctions", "list", "--all", "--format", "csv")
    names = [r["id"] for r in rows(out) if r["kind"] == "encounter"][:3]
    folder = tmp_path / "out"
    folder.mkdir()
    assert skypact("conjunctions", "export", *names, "--as", "cdm-xml", "--output", folder)[0] == 0
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"{n.replace(':', '-')}.xml" for n in names)


def test_messages_are_loaded_listed_and_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skypact: Command
) -> None:
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "node"))
    skypact("init", "--id", "kr.kasi", "--mode", "REAL")
    bad = tmp_path / "bad.cdm"
    bad.write_text("hello")
    code, out, err = skypact("cdm", "load", MESSAGE, bad)
    assert (code, out) == (0, "")
    assert f"kept out: {bad}: " in err
    assert "1 messages stored in 1 conjunctions, 1 of them new; 1 kept out" in err
    _, out, _ = skypact("cdm", "list", "--format", "csv")
    assert rows(out)[0]["message_id"] == "1"
    _, out, err = skypact("conjunctions", "list", "--format", "csv")
    assert rows(out)[0]["source"] == "cdm"
    assert "no screening yet" in err
    code, out, _ = skypact("conjunctions", "show", "1")
    assert (code, "pc by message, nc3d" in out, "weighted RMS 0.95" in out) == (0, True, True)
    target = tmp_path / "back.cdm"
    skypact("conjunctions", "export", "1", "--output", target)
    assert target.read_bytes() == MESSAGE.read_bytes()


def test_wrong_use_is_told_in_one_line(filled: Path, skypact: Command) -> None:
    for arguments in (
        ("cdm", "load", "none.cdm"),
        ("conjunctions", "show", "nothing"),
        ("conjunctions", "show", "99"),
        ("conjunctions", "export", "99"),
        ("conjunctions", "export"),
        ("conjunctions", "export", "1", "--as", "tle"),
        ("conjunctions", "list", "--since", "soon"),
        ("screen", "--hours", "0"),
    ):
        code, out, err = skypact(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1), arguments


def test_a_node_without_a_catalog_cannot_be_screened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skypact: Command
) -> None:
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "node"))
    skypact("init", "--id", "kr.kasi", "--mode", "TEST")
    code, _, err = skypact("screen", "--start", "2024-11-01T00:00:00Z")
    assert (code, "skypact catalog load" in err) == (2, True)


def started(*arguments: str, code: str = COMMAND) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def tracked(home: Path) -> tuple[int, int]:
    """Return how many screenings and conjunctions a node has."""
    with open_node(home) as node, node.database.read() as connection:
        return len(read_screenings(connection)), len(read_conjunctions(connection))


def test_two_processes_that_screen_one_node_at_once_both_succeed(filled: Path, skypact: Command) -> None:
    running = [started("screen", *WINDOW, "--format", "csv") for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert outputs[0][0] == outputs[1][0]
    screenings, conjunctions = tracked(filled)
    assert screenings == 2
    skypact("screen", *WINDOW, "--format", "csv")
    assert tracked(filled) == (3, conjunctions)


@pytest.mark.parametrize("sent", ["SIGINT", "SIGKILL"])
def test_a_screening_cut_off_while_it_is_stored_leaves_nothing(
    filled: Path, skypact: Command, sent: str
) -> None:
    process = started("screen", *WINDOW, code=INTERRUPTED.format(signal=sent))
    _, words = process.communicate(timeout=120)
    assert process.returncode == (-signal.SIGKILL if sent == "SIGKILL" else 130)
    assert "Traceback" not in words
    assert tracked(filled) == (0, 0)
    assert list((filled / FOLDER).glob("*.npz")) == []
    assert skypact("screen", *WINDOW, "--format", "csv")[0] == 0
    assert tracked(filled)[0] == 1


def test_a_full_disk_is_told_and_leaves_nothing(
    filled: Path, skypact: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        code, out, err = skypact("screen", *WINDOW)
    assert (code, out) == (3, "")
    assert "No space left on device" in err.splitlines()[-1]
    assert tracked(filled) == (0, 0)
    assert list((filled / FOLDER).iterdir()) == []
