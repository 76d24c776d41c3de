"""Which pairs anybody can do something about: assets first, the hopeless and the self-handled folded.

A catalog of 30,000 objects has tens of thousands of close approaches a day, most of them between pieces that
nobody steers, or inside one constellation that its operator keeps apart by itself. Every list therefore
ranks the node's assets first, and leaves these two classes out; it counts them, and shows them on demand.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from skypact.catalog.operators import ObjectKind

Ints = NDArray[np.int64]
Texts = NDArray[np.object_]


class PairClass(StrEnum):
    """Who can do something about a pair."""

    ASSET = "asset"
    """At least one object is an asset of this node."""
    ACTIONABLE = "actionable"
    """At least one object may be able to maneuver, or is of unknown kind."""
    ONE_OPERATOR = "one-operator"
    """Both are flown by one operator, who keeps them apart."""
    DEBRIS_ON_DEBRIS = "debris-on-debris"
    """Neither can maneuver: debris, rocket bodies, dead payloads. Nobody can act."""


FOLDED = (PairClass.ONE_OPERATOR, PairClass.DEBRIS_ON_DEBRIS)
"""Classes that lists leave out unless all are asked for."""

_RANK = {
    PairClass.ASSET: 0,
    PairClass.ACTIONABLE: 1,
    PairClass.ONE_OPERATOR: 2,
    PairClass.DEBRIS_ON_DEBRIS: 3,
}


@dataclass(frozen=True, eq=False)
class ObjectTraits:
    """What must be known of objects to class their pairs; columns of shape (n,), ``norad`` ascending."""

    norad: Ints
    kind: Texts
    """:class:`~skypact.catalog.operators.ObjectKind` of each."""
    operator: Texts
    """Who flies it; empty where that is not known."""
    dead: NDArray[np.bool_]
    """Payloads known to be out of operation."""


@dataclass(frozen=True, eq=False)
class PairClasses:
    """The class of each pair, shape (n,), and how to list them."""

    pair_class: Texts

    @property
    def folded(self) -> NDArray[np.bool_]:
        """Whether lists leave the pair out by default."""
        return np.isin(self.pair_class.astype(str), [str(c) for c in FOLDED])

    def ranking(self) -> Ints:
        """Return row numbers with assets first, then by class; the order within a class is kept."""
        ranks = np.array([_RANK[c] for c in self.pair_class], dtype=np.int64)
        return np.argsort(ranks, kind="stable").astype(np.int64)

    def listed(self, *, show_all: bool = False) -> Ints:
        """Return the row numbers to list, assets first; folded pairs only if all are asked for."""
        order = self.ranking()
        return order if show_all else order[~self.folded[order]]

    def note(self) -> str:
        """Say how many pairs are folded, in a sentence; empty if none."""
        counts = [(c, int((self.pair_class == c).sum())) for c in FOLDED]
        parts = [f"{count} {c}" for c, count in counts if count]
        return f"folded: {', '.join(parts)} (shown with --all)" if parts else ""


def class_pairs(norad_1: Ints, norad_2: Ints, traits: ObjectTraits, assets: Collection[int]) -> PairClasses:
    """Class pairs by who can act on them.

    Objects that ``traits`` does not list count as unknown, and so as possibly able to act.

    Parameters
    ----------
    norad_1, norad_2
        Catalog numbers of each pair, shape (n,).
    traits
        Kind, operator and state of the objects.
    assets
        Catalog numbers the node answers for.
    """
    idle_1, operator_1 = _idle_and_operator(norad_1, traits)
    idle_2, operator_2 = _idle_and_operator(norad_2, traits)
    own = np.array(sorted(assets), dtype=np.int64)
    is_asset = np.isin(norad_1, own) | np.isin(norad_2, own)
    same = (operator_1 == operator_2) & (operator_1 != "")
    pair_class = np.empty(len(norad_1), dtype=object)
    pair_class.fill(PairClass.ACTIONABLE)
    pair_class[same] = PairClass.ONE_OPERATOR
    pair_class[idle_1 & idle_2] = PairClass.DEBRIS_ON_DEBRIS
    pair_class[is_asset] = PairClass.ASSET
    return PairClasses(pair_class)


def _idle_and_operator(norad: Ints, traits: ObjectTraits) -> tuple[NDArray[np.bool_], Texts]:
    """Return for each number whether it can surely not maneuver, and who flies it."""
    if len(traits.norad) == 0:
        return np.zeros(norad.shape, dtype=np.bool_), np.full(norad.shape, "", dtype=object)
    place = np.minimum(np.searchsorted(traits.norad, norad), len(traits.norad) - 1)
    known = traits.norad[place] == norad
    kind = traits.kind[place]
    idle = (kind == ObjectKind.DEBRIS) | (kind == ObjectKind.ROCKET_BODY) | traits.dead[place]
    return known & idle.astype(np.bool_), np.where(known, traits.operator[place], "").astype(object)
