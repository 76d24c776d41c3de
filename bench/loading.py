"""Loading a full catalog: skypact's readers against the sgp4 package doing the same in plain Python.

Both sides start from the packed file in memory and end with usable elements of every object: skypact with an
element table, the peer with one ``Satrec`` for each object (which also initializes SGP4: its own share of the
time is measured apart and taken off).
"""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sgp4 import omm
from sgp4.api import Satrec

from skypact.formats.catalog_files import read_elements
from skypact.formats.omm_csv import read_omm_csv
from skypact.formats.omm_json import write_omm_json
from skypact.formats.reading import RawInput, unpack

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "catalog"
CSV = "gp_celestrak_onorbit_2024-11-01.csv.gz"
THREE_LINE = "gp_spacetrack_2024-07-05.3le.gz"
REPEATS = 5

Row = dict[str, Any]


def fastest_s(work: Callable[[], int]) -> tuple[float, int]:
    """Return the shortest wall time of some repeats, and what the work returned."""
    times = []
    count = 0
    for _ in range(REPEATS):
        start = time.perf_counter()
        count = work()
        times.append(time.perf_counter() - start)
    return min(times), count


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


def initialization_s(packed: bytes) -> float:
    """Return what ``Satrec.sgp4init`` alone takes for the objects of the CSV file."""
    table, _ = read_omm_csv(next(unpack(RawInput(CSV, packed))))
    satellites = [Satrec() for _ in range(len(table))]
    orbits = list(zip(table.eccentricity.tolist(), table.inclination_deg.tolist(), strict=True))
    start = time.perf_counter()
    for satellite, (eccentricity, inclination) in zip(satellites, orbits, strict=True):
        satellite.sgp4init(
            0, "i", 1, 27_000.0, 1e-4, 0.0, 0.0, eccentricity, 1.0, inclination / 57.3, 1.0, 0.066, 1.0
        )
    return time.perf_counter() - start


def run() -> list[Row]:
    """Return one row for each format: times, counts and the ratio of one run."""
    if not DATA.is_dir():
        return []
    csv, three_line = (DATA / CSV).read_bytes(), (DATA / THREE_LINE).read_bytes()
    table, _ = read_elements(RawInput(CSV, csv))
    as_json = gzip.compress(write_omm_json(table).encode(), 6)
    off_s = min(initialization_s(csv) for _ in range(REPEATS))
    rows: list[Row] = []
    for what, packed, peer_name, peer in (
        ("CSV", csv, "sgp4.omm.parse_csv + initialize", peer_csv),
        ("3LE", three_line, "sgp4 Satrec.twoline2rv", peer_three_line),
        ("JSON", as_json, "json + sgp4.omm.initialize", peer_json),
    ):
        ours_s, count = fastest_s(lambda packed=packed: len(read_elements(RawInput("x", packed))[0]))  # type: ignore[misc]
        peer_s, peer_count = fastest_s(lambda packed=packed, peer=peer: peer(packed))  # type: ignore[misc]
        share_s = off_s * peer_count / len(table)
        rows.append(
            {
                "bench": "loading",
                "what": f"full catalog, {what} in gzip to elements",
                "objects": count,
                "ours_s": round(ours_s, 4),
                "peer": peer_name,
                "peer_objects": peer_count,
                "peer_s": round(peer_s - share_s, 4),
                "peer_initialization_s": round(share_s, 4),
                "ratio": round((peer_s - share_s) / ours_s, 1),
            }
        )
    return rows


if __name__ == "__main__":
    for row in run():
        print(row)
