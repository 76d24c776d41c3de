"""Bulk SGP4 and SDP4: skypact against the sgp4 package and heyoka, one thread each, in one run.

States per second of CPU time (what other processes take does not count), best of some repeats taken in turn;
all allocate their results. heyoka has no deep space of its own: it takes such element sets without a word.
"""

from __future__ import annotations

import importlib.metadata
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sgp4.api import WGS72, Satrec, SatrecArray

from skypact.astro.timescales import NS_PER_S, parse_utc, tai_ns_to_utc_jd, tai_ns_to_utc_ns
from skypact.catalog.population import make_population
from skypact.formats.catalog_files import read_elements
from skypact.formats.elements import ElementTable
from skypact.formats.reading import RawInput
from skypact.orbits.sgp4 import Sgp4Models, propagate, propagate_knots

CATALOG = Path(__file__).resolve().parents[2] / "shared/data/catalog/gp_celestrak_onorbit_2024-11-01.csv.gz"
INPUTS = (CATALOG,)
START = "2024-11-01T00:00:00Z"
TIMES = 100
STEP_S = 300
KNOTS = 13
REPEATS = 5
JD_1950 = 2433281.5

Row = dict[str, Any]


def elements() -> tuple[str, ElementTable]:
    """Return a real catalog, or an exercise population of the same size where there is none."""
    if CATALOG.is_file():
        return CATALOG.name, read_elements(RawInput(CATALOG.name, CATALOG.read_bytes()))[0]
    return "exercise population, seed 1", make_population(1, 27_000, parse_utc(START)).table


def satellites(table: ElementTable) -> list[Satrec]:
    """Return the same objects for the sgp4 package, with epochs to the nanosecond."""
    jd, fraction = tai_ns_to_utc_jd(table.epoch_tai_ns)
    found = []
    for i in range(len(table)):
        satellite = Satrec()
        satellite.sgp4init(
            WGS72, "i", 1, jd[i] - JD_1950 + fraction[i], table.bstar_per_er[i], 0.0, 0.0,
            table.eccentricity[i], math.radians(table.arg_perigee_deg[i]),
            math.radians(table.inclination_deg[i]), math.radians(table.mean_anomaly_deg[i]),
            table.mean_motion_rev_d[i] / (1440.0 / (2.0 * math.pi)), math.radians(table.raan_deg[i]),
        )  # fmt: skip
        satellite.jdsatepoch, satellite.jdsatepochF = float(jd[i]), float(fraction[i])
        found.append(satellite)
    return found


def in_turn_s(*works: Callable[[], Any]) -> list[float]:
    """Return the least CPU seconds of each work, repeated in turn after one unmeasured call."""
    for work in works:
        work()
    best = [math.inf] * len(works)
    for _ in range(REPEATS):
        for k, work in enumerate(works):
            start = time.process_time()
            work()
            best[k] = min(best[k], time.process_time() - start)
    return best


def against_heyoka(models: Sgp4Models, found: list[Satrec], tai_ns: Any, position_km: Any) -> Row:
    """Return the row for heyoka in double precision, or why there is none."""
    case = f"near-Earth against heyoka, {len(models)} objects x {TIMES} times"
    try:
        import heyoka
    except ImportError:
        return {"bench": "sgp4", "case": case, "skipped": "heyoka is not installed (make bench does it)"}
    heyoka.set_nthreads(1)
    propagator = heyoka.model.sgp4_propagator(found)
    utc_ns = tai_ns_to_utc_ns(tai_ns)
    minutes = np.ascontiguousarray((utc_ns[:, np.newaxis] - models.epoch_utc_ns[np.newaxis, :]) / 6.0e10)
    ours_s, peer_s = in_turn_s(lambda: propagate(models, tai_ns), lambda: propagator(minutes))
    off_km = np.linalg.norm(propagator(minutes)[:, :3].transpose(2, 0, 1) - position_km, axis=2)
    states = len(models) * TIMES / 1e6
    return {
        "bench": "sgp4",
        "case": case,
        "ours": round(states / ours_s, 2),
        "peer": round(states / peer_s, 2),
        "unit": "M states/s",
        "peer_name": f"heyoka {heyoka.__version__} sgp4_propagator",
        "ratio": round(peer_s / ours_s, 1),
        "error_km": float(np.nanmax(off_km)),
    }


def run() -> list[Row]:
    """Return one row for each regime and peer: rates, ratio, and the largest difference from the peer."""
    source, table = elements()
    everything = satellites(table)
    all_models = Sgp4Models.from_elements(table)
    start = parse_utc(START)
    tai_ns = start + np.arange(TIMES) * STEP_S * NS_PER_S
    jd, fraction = tai_ns_to_utc_jd(tai_ns)
    utc_ns = int(tai_ns_to_utc_ns(start))
    name = f"sgp4 {importlib.metadata.version('sgp4')} SatrecArray"
    rows: list[Row] = []
    for regime, chosen in (("near-Earth", ~all_models.deep), ("deep space", all_models.deep)):
        models = all_models.take(chosen)
        found = [everything[i] for i in np.flatnonzero(chosen)]
        peer = SatrecArray(found)
        states, (error, position_km, _) = propagate(models, tai_ns), peer.sgp4(jd, fraction)
        good = (states.error == 0) & (error == 0)
        off_km = np.linalg.norm(states.position_km - position_km, axis=2)
        room = np.empty((KNOTS, 6, len(models)))
        ours_s, peer_s, knots_s = in_turn_s(
            lambda models=models: propagate(models, tai_ns),
            lambda peer=peer: peer.sgp4(jd, fraction),
            lambda models=models, room=room: propagate_knots(models, utc_ns, STEP_S, KNOTS, out=room),
        )
        count = len(models) * TIMES / 1e6
        common = {"bench": "sgp4", "unit": "M states/s", "peer_name": name, "source": source}
        same = {
            "error_km": float(off_km[good].max(initial=0.0)),
            "codes_differ": int((states.error != error).sum()),
        }
        rows.append(
            {
                **common,
                "case": f"{regime}, {len(models)} objects x {TIMES} times",
                "ours": round(count / ours_s, 2),
                "peer": round(count / peer_s, 2),
                "ratio": round(peer_s / ours_s, 1),
                **same,
            }
        )
        rows.append(
            {
                **common,
                "case": f"{regime}, {len(models)} objects x {KNOTS} knots into given room",
                "ours": round(len(models) * KNOTS / 1e6 / knots_s, 2),
                "peer": round(count / peer_s, 2),
                "ratio": round(len(models) * KNOTS / 1e6 / knots_s / (count / peer_s), 1),
                **same,
            }
        )
        if regime == "near-Earth":
            rows.append(against_heyoka(models, found, tai_ns, states.position_km))
    made_s, peer_made_s = in_turn_s(lambda: Sgp4Models.from_elements(table), lambda: satellites(table))
    rows.append(
        {
            "bench": "sgp4",
            "case": f"initialize {len(table)} objects from elements in memory",
            "ours": round(made_s * 1e3, 1),
            "peer": round(peer_made_s * 1e3, 1),
            "unit": "ms",
            "peer_name": "sgp4 Satrec.sgp4init in a loop",
            "ratio": round(peer_made_s / made_s, 1),
        }
    )
    return rows


if __name__ == "__main__":
    for row in run():
        print(row)
