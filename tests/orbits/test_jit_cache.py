"""Compiled kernels on disk: never old code, several processes, full and read-only disks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import skypact

CALLEE = """
from skypact.orbits.jit import kernel

@kernel
def inner(x):
    return x * {factor}
"""
CALLER = """
from skypact.orbits.callee_kernels import inner
from skypact.orbits.jit import kernel

@kernel
def outer(x):
    return inner(x) + 1
"""
PROGRAM = """
import sys
from skypact.orbits.caller_kernels import outer
value = outer(2.0)
outer(3)
print(value, sum(outer.stats.cache_hits.values()), sum(outer.stats.cache_misses.values()))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the two rooms that kernels need, with two small kernels in two files."""
    source = Path(skypact.__file__).parent
    root = tmp_path / "code" / "skypact"
    for name in ("__init__.py", "errors.py", "records.py", "orbits/__init__.py", "astro/__init__.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, root / name)
    for name in ("orbits/jit.py", "orbits/jit_cache.py", "astro/constants.py"):
        shutil.copy(source / name, root / name)
    (root / "orbits" / "callee_kernels.py").write_text(CALLEE.format(factor=10))
    (root / "orbits" / "caller_kernels.py").write_text(CALLER)
    return root


def environment(package: Path, **more: str) -> dict[str, str]:
    home = package.parents[1] / "home"
    home.mkdir(exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(package.parent), **more}


def run(package: Path, **more: str) -> tuple[float, int, int]:
    """Return the value, and how often compiled code was found and not found."""
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment(package, **more),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    value, hits, misses = answer.stdout.split()
    return float(value), int(hits), int(misses)


def read_only(package: Path) -> None:
    """Take all rights to write away; root may write all the same, so files stand where folders would be."""
    (package / "orbits" / "__pycache__").write_text("")


def test_compiled_code_is_found_again_and_never_outlives_a_changed_callee(package: Path) -> None:
    callee = package / "orbits" / "callee_kernels.py"
    assert run(package) == (21.0, 0, 2)
    assert run(package) == (21.0, 2, 0)
    callee.write_text(CALLEE.format(factor=20))
    assert run(package) == (41.0, 0, 2)
    callee.write_text(CALLEE.format(factor=10))
    assert run(package) == (21.0, 2, 0)


def test_processes_side_by_side_agree_and_leave_whole_files(package: Path) -> None:
    several = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=environment(package), stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in several:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert output.startswith("21.0 ")
    assert run(package) == (21.0, 2, 0)


def test_truncated_file_is_compiled_again(package: Path) -> None:
    run(package)
    for path in (package / "orbits" / "__pycache__").glob("*.nbc"):
        path.write_bytes(path.read_bytes()[:100])
    assert run(package) == (21.0, 0, 2)
    assert run(package) == (21.0, 2, 0)


def test_user_cache_is_used_where_the_package_cannot_be_written(package: Path) -> None:
    read_only(package)
    assert run(package) == (21.0, 0, 2)
    assert run(package) == (21.0, 2, 0)
    assert list((package.parents[1] / "home" / ".cache").rglob("*outer*.nbc"))


def test_nothing_can_be_written_anywhere_and_kernels_still_run(package: Path) -> None:
    read_only(package)
    home = package.parents[1] / "home"
    home.mkdir()
    (home / ".cache").write_text("")
    assert run(package)[0] == 21.0


def test_without_compilation_kernels_are_plain_functions(package: Path) -> None:
    program = "from skypact.orbits.caller_kernels import outer; print(outer(2.0), type(outer).__name__)"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(package, NUMBA_DISABLE_JIT="1"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == ["21.0", "function"]
