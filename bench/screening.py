"""Screening all against all: time and recall against astroz in the same run, growth, memory, one against all.

Times are wall seconds, the least of three repeats taken in turn with the peer; elements are in memory and the
list is finished unless the case says "whole command". Both use all cores.
"""

from __future__ import annotations

import csv
import gzip
import importlib.metadata
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench._catalogs import CATALOG, START_TAI_NS, START_UTC, TRUTH, full_catalog, population
from skypact.astro.timescales import NS_PER_S, parse_utc
from skypact.conjunction.encounters import EncounterKind
from skypact.conjunction.screening import Screening, screen_catalog
from skypact.formats.elements import ElementTable

INPUTS = (CATALOG,)
THRESHOLD_KM = 5.0
REPEATS = 3
SAME_S = 1.0
NEAR_THRESHOLD_KM = 1e-4
GROWTH_OBJECTS = (10_000, 30_000, 100_000)
GROWTH_HOURS = (1.0, 24.0, 168.0)
PRIMARY = 25544
CORES = os.cpu_count() or 1

Row = dict[str, Any]


def screen(table: ElementTable, hours: float, primary: Any = None) -> Screening:
    """Screen with all cores."""
    return screen_catalog(table, START_TAI_NS, hours, THRESHOLD_KM, workers=CORES, primary=primary)


def least_s(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Return the least wall seconds of some repeats."""
    best = math.inf
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def peer_of(table: ElementTable) -> tuple[Any, dict[int, int]]:
    """Return astroz's constellation of the same elements, and the catalog number of each of its numbers.

    It reads TLE only, so numbers above 339,999 could not enter: objects are counted instead.
    """
    import astroz
    from sgp4.exporter import export_tle

    from bench.sgp4 import satellites

    with tempfile.NamedTemporaryFile("w", suffix=".2le", delete=False) as out:
        for number, satellite in enumerate(satellites(table), start=1):
            satellite.satnum_str = f"{number:05d}"
            out.write("\n".join(export_tle(satellite)) + "\n")
    constellation = astroz.Constellation(out.name)
    Path(out.name).unlink()
    return constellation, dict(enumerate(table.norad.tolist(), start=1))


def truth() -> dict[tuple[int, int], list[float]]:
    """Return the times (s) of the brute-force list by pair, those next to the threshold left out."""
    found: dict[tuple[int, int], list[float]] = {}
    with gzip.open(TRUTH, "rt") as stream:
        for row in csv.DictReader(stream):
            if abs(float(row["miss_km"]) - THRESHOLD_KM) > NEAR_THRESHOLD_KM:
                pair = int(row["norad_1"]), int(row["norad_2"])
                found.setdefault(pair, []).append((parse_utc(row["tca_utc"]) - START_TAI_NS) / NS_PER_S)
    return found


def recall(found: Iterator[tuple[int, int, float]]) -> str:
    """Return how many encounters of the brute-force list are in a list of (number, number, time in s)."""
    if not TRUTH.is_file():
        return "no brute-force list here"
    listed: dict[tuple[int, int], list[float]] = {}
    for a, b, t in found:
        listed.setdefault((min(a, b), max(a, b)), []).append(t)
    wanted = truth()
    hits = sum(any(abs(t - u) < SAME_S for u in listed.get(p, ())) for p, ts in wanted.items() for t in ts)
    return f"{hits} of {sum(map(len, wanted.values()))}"


def against_astroz(source: str, table: ElementTable) -> list[Row]:
    """Return the rows against astroz at its fastest step and at its default."""
    screen(table, 24.0)
    try:
        import astroz
    except ImportError:
        return [{"bench": "screening", "case": "against astroz", "skipped": "make bench installs it"}]
    constellation, numbers = peer_of(table)
    start = datetime.fromisoformat(START_UTC).astimezone(UTC)
    rows = []
    for label, step in (("its fastest step 0.5", 0.5), ("its default step 1.0", 1.0)):
        ours_s = peer_s = math.inf
        for _ in range(REPEATS):
            ours_s = min(ours_s, least_s(lambda: screen(table, 24.0), 1))
            began = time.perf_counter()
            events = astroz.screen(constellation, 1440.0, threshold=THRESHOLD_KM, step=step, start_time=start)
            peer_s = min(peer_s, time.perf_counter() - began)
        rows.append(
            {
                "bench": "screening",
                "case": f"24 h, 5 km, {len(table)} objects, against astroz at {label}",
                "ours": round(ours_s, 2),
                "peer": round(peer_s, 2),
                "unit": "s",
                "peer_name": f"astroz {importlib.metadata.version('astroz')}",
                "ratio": round(peer_s / ours_s, 1),
                "source": source,
                "recall_peer": recall(_peer_rows(constellation, numbers, events)),
            }
        )
    result = screen(table, 24.0)
    rows[0]["recall"] = recall(_own_rows(table, result))
    rows[0]["encounters"] = int(result.encounters.is_kind(EncounterKind.ENCOUNTER).sum())
    return rows


def _own_rows(table: ElementTable, result: Screening) -> Iterator[tuple[int, int, float]]:
    e = result.encounters
    seconds = (e.tca_tai_ns - START_TAI_NS) / NS_PER_S
    yield from zip(
        table.norad[e.row_1].tolist(), table.norad[e.row_2].tolist(), seconds.tolist(), strict=True
    )


def _peer_rows(constellation: Any, numbers: dict[int, int], events: Any) -> Iterator[tuple[int, int, float]]:
    """Translate astroz's events: its indices are into its own order of satellites."""
    order = [numbers[int(n)] for n in constellation.satnums]
    for i, j, minutes in zip(events.i, events.j, events.time, strict=True):
        yield order[int(i)], order[int(j)], float(minutes) * 60.0


def growth(source: str, table: ElementTable) -> list[Row]:
    """Return how time and encounters grow with the window (real catalog) and with objects (population)."""
    rows: list[Row] = []
    day_s = least_s(lambda: screen(table, 24.0))
    for hours in GROWTH_HOURS:
        ours_s = day_s if hours == 24.0 else least_s(lambda hours=hours: screen(table, hours), 2)
        rows.append(
            {
                "bench": "screening",
                "case": f"{hours:g} h, {len(table)} objects",
                "ours": round(ours_s, 2),
                "unit": "s",
                "peer": round(day_s, 2),
                "peer_name": "24 h, same run",
                "ratio": round(ours_s / day_s, 2),
                "source": source,
            }
        )
    for objects in GROWTH_OBJECTS:
        many = population(objects)
        screen(many, 1.0)
        began = time.perf_counter()
        found = len(screen(many, 24.0).encounters)
        spent_s = time.perf_counter() - began
        rows.append(
            {
                "bench": "screening",
                "case": f"24 h, {objects} objects of the exercise population",
                "ours": round(spent_s, 2),
                "unit": "s",
                "encounters": found,
            }
        )
    return rows


def one_against_all(source: str, table: ElementTable) -> list[Row]:
    """Return the time of one trajectory against all for 7 days, in a warm process."""
    primary = np.zeros(len(table), dtype=np.bool_)
    primary[np.flatnonzero(table.norad == PRIMARY)[:1] if PRIMARY in table.norad else 0] = True
    screen(table, 1.0, primary)
    ours_s = least_s(lambda: screen(table, 168.0, primary))
    return [
        {
            "bench": "screening",
            "case": f"one trajectory against {len(table)} objects, 7 days",
            "ours": round(ours_s, 2),
            "unit": "s",
            "source": source,
        }
    ]


def whole_command(source: str) -> list[Row]:
    """Return time and peak memory of the whole command, file to CSV, warm cache, for 24 h and 7 days."""
    if not CATALOG.is_file():
        return []
    rows = []
    for hours in (24, 168):
        best_s, peak_mib = math.inf, 0.0
        for _ in range(REPEATS):
            with tempfile.TemporaryDirectory() as folder:
                words = [
                    "screen",
                    str(CATALOG),
                    "--start",
                    START_UTC,
                    "--hours",
                    str(hours),
                    "--format",
                    "csv",
                ]
                words += ["--output", f"{folder}/encounters.csv"]
                code = f"import sys; from skypact.node.cli.main import run; c = run({words!r}); "
                code += (
                    "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(c)"
                )
                began = time.perf_counter()
                done = subprocess.run(
                    [sys.executable, "-c", code], capture_output=True, text=True, check=True
                )
                best_s = min(best_s, time.perf_counter() - began)
                peak_mib = max(peak_mib, int(done.stdout.split()[-1]) / 1024)
        rows.append(
            {
                "bench": "screening",
                "case": f"whole command, {hours} h, file to CSV",
                "ours": round(best_s, 2),
                "unit": "s",
                "peak_mib": round(peak_mib),
                "source": source,
            }
        )
    return rows


def run() -> list[Row]:
    """Return all rows: the peer, growth, one against all, the whole command."""
    source, table = full_catalog()
    rows = against_astroz(source, table)
    return rows + growth(source, table) + one_against_all(source, table) + whole_command(source)
