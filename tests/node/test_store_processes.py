"""Several processes on one node, interrupts, full disks: nothing is lost, nothing is half-stored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from skypact.formats.omm_csv import write_omm_csv
from skypact.node.desk.catalog import view_catalog
from skypact.node.desk.catalog_load import load_files
from skypact.node.desk.node_home import Node, make_node, open_node
from skypact.node.store.loads import read_loads
from skypact.records import DataMode
from tests.catalog.tables import make_table

COMMAND = [sys.executable, "-c", "from skypact.node.cli.main import main; main()"]
WAIT_S = 120

INTERRUPTED = """
import os, signal
from skypact.node.desk import catalog_load
real = catalog_load.add_element_sets
def cut(*args, **kwargs):
    real(*args, **kwargs)
    os.kill(os.getpid(), signal.{signal})
    return 0
catalog_load.add_element_sets = cut
from skypact.node.cli.main import main
main()
"""
"""The command line with a signal that arrives after the element sets were written, before the end."""

LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))
from skypact.node.cli.main import main
main()
"""
"""The command line in a process whose files cannot grow beyond a size, as on a full disk."""


def catalog_file(folder: Path, name: str, numbers: range, *, seed: int = 0) -> Path:
    file = folder / name
    file.write_text(write_omm_csv(make_table(numbers, seed=seed)))
    return file


def started(*arguments: str | Path, code: str | None = None) -> subprocess.Popen[str]:
    command = COMMAND if code is None else [sys.executable, "-c", code]
    return subprocess.Popen(
        [*command, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, words = process.communicate(timeout=WAIT_S)
    return process.returncode, words


def numbers_in_use(node: Node) -> list[int]:
    return view_catalog(node).table.norad.tolist()


def load_count(node: Node) -> int:
    with node.database.read() as connection:
        return len(read_loads(connection))


def test_loads_by_two_processes_at_once_both_succeed(node: Node, tmp_path: Path) -> None:
    files = [catalog_file(tmp_path, f"{k}.csv", range(1000 * k, 1000 * k + 500)) for k in (1, 2)]
    running = [started("catalog", "load", file) for file in files]
    assert [ended(process)[0] for process in running] == [0, 0]
    assert len(numbers_in_use(node)) == 1000
    assert load_count(node) == 2


def test_the_same_file_by_two_processes_at_once_is_loaded_once(node: Node, tmp_path: Path) -> None:
    file = catalog_file(tmp_path, "gp.csv", range(1, 501))
    running = [started("catalog", "load", file) for _ in range(2)]
    results = [ended(process) for process in running]
    assert [code for code, _ in results] == [0, 0]
    assert sum("nothing changed" in words for _, words in results) == 1
    assert (load_count(node), len(numbers_in_use(node))) == (1, 500)


def test_readers_beside_a_load_see_the_catalog_before_or_after_it(node: Node, tmp_path: Path) -> None:
    load_files(node, [catalog_file(tmp_path, "a.csv", range(1, 3001))])
    process = started("catalog", "load", catalog_file(tmp_path, "b.csv", range(1, 3301), seed=1))
    seen = set()
    while process.poll() is None:
        seen.add(len(numbers_in_use(node)))
    assert ended(process)[0] == 0
    assert seen <= {3000, 3300}
    assert len(numbers_in_use(node)) == 3300


def test_a_writer_in_another_process_waits_and_then_goes_on(node: Node, tmp_path: Path) -> None:
    file = catalog_file(tmp_path, "gp.csv", range(1, 11))
    with node.database.write():
        process = started("catalog", "load", file)
        time.sleep(2.0)
        assert process.poll() is None
    assert ended(process)[0] == 0
    assert numbers_in_use(node) == list(range(1, 11))


def test_a_waiting_writer_can_be_interrupted(node: Node, tmp_path: Path) -> None:
    file = catalog_file(tmp_path, "gp.csv", range(1, 11))
    with node.database.write():
        process = started("catalog", "load", file)
        time.sleep(4.0)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        code, words = ended(process)
    assert time.monotonic() - began < 30, "long before the wait of 60 s is over"
    assert code != 0
    assert "Traceback" not in words
    assert load_count(node) == 0


@pytest.mark.parametrize("sent", ["SIGINT", "SIGKILL"])
def test_a_load_cut_off_in_the_middle_leaves_nothing(node: Node, tmp_path: Path, sent: str) -> None:
    load_files(node, [catalog_file(tmp_path, "a.csv", range(1, 101))])
    file = catalog_file(tmp_path, "b.csv", range(1, 501), seed=1)
    code, words = ended(started("catalog", "load", file, code=INTERRUPTED.format(signal=sent)))
    assert code == (-signal.SIGKILL if sent == "SIGKILL" else 130)
    assert "Traceback" not in words
    assert (load_count(node), len(numbers_in_use(node))) == (1, 100)
    load_files(node, [file])
    assert (load_count(node), len(numbers_in_use(node))) == (2, 500)


@pytest.fixture
def sqlite_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """An open node in SQLite, which has the node's disk to itself."""
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "node"))
    with make_node("kr.kasi", DataMode.TEST)[0] as node:
        yield node


def test_a_disk_that_is_full_in_the_middle_of_a_load_is_told_and_leaves_nothing(
    sqlite_node: Node, tmp_path: Path
) -> None:
    load_files(sqlite_node, [catalog_file(tmp_path, "a.csv", range(1, 101))])
    file = catalog_file(tmp_path, "b.csv", range(1, 3001), seed=1)
    code, words = ended(started("catalog", "load", file, code=LIMITED.format(bytes=400_000)))
    assert code == 3
    assert "Traceback" not in words
    assert "nothing of this step was kept" in words.splitlines()[-1]
    assert (load_count(sqlite_node), len(numbers_in_use(sqlite_node))) == (1, 100)
    load_files(sqlite_node, [file])
    assert len(numbers_in_use(sqlite_node)) == 3000


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="needs the right to mount")
def test_a_really_full_file_system_is_told_as_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        monkeypatch.setenv("SKYPACT_HOME", str(place / "node"))
        with make_node("kr.kasi", DataMode.TEST)[0] as node:
            load_files(node, [catalog_file(tmp_path, "a.csv", range(1, 101))])
            file = catalog_file(tmp_path, "b.csv", range(1, 20_001), seed=1)
            code, words = ended(started("catalog", "load", file))
            assert (code, "disk is full" in words.splitlines()[-1]) == (3, True)
            assert (load_count(node), len(numbers_in_use(node))) == (1, 100)
    finally:
        subprocess.run(["umount", "-l", place], capture_output=True)


def test_a_database_that_cannot_be_written_is_told_in_one_line(sqlite_node: Node, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    file = catalog_file(tmp_path, "a.csv", range(1, 11))
    (sqlite_node.settings.home / "skypact.db").chmod(0o444)
    code, words = ended(started("catalog", "load", file))
    assert (code, "cannot be written" in words) == (3, True)


def test_a_database_removed_under_a_node_is_told(sqlite_node: Node) -> None:
    sqlite_node.database.close()
    (sqlite_node.settings.home / "skypact.db").unlink()
    code, words = ended(started("catalog", "stats"))
    assert (code, len(words.splitlines())) == (2, 1)
    assert "skypact init" in words
    with make_node("kr.kasi", DataMode.TEST)[0]:
        pass
    with open_node() as node:
        assert numbers_in_use(node) == []
