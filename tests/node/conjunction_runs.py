"""Screenings made by hand, for the tests of conjunctions: what was found is told, not computed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from skypact.astro.timescales import NS_PER_S
from skypact.conjunction.encounters import KIND_NUMBER, EncounterKind, EncounterTable
from skypact.conjunction.screening import Screening
from skypact.formats.omm_csv import write_omm_csv
from skypact.formats.reading import RawInput
from skypact.node.desk.catalog import view_catalog
from skypact.node.desk.catalog_load import load_raw
from skypact.node.desk.node_home import Node
from skypact.node.desk.run_solutions import RunPc
from skypact.node.desk.screening_runs import StoredRun, store_run
from skypact.node.store.assets import Asset, put_assets
from tests.catalog.tables import at_day, make_table

HOUR_NS = 3600 * NS_PER_S
NUMBERS = range(1, 21)
NAMES = [
    *(f"SAT {k}" for k in range(1, 11)),
    *(f"COSMOS {k} DEB" for k in range(11, 16)),
    *(f"STARLINK-{k}" for k in range(16, 21)),
]
"""1 to 10 payloads, 11 to 15 debris, 16 to 20 of one operator."""


class Found(NamedTuple):
    """One row of a screening; times in hours after 2024-11-01."""

    first: int
    second: int
    tca_h: float
    miss_km: float = 0.5
    kind: EncounterKind = EncounterKind.ENCOUNTER
    stop_h: float | None = None
    """End of the interval of a co-moving pair that begins at ``tca_h``."""


def load_catalog(node: Node, *, epoch_d: float = 0.0, numbers: Sequence[int] = NUMBERS) -> None:
    """Load element sets of all objects with an epoch; other epochs give other sets."""
    table = make_table(numbers, names=[NAMES[k - 1] for k in numbers], epoch_d=epoch_d)
    raw = RawInput(f"gp-{epoch_d}.csv", write_omm_csv(table).encode())
    load_raw(node, raw, source="test", retrieved_tai_ns=at_day(epoch_d), accept=True)


def own(node: Node, *numbers: int) -> None:
    """Make objects assets."""
    with node.database.write() as connection:
        put_assets(
            connection,
            [
                Asset(n, "", "kasi", "government", 2.0, True, "ops@kasi.example", None, None, "2024-11-01")
                for n in numbers
            ],
        )


def run(
    node: Node,
    *rows: Found,
    start_h: float = 0.0,
    hours: float = 24.0,
    threshold_km: float = 5.0,
    made_h: float = 0.0,
    primaries: Sequence[int] = (),
    volume: str = "",
    absent: Sequence[int] = (),
    pc: float | None = None,
) -> StoredRun:
    """Store a screening that found these rows."""
    made = at_day(made_h / 24.0)
    view = view_catalog(node, at_tai_ns=made, as_of_tai_ns=made)
    place = {int(number): row for row, number in enumerate(view.table.norad.tolist())}
    n = len(rows)
    times = np.array([at_day(row.tca_h / 24.0) for row in rows], dtype=np.int64)
    stops = [at_day((row.tca_h if row.stop_h is None else row.stop_h) / 24.0) for row in rows]
    third = np.array([row.miss_km for row in rows]) / np.sqrt(3.0)
    found = EncounterTable(
        row_1=np.array([place[row.first] for row in rows], dtype=np.int64),
        row_2=np.array([place[row.second] for row in rows], dtype=np.int64),
        tca_tai_ns=times,
        miss_km=np.array([row.miss_km for row in rows], dtype=np.float64),
        rel_speed_km_s=np.full(n, 10.0),
        radial_km=third,
        in_track_km=third,
        cross_track_km=third,
        kind=np.array([KIND_NUMBER[row.kind] for row in rows], dtype=np.uint8),
        start_tai_ns=times,
        stop_tai_ns=np.array(stops, dtype=np.int64),
    )
    risks = None
    if pc is not None:
        risks = RunPc(np.full(n, pc), np.full(n, 2 * pc), np.full(n, 4.0), "foster-1992", "assumed by regime")
    return store_run(
        node,
        view,
        Screening(found, np.array([place[number] for number in absent], dtype=np.int64)),
        start_tai_ns=at_day(start_h / 24.0),
        hours=hours,
        threshold_km=threshold_km,
        made_tai_ns=made,
        primaries=primaries,
        volume=volume,
        pc=risks,
    )


def archives(node: Node) -> list[Path]:
    """Return every file in the node's folder of archives."""
    return sorted((node.settings.home / "screenings").iterdir())
