"""The command line as a whole: one line for every error, and readers that go away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from skypact.node.cli import main as command_line
from skypact.node.cli.main import EXIT_INTERRUPTED, run

PROGRAM = [sys.executable, "-c", "from skypact.node.cli.main import main; main()"]


@pytest.mark.parametrize("group", [["catalog"], ["assets"], ["cdm"], ["conjunctions"], ["exercise"], []])
def test_a_group_without_a_command_is_wrong_use_in_one_short_line(
    group: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(group) == 2
    line = " ".join(["skypact", *group])
    assert capsys.readouterr().err == f"skypact: Missing command; see '{line} --help'\n"


def test_an_unknown_word_of_an_option_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["catalog", "list", "--format", "xml"]) == 2
    assert "'xml' is not one of 'table', 'csv', 'json'" in (said := capsys.readouterr().err)
    assert "Value error" not in said


def test_an_error_of_the_program_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_app: object) -> object:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(command_line, "get_command", broken)
    assert run(["config"]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_an_interrupt_says_what_was_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_args: object, **_more: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("skypact.node.desk.node_home.load_settings", interrupted)
    assert run(["catalog", "stats"]) == EXIT_INTERRUPTED
    assert "nothing half-written was kept" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    environment = os.environ | {"SKYPACT_HOME": str(tmp_path / "node")}
    subprocess.run(
        [*PROGRAM, "init", "--id", "kr.kasi", "--mode", "TEST"],
        env=environment,
        check=True,
        capture_output=True,
    )
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*PROGRAM, "config"], env=environment, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
    closed = subprocess.run(
        f"{sys.executable} -c 'from skypact.node.cli.main import main; main()' config >&-",
        shell=True,
        env=environment,
        stderr=subprocess.PIPE,
    )
    assert (closed.returncode, closed.stderr) == (0, b"")
