"""Run benches and keep what they measured: ``python -m bench [NAME ...] [--no-rows]``.

A bench is a module of this folder with ``run() -> list[dict]`` and, where it reads files, ``INPUTS``: the
tuple of their paths. Each row is printed and appended to ``bench/rows/NAME.csv`` with the date, the commit,
the machine and the digest of the inputs. The documentation quotes these rows and nothing else.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
ROWS = FOLDER / "rows"
STAMP_COLUMNS = ("date_utc", "commit", "machine", "load", "input_sha256")
DIGEST_CHARACTERS = 16

Row = dict[str, Any]


def names() -> list[str]:
    """Return the names of all benches: modules of this folder, without those that begin with ``_``."""
    return sorted(path.stem for path in FOLDER.glob("[!_]*.py"))


def commit() -> str:
    """Return the short commit, with ``+`` where the sources differ from it; empty outside of a clone."""

    def git(*words: str) -> str:
        answer = subprocess.run(["git", *words], cwd=FOLDER, capture_output=True, text=True, check=False)
        return answer.stdout.strip() if answer.returncode == 0 else ""

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "../src")
    return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def machine() -> str:
    """Return processor, usable cores and Python: what a time depends on, and nothing that names the host."""
    model = platform.processor() or platform.machine()
    about = Path("/proc/cpuinfo")
    if about.is_file():
        lines = about.read_text(encoding="utf-8", errors="replace").splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model
        )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, Python {platform.python_version()}"


def digest(paths: Iterable[Path]) -> str:
    """Return the start of the SHA-256 of the input files in their order; empty where none is there."""
    found = [path for path in paths if path.is_file()]
    whole = hashlib.sha256()
    for path in found:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:DIGEST_CHARACTERS] if found else ""


def append(path: Path, rows: Sequence[Row]) -> None:
    """Append rows to a CSV file; columns that are new come last, and older rows leave them empty."""
    older: list[Row] = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as stream:
            older = list(csv.DictReader(stream))
    columns = list(dict.fromkeys(name for row in [*older[:1], *rows] for name in row))
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows([*older, *rows])
    partial.replace(path)


def show(name: str, rows: Sequence[Row]) -> None:
    """Print the rows of a bench, one value on a line: tables of so many columns do not fit a terminal."""
    print(f"\n{name}")
    for row in rows:
        first, *rest = [(key, value) for key, value in row.items() if key != "bench" and value != ""]
        print(f"  {first[1]}")
        for key, value in rest:
            text = f"{value:.6g}" if isinstance(value, float) else str(value)
            print(f"    {key:<24} {text}")


def main(arguments: Sequence[str]) -> int:
    """Run the benches named, or all; return 2 for a name that is none, 3 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Run benches and keep dated rows.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="benches: " + ", ".join(names()))
    parser.add_argument("--no-rows", action="store_true", help="print only, append nothing to bench/rows")
    wanted = parser.parse_args(arguments)
    unknown = sorted(set(wanted.names) - set(names()))
    if unknown:
        print(f"no bench named {', '.join(unknown)}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    failed = 0
    for name in wanted.names or names():
        bench = importlib.import_module(f"bench.{name}")
        stamp = {
            "date_utc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
            "commit": commit(),
            "machine": machine(),
            "load": f"{os.getloadavg()[0]:.1f}",
            "input_sha256": digest(getattr(bench, "INPUTS", ())),
        }
        try:
            rows = bench.run()
        except Exception as error:
            print(f"\n{name}\n  failed: {error!r}", file=sys.stderr)
            failed += 1
            continue
        show(name, rows)
        if not rows:
            print("  nothing measured: the input files are not here")
        elif not wanted.no_rows:
            append(ROWS / f"{name}.csv", [{**stamp, **row} for row in rows])
    return 3 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
