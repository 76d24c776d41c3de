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
from tests.node.provider_server import IDENTITY, PASSWORD, ProviderServer, celestrak, space_track


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


def configure(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"SKYPACT_{name.upper()}", value)


def test_an_update_with_nothing_enabled_exits_2_with_what_to_type(
    home: Path, capsys: pytest.CaptureFixture[str], no_network: list[Any]
) -> None:
    assert run(["catalog", "update"]) == 2
    words = capsys.readouterr()
    assert "skypact sources enable celestrak" in words.err
    assert len(words.err.splitlines()) == 1
    assert no_network == []


def test_an_update_exits_0_when_new_0_when_fresh_and_3_when_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProviderServer(celestrak) as server:
        configure(monkeypatch, celestrak_url=server.url, celestrak_files='["gp-active","gp-nothing"]')
        assert run(["sources", "enable", "celestrak"]) == 0
        capsys.readouterr()
        assert run(["catalog", "update", "--format", "csv"]) == 3
        words = capsys.readouterr()
        rows = {row["file"]: row for row in csv.DictReader(io.StringIO(words.out))}
        assert (rows["gp-active"]["result"], rows["gp-nothing"]["result"]) == ("new", "refused")
        assert "404" in words.err
        assert "skypact sources resume celestrak/gp-nothing" in words.err
        configure(monkeypatch, celestrak_files='["gp-active"]')
        assert run(["catalog", "update"]) == 0
        assert len(server.seen) == 2
        assert run(["sources", "resume", "celestrak"]) == 0
        assert "resumed celestrak/gp-nothing" in capsys.readouterr().err
        run(["sources", "--format", "json"])
        row = json.loads(capsys.readouterr().out)[0]
        assert (row["state"], row["asked_1h"], row["last_result"]) == ("waiting", 2, "new")
        assert row["age_h"] < 0.1


def test_offline_an_update_makes_no_attempt_and_names_what_is_missing(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    no_network: list[Any],
) -> None:
    run(["sources", "enable", "celestrak"])
    configure(monkeypatch, offline="1")
    capsys.readouterr()
    assert run(["catalog", "update"]) == 3
    words = capsys.readouterr().err
    assert "celestrak/gp-full-catalog: the node is switched offline; nothing is held of it" in words
    assert run(["sources"]) == 0
    assert "offline" in capsys.readouterr().out
    assert no_network == []


def test_a_bundle_goes_from_one_node_to_the_other_by_command(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProviderServer(celestrak) as server:
        configure(monkeypatch, celestrak_url=server.url, celestrak_files='["gp-active","eop"]')
        run(["sources", "enable", "celestrak"])
        assert run(["catalog", "update"]) == 0
    bundle = tmp_path / "sources.zip"
    assert run(["sources", "export", str(bundle)]) == 0
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "other"))
    node, _ = make_node("kr.kari", DataMode.REAL)
    node.database.close()
    configure(monkeypatch, offline="1")
    capsys.readouterr()
    assert run(["sources", "import", str(bundle), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["result"] for row in rows} == {"new"}
    assert run(["catalog", "list", "--format", "csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 21


def test_a_password_file_logs_in_and_the_password_is_seen_nowhere(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("skypact.node.desk.source_claims.earliest_hour", lambda _hours, now: now)
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    with ProviderServer(space_track) as server:
        configure(
            monkeypatch,
            space_track_url=server.url,
            space_track_identity=IDENTITY,
            space_track_files='["gp"]',
        )
        assert run(["sources", "enable", "space-track"]) == 0
        assert run(["catalog", "update"]) == 2, "nobody is at a terminal to be asked"
        assert server.seen == []
        assert run(["catalog", "update", "--password-file", str(secret)]) == 0
        run(["sources"])
        run(["config"])
    words = capsys.readouterr()
    assert PASSWORD not in words.out + words.err
    assert all(PASSWORD.encode() not in p.read_bytes() for p in home.rglob("*") if p.is_file())
