"""Compiling at set-up: complete, said, safe, and quick the second time."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from skypact.node.warm import PACKAGE, ROOMS, drop_stale_kernels
from skypact.orbits.jit_cache import KernelFiles, sources_digest

COUNTED = """
from numba.core import event
from skypact.node import warm

compiled = []

class Listener(event.Listener):
    def on_start(self, what):
        compiled.append(str(what.data["dispatcher"]))
    def on_end(self, what):
        pass

with event.install_listener("numba:compile", Listener()):
    problems = warm.try_commands() + warm.try_probability()
print(len(compiled), *compiled, *problems, sep="\\n")
"""


def dispatchers(room: str) -> dict[str, KernelFiles]:
    """Return the files of every kernel of a room that keeps its code."""
    found = {}
    for path in (PACKAGE / room).glob("*kernel*.py"):
        module = importlib.import_module(f"skypact.{room}.{path.stem}")
        for name, value in vars(module).items():
            files = getattr(getattr(value, "_cache", None), "_cache_file", None)
            if isinstance(files, KernelFiles) and value.py_func.__module__ == module.__name__:
                found[f"{path.stem}.{name}"] = files
    return found


@pytest.mark.slow
def test_set_up_compiles_every_kernel_and_no_command_compiles_after_it() -> None:
    outputs = [
        subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert outputs[1].split() == ["0"], "compiled again, or a trial failed"
    for room in ROOMS:
        for name, files in dispatchers(room).items():
            kept = list(Path(files._cache_path).glob(f"{files._base}.{sources_digest(room)}.*.nbc"))
            assert kept, f"{name} is compiled by no trial: is it used?"


def test_every_room_with_kernels_is_known() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/*_kernels*.py")} == set(ROOMS)


def test_code_of_older_sources_is_dropped_and_other_code_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "orbits" / "__pycache__"
    folder.mkdir(parents=True)
    current = folder / f"sgp4_kernels.f-1.py311.{sources_digest('orbits')}.abc.nbc"
    older = folder / "sgp4_kernels.f-1.py311.000000000000.abc.nbc"
    index = folder / "sgp4_kernels.f-1.py311.nbi"
    for path in (current, older, index):
        path.write_bytes(b"")
    monkeypatch.setattr("skypact.node.warm.PACKAGE", tmp_path)
    assert drop_stale_kernels() == 2
    assert list(folder.iterdir()) == [current]
    assert drop_stale_kernels() == 0
