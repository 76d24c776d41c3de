"""Imports every file that declares tables, so that ``metadata`` is the whole schema."""

from __future__ import annotations

from skypact.node.store import assets, budgets, element_sets, identity, loads, objects
from skypact.node.store.base import metadata

__all__ = ["assets", "budgets", "element_sets", "identity", "loads", "metadata", "objects"]
