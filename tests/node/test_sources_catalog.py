"""From a provider into the catalog: both dialects, half a catalog, and a node without network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from skypact.catalog.completeness import LoadKind, in_force
from skypact.node.desk import sources
from skypact.node.desk.node_home import Node
from skypact.node.store.element_sets import count_sets, read_history
from skypact.node.store.loads import read_loads
from tests.node.provider_server import ProviderServer, Reply, celestrak, gp_csv, space_track
from tests.node.source_trials import Trial, results

FULL = "/NORAD/elements/gp.php?SPECIAL=full-catalog&FORMAT=csv"
ACTIVE = "/NORAD/elements/gp.php?GROUP=active&FORMAT=csv"


class CatalogTrial(Trial):
    """A trial whose bodies go into the real catalog."""

    take_in = None  # type: ignore[assignment]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: loading into PostgreSQL is tried by the tests of the store."""
    return f"sqlite:///{tmp_path / 'skypact.db'}"


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(celestrak) as server:
        yield server


@pytest.fixture
def trial(node: Node, server: ProviderServer) -> CatalogTrial:
    trial = CatalogTrial(node, server)
    trial.enable("celestrak")
    return trial


def test_every_file_of_celestrak_finds_its_place(trial: CatalogTrial) -> None:
    report = trial.update()
    assert report.exit_code == 0, report.problems
    with trial.node.database.read() as connection:
        assert count_sets(connection) == {"celestrak": (60, 60), "celestrak-supgp": (10, 10)}
        kinds = {line.file_name: line.facts.kind for line in read_loads(connection)}
    assert kinds == {
        "celestrak/gp-full-catalog": LoadKind.CATALOG,
        "celestrak/supgp-starlink": LoadKind.CATALOG,
        "celestrak/satcat": LoadKind.FACTS,
    }
    assert "60 element sets of 60 objects" in report.rows[0].words


def test_both_providers_of_one_object_give_the_same_elements_and_hash(
    trial: CatalogTrial, node: Node
) -> None:
    trial.update()
    with ProviderServer(space_track, trial.clock) as other:
        also = CatalogTrial(
            node, other, {"space_track_files": ("gp", "satcat"), "celestrak_url": trial.server.url}
        )
        also.enable("space-track")
        report = also.update()
    assert results(report)["gp"] == "new"
    with node.database.read() as connection:
        history = read_history(connection, 70001)
    assert set(history.source) == {"celestrak", "celestrak-supgp", "space-track"}
    assert len(set(history.digest.tolist())) == 1


def test_half_a_catalog_is_marked_and_the_one_before_stays_in_force(trial: CatalogTrial) -> None:
    trial.changes["celestrak_files"] = ("gp-full-catalog", "gp-active")
    trial.server.bodies[ACTIVE] = gp_csv(20, first=90001)
    trial.update()
    trial.clock.forward(hours=6)
    trial.server.bodies[FULL] = gp_csv(6, day=2)
    trial.server.bodies[ACTIVE] = gp_csv(21, first=90001, day=2)
    report = trial.update()
    assert results(report) == {"gp-full-catalog": "incomplete", "gp-active": "new"}
    assert report.exit_code == 3
    assert "60 objects" in report.problems[0]
    with trial.node.database.read() as connection:
        loads = read_loads(connection)
    force = in_force([line.facts for line in loads], trial.now() + 10 * 86_400 * 10**9)
    sizes = {line.facts.load_id: line.facts.objects for line in loads}
    assert sorted(sizes[n] for n in force.catalogs) == [21, 60]
    assert [sizes[n] for n in force.incomplete] == [6]
    trial.clock.forward(hours=6)
    trial.server.bodies[FULL] = gp_csv(61, day=3)
    assert results(trial.update())["gp-full-catalog"] == "new", "the next whole one is taken"


def test_a_catalog_that_cannot_be_read_stops_its_file_and_leaves_the_catalog_alone(
    trial: CatalogTrial,
) -> None:
    trial.changes["celestrak_files"] = ("gp-active",)
    trial.update()
    trial.clock.forward(hours=6)
    header = gp_csv(0).strip()
    trial.server.replies[ACTIVE] = Reply(200, header + b"\r\nX,Y,yesterday" + b",a" * 14 + b"\r\n")
    report = trial.update()
    assert results(report) == {"gp-active": "refused"}
    assert "cannot be loaded" in report.problems[0]
    with trial.node.database.read() as connection:
        assert count_sets(connection) == {"celestrak": (20, 20)}


def test_a_bad_record_is_kept_out_and_counted_and_the_rest_is_loaded(trial: CatalogTrial) -> None:
    trial.changes["celestrak_files"] = ("gp-active",)
    trial.server.bodies[ACTIVE] = gp_csv(20).replace(b"2026-11-01T05:", b"2026-13-01T05:")
    report = trial.update()
    assert report.exit_code == 0
    assert "1 records kept out" in report.rows[0].words
    with trial.node.database.read() as connection:
        assert count_sets(connection) == {"celestrak": (19, 19)}


def test_a_damaged_earth_orientation_file_does_not_replace_the_good_one(trial: CatalogTrial) -> None:
    trial.changes["celestrak_files"] = ("eop",)
    trial.update()
    held = sources.required_file(trial.settings, trial.node.database, "celestrak/eop")
    trial.clock.forward(hours=30)
    target = "/SpaceData/EOP-Last5Years.csv"
    trial.server.bodies[target] = held.raw.data.replace(b"0.0501000", b"-0.7501000")
    assert results(trial.update()) == {"eop": "refused"}
    again = sources.required_file(trial.settings, trial.node.database, "celestrak/eop", clock=trial.now)
    assert again.raw.data == held.raw.data
    assert again.age_h == pytest.approx(30, abs=0.01)


def test_unplugged_an_update_ends_at_once_and_names_every_missing_file(node: Node) -> None:
    nowhere = {"celestrak_url": "http://127.0.0.1:9", "offline": True}
    settings = node.settings.model_copy(update=nowhere)
    sources.enable(settings, node.database, "celestrak")
    began = time.monotonic()
    report = sources.update(settings, node.database)
    assert time.monotonic() - began < 2
    assert len(report.problems) == len(settings.celestrak_files)
    assert all("offline" in line and "nothing is held" in line for line in report.problems)
