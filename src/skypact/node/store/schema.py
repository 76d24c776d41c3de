"""Imports every file that declares tables, so that ``metadata`` is the whole schema."""

from __future__ import annotations

from skypact.node.store import (
    assets,
    budgets,
    cdms,
    conjunctions,
    element_sets,
    identity,
    loads,
    objects,
    screenings,
)
from skypact.node.store.base import metadata

__all__ = [
    "assets",
    "budgets",
    "cdms",
    "conjunctions",
    "element_sets",
    "identity",
    "loads",
    "metadata",
    "objects",
    "screenings",
]
