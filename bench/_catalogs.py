"""Catalogs that several benches use: a real one where the shared data are, else a synthetic one."""

from __future__ import annotations

from pathlib import Path

from skypact.astro.timescales import parse_utc
from skypact.catalog.population import make_population
from skypact.formats.catalog_files import read_elements
from skypact.formats.elements import ElementTable
from skypact.formats.reading import RawInput

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
CATALOG = SHARED / "catalog/gp_celestrak_onorbit_2024-11-01.csv.gz"
TRUTH = SHARED / "screening/celestrak_2024-11-01_24h_5km.events.csv.gz"
START_UTC = "2024-11-01T00:00:00Z"
START_TAI_NS = parse_utc(START_UTC)


def full_catalog() -> tuple[str, ElementTable]:
    """Return a name and the real catalog of 2024-11-01, or an exercise population of the same size."""
    if CATALOG.is_file():
        return CATALOG.name, read_elements(RawInput(CATALOG.name, CATALOG.read_bytes()))[0]
    return "exercise population, seed 1", population(27_000)


def population(objects: int) -> ElementTable:
    """Return a synthetic catalog of any size."""
    return make_population(1, objects, START_TAI_NS).table
