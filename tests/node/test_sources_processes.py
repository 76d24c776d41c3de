"""Several real processes on one node share one budget, one login and one clock, in SQLite and PostgreSQL."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from skypact.node.desk import sources
from skypact.node.desk.node_home import Node, open_node
from skypact.node.desk.source_claims import Fetcher
from skypact.node.desk.source_fetch import fetch_file
from skypact.node.sources.answers import Content
from skypact.node.sources.files import SourceFile
from skypact.node.sources.http import Asker
from tests.node.provider_server import (
    IDENTITY,
    PASSWORD,
    Clock,
    ProviderServer,
    celestrak,
    space_track,
)
from tests.node.source_trials import Trial, tai_ns

PROCESSES = 3
ROUNDS = 3
FILES_EACH = 12
WAIT_S = 180


@dataclass
class SharedClock(Clock):
    """A clock that a test moves for all processes at once; the monotonic clock is the machine's."""

    moved: Any = None

    def __call__(self) -> float:
        return super().__call__() + float(self.moved.value)


def ask_in_rounds(home: Path, url: str, number: int, clock: SharedClock, barrier: Barrier, out: Any) -> None:
    """Ask for files of this process's own, a dozen each round, as fast as the budget lets it."""
    with open_node(home) as node, Asker(timeout_s=20.0) as asker:
        settings = node.settings.model_copy(
            update={
                "space_track_url": url,
                "space_track_identity": IDENTITY,
                "space_track_requests_per_min": 25,
                "space_track_requests_per_h": 60,
            }
        )
        fetcher = Fetcher(
            settings, node.database, asker, password=lambda: PASSWORD, clock=lambda: tai_ns(clock())
        )
        granted = 0
        for round_ in range(ROUNDS):
            barrier.wait(WAIT_S)
            for k in range(FILES_EACH):
                name = f"tip-{number}-{round_}-{k}"
                path = f"/basicspacedata/query/class/tip/{name}/format/json"
                outcome = fetch_file(
                    fetcher, SourceFile("space-track", name, path, Content.MESSAGES_JSON, 3600)
                )
                granted += outcome.result.value == "new"
            barrier.wait(WAIT_S)
        out.put((number, granted))


def test_three_processes_keep_25_a_minute_60_an_hour_and_one_login(node: Node) -> None:
    context = multiprocessing.get_context("spawn")
    moved: Synchronized[float] = context.Value("d", 0.0)
    clock = SharedClock(moved=moved)
    with ProviderServer(space_track, clock) as server:
        Trial(node, server).enable("space-track")
        barrier = context.Barrier(PROCESSES + 1)
        out = context.Queue()
        children = [
            context.Process(
                target=ask_in_rounds, args=(node.settings.home, server.url, i, clock, barrier, out)
            )
            for i in range(PROCESSES)
        ]
        for child in children:
            child.start()
        counts = []
        for _ in range(ROUNDS):
            barrier.wait(WAIT_S)
            barrier.wait(WAIT_S)
            counts.append(len(server.seen))
            moved.value += 95.0  # past the minute and its lag
        granted = sum(out.get(timeout=WAIT_S)[1] for _ in children)
        for child in children:
            child.join(WAIT_S)
            assert child.exitcode == 0
    assert counts[0] == 25, "the budget of a minute is used and not exceeded"
    assert counts == [25, 50, 60]
    assert server.most_within(60) <= 25
    assert server.targets.count("/ajaxauth/login") == 1
    assert granted == 59
    assert len(set(server.targets)) == 60


def update_once(home: Path, url: str, clock: SharedClock, barrier: Barrier, out: Any) -> None:
    """Run an update at the same instant as others."""
    with open_node(home) as node:
        settings = node.settings.model_copy(update={"celestrak_url": url})
        barrier.wait(WAIT_S)
        report = sources.update(settings, node.database, take_in=_taken_in, clock=lambda: tai_ns(clock()))
        out.put([row.result.value for row in report.rows])


def _taken_in(*_: object) -> Any:
    from skypact.node.desk.source_update import Taken

    return Taken("loaded")


def test_three_processes_at_once_download_every_file_once(node: Node) -> None:
    context = multiprocessing.get_context("spawn")
    clock = SharedClock(moved=context.Value("d", 0.0))
    with ProviderServer(celestrak, clock) as server:
        Trial(node, server).enable("celestrak")
        barrier, out = context.Barrier(PROCESSES), context.Queue()
        children = [
            context.Process(target=update_once, args=(node.settings.home, server.url, clock, barrier, out))
            for _ in range(PROCESSES)
        ]
        for child in children:
            child.start()
        outcomes = [word for _ in children for word in out.get(timeout=WAIT_S)]
        for child in children:
            child.join(WAIT_S)
            assert child.exitcode == 0
    assert sorted(server.targets) == sorted(set(server.targets))
    assert len(server.targets) == len(node.settings.celestrak_files)
    assert outcomes.count("new") == len(server.targets)
    assert set(outcomes) == {"new", "waiting"}


def test_a_process_that_dies_while_logging_in_holds_up_nobody_for_ever(node: Node) -> None:
    class Die:
        def ask(self, *_: object, **__: object) -> None:
            raise KeyboardInterrupt

    with ProviderServer(space_track) as server:
        trial = Trial(node, server, {"space_track_files": ("gp",)})
        trial.enable("space-track")
        with pytest.raises(KeyboardInterrupt):
            sources.update(
                trial.settings, node.database, password=lambda: PASSWORD, asker=Die(), clock=trial.now
            )
        waits = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            trial.clock.forward(s=seconds)

        report = sources.update(
            trial.settings, node.database, password=lambda: PASSWORD, clock=trial.now, sleep=sleep
        )
        assert 100 <= sum(waits) <= 125, "it waits for the other process to finish, two minutes at most"
        assert report.rows[0].result.value == "waiting"
        assert server.seen == []
        trial.clock.forward(hours=2)
        assert trial.update().rows[0].result.value == "new"


def test_states_and_requests_survive_in_both_databases(node: Node) -> None:
    with ProviderServer(celestrak) as server:
        trial = Trial(node, server, {"celestrak_files": ("gp-active", "satcat")})
        trial.enable("celestrak")
        assert [row.result.value for row in trial.update().rows] == ["new", "new"]
        assert [row.result.value for row in trial.update().rows] == ["waiting", "waiting"]
        row = trial.rows()["celestrak/gp-active"]
        assert (row["asked_1h"], row["state"], row["last_result"]) == (2, "waiting", "new")
