"""Carrying provider files to a node without network: whole, verified, with their age."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from skypact.errors import DataModeError, FormatError, NotFoundError
from skypact.node.desk import sources
from skypact.node.desk.node_home import Node, make_node
from skypact.records import DataMode
from tests.node.provider_server import ProviderServer, celestrak, gp_csv
from tests.node.source_trials import Trial, results


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone."""
    return f"sqlite:///{tmp_path / 'skypact.db'}"


@pytest.fixture
def connected(node: Node) -> Iterator[Trial]:
    with ProviderServer(celestrak) as server:
        trial = Trial(node, server, {"celestrak_files": ("gp-active", "eop")})
        trial.enable("celestrak")
        yield trial


@pytest.fixture
def secluded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connected: Trial) -> Iterator[Trial]:
    monkeypatch.delenv("SKYPACT_DATABASE")
    node, _ = make_node("kr.kari", DataMode.TEST, home=tmp_path / "other")
    with node:
        yield Trial(node, connected.server, {"offline": True, "celestrak_files": ("gp-active", "eop")})


def bring(trial: Trial, path: Path) -> Any:
    return sources.import_bundle(
        trial.settings, trial.node.database, path, take_in=trial.take_in, clock=trial.now
    )


def test_a_bundle_gives_a_node_without_network_the_same_bytes_and_their_age(
    connected: Trial, secluded: Trial, tmp_path: Path
) -> None:
    connected.update()
    path = tmp_path / "sources.zip"
    names = sources.export_bundle(connected.settings, connected.node.database, path, clock=connected.now)
    assert names == ["celestrak/eop", "celestrak/gp-active"]
    connected.clock.forward(hours=20)
    report = bring(secluded, path)
    assert results(report) == {"eop": "new", "gp-active": "new"}
    assert report.exit_code == 0
    assert secluded.loaded == [("celestrak", len(gp_csv(20)))]
    held = sources.held_file(
        secluded.settings, secluded.node.database, "celestrak/gp-active", clock=secluded.now
    )
    assert held is not None
    assert held.raw.data == gp_csv(20)
    assert held.age_h == pytest.approx(20, abs=0.01)
    assert held.url.startswith(connected.server.url)
    assert set(results(bring(secluded, path)).values()) == {"unchanged"}
    assert len(secluded.loaded) == 1


def test_an_older_bundle_does_not_replace_what_is_held(connected: Trial, tmp_path: Path) -> None:
    connected.update()
    path = tmp_path / "old.zip"
    sources.export_bundle(connected.settings, connected.node.database, path)
    target = next(t for t in connected.server.targets if "active" in t)
    connected.server.bodies[target] = gp_csv(25, day=2)
    connected.clock.forward(hours=3)
    connected.update()
    assert results(bring(connected, path))["gp-active"] == "unchanged"
    held = sources.held_file(connected.settings, connected.node.database, "celestrak/gp-active")
    assert held is not None
    assert held.raw.data == gp_csv(25, day=2)


def test_nothing_held_is_said(node: Node, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="catalog update"):
        sources.export_bundle(node.settings, node.database, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def test_files_of_space_track_stay_out_unless_asked_for(connected: Trial, tmp_path: Path) -> None:
    from dataclasses import replace

    from skypact.node.store.budgets import read_files, write_file

    connected.update()
    with connected.node.database.write() as connection:
        state = read_files(connection)[0]
        write_file(connection, replace(state, source="space-track", name="gp"))
    settings, database, path = connected.settings, connected.node.database, tmp_path / "x.zip"
    assert "space-track/gp" not in sources.export_bundle(settings, database, path)
    assert "space-track/gp" in sources.export_bundle(settings, database, path, with_space_track=True)


def rewritten(path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(manifest, members)
    forged = path.with_name("forged.zip")
    with zipfile.ZipFile(forged, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in members.items():
            archive.writestr(name, data)
    return forged


def swap_body(_: dict[str, Any], members: dict[str, bytes]) -> None:
    name = next(iter(members))
    members[name] = members[name] + b"x"


def lose_body(_: dict[str, Any], members: dict[str, bytes]) -> None:
    members.popitem()


def odd_file(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    manifest["files"][0]["source"] = "elsewhere"


def odd_time(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    manifest["files"][0]["retrieved_utc"] = "yesterday"


def odd_shape(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    manifest["files"] = [1]


@pytest.mark.parametrize("change", [swap_body, lose_body, odd_file, odd_time, odd_shape])
def test_a_forged_or_damaged_bundle_changes_nothing(
    connected: Trial, secluded: Trial, tmp_path: Path, change: Callable[..., None]
) -> None:
    connected.update()
    path = tmp_path / "sources.zip"
    sources.export_bundle(connected.settings, connected.node.database, path)
    with pytest.raises(FormatError, match="forged"):
        bring(secluded, rewritten(path, change))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FormatError):
        bring(secluded, path)
    assert secluded.loaded == []
    assert sources.held_file(secluded.settings, secluded.node.database, "celestrak/eop") is None


def test_a_bundle_of_another_mode_is_refused(connected: Trial, tmp_path: Path) -> None:
    connected.update()
    path = tmp_path / "sources.zip"
    sources.export_bundle(connected.settings, connected.node.database, path)
    connected.changes["mode"] = DataMode.EXERCISE
    with pytest.raises(DataModeError, match="TEST"):
        bring(connected, path)
