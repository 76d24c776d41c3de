"""Compile the kernels once, so that every later process starts warm: ``python -m skypact.node.warm``.

It does what people do, on an exercise of a few hundred objects in a temporary folder: so every kernel is
compiled for just the types that the commands use, and an installation that cannot do its main job is noticed.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOMS = ("orbits", "conjunction")
"""Rooms that have kernels."""

EPOCH = "2026-01-01T00:00:00Z"
OBJECT = "900000001"
"""A named asset of every exercise."""
TRIALS = (
    "exercise population --seed 1 --objects 400 --epoch {epoch} --output catalog.csv",
    "screen catalog.csv --start {epoch} --hours 1 --threshold-km 90 --format csv --output all.csv",
    "screen catalog.csv --primaries {number} --start {epoch} --hours 1 --threshold-km 90 --format csv"
    " --output one.csv",
    "ephemeris {number} --catalog catalog.csv --start {epoch} --stop 2026-01-01T03:00:00Z --as oem"
    " --output object.oem",
    "ephemeris --catalog object.oem --start {epoch} --stop 2026-01-01T01:00:00Z --frame itrf"
    " --output object.csv",
    "screen object.oem --against catalog.csv --start {epoch} --hours 1 --threshold-km 90 --format csv"
    " --output oem.csv",
    "screen catalog.csv --start {epoch} --hours 1 --volume 2,20,20 --format csv --output box.csv",
    "up --catalog catalog.csv --start {epoch} --hours 1 --threshold-km 90",
)
"""Command lines that together reach every kernel but those of the probability of CDMs."""


def drop_stale_kernels() -> int:
    """Delete compiled kernels of older sources, which nothing loads any more; return how many.

    Safe beside other processes: one that still runs on older sources compiles again.
    """
    from skypact.orbits.jit_cache import sources_digest

    dropped = 0
    for room in ROOMS:
        current = f".{sources_digest(room)}."
        for path in (PACKAGE / room / "__pycache__").glob("*.nb[ic]"):
            if current not in path.name:
                with contextlib.suppress(OSError):
                    path.unlink()
                    dropped += 1
    return dropped


@contextlib.contextmanager
def _temporary_place() -> Iterator[None]:
    """Work in an empty folder, without the node of the environment and without output."""
    here, environment = Path.cwd(), dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.chdir(folder)
            for name in [n for n in os.environ if n.startswith("SKYPACT_")]:
                del os.environ[name]
            with contextlib.redirect_stdout(io.StringIO()):
                yield
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(environment)


def try_commands() -> list[str]:
    """Run the command lines of :data:`TRIALS`; return what did not work, one line for each."""
    from skypact.node.cli.main import run

    problems = []
    with _temporary_place():
        for trial in TRIALS:
            words = trial.format(epoch=EPOCH, number=OBJECT)
            told = io.StringIO()
            with contextlib.redirect_stderr(told):
                try:
                    why = "" if run(words.split()) == 0 else told.getvalue().strip().splitlines()[-1]
                except Exception as error:  # a defect: say which command has it, and go on
                    why = repr(error)
            if why:
                problems.append(f"skypact {words}: {why}")
    return problems


def try_probability() -> list[str]:
    """Compute a collision probability by every method."""
    from skypact.conjunction.pc import compile_kernels

    compile_kernels()
    return []


PARTS = (try_commands, try_probability)
"""What compiles in processes of their own, side by side: they share few kernels."""


def _run(part: int) -> list[str]:
    return PARTS[part]()


def main() -> None:
    """Compile the kernels and say so; kernels of a command that does not work are compiled at first use."""
    began = time.monotonic()
    sys.stderr.write("compiling the kernels (once; about a minute) ...\n")
    drop_stale_kernels()
    with ProcessPoolExecutor(max_workers=len(PARTS)) as pool:
        for problems in pool.map(_run, range(len(PARTS))):
            for line in problems:
                sys.stderr.write(line + "\n")
    sys.stderr.write(f"kernels ready ({time.monotonic() - began:.0f} s)\n")


if __name__ == "__main__":
    main()
