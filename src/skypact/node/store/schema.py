"""Imports every file that declares tables, so that ``metadata`` is the whole schema."""

from __future__ import annotations

from skypact.node.store import budgets, identity
from skypact.node.store.base import metadata

__all__ = ["budgets", "identity", "metadata"]
