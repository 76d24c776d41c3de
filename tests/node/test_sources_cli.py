"""The commands about data providers, as typed: output, words, exit codes, and no socket where none may be."""

from __future__ import annotations

import csv
import io
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from skypact.node.cli.main import run
from skypact.node.desk.node_home import make_node
from skypact.records import DataMode


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "node"))
    node, _ = make_node("kr.kasi", DataMode.REAL)
    node.database.close()
    return tmp_path / "node"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note every attempt to connect anywhere, and let none succeed."""
    attempts: list[Any] = []

    def connect(_: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise OSError("unplugged")

    def resolve(*address: Any, **_: Any) -> None:
        attempts.append(address)
        raise socket.gaierror("unplugged")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return attempts


def test_a_new_node_lists_every_file_as_off_and_says_how_to_begin(
    home: Path, capsys: pytest.CaptureFixture[str], no_network: list[Any]
) -> None:
    assert run(["sources", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["state"] for row in rows} == {"off"}
    assert {row["source"] for row in rows} == {"celestrak", "space-track"}
    assert run(["sources"]) == 0
    assert "sources enable celestrak" in capsys.readouterr().out
    assert no_network == []


def test_columns_are_the_same_in_every_format(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["sources", "--format", "csv"])
    titles = capsys.readouterr().out.splitlines()[0].split(",")
    run(["sources", "--format", "json"])
    assert list(json.loads(capsys.readouterr().out)[0]) == titles


def test_enabling_and_disabling_ask_nobody(
    home: Path, capsys: pytest.CaptureFixture[str], no_network: list[Any]
) -> None:
    assert run(["sources", "enable", "celestrak"]) == 0
    words = capsys.readouterr()
    assert words.out == ""
    assert "celestrak/gp-full-catalog" in words.err
    assert "contact" in words.err
    run(["sources", "--format", "json"])
    rows = json.loads(capsys.readouterr().out)
    assert {row["state"] for row in rows if row["source"] == "celestrak"} == {"ready"}
    assert run(["sources", "disable", "celestrak"]) == 0
    assert no_network == []


@pytest.mark.parametrize(
    "line",
    [["enable", "celestrack"], ["disable", ""], ["resume", "celestrak/none"], ["enable"], ["import", "no"]],
)
def test_wrong_use_exits_2_with_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], line: list[str]
) -> None:
    code = run(["sources", *line])
    words = capsys.readouterr()
    assert code == 2
    assert len(words.err.splitlines()) == 1
    assert words.out == ""


def test_an_exercise_node_cannot_enable_the_real_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "exercise"))
    node, _ = make_node("kr.kasi", DataMode.EXERCISE)
    node.database.close()
    assert run(["sources", "enable", "celestrak"]) == 2
    assert "EXERCISE" in capsys.readouterr().err
