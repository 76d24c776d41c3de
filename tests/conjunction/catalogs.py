"""Element sets for the tests of screening."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.formats.catalog_files import read_elements
from skypact.formats.elements import ElementTable
from skypact.formats.reading import RawInput

FULL_2024 = "catalog/gp_celestrak_onorbit_2024-11-01.csv.gz"


def read_catalog(path: Path) -> ElementTable:
    """Read a catalog of the shared data; skip where it is absent."""
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return read_elements(RawInput(path.name, path.read_bytes()))[0]


def every(table: ElementTable, n: int) -> ElementTable:
    """Return every n-th element set."""
    return table.take(np.arange(0, len(table), n))


def changed(table: ElementTable, **columns: object) -> ElementTable:
    """Return the table with other values in some columns (a scalar fills the column)."""
    filled = {name: np.full_like(getattr(table, name), value) for name, value in columns.items()}
    return replace(table, **filled)
