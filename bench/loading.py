"""Loading a full catalog: skypact's readers against the sgp4 package doing the same in plain Python.

Both sides start from the packed file in memory and end with every object ready to be propagated by SGP4.
Times are CPU seconds of one thread; the sides take turns, and the best of the repeats counts.
"""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sgp4 import omm
from sgp4.api import Satrec

from skypact.formats.catalog_files import read_elements
from skypact.formats.omm_json import write_omm_json
from skypact.formats.reading import RawInput
from skypact.orbits.sgp4 import Sgp4Models

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "catalog"
CSV = "gp_celestrak_onorbit_2024-11-01.csv.gz"
THREE_LINE = "gp_spacetrack_2024-07-05.3le.gz"
INPUTS = (DATA / CSV, DATA / THREE_LINE)
REPEATS = 7

Row = dict[str, Any]


def fastest_s(works: list[Callable[[], int]]) -> tuple[list[float], list[int]]:
    """Return the shortest CPU time of each of the works, done in turns, and what each returned."""
    best = [float("inf")] * len(works)
    counts = [0] * len(works)
    for _ in range(REPEATS):
        for k, work in enumerate(works):
            start = time.process_time()
            counts[k] = work()
            best[k] = min(best[k], time.process_time() - start)
    return best, counts


def ours(packed: bytes) -> int:
    """Read any catalog file and initialize SGP4 for all its objects."""
    table, _ = read_elements(RawInput("catalog", packed))
    return len(Sgp4Models.from_elements(table))


def peer_csv(packed: bytes) -> int:
    """Read CSV with ``sgp4.omm``; it fails for objects without an international designator."""
    return _initialized(omm.parse_csv(io.StringIO(gzip.decompress(packed).decode())))


def peer_json(packed: bytes) -> int:
    """Read JSON with ``json`` and ``sgp4.omm``."""
    return _initialized(json.loads(gzip.decompress(packed)))


def peer_three_line(packed: bytes) -> int:
    """Read three-line sets with ``Satrec.twoline2rv``."""
    lines = gzip.decompress(packed).decode().splitlines()
    return len([Satrec.twoline2rv(lines[i + 1], lines[i + 2]) for i in range(0, len(lines) - 2, 3)])


def _initialized(messages: Any) -> int:
    satellites = []
    for fields in messages:
        satellite = Satrec()
        try:
            omm.initialize(satellite, fields)
        except (TypeError, ValueError):
            continue
        satellites.append(satellite)
    return len(satellites)


def run() -> list[Row]:
    """Return one row for each format: times, counts and their ratio, all of one run."""
    if not DATA.is_dir():
        return []
    csv, three_line = (DATA / CSV).read_bytes(), (DATA / THREE_LINE).read_bytes()
    table, _ = read_elements(RawInput(CSV, csv))
    as_json = gzip.compress(write_omm_json(table).encode(), 6)
    ours(csv)  # compiles or loads the kernel of SGP4's initialization
    rows: list[Row] = []
    for what, packed, peer_name, peer in (
        ("CSV", csv, "sgp4.omm.parse_csv + initialize", peer_csv),
        ("3LE", three_line, "sgp4 Satrec.twoline2rv", peer_three_line),
        ("JSON", as_json, "json + sgp4.omm.initialize", peer_json),
    ):
        (ours_s, peer_s), (count, peer_count) = fastest_s([partial(ours, packed), partial(peer, packed)])
        rows.append(
            {
                "bench": "loading",
                "what": f"full catalog, {what} in gzip to objects ready for SGP4",
                "objects": count,
                "ours_cpu_s": round(ours_s, 4),
                "peer": peer_name,
                "peer_objects": peer_count,
                "peer_cpu_s": round(peer_s, 4),
                "ratio": round(peer_s / ours_s, 1),
            }
        )
    return rows


if __name__ == "__main__":
    for row in run():
        print(row)
